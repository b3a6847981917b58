//! Batches in their tables: what each touches, what it did to that, and where it stands. It finds and keeps; what a
//! batch means for an exception, and when it stops, is decided elsewhere.

mod work;

use std::collections::BTreeMap;

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Nullable, Text},
};

use super::{
    backend::Conn,
    error::StoreError,
    listing::{self, Filter},
    sql::Sql,
};
use crate::{
    access::Visibility,
    domain::{request::Time, roster::Hold},
    words::{BatchId, BatchOutcome, BatchState, ExceptionId, PersonId, Reversal, StateName},
};

pub(super) use work::apply;
pub use work::{Dealt, count_to_revert, resting, to_revert};

/// A batch as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its id.
    pub id: BatchId,
    /// When it began.
    pub begun_at: Time,
    /// Whose act is its cause; absent for the service itself.
    pub begun_by: Option<PersonId>,
    /// Why it is stopped, when and by whom.
    pub held: Option<Held>,
    /// When it was taken back, and by whom.
    pub reverted: Option<(Time, Option<PersonId>)>,
    /// What it touches, counted by what it did to it; what has still to be done has no outcome.
    pub counts: BTreeMap<Option<BatchOutcome>, u64>,
    /// Of what it did, counted by what taking it back did.
    pub reversals: BTreeMap<Reversal, u64>,
    /// How many of those that it reopened have still to be looked at to take it back.
    pub to_revert: u64,
}

/// Why a batch is stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// When.
    pub at: Time,
    /// By whom; absent for the service itself.
    pub by: Option<PersonId>,
    /// Why.
    pub why: Hold,
}

/// An exception that a batch touches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Which.
    pub exception: ExceptionId,
    /// Its number.
    pub number: String,
    /// Where it was.
    pub before: StateName,
    /// Where it is.
    pub now: StateName,
    /// What the batch did to it; none while that has still to be done.
    pub outcome: Option<BatchOutcome>,
    /// What taking the batch back did to it.
    pub reversal: Option<Reversal>,
}

/// A place in the list of batches: the last one of the page before.
pub type Last = Option<(i64, BatchId)>;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = BigInt)]
    begun_at: i64,
    #[diesel(sql_type = Nullable<Text>)]
    begun_by: Option<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    held_at: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    held_by: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    hold: Option<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    reverted_at: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    reverted_by: Option<String>,
}

#[derive(QueryableByName)]
struct CountRow {
    #[diesel(sql_type = Nullable<Text>)]
    outcome: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    reversal: Option<String>,
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[derive(QueryableByName)]
struct MemberRow {
    #[diesel(sql_type = Text)]
    exception: String,
    #[diesel(sql_type = Text)]
    number: String,
    #[diesel(sql_type = Text)]
    before: String,
    #[diesel(sql_type = Text)]
    now: String,
    #[diesel(sql_type = Nullable<Text>)]
    outcome: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    reversal: Option<String>,
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = Text)]
    id: String,
}

const COLUMNS: &str = "SELECT id, begun_at, begun_by, held_at, held_by, hold, reverted_at, reverted_by FROM batches";

fn broken(what: impl std::fmt::Display) -> StoreError {
    StoreError::Corrupt(format!("a batch: {what}"))
}

fn parsed<T: std::str::FromStr>(text: &str) -> Result<T, StoreError> {
    text.parse().map_err(|_| broken(text))
}

fn maybe<T: std::str::FromStr>(text: Option<&String>) -> Result<Option<T>, StoreError> {
    text.map(|text| parsed(text)).transpose()
}

fn instant(micros: i64) -> Result<Time, StoreError> {
    Time::from_timestamp_micros(micros).ok_or_else(|| broken("its time"))
}

fn counted(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

impl Row {
    fn standing(self, conn: &mut Conn) -> Result<Standing, StoreError> {
        let id: BatchId = parsed(&self.id)?;
        let (mut counts, mut reversals, mut to_revert) = (BTreeMap::new(), BTreeMap::new(), 0);
        for row in counts_of(conn, &id)? {
            let (outcome, reversal) = (maybe(row.outcome.as_ref())?, maybe(row.reversal.as_ref())?);
            let count = counted(row.count);
            *counts.entry(outcome).or_insert(0) += count;
            match reversal {
                Some(reversal) => *reversals.entry(reversal).or_insert(0) += count,
                None if outcome == Some(BatchOutcome::Reopened) => to_revert += count,
                None => {}
            }
        }
        let held = match (self.held_at, self.hold.as_deref()) {
            (Some(at), Some(why)) => {
                let (at, by) = (instant(at)?, maybe(self.held_by.as_ref())?);
                Some(Held { at, by, why: serde_json::from_str(why).map_err(broken)? })
            }
            (Some(_), None) | (None, _) => None,
        };
        let by = maybe(self.reverted_by.as_ref())?;
        let reverted = self.reverted_at.map(instant).transpose()?.map(|at| (at, by));
        let (begun_at, begun_by) = (instant(self.begun_at)?, maybe(self.begun_by.as_ref())?);
        Ok(Standing { id, begun_at, begun_by, held, reverted, counts, reversals, to_revert })
    }
}

impl Standing {
    /// How many exceptions it touches.
    pub fn touched(&self) -> u64 {
        self.counts.values().sum()
    }

    /// How many with this outcome.
    pub fn count(&self, outcome: BatchOutcome) -> u64 {
        self.counts.get(&Some(outcome)).copied().unwrap_or(0)
    }

    /// How many it has still to come to.
    pub fn left(&self) -> u64 {
        self.counts.get(&None).copied().unwrap_or(0)
    }

    /// Where it stands.
    pub fn state(&self) -> BatchState {
        match (&self.reverted, &self.held) {
            (Some(_), _) if self.to_revert > 0 => BatchState::Reverting,
            (Some(_), _) => BatchState::Reverted,
            (None, Some(_)) => BatchState::Held,
            (None, None) if self.left() > 0 => BatchState::Running,
            (None, None) => BatchState::Done,
        }
    }
}

fn counts_of(conn: &mut Conn, id: &BatchId) -> Result<Vec<CountRow>, StoreError> {
    let text =
        "SELECT outcome, reversal, COUNT(*) AS count FROM batch_members WHERE batch = $1 GROUP BY outcome, reversal";
    Ok(sql_query(text).bind::<Text, _>(id.to_string()).load(conn)?)
}

/// One batch.
pub fn batch(conn: &mut Conn, id: &BatchId) -> Result<Option<Standing>, StoreError> {
    let row: Option<Row> =
        Sql::new(COLUMNS).push(" WHERE id = ").bind(id.to_string()).query().get_result(conn).optional()?;
    row.map(|row| row.standing(conn)).transpose()
}

/// Where one stands, if it began.
pub fn state(conn: &mut Conn, id: &BatchId) -> Result<Option<BatchState>, StoreError> {
    Ok(batch(conn, id)?.map(|standing| standing.state()))
}

/// A page of those batches that are `wanted`, those that began last first.
pub fn batches(
    conn: &mut Conn,
    (last, limit): (&Last, i64),
    wanted: impl Fn(&mut Conn, &BatchId) -> Result<bool, StoreError>,
) -> Result<Vec<Standing>, StoreError> {
    let (most, mut last, mut found) = (usize::try_from(limit).unwrap_or(0), last.clone(), Vec::new());
    loop {
        let rows = begun_before(conn, &last, limit)?;
        let all = rows.len() < most;
        for row in rows {
            let id: BatchId = parsed(&row.id)?;
            last = Some((row.begun_at, id.clone()));
            if found.len() < most && wanted(conn, &id)? {
                found.push(row.standing(conn)?);
            }
        }
        if all || found.len() >= most {
            return Ok(found);
        }
    }
}

fn begun_before(conn: &mut Conn, last: &Last, limit: i64) -> Result<Vec<Row>, StoreError> {
    let mut sql = Sql::new(COLUMNS);
    if let Some((at, id)) = last {
        sql.push(" WHERE begun_at < ").bind(*at).push(" OR begun_at = ").bind(*at);
        sql.push(" AND id > ").bind(id.to_string());
    }
    Ok(sql.push(" ORDER BY begun_at DESC, id LIMIT ").bind(limit).query().load(conn)?)
}

/// The first exceptions of a batch that are seen, in the order of all.
pub fn members(
    conn: &mut Conn,
    (id, most): (&BatchId, i64),
    eyes: Option<&Visibility>,
) -> Result<Vec<Member>, StoreError> {
    let mut sql = Sql::new(
        "SELECT i.exception AS exception, x.number AS number, i.state AS before, x.state AS now, \
         i.outcome AS outcome, i.reversal AS reversal \
         FROM batch_members i JOIN exceptions x ON x.id = i.exception WHERE i.batch = ",
    );
    sql.bind(id.to_string());
    listing::narrow(&mut sql, eyes, &Filter::default());
    let rows: Vec<MemberRow> = sql.push(" ORDER BY i.serial LIMIT ").bind(most).query().load(conn)?;
    let read = |row: MemberRow| {
        Ok(Member {
            exception: parsed(&row.exception)?,
            number: row.number.clone(),
            before: parsed(&row.before)?,
            now: parsed(&row.now)?,
            outcome: maybe(row.outcome.as_ref())?,
            reversal: maybe(row.reversal.as_ref())?,
        })
    };
    rows.into_iter().map(read).collect()
}

/// The exceptions that a batch has still to come to, in the order of all, at most `limit`.
pub fn left_of(conn: &mut Conn, id: &BatchId, limit: i64) -> Result<Vec<ExceptionId>, StoreError> {
    let text =
        "SELECT exception AS id FROM batch_members WHERE batch = $1 AND outcome IS NULL ORDER BY serial LIMIT $2";
    let rows: Vec<Id> = sql_query(text).bind::<Text, _>(id.to_string()).bind::<BigInt, _>(limit).load(conn)?;
    rows.iter().map(|row| parsed(&row.id)).collect()
}

/// The exceptions in effect that run by an older version of a procedure, in the order of all: how many, and the first.
pub fn older_than(
    conn: &mut Conn,
    (sop, version): (&str, u32),
    limit: i64,
) -> Result<(u64, Vec<ExceptionId>), StoreError> {
    let version = i32::try_from(version).unwrap_or(i32::MAX);
    let from = "FROM exceptions WHERE state = 'active' AND sop = $1 AND sop_version < $2";
    let count: CountRow = Sql::of(
        &format!("SELECT NULL AS outcome, NULL AS reversal, COUNT(*) AS count {from}"),
        [sop.into(), version.into()],
    )
    .query()
    .get_result(conn)?;
    let rows: Vec<Id> = Sql::of(
        &format!("SELECT id AS id {from} ORDER BY serial LIMIT $3"),
        [sop.into(), version.into(), limit.into()],
    )
    .query()
    .load(conn)?;
    let ids: Result<Vec<ExceptionId>, StoreError> = rows.iter().map(|row| parsed(&row.id)).collect();
    Ok((counted(count.count), ids?))
}
