//! What a batch did to an exception, as its events say, and taking that back: it closes a re-review that nobody has
//! looked at, and gives back no effect that was lost.

use crate::{
    domain::{
        event::{Deed, Event},
        exception::{Exception, State},
        upkeep::Upkeep,
    },
    words::{BatchId, BatchOutcome, Citation, IncidentEffect, Reversal},
};

use super::{Ground, Proceeding, settle};

/// The batches that `events` cite, and what each did with it, in their order. Who is suspended though the batch was to
/// reopen it was refused a re-review.
#[expect(clippy::wildcard_enum_match_arm, reason = "some are of interest here, and the rest are as they were")]
pub fn outcomes_of(events: &[Event]) -> Vec<(BatchId, BatchOutcome)> {
    let told = events.iter().filter_map(|event| {
        let fact = |name: &str| event.citation.as_ref()?.facts.get(name)?.as_str();
        let batch = fact("batch")?.parse().ok()?;
        let meant = fact("effect") == Some(IncidentEffect::Suspend.as_str());
        let outcome = match &event.deed {
            Deed::Reopened { .. } => BatchOutcome::Reopened,
            Deed::Suspended { .. } if meant => BatchOutcome::Suspended,
            Deed::Suspended { .. } => BatchOutcome::Refused,
            Deed::Upkeep(Upkeep::IncidentNoted { .. }) => BatchOutcome::Noted,
            _ => return None,
        };
        Some((batch, outcome))
    });
    told.collect()
}

/// Closes the re-review that `batch` opened, if nothing happened to `before` since it had `version`; says what became
/// of it. What is due is settled before, and after: it may be reopened for a cause of its own at once.
pub fn withdrawn(before: &Exception, (batch, version): (&BatchId, u64), ground: Ground<'_>) -> (Vec<Event>, Reversal) {
    let mut p = Proceeding::settled(before, ground);
    let reversal = judged(&p.now, version);
    if reversal == Reversal::Reverted {
        let citation = Citation::rule(5, "the batch that reopened it was taken back; nothing happened since")
            .with("batch", batch.to_string())
            .with("version", version);
        p.tell(Deed::ReviewWithdrawn { batch: batch.clone() }, citation);
        settle::settle(&mut p);
    }
    (p.close(), reversal)
}

#[expect(clippy::wildcard_enum_match_arm, reason = "some are of interest here, and the rest are as they were")]
fn judged(now: &Exception, version: u64) -> Reversal {
    match &now.state {
        State::ReReview { round, .. } if now.version == version && round.approvals.is_empty() => Reversal::Reverted,
        State::Suspended { .. } => Reversal::Suspended,
        state if state.name().is_final() => Reversal::Ended,
        _ => Reversal::Moved,
    }
}
