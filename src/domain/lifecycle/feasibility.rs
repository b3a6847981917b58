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
        let assessors = roles.iter().filter(|role| !pool.is_held(**role)).map(|role| pool.vacancy(*role));
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
fn able(people: &People, out: &BTreeSet<PersonId>) -> Vec<Candidate> {
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

/// How many assessors are tried for each role: the search stays small, and those least needed come first.
const MOST_TRIED: usize = 4;

/// People who could approve, while some of them are needed as assessors.
struct Pool<'q> {
    quorum: &'q Quorum,
    domains: &'q [DomainPath],
    candidates: Vec<Candidate>,
}

impl Pool<'_> {
    /// Chooses an assessor for each role so that the rest can still fill the quorum, trying first those
    /// who are the least needed as approvers.
    fn without_assessors(&self, roles: &[Role]) -> Result<(), Vec<Vacancy>> {
        let Some((role, rest)) = roles.split_first() else {
            return quorum::fill(self.quorum, self.domains, &self.candidates).map(|_| ());
        };
        let mut able: Vec<&Candidate> = self.candidates.iter().filter(|who| self.has(who, *role)).collect();
        able.sort_by_key(|who| who.capacities.iter().filter(|held| held.role.approves()).count());
        let mut missing = vec![self.vacancy(*role)];
        for assessor in able.into_iter().take(MOST_TRIED) {
            match self.assessed_by(assessor).without_assessors(rest) {
                Ok(()) => return Ok(()),
                Err(vacancies) => missing = vacancies,
            }
        }
        Err(missing)
    }

    fn vacancy(&self, role: Role) -> Vacancy {
        Vacancy { domain: self.domains.first().cloned().unwrap_or_default(), roles: vec![role] }
    }

    /// Has anybody this role here?
    fn is_held(&self, role: Role) -> bool {
        self.candidates.iter().any(|who| self.has(who, role))
    }

    fn has(&self, who: &Candidate, role: Role) -> bool {
        let covers = |held: &DomainPath| self.domains.iter().any(|domain| held.covers(domain));
        who.capacities.iter().any(|held| held.role == role && covers(&held.domain))
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
