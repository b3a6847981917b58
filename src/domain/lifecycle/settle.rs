//! What follows of itself: a step that is complete leads to the next, a full quorum grants, a deadline
//! that has passed ends or suspends. The clock asks for nothing else, and a late clock changes nothing.

use chrono::Duration;

use crate::{
    domain::{
        event::Deed,
        exception::{Approval, Authority, Cause, Exception, Proposal, Rating, Reason, Round, State},
        facts::facts,
        quorum::{self, Candidate, TwoPeople},
        request::{Period, Term, Time},
    },
    words::{Citation, Role, RoundKind, Step, Tier},
};

use super::{Proceeding, decision, review, submission::sort_gates};

/// Carries on until nothing more follows. Each turn moves to a later state or voids an approval, so it
/// ends; the bound only makes that plain.
pub(super) fn settle(p: &mut Proceeding<'_>) {
    for _ in 0..64 {
        if !turn(p) {
            return;
        }
    }
}

fn turn(p: &mut Proceeding<'_>) -> bool {
    let (events, now) = (p.events.len(), p.ground.now);
    match p.now.state.clone() {
        State::Assessment => assessment(p),
        State::StakeholderInput => stakeholder_input(p, now),
        State::Decision { round, awaiting } => decide(p, &round, awaiting.is_some()),
        State::Implementation { authority, round } => implementation(p, &authority, &round),
        State::Active { round, .. } => {
            deadlines(p, now);
            unless_moved(p, events, round.as_ref());
        }
        State::ReReview { round, .. } => {
            deadlines(p, now);
            unless_moved(p, events, Some(&round));
        }
        State::Suspended { authority, since, round, .. } => {
            suspended(p, &authority, since);
            unless_moved(p, events, round.as_ref());
        }
        State::Draft
        | State::CompletenessReview
        | State::Returned { .. }
        | State::Rejected
        | State::Withdrawn
        | State::Expired { .. }
        | State::Revoked { .. }
        | State::Closed { .. } => {}
    }
    p.events.len() > events
}

fn unless_moved(p: &mut Proceeding<'_>, events: usize, round: Option<&Round>) {
    if let (Some(round), true) = (round, p.events.len() == events) {
        complete_round(p, round);
    }
}

/// Every required dimension has its assessment: the tier is computed.
fn assessment(p: &mut Proceeding<'_>) {
    if !p.now.gaps.is_empty() {
        return;
    }
    let facts = facts(&p.now, p.ground.now);
    if p.now.rating.is_some() {
        return after_rating(p);
    }
    let Ok(wanted) = review::dimensions(p) else {
        return gap(p, "3");
    };
    if wanted.iter().any(|(dimension, _)| !p.now.assessments.contains_key(dimension)) {
        return;
    }
    match p.ground.sop.tier(&facts) {
        Ok(scored) => {
            let mut citation = p.cite(&scored.rule, scored.text);
            citation.facts = scored.looked_at;
            let rating =
                Rating { tier: scored.tier, computed: Some(scored.tier), rule: scored.rule, override_by: None };
            p.tell(Deed::Rated { rating }, Some(citation));
        }
        Err(found) => gap(p, &found.rule),
    }
}

fn gap(p: &mut Proceeding<'_>, rule: &str) {
    if !p.now.gaps.contains(rule) {
        let citation = p.cite(rule, "could not be evaluated: governance settles it");
        p.tell(Deed::RatingGap { rule: rule.to_owned() }, Some(citation));
    }
}

/// With the tier known, its duration is judged and the stakeholders are asked, or the round opens.
fn after_rating(p: &mut Proceeding<'_>) {
    let Some(tier) = p.now.tier() else { return };
    if !p.ground.sop.document().tiers.contains_key(&tier) || !p.ground.newest.document().tiers.contains_key(&tier) {
        let citation = p.cite("5", format!("the procedure does not allow exceptions at tier {tier}"));
        return send_back(
            p,
            "tier_not_allowed",
            format!("the procedure does not allow exceptions at tier {tier}"),
            "/scope",
            citation,
        );
    }
    if let Some(detail) = too_long(p, tier) {
        let citation = p.cite("5", detail.clone());
        return send_back(p, "duration_over_maximum", detail, "/end", citation);
    }
    if stakeholders(p).is_empty() {
        open_initial(p);
    } else {
        let citation = p.cite(
            "4",
            format!(
                "tier {tier} asks {}",
                stakeholders(p).iter().map(|role| role.as_str()).collect::<Vec<_>>().join(", ")
            ),
        );
        p.tell(Deed::InputAsked, Some(citation));
    }
}

fn send_back(p: &mut Proceeding<'_>, code: &str, text: String, pointer: &str, citation: Citation) {
    let reason = Reason {
        code: code.to_owned(),
        gate: None,
        pointer: Some(pointer.to_owned()),
        text,
        remedy: "change it and submit again, or withdraw the request".to_owned(),
    };
    p.tell(Deed::Returned { reasons: vec![reason], note: None }, Some(citation));
}

/// Why the period asked for is longer than `tier` allows; the stricter of both procedure versions counts.
fn too_long(p: &Proceeding<'_>, tier: Tier) -> Option<String> {
    let rules =
        |document: &crate::sop::Document| document.tiers.get(&tier).map(|rules| (rules.max_days, rules.permanent_days));
    let (submitted, published) = (rules(p.ground.sop.document())?, rules(p.ground.newest.document())?);
    let most = submitted.0.min(published.0);
    if p.now.request.is_permanent() {
        let allowed = submitted.1.is_some() && published.1.is_some();
        return (!allowed).then(|| format!("at tier {tier} nothing is permanent; the longest period is {most} days"));
    }
    let days = p.now.request.period(p.ground.now, None).map(|period| (period.end - period.start).num_days());
    match days {
        None => Some("the period that was asked for has passed".to_owned()),
        Some(days) if days > i64::from(most) => {
            Some(format!("at tier {tier} the longest period is {most} days; asked for are {days}"))
        }
        Some(_) => None,
    }
}

/// The roles asked in step 4 at this tier.
pub(super) fn stakeholders(p: &Proceeding<'_>) -> Vec<Role> {
    let tier = p.now.tier().and_then(|tier| p.ground.sop.document().tiers.get(&tier));
    tier.map(|rules| rules.stakeholders.clone()).unwrap_or_default()
}

fn stakeholder_input(p: &mut Proceeding<'_>, now: Time) {
    let answered = |role: &Role| p.now.advice.iter().any(|advice| advice.role == *role);
    let complete = stakeholders(p).iter().all(answered);
    let rules = &p.ground.sop.document().steps.stakeholder_input;
    let due = p.now.changed_at.max(p.now.tasks.iter().map(|task| task.due_at).max().unwrap_or(p.now.changed_at));
    if complete || (rules.may_lapse && !p.now.tasks.is_empty() && now >= due) {
        open_initial(p);
    }
}

fn open_initial(p: &mut Proceeding<'_>) {
    if let Ok(round) = decision::new_round(p, RoundKind::Initial, Proposal::AsRequested) {
        let citation = p
            .cite("5", format!("round {} opened at tier {}", round.number, round.tier))
            .with("dossier", round.dossier.to_string());
        p.tell(Deed::RoundOpened { round: Box::new(round) }, Some(citation));
    }
}

/// Has the end that was asked for passed before anything came into effect?
fn end_passed(p: &Proceeding<'_>) -> Option<Time> {
    match p.now.request.term {
        Some(Term::Until(end)) if end <= p.ground.now => Some(end),
        Some(Term::Until(_) | Term::Days(_) | Term::Permanent(_)) | None => None,
    }
}

fn decide(p: &mut Proceeding<'_>, round: &Round, awaiting: bool) {
    if let Some(end) = end_passed(p) {
        let citation = Citation::rule(4, "the period that was asked for has passed");
        return p.tell_since(Deed::Expired, Some(citation), Some(end));
    }
    if !awaiting {
        complete_round(p, round);
    }
}

/// Takes away approvals that no longer count, and grants what a full quorum of the rest decided.
fn complete_round(p: &mut Proceeding<'_>, round: &Round) {
    let lapse = |given: &&Approval| given.at + Duration::days(i64::from(round.approval_days)) <= p.ground.now;
    if let Some(lapsed) = round.approvals.iter().find(lapse) {
        return decision::void(p, lapsed, "approval_lapsed");
    }
    let Some(seats) = seats(p, round) else { return };
    if let Some(lost) = round.approvals.iter().find(|given| !decision::stands(p, given)) {
        return decision::void(p, lost, "role_lost");
    }
    let Ok(two) = TwoPeople::of(seats) else { return };
    let Some(authority) = authority(p, round, two) else { return };
    let citation = Citation::rule(1, format!("round {} has its full quorum for exactly this dossier", round.number))
        .with("dossier", round.dossier.to_string());
    let deed = granted(p, round, Box::new(authority));
    p.tell(deed, Some(citation));
}

fn seats(p: &Proceeding<'_>, round: &Round) -> Option<Vec<quorum::Seat>> {
    let candidates: Vec<Candidate> =
        round.approvals.iter().filter(|given| given.dossier == round.dossier).map(Approval::candidate).collect();
    let domains = p.now.request.domains();
    let mut seats = None;
    for quorum in &round.quorums {
        seats = Some(quorum::fill(quorum, &domains, &candidates).ok()?);
    }
    seats
}

fn granted(p: &Proceeding<'_>, round: &Round, authority: Box<Authority>) -> Deed {
    match (&round.kind, &round.proposal) {
        (RoundKind::Initial, _) if p.now.conditions.is_empty() => Deed::Granted { authority },
        (RoundKind::Initial, _) => Deed::AcceptanceAsked { authority },
        (RoundKind::Extension, _) => {
            let before = p.now.state.authority().map_or(authority.period.end, |before| before.period.end);
            let days = u32::try_from((authority.period.end - before).num_days()).unwrap_or(0);
            Deed::Extended { authority, days }
        }
        (RoundKind::Amendment, Proposal::Content(request)) => {
            Deed::ContentReplaced { authority, request: request.clone() }
        }
        (RoundKind::Resume, _) => Deed::Resumed { authority },
        (RoundKind::ReReview | RoundKind::Amendment, _) => Deed::Reaffirmed { authority },
    }
}

/// The right that a full quorum gives: never longer than what the dossier says.
fn authority(p: &Proceeding<'_>, round: &Round, two: TwoPeople) -> Option<Authority> {
    let now = p.ground.now;
    let sop = if round.kind == RoundKind::Initial { p.ground.sop } else { p.ground.newest };
    let rules = sop.document().tiers.get(&round.tier)?;
    let before = p.now.state.authority();
    let fresh = p.now.request.period(now, rules.permanent_days);
    let period = match (&round.proposal, before) {
        (Proposal::End(end), Some(before)) => Period { end: *end, ..before.period },
        (_, Some(before)) if !p.now.request.is_permanent() => before.period,
        (_, Some(before)) => Period { start: before.period.start, end: fresh?.end },
        (_, None) => fresh?,
    };
    let review_due = now.max(period.start) + Duration::days(i64::from(rules.review_every_days));
    let grace = Duration::days(i64::from(sop.document().steps.monitoring.grace_days));
    Some(Authority {
        round: round.number,
        dossier: round.dossier,
        sop: sop.reference(),
        two,
        period,
        review_due,
        suspend_at: review_due + grace,
        tier: round.tier,
    })
}

/// Carries out the activation that a quorum decided, if its start has come, its controls stand and its
/// approvers are still eligible.
fn implementation(p: &mut Proceeding<'_>, authority: &Authority, round: &Round) {
    let now = p.ground.now;
    if authority.period.end <= now {
        let citation = Citation::rule(4, "its period has passed");
        return p.tell_since(Deed::Expired, Some(citation), Some(authority.period.end));
    }
    if let Some(lost) = round.approvals.iter().find(|given| !decision::stands(p, given)) {
        return decision::void(p, lost, "role_lost");
    }
    let ready = authority.period.start <= now && !p.now.controls.iter().any(super::super::control::Control::holds_back);
    let results = p.ground.sop.gates(Step::Implementation, &facts(&p.now, now));
    let (failed, gaps) = sort_gates(p, &results);
    if ready && failed.is_empty() && gaps.is_empty() {
        let citation = p.cite("6", "its start has come, its controls are confirmed, its approvers are still eligible");
        p.tell(Deed::Activated { period: authority.period }, Some(citation));
    }
}

/// Ends or suspends a living exception at the earliest deadline that has passed.
fn deadlines(p: &mut Proceeding<'_>, now: Time) {
    let Some(until) = p.now.effective_until().filter(|until| *until <= now) else { return };
    let Some(authority) = p.now.state.authority() else { return };
    let permanent = p.now.request.is_permanent();
    let code = match until {
        end if end == authority.period.end && !permanent => None,
        end if end == authority.period.end => Some("reaffirmation_overdue"),
        due if is_control(&p.now, due) => Some("control_lapsed"),
        _ => Some("review_overdue"),
    };
    match code {
        None => {
            p.tell_since(Deed::Expired, Some(Citation::rule(4, "everything ends: its period is over")), Some(until))
        }
        Some(code) => {
            let citation = p.cite("7", format!("suspended: {code}"));
            p.tell_since(
                Deed::Suspended { cause: Cause { code: code.to_owned(), note: None } },
                Some(citation),
                Some(until),
            );
        }
    }
}

fn is_control(exception: &Exception, due: Time) -> bool {
    exception.controls.iter().any(|control| control.suspends_at == Some(due))
}

/// A suspension ends with the period, or with the SOP's patience.
fn suspended(p: &mut Proceeding<'_>, authority: &Authority, since: Time) {
    let now = p.ground.now;
    let patience = Duration::days(i64::from(p.ground.sop.document().steps.monitoring.revoke_after_days));
    let (end, revoke) = (authority.period.end, since + patience);
    if end <= revoke && end <= now && !p.now.request.is_permanent() {
        p.tell_since(Deed::Expired, Some(Citation::rule(4, "everything ends: its period is over")), Some(end));
    } else if revoke <= now {
        let cause = Cause { code: "suspension_not_settled".to_owned(), note: None };
        let citation = p.cite("7", "the suspension was not settled in time");
        p.tell_since(Deed::Revoked { cause }, Some(citation), Some(revoke));
    }
}
