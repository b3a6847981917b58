//! Endpoints that events are sent to: what an event says of one is written, and found again. Addresses and
//! secrets stand in their table alone. What is sent, and how, is not known here.

mod log;
mod offer;
mod send;

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Nullable, Text},
};

use super::{backend::Conn, error::StoreError, queries::Cursor};
use crate::{
    domain::{
        request::Time,
        roster::{EventFilter, Medium, WebhookDeed, WebhookEnd, WebhookFacts, WebhookState},
    },
    words::{DeliveryId, Hash, PersonId, WebhookId},
};

pub use log::{Delivery, Try, deliveries, delivery, webhooks_waiting};
pub use offer::has_unoffered;
pub use send::{Became, Claimed, Gate, Tried, has_due};

/// What an endpoint is sent with. It has no `Debug`.
#[derive(Clone, Default)]
pub struct WebhookKeys {
    /// The whole address.
    pub url: Option<String>,
    /// What is signed with, as it is written.
    pub secret: Option<String>,
    /// What was signed with before, and until when it still is.
    pub old: Option<(String, Time)>,
}

/// An endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// What it is.
    pub medium: Medium,
    /// Who answers for it.
    pub owner: PersonId,
    /// What it is for: the commitment of the text.
    pub description: Hash,
    /// The host of its address.
    pub host: String,
    /// Its whole address, where that is no secret.
    pub url: Option<String>,
    /// What it gets; empty: everything.
    pub events: Vec<EventFilter>,
    /// Where it stands.
    pub state: WebhookState,
    /// Why it gets nothing.
    pub ended_by: Option<WebhookEnd>,
    /// When it was added.
    pub added_at: Time,
    /// When it was last changed.
    pub changed_at: Time,
    /// Since when every try failed.
    pub failing_since: Option<Time>,
    /// Until when the secret of before a rotation is valid.
    pub old_until: Option<Time>,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Text)]
    medium: String,
    #[diesel(sql_type = Text)]
    owner: String,
    #[diesel(sql_type = Text)]
    description_c: String,
    #[diesel(sql_type = Text)]
    host: String,
    #[diesel(sql_type = Text)]
    events: String,
    #[diesel(sql_type = Text)]
    state: String,
    #[diesel(sql_type = Nullable<Text>)]
    ended_by: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    url: Option<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    old_until: Option<i64>,
    #[diesel(sql_type = BigInt)]
    added_at: i64,
    #[diesel(sql_type = BigInt)]
    changed_at: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    failing_since: Option<i64>,
}

#[derive(QueryableByName)]
struct KeysRow {
    #[diesel(sql_type = Nullable<Text>)]
    url: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    secret: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    old_secret: Option<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    old_until: Option<i64>,
}

const COLUMNS: &str = "id, medium, owner, description_c, host, events, state, ended_by, url, old_until, added_at, \
                       changed_at, failing_since";

/// The value that a stored text stands for.
fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(text: &str) -> Result<T, StoreError> {
    text.parse().map_err(|error| StoreError::Corrupt(format!("an endpoint has `{text}`: {error}")))
}

fn instant(micros: i64) -> Result<Time, StoreError> {
    let broken = || StoreError::Corrupt(format!("an endpoint has the time {micros}"));
    Time::from_timestamp_micros(micros).ok_or_else(broken)
}

/// A place in the ledger as a column has it.
fn column(leaf: u64) -> i64 {
    i64::try_from(leaf).unwrap_or(i64::MAX)
}

fn place(column: i64) -> u64 {
    u64::try_from(column).unwrap_or(0)
}

fn filters(text: &str) -> Result<Vec<EventFilter>, StoreError> {
    text.split_whitespace().map(parsed).collect()
}

fn joined(events: &[EventFilter]) -> String {
    events.iter().map(EventFilter::as_str).collect::<Vec<_>>().join(" ")
}

/// Is an event of this name meant by any of them, or by none since there is none?
fn take(filters: &[EventFilter], name: &str) -> bool {
    filters.is_empty() || filters.iter().any(|filter| filter.takes(name))
}

impl TryFrom<Row> for Webhook {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let medium: Medium = parsed(&row.medium)?;
        Ok(Self {
            id: parsed(&row.id)?,
            medium,
            owner: parsed(&row.owner)?,
            description: parsed(&row.description_c)?,
            host: row.host,
            url: row.url.filter(|_| !medium.is_chat()),
            events: filters(&row.events)?,
            state: parsed(&row.state)?,
            ended_by: row.ended_by.as_deref().map(parsed).transpose()?,
            added_at: instant(row.added_at)?,
            changed_at: instant(row.changed_at)?,
            failing_since: row.failing_since.map(instant).transpose()?,
            old_until: row.old_until.map(instant).transpose()?,
        })
    }
}

impl Webhook {
    /// Was it not removed?
    pub fn is_there(&self) -> bool {
        self.state != WebhookState::Removed
    }

    /// Where a page that ends with it goes on.
    pub fn cursor(&self) -> Cursor {
        Cursor { value: self.added_at.timestamp_micros(), id: self.id.to_string() }
    }

    /// Its version, for its `ETag`: the microsecond in which it was last changed.
    pub fn version(&self) -> u64 {
        place(self.changed_at.timestamp_micros())
    }
}

/// One endpoint, also one that was removed.
pub fn webhook(conn: &mut Conn, id: WebhookId) -> Result<Option<Webhook>, StoreError> {
    let row: Option<Row> = sql_query(format!("SELECT {COLUMNS} FROM webhooks WHERE id = $1"))
        .bind::<Text, _>(id.to_string())
        .get_result(conn)
        .optional()?;
    row.map(Webhook::try_from).transpose()
}

/// The endpoints that were not removed, in the order of their ids, after `after`.
pub fn webhooks(conn: &mut Conn, after: Option<WebhookId>, limit: i64) -> Result<Vec<Webhook>, StoreError> {
    let rows: Vec<Row> =
        sql_query(format!("SELECT {COLUMNS} FROM webhooks WHERE state <> 'removed' AND id > $1 ORDER BY id LIMIT $2"))
            .bind::<Text, _>(after.map_or_else(String::new, |id| id.to_string()))
            .bind::<BigInt, _>(limit)
            .load(conn)?;
    rows.into_iter().map(Webhook::try_from).collect()
}

/// What an endpoint is sent with.
pub fn keys(conn: &mut Conn, id: WebhookId) -> Result<WebhookKeys, StoreError> {
    let row: Option<KeysRow> = sql_query("SELECT url, secret, old_secret, old_until FROM webhooks WHERE id = $1")
        .bind::<Text, _>(id.to_string())
        .get_result(conn)
        .optional()?;
    let Some(row) = row else { return Ok(WebhookKeys::default()) };
    let old_until = row.old_until.map(instant).transpose()?;
    Ok(WebhookKeys { url: row.url, secret: row.secret, old: row.old_secret.zip(old_until) })
}

/// An endpoint as a rule looks at it.
pub fn facts(conn: &mut Conn, id: WebhookId) -> Result<Option<WebhookFacts>, StoreError> {
    let found = webhook(conn, id)?;
    Ok(found.map(|found| WebhookFacts { state: found.state, medium: found.medium, version: found.version() }))
}

/// Writes what a deed, which is leaf number `leaf`, changes.
pub fn apply(
    conn: &mut Conn,
    deed: &WebhookDeed,
    (leaf, at): (u64, Time),
    keys: &WebhookKeys,
) -> Result<(), StoreError> {
    let changed = match deed {
        WebhookDeed::WebhookAdded { .. } => add(conn, deed, (leaf, at), keys)?,
        WebhookDeed::WebhookUpdated { .. } => update(conn, deed, at, keys)?,
        WebhookDeed::WebhookRotated { webhook, until } => rotate(conn, (*webhook, *until), at, keys)?,
        WebhookDeed::WebhookEnabled { webhook } => enable(conn, *webhook, (leaf, at))?,
        WebhookDeed::WebhookDisabled { webhook, why } => disable(conn, *webhook, *why, at)?,
        WebhookDeed::WebhookRemoved { webhook } => remove(conn, *webhook, at)?,
        WebhookDeed::WebhookTested { webhook } => offer::post(conn, *webhook, (leaf, "roster.webhook_tested"), at)?,
        WebhookDeed::WebhookReplayed { webhook, from, until } => replay(conn, *webhook, (leaf, *from, *until))?,
    };
    if changed == 1 { Ok(()) } else { Err(StoreError::Corrupt(format!("{changed} rows are that endpoint"))) }
}

fn add(conn: &mut Conn, deed: &WebhookDeed, (leaf, at): (u64, Time), keys: &WebhookKeys) -> Result<usize, StoreError> {
    let WebhookDeed::WebhookAdded { webhook, medium, owner, description, host, events } = deed else { return Ok(0) };
    let added = sql_query(
        "INSERT INTO webhooks (id, medium, owner, description_c, host, events, state, url, secret, position, added_at, \
         changed_at) VALUES ($1, $2, $3, $4, $5, $6, 'enabled', $7, $8, $9, $10, $11)",
    )
    .bind::<Text, _>(webhook.to_string())
    .bind::<Text, _>(medium.as_str())
    .bind::<Text, _>(owner.to_string())
    .bind::<Text, _>(description.commitment.to_string())
    .bind::<Text, _>(host)
    .bind::<Text, _>(joined(events))
    .bind::<Nullable<Text>, _>(keys.url.as_deref())
    .bind::<Nullable<Text>, _>(keys.secret.as_deref())
    .bind::<BigInt, _>(column(leaf + 1))
    .bind::<BigInt, _>(at.timestamp_micros())
    .bind::<BigInt, _>(at.timestamp_micros())
    .execute(conn)?;
    Ok(added)
}

fn update(conn: &mut Conn, deed: &WebhookDeed, at: Time, keys: &WebhookKeys) -> Result<usize, StoreError> {
    let WebhookDeed::WebhookUpdated { webhook, owner, description, host, events } = deed else { return Ok(0) };
    let updated = sql_query(
        "UPDATE webhooks SET owner = COALESCE($1, owner), description_c = COALESCE($2, description_c), \
         host = COALESCE($3, host), events = COALESCE($4, events), url = COALESCE($5, url), changed_at = $6 \
         WHERE id = $7",
    )
    .bind::<Nullable<Text>, _>(owner.map(|owner| owner.to_string()))
    .bind::<Nullable<Text>, _>(description.as_ref().map(|sealed| sealed.commitment.to_string()))
    .bind::<Nullable<Text>, _>(host.as_deref())
    .bind::<Nullable<Text>, _>(events.as_deref().map(joined))
    .bind::<Nullable<Text>, _>(keys.url.as_deref().filter(|_| host.is_some()))
    .bind::<BigInt, _>(at.timestamp_micros())
    .bind::<Text, _>(webhook.to_string())
    .execute(conn)?;
    Ok(updated)
}

fn rotate(
    conn: &mut Conn,
    (webhook, until): (WebhookId, Time),
    at: Time,
    keys: &WebhookKeys,
) -> Result<usize, StoreError> {
    let missing = || StoreError::Corrupt("a rotation came without its secret".to_owned());
    let rotated = sql_query(
        "UPDATE webhooks SET old_secret = secret, old_until = $1, secret = $2, changed_at = $3 WHERE id = $4",
    )
    .bind::<BigInt, _>(until.timestamp_micros())
    .bind::<Text, _>(keys.secret.as_deref().ok_or_else(missing)?)
    .bind::<BigInt, _>(at.timestamp_micros())
    .bind::<Text, _>(webhook.to_string())
    .execute(conn)?;
    Ok(rotated)
}

fn enable(conn: &mut Conn, webhook: WebhookId, (leaf, at): (u64, Time)) -> Result<usize, StoreError> {
    let enabled = sql_query(
        "UPDATE webhooks SET state = 'enabled', ended_by = NULL, failing_since = NULL, position = $1, changed_at = $2 \
         WHERE id = $3",
    )
    .bind::<BigInt, _>(column(leaf + 1))
    .bind::<BigInt, _>(at.timestamp_micros())
    .bind::<Text, _>(webhook.to_string())
    .execute(conn)?;
    Ok(enabled)
}

fn disable(conn: &mut Conn, webhook: WebhookId, why: WebhookEnd, at: Time) -> Result<usize, StoreError> {
    let disabled = sql_query("UPDATE webhooks SET state = $1, ended_by = $2, changed_at = $3 WHERE id = $4")
        .bind::<Text, _>(why.state().as_str())
        .bind::<Text, _>(why.as_str())
        .bind::<BigInt, _>(at.timestamp_micros())
        .bind::<Text, _>(webhook.to_string())
        .execute(conn)?;
    Ok(disabled)
}

fn remove(conn: &mut Conn, webhook: WebhookId, at: Time) -> Result<usize, StoreError> {
    sql_query(
        "UPDATE webhook_deliveries SET state = 'discarded', lease_owner = NULL, lease_until = NULL \
         WHERE webhook = $1 AND state = 'waiting'",
    )
    .bind::<Text, _>(webhook.to_string())
    .execute(conn)?;
    sql_query("DELETE FROM webhook_replays WHERE webhook = $1").bind::<Text, _>(webhook.to_string()).execute(conn)?;
    let removed = sql_query(
        "UPDATE webhooks SET state = 'removed', url = NULL, secret = NULL, old_secret = NULL, old_until = NULL, \
         changed_at = $1 WHERE id = $2",
    )
    .bind::<BigInt, _>(at.timestamp_micros())
    .bind::<Text, _>(webhook.to_string())
    .execute(conn)?;
    Ok(removed)
}

fn replay(conn: &mut Conn, webhook: WebhookId, (leaf, from, until): (u64, u64, u64)) -> Result<usize, StoreError> {
    let asked = sql_query("INSERT INTO webhook_replays (leaf, webhook, next, until) VALUES ($1, $2, $3, $4)")
        .bind::<BigInt, _>(column(leaf))
        .bind::<Text, _>(webhook.to_string())
        .bind::<BigInt, _>(column(from))
        .bind::<BigInt, _>(column(until))
        .execute(conn)?;
    Ok(asked)
}

/// The id of what a leaf is to an endpoint, as a column has it.
fn delivery_id(webhook: WebhookId, leaf: u64) -> String {
    DeliveryId::derive(webhook, leaf).to_string()
}
