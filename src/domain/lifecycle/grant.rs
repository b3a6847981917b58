//! What a full quorum gives: authority for a period, never longer than what was approved nor than the
//! stricter of the procedure submitted under and the newest.

use crate::{
    domain::{
        event::Deed,
        exception::{Approval, Authority, Gap, Proposal, Reason, Round, State},
        quorum::{self, Candidate, Seat, TwoPeople},
        request::{Period, Time, days_after},
    },
    sop::{self, ControlFailure, Document, Quorum},
    words::{Citation, Facts, RoundKind, Step, Tier},
};

use super::{
    Proceeding,
    decision::{self, void, void_all},
    eligibility,
    submission::sort_gates,
};

/// What a tier allows: the stricter of both procedures.
pub(super) struct Bounds {
    pub(super) max_days: u32,
    pub(super) permanent_days: Option<u32>,
    review_every_days: u32,
    grace_days: u32,
    on_lapse: ControlFailure,
}

/// `None` where one of the procedures does not allow the tier.
pub(super) fn bounds(p: &Proceeding<'_>, tier: Tier) -> Option<Bounds> {
    let (sop, newest) = (p.ground.sop.document(), p.ground.newest.document());
    let (submitted, published) = (sop.tiers.get(&tier)?, newest.tiers.get(&tier)?);
    let suspends = |document: &Document| document.steps.monitoring.control_failure == ControlFailure::Suspend;
    let on_lapse = if suspends(sop) || suspends(newest) { ControlFailure::Suspend } else { ControlFailure::Reopen };
    Some(Bounds {
        max_days: submitted.max_days.min(published.max_days),
        permanent_days: submitted.permanent_days.zip(published.permanent_days).map(|(one, other)| one.min(other)),
        review_every_days: submitted.review_every_days.min(published.review_every_days),
        grace_days: sop.steps.monitoring.grace_days.min(newest.steps.monitoring.grace_days),
        on_lapse,
    })
}

/// What stands in the way of a decision at `tier`: the reason code and pointer, and what is wrong.
pub(super) fn obstacle(p: &Proceeding<'_>, tier: Tier) -> Option<(&'static str, &'static str, String)> {
    let Some(bounds) = bounds(p, tier) else {
        let detail = format!("the procedure does not allow exceptions at tier {tier}");
        return Some(("tier_not_allowed", "/scope", detail));
    };
    let detail = if p.now.request.is_permanent() {
        bounds
            .permanent_days
            .is_none()
            .then(|| format!("at tier {tier} nothing is permanent; the longest period is {} days", bounds.max_days))
    } else {
        match p.now.request.period(p.ground.now, None) {
            None => Some("the period that was asked for has passed".to_owned()),
            Some(period) if period.end > days_after(period.start, bounds.max_days) => {
                Some(format!("at tier {tier} the longest period is {} days; ask for less", bounds.max_days))
            }
            Some(_) => None,
        }
    };
    detail.map(|detail| ("duration_over_maximum", "/end", detail))
}

/// Sends back what cannot be decided as it is asked for.
pub(super) fn send_back(p: &mut Proceeding<'_>, (code, pointer, text): (&str, &str, String)) {
    void_all(p, "round_ended", None);
    let request = &p.now.request;
    let days = request.period(p.ground.now, None).map(|period| (period.end - period.start).num_days());
    let citation = p
        .cite("5", text.clone())
        .with("tier", p.now.tier().map(|tier| tier.to_string()))
        .with("request.duration_days", days)
        .with("request.permanent", request.is_permanent());
    let reason = Reason {
        code: code.to_owned(),
        gate: None,
        pointer: Some(pointer.to_owned()),
        looked_at: Facts::new(),
        text,
        remedy: "change it and submit again, or withdraw the request".to_owned(),
    };
    p.tell(Deed::Returned { reasons: vec![reason], note: None }, citation);
}

/// Opens the first round of a request, or sends back what cannot be decided as it is asked for.
pub(super) fn open_initial(p: &mut Proceeding<'_>, since: Option<Time>) {
    let Some(tier) = p.now.tier() else { return };
    if let Some(obstacle) = obstacle(p, tier) {
        return send_back(p, obstacle);
    }
    let Ok(round) = decision::new_round(p, (RoundKind::Initial, Proposal::AsRequested)) else { return };
    let citation = p
        .cite("5", format!("round {} opened at tier {}", round.number, round.tier))
        .with("dossier", round.dossier.to_string());
    let deed = Deed::RoundOpened { round: Box::new(round) };
    match since {
        Some(since) => p.tell_since(deed, citation, since),
        None => p.tell(deed, citation),
    }
}

/// Takes away approvals that no longer count. Were there any?
pub(super) fn void_lost(p: &mut Proceeding<'_>, round: &Round) -> bool {
    let mut seen = Vec::new();
    let mut any = false;
    for approval in &round.approvals {
        let humans = eligibility::humans(p.ground.people, approval);
        let why = if !eligibility::stands(p, approval) {
            "role_lost"
        } else if humans.iter().any(|human| seen.contains(human)) {
            "same_person"
        } else {
            seen.extend(humans);
            continue;
        };
        any = true;
        void(p, approval, why, None);
    }
    any
}

/// Grants what a full quorum of the approvals that stand has decided.
pub(super) fn complete_round(p: &mut Proceeding<'_>) {
    let Some(round) = p.now.state.round().cloned() else { return };
    if void_lost(p, &round) {
        return;
    }
    if let State::Decision { awaiting: Some(decided), .. } = &p.now.state {
        let period = decided.period;
        return hold_to_newest(p, &round, period);
    }
    gates_hold(p, Step::Decision);
    if !p.now.is_looked_at() {
        return;
    }
    let Some(seats) = seats(p, &round) else { return };
    let Ok(two) = TwoPeople::of(seats) else { return };
    if round.kind == RoundKind::Initial
        && let Some(obstacle) = obstacle(p, round.tier)
    {
        return send_back(p, obstacle);
    }
    if too_far(p, &round).is_some() {
        return;
    }
    let Some(authority) = authority(p, &round, two) else { return };
    let citation = Citation::rule(1, format!("round {} has its full quorum for exactly this dossier", round.number))
        .with("dossier", round.dossier.to_string());
    let deed = granted(p, &round, Box::new(authority));
    p.tell(deed, citation);
}

/// A stricter version that is published while its conditions wait to be accepted counts too: what was decided
/// stands only if it would be decided so today.
fn hold_to_newest(p: &mut Proceeding<'_>, round: &Round, decided: Period) {
    if let Some(obstacle) = obstacle(p, round.tier) {
        return send_back(p, obstacle);
    }
    let permanent = p.now.request.is_permanent();
    let most =
        bounds(p, round.tier).and_then(|bounds| if permanent { bounds.permanent_days } else { Some(bounds.max_days) });
    let within = most.is_some_and(|most| decided.end <= days_after(decided.start, most));
    if !within || seats(p, round).is_none() {
        void_all(p, "rules_changed", None);
    }
}

/// Why nobody's approval reaches as far today as the open round asks: the stricter of both procedures counts.
pub(super) fn too_far(p: &Proceeding<'_>, round: &Round) -> Option<String> {
    let Proposal::End { end, .. } = &round.proposal else { return None };
    let most = bounds(p, round.tier)?.max_days;
    (*end > days_after(p.ground.now, most))
        .then(|| format!("at tier {} an approval reaches at most {most} days ahead", round.tier))
}

/// Do the gates of that step hold? One that cannot be evaluated becomes governance's work, and is no dead end.
pub(super) fn gates_hold(p: &mut Proceeding<'_>, step: Step) -> bool {
    let (failed, gaps) = sort_gates(p, &p.ground.sop.gates(step, &p.facts()));
    let holds = failed.is_empty() && gaps.is_empty();
    for gap in gaps {
        note_gap(p, gap);
    }
    holds
}

/// Notes a gap, unless it is known.
pub(super) fn note_gap(p: &mut Proceeding<'_>, gap: sop::Gap) {
    if !p.now.gaps.contains_key(&gap.rule) {
        tell_gap(p, gap);
    }
}

/// Tells of a gap with what was looked at, so that governance can settle it.
pub(super) fn tell_gap(p: &mut Proceeding<'_>, sop::Gap { rule, why, looked_at }: sop::Gap) {
    let mut citation = p.cite(&rule, format!("could not be evaluated ({why}): governance settles it"));
    citation.facts = looked_at.clone();
    p.tell(Deed::GapFound { rule, gap: Gap { why, looked_at } }, citation);
}

/// The seats, if every quorum is full: those the round was opened with, and what the newest asks for.
fn seats(p: &Proceeding<'_>, round: &Round) -> Option<Vec<Seat>> {
    let people = p.ground.people;
    let candidate = |given: &Approval| {
        let [human, principal] = eligibility::humans(people, given);
        Candidate { human, principal, ..given.candidate() }
    };
    let candidates: Vec<Candidate> =
        round.approvals.iter().filter(|given| given.dossier == round.dossier).map(candidate).collect();
    let newest = &p.ground.newest.document().tiers.get(&round.tier)?.quorum;
    let domains = p.now.request.domains();
    let fill = |quorum: &Quorum| quorum::fill(quorum, &domains, &candidates).ok();
    let filled: Option<Vec<Vec<Seat>>> = round.quorums.iter().chain([newest]).map(fill).collect();
    filled?.into_iter().next()
}

fn granted(p: &Proceeding<'_>, round: &Round, authority: Box<Authority>) -> Deed {
    match (&round.kind, &round.proposal) {
        (RoundKind::Initial, _) if p.now.conditions.is_empty() => Deed::Granted { authority },
        (RoundKind::Initial, _) => Deed::AcceptanceAsked { authority },
        (RoundKind::Extension, _) => {
            let before = p.now.state.authority().map_or(authority.period.end, |before| before.period.end);
            let days = days_between(before, authority.period.end);
            Deed::Extended { authority, days }
        }
        (RoundKind::Amendment, Proposal::Content(request)) => {
            Deed::ContentReplaced { authority, request: request.clone() }
        }
        (RoundKind::Resume, _) => Deed::Resumed { authority },
        (RoundKind::ReReview | RoundKind::Amendment, _) => Deed::Reaffirmed { authority },
    }
}

/// How many days it is from `from` to `to`; a day that is begun counts.
pub(super) fn days_between(from: Time, to: Time) -> u32 {
    const DAY: i64 = 86_400_000;
    let millis = (to - from).num_milliseconds().max(0);
    u32::try_from(millis / DAY + i64::from(millis % DAY > 0)).unwrap_or(u32::MAX)
}

/// What was found to be of a higher tier than it was decided at reaches no further than an approval at that tier.
fn shortened(before: &Authority, tier: Tier, (now, max_days): (Time, u32)) -> Period {
    let most = if tier > before.tier { days_after(now, max_days) } else { before.period.end };
    Period { end: before.period.end.min(most), ..before.period }
}

/// When it is looked at again. A later end or another content is agreed on without what a re-review asks, so neither
/// puts off the one that is planned.
fn reviewed_by(kind: RoundKind, before: Option<&Authority>, cadence: Time) -> Time {
    match (kind, before) {
        (RoundKind::Extension | RoundKind::Amendment, Some(before)) => cadence.min(before.review_due),
        (RoundKind::Initial | RoundKind::Resume | RoundKind::ReReview, _) | (_, None) => cadence,
    }
}

/// The right that a full quorum gives: never longer than what the dossier says.
fn authority(p: &Proceeding<'_>, round: &Round, two: TwoPeople) -> Option<Authority> {
    let now = p.ground.now;
    let bounds = bounds(p, round.tier)?;
    let before = p.now.state.authority();
    let fresh = p.now.request.period(now, bounds.permanent_days);
    let period = match (&round.proposal, before) {
        (Proposal::End { end, .. }, Some(before)) => Period { end: *end, ..before.period },
        (_, Some(before)) if !p.now.request.is_permanent() => shortened(before, round.tier, (now, bounds.max_days)),
        (_, Some(before)) => Period { start: before.period.start, end: fresh?.end },
        (_, None) => fresh?,
    };
    let cadence = days_after(now.max(period.start), bounds.review_every_days);
    let review_due = reviewed_by(round.kind, before, cadence);
    let sop = if round.kind == RoundKind::Initial { p.ground.sop } else { p.ground.newest };
    Some(Authority {
        round: round.number,
        dossier: round.dossier,
        sop: sop.reference(),
        two,
        period,
        review_due,
        suspend_at: days_after(review_due, bounds.grace_days),
        on_lapse: bounds.on_lapse,
        tier: round.tier,
    })
}
