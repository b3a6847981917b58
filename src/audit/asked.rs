//! What a re-review has to ask, and what has to follow of what happened before anybody decides: derived from the log,
//! the procedures' texts and the scores that were recorded. It uses none of the code that decided.

use std::collections::BTreeSet;

use super::{story::Story, terms};
use crate::{
    domain::{
        event::{Deed, Event},
        exception::{Cause, Exception, State},
        facts::facts,
        request::Time,
        review::ReviewDeed,
        upkeep::Upkeep,
    },
    sop::{Document, Gap, Reviewed, Sop},
    words::{ControlId, Dimension, Tier},
};

/// What has to follow before an exception is decided on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Owed {
    /// What this cause asks is asked.
    Asked(String),
    /// It is rated by the scores as they are now.
    Rating,
    /// It is told that it cannot be said which dimensions are to be assessed.
    Gap,
}

/// Whom a cause asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asks {
    pub(super) attests: bool,
    pub(super) assesses: BTreeSet<Dimension>,
    /// Can the newest version not tell which dimensions it needs?
    gap: bool,
}

/// Whom `cause` asks at `at`, by either version of the procedure; `None`: nobody.
pub(super) fn because_of(story: &Story, before: &Exception, (cause, at): (&str, Time)) -> Result<Option<Asks>, String> {
    let Some(tier) = before.tier() else { return Ok(None) };
    let [submitted, newest] = terms::procedures(story, before)?;
    let reviewed = Reviewed { tier, kind: before.request.kind, cause };
    let either = |asks: fn(&Document, Reviewed<'_>) -> bool| {
        asks(submitted.document(), reviewed) || asks(newest.document(), reviewed)
    };
    let attests = either(Document::asks_to_attest);
    let mut asks = Asks { attests, assesses: BTreeSet::new(), gap: false };
    if either(Document::asks_to_reassess) {
        asks.assesses.extend(before.assessments.keys().copied());
        match newest.dimensions(&facts(before, at)) {
            Ok(needed) => asks.assesses.extend(needed.iter().map(|rules| rules.dimension)),
            Err(_) => asks.gap = true,
        }
    }
    Ok((attests || asks.gap || !asks.assesses.is_empty()).then_some(asks))
}

/// The higher of the tiers that both versions make of the scores, and the rule that cannot be evaluated where one
/// cannot.
pub(super) fn scored(story: &Story, of: &Exception, at: Time) -> Result<Result<Tier, Gap>, String> {
    let facts = facts(of, at);
    let tiers: Result<Vec<Tier>, Gap> =
        terms::procedures(story, of)?.into_iter().map(|sop| sop.tier(&facts).map(|scored| scored.tier)).collect();
    Ok(tiers.map(|tiers| tiers.into_iter().max().unwrap_or(Tier::Critical)))
}

/// Keeps what has to follow of an event, and what of it followed.
pub(super) fn follows(
    story: &mut Story,
    (before, after): (&Exception, &Exception),
    event: &Event,
) -> Result<(), String> {
    let mut owed = story.owed.remove(&after.id).unwrap_or_default();
    if !after.is_questioned() {
        return Ok(());
    }
    settled(&mut owed, &event.deed);
    if let Some(cause) = arrived(before, event)
        && because_of(story, after, (&cause, event.at))?.is_some()
    {
        owed.insert(Owed::Asked(cause));
    }
    if untold_gap(story, before, (after, event))? {
        owed.insert(Owed::Gap);
    }
    if wants_rating(story, after, event)? {
        owed.insert(Owed::Rating);
    }
    if !owed.is_empty() {
        story.owed.insert(after.id, owed);
    }
    Ok(())
}

#[expect(clippy::wildcard_enum_match_arm, reason = "what follows of something: the rest settles nothing")]
fn settled(owed: &mut BTreeSet<Owed>, deed: &Deed) {
    match deed {
        Deed::Review(ReviewDeed::Asked { cause, .. }) => _ = owed.remove(&Owed::Asked(cause.clone())),
        Deed::Review(ReviewDeed::Rerated { .. }) => _ = owed.remove(&Owed::Rating),
        Deed::GapFound { .. } => owed.retain(|one| matches!(one, Owed::Asked(_))),
        _ => {}
    }
}

/// The cause that an event is, for what is looked at again or suspended.
#[expect(clippy::wildcard_enum_match_arm, reason = "a list of causes: nothing else is one")]
fn arrived(before: &Exception, event: &Event) -> Option<String> {
    let code = match &event.deed {
        Deed::Suspended { cause } => match (cause.is_overdue(), before.is_reopened()) {
            (true, true) => return None,
            (true, false) => Cause::REVIEW_DUE,
            (false, _) => &cause.code,
        },
        Deed::Upkeep(Upkeep::IncidentNoted { .. }) => Cause::INCIDENT,
        Deed::Upkeep(Upkeep::Rescored { .. }) => Cause::SCORED_HIGHER,
        Deed::Upkeep(Upkeep::PartyMoved { part, .. }) => part.moved(),
        Deed::ControlFailed { .. } => "control_failed",
        Deed::ControlLapsed { control } => lapsed(before, (*control, event.effective_at.unwrap_or(event.at))),
        Deed::ClausesAdded { .. } => Cause::CLAUSE_ADDED,
        _ => return None,
    };
    Some(code.to_owned())
}

fn lapsed(before: &Exception, (id, at): (ControlId, Time)) -> &'static str {
    let ended = before.controls.iter().any(|control| control.id == id && control.evidence_ended(at));
    if ended { "evidence_expired" } else { "control_lapsed" }
}

/// Has what is asked a gap in it that was not told yet?
#[expect(clippy::wildcard_enum_match_arm, reason = "what asks: the rest does not")]
fn untold_gap(story: &Story, before: &Exception, (after, event): (&Exception, &Event)) -> Result<bool, String> {
    let cause = match &event.deed {
        Deed::Reopened { cause, .. } => &cause.code,
        Deed::Review(ReviewDeed::Asked { cause, .. }) => cause,
        _ => return Ok(false),
    };
    let asks = because_of(story, before, (cause, event.at))?;
    Ok(asks.is_some_and(|asks| asks.gap) && !after.gaps.contains_key("3"))
}

/// Do the scores as they are after an answer ask for a rating: because one was given anew, or because what was
/// confirmed is of a higher tier by now?
fn wants_rating(story: &Story, after: &Exception, event: &Event) -> Result<bool, String> {
    let Deed::Review(answer) = &event.deed else { return Ok(false) };
    let anew = matches!(answer, ReviewDeed::Reassessed { .. });
    if !anew && !matches!(answer, ReviewDeed::AssessmentConfirmed { .. }) {
        return Ok(false);
    }
    let asked = after.review().map(|review| &review.assesses);
    let whole = asked.is_some_and(|asked| asked.iter().all(|one| after.assessments.contains_key(one)));
    if !whole {
        return Ok(false);
    }
    Ok(match scored(story, after, event.at)? {
        Ok(tier) => anew || Some(tier) > after.tier(),
        Err(gap) => !after.gaps.contains_key(&gap.rule),
    })
}

/// A gap that is no gate's is one of the scoring, or of the dimensions that are needed: is there one?
pub(super) fn is_gap(story: &Story, before: &Exception, (rule, at): (&str, Time)) -> Result<bool, String> {
    let [submitted, newest] = terms::procedures(story, before)?;
    let unknown = |sop: &Sop| sop.dimensions(&facts(before, at)).is_err();
    let unscored = scored(story, before, at)?.err().is_some_and(|gap| gap.rule == rule);
    let owed = story.owed.get(&before.id).is_some_and(|owed| owed.contains(&Owed::Gap));
    Ok(submitted.gate(rule).is_some() || unscored || rule == "3" && (owed || unknown(newest)))
}

/// Was the planned re-review due by `at`, and is what it asks not asked?
pub(super) fn lacks_the_planned(story: &Story, before: &Exception, at: Time) -> Result<bool, String> {
    let Some(authority) = before.state.authority().filter(|_| before.is_questioned()) else { return Ok(false) };
    let (permanent, end) = (before.request.is_permanent(), authority.period.end);
    let ours = matches!(&before.state, State::ReReview { cause, .. } if cause.code == Cause::REVIEW_DUE);
    let asked = before.review().is_some_and(|review| review.causes.contains(Cause::REVIEW_DUE));
    if ours || asked || !permanent && end <= authority.review_due {
        return Ok(false);
    }
    let due = if permanent { authority.review_due.min(end) } else { authority.review_due };
    let early = story.procedure(&before.sop).map_or(0, |sop| sop.steps.monitoring.open_before_days);
    let opens = due.checked_sub_signed(chrono::Duration::days(i64::from(early))).unwrap_or(due);
    Ok(opens <= at && because_of(story, before, (Cause::REVIEW_DUE, at))?.is_some())
}
