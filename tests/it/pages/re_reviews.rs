//! A re-review on pages: from the desk to what is asked, with what stood before, and back to the record.

use serde_json::json;

use super::walk::{Walker, field};
use crate::world::{World, request};

/// Reopened, watched by Oskar: its id and number.
fn reopened(world: &World) -> (String, String) {
    let mut asked = request();
    asked["monitoring_owner"] = json!(world.id("oskar"));
    let id = world.post("rita", "/v1/exceptions", asked).expect(201)["id"].as_str().unwrap().to_owned();
    world.to_decision(&id, 1);
    for who in ["boris", "carla"] {
        world.approve(who, &id).expect(200);
    }
    let found = world.command("gita", &id, "reopen", json!({ "cause": "incident" })).expect(200);
    (id, found["number"].as_str().unwrap().to_owned())
}

#[test]
fn the_monitoring_owner_attests_from_the_desk() {
    let world = World::new();
    let (id, number) = reopened(&world);
    let mut oskar = Walker::signed_in(&world, "oskar");
    let here = format!("/exceptions/{number}/do/attest");
    let desk = oskar.get("/desk").text;
    assert!(desk.contains(&format!("href=\"{here}\"")) && desk.contains("Attest"), "{desk}");
    let form = oskar.get(&here);
    assert!(form.text.contains("Is the exception still needed?"), "{}", form.text);
    let silent = oskar.send(&here, &form, &[("needed", "true"), ("kept", "true")]);
    assert_eq!(silent.status, 422, "{}", silent.text);
    let said = [("needed", "true"), ("kept", "false"), ("statement", "The logger was off on Monday.")];
    let done = oskar.send(&here, &form, &said);
    assert_eq!(done.status, 303, "{}", done.text);
    let record = oskar.get(&format!("/exceptions/{number}")).text;
    for said in
        ["Looked at again", "Still needed: Yes; conditions and controls kept: No.", "The logger was off on Monday."]
    {
        assert!(record.contains(said), "{said}: {record}");
    }
    assert_eq!(world.open(&id), ["assess:security"]);
    let mut carla = Walker::signed_in(&world, "carla");
    let page = carla.get(&format!("/exceptions/{number}")).text;
    assert!(!page.contains("/do/attest"), "nobody else is offered it: {page}");
}

#[test]
fn an_assessor_sees_the_earlier_score_and_confirms_it() {
    let world = World::new();
    let (id, number) = reopened(&world);
    let mut sam = Walker::signed_in(&world, "sam");
    let here = format!("/exceptions/{number}/assess?dimension=security");
    assert!(sam.get("/desk").text.contains(&format!("href=\"{here}\"")));
    let form = sam.get(&here);
    for said in ["As it was scored", "Confirm it unchanged", "Or score it anew"] {
        assert!(form.text.contains(said), "{said}: {}", form.text);
    }
    let confirms = format!("/exceptions/{number}/do/confirm_assessment");
    let done = sam.send(&confirms, &form, &[("dimension", &field(&form.text, "dimension")), ("note", "As it was.")]);
    assert_eq!(done.status, 303, "{}", done.text);
    assert!(sam.get(&format!("/exceptions/{number}")).text.contains("Confirmed: Security"));
    let attested = json!({ "needed": false, "kept": true, "statement": "Nobody used it." });
    world.command("oskar", &id, "attest", attested).expect(200);
    let mut boris = Walker::signed_in(&world, "boris");
    let ballot = format!("/exceptions/{id}/decide");
    let form = boris.get(&ballot);
    assert!(form.text.contains("Still needed: No") && form.text.contains("Nobody used it."), "{}", form.text);
    let silent = boris.send(&ballot, &form, &[("decision", "approve")]);
    assert!(silent.status == 422 && silent.text.contains("monitoring owner attested a no"), "{}", silent.text);
    let told = boris.send(&ballot, &form, &[("decision", "approve"), ("departure", "It is needed in May.")]);
    assert_eq!(told.status, 303, "{}", told.text);
}
