//! Conditions and compensating controls of an exception that was decided.

use serde::{Deserialize, Serialize};

use crate::{
    domain::request::Time,
    words::{ControlId, PersonId, Sealed},
};

/// What an exception is bound to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// Who proposed it.
    pub by: PersonId,
    /// What it says.
    pub text: Sealed,
    /// The code under which the runtime answer names it as an obligation, if it can be checked.
    pub obligation: Option<String>,
}

/// A compensating control.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Control {
    /// Its id.
    pub id: ControlId,
    /// Who does it.
    pub owner: Option<PersonId>,
    /// After how many days it is checked again.
    pub cadence_days: Option<u32>,
    /// How it stands.
    pub status: ControlStatus,
    /// When it is next due; absent: before the exception becomes active.
    pub due: Option<Time>,
    /// When its lapse suspends the exception, where the SOP says so.
    pub suspends_at: Option<Time>,
}

/// How a control stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum ControlStatus {
    /// Not yet confirmed.
    Pending,
    /// Confirmed with evidence.
    Confirmed {
        /// By whom: neither requester nor beneficiary.
        by: PersonId,
        /// When.
        at: Time,
        /// What shows it.
        evidence: Option<Sealed>,
    },
    /// Reported as failed.
    Failed {
        /// By whom.
        by: PersonId,
        /// When.
        at: Time,
        /// What went wrong.
        reason: Sealed,
    },
}

impl Control {
    /// Must it be confirmed before the exception becomes active?
    pub fn holds_back(&self) -> bool {
        self.due.is_none() && !matches!(self.status, ControlStatus::Confirmed { .. })
    }
}
