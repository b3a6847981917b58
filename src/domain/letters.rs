//! Who is told what: for every event the letters that leave with it. One place, no arm for the rest,
//! so that a new event does not compile until its letters are decided.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        event::{Deed, Event},
        exception::Exception,
        person::Delegation,
        quorum,
        request::Time,
        review::ReviewDeed,
        roster::{AutomationDeed, BatchDeed, ConcernDeed, RosterDeed},
        task::{Task, Work},
        upkeep::Upkeep,
    },
    words::{BatchId, ConcernId, DomainPath, PersonId, Role, TaskId, words},
};

mod periodic;

pub use periodic::Periodic;

words! {
    /// The kinds of letters.
    LetterKind, "kind of letter" {
        Received = "received", Returned = "returned", TaskAssigned = "task_assigned",
        DecisionWanted = "decision_wanted", Reminder = "reminder", Escalation = "escalation",
        Approved = "approved", Rejected = "rejected", ApprovalVoided = "approval_voided",
        AcceptanceWanted = "acceptance_wanted", Effective = "effective", ControlDue = "control_due",
        ReReviewOpened = "re_review_opened", Suspended = "suspended", Resumed = "resumed",
        Extended = "extended", Revoked = "revoked", Expired = "expired", Closed = "closed",
        GapFound = "gap_found", ClausesAdded = "clauses_added", Commented = "commented", ChangesRequested = "changes_requested",
        ExpiringSoon = "expiring_soon", OneBrowser = "one_browser", Delegated = "delegated",
        EndpointFailed = "endpoint_failed", ConcernRaised = "concern_raised", BatchHeld = "batch_held",
        ReviewWithdrawn = "review_withdrawn", AttestedNo = "attested_no", ScheduledReport = "scheduled_report",
        Overdue = "overdue", LapsesSoon = "lapses_soon", LimitReached = "limit_reached",
    }
}

/// To whom a letter goes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Addressee {
    /// One person.
    Person(PersonId),
    /// Everyone who holds a role in these domains when it is sent.
    Role(Role, Vec<DomainPath>),
    /// A team, by its code.
    Team(String),
}

/// A letter to be written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// What it tells.
    pub kind: LetterKind,
    /// Whom.
    pub to: Addressee,
    /// The event it tells of, by its number within the exception.
    pub seq: u64,
}

impl LetterKind {
    /// Does it ask its reader for something, or tell them of what they did themselves?
    pub const fn is_personal(self) -> bool {
        match self {
            Self::TaskAssigned
            | Self::DecisionWanted
            | Self::AcceptanceWanted
            | Self::Reminder
            | Self::Escalation
            | Self::ApprovalVoided
            | Self::ControlDue
            | Self::GapFound
            | Self::OneBrowser
            | Self::Overdue
            | Self::LapsesSoon
            | Self::LimitReached
            | Self::Delegated
            | Self::EndpointFailed
            | Self::ConcernRaised
            | Self::BatchHeld => true,
            Self::Received
            | Self::Returned
            | Self::ChangesRequested
            | Self::Approved
            | Self::Rejected
            | Self::Effective
            | Self::ReReviewOpened
            | Self::ReviewWithdrawn
            | Self::AttestedNo
            | Self::Suspended
            | Self::Resumed
            | Self::Extended
            | Self::Revoked
            | Self::Expired
            | Self::ExpiringSoon
            | Self::Closed
            | Self::ClausesAdded
            | Self::ScheduledReport
            | Self::Commented => false,
        }
    }

    /// Does it ask its reader to do work, or say that work is late?
    pub const fn asks(self) -> bool {
        matches!(
            self,
            Self::TaskAssigned
                | Self::DecisionWanted
                | Self::ControlDue
                | Self::Reminder
                | Self::Overdue
                | Self::Escalation
        )
    }

    /// Does it say that something is no longer allowed, or looks wrong, so that it waits for nobody's morning?
    pub const fn stops(self) -> bool {
        matches!(self, Self::Suspended | Self::Revoked | Self::OneBrowser)
    }
}

/// The letters of `event`, which made `after` of `before`.
pub fn letters(before: Option<&Exception>, after: &Exception, event: &Event) -> Vec<Letter> {
    let mut told: BTreeSet<(LetterKind, Addressee)> = BTreeSet::new();
    if let Some((kind, audience)) = audience(before.unwrap_or(after), after, event) {
        told.extend(audience.into_iter().map(|to| (kind, to)));
    }
    // A score is followed by the rating that it gives, which tells of both.
    let answered = matches!(&event.deed, Deed::Review(answer) if !matches!(answer, ReviewDeed::Reassessed { .. }));
    if answered || matches!(event.deed, Deed::ClausesAdded { dossier: Some(_), .. }) {
        told.extend(deciders(after).into_iter().map(|to| (LetterKind::DecisionWanted, to)));
    }
    told.extend(event.tasks.opened.iter().flat_map(work_letters));
    told.extend(given_back(after, event));
    told.into_iter().map(|(kind, to)| Letter { kind, to, seq: after.seq }).collect()
}

#[expect(clippy::too_many_lines, reason = "a table of all deeds, one line each")]
fn audience(before: &Exception, after: &Exception, event: &Event) -> Option<(LetterKind, Vec<Addressee>)> {
    let requester = || vec![Addressee::Person(after.requester)];
    let governance = || Addressee::Role(Role::Governance, after.request.domains());
    let with_approvers = || [everyone(after), approvers(before)].concat();
    let with_governance = || [everyone(after), vec![governance()]].concat();
    let told = match &event.deed {
        Deed::Submitted { .. } => (LetterKind::Received, parties(after)),
        Deed::Returned { reasons, .. } if reasons.iter().any(|reason| reason.code == "changes_requested") => {
            (LetterKind::ChangesRequested, parties(after))
        }
        Deed::Returned { .. } => (LetterKind::Returned, parties(after)),
        Deed::ApprovalVoided { human, .. } => (LetterKind::ApprovalVoided, vec![Addressee::Person(*human)]),
        Deed::AcceptanceAsked { .. } => (LetterKind::AcceptanceWanted, requester()),
        Deed::Granted { .. } | Deed::Reaffirmed { .. } | Deed::ContentReplaced { .. } => {
            (LetterKind::Approved, with_approvers())
        }
        Deed::Rejected { .. } => (LetterKind::Rejected, with_approvers()),
        Deed::Activated { .. } => (LetterKind::Effective, everyone(after)),
        Deed::Extended { .. } => (LetterKind::Extended, with_approvers()),
        Deed::Reopened { .. } => (LetterKind::ReReviewOpened, everyone(after)),
        Deed::Suspended { .. } => (LetterKind::Suspended, with_governance()),
        Deed::Resumed { .. } => (LetterKind::Resumed, with_approvers()),
        Deed::ReviewWithdrawn { .. } => (LetterKind::ReviewWithdrawn, with_approvers()),
        Deed::Expired => (LetterKind::Expired, everyone(after)),
        Deed::Revoked { .. } => (LetterKind::Revoked, with_governance()),
        Deed::Closed { .. } | Deed::Withdrawn { .. } => (LetterKind::Closed, with_approvers()),
        Deed::Escalated { route, .. } => {
            let domains = after.request.domains();
            (LetterKind::Escalation, route.iter().map(|role| Addressee::Role(*role, domains.clone())).collect())
        }
        Deed::Reminded { task: Some(task) } => (LetterKind::Reminder, holders(after, *task)),
        Deed::Reminded { task: None } => (LetterKind::ExpiringSoon, keepers(after)),
        Deed::OneBrowser { .. } => (LetterKind::OneBrowser, vec![governance()]),
        Deed::Review(ReviewDeed::Attested { attestation, .. }) if attestation.is_no() => {
            (LetterKind::AttestedNo, [parties(after), vec![governance()], asked_to_approve(after)].concat())
        }
        Deed::Upkeep(done) => return kept_up(after, done),
        Deed::Assigned { to: Some(to), .. } => (LetterKind::TaskAssigned, vec![Addressee::Person(*to)]),
        Deed::ClausesAdded { .. } => (LetterKind::ClausesAdded, followers(after, event)),
        Deed::Commented { internal: false, .. } => (LetterKind::Commented, followers(after, event)),
        Deed::ConditionProposed { .. }
        | Deed::GateWaived { dossier: Some(_), .. }
        | Deed::Reverted { dossier: Some(_), .. } => (LetterKind::DecisionWanted, deciders(after)),
        Deed::Drafted { .. }
        | Deed::Amended { .. }
        | Deed::Review(_)
        | Deed::GateWaived { dossier: None, .. }
        | Deed::Passed { .. }
        | Deed::Assessed { .. }
        | Deed::Rated { .. }
        | Deed::GapFound { .. }
        | Deed::InputAsked
        | Deed::QuorumLost { .. }
        | Deed::QuorumFound
        | Deed::Advised { .. }
        | Deed::RoundOpened { .. }
        | Deed::Approved { .. }
        | Deed::ControlConfirmed { .. }
        | Deed::ControlFailed { .. }
        | Deed::ControlLapsed { .. }
        | Deed::Reverted { dossier: None, .. }
        | Deed::Superseded { .. }
        | Deed::Assigned { to: None, .. }
        | Deed::Attached { .. }
        | Deed::Detached { .. }
        | Deed::EvidenceAttached { .. }
        | Deed::Linked { .. }
        | Deed::Watched { .. }
        | Deed::Unwatched { .. }
        | Deed::Commented { internal: true, .. }
        | Deed::AttemptRefused { .. }
        | Deed::Read
        | Deed::EvidenceTaken
        | Deed::Brought(_) => return None,
    };
    Some(told)
}

/// The letters of what the clock does beside the lifecycle.
fn kept_up(after: &Exception, done: &Upkeep) -> Option<(LetterKind, Vec<Addressee>)> {
    let governance = || vec![Addressee::Role(Role::Governance, after.request.domains())];
    let told = match done {
        Upkeep::DueSoon { task } => (LetterKind::Reminder, holders(after, *task)),
        Upkeep::Overdue { task, .. } => (LetterKind::Overdue, holders(after, *task)),
        Upkeep::EndNear { .. } => (LetterKind::ExpiringSoon, keepers(after)),
        Upkeep::LapseNear { .. } => (LetterKind::LapsesSoon, vec![Addressee::Person(after.requester)]),
        Upkeep::LimitReached { .. } => (LetterKind::LimitReached, governance()),
        // The re-review, the suspension or the void approval that follows tells everyone, and the task that is
        // opened where nobody is there tells governance.
        Upkeep::PartyLeft { .. }
        | Upkeep::PartyMoved { .. }
        | Upkeep::Rescored { .. }
        | Upkeep::IncidentNoted { .. }
        | Upkeep::Uncovered { .. }
        | Upkeep::Covered => return None,
    };
    Some(told)
}

/// The task of which a deed reminds somebody, which it says is late, or which it escalates, whoever did that.
pub const fn named_task(deed: &Deed) -> Option<TaskId> {
    let (Deed::Reminded { task: Some(task) }
    | Deed::Escalated { task, .. }
    | Deed::Upkeep(Upkeep::DueSoon { task } | Upkeep::Overdue { task, .. })) = deed
    else {
        return None;
    };
    Some(*task)
}

/// Those who see to it that it goes on, or that it ends in good order.
fn keepers(after: &Exception) -> Vec<Addressee> {
    let request = &after.request;
    let named = [Some(after.requester), request.beneficiary, request.monitoring_owner];
    named.into_iter().flatten().collect::<BTreeSet<_>>().into_iter().map(Addressee::Person).collect()
}

/// Work that the clock gave back to its role is brought to it as if it were new.
fn given_back(after: &Exception, event: &Event) -> Vec<(LetterKind, Addressee)> {
    let (Deed::Assigned { task, to: None }, None) = (&event.deed, event.by.person()) else { return Vec::new() };
    after.tasks.iter().filter(|open| open.id == *task).flat_map(work_letters).collect()
}

/// What an event of the roster is told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice<'d> {
    /// Its delegate, of a delegation.
    Delegation(&'d Delegation),
    /// Whoever is asked, of a concern.
    Concern(ConcernId),
    /// Governance, of a batch that was stopped.
    Batch(&'d BatchId, Time),
}

/// What an event of the roster tells somebody. What else happens to the roster is seen by those who did it, and
/// in the record.
pub fn notice(deed: &RosterDeed, at: Time) -> Option<Notice<'_>> {
    match deed {
        RosterDeed::Automation(AutomationDeed::Batch(BatchDeed::BatchHeld { batch, .. })) => {
            Some(Notice::Batch(batch, at))
        }
        RosterDeed::Delegated { delegation } => Some(Notice::Delegation(delegation)),
        RosterDeed::Concern(ConcernDeed::ConcernRaised { concern }) => Some(Notice::Concern(concern.id)),
        RosterDeed::PersonAdded { .. }
        | RosterDeed::PersonUpdated { .. }
        | RosterDeed::PersonLeft { .. }
        | RosterDeed::PersonReturned { .. }
        | RosterDeed::PersonMerged { .. }
        | RosterDeed::PersonMoved { .. }
        | RosterDeed::PasswordSet { .. }
        | RosterDeed::RoleGranted { .. }
        | RosterDeed::RoleRemoved { .. }
        | RosterDeed::DelegationEnded { .. }
        | RosterDeed::TokenIssued { .. }
        | RosterDeed::TokenRevoked { .. }
        | RosterDeed::ChangeProposed { .. }
        | RosterDeed::ChangeConfirmed { .. }
        | RosterDeed::ChangeRejected { .. }
        | RosterDeed::SopPublished { .. }
        | RosterDeed::SopRetired { .. }
        | RosterDeed::EntryPublished { .. }
        | RosterDeed::IncidentReported { .. }
        | RosterDeed::Erasure(_)
        | RosterDeed::AttemptRefused { .. }
        | RosterDeed::RecordExported { .. }
        | RosterDeed::Shadow(_)
        | RosterDeed::Split(_)
        | RosterDeed::Automation(_)
        | RosterDeed::Concern(_)
        | RosterDeed::Absence(_)
        | RosterDeed::Outward(_) => None,
    }
}

/// Those who wait for it to go on: its requester, on whose behalf it is, and those who follow it.
fn parties(after: &Exception) -> Vec<Addressee> {
    let own = [Some(after.requester), after.request.beneficiary].into_iter().flatten();
    let people: BTreeSet<PersonId> = own.chain(after.watchers.iter().copied()).collect();
    people.into_iter().map(Addressee::Person).collect()
}

/// Those who decided in the round that was open, and those who were still asked to: what became of it.
fn approvers(before: &Exception) -> Vec<Addressee> {
    let given = before.state.round().into_iter().flat_map(|round| &round.approvals);
    let given = given.flat_map(|given| [Some(given.by), given.on_behalf_of]).flatten().map(Addressee::Person);
    given.chain(deciders(before)).collect()
}

/// All those whom the exception concerns.
fn everyone(after: &Exception) -> Vec<Addressee> {
    let request = &after.request;
    let owners = after.controls.iter().filter_map(|control| control.owner);
    let named =
        [Some(after.requester), request.beneficiary, request.sponsor, request.monitoring_owner].into_iter().flatten();
    let people: BTreeSet<PersonId> = named.chain(owners).chain(after.watchers.iter().copied()).collect();
    let teams = request.affected_teams.iter().cloned().map(Addressee::Team);
    people.into_iter().map(Addressee::Person).chain(teams).collect()
}

/// Its requester and those who follow it, without whoever did it.
fn followers(after: &Exception, event: &Event) -> Vec<Addressee> {
    let people: BTreeSet<PersonId> = after.watchers.iter().copied().chain([after.requester]).collect();
    people.into_iter().filter(|person| event.by.person() != Some(*person)).map(Addressee::Person).collect()
}

/// Those who decide in the open round: another dossier ends their links, so that they are asked again.
fn deciders(after: &Exception) -> Vec<Addressee> {
    after.tasks.iter().filter(|task| task.work == Work::Decide).flat_map(addressees).collect()
}

/// Everyone who may fill a slot of the open round, also while others are asked before them.
fn asked_to_approve(after: &Exception) -> Vec<Addressee> {
    let round = after.state.round().into_iter();
    let roles: BTreeSet<Role> = round.flat_map(|round| &round.quorums).flat_map(quorum::slots).flatten().collect();
    roles.into_iter().map(|role| Addressee::Role(role, after.request.domains())).collect()
}

fn holders(after: &Exception, task: TaskId) -> Vec<Addressee> {
    after.tasks.iter().filter(|open| open.id == task).flat_map(addressees).collect()
}

fn addressees(task: &Task) -> Vec<Addressee> {
    match task.assignee {
        Some(person) => vec![Addressee::Person(person)],
        None => task.roles.iter().map(|role| Addressee::Role(*role, task.domains.clone())).collect(),
    }
}

/// The letter that opens a task. A returned request and an acceptance have theirs already.
fn work_letters(task: &Task) -> Vec<(LetterKind, Addressee)> {
    let kind = match task.work {
        Work::Review | Work::Assess | Work::Advise | Work::Attest | Work::FillQuorum | Work::FindCover => {
            LetterKind::TaskAssigned
        }
        Work::Decide => LetterKind::DecisionWanted,
        Work::ConfirmControl => LetterKind::ControlDue,
        Work::SettleGap => LetterKind::GapFound,
        Work::Fix | Work::AcceptConditions => return Vec::new(),
    };
    addressees(task).into_iter().map(|to| (kind, to)).collect()
}

#[cfg(test)]
mod tests;
