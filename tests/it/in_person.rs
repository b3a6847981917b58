//! What the document of the interface lets sessions alone ask for: a token of somebody who may ask for it in a session
//! is refused there, and nothing happens.

use actix_web::http::Method;
use serde_json::{Value, json};

use crate::{
    people::{token, with_token},
    world::World,
};

const STANDARD: &str = include_str!("../../policies/sop/standard.yaml");

/// An operation, who may ask for it, where, and with what.
type Asked = (&'static str, &'static str, String, Option<Value>);

/// What approvers decide.
fn decisions(world: &World) -> Vec<Asked> {
    let (open, suspended) = (world.decided_on(1), world.active());
    world.command("gita", &suspended, "suspend", json!({ "cause": "incident" })).expect(200);
    world.look_again(&suspended);
    let named = |id: &str, body: Value| {
        let mut body = body;
        body["dossier"] = json!(world.dossier(id));
        Some(body)
    };
    let at = |id: &str, verb: &str| format!("/v1/exceptions/{id}/{verb}");
    let reason = || json!({ "reason": "It is as it should be." });
    vec![
        ("post /v1/exceptions/{id}/approve", "boris", at(&open, "approve"), named(&open, json!({}))),
        ("post /v1/exceptions/{id}/reject", "boris", at(&open, "reject"), named(&open, reason())),
        ("post /v1/exceptions/{id}/request-changes", "boris", at(&open, "request-changes"), named(&open, reason())),
        (
            "post /v1/exceptions/{id}/propose-condition",
            "boris",
            at(&open, "propose-condition"),
            named(&open, json!({ "text": "No customer names in prompts" })),
        ),
        ("post /v1/exceptions/{id}/resume", "boris", at(&suspended, "resume"), named(&suspended, reason())),
    ]
}

/// What administers, and makes credentials.
fn administration(world: &World) -> Vec<Asked> {
    let of = |who: &str, what: &str| format!("/v1/people/{}/{what}", world.id(who));
    let grant = json!({ "role": "ciso", "domain": "/" });
    let change = world.post("adam", &of("ben", "roles"), grant).expect(202);
    let confirm = format!("/v1/changes/{}/confirm", change["id"].as_str().unwrap());
    let ends = (world.now() + chrono::Duration::days(7)).to_rfc3339();
    let standard = STANDARD.replacen("version: 1", "version: 2", 1);
    let issued = json!({ "name": "another", "scopes": ["read"], "expires_at": ends });
    let passwords = json!({ "current": "try proviso today", "new": "staple of the trade" });
    vec![
        ("post /v1/changes/{id}/confirm", "gita", confirm, Some(json!({ "hash": change["hash"] }))),
        (
            "post /v1/people/{id}/delegations",
            "boris",
            of("boris", "delegations"),
            Some(json!({ "to": world.id("ben"), "ends": ends })),
        ),
        ("post /v1/people/{id}/merge", "adam", of("ben", "merge"), Some(json!({ "into": world.id("rita") }))),
        ("post /v1/people/{id}/password", "adam", of("rita", "password"), Some(json!({}))),
        (
            "post /v1/sops/{id}/versions",
            "gita",
            "/v1/sops/standard/versions".to_owned(),
            Some(json!({ "document": standard })),
        ),
        ("post /v1/sops/{id}/retire", "gita", "/v1/sops/healthcare-research/retire".to_owned(), Some(json!({}))),
        ("post /v1/tokens", "rita", "/v1/tokens".to_owned(), Some(issued)),
        ("put /v1/me/password", "rita", "/v1/me/password".to_owned(), Some(passwords)),
        ("delete /v1/session", "rita", "/v1/session".to_owned(), None),
    ]
}

/// The operations of the document that a session is good for and a token is not.
fn documented(world: &World) -> Vec<String> {
    let document = world.get("rita", "/openapi.json").expect(200);
    let paths = document["paths"].as_object().unwrap().iter();
    let named = |(path, item): (&String, &Value)| -> Vec<String> {
        let operations = item.as_object().unwrap().iter();
        let alone = operations.filter(|(_, operation)| operation["security"] == json!([{ "session": [] }]));
        alone.map(|(method, _)| format!("{method} {path}")).collect()
    };
    let mut found: Vec<String> = paths.flat_map(named).collect();
    found.sort();
    found
}

#[test]
fn a_token_is_refused_exactly_where_the_document_has_sessions_alone() {
    let world = World::new();
    let all = [decisions(&world), administration(&world)].concat();
    let mut asked: Vec<String> = all.iter().map(|(operation, ..)| (*operation).to_owned()).collect();
    asked.sort();
    assert_eq!(documented(&world), asked);
    for (operation, who, path, body) in all {
        let token = token(&world, who, &["read", "file", "work", "administer"]);
        let method: Method = operation.split(' ').next().unwrap().to_uppercase().parse().unwrap();
        let refused = with_token(&world, &token, method, &path, body);
        assert_eq!(refused.code(403), "needs_person", "{operation}");
    }
}
