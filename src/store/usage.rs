//! What is used of the ways in and out, and which tokens lie about. Who may look, and what follows, is not
//! known here.

use std::collections::BTreeMap;

use chrono::DateTime;
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Nullable, Text},
};

use super::{
    backend::Conn,
    error::StoreError,
    outbox::errands::{Use, uses},
};
use crate::{
    domain::request::Time,
    words::{PersonId, TokenId},
};

/// At most so many tokens are named.
const MOST_TOKENS: i64 = 500;

/// A token that can be used, and was not for long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdleToken {
    /// The token.
    pub id: TokenId,
    /// Whose it is.
    pub person: PersonId,
    /// When it was issued.
    pub issued_at: Time,
    /// When it was last used; never where it is absent.
    pub last_used_at: Option<Time>,
    /// Until when it may be used.
    pub expires_at: Time,
}

/// An endpoint, as far as it matters to what flows where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsedEndpoint {
    /// Its id.
    pub id: String,
    /// What it is: `webhook`, `slack` or `teams`.
    pub medium: String,
    /// The host of its address.
    pub host: String,
    /// What it gets, as it was written; empty: everything.
    pub events: String,
    /// What it got.
    pub found: Use,
}

/// What is used.
#[derive(Debug, Clone, Default)]
pub struct Usage {
    /// Each connection by its name: `connector.jira`, `intake.helpdesk`, `mail`.
    pub uses: BTreeMap<String, Use>,
    /// Tokens that were not used since, the longest issued first.
    pub idle: Vec<IdleToken>,
    /// Endpoints that were not removed.
    pub endpoints: Vec<UsedEndpoint>,
}

#[derive(QueryableByName)]
struct EndpointRow {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Text)]
    medium: String,
    #[diesel(sql_type = Text)]
    host: String,
    #[diesel(sql_type = Text)]
    events: String,
    #[diesel(sql_type = BigInt)]
    used: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    last: Option<i64>,
}

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = BigInt)]
    used: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    last: Option<i64>,
}

#[derive(QueryableByName)]
struct TokenRow {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Text)]
    person: String,
    #[diesel(sql_type = BigInt)]
    issued_at: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    last_used_at: Option<i64>,
    #[diesel(sql_type = BigInt)]
    expires_at: i64,
}

/// Looks, at `now`; a token is idle that was not used since `since`.
pub fn usage(conn: &mut Conn, now: Time, since: Time) -> Result<Usage, StoreError> {
    let mut found = Usage { uses: uses(conn)?, idle: idle(conn, now, since)?, endpoints: endpoints(conn)? };
    let counted: Vec<Counted> = sql_query(
        "SELECT 'mail' AS name, COUNT(*) AS used, MAX(mailed_at) AS last FROM mailbox WHERE mailed_at IS NOT NULL \
         UNION ALL SELECT 'intake.' || source AS name, COUNT(*) AS used, MAX(at) AS last FROM intake_drafts GROUP BY source",
    )
    .load(conn)?;
    for Counted { name, used, last } in counted {
        let used = u64::try_from(used).unwrap_or(0);
        found
            .uses
            .insert(name, Use { used, last_used_at: last.and_then(DateTime::from_timestamp_micros), ..Use::default() });
    }
    Ok(found)
}

fn endpoints(conn: &mut Conn) -> Result<Vec<UsedEndpoint>, StoreError> {
    let rows: Vec<EndpointRow> = sql_query(
        "SELECT w.id, w.medium, w.host, w.events, COUNT(d.id) AS used, MAX(d.next_at) AS last FROM webhooks w \
         LEFT JOIN webhook_deliveries d ON d.webhook = w.id AND d.state = 'delivered' WHERE w.state <> 'removed' \
         GROUP BY w.id, w.medium, w.host, w.events ORDER BY w.id",
    )
    .load(conn)?;
    let read = |row: EndpointRow| {
        let used = u64::try_from(row.used).unwrap_or(0);
        let found = Use { used, last_used_at: row.last.and_then(DateTime::from_timestamp_micros), ..Use::default() };
        UsedEndpoint { id: row.id, medium: row.medium, host: row.host, events: row.events, found }
    };
    Ok(rows.into_iter().map(read).collect())
}

fn idle(conn: &mut Conn, now: Time, since: Time) -> Result<Vec<IdleToken>, StoreError> {
    let rows: Vec<TokenRow> = sql_query(
        "SELECT id, person, issued_at, last_used_at, expires_at FROM tokens WHERE revoked_at IS NULL \
         AND expires_at > $1 AND COALESCE(last_used_at, issued_at) < $2 ORDER BY issued_at, id LIMIT $3",
    )
    .bind::<BigInt, _>(now.timestamp_micros())
    .bind::<BigInt, _>(since.timestamp_micros())
    .bind::<BigInt, _>(MOST_TOKENS)
    .load(conn)?;
    let read = |row: TokenRow| {
        let broken = || StoreError::Corrupt(format!("token {}", row.id));
        Ok(IdleToken {
            id: row.id.parse().map_err(|_| broken())?,
            person: row.person.parse().map_err(|_| broken())?,
            issued_at: DateTime::from_timestamp_micros(row.issued_at).ok_or_else(broken)?,
            last_used_at: row.last_used_at.and_then(DateTime::from_timestamp_micros),
            expires_at: DateTime::from_timestamp_micros(row.expires_at).ok_or_else(broken)?,
        })
    };
    rows.into_iter().map(read).collect()
}
