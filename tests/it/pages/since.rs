//! What changed since somebody last looked, and approvals that a change dismissed: on the record, where they decide,
//! and for as long as the look lasts.

use serde_json::{Value, json};

use super::walk::Walker;
use crate::world::World;

const RECORD: &str = "/exceptions/EX-2026-000001";
const CHANGED: &str = "What changed since you last looked";
const CONDITION: &str = "No customer names in prompts";

/// Another approver proposes a condition, so that the dossier is a new one.
fn bound(world: &World, id: &str, text: &str) {
    let condition = json!({ "dossier": world.dossier(id), "text": text });
    world.command("carla", id, "propose-condition", condition).expect(200);
}

fn events(world: &World, id: &str) -> usize {
    let told = world.get("gita", &format!("/v1/exceptions/{id}/timeline?limit=200")).expect(200);
    told["items"].as_array().unwrap().len()
}

#[test]
fn an_approver_sees_what_changed_since_they_looked() {
    let world = World::new();
    let id = world.decided_on(1);
    let here = format!("/exceptions/{id}/decide");
    let mut boris = Walker::signed_in(&world, "boris");
    assert!(!boris.get(&here).text.contains(CHANGED), "nothing to hold it against");
    let before = events(&world, &id);
    assert!(!boris.get(RECORD).text.contains(CHANGED));
    assert_eq!(events(&world, &id), before, "looking is no event");
    bound(&world, &id, CONDITION);
    for _ in 0..2 {
        for place in [here.as_str(), RECORD] {
            let shown = boris.get(place).text;
            let changed = shown.split_once(CHANGED).unwrap_or_else(|| panic!("{place}: {shown}")).1;
            assert!(changed.contains(&format!("<ins dir=\"auto\">{CONDITION}")), "{changed}");
        }
        world.command("gita", &id, "comment", json!({ "text": "Is it so?", "visibility": "internal" })).expect(200);
    }
    boris.speaks("de");
    assert!(boris.get(&here).text.contains("Was sich geändert hat, seit Sie zuletzt hier waren"));
    boris.speaks("en");
    world.days(1);
    assert!(!Walker::signed_in(&world, "boris").get(RECORD).text.contains(CHANGED), "that was seen yesterday");
    assert!(!Walker::signed_in(&world, "konrad").get(RECORD).text.contains(CHANGED), "each by their own looks");
}

#[test]
fn an_approval_that_a_change_dismissed_is_told_to_the_others() {
    let world = World::new();
    let id = world.decided_on(1);
    world.approve("boris", &id).expect(200);
    bound(&world, &id, CONDITION);
    let told = "The approval of Boris Businessowner";
    let why = "does not count any more: it was for another dossier.";
    let mut carla = Walker::signed_in(&world, "carla");
    let shown = carla.get(&format!("/exceptions/{id}/decide")).text;
    assert!(shown.contains(told) && shown.contains(why), "{shown}");
    let record = carla.get(RECORD).text;
    assert!(record.contains("it was for another dossier"), "{record}");
    world.approve("boris", &id).expect(200);
    let again = carla.get(&format!("/exceptions/{id}/decide")).text;
    assert!(!again.contains(told), "he has approved the present one: {again}");
}

#[test]
fn whoever_writes_is_not_told_what_they_wrote() {
    let world = World::new();
    let id = world.file();
    let mut rita = Walker::signed_in(&world, "rita");
    rita.get(RECORD);
    world
        .patch("rita", &id, json!({ "alternatives": "None that anybody could think of in the time that there was." }))
        .expect(200);
    assert!(!rita.get(RECORD).text.contains(CHANGED));
    let found: Value = world.get("rita", &format!("/v1/exceptions/{id}")).expect(200);
    assert_eq!(found["state"], "draft");
}

#[test]
fn what_was_suspended_is_resumed_by_two_by_page() {
    let world = World::new();
    let id = world.active();
    world.command("gita", &id, "suspend", json!({ "cause": "incident" })).expect(200);
    let here = format!("/exceptions/{id}/decide");
    let asked = Walker::signed_in(&world, "boris").get(RECORD).text;
    assert!(!asked.contains("Approve resumption"), "it waits for what the incident asks: {asked}");
    world.look_again(&id);
    assert_eq!(Walker::signed_in(&world, "rita").get(&here).status, 303, "it is not hers");
    let mut boris = Walker::signed_in(&world, "boris");
    assert!(boris.get(RECORD).text.contains("Approve resumption"));
    let form = boris.get(&here);
    let silent = boris.send(&here, &form, &[("decision", "resume")]);
    assert_eq!(silent.status, 422, "{}", silent.text);
    let said = [("decision", "resume"), ("reason", "It was mended and tried for a week.")];
    for _ in 0..2 {
        assert_eq!(boris.send(&here, &form, &said).status, 303);
    }
    assert_eq!(world.state(&id), "suspended", "one is not enough");
    let mut carla = Walker::signed_in(&world, "carla");
    let form = carla.get(&here);
    assert!(form.text.contains("value=\"approve\"") && !form.text.contains("value=\"resume\""), "{}", form.text);
    assert_eq!(carla.send(&here, &form, &[("decision", "approve")]).status, 303);
    assert_eq!(world.state(&id), "active");
}
