//! The clock: what it carries out, what it refuses to hurry, and why a late one changes nothing.

use crate::{
    domain::{
        command::Command,
        lifecycle::due,
        request::{Request, Term},
        testkit::*,
    },
    words::StateName,
};

#[test]
fn it_expires_at_its_end_however_late_the_clock_comes() {
    let mut case = Case::active(standard(), request());
    case.now += days(90) - chrono::Duration::seconds(1);
    assert!(case.is_effective());
    case.now += chrono::Duration::seconds(1);
    assert!(!case.is_effective(), "the predicate needs no clock");
    case.later(days(40));
    assert_eq!((case.state(), case.last().effective_at), (StateName::Expired, Some(noon() + days(90))));
    assert_eq!(case.last().at, case.now);
    assert!(case.on(&clock(), due).is_empty(), "and a second look changes nothing");
}

#[test]
fn a_command_settles_what_is_due_before_it_is_judged() {
    let mut case = Case::active(standard(), request());
    case.now += days(91);
    assert_eq!(case.refused(GOVERNANCE, Command::Suspend { cause: "incident".to_owned(), note: None }), "wrong_state");
    case.ok(REQUESTER, Command::Comment { text: sealed("Over?"), internal: false });
    let [.., expired, comment] = case.events.as_slice() else { panic!("two events") };
    assert_eq!((expired.deed.code(), comment.deed.code()), ("expired", "commented"));
    assert_eq!(expired.by, crate::domain::person::By::System { job: "settle".to_owned() }, "not whoever came by");
    assert!(case.is.tasks.is_empty());
}

#[test]
fn activate_and_expire_carry_out_what_is_due_and_nothing_earlier() {
    let start = Some(noon() + days(5));
    let mut case = Case::draft(standard(), Request { start, ..request() }).in_decision(0);
    assert_eq!(case.refused(GOVERNANCE, Command::Activate), "wrong_state");
    case = case.approved_by([BUSINESS_OWNER, CISO]);
    let refused = case.ask(&clock(), Command::Activate).expect_err("too early");
    assert_eq!((refused.refusal.code(), refused.citation.is_some()), ("not_due", true));
    case.now += days(5);
    case.ask(&clock(), Command::Activate).expect("its start has come");
    assert_eq!(case.state(), StateName::Active);
    assert_eq!(case.ask(&clock(), Command::Expire).expect_err("too early").refusal.code(), "not_due");
    case.now += days(90);
    case.ask(&clock(), Command::Expire).expect("its end has come");
    assert_eq!(case.state(), StateName::Expired);
}

#[test]
fn an_end_that_passes_before_the_decision_ends_it() {
    let end = noon() + days(10);
    let mut case = Case::draft(standard(), Request { term: Some(Term::Until(end)), ..request() }).in_decision(0);
    case.later(days(11));
    assert_eq!((case.state(), case.last().effective_at), (StateName::Expired, Some(end)));
}

#[test]
fn a_draft_that_nobody_touches_lapses() {
    let mut case = Case::draft(standard(), request());
    assert_eq!(case.is.wake_at(standard().document()), Some(noon() + days(23)), "a week before");
    case.later(days(33));
    assert_eq!((case.state(), case.last().effective_at), (StateName::Withdrawn, Some(noon() + days(30))));
}

#[test]
fn a_start_held_back_by_a_control_waits_and_its_end_still_comes() {
    let request = Request { start: Some(noon() + days(2)), ..with_control(None, None) };
    let mut case = Case::draft(standard(), request).in_decision(0).approved_by([BUSINESS_OWNER, CISO]);
    case.later(days(3));
    assert_eq!(case.state(), StateName::Implementation);
    assert!(case.is.wake_after(standard().document(), case.now).is_some_and(|at| at > case.now));
    case.later(days(89));
    assert_eq!((case.state(), case.last().effective_at), (StateName::Expired, Some(noon() + days(92))));
}

#[test]
fn a_decision_that_is_due_for_review_before_its_start_is_taken_anew() {
    let quick = altered(
        standard(),
        &[(
            "\"low\":{\"max_days\":365,\"permanent_days\":365,\"quorum\":{\"all_of\":[],\"any_of\":[\"business_owner\",\"ciso\",\"legal\"],\"min\":2},\"review_every_days\":180",
            "\"low\":{\"max_days\":365,\"permanent_days\":365,\"quorum\":{\"all_of\":[],\"any_of\":[\"business_owner\",\"ciso\",\"legal\"],\"min\":2},\"review_every_days\":20",
        )],
    );
    let mut case = Case::draft(quick, with_control(None, None)).in_decision(0).approved_by([BUSINESS_OWNER, CISO]);
    case.later(days(34));
    assert_eq!(case.state(), StateName::Decision);
    case = case.approved_by([BUSINESS_OWNER, CISO]);
    case.ok(CONTROL_OWNER, Command::ConfirmControl { control: CONTROL, evidence: None, expires: None });
    assert_eq!((case.state(), case.is_effective()), (StateName::Active, true));
}

#[test]
fn dates_at_the_end_of_time_break_nothing() {
    let mut case = Case::draft(standard(), with_control(None, Some(u32::MAX))).in_decision(0);
    case = case.approved_by([BUSINESS_OWNER, CISO]);
    case.ok(CONTROL_OWNER, Command::ConfirmControl { control: CONTROL, evidence: None, expires: None });
    assert_eq!(case.state(), StateName::Active);
    let far = Command::RequestExtension { end: chrono::DateTime::<chrono::Utc>::MAX_UTC, reason: sealed("For ever") };
    assert_eq!(case.refused(REQUESTER, far), "period_not_allowed");
}
