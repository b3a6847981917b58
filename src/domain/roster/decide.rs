//! The door of the roster: what lowers a protection becomes a change that another human confirms, and
//! confirming judges it anew on the facts of that moment. Until two humans have ever held `governance`,
//! one may act alone, and every such event says so.

use std::collections::BTreeSet;

use crate::{
    domain::{
        person::{By, Door, Person},
        refusal::{Refusal, Refused},
        roster::{
            Change, ErasureAction, RosterAction, RosterCommand, RosterDeed, RosterEvent, RosterGround, absence,
            automation, concerns, entries, erasure, incidents, outward, people, procedures, rights, roles, shadow,
            split,
        },
    },
    words::{ChangeId, ChangeState, Citation, Hash, PersonId, Role, Sealed},
};

/// How many humans must have held `governance` before nobody acts alone any more.
const TWO: usize = 2;

/// What `command` does on these facts: events, or one refusal.
pub fn decide_roster(command: &RosterCommand, ground: &RosterGround) -> Result<Vec<RosterEvent>, Refused> {
    require_present(ground)?;
    match command {
        RosterCommand::Act { action, change } => act(action, *change, ground),
        RosterCommand::ConfirmChange { hash, .. } => confirm(*hash, ground),
        RosterCommand::RejectChange { reason, .. } => reject(reason.clone(), ground),
    }
}

/// An action under judgement: the facts, and who asks for it. When a change is confirmed, that is still
/// the one who proposed it.
#[derive(Clone, Copy)]
pub(super) struct Case<'g> {
    pub(super) ground: &'g RosterGround,
    pub(super) asker: Option<&'g Person>,
}

/// What an action would do, and whether one person may do it.
pub(super) struct Ruling {
    deed: RosterDeed,
    /// What follows of it at once.
    also: Option<RosterDeed>,
    lowers: Option<&'static str>,
    citation: Option<Citation>,
}

impl Ruling {
    /// One person may do it.
    pub(super) const fn plain(deed: RosterDeed) -> Self {
        Self { deed, also: None, lowers: None, citation: None }
    }

    /// It lowers a protection: `why`, or it does not.
    pub(super) fn lowering(deed: RosterDeed, why: Option<&'static str>) -> Self {
        Self { lowers: why, ..Self::plain(deed) }
    }

    /// The same, and this follows of it.
    pub(super) fn and(self, also: Option<RosterDeed>) -> Self {
        Self { also, ..self }
    }

    /// The same, by this rule.
    pub(super) fn citing(self, citation: Citation) -> Self {
        Self { citation: Some(citation), ..self }
    }
}

fn rule(action: &RosterAction, case: Case<'_>) -> Result<Ruling, Refused> {
    erasure::require_not_erased(case)?;
    match action {
        RosterAction::AddPerson { .. } => people::add(action, case),
        RosterAction::UpdatePerson { person, name, email } => people::update(*person, (name, email), case),
        RosterAction::Leave { person } => people::leave(*person, case),
        RosterAction::Return { person } => people::come_back(*person, case),
        RosterAction::Merge { person, into } => people::merge(*person, *into, case),
        RosterAction::Move { person, place } => people::relocate(*person, place, case),
        RosterAction::SetPassword { person } => people::set_password(*person, case),
        RosterAction::GrantRole { grant, role, domain, .. } => roles::grant(*grant, (*role, domain), case),
        RosterAction::RemoveRole { grant, .. } => roles::remove(*grant, case),
        RosterAction::Delegate { delegation, to, starts, ends } => {
            rights::delegate((*delegation, *to), (*starts, *ends), case)
        }
        RosterAction::EndDelegation { delegation } => rights::end_delegation(*delegation, case),
        RosterAction::IssueToken { .. } => rights::issue(action, case),
        RosterAction::RevokeToken { token } => rights::revoke(*token, case),
        RosterAction::PublishSop { sop, text_hash } => procedures::publish(sop, *text_hash, case),
        RosterAction::RetireSop { sop } => procedures::retire(sop, case),
        RosterAction::PublishEntry { entry, weight, retires } => entries::publish(entry, *weight, *retires, case),
        RosterAction::ReportIncident { incident } => incidents::report(incident, case),
        RosterAction::Shadow(action) => shadow::rule(action, case),
        RosterAction::Split(action) => split::rule(action, case),
        RosterAction::AnswerConcern { concern, answer } => concerns::answer(*concern, answer, case),
        RosterAction::Outward(action) => outward::rule(action, case),
        RosterAction::Automation(action) => automation::rule(action, case),
        RosterAction::Absence(action) => absence::rule(action, case),
        RosterAction::Erasure(action) => erasure::rule(action, case),
    }
}

fn act(action: &RosterAction, change: ChangeId, ground: &RosterGround) -> Result<Vec<RosterEvent>, Refused> {
    let Ruling { deed, also, lowers, citation } = rule(action, Case { ground, asker: ground.actor.as_ref() })?;
    let tell = |deed, citation| told(ground, deed, citation);
    let Some(why) = lowers else {
        return Ok([Some(deed), also].into_iter().flatten().map(|deed| tell(deed, citation.clone())).collect());
    };
    let hash = action.hash();
    let proposed = RosterDeed::ChangeProposed { change, action: Box::new(action.clone()), hash };
    let cite = |how: &str| {
        Citation::rule(7, format!("{why}: {how}"))
            .with("action", action.verb().as_str())
            .with("payload", hash.to_string())
            .with("governance_humans_ever", ground.governance.humans_ever)
    };
    if ground.governance.humans_ever >= TWO {
        require_human(ground)?;
        return Ok(vec![tell(proposed, Some(cite("proposed by one, confirmed by another")))]);
    }
    require_alone(action, ground)?;
    let citation = cite("done alone, since two governance people do not exist yet");
    let deeds = [Some(proposed), Some(RosterDeed::ChangeConfirmed { change, hash }), Some(deed), also];
    let alone = |deed| RosterEvent { alone: true, ..tell(deed, Some(citation.clone())) };
    Ok(deeds.into_iter().flatten().map(alone).collect())
}

fn confirm(looked_at: Hash, ground: &RosterGround) -> Result<Vec<RosterEvent>, Refused> {
    let confirmer = require_human(ground)?;
    let change = open_change(ground)?;
    let current = change.action.hash();
    if current != looked_at || current != change.hash {
        let citation = Citation::rule(7, "a confirmation names exactly the payload that was looked at")
            .with("named", looked_at.to_string())
            .with("payload", current.to_string());
        return Err(Refusal::PayloadChanged { current }.citing(citation));
    }
    let proposer = ground.proposer.as_ref().filter(|person| person.active && !person.is_service());
    let Some(proposer) = proposer else {
        let named = change.proposed_by.map(|person| person.to_string());
        return Err(excluded("the person who proposed it", "they have left").with("proposer", named));
    };
    if proposer.human == confirmer.human {
        return Err(excluded("the person who acts", "they proposed it").with("human", confirmer.human.to_string()));
    }
    if favoured(&change.action, ground).contains(&confirmer.human) {
        let refused = excluded("the person who acts", "the change is about them");
        return Err(refused.with("human", confirmer.human.to_string()));
    }
    let ruling = rule(&change.action, Case { ground, asker: Some(proposer) })?;
    let citation = Citation::rule(7, "proposed by one, confirmed by another")
        .with("change", change.id.to_string())
        .with("payload", current.to_string())
        .with("proposer", proposer.human.to_string())
        .with("confirmer", confirmer.human.to_string());
    let deed = RosterDeed::ChangeConfirmed { change: change.id, hash: change.hash };
    let deeds = [Some(deed), Some(ruling.deed), ruling.also];
    Ok(deeds.into_iter().flatten().map(|deed| told(ground, deed, Some(citation.clone()))).collect())
}

fn reject(reason: Sealed, ground: &RosterGround) -> Result<Vec<RosterEvent>, Refused> {
    let change = open_change(ground)?.id;
    Ok(vec![told(ground, RosterDeed::ChangeRejected { change, reason }, None)])
}

/// What happened, by its rule; what may be done freely has none to cite, save for a job.
fn told(ground: &RosterGround, deed: RosterDeed, citation: Option<Citation>) -> RosterEvent {
    let citation = citation.or_else(|| ground.by.freely());
    RosterEvent { deed, by: ground.by.clone(), at: ground.now, alone: false, citation }
}

fn open_change(ground: &RosterGround) -> Result<&Change, Refused> {
    let change = ground.change.as_ref().ok_or(Refusal::NoSuch { what: "change" })?;
    match change.state_at(ground.now) {
        ChangeState::Open => Ok(change),
        state @ (ChangeState::Confirmed | ChangeState::Rejected | ChangeState::Lapsed) => {
            Err(Refusal::ChangeClosed { state }.into())
        }
    }
}

/// The humans who gain by an action, so that their own yes does not count for it.
fn favoured(action: &RosterAction, ground: &RosterGround) -> Vec<PersonId> {
    let parties = match action {
        RosterAction::GrantRole { .. }
        | RosterAction::Return { .. }
        | RosterAction::Erasure(ErasureAction::ReleasePerson { .. }) => [ground.subject.as_ref(), None],
        RosterAction::Merge { .. } => [ground.subject.as_ref(), ground.other.as_ref()],
        RosterAction::AddPerson { .. }
        | RosterAction::UpdatePerson { .. }
        | RosterAction::Leave { .. }
        | RosterAction::Move { .. }
        | RosterAction::SetPassword { .. }
        | RosterAction::RemoveRole { .. }
        | RosterAction::Delegate { .. }
        | RosterAction::EndDelegation { .. }
        | RosterAction::IssueToken { .. }
        | RosterAction::RevokeToken { .. }
        | RosterAction::PublishSop { .. }
        | RosterAction::RetireSop { .. }
        | RosterAction::PublishEntry { .. }
        | RosterAction::ReportIncident { .. }
        | RosterAction::Shadow(_)
        | RosterAction::Split(_)
        | RosterAction::AnswerConcern { .. }
        | RosterAction::Outward(_)
        | RosterAction::Automation(_)
        | RosterAction::Erasure(_)
        | RosterAction::Absence(_) => [None, None],
    };
    parties.into_iter().flatten().map(|person| person.human).collect()
}

/// Whoever left does nothing more, and an account that nobody knows never did.
fn require_present(ground: &RosterGround) -> Result<(), Refused> {
    match (&ground.by, &ground.actor) {
        (By::Person { .. }, None) => Err(Refusal::NoSuch { what: "person" }.into()),
        (By::Person { .. }, Some(actor)) if !actor.active => {
            Err(excluded("the person who acts", "they have left").with("person", actor.id.to_string()))
        }
        (By::Person { .. } | By::System { .. }, _) => Ok(()),
    }
}

/// A human in an interactive session; no token, no service, no job.
pub(super) fn require_human(ground: &RosterGround) -> Result<&Person, Refused> {
    match (&ground.by, &ground.actor) {
        (By::Person { door: Door::Session(_), .. }, Some(actor)) if !actor.is_service() => Ok(actor),
        (By::Person { .. } | By::System { .. }, _) => {
            let citation = Citation::rule(6, "machines prepare, people decide").with("door", ground.by.door());
            Err(Refusal::NeedsPerson.citing(citation))
        }
    }
}

/// The service itself or the first person while it is being set up; then whoever administers.
fn require_alone(action: &RosterAction, ground: &RosterGround) -> Result<(), Refused> {
    if ground.governance.being_set_up && matches!(ground.by, By::System { .. }) {
        return Ok(());
    }
    let actor = require_human(ground)?;
    let first_admin =
        ground.governance.being_set_up && matches!(action, RosterAction::GrantRole { role: Role::Admin, .. });
    let office = [Role::Admin, Role::Governance];
    if office.iter().any(|role| actor.holds_somewhere(*role)) || (first_admin && action.subject() == Some(actor.id)) {
        return Ok(());
    }
    let citation = Citation::rule(7, "one admin may act alone")
        .with("governance_humans_ever", ground.governance.humans_ever)
        .with("held", held(actor));
    Err(Refusal::RoleMissing { roles: office.to_vec() }.citing(citation))
}

/// The roles that it holds anywhere, as a fact.
pub(super) fn held(person: &Person) -> Vec<&'static str> {
    let roles: BTreeSet<Role> = person.grants.iter().map(|grant| grant.role).collect();
    roles.into_iter().map(Role::as_str).collect()
}

/// The rule keeps `who` out; the caller says whom it looked at.
pub(super) fn excluded(who: &'static str, why: &'static str) -> Refused {
    Refusal::Excluded { who, why }.citing(Citation::rule(7, why))
}

pub(super) fn invalid(pointer: &str, code: &'static str, detail: &str) -> Refused {
    Refusal::Invalid { pointer: pointer.to_owned(), code, detail: detail.to_owned() }.into()
}

impl<'g> Case<'g> {
    /// Whom the action is about.
    pub(super) fn subject(self) -> Result<&'g Person, Refused> {
        self.ground.subject.as_ref().ok_or_else(|| Refusal::NoSuch { what: "person" }.into())
    }

    /// The same, who has not left.
    pub(super) fn active_subject(self) -> Result<&'g Person, Refused> {
        let subject = self.subject()?;
        if subject.active {
            Ok(subject)
        } else {
            Err(invalid("/person", "person_left", "this person has left; take them back first"))
        }
    }

    /// The second person, as an active human.
    pub(super) fn active_human(self, pointer: &str) -> Result<&'g Person, Refused> {
        let other = self.ground.other.as_ref().ok_or(Refusal::NoSuch { what: "person" })?;
        if other.active && !other.is_service() {
            return Ok(other);
        }
        Err(invalid(pointer, "no_active_human", "this must be a human who has not left"))
    }

    /// Is it about the one who asks, by whichever of their accounts?
    pub(super) fn is_own(self, subject: &Person) -> bool {
        self.asker.is_some_and(|asker| asker.human == subject.human)
    }

    /// Does whoever asks administer, or is it the service itself?
    pub(super) fn administers(self) -> bool {
        self.asker.is_none_or(|asker| asker.holds_somewhere(Role::Admin))
    }
}
