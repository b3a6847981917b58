//! What was kept elsewhere: it waits for its quorum, is mended or is history, and never begins by itself.

use crate::{
    domain::{
        command::Command,
        exception::State,
        import::Provenance,
        request::{Request, Term},
        testkit::*,
    },
    words::{Standing, StateName, Tier},
};

fn from(standing: Standing, tier: Option<Tier>) -> Provenance {
    Provenance {
        source: "grc".to_owned(),
        reference: "A-1".to_owned(),
        row: sealed("{}"),
        standing,
        ended_at: None,
        tier,
        ownerless: false,
    }
}

fn brought(request: Request, from: Provenance) -> Case {
    let mut case = Case::draft(standard(), request).imported(from);
    case.ok(GOVERNANCE, Command::Submit);
    case
}

#[track_caller]
fn reasons(case: &Case) -> Vec<&str> {
    let State::Returned { reasons, .. } = &case.is.state else { panic!("it is {}", case.state()) };
    reasons.iter().map(|reason| reason.code.as_str()).collect()
}

#[test]
fn what_lives_goes_before_its_quorum_at_no_lower_tier() {
    let case = brought(request(), from(Standing::Live, Some(Tier::Moderate)));
    assert_eq!((case.state(), case.is.tier()), (StateName::Decision, Some(Tier::Moderate)));
    assert_eq!(case.story(), ["drafted", "imported", "rated", "round_opened"]);
    assert!(!case.is_effective());
    let case = case.approved_by([BUSINESS_OWNER, CISO]);
    assert!(case.is_effective());
    let permanent = brought(permanent(), from(Standing::Live, Some(Tier::Low)));
    assert_eq!(permanent.is.tier(), Some(Tier::Moderate), "what the procedure knows already counts");
}

#[test]
fn whoever_brings_it_does_not_decide_on_it() {
    let mut case = Case::draft(standard(), request());
    case.person(GOVERNANCE).grants.push(grant(crate::words::Role::Ciso, "/"));
    let mut case = case.imported(from(Standing::Live, Some(Tier::Low)));
    case.ok(GOVERNANCE, Command::Submit);
    let approve = Command::Approve(Box::new(approve(case.dossier())));
    assert_eq!(case.refused(GOVERNANCE, approve), "excluded");
}

#[test]
fn what_nobody_could_decide_is_mended_first() {
    let untiered = brought(request(), from(Standing::Live, None));
    assert_eq!(reasons(&untiered), ["tier_missing"]);
    let uncontrolled = brought(request(), from(Standing::Live, Some(Tier::High)));
    assert_eq!(reasons(&uncontrolled), ["control_required_at_tier"]);
    let over = Request { term: Some(Term::Until(noon() - days(1))), ..request() };
    assert!(reasons(&brought(over, from(Standing::Live, Some(Tier::Low)))).contains(&"period_not_allowed"));
    let ownerless = Provenance { ownerless: true, ..from(Standing::Live, Some(Tier::Low)) };
    let mut ownerless = brought(Request { beneficiary: None, ..request() }, ownerless);
    assert_eq!(reasons(&ownerless), ["owner_missing"]);
    let owned = Request { beneficiary: Some(BENEFICIARY), ..request() };
    ownerless.ok(REQUESTER, Command::Amend { request: Box::new(owned) });
    ownerless.ok(REQUESTER, Command::Submit);
    assert_eq!(ownerless.state(), StateName::CompletenessReview, "the way of every request");
}

#[test]
fn what_had_ended_is_history() {
    for (standing, state) in [
        (Standing::Expired, StateName::Expired),
        (Standing::Rejected, StateName::Rejected),
        (Standing::Revoked, StateName::Revoked),
        (Standing::Withdrawn, StateName::Withdrawn),
        (Standing::Closed, StateName::Closed),
    ] {
        let case = brought(Request::default(), from(standing, None));
        assert_eq!((case.state(), case.story()), (state, vec!["drafted", "imported", "archived"]));
        assert!(case.is.tasks.is_empty() && !case.is_effective());
    }
}

#[test]
fn what_was_changed_is_no_longer_what_was_imported() {
    let mut case = Case::draft(standard(), request()).imported(from(Standing::Live, Some(Tier::Low)));
    let attach = Command::Attach { id: crate::words::AttachmentId(uuid::Uuid::nil()), attachment: attachment("x") };
    case.ok(GOVERNANCE, attach);
    assert!(case.is.is_as_imported(), "its files belong to it");
    case.ok(REQUESTER, Command::Amend { request: Box::new(permanent()) });
    case.ok(REQUESTER, Command::Submit);
    assert_eq!(case.state(), StateName::CompletenessReview);
}
