//! The exception: what it is now. Each state carries exactly the facts that exist in it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        control::{Condition, Control},
        quorum::{Candidate, Capacity, TwoPeople},
        request::{Extra, Period, Request, Time},
        task::Task,
    },
    sop::Quorum,
    words::{Dimension, ExceptionId, Hash, PersonId, Recommendation, Role, RoundKind, Sealed, SopRef, StateName, Tier},
};

/// An exception, the fold of its events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exception {
    /// Its id.
    pub id: ExceptionId,
    /// Its number for people, such as `EX-2026-000042`.
    pub number: String,
    /// How many events it has.
    pub seq: u64,
    /// How often it changed; notes such as comments do not count. The `ETag`.
    pub version: u64,
    /// Who asked for it.
    pub requester: PersonId,
    /// Was it filed by a service, an agent or a pipeline?
    pub filed_by_agent: bool,
    /// When it was drafted.
    pub drafted_at: Time,
    /// When it last changed.
    pub changed_at: Time,
    /// When it was last submitted.
    pub submitted_at: Option<Time>,
    /// What is asked for.
    pub request: Request,
    /// Everyone who wrote or changed the request.
    pub editors: BTreeSet<PersonId>,
    /// The procedure it runs through.
    pub sop: SopRef,
    /// Where it is.
    pub state: State,
    /// How many rounds of decision were opened.
    pub rounds: u32,
    /// Open work.
    pub tasks: Vec<Task>,
    /// Gates that were waived, by their id.
    pub waived: BTreeMap<String, Waiver>,
    /// Rules that could not be evaluated and wait for governance, by their id.
    pub gaps: BTreeSet<String>,
    /// The assessments of the current content.
    pub assessments: BTreeMap<Dimension, Assessment>,
    /// The tier and how it came about.
    pub rating: Option<Rating>,
    /// What advisers and stakeholders said.
    pub advice: Vec<Advice>,
    /// What it is bound to.
    pub conditions: Vec<Condition>,
    /// Its controls, once there is a decision.
    pub controls: Vec<Control>,
    /// Extensions granted, each by so many days.
    pub extensions: Vec<u32>,
    /// The end that was first approved.
    pub original_end: Option<Time>,
    /// The exception that renews it.
    pub superseded_by: Option<ExceptionId>,
    /// People who follow it.
    pub watchers: BTreeSet<PersonId>,
    /// Other records it points to.
    pub links: Vec<Link>,
    /// How often it went round each loop.
    pub counts: Counts,
}

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
    /// For how many days an approval counts while the round is open.
    pub approval_days: u32,
    /// The approvals given for this very dossier.
    pub approvals: Vec<Approval>,
}

/// What a round would change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proposal {
    /// The exception as requested.
    AsRequested,
    /// A later end.
    End(Time),
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
    /// The tier it was given at.
    pub tier: Tier,
}

/// Why something must be mended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The reason code.
    pub code: String,
    /// The gate that failed, if it was one.
    pub gate: Option<String>,
    /// The field, as a JSON Pointer.
    pub pointer: Option<String>,
    /// What is wrong, in the SOP's words.
    pub text: String,
    /// How to mend it, in the SOP's words.
    pub remedy: String,
}

/// Why an exception was reopened or suspended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// Its code, such as `review_overdue`.
    pub code: String,
    /// What somebody wrote about it.
    pub note: Option<Sealed>,
}

/// A gate that was waived by the role it names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiver {
    /// Who waived it.
    pub by: PersonId,
    /// Why.
    pub reason: Sealed,
}

/// One dimension's assessment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assessment {
    /// Who assessed.
    pub by: PersonId,
    /// The points per criterion.
    pub points: BTreeMap<String, u32>,
    /// From 0 to 100.
    pub score: u32,
    /// What was found.
    pub findings: Vec<Finding>,
    /// When.
    pub at: Time,
}

/// What an assessor found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// How bad it is.
    pub severity: Tier,
    /// What it is.
    pub text: Sealed,
    /// What is done about it.
    pub mitigation: Option<Sealed>,
}

/// The tier and how it came about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rating {
    /// The tier that counts.
    pub tier: Tier,
    /// What the scoring model gave; absent where it could not be evaluated.
    pub computed: Option<Tier>,
    /// The rule that gave it.
    pub rule: String,
    /// Who put another in its place, and why.
    pub override_by: Option<Waiver>,
}

/// What an adviser or a stakeholder said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Advice {
    /// Who.
    pub by: PersonId,
    /// In which role.
    pub role: Role,
    /// What they recommend.
    pub recommendation: Recommendation,
    /// What they wrote.
    pub text: Option<Sealed>,
    /// When.
    pub at: Time,
}

/// A pointer to another record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// What it is, such as `ticket`.
    pub relation: String,
    /// Where it is.
    pub target: Sealed,
}

/// How often an exception went round each loop that the SOP bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Returns to the fix queue.
    pub returns: u32,
    /// Re-reviews opened.
    pub reopenings: u32,
    /// Reminders sent.
    pub reminders: u32,
    /// Escalations.
    pub escalations: u32,
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

impl Exception {
    /// The tier that counts, once it is known.
    pub fn tier(&self) -> Option<Tier> {
        self.rating.as_ref().map(|rating| rating.tier)
    }

    /// Until when it has effect if nothing happens: the earliest of its end, its review's grace and the
    /// deadline of a control that suspends. `None` in states without effect.
    pub fn effective_until(&self) -> Option<Time> {
        let authority = match &self.state {
            State::Active { authority, .. } | State::ReReview { authority, .. } => authority,
            State::Draft
            | State::CompletenessReview
            | State::Returned { .. }
            | State::Assessment
            | State::StakeholderInput
            | State::Decision { .. }
            | State::Implementation { .. }
            | State::Suspended { .. }
            | State::Rejected
            | State::Withdrawn
            | State::Expired { .. }
            | State::Revoked { .. }
            | State::Closed { .. } => return None,
        };
        let settle_by = match &self.state {
            State::ReReview { settle_by, .. } => Some(*settle_by),
            _ => None,
        };
        let controls = self.controls.iter().filter_map(|control| control.suspends_at);
        controls.chain([authority.period.end, authority.suspend_at]).chain(settle_by).min()
    }

    /// When the clock should look at it next: the earliest instant at which something may be due.
    pub fn wake_at(&self, sop: &crate::sop::Document) -> Option<Time> {
        let days = |days: u32| chrono::Duration::days(i64::from(days));
        let lapses = |round: &Round| round.approvals.iter().map(|given| given.at + days(round.approval_days)).min();
        let asked_end = match self.request.term {
            Some(crate::domain::request::Term::Until(end)) => Some(end),
            Some(crate::domain::request::Term::Days(_) | crate::domain::request::Term::Permanent(_)) | None => None,
        };
        match &self.state {
            State::StakeholderInput => self.tasks.iter().map(|task| task.due_at).max(),
            State::Decision { round, .. } => asked_end.into_iter().chain(lapses(round)).min(),
            State::Implementation { authority, .. } => {
                Some(authority.period.start.max(self.changed_at).min(authority.period.end))
            }
            State::Active { round, .. } => {
                self.effective_until().into_iter().chain(round.as_ref().and_then(lapses)).min()
            }
            State::ReReview { round, .. } => self.effective_until().into_iter().chain(lapses(round)).min(),
            State::Suspended { authority, since, .. } => {
                Some(authority.period.end.min(*since + days(sop.steps.monitoring.revoke_after_days)))
            }
            State::Draft
            | State::CompletenessReview
            | State::Returned { .. }
            | State::Assessment
            | State::Rejected
            | State::Withdrawn
            | State::Expired { .. }
            | State::Revoked { .. }
            | State::Closed { .. } => None,
        }
    }

    /// The one predicate: does it have effect at `now`?
    pub fn is_effective(&self, now: Time) -> bool {
        let started = self.state.authority().is_some_and(|authority| authority.period.start <= now);
        started && self.effective_until().is_some_and(|until| now < until)
    }

    /// The value of one of the SOP's own fields.
    pub fn extra(&self, field: &str) -> Option<&Extra> {
        self.request.extra.get(field)
    }

    /// Everyone whose role or presence a rule may look at.
    pub fn people(&self) -> BTreeSet<PersonId> {
        let approvers = self
            .state
            .round()
            .into_iter()
            .flat_map(|round| &round.approvals)
            .flat_map(|approval| [approval.by, approval.principal, approval.human]);
        let seated = self
            .state
            .authority()
            .into_iter()
            .flat_map(|authority| authority.two.seats())
            .flat_map(|seat| [seat.human, seat.principal]);
        let assessors = self.assessments.values().map(|assessment| assessment.by);
        let mut people = self.request.people();
        people.extend(approvers.chain(seated).chain(assessors).chain(self.editors.iter().copied()));
        people.insert(self.requester);
        people
    }
}
