//! What is asked: one type for every verb, whose thing it is about, and the roles that ask.
//! It does not know the answers.

use std::fmt;

use crate::words::{AdminVerb, ReadVerb, Role, Verb};

/// Anything that the matrix can be asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ask {
    /// A command on an exception.
    Act(Verb),
    /// A command on people, roles, tokens, changes or SOPs.
    Administer(AdminVerb),
    /// A reading.
    Read(ReadVerb),
}

impl Ask {
    /// How many there are; every [`index`](Self::index) is below.
    pub const COUNT: usize = Verb::ALL.len() + AdminVerb::ALL.len() + ReadVerb::ALL.len();

    /// Every one, in the order of [`index`](Self::index).
    pub fn all() -> impl Iterator<Item = Self> {
        let acts = Verb::ALL.iter().copied().map(Self::Act);
        let administers = AdminVerb::ALL.iter().copied().map(Self::Administer);
        let reads = ReadVerb::ALL.iter().copied().map(Self::Read);
        acts.chain(administers).chain(reads)
    }

    /// The one with this code; codes are unique across the three sets.
    pub fn named(code: &str) -> Option<Self> {
        Self::all().find(|ask| ask.as_str() == code)
    }

    /// The code.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Act(verb) => verb.as_str(),
            Self::Administer(verb) => verb.as_str(),
            Self::Read(verb) => verb.as_str(),
        }
    }

    /// Its place among all, from 0.
    #[expect(clippy::as_conversions, reason = "a word's discriminant is its place in ALL")]
    pub const fn index(self) -> usize {
        match self {
            Self::Act(verb) => verb as usize,
            Self::Administer(verb) => Verb::ALL.len() + verb as usize,
            Self::Read(verb) => Verb::ALL.len() + AdminVerb::ALL.len() + verb as usize,
        }
    }
}

impl fmt::Display for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whose thing is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Relation {
    /// An exception of which the asker is requester, beneficiary or filer; a password, token,
    /// delegation or proposed change that is the asker's.
    Own,
    /// Anything else.
    Other,
}

impl Relation {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Own, Self::Other];

    /// The code.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Other => "other",
        }
    }
}

/// A set of roles.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct RoleSet(u32);

impl RoleSet {
    /// No role.
    pub const EMPTY: Self = Self(0);

    /// What a person acts as: the roles held where the question arises, and `requester`, which
    /// every person is everywhere.
    pub fn of_person(held: impl IntoIterator<Item = Role>) -> Self {
        held.into_iter().collect::<Self>().with(Role::Requester)
    }

    /// What a service account acts as, whatever it may have been granted besides.
    pub const fn of_service() -> Self {
        Self::EMPTY.with(Role::Service)
    }

    /// The same set with one more role.
    #[must_use]
    pub const fn with(self, role: Role) -> Self {
        Self(self.0 | Self::bit(role))
    }

    /// Is the role in it?
    pub const fn contains(self, role: Role) -> bool {
        self.0 & Self::bit(role) != 0
    }

    /// Do the two share a role?
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Its roles, in the order of [`Role::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Role> {
        Role::ALL.iter().copied().filter(move |role| self.contains(*role))
    }

    #[expect(clippy::as_conversions, reason = "a word's discriminant is its place in ALL")]
    const fn bit(role: Role) -> u32 {
        const { assert!(Role::ALL.len() <= 32) };
        1 << role as u32
    }
}

impl FromIterator<Role> for RoleSet {
    fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Self {
        roles.into_iter().fold(Self::EMPTY, Self::with)
    }
}

impl fmt::Debug for RoleSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ask_is_found_by_its_code_and_stands_at_its_index() {
        assert_eq!(Ask::all().count(), Ask::COUNT);
        for (place, ask) in Ask::all().enumerate() {
            assert_eq!(ask.index(), place, "{ask}");
            assert_eq!(Ask::named(ask.as_str()), Some(ask), "{ask} is ambiguous");
        }
        assert_eq!(Ask::named("aprove"), None);
    }

    #[test]
    fn a_set_gives_back_the_roles_put_in() {
        let roles = [Role::Ciso, Role::Requester, Role::Service];
        let set: RoleSet = roles.into_iter().collect();
        assert_eq!(set.iter().collect::<Vec<_>>(), [Role::Requester, Role::Ciso, Role::Service]);
        assert!(!set.contains(Role::Cro));
        assert!(!set.meets(RoleSet::EMPTY.with(Role::Cro)));
        assert!(RoleSet::of_person([]).contains(Role::Requester));
        assert!(!RoleSet::of_service().contains(Role::Requester));
    }
}
