//! Messages from ticket systems, mail gateways and chats: believed only when they are signed, filed only for
//! people who are known, and each once.

use actix_web::http::Method;
use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::world::{Ask, Reply, World};

const KEY: &[u8] = b"0123456789abcdef0123456789abcdef";
const SHARED: &str = "correct horse battery staple";
const TOKEN: &str = "a-token-of-our-own-drawing";

fn world() -> World {
    let secret = format!("whsec_{}", STANDARD.encode(KEY));
    let mut settings: Vec<(String, String)> = Vec::new();
    for (source, signature, secret) in [
        ("helpdesk", "standard-webhooks", secret.as_str()),
        ("tickets", "hub-signature-256", SHARED),
        ("chat", "shared-secret", SHARED),
    ] {
        let pointers = [
            ("sender", "/from/address"),
            ("title", "/subject"),
            ("external_id", "/id"),
            ("text", "/body"),
            ("ticket", "/url"),
            ("kind", "ai_usage"),
        ];
        let keys = [("signature", signature), ("secret", secret)].into_iter().chain(pointers);
        settings.extend(keys.map(|(key, value)| (format!("intake.{source}.{key}"), value.to_owned())));
    }
    settings.push(("intake.chat.senders.+4915112345678".to_owned(), "rita@example.com".to_owned()));
    for (key, value) in [
        ("signature", "hub-signature-256"),
        ("secret", SHARED),
        ("messages", "/entry/*/changes/*/value/messages/*"),
        ("sender", "/from"),
        ("title", "/text/body"),
        ("external_id", "/id"),
        ("text", "/text/body"),
        ("senders.4915112345678", "rita@example.com"),
        ("senders.4915187654321", "ben@example.com"),
    ] {
        settings.push((format!("intake.whatsapp.{key}"), value.to_owned()));
    }
    settings.push(("intake.chat.sop".to_owned(), "lightweight".to_owned()));
    settings.push(("intake.chat.verify_token".to_owned(), TOKEN.to_owned()));
    settings.push(("intake.chat.header".to_owned(), "X-Chat-Secret".to_owned()));
    let settings: Vec<(&str, &str)> = settings.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    World::with(&settings)
}

fn message(from: &str, id: &str) -> Value {
    json!({
        "id": id, "from": { "address": from }, "subject": "Summaries by a hosted model",
        "body": "Agents read 400 tickets a day.", "url": "https://tickets.example.org/4711"
    })
}

fn mac(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}

fn send(world: &World, source: &str, body: &[u8], headers: &[(&str, &str)]) -> Reply {
    let kind = ("content-type", "application/json");
    let headers =
        headers.iter().copied().chain([kind]).map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    world.send(Ask { method: Method::POST, path: format!("/v1/intake/{source}"), headers, body: Some(body.to_vec()) })
}

/// Signed as Standard Webhooks 1.0 says, at a time that may differ from the present.
fn standard(world: &World, delivery: &str, body: &Value, seconds_ago: i64) -> Reply {
    let (body, at) = (body.to_string().into_bytes(), (world.now().timestamp() - seconds_ago).to_string());
    let signed = mac(KEY, &[delivery.as_bytes(), b".", at.as_bytes(), b".", &body]);
    let signature = format!("v1,{}", STANDARD.encode(signed));
    let headers = [("webhook-id", delivery), ("webhook-timestamp", &at), ("webhook-signature", &signature)];
    send(world, "helpdesk", &body, &headers)
}

fn filed(world: &World) -> usize {
    world.get("gita", "/v1/exceptions").expect(200)["items"].as_array().unwrap().len()
}

#[test]
fn a_ticket_becomes_a_draft_of_its_sender_with_what_is_missing() {
    let world = world();
    let reply = standard(&world, "msg_1", &message("Rita R <rita@example.com>", "T-4711"), 0);
    let location = reply.header("location").unwrap();
    let told = reply.expect(201);
    assert_eq!(
        (&told["number"], &told["state"], &told["known"]),
        (&json!("EX-2026-000001"), &json!("draft"), &json!(false))
    );
    assert!(told["link"].as_str().unwrap().ends_with("/exceptions/EX-2026-000001"));
    let missing: Vec<String> = told["missing"]
        .as_array()
        .unwrap()
        .iter()
        .map(|reason| format!("{} {}", reason["code"].as_str().unwrap(), reason["pointer"].as_str().unwrap()))
        .collect();
    assert!(missing.contains(&"field_missing /clauses".to_owned()), "{missing:?}");
    assert!(missing.contains(&"justification_too_short /justification".to_owned()), "{missing:?}");
    assert!(!missing.iter().any(|one| one.starts_with("agent_without_beneficiary")), "{missing:?}");
    assert!(!missing.contains(&"field_missing /title".to_owned()), "{missing:?}");
    let draft = world.get("rita", &location).expect(200);
    assert_eq!((&draft["requester"], &draft["filed_by_agent"]), (&json!(world.id("rita")), &json!(true)));
    assert_eq!(draft["request"]["title"], "Summaries by a hosted model");
    assert_eq!(draft["request"]["kind"], "ai_usage");
    assert_eq!(draft["relations"][0]["relation"], "ticket");
    assert_eq!(draft["relations"][0]["target"]["text"], "https://tickets.example.org/4711");
    let timeline = world.get("rita", &format!("{location}/timeline")).expect(200);
    assert_eq!(timeline["items"][0]["by"], json!({ "person": null, "job": "intake.helpdesk", "through": "intake" }));
    assert_eq!(world.get("ben", &location).status, 404);
}

#[test]
fn the_person_completes_and_submits_it_like_any_other() {
    let world = world();
    let id = standard(&world, "msg_1", &message("rita@example.com", "T-1"), 0).expect(201)["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut complete = crate::world::request();
    complete.as_object_mut().unwrap().remove("kind");
    world.patch("rita", &id, complete).expect(200);
    world.to_decision(&id, 1);
    world.approve("boris", &id).expect(200);
    assert_eq!(world.approve("carla", &id).expect(200)["state"], "active");
    let known = standard(&world, "msg_2", &message("rita@example.com", "T-1"), 0).expect(200);
    assert_eq!((&known["state"], &known["missing"]), (&json!("active"), &json!([])));
}

#[test]
fn the_same_message_is_the_same_draft_and_a_delivery_counts_once() {
    let world = world();
    let body = message("rita@example.com", "T-1");
    let first = standard(&world, "msg_1", &body, 0).expect(201);
    assert_eq!(standard(&world, "msg_1", &body, 0).code(409), "delivery_replayed");
    let again = standard(&world, "msg_2", &body, 0).expect(200);
    assert_eq!((&again["number"], &again["known"]), (&first["number"], &json!(true)));
    let other = standard(&world, "msg_3", &message("rita@example.com", "T-2"), 0).expect(201);
    assert_ne!(other["number"], first["number"]);
    assert_eq!(filed(&world), 2);
}

#[test]
fn what_is_not_signed_so_is_not_believed() {
    let world = world();
    let body = message("rita@example.com", "T-1");
    let text = body.to_string().into_bytes();
    assert_eq!(standard(&world, "msg_1", &body, 301).code(401), "signature_stale");
    assert_eq!(standard(&world, "msg_1", &body, -301).code(401), "signature_stale");
    let at = world.now().timestamp().to_string();
    let signed = |key: &[u8], name: &str| {
        let mac = mac(key, &[name.as_bytes(), b".", at.as_bytes(), b".", &text]);
        format!("v1,{}", STANDARD.encode(mac))
    };
    let foreign = signed(b"another key of thirty-two bytes!", "msg_1");
    let renamed = signed(KEY, "msg_0");
    for signature in [foreign.as_str(), renamed.as_str(), "v1,", "nonsense"] {
        let headers = [("webhook-id", "msg_1"), ("webhook-timestamp", at.as_str()), ("webhook-signature", signature)];
        let reply = send(&world, "helpdesk", &text, &headers);
        assert!(reply.header("www-authenticate").is_some());
        assert_eq!(reply.code(401), "signature_invalid", "{signature}");
    }
    assert_eq!(send(&world, "helpdesk", &text, &[]).code(401), "signature_invalid");
    assert_eq!(send(&world, "helpdesk", b"{", &[]).code(401), "signature_invalid", "nothing of it is read");
    assert_eq!(filed(&world), 0);
    standard(&world, "msg_1", &body, 299).expect(201);
}

#[test]
fn hub_signatures_and_shared_secrets_are_taken_where_they_are_configured() {
    let world = world();
    let text = message("rita@example.com", "T-1").to_string().into_bytes();
    let hub = format!("sha256={}", hex::encode(mac(SHARED.as_bytes(), &[&text])));
    send(&world, "tickets", &text, &[("x-hub-signature-256", &hub)]).expect(201);
    assert_eq!(send(&world, "tickets", b"{}", &[("x-hub-signature-256", &hub)]).code(401), "signature_invalid");
    assert_eq!(send(&world, "chat", &text, &[("x-hub-signature-256", &hub)]).code(401), "signature_invalid");
    let chat = message("+4915112345678", "wa-1").to_string().into_bytes();
    let told = send(&world, "chat", &chat, &[("x-chat-secret", SHARED)]).expect(201);
    let draft = world.get("rita", &format!("/v1/exceptions/{}", told["id"].as_str().unwrap())).expect(200);
    assert_eq!(draft["sop"]["id"], "lightweight");
    for wrong in ["", "correct horse battery stapl", "Correct horse battery staple"] {
        assert_eq!(send(&world, "chat", &chat, &[("x-chat-secret", wrong)]).code(401), "signature_invalid");
    }
}

#[test]
fn a_platform_that_shows_the_token_is_told_that_the_address_is_ours() {
    let world = world();
    let ask = |source: &str, token: &str, challenge: &str| {
        let query = format!("hub.mode=subscribe&hub.challenge={challenge}&hub.verify_token={token}");
        let path = format!("/v1/intake/{source}?{query}");
        world.send(Ask { method: Method::GET, path, headers: Vec::new(), body: None })
    };
    let told = ask("chat", TOKEN, "1158201444");
    assert_eq!((told.status, told.text.as_str()), (200, "1158201444"));
    assert_eq!(told.header("content-type").as_deref(), Some("text/plain; charset=utf-8"));
    assert_eq!(ask("chat", "another-token-than-ours", "1").code(401), "signature_invalid");
    assert_eq!(ask("chat", TOKEN, "%3Cscript%3E").code(422), "invalid_value");
    assert_eq!(ask("tickets", TOKEN, "1").code(404), "not_found");
    assert_eq!(ask("nowhere", TOKEN, "1").code(404), "not_found");
}

/// A delivery as WhatsApp's platform makes it.
fn chat(value: &Value) -> Value {
    json!({ "object": "whatsapp_business_account", "entry": [{ "id": "1", "changes": [{ "field": "messages", "value": value }] }] })
}

fn said(id: &str, from: &str, text: &str) -> Value {
    json!({ "id": id, "from": from, "type": "text", "timestamp": "1772366400", "text": { "body": text } })
}

fn deliver(world: &World, body: &Value) -> Reply {
    let text = body.to_string().into_bytes();
    let signature = format!("sha256={}", hex::encode(mac(SHARED.as_bytes(), &[&text])));
    send(world, "whatsapp", &text, &[("x-hub-signature-256", &signature)])
}

#[test]
fn a_delivery_of_several_messages_files_each_of_them_once() {
    let world = world();
    let (first, second) =
        (said("wamid.1", "4915112345678", "May I use it?"), said("wamid.2", "4915187654321", "And I?"));
    let told = deliver(&world, &chat(&json!({ "messages": [first, second] }))).expect(200);
    let numbers: Vec<&Value> = told["items"].as_array().unwrap().iter().map(|one| &one["number"]).collect();
    assert_eq!(numbers, ["EX-2026-000001", "EX-2026-000002"]);
    assert!(told["items"].as_array().unwrap().iter().all(|one| one["known"] == false && one["missing"][0].is_object()));
    for (item, who) in [(&told["items"][0], "rita"), (&told["items"][1], "ben")] {
        let draft = world.get(who, &format!("/v1/exceptions/{}", item["id"].as_str().unwrap())).expect(200);
        assert_eq!(draft["requester"], json!(world.id(who)));
    }
    let third = said("wamid.3", "4915112345678", "One more");
    let again = deliver(&world, &chat(&json!({ "messages": [second, third, second] }))).expect(200);
    let known: Vec<(&Value, &Value)> =
        again["items"].as_array().unwrap().iter().map(|one| (&one["number"], &one["known"])).collect();
    let (two, three) = (json!("EX-2026-000002"), json!("EX-2026-000003"));
    assert_eq!(known, [(&two, &json!(true)), (&three, &json!(false)), (&two, &json!(true))]);
    assert_eq!(filed(&world), 3);
}

#[test]
fn a_delivery_without_messages_is_answered_and_files_nothing() {
    let world = world();
    for update in [
        chat(&json!({ "statuses": [{ "id": "wamid.1", "status": "delivered", "recipient_id": "4915112345678" }] })),
        chat(&json!({ "messages": [] })),
        json!({ "object": "whatsapp_business_account", "entry": [] }),
        json!({}),
    ] {
        let told = deliver(&world, &update).expect(200);
        assert_eq!(told, json!({ "source": "whatsapp", "items": [], "refused": [] }), "{update}");
    }
    let unsigned = send(&world, "whatsapp", b"{}", &[]);
    assert_eq!(unsigned.code(401), "signature_invalid");
    assert_eq!(filed(&world), 0);
}

#[test]
fn of_a_delivery_the_messages_that_cannot_be_filed_are_told_and_cost_the_others_nothing() {
    let world = world();
    let image = json!({ "id": "wamid.2", "from": "4915112345678", "type": "image", "image": { "id": "7" } });
    let odd = json!({ "id": { "a": 1 }, "from": "4915112345678", "text": { "body": "x" } });
    let stranger = said("wamid.3", "4917012345678", "Who am I?");
    let messages = json!([said("wamid.1", "4915112345678", "May I?"), image, stranger, odd, "x"]);
    let told = deliver(&world, &chat(&json!({ "messages": messages }))).expect(200);
    assert_eq!(told["items"].as_array().unwrap().len(), 1, "{told}");
    let at = |n: u32, field: &str| format!("/entry/0/changes/0/value/messages/{n}{field}");
    let mut refused: Vec<(String, String)> = told["refused"].as_array().unwrap().iter().map(refusal).collect();
    refused.sort();
    let expected = [
        (1, "/text/body", "required"),
        (2, "/from", "unknown_sender"),
        (3, "/id", "invalid_type"),
        (4, "/id", "required"),
    ];
    assert_eq!(refused, expected.map(|(n, field, code)| (at(n, field), code.to_owned())));
    assert_eq!(filed(&world), 1);
}

fn refusal(told: &Value) -> (String, String) {
    let text = |member: &str| told[member].as_str().unwrap().to_owned();
    (text("pointer"), text("code"))
}

#[test]
fn a_delivery_of_another_shape_or_of_too_many_messages_files_nothing() {
    let world = world();
    let message = said("wamid.1", "4915112345678", "May I?");
    for (body, code, pointer) in [
        (chat(&json!({ "messages": message })), "invalid_type", "/entry/0/changes/0/value/messages"),
        (json!({ "entry": "x" }), "invalid_type", "/entry"),
        (json!([message]), "invalid_type", ""),
        (chat(&json!({ "messages": vec![json!({}); 10_000] })), "invalid_value", "/entry/0/changes/0/value/messages"),
    ] {
        let told = deliver(&world, &body).expect(422);
        assert_eq!((&told["errors"][0]["code"], &told["errors"][0]["pointer"]), (&json!(code), &json!(pointer)));
    }
    assert_eq!(filed(&world), 0);
}

#[test]
fn an_unknown_sender_files_nothing() {
    let world = world();
    let left = world.id("ben");
    world.post("adam", &format!("/v1/people/{left}/leave"), json!({})).expect(200);
    for (n, sender) in ["nobody@example.com", "+49170", "ben@example.com", "not an address"].into_iter().enumerate() {
        let reply = standard(&world, &format!("msg_{n}"), &message(sender, "T-1"), 0).expect(422);
        assert_eq!(
            (&reply["code"], &reply["errors"][0]["pointer"]),
            (&json!("unknown_sender"), &json!("/from/address")),
            "{sender}"
        );
        assert!(!reply.to_string().contains(sender), "the sender is not repeated: {reply}");
    }
    assert_eq!(filed(&world), 0);
    standard(&world, "msg_0", &message("rita@example.com", "T-1"), 0).expect(201);
}

#[test]
fn what_the_mapping_does_not_find_is_told_where() {
    let world = world();
    let without = |pointer: &str, value: Value| {
        let mut body = message("rita@example.com", "T-1");
        *body.pointer_mut(pointer).unwrap() = value;
        body
    };
    for (n, (body, code, pointer)) in [
        (without("/id", Value::Null), "required", "/id"),
        (without("/subject", json!("  ")), "required", "/subject"),
        (without("/from/address", json!(["x"])), "invalid_type", "/from/address"),
        (json!("a text"), "required", "/id"),
    ]
    .into_iter()
    .enumerate()
    {
        let reply = standard(&world, &format!("msg_{n}"), &body, 0).expect(422);
        assert_eq!((&reply["errors"][0]["code"], &reply["errors"][0]["pointer"]), (&json!(code), &json!(pointer)));
    }
    assert_eq!(send(&world, "nowhere", b"{}", &[]).code(404), "not_found");
    let large = json!({ "id": "x".repeat(300_000) }).to_string();
    assert_eq!(send(&world, "helpdesk", large.as_bytes(), &[]).code(413), "too_large");
    assert_eq!(filed(&world), 0);
}
