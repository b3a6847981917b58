//! The clock at the door: what is due is settled through the same transaction as everything else, by the
//! right of a job that is looked at in that transaction.

use std::collections::BTreeSet;

use super::{
    Desk, Error, Foreseen, Laws, Pending,
    act::{Told, record},
    batches,
    ground::{Procedures, quorum_roles},
    incidents::{catch_up, to_catch_up},
};
use crate::{
    domain::{
        event::Event,
        exception::Exception,
        lifecycle,
        person::{By, People, Person},
        request::Time,
    },
    store::{
        Conn, StoreError, Tx,
        automation::{Permit, Right},
        exceptions::to_wake,
        roster,
    },
    words::{ExceptionId, PersonId, Role},
};

/// What became of an automatic command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ran {
    /// It was carried out, and made so many events.
    Made(u32),
    /// It was not, since its job may not run: it stays due.
    Stopped(Permit),
}

impl Desk {
    /// The exceptions on which something is due at `now`, at most `limit`, the longest overdue first.
    pub fn due(&self, now: Time, limit: i64) -> Result<Vec<ExceptionId>, Error> {
        self.store.read(|conn| Ok(to_wake(conn, now, limit)?))
    }

    /// Settles what is due on one exception, if the job may run when its turn comes.
    pub fn settle(&self, id: ExceptionId, right: Right) -> Result<Pending<Ran>, Error> {
        let book = self.laws.clone();
        let by = By::System { job: right.job.to_owned() };
        self.automatic(right, move |tx| {
            let laws = book.in_force(tx)?;
            settle_in(tx, &laws, id, &by)
        })
    }

    /// Queues what a job does by its right: the kill switch and the lease are looked at in the transaction
    /// that does it.
    pub(super) fn automatic(
        &self,
        right: Right,
        mut job: impl FnMut(&mut Tx<'_, '_>) -> Result<u32, Error> + Send + 'static,
    ) -> Result<Pending<Ran>, Error> {
        self.queue(move |tx| match tx.permit(&right)? {
            Permit::Granted => job(tx).map(|made| Ok(Ran::Made(made))),
            denied @ (Permit::Halted | Permit::Lost) => Ok(Ok(Ran::Stopped(denied))),
        })
    }
}

/// The same inside a transaction.
pub(super) fn settle_in(tx: &mut Tx<'_, '_>, laws: &Laws, id: ExceptionId, by: &By) -> Result<u32, Error> {
    catch_up(tx, laws, id)?;
    let before = tx.exception(id)?.ok_or(Error::NotFound("exception"))?;
    let mut found = tx.people(&before.people())?;
    found.extend(tx.holders(&roles_of(&before))?);
    let people = tx.look(|conn| lending(conn, found))?;
    let procedures = Procedures::of(laws, &before.sop)?;
    let ground = procedures.ground(laws, (by, tx.now()), &people);
    let events = lifecycle::due(&before, ground);
    if events.is_empty() {
        // Looked at too early by a hair, or nothing to do after all: look again as the state says.
        tx.wake(id, before.wake_after(procedures.running.document(), ground.now))?;
        batches::looked_at(tx, laws, &before)?;
        return Ok(0);
    }
    Ok(record(tx, laws, id, Told { before: Some(&before), events, openings: &[] })?.events)
}

/// The people of an exception, everyone who could do what is open on it, and whom they let act in their place; while
/// it is undecided, also everyone who could fill a slot of its quorum, or assess.
pub(super) fn concerned(conn: &mut Conn, before: &Exception) -> Result<People, StoreError> {
    let mut found = roster::people(conn, &before.people())?;
    let roles = roles_of(before);
    if !roles.is_empty() {
        found.extend(roster::holders(conn, &roles)?);
    }
    lending(conn, found)
}

/// The roles of those who could do what is open on it, or fill a slot of its quorum while it is undecided.
fn roles_of(before: &Exception) -> Vec<Role> {
    let mut roles = lifecycle::seats(before);
    if lifecycle::is_undecided(before) {
        roles.extend(quorum_roles());
    }
    roles.into_iter().collect()
}

/// These people, with those whom they let act in their place while they are away.
fn lending(conn: &mut Conn, mut found: Vec<Person>) -> Result<People, StoreError> {
    let known: BTreeSet<PersonId> = found.iter().filter(|one| one.absence.is_some()).map(|one| one.id).collect();
    if known.is_empty() {
        return Ok(People::new(found, Vec::new()));
    }
    let lent = roster::delegations_from(conn, &known)?;
    found.extend(roster::people(conn, &lent.iter().map(|given| given.to).collect())?);
    Ok(People::new(found, lent))
}

/// What settling would do at `now`; nothing is written.
pub(super) fn foreseen(conn: &mut Conn, laws: &Laws, before: &Exception, now: Time) -> Result<Foreseen, Error> {
    let by = By::System { job: "settle".to_owned() };
    let people = concerned(conn, before)?;
    let procedures = Procedures::of(laws, &before.sop)?;
    let mut events = to_catch_up(conn, laws, before, (now, &people))?;
    let caught_up = events.iter().fold(before.clone(), Exception::after);
    events.extend(lifecycle::due(&caught_up, procedures.ground(laws, (&by, now), &people)));
    Ok(Foreseen::of(before, events))
}

impl Foreseen {
    /// What these events would make of an exception.
    pub(super) fn of(before: &Exception, events: Vec<Event>) -> Self {
        let after = events.iter().fold(before.clone(), Exception::after);
        let (number, from, to) = (before.number.clone(), before.state.name(), after.state.name());
        Self { exception: before.id, number, from, to, events }
    }
}
