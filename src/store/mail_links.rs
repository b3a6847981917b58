//! Links by which approvers decide. A link is open until its round, its dossier or its approver's part
//! changes; whoever asks for one that is not open finds nothing, by the same one query, whyever it is not.

use std::collections::BTreeSet;

use chrono::{DateTime, Duration};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Integer, Nullable, Text},
};
use uuid::Uuid;

use super::{backend::Conn, error::StoreError, sql::Sql, tx::Tx};
use crate::{
    domain::{event::Deed, exception::Round, request::Time},
    store::exceptions::Change,
    words::{ExceptionId, Hash, LinkEnd, LinkId, PersonId},
};

/// For how many days a link is open at most; a round that lasts longer is decided in the service.
const DAYS: i64 = 60;

/// A link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailLink {
    /// Its id.
    pub id: LinkId,
    /// The exception.
    pub exception: ExceptionId,
    /// The exception's number.
    pub number: String,
    /// The round that it decides.
    pub round: u32,
    /// The dossier that it decides on.
    pub dossier: Hash,
    /// The approver.
    pub person: PersonId,
    /// Why it no longer decides anything, if it does not.
    pub ended: Option<LinkEnd>,
}

/// A link to be issued.
#[derive(Debug, Clone)]
pub struct NewLink {
    /// Its id.
    pub id: LinkId,
    /// The hash of its secret.
    pub hash: Hash,
    /// The exception.
    pub exception: ExceptionId,
    /// The approver.
    pub person: PersonId,
    /// The mail that it stands in.
    pub mail: Uuid,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Text)]
    exception: String,
    #[diesel(sql_type = Text)]
    number: String,
    #[diesel(sql_type = Integer)]
    round: i32,
    #[diesel(sql_type = Text)]
    dossier: String,
    #[diesel(sql_type = Text)]
    person: String,
    #[diesel(sql_type = Nullable<Text>)]
    ended_by: Option<String>,
}

const SELECT: &str = "SELECT l.id, l.exception, e.number, l.round, l.dossier, l.person, l.ended_by FROM mail_links l \
                      JOIN exceptions e ON e.id = l.exception";

impl TryFrom<Row> for MailLink {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let broken = || StoreError::Corrupt(format!("link {}", row.id));
        Ok(Self {
            id: row.id.parse().map_err(|_| broken())?,
            exception: row.exception.parse().map_err(|_| broken())?,
            round: u32::try_from(row.round).map_err(|_| broken())?,
            dossier: row.dossier.parse().map_err(|_| broken())?,
            person: row.person.parse().map_err(|_| broken())?,
            ended: row.ended_by.as_deref().map(str::parse).transpose().map_err(|_| broken())?,
            number: row.number,
        })
    }
}

/// The open link of this hash.
pub fn open_link(conn: &mut Conn, hash: &Hash, now: Time) -> Result<Option<MailLink>, StoreError> {
    let row: Option<Row> =
        sql_query(format!("{SELECT} WHERE l.hash = $1 AND l.ended_at IS NULL AND l.expires_at > $2"))
            .bind::<Text, _>(hash.to_string())
            .bind::<BigInt, _>(now.timestamp_micros())
            .get_result(conn)
            .optional()?;
    row.map(MailLink::try_from).transpose()
}

/// An open link by its id.
pub fn link_by_id(conn: &mut Conn, id: LinkId, now: Time) -> Result<Option<MailLink>, StoreError> {
    let row: Option<Row> = sql_query(format!("{SELECT} WHERE l.id = $1 AND l.ended_at IS NULL AND l.expires_at > $2"))
        .bind::<Text, _>(id.to_string())
        .bind::<BigInt, _>(now.timestamp_micros())
        .get_result(conn)
        .optional()?;
    row.map(MailLink::try_from).transpose()
}

/// The link of this hash that was issued to `person`, open or not: to them alone it may be explained.
pub fn link_of(conn: &mut Conn, hash: &Hash, person: PersonId) -> Result<Option<MailLink>, StoreError> {
    let row: Option<Row> = sql_query(format!("{SELECT} WHERE l.hash = $1 AND l.person = $2"))
        .bind::<Text, _>(hash.to_string())
        .bind::<Text, _>(person.to_string())
        .get_result(conn)
        .optional()?;
    row.map(MailLink::try_from).transpose()
}

/// The open links of these people.
pub fn open_links_of(conn: &mut Conn, people: &BTreeSet<PersonId>) -> Result<Vec<MailLink>, StoreError> {
    let mut open = Vec::new();
    for person in people {
        let rows: Vec<Row> = sql_query(format!("{SELECT} WHERE l.person = $1 AND l.ended_at IS NULL"))
            .bind::<Text, _>(person.to_string())
            .load(conn)?;
        open.extend(rows);
    }
    open.into_iter().map(MailLink::try_from).collect()
}

/// Was this person ever sent a link for this exception?
pub fn was_asked(conn: &mut Conn, exception: ExceptionId, person: PersonId) -> Result<bool, StoreError> {
    let row: Option<Row> = sql_query(format!("{SELECT} WHERE l.exception = $1 AND l.person = $2 LIMIT 1"))
        .bind::<Text, _>(exception.to_string())
        .bind::<Text, _>(person.to_string())
        .get_result(conn)
        .optional()?;
    Ok(row.is_some())
}

/// The exceptions that `then` is still asked to decide, and that `before` was ever asked to; at most twenty.
pub fn both_asked(conn: &mut Conn, before: PersonId, then: PersonId) -> Result<Vec<ExceptionId>, StoreError> {
    let rows: Vec<Row> = sql_query(format!(
        "{SELECT} WHERE l.person = $1 AND l.ended_at IS NULL AND EXISTS (SELECT 1 FROM mail_links other \
         WHERE other.exception = l.exception AND other.person = $2) ORDER BY l.exception LIMIT 20"
    ))
    .bind::<Text, _>(then.to_string())
    .bind::<Text, _>(before.to_string())
    .load(conn)?;
    rows.into_iter().map(|row| Ok(MailLink::try_from(row)?.exception)).collect()
}

/// When a round's link ends, whatever happens.
fn expiry(now: Time) -> Time {
    now.checked_add_signed(Duration::days(DAYS)).unwrap_or(DateTime::<chrono::Utc>::MAX_UTC)
}

impl Tx<'_, '_> {
    /// Issues a link for the round that is open, and the dossier as it stands; whether it is open. The links of
    /// its approver's earlier mails end. One that another process put into the same mail stays open beside it:
    /// nobody knows which of the two arrives, and the decision ends both.
    pub fn issue_link(&mut self, new: &NewLink, round: u32) -> Result<bool, StoreError> {
        let now = self.now();
        let Some(exception) = self.exception(new.exception)? else { return Ok(false) };
        let Some(open) = exception.state.round().filter(|open| open.number == round) else { return Ok(false) };
        // Another try of the same mail says the same; another mail's link takes the place of the one before.
        if let Some(standing) = self.look(|conn| link_of(conn, &new.hash, new.person))? {
            return Ok(standing.ended.is_none());
        }
        self.replace_links(new)?;
        sql_query(
            "INSERT INTO mail_links (id, hash, exception, round, dossier, person, issued_at, expires_at, mail) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind::<Text, _>(new.id.to_string())
        .bind::<Text, _>(new.hash.to_string())
        .bind::<Text, _>(new.exception.to_string())
        .bind::<Integer, _>(i32::try_from(open.number).unwrap_or(i32::MAX))
        .bind::<Text, _>(open.dossier.to_string())
        .bind::<Text, _>(new.person.to_string())
        .bind::<BigInt, _>(now.timestamp_micros())
        .bind::<BigInt, _>(expiry(now).timestamp_micros())
        .bind::<Text, _>(new.mail.to_string())
        .execute(self.conn())?;
        Ok(true)
    }

    /// Ends the links of an approver that stand in other mails.
    fn replace_links(&mut self, new: &NewLink) -> Result<(), StoreError> {
        let now = self.now().timestamp_micros();
        sql_query(
            "UPDATE mail_links SET ended_at = $1, ended_by = $2 WHERE exception = $3 AND person = $4 \
             AND ended_at IS NULL AND (mail IS NULL OR mail <> $5)",
        )
        .bind::<BigInt, _>(now)
        .bind::<Text, _>(LinkEnd::Replaced.as_str())
        .bind::<Text, _>(new.exception.to_string())
        .bind::<Text, _>(new.person.to_string())
        .bind::<Text, _>(new.mail.to_string())
        .execute(self.conn())?;
        Ok(())
    }

    /// The link was used: by the decision that ended it in this very transaction.
    pub fn use_link(&mut self, id: LinkId) -> Result<(), StoreError> {
        let now = self.now().timestamp_micros();
        sql_query("UPDATE mail_links SET ended_at = $1, ended_by = $2 WHERE id = $3")
            .bind::<BigInt, _>(now)
            .bind::<Text, _>(LinkEnd::Used.as_str())
            .bind::<Text, _>(id.to_string())
            .execute(self.conn())?;
        Ok(())
    }

    /// Ends a link whose approver has no part in the decision any more.
    pub fn end_link(&mut self, id: LinkId) -> Result<(), StoreError> {
        let now = self.now().timestamp_micros();
        sql_query("UPDATE mail_links SET ended_at = $1, ended_by = $2 WHERE id = $3 AND ended_at IS NULL")
            .bind::<BigInt, _>(now)
            .bind::<Text, _>(LinkEnd::RoleLost.as_str())
            .bind::<Text, _>(id.to_string())
            .execute(self.conn())?;
        Ok(())
    }

    /// Ends the links that a change leaves nothing to decide: another dossier, another round or none, and
    /// those of whoever has decided.
    pub(super) fn end_links(&mut self, change: &Change<'_>) -> Result<(), StoreError> {
        let Some(before) = change.before.and_then(|before| before.state.round()) else { return Ok(()) };
        let same = |now: &Round| now.number == before.number && now.dossier == before.dossier;
        let id = change.after.id;
        if !change.after.state.round().is_some_and(same) {
            return self.end_links_on(id, None, LinkEnd::Changed);
        }
        for event in change.events {
            if let Deed::Approved { approval, .. } = &event.deed {
                self.end_links_on(id, Some(approval.by), LinkEnd::Decided)?;
            }
        }
        Ok(())
    }

    fn end_links_on(&mut self, id: ExceptionId, of: Option<PersonId>, why: LinkEnd) -> Result<(), StoreError> {
        let now = self.now().timestamp_micros();
        let open = "UPDATE mail_links SET ended_at = $1, ended_by = $2 WHERE exception = $3 AND ended_at IS NULL";
        let mut sql = Sql::of(open, [now.into(), why.as_str().into(), id.to_string().into()]);
        if let Some(person) = of {
            sql.push(" AND person = ").bind(person.to_string());
        }
        sql.kept().execute(self.conn())?;
        Ok(())
    }
}
