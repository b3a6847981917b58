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
    /// Until when its evidence holds, where that says so itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence_until: Option<Time>,
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
    /// Not confirmed by its due time.
    Lapsed {
        /// Since when.
        at: Time,
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
    /// By when it is to be confirmed: when it is due, or its evidence no longer holds, whichever comes first.
    pub fn owed_at(&self) -> Option<Time> {
        [self.due, self.evidence_until].into_iter().flatten().min()
    }

    /// Did its evidence end by then, before it was due?
    pub fn evidence_ended(&self, at: Time) -> bool {
        self.evidence_until.is_some_and(|until| until <= at && self.due.is_none_or(|due| until < due))
    }

    /// Does it hold back the start? One that is due later may be confirmed later; one that failed or lapsed may not.
    pub fn holds_back(&self) -> bool {
        match self.status {
            ControlStatus::Pending => self.due.is_none(),
            ControlStatus::Confirmed { .. } => false,
            ControlStatus::Lapsed { .. } | ControlStatus::Failed { .. } => true,
        }
    }

    /// When it lapses unless it is confirmed before; one that failed or lapsed already did.
    pub fn lapses_at(&self) -> Option<Time> {
        match self.status {
            ControlStatus::Pending | ControlStatus::Confirmed { .. } => self.owed_at(),
            ControlStatus::Lapsed { .. } | ControlStatus::Failed { .. } => None,
        }
    }
}
