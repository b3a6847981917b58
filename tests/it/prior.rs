//! What was asked for before: what a gate reads of it, and what those who judge are shown. And the automation.

use serde_json::{Value, json};

use crate::world::{World, request};

fn file(world: &World, who: &str, change: &[(&str, Value)]) -> String {
    let mut asked = request();
    for (pointer, value) in change {
        *asked.pointer_mut(pointer).unwrap() = value.clone();
    }
    world.post(who, "/v1/exceptions", asked).expect(201)["id"].as_str().unwrap().to_owned()
}

fn rejected(world: &World) -> String {
    let id = world.decided_on(1);
    let dossier = world.dossier(&id);
    world.command("carla", &id, "reject", json!({ "dossier": dossier, "reason": "The vendor trains." })).expect(200);
    id
}

fn prior(world: &World, who: &str, id: &str) -> Vec<Value> {
    world.get(who, &format!("/v1/exceptions/{id}/prior")).expect(200)["items"].as_array().unwrap().clone()
}

#[test]
fn reviewers_are_shown_what_resembles_a_request_and_why() {
    let world = World::new();
    let old = rejected(&world);
    let elsewhere =
        file(&world, "ben", &[("/scope/business_unit", json!("retail")), ("/scope/systems/0/name", json!("Other"))]);
    world.command("ben", &elsewhere, "submit", json!({})).expect(200);
    let unlike = file(&world, "rita", &[("/clauses", json!(["AIP-1.1"]))]);
    world.command("rita", &unlike, "submit", json!({})).expect(200);
    let id = file(&world, "ben", &[("/scope/systems/0/name", json!("EXAMPLE llm"))]);
    let shown = prior(&world, "rosa", &id);
    let ids: Vec<&Value> = shown.iter().map(|one| &one["id"]).collect();
    assert_eq!(ids, [&json!(old), &json!(elsewhere)], "those most alike first; neither itself nor another clause");
    assert_eq!(shown[0]["outcome"], "rejected");
    assert_eq!(shown[0]["because"], json!(["clause", "system", "kind", "business_unit"]));
    assert_eq!((&shown[0]["tier"], &shown[0]["title"]["text"]), (&json!("low"), &request()["title"]));
    assert_eq!(shown[1]["because"], json!(["clause", "kind", "requester"]));
    assert_eq!((&shown[1]["outcome"], &shown[1]["clauses"]), (&json!("open"), &json!(["AIP-2.1"])));
    let own: Vec<Value> = prior(&world, "ben", &id).iter().map(|one| one["id"].clone()).collect();
    assert_eq!(own, [json!(elsewhere)], "Ben sees his own and nobody else's");
    assert_eq!(world.get("rita", &format!("/v1/exceptions/{id}/prior")).status, 404);
}

#[test]
fn confidential_ones_are_shown_to_those_alone_who_see_them() {
    let world = World::new();
    let mut secret = request();
    secret["confidential"] = json!(true);
    let hidden = world.post("rita", "/v1/exceptions", secret).expect(201)["id"].as_str().unwrap().to_owned();
    world.command("rita", &hidden, "submit", json!({})).expect(200);
    let id = file(&world, "ben", &[]);
    assert!(prior(&world, "rosa", &id).is_empty());
    assert_eq!(prior(&world, "gita", &id).len(), 1);
}

#[test]
fn no_more_than_twenty_are_listed() {
    let world = World::new();
    for _ in 0..22 {
        let id = world.file();
        world.command("rita", &id, "withdraw", json!({})).expect(200);
    }
    let id = world.file();
    let shown = prior(&world, "gita", &id);
    assert_eq!(shown.len(), 20);
    assert!(shown.iter().all(|one| one["outcome"] == "withdrawn"));
}

#[test]
fn gates_read_what_the_requester_and_the_business_unit_asked_before() {
    let world = World::new();
    rejected(&world);
    let again = world.file();
    let returned = world.command("rita", &again, "submit", json!({})).expect(200);
    assert_eq!(returned["returned"]["reasons"][0]["code"], "rejected_before");
    let other = file(&world, "ben", &[]);
    let submitted = world.command("ben", &other, "submit", json!({})).expect(200);
    assert_eq!(submitted["state"], "completeness_review", "the standard procedure looks at the requester's own");
    let mut bank = request();
    bank["sop"] = json!("financial-services");
    bank["extra"] = json!({
        "sr_11_7_tier": "not_a_model", "decision_use": "none", "customer_facing": false, "record_retention_years": 7
    });
    let id = world.post("ben", "/v1/exceptions", bank).expect(201)["id"].as_str().unwrap().to_owned();
    let returned = world.command("ben", &id, "submit", json!({})).expect(200);
    let reasons = returned["returned"]["reasons"].as_array().unwrap();
    assert_eq!(reasons.len(), 1, "{returned}");
    assert_eq!((&reasons[0]["code"], &reasons[0]["gate"]), (&json!("rejected_before"), &json!("1.23")));
    world.command("gita", &id, "waive-gate", json!({ "gate": "1.23", "reason": "Another vendor by now." })).expect(200);
    assert_eq!(world.command("ben", &id, "submit", json!({})).expect(200)["state"], "completeness_review");
}

#[test]
fn the_automation_is_read_by_those_who_watch_over_it() {
    let world = World::new();
    let mut jobs = world.app.jobs().unwrap();
    let read = |who: &str| world.get(who, "/v1/automation").expect(200);
    let before = read("adam");
    assert_eq!(before["state"], "running");
    let names: Vec<&str> = before["jobs"].as_array().unwrap().iter().map(|job| job["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"settle") && names.contains(&"deliver") && names.contains(&"forget"), "{names:?}");
    assert!(before["jobs"].as_array().unwrap().iter().all(|job| job["last_run_at"].is_null()));
    jobs.run_due(world.now());
    for who in ["adam", "gita", "oskar"] {
        let now = read(who);
        let forget = now["jobs"].as_array().unwrap().iter().find(|job| job["name"] == "forget").unwrap().clone();
        assert_eq!(forget["schedule"], "17 * * * *");
        assert_eq!(forget["last_run_at"], "2026-03-02T09:00:00Z");
        assert_eq!(forget["next_run_at"], "2026-03-02T09:17:00Z");
        assert_eq!(forget["last_run_failed"], false);
    }
    for who in ["rita", "boris", "rosa"] {
        assert_eq!(world.get(who, "/v1/automation").code(403), "forbidden", "{who}");
    }
}
