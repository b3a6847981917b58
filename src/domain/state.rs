//! Where an exception is: its states, the rounds of decision and what they give. Each state carries
//! exactly the facts that exist in it; it knows neither the procedure nor the clock.

use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        exception::Reason,
        quorum::{Candidate, Capacity, TwoPeople},
        request::{Period, Request, Time},
        review::Review,
    },
    sop::{ControlFailure, Quorum},
    words::{Hash, PersonId, RoundKind, Sealed, SopRef, StateName, Tier},
};

/// Where an exception is, with what is true only there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum State {
    /// Being written.
    Draft,
    /// A reviewer looks whether it is complete.
    CompletenessReview,
    /// In the fix queue.
    Returned {
        /// What has to be mended.
        reasons: Vec<Reason>,
        /// What the reviewer or approver wrote.
        note: Option<Sealed>,
    },
    /// Assessors score it.
    Assessment,
    /// Advisers and stakeholders are asked.
    StakeholderInput,
    /// Approvers decide.
    Decision {
        /// The open round.
        round: Round,
        /// Set once the quorum is full and the requester has yet to accept the conditions.
        awaiting: Option<Authority>,
    },
    /// Decided; controls are put in place and the start is awaited.
    Implementation {
        /// What was decided.
        authority: Authority,
        /// The round that decided it: a role lost before the start takes it back there.
        round: Round,
    },
    /// In effect.
    Active {
        /// By what decision.
        authority: Authority,
        /// A round open beside it (extension, amendment).
        round: Option<Round>,
    },
    /// In effect and looked at again.
    ReReview {
        /// By what decision it is in effect.
        authority: Authority,
        /// Why it was reopened.
        cause: Cause,
        /// Until when it must be settled.
        settle_by: Time,
        /// The open round.
        round: Round,
    },
    /// Without effect, for now.
    Suspended {
        /// The decision that gave it effect.
        authority: Authority,
        /// Why.
        cause: Cause,
        /// Since when.
        since: Time,
        /// A round about resuming it.
        round: Option<Round>,
        /// What was asked and is to be answered before anybody resumes it, while no round about that is open.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        review: Option<Box<Review>>,
    },
    /// Ended: denied.
    Rejected,
    /// Ended: taken back, or lapsed.
    Withdrawn,
    /// Ended: its time was over.
    Expired {
        /// Since when it has no effect.
        at: Time,
    },
    /// Ended: taken away.
    Revoked {
        /// Since when it has no effect.
        at: Time,
    },
    /// Ended: no longer needed.
    Closed {
        /// Since when it has no effect.
        at: Time,
    },
}

/// One numbered round of decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round {
    /// Its number within the exception, from 1.
    pub number: u32,
    /// What it is about.
    pub kind: RoundKind,
    /// What it would change, beyond giving effect.
    pub proposal: Proposal,
    /// The tier decided on.
    pub tier: Tier,
    /// Every one of these must be filled: the submitted version's and the published one's.
    pub quorums: Vec<Quorum>,
    /// The hash of the dossier as it stands.
    pub dossier: Hash,
    /// When it was opened.
    pub opened_at: Time,
    /// Who asked for the change that it is about (a later end, another content): no approver of it.
    pub asked_by: Option<PersonId>,
    /// For how many days an approval counts while the round is open.
    pub approval_days: u32,
    /// The approvals given for this very dossier.
    pub approvals: Vec<Approval>,
    /// What has to be answered before anybody approves, where the procedure asks for that in a re-review.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<Review>,
}

/// What a round would change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proposal {
    /// The exception as requested.
    AsRequested,
    /// A later end.
    End {
        /// Which.
        end: Time,
        /// Why.
        reason: Sealed,
    },
    /// Its last decision once more.
    Reaffirm,
    /// Another content.
    Content(Box<Request>),
}

/// One approval of one dossier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// The account that acted.
    pub by: PersonId,
    /// The human who acted.
    pub human: PersonId,
    /// The human whose slot it is.
    pub principal: PersonId,
    /// The account they acted for, if not their own.
    pub on_behalf_of: Option<PersonId>,
    /// By which roles, as they stood.
    pub capacities: Vec<Capacity>,
    /// For which dossier.
    pub dossier: Hash,
    /// When.
    pub at: Time,
    /// Was it given by a code from a mail?
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_code: bool,
}

impl Approval {
    /// As somebody to be matched to a slot.
    pub fn candidate(&self) -> Candidate {
        Candidate { human: self.human, principal: self.principal, capacities: self.capacities.clone() }
    }
}

/// What a full quorum gave: the right to have effect, for a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authority {
    /// The round that gave it.
    pub round: u32,
    /// The dossier it was given for.
    pub dossier: Hash,
    /// The procedure that asked for the quorum.
    pub sop: SopRef,
    /// Who gave it.
    pub two: TwoPeople,
    /// From when to when.
    pub period: Period,
    /// When it must be looked at again.
    pub review_due: Time,
    /// When it is suspended unless that was done.
    pub suspend_at: Time,
    /// What a failed or lapsed control does to it.
    pub on_lapse: ControlFailure,
    /// The tier it was given at.
    pub tier: Tier,
}

/// Why an exception was reopened or suspended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// Its code, such as `review_overdue`.
    pub code: String,
    /// What somebody wrote about it.
    pub note: Option<Sealed>,
}

impl Cause {
    /// The code of a re-review that was planned; it does not count towards the procedure's limit.
    pub const REVIEW_DUE: &str = "review_due";
    /// The code of an incident that was reported on something that it names.
    pub const INCIDENT: &str = "incident";
    /// The code of a newer version of its procedure by which it would be of a higher tier.
    pub const SCORED_HIGHER: &str = "scored_higher";
    /// The code of a clause that somebody found that it deviates from as well.
    pub const CLAUSE_ADDED: &str = "clause_added";

    /// Is it but the end of a re-review that nobody settled in time?
    pub fn is_overdue(&self) -> bool {
        matches!(self.code.as_str(), "review_overdue" | "reaffirmation_overdue")
    }

    /// A cause by its code alone.
    pub fn of(code: &str) -> Self {
        Self { code: code.to_owned(), note: None }
    }
}

impl State {
    /// Its name.
    pub const fn name(&self) -> StateName {
        match self {
            Self::Draft => StateName::Draft,
            Self::CompletenessReview => StateName::CompletenessReview,
            Self::Returned { .. } => StateName::Returned,
            Self::Assessment => StateName::Assessment,
            Self::StakeholderInput => StateName::StakeholderInput,
            Self::Decision { .. } => StateName::Decision,
            Self::Implementation { .. } => StateName::Implementation,
            Self::Active { .. } => StateName::Active,
            Self::ReReview { .. } => StateName::ReReview,
            Self::Suspended { .. } => StateName::Suspended,
            Self::Rejected => StateName::Rejected,
            Self::Withdrawn => StateName::Withdrawn,
            Self::Expired { .. } => StateName::Expired,
            Self::Revoked { .. } => StateName::Revoked,
            Self::Closed { .. } => StateName::Closed,
        }
    }

    /// The decision by which it has, had or may have effect.
    pub const fn authority(&self) -> Option<&Authority> {
        match self {
            Self::Implementation { authority, .. }
            | Self::Active { authority, .. }
            | Self::ReReview { authority, .. }
            | Self::Suspended { authority, .. } => Some(authority),
            Self::Decision { awaiting, .. } => awaiting.as_ref(),
            Self::Draft
            | Self::CompletenessReview
            | Self::Returned { .. }
            | Self::Assessment
            | Self::StakeholderInput
            | Self::Rejected
            | Self::Withdrawn
            | Self::Expired { .. }
            | Self::Revoked { .. }
            | Self::Closed { .. } => None,
        }
    }

    /// The open round.
    pub const fn round(&self) -> Option<&Round> {
        match self {
            Self::Decision { round, .. } | Self::Implementation { round, .. } | Self::ReReview { round, .. } => {
                Some(round)
            }
            Self::Active { round, .. } | Self::Suspended { round, .. } => round.as_ref(),
            Self::Draft
            | Self::CompletenessReview
            | Self::Returned { .. }
            | Self::Assessment
            | Self::StakeholderInput
            | Self::Rejected
            | Self::Withdrawn
            | Self::Expired { .. }
            | Self::Revoked { .. }
            | Self::Closed { .. } => None,
        }
    }

    /// The open round, to be changed by an event.
    pub const fn round_mut(&mut self) -> Option<&mut Round> {
        match self {
            Self::Decision { round, .. } | Self::Implementation { round, .. } | Self::ReReview { round, .. } => {
                Some(round)
            }
            Self::Active { round, .. } | Self::Suspended { round, .. } => round.as_mut(),
            Self::Draft
            | Self::CompletenessReview
            | Self::Returned { .. }
            | Self::Assessment
            | Self::StakeholderInput
            | Self::Rejected
            | Self::Withdrawn
            | Self::Expired { .. }
            | Self::Revoked { .. }
            | Self::Closed { .. } => None,
        }
    }
}
