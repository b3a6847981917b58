//! What the clock says of decisions: at once where they are due soon, and to nobody of whom nothing is wanted.

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::letters::{Office, write_to};

/// When the decision on an exception is due.
fn due(office: &Office, id: &str) -> DateTime<Utc> {
    let tasks = office.world.get("gita", &format!("/v1/exceptions/{id}/tasks")).expect(200);
    let tasks = tasks["items"].as_array().unwrap().clone();
    let decide = tasks.iter().find(|task| task["key"].as_str().unwrap().starts_with("decide:")).unwrap().clone();
    decide["due_at"].as_str().unwrap().parse().unwrap()
}

/// Moves the clock to so many hours before a decision is due.
fn hours_before(office: &Office, id: &str, hours: i64) {
    let left = due(office, id) - office.world.now();
    office.world.hours(left.num_hours() - hours);
}

/// How often somebody was mailed a letter of a kind.
fn mailed(office: &Office, who: &str, kind: &str) -> usize {
    let letters = office.mailbox(who);
    letters.iter().filter(|letter| letter.kind.as_str() == kind && letter.mailed_at.is_some()).count()
}

#[test]
fn what_the_clock_says_of_a_decision_that_is_due_passes_quiet_hours() {
    let mut office = Office::new();
    let id = office.world.decided_on(1);
    office.run();
    let always = json!({ "from": "00:00", "to": "23:59" });
    let quiet = json!({ "language": "en", "zone": "UTC", "frequency": "immediate", "quiet_hours": always });
    write_to(&office, "boris", quiet);
    hours_before(&office, &id, 10);
    office.run();
    assert!(mailed(&office, "boris", "reminder") > 0, "{:?}", office.told("boris"));
    office.world.hours(11);
    office.run();
    assert!(mailed(&office, "boris", "overdue") > 0, "{:?}", office.told("boris"));
}

#[test]
fn a_reminder_that_waited_while_others_decided_reaches_nobody() {
    let mut office = Office::new();
    let id = office.world.decided_on(1);
    office.run();
    hours_before(&office, &id, 10);
    office.world.settle();
    office.world.approve("boris", &id).expect(200);
    office.world.approve("carla", &id).expect(200);
    office.run();
    for who in ["boris", "carla", "konrad"] {
        let told = office.told(who);
        assert!(!told.contains(&"reminder".to_owned()), "{who}: {told:?}");
    }
}

#[test]
fn who_has_decided_or_may_not_is_not_reminded() {
    let mut office = Office::new();
    let id = office.world.decided_on(1);
    office.run();
    office.world.approve("boris", &id).expect(200);
    hours_before(&office, &id, 10);
    office.run();
    let reminded = |who: &str| mailed(&office, who, "reminder");
    assert!(reminded("boris") == 0 && reminded("carla") > 0, "{:?}", office.told("boris"));
}
