//! Whether there are people enough, with the roles that the procedures ask for, in every domain.

use std::collections::{BTreeMap, BTreeSet};

use super::Finding;
use crate::{
    domain::{
        lifecycle::unfillable,
        person::{People, Person},
        quorum::Vacancy,
    },
    sop::Sop,
    store::staffing::Staffing,
    words::{PersonId, Role, Tier},
};

/// One who asks, one who reviews and assesses, two who approve.
const FEWEST: usize = 4;

const GRANT: &str = "grant them with `proviso admin role grant PERSON ROLE --domain DOMAIN`";

pub(super) fn findings(staffing: &Staffing, sops: &[Sop], default: &str) -> Vec<Finding> {
    let mut findings = vec![people(staffing), governance(staffing)];
    for sop in newest(sops) {
        let matters = sop.document().id == default;
        findings.push(roles(staffing, sop, matters));
        findings.push(quorums(staffing, sop, matters));
    }
    findings
}

/// The newest version of each procedure.
fn newest(sops: &[Sop]) -> Vec<&Sop> {
    let mut newest: BTreeMap<&str, &Sop> = BTreeMap::new();
    for sop in sops {
        let held = newest.entry(&sop.document().id).or_insert(sop);
        if held.document().version < sop.document().version {
            *held = sop;
        }
    }
    newest.into_values().collect()
}

fn people(staffing: &Staffing) -> Finding {
    let present = staffing.people.iter().filter(|person| person.active && !person.is_service());
    let humans: BTreeSet<PersonId> = present.map(|person| person.human).collect();
    let found = if humans.len() == 1 { "1 person".to_owned() } else { format!("{} people", humans.len()) };
    if humans.len() >= FEWEST {
        return Finding::ok("people", found);
    }
    if humans.is_empty() {
        return Finding::missing("people", "nobody", "start `proviso serve` and open the link that it prints");
    }
    let remedy =
        "add people with `proviso admin person add`: two who decide, beside who asks and who assesses, make four";
    Finding::missing("people", found, remedy)
}

fn governance(staffing: &Staffing) -> Finding {
    match staffing.governing {
        0 => Finding::missing("governance", "nobody governs", format!("{GRANT}: role governance")),
        1 => Finding::missing(
            "governance",
            "one person governs, and acts alone",
            "grant governance to a second person: from then on two confirm what lowers a protection",
        ),
        more => Finding::ok("governance", format!("{more} people")),
    }
}

/// The roles that a procedure asks for and nobody holds, by domain.
fn roles(staffing: &Staffing, sop: &Sop, matters: bool) -> Finding {
    let mut vacant: Vec<String> = Vec::new();
    for domain in &staffing.domains {
        let holds = |role: Role| {
            let mut present = staffing.people.iter().filter(|person| person.active);
            present.any(|person: &Person| person.holds(role, std::slice::from_ref(domain)))
        };
        vacant.extend(named(sop).into_iter().filter(|role| !holds(*role)).map(|role| format!("{role} in {domain}")));
    }
    if vacant.is_empty() {
        return Finding::ok("roles", format!("{}: each is held", sop.reference()));
    }
    judged(("roles", matters), sop, &format!("nobody holds {}", vacant.join(", ")))
}

/// Every role without whom a step of the procedure stands still.
fn named(sop: &Sop) -> BTreeSet<Role> {
    let document = sop.document();
    let assessors = document.steps.assessment.dimensions.iter().map(crate::sop::DimensionRules::assessor);
    let all = document.tiers.values().flat_map(|tier| tier.quorum.all_of.iter().chain(&tier.stakeholders)).copied();
    assessors.chain(all).chain([document.steps.completeness.role, document.owner]).collect()
}

/// The tiers at which nobody could approve, by domain.
fn quorums(staffing: &Staffing, sop: &Sop, matters: bool) -> Finding {
    let people = People::new(staffing.people.clone(), Vec::new());
    let named = |vacancy: &Vacancy| {
        let roles: Vec<&str> = vacancy.roles.iter().map(|role| role.as_str()).collect();
        format!("{} in {}", roles.join(" or "), vacancy.domain)
    };
    let mut vacant: BTreeMap<String, BTreeSet<Tier>> = BTreeMap::new();
    for (tier, missing) in staffing.domains.iter().flat_map(|domain| unfillable(sop, domain, &people)) {
        let missing: Vec<String> = missing.iter().map(named).collect();
        vacant.entry(missing.join(", ")).or_default().insert(tier);
    }
    if vacant.is_empty() {
        return Finding::ok("quorums", format!("{}: every tier can be approved", sop.reference()));
    }
    let told = vacant.into_iter().map(|(missing, tiers)| {
        let tiers: Vec<&str> = tiers.iter().map(|tier| tier.as_str()).collect();
        format!("{} needs {missing}", tiers.join(", "))
    });
    judged(("quorums", matters), sop, &format!("nobody could approve: {}", told.collect::<Vec<_>>().join("; ")))
}

/// What is missing for the procedure that new requests follow is missing; for another it is worth knowing.
fn judged((check, matters): (&'static str, bool), sop: &Sop, what: &str) -> Finding {
    let found = format!("{}: {what}", sop.reference());
    if matters { Finding::missing(check, found, GRANT) } else { Finding::note(check, found, GRANT) }
}

#[cfg(test)]
mod tests {
    use super::{super::State, *};
    use crate::{
        domain::person::Grant,
        words::{DomainPath, GrantId},
    };

    fn person(n: u128, roles: &[Role]) -> Person {
        let id = PersonId(uuid::Uuid::from_u128(n));
        let grant = |role: &Role| Grant {
            id: GrantId(uuid::Uuid::from_u128(n)),
            role: *role,
            domain: DomainPath::root(),
            leaf: 1,
        };
        Person {
            id,
            human: id,
            responsible: None,
            active: true,
            absence: None,
            place: None,
            moved_at: None,
            grants: roles.iter().map(grant).collect(),
        }
    }

    /// Somebody for each role of the standard procedure, and two who govern.
    fn staffed() -> Vec<Person> {
        let sop = standard();
        let assess = named(&sop).into_iter().filter(|role| !role.approves() && *role != Role::Governance);
        let approve = Role::APPROVING.iter().copied();
        let governs = [Role::Governance, Role::Governance];
        (1..).zip(assess.chain(approve).chain(governs)).map(|(n, role)| person(n, &[role])).collect()
    }

    fn standard() -> Sop {
        let shipped = Sop::builtin().expect("the procedures that ship");
        shipped.into_iter().find(|sop| sop.document().id == "standard").expect("it ships")
    }

    fn of(people: Vec<Person>) -> Staffing {
        let governs = |person: &&Person| person.grants.iter().any(|grant| grant.role == Role::Governance);
        let governing = people.iter().filter(governs).count();
        Staffing { people, domains: BTreeSet::from([DomainPath::root()]), governing }
    }

    fn found(check: &str, staffing: &Staffing, default: &str) -> Finding {
        let findings = findings(staffing, &[standard()], default);
        findings.into_iter().find(|finding| finding.check == check).expect("a finding")
    }

    #[test]
    fn who_has_everybody_has_nothing_to_mend() {
        let staffing = of(staffed());
        for check in ["people", "governance", "roles", "quorums"] {
            let finding = found(check, &staffing, "standard");
            assert_eq!(finding.state, State::Ok, "{finding:?}");
        }
    }

    #[test]
    fn an_empty_installation_begins_with_its_link() {
        let nobody = of(Vec::new());
        let finding = found("people", &nobody, "standard");
        assert_eq!((finding.state, finding.found.as_str()), (State::Missing, "nobody"));
        assert!(finding.remedy.contains("proviso serve"), "{finding:?}");
        assert_eq!(found("governance", &nobody, "standard").found, "nobody governs");
    }

    #[test]
    fn accounts_of_one_human_services_and_who_left_are_not_more_people() {
        let mut people: Vec<Person> = (1..=4).map(|n| person(n, &[])).collect();
        assert_eq!(found("people", &of(people.clone()), "standard").found, "4 people");
        people[1].human = people[0].human;
        people[2].responsible = Some(people[0].id);
        people[3].active = false;
        let finding = found("people", &of(people), "standard");
        assert_eq!((finding.state, finding.found.as_str()), (State::Missing, "1 person"));
    }

    #[test]
    fn one_who_governs_acts_alone() {
        let mut people = staffed();
        people.pop();
        let finding = found("governance", &of(people), "standard");
        assert_eq!((finding.state, finding.found.as_str()), (State::Missing, "one person governs, and acts alone"));
    }

    #[test]
    fn a_role_that_nobody_holds_is_missing_for_the_procedure_of_new_requests_alone() {
        let mut people = staffed();
        people.retain(|person| person.grants.iter().all(|grant| grant.role != Role::PrivacyAssessor));
        let staffing = of(people);
        let missing = found("roles", &staffing, "standard");
        assert_eq!(missing.state, State::Missing);
        assert!(missing.found.ends_with("nobody holds privacy_assessor in /"), "{missing:?}");
        assert!(missing.remedy.contains("proviso admin role grant"), "{missing:?}");
        assert_eq!(found("roles", &staffing, "lightweight").state, State::Note);
    }

    #[test]
    fn a_quorum_that_nobody_could_fill_is_told_with_its_tiers() {
        let mut people = staffed();
        people.retain(|person| person.grants.iter().all(|grant| !grant.role.approves()));
        let finding = found("quorums", &of(people), "standard");
        assert_eq!(finding.state, State::Missing);
        for tier in ["low", "moderate", "high", "critical"] {
            assert!(finding.found.contains(tier), "{finding:?}");
        }
    }

    #[test]
    fn only_the_newest_version_of_a_procedure_is_asked() {
        let text = standard().canonical().expect("canonical");
        let newer = text.replacen("\"version\":1", "\"version\":2", 1);
        let newer = Sop::load(&newer, &BTreeMap::new()).expect("it loads");
        let all = [newer, standard()];
        let versions: Vec<u32> = newest(&all).iter().map(|sop| sop.document().version).collect();
        assert_eq!(versions, [2]);
    }
}
