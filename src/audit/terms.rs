//! For how long and on what terms a decision may give effect: derived from its round, its content and the two
//! versions of the procedure, as the log has them. It uses none of the code that decided.

use super::story::Story;
use crate::{
    domain::{
        exception::{Authority, Exception, Proposal, Round},
        request::{Period, Time, days_after},
    },
    sop::{ControlFailure, Document, Sop, TierRules},
    words::RoundKind,
};

/// Does this decision, made at `at`, give exactly what it may?
pub(super) fn hold(story: &Story, before: &Exception, given: (&Authority, Time)) -> Result<(), String> {
    let (authority, at) = given;
    let round = before.state.round().ok_or("a decision without a round")?;
    let versions = versions(story, before)?;
    let tiers = versions.iter().map(|sop| sop.tiers.get(&round.tier)).collect::<Option<Vec<_>>>();
    let tiers = tiers.ok_or_else(|| format!("the procedure does not allow exceptions at tier {}", round.tier))?;
    if before.tier() != Some(round.tier) || authority.tier != round.tier {
        return Err("a decision is made at another tier than its content was rated".to_owned());
    }
    if Some(authority.period) != period(before, (round, at), &tiers) {
        return Err("a decision gives effect for another period than was asked for".to_owned());
    }
    reviewed(before, (round, authority, at), (&versions, &tiers))?;
    let newest = || story.newest_reference(&before.sop.id);
    let ruling = if round.kind == RoundKind::Initial { Some(&before.sop) } else { newest() };
    if ruling == Some(&authority.sop) {
        return Ok(());
    }
    Err("a decision names another procedure than the one that it was made under".to_owned())
}

/// The procedure that it was submitted under and its newest version: the stricter of them counts.
pub(super) fn versions<'s>(story: &'s Story, before: &Exception) -> Result<[&'s Document; 2], String> {
    let submitted = story.procedure(&before.sop);
    let submitted = submitted.ok_or("the procedure that it was submitted under was not published")?;
    Ok([submitted, story.newest(&before.sop.id).ok_or("there is no such procedure")?])
}

/// Both, ready to be asked.
pub(super) fn procedures<'s>(story: &'s Story, before: &Exception) -> Result<[&'s Sop; 2], String> {
    let newest = story.newest_reference(&before.sop.id).and_then(|newest| story.running(newest));
    let both = story.running(&before.sop).zip(newest);
    both.map(|(submitted, newest)| [submitted, newest]).ok_or_else(|| "there is no such procedure".to_owned())
}

/// From when to when: what the round proposes, what the content asks for, or what stood before.
fn period(before: &Exception, (round, at): (&Round, Time), tiers: &[&TierRules]) -> Option<Period> {
    let permanent = tiers.iter().map(|tier| tier.permanent_days).collect::<Option<Vec<_>>>();
    let permanent = permanent.and_then(|days| days.into_iter().min());
    let authority = before.state.authority();
    let (request, stood) = (&before.request, authority.map(|authority| authority.period));
    // What is found to be of a higher tier than it was decided at reaches no further than that tier does.
    let higher = authority.is_some_and(|authority| round.tier > authority.tier);
    let most = tiers.iter().map(|tier| days_after(at, tier.max_days)).min().filter(|_| higher);
    let nearer = |stood: Period| Period { end: most.map_or(stood.end, |most| most.min(stood.end)), ..stood };
    let asked = request.period(at, permanent);
    match (&round.proposal, stood) {
        (Proposal::End { end, .. }, Some(stood)) => Some(Period { end: *end, ..stood }),
        (_, Some(stood)) if !request.is_permanent() => Some(nearer(stood)),
        (_, Some(stood)) => Some(Period { end: asked?.end, ..stood }),
        (_, None) => asked.filter(|asked| request.is_permanent() || within(asked, tiers)),
    }
}

fn within(period: &Period, tiers: &[&TierRules]) -> bool {
    tiers.iter().all(|tier| period.end <= days_after(period.start, tier.max_days))
}

/// When it is looked at again, when it is suspended unless it was, and what a broken control does.
fn reviewed(
    before: &Exception,
    (round, authority, at): (&Round, &Authority, Time),
    (versions, tiers): (&[&Document], &[&TierRules]),
) -> Result<(), String> {
    let every = tiers.iter().map(|tier| tier.review_every_days).min().unwrap_or(0);
    let grace = versions.iter().map(|sop| sop.steps.monitoring.grace_days).min().unwrap_or(0);
    let cadence = days_after(at.max(authority.period.start), every);
    // Neither a later end nor another content puts off what is planned: they ask nothing of what a re-review asks.
    let asks_nothing = matches!(round.kind, RoundKind::Extension | RoundKind::Amendment);
    let planned = before.state.authority().filter(|_| asks_nothing).map(|authority| authority.review_due);
    let due = planned.map_or(cadence, |planned| planned.min(cadence));
    if (authority.review_due, authority.suspend_at) != (due, days_after(due, grace)) {
        return Err("a decision is to be reviewed at another time than its procedure says".to_owned());
    }
    let suspends = versions.iter().any(|sop| sop.steps.monitoring.control_failure == ControlFailure::Suspend);
    if suspends == (authority.on_lapse == ControlFailure::Suspend) {
        return Ok(());
    }
    Err("a decision names another consequence of a broken control than its procedure".to_owned())
}
