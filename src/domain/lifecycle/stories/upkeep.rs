//! What the clock does beside the lifecycle: it warns, escalates, tells of ends, stops loops, misses who left.

use chrono::Duration;

use crate::{
    domain::{
        command::Command,
        event::{Deed, Event},
        person::By,
        request::{Request, Term, Time},
        task::{Task, Work},
        testkit::*,
        upkeep::{Loop, Part, Upkeep},
    },
    sop::Sop,
    words::{Role, Source, StateName},
};

fn hours(count: i64) -> Duration {
    Duration::hours(count)
}

/// The standard procedure with its due times in working hours.
fn working() -> &'static Sop {
    altered(standard(), &[("\"hours\":\"clock\"", "\"hours\":\"working\"")])
}

fn task<'c>(case: &'c Case, key: &str) -> &'c Task {
    case.is.tasks.iter().find(|task| task.key == key).expect("it is open")
}

/// The codes of what happened since there were `before` events.
fn since(case: &Case, before: usize) -> Vec<&'static str> {
    case.story().split_off(before)
}

/// The role that an escalation told.
fn told(event: &Event) -> Option<Role> {
    if let Deed::Escalated { route, rung: Some(_), .. } = &event.deed { route.first().copied() } else { None }
}

#[test]
fn late_work_is_warned_of_told_and_escalated_along_the_route() {
    let mut case = Case::draft(standard(), request()).submitted();
    let (version, touched, before) = (case.is.version, case.is.changed_at, case.events.len());
    case.later(hours(35));
    assert_eq!(since(&case, before), Vec::<&str>::new(), "nothing is late yet");
    case.later(hours(1));
    assert_eq!(since(&case, before), ["due_soon"]);
    case.later(hours(12));
    assert_eq!(since(&case, before), ["due_soon", "overdue"]);
    assert_eq!(case.last().effective_at, Some(task(&case, "review").due_at), "late from its due time on");
    for _ in 0..5 {
        case.later(hours(24));
    }
    assert_eq!(since(&case, before), ["due_soon", "overdue", "escalated", "escalated", "escalated"]);
    let route: Vec<Role> = case.events.iter().filter_map(told).collect();
    assert_eq!(route, standard().document().escalation, "owner first, then one after the other, and then silence");
    assert_eq!((case.is.version, case.is.changed_at), (version, touched), "nobody has touched it");
    for event in case.events.iter().skip(before) {
        assert!(matches!(event.by, By::System { .. }));
        let citation = event.citation.as_ref().expect("a rule");
        assert!(matches!(&citation.source, Source::Sop { .. }), "{citation:?}");
    }
}

#[test]
fn two_seats_that_the_same_people_may_fill_are_told_of_as_one() {
    let mut case = Case::draft(standard(), request()).in_decision(0);
    assert_eq!(case.is.tasks.iter().filter(|task| task.work == Work::Decide).count(), 2);
    let before = case.events.len();
    for _ in 0..18 {
        case.later(hours(12));
    }
    let told: Vec<&str> = since(&case, before).into_iter().filter(|code| *code != "approval_voided").collect();
    assert_eq!(told, ["due_soon", "overdue", "escalated", "escalated", "escalated"]);
    assert_eq!((case.is.counts.reminders, case.is.counts.escalations), (1, 3));
}

#[test]
fn a_clock_that_comes_late_tells_once() {
    let mut case = Case::draft(standard(), request()).submitted();
    let before = case.events.len();
    case.later(days(20));
    assert_eq!(since(&case, before), ["overdue"], "no warning of what is late already, and the route from now on");
    assert_eq!(task(&case, "review").late.and_then(|late| late.next), Some(case.now + hours(24)));
}

#[test]
fn hours_of_work_are_counted_where_the_procedure_says_so() {
    let case = Case::draft(working(), request()).submitted();
    // Monday noon; 48 working hours are six days of eight.
    let review = task(&case, "review");
    assert_eq!(review.due_at, "2026-03-10T12:00:00Z".parse::<Time>().expect("a time"));
    let friday: Time = "2026-03-06T16:00:00Z".parse().expect("a time");
    assert_eq!(review.warn_at, Some(friday), "twelve working hours before: three, eight, and one before the weekend");
    let clock = Case::draft(standard(), request()).submitted();
    assert_eq!(task(&clock, "review").due_at, clock.now + hours(48));
}

#[test]
fn urgent_work_waits_for_no_morning() {
    let decide = |points: u32| {
        let case = Case::draft(working(), with_control(Some(noon() + days(60)), Some(30))).in_decision(points);
        case.is.tasks.iter().find(|task| task.key.starts_with("decide:")).map(|task| task.due_at - case.now)
    };
    let due = hours(i64::from(standard().document().steps.decision.due_hours));
    assert_eq!(decide(5), Some(due), "critical: around the clock");
    assert!(decide(0) > Some(due * 3), "low: while people work");
}

#[test]
fn the_end_is_told_on_each_rung_and_once_by_a_late_clock() {
    let rungs = |case: &Case| -> Vec<u32> {
        let rung =
            |event: &Event| if let Deed::Upkeep(Upkeep::EndNear { days, .. }) = event.deed { Some(days) } else { None };
        case.events.iter().filter_map(rung).collect()
    };
    let mut daily = Case::active(standard(), request());
    for _ in 0..90 {
        daily.later(days(1));
    }
    assert_eq!(rungs(&daily), [30, 14, 7, 1]);
    assert_eq!(daily.state(), StateName::Expired);
    let mut late = Case::active(standard(), request());
    late.later(days(84));
    assert_eq!(rungs(&late), [7], "three rungs were missed, one word is enough");
    let said = late.last().citation.as_ref().map(|citation| citation.text.as_str());
    assert_eq!(said, Some("its end is 7 days away, or less"), "six days before, which it does not deny");
    late.later(days(30));
    assert_eq!((rungs(&late), late.state()), (vec![7], StateName::Expired), "of an end that is over nobody is told");
    let mut short = Case::active(standard(), Request { term: Some(Term::Days(10)), ..request() });
    assert_eq!(rungs(&short), Vec::<u32>::new(), "ten days are never thirty before their end");
    short.later(days(3));
    assert_eq!(rungs(&short), [7]);
}

#[test]
fn what_nobody_touches_is_reminded_of_and_lapses() {
    let mut draft = Case::draft(standard(), request());
    draft.later(days(23));
    assert_eq!(draft.last().deed.code(), "lapse_near");
    draft.later(days(6));
    assert_eq!(since(&draft, 1), ["lapse_near", "lapse_near"]);
    draft.later(days(1));
    assert_eq!(draft.state(), StateName::Withdrawn, "being told is not touching");

    let mut returned = Case::draft(standard(), request()).submitted();
    returned.ok(REVIEWER, Command::Return { codes: vec!["sponsor_not_confirmed".to_owned()], note: None });
    returned.later(days(58));
    assert!(returned.story().contains(&"lapse_near"));
    returned.ok(REQUESTER, Command::Amend { request: Box::new(request()) });
    returned.later(days(10));
    assert_eq!(returned.state(), StateName::Returned, "a change begins the time anew");
    returned.later(days(50));
    assert_eq!(returned.state(), StateName::Withdrawn);
    assert!(returned.last().citation.is_some() && matches!(returned.last().by, By::System { .. }));
}

#[test]
fn what_a_requester_has_to_mend_is_escalated_to_nobody() {
    let mut case = Case::draft(standard(), request()).submitted();
    case.ok(REVIEWER, Command::Return { codes: vec!["sponsor_not_confirmed".to_owned()], note: None });
    for _ in 0..40 {
        case.later(days(1));
    }
    assert_eq!(case.story().iter().filter(|code| **code == "overdue").count(), 1);
    assert!(!case.story().contains(&"escalated"));
}

#[test]
fn loops_end_at_their_limit_and_governance_hears_of_it() {
    let sop =
        altered(standard(), &[("\"escalations\":12", "\"escalations\":2"), ("\"reminders\":24", "\"reminders\":1")]);
    let mut case = Case::draft(sop, request()).submitted();
    for _ in 0..20 {
        case.later(hours(12));
    }
    let limits: Vec<(Loop, u32)> = case
        .events
        .iter()
        .filter_map(|event| {
            if let Deed::Upkeep(Upkeep::LimitReached { what, limit }) = event.deed { Some((what, limit)) } else { None }
        })
        .collect();
    assert_eq!(limits, [(Loop::Reminders, 1), (Loop::Escalations, 2)], "each once");
    assert_eq!((case.is.counts.reminders, case.is.counts.escalations), (1, 2));
    let task = case.is.tasks.first().map(|task| task.id);
    assert_eq!(case.refused(GOVERNANCE, Command::Remind { task }), "limit_reached", "nor by hand");
}

#[test]
fn work_of_those_who_left_goes_back_to_its_role() {
    let mut case = Case::draft(standard(), request()).submitted();
    let review = task(&case, "review").id;
    case.ok(REVIEWER, Command::Assign { task: review, to: Some(REVIEWER) });
    case.person(REVIEWER).active = false;
    let (version, touched) = (case.is.version, case.is.changed_at);
    let before = case.events.len();
    case.later(hours(1));
    assert_eq!(since(&case, before), ["assigned", "uncovered"], "and there is nobody else of it");
    assert_eq!(task(&case, "review").assignee, None);
    assert_eq!((case.is.version, case.is.changed_at), (version, touched), "nobody has touched it");
    case.later(hours(1));
    assert_eq!(since(&case, before).len(), 2, "once");
}

#[test]
fn the_control_of_an_owner_who_left_is_every_control_owners() {
    let mut case = Case::active(standard(), with_control(Some(noon() + days(60)), Some(30)));
    case.person(CONTROL_OWNER).active = false;
    case.later(hours(1));
    let asked: Vec<&Task> = case.is.tasks.iter().filter(|task| task.key.starts_with("control:")).collect();
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert_eq!((asked[0].assignee, &asked[0].roles), (None, &vec![Role::ControlOwner]));
    case.person(CONTROL_OWNER).active = true;
    let confirm = Command::ConfirmControl { control: CONTROL, evidence: None, expires: None };
    case.ok(CONTROL_OWNER, confirm);
}

#[test]
fn work_that_one_person_let_lie_is_everyones_again() {
    let mut case = Case::draft(standard(), request()).submitted();
    let review = task(&case, "review").id;
    case.ok(REVIEWER, Command::Assign { task: review, to: Some(REVIEWER) });
    let before = case.events.len();
    case.later(hours(49));
    case.later(hours(24));
    assert_eq!(since(&case, before), ["overdue", "assigned", "escalated"]);
    assert_eq!(task(&case, "review").assignee, None);
}

#[test]
fn what_rests_on_somebody_who_left_is_reopened_once() {
    for (who, part) in
        [(REQUESTER, Part::Requester), (BENEFICIARY, Part::Beneficiary), (MONITORING_OWNER, Part::MonitoringOwner)]
    {
        let mut case = Case::active(standard(), request());
        let before = case.events.len();
        case.person(who).active = false;
        case.later(hours(1));
        assert_eq!(since(&case, before), ["party_left", "reopened"], "{part}");
        assert_eq!(case.state(), StateName::ReReview);
        let Deed::Reopened { cause, .. } = &case.last().deed else { panic!("reopened") };
        assert_eq!(cause.code, part.cause());
        assert!(case.is_effective(), "it is looked at again, and not ended");
        confirmed(&mut case);
        case.later(hours(1));
        assert_eq!(case.state(), StateName::Active, "two people confirmed it, knowing who left");
    }
}

/// Two people say in the open round that it goes on.
fn confirmed(case: &mut Case) {
    case.look_again();
    let dossier = case.dossier();
    for by in [BUSINESS_OWNER, CISO] {
        case.ok(by, Command::Approve(Box::new(approve(dossier))));
    }
}

/// Day after day until `end`; re-reviews are settled on the day they open.
fn lived_until(case: &mut Case, end: Time) {
    while case.now < end {
        case.later(days(1));
        if case.state() == StateName::ReReview {
            confirmed(case);
        }
    }
}

fn extended(case: &mut Case) -> Time {
    let end = case.is.state.authority().expect("decided").period.end + days(180);
    case.ok(REQUESTER, Command::RequestExtension { end, reason: sealed("Not done yet") });
    confirmed(case);
    assert_eq!(case.is.state.authority().map(|authority| authority.period.end), Some(end));
    end
}

#[test]
fn two_years_of_one_exception() {
    let mut case = Case::active(standard(), Request { term: Some(Term::Days(365)), ..request() });
    let start = case.now;
    lived_until(&mut case, start + days(200));
    // The next re-review is nobody's: it opens, is missed, and takes the effect away until two people resume.
    while case.state() != StateName::Suspended {
        case.later(days(1));
        assert!(case.now < start + days(365));
    }
    assert!(!case.is_effective());
    case.later(days(2));
    case.look_again();
    for by in [BUSINESS_OWNER, CISO] {
        let dossier = case.is.state.round().map_or_else(|| case.dossier_if_resumed(), |round| round.dossier);
        case.ok(by, Command::Resume(Box::new(approve(dossier))));
    }
    assert!(case.is_effective());
    let first = extended(&mut case);
    lived_until(&mut case, first - days(20));
    let last = extended(&mut case);
    assert_eq!(last - start, days(365 + 180 + 180));
    let more = Command::RequestExtension { end: last + days(1), reason: sealed("Not done yet") };
    assert_eq!(case.refused(REQUESTER, more), "limit_reached");
    lived_until(&mut case, last - days(1));
    assert!(case.is_effective());
    case.now = last;
    assert!(!case.is_effective(), "from its end on, whether or not anything ran");
    case.later(hours(5));
    assert_eq!((case.state(), case.last().effective_at), (StateName::Expired, Some(last)));
    let turns = ["reopened", "reaffirmed", "suspended", "resumed", "extended", "expired"];
    let told: Vec<&str> = case.story().into_iter().filter(|code| turns.contains(code)).collect();
    assert_eq!(told.first(), Some(&"reopened"));
    assert_eq!(told.iter().filter(|code| **code == "extended").count(), 2);
    let at = |code: &str| told.iter().position(|told| *told == code).expect(code);
    assert!(at("reaffirmed") < at("suspended") && at("suspended") < at("resumed") && at("resumed") < at("extended"));
    assert_eq!(told.last(), Some(&"expired"));
}

#[test]
fn evidence_has_an_end_of_its_own() {
    let confirm = |expires| Command::ConfirmControl { control: CONTROL, evidence: Some(sealed("A report")), expires };
    let mut case =
        Case::draft(standard(), with_control(None, Some(60))).in_decision(0).approved_by([BUSINESS_OWNER, CISO]);
    let past = Some(case.now - hours(1));
    assert_eq!(case.refused(CONTROL_OWNER, confirm(past)), "evidence_expired");
    let ends = case.now + days(20);
    case.ok(CONTROL_OWNER, confirm(Some(ends)));
    assert_eq!(case.state(), StateName::Active);
    let asked = case.is.tasks.iter().find(|task| task.key.starts_with("control:")).map(|task| task.due_at);
    assert_eq!(asked, Some(ends), "its owner is asked for newer evidence in time");
    case.later(days(21));
    assert_eq!(case.state(), StateName::ReReview);
    let Deed::Reopened { cause, .. } =
        &case.events.iter().rev().find(|event| event.deed.code() == "reopened").expect("it was").deed
    else {
        panic!("reopened")
    };
    assert_eq!(cause.code, "evidence_expired");
    case.ok(CONTROL_OWNER, confirm(None));
    confirmed(&mut case);
    case.later(days(30));
    assert_eq!(case.state(), StateName::Active, "now its cadence counts");
}

#[test]
fn a_version_that_scores_it_higher_reopens_it_once() {
    let mut case = Case::active(standard(), request());
    let editorial = altered(standard(), &[("\"version\":1", "\"version\":2")]);
    case.newest = editorial;
    let before = case.events.len();
    case.later(hours(1));
    assert_eq!(since(&case, before), Vec::<&str>::new(), "a version that changes no tier touches nothing");
    let stricter = altered(
        standard(),
        &[("\"version\":1", "\"version\":3"), ("\"otherwise\":\"low\"", "\"otherwise\":\"moderate\"")],
    );
    case.newest = stricter;
    case.later(hours(1));
    assert_eq!(since(&case, before), ["rescored", "reopened"]);
    let Deed::Upkeep(Upkeep::Rescored { sop, .. }) = &case.events[before].deed else { panic!("rescored") };
    assert_eq!(sop, &stricter.reference());
    assert!(case.is_effective());
    case.later(hours(1));
    assert_eq!(since(&case, before).iter().filter(|code| **code == "rescored").count(), 1);
    confirmed(&mut case);
    case.newest = altered(stricter, &[("\"version\":3", "\"version\":4")]);
    case.later(hours(1));
    assert_eq!(
        case.state(),
        StateName::Active,
        "two people confirmed it at that tier; the same words ask nobody again"
    );
    case.newest = altered(
        stricter,
        &[("\"version\":3", "\"version\":5"), ("\"otherwise\":\"moderate\"", "\"otherwise\":\"high\"")],
    );
    case.later(hours(1));
    assert_eq!(case.state(), StateName::ReReview, "a higher one does");
}
