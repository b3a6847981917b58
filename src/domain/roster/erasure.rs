//! Erasing a person: what stands in the way, and what is said of it. What goes with them is found elsewhere; here it
//! is decided whether anything may. The record keeps ids, commitments and what was decided.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        person::{By, Person},
        refusal::{Refusal, Refused},
        request::Time,
        roster::{
            PersonRecord, Roster, RosterAction, RosterDeed,
            decide::{Case, Ruling, excluded, invalid},
        },
    },
    words::{AdminVerb, Citation, ExceptionId, Hash, Obstacle, PersonId, Role, Sealed, StateName},
};

/// The job that erases again, in a record that was set back, whom two people had agreed to erase.
pub const RESTORE_JOB: &str = "restore";

/// The job that deletes the texts of what is over for long.
pub const RETENTION_JOB: &str = "retention";

/// Something to be done about the erasure of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum ErasureAction {
    /// Erases somebody, with every account of theirs.
    ErasePerson {
        /// Whom.
        person: PersonId,
        /// What stands for the accounts, texts and files that were looked at and go.
        found: Hash,
    },
    /// Erases them again, in a record from before.
    ReapplyErasure {
        /// Whom.
        person: PersonId,
        /// What had been agreed to.
        agreed: Agreed,
    },
    /// Says that somebody must not be erased for now.
    HoldPerson {
        /// Whom.
        person: PersonId,
        /// Why.
        reason: Sealed,
    },
    /// Says that nothing forbids it any more.
    ReleasePerson {
        /// Whom.
        person: PersonId,
    },
}

/// An erasure in the record that a restored database is from before, as the key of that record signed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agreed {
    /// Its leaf there.
    pub leaf: u64,
    /// When.
    pub at: Time,
    /// The signed note that says so, with the accounts and the ledger's root behind that leaf.
    pub note: String,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ErasureDeed {
    /// Somebody was erased: what opened the commitments of their data and their texts is gone.
    #[serde(rename = "person.erased")]
    PersonErased {
        /// Who.
        person: PersonId,
        /// All their accounts.
        accounts: BTreeSet<PersonId>,
        /// What two people had looked at, where they agreed to it here.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        found: Option<Hash>,
        /// The erasure that was done again, since the record was set back.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        again: Option<Agreed>,
    },
    /// Somebody must not be erased for now.
    PersonHeld {
        /// Who.
        person: PersonId,
        /// Why.
        reason: Sealed,
    },
    /// Nothing forbids it any more.
    HoldLifted {
        /// Who.
        person: PersonId,
    },
    /// What opened the commitments of these exceptions is gone, since they are over for as long as is configured.
    TextsRetired {
        /// Which.
        exceptions: BTreeSet<ExceptionId>,
        /// The state in which they ended.
        state: StateName,
        /// For how many days texts are kept in it.
        days: u32,
    },
}

/// Something that stands in the way of an erasure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InTheWay {
    /// What.
    pub what: Obstacle,
    /// The exceptions that it concerns, by their numbers, as far as whoever asks may see them.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub exceptions: BTreeSet<String>,
    /// How many more there are.
    #[serde(skip_serializing_if = "is_zero")]
    pub unseen: usize,
    /// The roles that it concerns.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub roles: BTreeSet<Role>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
const fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// The facts that an erasure is judged by.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ErasureFacts {
    /// Was somebody whom the action names erased before?
    pub erased: bool,
    /// Every account of the human whom it is about, or the one account of a service.
    pub accounts: Vec<Person>,
    /// Those of them that must not be erased for now.
    pub held: BTreeSet<PersonId>,
    /// The roles that active humans hold who are not erased.
    pub held_by_others: BTreeSet<Role>,
    /// Do services answer to them?
    pub answers: bool,
    /// Have they endpoints that were not removed?
    pub endpoints: bool,
    /// What stands in the way in exceptions.
    pub cases: Vec<InTheWay>,
    /// What stands for the accounts, texts and files that would go; `None` where nobody looked.
    pub found: Option<Hash>,
}

impl ErasureFacts {
    /// Nothing known.
    pub const NOTHING: Self = Self {
        erased: false,
        accounts: Vec::new(),
        held: BTreeSet::new(),
        held_by_others: BTreeSet::new(),
        answers: false,
        endpoints: false,
        cases: Vec::new(),
        found: None,
    };

    /// Everything that stands in the way.
    pub fn in_the_way(&self) -> Vec<InTheWay> {
        let granted = self.accounts.iter().flat_map(|account| &account.grants).map(|grant| grant.role);
        let granted: BTreeSet<Role> = granted.collect();
        let last: BTreeSet<Role> = granted.difference(&self.held_by_others).copied().collect();
        let active = self.accounts.iter().any(|account| account.active);
        let plain = |met: bool, what: Obstacle, roles: &BTreeSet<Role>| {
            let (exceptions, unseen) = (BTreeSet::new(), 0);
            met.then(|| InTheWay { what, exceptions, unseen, roles: roles.clone() })
        };
        let none = BTreeSet::new();
        let of_roster = [
            plain(!self.held.is_empty(), Obstacle::LegalHold, &none),
            plain(active, Obstacle::Active, &granted),
            plain(!last.is_empty(), Obstacle::LastOfRole, &last),
            plain(self.answers, Obstacle::AnswersForService, &none),
            plain(self.endpoints, Obstacle::OwnsEndpoint, &none),
        ];
        of_roster.into_iter().flatten().chain(self.cases.iter().cloned()).collect()
    }
}

impl ErasureAction {
    /// Its verb.
    pub const fn verb(&self) -> AdminVerb {
        match self {
            Self::ErasePerson { .. } => AdminVerb::ErasePerson,
            Self::ReapplyErasure { .. } => AdminVerb::ReapplyErasure,
            Self::HoldPerson { .. } => AdminVerb::HoldPerson,
            Self::ReleasePerson { .. } => AdminVerb::ReleasePerson,
        }
    }

    /// Whom it is about.
    pub const fn subject(&self) -> PersonId {
        match self {
            Self::ErasePerson { person, .. }
            | Self::ReapplyErasure { person, .. }
            | Self::HoldPerson { person, .. }
            | Self::ReleasePerson { person } => *person,
        }
    }

    /// The text in it.
    pub const fn text(&self) -> Option<&Sealed> {
        match self {
            Self::HoldPerson { reason, .. } => Some(reason),
            Self::ErasePerson { .. } | Self::ReapplyErasure { .. } | Self::ReleasePerson { .. } => None,
        }
    }

    /// Does it say that somebody is erased?
    pub const fn erases(&self) -> bool {
        matches!(self, Self::ErasePerson { .. } | Self::ReapplyErasure { .. })
    }
}

impl ErasureDeed {
    /// Its code in the ledger, the feed and the timeline.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::PersonErased { .. } => "person.erased",
            Self::PersonHeld { .. } => "person_held",
            Self::HoldLifted { .. } => "hold_lifted",
            Self::TextsRetired { .. } => "texts_retired",
        }
    }
}

/// What such an action does.
pub(super) fn rule(action: &ErasureAction, case: Case<'_>) -> Result<Ruling, Refused> {
    let person = case.subject()?.id;
    let held = case.ground.erasure.held.contains(&person);
    let erased = |found, again| ErasureDeed::PersonErased {
        person,
        accounts: case.ground.erasure.accounts.iter().map(|account| account.id).collect(),
        found,
        again,
    };
    match action {
        ErasureAction::ErasePerson { found, .. } => {
            require_unhindered(case)?;
            require_looked_at(*found, case)?;
            Ok(Ruling::lowering(RosterDeed::Erasure(erased(Some(*found), None)), Some("a person is erased")))
        }
        ErasureAction::ReapplyErasure { agreed, .. } => {
            if !matches!(&case.ground.by, By::System { job } if job == RESTORE_JOB) {
                return Err(Refusal::NotYours { whom: "the service itself" }.into());
            }
            let deed = RosterDeed::Erasure(erased(None, Some(agreed.clone())));
            Ok(Ruling::plain(deed).citing(agreed_before(person, agreed)))
        }
        ErasureAction::HoldPerson { .. } if held => {
            Err(invalid("/person", "already_held", "a legal hold is on this person already"))
        }
        ErasureAction::HoldPerson { reason, .. } => {
            let deed = ErasureDeed::PersonHeld { person, reason: reason.clone() };
            Ok(Ruling::plain(RosterDeed::Erasure(deed)))
        }
        ErasureAction::ReleasePerson { .. } if !held => {
            Err(invalid("/person", "not_held", "no legal hold is on this person"))
        }
        ErasureAction::ReleasePerson { .. } if case.is_own(case.subject()?) => {
            Err(excluded("the person who acts", "the hold is on them").with("person", person.to_string()))
        }
        ErasureAction::ReleasePerson { .. } => {
            let deed = ErasureDeed::HoldLifted { person };
            Ok(Ruling::lowering(RosterDeed::Erasure(deed), Some("a legal hold is lifted")))
        }
    }
}

fn agreed_before(person: PersonId, agreed: &Agreed) -> Citation {
    Citation::rule(7, "an erasure that was agreed to holds in a record that was set back")
        .with("person", person.to_string())
        .with("leaf", agreed.leaf)
        .with("at", agreed.at.to_rfc3339())
}

fn require_unhindered(case: Case<'_>) -> Result<(), Refused> {
    let in_the_way = case.ground.erasure.in_the_way();
    if in_the_way.is_empty() { Ok(()) } else { Err(Refusal::NotErasable { in_the_way }.into()) }
}

/// What goes is what was looked at: neither less nor more.
fn require_looked_at(found: Hash, case: Case<'_>) -> Result<(), Refused> {
    if case.ground.erasure.found == Some(found) {
        return Ok(());
    }
    let detail = "what would be erased is not what was looked at: read the preview again and name its `found`";
    Err(invalid("/found", "found_changed", detail))
}

/// Nothing is done to somebody who was erased: there is nobody left to do it to.
pub(super) fn require_not_erased(case: Case<'_>) -> Result<(), Refused> {
    if case.ground.erasure.erased {
        return Err(invalid("/person", "person_erased", "this person was erased"));
    }
    Ok(())
}

impl Roster {
    /// The facts for what is done to these, as far as the log of the roster has them; all of them for an erasure.
    pub(super) fn erasure(&self, action: &RosterAction, parties: [Option<PersonId>; 2]) -> ErasureFacts {
        let was = |id: PersonId| self.people.get(&id).is_some_and(|record| record.erased_at.is_some());
        let erased = parties.into_iter().flatten().any(was);
        let RosterAction::Erasure(action) = action else { return ErasureFacts { erased, ..ErasureFacts::NOTHING } };
        let accounts = self.accounts(action.subject());
        if accounts.is_empty() {
            return ErasureFacts::NOTHING;
        }
        let others = self.people.keys().filter(|other| !accounts.contains(other));
        let others: Vec<Person> = others.filter_map(|id| self.person(*id)).filter(|other| other.active).collect();
        let humans = others.iter().filter(|other| !other.is_service());
        let holds = |id: &PersonId| self.people.get(id).is_some_and(|record| record.hold.is_some());
        ErasureFacts {
            erased,
            held: accounts.iter().copied().filter(holds).collect(),
            held_by_others: humans.flat_map(|other| other.grants.iter().map(|grant| grant.role)).collect(),
            answers: others.iter().any(|other| other.responsible.is_some_and(|id| accounts.contains(&id))),
            accounts: accounts.into_iter().filter_map(|id| self.person(id)).collect(),
            ..ErasureFacts::NOTHING
        }
    }

    /// Every account of the human whose account it is; of a service it alone.
    pub fn accounts(&self, id: PersonId) -> BTreeSet<PersonId> {
        let Some(of) = self.people.get(&id) else { return BTreeSet::new() };
        let is_theirs = |record: &PersonRecord| record.responsible.is_none() && record.human == of.human;
        let theirs = self.people.iter().filter(|(_, record)| of.responsible.is_none() && is_theirs(record));
        theirs.map(|(other, _)| *other).chain([id]).collect()
    }
}
