//! The feed: what happened, in the ledger's order, to each as far as they may see it.

use std::{
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::world::World;

#[test]
fn the_feed_tells_each_what_they_may_see_in_the_ledgers_order() {
    let world = World::new();
    let id = world.decided_on(1);
    world.command("gita", &id, "comment", json!({ "text": "Among us", "visibility": "internal" })).expect(200);
    let feed = |who: &str, query: &str| world.get(who, &format!("/v1/events?limit=200{query}")).expect(200);
    let kinds = |feed: &Value| -> Vec<String> {
        let items = feed["items"].as_array().unwrap().iter();
        items.map(|event| event["type"].as_str().unwrap().to_owned()).collect()
    };
    let rita = feed("rita", "");
    assert_eq!(kinds(&rita)[..2], ["proviso.exception.drafted", "proviso.exception.submitted"]);
    assert!(kinds(&rita).iter().all(|kind| kind.starts_with("proviso.exception.") && !kind.ends_with("commented")));
    assert!(kinds(&feed("gita", "")).contains(&"proviso.exception.commented".to_owned()));
    assert!(
        feed("adam", "")["items"]
            .as_array()
            .unwrap()
            .iter()
            .any(|event| event["type"] == "proviso.roster.role_granted")
    );
    assert!(kinds(&feed("ben", "")).is_empty(), "it is none of his business");
    let next = rita["next"].as_u64().unwrap();
    let rest = feed("rita", &format!("&after={next}"));
    assert_eq!((rest["items"].as_array().map(Vec::len), rest["next"].as_u64()), (Some(0), Some(next)));
    assert_eq!(world.get("rita", "/v1/events?wait=26").code(422), "invalid_value");
}

#[test]
fn who_waits_is_answered_when_something_happens_and_with_nothing_when_time_is_up() {
    let world = World::new();
    let last = |who: &str| world.get(who, "/v1/events?limit=200").expect(200)["next"].as_u64().unwrap();
    let after = last("adam");
    let begun = Instant::now();
    let nothing = world.get("adam", &format!("/v1/events?after={after}&wait=1")).expect(200);
    assert_eq!(nothing["items"], json!([]));
    assert!(begun.elapsed() >= Duration::from_secs(1), "it waited for as long as it was asked to");
    let (desk, rita) = (world.app.desk().clone(), world.id("rita").parse().unwrap());
    let begun = Instant::now();
    let happens = thread::spawn(move || desk.unsubscribe(rita).unwrap().wait().unwrap());
    let woken = world.get("adam", &format!("/v1/events?after={after}&wait=25")).expect(200);
    happens.join().unwrap();
    assert_eq!(woken["items"][0]["type"], "proviso.roster.preferences_set");
    assert!(begun.elapsed() < Duration::from_secs(20), "and not until its time was up");
}
