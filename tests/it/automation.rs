//! What runs by itself, as those see it who watch over it: stopped by one, released by two, and nothing lost.

use actix_web::http::Method;
use proviso::jobs::Jobs;
use serde_json::{Value, json};

use crate::world::{Reply, World};

fn switch(world: &World, who: &str, scope: &str, state: &str) -> Reply {
    let body = json!({ "scope": scope, "state": state, "reason": "It does what it should not." });
    world.ask(who, Method::PUT, "/v1/automation", Some(&body))
}

/// Proposed by one and confirmed by another.
pub fn release(world: &World, scope: &str) {
    let change = switch(world, "gita", scope, "running").expect(202);
    let path = format!("/v1/changes/{}/confirm", change["id"].as_str().unwrap());
    let body = json!({ "hash": change["hash"] });
    assert_eq!(world.post("gita", &path, body.clone()).code(403), "forbidden", "not by who proposed it");
    world.post("gustav", &path, body).expect(200);
}

fn run(jobs: &mut Jobs, world: &World) -> usize {
    jobs.run_due(world.now())
}

fn job(world: &World, name: &str) -> Value {
    world.get("gita", &format!("/v1/jobs/{name}")).expect(200)
}

#[test]
fn stopped_by_one_and_released_by_two_and_what_was_due_is_done_once() {
    let world = World::new();
    let mut jobs = world.app.jobs().unwrap();
    let id = world.active();
    world.days(91);
    let halted = switch(&world, "adam", "all", "halted").expect(200);
    assert_eq!((&halted["state"], &halted["halts"][0]["scope"]), (&json!("halted"), &json!("all")));
    assert_eq!(halted["halts"][0]["reason"], "It does what it should not.");
    assert_eq!(run(&mut jobs, &world), 0);
    assert_eq!(world.state(&id), "active", "the clock does nothing");
    let view = world.get("rita", &format!("/v1/exceptions/{id}")).expect(200);
    assert_eq!(view["effective"], false, "and its time is over all the same");
    let other = world.decided_on(1);
    assert_eq!(world.approve("boris", &other).expect(200)["state"], "decision", "people go on");
    assert_eq!(switch(&world, "adam", "all", "halted").code(422), "already_halted");

    let preview = world.get("gita", "/v1/automation/preview").expect(200);
    let settle = &preview["jobs"][0];
    assert_eq!((&settle["name"], &settle["state"], &settle["due"]), (&json!("settle"), &json!("halted"), &json!(2)));
    assert_eq!((&settle["first"][1]["number"], &settle["first"][1]["events"]), (&json!("EX-2026-000002"), &json!([])));
    assert_eq!((&settle["first"][0]["from"], &settle["first"][0]["to"]), (&json!("active"), &json!("expired")));
    assert_eq!(settle["first"][0]["events"][0]["kind"], "expired");
    assert_eq!(world.state(&id), "active", "looking does nothing");

    release(&world, "all");
    assert!(run(&mut jobs, &world) > 0);
    assert_eq!(world.state(&id), "expired");
    assert_eq!(run(&mut jobs, &world), 0, "once");
    let kinds = world.roster_kinds();
    let told: Vec<&str> = kinds.iter().map(String::as_str).filter(|kind| kind.starts_with("automation_")).collect();
    assert_eq!(told, ["automation_halted", "automation_released"]);
    assert_eq!(switch(&world, "gita", "all", "running").code(422), "not_halted");
}

#[test]
fn mail_that_is_stopped_waits_and_leaves_once() {
    let world = World::new();
    let mut jobs = world.app.jobs().unwrap();
    switch(&world, "gita", "channel:mail", "halted").expect(200);
    let id = world.file();
    world.command("rita", &id, "submit", json!({})).expect(200);
    let waiting = || world.get("adam", "/v1/outbox?state=waiting").expect(200)["items"].as_array().unwrap().len();
    let before = waiting();
    assert!(before > 0);
    assert_eq!(run(&mut jobs, &world), 0);
    assert_eq!(waiting(), before);
    let preview = world.get("adam", "/v1/automation/preview").expect(200);
    let deliver = preview["jobs"].as_array().unwrap().iter().find(|job| job["name"] == "deliver").unwrap().clone();
    assert_eq!((&deliver["state"], &deliver["due"]), (&json!("halted"), &json!(before)));
    release(&world, "channel:mail");
    assert_eq!(run(&mut jobs, &world), before);
    assert_eq!((waiting(), run(&mut jobs, &world)), (0, 0));
}

#[test]
fn one_job_is_paused_run_by_hand_and_resumed() {
    let world = World::new();
    let mut jobs = world.app.jobs().unwrap();
    run(&mut jobs, &world);
    let first = job(&world, "forget");
    assert_eq!((&first["runs"][0]["cause"], &first["runs"][0]["outcome"]), (&json!("schedule"), &json!("done")));
    assert_eq!(first["runs"][0]["tick"], "2026-03-02T08:17:00Z");
    world.minutes(1);
    let asked = world.post("adam", "/v1/jobs/forget/run", json!({})).expect(202);
    assert_eq!((&asked["cause"], &asked["outcome"]), (&json!("hand"), &Value::Null));
    world.post("adam", "/v1/jobs/forget/pause", json!({ "reason": "First we look." })).expect(200);
    run(&mut jobs, &world);
    assert_eq!(job(&world, "forget")["runs"][0]["attempts"], 0, "a paused job does not begin");
    assert_eq!(job(&world, "forget")["job"]["state"], "halted");
    let change = world.post("adam", "/v1/jobs/forget/resume", json!({})).expect(202);
    let path = format!("/v1/changes/{}/confirm", change["id"].as_str().unwrap());
    world.post("gita", &path, json!({ "hash": change["hash"] })).expect(200);
    run(&mut jobs, &world);
    let runs = job(&world, "forget")["runs"].clone();
    assert_eq!(runs.as_array().unwrap().len(), 2);
    assert_eq!(
        (&runs[0]["cause"], &runs[0]["attempts"], &runs[0]["outcome"]),
        (&json!("hand"), &json!(1), &json!("done"))
    );
    world.hours(5);
    run(&mut jobs, &world);
    let runs = job(&world, "forget")["runs"].clone();
    assert_eq!(runs.as_array().unwrap().len(), 3, "five ticks were missed: one run catches up");
    assert_eq!(runs[0]["tick"], "2026-03-02T13:17:00Z");
}

#[test]
fn who_may_not_and_what_is_not_there() {
    let world = World::new();
    let _jobs = world.app.jobs().unwrap();
    for who in ["rita", "boris", "oskar"] {
        assert_eq!(switch(&world, who, "all", "halted").code(403), "forbidden", "{who}");
        assert_eq!(world.post(who, "/v1/jobs/forget/run", json!({})).status, 403, "{who}");
    }
    assert_eq!(switch(&world, "gita", "job:dance", "halted").code(422), "unknown_job");
    assert_eq!(switch(&world, "gita", "everything", "halted").status, 422);
    let silent = world.ask("gita", Method::PUT, "/v1/automation", Some(&json!({ "scope": "all", "state": "halted" })));
    assert_eq!(silent.code(422), "reason_required");
    assert_eq!(world.post("adam", "/v1/jobs/deliver/run", json!({})).code(422), "always_running");
    assert_eq!(world.get("gita", "/v1/jobs/dance").code(404), "not_found");
    assert_eq!(world.get("rita", "/v1/automation/preview").code(403), "forbidden");
}

#[test]
fn who_keeps_time_is_told() {
    let world = World::new();
    let ready = || world.get("adam", "/readyz").expect(200)["database"]["scheduler"].clone();
    assert_eq!(ready(), json!({ "held": false, "until": null }));
    world.app.jobs().unwrap().run_due(world.now());
    assert_eq!(ready(), json!({ "held": true, "until": "2026-03-02T09:00:10Z" }));
    assert_eq!(world.get("adam", "/v1/automation").expect(200)["kept_until"], "2026-03-02T09:00:10Z");
}
