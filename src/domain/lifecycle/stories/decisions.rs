//! The decision: two people, exactly this dossier, conditions, delegates, and everything that voids.

use crate::{
    domain::{
        command::{Approve, Command},
        event::{Deed, Event},
        exception::{Finding, State},
        lifecycle::void_approvals,
        person::{By, Door},
        request::Request,
        testkit::*,
    },
    words::{Hash, PersonId, Recommendation, Role, StateName, Tier, TokenId},
};

fn approval(case: &Case) -> Command {
    Command::Approve(Box::new(approve(case.dossier())))
}

fn for_somebody(case: &Case, from: PersonId) -> Command {
    Command::Approve(Box::new(Approve { on_behalf_of: Some(from), ..approve(case.dossier()) }))
}

fn approvals(case: &Case) -> Vec<PersonId> {
    case.is.state.round().expect("a round").approvals.iter().map(|given| given.by).collect()
}

/// At tier high, where the security and the risk officer decide.
fn high() -> Case {
    Case::draft(standard(), with_control(None, None)).in_decision(3)
}

#[test]
fn two_approvals_make_it_active_and_one_does_not() {
    let mut case = Case::draft(standard(), request()).in_decision(0);
    let first = approval(&case);
    case.ok(BUSINESS_OWNER, first);
    assert_eq!((case.state(), case.is_effective()), (StateName::Decision, false));
    let again = approval(&case);
    assert_eq!(case.refused(BUSINESS_OWNER, again), "already_approved");
    let second = approval(&case);
    case.ok(LEGAL, second);
    assert_eq!((case.state(), case.is_effective()), (StateName::Active, true));
    let citations: Vec<String> =
        case.events.iter().filter_map(|event| event.citation.as_ref()).map(ToString::to_string).collect();
    assert!(
        citations
            .iter()
            .any(|text| text.contains("tier low needs 2 approvals from {business_owner, ciso, legal}; has 1")),
        "{citations:?}"
    );
}

#[test]
fn a_proposed_condition_voids_and_the_requester_accepts_it() {
    let mut case = high();
    let before = case.dossier();
    case.ok(CISO, approval(&case));
    case.ok(CRO, Command::Approve(Box::new(Approve { conditions: vec![condition("Log prompts")], ..approve(before) })));
    assert_eq!(approvals(&case), [CRO], "the first approval was of another dossier");
    assert!(case.events.iter().any(|event| matches!(&event.deed, Deed::ApprovalVoided { human, why, .. } if *human == CISO && why == "dossier_changed")));
    assert_eq!(case.refused(CISO, Command::Approve(Box::new(approve(before)))), "dossier_changed");
    case.ok(CISO, approval(&case));
    assert_eq!(case.state(), StateName::Decision, "the requester has yet to accept");
    assert_eq!(case.refused(BENEFICIARY, Command::AcceptConditions), "excluded");
    case.ok(REQUESTER, Command::AcceptConditions);
    assert_eq!(case.state(), StateName::Implementation);
    assert_eq!(case.refused(REQUESTER, confirmed()), "excluded");
    case.ok(CONTROL_OWNER, confirmed());
    assert_eq!((case.state(), case.is_effective()), (StateName::Active, true));
}

fn confirmed() -> Command {
    Command::ConfirmControl { control: CONTROL, evidence: Some(sealed("A report")), expires: None }
}

#[test]
fn conditions_that_are_not_accepted_lapse_with_the_approvals() {
    let mut case = high();
    let conditions = vec![condition("Log prompts")];
    case.ok(CRO, Command::Approve(Box::new(Approve { conditions, ..approve(case.dossier()) })));
    case.ok(CISO, approval(&case));
    assert_eq!(case.is.tasks.iter().map(|task| task.key.as_str()).collect::<Vec<_>>(), ["accept"]);
    case.later(days(15));
    assert!(approvals(&case).is_empty());
    assert_eq!(case.refused(REQUESTER, Command::AcceptConditions), "not_due");
}

#[test]
fn one_rejection_with_a_reason_ends_it_for_good() {
    let mut case = Case::draft(standard(), request()).in_decision(0);
    let reject = Command::Reject { dossier: case.dossier(), reason: sealed("No") };
    assert_eq!(case.refused(SECURITY, reject.clone()), "excluded");
    case.ok(LEGAL, reject.clone());
    assert_eq!(case.state(), StateName::Rejected);
    assert_eq!(case.refused(CISO, reject), "wrong_state");
    assert!(case.is.tasks.is_empty());
}

#[test]
fn changes_asked_for_make_a_new_round() {
    let mut case = Case::draft(standard(), request()).in_decision(0);
    let old = case.dossier();
    case.ok(BUSINESS_OWNER, approval(&case));
    case.ok(CISO, Command::RequestChanges { dossier: old, reason: sealed("Narrow it") });
    assert_eq!(case.state(), StateName::Returned);
    assert!(case.story().contains(&"approval_voided"));
    let case = case.in_decision(0);
    let round = case.is.state.round().expect("open");
    assert_eq!((round.number, round.approvals.len()), (2, 0));
    assert_ne!(round.dossier, old, "the round is part of the dossier");
}

#[test]
fn parties_editors_and_assessors_do_not_decide() {
    let mut case = Case::draft(lightweight(), request()).in_decision(0);
    for id in [REQUESTER, BENEFICIARY, SECURITY] {
        case.person(id).grants.push(grant(Role::Ciso, "/"));
        assert_eq!(case.refused(id, approval(&case)), "excluded");
        assert_eq!(case.refused(id, Command::Reject { dossier: case.dossier(), reason: sealed("No") }), "excluded");
    }
    case.person(REVIEWER).grants.push(grant(Role::Ciso, "/"));
    case.ok(REVIEWER, approval(&case));
}

#[test]
fn what_gives_effect_needs_a_person_in_a_session() {
    let mut case = Case::draft(lightweight(), request()).in_decision(0);
    let token = |id| By::Person { id, door: Door::Token(TokenId(uuid::Uuid::nil())) };
    for by in [token(CISO), case.session(SERVICE), clock()] {
        let command = approval(&case);
        let refused = case.ask(&by, command).expect_err("no person");
        assert_eq!(refused.refusal.code(), "needs_person");
    }
    let late = By::Person { id: CISO, door: Door::Session(noon() - chrono::Duration::minutes(11)) };
    let mut case = high();
    let command = approval(&case);
    assert_eq!(case.ask(&late, command).expect_err("signed in long ago").refusal.code(), "step_up_required");
}

#[test]
fn who_answers_for_the_service_that_asked_does_not_decide() {
    let mut case = Case::drafted_by(SERVICE, lightweight(), request());
    case.ok(SERVICE, Command::Submit);
    case.ok(REVIEWER, Command::Pass { note: None });
    let assess = case.assess(crate::words::Dimension::Security, 0);
    case.ok(SECURITY, assess);
    assert!(case.is.filed_by_agent);
    assert_eq!(case.refused(RESPONSIBLE, approval(&case)), "excluded");
}

#[test]
fn a_delegate_fills_the_delegators_slot_and_both_then_count_once() {
    let mut case = high();
    assert_eq!(case.refused(DELEGATE, approval(&case)), "role_missing");
    assert_eq!(case.refused(DELEGATE, for_somebody(&case, CISO)), "no_delegation");
    case.ok(DELEGATE, for_somebody(&case, CRO));
    assert_eq!(case.refused(CRO, approval(&case)), "already_approved");
    assert_eq!(case.refused(DELEGATE, for_somebody(&case, CRO)), "already_approved");
    case.ok(CISO, approval(&case));
    let State::Implementation { authority, .. } = &case.is.state else { panic!("{}", case.state()) };
    let seats: Vec<_> = authority.two.seats().iter().map(|seat| (seat.role, seat.human, seat.principal)).collect();
    assert_eq!(seats, [(Role::Ciso, CISO, CISO), (Role::Cro, DELEGATE, CRO)]);
}

#[test]
fn a_delegation_must_hold_now_and_gives_no_more_than_the_delegator_has() {
    let mut case = high();
    case.delegations[0].ends = case.now;
    assert_eq!(case.refused(DELEGATE, for_somebody(&case, CRO)), "no_delegation");
    case.delegations = vec![delegation(REQUESTER, DELEGATE), delegation(CRO, REQUESTER), delegation(DELEGATE, LEGAL)];
    case.person(REQUESTER).grants.push(grant(Role::Cro, "/"));
    assert_eq!(case.refused(DELEGATE, for_somebody(&case, REQUESTER)), "excluded");
    assert_eq!(case.refused(REQUESTER, for_somebody(&case, CRO)), "excluded");
    assert_eq!(case.refused(LEGAL, for_somebody(&case, DELEGATE)), "role_missing");
    assert_eq!(case.refused(LEGAL, for_somebody(&case, CRO)), "no_delegation", "there are no chains");
}

#[test]
#[expect(clippy::wildcard_enum_match_arm, reason = "some are of interest here, and the rest are as they were")]
fn two_accounts_of_one_human_are_one_vote_even_if_that_is_found_out_later() {
    let mut case = Case::draft(lightweight(), request()).in_decision(0);
    case.ok(CISO, approval(&case));
    assert_eq!(case.refused(ALIAS, approval(&case)), "already_approved");
    let mut start_later = Case::draft(lightweight(), Request { start: Some(noon() + days(9)), ..request() })
        .in_decision(0)
        .approved_by([CISO, LEGAL]);
    assert_eq!(start_later.state(), StateName::Implementation);
    start_later.person(LEGAL).human = CISO;
    start_later.later(days(10));
    assert_eq!((start_later.state(), start_later.is_effective()), (StateName::Decision, false));
    assert_eq!(approvals(&start_later), [CISO]);
    let why = start_later.events.iter().rev().find_map(|event| match &event.deed {
        Deed::ApprovalVoided { why, .. } => Some(why.as_str()),
        _ => None,
    });
    assert_eq!(why, Some("same_person"));
}

#[test]
fn a_role_lost_before_the_start_leads_back_to_the_decision() {
    let start = Some(noon() + days(9));
    let mut case = Case::draft(standard(), Request { start, ..request() }).in_decision(0);
    case = case.approved_by([BUSINESS_OWNER, CISO]);
    assert_eq!(case.state(), StateName::Implementation);
    case.person(CISO).grants.clear();
    let events = case.on(&clock(), |is, ground| void_approvals(is, CISO, ground));
    case.happened(events);
    assert_eq!((case.state(), approvals(&case)), (StateName::Decision, vec![BUSINESS_OWNER]));
    assert_eq!(case.last().deed.code(), "approval_voided");
    case.ok(LEGAL, approval(&case));
    case.later(days(9));
    assert_eq!((case.state(), case.is_effective()), (StateName::Active, true));
    case.person(LEGAL).grants.clear();
    let events = case.on(&clock(), |is, ground| void_approvals(is, LEGAL, ground));
    assert!(events.is_empty(), "a role lost after the start changes nothing");
}

#[test]
fn approvals_lapse() {
    let mut case = Case::draft(standard(), request()).in_decision(0);
    case.ok(BUSINESS_OWNER, approval(&case));
    case.later(days(20));
    assert!(approvals(&case).is_empty());
    let lapsed = case.events.iter().rev().find(|event| event.deed.code() == "approval_voided").expect("it was");
    assert_eq!((lapsed.effective_at, &lapsed.by), (Some(noon() + days(14)), &clock()));
    case.ok(CISO, approval(&case));
    assert_eq!(case.state(), StateName::Decision);
    let decide = case.is.tasks.iter().filter(|task| task.key.starts_with("decide:")).count();
    assert_eq!(decide, 1, "{:?}", case.is.tasks);
}

#[test]
fn who_holds_both_roles_leaves_the_other_slot_open() {
    let mut case = high();
    case.ok(BOTH, approval(&case));
    let open: Vec<_> = case.is.tasks.iter().filter(|task| task.key.starts_with("decide:")).collect();
    assert_eq!(open.len(), 1, "one slot still wants somebody");
    case.ok(CISO, approval(&case));
    assert_eq!(case.state(), StateName::Implementation);
}

#[test]
fn departing_from_an_advisers_objection_needs_a_reason() {
    let mut case = Case::draft(standard(), with_control(None, None)).assessed(3);
    let answer = |role, recommendation| Command::Recommend { role, recommendation, text: Some(sealed("Risky")) };
    case.ok(STAKEHOLDER, answer(Role::Stakeholder, Recommendation::Support));
    case.ok(ADVISER, answer(Role::Adviser, Recommendation::Object));
    assert_eq!(case.refused(CISO, approval(&case)), "departure_unexplained");
    let departure = Some(sealed("The vendor was changed"));
    case.ok(CISO, Command::Approve(Box::new(Approve { departure, ..approve(case.dossier()) })));
}

#[test]
fn a_grave_finding_is_acknowledged_by_everyone_who_approves() {
    let finding = |severity, text| Finding { severity, text: sealed(text), mitigation: None };
    let (high, low) = (finding(Tier::High, "Names leave the region"), finding(Tier::Low, "Logs are long"));
    let mut case = Case::draft(standard(), with_control(None, None)).passed();
    case = case.judged(0, &[high.clone(), low]).answered();
    let read = |case: &Case, ids: &[Hash]| {
        Command::Approve(Box::new(Approve { acknowledged: ids.iter().copied().collect(), ..approve(case.dossier()) }))
    };
    assert_eq!(case.refused(BUSINESS_OWNER, read(&case, &[])), "findings_unread");
    assert_eq!(case.refused(BUSINESS_OWNER, read(&case, &[Hash::of(b"another")])), "findings_unread");
    let id = high.text.commitment;
    case.ok(BUSINESS_OWNER, read(&case, &[id]));
    let told = |event: &Event| matches!(&event.deed, Deed::Approved { acknowledged, .. } if acknowledged.contains(&id));
    assert!(case.events.iter().any(told));
    assert_eq!(case.refused(CISO, read(&case, &[])), "findings_unread");
}

#[test]
fn the_newest_procedure_counts_where_it_is_stricter() {
    let mut case = Case::draft(standard(), request()).in_decision(0);
    case.ok(BUSINESS_OWNER, approval(&case));
    case.newest = altered(
        standard(),
        &[
            ("\"version\":1", "\"version\":2"),
            (
                "\"all_of\":[],\"any_of\":[\"business_owner\",\"ciso\",\"legal\"],\"min\":2",
                "\"all_of\":[],\"any_of\":[\"business_owner\",\"ciso\",\"legal\"],\"min\":3",
            ),
            (
                "\"all_of\":[\"business_owner\"],\"any_of\":[\"ciso\",\"legal\"],\"min\":2",
                "\"all_of\":[\"business_owner\"],\"any_of\":[\"ciso\",\"legal\"],\"min\":3",
            ),
            (
                "\"all_of\":[\"ciso\",\"cro\"],\"any_of\":[],\"min\":2",
                "\"all_of\":[\"ciso\",\"cro\"],\"any_of\":[],\"min\":3",
            ),
        ],
    );
    case.ok(CISO, approval(&case));
    assert_eq!(case.state(), StateName::Decision, "published meanwhile: three are needed");
    case.ok(LEGAL, approval(&case));
    assert_eq!(case.state(), StateName::Active);
}

#[test]
fn a_maximum_lowered_before_the_decision_sends_it_back() {
    let mut case =
        Case::draft(standard(), Request { term: Some(crate::domain::request::Term::Days(300)), ..request() });
    case = case.in_decision(0);
    case.ok(BUSINESS_OWNER, approval(&case));
    case.newest = altered(
        standard(),
        &[
            ("\"version\":1", "\"version\":2"),
            ("\"low\":{\"max_days\":365", "\"low\":{\"max_days\":180"),
            ("\"moderate\":{\"max_days\":365", "\"moderate\":{\"max_days\":180"),
        ],
    );
    case.ok(CISO, approval(&case));
    assert_eq!(case.state(), StateName::Returned);
}

#[test]
fn a_wrong_dossier_is_refused_with_the_present_one() {
    let mut case = Case::draft(standard(), request()).in_decision(0);
    let refused = case.run(CISO, Command::Approve(Box::new(approve(Hash([0; 32]))))).expect_err("another");
    assert_eq!(refused.refusal.facts(), serde_json::json!({ "current_dossier": case.dossier() }));
    assert!(refused.citation.is_some());
}

/// A later version of the lightweight procedure with these texts replaced.
fn published(changes: &[(&str, &str)]) -> &'static crate::sop::Sop {
    altered(lightweight(), &[&[("\"version\":1", "\"version\":2")], changes].concat())
}

#[test]
fn whom_the_newest_version_needs_is_asked_once_the_first_quorum_is_full() {
    let mut case = Case::draft(lightweight(), request()).in_decision(0);
    case.newest = published(&[("\"all_of\":[]", "\"all_of\":[\"business_owner\",\"cro\"]"); 4]);
    case = case.approved_by_one(BUSINESS_OWNER).approved_by_one(CISO);
    let asked: Vec<&[Role]> = case.is.tasks.iter().map(|task| task.roles.as_slice()).collect();
    assert_eq!(asked, [[Role::Cro]]);
    assert_eq!(case.last().tasks.opened.len(), 1, "and is told of it");
    assert_eq!(case.approved_by_one(CRO).state(), StateName::Active);
}

#[test]
fn a_stricter_version_that_is_published_while_conditions_wait_counts_too() {
    let mut case = Case::draft(lightweight(), request()).in_decision(0);
    let bound = Approve { conditions: vec![condition("Log prompts")], ..approve(case.dossier()) };
    case.ok(BUSINESS_OWNER, Command::Approve(Box::new(bound)));
    case = case.approved_by_one(CISO);
    assert!(matches!(case.is.state, State::Decision { awaiting: Some(_), .. }));
    case.newest = published(&[("\"min\":2", "\"min\":3"); 4]);
    assert_eq!(case.refused(REQUESTER, Command::AcceptConditions), "not_due", "two are no longer enough");
    case.later(days(0));
    assert!(case.is.state.round().unwrap().approvals.is_empty());
    let case = case.approved_by([BUSINESS_OWNER, CISO]);
    assert!(matches!(case.is.state, State::Decision { awaiting: None, .. }));
    let mut case = case.approved_by_one(LEGAL);
    case.ok(REQUESTER, Command::AcceptConditions);
    assert_eq!(case.state(), StateName::Active);
}

#[test]
fn a_later_end_is_approved_under_the_newest_version_too() {
    let mut case = Case::active(lightweight(), request());
    let end = case.is.state.authority().unwrap().period.end + days(90);
    case.ok(REQUESTER, Command::RequestExtension { end, reason: sealed("It is late") });
    let shorter = ("\"max_days\":365", "\"max_days\":100");
    case.newest = published(&[shorter, shorter, ("\"max_days\":180", "\"max_days\":100")]);
    let vote = Command::Approve(Box::new(approve(case.dossier())));
    assert_eq!(case.refused(CISO, vote), "period_not_allowed");
    let case = case.after(days(85)).approved_by([BUSINESS_OWNER, CISO]);
    assert_eq!(case.is.state.authority().unwrap().period.end, end, "by then it is within reach");
}
