//! What can be asked of the roster. An action is safe for the ledger as it stands: ids, words, times and
//! sealed texts. Passwords, tokens and address keys travel beside it and never in it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        person::Place,
        request::Time,
        roster::{AbsenceAction, AutomationAction, ErasureAction, Incident, OutwardAction, ShadowAction, SplitAction},
    },
    words::{
        AdminVerb, ChangeId, ConcernId, DelegationId, DomainPath, EntryKind, EntryRef, GrantId, Hash, PersonId, Role,
        Scope, Sealed, SopRef, TokenId, Weight, canonical,
    },
};

/// A command on the roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RosterCommand {
    /// Does something, or proposes it where it lowers a protection.
    Act {
        /// What.
        action: Box<RosterAction>,
        /// The id of the change that it becomes, should it need one.
        change: ChangeId,
    },
    /// Confirms what another person proposed.
    ConfirmChange {
        /// Which change.
        change: ChangeId,
        /// The hash of the action that was looked at.
        hash: Hash,
    },
    /// Turns a change down, or takes one's own back.
    RejectChange {
        /// Which change.
        change: ChangeId,
        /// Why.
        reason: Sealed,
    },
}

/// Something to be done to the roster; what a change holds until it is confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum RosterAction {
    /// Adds a human or a service account.
    AddPerson {
        /// The new account.
        person: PersonId,
        /// The name.
        name: Sealed,
        /// The address.
        email: Sealed,
        /// For a service account: the human who answers for it.
        responsible: Option<PersonId>,
    },
    /// Changes a name or an address.
    UpdatePerson {
        /// Whose.
        person: PersonId,
        /// The new name, if it is one.
        name: Option<Sealed>,
        /// The new address, if it is one.
        email: Option<Sealed>,
    },
    /// Lets somebody go.
    #[serde(rename = "leave_person")]
    Leave {
        /// Whom.
        person: PersonId,
    },
    /// Takes somebody back, with the roles they had.
    #[serde(rename = "return_person")]
    Return {
        /// Whom.
        person: PersonId,
    },
    /// Says that two accounts belong to one human.
    #[serde(rename = "merge_person")]
    Merge {
        /// The account whose human is given up.
        person: PersonId,
        /// The account whose human stays.
        into: PersonId,
    },
    /// Says in which business unit and region somebody works.
    #[serde(rename = "move_person")]
    Move {
        /// Who.
        person: PersonId,
        /// Where.
        place: Place,
    },
    /// Sets a password: one's own, or a temporary one for another.
    SetPassword {
        /// Whose.
        person: PersonId,
    },
    /// Grants a role.
    GrantRole {
        /// The grant's id.
        grant: GrantId,
        /// To whom.
        person: PersonId,
        /// Which role.
        role: Role,
        /// Where, and in all below.
        domain: DomainPath,
    },
    /// Takes a role away.
    RemoveRole {
        /// From whom.
        person: PersonId,
        /// Which grant.
        grant: GrantId,
    },
    /// Lets another act in one's own place as an approver.
    Delegate {
        /// The delegation's id.
        delegation: DelegationId,
        /// Who will act.
        to: PersonId,
        /// From when; absent: from now.
        starts: Option<Time>,
        /// Until when.
        ends: Time,
    },
    /// Ends a delegation before its time.
    EndDelegation {
        /// Which.
        delegation: DelegationId,
    },
    /// Issues an API token.
    IssueToken {
        /// The token's id.
        token: TokenId,
        /// For oneself, or a service one answers for.
        person: PersonId,
        /// What it is called.
        name: Sealed,
        /// What it may be used for.
        scopes: BTreeSet<Scope>,
        /// Until when.
        expires_at: Time,
    },
    /// Revokes an API token.
    RevokeToken {
        /// Which.
        token: TokenId,
    },
    /// Publishes a version of a procedure.
    PublishSop {
        /// Which, with its content's hash.
        sop: SopRef,
        /// The hash of the text it was read from.
        text_hash: Hash,
    },
    /// Retires a procedure: it takes no new requests, until a newer version of it is published.
    RetireSop {
        /// Its newest version.
        sop: SopRef,
    },
    /// Publishes a version of an entry of the register.
    PublishEntry {
        /// Which, with its content's hash.
        entry: EntryRef,
        /// How much it changes.
        weight: Weight,
        /// Does it say that the entry is no longer to be used?
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        retires: bool,
    },
    /// Reports an incident.
    ReportIncident {
        /// What happened, to what.
        incident: Box<Incident>,
    },
    /// Answers a concern in writing.
    AnswerConcern {
        /// Which.
        concern: ConcernId,
        /// What is said to it.
        answer: Sealed,
    },
    /// Something about a version that is tried without effect.
    #[serde(untagged)]
    Shadow(ShadowAction),
    /// Something about a version that a share of what is submitted runs on.
    #[serde(untagged)]
    Split(SplitAction),
    /// Something about what leaves the house.
    #[serde(untagged)]
    Outward(OutwardAction),
    /// Something about what runs by itself.
    #[serde(untagged)]
    Automation(AutomationAction),
    /// Something about who is there.
    #[serde(untagged)]
    Absence(AbsenceAction),
    /// Something about the erasure of somebody.
    #[serde(untagged)]
    Erasure(ErasureAction),
}

impl RosterCommand {
    /// Its verb.
    pub const fn verb(&self) -> AdminVerb {
        match self {
            Self::Act { action, .. } => action.verb(),
            Self::ConfirmChange { .. } => AdminVerb::ConfirmChange,
            Self::RejectChange { .. } => AdminVerb::RejectChange,
        }
    }

    /// The change that it is about, where it decides one.
    pub const fn change(&self) -> Option<ChangeId> {
        match self {
            Self::Act { .. } => None,
            Self::ConfirmChange { change, .. } | Self::RejectChange { change, .. } => Some(*change),
        }
    }
}

impl RosterAction {
    /// Its verb.
    pub const fn verb(&self) -> AdminVerb {
        match self {
            Self::AddPerson { .. } => AdminVerb::AddPerson,
            Self::UpdatePerson { .. } => AdminVerb::UpdatePerson,
            Self::Leave { .. } => AdminVerb::LeavePerson,
            Self::Return { .. } => AdminVerb::ReturnPerson,
            Self::Merge { .. } => AdminVerb::MergePerson,
            Self::Move { .. } => AdminVerb::MovePerson,
            Self::SetPassword { .. } => AdminVerb::SetPassword,
            Self::GrantRole { .. } => AdminVerb::GrantRole,
            Self::RemoveRole { .. } => AdminVerb::RemoveRole,
            Self::Delegate { .. } => AdminVerb::Delegate,
            Self::EndDelegation { .. } => AdminVerb::EndDelegation,
            Self::IssueToken { .. } => AdminVerb::IssueToken,
            Self::RevokeToken { .. } => AdminVerb::RevokeToken,
            Self::PublishSop { .. } => AdminVerb::PublishSop,
            Self::RetireSop { .. } => AdminVerb::RetireSop,
            Self::PublishEntry { entry, .. } => match entry.kind {
                EntryKind::Policy => AdminVerb::PublishPolicy,
                EntryKind::Regulation => AdminVerb::PublishRegulation,
                EntryKind::System => AdminVerb::PublishSystem,
            },
            Self::ReportIncident { .. } => AdminVerb::ReportIncident,
            Self::Shadow(action) => action.verb(),
            Self::Split(action) => action.verb(),
            Self::AnswerConcern { .. } => AdminVerb::AnswerConcern,
            Self::Outward(action) => action.verb(),
            Self::Automation(action) => action.verb(),
            Self::Absence(action) => action.verb(),
            Self::Erasure(action) => action.verb(),
        }
    }

    /// SHA-256 of its canonical JSON (RFC 8785): what a confirmation names.
    pub fn hash(&self) -> Hash {
        // Every part is made of strings, whole numbers and arrays of strings, which always have that form.
        canonical(self).map_or(Hash([0; 32]), |text| Hash::of(text.as_bytes()))
    }

    /// Whom it is about, where it names the person itself.
    pub const fn subject(&self) -> Option<PersonId> {
        match self {
            Self::AddPerson { person, .. }
            | Self::UpdatePerson { person, .. }
            | Self::Leave { person }
            | Self::Return { person }
            | Self::Merge { person, .. }
            | Self::Move { person, .. }
            | Self::SetPassword { person }
            | Self::GrantRole { person, .. }
            | Self::RemoveRole { person, .. }
            | Self::IssueToken { person, .. } => Some(*person),
            Self::Delegate { .. }
            | Self::EndDelegation { .. }
            | Self::RevokeToken { .. }
            | Self::PublishSop { .. }
            | Self::RetireSop { .. }
            | Self::PublishEntry { .. }
            | Self::ReportIncident { .. }
            | Self::Shadow(_)
            | Self::Split(_)
            | Self::AnswerConcern { .. }
            | Self::Automation(_) => None,
            Self::Outward(action) => action.subject(),
            Self::Absence(action) => Some(action.subject()),
            Self::Erasure(action) => Some(action.subject()),
        }
    }

    /// The second person it names: who answers, who stays, who will act.
    pub const fn other(&self) -> Option<PersonId> {
        match self {
            Self::AddPerson { responsible, .. } => *responsible,
            Self::Merge { into, .. } => Some(*into),
            Self::Delegate { to, .. } => Some(*to),
            Self::Absence(action) => action.other(),
            Self::UpdatePerson { .. }
            | Self::Leave { .. }
            | Self::Return { .. }
            | Self::Move { .. }
            | Self::SetPassword { .. }
            | Self::GrantRole { .. }
            | Self::RemoveRole { .. }
            | Self::EndDelegation { .. }
            | Self::IssueToken { .. }
            | Self::RevokeToken { .. }
            | Self::PublishSop { .. }
            | Self::RetireSop { .. }
            | Self::PublishEntry { .. }
            | Self::ReportIncident { .. }
            | Self::Shadow(_)
            | Self::Split(_)
            | Self::AnswerConcern { .. }
            | Self::Outward(_)
            | Self::Erasure(_)
            | Self::Automation(_) => None,
        }
    }

    /// The hash of the document that it publishes, which travels beside it.
    pub fn document(&self) -> Option<Hash> {
        match self {
            Self::PublishSop { text_hash, .. } => Some(*text_hash),
            Self::PublishEntry { entry, .. } => Some(entry.hash),
            Self::Shadow(action) => action.document(),
            Self::Split(action) => action.document(),
            Self::AddPerson { .. }
            | Self::UpdatePerson { .. }
            | Self::Leave { .. }
            | Self::Return { .. }
            | Self::Merge { .. }
            | Self::Move { .. }
            | Self::SetPassword { .. }
            | Self::GrantRole { .. }
            | Self::RemoveRole { .. }
            | Self::Delegate { .. }
            | Self::EndDelegation { .. }
            | Self::IssueToken { .. }
            | Self::RevokeToken { .. }
            | Self::RetireSop { .. }
            | Self::ReportIncident { .. }
            | Self::AnswerConcern { .. }
            | Self::Outward(_)
            | Self::Automation(_)
            | Self::Erasure(_)
            | Self::Absence(_) => None,
        }
    }

    /// The procedure that it publishes, retires or tries.
    #[expect(clippy::wildcard_enum_match_arm, reason = "some are of interest here, and the rest are as they were")]
    pub fn procedure(&self) -> Option<&SopRef> {
        match self {
            Self::PublishSop { sop, .. } | Self::RetireSop { sop } => Some(sop),
            Self::Shadow(action) => Some(action.sop()),
            Self::Split(action) => Some(action.sop()),
            _ => None,
        }
    }
}
