//! What is refused: by whom, where, and by which code.

use actix_web::http::Method;
use serde_json::{Value, json};

use super::{Office, id_of};
use crate::{receiver::Receiver, world::World};

const NOBODY: &str = "01977d3c-7a10-7000-8000-00000000dead";

fn pointer(reply: &Value) -> (&str, &str) {
    let error = &reply["errors"][0];
    (error["code"].as_str().unwrap_or_default(), error["pointer"].as_str().unwrap_or_default())
}

#[test]
fn no_endpoint_is_added_where_no_request_may_go() {
    let world = World::with(&[("limits.requests_per_minute", "0")]);
    let mut cases = 0;
    for line in include_str!("../../../src/outbound/corpus.txt").lines() {
        let Some(url) = line.strip_prefix("read\t") else { continue };
        let url = url.replace("\\t", "\t").replace("\\n", "\n");
        let reply = world.post("adam", "/v1/webhooks", json!({ "url": url, "description": "x" })).expect(422);
        let (code, at) = pointer(&reply);
        assert_eq!(at, "/url", "{url}");
        assert!(["url_invalid", "url_not_https", "url_private"].contains(&code), "{url}: {code}");
        cases += 1;
    }
    assert!(cases >= 200, "{cases}");
    assert_eq!(world.get("adam", "/v1/webhooks").expect(200)["items"], json!([]));
}

#[test]
fn what_an_endpoint_is_made_of_is_checked_field_by_field() {
    let world = World::new();
    let add = |part: Value| {
        let mut body = json!({ "url": "https://hooks.example.org/x", "description": "x" });
        body.as_object_mut().unwrap().extend(part.as_object().unwrap().clone());
        world.post("adam", "/v1/webhooks", body)
    };
    for (part, code, at) in [
        (json!({ "kind": "irc" }), "invalid_value", "/kind"),
        (json!({ "description": " " }), "invalid_value", "/description"),
        (json!({ "events": ["people.*"] }), "invalid_value", "/events/0"),
        (json!({ "events": vec!["exception.*"; 51] }), "invalid_value", "/events"),
        (json!({ "owner": NOBODY }), "unknown_person", "/owner"),
        (json!({ "secret": "whsec_mine" }), "unknown_field", "/secret"),
    ] {
        let reply = add(part.clone()).expect(422);
        assert_eq!(pointer(&reply), (code, at), "{part}");
    }
    assert_eq!(add(json!({})).status, 201);
}

#[test]
fn each_route_is_for_administrators_and_for_endpoints_that_are_there() {
    let office = Office::new();
    let (world, receiver) = (&office.world, Receiver::new());
    let id = id_of(&office.add(&receiver, &[]));
    let routes = [
        (Method::GET, String::new()),
        (Method::PATCH, String::new()),
        (Method::DELETE, String::new()),
        (Method::GET, "/deliveries".to_owned()),
        (Method::POST, "/rotate".to_owned()),
        (Method::POST, "/enable".to_owned()),
        (Method::POST, "/disable".to_owned()),
        (Method::POST, "/test".to_owned()),
        (Method::POST, "/replay".to_owned()),
    ];
    let ask = |who: &str, method: &Method, of: &str, rest: &str| {
        let body = if rest == "/replay" { json!({ "until": 1 }) } else { json!({}) };
        let kind = if *method == Method::PATCH { "application/merge-patch+json" } else { "application/json" };
        let more = [("if-match", "\"1\""), ("content-type", kind)];
        let body = (*method != Method::GET).then_some(&body);
        world.ask_with(who, method.clone(), &format!("/v1/webhooks/{of}{rest}"), body, &more)
    };
    for (method, rest) in &routes {
        assert_eq!(ask("rita", method, &id, rest).code(403), "forbidden", "{method} {rest}");
        assert_eq!(ask("adam", method, NOBODY, rest).code(404), "not_found", "{method} {rest}");
        assert_eq!(ask("adam", method, "x", rest).code(404), "not_found", "{method} {rest}");
    }
    assert_eq!(world.get("rita", "/v1/webhooks").code(403), "forbidden");
    let body = json!({ "url": receiver.url(), "description": "x" });
    assert_eq!(world.post("rita", "/v1/webhooks", body).code(403), "forbidden");
    assert_eq!(office.webhook(&id)["state"], "enabled", "nothing of it happened");
}

#[test]
fn what_does_not_fit_how_an_endpoint_stands_is_refused() {
    let office = Office::new();
    let (world, receiver) = (&office.world, Receiver::new());
    let id = id_of(&office.add(&receiver, &[]));
    let path = |rest: &str| format!("/v1/webhooks/{id}{rest}");
    let refused = |verb: &str, body: Value| world.post("adam", &path(verb), body).code(422);
    assert_eq!(refused("/enable", json!({})), "webhook_enabled");
    assert_eq!(refused("/rotate", json!({ "overlap_hours": 169 })), "invalid_value");
    assert_eq!(refused("/replay", json!({})), "required");
    assert_eq!(refused("/replay", json!({ "after": 1 })), "required");
    assert_eq!(refused("/replay", json!({ "delivery": NOBODY })), "unknown_delivery");
    assert_eq!(refused("/replay", json!({ "after": 5, "until": 3 })), "replay_out_of_range");
    assert_eq!(refused("/replay", json!({ "until": 10_000 })), "replay_out_of_range");
    office.command(&id, "disable", json!({}));
    for verb in ["/disable", "/test"] {
        assert_eq!(refused(verb, json!({})), "webhook_disabled");
    }
    assert_eq!(refused("/replay", json!({ "until": 3 })), "webhook_disabled");
    assert_eq!(world.get("adam", &path("/deliveries?cursor=x")).code(422), "invalid_cursor");
    assert_eq!(world.get("adam", &path("/deliveries?state=lost")).code(422), "invalid_value");

    let change = |tag: Option<&str>| {
        let mut more = vec![("content-type", "application/merge-patch+json")];
        more.extend(tag.map(|tag| ("if-match", tag)));
        world.ask_with("adam", Method::PATCH, &path(""), Some(&json!({ "events": ["exception.*"] })), &more)
    };
    assert_eq!(change(None).code(428), "precondition_required");
    assert_eq!(change(Some("\"7\"")).status, 412);
    let tag = world.get("adam", &path("")).header("etag").unwrap();
    assert_eq!(change(Some(&tag)).expect(200)["events"], json!(["exception.*"]));
}
