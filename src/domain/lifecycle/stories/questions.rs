//! What was asked stays asked: through suspension, denial and lapse, beside every cause that arrives meanwhile, and
//! whoever may answer it.

use std::collections::BTreeSet;

use crate::{
    domain::{
        command::{Approve, Command},
        lifecycle::{made_stale, struck},
        person::{Absence, By},
        request::{Request, Term},
        review::Review,
        task::Work,
        testkit::*,
    },
    sop::Sop,
    words::{Dimension, EntryKind, EntryRef, Hash, IncidentEffect, PersonId, Role, StateName, Tier},
};

/// In effect at tier low for a year.
fn active(sop: &'static Sop) -> Case {
    Case::active(sop, Request { term: Some(Term::Days(365)), ..request() })
}

fn reopened(mut case: Case, why: &str) -> Case {
    case.ok(GOVERNANCE, Command::Reopen { cause: why.to_owned(), note: None });
    case
}

fn suspend(cause: &str) -> Command {
    Command::Suspend { cause: cause.to_owned(), note: None }
}

fn confirm() -> Command {
    Command::ConfirmAssessment { dimension: Dimension::Security, note: None }
}

fn approval(case: &Case) -> Command {
    Command::Approve(Box::new(approve(case.dossier())))
}

fn resume(case: &Case) -> Command {
    let dossier = case.is.state.round().map_or_else(|| case.dossier_if_resumed(), |round| round.dossier);
    Command::Resume(Box::new(Approve { reason: Some(sealed("It was mended")), ..approve(dossier) }))
}

fn awaits(case: &Case) -> Vec<String> {
    case.is.review().map(Review::awaits).unwrap_or_default()
}

fn asked(case: &Case) -> Vec<&'static str> {
    let works = [(Work::Attest, "attest"), (Work::Assess, "assess")];
    let open = |work: Work| case.is.tasks.iter().any(|task| task.work == work);
    works.into_iter().filter(|(work, _)| open(*work)).map(|(_, name)| name).collect()
}

fn strike(case: &mut Case, effect: IncidentEffect) {
    let events = case.on(&clock(), |is, ground| struck(is, &incident(effect), ground));
    case.happened(events);
}

/// What it rests on got another version.
fn changed(case: &mut Case) {
    let entry = EntryRef { kind: EntryKind::System, id: "parlance".to_owned(), version: 2, hash: Hash::of(b"new") };
    let by = By::System { job: "register".to_owned() };
    let events = case.on(&by, |is, ground| made_stale(is, ("system_changed", &entry), ground));
    case.happened(events);
}

#[track_caller]
fn resumed_by_two_after(case: &mut Case, open: &[&str]) {
    assert_eq!((case.state(), asked(case)), (StateName::Suspended, open.to_vec()));
    for by in [BUSINESS_OWNER, CISO] {
        assert_eq!(case.refused(by, resume(case)), "review_incomplete");
    }
    case.look_again();
    assert!(asked(case).is_empty());
    for by in [BUSINESS_OWNER, CISO] {
        assert_eq!(case.state(), StateName::Suspended);
        case.ok(by, resume(case));
    }
    assert_eq!((case.state(), case.is_effective(), case.is.review()), (StateName::Active, true, None));
}

#[test]
fn a_suspension_a_denial_and_a_lapse_leave_what_was_asked_to_be_answered_before_it_is_resumed() {
    let begun = || {
        let mut case = reopened(active(standard()), "incident");
        case.ok(MONITORING_OWNER, attest(true, true));
        case
    };
    let mut suspended = begun();
    suspended.ok(GOVERNANCE, suspend("looked_at"));
    resumed_by_two_after(&mut suspended, &["attest", "assess"]);
    let mut denied = begun();
    denied.ok(CISO, Command::Reject { dossier: denied.dossier(), reason: sealed("Not like this") });
    resumed_by_two_after(&mut denied, &["assess"]);
    let mut lapsed = begun();
    lapsed.later(days(30));
    resumed_by_two_after(&mut lapsed, &["assess"]);
    let mut whole = begun();
    whole.ok(SECURITY, confirm());
    whole.ok(CISO, Command::Reject { dossier: whole.dossier(), reason: sealed("Not like this") });
    whole.ok(BUSINESS_OWNER, resume(&whole));
    assert_eq!(whole.state(), StateName::Suspended, "all was answered, and two resume it");
    whole.ok(CISO, resume(&whole));
    assert_eq!(whole.state(), StateName::Active);
}

#[test]
fn suspended_instead_of_being_looked_at_it_is_asked_the_same() {
    let mut by_hand = active(standard());
    by_hand.ok(GOVERNANCE, suspend("incident"));
    resumed_by_two_after(&mut by_hand, &["attest", "assess"]);
    let mut struck = active(standard());
    strike(&mut struck, IncidentEffect::Suspend);
    resumed_by_two_after(&mut struck, &["attest", "assess"]);
    let mut often = active(altered(standard(), &[("\"reopenings\":10", "\"reopenings\":1")]));
    changed(&mut often);
    often = often.approved_by([BUSINESS_OWNER, CISO]);
    changed(&mut often);
    resumed_by_two_after(&mut often, &["attest", "assess"]);
    let mut quick = Case::active(lightweight(), request());
    quick.ok(GOVERNANCE, suspend("incident"));
    quick.ok(BUSINESS_OWNER, resume(&quick));
    quick.ok(CISO, resume(&quick));
    assert_eq!(quick.state(), StateName::Active, "the quick procedure asks nobody at this tier");
}

#[test]
fn a_resumption_that_is_denied_forgets_no_answer_and_no_question() {
    let mut case = active(standard());
    case.ok(GOVERNANCE, suspend("incident"));
    case.look_again();
    case.ok(BUSINESS_OWNER, resume(&case));
    case.ok(CISO, Command::Reject { dossier: case.dossier(), reason: sealed("Not yet") });
    assert!(case.is.review().is_some_and(|review| review.awaits().is_empty()));
    strike(&mut case, IncidentEffect::Reopen);
    resumed_by_two_after(&mut case, &["attest", "assess"]);
}

#[test]
fn what_is_found_while_it_is_suspended_raises_the_quorum_that_resumes_it() {
    let bound = Request { term: Some(Term::Days(365)), ..with_control(Some(noon() + days(300)), None) };
    let mut case = Case::active(standard(), bound);
    case.ok(GOVERNANCE, suspend("incident"));
    case.ok(MONITORING_OWNER, attest(true, true));
    case.ok(SECURITY, case.assess(Dimension::Security, 3));
    assert_eq!((case.state(), case.is.tier()), (StateName::Suspended, Some(Tier::High)));
    assert_eq!(case.refused(BUSINESS_OWNER, resume(&case)), "role_missing");
    case.ok(CISO, resume(&case));
    case.ok(CRO, resume(&case));
    assert_eq!(case.is.state.authority().expect("resumed").tier, Tier::High);
}

/// A re-review for another cause that asks for an attestation alone, and has it, and an approval.
fn nearly_confirmed() -> Case {
    let bound = Request { term: Some(Term::Days(365)), ..with_control(Some(noon() + days(300)), None) };
    let mut case = reopened(Case::active(standard(), bound), "policy_changed");
    case.ok(MONITORING_OWNER, attest(true, true));
    assert!(awaits(&case).is_empty());
    case.ok(BUSINESS_OWNER, approval(&case));
    case
}

#[track_caller]
fn asks_as_well(case: &mut Case, open: &[&str]) {
    assert_eq!(case.state(), StateName::ReReview);
    assert_eq!(awaits(case), open, "{:?}", case.story());
    assert!(case.is.state.round().expect("open").approvals.is_empty(), "nobody had approved that");
    assert_eq!(case.refused(CISO, approval(case)), "review_incomplete");
    case.look_again();
    for by in [BUSINESS_OWNER, CISO] {
        case.ok(by, approval(case));
    }
    assert_eq!(case.state(), StateName::Active);
}

#[test]
fn each_cause_that_arrives_meanwhile_has_its_own_questions() {
    let both = ["attest", "assess:security"];
    let mut struck = nearly_confirmed();
    strike(&mut struck, IncidentEffect::Reopen);
    asks_as_well(&mut struck, &both);
    let mut other = nearly_confirmed();
    changed(&mut other);
    asks_as_well(&mut other, &both);
    let mut added = nearly_confirmed();
    added.ok(REVIEWER, Command::AddClauses { clauses: ["AIP-3.1".to_owned()].into(), reason: sealed("As well") });
    asks_as_well(&mut added, &both);
    let mut failed = nearly_confirmed();
    failed.ok(CONTROL_OWNER, Command::FailControl { control: CONTROL, reason: sealed("Gone") });
    assert_eq!(awaits(&failed), ["attest"], "the standard procedure asks the owner alone for that");
    let mut twice = nearly_confirmed();
    strike(&mut twice, IncidentEffect::Reopen);
    twice.look_again();
    strike(&mut twice, IncidentEffect::Reopen);
    asks_as_well(&mut twice, &both);
}

#[test]
fn a_planned_re_review_that_is_due_meanwhile_is_asked_once() {
    let mut case = active(standard());
    case.later(days(165));
    case = reopened(case, "policy_changed");
    case.ok(MONITORING_OWNER, attest(true, true));
    case.later(days(1));
    assert_eq!(awaits(&case), ["attest"], "what was attested yesterday was about something else");
    case.ok(MONITORING_OWNER, attest(true, true));
    case.later(days(1));
    assert!(awaits(&case).is_empty(), "it is asked once");
    assert_eq!(case.approved_by([BUSINESS_OWNER, CISO]).state(), StateName::Active);
}

#[test]
fn a_version_that_scores_it_higher_meanwhile_asks_its_assessors() {
    let mut case = nearly_confirmed();
    let stricter = altered(standard(), &[("\"version\":1", "\"version\":2"), ("scores.max >= 35", "scores.max >= 0")]);
    case.newest = stricter;
    case.later(chrono::Duration::hours(1));
    assert!(case.story().contains(&"rescored"), "{:?}", case.story());
    assert_eq!(awaits(&case), ["attest", "assess:security"]);
    let told = case.story().iter().filter(|deed| **deed == "review_asked").count();
    case.later(chrono::Duration::hours(1));
    assert_eq!(case.story().iter().filter(|deed| **deed == "review_asked").count(), told, "once for each version");
}

#[test]
fn a_no_stays_a_no_whoever_attests_after_it() {
    let departing = |case: &Case| {
        Command::Approve(Box::new(Approve { departure: Some(sealed("On again")), ..approve(case.dossier()) }))
    };
    let mut case = reopened(active(standard()), "policy_changed");
    case.ok(MONITORING_OWNER, attest(true, false));
    let away = Absence { starts: case.now, ends: case.now + days(9), stand_in: None, begun: true };
    case.person(MONITORING_OWNER).absence = Some(away);
    case.ok(GOVERNANCE, attest(true, true));
    assert_eq!(case.refused(CISO, approval(&case)), "departure_unexplained", "whoever was there said no");
    case.person(MONITORING_OWNER).absence = None;
    case.ok(MONITORING_OWNER, attest(true, true));
    strike(&mut case, IncidentEffect::Reopen);
    case.look_again();
    assert_eq!(case.refused(CISO, approval(&case)), "departure_unexplained");
    case.ok(GOVERNANCE, suspend("looked_at"));
    case.look_again();
    assert_eq!(case.refused(CISO, resume(&case)), "departure_unexplained", "nor does a suspension take it back");
    let explained = Approve { departure: Some(sealed("It is on again")), ..approve(case.dossier_if_resumed()) };
    case.ok(CISO, Command::Resume(Box::new(explained)));
    case.ok(BUSINESS_OWNER, departing(&case));
    assert_eq!(case.state(), StateName::Active);
    let next = reopened(case, "policy_changed").approved_by([BUSINESS_OWNER, CISO]);
    assert_eq!(next.state(), StateName::Active, "the next re-review is another one");
}

#[test]
fn an_owner_who_may_not_attest_blocks_nobody() {
    for (owner, human) in [(SERVICE, SERVICE), (MONITORING_OWNER, REQUESTER), (MONITORING_OWNER, BENEFICIARY)] {
        let watched = Request { monitoring_owner: Some(owner), beneficiary: Some(BENEFICIARY), ..request() };
        let mut case = Case::active(standard(), watched);
        case.person(owner).human = human;
        let mut case = reopened(case, "policy_changed");
        let task = case.is.tasks.iter().find(|task| task.work == Work::Attest).expect("asked");
        assert_eq!((task.assignee, task.roles.as_slice()), (None, &[Role::Governance][..]), "{owner}");
        assert_ne!(case.run(owner, attest(true, true)), Ok(()), "{owner}");
        case.ok(GOVERNANCE, attest(true, true));
        case.ok(BUSINESS_OWNER, approval(&case));
        case.ok(CISO, approval(&case));
        assert_eq!(case.state(), StateName::Active);
    }
    let mut there = reopened(Case::active(standard(), request()), "policy_changed");
    assert_eq!(there.refused(GOVERNANCE, attest(true, true)), "not_yours", "who may and is there attests");
}

fn overriding(case: &Case, tier: Tier) -> Command {
    let Command::Assess(mut given) = case.assess(Dimension::Security, 3) else { unreachable!() };
    given.override_tier = Some((tier, sealed("It is an island")));
    Command::Assess(given)
}

#[test]
fn a_tier_is_set_lower_only_where_both_versions_let_it_be() {
    let may = ("\"override_may_lower\":false", "\"override_may_lower\":true");
    let next = ("\"version\":1", "\"version\":2");
    for (old, new, lets) in [
        (altered(standard(), &[may]), altered(standard(), &[next]), false),
        (standard(), altered(standard(), &[next, may]), false),
        (altered(standard(), &[may]), altered(standard(), &[next, may]), true),
    ] {
        let mut case = active(old);
        case.newest = new;
        case = reopened(case, "incident");
        let lowered = overriding(&case, Tier::Moderate);
        assert_eq!(case.run(SECURITY, lowered).is_ok(), lets);
        assert_eq!(case.is.tier(), Some(if lets { Tier::Moderate } else { Tier::Low }));
    }
}

#[test]
fn what_cannot_be_told_of_the_dimensions_is_governances_to_settle() {
    let blind = "request.data_classes.exists(class, class in [\\\"personal\\\"";
    let broken = "1 / (1 - size(request.regions)) > 0 || request.data_classes.exists(class, class in [\\\"personal\\\"";
    let mut case = active(standard());
    assert_eq!(case.is.request.scope.regions.len(), 1);
    case.newest = altered(standard(), &[("\"version\":1", "\"version\":2"), (blind, broken)]);
    let mut reopened = reopened(case.clone(), "incident");
    case.ok(GOVERNANCE, suspend("incident"));
    for mut case in [reopened.clone(), case] {
        assert_eq!(case.is.gaps.keys().collect::<Vec<_>>(), ["3"], "{:?}", case.story());
        assert_eq!(case.is.tasks.iter().filter(|task| task.work == Work::SettleGap).count(), 1);
        case.ok(MONITORING_OWNER, attest(true, true));
        case.ok(SECURITY, confirm());
        let decide = if case.is.is_reopened() { approval(&case) } else { resume(&case) };
        assert_eq!(case.refused(CISO, decide), "sop_gap");
        let settled = |tier| Command::WaiveGate { gate: "3".to_owned(), tier, reason: sealed("Personal data it is") };
        assert!(case.run(GOVERNANCE, settled(None)).is_err(), "the tier has to be named");
        case.ok(GOVERNANCE, settled(Some(Tier::Moderate)));
        assert_eq!((case.is.tier(), case.is.gaps.len()), (Some(Tier::Moderate), 0));
        let decide = if case.is.is_reopened() { approval(&case) } else { resume(&case) };
        case.ok(CISO, decide);
    }
    let told: BTreeSet<PersonId> = reopened.is.tasks.iter().filter_map(|task| task.assignee).collect();
    assert_eq!(told, BTreeSet::from([MONITORING_OWNER]));
    reopened.later(days(1));
    assert_eq!(reopened.is.gaps.len(), 1, "it is told once");
}
