//! Administration through the same door: people, roles, delegations, tokens, changes and procedures.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    Desk, Error, LawBook, Laws, Outcome, Pending,
    act::{Asked, Told, kept, record},
    batches, concerns, entries, erasures,
    ground::{Procedures, people},
    incidents, link, splits,
};
use crate::{
    access::{Ask, Relation, RoleSet},
    domain::{
        lifecycle,
        person::{By, Person},
        refusal::Refusal,
        roster::{
            AutomationDeed, Change, ProcedureStanding, RosterAction, RosterCommand, RosterDeed, RosterEvent,
            RosterGround, decide_roster,
        },
    },
    ledger::Subject,
    store::{
        IdempotencyKey, KeptKey, RosterChange, StoreError, Tx,
        exceptions::approved_by,
        register::Touched,
        roster::{Secrets, sides, version_of},
        shadows::shadow,
    },
    trace,
    words::{AdminVerb, Citation, DomainPath, Opening, PersonId, SopRef, StateName},
};

/// What an administrative command led to.
#[derive(Debug, Clone)]
pub struct Administered {
    /// What happened.
    pub events: Vec<RosterEvent>,
    /// The change that now waits for a second person, if it does.
    pub waits: Option<Change>,
    /// Was it the answer to the same request before?
    pub replayed: bool,
}

impl Desk {
    /// Asks something of the roster. What lowers a protection becomes a change that waits for a second person.
    pub fn administer(&self, asked: Asked<RosterCommand>, secrets: Secrets) -> Result<Pending<Administered>, Error> {
        let (book, verb) = (self.laws.clone(), asked.command.verb());
        let brought = self.look_ahead(&asked)?;
        let administered = self.queue(move |tx| {
            trace::verb(verb.as_str());
            if let Some(brought) = &brought {
                tx.bring(Arc::clone(brought));
            }
            judged(tx, &book, &asked, &secrets)
        })?;
        Ok(administered.counted(verb.as_str(), &self.tally))
    }
}

/// Judges a command in this transaction and records what it leads to.
pub(super) fn judged(
    tx: &mut Tx<'_, '_>,
    book: &LawBook,
    asked: &Asked<RosterCommand>,
    secrets: &Secrets,
) -> Outcome<Administered> {
    let laws = book.in_force(tx)?;
    if let Some(done) = replayed(tx, asked.key.as_ref())? {
        return Ok(Ok(done));
    }
    match ruled(tx, (book, &laws), asked, secrets)? {
        Ok((events, secrets)) => {
            administered(tx, (book, &laws), (asked.key.as_ref(), &asked.openings), (events, &secrets))
        }
        Err(refused) => Ok(Err(refused)),
    }
}

/// Judges a command: the events that it leads to, which are yet to be recorded, and what travels beside them.
pub(super) fn ruled(
    tx: &mut Tx<'_, '_>,
    (book, laws): (&LawBook, &Laws),
    asked: &Asked<RosterCommand>,
    secrets: &Secrets,
) -> Outcome<(Vec<RosterEvent>, Secrets)> {
    let ground = tx.roster_ground(&asked.by, &asked.command, secrets.email_key.as_deref())?;
    let now = tx.now();
    let procedure = standing(tx, (book, laws), asked.command.action(ground.change.as_ref()))?;
    let ground = RosterGround { now, procedure, ..ground };
    if let Err(refused) = require_access(laws, &asked.command, &ground) {
        note_attempt(tx, asked, ("forbidden", None))?;
        return Ok(Err(refused));
    }
    require_version(tx, asked, &ground)?;
    let action = effect(&asked.command, &ground);
    let secrets = documented(tx, action, secrets)?;
    let entry = entries::standing(laws, action, secrets.document.as_deref())?;
    let incident = incidents::facts(tx, laws, action)?;
    let concern = concerns::facts(tx, laws, (action, ground.concern.clone()))?;
    let procedure = splits::looked_at(laws, (action, secrets.document.as_deref()), ground.procedure.clone())?;
    let erasure = erasures::facts(tx, action, &ground)?;
    let ground = RosterGround { procedure, entry, incident, concern, erasure, ..ground };
    match decide_roster(&asked.command, &ground) {
        Ok(events) => Ok(Ok((events, secrets))),
        Err(refused) => {
            note_attempt(tx, asked, (refused.refusal.code(), refused.citation.as_deref().cloned()))?;
            Ok(Err(refused.into()))
        }
    }
}

/// Records these events, with what follows of them, as what this key led to.
pub(super) fn administered(
    tx: &mut Tx<'_, '_>,
    (book, laws): (&LawBook, &Laws),
    (key, openings): (Option<&IdempotencyKey>, &[Opening]),
    (events, secrets): (Vec<RosterEvent>, &Secrets),
) -> Outcome<Administered> {
    let seq = tx.record_roster(&RosterChange { events: &events, openings, secrets })?;
    for event in &events {
        follow(tx, (book, laws), event)?;
    }
    if let Some(key) = key {
        let count = u32::try_from(events.len()).unwrap_or(u32::MAX);
        let (body_hash, subject) = (key.body_hash.clone(), Subject::Roster.parts().1);
        tx.keep_key(key, KeptKey { body_hash, subject, seq, events: count });
    }
    Ok(Ok(answer(tx, events)?))
}

/// The account, or the endpoint, must be as it was when it was looked at.
fn require_version(tx: &mut Tx<'_, '_>, asked: &Asked<RosterCommand>, ground: &RosterGround) -> Result<(), Error> {
    let RosterCommand::Act { action, .. } = &asked.command else { return Ok(()) };
    let Some(expected) = asked.expected else { return Ok(()) };
    let current = match (ground.outward.webhook, action.subject()) {
        (Some(webhook), _) => webhook.version,
        (None, Some(person)) => tx.look(|conn| version_of(conn, person))?.ok_or(Error::NotFound("person"))?,
        (None, None) => return Ok(()),
    };
    if current == expected { Ok(()) } else { Err(Refusal::VersionChanged { current }.into()) }
}

fn answer(tx: &mut Tx<'_, '_>, events: Vec<RosterEvent>) -> Result<Administered, Error> {
    let waits = match events.as_slice() {
        [RosterEvent { deed: RosterDeed::ChangeProposed { change, .. }, .. }] => tx.change(*change)?,
        _ => None,
    };
    Ok(Administered { events, waits, replayed: false })
}

/// The answer to the same request before, rebuilt from its events.
pub(super) fn replayed(tx: &mut Tx<'_, '_>, key: Option<&IdempotencyKey>) -> Result<Option<Administered>, Error> {
    let Some(kept) = kept(tx, key)? else { return Ok(None) };
    let first = kept.seq + 1 - u64::from(kept.events);
    let events = tx.recorded(Subject::Roster, first..=kept.seq)?;
    Ok(Some(Administered { replayed: true, ..answer(tx, events)? }))
}

/// What follows of an event elsewhere: a lost role voids approvals, a published procedure holds.
#[expect(clippy::wildcard_enum_match_arm, reason = "some are of interest here, and the rest are as they were")]
fn follow(tx: &mut Tx<'_, '_>, (book, laws): (&LawBook, &Laws), event: &RosterEvent) -> Result<(), Error> {
    match &event.deed {
        RosterDeed::RoleGranted { person, .. } | RosterDeed::PersonReturned { person } => {
            tx.wake_work_of(*person)?;
            Ok(tx.wake_undecided()?)
        }
        // What they have to do, and what others then have to, is looked at by the clock.
        RosterDeed::Absence(deed) => Ok(tx.wake_work_of(deed.person())?),
        RosterDeed::RoleRemoved { person, .. } => lose_part(tx, laws, *person),
        RosterDeed::PersonMerged { person, .. } => {
            tx.leave_webhooks(*person)?;
            lose_part(tx, laws, *person)
        }
        RosterDeed::PersonLeft { person } => {
            tx.leave_webhooks(*person)?;
            lose_part(tx, laws, *person)?;
            tx.wake_work_of(*person)?;
            wake_resting_on(tx, *person)
        }
        RosterDeed::Erasure(deed) => erasures::follow(tx, laws, deed),
        RosterDeed::PersonMoved { person, .. } => wake_resting_on(tx, *person),
        // Who can do it in their place is looked at by the clock.
        RosterDeed::Delegated { delegation } => Ok(tx.wake_work_of(delegation.from)?),
        RosterDeed::DelegationEnded { delegation } => match tx.look(|conn| sides(conn, *delegation))? {
            Some((principal, delegate)) => {
                tx.wake_work_of(principal)?;
                link::end_without_part(tx, delegate)
            }
            None => Ok(()),
        },
        // Read it now: a version that cannot be read runs nowhere.
        RosterDeed::Split(_) => Ok(book.in_force(tx).map(drop)?),
        RosterDeed::SopPublished { sop, .. } => published(tx, book, (sop, event)),
        RosterDeed::EntryPublished { entry, weight, .. } => entries::follow(tx, book, laws, ((entry, *weight), event)),
        RosterDeed::IncidentReported { incident } => incidents::follow(tx, laws, (incident, event)),
        RosterDeed::Automation(AutomationDeed::Batch(deed)) => batches::follow(tx, book, deed),
        _ => Ok(()),
    }
}

/// What follows of a procedure's version.
fn published(tx: &mut Tx<'_, '_>, book: &LawBook, (sop, event): (&SopRef, &RosterEvent)) -> Result<(), Error> {
    // Read it now: one that cannot be read is not published.
    book.in_force(tx)?;
    // What it would score higher, the clock finds.
    for state in [StateName::Active, StateName::ReReview, StateName::Suspended] {
        tx.wake_older(sop, state)?;
    }
    batches::begin_migration(tx, sop, event)?;
    concerns::follow(tx, book, sop, event)
}

/// What rests on them, and what they have to do, is looked at by the clock.
pub(super) fn wake_resting_on(tx: &mut Tx<'_, '_>, person: PersonId) -> Result<(), Error> {
    let touched = Touched { facet: "party", value: person.to_string() };
    Ok(tx.wake_touched(&touched, &StateName::living())?)
}

/// Whoever lost a role has no approval by it, and no link by which they could give one.
pub(super) fn lose_part(tx: &mut Tx<'_, '_>, laws: &Laws, person: PersonId) -> Result<(), Error> {
    void_approvals(tx, laws, person)?;
    link::end_without_part(tx, person)?;
    Ok(tx.wake_undecided()?)
}

/// What the command would carry out, if it is not to turn it down.
fn effect<'a>(command: &'a RosterCommand, ground: &'a RosterGround) -> Option<&'a RosterAction> {
    command.action(ground.change.as_ref()).filter(|_| !matches!(command, RosterCommand::RejectChange { .. }))
}

/// What travels beside a command, with the document that was kept when a change was proposed.
fn documented(tx: &mut Tx<'_, '_>, action: Option<&RosterAction>, sent: &Secrets) -> Result<Secrets, Error> {
    let wanted = action.and_then(RosterAction::document).filter(|_| sent.document.is_none());
    let kept = wanted.map(|hash| tx.document(hash)).transpose()?.flatten();
    Ok(Secrets { document: sent.document.clone().or(kept), ..sent.clone() })
}

/// Voids what no longer counts of what any account of this human gave, or had given for them.
fn void_approvals(tx: &mut Tx<'_, '_>, laws: &Laws, lost: PersonId) -> Result<(), Error> {
    let by = By::System { job: "role_lost".to_owned() };
    let person = tx.people(&BTreeSet::from([lost]))?.pop();
    let human = person.map_or(lost, |person| person.human);
    for id in tx.look(|conn| approved_by(conn, human))? {
        let Some(before) = tx.exception(id)? else { continue };
        let people = people(tx, &before, None, &by)?;
        let procedures = Procedures::of(laws, &before.sop)?;
        let ground = procedures.ground(laws, (&by, tx.now()), &people);
        let events = lifecycle::void_approvals(&before, human, ground);
        if !events.is_empty() {
            record(tx, laws, id, Told { before: Some(&before), events, openings: &[] })?;
        }
    }
    Ok(())
}

/// May whoever asks administer this, where it applies? The service itself is judged by the rules alone.
fn require_access(laws: &Laws, command: &RosterCommand, ground: &RosterGround) -> Result<(), Error> {
    let Some(actor) = &ground.actor else {
        return match &ground.by {
            By::System { .. } => Ok(()),
            By::Person { .. } => Err(Error::NotFound("person")),
        };
    };
    let action = command.action(ground.change.as_ref());
    let place = action.and_then(|action| domain_of(action, ground));
    let here = |held: &DomainPath| place.as_ref().is_none_or(|place| held.covers(place));
    let held = actor.grants.iter().filter(|grant| here(&grant.domain)).map(|grant| grant.role);
    let roles = if actor.is_service() { RoleSet::of_service() } else { RoleSet::of_person(held) };
    let verb: AdminVerb = command.verb();
    if actor.active && laws.matrix.allows(roles, Ask::Administer(verb), None, relation(actor, command, ground)) {
        return Ok(());
    }
    Err(Error::Forbidden(format!("your roles do not include `{verb}`")))
}

/// Where an action applies; most apply everywhere.
fn domain_of(action: &RosterAction, ground: &RosterGround) -> Option<DomainPath> {
    match action {
        RosterAction::GrantRole { domain, .. } => Some(domain.clone()),
        RosterAction::ReportIncident { incident } => Some(incident.domain.clone()),
        RosterAction::Automation(_) => ground.automation.place.clone(),
        RosterAction::RemoveRole { grant, .. } => {
            let held = ground.subject.iter().flat_map(|subject| &subject.grants);
            held.clone().find(|held| held.id == *grant).map(|held| held.domain.clone())
        }
        RosterAction::AddPerson { .. }
        | RosterAction::UpdatePerson { .. }
        | RosterAction::Leave { .. }
        | RosterAction::Return { .. }
        | RosterAction::Merge { .. }
        | RosterAction::Move { .. }
        | RosterAction::SetPassword { .. }
        | RosterAction::Delegate { .. }
        | RosterAction::EndDelegation { .. }
        | RosterAction::IssueToken { .. }
        | RosterAction::RevokeToken { .. }
        | RosterAction::PublishSop { .. }
        | RosterAction::RetireSop { .. }
        | RosterAction::PublishEntry { .. }
        | RosterAction::Shadow(_)
        | RosterAction::Split(_)
        | RosterAction::AnswerConcern { .. }
        | RosterAction::Outward(_)
        | RosterAction::Erasure(_)
        | RosterAction::Absence(_) => None,
    }
}

/// One's own password, token, delegation or proposal, or another's?
fn relation(actor: &Person, command: &RosterCommand, ground: &RosterGround) -> Relation {
    let delegates =
        matches!(command, RosterCommand::Act { action, .. } if matches!(**action, RosterAction::Delegate { .. }));
    let mine = |person: &Person| person.human == actor.human || person.responsible == Some(actor.id);
    let about = match command {
        RosterCommand::Act { .. } => ground.subject.as_ref(),
        RosterCommand::ConfirmChange { .. } | RosterCommand::RejectChange { .. } => ground.proposer.as_ref(),
    };
    let sides: BTreeSet<PersonId> =
        ground.delegation.iter().flat_map(|record| [record.delegation.from, record.delegation.to]).collect();
    // A concern is whose role it asks.
    let asked = ground.concern.standing.as_ref().is_some_and(|asked| actor.holds_somewhere(asked.concern.asks));
    if delegates || about.is_some_and(mine) || sides.contains(&actor.id) || asked {
        Relation::Own
    } else {
        Relation::Other
    }
}

/// How the procedure stands that is to be published, retired, tried or split.
fn standing(
    tx: &mut Tx<'_, '_>,
    (book, laws): (&LawBook, &Laws),
    action: Option<&RosterAction>,
) -> Result<ProcedureStanding, StoreError> {
    let Some(SopRef { id, .. }) = action.and_then(RosterAction::procedure) else {
        return Ok(ProcedureStanding::default());
    };
    Ok(ProcedureStanding {
        newest: laws.sops.newest(id).map(|newest| newest.reference()),
        retired: laws.sops.is_retired(id),
        named: book.names(id),
        shadow: tx.look(|conn| shadow(conn, id))?.map(|shadow| shadow.sop),
        split: laws.sops.split(id).cloned(),
        split_off: laws.sops.versions_split_off(id),
        ..ProcedureStanding::default()
    })
}

/// A refused confirmation is an event too, by the rule that refused it.
fn note_attempt(
    tx: &mut Tx<'_, '_>,
    asked: &Asked<RosterCommand>,
    (code, citation): (&str, Option<Citation>),
) -> Result<(), Error> {
    let verb = asked.command.verb();
    let (Some(person), AdminVerb::ConfirmChange) = (asked.by.person(), verb) else { return Ok(()) };
    if tx.count_attempt(person)?.is_none() {
        return Ok(());
    }
    let deed = RosterDeed::AttemptRefused { command: verb, code: code.to_owned() };
    let event = RosterEvent { deed, by: asked.by.clone(), at: tx.now(), alone: false, citation };
    tx.record_roster(&RosterChange { events: &[event], openings: &[], secrets: &Secrets::default() })?;
    Ok(())
}
