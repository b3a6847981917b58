//! The two-person rule: people are matched to the slots of a quorum, one human one slot, one
//! principal one slot, in every domain that the exception touches.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{
    sop::Quorum,
    words::{DomainPath, PersonId, Role},
};

/// A role held in a domain, by which an approver may fill a slot, and the leaf that granted it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Capacity {
    /// The role.
    pub role: Role,
    /// The domain in which it is held.
    pub domain: DomainPath,
    /// The ledger's leaf that granted it.
    pub grant: u64,
}

/// Somebody who may fill a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The human who acts.
    pub human: PersonId,
    /// The human whose slot it is.
    pub principal: PersonId,
    /// By which roles.
    pub capacities: Vec<Capacity>,
}

/// A slot of a quorum that was filled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    /// In which of the exception's domains.
    pub domain: DomainPath,
    /// The role that fills it.
    pub role: Role,
    /// The human who acted.
    pub human: PersonId,
    /// The human whose slot it is.
    pub principal: PersonId,
    /// The leaf of the grant that was used.
    pub grant: u64,
}

/// A slot that nobody fills.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vacancy {
    /// In which of the exception's domains.
    pub domain: DomainPath,
    /// The roles that could fill it.
    pub roles: Vec<Role>,
}

/// Two or more different humans, for two or more different principals. There is no other way to make
/// one than [`TwoPeople::of`], and reading one back goes through it too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct TwoPeople {
    seats: Vec<Seat>,
}

/// Fewer than two people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("every domain needs two different people acting for two different principals")]
pub struct TooFew;

impl TwoPeople {
    /// Checks that in every domain two different humans fill seats of two different principals.
    pub fn of(seats: Vec<Seat>) -> Result<Self, TooFew> {
        let mut domains: BTreeMap<&DomainPath, (BTreeSet<PersonId>, BTreeSet<PersonId>)> = BTreeMap::new();
        for seat in &seats {
            let (humans, principals) = domains.entry(&seat.domain).or_default();
            humans.insert(seat.human);
            principals.insert(seat.principal);
        }
        let enough =
            |(humans, principals): &(BTreeSet<PersonId>, BTreeSet<PersonId>)| humans.len() > 1 && principals.len() > 1;
        if domains.is_empty() || !domains.values().all(enough) {
            return Err(TooFew);
        }
        Ok(Self { seats })
    }

    /// Who filled which slot.
    pub fn seats(&self) -> &[Seat] {
        &self.seats
    }
}

impl<'de> Deserialize<'de> for TwoPeople {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::of(Vec::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// The roles that each slot of `quorum` accepts. Two is compiled in; an empty rule has no slots.
pub fn slots(quorum: &Quorum) -> Vec<Vec<Role>> {
    let general = if quorum.any_of.is_empty() { &quorum.all_of } else { &quorum.any_of };
    if general.is_empty() {
        return Vec::new();
    }
    let wanted = usize::try_from(quorum.min).unwrap_or(usize::MAX).clamp(2, 20);
    let named = quorum.all_of.iter().map(|role| vec![*role]);
    named.chain(std::iter::repeat_n(general.clone(), wanted.saturating_sub(quorum.all_of.len()))).collect()
}

/// Matches `candidates` to the slots of `quorum` in each of `domains`; one human or principal counts once.
/// Zero applicable rules, or a domain with a vacancy, is an error that names what is missing.
pub fn fill(quorum: &Quorum, domains: &[DomainPath], candidates: &[Candidate]) -> Result<Vec<Seat>, Vec<Vacancy>> {
    let candidates = &distinct(candidates);
    let slots = slots(quorum);
    let mut seats = Vec::new();
    let mut vacancies = Vec::new();
    for domain in domains {
        if slots.is_empty() {
            vacancies.push(Vacancy { domain: domain.clone(), roles: Vec::new() });
        }
        match fill_domain(&slots, domain, candidates) {
            Ok(filled) => seats.extend(filled),
            Err(missing) => vacancies.extend(missing),
        }
    }
    if vacancies.is_empty() && !seats.is_empty() { Ok(seats) } else { Err(vacancies) }
}

/// The slots of `quorum` that still want somebody in at least one of `domains`, by their place.
pub fn vacant(quorum: &Quorum, domains: &[DomainPath], candidates: &[Candidate]) -> Vec<(usize, Vec<Role>)> {
    let (slots, candidates) = (slots(quorum), distinct(candidates));
    let mut held = vec![true; slots.len()];
    for domain in domains {
        let taken = matching(&offers(&slots, domain, &candidates), candidates.len());
        for (held, holder) in held.iter_mut().zip(taken) {
            *held &= holder.is_some();
        }
    }
    slots.into_iter().enumerate().zip(held).filter(|(_, held)| !held).map(|(slot, _)| slot).collect()
}

fn distinct(candidates: &[Candidate]) -> Vec<Candidate> {
    let mut seen: BTreeSet<PersonId> = BTreeSet::new();
    let fresh = |who: &&Candidate| {
        let new = !seen.contains(&who.human) && !seen.contains(&who.principal);
        seen.extend([who.human, who.principal]);
        new
    };
    candidates.iter().filter(fresh).cloned().collect()
}

fn offers<'c>(slots: &[Vec<Role>], domain: &DomainPath, candidates: &'c [Candidate]) -> Vec<Vec<Option<&'c Capacity>>> {
    slots.iter().map(|roles| candidates.iter().map(|who| offer(who, roles, domain)).collect()).collect()
}

fn fill_domain(slots: &[Vec<Role>], domain: &DomainPath, candidates: &[Candidate]) -> Result<Vec<Seat>, Vec<Vacancy>> {
    let offers = offers(slots, domain, candidates);
    let taken = matching(&offers, candidates.len());
    let mut seats = Vec::new();
    let mut vacancies = Vec::new();
    for ((roles, offers), holder) in slots.iter().zip(&offers).zip(taken) {
        let seat = holder.and_then(|at| Some((candidates.get(at)?, (*offers.get(at)?)?)));
        match seat {
            Some((who, capacity)) => seats.push(Seat {
                domain: domain.clone(),
                role: capacity.role,
                human: who.human,
                principal: who.principal,
                grant: capacity.grant,
            }),
            None => vacancies.push(Vacancy { domain: domain.clone(), roles: roles.clone() }),
        }
    }
    if vacancies.is_empty() { Ok(seats) } else { Err(vacancies) }
}

fn offer<'c>(who: &'c Candidate, roles: &[Role], domain: &DomainPath) -> Option<&'c Capacity> {
    who.capacities.iter().find(|held| roles.contains(&held.role) && held.domain.covers(domain))
}

/// A maximum matching of slots to candidates (Kuhn's augmenting paths): for each slot its candidate.
fn matching(offers: &[Vec<Option<&Capacity>>], candidates: usize) -> Vec<Option<usize>> {
    let mut slot_of: Vec<Option<usize>> = vec![None; candidates];
    for slot in 0..offers.len() {
        let mut seen = vec![false; candidates];
        augment(slot, offers, &mut slot_of, &mut seen);
    }
    let mut taken = vec![None; offers.len()];
    for (candidate, slot) in slot_of.iter().enumerate() {
        if let Some(place) = slot.and_then(|slot| taken.get_mut(slot)) {
            *place = Some(candidate);
        }
    }
    taken
}

fn augment(slot: usize, offers: &[Vec<Option<&Capacity>>], slot_of: &mut [Option<usize>], seen: &mut [bool]) -> bool {
    for candidate in 0..slot_of.len() {
        let offered = offers.get(slot).and_then(|row| row.get(candidate)).is_some_and(Option::is_some);
        if !offered || seen.get(candidate).copied().unwrap_or(true) {
            continue;
        }
        if let Some(mark) = seen.get_mut(candidate) {
            *mark = true;
        }
        let holder = slot_of.get(candidate).copied().flatten();
        if holder.is_none_or(|other| augment(other, offers, slot_of, seen)) {
            if let Some(place) = slot_of.get_mut(candidate) {
                *place = Some(slot);
            }
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn someone(n: u128, roles: &[(Role, &str)]) -> Candidate {
        let human = PersonId(Uuid::from_u128(n));
        let capacity =
            |(role, domain): &(Role, &str)| Capacity { role: *role, domain: domain.parse().unwrap(), grant: 0 };
        Candidate { human, principal: human, capacities: roles.iter().map(capacity).collect() }
    }

    fn quorum(min: u32, all_of: &[Role], any_of: &[Role]) -> Quorum {
        Quorum { min, all_of: all_of.to_vec(), any_of: any_of.to_vec() }
    }

    fn domains(paths: &[&str]) -> Vec<DomainPath> {
        paths.iter().map(|path| path.parse().unwrap()).collect()
    }

    #[test]
    fn one_person_in_both_groups_fills_one_slot() {
        let both = someone(1, &[(Role::Ciso, "/"), (Role::Cro, "/")]);
        let rule = quorum(2, &[Role::Ciso, Role::Cro], &[]);
        assert!(fill(&rule, &domains(&["eu"]), std::slice::from_ref(&both)).is_err());
        let ciso = someone(2, &[(Role::Ciso, "/")]);
        let seats = fill(&rule, &domains(&["eu"]), &[both.clone(), ciso]).unwrap();
        assert_eq!(
            seats.iter().find(|seat| seat.role == Role::Cro).unwrap().human,
            both.human,
            "the flexible one moves over"
        );
    }

    #[test]
    fn a_minimum_below_two_is_two() {
        let rule = quorum(1, &[], &[Role::Legal]);
        let missing = fill(&rule, &domains(&["/"]), &[someone(1, &[(Role::Legal, "/")])]).unwrap_err();
        assert_eq!(missing, [Vacancy { domain: DomainPath::root(), roles: vec![Role::Legal] }]);
    }

    #[test]
    fn no_rule_refuses() {
        assert!(fill(&quorum(2, &[], &[]), &domains(&["/"]), &[someone(1, &[(Role::Legal, "/")])]).is_err());
        assert!(fill(&quorum(2, &[], &[Role::Legal]), &[], &[]).is_err());
    }

    #[test]
    fn every_domain_needs_its_own_quorum_or_a_common_ancestors_holder() {
        let rule = quorum(2, &[], &[Role::Ciso]);
        let eu = someone(1, &[(Role::Ciso, "eu")]);
        let us = someone(2, &[(Role::Ciso, "us")]);
        let global = someone(3, &[(Role::Ciso, "/")]);
        let both = domains(&["eu/retail", "us/retail"]);
        assert!(fill(&rule, &both, &[eu.clone(), us.clone()]).is_err());
        let seats = fill(&rule, &both, &[eu, us, global]).unwrap();
        assert_eq!(seats.len(), 4);
        assert!(TwoPeople::of(seats).is_ok());
    }

    #[test]
    fn an_edited_record_is_refused() {
        let seat = Seat {
            domain: DomainPath::root(),
            role: Role::Ciso,
            human: PersonId(Uuid::from_u128(1)),
            principal: PersonId(Uuid::from_u128(1)),
            grant: 1,
        };
        let text = serde_json::to_string(&vec![seat.clone(), seat]).unwrap();
        assert!(serde_json::from_str::<TwoPeople>(&text).is_err());
    }
}
