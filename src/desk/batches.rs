//! Batches at the door: what is kept of each as it goes on, when it stops by itself, how it is taken back, and who
//! reads that. What a batch means for one exception, the rules know.

mod foresee;

use super::{
    Desk, Error, LawBook, Laws, Pending, Ran,
    act::{Told, record},
    entries::{AT_ONCE, left_to_the_clock},
    ground::{Caller, Procedures, people},
    incidents::{catch_up, reads_near},
};
use crate::{
    access::Matrix,
    domain::{
        event::Event,
        exception::Exception,
        lifecycle::{self, outcomes_of},
        person::{By, Person},
        roster::{BATCHES_JOB, BatchDeed, Refusals, RosterEvent, stopped},
    },
    sop::Sop,
    store::{
        Conn, RosterChange, StoreError, Tx,
        automation::Right,
        batches::{self, Last, Member, Standing},
        incidents,
        roster::Secrets,
    },
    words::{BatchId, BatchOutcome, ExceptionId, ReadVerb, Reversal, SopRef, StateName},
};

pub use foresee::{BatchPreview, Would};

/// A batch, with the first exceptions that it touches and whoever asks may see.
#[derive(Debug, Clone)]
pub struct BatchRead {
    /// As it stands.
    pub standing: Standing,
    /// Those exceptions.
    pub members: Vec<Member>,
}

/// A version of a procedure was published just now: it touches what is in effect by an older one.
pub(super) fn begin_migration(tx: &mut Tx<'_, '_>, sop: &SopRef, event: &RosterEvent) -> Result<(), Error> {
    let batch = BatchId::of_sop(sop);
    tx.begin_batch(&batch, event)?;
    tx.add_older(&batch, (&sop.id, sop.version))?;
    tx.supersede(&batch)?;
    Ok(tx.drop_empty_batch(&batch)?)
}

/// Keeps what a batch did with these events, and stops it where that is too often what nobody expects.
pub(super) fn note(
    tx: &mut Tx<'_, '_>,
    laws: &Laws,
    (before, after): (Option<&Exception>, &Exception),
    events: &[Event],
) -> Result<(), Error> {
    for (batch, outcome) in outcomes_of(events) {
        let state = before.map_or(StateName::Active, |before| before.state.name());
        tx.settle_member((&batch, after.id), (outcome, state), after.version)?;
        if outcome == BatchOutcome::Refused {
            stop_if_refused(tx, laws, (&batch, after))?;
        }
    }
    // A note settles nothing: whoever only read it did not look at it for a batch.
    let settled = before.filter(|_| events.iter().any(|event| !event.deed.is_note()));
    settled.map_or(Ok(()), |before| looked_at(tx, laws, before))
}

/// A newer version of its procedure changed nothing of what was in effect: its batch has nothing to do with it.
pub(super) fn looked_at(tx: &mut Tx<'_, '_>, laws: &Laws, before: &Exception) -> Result<(), Error> {
    let newest = laws.sops.newest(&before.sop.id).map(|newest| newest.reference());
    let Some(newest) = newest.filter(|newest| newest.version > before.sop.version) else { return Ok(()) };
    let batch = BatchId::of_sop(&newest);
    if before.state.name() == StateName::Draft || laws.resting.contains(&batch) {
        return Ok(());
    }
    Ok(tx.leave_untouched(&batch, before.id)?)
}

/// The procedure that tolerates less: that which an exception runs by, or its newest version.
fn stricter(laws: &Laws, one: &Exception) -> Result<std::sync::Arc<Sop>, Error> {
    let Procedures { running, newest } = Procedures::of(laws, &one.sop)?;
    let [old, new] = [&running, &newest].map(|sop| sop.document().limits.batch());
    Ok(if old.stricter(new) == old && old != new { running } else { newest })
}

/// Stops a batch of which something is left, where the rules refused more of it than the procedure tolerates.
fn stop_if_refused(tx: &mut Tx<'_, '_>, laws: &Laws, (batch, one): (&BatchId, &Exception)) -> Result<(), Error> {
    let (sop, counted) = (stricter(laws, one)?, tx.dealt(batch)?);
    let limits = sop.document().limits.batch();
    let Some(counted) = counted.filter(|counted| counted.goes_on) else { return Ok(()) };
    if !limits.are_exceeded(counted.dealt, counted.refused) {
        return Ok(());
    }
    let (dealt, refused) = (counted.dealt, counted.refused);
    let event = stopped(batch.clone(), Refusals { sop: sop.reference(), dealt, refused, limits }, tx.now());
    let events = std::slice::from_ref(&event);
    tx.record_roster(&RosterChange { events, openings: &[], secrets: &Secrets::default() })?;
    Ok(())
}

/// Is a batch in a domain of whoever asks? One of an incident is where that is; what a version causes is everywhere.
fn is_for(conn: &mut Conn, (matrix, person): (&Matrix, &Person), id: &BatchId) -> Result<bool, StoreError> {
    let BatchId::Incident(id) = id else { return Ok(true) };
    let found = incidents::incident(conn, *id, None)?;
    Ok(found.is_some_and(|found| reads_near(matrix, (person, ReadVerb::ReadAutomation), &found.incident)))
}

/// What follows of an act on a batch: what is taken back of a few is so at once, of many the job takes it back.
pub(super) fn follow(tx: &mut Tx<'_, '_>, book: &LawBook, deed: &BatchDeed) -> Result<(), Error> {
    let BatchDeed::BatchReverted { batch } = deed else { return Ok(()) };
    let laws = book.in_force(tx)?;
    let limit = i64::try_from(AT_ONCE + 1).unwrap_or(i64::MAX);
    let open = tx.look(|conn| batches::to_revert(conn, limit))?;
    if open.len() <= AT_ONCE {
        for (of, id) in open.into_iter().filter(|(of, _)| of == batch) {
            left_to_the_clock(id, tx.attempt(|tx| withdraw(tx, &laws, (&of, id))));
        }
    }
    Ok(())
}

/// Takes back what a batch did to one exception, if it reopened it and nothing happened since.
fn withdraw(tx: &mut Tx<'_, '_>, laws: &Laws, one: (&BatchId, ExceptionId)) -> Result<u32, Error> {
    let (batch, id) = one;
    // What an incident still has to say of it is said before it is asked who concerns it.
    catch_up(tx, laws, id)?;
    let Some((version, concerned)) = tx.reopened(one)? else { return Ok(0) };
    if concerned {
        tx.settle_reversal(one, Reversal::Concerned)?;
        return Ok(0);
    }
    let before = tx.exception(id)?.ok_or(Error::NotFound("exception"))?;
    let by = By::System { job: BATCHES_JOB.to_owned() };
    let people = people(tx, &before, None, &by)?;
    let procedures = Procedures::of(laws, &before.sop)?;
    let ground = procedures.ground(laws, (&by, tx.now()), &people);
    let (events, reversal) = lifecycle::withdrawn(&before, (batch, version), ground);
    let mut made = 0;
    if !events.is_empty() {
        made = record(tx, laws, id, Told { before: Some(&before), events, openings: &[] })?.events;
    }
    tx.settle_reversal(one, reversal)?;
    Ok(made)
}

impl Desk {
    /// What has still to be taken back of batches, at most `limit`.
    pub fn to_revert(&self, limit: i64) -> Result<Vec<(BatchId, ExceptionId)>, Error> {
        self.store.read(|conn| Ok(batches::to_revert(conn, limit)?))
    }

    /// Takes one of it back, if the job may run when its turn comes.
    pub fn withdraw_review(&self, (batch, id): (BatchId, ExceptionId), right: Right) -> Result<Pending<Ran>, Error> {
        let book = self.laws.clone();
        self.automatic(right, move |tx| {
            let laws = book.in_force(tx)?;
            withdraw(tx, &laws, (&batch, id))
        })
    }

    /// A page of batches, those that began last first, for those who watch over what runs by itself.
    pub fn batches(&self, by: &By, last: &Last, limit: i64) -> Result<Vec<Standing>, Error> {
        let person = self.may_read(by, ReadVerb::ReadAutomation)?;
        let here = |conn: &mut Conn, id: &BatchId| is_for(conn, (&self.laws.matrix, &person), id);
        self.store.read(|conn| Ok(batches::batches(conn, (last, limit), here)?))
    }

    /// One batch; of the exceptions that it touches and whoever asks may see at most `most`.
    ///
    /// # Errors
    /// It has not begun, or whoever asks may not read it.
    pub fn batch(&self, by: &By, id: &BatchId, most: i64) -> Result<BatchRead, Error> {
        let person = self.may_read(by, ReadVerb::ReadAutomation)?;
        let eyes = Caller::of(&person, &self.laws.matrix).visibility;
        self.store.read(|conn| {
            let known =
                is_for(conn, (&self.laws.matrix, &person), id)?.then(|| batches::batch(conn, id)).transpose()?;
            let standing = known.flatten().ok_or(Error::NotFound("batch"))?;
            Ok(BatchRead { members: batches::members(conn, (id, most), Some(&eyes))?, standing })
        })
    }
}
