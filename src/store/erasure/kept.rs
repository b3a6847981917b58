//! What is known of an erasure afterwards: when it was, who was told of it, and what is still to be done outside the
//! database. Nothing here says who somebody was.

use std::collections::BTreeSet;

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Integer, Nullable, Text},
};

use super::{
    called::texts,
    leaf::{attachments, read},
};
use crate::{
    domain::request::Time,
    store::{
        backend::Conn,
        error::StoreError,
        ledger::{self, big},
        rows::Cell,
        sql::Sql,
        tx::Tx,
    },
    words::{Hash, PersonId},
};

/// An erasure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erased {
    /// Its leaf.
    pub leaf: u64,
    /// Who.
    pub person: PersonId,
    /// All their accounts.
    pub accounts: BTreeSet<PersonId>,
    /// When.
    pub at: Time,
    /// The signed note of the erasure that was done again, in a record that was set back.
    pub again: Option<String>,
    /// How many texts went.
    pub texts: u64,
    /// Was it not yet looked for in passing what they are called?
    pub passing: bool,
    /// When it was written on the list outside the database.
    pub listed_at: Option<Time>,
    /// When the pages that it was in were written anew; copies of them may still be in the log of the database.
    pub rewritten_at: Option<Time>,
    /// When nothing of it was left in pages and files.
    pub swept_at: Option<Time>,
}

/// Who was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// `webhook` or `connector`.
    pub channel: String,
    /// The endpoint's id, or the connector's name.
    pub name: String,
    /// `waiting`, `delivered`, `failed`, or `by_hand` where people have to see to it.
    pub state: String,
    /// When that became so.
    pub at: Option<Time>,
    /// The status of the answer.
    pub status: Option<u16>,
}

/// What came of telling an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent {
    /// Is it delivered, given up, or to be tried again?
    pub delivered: Option<bool>,
    /// When.
    pub at: Time,
    /// The status of the answer.
    pub status: Option<u16>,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    leaf: i64,
    #[diesel(sql_type = Text)]
    person: String,
    #[diesel(sql_type = Text)]
    accounts: String,
    #[diesel(sql_type = BigInt)]
    erased_at: i64,
    #[diesel(sql_type = Nullable<Text>)]
    again: Option<String>,
    #[diesel(sql_type = BigInt)]
    texts: i64,
    #[diesel(sql_type = Nullable<Text>)]
    sought: Option<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    listed_at: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    rewritten_at: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    swept_at: Option<i64>,
}

#[derive(QueryableByName)]
struct ReceiptRow {
    #[diesel(sql_type = Text)]
    channel: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    state: String,
    #[diesel(sql_type = Nullable<BigInt>)]
    at: Option<i64>,
    #[diesel(sql_type = Nullable<Integer>)]
    status: Option<i32>,
}

#[derive(QueryableByName)]
struct Body {
    #[diesel(sql_type = Text)]
    body: String,
}

#[derive(QueryableByName)]
struct File {
    #[diesel(sql_type = Text)]
    hash: String,
}

const COLUMNS: &str =
    "SELECT leaf, person, accounts, erased_at, again, texts, sought, listed_at, rewritten_at, swept_at FROM erasures";

impl Row {
    fn read(self) -> Result<Erased, StoreError> {
        let broken = || StoreError::Corrupt(format!("the erasure of leaf {}", self.leaf));
        let time = |micros| Time::from_timestamp_micros(micros).ok_or_else(broken);
        let accounts = self.accounts.split(' ').map(|id| id.parse().map_err(|_| broken()));
        Ok(Erased {
            leaf: u64::try_from(self.leaf).map_err(|_| broken())?,
            person: self.person.parse().map_err(|_| broken())?,
            accounts: accounts.collect::<Result<_, _>>()?,
            at: time(self.erased_at)?,
            again: self.again,
            texts: u64::try_from(self.texts).unwrap_or(0),
            passing: self.sought.is_some(),
            listed_at: self.listed_at.map(time).transpose()?,
            rewritten_at: self.rewritten_at.map(time).transpose()?,
            swept_at: self.swept_at.map(time).transpose()?,
        })
    }
}

/// The erasure of this account, if it was erased.
pub fn erased(conn: &mut Conn, person: PersonId) -> Result<Option<Erased>, StoreError> {
    let rows: Vec<Row> = sql_query(format!("{COLUMNS} WHERE accounts LIKE $1 ORDER BY leaf DESC LIMIT 1"))
        .bind::<Text, _>(format!("%{person}%"))
        .load(conn)?;
    rows.into_iter().next().map(Row::read).transpose()
}

/// Is this leaf an erasure? Which, for whoever is told of it.
pub fn erased_leaf(conn: &mut Conn, leaf: u64) -> Result<Option<Erased>, StoreError> {
    let row: Option<Row> = sql_query(format!("{COLUMNS} WHERE leaf = $1"))
        .bind::<BigInt, _>(i64::try_from(leaf).unwrap_or(i64::MAX))
        .get_result(conn)
        .optional()?;
    row.map(Row::read).transpose()
}

/// The first erasures that are not swept yet, and that nobody tries until after `now`.
pub fn unswept(conn: &mut Conn, now: Time, limit: i64) -> Result<Vec<Erased>, StoreError> {
    let rows: Vec<Row> = sql_query(format!(
        "{COLUMNS} WHERE swept_at IS NULL AND (tried_until IS NULL OR tried_until <= $1) ORDER BY leaf LIMIT $2"
    ))
    .bind::<BigInt, _>(now.timestamp_micros())
    .bind::<BigInt, _>(limit)
    .load(conn)?;
    rows.into_iter().map(Row::read).collect()
}

/// Every erasure, in their order.
pub fn erasures(conn: &mut Conn) -> Result<Vec<Erased>, StoreError> {
    let rows: Vec<Row> = sql_query(format!("{COLUMNS} ORDER BY leaf")).load(conn)?;
    rows.into_iter().map(Row::read).collect()
}

/// Who was told of an erasure, and who was not yet: of an endpoint that takes nothing any more people see to it.
pub fn receipts(conn: &mut Conn, leaf: u64) -> Result<Vec<Receipt>, StoreError> {
    let rows: Vec<ReceiptRow> = sql_query(
        "SELECT r.channel, r.name, CASE WHEN r.channel = 'webhook' AND r.state = 'waiting' AND NOT EXISTS \
         (SELECT 1 FROM webhooks w WHERE w.id = r.name AND w.state = 'enabled') THEN 'by_hand' ELSE r.state END \
         AS state, r.at, r.status FROM erasure_receipts r WHERE r.erasure = $1 ORDER BY r.channel DESC, r.name",
    )
    .bind::<BigInt, _>(i64::try_from(leaf).unwrap_or(i64::MAX))
    .load(conn)?;
    let read = |row: ReceiptRow| Receipt {
        channel: row.channel,
        name: row.name,
        state: row.state,
        at: row.at.and_then(Time::from_timestamp_micros),
        status: row.status.and_then(|status| u16::try_from(status).ok()),
    };
    Ok(rows.into_iter().map(read).collect())
}

/// The files of an erasure that are still there.
pub fn files(conn: &mut Conn, leaf: u64) -> Result<Vec<Hash>, StoreError> {
    let rows: Vec<File> = sql_query("SELECT hash FROM erased_files WHERE erasure = $1 AND removed_at IS NULL")
        .bind::<BigInt, _>(i64::try_from(leaf).unwrap_or(i64::MAX))
        .load(conn)?;
    rows.iter().map(|row| row.hash.parse().map_err(|_| StoreError::Corrupt("the hash of a file".to_owned()))).collect()
}

/// Whether anybody attached a file with this content after a leaf, under a name that is left; and the last leaf by now.
pub fn brought_anew(conn: &mut Conn, file: Hash, after: u64) -> Result<(bool, u64), StoreError> {
    let (size, _) = ledger::head(conn)?;
    let bodies: Vec<Body> = sql_query("SELECT body FROM leaves WHERE idx > $1 AND body LIKE $2 ORDER BY idx")
        .bind::<BigInt, _>(i64::try_from(after).unwrap_or(i64::MAX))
        .bind::<Text, _>(format!("%{file}%"))
        .load(conn)?;
    let mut attached = BTreeSet::new();
    for Body { body } in &bodies {
        attachments(&read(body)?, &mut attached);
    }
    let names: BTreeSet<Hash> = attached.into_iter().filter(|(hash, _)| *hash == file).map(|(_, name)| name).collect();
    Ok((!texts(conn, &names)?.is_empty(), size.saturating_sub(1).max(after)))
}

impl Tx<'_, '_> {
    /// Has anybody attached a file with this content after a leaf? `Busy` where somebody does in the same batch. Until
    /// this transaction ends nobody else does: each attaches in one of its own, and looks there whether the file is
    /// still where it was put.
    pub fn is_brought_anew(&mut self, file: Hash, after: u64) -> Result<bool, StoreError> {
        let named = file.to_string();
        let here = |row: &[Cell]| matches!(row.last(), Some(Cell::Text(Some(body))) if body.contains(&named));
        if self.batch().waiting_leaves().any(here) {
            return Err(StoreError::Busy);
        }
        Ok(brought_anew(self.conn(), file, after)?.0)
    }

    /// Notes that every erasure is on the list outside the database.
    pub fn note_listed(&mut self, until: u64) -> Result<(), StoreError> {
        let noted = "UPDATE erasures SET listed_at = $1 WHERE leaf <= $2 AND listed_at IS NULL";
        Sql::of(noted, [self.now().timestamp_micros().into(), big(until)]).query().execute(self.conn())?;
        Ok(())
    }

    /// Notes what came of telling an endpoint of a leaf, where that is an erasure.
    pub(in crate::store) fn erasure_sent(&mut self, webhook: &str, leaf: u64, sent: Sent) -> Result<(), StoreError> {
        let state = match sent.delivered {
            Some(true) => "delivered",
            Some(false) => "failed",
            None => "waiting",
        };
        sql_query(
            "UPDATE erasure_receipts SET state = $1, at = $2, status = $3 \
             WHERE erasure = $4 AND channel = 'webhook' AND name = $5",
        )
        .bind::<Text, _>(state)
        .bind::<BigInt, _>(sent.at.timestamp_micros())
        .bind::<Nullable<Integer>, _>(sent.status.map(i32::from))
        .bind::<BigInt, _>(i64::try_from(leaf).unwrap_or(i64::MAX))
        .bind::<Text, _>(webhook)
        .execute(self.conn())?;
        Ok(())
    }

    /// Takes an erasure in hand until then; false where somebody else has it.
    pub fn take_erasure(&mut self, leaf: u64, (now, until): (Time, Time)) -> Result<bool, StoreError> {
        let taken = "UPDATE erasures SET tried_until = $1 WHERE leaf = $2 AND swept_at IS NULL \
                     AND (tried_until IS NULL OR tried_until <= $3)";
        let binds = [until.timestamp_micros().into(), big(leaf), now.timestamp_micros().into()];
        Ok(Sql::of(taken, binds).query().execute(self.conn())? > 0)
    }

    /// Notes that a file of an erasure is gone, or is another's by now.
    pub fn file_removed(&mut self, leaf: u64, file: Hash) -> Result<(), StoreError> {
        let removed = "UPDATE erased_files SET removed_at = $1 WHERE erasure = $2 AND hash = $3 AND removed_at IS NULL";
        let binds = [self.now().timestamp_micros().into(), big(leaf), file.to_string().into()];
        Sql::of(removed, binds).query().execute(self.conn())?;
        Ok(())
    }

    /// Notes how far an erasure has come outside its transaction; it is tried again after `until` unless it is swept.
    pub fn note_sweeping(&mut self, leaf: u64, done: Sweeping, until: Time) -> Result<(), StoreError> {
        let now = self.now().timestamp_micros();
        let at = |done: bool| Cell::BigInt(done.then_some(now));
        let noted = "UPDATE erasures SET rewritten_at = COALESCE(rewritten_at, $1), swept_at = $2, tried_until = $3 \
                     WHERE leaf = $4 AND swept_at IS NULL";
        let binds = [at(done.rewritten), at(done.over), until.timestamp_micros().into(), big(leaf)];
        Sql::of(noted, binds).query().execute(self.conn())?;
        Ok(())
    }
}

/// How far an erasure has come outside its transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sweeping {
    /// Were the pages written anew that it was in?
    pub rewritten: bool,
    /// Is nothing left to be done?
    pub over: bool,
}

/// The newest leaf by which texts went, since somebody was erased or an exception was over for long: what was read before
/// it may say what is gone.
pub fn newest_erasure(conn: &mut Conn) -> Result<i64, StoreError> {
    #[derive(QueryableByName)]
    struct Newest {
        #[diesel(sql_type = BigInt)]
        leaf: i64,
    }
    let newest = "SELECT COALESCE(MAX(leaf), -1) AS leaf FROM (SELECT MAX(leaf) AS leaf FROM erasures \
                  UNION ALL SELECT MAX(leaf) FROM retired) AS gone";
    let row: Newest = sql_query(newest).get_result(conn)?;
    Ok(row.leaf)
}
