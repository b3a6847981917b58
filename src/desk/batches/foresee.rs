//! What a batch would do: of one that goes on or is stopped with what is left, of one that waits for a second person's
//! yes with everything. The rules are asked, exception by exception, and nothing is written.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    desk::{
        Desk, Error, Foreseen, Laws,
        entries::{GRANTED, by_register, cause, changed},
        ground::{Caller, Procedures},
        incidents::reach,
        laws::compiled,
        settle::concerned,
    },
    domain::{
        event::Event,
        exception::Exception,
        lifecycle::{self, Ground, outcomes_of},
        person::By,
        request::Time,
        roster::{Change, Incident, RosterAction},
    },
    register::{Entry, Register},
    sop::{BatchLimits, Sop},
    store::{
        Conn, StoreError,
        batches::{batch, left_of, older_than},
        exceptions::exception,
        incidents,
        register::{document, touched_in},
        roster::{After, changes},
    },
    words::{BatchId, BatchOutcome, BatchState, ChangeState, ExceptionId, ReadVerb},
};

/// How many exceptions are asked about; beyond that they are only counted.
const ASKED: usize = 500;
/// How many open changes are looked through.
const CHANGES: i64 = 200;

/// What a batch would do now.
#[derive(Debug, Clone)]
pub struct BatchPreview {
    /// Where it stands; none where its cause waits for a second person.
    pub state: Option<BatchState>,
    /// How many exceptions it has still to come to.
    pub touched: u64,
    /// About how many of them, in the order of all, the rules were asked.
    pub looked_at: u64,
    /// What it would do to those, counted.
    pub would: BTreeMap<BatchOutcome, u64>,
    /// Would it stop by itself among them, by the strictest of their procedures?
    pub stops: bool,
    /// The first of them that whoever asks may see.
    pub first: Vec<Would>,
}

/// What a batch would do to an exception.
#[derive(Debug, Clone)]
pub struct Would {
    /// What would happen.
    pub foreseen: Foreseen,
    /// What that is to the batch.
    pub outcome: BatchOutcome,
}

/// The cause of a batch, with what it is judged by.
enum Cause {
    Entry { entry: Entry, old: Option<Entry>, register: Register },
    Sop(std::sync::Arc<Sop>),
    Incident(Incident),
}

impl Desk {
    /// What a batch would do now; of the exceptions that whoever asks may see at most `most` are told.
    ///
    /// # Errors
    /// It has not begun and no open change would begin it, or whoever asks may not read it.
    pub fn preview_batch(&self, by: &By, id: &BatchId, most: usize) -> Result<BatchPreview, Error> {
        let person = self.may_read(by, ReadVerb::ReadAutomation)?;
        let laws = self.laws();
        let (caller, at) = (Caller::of(&person, &laws.matrix), self.clock.now());
        self.store.read(|conn| {
            if !super::is_for(conn, (&laws.matrix, &person), id)? {
                return Err(Error::NotFound("batch"));
            }
            let Found { state, cause, touched, ids } = find(conn, &laws, (id, at))?;
            let (would, first) = (BTreeMap::new(), Vec::new());
            let mut preview = BatchPreview { state, touched, looked_at: 0, would, stops: false, first };
            let mut limits: Option<BatchLimits> = None;
            for one in ids.into_iter().take(ASKED) {
                let Some(before) = exception(conn, one)? else { continue };
                let theirs = super::stricter(&laws, &before)?.document().limits.batch();
                let strictest = limits.map_or(theirs, |known| known.stricter(theirs));
                limits = Some(strictest);
                let would = foresee(conn, &laws, (&cause, at), &before)?;
                let seen = preview.first.len() < most && caller.sees(&before);
                preview.count(would, (strictest, seen));
            }
            Ok(preview)
        })
    }
}

/// A batch that can be previewed: what it would still come to.
struct Found {
    state: Option<BatchState>,
    cause: Cause,
    touched: u64,
    ids: Vec<ExceptionId>,
}

fn find(conn: &mut Conn, laws: &Laws, (id, now): (&BatchId, Time)) -> Result<Found, Error> {
    let none = || Error::NotFound("batch");
    if let Some(standing) = batch(conn, id)? {
        let ids = left_of(conn, id, i64::try_from(ASKED).unwrap_or(i64::MAX))?;
        let cause = known(conn, laws, id)?.ok_or_else(none)?;
        return Ok(Found { state: Some(standing.state()), cause, touched: standing.left(), ids });
    }
    let cause = proposed(conn, laws, (id, now))?.ok_or_else(none)?;
    let (touched, ids) = would_touch(conn, laws, &cause)?;
    Ok(Found { state: None, cause, touched, ids })
}

impl BatchPreview {
    /// Counts what would become of one more, and keeps it where it is to be shown.
    fn count(&mut self, would: Would, (limits, seen): (BatchLimits, bool)) {
        self.looked_at += 1;
        *self.would.entry(would.outcome).or_insert(0) += 1;
        let counted = |outcome: BatchOutcome| self.would.get(&outcome).copied().unwrap_or(0);
        let (refused, reopened) = (counted(BatchOutcome::Refused), counted(BatchOutcome::Reopened));
        self.stops |= limits.are_exceeded(refused + reopened, refused);
        self.first.extend(seen.then_some(would));
    }
}

/// The cause of a batch that began.
fn known(conn: &mut Conn, laws: &Laws, id: &BatchId) -> Result<Option<Cause>, Error> {
    Ok(match id {
        BatchId::Entry { kind, id, .. } => {
            let register = laws.register.clone();
            laws.register.entry(*kind, id).map(|entry| Cause::Entry { entry, old: None, register })
        }
        BatchId::Sop { id, .. } => laws.sops.newest(id).map(Cause::Sop),
        BatchId::Incident(id) => incidents::incident(conn, *id, None)?.map(|found| Cause::Incident(found.incident)),
    })
}

/// The cause that an open change would be.
#[expect(clippy::wildcard_enum_match_arm, reason = "some are of interest here, and the rest are as they were")]
fn proposed(conn: &mut Conn, laws: &Laws, (id, now): (&BatchId, Time)) -> Result<Option<Cause>, Error> {
    let open = changes(conn, Some(ChangeState::Open), now, After { last: None, limit: CHANGES })?;
    for Change { action, .. } in open {
        match &action {
            RosterAction::PublishEntry { entry, .. } if BatchId::of_entry(entry) == *id => {
                let Some(text) = document(conn, entry.hash)? else { continue };
                let broken = |why: String| Error::Store(StoreError::Corrupt(format!("{entry}: {why}")));
                let new = Entry::read(entry.kind, &text).map_err(|error| broken(error.to_string()))?;
                let Ok(register) = laws.register.with(new.clone()) else { continue };
                let old = laws.register.entry(entry.kind, &entry.id);
                return Ok(Some(Cause::Entry { entry: new, old, register }));
            }
            RosterAction::PublishSop { sop, text_hash } if BatchId::of_sop(sop) == *id => {
                let Some(text) = document(conn, *text_hash)? else { continue };
                return Ok(Some(Cause::Sop(std::sync::Arc::new(compiled(sop, &text)?))));
            }
            RosterAction::ReportIncident { incident } if incident.batch() == *id => {
                return Ok(Some(Cause::Incident((**incident).clone())));
            }
            _ => {}
        }
    }
    Ok(None)
}

/// What a cause would touch if it came true now: how many, and the first of them.
fn would_touch(conn: &mut Conn, laws: &Laws, cause: &Cause) -> Result<(u64, Vec<ExceptionId>), Error> {
    let ids: BTreeSet<ExceptionId> = match cause {
        Cause::Sop(sop) => {
            let limit = i64::try_from(ASKED).unwrap_or(i64::MAX);
            return Ok(older_than(conn, (&sop.document().id, sop.document().version), limit)?);
        }
        Cause::Entry { entry, old, .. } => {
            let mut found = BTreeSet::new();
            for touched in old.iter().flat_map(|old| changed(entry, old)) {
                found.extend(touched_in(conn, &touched, GRANTED)?);
            }
            found
        }
        Cause::Incident(incident) => {
            let reach = reach(&laws.register, incident)?;
            incidents::reached(conn, &reach, None)?.into_iter().map(|one| one.exception).collect()
        }
    };
    Ok((u64::try_from(ids.len()).unwrap_or(u64::MAX), ids.into_iter().collect()))
}

/// What a cause would do to one exception.
fn foresee(conn: &mut Conn, laws: &Laws, (cause, now): (&Cause, Time), before: &Exception) -> Result<Would, Error> {
    let people = concerned(conn, before)?;
    let held = Procedures::of(laws, &before.sop)?;
    let (by, resting) = (by_register(), BTreeSet::new());
    let ground = held.ground(laws, (&by, now), &people);
    // What was stopped is asked about as if it were not.
    let ground = Ground { resting: &resting, ..ground };
    let events = match cause {
        Cause::Entry { entry, register, .. } => of_entry(before, entry, Ground { register, ..ground })?,
        Cause::Sop(newest) => lifecycle::due(before, Ground { newest, ..ground }),
        Cause::Incident(incident) => lifecycle::struck(before, incident, ground),
    };
    let outcome = outcomes_of(&events).pop().map_or(BatchOutcome::Untouched, |(_, outcome)| outcome);
    Ok(Would { foreseen: Foreseen::of(before, events), outcome })
}

fn of_entry(before: &Exception, entry: &Entry, ground: Ground<'_>) -> Result<Vec<Event>, Error> {
    let text = entry.canonical().map_err(|error| StoreError::Corrupt(format!("{}: {error}", entry.id())))?;
    Ok(lifecycle::made_stale(before, (cause(entry), &entry.reference(&text)), ground))
}
