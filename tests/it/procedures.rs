//! The shipped procedures of supervised industries: each takes one exception from draft to effect, asks for
//! its own fields, and says what is wrong with them.

use std::collections::BTreeMap;

use proviso::{
    desk::Asked,
    domain::{
        person::{By, Door},
        roster::{RosterAction, RosterCommand},
    },
    sop::Sop,
    store::roster::Secrets,
    words::{ChangeId, Hash},
};
use serde_json::{Value, json};

use crate::world::{World, request};

/// Publishes a procedure with texts of its canonical form replaced: one proposes it, another confirms.
pub fn publish(world: &World, of: &str, changes: &[(&str, &str)]) {
    let desk = world.app.desk();
    let mut text = desk.laws().sops.newest(of).unwrap().canonical().unwrap();
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    let sop = Sop::load(&text, &BTreeMap::new()).unwrap();
    let text = sop.canonical().unwrap();
    let action = RosterAction::PublishSop { sop: sop.reference(), text_hash: Hash::of(text.as_bytes()) };
    let secrets = Secrets { document: Some(text), ..Secrets::default() };
    let by = |who: &str| By::Person { id: world.id(who).parse().unwrap(), door: Door::Session(world.now()) };
    let change = ChangeId(desk.random().uuid_v7(world.now()).unwrap());
    let command = RosterCommand::Act { action: Box::new(action), change };
    let asked = |by, command| Asked { by, key: None, expected: None, command, openings: Vec::new() };
    let proposed = desk.administer(asked(by("gita"), command), secrets.clone()).unwrap().wait().unwrap();
    let waits = proposed.waits.unwrap();
    let confirm = RosterCommand::ConfirmChange { change: waits.id, hash: waits.hash };
    desk.administer(asked(by("gustav"), confirm), secrets).unwrap().wait().unwrap();
}

/// A request under a procedure, with its own fields.
pub fn under(world: &World, sop: &str, extra: Value) -> Value {
    let mut asked = request();
    asked["sop"] = json!(sop);
    asked["extra"] = extra;
    asked["regulations"] = json!(["dora"]);
    asked["sponsor"] = json!(world.id("boris"));
    asked["controls"] =
        json!([{ "text": "A person reads every summary", "owner": world.id("oskar"), "due": "2026-05-01T00:00:00Z" }]);
    asked
}

pub fn bank() -> Value {
    json!({
        "sr_11_7_tier": "tier_3", "model_inventory_id": "MRM-00421", "decision_use": "none",
        "customer_facing": false, "record_retention_years": 7
    })
}

fn hospital() -> Value {
    json!({
        "setting": "research", "phi_deidentified": "no_phi", "irb_number": "IRB-2026-0042",
        "consent": "not_applicable", "study_title": "Summaries of ward rounds"
    })
}

fn draft(world: &World, body: Value) -> String {
    world.post("rita", "/v1/exceptions", body).expect(201)["id"].as_str().unwrap().to_owned()
}

/// The codes and pointers for which a request was returned.
fn returned(answer: &Value) -> Vec<String> {
    let reasons = answer["returned"]["reasons"].as_array().unwrap();
    reasons
        .iter()
        .map(|reason| {
            assert!(reason["remedy"].as_str().is_some_and(|remedy| !remedy.is_empty()), "{reason}");
            format!("{} {}", reason["code"].as_str().unwrap(), reason["pointer"].as_str().unwrap_or_default())
        })
        .collect()
}

/// Ben sits on the ethics board from now on: one proposes it, another confirms.
fn seat_on_the_ethics_board(world: &World, who: &str) {
    let path = format!("/v1/people/{}/roles", world.id(who));
    let change = world.post("adam", &path, json!({ "role": "ethics_board", "domain": "/" })).expect(202);
    let confirm = format!("/v1/changes/{}/confirm", change["id"].as_str().unwrap());
    world.post("gita", &confirm, json!({ "hash": change["hash"] })).expect(200);
}

#[test]
fn all_four_procedures_are_listed() {
    let world = World::new();
    let listed = world.get("rita", "/v1/sops").expect(200);
    let names: Vec<&str> = listed["items"].as_array().unwrap().iter().map(|sop| sop["id"].as_str().unwrap()).collect();
    assert_eq!(names, ["financial-services", "healthcare-research", "lightweight", "standard"]);
    let read = world.get("rita", "/v1/sops/healthcare-research/versions/1").expect(200);
    assert!(read["document"]["steps"]["submission"]["extra"]["properties"]["irb_number"].is_object());
}

#[test]
fn a_bank_takes_an_exception_from_draft_to_effect() {
    let world = World::new();
    let id = draft(&world, under(&world, "financial-services", bank()));
    world.to_decision(&id, 1);
    let found = world.get("gita", &format!("/v1/exceptions/{id}")).expect(200);
    assert_eq!((&found["sop"]["id"], &found["tier"]), (&json!("financial-services"), &json!("low")));
    assert_eq!(found["request"]["extra"]["model_inventory_id"], "MRM-00421");
    let dossier = world.get("boris", &format!("/v1/exceptions/{id}/dossier")).expect(200);
    let sealed = &dossier["content"]["request"]["extra"]["model_inventory_id"]["text"];
    assert_eq!(dossier["texts"][sealed["c"].as_str().unwrap()], "MRM-00421", "{dossier}");
    assert_eq!(dossier["content"]["request"]["extra"]["sr_11_7_tier"], json!({ "code": "tier_3" }));
    world.approve("lena", &id).expect(200);
    assert_eq!(world.approve("carla", &id).expect(200)["state"], "decision", "the business line has not decided");
    assert_eq!(world.approve("boris", &id).expect(200)["state"], "active");
}

#[test]
fn a_hospital_decides_with_its_ethics_board() {
    let world = World::new();
    let id = draft(&world, under(&world, "healthcare-research", hospital()));
    let refused = world.command("rita", &id, "submit", json!({})).expect(422);
    assert_eq!(refused["code"], "quorum_infeasible");
    assert!(refused["detail"].as_str().unwrap().contains("ethics_board"), "{refused}");
    seat_on_the_ethics_board(&world, "ben");
    world.command("rita", &id, "submit", json!({})).expect(200);
    world.command("rosa", &id, "pass", json!({})).expect(200);
    assert!(world.open(&id).contains(&"assess:ethics".to_owned()), "ethics is looked at whatever the data");
    world.assess(&id, 1);
    world.approve("boris", &id).expect(200);
    assert_eq!(world.approve("carla", &id).expect(200)["state"], "decision", "two people, and not the board");
    assert_eq!(world.approve("ben", &id).expect(200)["state"], "active");
}

#[test]
fn own_fields_are_judged_where_they_are_written() {
    let world = World::new();
    for (extra, told) in [
        (json!({ "sr_11_7_tier": "tier_9" }), "invalid_value /extra/sr_11_7_tier"),
        (json!({ "model_inventory_id": "421" }), "invalid_value /extra/model_inventory_id"),
        (json!({ "record_retention_years": 99 }), "invalid_value /extra/record_retention_years"),
        (json!({ "record_retention_years": "7" }), "invalid_value /extra/record_retention_years"),
        (json!({ "irb_number": "IRB-2026-0042" }), "unknown_field /extra/irb_number"),
    ] {
        let reply =
            world.post("rita", "/v1/exceptions", under(&world, "financial-services", extra.clone())).expect(422);
        let error = &reply["errors"][0];
        let found = format!("{} {}", error["code"].as_str().unwrap(), error["pointer"].as_str().unwrap());
        assert_eq!(found, told, "{extra}: {reply}");
        assert!(!reply.to_string().contains("tier_9"), "what was sent is not repeated");
    }
    let mut plain = request();
    plain["extra"] = json!({ "colour": "red" });
    let reply = world.post("rita", "/v1/exceptions", plain).expect(422);
    assert_eq!(reply["errors"][0]["pointer"], "/extra", "the standard procedure has none: {reply}");
    let id = draft(&world, under(&world, "financial-services", bank()));
    let amended = world.patch("rita", &id, json!({ "extra": { "model_inventory_id": "x" } })).expect(422);
    assert_eq!(amended["errors"][0]["pointer"], "/extra/model_inventory_id");
    assert!(amended["errors"][0]["detail"].as_str().unwrap().contains("MRM-00421"), "the remedy shows the form");
}

#[test]
fn what_the_own_fields_lack_is_told_at_submission() {
    let world = World::new();
    let id = draft(&world, under(&world, "financial-services", json!({ "sr_11_7_tier": "tier_1" })));
    let answer = world.command("rita", &id, "submit", json!({})).expect(200);
    assert_eq!(answer["state"], "returned");
    assert_eq!(
        returned(&answer),
        [
            "field_missing /extra/decision_use",
            "field_missing /extra/customer_facing",
            "field_missing /extra/record_retention_years",
            "model_not_inventoried /extra/model_inventory_id"
        ]
    );
    world.patch("rita", &id, json!({ "extra": bank() })).expect(200);
    assert_eq!(world.command("rita", &id, "submit", json!({})).expect(200)["state"], "completeness_review");
}

#[test]
fn a_draft_is_judged_by_the_fields_of_the_version_it_is_submitted_under() {
    let world = World::new();
    let id = draft(&world, under(&world, "financial-services", bank()));
    let shorter = [("\"version\":1}", "\"version\":2}"), ("\"maximum\":15", "\"maximum\":6")];
    publish(&world, "financial-services", &shorter);
    let answer = world.command("rita", &id, "submit", json!({})).expect(200);
    assert_eq!(returned(&answer), ["field_invalid /extra/record_retention_years"]);
    assert_eq!(answer["sop"]["version"], 2);
    let refused = world.patch("rita", &id, json!({ "extra": { "record_retention_years": 7 } })).expect(422);
    assert_eq!(refused["errors"][0]["pointer"], "/extra/record_retention_years");
    world.patch("rita", &id, json!({ "extra": { "record_retention_years": 6 } })).expect(200);
    assert_eq!(world.command("rita", &id, "submit", json!({})).expect(200)["state"], "completeness_review");
}

#[test]
fn gates_of_the_hospital_speak_of_its_own_fields() {
    let world = World::new();
    seat_on_the_ethics_board(&world, "ben");
    let mut asked = under(&world, "healthcare-research", hospital());
    asked["scope"]["data_classes"] = json!(["internal", "health"]);
    asked["extra"]["irb_number"] = Value::Null;
    asked["extra"].as_object_mut().unwrap().remove("irb_number");
    let id = draft(&world, asked);
    let answer = world.command("rita", &id, "submit", json!({})).expect(200);
    assert_eq!(
        returned(&answer),
        ["protocol_missing /extra/irb_number", "health_data_undeclared /extra/phi_deidentified"]
    );
    let mended = json!({ "extra": { "irb_number": "IRB-2026-0042", "phi_deidentified": "limited_data_set" } });
    world.patch("rita", &id, mended).expect(200);
    let answer = world.command("rita", &id, "submit", json!({})).expect(200);
    assert_eq!(returned(&answer), ["data_use_agreement_missing /extra/data_use_agreement"]);
    world.patch("rita", &id, json!({ "extra": { "data_use_agreement": true } })).expect(200);
    assert_eq!(world.command("rita", &id, "submit", json!({})).expect(200)["state"], "completeness_review");
}

#[test]
fn an_unknown_procedure_is_named_with_those_there_are() {
    let world = World::new();
    let reply = world.post("rita", "/v1/exceptions", json!({ "sop": "no-such-procedure" })).expect(422);
    assert_eq!(reply["errors"][0]["pointer"], "/sop");
    let detail = reply["detail"].as_str().unwrap();
    assert!(detail.contains("`no-such-procedure`") && detail.contains("healthcare-research"), "{detail}");
    let id = draft(&world, under(&world, "financial-services", bank()));
    let moved = world.patch("rita", &id, json!({ "sop": "standard" }));
    assert_eq!(moved.expect(422)["errors"][0]["pointer"], "/sop", "a draft stays with its procedure");
}
