//! The register at the door: what a new version is judged by, and what follows of it for the exceptions
//! that it touches. A few are dealt with in the same transaction, many by the clock, batch after batch.

use super::{
    Desk, Error, LawBook, Laws, Pending, Ran,
    act::{Told, record},
    ground::{Procedures, people},
    settle::settle_in,
};
use crate::{
    domain::{
        event::Event,
        exception::Exception,
        lifecycle,
        person::By,
        refusal::{Refusal, Refused},
        roster::{EntryStanding, RosterAction, RosterEvent},
    },
    register::{Clause, Entry},
    store::{
        StoreError, Tx,
        automation::Right,
        exceptions::to_wake_in,
        register::{Stale, Touched, stale, touched_in, versions_of},
    },
    words::{BatchId, BatchOutcome, EntryKind, EntryRef, ExceptionId, StateName, Weight},
};

/// Exceptions that are dealt with in the transaction that publishes; if there are more, the clock does it.
pub(super) const AT_ONCE: usize = 50;

/// The states in which a clause that becomes non-waivable suspends, however many there are: effect that the
/// law forbids waits for no clock.
const LIVING: &[StateName] = &[StateName::Active, StateName::ReReview];

/// The states in which it ends a request.
const SUBMITTED: &[StateName] = &[
    StateName::CompletenessReview,
    StateName::Assessment,
    StateName::StakeholderInput,
    StateName::Decision,
    StateName::Implementation,
];

/// The states in which a decision rests on what was changed: now, or once it starts.
pub(super) const GRANTED: &[StateName] = &[StateName::Implementation, StateName::Active];

/// The states in which a change may ask for more before anybody confirms it, or resumes it.
const QUESTIONED: &[StateName] = &[StateName::ReReview, StateName::Suspended];

/// How the entry that `action` publishes stands, if it publishes one and its content is sound here.
pub(super) fn standing(laws: &Laws, action: Option<&RosterAction>, text: Option<&str>) -> Result<EntryStanding, Error> {
    let Some(RosterAction::PublishEntry { entry, retires, .. }) = action else { return Ok(EntryStanding::default()) };
    let broken = |what: &dyn std::fmt::Display| Error::Store(StoreError::Corrupt(format!("{entry}: {what}")));
    let text = text.ok_or_else(|| broken(&"its content was not sent along"))?;
    let new = Entry::read(entry.kind, text).map_err(|error| broken(&error))?;
    if new.reference(text) != *entry || new.is_retired() != *retires {
        return Err(broken(&"its content is another one"));
    }
    laws.register.with(new.clone()).map_err(|flaw| {
        let detail = format!("{}; {}", flaw.message, flaw.hint);
        Refused::from(Refusal::Invalid { pointer: flaw.pointer, code: flaw.code, detail })
    })?;
    let Some(held) = laws.register.entry(entry.kind, &entry.id) else { return Ok(EntryStanding::default()) };
    let held_text = held.canonical().map_err(|error| broken(&error))?;
    Ok(EntryStanding {
        newest: Some(held.reference(&held_text)),
        retired: held.is_retired(),
        same_demands: new.demands_what(&held),
    })
}

/// What follows of a version that was published just now, `before` which other laws held.
pub(super) fn follow(
    tx: &mut Tx<'_, '_>,
    book: &LawBook,
    before: &Laws,
    (published, event): ((&EntryRef, Weight), &RosterEvent),
) -> Result<(), Error> {
    let laws = book.in_force(tx)?;
    let (entry, weight) = published;
    let (old, new) = (before.register.entry(entry.kind, &entry.id), laws.register.entry(entry.kind, &entry.id));
    let (Some(new), Weight::Material) = (new, weight) else { return Ok(()) };
    let changed: Vec<Touched> = old.iter().flat_map(|old| changed(&new, old)).collect();
    // Before this version suspends anything: what it suspends is asked for that.
    for touched in &changed {
        tx.mark_stale(entry, touched, QUESTIONED)?;
    }
    for touched in new.forbidden_since(old.as_ref()).into_iter().flat_map(of_clause) {
        // Whatever cannot be settled here and now, the clock finds.
        tx.wake_touched(&touched, LIVING)?;
        for id in tx.look(|conn| touched_in(conn, &touched, LIVING))? {
            left_to_the_clock(id, tx.attempt(|tx| settle_in(tx, &laws, id, &by_register())));
        }
        tx.wake_touched(&touched, SUBMITTED)?;
    }
    let batch = BatchId::of_entry(entry);
    tx.begin_batch(&batch, event)?;
    for touched in &changed {
        tx.mark_stale(entry, touched, GRANTED)?;
        tx.add_touched(&batch, touched, GRANTED)?;
    }
    tx.supersede(&batch)?;
    tx.drop_empty_batch(&batch)?;
    deal_with_few(tx, book)
}

/// By what exceptions are found that rest on what was changed.
pub(super) fn changed(new: &Entry, old: &Entry) -> Vec<Touched> {
    let named = |facet| vec![Touched { facet, value: new.id().to_owned() }];
    match new.kind() {
        EntryKind::Policy => new.changed_since(old).into_iter().flat_map(of_clause).collect(),
        EntryKind::Regulation => named("regulation"),
        EntryKind::System => named("system"),
    }
}

/// An exception touches a clause that it names, or that was added to it, or whose question it answered with yes.
pub(super) fn of_clause(clause: &Clause) -> Vec<Touched> {
    let screened = clause.screening.iter().map(|asked| Touched { facet: "screened", value: asked.code.clone() });
    let named = ["clause", "pending_clause"].map(|facet| Touched { facet, value: clause.id.clone() });
    screened.chain(named).collect()
}

/// Ends and reopens here and now, if it is a matter of a few. It is part of what people confirmed, so
/// that the kill switch does not stop it.
fn deal_with_few(tx: &mut Tx<'_, '_>, book: &LawBook) -> Result<(), Error> {
    let (now, limit) = (tx.now(), i64::try_from(AT_ONCE + 1).unwrap_or(i64::MAX));
    let forbidden = tx.look(|conn| to_wake_in(conn, now, SUBMITTED, limit))?;
    if forbidden.len() <= AT_ONCE {
        for id in forbidden {
            // A batch that stopped by itself at one of them leaves the others alone.
            let laws = book.in_force(tx)?;
            left_to_the_clock(id, tx.attempt(|tx| settle_in(tx, &laws, id, &by_register())));
        }
    }
    let reopened = tx.look(|conn| stale(conn, limit))?;
    if reopened.len() <= AT_ONCE {
        for one in reopened {
            let laws = book.in_force(tx)?;
            left_to_the_clock(one.exception, tx.attempt(|tx| reopen(tx, &laws, &one)));
        }
    }
    Ok(())
}

/// One exception that fails keeps no version from being published: the clock tries it again.
pub(super) fn left_to_the_clock(exception: ExceptionId, done: Result<u32, Error>) {
    if let Err(error) = done {
        tracing::error!(%exception, %error, "what a new version or an incident means for it could not be carried out yet");
    }
}

pub(super) fn by_register() -> By {
    By::System { job: "register".to_owned() }
}

impl Desk {
    /// Exceptions that a material version made stale and that still have to be reopened, at most `limit`.
    pub fn stale(&self, limit: i64) -> Result<Vec<Stale>, Error> {
        self.store.read(|conn| Ok(stale(conn, limit)?))
    }

    /// Reopens one of them, if the job may run when its turn comes.
    pub fn reopen_stale(&self, one: Stale, right: Right) -> Result<Pending<Ran>, Error> {
        let book = self.laws.clone();
        self.automatic(right, move |tx| {
            let laws = book.in_force(tx)?;
            reopen(tx, &laws, &one)
        })
    }
}

/// Reopens one, unless its batch was stopped or taken back meanwhile.
fn reopen(tx: &mut Tx<'_, '_>, laws: &Laws, one: &Stale) -> Result<u32, Error> {
    let batch = one.batch();
    if tx.is_resting(&batch)? {
        return Ok(0);
    }
    let found = reopening(tx, laws, one)?;
    tx.settle_stale(one)?;
    let mut made = 0;
    if let Some((before, events)) = found {
        let after = events.iter().fold(before.clone(), Exception::after);
        let its_own = lifecycle::outcomes_of(&events).iter().any(|(of, _)| *of == batch);
        if !events.is_empty() {
            let told = Told { before: Some(&before), events, openings: &[] };
            made = record(tx, laws, one.exception, told)?.events;
        }
        if !its_own && after.state.name() == StateName::ReReview {
            // Whoever looks at it again, for whatever reason, judges by this version too, so that the look is owed to
            // this batch as well.
            tx.settle_member((&batch, after.id), (BatchOutcome::Noted, StateName::ReReview), after.version)?;
        }
    }
    tx.leave_untouched(&batch, one.exception)?;
    Ok(made)
}

type Reopening = Option<(Exception, Vec<Event>)>;

/// The exception, and what reopening it would make by the version that made it stale, which may not be the newest;
/// nothing where its entry is gone from the register.
fn reopening(tx: &mut Tx<'_, '_>, laws: &Laws, one: &Stale) -> Result<Reopening, Error> {
    let id: ExceptionId = one.exception;
    let Some(before) = tx.exception(id)? else { return Ok(None) };
    let Some(entry) = laws.register.entry(one.kind, &one.id) else { return Ok(None) };
    let versions = tx.look(|conn| versions_of(conn, one.kind, &one.id))?;
    let version = versions.into_iter().map(|known| known.entry).find(|known| known.version == one.version);
    let Some(version) = version else { return Ok(None) };
    let by = by_register();
    let people = people(tx, &before, None, &by)?;
    let procedures = Procedures::of(laws, &before.sop)?;
    let ground = procedures.ground(laws, (&by, tx.now()), &people);
    let events = lifecycle::made_stale(&before, (cause(&entry), &version), ground);
    Ok(Some((before, events)))
}

pub(super) fn cause(entry: &Entry) -> &'static str {
    match entry.kind() {
        EntryKind::Policy => "policy_changed",
        EntryKind::Regulation => "regulation_changed",
        EntryKind::System if entry.is_retired() => "system_retired",
        EntryKind::System => "system_changed",
    }
}
