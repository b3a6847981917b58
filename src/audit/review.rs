//! Whether a re-review asked for what the procedure in force did, was answered by those who may, and was confirmed
//! with all of that: derived from the log and the procedures' texts.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    asked::{self, Asks},
    effect::human,
    story::Story,
    terms,
};
use crate::{
    domain::{
        event::{Deed, Event},
        exception::{Assessment, Cause, Exception, Rating, Round, Waiver},
        person::{People, Person},
        request::Time,
        review::{Attestation, Review, ReviewDeed},
    },
    sop::{self, DimensionRules, Document, Quorum},
    words::{Dimension, PersonId, Role, RoundKind, Tier},
};

type Verdict = Result<(), String>;

/// A round is opened at the tier that the content was rated at, with the quorums that both versions name for it; one
/// about resuming asks what was asked before, and is filled by no fewer than that was opened with.
pub(super) fn round(story: &Story, before: &Exception, round: &Round) -> Verdict {
    let asked = before.review();
    if round.review.as_ref() != asked {
        return Err("a round asks for something else than what was asked before it".to_owned());
    }
    let more = asked.filter(|review| round.tier <= review.tier).map(|review| review.quorums.as_slice());
    as_the_procedure_says(story, before, (round, more.unwrap_or_default()))
}

fn as_the_procedure_says(story: &Story, before: &Exception, (round, more): (&Round, &[Quorum])) -> Verdict {
    if !round.approvals.is_empty() {
        return Err("a round was opened with approvals in it".to_owned());
    }
    let versions = terms::versions(story, before)?;
    let rules = versions.map(|sop| sop.tiers.get(&round.tier));
    let mut quorums: Vec<&Quorum> = Vec::new();
    for quorum in rules.into_iter().flatten().map(|rules| &rules.quorum).chain(more) {
        if !quorums.contains(&quorum) {
            quorums.push(quorum);
        }
    }
    let days = versions.iter().map(|sop| sop.steps.decision.approval_days).min();
    let named = rules.iter().all(Option::is_some) && before.tier() == Some(round.tier);
    if named && round.quorums.iter().eq(quorums) && Some(round.approval_days) == days {
        return Ok(());
    }
    Err("a round was opened at another tier, or by another quorum, than its procedure says".to_owned())
}

/// A re-review that is opened asks for what either version of the procedure does, and has no answer yet.
pub(super) fn opened(story: &Story, before: &Exception, (round, cause, at): (&Round, &Cause, Time)) -> Verdict {
    if round.kind != RoundKind::ReReview {
        return Err("it was reopened for something else than a re-review".to_owned());
    }
    as_the_procedure_says(story, before, (round, &[]))?;
    let asks = asked::because_of(story, before, (&cause.code, at))?;
    let derived = asks.map(|asks| questions(asks, (&cause.code, round.tier, round.quorums.clone())));
    let asked = round.review.as_ref();
    let answers = asked.is_some_and(|asked| asked.attested().next().is_some() || !asked.looked.is_empty());
    if answers {
        return Err("a re-review was opened with answers in it".to_owned());
    }
    if asked == derived.as_ref() { Ok(()) } else { Err(ANOTHER.to_owned()) }
}

const ANOTHER: &str = "a re-review asks for something else than its procedure";

fn questions(asks: Asks, (cause, tier, quorums): (&str, Tier, Vec<Quorum>)) -> Review {
    Review {
        tier,
        quorums,
        causes: BTreeSet::from([cause.to_owned()]),
        attests: asks.attests,
        assesses: asks.assesses,
        attestation: None,
        denials: Vec::new(),
        looked: BTreeMap::new(),
    }
}

/// What another cause asks is asked beside what was, and what was answered before it is asked anew.
fn widened(story: &Story, before: &Exception, (cause, review, at): (&str, &Review, Time)) -> Verdict {
    let asks = asked::because_of(story, before, (cause, at))?.filter(|_| before.is_questioned());
    let asks = asks.ok_or("something is asked that its procedure does not ask")?;
    let tier = before.tier().ok_or("what is looked at again was never rated")?;
    let [submitted, newest] = terms::versions(story, before)?.map(|sop| sop.tiers.get(&tier));
    let both = submitted.zip(newest).map(|(one, other)| sop::stricter(&one.quorum, &other.quorum));
    let open = before.state.round().map(|round| round.quorums.clone());
    let quorums = open.or(both).unwrap_or_default();
    let mut derived = questions(asks, (cause, tier, quorums));
    if let Some(open) = before.review() {
        let asked_anew = |dimension: &Dimension| derived.assesses.contains(dimension);
        let kept = open.looked.iter().filter(|(dimension, _)| !asked_anew(dimension));
        let looked = kept.map(|(dimension, looked)| (*dimension, looked.clone())).collect();
        let said_no = open.attestation.clone().filter(|given| derived.attests && given.is_no());
        derived = Review {
            tier: open.tier,
            quorums: open.quorums.clone(),
            causes: &open.causes | &derived.causes,
            attests: open.attests || derived.attests,
            assesses: &open.assesses | &derived.assesses,
            attestation: open.attestation.clone().filter(|_| !derived.attests),
            denials: open.denials.iter().cloned().chain(said_no).collect(),
            looked,
        };
    }
    if *review == derived { Ok(()) } else { Err(ANOTHER.to_owned()) }
}

/// An answer is given by whoever is asked, of their own, while it is asked for.
pub(super) fn answered(story: &Story, before: &Exception, (answer, event): (&ReviewDeed, &Event)) -> Verdict {
    if let ReviewDeed::Asked { cause, review, .. } = answer {
        return widened(story, before, (cause, review, event.at));
    }
    let review = before.review().ok_or("an answer to a re-review that asks for none")?;
    match answer {
        ReviewDeed::Attested { attestation, .. } => {
            of_their_own(story, before, (attestation.by, attestation.at, event))?;
            if review.attests && may_attest(story, before, attestation) {
                return Ok(());
            }
            Err("an attestation of somebody who was not asked for one".to_owned())
        }
        ReviewDeed::AssessmentConfirmed { dimension, looked, .. } => {
            of_their_own(story, before, (looked.by, looked.at, event))?;
            let stands = before.assessments.get(dimension);
            let fits = |stood: &Assessment| by_today(story, before, (*dimension, stood));
            if looked.rescored || !stands.is_some_and(fits) || review.looked.contains_key(dimension) {
                return Err("a score was confirmed that does not stand, or has its answer".to_owned());
            }
            assessor(story, before, (review, *dimension, looked.by))
        }
        ReviewDeed::Reassessed { dimension, assessment, .. } => {
            of_their_own(story, before, (assessment.by, assessment.at, event))?;
            if !by_today(story, before, (*dimension, assessment)) {
                return Err("a score is another than its points give by the procedure's criteria".to_owned());
            }
            assessor(story, before, (review, *dimension, assessment.by))
        }
        ReviewDeed::Rerated { rating, quorums, .. } => rerated(story, before, (rating, quorums, event)),
        ReviewDeed::Asked { .. } => Ok(()),
    }
}

/// Do those points give that score, by the newest version where it knows the dimension?
fn by_today(story: &Story, before: &Exception, (dimension, given): (Dimension, &Assessment)) -> bool {
    let Ok([submitted, newest]) = terms::procedures(story, before) else { return false };
    let known = newest.document().steps.assessment.dimensions.iter().any(|rules| rules.dimension == dimension);
    let sop = if known { newest } else { submitted };
    sop.score_dimension(dimension, &given.points) == Ok(given.score)
}

/// Whether they may, by the one predicate, on the people as the log has them then.
fn may_attest(story: &Story, before: &Exception, given: &Attestation) -> bool {
    let named = [Some(given.by), Some(before.requester), before.request.beneficiary, before.request.monitoring_owner];
    let known: Vec<Person> = named.into_iter().flatten().filter_map(|id| story.roster.person(id)).collect();
    let answering = known.iter().filter_map(|one| story.roster.person(one.responsible?)).collect::<Vec<_>>();
    let people = People::new(known.into_iter().chain(answering), Vec::new());
    people.find(given.by).is_some_and(|acts| before.may_attest(&people, acts, given.at))
}

/// A rating is what both versions make of the scores, never below the tier that was opened; or what an assessor set
/// with a reason, or governance where it could not be told.
fn rerated(story: &Story, before: &Exception, (rating, quorums, event): (&Rating, &[Quorum], &Event)) -> Verdict {
    let review = before.review().ok_or("something was rated anew without a re-review")?;
    let holds = match (asked::scored(story, before, event.at)?, &rating.override_by) {
        (_, Some(waiver)) if rating.computed.is_none() => by_governance(story, before, (rating, waiver, event)),
        (Ok(scored), None) => rating.computed == Some(scored) && rating.tier == scored.max(review.tier),
        (Ok(scored), Some(waiver)) => {
            rating.computed == Some(scored) && overridden(story, before, (rating, waiver, event), scored)?
        }
        (Err(_), _) => false,
    };
    if !holds {
        return Err("a re-review goes on at another tier than its scores give".to_owned());
    }
    if quorums.iter().eq(&tier_quorums(story, before, (review, rating.tier))?) {
        return Ok(());
    }
    Err("a re-review goes on by another quorum than its tier's".to_owned())
}

/// Those of the tier by both versions; up to the tier that was opened, those that it was opened with as well.
fn tier_quorums(story: &Story, before: &Exception, (review, tier): (&Review, Tier)) -> Result<Vec<Quorum>, String> {
    let opened = if tier > review.tier { &[][..] } else { review.quorums.as_slice() };
    let open = before.state.round().filter(|round| round.tier == tier).map(|round| round.quorums.as_slice());
    let versions = terms::versions(story, before)?;
    let named = versions.iter().filter_map(|sop| sop.tiers.get(&tier)).map(|rules| &rules.quorum);
    let mut all: Vec<Quorum> = Vec::new();
    for quorum in opened.iter().chain(open.unwrap_or_default()).chain(named) {
        if !all.contains(quorum) {
            all.push(quorum.clone());
        }
    }
    Ok(if all.is_empty() { review.quorums.clone() } else { all })
}

type Rated<'a> = (&'a Rating, &'a Waiver, &'a Event);

/// An assessor who acted set it, once all were there, and lowered it only where both versions let them; or what
/// somebody had set before stays, which the scores do not reach.
fn overridden(story: &Story, before: &Exception, given: Rated<'_>, scored: Tier) -> Result<bool, String> {
    let (rating, waiver, event) = given;
    let Some(review) = before.review() else { return Ok(false) };
    let stood = before.rating.as_ref().filter(|stood| stood.override_by.as_ref() == Some(waiver));
    if stood.is_some_and(|stood| stood.tier > scored && rating.tier == stood.tier.max(review.tier)) {
        return Ok(true);
    }
    let by = event.by.person().filter(|by| *by == waiver.by);
    let assesses =
        by.is_some_and(|by| review.assesses.iter().any(|one| assessor(story, before, (review, *one, by)).is_ok()));
    let versions = terms::versions(story, before)?;
    let lowers = versions.iter().all(|sop| sop.steps.assessment.scoring.override_may_lower);
    let whole = review.unlooked().next().is_none();
    Ok(assesses && whole && rating.tier >= review.tier && (rating.tier >= scored || lowers))
}

/// Governance settled a gap that was told, and named the tier.
fn by_governance(story: &Story, before: &Exception, (rating, waiver, event): Rated<'_>) -> bool {
    let settled = before.waived.get(&rating.rule) == Some(waiver) && event.by.person() == Some(waiver.by);
    let floor = before.review().map(|review| review.tier);
    settled && Some(rating.tier) >= floor && holds(story, before, (waiver.by, &[Role::Governance]))
}

/// A gap that is told in a re-review is there, and what is waived of it was told.
#[expect(clippy::wildcard_enum_match_arm, reason = "what gaps are about: the rest is not")]
pub(super) fn gaps(story: &Story, before: &Exception, event: &Event) -> Verdict {
    if before.review().is_none() {
        return Ok(());
    }
    match &event.deed {
        Deed::GapFound { rule, .. } if !asked::is_gap(story, before, (rule, event.at))? => {
            Err("a re-review has a gap that its procedure does not have".to_owned())
        }
        Deed::GateWaived { gate, .. } => {
            let [submitted, _] = terms::procedures(story, before)?;
            let known = submitted.gate(gate).is_some() || before.gaps.contains_key(gate);
            if known { Ok(()) } else { Err("something is waived that is neither a gate nor a gap".to_owned()) }
        }
        _ => Ok(()),
    }
}

/// Nobody approves, and nothing is decided, before every cause has asked and every answer is there.
pub(super) fn complete(story: &Story, before: &Exception, at: Time) -> Verdict {
    let waits = before.review().is_some_and(|review| !review.awaits().is_empty() || !before.gaps.is_empty());
    let round = before.state.round();
    let elsewhere = round.is_some_and(|round| round.kind == RoundKind::ReReview) && !before.is_reopened();
    if waits || elsewhere {
        return Err("a re-review is confirmed without the answers that its procedure asks for".to_owned());
    }
    if story.owed.contains_key(&before.id) || asked::lacks_the_planned(story, before, at)? {
        return Err("a re-review is confirmed without what follows of what happened in it".to_owned());
    }
    Ok(())
}

/// Whoever approves what the monitoring owner did not attest says why, whatever was attested after that.
pub(super) fn departed(before: &Exception, deed: &Deed) -> Verdict {
    let explained = matches!(deed, Deed::Approved { departure: Some(_), .. });
    if before.review().and_then(Review::denial).is_some() && !explained {
        return Err("an approval departs from an attestation and does not say why".to_owned());
    }
    Ok(())
}

/// By the person who acted, who is no service, has not left, and is no party.
fn of_their_own(story: &Story, before: &Exception, given: (PersonId, Time, &Event)) -> Result<(), String> {
    let (by, at, event) = given;
    if event.by.person() != Some(by) || event.at != at {
        return Err("an answer names another person or another time".to_owned());
    }
    let record = story.roster.people.get(&by).filter(|record| record.active && record.responsible.is_none());
    let mut concerned = [Some(before.requester), before.request.beneficiary].into_iter().flatten();
    if record.is_none() || concerned.any(|one| human(story, one) == human(story, by)) {
        return Err("an answer of a service, of somebody who had left, or of a party".to_owned());
    }
    Ok(())
}

fn assessor(story: &Story, before: &Exception, asked: (&Review, Dimension, PersonId)) -> Result<(), String> {
    let (review, dimension, by) = asked;
    let versions = terms::versions(story, before)?;
    let known = |sop: &&Document| {
        let listed = sop.steps.assessment.dimensions.iter().find(|listed| listed.dimension == dimension);
        listed.map(DimensionRules::assessor)
    };
    let mut who: Vec<Role> = versions.iter().filter_map(known).collect();
    who.push(dimension.assessor());
    if review.assesses.contains(&dimension) && holds(story, before, (by, &who)) {
        return Ok(());
    }
    Err("a dimension was looked at that was not asked for, or by somebody who does not assess it".to_owned())
}

fn holds(story: &Story, before: &Exception, (by, roles): (PersonId, &[Role])) -> bool {
    let domains = before.request.domains();
    story.roster.grants.values().any(|grant| {
        let here = domains.iter().any(|domain| grant.domain.covers(domain));
        grant.person == by && grant.removed.is_none() && roles.contains(&grant.role) && here
    })
}
