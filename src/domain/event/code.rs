//! What each deed is called in the ledger, the feed and the timeline, and which of them change nothing.

use super::Deed;

impl Deed {
    /// Its code in the ledger, the feed and the timeline.
    #[expect(clippy::too_many_lines, reason = "a table of all deeds, one line each")]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Drafted { .. } => "drafted",
            Self::Amended { .. } => "amended",
            Self::Submitted { .. } => "submitted",
            Self::Returned { .. } => "returned",
            Self::GateWaived { .. } => "gate_waived",
            Self::Passed { .. } => "passed",
            Self::ClausesAdded { .. } => "clauses_added",
            Self::Assessed { .. } => "assessed",
            Self::Rated { .. } => "rated",
            Self::GapFound { .. } => "gap_found",
            Self::InputAsked => "input_asked",
            Self::Advised { .. } => "advised",
            Self::RoundOpened { .. } => "round_opened",
            Self::QuorumLost { .. } => "quorum_lost",
            Self::QuorumFound => "quorum_found",
            Self::ConditionProposed { .. } => "condition_proposed",
            Self::Approved { .. } => "approved",
            Self::ApprovalVoided { .. } => "approval_voided",
            Self::AcceptanceAsked { .. } => "acceptance_asked",
            Self::Granted { .. } => "granted",
            Self::Rejected { .. } => "rejected",
            Self::Activated { .. } => "activated",
            Self::ControlConfirmed { .. } => "control_confirmed",
            Self::ControlFailed { .. } => "control_failed",
            Self::ControlLapsed { .. } => "control_lapsed",
            Self::Extended { .. } => "extended",
            Self::Reopened { .. } => "reopened",
            Self::ReviewWithdrawn { .. } => "review_withdrawn",
            Self::Reaffirmed { .. } => "reaffirmed",
            Self::Suspended { .. } => "suspended",
            Self::Resumed { .. } => "resumed",
            Self::ContentReplaced { .. } => "content_replaced",
            Self::Reverted { .. } => "reverted",
            Self::Withdrawn { .. } => "withdrawn",
            Self::Expired => "expired",
            Self::Revoked { .. } => "revoked",
            Self::Closed { .. } => "closed",
            Self::Superseded { .. } => "superseded",
            Self::Assigned { .. } => "assigned",
            Self::Escalated { .. } => "escalated",
            Self::Reminded { .. } => "reminded",
            Self::Attached { .. } => "attached",
            Self::EvidenceAttached { .. } => "evidence_attached",
            Self::Linked { .. } => "linked",
            Self::Watched { .. } => "watched",
            Self::Unwatched { .. } => "unwatched",
            Self::Commented { .. } => "commented",
            Self::AttemptRefused { .. } => "attempt.refused",
            Self::Read => "read",
            Self::EvidenceTaken => "evidence_taken",
            Self::OneBrowser { .. } => "alert.one_browser",
            Self::Upkeep(done) => done.code(),
        }
    }
}
