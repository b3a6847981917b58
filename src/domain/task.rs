//! Open work: what a step asks of a role or a person, by when.

use serde::{Deserialize, Serialize};

use crate::{
    domain::{request::Time, upkeep::Late},
    words::{DomainPath, PersonId, Role, Step, TaskId, words},
};

words! {
    /// What a task asks for.
    Work, "work" {
        Fix = "fix", Review = "review", Assess = "assess", Advise = "advise", Decide = "decide",
        AcceptConditions = "accept_conditions", ConfirmControl = "confirm_control", SettleGap = "settle_gap",
        FillQuorum = "fill_quorum", FindCover = "find_cover", Attest = "attest",
    }
}

impl Work {
    /// The role that does it where its owner cannot, of work that one person has by name.
    pub const fn stand_in(self) -> Option<Role> {
        match self {
            Self::ConfirmControl => Some(Role::ControlOwner),
            Self::Attest => Some(Role::Governance),
            Self::Fix
            | Self::Review
            | Self::Assess
            | Self::Advise
            | Self::Decide
            | Self::AcceptConditions
            | Self::SettleGap
            | Self::FillQuorum
            | Self::FindCover => None,
        }
    }
}

/// One person's or role's open work in a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// What distinguishes it among the open tasks of its exception, such as `assess:privacy`.
    pub key: String,
    /// The step it belongs to.
    pub step: Step,
    /// What it asks for.
    pub work: Work,
    /// The roles that may do it; empty where a person is named.
    pub roles: Vec<Role>,
    /// The domains in which the role must be held.
    pub domains: Vec<DomainPath>,
    /// Who has it.
    pub assignee: Option<PersonId>,
    /// When whoever has it took it, or was given it since it was opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_at: Option<Time>,
    /// When it was opened.
    pub opened_at: Time,
    /// By when it should be done.
    pub due_at: Time,
    /// When those who have it are warned; absent: they are not, or were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warn_at: Option<Time>,
    /// That it was not done in time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late: Option<Late>,
}

impl Task {
    /// Do the same people have both, to decide the same thing by the same time? They are one task to whoever reads
    /// of them: nobody is told twice.
    pub(crate) fn is_one_with(&self, other: &Self) -> bool {
        let who = |task: &Self| (task.roles.clone(), task.domains.clone(), task.assignee);
        self.id == other.id
            || (self.work == Work::Decide
                && (self.work, self.due_at, self.late) == (other.work, other.due_at, other.late)
                && who(self) == who(other))
    }
}

/// The work that an event opened and closed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TaskChanges {
    /// Opened, or opened anew with another assignee or due time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub opened: Vec<Task>,
    /// Closed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub closed: Vec<TaskId>,
}

impl TaskChanges {
    /// Does it change nothing?
    pub fn is_empty(&self) -> bool {
        self.opened.is_empty() && self.closed.is_empty()
    }
}
