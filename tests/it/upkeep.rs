//! What the clock does beside the lifecycle, as people notice it: letters, lists and the record, with real jobs.

use std::fs;

use actix_web::http::Method;
use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};

use crate::{
    letters::Office,
    procedures::{bank, under},
    world::{World, request},
};

const DAYS_OFF: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//EN\r\nBEGIN:VEVENT\r\nUID:1\r\n\
SUMMARY:Founding day\r\nDTSTART;VALUE=DATE:20260303\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

fn kinds(world: &World, id: &str) -> Vec<String> {
    let timeline = world.get("gita", &format!("/v1/exceptions/{id}/timeline?limit=200")).expect(200);
    timeline["items"].as_array().unwrap().iter().map(|event| event["kind"].as_str().unwrap().to_owned()).collect()
}

fn due(world: &World, id: &str) -> DateTime<Utc> {
    let tasks = world.get("gita", &format!("/v1/exceptions/{id}/tasks")).expect(200);
    tasks["items"][0]["due_at"].as_str().unwrap().parse().unwrap()
}

fn submitted(world: &World, body: Value) -> String {
    let id = world.post("rita", "/v1/exceptions", body).expect(201)["id"].as_str().unwrap().to_owned();
    world.command("rita", &id, "submit", json!({})).expect(200);
    id
}

#[test]
fn a_bank_counts_the_hours_in_which_its_people_work() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("holidays.ics");
    fs::write(&file, DAYS_OFF).unwrap();
    let path = file.display().to_string();
    let world = World::with(&[
        ("calendar.zones", "us=America/New_York, eu=Europe/Berlin"),
        ("calendar.holidays", path.as_str()),
    ]);
    // Monday, ten in Berlin: seven hours that day, none on the founding day, eight on Wednesday, one on Thursday.
    let id = submitted(&world, under(&world, "financial-services", bank()));
    assert_eq!(due(&world, &id), "2026-03-05T09:00:00Z".parse::<DateTime<Utc>>().unwrap());
    let other = submitted(&world, request());
    assert_eq!(due(&world, &other), world.now() + Duration::hours(48), "the standard procedure counts all hours");
}

#[test]
fn late_work_reaches_those_who_have_it_and_then_the_route() {
    let mut office = Office::new();
    let id = submitted(&office.world, request());
    let etag =
        |office: &Office| office.world.get("rita", &format!("/v1/exceptions/{id}")).expect(200)["version"].clone();
    let before = etag(&office);
    for hours in [36, 12, 24, 24] {
        office.world.hours(hours);
        office.run();
    }
    let told = |who: &str, kind: &str| office.told(who).iter().filter(|told| *told == kind).count();
    assert_eq!((told("rosa", "reminder"), told("rosa", "overdue")), (1, 1));
    assert_eq!((told("rosa", "escalation"), told("gita", "escalation")), (1, 1), "the reviewers, then governance");
    let happened = kinds(&office.world, &id);
    assert_eq!(happened[2..], ["due_soon", "overdue", "escalated", "escalated"]);
    assert_eq!(etag(&office), before, "what the clock says overtakes nobody's edit");
    let timeline = office.world.get("gita", &format!("/v1/exceptions/{id}/timeline")).expect(200);
    let late = &timeline["items"][3];
    assert!(late["citation"]["text"].as_str().unwrap().contains("not done in time"), "{late}");
    assert_eq!(late["by"]["job"], "settle");
}

#[test]
fn what_is_stopped_warns_nobody_and_catches_up_with_one_word() {
    let mut office = Office::new();
    let id = submitted(&office.world, request());
    let switch = |office: &Office, state: &str| {
        let body = json!({ "scope": "job:settle", "state": state, "reason": "Maintenance." });
        office.world.ask("gita", Method::PUT, "/v1/automation", Some(&body))
    };
    switch(&office, "halted").expect(200);
    office.world.days(5);
    office.run();
    assert_eq!(kinds(&office.world, &id), ["drafted", "submitted"]);
    let change = switch(&office, "running").expect(202);
    let path = format!("/v1/changes/{}/confirm", change["id"].as_str().unwrap());
    office.world.post("gustav", &path, json!({ "hash": change["hash"] })).expect(200);
    office.run();
    assert_eq!(kinds(&office.world, &id), ["drafted", "submitted", "overdue"], "one word, not all that was missed");
}

#[test]
fn a_draft_that_nobody_touches_is_told_of_and_lapses() {
    let mut office = Office::new();
    let id = office.world.file();
    office.world.days(23);
    office.run();
    assert_eq!(office.told("rita"), ["lapses_soon"]);
    office.world.days(7);
    office.run();
    assert_eq!(office.world.state(&id), "withdrawn");
}

#[test]
fn an_end_that_comes_near_is_told_to_those_who_keep_it() {
    let mut office = Office::new();
    let id = office.world.active();
    for days in [60, 16, 7, 6] {
        office.world.days(days);
        office.run();
    }
    assert_eq!(office.told("rita").iter().filter(|kind| *kind == "expiring_soon").count(), 4);
    office.world.days(1);
    office.run();
    assert_eq!(office.world.state(&id), "expired");
}

/// An exception in effect that Ben is the sponsor of.
fn sponsored(world: &World) -> String {
    let mut asked = request();
    asked["sponsor"] = json!(world.id("ben"));
    let id = submitted(world, asked);
    world.command("rosa", &id, "pass", json!({})).expect(200);
    world.assess(&id, 1);
    for who in ["boris", "carla"] {
        world.approve(who, &id).expect(200);
    }
    id
}

#[test]
fn who_leaves_takes_what_rests_on_them_into_a_re_review() {
    let mut office = Office::new();
    let (id, other) = (sponsored(&office.world), office.world.active());
    office.world.post("adam", &format!("/v1/people/{}/leave", office.world.id("ben")), json!({})).expect(200);
    office.run();
    assert_eq!((office.world.state(&id).as_str(), office.world.state(&other).as_str()), ("re_review", "active"));
    let happened = kinds(&office.world, &id);
    assert_eq!(happened[happened.len() - 2..], ["party_left", "reopened"]);
    assert!(office.told("rita").contains(&"re_review_opened".to_owned()));
    office.run();
    assert_eq!(kinds(&office.world, &id).len(), happened.len(), "once");
}

#[test]
fn a_move_while_it_is_decided_is_news_once_it_has_effect() {
    let mut office = Office::new();
    let works = |office: &Office, unit: &str| {
        let path = format!("/v1/people/{}/unit", office.world.id("ben"));
        office.world.ask("adam", Method::PUT, &path, Some(&json!({ "unit": unit }))).expect(200);
    };
    works(&office, "retail");
    let mut asked = request();
    asked["sponsor"] = json!(office.world.id("ben"));
    let id = submitted(&office.world, asked);
    office.world.command("rosa", &id, "pass", json!({})).expect(200);
    office.world.assess(&id, 1);
    office.world.approve("boris", &id).expect(200);
    office.world.minutes(1);
    works(&office, "treasury");
    office.world.minutes(1);
    office.world.approve("carla", &id).expect(200);
    office.run();
    assert_eq!(office.world.state(&id), "re_review", "Boris did not know");
    let happened = kinds(&office.world, &id);
    assert_eq!(happened[happened.len() - 2..], ["party_moved", "reopened"]);
}

#[test]
fn who_works_elsewhere_takes_what_rests_on_them_into_a_re_review() {
    let mut office = Office::new();
    let (id, other) = (sponsored(&office.world), office.world.active());
    office.world.minutes(5);
    let path = format!("/v1/people/{}/unit", office.world.id("ben"));
    let works = |office: &Office, who: &str, unit: &str| {
        office.world.ask(who, Method::PUT, &path, Some(&json!({ "unit": unit, "region": "eu" })))
    };
    assert_eq!(works(&office, "ben", "retail").status, 403);
    assert_eq!(works(&office, "adam", "retail").expect(200)["details"]["unit"], "retail");
    office.run();
    assert_eq!(office.world.state(&id), "active", "where he works was not known, which is no move");
    assert_eq!(works(&office, "adam", "retail").code(422), "already_there");
    office.world.minutes(1);
    works(&office, "adam", "treasury").expect(200);
    office.run();
    assert_eq!((office.world.state(&id).as_str(), office.world.state(&other).as_str()), ("re_review", "active"));
    let happened = kinds(&office.world, &id);
    assert_eq!(happened[happened.len() - 2..], ["party_moved", "reopened"]);
    assert!(office.told("rita").contains(&"re_review_opened".to_owned()));
    office.run();
    assert_eq!(kinds(&office.world, &id).len(), happened.len(), "once");
}

#[test]
fn a_note_on_what_was_woken_puts_nothing_to_sleep() {
    let mut office = Office::new();
    let mut asked = request();
    asked["sponsor"] = json!(office.world.id("ben"));
    let id = submitted(&office.world, asked);
    office.world.command("rosa", &id, "pass", json!({})).expect(200);
    office.world.assess(&id, 1);
    for who in ["boris", "carla"] {
        office.world.approve(who, &id).expect(200);
    }
    office.world.post("adam", &format!("/v1/people/{}/leave", office.world.id("ben")), json!({})).expect(200);
    office.world.command("carla", &id, "approve", json!({ "dossier": "0".repeat(64) })).expect(409);
    assert_eq!(kinds(&office.world, &id).last().unwrap(), "attempt.refused");
    office.run();
    assert_eq!(office.world.state(&id), "re_review");
}

#[test]
fn a_loop_that_ends_is_told_to_governance() {
    let mut office = Office::new();
    let id = submitted(&office.world, request());
    for _ in 0..5 {
        office.world.command("rosa", &id, "return", json!({ "codes": ["sponsor_not_confirmed"] })).expect(200);
        office.world.command("rita", &id, "submit", json!({})).expect(200);
    }
    let again = office.world.command("rosa", &id, "return", json!({ "codes": ["sponsor_not_confirmed"] }));
    assert_eq!(again.code(409), "limit_reached");
    office.run();
    assert_eq!(kinds(&office.world, &id).iter().filter(|kind| *kind == "limit_reached").count(), 1);
    assert_eq!(office.told("gita").iter().filter(|kind| *kind == "limit_reached").count(), 1);
}

#[test]
fn nothing_has_effect_after_its_end_though_nothing_runs() {
    let world = World::new();
    let body = json!({ "scope": "all", "state": "halted", "reason": "Nothing may run." });
    world.ask("gita", Method::PUT, "/v1/automation", Some(&body)).expect(200);
    let mut seed: u64 = 20_260_302;
    let mut drawn = |most: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % most
    };
    let mut ends: Vec<(DateTime<Utc>, String)> = Vec::new();
    for _ in 0..8 {
        let mut asked = request();
        asked["duration_days"] = json!(1 + drawn(160));
        let id = submitted(&world, asked);
        world.command("rosa", &id, "pass", json!({})).expect(200);
        world.assess(&id, 1);
        world.approve("boris", &id).expect(200);
        let active = world.approve("carla", &id).expect(200);
        ends.push((active["effective_until"].as_str().unwrap().parse().unwrap(), id));
        world.minutes(i64::try_from(drawn(90)).unwrap());
    }
    ends.sort();
    let effective = |id: &str| {
        let found = world.get("gita", &format!("/v1/exceptions/{id}")).expect(200);
        assert_eq!(found["state"], "active", "nothing ran");
        found["effective"].as_bool().unwrap()
    };
    for (end, id) in &ends {
        if *end - Duration::minutes(1) > world.now() {
            world.hours(0);
            world.minutes((*end - world.now()).num_minutes() - 1);
            assert!(effective(id), "{id} before {end}");
        }
        world.clock.set(*end);
        assert!(!effective(id), "{id} at {end}");
    }
}
