//! The in-app mailbox: what was delivered to whom, readable without any mail server.
//! How a letter came to be is not known here.

use chrono::DateTime;
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Bool, Nullable, Text},
};
use uuid::Uuid;

use super::{
    backend::Conn,
    erasure::{ERASED, newest_erasure},
    error::StoreError,
    queries::Cursor,
    rows::{Cell, OnConflict, Rows},
    sql::Sql,
    tx::Tx,
};
use crate::{
    domain::{letters::LetterKind, request::Time},
    words::{ExceptionId, PersonId},
};

/// A letter in somebody's mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The letter.
    pub letter: Uuid,
    /// Whose mailbox.
    pub person: PersonId,
    /// What it tells.
    pub kind: LetterKind,
    /// Its subject, one line.
    pub subject: String,
    /// Its text.
    pub body: String,
    /// The exception it is about, if it is about one.
    pub exception: Option<ExceptionId>,
    /// When what it tells of happened.
    pub at: Time,
    /// The number of that event within the exception: what happened in one instant has an order.
    pub seq: u64,
    /// When it also left by mail.
    pub mailed_at: Option<Time>,
    /// When it was first read.
    pub read_at: Option<Time>,
    /// Does its mail wait for a digest?
    pub digest: bool,
}

/// A letter about one exception in somebody's mailbox, as far as its thread goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Threaded {
    /// The letter.
    pub letter: Uuid,
    /// The number of its event.
    pub seq: u64,
    /// Its kind.
    pub kind: LetterKind,
    /// Did it leave by mail too?
    pub mailed: bool,
    /// Did it leave as a mail of its own, so that others can follow it?
    pub alone: bool,
    /// Does it wait for a digest?
    pub waits: bool,
}

impl Delivery {
    /// Where a page that ends with it goes on.
    pub fn cursor(&self) -> Cursor {
        Cursor { value: self.at.timestamp_micros(), id: format!("{}.{}", self.seq, self.letter) }
    }
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    letter: String,
    #[diesel(sql_type = Text)]
    person: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    subject: String,
    #[diesel(sql_type = Text)]
    body: String,
    #[diesel(sql_type = Nullable<Text>)]
    exception: Option<String>,
    #[diesel(sql_type = BigInt)]
    at: i64,
    #[diesel(sql_type = BigInt)]
    seq: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    mailed_at: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    read_at: Option<i64>,
    #[diesel(sql_type = Bool)]
    digest: bool,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[derive(QueryableByName)]
struct ThreadRow {
    #[diesel(sql_type = Text)]
    letter: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = BigInt)]
    seq: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    mailed_at: Option<i64>,
    #[diesel(sql_type = Bool)]
    digest: bool,
}

impl TryFrom<&ThreadRow> for Threaded {
    type Error = StoreError;

    fn try_from(row: &ThreadRow) -> Result<Self, StoreError> {
        let broken = || StoreError::Corrupt(format!("letter {} in a mailbox", row.letter));
        Ok(Self {
            letter: row.letter.parse().map_err(|_| broken())?,
            kind: row.kind.parse().map_err(|_| broken())?,
            seq: u64::try_from(row.seq).map_err(|_| broken())?,
            mailed: row.mailed_at.is_some(),
            alone: row.mailed_at.is_some() && !row.digest,
            waits: row.mailed_at.is_none() && row.digest,
        })
    }
}

const COLUMNS: &str = "letter, person, kind, subject, body, exception, at, seq, mailed_at, read_at, digest";

impl TryFrom<Row> for Delivery {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let broken = || StoreError::Corrupt(format!("letter {} in the mailbox of {}", row.letter, row.person));
        Ok(Self {
            letter: row.letter.parse().map_err(|_| broken())?,
            person: row.person.parse().map_err(|_| broken())?,
            kind: row.kind.parse().map_err(|_| broken())?,
            exception: row.exception.as_deref().map(str::parse).transpose().map_err(|_| broken())?,
            at: DateTime::from_timestamp_micros(row.at).ok_or_else(broken)?,
            seq: u64::try_from(row.seq).map_err(|_| broken())?,
            mailed_at: row.mailed_at.and_then(DateTime::from_timestamp_micros),
            read_at: row.read_at.and_then(DateTime::from_timestamp_micros),
            digest: row.digest,
            subject: row.subject,
            body: row.body,
        })
    }
}

/// The mailbox of `person`, newest first, after `after`, at most `limit`.
pub fn mailbox(
    conn: &mut Conn,
    person: PersonId,
    after: Option<&Cursor>,
    limit: i64,
) -> Result<Vec<Delivery>, StoreError> {
    page(conn, (person, ""), after, limit)
}

/// What of it they have not read.
pub fn unread_mailbox(
    conn: &mut Conn,
    person: PersonId,
    after: Option<&Cursor>,
    limit: i64,
) -> Result<Vec<Delivery>, StoreError> {
    page(conn, (person, "AND read_at IS NULL "), after, limit)
}

fn page(
    conn: &mut Conn,
    (person, which): (PersonId, &str),
    after: Option<&Cursor>,
    limit: i64,
) -> Result<Vec<Delivery>, StoreError> {
    let at = after.map_or(i64::MAX, |cursor| cursor.value);
    let (seq, letter) = after.and_then(|cursor| cursor.id.split_once('.')).unwrap_or(("0", ""));
    let seq: i64 = seq.parse().unwrap_or(0);
    let rows: Vec<Row> = sql_query(format!(
        "SELECT {COLUMNS} FROM mailbox WHERE person = $1 {which}AND (at, seq, letter) < ($2, $3, $4) \
         ORDER BY at DESC, seq DESC, letter DESC LIMIT $5"
    ))
    .bind::<Text, _>(person.to_string())
    .bind::<BigInt, _>(at)
    .bind::<BigInt, _>(seq)
    .bind::<Text, _>(letter)
    .bind::<BigInt, _>(limit)
    .load(conn)?;
    rows.into_iter().map(Delivery::try_from).collect()
}

/// One letter in the mailbox of `person`.
pub fn delivery(conn: &mut Conn, person: PersonId, letter: Uuid) -> Result<Option<Delivery>, StoreError> {
    let row: Option<Row> = sql_query(format!("SELECT {COLUMNS} FROM mailbox WHERE letter = $1 AND person = $2"))
        .bind::<Text, _>(letter.to_string())
        .bind::<Text, _>(person.to_string())
        .get_result(conn)
        .optional()?;
    row.map(Delivery::try_from).transpose()
}

/// How many letters `person` has not read.
pub fn unread(conn: &mut Conn, person: PersonId) -> Result<u64, StoreError> {
    let found: Count = sql_query("SELECT COUNT(*) AS count FROM mailbox WHERE person = $1 AND read_at IS NULL")
        .bind::<Text, _>(person.to_string())
        .get_result(conn)?;
    Ok(u64::try_from(found.count).unwrap_or(0))
}

/// Put in order afterwards: for an order that an index has, SQLite would walk all that this person ever got.
const THREAD: &str = "SELECT letter, kind, seq, mailed_at, digest FROM mailbox WHERE exception = $1 AND person = $2";

/// What the mailbox of `person` has about an exception, in the order in which it happened: nobody is sent
/// the same twice, and mails follow the first of their thread.
pub fn threaded(conn: &mut Conn, exception: ExceptionId, person: PersonId) -> Result<Vec<Threaded>, StoreError> {
    let asked = Sql::of(THREAD, [exception.to_string().into(), person.to_string().into()]);
    let rows: Vec<ThreadRow> = asked.kept().load(conn)?;
    let told: Result<Vec<Threaded>, StoreError> = rows.iter().map(Threaded::try_from).collect();
    let mut told = told?;
    told.sort_by_key(|had| (had.seq, had.letter));
    Ok(told)
}

/// How many letters left by mail for `person` since then.
pub fn mailed_since(conn: &mut Conn, person: PersonId, since: Time) -> Result<u32, StoreError> {
    // What left in one digest left in one instant.
    let mails = "SELECT COUNT(*) AS count FROM (SELECT letter FROM mailbox WHERE person = $1 AND mailed_at >= $2 \
         AND NOT digest UNION ALL SELECT MIN(letter) FROM mailbox WHERE person = $3 AND mailed_at >= $4 AND digest \
         GROUP BY mailed_at) AS mails";
    let (person, since) = (person.to_string(), since.timestamp_micros());
    let values = [person.as_str().into(), since.into(), person.as_str().into(), since.into()];
    let found: Count = Sql::of(mails, values).kept().get_result(conn)?;
    Ok(u32::try_from(found.count).unwrap_or(u32::MAX))
}

/// What waits for the digest of `person`, the oldest first, at most `limit`.
pub fn for_digest(conn: &mut Conn, person: PersonId, limit: i64) -> Result<Vec<Delivery>, StoreError> {
    let rows: Vec<Row> = sql_query(format!(
        "SELECT {COLUMNS} FROM mailbox WHERE person = $1 AND digest AND mailed_at IS NULL ORDER BY at, seq LIMIT $2"
    ))
    .bind::<Text, _>(person.to_string())
    .bind::<BigInt, _>(limit)
    .load(conn)?;
    rows.into_iter().map(Delivery::try_from).collect()
}

impl Tx<'_, '_> {
    /// Puts letters into mailboxes. Of one that is there already, only that it left by mail is noted.
    ///
    /// They were written when `erasure` was the newest one: where there is a later one by now, what it took may stand
    /// in them, and of each stays that it was.
    pub fn put_in_mailboxes(&mut self, deliveries: &[Delivery], erasure: i64) -> Result<(), StoreError> {
        let late = newest_erasure(self.conn())? != erasure;
        let kept = |text: &str| Cell::from(if late { ERASED } else { text });
        let columns = &["letter", "person", "kind", "subject", "body", "exception", "at", "seq", "mailed_at", "digest"];
        let mut rows = Rows::new("mailbox", columns).on_conflict(OnConflict::Skip);
        for delivery in deliveries {
            rows.push([
                delivery.letter.to_string().into(),
                delivery.person.to_string().into(),
                delivery.kind.as_str().into(),
                kept(&delivery.subject),
                kept(&delivery.body),
                delivery.exception.map(|exception| exception.to_string()).into(),
                delivery.at.timestamp_micros().into(),
                super::ledger::big(delivery.seq),
                delivery.mailed_at.map(|at| at.timestamp_micros()).into(),
                delivery.digest.into(),
            ]);
        }
        rows.insert(self.conn())?;
        for delivery in deliveries {
            self.note_mailed(delivery)?;
        }
        Ok(())
    }

    /// That it left, and how, or that it waits for a digest from now on.
    fn note_mailed(&mut self, delivery: &Delivery) -> Result<(), StoreError> {
        if delivery.mailed_at.is_none() && !delivery.digest {
            return Ok(());
        }
        let left =
            "UPDATE mailbox SET mailed_at = $1, digest = $2 WHERE letter = $3 AND person = $4 AND mailed_at IS NULL";
        let values = [
            delivery.mailed_at.map(|at| at.timestamp_micros()).into(),
            delivery.digest.into(),
            delivery.letter.to_string().into(),
            delivery.person.to_string().into(),
        ];
        Sql::of(left, values).kept().execute(self.conn())?;
        Ok(())
    }

    /// Notes that `person` read a letter of theirs; the first time counts.
    pub fn mark_read(&mut self, person: PersonId, letter: Uuid) -> Result<(), StoreError> {
        let now = self.now().timestamp_micros();
        sql_query("UPDATE mailbox SET read_at = $1 WHERE letter = $2 AND person = $3 AND read_at IS NULL")
            .bind::<BigInt, _>(now)
            .bind::<Text, _>(letter.to_string())
            .bind::<Text, _>(person.to_string())
            .execute(self.conn())?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testbed;

    #[derive(QueryableByName)]
    struct Step {
        #[diesel(sql_type = Text)]
        detail: String,
    }

    #[test]
    fn a_thread_is_read_without_the_rest_of_the_mailbox() {
        for bed in testbed::beds().into_iter().filter(|bed| bed.url.file().is_some()) {
            let asked = sql_query(format!("EXPLAIN QUERY PLAN {THREAD}")).bind::<Text, _>("one").bind::<Text, _>("ada");
            let steps: Vec<Step> = asked.load(&mut bed.open()).unwrap();
            let told: Vec<&str> = steps.iter().map(|step| step.detail.as_str()).collect();
            assert_eq!(told, ["SEARCH mailbox USING INDEX mailbox_by_thread (exception=? AND person=?)"]);
        }
    }
}
