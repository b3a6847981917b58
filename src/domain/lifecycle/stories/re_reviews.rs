//! Re-reviews that ask before they are confirmed: the monitoring owner, and those who assessed.

use std::collections::BTreeSet;

use crate::{
    domain::{
        command::{Approve, Command},
        letters::{Addressee, LetterKind, letters},
        request::{Request, Term},
        task::{Task, Work},
        testkit::*,
    },
    sop::Sop,
    words::{Dimension, PersonId, Role, StateName, Tier},
};

fn reopened(mut case: Case, why: &str) -> Case {
    case.ok(GOVERNANCE, Command::Reopen { cause: why.to_owned(), note: None });
    case
}

/// In effect at tier low for a year, and reopened for a cause for which everybody is asked.
fn asked() -> Case {
    reopened(Case::active(standard(), Request { term: Some(Term::Days(365)), ..request() }), "incident")
}

fn confirm(dimension: Dimension) -> Command {
    Command::ConfirmAssessment { dimension, note: Some(sealed("The vendor is the same")) }
}

fn approval(case: &Case) -> Command {
    Command::Approve(Box::new(approve(case.dossier())))
}

fn departing(case: &Case) -> Command {
    Command::Approve(Box::new(Approve { departure: Some(sealed("It ends in May")), ..approve(case.dossier()) }))
}

fn work(case: &Case, work: Work) -> Vec<&Task> {
    case.is.tasks.iter().filter(|task| task.work == work).collect()
}

fn since(case: &Case, before: usize) -> Vec<&'static str> {
    case.story().split_off(before)
}

/// A version in which nobody is asked.
fn unasking() -> &'static Sop {
    let asks = standard().document().steps.monitoring.re_review.clone().expect("it asks");
    let text = crate::words::canonical(&asks).expect("canonical");
    altered(standard(), &[(&format!(",\"re_review\":{text}"), "")])
}

#[test]
fn nobody_confirms_it_before_all_who_are_asked_have_answered() {
    let mut case = asked();
    let attests = work(&case, Work::Attest);
    assert_eq!((attests[0].assignee, attests[0].due_at), (Some(MONITORING_OWNER), noon() + days(4)));
    let assesses = work(&case, Work::Assess);
    assert_eq!((assesses.len(), assesses[0].key.as_str()), (1, "assess:security"));
    assert!(work(&case, Work::Decide).is_empty(), "nobody is asked to decide yet");
    assert_eq!(case.refused(CISO, approval(&case)), "review_incomplete");
    case.ok(MONITORING_OWNER, attest(true, true));
    assert_eq!(case.refused(CISO, approval(&case)), "review_incomplete");
    case.ok(SECURITY, confirm(Dimension::Security));
    assert!(work(&case, Work::Attest).is_empty() && work(&case, Work::Assess).is_empty());
    assert_eq!(work(&case, Work::Decide).len(), 2);
    case.ok(BUSINESS_OWNER, approval(&case));
    case.ok(CISO, approval(&case));
    assert_eq!((case.state(), case.is_effective(), case.is.tier()), (StateName::Active, true, Some(Tier::Low)));
}

#[test]
fn whoever_was_not_asked_answers_nothing() {
    let mut case = asked();
    for (by, code) in [
        (REQUESTER, "excluded"),
        (BENEFICIARY, "excluded"),
        (CISO, "not_yours"),
        (GOVERNANCE, "not_yours"),
        (SERVICE, "not_yours"),
    ] {
        assert_eq!(case.refused(by, attest(true, true)), code, "{by}");
    }
    assert_eq!(case.refused(PRIVACY, confirm(Dimension::Security)), "role_missing");
    assert_eq!(case.refused(PRIVACY, confirm(Dimension::Privacy)), "dimension_not_assessed");
    case.ok(SECURITY, confirm(Dimension::Security));
    assert_eq!(case.refused(SECURITY, confirm(Dimension::Security)), "review_not_asked");
    let mut planned = reopened(Case::active(standard(), request()), "policy_changed");
    assert_eq!(planned.refused(SECURITY, confirm(Dimension::Security)), "review_not_asked");
    assert_eq!(planned.refused(SECURITY, planned.assess(Dimension::Security, 1)), "review_not_asked");
    let mut quick = reopened(Case::active(lightweight(), request()), "incident");
    assert_eq!(quick.refused(MONITORING_OWNER, attest(true, true)), "review_not_asked");
    assert_eq!(quick.approved_by([BUSINESS_OWNER, CISO]).state(), StateName::Active, "the quick procedure asks nobody");
}

#[test]
fn whoever_attests_is_no_approver_and_whoever_confirms_a_score_answers_for_it() {
    let mut case = asked();
    case.person(LEGAL).grants.push(grant(Role::SecurityAssessor, "/"));
    case.ok(MONITORING_OWNER, attest(true, true));
    case.ok(LEGAL, confirm(Dimension::Security));
    assert_eq!(case.refused(MONITORING_OWNER, approval(&case)), "role_missing");
    assert_eq!(case.refused(LEGAL, approval(&case)), "excluded");
    let mut next = reopened(case.approved_by([BUSINESS_OWNER, CISO]), "policy_changed");
    next.ok(MONITORING_OWNER, attest(true, true));
    next.ok(LEGAL, approval(&next));
}

#[test]
fn a_higher_score_asks_for_the_quorum_of_its_tier() {
    let bound = Request { term: Some(Term::Days(365)), ..with_control(Some(noon() + days(300)), None) };
    let mut case = reopened(Case::active(standard(), bound), "incident");
    case.ok(MONITORING_OWNER, attest(true, true));
    case.later(days(1));
    let before = case.events.len();
    case.ok(SECURITY, case.assess(Dimension::Security, 3));
    assert_eq!(since(&case, before), ["reassessed", "rerated"]);
    assert_eq!((case.is.tier(), case.is.state.round().map(|round| round.tier)), (Some(Tier::High), Some(Tier::High)));
    assert_eq!(case.refused(BUSINESS_OWNER, approval(&case)), "role_missing", "nobody of the lower tier's quorum");
    case.ok(CISO, approval(&case));
    assert_eq!(case.state(), StateName::ReReview);
    case.ok(CRO, approval(&case));
    let authority = case.is.state.authority().expect("confirmed");
    assert_eq!((case.state(), authority.tier), (StateName::Active, Tier::High));
    assert_eq!(authority.period.end, case.now + days(180), "no further than an approval at that tier");
    let seated: BTreeSet<Role> = authority.two.seats().iter().map(|seat| seat.role).collect();
    assert_eq!(seated, BTreeSet::from([Role::Ciso, Role::Cro]));
}

#[test]
fn a_lower_score_leaves_the_tier_and_its_quorum() {
    let case = Case::draft(standard(), with_control(Some(noon() + days(300)), None)).in_decision(3);
    let mut case = reopened(case.approved_by([CISO, CRO]), "policy_changed");
    case.ok(MONITORING_OWNER, attest(true, true));
    case.ok(SECURITY, case.assess(Dimension::Security, 0));
    assert_eq!(case.is.tier(), Some(Tier::High), "a lower tier would outlive a round that nobody confirms");
    assert_eq!(case.is.rating.as_ref().expect("rated").computed, Some(Tier::Low), "what the scores give is told");
    case.ok(CISO, approval(&case));
    assert_eq!(case.state(), StateName::ReReview, "the lower tier would not ask for the one who is missing");
    case.ok(CRO, approval(&case));
    assert_eq!(case.is.state.authority().expect("confirmed").tier, Tier::High);
}

#[test]
fn an_answer_after_an_approval_voids_it() {
    let mut case = asked();
    case.look_again();
    case.ok(BUSINESS_OWNER, approval(&case));
    let (before, dossier) = (case.events.len(), case.dossier());
    case.ok(SECURITY, case.assess(Dimension::Security, 1));
    assert_eq!(since(&case, before), ["approval_voided", "reassessed", "rerated"]);
    assert_ne!(case.dossier(), dossier);
    case.ok(BUSINESS_OWNER, approval(&case));
    case.ok(MONITORING_OWNER, attest(false, true));
    assert!(case.is.state.round().expect("open").approvals.is_empty());
}

#[test]
fn a_no_is_told_and_is_departed_from_in_writing() {
    for (needed, kept) in [(false, true), (true, false)] {
        let mut case = reopened(Case::active(standard(), request()), "policy_changed");
        let before = case.is.clone();
        case.ok(MONITORING_OWNER, attest(needed, kept));
        let told = letters(Some(&before), &case.is, case.last());
        let to =
            |kind: LetterKind| told.iter().filter(move |letter| letter.kind == kind).map(|letter| letter.to.clone());
        let warned: BTreeSet<Addressee> = to(LetterKind::AttestedNo).collect();
        let role = |role| Addressee::Role(role, case.is.request.domains());
        for whom in [Addressee::Person(REQUESTER), role(Role::Governance), role(Role::BusinessOwner), role(Role::Ciso)]
        {
            assert!(warned.contains(&whom), "{whom:?}: {warned:?}");
        }
        assert!(to(LetterKind::DecisionWanted).count() > 0, "those who decide are asked by now");
        assert_eq!(case.refused(CISO, approval(&case)), "departure_unexplained");
        case.ok(CISO, departing(&case));
        case.ok(BUSINESS_OWNER, departing(&case));
        assert_eq!(case.state(), StateName::Active);
    }
    let mut denied = reopened(Case::active(standard(), request()), "policy_changed");
    denied.ok(MONITORING_OWNER, attest(false, true));
    denied.ok(REQUESTER, Command::Close { reason: None });
    assert_eq!(denied.state(), StateName::Closed, "what is not needed is closed");
}

#[test]
fn a_missed_attestation_is_late_and_leads_to_where_a_missed_re_review_does() {
    let mut case = Case::active(standard(), Request { term: Some(Term::Days(365)), ..request() });
    case.later(days(166));
    assert_eq!(case.state(), StateName::ReReview);
    let before = case.events.len();
    case.later(days(4) - chrono::Duration::hours(6));
    assert_eq!(since(&case, before), ["due_soon"], "they are warned");
    case.later(chrono::Duration::hours(6));
    case.later(days(1));
    assert_eq!(since(&case, before), ["due_soon", "overdue", "escalated"]);
    case.ok(BUSINESS_OWNER, Command::Comment { text: sealed("Who saw it last?"), internal: true });
    case.later(days(28));
    assert_eq!((case.state(), case.is_effective()), (StateName::Suspended, false));
    case.later(days(31));
    assert_eq!(case.state(), StateName::Revoked);
}

fn attested_by(case: &mut Case) -> Vec<Option<PersonId>> {
    case.later(chrono::Duration::hours(1));
    work(case, Work::Attest).iter().map(|task| task.assignee).collect()
}

#[test]
fn governance_attests_where_the_monitoring_owner_is_not_there() {
    let nobody = Request { monitoring_owner: None, ..request() };
    let mut case = reopened(Case::active(standard(), nobody), "policy_changed");
    assert_eq!(work(&case, Work::Attest)[0].roles, [Role::Governance]);
    assert_eq!(case.refused(CISO, attest(true, true)), "role_missing");
    case.ok(GOVERNANCE, attest(true, true));
    let mut left = reopened(Case::active(standard(), request()), "policy_changed");
    left.person(MONITORING_OWNER).active = false;
    assert_eq!(attested_by(&mut left), [None], "it goes to those who govern");
    left.ok(GOVERNANCE, attest(true, true));
    let left = left.approved_by([BUSINESS_OWNER, CISO]);
    assert!(left.story().contains(&"reaffirmed"), "{:?}", left.story());
}

#[test]
fn a_score_that_no_longer_fits_is_scored_anew() {
    let mut case = Case::active(standard(), request());
    let weighed = altered(
        standard(),
        &[("\"version\":1", "\"version\":2"), ("\"id\":\"exposure\",\"max\":5", "\"id\":\"reach\",\"max\":5")],
    );
    case.newest = weighed;
    case = reopened(case, "incident");
    assert_eq!(case.refused(SECURITY, confirm(Dimension::Security)), "assessment_outdated");
    assert_eq!(case.refused(SECURITY, case.assess(Dimension::Security, 0)), "points_invalid");
    let old = case.sop;
    case.sop = weighed;
    let anew = case.assess(Dimension::Security, 0);
    case.sop = old;
    case.ok(SECURITY, anew);
    case.ok(MONITORING_OWNER, attest(true, true));
    assert_eq!(case.approved_by([BUSINESS_OWNER, CISO]).state(), StateName::Active);
}

#[test]
fn a_version_that_asks_counts_from_the_next_re_review_on() {
    let mut case = Case::active(unasking(), Request { term: Some(Term::Days(365)), ..request() });
    case = reopened(case, "policy_changed");
    case.newest = altered(standard(), &[("\"version\":1", "\"version\":2")]);
    case.later(chrono::Duration::hours(1));
    assert!(case.is.review().is_none() && work(&case, Work::Decide).len() == 2);
    case = reopened(case.approved_by([BUSINESS_OWNER, CISO]), "policy_changed");
    assert_eq!(case.refused(CISO, approval(&case)), "review_incomplete", "the newest asks, whatever it runs on");
    let mut planned = Case::active(unasking(), Request { term: Some(Term::Days(365)), ..request() });
    planned.later(days(166));
    planned.newest = altered(standard(), &[("\"version\":1", "\"version\":2")]);
    planned.later(chrono::Duration::hours(1));
    assert_eq!((planned.state(), planned.is.review()), (StateName::ReReview, None));
}

#[test]
fn what_has_no_end_is_neither_confirmed_nor_resumed_at_a_tier_that_wants_one() {
    let bound = Request { controls: with_control(Some(noon() + days(300)), None).controls, ..permanent() };
    let case = Case::draft(standard(), bound).in_decision(0).approved_by([BUSINESS_OWNER, CISO]);
    let mut case = reopened(case, "incident");
    case.ok(MONITORING_OWNER, attest(true, true));
    case.ok(SECURITY, case.assess(Dimension::Security, 5));
    assert_eq!(case.is.tier(), Some(Tier::Critical));
    assert_eq!(case.refused(CISO, approval(&case)), "period_not_allowed");
    case.ok(CISO, Command::Reject { dossier: case.dossier(), reason: sealed("With an end, please") });
    let resume = Approve { reason: Some(sealed("All the same")), ..approve(case.dossier_if_resumed()) };
    assert_eq!(case.refused(CISO, Command::Resume(Box::new(resume))), "period_not_allowed");
}
