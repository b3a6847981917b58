//! What can be asked of an exception: REST verbs, page buttons, mail links and the clock all send these.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    domain::{
        exception::{Finding, Link},
        request::{Attachment, Request, Time},
    },
    words::{
        AttachmentId, ControlId, DelegationId, Dimension, Hash, PersonId, Recommendation, Role, Sealed, TaskId, Tier,
        Verb,
    },
};

/// A command on an existing exception.
#[derive(Debug, Clone)]
pub enum Command {
    /// Sends it into the procedure.
    Submit,
    /// Takes it back.
    Withdraw {
        /// Why.
        reason: Option<Sealed>,
    },
    /// Changes the content.
    Amend {
        /// The new content.
        request: Box<Request>,
    },
    /// Finds it complete.
    Pass {
        /// A note.
        note: Option<Sealed>,
    },
    /// Sends it to the fix queue.
    Return {
        /// The SOP's reason codes.
        codes: Vec<String>,
        /// What to mend.
        note: Option<Sealed>,
    },
    /// Adds clauses from which the request deviates as well.
    AddClauses {
        /// Which.
        clauses: BTreeSet<String>,
        /// Why.
        reason: Sealed,
    },
    /// Assesses one dimension.
    Assess(Box<Assess>),
    /// Says as monitoring owner how it stands.
    Attest {
        /// Is it still needed?
        needed: bool,
        /// Are its conditions and controls kept?
        kept: bool,
        /// What was observed.
        statement: Sealed,
    },
    /// Confirms what was scored in a dimension.
    ConfirmAssessment {
        /// Which.
        dimension: Dimension,
        /// What was looked at.
        note: Option<Sealed>,
    },
    /// Says something.
    Comment {
        /// What.
        text: Sealed,
        /// Only for those who work on it?
        internal: bool,
    },
    /// Answers as adviser or stakeholder.
    Recommend {
        /// In which role.
        role: Role,
        /// What.
        recommendation: Recommendation,
        /// Why.
        text: Option<Sealed>,
    },
    /// Approves exactly this dossier.
    Approve(Box<Approve>),
    /// Denies it.
    Reject {
        /// The dossier that was looked at.
        dossier: Hash,
        /// Why.
        reason: Sealed,
    },
    /// Sends it back to be changed.
    RequestChanges {
        /// The dossier that was looked at.
        dossier: Hash,
        /// What to change.
        reason: Sealed,
    },
    /// Proposes a condition, which makes a new dossier.
    ProposeCondition {
        /// The dossier that was looked at.
        dossier: Hash,
        /// The condition.
        condition: ProposedCondition,
    },
    /// Accepts the conditions.
    AcceptConditions,
    /// Waives a gate, or settles a gap of the procedure.
    WaiveGate {
        /// The gate or rule.
        gate: String,
        /// The tier, where it is the scoring that could not be evaluated.
        tier: Option<Tier>,
        /// Why.
        reason: Sealed,
    },
    /// Confirms a control.
    ConfirmControl {
        /// Which.
        control: ControlId,
        /// What shows it.
        evidence: Option<Sealed>,
        /// Until when that holds; absent: as long as the control's cadence says.
        expires: Option<Time>,
    },
    /// Reports a control as failed.
    FailControl {
        /// Which.
        control: ControlId,
        /// What went wrong.
        reason: Sealed,
    },
    /// Carries out an activation that a quorum has decided.
    Activate,
    /// Asks for a later end.
    RequestExtension {
        /// The new end.
        end: Time,
        /// Why.
        reason: Sealed,
    },
    /// Looks at it again.
    Reopen {
        /// Why, as a code.
        cause: String,
        /// Why, in words.
        note: Option<Sealed>,
    },
    /// Takes its effect away for now.
    Suspend {
        /// Why, as a code.
        cause: String,
        /// Why, in words.
        note: Option<Sealed>,
    },
    /// Opens a round about giving its effect back, and approves it.
    Resume(Box<Approve>),
    /// Takes it away for good.
    Revoke {
        /// Why, as a code.
        cause: String,
        /// Why, in words.
        note: Option<Sealed>,
    },
    /// Ends what is over.
    Expire,
    /// Ends what is no longer needed.
    Close {
        /// Why.
        reason: Option<Sealed>,
    },
    /// Gives a task to somebody, or back to its role.
    Assign {
        /// Which.
        task: TaskId,
        /// To whom.
        to: Option<PersonId>,
    },
    /// Tells the SOP's escalation route.
    Escalate {
        /// Of which task.
        task: TaskId,
    },
    /// Reminds those who have it.
    Remind {
        /// Of which task.
        task: Option<TaskId>,
    },
    /// Attaches a file.
    Attach {
        /// Its id.
        id: AttachmentId,
        /// What it is.
        attachment: Attachment,
    },
    /// Takes a file out of what is still being written.
    Detach {
        /// Its id.
        attachment: AttachmentId,
    },
    /// Points to another record.
    Link {
        /// The pointer.
        link: Link,
    },
    /// Follows it.
    Watch {
        /// Who.
        person: PersonId,
    },
    /// Follows it no longer.
    Unwatch {
        /// Who.
        person: PersonId,
    },
    /// Sets the content back to an earlier version.
    Revert {
        /// Which.
        to_version: u64,
        /// Its content.
        content: Box<Request>,
    },
}

/// One dimension's assessment.
#[derive(Debug, Clone)]
pub struct Assess {
    /// Which dimension.
    pub dimension: Dimension,
    /// Points per criterion.
    pub points: BTreeMap<String, u32>,
    /// What was found.
    pub findings: Vec<Finding>,
    /// Another tier than the computed one, and why.
    pub override_tier: Option<(Tier, Sealed)>,
}

/// An approval.
#[derive(Debug, Clone)]
pub struct Approve {
    /// The dossier that was looked at.
    pub dossier: Hash,
    /// The approver for whom one acts, by whose delegation.
    pub on_behalf_of: Option<PersonId>,
    /// The delegation by which one acts, once it was looked up.
    pub delegation: Option<DelegationId>,
    /// Conditions: each is proposed, and the new dossier approved.
    pub conditions: Vec<ProposedCondition>,
    /// The high and critical findings that one has read, by the commitments of their texts.
    pub acknowledged: BTreeSet<Hash>,
    /// Why one departs from an adviser's objection.
    pub departure: Option<Sealed>,
    /// Why, for a resumption.
    pub reason: Option<Sealed>,
}

/// A condition as proposed.
#[derive(Debug, Clone)]
pub struct ProposedCondition {
    /// What it says.
    pub text: Sealed,
    /// Its code in the runtime answer.
    pub obligation: Option<String>,
}

impl Command {
    /// The dossier that it names as looked at, if it decides on one.
    pub fn dossier(&self) -> Option<Hash> {
        if let Self::Approve(given) | Self::Resume(given) = self {
            return Some(given.dossier);
        }
        let (Self::Reject { dossier, .. }
        | Self::RequestChanges { dossier, .. }
        | Self::ProposeCondition { dossier, .. }) = self
        else {
            return None;
        };
        Some(*dossier)
    }

    /// Its verb.
    pub const fn verb(&self) -> Verb {
        match self {
            Self::Submit => Verb::Submit,
            Self::Withdraw { .. } => Verb::Withdraw,
            Self::Amend { .. } => Verb::Amend,
            Self::Pass { .. } => Verb::Pass,
            Self::Return { .. } => Verb::Return,
            Self::AddClauses { .. } => Verb::AddClauses,
            Self::Assess(_) => Verb::Assess,
            Self::Attest { .. } => Verb::Attest,
            Self::ConfirmAssessment { .. } => Verb::ConfirmAssessment,
            Self::Comment { .. } => Verb::Comment,
            Self::Recommend { .. } => Verb::Recommend,
            Self::Approve(_) => Verb::Approve,
            Self::Reject { .. } => Verb::Reject,
            Self::RequestChanges { .. } => Verb::RequestChanges,
            Self::ProposeCondition { .. } => Verb::ProposeCondition,
            Self::AcceptConditions => Verb::AcceptConditions,
            Self::WaiveGate { .. } => Verb::WaiveGate,
            Self::ConfirmControl { .. } => Verb::ConfirmControl,
            Self::FailControl { .. } => Verb::FailControl,
            Self::Activate => Verb::Activate,
            Self::RequestExtension { .. } => Verb::RequestExtension,
            Self::Reopen { .. } => Verb::Reopen,
            Self::Suspend { .. } => Verb::Suspend,
            Self::Resume(_) => Verb::Resume,
            Self::Revoke { .. } => Verb::Revoke,
            Self::Expire => Verb::Expire,
            Self::Close { .. } => Verb::Close,
            Self::Assign { .. } => Verb::Assign,
            Self::Escalate { .. } => Verb::Escalate,
            Self::Remind { .. } => Verb::Remind,
            Self::Attach { .. } => Verb::Attach,
            Self::Detach { .. } => Verb::Detach,
            Self::Link { .. } => Verb::Link,
            Self::Watch { .. } => Verb::Watch,
            Self::Unwatch { .. } => Verb::Unwatch,
            Self::Revert { .. } => Verb::Revert,
        }
    }
}
