//! The kill switch, jobs that are run by hand, and settings that are taken up anew. Stopping takes one person; letting run again what was
//! stopped lowers a protection and takes two.

use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        refusal::Refused,
        roster::{
            BatchAction, BatchDeed, RosterDeed, batches,
            decide::{Case, Ruling, invalid},
        },
    },
    words::{AdminVerb, BatchId, BatchState, Citation, DomainPath, Halt, JobName, Sealed},
};

/// Something to be done about what runs by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum AutomationAction {
    /// Stops it.
    HaltAutomation {
        /// What.
        scope: Halt,
        /// Why.
        reason: Sealed,
    },
    /// Lets it run again.
    ReleaseAutomation {
        /// What.
        scope: Halt,
    },
    /// Runs a job now, beside its schedule.
    RunJob {
        /// Which.
        job: JobName,
    },
    /// Takes up the settings of a process as they were written since it started.
    ReloadSettings {
        /// The sections that differ.
        changed: Vec<String>,
    },
    /// Something about a batch.
    #[serde(untagged)]
    Batch(BatchAction),
}

/// What happened to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum AutomationDeed {
    /// It was stopped.
    AutomationHalted {
        /// What.
        scope: Halt,
        /// Why.
        reason: Sealed,
    },
    /// It runs again.
    AutomationReleased {
        /// What.
        scope: Halt,
    },
    /// Somebody asked for a run beside the schedule.
    JobAsked {
        /// Of which job.
        job: JobName,
    },
    /// A process took up its settings anew.
    SettingsReloaded {
        /// The sections that differed.
        changed: Vec<String>,
    },
    /// What happened to a batch.
    #[serde(untagged)]
    Batch(BatchDeed),
}

/// The facts that such an action is judged by.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AutomationFacts {
    /// Is exactly what is named stopped?
    pub halted: bool,
    /// How the batch stands that is named.
    pub batch: Option<BatchState>,
    /// Where the incident applies that the batch is of.
    pub place: Option<DomainPath>,
}

impl AutomationAction {
    /// Its verb.
    pub const fn verb(&self) -> AdminVerb {
        match self {
            Self::HaltAutomation { .. } => AdminVerb::HaltAutomation,
            Self::ReleaseAutomation { .. } => AdminVerb::ReleaseAutomation,
            Self::RunJob { .. } => AdminVerb::RunJob,
            Self::ReloadSettings { .. } => AdminVerb::ReloadSettings,
            Self::Batch(action) => action.verb(),
        }
    }

    /// The switch that it moves.
    pub const fn scope(&self) -> Option<&Halt> {
        match self {
            Self::HaltAutomation { scope, .. } | Self::ReleaseAutomation { scope } => Some(scope),
            Self::RunJob { .. } | Self::ReloadSettings { .. } | Self::Batch(_) => None,
        }
    }

    /// The batch that it is about.
    pub const fn batch(&self) -> Option<&BatchId> {
        if let Self::Batch(action) = self { Some(action.batch()) } else { None }
    }
}

impl AutomationDeed {
    /// Its code in the ledger, the feed and the timeline.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::AutomationHalted { .. } => "automation_halted",
            Self::AutomationReleased { .. } => "automation_released",
            Self::JobAsked { .. } => "job_asked",
            Self::SettingsReloaded { .. } => "settings_reloaded",
            Self::Batch(deed) => deed.code(),
        }
    }
}

/// What such an action does.
pub(super) fn rule(action: &AutomationAction, case: Case<'_>) -> Result<Ruling, Refused> {
    let halted = case.ground.automation.halted;
    match action.clone() {
        AutomationAction::HaltAutomation { .. } if halted => {
            Err(invalid("/scope", "already_halted", "this is stopped already"))
        }
        AutomationAction::HaltAutomation { scope, reason } => {
            let citation =
                Citation::rule(6, "one person may stop what runs by itself").with("scope", scope.to_string());
            Ok(Ruling::plain(told(AutomationDeed::AutomationHalted { scope, reason })).citing(citation))
        }
        AutomationAction::ReleaseAutomation { .. } if !halted => {
            Err(invalid("/scope", "not_halted", "this is not stopped; GET /v1/automation says what is"))
        }
        AutomationAction::ReleaseAutomation { scope } => {
            let why = "automation that was stopped runs again";
            Ok(Ruling::lowering(told(AutomationDeed::AutomationReleased { scope }), Some(why)))
        }
        AutomationAction::RunJob { job } => Ok(Ruling::plain(told(AutomationDeed::JobAsked { job }))),
        AutomationAction::ReloadSettings { changed } => {
            Ok(Ruling::plain(told(AutomationDeed::SettingsReloaded { changed })))
        }
        AutomationAction::Batch(action) => batches::rule(&action, case),
    }
}

const fn told(deed: AutomationDeed) -> RosterDeed {
    RosterDeed::Automation(deed)
}
