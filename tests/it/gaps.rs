//! Gates that are waived, and rules that cannot be evaluated: governance's work, never a pass, no dead end.

use serde_json::{Value, json};

use crate::{
    procedures,
    world::{World, request},
};

/// The standard procedure under another name with one expression replaced.
fn publish(world: &World, name: &str, (from, to): (&str, &str)) {
    let renamed = format!("\"id\":\"{name}\"");
    procedures::publish(world, "standard", &[("\"id\":\"standard\"", &renamed), (from, to)]);
}

fn draft(world: &World, sop: &str) -> String {
    let mut asked = request();
    asked["sop"] = json!(sop);
    world.post("rita", "/v1/exceptions", asked).expect(201)["id"].as_str().unwrap().to_owned()
}

fn view(world: &World, id: &str) -> Value {
    world.get("gita", &format!("/v1/exceptions/{id}")).expect(200)
}

/// Passes the lint, and divides by nothing where there is no attachment.
const NOT_EVALUABLE: &str = "10 / request.attachments > 0";

#[test]
fn a_gate_that_cannot_be_evaluated_is_governances_task_with_what_was_looked_at() {
    let world = World::new();
    publish(&world, "gappy", ("request.justification.chars >= 80", NOT_EVALUABLE));
    let id = draft(&world, "gappy");
    let submitted = world.command("rita", &id, "submit", json!({})).expect(200);
    assert_eq!(submitted["state"], "completeness_review");
    let desk = world.get("gita", "/v1/tasks?assignee=me").expect(200);
    let task = &desk["items"][0];
    assert_eq!((&task["work"], &task["key"]), (&json!("settle_gap"), &json!("gap:1.1")));
    assert_eq!(task["gap"]["looked_at"], json!({ "request.attachments": 0 }));
    assert!(task["gap"]["why"].as_str().is_some_and(|why| !why.is_empty()), "{task}");
    assert_eq!(world.command("rosa", &id, "pass", json!({})).code(409), "sop_gap");
    let waive = json!({ "gate": "1.1", "reason": "The justification was read and is sound." });
    assert_eq!(world.command("rosa", &id, "waive-gate", waive.clone()).code(403), "role_missing");
    assert_eq!(world.command("rita", &id, "waive-gate", waive.clone()).code(403), "forbidden");
    let settled = world.command("gita", &id, "waive-gate", waive).expect(200);
    assert_eq!(
        (&settled["gaps"], settled["waived"]["1.1"]["by"].as_str()),
        (&json!([]), Some(world.id("gita").as_str()))
    );
    world.command("rosa", &id, "pass", json!({})).expect(200);
    let timeline = world.get("rita", &format!("/v1/exceptions/{id}/timeline")).expect(200);
    let found = timeline["items"].as_array().unwrap().iter().find(|event| event["kind"] == "gap_found").unwrap();
    assert_eq!(found["citation"]["facts"], json!({ "request.attachments": 0 }));
    assert_eq!(found["citation"]["rule"], "1.1");
}

#[test]
fn a_gap_of_the_review_is_on_the_desk_before_anybody_passes() {
    let world = World::new();
    publish(&world, "gappy", ("!request.permanent || request.permanent_reason.chars >= 80", NOT_EVALUABLE));
    let id = draft(&world, "gappy");
    world.command("rita", &id, "submit", json!({})).expect(200);
    assert!(world.open(&id).contains(&"gap:2.1".to_owned()));
    assert_eq!(world.command("rosa", &id, "pass", json!({})).code(409), "sop_gap");
    world.command("gita", &id, "waive-gate", json!({ "gate": "2.1", "reason": "It ends." })).expect(200);
    assert_eq!(world.command("rosa", &id, "pass", json!({})).expect(200)["state"], "assessment");
}

#[test]
fn where_the_scoring_has_a_gap_governance_names_the_tier() {
    let world = World::new();
    publish(&world, "gappy", ("scores.max >= 80", NOT_EVALUABLE));
    let id = draft(&world, "gappy");
    world.command("rita", &id, "submit", json!({})).expect(200);
    world.command("rosa", &id, "pass", json!({})).expect(200);
    world.assess(&id, 1);
    assert_eq!(view(&world, &id)["state"], "assessment");
    let gaps = view(&world, &id)["gaps"].clone();
    assert_eq!((&gaps[0]["rule"], &gaps[0]["looked_at"]), (&json!("3.1"), &json!({ "request.attachments": 0 })));
    let waive = |tier: Value| json!({ "gate": "3.1", "tier": tier, "reason": "As the last one." });
    assert_eq!(world.command("gita", &id, "waive-gate", waive(Value::Null)).code(422), "tier_required");
    assert_eq!(world.command("gita", &id, "waive-gate", waive(json!("low"))).expect(200)["state"], "decision");
    world.approve("boris", &id).expect(200);
    assert_eq!(world.approve("carla", &id).expect(200)["state"], "active");
}

#[test]
fn a_failed_gate_is_waived_by_the_role_it_names_and_shown_in_the_dossier() {
    let world = World::new();
    let mut short = request();
    short["alternatives"] = json!("None.");
    let id = world.post("rita", "/v1/exceptions", short).expect(201)["id"].as_str().unwrap().to_owned();
    let returned = world.command("rita", &id, "submit", json!({})).expect(200);
    assert_eq!(returned["returned"]["reasons"][0]["gate"], "1.2");
    let waive = |gate: &str| json!({ "gate": gate, "reason": "A pilot of one week with two people." });
    assert_eq!(world.command("carla", &id, "waive-gate", waive("1.2")).code(403), "role_missing");
    assert_eq!(world.command("gita", &id, "waive-gate", waive("1.3")).code(422), "not_waivable", "it holds");
    assert_eq!(world.command("gita", &id, "waive-gate", waive("9.9")).code(422), "not_waivable");
    assert_eq!(
        world.command("gita", &id, "waive-gate", json!({ "gate": "1.2" })).expect(422)["errors"][0]["pointer"],
        "/reason"
    );
    world.command("gita", &id, "waive-gate", waive("1.2")).expect(200);
    world.to_decision(&id, 1);
    let dossier = world.get("boris", &format!("/v1/exceptions/{id}/dossier")).expect(200);
    let reason = dossier["content"]["waived"]["1.2"]["reason"]["c"].as_str().unwrap();
    assert_eq!(dossier["texts"][reason], "A pilot of one week with two people.");
    world.approve("boris", &id).expect(200);
    assert_eq!(world.approve("carla", &id).expect(200)["state"], "active");
}
