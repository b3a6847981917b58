//! Whether a re-review asked for what the procedure in force did, was answered by those who may, and was confirmed
//! with all of that: derived from the log and the procedures' texts.

use std::collections::BTreeSet;

use super::{effect::human, story::Story, terms};
use crate::{
    domain::{
        event::{Deed, Event},
        exception::{Exception, Round},
        request::Time,
        review::{Attestation, Review, ReviewDeed},
    },
    sop::{DimensionRules, Document, Reviewed},
    words::{Dimension, PersonId, Role, RoundKind},
};

/// A re-review that is opened asks for what either version of the procedure does, and has no answer yet.
pub(super) fn opened(story: &Story, before: &Exception, (round, cause): (&Round, &str)) -> Result<(), String> {
    if round.kind != RoundKind::ReReview {
        return Err("it was reopened for something else than a re-review".to_owned());
    }
    let tier = before.tier().ok_or("what was reopened was never rated")?;
    let versions = terms::versions(story, before)?;
    let reviewed = Reviewed { tier, kind: before.request.kind, cause };
    let attests = versions.iter().any(|sop| sop.asks_to_attest(reviewed));
    let assesses = versions.iter().any(|sop| sop.asks_to_reassess(reviewed));
    let stands: BTreeSet<Dimension> = before.assessments.keys().copied().filter(|_| assesses).collect();
    let asked = round.review.as_ref();
    let as_it_says = asked.is_some_and(|asked| {
        let more = assesses || asked.assesses.is_empty();
        let whom = asked.attests == attests && asked.assesses.is_superset(&stands) && more;
        whom && (asked.tier, &asked.quorums) == (tier, &round.quorums)
    });
    let nothing = asked.is_none() && !attests && stands.is_empty();
    if !as_it_says && !nothing {
        return Err("a re-review asks for something else than its procedure".to_owned());
    }
    if asked.is_some_and(|asked| asked.attestation.is_some() || !asked.looked.is_empty()) {
        return Err("a re-review was opened with answers in it".to_owned());
    }
    Ok(())
}

/// An answer is given by whoever is asked, of their own, while it is asked for.
pub(super) fn answered(
    story: &Story,
    before: &Exception,
    (answer, event): (&ReviewDeed, &Event),
) -> Result<(), String> {
    let review = before.review().ok_or("an answer to a re-review that asks for none")?;
    match answer {
        ReviewDeed::Attested { attestation, .. } => {
            of_their_own(story, before, (attestation.by, attestation.at, event))?;
            let owner = before.request.monitoring_owner.map(|owner| human(story, owner));
            let named = owner == Some(human(story, attestation.by));
            let stands_in = holds(story, before, (attestation.by, &[Role::Governance]));
            if review.attests && (named || stands_in) {
                return Ok(());
            }
            Err("an attestation of somebody who was not asked for one".to_owned())
        }
        ReviewDeed::AssessmentConfirmed { dimension, looked, .. } => {
            of_their_own(story, before, (looked.by, looked.at, event))?;
            if looked.rescored || !before.assessments.contains_key(dimension) || review.looked.contains_key(dimension) {
                return Err("a score was confirmed that does not stand, or has its answer".to_owned());
            }
            assessor(story, before, (review, *dimension, looked.by))
        }
        ReviewDeed::Reassessed { dimension, assessment, .. } => {
            of_their_own(story, before, (assessment.by, assessment.at, event))?;
            assessor(story, before, (review, *dimension, assessment.by))
        }
        ReviewDeed::Rerated { .. } => Ok(()),
    }
}

/// Nobody approves, and nothing is decided, before every answer is there.
pub(super) fn complete(before: &Exception) -> Result<(), String> {
    let round = before.state.round();
    let waits = round.and_then(|round| round.review.as_ref()).is_some_and(|review| !review.awaits().is_empty());
    let elsewhere = round.is_some_and(|round| round.kind == RoundKind::ReReview) && !before.is_reopened();
    if waits || elsewhere {
        return Err("a re-review is confirmed without the answers that its procedure asks for".to_owned());
    }
    Ok(())
}

/// Whoever approves what the monitoring owner did not attest says why.
pub(super) fn departed(before: &Exception, deed: &Deed) -> Result<(), String> {
    let explained = matches!(deed, Deed::Approved { departure: Some(_), .. });
    let attested = before.review().and_then(|review| review.attestation.as_ref());
    if attested.is_some_and(Attestation::is_no) && !explained {
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
