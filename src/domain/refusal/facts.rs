//! What a refusal tells a program beside its code and its text.

use serde_json::{Value, json};

use super::Refusal;

impl Refusal {
    /// What a program may want to know beside the text.
    pub fn facts(&self) -> Value {
        match self {
            Self::DossierChanged { current } => json!({ "current_dossier": current }),
            Self::VersionChanged { current } => json!({ "current_version": current }),
            Self::PayloadChanged { current } => json!({ "current_payload": current }),
            Self::ChangeClosed { state } => json!({ "state": state }),
            Self::QuorumInfeasible { tier, missing } => json!({ "tier": tier, "missing": missing }),
            Self::LimitReached { limit, .. } => json!({ "limit": limit }),
            Self::Unlike { paths } => json!({ "differs": paths }),
            Self::FindingsUnread { findings } => json!({ "findings": findings }),
            Self::NotErasable { in_the_way } => json!({ "in_the_way": in_the_way }),
            Self::ReviewIncomplete { awaits } => json!({ "awaits": awaits }),
            Self::GateFailed { .. }
            | Self::WrongState { .. }
            | Self::NonWaivable { .. }
            | Self::UnknownClause { .. }
            | Self::TierNotAllowed { .. }
            | Self::GapOpen { .. }
            | Self::Excluded { .. }
            | Self::AlreadyApproved
            | Self::NeedsPerson
            | Self::RoleMissing { .. }
            | Self::StepUpRequired { .. }
            | Self::RoundOpen
            | Self::NoDelegation
            | Self::DepartureUnexplained
            | Self::UnknownReason { .. }
            | Self::NotWaivable { .. }
            | Self::Invalid { .. }
            | Self::PeriodNotAllowed { .. }
            | Self::NotDue { .. }
            | Self::NoRound
            | Self::NoSuch { .. }
            | Self::RevertEnlarges
            | Self::ReviewNotAsked { .. }
            | Self::NotYours { .. } => Value::Null,
        }
    }
}
