//! Out of office, as people notice it: over REST, by letters, in the record and on the pages.

use actix_web::http::Method;
use serde_json::{Value, json};

use crate::{
    letters::Office,
    pages::walk::Walker,
    world::{Reply, World, request},
};

fn kinds(world: &World, id: &str) -> Vec<String> {
    let timeline = world.get("gita", &format!("/v1/exceptions/{id}/timeline?limit=200")).expect(200);
    timeline["items"].as_array().unwrap().iter().map(|event| event["kind"].as_str().unwrap().to_owned()).collect()
}

fn submitted(world: &World) -> String {
    let id = world.post("rita", "/v1/exceptions", request()).expect(201)["id"].as_str().unwrap().to_owned();
    world.command("rita", &id, "submit", json!({})).expect(200);
    id
}

fn away(world: &World, who: &str, body: &Value) -> Reply {
    world.ask(who, Method::PUT, "/v1/me/absence", Some(body))
}

/// The clock looks, a minute later.
fn looks(office: &mut Office) {
    office.world.minutes(1);
    office.run();
}

fn in_days(world: &World, days: i64) -> String {
    (world.now() + chrono::Duration::days(days)).to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
}

fn task(world: &World, id: &str, key: &str) -> Value {
    let tasks = world.get("gita", &format!("/v1/exceptions/{id}/tasks")).expect(200);
    tasks["items"].as_array().unwrap().iter().find(|task| task["key"] == key).unwrap().clone()
}

/// A second reviewer.
fn reviews_too(world: &World, who: &str) {
    let body = json!({ "role": "completeness_reviewer", "domain": "/" });
    world.post("adam", &format!("/v1/people/{}/roles", world.id(who)), body).expect(201);
}

#[test]
fn work_of_somebody_who_is_away_goes_to_those_who_are_there_and_comes_back_with_them() {
    let mut office = Office::new();
    reviews_too(&office.world, "theo");
    let id = submitted(&office.world);
    let review = task(&office.world, &id, "review")["id"].as_str().unwrap().to_owned();
    office.world.post("rosa", &format!("/v1/tasks/{review}/claim"), json!({})).expect(200);
    let (ends, theo) = (in_days(&office.world, 7), office.world.id("theo"));
    let said = away(&office.world, "rosa", &json!({ "ends": ends, "stand_in": theo })).expect(200);
    assert_eq!((&said["ends"], &said["stand_in"]), (&json!(ends), &json!(theo)));
    looks(&mut office);
    assert_eq!(task(&office.world, &id, "review")["assignee"], Value::Null);
    assert_eq!(kinds(&office.world, &id).last().unwrap(), "assigned");
    assert!(office.told("theo").contains(&"task_assigned".to_owned()));
    let known = office.told("rosa").len();
    let other = submitted(&office.world);
    looks(&mut office);
    assert_eq!(office.told("rosa").len(), known, "whoever is there is told of new work");
    assert_eq!(office.told("theo").iter().filter(|kind| *kind == "task_assigned").count(), 2 + 1);
    assert_eq!(kinds(&office.world, &other), ["drafted", "submitted"], "it is covered");
    let shown = office.world.get("rita", &format!("/v1/people/{}", office.world.id("rosa"))).expect(200);
    assert_eq!(shown["absence"]["ends"], json!(ends), "everybody sees whom to turn to");
    office.world.command("rosa", &id, "pass", json!({})).expect(200);
    office.world.days(7);
    looks(&mut office);
    let shown = office.world.get("rita", &format!("/v1/people/{}", office.world.id("rosa"))).expect(200);
    assert_eq!(shown["absence"], Value::Null);
    let happened = office.world.roster_kinds();
    assert_eq!(happened[happened.len() - 2..], ["absence_set", "absence_ended"]);
}

#[test]
fn what_nobody_else_may_do_is_governances_to_cover() {
    let mut office = Office::new();
    let id = submitted(&office.world);
    let (starts, ends) = (in_days(&office.world, 1), in_days(&office.world, 9));
    away(&office.world, "rosa", &json!({ "starts": starts, "ends": ends })).expect(200);
    looks(&mut office);
    assert_eq!(kinds(&office.world, &id), ["drafted", "submitted"], "she has not gone yet");
    office.world.days(1);
    looks(&mut office);
    looks(&mut office);
    assert_eq!(kinds(&office.world, &id).last().unwrap(), "uncovered");
    assert_eq!(office.world.roster_kinds().last().unwrap(), "absence_began");
    assert_eq!(task(&office.world, &id, "cover")["work"], "find_cover");
    assert!(office.told("gita").contains(&"task_assigned".to_owned()));
    let other = submitted(&office.world);
    looks(&mut office);
    assert_eq!(kinds(&office.world, &other).last().unwrap(), "uncovered", "work that comes meanwhile, too");
    reviews_too(&office.world, "theo");
    looks(&mut office);
    for id in [&id, &other] {
        assert_eq!(kinds(&office.world, id).last().unwrap(), "covered");
        assert!(!office.world.open(id).contains(&"cover".to_owned()));
    }
}

#[test]
fn what_is_stopped_sees_no_absence_begin_and_loses_none() {
    let mut office = Office::new();
    let id = submitted(&office.world);
    let switch = |office: &Office, state: &str| {
        let body = json!({ "scope": "all", "state": state, "reason": "Maintenance." });
        office.world.ask("gita", Method::PUT, "/v1/automation", Some(&body))
    };
    away(&office.world, "rosa", &json!({ "starts": in_days(&office.world, 1), "ends": in_days(&office.world, 9) }))
        .expect(200);
    switch(&office, "halted").expect(200);
    office.world.days(1);
    looks(&mut office);
    assert_eq!(kinds(&office.world, &id), ["drafted", "submitted"]);
    assert_ne!(office.world.roster_kinds().last().unwrap(), "absence_began");
    let change = switch(&office, "running").expect(202);
    let path = format!("/v1/changes/{}/confirm", change["id"].as_str().unwrap());
    office.world.post("gustav", &path, json!({ "hash": change["hash"] })).expect(200);
    looks(&mut office);
    looks(&mut office);
    assert_eq!(kinds(&office.world, &id).last().unwrap(), "uncovered");
}

#[test]
fn an_absence_is_ones_own_to_say_and_an_administrators() {
    let world = World::new();
    let (ends, rosa) = (in_days(&world, 7), format!("/v1/people/{}/absence", world.id("rosa")));
    let body = json!({ "ends": ends });
    assert_eq!(world.ask("rita", Method::PUT, &rosa, Some(&body)).status, 403);
    world.ask("adam", Method::PUT, &rosa, Some(&body)).expect(200);
    assert_eq!(world.ask("rita", Method::DELETE, &rosa, None).status, 403);
    world.ask("rosa", Method::DELETE, "/v1/me/absence", None).expect(204);
    assert_eq!(world.ask("rosa", Method::DELETE, "/v1/me/absence", None).code(422), "not_away");
    for (body, code) in [
        (json!({ "ends": in_days(&world, -1) }), "ends_before_start"),
        (json!({ "starts": in_days(&world, -1), "ends": ends }), "back_dated"),
        (json!({ "ends": in_days(&world, 400) }), "absence_too_long"),
        (json!({ "ends": ends, "stand_in": world.id("rosa") }), "stands_in_for_themself"),
        (json!({ "ends": ends, "stand_in": "01977d3c-7a10-7000-8000-0000000000ff" }), "unknown_person"),
    ] {
        let refused = away(&world, "rosa", &body).expect(422);
        let told = refused["errors"][0]["code"].as_str().or(refused["code"].as_str()).unwrap_or_default();
        assert_eq!(told, code, "{refused}");
    }
    let nobody = "/v1/people/01977d3c-7a10-7000-8000-0000000000ff/absence";
    assert_eq!(world.ask("adam", Method::PUT, nobody, Some(&body)).status, 404);
}

#[test]
fn the_page_says_it_in_days_and_the_desk_reminds_of_it() {
    let world = World::new();
    let mut rosa = Walker::signed_in(&world, "rosa");
    assert!(rosa.get("/desk").text.contains("href=\"/absence\""));
    let form = rosa.get("/absence");
    assert!(form.text.contains("First day back"), "{}", form.text);
    let wrong = rosa.send("/absence", &form, &[("ends-day", "31"), ("ends-month", "2"), ("ends-year", "2026")]);
    assert_eq!(wrong.status, 422, "{}", wrong.text);
    let form = rosa.get("/absence");
    let (day, theo) = (world.now() + chrono::Duration::days(9), world.id("theo"));
    let (date, month, year) =
        (day.format("%d").to_string(), day.format("%m").to_string(), day.format("%Y").to_string());
    let typed = [("ends-day", &*date), ("ends-month", &*month), ("ends-year", &*year), ("stand_in", &*theo)];
    for _ in 0..2 {
        assert_eq!(rosa.send("/absence", &form, &typed).status, 303, "sent twice it is said once");
    }
    assert_eq!(world.roster_kinds().iter().filter(|kind| *kind == "absence_set").count(), 1);
    assert!(rosa.get("/absence").text.contains("Meanwhile people turn to Theo Trader"));
    assert!(rosa.get("/desk").text.contains("You are away from"));
    let form = rosa.get("/absence");
    assert_eq!(rosa.send("/absence/end", &form, &[]).status, 303);
    assert!(!rosa.get("/desk").text.contains("You are away from"));
}
