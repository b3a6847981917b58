//! Who sees which exceptions, as a value: the store renders it as a `WHERE`, and one exception can
//! be held against it. Both must answer alike. It does not know the store, nor what is done with
//! what is seen.

use super::{Ask, Matrix, Relation, RoleSet};
use crate::words::{DomainPath, PersonId, ReadVerb, Role};

/// What one person sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visibility {
    person: PersonId,
    domains: Vec<DomainPath>,
    confidential: Vec<DomainPath>,
}

/// What decides who sees an exception.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sight {
    /// Requester, beneficiary, filer, sponsor, monitoring owner.
    pub parties: Vec<PersonId>,
    /// Confidential readers by name, and watchers.
    pub readers: Vec<PersonId>,
    /// Those with a task or an approval on it.
    pub involved: Vec<PersonId>,
    /// The domains it belongs to.
    pub domains: Vec<DomainPath>,
    /// Is it confidential?
    pub confidential: bool,
}

impl Visibility {
    /// What these grants let a person see besides what concerns them; a service account comes
    /// without grants, for it sees its own only. One more grant never shows less.
    pub fn of(person: PersonId, grants: &[(Role, DomainPath)], matrix: &Matrix) -> Self {
        let reads = |role: Role, verb: ReadVerb| {
            let role = RoleSet::EMPTY.with(role);
            matrix.allows(role, Ask::Read(verb), None, Relation::Other)
        };
        let within = |verb: ReadVerb| {
            let readable =
                grants.iter().filter(|(role, _)| reads(*role, ReadVerb::ReadException) && reads(*role, verb));
            widest(readable.map(|(_, domain)| domain))
        };
        Self { person, domains: within(ReadVerb::ReadException), confidential: within(ReadVerb::ReadConfidential) }
    }

    /// Whose it is.
    pub fn person(&self) -> PersonId {
        self.person
    }

    /// Where others' exceptions are seen unless they are confidential: sorted, none covering another.
    pub fn domains(&self) -> &[DomainPath] {
        &self.domains
    }

    /// Where confidential ones are seen too: sorted, none covering another.
    pub fn confidential(&self) -> &[DomainPath] {
        &self.confidential
    }

    /// Is this exception seen? A party, a reader and anyone involved always see it; others by a
    /// role in at least one of its domains.
    pub fn sees(&self, sight: &Sight) -> bool {
        let concerned = [&sight.parties, &sight.readers, &sight.involved];
        let by_role = if sight.confidential { &self.confidential } else { &self.domains };
        concerned.iter().any(|people| people.contains(&self.person))
            || sight.domains.iter().any(|domain| by_role.iter().any(|held| held.covers(domain)))
    }
}

/// The fewest domains that cover the same: an ancestor swallows what lies below it.
fn widest<'a>(domains: impl Iterator<Item = &'a DomainPath>) -> Vec<DomainPath> {
    let mut sorted: Vec<_> = domains.cloned().collect();
    sorted.sort_unstable();
    // A path sorts after its ancestors.
    sorted.into_iter().fold(Vec::new(), |mut kept, domain| {
        if !kept.iter().any(|wider: &DomainPath| wider.covers(&domain)) {
            kept.push(domain);
        }
        kept
    })
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::{prelude::*, sample::select};
    use uuid::Uuid;

    use super::*;

    static MATRIX: LazyLock<Matrix> = LazyLock::new(|| Matrix::builtin().unwrap());

    fn person(number: u128) -> PersonId {
        PersonId(Uuid::from_u128(number))
    }

    fn path(text: &str) -> DomainPath {
        text.parse().expect(text)
    }

    fn visibility(grants: &[(Role, &str)]) -> Visibility {
        let grants: Vec<_> = grants.iter().map(|(r, d)| (*r, path(d))).collect();
        Visibility::of(person(1), &grants, &MATRIX)
    }

    fn others_in(domain: &str, confidential: bool) -> Sight {
        Sight { parties: vec![person(2)], readers: vec![], involved: vec![], domains: vec![path(domain)], confidential }
    }

    #[test]
    fn without_a_role_one_sees_what_concerns_one() {
        let mine = visibility(&[]);
        assert_eq!(mine, visibility(&[(Role::Requester, "/")]));
        let others = others_in("eu", true);
        assert!(!mine.sees(&others));
        for concerned in [
            Sight { parties: vec![person(2), person(1)], ..others.clone() },
            Sight { readers: vec![person(1)], ..others.clone() },
            Sight { involved: vec![person(1)], ..others.clone() },
        ] {
            assert!(mine.sees(&concerned), "{concerned:?}");
        }
    }

    #[test]
    fn a_role_sees_below_its_domain_and_not_beside_it() {
        let ciso = visibility(&[(Role::Ciso, "eu")]);
        assert!(ciso.sees(&others_in("eu/retail", false)));
        assert!(!ciso.sees(&others_in("us", false)));
        assert!(!ciso.sees(&others_in("eu/retail", true)));
        let both = Sight { domains: vec![path("us"), path("eu")], ..others_in("us", false) };
        assert!(ciso.sees(&both));
    }

    #[test]
    fn confidential_ones_are_for_those_who_answer_for_the_record() {
        for role in Role::ALL {
            let sees = visibility(&[(*role, "/")]).sees(&others_in("eu", true));
            let expected = matches!(role, Role::Governance | Role::Auditor);
            assert_eq!(sees, expected, "{role}");
        }
    }

    #[test]
    fn an_ancestor_swallows_what_it_covers() {
        let held = visibility(&[
            (Role::Ciso, "eu/retail"),
            (Role::Auditor, "eu"),
            (Role::Ciso, "eu"),
            (Role::Cro, "eu-west"),
            (Role::Requester, "us"),
        ]);
        assert_eq!(held.domains(), [path("eu"), path("eu-west")]);
        assert_eq!(held.confidential(), [path("eu")]);
        assert_eq!(held.person(), person(1));
    }

    const PATHS: &[&str] = &["/", "eu", "eu/retail", "eu/retail/cards", "eu-west", "us", "us/retail"];

    fn grant() -> impl Strategy<Value = (Role, DomainPath)> {
        (select(Role::ALL), select(PATHS).prop_map(path))
    }

    fn sight() -> impl Strategy<Value = Sight> {
        let people = || prop::collection::vec((1..6_u128).prop_map(person), 0..2);
        let domains = prop::collection::vec(select(PATHS).prop_map(path), 1..3);
        (people(), people(), people(), domains, any::<bool>()).prop_map(
            |(parties, readers, involved, domains, confidential)| Sight {
                parties,
                readers,
                involved,
                domains,
                confidential,
            },
        )
    }

    proptest! {
        #[test]
        fn one_more_grant_never_shows_less(
            grants in prop::collection::vec(grant(), 0..5), more in grant(), sight in sight(),
        ) {
            let before = Visibility::of(person(1), &grants, &MATRIX);
            let mut grants = grants;
            grants.push(more);
            let after = Visibility::of(person(1), &grants, &MATRIX);
            prop_assert!(after.sees(&sight) || !before.sees(&sight));
        }

        #[test]
        fn the_fewest_domains_cover_what_all_did(
            grants in prop::collection::vec(grant(), 0..6), asked in select(PATHS).prop_map(path),
        ) {
            let all: Vec<_> = grants.iter().map(|(_, domain)| domain).collect();
            let few = widest(all.iter().copied());
            let covered = |by: &[&DomainPath]| by.iter().any(|domain| domain.covers(&asked));
            prop_assert_eq!(covered(&all), covered(&few.iter().collect::<Vec<_>>()));
            for one in &few {
                prop_assert_eq!(few.iter().filter(|other| other.covers(one)).count(), 1);
            }
        }
    }
}
