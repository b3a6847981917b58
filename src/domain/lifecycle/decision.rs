//! Step 5 and every later round: approving exactly one dossier, by two or more eligible people.

use std::collections::BTreeSet;

use crate::{
    domain::{
        command::{Approve, ProposedCondition},
        control::Condition,
        dossier::{About, Dossier},
        event::Deed,
        exception::{Advice, Approval, Cause, Exception, Proposal, Reason, Round, State},
        person::{By, Door, Person},
        quorum,
        refusal::{Refusal, Refused},
        request::Time,
        review::Review,
    },
    sop::Quorum,
    words::{Citation, Facts, Hash, PersonId, Recommendation, Role, RoundKind, Sealed, Step, Verb},
};

use super::{
    Proceeding,
    eligibility::{self, Voter, voter},
    grant,
    proceeding::stamp,
    re_review,
    registered::waivable_clauses,
    submission::sort_gates,
};

impl Proceeding<'_> {
    pub(super) fn round(&self) -> Result<&Round, Refused> {
        self.now.state.round().ok_or_else(|| Refusal::NoRound.into())
    }

    fn require_dossier(&self, looked_at: Hash) -> Result<(), Refused> {
        let current = self.round()?.dossier;
        if current == looked_at {
            return Ok(());
        }
        Err(Refusal::DossierChanged { current }.citing(
            Citation::rule(2, "an approval names exactly the dossier that was looked at")
                .with("named", looked_at.to_string())
                .with("dossier", current.to_string()),
        ))
    }

    pub(super) fn cite_quorum(&self, round: &Round) -> Citation {
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

/// Approves: with conditions, each is proposed first and the dossier that makes is approved.
pub(super) fn approve(p: &mut Proceeding<'_>, mut approve: Approve) -> Result<(), Refused> {
    p.require_dossier(approve.dossier)?;
    let Voter { person, principal, capacities } = voter(p, approve.on_behalf_of)?;
    re_review::require_answers(p)?;
    re_review::require_tier(p)?;
    require_gates(p)?;
    require_reach(p)?;
    require_departure(p, approve.departure.as_ref())?;
    require_read(p, &approve.acknowledged)?;
    if approve.conditions.is_empty() {
        require_first(p, person, principal)?;
    } else if !super::possible(Verb::ProposeCondition, p.now.state.name()) {
        return Err(Refusal::WrongState { command: "propose_condition", state: p.now.state.name() }.into());
    }
    for condition in std::mem::take(&mut approve.conditions) {
        add_condition(p, person.id, condition)?;
    }
    let round = p.round()?;
    let approval = Approval {
        by: person.id,
        human: person.human,
        principal: principal.human,
        on_behalf_of: approve.on_behalf_of,
        capacities,
        dossier: round.dossier,
        at: p.ground.now,
        by_code: matches!(p.ground.by, By::Person { door: Door::Code(_), .. }),
    };
    let number = round.number;
    let mut preview = round.clone();
    preview.approvals.push(approval.clone());
    let citation = p.cite_quorum(&preview);
    let Approve { departure, acknowledged, .. } = approve;
    p.tell(Deed::Approved { round: number, approval, acknowledged, departure }, citation);
    Ok(())
}

fn require_departure(p: &Proceeding<'_>, departure: Option<&Sealed>) -> Result<(), Refused> {
    let objects = |advice: &&Advice| advice.role == Role::Adviser && advice.recommendation == Recommendation::Object;
    match p.now.advice.iter().find(objects) {
        Some(advice) if departure.is_none() => {
            let citation = p
                .cite("5", "an adviser objected")
                .with("adviser", advice.by.to_string())
                .with("recommendation", advice.recommendation.as_str());
            Err(Refusal::DepartureUnexplained.citing(citation))
        }
        Some(_) | None => re_review::require_departure(p, departure),
    }
}

/// Nobody approves what an assessor found grave without having read it.
fn require_read(p: &Proceeding<'_>, acknowledged: &BTreeSet<Hash>) -> Result<(), Refused> {
    let graves = p.now.grave_findings().map(|finding| finding.text.commitment);
    let findings: Vec<Hash> = graves.filter(|finding| !acknowledged.contains(finding)).collect();
    if findings.is_empty() {
        return Ok(());
    }
    let citation = p
        .cite("5", "an approver acknowledges each high and critical finding")
        .with("findings", findings.iter().map(ToString::to_string).collect::<Vec<_>>());
    Err(Refusal::FindingsUnread { findings }.citing(citation))
}

/// A later end was asked for under the procedure of that day; it is approved under the newest too.
fn require_reach(p: &Proceeding<'_>) -> Result<(), Refused> {
    let Some(detail) = grant::too_far(p, p.round()?) else { return Ok(()) };
    let newest = p.ground.newest.reference();
    let citation =
        Citation::sop(&newest, "5", detail.clone()).with("now", stamp(p.ground.now)).with("version", newest.version);
    Err(Refusal::PeriodNotAllowed { pointer: "/dossier", detail }.citing(citation))
}

/// One human one vote, one principal one slot, by the accounts as they are known today.
fn require_first(p: &Proceeding<'_>, person: &Person, principal: &Person) -> Result<(), Refused> {
    let taken = |given: &Approval| {
        let humans = eligibility::humans(p.ground.people, given);
        humans.contains(&person.human) || humans.contains(&principal.human)
    };
    let round = p.round()?;
    let Some(before) = round.approvals.iter().find(|given| taken(given)) else { return Ok(()) };
    let citation = Citation::rule(1, "one human one slot, one principal one slot")
        .with("round", round.number)
        .with("human", person.human.to_string())
        .with("principal", principal.human.to_string())
        .with("approved_at", stamp(before.at));
    Err(Refusal::AlreadyApproved.citing(citation))
}

fn require_gates(p: &Proceeding<'_>) -> Result<(), Refused> {
    let (reasons, gaps) = sort_gates(p, &p.ground.sop.gates(Step::Decision, &p.facts()));
    if !reasons.is_empty() {
        let citation = p.cite_failed("5", &reasons);
        return Err(Refusal::GateFailed { reasons }.citing(citation));
    }
    if gaps.is_empty() {
        return Ok(());
    }
    let citation = p.cite_gaps("5", &gaps);
    Err(Refusal::GapOpen { gaps: gaps.into_iter().map(|gap| gap.rule).collect() }.citing(citation))
}

/// Opens a round about resuming and approves it; in a round that is open it is an approval.
pub(super) fn resume(p: &mut Proceeding<'_>, given: Approve) -> Result<(), Refused> {
    waivable_clauses(p)?;
    if p.now.state.round().is_none() {
        open_beside(p, (RoundKind::Resume, Proposal::Reaffirm), None)?;
    }
    approve(p, given)
}

/// Denies: one eligible rejection with a reason ends the round.
pub(super) fn reject(p: &mut Proceeding<'_>, dossier: Hash, reason: Sealed) -> Result<(), Refused> {
    p.require_dossier(dossier)?;
    voter(p, None)?;
    let round = p.round()?.number;
    let citation = Citation::rule(2, "one eligible rejection with a reason ends the round").with("round", round);
    p.tell(Deed::Rejected { round, reason }, citation);
    Ok(())
}

/// Sends it back to its requester.
pub(super) fn request_changes(p: &mut Proceeding<'_>, dossier: Hash, reason: Sealed) -> Result<(), Refused> {
    p.require_dossier(dossier)?;
    voter(p, None)?;
    let limit = p.ground.sop.document().limits.returns;
    if p.now.counts.returns >= limit {
        let citation = p.cite("5", format!("returned {limit} times: approve or reject it")).with("limit", limit);
        return Err(Refusal::LimitReached { what: "returns", limit }.citing(citation));
    }
    let round = p.round()?.number;
    void_all(p, "changes_requested", None);
    let asked = Reason {
        code: "changes_requested".to_owned(),
        gate: None,
        pointer: None,
        looked_at: Facts::new(),
        text: "an approver asks for changes".to_owned(),
        remedy: "change the request as asked and submit it again".to_owned(),
    };
    let citation =
        p.cite("5", "an approver asked for changes").with("round", round).with("dossier", dossier.to_string());
    p.tell(Deed::Returned { reasons: vec![asked], note: Some(reason) }, citation);
    Ok(())
}

/// Proposes a condition. That is not editing, but it makes a new dossier and voids what was approved.
pub(super) fn propose(p: &mut Proceeding<'_>, dossier: Hash, condition: ProposedCondition) -> Result<(), Refused> {
    p.require_dossier(dossier)?;
    let person = voter(p, None)?.person.id;
    add_condition(p, person, condition)
}

fn add_condition(p: &mut Proceeding<'_>, by: PersonId, proposed: ProposedCondition) -> Result<(), Refused> {
    let before = p.round()?.dossier;
    void_all(p, "dossier_changed", None);
    let condition = Condition { by, text: proposed.text, obligation: proposed.obligation };
    let mut changed = p.now.clone();
    changed.conditions.push(condition.clone());
    let dossier = reopened(&changed)?;
    let citation = Citation::rule(2, "a condition makes a new dossier; approvals of the old one are void")
        .with("before", before.to_string())
        .with("dossier", dossier.to_string());
    p.tell(Deed::ConditionProposed { condition, dossier }, citation);
    Ok(())
}

/// The hash of the dossier that `changed` makes of the open round.
pub(super) fn reopened(changed: &Exception) -> Result<Hash, Refused> {
    let dossier = Dossier::open(changed).map(|dossier| dossier.hash());
    dossier.ok_or_else(|| Refusal::NoRound.into())
}

/// The requester accepts the conditions.
pub(super) fn accept(p: &mut Proceeding<'_>) -> Result<(), Refused> {
    let State::Decision { awaiting, round } = &p.now.state else { return Ok(()) };
    let Some(authority) = awaiting.clone() else {
        let citation = p
            .cite("5", "conditions are accepted once the quorum is full")
            .with("round", round.number)
            .with("approvals", round.approvals.len());
        return Err(Refusal::NotDue { what: "a full quorum on the conditions" }.citing(citation));
    };
    let parties = p.ground.people.humans([p.now.requester]);
    let is_requester = p.actor().is_some_and(|person| parties.contains(&person.human));
    if !is_requester {
        let citation = Citation::rule(2, "the requester accepts the conditions")
            .with("requester", p.now.requester.to_string())
            .with("door", p.ground.by.door());
        return Err(Refusal::Excluded { who: "the person who acts", why: "only the requester accepts the conditions" }
            .citing(citation));
    }
    let citation = Citation::rule(2, "the requester accepted the conditions")
        .with("conditions", p.now.conditions.len())
        .with("round", authority.round)
        .with("dossier", authority.dossier.to_string());
    p.tell(Deed::Granted { authority: Box::new(authority) }, citation);
    Ok(())
}

/// Voids every approval of the open round; where a deadline did, since when.
pub(super) fn void_all(p: &mut Proceeding<'_>, why: &'static str, since: Option<Time>) {
    let given: Vec<Approval> = p.now.state.round().map(|round| round.approvals.clone()).unwrap_or_default();
    for approval in given {
        void(p, &approval, why, since);
    }
}

/// Voids what `lost` gave, or what was given for them.
pub(super) fn void_of(p: &mut Proceeding<'_>, lost: PersonId) {
    let human = p.ground.people.human(lost);
    let given: Vec<Approval> = p.now.state.round().map(|round| round.approvals.clone()).unwrap_or_default();
    for approval in given.iter().filter(|given| eligibility::humans(p.ground.people, given).contains(&human)) {
        if !eligibility::stands(p, approval) {
            void(p, approval, "role_lost", None);
        }
    }
}

/// Voids one approval; where a deadline did, since when.
pub(super) fn void(p: &mut Proceeding<'_>, approval: &Approval, why: &str, since: Option<Time>) {
    let Some(round) = p.now.state.round().map(|round| round.number) else { return };
    let deed =
        Deed::ApprovalVoided { round, human: approval.human, principal: approval.principal, why: why.to_owned() };
    let citation = Citation::rule(2, format!("an approval was voided: {why}"))
        .with("round", round)
        .with("human", approval.human.to_string())
        .with("principal", approval.principal.to_string())
        .with("dossier", approval.dossier.to_string());
    match since {
        Some(since) => p.tell_since(deed, citation, since),
        None => p.tell(deed, citation),
    }
}

/// A round about to be opened, by both the procedure it was submitted under and the newest.
pub(super) fn new_round(p: &Proceeding<'_>, about: (RoundKind, Proposal)) -> Result<Round, Refused> {
    round_asking(p, about, None)
}

/// The same, with what is to be answered before anybody approves.
fn round_asking(
    p: &Proceeding<'_>,
    (kind, proposal): (RoundKind, Proposal),
    review: Option<Review>,
) -> Result<Round, Refused> {
    let Some(tier) = p.now.tier() else { return Err(Refusal::NoSuch { what: "tier" }.into()) };
    let (sop, newest) = (p.ground.sop.document(), p.ground.newest.document());
    let (Some(submitted), Some(published)) = (sop.tiers.get(&tier), newest.tiers.get(&tier)) else {
        let citation = p
            .cite("5", "a tier that the procedure does not name cannot be approved")
            .with("tier", tier.as_str())
            .with("newest", newest.version);
        return Err(Refusal::TierNotAllowed { tier }.citing(citation));
    };
    let quorums = crate::sop::stricter(&submitted.quorum, &published.quorum);
    let number = p.now.rounds + 1;
    let (quorums, review) = re_review::opened(review, (kind, tier), quorums);
    let about = About { round: number, kind, proposal: &proposal, review: review.as_ref() };
    let dossier = Dossier::of(&p.now, about).map(|dossier| dossier.hash());
    let Some(dossier) = dossier else { return Err(Refusal::NoSuch { what: "tier" }.into()) };
    Ok(Round {
        number,
        kind,
        proposal,
        tier,
        quorums,
        dossier,
        opened_at: p.ground.now,
        asked_by: None,
        approval_days: sop.steps.decision.approval_days.min(newest.steps.decision.approval_days),
        approvals: Vec::new(),
        review,
    })
}

/// Opens a round beside a living or suspended exception; only one may be open. Whoever asks for a change
/// does not decide on it.
pub(super) fn open_beside(
    p: &mut Proceeding<'_>,
    about: (RoundKind, Proposal),
    asked_by: Option<PersonId>,
) -> Result<(), Refused> {
    if let Some(open) = p.now.state.round() {
        let citation = Citation::rule(2, "one round at a time").with("round", open.number);
        return Err(Refusal::RoundOpen.citing(citation.with("kind", open.kind.as_str())));
    }
    // What was asked before it was suspended is answered before it is resumed.
    let review = p.now.review().cloned();
    let round = Round { asked_by, ..round_asking(p, about, review)? };
    let citation = p.cite_quorum(&round);
    p.tell(Deed::RoundOpened { round: Box::new(round) }, citation);
    Ok(())
}

/// Reopens a living exception for a re-review that must be settled by `settle_by`; a round that was open
/// beside it ends.
pub(super) fn reopen_for(
    p: &mut Proceeding<'_>,
    (cause, settle_by): (Cause, Time),
    citation: Citation,
    since: Option<Time>,
) -> Result<(), Refused> {
    let (review, gap) = re_review::asked(p, &cause.code).unzip();
    let round = Box::new(round_asking(p, (RoundKind::ReReview, Proposal::Reaffirm), review)?);
    void_all(p, "round_ended", since);
    let deed = Deed::Reopened { cause, settle_by, round };
    match since {
        Some(since) => p.tell_since(deed, citation, since),
        None => p.tell(deed, citation),
    }
    if let Some(gap) = gap.flatten() {
        grant::note_gap(p, gap);
    }
    Ok(())
}
