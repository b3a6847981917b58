//! A record with the decision that it rests on, for forms about both; and the reading of several records at once,
//! each noted where it is confidential.

use super::{Desk, Error, Find, Record, read::Commitments};
use crate::{
    domain::{decided::Decided, exception::Exception, person::By},
    store::{
        listing::{Filter, Page, Place},
        timeline::{self, Span, What},
    },
    words::{ExceptionId, Hash},
};

/// An exception, and the decision that it rests on.
#[derive(Debug, Clone)]
pub struct Attested {
    /// The exception.
    pub exception: Exception,
    /// The decision that it rests on, or rested on when it ended.
    pub decided: Option<Decided>,
}

impl Desk {
    /// An exception with the decision that it rests on; whoever does not see it finds none.
    pub fn attested(&self, by: &By, find: &Find) -> Result<Record<Attested>, Error> {
        self.with_seen(by, find, |conn, found, _| {
            let every = Span { after: 0, limit: i64::MAX, what: What::Everything };
            let told = timeline::events(conn, found.id, every)?;
            let decided = Decided::of(found.id, told.iter().map(|entry| &entry.event));
            Ok(Attested { exception: found, decided })
        })
    }

    /// A page of the list with every text of theirs. Whoever shows it notes the reading first (`note_readings`).
    pub fn list_opened(&self, by: &By, filter: &Filter, page: &Page) -> Result<Record<Vec<(Exception, Place)>>, Error> {
        self.list_with(by, (filter, page), Exception::commitments)
    }

    /// Notes that somebody reads these confidential exceptions, and waits for the commits.
    pub fn note_readings(&self, by: &By, of: &[ExceptionId]) -> Result<(), Error> {
        of.iter().try_for_each(|id| self.note_reading(by, *id))
    }
}

impl Commitments for Attested {
    fn commitments(&self) -> Vec<Hash> {
        self.exception.commitments()
    }
}
