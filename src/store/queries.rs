//! Records: events, folds, openings, and what was asked for before.

use diesel::{RunQueryDsl, prelude::*, sql_types::Text};

use super::{
    backend::Conn,
    error::StoreError,
    schema::{leaves, openings, tasks},
    sql::Sql,
};
use crate::{
    domain::{event::Event, exception::Exception, facts::Prior},
    ledger::{Leaf, Subject},
    words::{ExceptionId, Hash, Salt, StateName, TaskId},
};

/// Where a page of a list ended: the sort's value and the id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// The last row's value, in microseconds.
    pub value: i64,
    /// The last row's id.
    pub id: String,
}

#[derive(QueryableByName)]
struct EarlierRow {
    #[diesel(sql_type = Text)]
    state: String,
}

/// How many of a requester's last two hundred exceptions share a clause with this one, and how many of
/// those were rejected.
pub fn earlier(conn: &mut Conn, of: &Exception) -> Result<Prior, StoreError> {
    if of.request.clauses.is_empty() {
        return Ok(Prior::default());
    }
    let mut sql = Sql::new("SELECT e.state AS state FROM (SELECT id, state FROM exceptions WHERE requester = ");
    sql.bind(of.requester.to_string())
        .push(" ORDER BY changed_at DESC, id DESC LIMIT 200) e WHERE e.id <> ")
        .bind(of.id.to_string());
    sql.push(" AND e.state <> 'draft' AND EXISTS (SELECT 1 FROM exception_facets f WHERE f.exception = e.id AND f.facet = 'clause'");
    let clauses: Vec<String> = of.request.clauses.iter().cloned().collect();
    sql.push(" AND ").one_of("f.value", &clauses).push(")");
    let rows: Vec<EarlierRow> = sql.query().load(conn)?;
    let rejected = rows.iter().filter(|row| row.state == StateName::Rejected.as_str()).count();
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    Ok(Prior { similar: count(rows.len()), rejected: count(rejected) })
}

/// One event of an exception, with its place in the ledger.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its leaf.
    pub leaf: u64,
    /// Its number within the exception.
    pub seq: u64,
    /// The event.
    pub event: Event,
}

/// The events of an exception after `after`, in order, at most `limit`.
pub fn events(conn: &mut Conn, id: ExceptionId, after: u64, limit: i64) -> Result<Vec<Entry>, StoreError> {
    let (kind, subject) = Subject::Exception(id).parts();
    let rows: Vec<(i64, String)> = leaves::table
        .filter(leaves::subject_kind.eq(kind))
        .filter(leaves::subject.eq(&subject))
        .filter(leaves::seq.gt(i64::try_from(after).unwrap_or(i64::MAX)))
        .order(leaves::seq)
        .select((leaves::idx, leaves::body))
        .limit(limit)
        .load(conn)?;
    let entry = |(place, body): (i64, String)| {
        let leaf: Leaf<Event> =
            Leaf::read(&body).map_err(|error| StoreError::Corrupt(format!("leaf {place}: {error}")))?;
        Ok(Entry { leaf: u64::try_from(place).unwrap_or(0), seq: leaf.seq, event: leaf.event })
    };
    rows.into_iter().map(entry).collect()
}

/// The exception as it stood after its event number `seq`: the fold of its leaves.
pub fn folded(conn: &mut Conn, id: ExceptionId, seq: u64) -> Result<Option<Exception>, StoreError> {
    let count = i64::try_from(seq).unwrap_or(i64::MAX);
    let events: Vec<Event> = events(conn, id, 0, count)?.into_iter().map(|entry| entry.event).collect();
    Ok(Exception::folded(id, &events))
}

/// An opened commitment.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The commitment.
    pub commitment: Hash,
    /// The salt.
    pub salt: Salt,
    /// The field.
    pub field: String,
    /// The text.
    pub value: String,
}

/// What opens these commitments; erased ones are not there.
pub fn opened(conn: &mut Conn, commitments: &[Hash]) -> Result<Vec<Opened>, StoreError> {
    let mut found = Vec::with_capacity(commitments.len());
    for chunk in commitments.chunks(500) {
        let keys: Vec<String> = chunk.iter().map(ToString::to_string).collect();
        let rows: Vec<(String, String, String, String)> = openings::table
            .filter(openings::commitment.eq_any(keys))
            .select((openings::commitment, openings::salt, openings::field, openings::value))
            .load(conn)?;
        for (commitment, salt, field, value) in rows {
            let broken = |_| StoreError::Corrupt(format!("the opening of {commitment}"));
            let (hash, salt) = (commitment.parse().map_err(broken)?, salt.parse().map_err(broken)?);
            found.push(Opened { commitment: hash, salt, field, value });
        }
    }
    Ok(found)
}

/// The exception that an open task belongs to.
pub fn exception_of_task(conn: &mut Conn, id: TaskId) -> Result<Option<ExceptionId>, StoreError> {
    let exception: Option<String> = tasks::table
        .find(id.to_string())
        .filter(tasks::closed_at.is_null())
        .select(tasks::exception)
        .first(conn)
        .optional()?;
    Ok(exception.and_then(|id| id.parse().ok()))
}
