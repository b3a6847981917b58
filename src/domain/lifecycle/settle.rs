//! What follows of itself: a deadline that has passed ends or suspends, a step that is complete leads to
//! the next, a full quorum grants. The clock asks for nothing else, and a late clock changes nothing.

use crate::{
    domain::{
        control::Control,
        deadline::Deadline,
        event::Deed,
        exception::{Cause, Rating, State},
        request::{Time, days_after},
    },
    sop::{ControlFailure, Gap},
    words::{Citation, ControlId, Role, StateName, Step},
};

use super::{
    Proceeding, clauses, decision,
    decision::{void, void_all},
    grant,
    proceeding::stamp,
    re_review,
    registered::waivable_clauses,
    upkeep,
};

/// Carries on until nothing more follows. Each turn moves to a later state, voids an approval or settles a
/// deadline, so it ends; the bound only makes that plain.
pub(super) fn settle(p: &mut Proceeding<'_>) {
    for _ in 0..256 {
        let before = p.progress();
        turn(p);
        if p.progress() == before {
            return;
        }
    }
}

fn turn(p: &mut Proceeding<'_>) {
    let before = p.progress();
    let passed = p.now.deadlines(p.ground.sop.document()).into_iter().filter(|(at, _)| *at <= p.ground.now);
    for (at, deadline) in passed.collect::<Vec<_>>() {
        carry_out(p, deadline, at);
        if p.progress() > before {
            return;
        }
    }
    refuse_forbidden(p);
    if p.progress() > before {
        return;
    }
    match p.now.state.name() {
        StateName::Assessment => assessment(p),
        StateName::StakeholderInput => stakeholder_input(p),
        StateName::Decision | StateName::Active | StateName::ReReview | StateName::Suspended => {
            grant::complete_round(p);
        }
        StateName::Implementation => implementation(p),
        StateName::CompletenessReview => {
            grant::gates_hold(p, Step::Completeness);
        }
        StateName::Draft
        | StateName::Returned
        | StateName::Rejected
        | StateName::Withdrawn
        | StateName::Expired
        | StateName::Revoked
        | StateName::Closed => {}
    }
    if p.progress() == before {
        upkeep::turn(p);
    }
}

/// Does what is due at a deadline that passed at `at`.
fn carry_out(p: &mut Proceeding<'_>, deadline: Deadline, at: Time) {
    let over = |text: &str| Citation::rule(4, format!("everything ends: {text}")).with("end", stamp(at));
    match deadline {
        Deadline::PeriodPassed => p.tell_since(Deed::Expired, over("the period that was asked for has passed"), at),
        Deadline::End => p.tell_since(Deed::Expired, over("its period is over"), at),
        Deadline::ReaffirmationOverdue => suspend(p, Cause::of("reaffirmation_overdue"), Some(at)),
        Deadline::ReviewOverdue => suspend(p, Cause::of("review_overdue"), Some(at)),
        Deadline::ControlLapses(control) => lapse(p, control, at),
        Deadline::SuspensionUnsettled => {
            let citation = p.cite("7", "the suspension was not settled in time").with("settled_by", stamp(at));
            p.tell_since(Deed::Revoked { cause: Cause::of("suspension_not_settled") }, citation, at);
        }
        Deadline::DecisionStale => void_all(p, "review_overdue", Some(at)),
        Deadline::ApprovalLapses(human) => {
            let round = p.now.state.round();
            let lapsed = round.and_then(|round| round.approvals.iter().find(|given| given.human == human)).cloned();
            if let Some(lapsed) = lapsed {
                void(p, &lapsed, "approval_lapsed", Some(at));
            }
        }
        Deadline::InputLapses => grant::open_initial(p, Some(at)),
        Deadline::Lapses => {
            let citation = p
                .cite("1", "it was not touched for as long as the procedure waits for its requester")
                .with("changed_at", stamp(p.now.changed_at))
                .with("lapses_at", stamp(at));
            p.tell_since(Deed::Withdrawn { reason: None }, citation, at);
        }
        Deadline::ReviewOpens => open_review(p, at),
        // Carried out with the rest of that state: it needs more than time.
        Deadline::Start => {}
    }
}

/// Takes its effect away for now; a round that was open beside it ends.
pub(super) fn suspend(p: &mut Proceeding<'_>, cause: Cause, since: Option<Time>) {
    let citation = p.cite("7", format!("suspended: {}", cause.code)).with("cause", cause.code.as_str());
    suspend_citing(p, (cause, citation), since);
}

/// The same by another rule than the procedure's.
pub(super) fn suspend_citing(p: &mut Proceeding<'_>, (cause, citation): (Cause, Citation), since: Option<Time>) {
    let asking = re_review::asking(&p.now, &cause).map(str::to_owned);
    void_all(p, "round_ended", since);
    match since {
        Some(since) => p.tell_since(Deed::Suspended { cause }, citation, since),
        None => p.tell(Deed::Suspended { cause }, citation),
    }
    // It is resumed as it would have been confirmed.
    if let Some(cause) = asking {
        re_review::widen(p, &cause, since);
    }
}

/// A control was not confirmed in time: what lives is reopened or suspended, as the procedure says.
fn lapse(p: &mut Proceeding<'_>, control: ControlId, at: Time) {
    let ended = p.now.controls.iter().any(|known| known.id == control && known.evidence_ended(at));
    let (cause, why) = if ended {
        ("evidence_expired", "the evidence of a control no longer holds")
    } else {
        ("control_lapsed", "a control was not confirmed in time")
    };
    let citation = p.cite("6", why).with("control", control.to_string()).with("held_until", stamp(at));
    p.tell_since(Deed::ControlLapsed { control }, citation, at);
    broken_control(p, Cause::of(cause), Some(at));
}

/// What a failed or lapsed control does to what lives. Where a re-review cannot be opened, or was too
/// often, it is suspended; where one is open, or it is suspended already, its questions are asked as well.
pub(super) fn broken_control(p: &mut Proceeding<'_>, cause: Cause, since: Option<Time>) {
    let reopens = match &p.now.state {
        State::Active { authority, .. } => authority.on_lapse == ControlFailure::Reopen,
        State::ReReview { authority, .. } if authority.on_lapse == ControlFailure::Suspend => false,
        State::ReReview { .. } | State::Suspended { .. } => return re_review::widen(p, &cause.code, since),
        State::Implementation { .. }
        | State::Draft
        | State::CompletenessReview
        | State::Returned { .. }
        | State::Assessment
        | State::StakeholderInput
        | State::Decision { .. }
        | State::Rejected
        | State::Withdrawn
        | State::Expired { .. }
        | State::Revoked { .. }
        | State::Closed { .. } => return,
    };
    if reopens { reopen_or_suspend(p, (cause, None), since) } else { suspend(p, cause, since) }
}

/// Reopens what is in effect, as often as the procedure allows; beyond that, or where a re-review cannot be
/// opened, it is suspended. Without a citation each says by itself what happened.
pub(super) fn reopen_or_suspend(p: &mut Proceeding<'_>, (cause, why): (Cause, Option<Citation>), since: Option<Time>) {
    let within = p.now.counts.reopenings < p.ground.sop.document().limits.reopenings;
    let said = || p.cite("7", format!("reopened: {}", cause.code)).with("cause", cause.code.as_str());
    let citation = why.clone().unwrap_or_else(said);
    let settle_by = settle_by(p, since);
    if within && decision::reopen_for(p, (cause.clone(), settle_by), citation, since).is_ok() {
        return;
    }
    match why {
        Some(citation) => suspend_citing(p, (cause, citation), since),
        None => suspend(p, cause, since),
    }
}

/// Until when a re-review that opens at `since` must be settled: within the procedure's grace, and before what
/// was decided is suspended anyway.
pub(super) fn settle_by(p: &Proceeding<'_>, since: Option<Time>) -> Time {
    let grace = days_after(since.unwrap_or(p.ground.now), p.ground.sop.document().steps.monitoring.grace_days);
    p.now.state.authority().map_or(grace, |authority| grace.min(authority.suspend_at))
}

/// Opens the planned re-review; where the procedure no longer allows the tier, its deadline suspends. What is looked
/// at for another cause is looked at for this one as well.
fn open_review(p: &mut Proceeding<'_>, at: Time) {
    if p.now.is_questioned() {
        return re_review::widen(p, Cause::REVIEW_DUE, Some(at));
    }
    let Some(settle_by) = p.now.state.authority().map(|authority| authority.suspend_at) else { return };
    let citation = p.cite("7", "its re-review is due").with("review_due", stamp(at));
    // A refusal leaves it as it is: the deadline of the review still stands.
    let _ = decision::reopen_for(p, (Cause::of(Cause::REVIEW_DUE), settle_by), citation, Some(at));
}

/// A clause that nobody may waive, added or become one by a register version, ends the request or suspends the
/// exception at once. What its requester mends is judged when it is submitted, save what others added to it.
fn refuse_forbidden(p: &mut Proceeding<'_>) {
    let state = p.now.state.name();
    let returned = state == StateName::Returned && !clauses::forbidden(p);
    let submitted = !state.is_final() && state != StateName::Draft && !returned;
    if !submitted || state == StateName::Suspended {
        return;
    }
    let Err(refused) = waivable_clauses(p) else { return };
    let cause = Cause::of("non_waivable");
    let citation = refused.citation.map_or_else(|| Citation::rule(3, refused.refusal.to_string()), |boxed| *boxed);
    if matches!(state, StateName::Active | StateName::ReReview) {
        return suspend_citing(p, (cause, citation), None);
    }
    p.tell(Deed::Revoked { cause }, citation);
}

/// Every required dimension has its assessment: the tier is computed.
fn assessment(p: &mut Proceeding<'_>) {
    if !p.now.gaps.is_empty() {
        return;
    }
    if p.now.rating.is_some() {
        return after_rating(p);
    }
    let wanted = match p.ground.sop.dimensions(&p.facts()) {
        Ok(rules) => rules,
        Err(found) => return grant::note_gap(p, Gap { rule: "3".to_owned(), ..found }),
    };
    if wanted.iter().any(|rules| !p.now.assessments.contains_key(&rules.dimension)) {
        return;
    }
    match p.ground.sop.tier(&p.facts()) {
        Ok(scored) => {
            let mut citation = p.cite(&scored.rule, scored.text);
            citation.facts = scored.looked_at;
            let rating =
                Rating { tier: scored.tier, computed: Some(scored.tier), rule: scored.rule, override_by: None };
            p.tell(Deed::Rated { rating }, citation);
        }
        Err(found) => grant::note_gap(p, found),
    }
}

/// With the tier known, its duration is judged and the stakeholders are asked, or the round opens.
fn after_rating(p: &mut Proceeding<'_>) {
    let Some(tier) = p.now.tier() else { return };
    if let Some(obstacle) = grant::obstacle(p, tier) {
        return grant::send_back(p, obstacle);
    }
    let asked = stakeholders(p);
    if asked.is_empty() {
        return grant::open_initial(p, None);
    }
    let names: Vec<&str> = asked.iter().map(|role| role.as_str()).collect();
    let citation = p.cite("4", format!("tier {tier} asks {}", names.join(", "))).with("tier", tier.as_str());
    p.tell(Deed::InputAsked, citation);
}

/// The roles asked in step 4 at this tier.
pub(super) fn stakeholders(p: &Proceeding<'_>) -> Vec<Role> {
    let tier = p.now.tier().and_then(|tier| p.ground.sop.document().tiers.get(&tier));
    tier.map(|rules| rules.stakeholders.clone()).unwrap_or_default()
}

fn stakeholder_input(p: &mut Proceeding<'_>) {
    let answered = |role: &Role| p.now.advice.iter().any(|advice| advice.role == *role);
    if stakeholders(p).iter().all(answered) {
        grant::open_initial(p, None);
    }
}

/// Carries out the activation that a quorum decided, if its start has come, its controls stand and its
/// approvers are still eligible.
fn implementation(p: &mut Proceeding<'_>) {
    let State::Implementation { authority, round } = &p.now.state else { return };
    let (period, round) = (authority.period, round.clone());
    if grant::void_lost(p, &round) {
        return;
    }
    let ready = period.start <= p.ground.now && !p.now.controls.iter().any(Control::holds_back);
    if grant::gates_hold(p, Step::Implementation) && ready {
        let citation = p
            .cite("6", "its start has come, its controls are confirmed, its approvers are still eligible")
            .with("start", stamp(period.start))
            .with("end", stamp(period.end))
            .with("round", round.number)
            .with("dossier", round.dossier.to_string())
            .with("approvals", round.approvals.len())
            .with("controls", p.now.controls.len());
        p.tell(Deed::Activated { period }, citation);
    }
}
