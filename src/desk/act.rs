//! A command on an exception, from who asks to what is recorded, in one transaction.

use super::{
    Desk, Error, Laws, Outcome, Pending, batches,
    browser::act_from,
    ground::{Caller, Procedures, people, prior},
    incidents::catch_up,
};
use crate::{
    access::Ask,
    attachments::Attachments,
    domain::{
        command::Command,
        event::{Deed, Event, TaskChanges},
        exception::Exception,
        letters::letters,
        lifecycle::{self, Drafting, Ground, decide},
        person::{By, Grant, People},
        refusal::Refusal,
        request::{Request, Time},
    },
    store::{Change, IdempotencyKey, KeptKey, StoreError, Tx, Wake, roster::absences},
    trace,
    words::{Citation, ExceptionId, Hash, Opening, PersonId, Verb},
};

/// What somebody asks of the door.
#[derive(Debug, Clone)]
pub struct Asked<C> {
    /// Who.
    pub by: By,
    /// What makes a repetition one and the same.
    pub key: Option<IdempotencyKey>,
    /// The version that was looked at, where it matters.
    pub expected: Option<u64>,
    /// What.
    pub command: C,
    /// What opens the commitments in it.
    pub openings: Vec<Opening>,
}

/// What a command led to.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The exception as the command left it.
    pub exception: Exception,
    /// The number of its first new event.
    pub first: u64,
    /// How many events there are.
    pub events: u32,
    /// Was it the answer to the same request before?
    pub replayed: bool,
}

/// An exception with the changes that a job makes to it.
pub(super) struct Told<'e> {
    pub(super) before: Option<&'e Exception>,
    pub(super) events: Vec<Event>,
    pub(super) openings: &'e [Opening],
}

impl Desk {
    /// Begins a draft on the account of whoever asks, in the named procedure.
    pub fn draft(&self, sop: &str, asked: Asked<Request>) -> Result<Pending<Answer>, Error> {
        let id = ExceptionId(self.random.uuid_v7(self.clock.now())?);
        let (book, sop) = (self.laws.clone(), sop.to_owned());
        let drafted = self.queue(move |tx| {
            trace::verb(Verb::Draft.as_str());
            let laws = book.in_force(tx)?;
            if let Some(done) = replayed(tx, asked.key.as_ref())? {
                return Ok(Ok(done));
            }
            let newest = laws.sops.for_new(&sop)?;
            let requester = asked.by.person().ok_or(Error::NotFound("person"))?;
            let mut ids = asked.command.people();
            ids.insert(requester);
            let people = People::new(tx.people(&ids)?, Vec::new());
            require_known(&asked.command, &people)?;
            require_renewable(tx, &laws, &asked.command, requester, &people)?;
            let person = people.find(requester).ok_or(Error::NotFound("person"))?;
            require_draft(&laws, person)?;
            let now = tx.now();
            let number = tx.next_number(chrono::Datelike::year(&now))?;
            let drafting = Drafting { number, requester, request: asked.command.clone() };
            let procedures = Procedures { running: newest.clone(), newest };
            let ground = procedures.ground(&laws, (&asked.by, now), &people);
            let event = lifecycle::draft(drafting, ground);
            let answer = record(tx, &laws, id, Told { before: None, events: vec![event], openings: &asked.openings })?;
            Ok(Ok(keep(tx, asked.key.as_ref(), answer)))
        })?;
        Ok(drafted.counted(Verb::Draft.as_str(), &self.tally))
    }

    /// Asks something of an exception.
    pub fn act(&self, id: ExceptionId, asked: Asked<Command>) -> Result<Pending<Answer>, Error> {
        self.act_in_browser(id, asked, None)
    }

    /// The same in the browser of this hash, where one is known.
    pub fn act_in_browser(
        &self,
        id: ExceptionId,
        asked: Asked<Command>,
        browser: Option<Hash>,
    ) -> Result<Pending<Answer>, Error> {
        let (book, verb, files) = (self.laws.clone(), asked.command.verb(), self.files.clone());
        let acted = self.queue(move |tx| {
            trace::verb(verb.as_str());
            let laws = book.in_force(tx)?;
            let outcome = act_from(tx, &laws, id, (&asked, browser))?;
            if let Ok(answer) = &outcome {
                require_kept(files.as_ref(), &asked.command, answer)?;
            }
            Ok(outcome)
        })?;
        Ok(acted.counted(verb.as_str(), &self.tally))
    }

    pub(super) fn queue<T: Send + 'static>(
        &self,
        mut job: impl FnMut(&mut Tx<'_, '_>) -> Outcome<T> + Send + 'static,
    ) -> Result<Pending<T>, Error> {
        let span = trace::command();
        Ok(Pending::new(self.store.write(move |tx| span.in_scope(|| job(tx)))?))
    }
}

/// The same in a transaction that is under way.
pub(super) fn act_in(tx: &mut Tx<'_, '_>, laws: &Laws, id: ExceptionId, asked: &Asked<Command>) -> Outcome<Answer> {
    // Whoever asks again hears the same, also where what they did took the right to do it from them.
    if let Some(done) = replayed(tx, asked.key.as_ref())? {
        return Ok(Ok(done));
    }
    catch_up(tx, laws, id)?;
    let before = tx.exception(id)?.ok_or(Error::NotFound("exception"))?;
    let people = people(tx, &before, Some(&asked.command), &asked.by)?;
    let now = tx.now();
    let allowed = require_access(laws, &before, asked, &people, now);
    if let Err(Error::Forbidden(_)) = &allowed {
        note_attempt(tx, laws, &before, asked, ("forbidden", None))?;
        return Ok(allowed.and(Err(Error::NotFound("exception"))));
    }
    allowed?;
    if asked.expected.is_some_and(|expected| expected != before.version) {
        return Ok(Err(Refusal::VersionChanged { current: before.version }.into()));
    }
    if let Command::Amend { request } = &asked.command {
        require_known(request, &people)?;
        require_renewable(tx, laws, request, before.requester, &people)?;
    }
    let procedures = Procedures::of(laws, &before.sop)?;
    let (prior, used_up) = prior(tx, laws, &before, &asked.command)?;
    let ground = Ground { prior, used_up: &used_up, ..procedures.ground(laws, (&asked.by, now), &people) };
    match decide(&before, asked.command.clone(), ground) {
        Ok(events) => {
            let told = Told { before: Some(&before), events, openings: &asked.openings };
            let answer = record(tx, laws, id, told)?;
            Ok(Ok(keep(tx, asked.key.as_ref(), answer)))
        }
        Err(refused) => {
            let citation = refused.citation.as_deref().cloned();
            note_attempt(tx, laws, &before, asked, (refused.refusal.code(), citation))?;
            Ok(Err(refused.into()))
        }
    }
}

/// What is attached is still where it was put: an erasure may have removed the same content since. Nothing is removed
/// while this transaction lasts. `Busy` where it is gone, so that it is brought again.
fn require_kept(files: Option<&Attachments>, command: &Command, answer: &Answer) -> Result<(), Error> {
    let (Some(files), Command::Attach { attachment, .. }) = (files, command) else { return Ok(()) };
    if answer.replayed || files.has(attachment.hash) { Ok(()) } else { Err(StoreError::Busy.into()) }
}

/// Who sees nothing hears that there is nothing; who sees and may not is told so.
fn require_access(
    laws: &Laws,
    before: &Exception,
    asked: &Asked<Command>,
    people: &People,
    now: Time,
) -> Result<(), Error> {
    let Some(actor) = asked.by.person() else { return Ok(()) };
    let person = people.find(actor).ok_or(Error::NotFound("exception"))?;
    let caller = Caller::of(person, &laws.matrix);
    let lent = lent_grants(&asked.command, person.id, people, now);
    if !caller.sees(before) && lent.is_empty() {
        return Err(Error::NotFound("exception"));
    }
    caller.may(laws, Ask::Act(asked.command.verb()), before, &lent, people)
}

/// The grants of the approver for whom one acts, if a delegation allows it.
#[expect(clippy::wildcard_enum_match_arm, reason = "some are of interest here, and the rest are as they were")]
fn lent_grants(command: &Command, actor: PersonId, people: &People, now: Time) -> Vec<Grant> {
    let from = match command {
        Command::Approve(approve) | Command::Resume(approve) => approve.on_behalf_of,
        _ => None,
    };
    let principal = from.filter(|from| people.delegation(*from, actor, now).is_some());
    principal.and_then(|from| people.find(from)).map(|person| person.grants.clone()).unwrap_or_default()
}

pub(super) fn require_draft(laws: &Laws, person: &crate::domain::person::Person) -> Result<(), Error> {
    use crate::access::{Relation, RoleSet};
    let roles = if person.is_service() { RoleSet::of_service() } else { RoleSet::of_person(std::iter::empty()) };
    if person.active && laws.matrix.allows(roles, Ask::Act(Verb::Draft), None, Relation::Own) {
        return Ok(());
    }
    Err(Error::Forbidden("your account may not file exceptions".to_owned()))
}

/// Everyone that a request names must exist.
pub(super) fn require_known(request: &Request, people: &People) -> Result<(), Error> {
    let Some(unknown) = request.people().into_iter().find(|id| people.find(*id).is_none()) else { return Ok(()) };
    let pointer = [
        ("/sponsor", request.sponsor),
        ("/beneficiary", request.beneficiary),
        ("/monitoring_owner", request.monitoring_owner),
    ];
    let named = pointer.iter().find(|(_, id)| *id == Some(unknown)).map(|(pointer, _)| (*pointer).to_owned());
    let inside = if request.scope.people.contains(&unknown) {
        "/scope/people"
    } else if request.readers.contains(&unknown) {
        "/readers"
    } else {
        "/controls"
    };
    Err(Refusal::Invalid {
        pointer: named.unwrap_or_else(|| inside.to_owned()),
        code: "unknown_person",
        detail: format!("there is no person {unknown}; use an id from /v1/people"),
    }
    .into())
}

/// What a request renews must be there for its requester to see.
pub(super) fn require_renewable(
    tx: &mut Tx<'_, '_>,
    laws: &Laws,
    request: &Request,
    requester: PersonId,
    people: &People,
) -> Result<(), Error> {
    let Some(renewed) = request.renews else { return Ok(()) };
    let old = tx.exception(renewed)?;
    let visible = match (&old, people.find(requester)) {
        (Some(old), Some(person)) => Caller::of(person, &laws.matrix).sees(old),
        (None, _) | (_, None) => false,
    };
    if visible {
        return Ok(());
    }
    let detail = format!("there is no exception {renewed} that you could renew");
    Err(Refusal::Invalid { pointer: "/renews".to_owned(), code: "unknown_exception", detail }.into())
}

/// What this key led to before, or a word that it is taken.
pub(super) fn kept(tx: &mut Tx<'_, '_>, key: Option<&IdempotencyKey>) -> Result<Option<KeptKey>, Error> {
    let Some(key) = key else { return Ok(None) };
    let kept = tx.replayed(key)?;
    if kept.as_ref().is_some_and(|kept| kept.body_hash != key.body_hash) {
        return Err(Error::KeyReused);
    }
    Ok(kept)
}

/// The answer to the same request before, rebuilt from its events.
fn replayed(tx: &mut Tx<'_, '_>, key: Option<&IdempotencyKey>) -> Result<Option<Answer>, Error> {
    let Some(kept) = kept(tx, key)? else { return Ok(None) };
    let broken = || Error::Store(StoreError::Corrupt(format!("what the key of {} led to is gone", kept.subject)));
    let id = kept.subject.parse().map_err(|_| broken())?;
    let exception = tx.folded(id, kept.seq)?.ok_or_else(broken)?;
    Ok(Some(Answer { exception, first: kept.seq + 1 - u64::from(kept.events), events: kept.events, replayed: true }))
}

/// Does the clock have to look at once, who could do what it has come to?
fn asks_for_people(tx: &mut Tx<'_, '_>, events: &[Event], after: &Exception) -> Result<bool, StoreError> {
    let quorum = events.iter().any(|event| event.deed.asks_for_quorum()) && lifecycle::is_undecided(after);
    if quorum || (asks_who_is_there(events, after) && tx.look(absences::anybody)?) {
        return Ok(true);
    }
    // Who moved since they were asked is no news to whoever decided afterwards.
    let decided = after.decided_at.filter(|_| events.iter().any(|event| event.deed.decides()));
    decided.map_or(Ok(false), |asked| tx.look(|conn| absences::moved_since(conn, asked)))
}

/// Writes what happened, and what follows of it for the exception that it renews.
#[expect(clippy::needless_pass_by_value, reason = "a test's arguments are its own")]
pub(super) fn record(tx: &mut Tx<'_, '_>, laws: &Laws, id: ExceptionId, told: Told<'_>) -> Result<Answer, Error> {
    let mut after = told.before.cloned();
    let mut told_to = Vec::new();
    for event in &told.events {
        let next = match &after {
            None => Exception::begin(id, event),
            Some(before) => Some(before.clone().after(event)),
        };
        let next =
            next.ok_or_else(|| StoreError::Corrupt("an exception that does not begin with a draft".to_owned()))?;
        told_to.extend(letters(after.as_ref(), &next, event));
        after = Some(next);
    }
    let after = after.ok_or_else(|| StoreError::Corrupt("a command without an event".to_owned()))?;
    let wake = if told.events.iter().all(|event| event.deed.is_note()) {
        // It may have been woken, and a note settles nothing.
        Wake::AsBefore
    } else if asks_for_people(tx, &told.events, &after)? {
        Wake::At(Some(after.changed_at))
    } else {
        Wake::At(laws.sops.exactly(&after.sop).and_then(|sop| after.wake_at(sop.document())))
    };
    if !told.events.is_empty() {
        let change = Change {
            before: told.before,
            after: &after,
            events: &told.events,
            letters: &told_to,
            openings: told.openings,
            wake,
        };
        tx.record(&change)?;
        batches::note(tx, laws, (told.before, &after), &told.events)?;
    }
    let events = u32::try_from(told.events.len()).unwrap_or(u32::MAX);
    if told.events.iter().any(|event| matches!(event.deed, Deed::Activated { .. })) {
        supersede(tx, laws, &after, &told.events)?;
    }
    Ok(Answer { first: after.seq + 1 - u64::from(events), exception: after, events, replayed: false })
}

/// Is there work of which nobody knows yet, or no longer, whether somebody is there for it?
fn asks_who_is_there(events: &[Event], after: &Exception) -> bool {
    !after.uncovered.is_empty() || events.iter().any(|event| !event.tasks.opened.is_empty())
}

fn supersede(tx: &mut Tx<'_, '_>, laws: &Laws, renewal: &Exception, events: &[Event]) -> Result<(), Error> {
    let (Some(renewed), Some(event)) = (renewal.request.renews, events.last()) else { return Ok(()) };
    let Some(old) = tx.exception(renewed)? else { return Ok(()) };
    let procedures = Procedures::of(laws, &old.sop)?;
    let by = By::System { job: "renewal".to_owned() };
    let people = people(tx, &old, None, &by)?;
    let ground = procedures.ground(laws, (&by, event.at), &people);
    let events = lifecycle::supersede(&old, renewal.id, ground);
    if !events.is_empty() {
        record(tx, laws, old.id, Told { before: Some(&old), events, openings: &[] })?;
    }
    Ok(())
}

fn keep(tx: &mut Tx<'_, '_>, key: Option<&IdempotencyKey>, answer: Answer) -> Answer {
    if let Some(key) = key {
        let (subject, seq) = (answer.exception.id.to_string(), answer.exception.seq);
        tx.keep_key(key, KeptKey { body_hash: key.body_hash.clone(), subject, seq, events: answer.events });
    }
    answer
}

/// A refused attempt at a verb that gives effect, or that one may not take part in, is an event too.
fn note_attempt(
    tx: &mut Tx<'_, '_>,
    laws: &Laws,
    before: &Exception,
    asked: &Asked<Command>,
    (code, citation): (&str, Option<Citation>),
) -> Result<(), Error> {
    let verb = asked.command.verb();
    let (Some(person), true) = (asked.by.person(), verb.gives_effect()) else { return Ok(()) };
    let Some(count) = tx.count_attempt(person)? else { return Ok(()) };
    let deed = Deed::AttemptRefused { command: verb, code: code.to_owned(), count };
    let event =
        Event { deed, by: asked.by.clone(), at: tx.now(), effective_at: None, citation, tasks: TaskChanges::default() };
    record(tx, laws, before.id, Told { before: Some(before), events: vec![event], openings: &[] })?;
    Ok(())
}
