//! While it lives: extensions, re-reviews, suspension and resumption, controls, renewal, reverts.

use chrono::Duration;

use crate::{
    domain::{
        command::Command,
        control::ControlStatus,
        event::Deed,
        exception::State,
        lifecycle::{made_stale, supersede},
        person::By,
        request::{Request, Term, Time},
        testkit::*,
    },
    words::{DataClass, EntryKind, EntryRef, ExceptionId, Hash, PersonId, StateName},
};

fn end(case: &Case) -> Time {
    case.is.state.authority().expect("decided").period.end
}

fn extend(end: Time) -> Command {
    Command::RequestExtension { end, reason: sealed("Not done yet") }
}

fn resume(case: &mut Case, by: PersonId) {
    case.look_again();
    let open = case.is.state.round().map(|round| round.dossier);
    let dossier = open.unwrap_or_else(|| case.dossier_if_resumed());
    case.ok(by, Command::Resume(Box::new(approve(dossier))));
}

fn suspend() -> Command {
    Command::Suspend { cause: "incident".to_owned(), note: None }
}

/// The clock finds that a policy got this version.
fn changed(case: &mut Case, version: u32) {
    let entry = EntryRef { kind: EntryKind::Policy, id: "AIP-1".to_owned(), version, hash: Hash::of(b"new") };
    let by = By::System { job: "register".to_owned() };
    let events = case.on(&by, |is, ground| made_stale(is, ("policy_changed", &entry), ground));
    case.happened(events);
}

#[test]
fn a_new_version_of_its_policy_reopens_it_and_too_many_suspend_it() {
    let mut case = Case::active(standard(), request());
    let limit = standard().document().limits.reopenings;
    for version in 2..limit + 2 {
        changed(&mut case, version);
        assert_eq!((case.state(), case.is_effective()), (StateName::ReReview, true));
        let told = case.events.iter().rev().find(|event| matches!(event.deed, Deed::Reopened { .. })).unwrap();
        assert_eq!(told.citation.as_ref().unwrap().facts["version"], version);
        changed(&mut case, version);
        assert_eq!(case.state(), StateName::ReReview, "it is looked at already");
        case = case.approved_by([BUSINESS_OWNER, CISO]);
        assert_eq!(case.state(), StateName::Active);
    }
    changed(&mut case, limit + 2);
    assert_eq!((case.state(), case.is_effective()), (StateName::Suspended, false));
}

#[test]
fn an_extension_needs_its_own_two_and_moves_the_end_alone() {
    let mut case = Case::active(standard(), request());
    let (old, dossier) = (end(&case), case.events.len());
    case.ok(REQUESTER, extend(old + days(30)));
    assert_eq!((case.state(), end(&case)), (StateName::Active, old));
    assert!(case.events.len() > dossier);
    case.ok(BUSINESS_OWNER, Command::Approve(Box::new(approve(case.dossier()))));
    assert_eq!(end(&case), old, "one is not enough");
    case.ok(CISO, Command::Approve(Box::new(approve(case.dossier()))));
    assert_eq!((end(&case), case.is.extensions.as_slice()), (old + days(30), [30].as_slice()));
    assert_eq!(case.is.original_end, Some(old));
}

#[test]
fn an_extension_puts_off_no_re_review() {
    let mut case = Case::active(standard(), request());
    let planned = case.is.state.authority().expect("decided").review_due;
    assert!(end(&case) < planned, "it would have ended before");
    case.later(days(60));
    case.ok(REQUESTER, extend(end(&case) + days(180)));
    case = case.approved_by([BUSINESS_OWNER, CISO]);
    assert_eq!(case.is.state.authority().expect("extended").review_due, planned);
    while case.state() == StateName::Active {
        assert!(case.now < planned, "what an extension does not ask is asked in time");
        case.later(days(1));
    }
    assert_eq!(case.state(), StateName::ReReview);
    assert!(case.is.review().is_some_and(|review| review.attests));
}

#[test]
fn each_cap_of_an_extension_holds() {
    let mut case = Case::active(standard(), request());
    let code = |case: &mut Case, at| case.refused(REQUESTER, extend(at));
    let old = end(&case);
    assert_eq!(code(&mut case, old), "period_not_allowed");
    assert_eq!(code(&mut case, old + days(180) + Duration::minutes(1)), "period_not_allowed");
    case.ok(REQUESTER, extend(old + days(180)));
    assert_eq!(code(&mut case, old + days(10)), "round_open");
    case = case.approved_by([BUSINESS_OWNER, CISO]);
    assert_eq!(code(&mut case, old + days(360)), "period_not_allowed");
    let day = old + days(180);
    case.ok(REQUESTER, extend(day + Duration::hours(1)));
    case = case.approved_by([BUSINESS_OWNER, CISO]);
    assert_eq!(case.is.extensions, [180, 1], "a day that is begun counts");
    assert_eq!(code(&mut case, day + days(2)), "limit_reached");
}

#[test]
fn an_extension_reaches_no_further_than_its_tier_allows() {
    let mut case = Case::draft(standard(), Request { term: Some(Term::Days(365)), ..request() })
        .in_decision(0)
        .approved_by([BUSINESS_OWNER, CISO]);
    assert_eq!(case.refused(REQUESTER, extend(end(&case) + days(30))), "period_not_allowed");
}

#[test]
fn who_asks_for_more_time_does_not_grant_it() {
    let mut case = Case::active(standard(), request());
    case.ok(LEGAL, extend(end(&case) + days(30)));
    assert_eq!(case.refused(LEGAL, Command::Approve(Box::new(approve(case.dossier())))), "excluded");
}

#[test]
fn a_rejected_extension_leaves_the_old_period() {
    let mut case = Case::active(standard(), request());
    let old = end(&case);
    case.ok(REQUESTER, extend(old + days(30)));
    case.ok(CISO, Command::Reject { dossier: case.dossier(), reason: sealed("Enough") });
    assert_eq!((case.state(), end(&case), case.is_effective()), (StateName::Active, old, true));
    case.later(days(91));
    assert_eq!(case.state(), StateName::Expired);
}

#[test]
fn suspended_it_has_no_effect_until_two_resume_it_for_the_rest_of_its_period() {
    let mut case = Case::active(standard(), request());
    let old = end(&case);
    case.ok(GOVERNANCE, suspend());
    assert!(!case.is_effective());
    resume(&mut case, BUSINESS_OWNER);
    assert_eq!((case.state(), case.is_effective()), (StateName::Suspended, false));
    resume(&mut case, CISO);
    assert_eq!((case.state(), case.is_effective(), end(&case)), (StateName::Active, true, old));
}

#[test]
fn a_suspension_does_not_stop_the_clock() {
    let mut case = Case::active(standard(), Request { term: Some(Term::Days(20)), ..request() });
    case.ok(GOVERNANCE, suspend());
    resume(&mut case, BUSINESS_OWNER);
    case.now += days(20);
    let late = Command::Resume(Box::new(approve(case.dossier())));
    assert_eq!(case.refused(CISO, late), "wrong_state");
    case.later(days(0));
    assert_eq!(case.state(), StateName::Expired);
}

#[test]
fn a_missed_re_review_suspends_and_then_revokes() {
    let mut case = Case::active(standard(), Request { term: Some(Term::Days(365)), ..request() });
    case.later(days(166));
    assert_eq!((case.state(), case.is_effective()), (StateName::ReReview, true));
    assert_eq!(case.is.counts.reopenings, 0, "a planned one does not count");
    case.later(days(28));
    assert_eq!((case.state(), case.is_effective()), (StateName::Suspended, false));
    let lost = case.events.iter().rev().find(|event| matches!(event.deed, Deed::Suspended { .. })).expect("it was");
    assert_eq!(lost.effective_at, Some(noon() + days(194)));
    resume(&mut case, BUSINESS_OWNER);
    resume(&mut case, CISO);
    assert_eq!(case.state(), StateName::Active);
    assert_eq!(case.is.state.authority().expect("resumed").review_due, noon() + days(194 + 180));
    case.ok(GOVERNANCE, suspend());
    case.later(days(31));
    assert_eq!(case.state(), StateName::Revoked);
}

#[test]
fn two_reaffirm_a_re_review() {
    let mut case = Case::active(standard(), request());
    case.ok(GOVERNANCE, Command::Reopen { cause: "policy_changed".to_owned(), note: None });
    assert_eq!(case.is.counts.reopenings, 1);
    let case = case.approved_by([BUSINESS_OWNER, CISO]);
    assert_eq!((case.state(), case.is_effective()), (StateName::Active, true));
}

#[test]
fn a_permanent_exception_is_reaffirmed_or_suspended() {
    let mut case = Case::draft(standard(), permanent()).in_decision(0);
    assert_eq!(case.is.tier(), Some(crate::words::Tier::Moderate));
    case = case.approved_by([BUSINESS_OWNER, CISO]);
    assert_eq!(end(&case), noon() + days(365));
    assert_eq!(case.refused(REQUESTER, extend(end(&case) + days(1))), "period_not_allowed");
    case.later(days(170));
    assert_eq!(case.state(), StateName::ReReview);
    case = case.approved_by([BUSINESS_OWNER, CISO]);
    assert_eq!(end(&case), noon() + days(170 + 365), "at most a year from its reaffirmation");
    case.later(days(800));
    assert_eq!(case.state(), StateName::Revoked);
    let suspended = case.events.iter().rfind(|event| event.deed.code() == "suspended").expect("first");
    assert_eq!(suspended.effective_at, Some(noon() + days(170 + 180 + 14)));
}

#[test]
fn a_permanent_exception_that_was_suspended_for_its_end_is_resumed_by_two() {
    let yearly = altered(
        standard(),
        &[(
            "\"moderate\":{\"max_days\":365,\"permanent_days\":365",
            "\"moderate\":{\"max_days\":365,\"permanent_days\":100",
        )],
    );
    let mut case = Case::draft(yearly, permanent()).in_decision(0).approved_by([BUSINESS_OWNER, CISO]);
    case.later(days(100));
    assert_eq!(case.state(), StateName::Suspended);
    assert!(case.is.wake_at(yearly.document()).is_some_and(|at| at > case.now), "the clock comes back");
    resume(&mut case, BUSINESS_OWNER);
    resume(&mut case, CISO);
    assert_eq!((case.state(), end(&case)), (StateName::Active, noon() + days(200)));
}

#[test]
fn a_control_that_fails_reopens_or_suspends_as_the_procedure_says() {
    let strict = altered(standard(), &[("\"control_failure\":\"reopen\"", "\"control_failure\":\"suspend\"")]);
    let failed = || Command::FailControl { control: CONTROL, reason: sealed("Logs are gone") };
    let confirmed = || Command::ConfirmControl { control: CONTROL, evidence: None, expires: None };
    for (sop, state) in [(standard(), StateName::ReReview), (strict, StateName::Suspended)] {
        let mut case = Case::draft(sop, with_control(None, None)).in_decision(0).approved_by([BUSINESS_OWNER, CISO]);
        case.ok(CONTROL_OWNER, failed());
        assert_eq!(case.state(), StateName::Implementation, "it holds back");
        case.ok(CONTROL_OWNER, confirmed());
        assert_eq!(case.state(), StateName::Active);
        assert_eq!(case.refused(BENEFICIARY, failed()), "excluded");
        case.ok(CONTROL_OWNER, failed());
        assert_eq!(case.state(), state);
    }
}

#[test]
fn a_control_that_lapses_does_so_once_and_can_be_mended() {
    let strict = altered(standard(), &[("\"control_failure\":\"reopen\"", "\"control_failure\":\"suspend\"")]);
    let mut case = Case::draft(strict, with_control(None, Some(30))).in_decision(0).approved_by([BUSINESS_OWNER, CISO]);
    case.ok(CONTROL_OWNER, Command::ConfirmControl { control: CONTROL, evidence: None, expires: None });
    assert_eq!(case.is.effective_until(), Some(noon() + days(30)), "the next check bounds its effect");
    case.later(days(40));
    assert_eq!((case.state(), case.last().effective_at), (StateName::Suspended, Some(noon() + days(30))));
    assert!(matches!(case.is.controls[0].status, ControlStatus::Lapsed { .. }));
    resume(&mut case, BUSINESS_OWNER);
    resume(&mut case, CISO);
    assert_eq!((case.state(), case.is_effective()), (StateName::Active, true), "two know that it lapsed");
    case.ok(CONTROL_OWNER, Command::ConfirmControl { control: CONTROL, evidence: None, expires: None });
    assert_eq!(case.is.controls[0].due, Some(noon() + days(70)));
}

#[test]
fn a_control_due_once_is_done_once_it_is_confirmed() {
    let due = Some(noon() + days(10));
    let mut case = Case::active(standard(), with_control(due, None));
    assert!(case.is.tasks.iter().any(|task| task.key.starts_with("control:")));
    case.ok(CONTROL_OWNER, Command::ConfirmControl { control: CONTROL, evidence: None, expires: None });
    assert!(case.is.tasks.is_empty(), "{:?}", case.is.tasks);
    let mut late = Case::active(standard(), with_control(due, None));
    late.later(days(11));
    assert_eq!((late.state(), late.is_effective()), (StateName::ReReview, true));
    assert_eq!(late.approved_by([BUSINESS_OWNER, CISO]).state(), StateName::Active);
}

#[test]
fn a_renewal_supersedes_what_lives_and_nothing_else() {
    let by = ExceptionId(uuid::Uuid::from_u128(43));
    let renewed = |case: &mut Case| {
        let events = case.on(&clock(), |is, ground| supersede(is, by, ground));
        case.happened(events);
    };
    let mut living = Case::active(standard(), request());
    renewed(&mut living);
    assert_eq!((living.state(), living.is.superseded_by), (StateName::Closed, Some(by)));
    let mut over = Case::active(standard(), request());
    over.now += days(90);
    renewed(&mut over);
    assert_eq!((over.state(), over.is.superseded_by), (StateName::Expired, None));
    let mut draft = Case::draft(standard(), request());
    renewed(&mut draft);
    assert_eq!(draft.state(), StateName::Draft);
}

fn revert(content: Request) -> Command {
    Command::Revert { to_version: 1, content: Box::new(content) }
}

#[test]
fn a_revert_before_the_decision_passes_through_the_submission_again() {
    let mut case = Case::draft(standard(), request()).passed();
    case.ok(GOVERNANCE, revert(Request { term: Some(Term::Days(30)), ..request() }));
    assert_eq!(case.state(), StateName::CompletenessReview);
    let forbidden = Request { clauses: ["AIP-4.1".to_owned()].into(), ..request() };
    assert_eq!(case.refused(GOVERNANCE, revert(forbidden)), "non_waivable");
    case.ok(GOVERNANCE, revert(Request { justification: None, ..request() }));
    assert_eq!(case.state(), StateName::Returned);
    case.ok(GOVERNANCE, revert(request()));
    assert_eq!(case.state(), StateName::Returned, "resubmitting is the requester's");
}

#[test]
fn a_revert_in_the_decision_only_narrows_and_voids() {
    let mut wide = request();
    wide.scope.data_classes.insert(DataClass::Confidential);
    wide.scope.regions.insert("us".to_owned());
    let mut case = Case::draft(standard(), wide.clone()).in_decision(0);
    let before = case.dossier();
    case.ok(BUSINESS_OWNER, Command::Approve(Box::new(approve(before))));
    let everywhere =
        Request { scope: crate::domain::request::Scope { regions: [].into(), ..wide.scope.clone() }, ..wide.clone() };
    let other = Request { beneficiary: Some(CISO), ..wide };
    for content in [everywhere, other, Request { term: Some(Term::Days(91)), ..request() }] {
        assert_eq!(case.refused(GOVERNANCE, revert(content)), "revert_enlarges");
    }
    case.ok(GOVERNANCE, revert(request()));
    assert_ne!(case.dossier(), before);
    assert!(case.is.state.round().expect("open").approvals.is_empty());
}

#[test]
fn a_revert_of_what_lives_opens_a_round_and_its_author_does_not_decide() {
    let mut wide = request();
    wide.scope.data_classes.insert(DataClass::Confidential);
    let mut case = Case::active(standard(), wide.clone());
    case.person(GOVERNANCE).grants.push(grant(crate::words::Role::Legal, "/"));
    case.ok(GOVERNANCE, revert(request()));
    assert_eq!((&case.is.request, case.state()), (&wide, StateName::Active));
    assert_eq!(case.refused(GOVERNANCE, Command::Approve(Box::new(approve(case.dossier())))), "excluded");
    let case = case.approved_by([BUSINESS_OWNER, CISO]);
    assert_eq!(case.is.request, request());
    assert!(case.is.editors.contains(&GOVERNANCE));
    assert!(matches!(case.last().deed, Deed::ContentReplaced { .. }) && matches!(case.is.state, State::Active { .. }));
}

#[test]
fn a_round_that_is_cut_short_voids_what_was_given_in_it() {
    let mut case = Case::active(standard(), request());
    case.ok(REQUESTER, extend(end(&case) + days(30)));
    case.ok(BUSINESS_OWNER, Command::Approve(Box::new(approve(case.dossier()))));
    case.ok(GOVERNANCE, Command::Reopen { cause: "incident".to_owned(), note: None });
    let story = case.story();
    assert_eq!(story[story.len() - 2..], ["approval_voided", "reopened"]);
}
