//! The clock at the door: what is due is settled through the same transaction as everything else.

use super::{
    Desk, Error, Laws, Pending,
    act::{Told, record},
    ground::{Procedures, people},
};
use crate::{
    domain::{lifecycle, person::By, request::Time},
    store::{Tx, exceptions::to_wake},
    words::ExceptionId,
};

impl Desk {
    /// The exceptions on which something is due at `now`, at most `limit`, the longest overdue first.
    pub fn due(&self, now: Time, limit: i64) -> Result<Vec<ExceptionId>, Error> {
        self.store.read(|conn| Ok(to_wake(conn, now, limit)?))
    }

    /// Settles what is due on one exception; how many events that made.
    pub fn settle(&self, id: ExceptionId, job: &str) -> Result<Pending<u32>, Error> {
        let book = self.laws.clone();
        let by = By::System { job: job.to_owned() };
        self.queue(move |tx| {
            let laws = book.in_force(tx)?;
            settle_in(tx, &laws, id, &by).map(Ok)
        })
    }
}

/// The same inside a transaction.
pub(super) fn settle_in(tx: &mut Tx<'_, '_>, laws: &Laws, id: ExceptionId, by: &By) -> Result<u32, Error> {
    let before = tx.exception(id)?.ok_or(Error::NotFound("exception"))?;
    let people = people(tx, &before, None, by)?;
    let procedures = Procedures::of(laws, &before.sop)?;
    let ground = procedures.ground(laws, (by, tx.now()), &people);
    let events = lifecycle::due(&before, ground);
    if events.is_empty() {
        // Looked at too early by a hair, or nothing to do after all: look again as the state says.
        tx.wake(id, before.wake_at(procedures.running.document()).filter(|at| *at > ground.now))?;
        return Ok(0);
    }
    Ok(record(tx, laws, id, Told { before: Some(&before), events, openings: &[] })?.events)
}
