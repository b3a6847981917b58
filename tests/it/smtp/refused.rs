//! A server that refuses everything for good looked at no letter: none is given up. Those that were are tried again
//! with one word.

use serde_json::json;

use super::{NOTHING, Office};

#[test]
fn a_server_that_is_closed_or_refuses_its_sender_gives_no_letter_up() {
    let closed = json!({ "greeting": "554 5.3.2 closed for maintenance" });
    let unknown = json!({ "sender": "550 5.7.1 we take nothing of this sender" });
    for (rules, said) in [(closed, "closed for maintenance"), (unknown, "nothing of this sender")] {
        let mut office = Office::new();
        office.server.rules(&rules);
        office.submitted();
        for _ in 0..3 {
            office.run();
            office.world.minutes(30);
        }
        let waiting = office.letters("waiting");
        assert!(waiting.len() >= 2 && office.outbox().dead == 0, "{rules}: {:?}", office.letters("dead"));
        assert!(waiting[0]["last_error"].as_str().unwrap().contains(said), "{}", waiting[0]);
        office.server.rules(&json!({}));
        office.world.hours(1);
        office.run();
        assert_eq!(office.outbox(), NOTHING, "{rules}");
        assert!(office.server.ids().values().all(|times| *times == 1));
    }
}

#[test]
fn what_was_given_up_is_tried_again_with_one_word() {
    let mut office = Office::new();
    office.server.rules(&json!({ "*": "550 5.7.1 relaying denied" }));
    (0..2).for_each(|_| office.submitted());
    office.run();
    let dead = office.letters("dead").len();
    assert!(dead >= 4 && office.outbox().waiting == 0, "{dead}");
    office.server.rules(&json!({}));
    let all = "/v1/outbox/retry";
    assert_eq!(office.world.post("rita", all, json!({})).code(403), "forbidden");
    assert_eq!(office.world.post("adam", all, json!({})).expect(200)["retried"], dead);
    office.run();
    assert_eq!(office.outbox(), NOTHING);
    let told = office.world.roster_kinds();
    assert_eq!(told.iter().filter(|kind| *kind == "letter_retried").count(), dead, "each has its event");
    assert_eq!(office.world.post("adam", all, json!({})).expect(200)["retried"], 0);
}
