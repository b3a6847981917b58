//! The events of an exception as they were recorded, and what they fold to. Who may read which of them is
//! decided elsewhere; what is left out is left out by the query.

use diesel::prelude::*;

use super::{backend::Conn, error::StoreError, schema::leaves};
use crate::{
    domain::{event::Event, exception::Exception, request::Time},
    ledger::{Leaf, Subject},
    words::{ExceptionId, PersonId},
};

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

/// Which events of an exception are read, in order.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    /// Those after the one with this number.
    pub after: u64,
    /// At most so many.
    pub limit: i64,
    /// Of which sort.
    pub what: What,
}

/// Which sort of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// All of them.
    Everything,
    /// All but the comments among those who work on it.
    Open,
    /// The comments.
    Comments,
    /// The comments that are not only for those who work on it.
    OpenComments,
}

/// How an internal comment's leaf can be told from others: no text that anybody wrote stands in a leaf.
const INTERNAL: &str = r#"%"deed":{"internal":true,"kind":"commented"%"#;

/// The events of an exception.
pub fn events(conn: &mut Conn, id: ExceptionId, span: Span) -> Result<Vec<Entry>, StoreError> {
    let (kind, subject) = Subject::Exception(id).parts();
    let mut query = leaves::table
        .filter(leaves::subject_kind.eq(kind))
        .filter(leaves::subject.eq(&subject))
        .filter(leaves::seq.gt(i64::try_from(span.after).unwrap_or(i64::MAX)))
        .order(leaves::seq)
        .select((leaves::idx, leaves::body))
        .limit(span.limit)
        .into_boxed();
    if matches!(span.what, What::Comments | What::OpenComments) {
        query = query.filter(leaves::kind.eq("commented"));
    }
    if matches!(span.what, What::Open | What::OpenComments) {
        query = query.filter(leaves::body.not_like(INTERNAL));
    }
    let rows: Vec<(i64, String)> = query.load(conn)?;
    let entry = |(place, body): (i64, String)| {
        let leaf: Leaf<Event> =
            Leaf::read(&body).map_err(|error| StoreError::Corrupt(format!("leaf {place}: {error}")))?;
        Ok(Entry { leaf: u64::try_from(place).unwrap_or(0), seq: leaf.seq, event: leaf.event })
    };
    rows.into_iter().map(entry).collect()
}

/// Was it noted since then that this person read it?
pub fn was_read(conn: &mut Conn, id: ExceptionId, (person, since): (PersonId, Time)) -> Result<bool, StoreError> {
    let (kind, subject) = Subject::Exception(id).parts();
    let noted = leaves::table
        .filter(leaves::subject_kind.eq(kind))
        .filter(leaves::subject.eq(subject))
        .filter(leaves::kind.eq("read"))
        .filter(leaves::actor.eq(person.to_string()))
        .filter(leaves::at.gt(since.timestamp_micros()));
    Ok(noted.count().get_result::<i64>(conn)? > 0)
}

/// The exception as it stood after its event number `seq`: the fold of its leaves.
pub fn folded(conn: &mut Conn, id: ExceptionId, seq: u64) -> Result<Option<Exception>, StoreError> {
    let limit = i64::try_from(seq).unwrap_or(i64::MAX);
    let entries = events(conn, id, Span { after: 0, limit, what: What::Everything })?;
    let events: Vec<Event> = entries.into_iter().map(|entry| entry.event).collect();
    Ok(Exception::folded(id, &events))
}
