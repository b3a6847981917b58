//! Step 5 and every later round: approving exactly one dossier, by two or more eligible people.

use std::collections::BTreeSet;

use chrono::Duration;

use crate::{
    domain::{
        command::{Approve, ProposedCondition},
        control::Condition,
        dossier::{About, Dossier},
        event::Deed,
        exception::{Approval, Cause, Exception, Proposal, Reason, Round, State},
        facts::facts,
        person::{People, Person},
        quorum::{self, Capacity},
        refusal::{Refusal, Refused},
        request::Time,
    },
    sop::Quorum,
    words::{Citation, Hash, PersonId, Recommendation, Role, RoundKind, Sealed, Step, Tier},
};

use super::{Proceeding, STEP_UP_MINUTES, submission::sort_gates};

/// The humans who may not approve: requester, beneficiary, editors, and assessors whose score stands.
/// For a service it is also the human who answers for it.
pub fn exclusions(exception: &Exception, people: &People) -> BTreeSet<PersonId> {
    let parties = [Some(exception.requester), exception.request.beneficiary].into_iter().flatten();
    let assessors = exception.assessments.values().map(|assessment| assessment.by);
    people.humans(parties.chain(exception.editors.iter().copied()).chain(assessors))
}

/// The roles by which `principal` may fill a slot of `round` today.
pub fn standing_capacities(exception: &Exception, round: &Round, principal: &Person) -> Vec<Capacity> {
    let domains = exception.request.domains();
    let wanted: BTreeSet<Role> = round.quorums.iter().flat_map(quorum::slots).flatten().collect();
    let counts = |held: &&crate::domain::person::Grant| {
        wanted.contains(&held.role) && held.role.approves() && domains.iter().any(|domain| held.domain.covers(domain))
    };
    let grants = principal.grants.iter().filter(|_| principal.active && !principal.is_service());
    grants
        .filter(counts)
        .map(|held| Capacity { role: held.role, domain: held.domain.clone(), grant: held.leaf })
        .collect()
}

/// Somebody who may decide in the open round: who acts, for whom, and by which roles.
struct Voter<'a> {
    person: &'a Person,
    principal: &'a Person,
    capacities: Vec<Capacity>,
}

impl Proceeding<'_> {
    fn round(&self) -> Result<&Round, Refused> {
        self.now.state.round().ok_or_else(|| Refusal::NoSuch { what: "open round of decision" }.into())
    }

    fn require_dossier(&self, looked_at: Hash) -> Result<(), Refused> {
        let current = self.round()?.dossier;
        if current == looked_at {
            return Ok(());
        }
        Err(Refusal::DossierChanged { current }
            .citing(Citation::rule(2, "an approval names exactly the dossier that was looked at")))
    }

    fn cite_quorum(&self, round: &Round) -> Citation {
        let needs = round.quorums.iter().map(describe).collect::<Vec<_>>().join(" and ");
        let roles: Vec<String> = round
            .approvals
            .iter()
            .map(|given| given.capacities.first().map_or_else(String::new, |held| held.role.to_string()))
            .collect();
        let text = format!("tier {} needs {needs}; has {} ({})", round.tier, roles.len(), roles.join(", "));
        self.cite("5", text).with("round", round.number).with("dossier", round.dossier.to_string())
    }
}

fn describe(quorum: &Quorum) -> String {
    let slots = quorum::slots(quorum);
    let roles: BTreeSet<Role> = slots.iter().flatten().copied().collect();
    let names: Vec<&str> = roles.into_iter().map(Role::as_str).collect();
    format!("{} approvals from {{{}}}", slots.len(), names.join(", "))
}

/// Who may decide: a human, not excluded, with a role that fills a slot, or the delegate of one.
fn voter<'a>(p: &Proceeding<'a>, on_behalf_of: Option<PersonId>) -> Result<Voter<'a>, Refused> {
    let (person, since) = p.require_person()?;
    let round = p.round()?;
    if round.tier >= Tier::High && p.ground.now - since > Duration::minutes(STEP_UP_MINUTES) {
        return Err(Refusal::StepUpRequired { minutes: STEP_UP_MINUTES }.into());
    }
    let principal = match on_behalf_of {
        None => person,
        Some(from) => p
            .ground
            .people
            .delegation(from, person.id, p.ground.now)
            .and_then(|delegation| p.ground.people.find(delegation.from))
            .ok_or(Refusal::NoDelegation)?,
    };
    let out = exclusions(&p.now, p.ground.people);
    for (who, human) in [("the person who acts", person.human), ("the person acted for", principal.human)] {
        if out.contains(&human) {
            let citation = Citation::rule(1, "requester, beneficiary, editors and assessors do not decide");
            return Err(Refusal::Excluded { who, why: "requester, beneficiary, editors and assessors do not decide" }
                .citing(citation));
        }
    }
    let capacities = standing_capacities(&p.now, round, principal);
    if capacities.is_empty() {
        let roles: BTreeSet<Role> = round.quorums.iter().flat_map(quorum::slots).flatten().collect();
        return Err(Refusal::RoleMissing { roles: roles.into_iter().collect() }.citing(p.cite_quorum(round)));
    }
    Ok(Voter { person, principal, capacities })
}

/// Approves: with conditions, each is proposed first and the dossier that makes is approved.
pub(super) fn approve(p: &mut Proceeding<'_>, approve: Approve) -> Result<(), Refused> {
    p.require_dossier(approve.dossier)?;
    let Voter { person, principal, capacities } = voter(p, approve.on_behalf_of)?;
    require_gates(p)?;
    let objected = p
        .now
        .advice
        .iter()
        .any(|advice| advice.role == Role::Adviser && advice.recommendation == Recommendation::Object);
    if objected && approve.departure.is_none() {
        let citation = p.cite("5", "an adviser objected");
        return Err(Refusal::DepartureUnexplained.citing(citation));
    }
    if approve.conditions.is_empty() {
        require_first(p, person.human, principal.human)?;
    } else if !super::possible(crate::words::Verb::ProposeCondition, p.now.state.name()) {
        return Err(Refusal::WrongState { command: "propose_condition", state: p.now.state.name() }.into());
    }
    for condition in approve.conditions {
        add_condition(p, person.id, condition);
    }
    let round = p.round()?;
    let (number, dossier) = (round.number, round.dossier);
    let approval = Approval {
        by: person.id,
        human: person.human,
        principal: principal.human,
        on_behalf_of: approve.on_behalf_of,
        capacities,
        dossier,
        at: p.ground.now,
    };
    let mut preview = round.clone();
    preview.approvals.push(approval.clone());
    let citation = p.cite_quorum(&preview);
    p.tell(Deed::Approved { round: number, approval, departure: approve.departure }, Some(citation));
    Ok(())
}

/// One human one vote, one principal one slot.
fn require_first(p: &Proceeding<'_>, human: PersonId, principal: PersonId) -> Result<(), Refused> {
    let mut given = p.round()?.approvals.iter();
    if given.any(|given| {
        given.human == human || given.principal == principal || given.human == principal || given.principal == human
    }) {
        return Err(Refusal::AlreadyApproved.citing(Citation::rule(1, "one human one slot, one principal one slot")));
    }
    Ok(())
}

fn require_gates(p: &Proceeding<'_>) -> Result<(), Refused> {
    let facts = facts(&p.now, p.ground.now);
    let (reasons, gaps) = sort_gates(p, &p.ground.sop.gates(Step::Decision, &facts));
    if !reasons.is_empty() {
        let citation = p.cite("5", "the gates of the decision");
        return Err(Refusal::GateFailed { reasons }.citing(citation));
    }
    if gaps.is_empty() { Ok(()) } else { Err(Refusal::GapOpen { gaps }.into()) }
}

/// Opens a round about resuming and approves it; in a round that is open it is an approval.
pub(super) fn resume(p: &mut Proceeding<'_>, given: Approve) -> Result<(), Refused> {
    let open = p.now.state.round().is_some();
    if !open {
        open_beside(p, RoundKind::Resume, Proposal::Reaffirm)?;
    }
    approve(p, given)
}

/// Denies: one eligible rejection with a reason ends the round.
pub(super) fn reject(p: &mut Proceeding<'_>, dossier: Hash, reason: Sealed) -> Result<(), Refused> {
    p.require_dossier(dossier)?;
    voter(p, None)?;
    let round = p.round()?.number;
    let citation = Citation::rule(2, "one eligible rejection with a reason ends the round").with("round", round);
    p.tell(Deed::Rejected { round, reason }, Some(citation));
    Ok(())
}

/// Sends it back to its requester.
pub(super) fn request_changes(p: &mut Proceeding<'_>, dossier: Hash, reason: Sealed) -> Result<(), Refused> {
    p.require_dossier(dossier)?;
    voter(p, None)?;
    let limit = p.ground.sop.document().limits.returns;
    if p.now.counts.returns >= limit {
        let citation = p.cite("5", format!("returned {limit} times: approve or reject it"));
        return Err(Refusal::LimitReached { what: "returns", limit }.citing(citation));
    }
    void_all(p, "changes_requested");
    let asked = Reason {
        code: "changes_requested".to_owned(),
        gate: None,
        pointer: None,
        text: "an approver asks for changes".to_owned(),
        remedy: "change the request as asked and submit it again".to_owned(),
    };
    let citation = p.cite("5", "an approver asked for changes");
    p.tell(Deed::Returned { reasons: vec![asked], note: Some(reason) }, Some(citation));
    Ok(())
}

/// Proposes a condition. That is not editing, but it makes a new dossier and voids what was approved.
pub(super) fn propose(p: &mut Proceeding<'_>, dossier: Hash, condition: ProposedCondition) -> Result<(), Refused> {
    p.require_dossier(dossier)?;
    let person = voter(p, None)?.person.id;
    add_condition(p, person, condition);
    Ok(())
}

fn add_condition(p: &mut Proceeding<'_>, by: PersonId, proposed: ProposedCondition) {
    void_all(p, "dossier_changed");
    let condition = Condition { by, text: proposed.text, obligation: proposed.obligation };
    let mut changed = p.now.clone();
    changed.conditions.push(condition.clone());
    if let Some(dossier) = Dossier::open(&changed).map(|dossier| dossier.hash()) {
        let citation = Citation::rule(2, "a condition makes a new dossier; approvals of the old one are void");
        p.tell(Deed::ConditionProposed { condition, dossier }, Some(citation));
    }
}

/// The requester accepts the conditions.
pub(super) fn accept(p: &mut Proceeding<'_>) -> Result<(), Refused> {
    let State::Decision { awaiting, .. } = &p.now.state else { return Ok(()) };
    let Some(authority) = awaiting.clone() else {
        return Err(Refusal::NotDue { what: "a full quorum on the conditions" }.into());
    };
    let parties = p.ground.people.humans([p.now.requester]);
    let is_requester = p.actor().is_some_and(|person| parties.contains(&person.human));
    if !is_requester {
        return Err(
            Refusal::Excluded { who: "the person who acts", why: "only the requester accepts the conditions" }.into()
        );
    }
    let citation = Citation::rule(2, "the requester accepted the conditions");
    p.tell(Deed::Granted { authority: Box::new(authority) }, Some(citation));
    Ok(())
}

/// Voids every approval of the open round.
pub(super) fn void_all(p: &mut Proceeding<'_>, why: &'static str) {
    let given: Vec<Approval> = p.now.state.round().map(|round| round.approvals.clone()).unwrap_or_default();
    for approval in given {
        void(p, &approval, why);
    }
}

/// Voids what `lost` gave, or what was given for them.
pub(super) fn void_of(p: &mut Proceeding<'_>, lost: PersonId) {
    let human = p.ground.people.human(lost);
    let given: Vec<Approval> = p.now.state.round().map(|round| round.approvals.clone()).unwrap_or_default();
    for approval in given.iter().filter(|given| given.human == human || given.principal == human) {
        if !stands(p, approval) {
            void(p, approval, "role_lost");
        }
    }
}

/// Would this approval be accepted today?
pub(super) fn stands(p: &Proceeding<'_>, approval: &Approval) -> bool {
    let Some(round) = p.now.state.round() else { return false };
    let account = approval.on_behalf_of.unwrap_or(approval.by);
    let acts = p.ground.people.find(approval.by).is_some_and(|person| person.active);
    let out = exclusions(&p.now, p.ground.people);
    let eligible = !out.contains(&p.ground.people.human(approval.by)) && !out.contains(&p.ground.people.human(account));
    let principal = p.ground.people.find(account);
    acts && eligible
        && principal.is_some_and(|principal| {
            let today = standing_capacities(&p.now, round, principal);
            approval
                .capacities
                .iter()
                .all(|given| today.iter().any(|held| held.role == given.role && held.domain.covers(&given.domain)))
        })
}

pub(super) fn void(p: &mut Proceeding<'_>, approval: &Approval, why: &str) {
    let Some(round) = p.now.state.round().map(|round| round.number) else { return };
    let deed =
        Deed::ApprovalVoided { round, human: approval.human, principal: approval.principal, why: why.to_owned() };
    p.tell(deed, Some(Citation::rule(2, format!("an approval was voided: {why}"))));
}

/// A round about to be opened.
pub(super) fn new_round(p: &Proceeding<'_>, kind: RoundKind, proposal: Proposal) -> Result<Round, Refused> {
    let Some(tier) = p.now.tier() else { return Err(Refusal::NoSuch { what: "tier" }.into()) };
    let (sop, newest) = (p.ground.sop.document(), p.ground.newest.document());
    let quorums = match (sop.tiers.get(&tier), newest.tiers.get(&tier)) {
        (Some(submitted), Some(published)) => crate::sop::stricter(&submitted.quorum, &published.quorum),
        (None, _) | (_, None) => return Err(Refusal::TierNotAllowed { tier }.into()),
    };
    let number = p.now.rounds + 1;
    let dossier = Dossier::of(&p.now, About { round: number, kind, proposal: &proposal }).map(|dossier| dossier.hash());
    let Some(dossier) = dossier else { return Err(Refusal::NoSuch { what: "tier" }.into()) };
    Ok(Round {
        number,
        kind,
        proposal,
        tier,
        quorums,
        dossier,
        opened_at: p.ground.now,
        approval_days: sop.steps.decision.approval_days.min(newest.steps.decision.approval_days),
        approvals: Vec::new(),
    })
}

/// Opens a round beside a living or suspended exception; only one may be open.
pub(super) fn open_beside(p: &mut Proceeding<'_>, kind: RoundKind, proposal: Proposal) -> Result<(), Refused> {
    if p.now.state.round().is_some() {
        return Err(Refusal::RoundOpen.into());
    }
    let round = new_round(p, kind, proposal)?;
    let citation = p.cite_quorum(&round);
    p.tell(Deed::RoundOpened { round: Box::new(round) }, Some(citation));
    Ok(())
}

/// Reopens a living exception for a re-review that must be settled by `settle_by`.
pub(super) fn reopen_for(
    p: &mut Proceeding<'_>,
    cause: Cause,
    settle_by: Time,
    citation: Citation,
) -> Result<(), Refused> {
    let round = new_round(p, RoundKind::ReReview, Proposal::Reaffirm)?;
    p.tell(Deed::Reopened { cause, settle_by, round: Box::new(round) }, Some(citation));
    Ok(())
}
