//! What an incident does to an exception, wherever that is.

use uuid::Uuid;

use crate::{
    domain::{command::Command, lifecycle::struck, person::By, request::Request, roster::Incident, testkit::*},
    words::{IncidentEffect, IncidentId, IncidentOutcome, StateName},
};

fn strike(case: &mut Case, effect: IncidentEffect) -> Vec<&'static str> {
    let (by, before) = (By::System { job: Incident::JOB.to_owned() }, case.events.len());
    let events = case.on(&by, |is, ground| struck(is, &incident(effect), ground));
    case.happened(events);
    case.story().split_off(before)
}

#[test]
fn what_is_in_effect_is_reopened_or_suspended_and_cites_it() {
    let mut case = Case::active(standard(), request());
    assert_eq!(strike(&mut case, IncidentEffect::Reopen), ["reopened"]);
    assert_eq!((case.state(), case.is_effective()), (StateName::ReReview, true));
    let citation = case.last().citation.clone().unwrap();
    assert_eq!(citation.text, "an incident of severity high was reported on parlance");
    assert_eq!(citation.facts["incident"], IncidentId(Uuid::from_u128(7)).to_string());
    assert_eq!(strike(&mut case, IncidentEffect::Suspend), ["suspended", "review_asked"]);
    assert_eq!((case.state(), case.is_effective()), (StateName::Suspended, false));
}

#[test]
fn what_was_reopened_too_often_is_suspended() {
    let sop = altered(standard(), &[("\"reopenings\":10", "\"reopenings\":1")]);
    let mut case = Case::active(sop, request());
    strike(&mut case, IncidentEffect::Reopen);
    case = case.approved_by([BUSINESS_OWNER, CISO]);
    assert_eq!(strike(&mut case, IncidentEffect::Reopen), ["suspended", "review_asked"]);
}

#[test]
fn what_would_begin_at_that_very_moment_does_not_begin() {
    for effect in [IncidentEffect::Reopen, IncidentEffect::Suspend] {
        let start = Some(noon() + days(10));
        let mut case = Case::draft(standard(), Request { start, ..request() }).in_decision(0);
        case = case.approved_by([BUSINESS_OWNER, CISO]);
        assert_eq!(case.state(), StateName::Implementation);
        case.now += days(11);
        assert_eq!(strike(&mut case, effect)[0], "incident_noted");
        assert_eq!((case.state(), case.is_effective()), (StateName::Decision, false));
    }
}

#[test]
fn whoever_is_deciding_decides_anew() {
    for effect in [IncidentEffect::Reopen, IncidentEffect::Suspend] {
        let mut case = Case::draft(standard(), request()).in_decision(0).approved_by_one(BUSINESS_OWNER);
        assert_eq!(strike(&mut case, effect), ["incident_noted", "approval_voided"]);
        assert_eq!(case.state(), StateName::Decision);
        case = case.approved_by([BUSINESS_OWNER, CISO]);
        assert_eq!(case.state(), StateName::Active, "with the incident in view they may");
    }
    let mut case = Case::draft(standard(), with_control(None, None)).in_decision(0).approved_by([BUSINESS_OWNER, CISO]);
    assert_eq!(case.state(), StateName::Implementation);
    strike(&mut case, IncidentEffect::Suspend);
    assert_eq!(case.state(), StateName::Decision, "what was decided and has not begun");
}

#[test]
fn it_says_beforehand_what_it_does() {
    let drafted = Case::draft(standard(), request());
    let mut suspended = Case::active(standard(), request());
    suspended.ok(GOVERNANCE, Command::Suspend { cause: "other".to_owned(), note: None });
    let cases = [drafted.clone(), drafted.clone().submitted(), Case::active(standard(), request()), suspended];
    for effect in [IncidentEffect::Reopen, IncidentEffect::Suspend] {
        for mut case in cases.clone() {
            let (before, told) = (case.state(), incident(effect).does_to(case.state()));
            let noted = strike(&mut case, effect).contains(&"incident_noted");
            let did = match (before, case.state()) {
                (StateName::Active, StateName::ReReview) => IncidentOutcome::Reopened,
                (StateName::Active, StateName::Suspended) => IncidentOutcome::Suspended,
                (same, state) if same == state && noted == (state != StateName::Draft) => IncidentOutcome::Noted,
                (_, state) => panic!("{before} became {state}"),
            };
            assert_eq!(told, did);
        }
    }
}
