//! A quorum that nobody can fill any more is said, and waits: it is never relaxed.

use serde_json::{Value, json};

use crate::world::World;

fn view(world: &World, id: &str) -> Value {
    world.get("gita", &format!("/v1/exceptions/{id}")).expect(200)
}

fn last(world: &World, id: &str) -> Value {
    let timeline = world.get("gita", &format!("/v1/exceptions/{id}/timeline?limit=200")).expect(200);
    timeline["items"].as_array().unwrap().last().unwrap().clone()
}

#[test]
fn a_role_that_is_lost_is_told_to_governance_with_who_is_missing_until_it_is_held_again() {
    let world = World::new();
    let (open, live, ended) = (world.decided_on(1), world.active(), world.file());
    world.command("rita", &ended, "withdraw", json!({})).expect(200);
    let leave = |who: &str| world.post("adam", &format!("/v1/people/{}/leave", world.id(who)), json!({})).expect(200);
    leave("boris");
    world.settle();
    assert_ne!(last(&world, &open)["kind"], "quorum_lost", "two are left");
    leave("lena");
    world.settle();
    let waits = view(&world, &open);
    assert_eq!(waits["state"], "decision", "it waits");
    assert_eq!(waits["missing"][0]["roles"], json!(["business_owner", "ciso", "legal"]), "{waits}");
    let told = last(&world, &open);
    assert_eq!((&told["kind"], &told["citation"]["facts"]["tier"]), (&json!("quorum_lost"), &json!("low")), "{told}");
    assert!(world.open(&open).contains(&"staff".to_owned()), "it is somebody's work");
    for other in [&live, &ended] {
        assert_ne!(last(&world, other)["kind"], "quorum_lost");
    }
    let desk = world.get("gita", "/v1/tasks?assignee=me").expect(200);
    assert!(desk["items"].as_array().unwrap().iter().any(|task| task["work"] == "fill_quorum"), "{desk}");
    let proposed = world.post("adam", &format!("/v1/people/{}/return", world.id("lena")), json!({})).expect(202);
    let path = format!("/v1/changes/{}/confirm", proposed["id"].as_str().unwrap());
    world.post("gita", &path, json!({ "hash": proposed["hash"] })).expect(200);
    world.settle();
    assert_eq!((&last(&world, &open)["kind"], &view(&world, &open)["missing"]), (&json!("quorum_found"), &json!([])));
    assert!(!world.open(&open).contains(&"staff".to_owned()));
}
