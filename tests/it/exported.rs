//! The record as an auditor takes it over the interface: the same export, for those who see everything, noted before
//! it is sent.

use proviso::{audit::Verifier, ledger::Keys};
use serde_json::json;

use crate::{
    pages::walk::Walker,
    proof::key,
    world::{World, request},
};

fn signing() -> World {
    World::with(&[("ledger.key", key(1).reveal())])
}

#[test]
fn an_auditor_takes_the_record_and_verifies_it_alone() {
    let world = signing();
    world.active();
    let mut asked = request();
    asked["confidential"] = json!(true);
    world.post("rita", "/v1/exceptions", asked).expect(201);
    let answer = world.get("oskar", "/v1/ledger/export");
    assert_eq!((answer.status, answer.header("content-type").as_deref()), (200, Some("application/jsonl")));
    assert!(answer.header("content-disposition").unwrap().contains("record.jsonl"));
    let mut verifier = Verifier::new(Keys(vec![key(1).verifier().clone()]), &[]).unwrap();
    answer.text.lines().try_for_each(|line| verifier.take(line)).unwrap();
    verifier.finish().unwrap();
    let last = answer.text.lines().rfind(|line| line.starts_with("{\"leaf\"")).unwrap();
    assert!(last.contains("record_exported"), "that it is taken is its last event: {last}");
    for personal in ["rita@example.com", "Rita Requester", "Summaries of support tickets", "$argon2"] {
        assert!(!answer.text.contains(personal), "{personal}");
    }
}

#[test]
fn whoever_does_not_see_everything_takes_nothing() {
    let world = signing();
    world.file();
    let taken = || world.roster_kinds().iter().filter(|kind| *kind == "record_exported").count();
    for who in ["rita", "carla", "adam", "konrad"] {
        world.get(who, "/v1/ledger/export").code(403);
    }
    let path = format!("/v1/people/{}/roles", world.id("ben"));
    world.post("adam", &path, json!({ "role": "auditor", "domain": "eu" }));
    world.get("ben", "/v1/ledger/export").code(403);
    assert_eq!(taken(), 0);
    assert_eq!(world.get("gita", "/v1/ledger/export").status, 200);
    assert_eq!(taken(), 1);
    let mut oskar = Walker::signed_in(&world, "oskar");
    assert!(oskar.get("/ledger").text.contains("href=\"/v1/ledger/export\""));
    assert!(!Walker::signed_in(&world, "rita").get("/ledger").text.contains("/v1/ledger/export"));
    let unsigned = World::new();
    unsigned.get("gita", "/v1/ledger/export").code(404);
}
