//! What happened to an exception. Nothing else changes one.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        control::Condition,
        exception::{Advice, Approval, Assessment, Authority, Cause, Gap, Link, Rating, Reason, Round, Waiver},
        facts::{Prior, UsedUp},
        import::Brought,
        person::By,
        quorum::Vacancy,
        request::{Attachment, Period, Request, Time},
        review::ReviewDeed,
        roster::Lot,
        upkeep::{Rung, Upkeep},
    },
    words::{
        AttachmentId, BatchId, Citation, ControlId, Dimension, ExceptionId, Hash, PersonId, Role, Sealed, SopRef,
        TaskId, Tier, Verb,
    },
};

mod code;
pub use crate::domain::task::TaskChanges;

/// One event of an exception: what happened, who did it, when, and by which rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// What happened.
    pub deed: Deed,
    /// Who did it.
    pub by: By,
    /// When it was recorded.
    pub at: Time,
    /// When it took effect, where that is a deadline that had passed before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_at: Option<Time>,
    /// The rule that caused or allowed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub citation: Option<Citation>,
    /// The work that it opened and closed.
    #[serde(default, skip_serializing_if = "TaskChanges::is_empty")]
    pub tasks: TaskChanges,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Deed {
    /// A draft was begun.
    Drafted {
        /// Its number.
        number: String,
        /// On whose account.
        requester: PersonId,
        /// By a service, an agent or a pipeline?
        filed_by_agent: bool,
        /// Its first content.
        request: Box<Request>,
        /// The procedure it will run through.
        sop: SopRef,
    },
    /// Its content was changed.
    Amended {
        /// The new content.
        request: Box<Request>,
    },
    /// It was submitted, and these rules could not be evaluated.
    Submitted {
        /// The procedure version it now runs on.
        sop: SopRef,
        /// Rules that wait for governance.
        gaps: Vec<String>,
        /// What was asked for before.
        #[serde(default)]
        prior: Prior,
        /// The budgets that were used up.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        used_up: Vec<UsedUp>,
        /// At first, while a version was split off: the side of that split on which it is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        split: Option<Lot>,
    },
    /// It went to the fix queue.
    Returned {
        /// What has to be mended.
        reasons: Vec<Reason>,
        /// What a reviewer or approver wrote.
        note: Option<Sealed>,
    },
    /// A gate was waived.
    GateWaived {
        /// Which.
        gate: String,
        /// By whom and why.
        waiver: Waiver,
        /// The dossier it makes, while a round is open.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dossier: Option<Hash>,
    },
    /// It was found complete.
    Passed {
        /// What the reviewer wrote.
        note: Option<Sealed>,
    },
    /// A reviewer or an assessor found clauses from which it deviates as well.
    ClausesAdded {
        /// Which.
        clauses: BTreeSet<String>,
        /// Why.
        reason: Sealed,
        /// The dossier they make, while a round is open and goes on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dossier: Option<Hash>,
        /// Does the procedure ask for another assessment or a higher tier with them?
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        reassess: bool,
    },
    /// A dimension was assessed.
    Assessed {
        /// Which.
        dimension: Dimension,
        /// How.
        assessment: Assessment,
    },
    /// The tier was computed or set.
    Rated {
        /// What it is and why.
        rating: Rating,
    },
    /// A rule could not be evaluated and waits for governance.
    GapFound {
        /// The rule.
        rule: String,
        /// What stood in the way, and what the rule looked at.
        #[serde(flatten)]
        gap: Gap,
    },
    /// Advisers and stakeholders are asked.
    InputAsked,
    /// One of them answered.
    Advised {
        /// What they said.
        advice: Advice,
    },
    /// A round of decision was opened.
    RoundOpened {
        /// The round.
        round: Box<Round>,
    },
    /// People or roles changed so that nobody can fill its quorum any more. It waits; the quorum is never relaxed.
    QuorumLost {
        /// At which tier.
        tier: Tier,
        /// Who is missing.
        missing: Vec<Vacancy>,
    },
    /// Its quorum can be filled again.
    QuorumFound,
    /// An approver proposed a condition; the dossier is a new one.
    ConditionProposed {
        /// The condition.
        condition: Condition,
        /// The new dossier.
        dossier: Hash,
    },
    /// An approver approved exactly one dossier.
    Approved {
        /// The round.
        round: u32,
        /// The approval.
        approval: Approval,
        /// The high and critical findings that they have read, by the commitments of their texts.
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        acknowledged: BTreeSet<Hash>,
        /// Why they depart from an adviser's objection.
        departure: Option<Sealed>,
    },
    /// An approval no longer counts; it stays in the record.
    ApprovalVoided {
        /// The round.
        round: u32,
        /// Whose.
        human: PersonId,
        /// For whom.
        principal: PersonId,
        /// Why, as a code.
        why: String,
    },
    /// The quorum is full and the requester is asked to accept the conditions.
    AcceptanceAsked {
        /// What was decided.
        authority: Box<Authority>,
    },
    /// The quorum is full and nothing stands in the way of its implementation.
    Granted {
        /// What was decided.
        authority: Box<Authority>,
    },
    /// It was denied; for a round beside a living exception, that round was.
    Rejected {
        /// The round.
        round: u32,
        /// Why.
        reason: Sealed,
    },
    /// It came into effect.
    Activated {
        /// For which period.
        period: Period,
    },
    /// A control was confirmed.
    ControlConfirmed {
        /// Which.
        control: ControlId,
        /// What shows it.
        evidence: Option<Sealed>,
        /// When it is due again.
        due: Option<Time>,
        /// Until when the evidence holds, where it says so itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires: Option<Time>,
    },
    /// A control was not confirmed in time.
    ControlLapsed {
        /// Which.
        control: ControlId,
    },
    /// A control was reported as failed.
    ControlFailed {
        /// Which.
        control: ControlId,
        /// What went wrong.
        reason: Sealed,
    },
    /// A full quorum moved its end.
    Extended {
        /// By what decision.
        authority: Box<Authority>,
        /// By so many days.
        days: u32,
    },
    /// It was reopened.
    Reopened {
        /// Why.
        cause: Cause,
        /// Until when it must be settled.
        settle_by: Time,
        /// The round.
        round: Box<Round>,
    },
    /// The batch that reopened it was taken back, and its re-review with it: it is as it was before.
    ReviewWithdrawn {
        /// Which batch.
        batch: BatchId,
    },
    /// A full quorum confirmed it after a re-review.
    Reaffirmed {
        /// By what decision.
        authority: Box<Authority>,
    },
    /// Its effect was taken away for now.
    Suspended {
        /// Why.
        cause: Cause,
    },
    /// A full quorum gave its effect back.
    Resumed {
        /// By what decision.
        authority: Box<Authority>,
    },
    /// A full quorum put another content in place.
    ContentReplaced {
        /// By what decision.
        authority: Box<Authority>,
        /// The content.
        request: Box<Request>,
    },
    /// Its content was set back to an earlier version.
    Reverted {
        /// To which version.
        to_version: u64,
        /// That content.
        request: Box<Request>,
        /// The dossier it makes, while a round is open.
        dossier: Option<Hash>,
    },
    /// It was taken back, or lapsed.
    Withdrawn {
        /// Why.
        reason: Option<Sealed>,
    },
    /// Its time was over.
    Expired,
    /// It was taken away.
    Revoked {
        /// Why.
        cause: Cause,
    },
    /// It is no longer needed.
    Closed {
        /// Why.
        reason: Option<Sealed>,
    },
    /// Another exception renews it.
    Superseded {
        /// Which.
        by: ExceptionId,
    },
    /// A task was given to somebody, or given back.
    Assigned {
        /// Which.
        task: TaskId,
        /// To whom; absent: back to its role.
        to: Option<PersonId>,
    },
    /// A task was escalated.
    Escalated {
        /// Which.
        task: TaskId,
        /// To whom: the procedure's escalation route.
        route: Vec<Role>,
        /// How far along the route the clock has come; absent where a person escalated it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rung: Option<Rung>,
    },
    /// Somebody was reminded.
    Reminded {
        /// Of which task; absent: of the exception's end.
        task: Option<TaskId>,
    },
    /// A file was attached.
    Attached {
        /// Its id.
        id: AttachmentId,
        /// What it is.
        attachment: Attachment,
    },
    /// A file was taken out of the request. What it was stays in the record, and its content until the retention.
    Detached {
        /// Its id.
        id: AttachmentId,
    },
    /// A file was attached as evidence of a control. It is no part of what was decided.
    EvidenceAttached {
        /// Its id.
        id: AttachmentId,
        /// What it is.
        attachment: Attachment,
    },
    /// A pointer to another record was added.
    Linked {
        /// The pointer.
        link: Link,
    },
    /// Somebody follows it.
    Watched {
        /// Who.
        person: PersonId,
    },
    /// Somebody no longer follows it.
    Unwatched {
        /// Who.
        person: PersonId,
    },
    /// A comment. It changes no state.
    Commented {
        /// What it says.
        text: Sealed,
        /// Only for those who work on it, not for the requester?
        internal: bool,
    },
    /// Somebody tried what is refused. It changes no state.
    AttemptRefused {
        /// What.
        command: Verb,
        /// The refusal's code.
        code: String,
        /// How many refused attempts of this person there were in this hour.
        count: u32,
    },
    /// Somebody read it, although it is confidential. It changes no state.
    Read,
    /// Somebody took the evidence on it. It changes no state.
    EvidenceTaken,
    /// One browser acts for two approvers. It changes no state; governance is told.
    OneBrowser {
        /// The approver whose session it held.
        before: PersonId,
        /// The approver who signed in there after them.
        then: PersonId,
    },
    /// An answer to what a re-review asks.
    #[serde(untagged)]
    Review(ReviewDeed),
    /// Something that came from another register.
    #[serde(untagged)]
    Brought(Brought),
    /// Something that the clock did beside the lifecycle.
    #[serde(untagged)]
    Upkeep(Upkeep),
}
