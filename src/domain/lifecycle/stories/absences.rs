//! People who are away: what they had goes to those who are there, and what nobody does is told. And people who
//! work elsewhere than when it was decided.

use chrono::Duration;

use crate::{
    domain::{
        command::Command,
        event::Deed,
        person::{Absence, By},
        task::{Task, Work},
        testkit::*,
        upkeep::{Part, Upkeep},
    },
    words::{PersonId, Role, StateName},
};

fn task<'c>(case: &'c Case, key: &str) -> &'c Task {
    case.is.tasks.iter().find(|task| task.key == key).unwrap_or_else(|| panic!("{key} is not open"))
}

fn keys(case: &Case) -> Vec<&str> {
    case.is.tasks.iter().map(|task| task.key.as_str()).collect()
}

fn since(case: &Case, before: usize) -> Vec<&'static str> {
    case.story().split_off(before)
}

fn goes(case: &mut Case, who: PersonId, days_away: i64) {
    let (starts, ends) = (case.now, case.now + days(days_away));
    case.person(who).absence = Some(Absence { starts, ends, stand_in: None, begun: true });
}

/// What the clock sees a minute later.
fn looked(case: &mut Case) -> Vec<&'static str> {
    let before = case.events.len();
    case.later(Duration::minutes(1));
    since(case, before)
}

fn reviews(case: &mut Case, who: PersonId) {
    case.person(who).grants.push(grant(Role::CompletenessReviewer, "/"));
}

#[test]
fn what_somebody_took_before_they_went_is_everyones_of_its_role_while_others_are_there() {
    let mut case = Case::draft(standard(), request()).submitted();
    reviews(&mut case, ADVISER);
    let review = task(&case, "review").id;
    case.ok(REVIEWER, Command::Assign { task: review, to: Some(REVIEWER) });
    case.now += Duration::hours(1);
    let version = case.is.version;
    goes(&mut case, REVIEWER, 14);
    assert_eq!(looked(&mut case), ["assigned"]);
    assert_eq!((task(&case, "review").assignee, case.is.version), (None, version), "nobody's edit is overtaken");
    let event = case.last();
    assert!(matches!(event.by, By::System { .. }));
    let facts = &event.citation.as_ref().expect("a rule").facts;
    assert!(facts.contains_key("away_until") && facts.contains_key("assignee"), "{facts:?}");
    assert!(looked(&mut case).is_empty(), "once");
}

#[test]
fn whoever_is_away_may_act_and_keeps_what_they_take_then() {
    let mut case = Case::draft(standard(), request()).submitted();
    reviews(&mut case, ADVISER);
    goes(&mut case, REVIEWER, 14);
    case.now += Duration::hours(1);
    let review = task(&case, "review").id;
    case.ok(REVIEWER, Command::Assign { task: review, to: Some(REVIEWER) });
    assert!(looked(&mut case).is_empty());
    assert_eq!(task(&case, "review").assignee, Some(REVIEWER));
    case.ok(REVIEWER, Command::Pass { note: None });
    assert_eq!(case.state(), StateName::Assessment, "being away forbids nothing");
}

#[test]
fn what_nobody_else_may_do_is_told_to_governance_and_stays_with_whoever_has_it() {
    let mut case = Case::draft(standard(), request()).submitted();
    let review = task(&case, "review").id;
    case.ok(REVIEWER, Command::Assign { task: review, to: Some(REVIEWER) });
    goes(&mut case, REVIEWER, 14);
    assert_eq!(looked(&mut case), ["uncovered"]);
    let Deed::Upkeep(Upkeep::Uncovered { seats }) = &case.last().deed else { panic!("uncovered") };
    assert_eq!(seats, &["review"]);
    assert_eq!(task(&case, "review").assignee, Some(REVIEWER), "nothing is lost");
    let cover = task(&case, "cover");
    assert_eq!((cover.work, cover.roles.as_slice()), (Work::FindCover, [Role::Governance].as_slice()));
    assert!(looked(&mut case).is_empty(), "once");
    reviews(&mut case, ADVISER);
    assert_eq!(looked(&mut case), ["assigned", "covered"]);
    assert_eq!(keys(&case), ["review"], "governance has nothing more to do");
}

#[test]
fn whoever_comes_back_covers_what_is_open() {
    let mut case = Case::draft(standard(), request()).submitted();
    goes(&mut case, REVIEWER, 1);
    assert_eq!(looked(&mut case), ["uncovered"]);
    case.ok(REVIEWER, Command::Pass { note: None });
    assert!(!keys(&case).contains(&"cover"), "done by whoever is away: {:?}", keys(&case));
    assert!(case.is.uncovered.is_empty());
    assert!(looked(&mut case).is_empty());
    let mut case = Case::draft(standard(), request()).submitted();
    goes(&mut case, REVIEWER, 1);
    looked(&mut case);
    case.person(REVIEWER).absence = None;
    assert_eq!(looked(&mut case), ["covered"]);
}

#[test]
fn a_quorum_is_counted_without_those_who_are_away_and_with_those_they_let_act() {
    let mut case = Case::draft(standard(), request()).in_decision(0);
    for who in [BUSINESS_OWNER, RESPONSIBLE, LEGAL, CISO] {
        goes(&mut case, who, 5);
    }
    assert_eq!(looked(&mut case), ["uncovered"], "one is there, and two are wanted");
    assert_eq!(case.is.missing, Vec::new(), "the quorum can be filled all the same: nobody lost a right");
    case.delegations.push(delegation(LEGAL, DELEGATE));
    assert_eq!(looked(&mut case), ["covered"], "a delegate is there for one of them");
    case.ok(BUSINESS_OWNER, Command::Approve(Box::new(approve(case.dossier()))));
    case.ok(CISO, Command::Approve(Box::new(approve(case.dossier()))));
    assert_eq!(case.state(), StateName::Active, "whoever is away may decide");
}

#[test]
fn the_control_of_an_owner_who_is_away_is_everyones_of_the_role() {
    let mut case = Case::draft(standard(), with_control(None, Some(30))).in_decision(0);
    case = case.approved_by([BUSINESS_OWNER, CISO]);
    assert_eq!(case.is.tasks.iter().filter(|task| task.assignee == Some(CONTROL_OWNER)).count(), 1);
    goes(&mut case, CONTROL_OWNER, 14);
    assert_eq!(looked(&mut case), ["uncovered"]);
    case.person(ADVISER).grants.push(grant(Role::ControlOwner, "/"));
    assert_eq!(looked(&mut case), ["assigned", "covered"]);
    let open: Vec<&Task> = case.is.tasks.iter().filter(|task| task.work == Work::ConfirmControl).collect();
    assert!(
        matches!(open.as_slice(), [one] if one.assignee.is_none() && one.roles == [Role::ControlOwner]),
        "{open:?}"
    );
    case.ok(REQUESTER, Command::Comment { text: sealed("Well?"), internal: false });
    case.ok(ADVISER, Command::ConfirmControl { control: CONTROL, evidence: None, expires: None });
    assert_eq!(case.state(), StateName::Active);
}

#[test]
fn a_control_that_falls_to_somebody_who_is_away_is_everyones_of_the_role() {
    let mut case = Case::draft(standard(), with_control(None, Some(30))).in_decision(0);
    goes(&mut case, CONTROL_OWNER, 14);
    case.now += Duration::hours(1);
    // Whoever approves knows nothing of others who own controls.
    case = case.approved_by([BUSINESS_OWNER, CISO]);
    case.person(ADVISER).grants.push(grant(Role::ControlOwner, "/"));
    assert_eq!(looked(&mut case), ["assigned"]);
    assert!(case.is.tasks.iter().any(|open| open.work == Work::ConfirmControl && open.assignee.is_none()));
    assert!(looked(&mut case).is_empty(), "once");
}

#[test]
fn what_only_its_requester_can_do_waits_for_them() {
    let mut case = Case::draft(standard(), request()).submitted();
    case.ok(REVIEWER, Command::Return { codes: vec!["sponsor_not_confirmed".to_owned()], note: None });
    goes(&mut case, REQUESTER, 5);
    assert!(looked(&mut case).is_empty());
    assert_eq!(task(&case, "fix").assignee, Some(REQUESTER));
}

#[test]
fn what_rests_on_somebody_who_works_elsewhere_is_reopened_once_and_says_so() {
    for (who, part) in
        [(REQUESTER, Part::Requester), (BENEFICIARY, Part::Beneficiary), (MONITORING_OWNER, Part::MonitoringOwner)]
    {
        let mut case = Case::draft(standard(), request()).in_decision(0);
        case.person(who).moved_at = Some(case.now);
        case = case.approved_by([BUSINESS_OWNER, CISO]);
        case.later(Duration::hours(1));
        assert_eq!(case.state(), StateName::Active, "whoever decided knew of it");
        let before = case.events.len();
        case.person(who).moved_at = Some(case.now);
        case.person(STAKEHOLDER).moved_at = Some(case.now);
        case.later(Duration::hours(1));
        assert_eq!(since(&case, before), ["party_moved", "reopened"], "{part}");
        let Deed::Reopened { cause, .. } = &case.last().deed else { panic!("reopened") };
        assert_eq!(cause.code, part.moved());
        assert!(case.is_effective(), "it is looked at again, and not ended");
        case = case.approved_by([BUSINESS_OWNER, CISO]);
        case.later(Duration::hours(1));
        assert_eq!(case.state(), StateName::Active, "two people confirmed it, knowing of the move");
    }
}
