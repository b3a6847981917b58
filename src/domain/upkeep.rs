//! What the clock does beside the lifecycle: it warns, says what is late, tells of ends that come near, and
//! stops loops. None of it changes a state, a version, or when an exception was last touched.

use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        event::{Deed, Event},
        person::By,
        request::Time,
        review::ReviewDeed,
    },
    words::{IncidentId, PersonId, SopRef, TaskId, Tier, words},
};

words! {
    /// A loop that the procedure bounds.
    Loop, "loop" {
        Returns = "returns", Reopenings = "reopenings", Reminders = "reminders", Escalations = "escalations",
    }
}

words! {
    /// What somebody is to an exception.
    Part, "part" {
        Requester = "requester", Beneficiary = "beneficiary", Sponsor = "sponsor",
        MonitoringOwner = "monitoring_owner",
    }
}

/// What the clock did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Upkeep {
    /// Those who have a task were warned that it will soon be late.
    DueSoon {
        /// Which.
        task: TaskId,
    },
    /// A task was not done in time.
    Overdue {
        /// Which.
        task: TaskId,
        /// When it is escalated unless it is done before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        escalates_at: Option<Time>,
    },
    /// The end of its period is near.
    EndNear {
        /// So many days before.
        days: u32,
        /// The end.
        end: Time,
    },
    /// It lapses soon unless somebody touches it.
    LapseNear {
        /// So many days before.
        days: u32,
        /// When it lapses.
        end: Time,
    },
    /// A loop went round as often as the procedure allows; it goes round no more.
    LimitReached {
        /// Which.
        what: Loop,
        /// How often.
        limit: u32,
    },
    /// Somebody whom it rests on has left.
    PartyLeft {
        /// Who.
        person: PersonId,
        /// As what.
        part: Part,
    },
    /// Somebody whom it rests on works in another unit or region.
    PartyMoved {
        /// Who.
        person: PersonId,
        /// As what.
        part: Part,
        /// Since when.
        at: Time,
    },
    /// Nobody who is there may do these tasks, since whoever may is away.
    Uncovered {
        /// What distinguishes them among its open tasks.
        seats: Vec<String>,
    },
    /// Somebody is there again for everything that is open.
    Covered,
    /// By a newer version of its procedure it would be of a higher tier.
    Rescored {
        /// Which version.
        sop: SopRef,
        /// Of which tier.
        tier: Tier,
    },
    /// An incident was reported on something that it names, which changes nothing of its state.
    IncidentNoted {
        /// Which.
        incident: IncidentId,
    },
}

impl Upkeep {
    /// Its code in the ledger, the feed and the timeline.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::DueSoon { .. } => "due_soon",
            Self::Overdue { .. } => "overdue",
            Self::EndNear { .. } => "end_near",
            Self::LapseNear { .. } => "lapse_near",
            Self::LimitReached { .. } => "limit_reached",
            Self::PartyLeft { .. } => "party_left",
            Self::PartyMoved { .. } => "party_moved",
            Self::Uncovered { .. } => "uncovered",
            Self::Covered => "covered",
            Self::Rescored { .. } => "rescored",
            Self::IncidentNoted { .. } => "incident_noted",
        }
    }
}

impl Deed {
    /// Is it a note that changes nothing of the exception?
    pub const fn is_note(&self) -> bool {
        matches!(
            self,
            Self::Commented { .. }
                | Self::AttemptRefused { .. }
                | Self::Read
                | Self::EvidenceTaken
                | Self::OneBrowser { .. }
        )
    }

    /// Has a quorum decided with it?
    pub const fn decides(&self) -> bool {
        matches!(
            self,
            Self::AcceptanceAsked { .. }
                | Self::Granted { .. }
                | Self::Extended { .. }
                | Self::Reaffirmed { .. }
                | Self::Resumed { .. }
                | Self::ContentReplaced { .. }
        )
    }

    /// Does it change which quorum there has to be, so that the clock looks whether anybody can fill it?
    pub const fn asks_for_quorum(&self) -> bool {
        let looked = matches!(self, Self::Review(answer) if !matches!(answer, ReviewDeed::Attested { .. }));
        looked || matches!(self, Self::Rated { .. } | Self::RoundOpened { .. } | Self::Reopened { .. })
    }
}

impl Event {
    /// Does it leave the exception's version, and when it was last touched, as they are?
    pub const fn is_upkeep(&self) -> bool {
        let given_back = matches!(self.deed, Deed::Assigned { to: None, .. }) && matches!(self.by, By::System { .. });
        let told = matches!(
            self.deed,
            Deed::Upkeep(_)
                | Deed::Reminded { .. }
                | Deed::Escalated { .. }
                | Deed::QuorumLost { .. }
                | Deed::QuorumFound
        );
        given_back || told
    }
}

impl Part {
    /// The code of the cause for which an exception is reopened when they leave.
    pub const fn cause(self) -> &'static str {
        match self {
            Self::Requester => "requester_left",
            Self::Beneficiary => "beneficiary_left",
            Self::Sponsor => "sponsor_left",
            Self::MonitoringOwner => "monitoring_owner_left",
        }
    }
}

impl Part {
    /// The code of the cause for which an exception is reopened when they work in another unit or region.
    pub const fn moved(self) -> &'static str {
        match self {
            Self::Requester => "requester_moved",
            Self::Beneficiary => "beneficiary_moved",
            Self::Sponsor => "sponsor_moved",
            Self::MonitoringOwner => "monitoring_owner_moved",
        }
    }
}

/// An escalation that the clock made, along the procedure's route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rung {
    /// How many roles of the route have been told by now.
    pub told: u32,
    /// When the next is told; absent: there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Time>,
}

/// A task that was not done in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Late {
    /// How many roles of the escalation route have been told.
    pub told: u32,
    /// When the next is told; absent: nobody is left to be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Time>,
}

/// What a newer version of its procedure makes of an exception.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Higher {
    /// Which version.
    pub version: u32,
    /// The tier by it.
    pub tier: Tier,
}

/// The last warning of an end that was near.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warned {
    /// Of which end.
    pub end: Time,
    /// How many days before.
    pub days: u32,
}
