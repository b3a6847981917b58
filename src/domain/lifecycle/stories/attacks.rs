//! What an attacker tries: odd names, odd numbers, odd people.

use std::collections::BTreeSet;

use crate::{
    domain::{
        command::Command,
        exception::Exception,
        person::People,
        quorum::{self, Candidate, Capacity},
        request::{Extra, Request, Scope},
        testkit::*,
    },
    sop::Quorum,
    words::{DomainPath, Role, StateName},
};

#[test]
fn a_misspelt_region_does_not_escape_its_approvers() {
    let scope = Scope { regions: BTreeSet::from(["EU".to_owned(), "us".to_owned()]), ..request().scope };
    assert_eq!(Request { scope, ..request() }.domains(), [DomainPath::root()]);
}

#[test]
fn numbers_that_json_cannot_carry_do_not_make_two_dossiers_one() {
    let case = Case::draft(standard(), request()).in_decision(0);
    let with = |number| {
        let mut changed: Exception = case.is.clone();
        changed.request.extra.insert("cost".to_owned(), Extra::Number(number));
        crate::domain::dossier::Dossier::open(&changed).expect("open").hash()
    };
    assert_ne!(with(i64::MAX), with(i64::MAX - 1));
}

#[test]
fn where_an_excluded_account_is_not_known_nobody_decides() {
    let mut case = Case::draft(standard(), request()).in_decision(0);
    case.people.retain(|person| person.id != REQUESTER);
    assert_eq!(case.refused(CISO, Command::Approve(Box::new(approve(case.dossier())))), "excluded");
}

#[test]
fn an_actor_who_is_not_known_may_do_nothing_that_needs_a_role() {
    let mut case = Case::draft(standard(), request()).submitted();
    case.people.retain(|person| person.id != REVIEWER);
    assert_eq!(case.refused(REVIEWER, Command::Pass { note: None }), "role_missing");
    let refused = case.ask(&clock(), Command::Pass { note: None }).expect_err("a job is no reviewer");
    assert_eq!(refused.refusal.code(), "role_missing");
}

#[test]
fn who_left_decides_nothing() {
    let mut case = Case::draft(standard(), request()).in_decision(0);
    case.person(CISO).active = false;
    assert_eq!(case.refused(CISO, Command::Approve(Box::new(approve(case.dossier())))), "needs_person");
    case.person(CRO).active = false;
    assert_eq!(case.state(), StateName::Decision);
}

#[test]
fn a_candidate_given_twice_fills_one_slot() {
    let capacity = Capacity { role: Role::Legal, domain: DomainPath::root(), grant: 1 };
    let one = Candidate { human: LEGAL, principal: LEGAL, capacities: vec![capacity] };
    let lent = Candidate { human: DELEGATE, ..one.clone() };
    let rule = Quorum { min: 2, all_of: vec![], any_of: vec![Role::Legal] };
    assert!(quorum::fill(&rule, &[DomainPath::root()], &[one.clone(), one.clone()]).is_err());
    assert!(quorum::fill(&rule, &[DomainPath::root()], &[one, lent]).is_err());
}

#[test]
fn a_cause_is_a_code_and_not_the_clocks_own() {
    let mut case = Case::active(standard(), request());
    for cause in ["Jane Doe was caught", "", "review_due"] {
        let suspend = Command::Suspend { cause: cause.to_owned(), note: None };
        assert_eq!(case.refused(GOVERNANCE, suspend), "cause_not_a_code");
    }
}

#[test]
fn a_role_in_one_region_does_not_decide_for_two() {
    let mut request = request();
    request.scope.regions.insert("us".to_owned());
    let mut case = Case::draft(standard(), request).in_decision(0);
    case.person(CISO).grants = vec![grant(Role::Ciso, "eu")];
    let case = case.approved_by([BUSINESS_OWNER, CISO]);
    assert_eq!(case.state(), StateName::Decision, "nobody decided for us/retail but one");
    assert_eq!(case.clone().approved_by_one(LEGAL).state(), StateName::Active);
}

#[test]
fn no_people_at_all_break_nothing() {
    let mut case = Case::active(standard(), request());
    case.people.clear();
    case.later(days(400));
    assert_eq!(case.state(), StateName::Expired);
    assert!(People::default().humans([CISO]).contains(&CISO));
}
