//! People as the rules see them: which human an account belongs to, what was granted to it, and for
//! whom it may act. Names and addresses are not here.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{
    domain::request::Time,
    words::{Citation, DelegationId, DomainPath, GrantId, PersonId, Role, TokenId},
};

/// A role granted in a domain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Its id.
    pub id: GrantId,
    /// Which role.
    pub role: Role,
    /// In which domain, and all below it.
    pub domain: DomainPath,
    /// The ledger's leaf that granted it.
    pub leaf: u64,
}

/// An account: a human's, or a service's with the human who answers for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Its id.
    pub id: PersonId,
    /// The human it belongs to: merged accounts share one.
    pub human: PersonId,
    /// For a service account, agent or pipeline: the human who answers for it.
    pub responsible: Option<PersonId>,
    /// False once the person left.
    pub active: bool,
    /// From when until when they are away, where that was said.
    pub absence: Option<Absence>,
    /// In which business unit and region they work, where that was said.
    pub place: Option<Place>,
    /// When that last became another.
    pub moved_at: Option<Time>,
    /// The roles granted now.
    pub grants: Vec<Grant>,
}

/// In which business unit somebody works, and where, by the codes that requests name too. It gives no right: roles
/// are granted in domains of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The business unit.
    pub unit: String,
    /// The region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
}

/// From when until when somebody is away. It takes no right from them, and gives none to whoever stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Absence {
    /// From when.
    pub starts: Time,
    /// Until when.
    pub ends: Time,
    /// Whom to turn to meanwhile.
    pub stand_in: Option<PersonId>,
    /// Was what follows of its beginning seen to?
    pub begun: bool,
}

impl Absence {
    /// Does it last at `now`?
    pub fn holds_at(&self, now: Time) -> bool {
        self.starts <= now && now < self.ends
    }
}

impl Person {
    /// Is it a service, so that it never counts as a human?
    pub fn is_service(&self) -> bool {
        self.responsible.is_some()
    }

    /// Are they away at `now`?
    pub fn is_away(&self, now: Time) -> bool {
        self.absence.as_ref().is_some_and(|absence| absence.holds_at(now))
    }

    /// Can they be counted on at `now`: have they not left, and are they not away?
    pub fn is_there(&self, now: Time) -> bool {
        self.active && !self.is_away(now)
    }

    /// The first grant of `role` that covers `domain`.
    pub fn grant_in(&self, role: Role, domain: &DomainPath) -> Option<&Grant> {
        self.grants.iter().find(|grant| self.active && grant.role == role && grant.domain.covers(domain))
    }

    /// Does it hold `role` in any domain at all?
    pub fn holds_somewhere(&self, role: Role) -> bool {
        self.active && self.grants.iter().any(|grant| grant.role == role)
    }

    /// Does it hold `role` in at least one of `domains`?
    pub fn holds(&self, role: Role, domains: &[DomainPath]) -> bool {
        domains.iter().any(|domain| self.grant_in(role, domain).is_some())
    }
}

/// One approver lets another act in their place, for a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delegation {
    /// Its id.
    pub id: DelegationId,
    /// Whose slot is filled.
    pub from: PersonId,
    /// Who acts.
    pub to: PersonId,
    /// From when.
    pub starts: Time,
    /// Until when.
    pub ends: Time,
}

impl Delegation {
    /// Does it hold at `now`?
    pub fn holds_at(&self, now: Time) -> bool {
        self.starts <= now && now < self.ends
    }
}

/// The people a decision looks at, read in the deciding transaction.
#[derive(Debug, Clone, Default)]
pub struct People {
    people: BTreeMap<PersonId, Person>,
    delegations: Vec<Delegation>,
}

impl People {
    /// These people and the delegations to any of them.
    pub fn new(people: impl IntoIterator<Item = Person>, delegations: Vec<Delegation>) -> Self {
        Self { people: people.into_iter().map(|person| (person.id, person)).collect(), delegations }
    }

    /// One of them.
    pub fn find(&self, id: PersonId) -> Option<&Person> {
        self.people.get(&id)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Person> {
        self.people.values()
    }

    /// The human behind an account; an unknown account is its own.
    pub fn human(&self, id: PersonId) -> PersonId {
        self.people.get(&id).map_or(id, |person| person.human)
    }

    /// The humans behind some accounts; for a service also the one who answers for it.
    pub fn humans(&self, ids: impl IntoIterator<Item = PersonId>) -> BTreeSet<PersonId> {
        ids.into_iter().flat_map(|id| [Some(self.human(id)), self.responsible(id)]).flatten().collect()
    }

    fn responsible(&self, id: PersonId) -> Option<PersonId> {
        self.people.get(&id).and_then(|person| person.responsible).map(|owner| self.human(owner))
    }

    /// Those for whom `to` may act at `now`.
    pub fn delegators(&self, to: PersonId, now: Time) -> BTreeSet<PersonId> {
        let given = self.delegations.iter().filter(|given| given.to == to && given.holds_at(now));
        given.map(|given| given.from).collect()
    }

    /// The delegations that hold at `now`.
    pub fn delegations(&self, now: Time) -> impl Iterator<Item = &Delegation> {
        self.delegations.iter().filter(move |given| given.holds_at(now))
    }

    /// The delegation by which `to` may act for `from` at `now`.
    pub fn delegation(&self, from: PersonId, to: PersonId, now: Time) -> Option<&Delegation> {
        self.delegations.iter().find(|given| given.from == from && given.to == to && given.holds_at(now))
    }
}

/// Through which door a person came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Door {
    /// An interactive session, signed in at that time.
    Session(Time),
    /// An API token.
    Token(TokenId),
    /// A code that was mailed to them, typed at that time: enough for one decision where the procedure says so.
    Code(Time),
}

/// Who acts: a person through a door, or the service itself through one of its jobs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// A person or a service account.
    Person {
        /// The account.
        id: PersonId,
        /// How it came in.
        door: Door,
    },
    /// A job of the service.
    System {
        /// Its name.
        job: String,
    },
}

impl By {
    /// The account, unless it is the service itself.
    pub fn person(&self) -> Option<PersonId> {
        match self {
            Self::Person { id, .. } => Some(*id),
            Self::System { .. } => None,
        }
    }

    /// Through which door, as a code.
    pub const fn door(&self) -> &'static str {
        match self {
            Self::Person { door: Door::Session(_), .. } => "session",
            Self::Person { door: Door::Token(_), .. } => "token",
            Self::Person { door: Door::Code(_), .. } => "code",
            Self::System { .. } => "job",
        }
    }

    /// What lets it do what people may do freely: no rule for a person, the sixth for a job.
    pub fn freely(&self) -> Option<Citation> {
        match self {
            Self::Person { .. } => None,
            Self::System { job } => {
                Some(Citation::rule(6, "machines prepare, people decide").with("job", job.as_str()))
            }
        }
    }
}
