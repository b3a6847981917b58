//! From the draft to the decision: what is sent back, what is refused, who must be there.

use std::collections::BTreeSet;

use crate::{
    domain::{
        command::Command,
        exception::State,
        facts::Prior,
        refusal::Refusal,
        request::{Extra, Request, Term},
        testkit::*,
    },
    words::{DataClass, Dimension, Recommendation, Role, Source, StateName, Tier},
};

fn amend(request: Request) -> Command {
    Command::Amend { request: Box::new(request) }
}

fn returned_for(case: &Case) -> Vec<(&str, Option<&str>)> {
    let State::Returned { reasons, .. } = &case.is.state else { panic!("{}", case.state()) };
    reasons.iter().map(|reason| (reason.code.as_str(), reason.pointer.as_deref())).collect()
}

#[test]
fn a_gate_returns_it_with_reason_and_citation_and_amended_it_passes() {
    let mut case = Case::draft(standard(), Request { justification: Some(sealed("Because")), ..request() });
    case.ok(REQUESTER, Command::Submit);
    assert_eq!(returned_for(&case), [("justification_too_short", Some("/justification"))]);
    let citation = case.last().citation.clone().expect("a citation");
    assert!(matches!(citation.source, Source::Sop(sop) if sop.id == "standard"));
    assert_eq!(case.is.tasks.iter().map(|task| task.key.as_str()).collect::<Vec<_>>(), ["fix"]);
    case.ok(REQUESTER, amend(request()));
    let case = case.passed();
    assert_eq!(case.state(), StateName::Assessment);
    assert_eq!(case.story(), ["drafted", "submitted", "returned", "amended", "submitted", "passed"]);
}

#[test]
fn what_is_missing_is_named_by_its_field() {
    let mut case = Case::draft(standard(), Request { title: None, term: None, ..request() });
    case.ok(REQUESTER, Command::Submit);
    let reasons = returned_for(&case);
    assert!(reasons.contains(&("field_missing", Some("/title"))), "{reasons:?}");
    assert!(reasons.contains(&("field_missing", Some("/end"))), "{reasons:?}");
}

#[test]
fn a_reviewer_returns_with_the_procedures_codes_only() {
    let mut case = Case::draft(standard(), request()).submitted();
    let back = |code: &str| Command::Return { codes: vec![code.to_owned()], note: None };
    assert_eq!(case.refused(REVIEWER, back("because")), "unknown_reason");
    assert_eq!(case.refused(CISO, back("scope_too_wide")), "role_missing");
    case.ok(REVIEWER, back("scope_too_wide"));
    assert_eq!(returned_for(&case), [("scope_too_wide", None)]);
    assert_eq!(case.is.counts.returns, 1);
}

#[test]
fn returns_end_at_the_limit() {
    let mut case = Case::draft(standard(), request());
    let back = || Command::Return { codes: vec!["wrong_clause".to_owned()], note: None };
    for _ in 0..5 {
        case.ok(REQUESTER, Command::Submit);
        case.ok(REVIEWER, back());
    }
    case.ok(REQUESTER, Command::Submit);
    assert_eq!(case.refused(REVIEWER, back()), "limit_reached");
}

#[test]
fn clauses_that_nobody_may_waive_are_refused_by_name_and_by_question() {
    let named = Request { clauses: BTreeSet::from(["AIP-4.1".to_owned()]), ..request() };
    let mut asked = request();
    asked.screening.insert("emotion_inference".to_owned(), true);
    for (request, clause) in [(named, "AIP-4.1"), (asked, "AIP-4.2")] {
        let mut case = Case::draft(standard(), request);
        let refused = case.run(REQUESTER, Command::Submit).expect_err("non-waivable");
        assert_eq!((refused.refusal.code(), refused.refusal.pointer()), ("non_waivable", Some("/clauses")));
        assert!(refused.to_string().contains(clause) && refused.to_string().contains("EU AI Act"), "{refused}");
        assert_eq!(refused.citation.expect("rule 3").source, Source::Rule(3));
    }
}

#[test]
fn a_register_that_forbids_it_later_ends_the_request_and_suspends_the_exception() {
    let forbids = altered_register(
        "        text: Only AI tools on the approved list are used for company work.\n",
        "        text: Only AI tools on the approved list are used for company work.\n        non_waivable: A new law\n",
    );
    let mut request_only = Case::draft(standard(), request()).in_decision(0);
    request_only.register = forbids;
    request_only.later(days(1));
    assert_eq!(request_only.state(), StateName::Revoked);
    let mut living = Case::active(standard(), request());
    living.register = forbids;
    living.later(days(1));
    assert_eq!((living.state(), living.is_effective()), (StateName::Suspended, false));
    let dossier = living.dossier_if_resumed();
    assert_eq!(living.refused(CISO, Command::Resume(Box::new(approve(dossier)))), "non_waivable");
}

#[test]
fn nobody_is_named_who_is_missing() {
    let mut case = Case::draft(standard(), request());
    for id in [CRO, BOTH] {
        case.person(id).grants.clear();
    }
    let refused = case.run(REQUESTER, Command::Submit).expect_err("no cro");
    let Refusal::QuorumInfeasible { tier, missing } = &refused.refusal else { panic!("{refused}") };
    assert_eq!(*tier, Tier::High);
    assert_eq!(missing.iter().map(|one| one.roles.clone()).collect::<Vec<_>>(), [vec![Role::Cro]]);
    assert_eq!(missing[0].domain.to_string(), "eu/retail");
}

/// Who asks, who reviews and assesses, and two who approve.
fn small_company(approvers: usize) -> Case {
    small_company_asking(approvers, request())
}

fn small_company_asking(approvers: usize, request: Request) -> Case {
    let mut case = Case::draft(lightweight(), Request { beneficiary: None, monitoring_owner: None, ..request });
    case.people.retain(|person| [REQUESTER, REVIEWER, BUSINESS_OWNER, CISO].contains(&person.id));
    case.person(REVIEWER).grants.push(grant(Role::SecurityAssessor, "/"));
    if approvers < 2 {
        case.people.retain(|person| person.id != CISO);
    }
    case
}

#[test]
fn four_people_are_enough_for_the_lightweight_procedure() {
    let (mut tiers, mut dimensions) = (BTreeSet::new(), BTreeSet::new());
    for class in DataClass::ALL.iter().filter(|class| **class != DataClass::Credentials) {
        for points in 0..=5 {
            let mut asked = with_control(Some(noon() + days(20)), None);
            asked.controls.values_mut().for_each(|control| control.owner = Some(REVIEWER));
            asked.scope.data_classes = BTreeSet::from([*class]);
            asked.term = Some(Term::Days(30));
            let mut case = small_company_asking(2, asked).passed();
            while let Some(dimension) = case.open_dimension() {
                let assess = case.assess(dimension, points);
                case.ok(REVIEWER, assess);
                dimensions.insert(dimension);
            }
            let case = case.approved_by([BUSINESS_OWNER, CISO]);
            assert_eq!((case.state(), case.is_effective()), (StateName::Active, true), "{class} at {points}");
            tiers.extend(case.is.tier());
        }
    }
    assert_eq!(tiers, Tier::ALL.iter().copied().collect(), "at every tier");
    assert_eq!(dimensions, BTreeSet::from([Dimension::Privacy, Dimension::Security]), "in every dimension");
}

#[test]
fn three_people_are_refused_at_submission() {
    assert_eq!(small_company(1).refused(REQUESTER, Command::Submit), "quorum_infeasible");
    let mut assessor_approves = small_company(1);
    assessor_approves.person(REVIEWER).grants.push(grant(Role::Ciso, "/"));
    assert_eq!(assessor_approves.refused(REQUESTER, Command::Submit), "quorum_infeasible");
}

#[test]
fn two_accounts_of_one_human_are_one_candidate() {
    let mut case = small_company(1);
    let mut second = case.person(BUSINESS_OWNER).clone();
    (second.id, second.human) = (ALIAS, BUSINESS_OWNER);
    case.people.push(second);
    assert_eq!(case.refused(REQUESTER, Command::Submit), "quorum_infeasible");
}

#[test]
fn only_the_assessors_that_are_needed_must_be_there() {
    let mut case = Case::draft(standard(), request());
    case.people.retain(|person| person.id != ETHICS && person.id != REGULATORY && person.id != PRIVACY);
    assert_eq!(case.passed().state(), StateName::Assessment);
}

#[test]
fn a_failed_gate_is_waived_by_the_role_it_names_and_stands_in_the_dossier() {
    let mut case = Case::draft(standard(), Request { alternatives: Some(sealed("None")), ..request() });
    case.ok(REQUESTER, Command::Submit);
    let waive = |gate: &str| Command::WaiveGate { gate: gate.to_owned(), tier: None, reason: sealed("A pilot") };
    assert_eq!(case.refused(REVIEWER, waive("1.2")), "role_missing");
    assert_eq!(case.refused(GOVERNANCE, waive("1.3")), "not_waivable");
    assert_eq!(case.refused(GOVERNANCE, waive("9.9")), "not_waivable");
    case.ok(GOVERNANCE, waive("1.2"));
    let case = case.in_decision(0);
    assert_eq!(case.is.waived.keys().collect::<Vec<_>>(), ["1.2"]);
    let mut without = case.is.clone();
    without.waived.clear();
    let hash = |is| crate::domain::dossier::Dossier::open(is).expect("open").hash();
    assert_eq!(hash(&case.is), case.dossier());
    assert_ne!(hash(&without), case.dossier());
}

#[test]
fn an_amendment_voids_a_waiver() {
    let mut case = Case::draft(standard(), Request { alternatives: Some(sealed("None")), ..request() });
    case.ok(REQUESTER, Command::Submit);
    case.ok(GOVERNANCE, Command::WaiveGate { gate: "1.2".to_owned(), tier: None, reason: sealed("A pilot") });
    case.ok(REQUESTER, amend(Request { alternatives: Some(sealed("No")), ..request() }));
    case.ok(REQUESTER, Command::Submit);
    assert_eq!(returned_for(&case), [("alternatives_too_short", Some("/alternatives"))]);
}

const NOT_EVALUABLE: &str = "10 / request.attachments > 0";

#[test]
fn a_gate_that_cannot_be_evaluated_becomes_governances_work_and_is_no_pass() {
    let sop = altered(standard(), &[("request.justification.chars >= 80", NOT_EVALUABLE)]);
    let mut case = Case::draft(sop, request()).submitted();
    let gaps: Vec<&str> = case.is.tasks.iter().map(|task| task.key.as_str()).collect();
    assert_eq!(gaps, ["review", "gap:1.1"]);
    let told = crate::domain::letters::letters(None, &case.is, case.last());
    assert!(told.iter().any(|letter| letter.kind.as_str() == "gap_found"), "{told:?}");
    assert_eq!(case.refused(REVIEWER, Command::Pass { note: None }), "sop_gap");
    let waive = Command::WaiveGate { gate: "1.1".to_owned(), tier: None, reason: sealed("It is fine") };
    assert_eq!(case.refused(REVIEWER, waive.clone()), "role_missing");
    case.ok(GOVERNANCE, waive);
    case.ok(REVIEWER, Command::Pass { note: None });
    assert!(case.is.tasks.iter().all(|task| !task.key.starts_with("gap:")));
}

#[test]
fn where_the_scoring_has_a_gap_governance_names_the_tier_and_does_not_approve() {
    let sop = altered(standard(), &[("scores.max >= 80", NOT_EVALUABLE)]);
    let mut case = Case::draft(sop, request()).assessed(0);
    case.person(GOVERNANCE).grants.push(grant(Role::Ciso, "/"));
    assert_eq!(case.state(), StateName::Assessment);
    let waive = |tier| Command::WaiveGate { gate: "3.1".to_owned(), tier, reason: sealed("Like last time") };
    assert_eq!(case.refused(GOVERNANCE, waive(None)), "tier_required");
    case.ok(GOVERNANCE, waive(Some(Tier::Low)));
    assert_eq!(case.state(), StateName::Decision);
    let dossier = case.dossier();
    assert_eq!(case.refused(GOVERNANCE, Command::Approve(Box::new(approve(dossier)))), "excluded");
}

#[test]
fn a_gap_in_the_decision_is_settled_there_and_makes_a_new_dossier() {
    let sop = altered(
        standard(),
        &[("request.controls > 0\"}],\"mail_link", "10 / request.attachments > 0\"}],\"mail_link")],
    );
    let mut case = Case::draft(sop, with_control(None, None)).in_decision(3);
    let before = case.dossier();
    assert!(case.is.tasks.iter().any(|task| task.key == "gap:5.1"), "{:?}", case.is.tasks);
    assert_eq!(case.refused(CISO, Command::Approve(Box::new(approve(before)))), "sop_gap");
    case.ok(GOVERNANCE, Command::WaiveGate { gate: "5.1".to_owned(), tier: None, reason: sealed("Looked at it") });
    assert_ne!(case.dossier(), before);
    assert_eq!(case.refused(CISO, Command::Approve(Box::new(approve(before)))), "dossier_changed");
    let case = case.approved_by([CISO, CRO]);
    assert_eq!(case.state(), StateName::Implementation);
}

#[test]
fn a_gap_before_the_start_leads_back_to_the_decision_and_on() {
    let sop = altered(
        standard(),
        &[("\"when\":\"request.controls_without_owner == 0", "\"when\":\"10 / request.attachments > 0")],
    );
    let mut case = Case::draft(sop, request()).in_decision(0).approved_by([BUSINESS_OWNER, CISO]);
    assert_eq!(case.state(), StateName::Implementation);
    assert!(case.is.tasks.iter().any(|task| task.key == "gap:6.1"));
    case.ok(GOVERNANCE, Command::WaiveGate { gate: "6.1".to_owned(), tier: None, reason: sealed("Looked at it") });
    assert_eq!(case.state(), StateName::Decision);
    assert_eq!(case.approved_by([BUSINESS_OWNER, CISO]).state(), StateName::Active);
}

#[test]
fn what_was_rejected_before_must_bring_something_new() {
    let mut case = Case::draft(standard(), request());
    case.prior = Prior { similar: 2, rejected: 1, ..Prior::default() };
    case.ok(REQUESTER, Command::Submit);
    assert_eq!(returned_for(&case), [("rejected_before", Some("/attachments"))]);
    case.ok(
        REQUESTER,
        Command::Attach { id: crate::words::AttachmentId(uuid::Uuid::nil()), attachment: attachment("new") },
    );
    assert_eq!(case.submitted().state(), StateName::CompletenessReview);
}

#[test]
fn a_late_assessment_still_asks_the_stakeholders() {
    let mut case = Case::draft(standard(), with_control(None, None)).passed();
    case.later(days(30));
    let assess = case.assess(Dimension::Security, 3);
    case.ok(SECURITY, assess);
    assert_eq!(case.state(), StateName::StakeholderInput);
    let objects = Command::Recommend { role: Role::Adviser, recommendation: Recommendation::Object, text: None };
    assert_eq!(case.refused(ADVISER, objects), "reason_required");
    case.later(days(6));
    assert_eq!(case.state(), StateName::Decision, "their due time has passed");
    assert_eq!(case.last().effective_at, Some(noon() + days(35)));
}

#[test]
fn periods_and_numbers_that_cannot_be_are_refused() {
    let until = |days: i64| Request { term: Some(Term::Until(noon() + chrono::Duration::days(days))), ..request() };
    let far = Request { start: Some(chrono::DateTime::<chrono::Utc>::MAX_UTC - days(5)), ..request() };
    let past = Request { start: Some(noon() - days(1)), ..request() };
    for odd in [until(-1), until(0), until(366), Request { term: Some(Term::Days(u32::MAX)), ..request() }, far, past] {
        assert_eq!(Case::draft(standard(), odd).refused(REQUESTER, Command::Submit), "period_not_allowed");
    }
    let mut odd = request();
    odd.extra.insert("cost".to_owned(), Extra::Number(i64::MAX));
    assert_eq!(Case::draft(standard(), odd).refused(REQUESTER, Command::Submit), "number_too_large");
    let own = Request { monitoring_owner: Some(BENEFICIARY), ..request() };
    assert_eq!(Case::draft(standard(), own).refused(REQUESTER, Command::Submit), "monitoring_owner_is_party");
}

#[test]
fn a_tier_bounds_the_period_to_the_second() {
    let end = noon() + days(180) + chrono::Duration::hours(1);
    let asked = Request { term: Some(Term::Until(end)), start: Some(noon()), ..with_control(None, None) };
    let case = Case::draft(standard(), asked).assessed(3);
    assert_eq!(returned_for(&case), [("duration_over_maximum", Some("/end"))]);
}

#[test]
fn data_about_people_and_credentials_meet_their_gates() {
    let with = |class| {
        let mut request = request();
        request.scope.data_classes.insert(class);
        Case::draft(lightweight(), request).submitted()
    };
    assert_eq!(returned_for(&with(DataClass::Credentials)), [("data_class_prohibited", Some("/scope/data_classes"))]);
    assert_eq!(returned_for(&with(DataClass::Personal)), [("personal_data_needs_control", Some("/controls"))]);
}
