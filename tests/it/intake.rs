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
