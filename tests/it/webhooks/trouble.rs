//! Receivers that fail, redirect, hang, or are gone for good.

use std::{thread, time::Duration};

use actix_web::http::Method;
use serde_json::{Value, json};

use super::{Office, id_of};
use crate::receiver::Receiver;

#[test]
fn what_failed_is_tried_again_under_the_same_id_when_it_is_due() {
    let mut office = Office::new();
    let receiver = Receiver::new();
    let id = id_of(&office.add(&receiver, &["exception.drafted"]));
    receiver.answer("500 Oops", "");
    office.world.file();
    office.run();
    office.run();
    assert_eq!(receiver.got().len(), 1, "the second try waits for some five seconds");
    receiver.answer("503 Later", "retry-after: 3600\r\n");
    office.world.minutes(1);
    office.run();
    office.world.minutes(50);
    office.run();
    assert_eq!(receiver.got().len(), 2, "it asked for an hour");
    receiver.answer("200 OK", "");
    office.world.minutes(11);
    office.run();
    let got = receiver.got();
    let ids: Vec<&str> = got.iter().map(|one| one.header("webhook-id")).collect();
    assert_eq!(ids, [ids[0]; 3]);
    assert!(got[2].header("webhook-timestamp") > got[0].header("webhook-timestamp"));
    let one = &office.deliveries(&id)[0];
    let statuses: Vec<&Value> = one["attempts"].as_array().unwrap().iter().map(|tried| &tried["status"]).collect();
    assert_eq!(statuses, [500, 503, 200]);
    assert_eq!((&one["state"], &office.webhook(&id)["failing_since"]), (&json!("delivered"), &Value::Null));
}

#[test]
fn an_endpoint_that_is_gone_gets_nothing_more_and_its_owner_is_told() {
    let mut office = Office::new();
    let receiver = Receiver::new();
    let id = id_of(&office.add(&receiver, &["exception.drafted"]));
    receiver.answer("410 Gone", "");
    office.world.file();
    office.world.file();
    office.run();
    assert_eq!(receiver.got().len(), 1);
    let webhook = office.webhook(&id);
    assert_eq!((&webhook["state"], &webhook["ended_by"]), (&json!("failed"), &json!("gone")));
    assert_eq!(office.world.roster_kinds().last().map(String::as_str), Some("webhook_disabled"));
    office.run();
    let told = office.mails("adam@example.com");
    assert_eq!(told, [format!("The endpoint at {} gets no more events", receiver.at.ip())]);
    receiver.answer("204 No Content", "");
    office.command(&id, "enable", json!({}));
    office.run();
    assert_eq!(receiver.got().len(), 2, "what was on its way goes on");
}

#[test]
fn after_ten_tries_over_days_it_is_given_up_and_a_range_can_be_replayed() {
    let mut office = Office::new();
    let receiver = Receiver::new();
    let id = id_of(&office.add(&receiver, &["exception.drafted"]));
    receiver.answer("500 Oops", "");
    office.world.file();
    let mut hours = 0;
    while office.webhook(&id)["state"] == "enabled" {
        office.run();
        office.world.hours(1);
        hours += 1;
        assert!(hours < 200, "never given up");
    }
    assert!((60..110).contains(&hours), "some three days: {hours} hours");
    assert_eq!(receiver.got().len(), 10);
    assert_eq!(office.webhook(&id)["ended_by"], "exhausted");
    assert_eq!(office.deliveries(&id)[0]["state"], "dead");
    office.run();
    assert_eq!(office.mails("adam@example.com").len(), 1);

    // While it was off, something happened that it was never sent.
    office.world.file();
    receiver.answer("204 No Content", "");
    office.command(&id, "enable", json!({}));
    office.run();
    assert_eq!(receiver.got().len(), 10);
    let until = office.world.get("adam", "/v1/events?limit=200").expect(200)["next"].clone();
    office.command(&id, "replay", json!({ "until": until }));
    office.run();
    let got = receiver.got();
    assert_eq!(got.len(), 12, "the one that was given up, and the one that was missed");
    assert_eq!(got[10].header("webhook-id"), got[0].header("webhook-id"));
    let delivery = office.deliveries(&id)[0]["id"].clone();
    office.command(&id, "replay", json!({ "delivery": delivery }));
    office.run();
    assert_eq!(receiver.got().last().unwrap().header("webhook-id"), got[11].header("webhook-id"));
    assert_eq!(receiver.got().len(), 13);
}

#[test]
fn a_receiver_that_never_answers_delays_no_other() {
    let office = Office::new();
    let (silent, prompt) = (Receiver::new(), Receiver::new());
    silent.fall_silent();
    office.add(&silent, &["exception.drafted"]);
    office.add(&prompt, &["exception.drafted"]);
    (0..5).for_each(|_| drop(office.world.file()));
    let running = office.world.app.jobs().unwrap().start().unwrap();
    assert!(silent.gets(1, Duration::from_secs(10)), "it is asked");
    assert!(prompt.gets(5, Duration::from_secs(10)), "and the other gets everything meanwhile");
    assert_eq!(silent.got().len(), 1, "it still has the first");
    silent.wake();
    running.stop();
}

#[test]
fn a_redirect_is_a_failure_and_nobody_is_asked_elsewhere() {
    let mut office = Office::new();
    let (receiver, elsewhere) = (Receiver::new(), Receiver::new());
    let id = id_of(&office.add(&receiver, &["exception.drafted"]));
    receiver.answer("307 Moved", &format!("location: {}\r\n", elsewhere.url()));
    office.world.file();
    office.run();
    let one = &office.deliveries(&id)[0];
    assert_eq!((&one["state"], &one["attempts"][0]["status"]), (&json!("waiting"), &json!(307)));
    assert_eq!((receiver.got().len(), elsewhere.got().len()), (1, 0));
}

#[test]
fn an_endpoint_whose_owner_left_is_disabled_and_governance_is_told() {
    let mut office = Office::new();
    let receiver = Receiver::new();
    let id = id_of(&office.add(&receiver, &["exception.drafted"]));
    office.run();
    let oskar = office.world.id("oskar");
    let at = format!("/v1/webhooks/{id}");
    let change = json!({ "owner": oskar });
    let tag = office.world.get("adam", &at).header("etag").unwrap();
    let more = [("content-type", "application/merge-patch+json"), ("if-match", tag.as_str())];
    office.world.ask_with("adam", Method::PATCH, &at, Some(&change), &more).expect(200);
    office.world.post("adam", &format!("/v1/people/{oskar}/leave"), json!({})).expect(200);
    office.world.file();
    office.run();
    assert!(receiver.got().is_empty(), "nobody answers for what it would get");
    let webhook = office.webhook(&id);
    assert_eq!((&webhook["state"], &webhook["ended_by"]), (&json!("disabled"), &json!("owner_left")));
    let told = [format!("The endpoint at {} gets no more events", receiver.at.ip())];
    assert_eq!(office.mails("gita@example.com"), told);
    assert_eq!(office.mails("gustav@example.com"), told);
    let letters = office.world.get("gita", "/v1/me/mailbox").expect(200);
    assert_eq!(letters["items"][0]["kind"], "endpoint_failed");
}

#[test]
fn that_an_endpoint_failed_waits_for_the_morning_of_whoever_is_told() {
    let mut office = Office::new();
    let receiver = Receiver::new();
    let id = id_of(&office.add(&receiver, &["exception.drafted"]));
    receiver.answer("410 Gone", "");
    let quiet = json!({ "from": "08:00", "to": "12:00" });
    let wants = json!({ "language": "en", "zone": "UTC", "frequency": "immediate", "quiet_hours": quiet });
    office.world.ask("adam", Method::PUT, "/v1/me/preferences", Some(&wants)).expect(200);
    office.world.file();
    office.run();
    office.run();
    assert_eq!(office.webhook(&id)["ended_by"], "gone");
    let letters = |office: &Office| office.world.get("adam", "/v1/me/mailbox").expect(200)["items"].clone();
    assert_eq!(letters(&office)[0]["kind"], "endpoint_failed", "in the mailbox it is at once");
    assert!(office.mails("adam@example.com").is_empty(), "it is nine, and quiet");
    assert_eq!(office.world.roster_kinds().last().unwrap(), "mail_held");
    office.world.hours(3);
    office.run();
    office.run();
    assert_eq!(office.mails("adam@example.com").len(), 1);
    assert_eq!(letters(&office).as_array().unwrap().len(), 1, "and it is one letter");
}

#[test]
fn an_endpoint_that_never_answers_for_five_days_gets_nothing_more() {
    let mut office = Office::new();
    let receiver = Receiver::new();
    let id = id_of(&office.add(&receiver, &["exception.drafted"]));
    receiver.answer("503 Later", "retry-after: 86400\r\n");
    office.world.file();
    for _ in 0..7 {
        assert_eq!(receiver.got().len() < 6, office.webhook(&id)["state"] == "enabled");
        office.run();
        office.world.days(1);
    }
    let webhook = office.webhook(&id);
    assert_eq!((&webhook["state"], &webhook["ended_by"]), (&json!("failed"), &json!("silent")));
    assert_eq!(receiver.got().len(), 6, "one try a day, as it asked");
}

#[test]
fn a_channel_that_is_stopped_sends_nothing_more_of_what_is_in_hand() {
    let mut office = Office::new();
    let receiver = Receiver::new();
    office.add(&receiver, &["exception.drafted"]);
    office.run();
    for _ in 0..3 {
        office.world.file();
    }
    receiver.fall_silent();
    let now = office.world.now();
    let Office { world, jobs } = &mut office;
    thread::scope(|scope| {
        scope.spawn(move || jobs.run_due(now));
        assert!(receiver.gets(1, Duration::from_secs(20)));
        let halt = json!({ "scope": "channel:webhooks", "state": "halted", "reason": "It tells too much." });
        world.ask("gita", Method::PUT, "/v1/automation", Some(&halt)).expect(200);
        receiver.answer_late();
    });
    assert_eq!(receiver.got().len(), 1, "the others were claimed, and stay");
    crate::automation::release(&office.world, "channel:webhooks");
    office.run();
    assert_eq!(receiver.got().len(), 3);
}
