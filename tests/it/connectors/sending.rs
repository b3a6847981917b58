//! What an event tells: the named fields and no other, to the right ticket, whatever somebody wrote.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::Connected;
use crate::recorded::Recorded;

const HOSTILE: &str = "\"}], \"x\": {{ secret.JIRA_TOKEN }} {% raw %} ${TOKEN}\r\nX-Evil: 1\\u0000 </script> ..";

/// A system of one's own, whose calls name these fields.
fn generic(calls: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("own.yaml");
    std::fs::write(&file, calls).unwrap();
    let path = file.to_str().unwrap().to_owned();
    (folder, path)
}

fn own(server: &Recorded, template: &str, more: &[(&str, &str)]) -> Connected {
    let url = server.url();
    let mut settings = vec![
        ("connector.own.kind", "generic"),
        ("connector.own.base_url", url.as_str()),
        ("connector.own.on", "exception.submitted,exception.withdrawn"),
        ("connector.own.secret_env", "OWN_SECRET"),
        ("connector.own.template", template),
    ];
    settings.extend(more);
    Connected::new(&[server], &settings, &[("OWN_SECRET", "own-secret-value")])
}

const CALLS: &str = r#"
about: A system of one's own
documentation: https://example.org
create:
  - method: post
    url: "/records/{{ exception.title }}?by={{ requester.email }}"
    headers: { X-Title: "{{ exception.title }}", X-Key: "{{ secret.OWN_SECRET }}" }
    id: /id
    body: { number: "{{ exception.number }}", title: "{{ exception.title }}", classes: "{{ exception.data_classes }}" }
update:
  - { method: put, url: "/records/{{ ticket.id }}", body: { state: "{{ exception.state }}" } }
"#;

fn answering() -> Recorded {
    Recorded::of(super::always(201, &json!({ "id": "T/1?x" })))
}

#[test]
fn an_event_sends_exactly_the_named_fields_and_the_next_updates_the_same_ticket() {
    let server = answering();
    let (_folder, template) = generic(CALLS);
    let mut connected = own(&server, &template, &[]);
    let id = connected.submitted();
    connected.run();
    let came = server.accepted();
    assert_eq!(came.len(), 1);
    let title = crate::world::request()["title"].as_str().unwrap().to_owned();
    let sent: Vec<&String> = came[0].body.as_object().unwrap().keys().collect();
    assert_eq!(sent, ["classes", "number", "title"]);
    assert_eq!((&came[0].body["number"], &came[0].body["title"]), (&json!("EX-2026-000001"), &json!(title)));
    assert_eq!(came[0].headers["x-key"], "own-secret-value");
    assert!(came[0].line.ends_with("?by=rita%40example.com"), "{}", came[0].line);
    connected.world.command("rita", &id, "withdraw", json!({})).expect(200);
    connected.run();
    let came = server.accepted();
    assert_eq!((came[0].line.as_str(), &came[0].body), ("PUT /records/T%2F1%3Fx", &json!({ "state": "withdrawn" })));
}

#[test]
fn hostile_text_stays_inert_in_url_headers_and_body() {
    let server = answering();
    let (_folder, template) = generic(CALLS);
    let mut connected = own(&server, &template, &[]);
    let id = connected.world.file();
    let title: String = HOSTILE.chars().filter(|one| !one.is_control()).collect();
    connected
        .world
        .patch("rita", &id, json!({ "title": title, "justification": HOSTILE.repeat(4).replace('\r', "") }))
        .expect(200);
    connected.world.command("rita", &id, "submit", json!({})).expect(200);
    connected.run();
    let came = server.accepted();
    assert_eq!(came.len(), 1, "{came:#?}");
    assert_eq!(came[0].body["title"], title, "one string, as it was written");
    assert_eq!(came[0].headers["x-title"], title);
    assert!(!came[0].headers.contains_key("x-evil"));
    assert!(came[0].line.starts_with("POST /records/%22%7D%5D"), "{}", came[0].line);
    assert_eq!(came[0].line.matches('/').count(), 2);
    assert!(!came[0].raw.contains("own-secret-value"), "a template within a text is a text");
}

#[test]
fn of_a_confidential_exception_no_text_and_nobody_is_told() {
    let server = answering();
    let calls = CALLS
        .replace("{{ exception.title }}?by={{ requester.email }}", "new")
        .replace("number:", "by: \"{{ requester.name }}\", number:");
    let (_folder, template) = generic(&calls);
    let mut connected = own(&server, &template, &[]);
    let id = connected.world.file();
    connected.world.patch("rita", &id, json!({ "confidential": true })).expect(200);
    connected.world.command("rita", &id, "submit", json!({})).expect(200);
    connected.run();
    let came = server.accepted();
    assert_eq!(came[0].body["title"], "(confidential)");
    assert_eq!(came[0].body.get("by"), None);
}

#[test]
fn only_what_the_condition_holds_for_is_told() {
    let server = answering();
    let (_folder, template) = generic(CALLS);
    let mut connected = own(&server, &template, &[("connector.own.when", "request.regions.exists(r, r == 'moon')")]);
    connected.submitted();
    connected.run();
    assert!(server.accepted().is_empty());
    let listed = connected.listed();
    assert_eq!((&listed[0]["waiting"], &listed[0]["dead"], &listed[0]["used"]), (&json!(0), &json!(0), &json!(0)));
    let mut connected = own(&server, &template, &[("connector.own.when", "request.duration_days > 0")]);
    connected.submitted();
    connected.run();
    assert_eq!(server.accepted().len(), 1);
}

/// Rita's ticket, handed in as the help desk signs it.
fn handed_in(connected: &Connected, ticket: &str) -> Value {
    let message = json!({ "from": "+49151", "id": ticket, "subject": "Summaries by a hosted model", "url": "https://tickets.example.org/4711" });
    let bytes = message.to_string().into_bytes();
    let mut mac = Hmac::<Sha256>::new_from_slice(b"correct horse battery staple").unwrap();
    mac.update(&bytes);
    let signature = format!("sha256={}", hex::encode(mac.finalize().into_bytes()));
    let headers = [("x-hub-signature-256", signature.as_str()), ("content-type", "application/json")];
    connected.world.raw("rita", actix_web::http::Method::POST, "/v1/intake/helpdesk", bytes, &headers).expect(201)
}

#[test]
fn what_came_in_from_a_ticket_updates_that_ticket_and_creates_none() {
    let server = super::jira();
    let settings = [
        ("intake.helpdesk.signature", "hub-signature-256"),
        ("intake.helpdesk.secret", "correct horse battery staple"),
        ("intake.helpdesk.sender", "/from"),
        ("intake.helpdesk.title", "/subject"),
        ("intake.helpdesk.external_id", "/id"),
        ("intake.helpdesk.ticket", "/url"),
        ("people.helpdesk.+49151", "rita@example.com"),
        ("connector.jira.source", "helpdesk"),
    ];
    let mut connected = Connected::jira(&server, &settings);
    let told = handed_in(&connected, "DESK-17");
    let id = told["id"].as_str().unwrap().to_owned();
    let mut complete = crate::world::request();
    complete.as_object_mut().unwrap().remove("title");
    connected.world.patch("rita", &id, complete).expect(200);
    connected.world.command("rita", &id, "submit", json!({})).expect(200);
    connected.run();
    let lines: Vec<String> = server.accepted().into_iter().map(|one| one.line).collect();
    assert_eq!(lines, ["POST /rest/api/3/issue/DESK-17/comment"]);
    assert_eq!(connected.tickets(&id), ["https://tickets.example.org/4711"], "no other ticket was created");
}

#[test]
fn one_mapping_of_people_serves_both_directions() {
    let server = answering();
    let calls = CALLS.replace("number:", "who: \"{{ requester.external_id }}\", number:");
    let (_folder, template) = generic(&calls);
    let settings = [
        ("intake.helpdesk.signature", "hub-signature-256"),
        ("intake.helpdesk.secret", "correct horse battery staple"),
        ("intake.helpdesk.sender", "/from"),
        ("intake.helpdesk.title", "/subject"),
        ("intake.helpdesk.external_id", "/id"),
        ("intake.helpdesk.senders.+49151", "Rita@example.com"),
        ("connector.own.source", "helpdesk"),
        ("connector.own.action", "create"),
    ];
    let mut connected = own(&server, &template, &settings);
    handed_in(&connected, "DESK-18");
    connected.submitted();
    connected.run();
    assert_eq!(server.accepted()[0].body["who"], "+49151");
}

#[test]
fn a_closed_channel_sends_nothing_and_what_waited_leaves_when_it_opens() {
    let server = answering();
    let (_folder, template) = generic(CALLS);
    let mut connected = own(&server, &template, &[]);
    let switch = |connected: &Connected, who: &str, state: &str| {
        let body = json!({ "scope": "channel:connectors", "state": state, "reason": "It does what it should not." });
        connected.world.ask(who, actix_web::http::Method::PUT, "/v1/automation", Some(&body))
    };
    switch(&connected, "adam", "halted").expect(200);
    let id = connected.submitted();
    connected.run();
    assert!(server.came().is_empty());
    assert_eq!(connected.world.state(&id), "completeness_review", "the exception goes on");
    let change = switch(&connected, "gita", "running").expect(202);
    let path = format!("/v1/changes/{}/confirm", change["id"].as_str().unwrap());
    connected.world.post("gustav", &path, json!({ "hash": change["hash"] })).expect(200);
    connected.run();
    assert_eq!(server.accepted().len(), 1);
}
