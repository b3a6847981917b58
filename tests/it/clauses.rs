//! Clauses that a reviewer or an assessor adds: whoever left them out, they count.

use proviso::{jobs::Jobs, store::mailbox::mailbox};
use serde_json::{Value, json};

use crate::world::{World, request};

fn view(world: &World, id: &str) -> Value {
    world.get("gita", &format!("/v1/exceptions/{id}")).expect(200)
}

fn add(clause: &str) -> Value {
    json!({ "clauses": [clause], "reason": "The vendor keeps the prompts for a month." })
}

fn kinds(world: &World, id: &str) -> Vec<String> {
    let timeline = world.get("gita", &format!("/v1/exceptions/{id}/timeline?limit=200")).expect(200);
    timeline["items"].as_array().unwrap().iter().map(|event| event["kind"].as_str().unwrap().to_owned()).collect()
}

fn letters(world: &World, who: &str) -> Vec<String> {
    let mut jobs: Jobs = world.app.jobs().unwrap();
    jobs.run_due(world.now());
    let person = world.id(who).parse().unwrap();
    let found = world.read(|conn| mailbox(conn, person, None, 100).unwrap());
    found.iter().map(|letter| letter.kind.to_string()).collect()
}

#[test]
fn a_clause_that_is_added_changes_what_is_decided_on_and_stays() {
    let world = World::new();
    let id = world.decided_on(1);
    let before = world.dossier(&id);
    assert!(letters(&world, "boris").contains(&"decision_wanted".to_owned()));
    world.approve("boris", &id).expect(200);
    for outsider in ["rita", "boris", "gita", "adam"] {
        assert_eq!(world.command(outsider, &id, "add-clauses", add("AIP-3.1")).code(403), "forbidden", "{outsider}");
    }
    let added = world.command("priya", &id, "add-clauses", add("AIP-3.1")).expect(200);
    assert_eq!((&added["state"], &added["added_clauses"]), (&json!("decision"), &json!(["AIP-3.1"])));
    assert_eq!(added["request"]["clauses"], json!(["AIP-2.1", "AIP-3.1"]));
    assert_eq!(added["round"]["approvals"], json!([]), "what was approved is another dossier");
    assert_ne!(world.dossier(&id), before);
    let late = world.command("carla", &id, "approve", json!({ "dossier": before })).expect(409);
    assert_eq!((&late["code"], &late["errors"][0]["pointer"]), (&json!("dossier_changed"), &json!("/dossier")));
    assert_eq!(late["current_dossier"], json!(world.dossier(&id)));
    assert_eq!(
        late["changes"],
        json!([{ "pointer": "/request/clauses", "from": ["AIP-2.1"], "to": ["AIP-2.1", "AIP-3.1"] }]),
        "what differs is told with the refusal"
    );
    assert!(letters(&world, "rita").contains(&"clauses_added".to_owned()));
    let told = letters(&world, "boris");
    assert!(told.contains(&"approval_voided".to_owned()), "{told:?}");
    assert!(told.iter().filter(|kind| *kind == "decision_wanted").count() >= 2, "asked again: {told:?}");
    world.approve("boris", &id).expect(200);
    assert_eq!(world.approve("carla", &id).expect(200)["state"], "active");
}

#[test]
fn its_requester_does_not_take_it_out_again() {
    let world = World::new();
    let id = world.file();
    world.command("rita", &id, "submit", json!({})).expect(200);
    world.command("rosa", &id, "add-clauses", add("AIP-3.1")).expect(200);
    world.command("rosa", &id, "return", json!({ "codes": ["wrong_clause"] })).expect(200);
    world.patch("rita", &id, json!({ "clauses": ["AIP-2.1"] })).expect(200);
    let refused = world.command("rita", &id, "submit", json!({})).expect(422);
    assert_eq!(
        (&refused["code"], &refused["errors"][0]["pointer"]),
        (&json!("added_clause_missing"), &json!("/clauses"))
    );
    assert!(refused["citation"]["text"].as_str().unwrap().starts_with("Proviso rule 3"), "{refused}");
    world.patch("rita", &id, json!({ "clauses": ["AIP-2.1", "AIP-3.1"] })).expect(200);
    assert_eq!(world.command("rita", &id, "submit", json!({})).expect(200)["state"], "completeness_review");
}

#[test]
fn one_that_nobody_may_waive_ends_the_request_or_suspends_the_exception_at_once() {
    let world = World::new();
    let (reviewed, returned, decided, active) = (world.file(), world.file(), world.decided_on(1), world.active());
    for id in [&reviewed, &returned] {
        world.command("rita", id, "submit", json!({})).expect(200);
    }
    world.command("rosa", &returned, "return", json!({ "codes": ["wrong_clause"] })).expect(200);
    for id in [&reviewed, &returned, &decided] {
        assert_eq!(world.command("rosa", id, "add-clauses", add("AIP-4.1")).expect(200)["state"], "revoked");
    }
    let suspended = world.command("sam", &active, "add-clauses", add("AIP-4.1")).expect(200);
    assert_eq!((&suspended["state"], &suspended["effective"]), (&json!("suspended"), &json!(false)));
    assert_eq!(suspended["cause"]["code"], "non_waivable");
    let dossier = world.dossier(&active);
    let resume = json!({ "dossier": dossier, "reason": "It was never used like that." });
    assert_eq!(world.command("boris", &active, "resume", resume).code(422), "non_waivable");
    assert!(letters(&world, "rita").contains(&"suspended".to_owned()));
}

#[test]
fn what_is_in_effect_is_looked_at_again_with_the_clause_in_it() {
    let world = World::new();
    let id = world.active();
    let reopened = world.command("rosa", &id, "add-clauses", add("AIP-3.1")).expect(200);
    assert_eq!((&reopened["state"], &reopened["cause"]["code"]), (&json!("re_review"), &json!("clause_added")));
    assert_eq!(kinds(&world, &id).iter().rev().take(2).rev().collect::<Vec<_>>(), ["clauses_added", "reopened"]);
    let covered = |clause: &str| {
        let found = world.get("gita", &format!("/v1/exceptions?clause={clause}&state=active,re_review")).expect(200);
        found["items"].as_array().unwrap().len()
    };
    assert_eq!((&reopened["effective"], &reopened["pending_clauses"]), (&json!(true), &json!(["AIP-3.1"])));
    assert_eq!((covered("AIP-2.1"), covered("AIP-3.1")), (1, 0), "nothing is covered by one person's word");
    world.look_again(&id);
    world.approve("boris", &id).expect(200);
    assert_eq!(covered("AIP-3.1"), 0);
    let decided = world.approve("carla", &id).expect(200);
    assert_eq!((&decided["state"], &decided["pending_clauses"]), (&json!("active"), &json!([])));
    assert_eq!(covered("AIP-3.1"), 1);
    let again = world.command("rosa", &id, "add-clauses", add("AIP-3.1")).expect(422);
    assert_eq!(again["code"], "clauses_named_already");
    assert_eq!(world.command("rosa", &id, "add-clauses", add("AIP-9.9")).code(422), "unknown_clause");
    assert_eq!(view(&world, &id)["state"], "active");
}

#[test]
fn what_was_decided_and_has_yet_to_start_is_decided_again() {
    let world = World::new();
    let mut later = request();
    let start = world.now() + chrono::Duration::days(10);
    later["start"] = json!(start.to_rfc3339_opts(chrono::SecondsFormat::Secs, true));
    let id = world.post("rita", "/v1/exceptions", later).expect(201)["id"].as_str().unwrap().to_owned();
    world.to_decision(&id, 1);
    world.approve("boris", &id).expect(200);
    assert_eq!(world.approve("carla", &id).expect(200)["state"], "implementation");
    assert_eq!(world.command("rosa", &id, "add-clauses", add("AIP-3.1")).expect(200)["state"], "decision");
    world.approve("boris", &id).expect(200);
    assert_eq!(world.approve("carla", &id).expect(200)["state"], "implementation");
}

#[test]
fn an_automatic_return_cites_each_gate_with_what_it_looked_at() {
    let world = World::new();
    let mut poor = request();
    poor["justification"] = json!("It would be nice.");
    poor["alternatives"] = json!("None.");
    let id = world.post("rita", "/v1/exceptions", poor).expect(201)["id"].as_str().unwrap().to_owned();
    let returned = world.command("rita", &id, "submit", json!({})).expect(200);
    let reasons = returned["returned"]["reasons"].as_array().unwrap();
    assert_eq!(reasons[0]["looked_at"], json!({ "request.justification.chars": 17 }));
    let timeline = world.get("rita", &format!("/v1/exceptions/{id}/timeline")).expect(200);
    let citation = timeline["items"].as_array().unwrap().last().unwrap()["citation"].clone();
    assert_eq!(citation["rule"], "1.1");
    assert_eq!(citation["facts"], json!({ "request.justification.chars": 17, "request.alternatives.chars": 5 }));
}
