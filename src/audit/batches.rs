//! Whether a batch could be stopped, go on, be taken back, and do to an exception what an event says: its cause is in
//! the log before it, its refusals are counted from the log, and taking one back closes a re-review of its own alone.

use super::{agreed, story::Story};
use crate::{
    domain::{
        event::{Deed, Event},
        exception::{Cause, Exception, State},
        person::By,
        request::Time,
        roster::{AutomationAction, BATCHES_JOB, BatchAction, BatchDeed, Hold, Refusals, RosterAction, RosterEvent},
        upkeep::Upkeep,
    },
    words::{BatchId, EntryKind, IncidentEffect},
};

type Verdict = Result<(), String>;

/// What the log tells of a batch.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counted {
    /// To how many exceptions it came since it began or was last let go on.
    dealt: u64,
    /// How many of them were suspended though it was to reopen them.
    refused: u64,
    held: bool,
    reverted: bool,
}

/// A re-review that a batch opened.
#[derive(Debug, Clone)]
pub(super) struct Review {
    batch: BatchId,
    at: Time,
    /// The exception's version once all of that moment had happened; absent: nothing happened since.
    version: Option<u64>,
    /// The batches of which it was noted since that they concern the exception too.
    concerned: Vec<BatchId>,
}

/// Judges what happened to a batch, and keeps it.
pub(super) fn judge(story: &mut Story, deed: &BatchDeed, event: &RosterEvent) -> Verdict {
    has_its_cause(story, deed.batch())?;
    let counted = story.batches.get(deed.batch()).copied().unwrap_or_default();
    let after = match deed {
        BatchDeed::BatchHeld { .. } if counted.held || counted.reverted => {
            return Err("a batch is stopped that does not go on".to_owned());
        }
        BatchDeed::BatchHeld { why, .. } => {
            stopped(story, counted, (why, event))?;
            Counted { held: true, ..counted }
        }
        BatchDeed::BatchReleased { .. } if !counted.held => {
            return Err("a batch goes on that was not stopped".to_owned());
        }
        BatchDeed::BatchReleased { batch } => {
            two_people(story, BatchAction::ReleaseBatch { batch: batch.clone() }, event)?;
            Counted::default()
        }
        BatchDeed::BatchReverted { .. } if counted.reverted => return Err("a batch is taken back twice".to_owned()),
        BatchDeed::BatchReverted { batch } => {
            two_people(story, BatchAction::RevertBatch { batch: batch.clone() }, event)?;
            Counted { reverted: true, held: false, ..counted }
        }
    };
    story.batches.insert(deed.batch().clone(), after);
    Ok(())
}

/// Letting a batch go on and taking it back each lower a protection.
fn two_people(story: &Story, action: BatchAction, event: &RosterEvent) -> Verdict {
    agreed::two_people(story, &RosterAction::Automation(AutomationAction::Batch(action)), event)
}

/// A version, or an incident, that is in the log.
fn has_its_cause(story: &Story, batch: &BatchId) -> Verdict {
    let known = match batch {
        BatchId::Incident(id) => story.incidents.contains(id),
        BatchId::Sop { id, version } => story.published.iter().any(|(sop, _)| sop.id == *id && sop.version == *version),
        BatchId::Entry { .. } => story.entries.contains(batch),
    };
    if known { Ok(()) } else { Err(format!("it names the batch {batch}, whose cause is not in the log before it")) }
}

/// By a person with their reason, or by the job with what the log counts against what the procedure says.
fn stopped(story: &Story, counted: Counted, (why, event): (&Hold, &RosterEvent)) -> Verdict {
    match (why, &event.by) {
        (Hold::Written(_), By::Person { id, .. }) if story.roster.person(*id).is_some_and(|by| !by.is_service()) => {
            Ok(())
        }
        (Hold::Refusals(refusals), By::System { job }) if job == BATCHES_JOB => {
            refused_too_much(story, counted, refusals)
        }
        (Hold::Written(_) | Hold::Refusals(_), _) => Err("a batch is stopped by nobody who may".to_owned()),
    }
}

fn refused_too_much(story: &Story, counted: Counted, refusals: &Refusals) -> Verdict {
    let Refusals { sop, dealt, refused, limits } = refusals;
    let said = story.procedure(sop).map(|document| document.limits.batch());
    if said != Some(*limits) {
        return Err("a batch is stopped by a limit that its procedure does not name".to_owned());
    }
    if (counted.dealt, counted.refused) != (*dealt, *refused) {
        let (of, refused) = (counted.dealt, counted.refused);
        return Err(format!("a batch is stopped by other figures than {refused} refused of {of}"));
    }
    let beyond = *dealt >= u64::from(limits.after) && refused * 100 > dealt * u64::from(limits.refused_percent);
    if beyond { Ok(()) } else { Err("a batch is stopped by itself without too many refusals".to_owned()) }
}

/// Judges an event of an exception that a batch causes, on the exception as it was before, and counts it.
pub(super) fn caused(story: &mut Story, before: &Exception, event: &Event) -> Verdict {
    let fact = |name: &str| event.citation.as_ref()?.facts.get(name)?.as_str();
    if let Some(review) = story.reviews.get_mut(&before.id).filter(|review| event.at > review.at) {
        review.version.get_or_insert(before.version);
    }
    if let Deed::ReviewWithdrawn { batch } = &event.deed {
        return withdrawn(story, before, (batch, event));
    }
    let Some(batch) = fact("batch").and_then(|batch| batch.parse::<BatchId>().ok()) else { return Ok(()) };
    has_its_cause(story, &batch)?;
    let (reopens, suspends) =
        (matches!(event.deed, Deed::Reopened { .. }), matches!(event.deed, Deed::Suspended { .. }));
    if let Deed::Reopened { cause, .. } = &event.deed
        && !is_cause_of(&batch, (&cause.code, before))
    {
        return Err(format!("it is reopened for {}, which is not what the batch {batch} is about", cause.code));
    }
    let refused = suspends && fact("effect") != Some(IncidentEffect::Suspend.as_str());
    if reopens {
        let review = Review { batch: batch.clone(), at: event.at, version: None, concerned: Vec::new() };
        story.reviews.insert(before.id, review);
    } else if let (Deed::Upkeep(Upkeep::IncidentNoted { .. }), Some(review)) =
        (&event.deed, story.reviews.get_mut(&before.id))
    {
        review.concerned.push(batch.clone());
    }
    let is_first = (reopens || suspends) && story.dealt.insert((batch.clone(), before.id));
    if is_first && (reopens || refused) {
        let counted = story.batches.entry(batch).or_default();
        counted.dealt += 1;
        counted.refused += u64::from(refused);
    }
    Ok(())
}

/// Does a batch of that kind reopen for such a cause?
fn is_cause_of(batch: &BatchId, (code, before): (&str, &Exception)) -> bool {
    match batch {
        BatchId::Incident(_) => code == Cause::INCIDENT,
        BatchId::Sop { id, .. } => code == "scored_higher" && before.sop.id == *id,
        BatchId::Entry { kind: EntryKind::Policy, .. } => code == "policy_changed",
        BatchId::Entry { kind: EntryKind::Regulation, .. } => code == "regulation_changed",
        BatchId::Entry { kind: EntryKind::System, .. } => matches!(code, "system_changed" | "system_retired"),
    }
}

/// It closes the re-review that this batch opened, once it was taken back, where nothing happened since and no other
/// batch that was not taken back concerns the exception too.
fn withdrawn(story: &Story, before: &Exception, (batch, event): (&BatchId, &Event)) -> Verdict {
    let is_back = |batch: &BatchId| story.batches.get(batch).is_some_and(|counted| counted.reverted);
    let taken_back = is_back(batch);
    let its_own = story.reviews.get(&before.id).is_some_and(|review| {
        let same = review.version.is_none_or(|version| version == before.version);
        review.batch == *batch && same && review.concerned.iter().all(is_back)
    });
    let untouched = matches!(&before.state, State::ReReview { round, .. } if round.approvals.is_empty());
    let by_itself = matches!(&event.by, By::System { job } if job == BATCHES_JOB);
    if taken_back && its_own && untouched && by_itself {
        return Ok(());
    }
    Err("a re-review is withdrawn that no batch opened which was taken back".to_owned())
}
