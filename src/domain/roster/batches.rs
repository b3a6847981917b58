//! Batches: all that one cause changes of exceptions by itself. One person may stop one; letting it go on, and taking
//! it back, lower a protection and take two. The service stops one where the rules refuse too much of it.

use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        person::By,
        refusal::{Refusal, Refused},
        request::Time,
        roster::{
            AutomationDeed, RosterDeed, RosterEvent,
            decide::{Case, Ruling, invalid},
        },
    },
    sop::BatchLimits,
    words::{AdminVerb, BatchId, BatchState, Citation, Sealed, SopRef},
};

/// Something to be done about a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum BatchAction {
    /// Stops it.
    HoldBatch {
        /// Which.
        batch: BatchId,
        /// Why.
        reason: Sealed,
    },
    /// Lets it go on.
    ReleaseBatch {
        /// Which.
        batch: BatchId,
    },
    /// Takes it back: what it reopened and nobody touched since is as it was, and what is left of it is not done.
    RevertBatch {
        /// Which.
        batch: BatchId,
    },
}

/// What happened to a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum BatchDeed {
    /// It was stopped.
    BatchHeld {
        /// Which.
        batch: BatchId,
        /// Why.
        why: Hold,
    },
    /// It goes on.
    BatchReleased {
        /// Which.
        batch: BatchId,
    },
    /// It is taken back. What that did to exceptions are events of theirs.
    BatchReverted {
        /// Which.
        batch: BatchId,
    },
}

/// Why a batch was stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hold {
    /// The rules refused too many of its re-reviews.
    Refusals(Refusals),
    /// Somebody wrote why.
    Written(Sealed),
}

/// So many refusals, against what a procedure tolerates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refusals {
    /// The version of the procedure that tolerates least: of those by which the last one ran that was refused.
    pub sop: SopRef,
    /// How many it came to since it began or was last let go on.
    pub dealt: u64,
    /// How many of them were refused a re-review.
    pub refused: u64,
    /// What is tolerated.
    pub limits: BatchLimits,
}

impl BatchAction {
    /// Its verb.
    pub const fn verb(&self) -> AdminVerb {
        match self {
            Self::HoldBatch { .. } => AdminVerb::HoldBatch,
            Self::ReleaseBatch { .. } => AdminVerb::ReleaseBatch,
            Self::RevertBatch { .. } => AdminVerb::RevertBatch,
        }
    }

    /// Which batch.
    pub const fn batch(&self) -> &BatchId {
        match self {
            Self::HoldBatch { batch, .. } | Self::ReleaseBatch { batch } | Self::RevertBatch { batch } => batch,
        }
    }
}

impl BatchDeed {
    /// Its code in the ledger, the feed and the timeline.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::BatchHeld { .. } => "batch_held",
            Self::BatchReleased { .. } => "batch_released",
            Self::BatchReverted { .. } => "batch_reverted",
        }
    }

    /// Which batch.
    pub const fn batch(&self) -> &BatchId {
        match self {
            Self::BatchHeld { batch, .. } | Self::BatchReleased { batch } | Self::BatchReverted { batch } => batch,
        }
    }
}

/// The job as which the service stops batches and takes them back.
pub const BATCHES_JOB: &str = "batches";

/// The event that stops a batch because of its refusals.
pub fn stopped(batch: BatchId, refusals: Refusals, at: Time) -> RosterEvent {
    let text = "the rules refuse more of its re-reviews than the procedure tolerates: it waits for people";
    let citation = Citation::sop(&refusals.sop, "7", text)
        .with("batch", batch.to_string())
        .with("dealt", refusals.dealt)
        .with("refused", refusals.refused)
        .with("refused_percent", refusals.limits.refused_percent)
        .with("after", refusals.limits.after);
    RosterEvent {
        deed: RosterDeed::Automation(AutomationDeed::Batch(BatchDeed::BatchHeld {
            batch,
            why: Hold::Refusals(refusals),
        })),
        by: By::System { job: BATCHES_JOB.to_owned() },
        at,
        alone: false,
        citation: Some(citation),
    }
}

/// What such an action does.
pub(super) fn rule(action: &BatchAction, case: Case<'_>) -> Result<Ruling, Refused> {
    let state = case.ground.automation.batch.ok_or(Refusal::NoSuch { what: "batch" })?;
    let told = |deed| RosterDeed::Automation(AutomationDeed::Batch(deed));
    match action.clone() {
        BatchAction::HoldBatch { batch, reason } => {
            if state != BatchState::Running {
                return Err(invalid("/id", "batch_not_running", "nothing of it goes on that could be stopped"));
            }
            let citation =
                Citation::rule(6, "one person may stop what runs by itself").with("batch", batch.to_string());
            let deed = BatchDeed::BatchHeld { batch, why: Hold::Written(reason) };
            Ok(Ruling::plain(told(deed)).citing(citation))
        }
        BatchAction::ReleaseBatch { batch } => {
            if state != BatchState::Held {
                return Err(invalid("/id", "batch_not_held", "it is not stopped"));
            }
            let why = "an automatic change of many exceptions that was stopped goes on";
            Ok(Ruling::lowering(told(BatchDeed::BatchReleased { batch }), Some(why)))
        }
        BatchAction::RevertBatch { batch } => {
            if matches!(state, BatchState::Reverting | BatchState::Reverted) {
                return Err(invalid("/id", "batch_reverted", "it was taken back before"));
            }
            let why = "what was reopened is no longer looked at again";
            Ok(Ruling::lowering(told(BatchDeed::BatchReverted { batch }), Some(why)))
        }
    }
}
