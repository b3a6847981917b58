//! What is read once for many letters: exceptions as they stood after an event, which stay so, and people, until the
//! roster changes. Whom a letter reaches and what stands in it is read for each.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use crate::{
    domain::{event::Event, exception::Exception, person::Person},
    store::{
        Conn, StoreError,
        exceptions::{exception, seq_of},
        roster::Present,
        timeline::{Entry, Span, What, events},
    },
    words::{ExceptionId, PersonId, Role},
};

/// How many exceptions are kept.
const MOST: usize = 200;

/// An exception as it stood after an event, with that event.
#[derive(Debug, Clone)]
pub(super) struct Stood {
    pub(super) exception: Arc<Exception>,
    pub(super) event: Arc<Event>,
}

/// What one worker knows.
#[derive(Debug, Default)]
pub(in crate::jobs) struct Known {
    stood: HashMap<ExceptionId, Stood>,
    newest: HashMap<ExceptionId, Arc<Exception>>,
    /// How many events the roster had when the people were read.
    roster: u64,
    present: Present,
}

impl Known {
    /// Forgets the people of another roster than the one with so many events.
    pub(super) fn under(&mut self, roster: u64) {
        if self.roster != roster {
            (self.roster, self.present) = (roster, Present::default());
        }
    }

    /// These accounts, with the humans who answer for those of them that are services.
    pub(super) fn people(&mut self, conn: &mut Conn, ids: &BTreeSet<PersonId>) -> Result<Vec<Person>, StoreError> {
        self.present.people(conn, ids)
    }

    /// Everyone with a standing grant of a role; also who left.
    pub(super) fn holders(&mut self, conn: &mut Conn, role: Role) -> Result<Vec<&Person>, StoreError> {
        self.present.holders(conn, &BTreeSet::from([role]))
    }

    /// An exception as it is: whatever happens to it has the next number.
    pub(super) fn newest(&mut self, conn: &mut Conn, id: ExceptionId) -> Result<Option<Arc<Exception>>, StoreError> {
        if let Some(known) = self.newest.get(&id)
            && seq_of(conn, id)? == Some(known.seq)
        {
            return Ok(Some(Arc::clone(known)));
        }
        let Some(read) = exception(conn, id)?.map(Arc::new) else { return Ok(None) };
        if self.newest.len() >= MOST {
            self.newest.clear();
        }
        self.newest.insert(id, Arc::clone(&read));
        Ok(Some(read))
    }

    /// An exception after its event number `seq`; `None` where it has no such event.
    pub(super) fn stood(
        &mut self,
        conn: &mut Conn,
        current: &Arc<Exception>,
        seq: u64,
    ) -> Result<Option<Stood>, StoreError> {
        let id = current.id;
        let before = self.stood.get(&id).filter(|stood| stood.exception.seq <= seq).cloned();
        if let Some(stood) = before.as_ref().filter(|stood| stood.exception.seq == seq) {
            return Ok(Some(stood.clone()));
        }
        let newest = current.seq == seq;
        let known = if newest { seq.saturating_sub(1) } else { before.as_ref().map_or(0, |stood| stood.exception.seq) };
        let limit = i64::try_from(seq - known).unwrap_or(i64::MAX);
        let since = events(conn, id, Span { after: known, limit, what: What::Everything })?;
        let then = if newest { Some(Arc::clone(current)) } else { after(id, before, &since).map(Arc::new) };
        let last = since.into_iter().next_back().filter(|last| last.seq == seq);
        let Some((exception, last)) = then.zip(last) else { return Ok(None) };
        let stood = Stood { exception, event: Arc::new(last.event) };
        if self.stood.len() >= MOST {
            self.stood.clear();
        }
        self.stood.insert(id, stood.clone());
        Ok(Some(stood))
    }
}

/// What an exception became of what it was, or of nothing.
fn after(id: ExceptionId, before: Option<Stood>, since: &[Entry]) -> Option<Exception> {
    let (begun, rest) = if let Some(before) = before {
        (Exception::clone(&before.exception), since)
    } else {
        let (first, rest) = since.split_first()?;
        (Exception::begin(id, &first.event)?, rest)
    };
    Some(rest.iter().fold(begun, |exception, entry| exception.after(&entry.event)))
}
