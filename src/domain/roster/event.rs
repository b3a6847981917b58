//! What happened to the roster. Nothing else changes it, and personal data stands here only sealed.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        person::{By, Delegation, Place},
        request::Time,
        roster::{
            AbsenceDeed, AutomationDeed, ConcernDeed, ErasureDeed, Incident, OutwardDeed, RosterAction, ShadowDeed,
            SplitDeed,
        },
    },
    words::{
        AdminVerb, ChangeId, Citation, DelegationId, DomainPath, EntryRef, GrantId, Hash, PersonId, Role, Scope,
        Sealed, SopRef, TokenId, Weight, words,
    },
};

/// One event of the roster: what happened, who did it, when, and by which rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RosterEvent {
    /// What happened.
    pub deed: RosterDeed,
    /// Who did it; of a confirmed change, the one who confirmed.
    pub by: By,
    /// When.
    pub at: Time,
    /// Did one person act alone where there are not yet two who could?
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub alone: bool,
    /// The rule that caused or allowed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub citation: Option<Citation>,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RosterDeed {
    /// Somebody was added.
    PersonAdded {
        /// Their account.
        person: PersonId,
        /// Their name.
        name: Sealed,
        /// Their address.
        email: Sealed,
        /// For a service account: the human who answers for it.
        responsible: Option<PersonId>,
    },
    /// Their name or address was changed.
    PersonUpdated {
        /// Whose.
        person: PersonId,
        /// The new name, if it is one.
        name: Option<Sealed>,
        /// The new address, if it is one.
        email: Option<Sealed>,
    },
    /// Somebody left. Their sessions, tokens and delegations end; their roles rest.
    PersonLeft {
        /// Who.
        person: PersonId,
    },
    /// Somebody came back, and their roles with them.
    PersonReturned {
        /// Who.
        person: PersonId,
    },
    /// Two accounts belong to one human: they and all merged with them count as one from now on.
    PersonMerged {
        /// The account whose human is given up.
        person: PersonId,
        /// The account whose human stays.
        into: PersonId,
    },
    /// Somebody works in that business unit and region from now on.
    PersonMoved {
        /// Who.
        person: PersonId,
        /// Where.
        place: Place,
    },
    /// A password was set; every session of the account ends.
    PasswordSet {
        /// Whose.
        person: PersonId,
        /// Must it be replaced at the next sign-in, since another person set it?
        temporary: bool,
    },
    /// A role was granted.
    RoleGranted {
        /// The grant.
        grant: GrantId,
        /// To whom.
        person: PersonId,
        /// Which role.
        role: Role,
        /// Where.
        domain: DomainPath,
    },
    /// A role was taken away.
    RoleRemoved {
        /// The grant.
        grant: GrantId,
        /// From whom.
        person: PersonId,
        /// Which role.
        role: Role,
        /// Where.
        domain: DomainPath,
    },
    /// An approver lets another act in their place.
    Delegated {
        /// The delegation.
        delegation: Delegation,
    },
    /// A delegation was ended before its time.
    DelegationEnded {
        /// Which.
        delegation: DelegationId,
    },
    /// An API token was issued.
    TokenIssued {
        /// Its id.
        token: TokenId,
        /// For whom.
        person: PersonId,
        /// What its owner calls it.
        name: Sealed,
        /// What it may be used for.
        scopes: BTreeSet<Scope>,
        /// Until when.
        expires_at: Time,
    },
    /// An API token was revoked.
    TokenRevoked {
        /// Which.
        token: TokenId,
    },
    /// Something that lowers a protection was proposed.
    ChangeProposed {
        /// The change.
        change: ChangeId,
        /// What it would do.
        action: Box<RosterAction>,
        /// The action's hash.
        hash: Hash,
    },
    /// A change was confirmed; what it does follows as events of its own.
    ChangeConfirmed {
        /// Which.
        change: ChangeId,
        /// The hash of the action that was looked at.
        hash: Hash,
    },
    /// A change was turned down or taken back.
    ChangeRejected {
        /// Which.
        change: ChangeId,
        /// Why.
        reason: Sealed,
    },
    /// A version of a procedure was published.
    SopPublished {
        /// Which, with its content's hash.
        sop: SopRef,
        /// The hash of the text it was read from.
        text_hash: Hash,
    },
    /// A procedure was retired: it takes no new requests.
    SopRetired {
        /// Its newest version then.
        sop: SopRef,
    },
    /// A version of an entry of the register was published.
    EntryPublished {
        /// Which, with its content's hash.
        entry: EntryRef,
        /// How much it changes.
        weight: Weight,
        /// Does it say that the entry is no longer to be used?
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        retires: bool,
    },
    /// An incident was reported. What it did to exceptions are events of theirs.
    IncidentReported {
        /// What happened, to what.
        incident: Box<Incident>,
    },
    /// Somebody tried what is refused. It changes nothing.
    AttemptRefused {
        /// What.
        command: AdminVerb,
        /// The refusal's code.
        code: String,
    },
    /// The whole record was written out, or a list was taken as a file. It changes nothing.
    RecordExported {
        /// With what opens its commitments: names, addresses and free text?
        opened: bool,
        /// Which list, as far as whoever took it may see; absent: the record.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        list: Option<List>,
    },
    /// Something about a version that is tried without effect.
    #[serde(untagged)]
    Shadow(ShadowDeed),
    /// Something happened to a split of a procedure.
    #[serde(untagged)]
    Split(SplitDeed),
    /// What happened to a concern.
    #[serde(untagged)]
    Concern(ConcernDeed),
    /// Something about what leaves the house.
    #[serde(untagged)]
    Outward(OutwardDeed),
    /// Something about what runs by itself.
    #[serde(untagged)]
    Automation(AutomationDeed),
    /// Something about who is there.
    #[serde(untagged)]
    Absence(AbsenceDeed),
    /// Something about the erasure of somebody.
    #[serde(untagged)]
    Erasure(ErasureDeed),
}

words! {
    /// A list that can be taken as a file.
    List, "list" {
        Exceptions = "exceptions", Tasks = "tasks", People = "people", Events = "events", Expiring = "expiring",
    }
}

impl List {
    /// Are titles, names or other texts in it?
    pub const fn is_opened(self) -> bool {
        matches!(self, Self::Exceptions | Self::People | Self::Expiring)
    }
}

impl RosterDeed {
    /// Its code in the ledger, the feed and the timeline.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::PersonAdded { .. } => "person_added",
            Self::PersonUpdated { .. } => "person_updated",
            Self::PersonLeft { .. } => "person_left",
            Self::PersonReturned { .. } => "person_returned",
            Self::PersonMerged { .. } => "person_merged",
            Self::PersonMoved { .. } => "person_moved",
            Self::PasswordSet { .. } => "password_set",
            Self::RoleGranted { .. } => "role_granted",
            Self::RoleRemoved { .. } => "role_removed",
            Self::Delegated { .. } => "delegated",
            Self::DelegationEnded { .. } => "delegation_ended",
            Self::TokenIssued { .. } => "token_issued",
            Self::TokenRevoked { .. } => "token_revoked",
            Self::ChangeProposed { .. } => "change_proposed",
            Self::ChangeConfirmed { .. } => "change_confirmed",
            Self::ChangeRejected { .. } => "change_rejected",
            Self::SopPublished { .. } => "sop_published",
            Self::SopRetired { .. } => "sop_retired",
            Self::EntryPublished { .. } => "entry_published",
            Self::IncidentReported { .. } => "incident_reported",
            Self::AttemptRefused { .. } => "attempt.refused",
            Self::RecordExported { .. } => "record_exported",
            Self::Shadow(deed) => deed.code(),
            Self::Split(deed) => deed.code(),
            Self::Concern(deed) => deed.code(),
            Self::Outward(deed) => deed.code(),
            Self::Automation(deed) => deed.code(),
            Self::Absence(deed) => deed.code(),
            Self::Erasure(deed) => deed.code(),
        }
    }

    /// Is it a note that changes nothing?
    pub const fn is_note(&self) -> bool {
        matches!(
            self,
            Self::AttemptRefused { .. } | Self::RecordExported { .. } | Self::Outward(OutwardDeed::MailHeld { .. })
        )
    }
}
