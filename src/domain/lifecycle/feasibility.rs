//! Could anybody approve this? A quorum that cannot be filled is refused before work is spent on it, and
//! is never relaxed.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    domain::{
        event::Deed,
        exception::Exception,
        facts::facts,
        person::People,
        quorum::{self, Candidate, Capacity, Vacancy},
    },
    sop::{Quorum, Sop},
    words::{Citation, DomainPath, PersonId, Role, StateName, Tier},
};

use super::{Proceeding, exclusions};

/// The tiers of `sop` at which nobody could approve `exception`, and who is missing: the requester, the
/// beneficiary and the editors are out, and every dimension takes an assessor who then cannot approve.
pub fn infeasible(exception: &Exception, sop: &Sop, people: &People) -> Vec<(Tier, Vec<Vacancy>)> {
    let domains = exception.request.domains();
    let decided_on = exception.state.round().is_some();
    let fresh = if decided_on { exception.clone() } else { unassessed(exception) };
    let candidates = candidates(&fresh, people);
    let roles: Vec<Role> = if decided_on { Vec::new() } else { assessors(&fresh, sop).into_iter().collect() };
    let tiers = sop.document().tiers.iter();
    tiers
        .filter_map(|(tier, rules)| {
            let pool = Pool { quorum: &rules.quorum, domains: &domains, candidates: candidates.clone() };
            pool.without_assessors(&roles).err().map(|missing| (*tier, missing))
        })
        .collect()
}

/// The tiers of `sop` at which nobody could approve anything in `domain`, whoever asked for it, and who is
/// missing: every dimension takes an assessor who then cannot approve.
pub fn unfillable(sop: &Sop, domain: &DomainPath, people: &People) -> Vec<(Tier, Vec<Vacancy>)> {
    let (domains, candidates) = (std::slice::from_ref(domain), able(people, &BTreeSet::new()));
    let dimensions = sop.document().steps.assessment.dimensions.iter();
    let roles: BTreeSet<Role> = dimensions.map(crate::sop::DimensionRules::assessor).collect();
    let roles: Vec<Role> = roles.into_iter().collect();
    let vacant = |quorum| {
        let pool = Pool { quorum, domains, candidates: candidates.clone() };
        let mut missing = pool.without_assessors(&roles).err()?;
        // One who is missing hides the next: everybody is named at once.
        let approvers = quorum::fill(quorum, domains, &candidates).err().unwrap_or_default();
        let assessors = roles.iter().filter(|role| pool.able(**role).is_empty()).map(|role| pool.vacancy(*role));
        for vacancy in assessors.chain(approvers) {
            if !missing.contains(&vacancy) {
                missing.push(vacancy);
            }
        }
        Some(missing)
    };
    sop.document().tiers.iter().filter_map(|(tier, rules)| Some((*tier, vacant(&rules.quorum)?))).collect()
}

/// Does a quorum have to be filled yet: has it a round, or is it on its way to one?
pub fn is_undecided(exception: &Exception) -> bool {
    let state = exception.state.name();
    let preparing = matches!(
        state,
        StateName::CompletenessReview | StateName::Returned | StateName::Assessment | StateName::StakeholderInput
    );
    preparing || (exception.state.round().is_some() && state != StateName::Implementation)
}

/// Tells of a quorum that nobody can fill any more, with who is missing, and of one that somebody can again.
/// It waits meanwhile: a quorum is never relaxed.
pub(super) fn note(p: &mut Proceeding<'_>) {
    match unfilled(p) {
        Some((tier, missing)) if missing != p.now.missing => {
            let citation = Citation::rule(1, format!("nobody can fill the quorum at tier {tier}; it is never relaxed"))
                .with("tier", tier.as_str())
                .with("missing", serde_json::json!(missing));
            p.tell(Deed::QuorumLost { tier, missing }, citation);
        }
        None if !p.now.missing.is_empty() => {
            let citation = Citation::rule(1, "somebody can fill every slot of the quorum again")
                .with("tier", p.now.tier().map(Tier::as_str))
                .with("was_missing", serde_json::json!(p.now.missing));
            p.tell(Deed::QuorumFound, citation);
        }
        Some(_) | None => {}
    }
}

/// The tier at which nobody could decide on it, by the procedure that it runs on or the newest, and who is missing.
fn unfilled(p: &Proceeding<'_>) -> Option<(Tier, Vec<Vacancy>)> {
    let (now, known) = (&p.now, p.now.tier());
    let procedures = [p.ground.newest, p.ground.sop].into_iter();
    let mut found = procedures.flat_map(|sop| infeasible(now, sop, p.ground.people));
    found.find(|(tier, _)| known.is_none_or(|known| known == *tier))
}

/// Submitted again it is assessed again, by the same people or by others.
fn unassessed(exception: &Exception) -> Exception {
    let mut fresh = exception.clone();
    fresh.assessments.clear();
    fresh.rating = None;
    fresh
}

/// The roles that assess this request; where that cannot be told, those of every dimension.
fn assessors(exception: &Exception, sop: &Sop) -> BTreeSet<Role> {
    let all = || sop.document().steps.assessment.dimensions.iter().collect();
    let needed = sop.dimensions(&facts(exception, exception.changed_at)).unwrap_or_else(|_| all());
    needed.into_iter().map(crate::sop::DimensionRules::assessor).collect()
}

/// Everyone who is not kept out, each human once with the roles of all their accounts.
fn candidates(exception: &Exception, people: &People) -> Vec<Candidate> {
    able(people, &exclusions(exception, people))
}

/// Everyone but these humans, each once with the roles of all their accounts.
pub(super) fn able(people: &People, out: &BTreeSet<PersonId>) -> Vec<Candidate> {
    let mut humans: BTreeMap<PersonId, Vec<Capacity>> = BTreeMap::new();
    for person in people.iter().filter(|one| one.active && !one.is_service() && !out.contains(&one.human)) {
        let held = person.grants.iter();
        humans.entry(person.human).or_default().extend(held.map(|grant| Capacity {
            role: grant.role,
            domain: grant.domain.clone(),
            grant: grant.leaf,
        }));
    }
    humans.into_iter().map(|(human, capacities)| Candidate { human, principal: human, capacities }).collect()
}

/// How many kinds of assessors are tried for a role, of those without whom the quorum still fills: the search stays
/// small.
const MOST_TRIED: usize = 4;

/// People who could approve, while some of them are needed as assessors.
struct Pool<'q> {
    quorum: &'q Quorum,
    domains: &'q [DomainPath],
    candidates: Vec<Candidate>,
}

impl Pool<'_> {
    /// Chooses an assessor for each role so that the rest can still fill the quorum: for the role that the fewest
    /// can take first, and of those who can the least needed as approvers.
    fn without_assessors(&self, roles: &[Role]) -> Result<(), Vec<Vacancy>> {
        // What does not fill with all of them does not with fewer.
        quorum::fill(self.quorum, self.domains, &self.candidates)?;
        let Some(role) = roles.iter().min_by_key(|role| self.able(**role).len()) else { return Ok(()) };
        let rest: Vec<Role> = roles.iter().filter(|other| *other != role).copied().collect();
        let mut missing = vec![self.vacancy(*role)];
        let (mut known, mut tried) = (BTreeSet::new(), 0);
        for assessor in self.able(*role) {
            // Whoever leaves the same behind as another need not be tried after them.
            if tried == MOST_TRIED || !known.insert(left_behind(assessor, &rest)) {
                continue;
            }
            let pool = self.assessed_by(assessor);
            tried += usize::from(quorum::fill(self.quorum, self.domains, &pool.candidates).is_ok());
            match pool.without_assessors(&rest) {
                Ok(()) => return Ok(()),
                Err(vacancies) => missing = vacancies,
            }
        }
        Err(missing)
    }

    fn vacancy(&self, role: Role) -> Vacancy {
        Vacancy { domain: self.domains.first().cloned().unwrap_or_default(), roles: vec![role] }
    }

    /// Who may assess by this role, the least needed as approvers first.
    fn able(&self, role: Role) -> Vec<&Candidate> {
        let covers = |held: &&Capacity| self.domains.iter().any(|domain| held.domain.covers(domain));
        let holds = |who: &&Candidate| who.capacities.iter().filter(covers).any(|held| held.role == role);
        let mut able: Vec<&Candidate> = self.candidates.iter().filter(holds).collect();
        able.sort_by_key(|who| who.capacities.iter().filter(|held| held.role.approves()).count());
        able
    }

    /// The pool once `assessor` has scored: still able to score another dimension, no longer to approve.
    fn assessed_by(&self, assessor: &Candidate) -> Self {
        let mut candidates = self.candidates.clone();
        for candidate in candidates.iter_mut().filter(|candidate| candidate.human == assessor.human) {
            candidate.capacities.retain(|held| !held.role.approves());
        }
        Self { quorum: self.quorum, domains: self.domains, candidates }
    }
}

/// What is lost for the quorum, or could be used for another dimension, once somebody assesses.
fn left_behind(who: &Candidate, rest: &[Role]) -> BTreeSet<(Role, DomainPath)> {
    let matters = who.capacities.iter().filter(|held| held.role.approves() || rest.contains(&held.role));
    matters.map(|held| (held.role, held.domain.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn somebody(n: u128, held: &[(Role, &str)]) -> Candidate {
        let human = PersonId(Uuid::from_u128(n));
        let capacity =
            |(role, domain): &(Role, &str)| Capacity { role: *role, domain: domain.parse().unwrap(), grant: 0 };
        Candidate { human, principal: human, capacities: held.iter().map(capacity).collect() }
    }

    fn fills(quorum: &Quorum, candidates: &[Candidate], assessed: &[Role]) -> bool {
        let domains = ["eu".parse().unwrap()];
        Pool { quorum, domains: &domains, candidates: candidates.to_vec() }.without_assessors(assessed).is_ok()
    }

    #[test]
    fn whoever_the_quorum_can_spare_assesses_however_much_they_hold() {
        let seats = [Role::Ciso, Role::Cro, Role::Legal, Role::EthicsBoard];
        let quorum = Quorum { min: 4, all_of: seats.to_vec(), any_of: Vec::new() };
        let sole = |(n, role)| somebody(n, &[(Role::SecurityAssessor, "/"), (role, "/")]);
        let mut staff: Vec<Candidate> = (1..).zip(seats).map(sole).collect();
        assert!(!fills(&quorum, &staff, &[Role::SecurityAssessor]), "each of them is needed");
        let (eu, us) = ((Role::BusinessOwner, "eu"), (Role::BusinessOwner, "us"));
        staff.push(somebody(5, &[(Role::SecurityAssessor, "/"), eu, us]));
        assert!(fills(&quorum, &staff, &[Role::SecurityAssessor]), "the fifth is not");
    }

    #[test]
    fn the_dimension_that_only_one_can_assess_has_its_assessor_first() {
        let quorum = Quorum { min: 2, all_of: Vec::new(), any_of: vec![Role::Ciso, Role::Legal] };
        let only = [(Role::EthicsAssessor, "/"), (Role::SecurityAssessor, "/"), (Role::Ciso, "/")];
        let other = |n| somebody(n, &[(Role::SecurityAssessor, "/"), (Role::Legal, "/")]);
        let roles = [Role::SecurityAssessor, Role::EthicsAssessor];
        assert!(fills(&quorum, &[other(1), other(2), somebody(3, &only)], &roles), "they assess both");
        assert!(!fills(&quorum, &[other(1), somebody(3, &only)], &roles));
    }
}
