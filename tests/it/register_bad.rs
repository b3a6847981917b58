//! Wrong versions of the register: each refused with its code and the place to mend, and nothing published.

use serde_json::{Value, json};

use crate::world::World;

fn clause(id: &str) -> Value {
    json!({ "id": id, "title": "A clause", "text": "It demands something." })
}

fn policy(version: u32, clauses: &Value) -> Value {
    json!({ "version": version, "weight": "material", "title": "A policy", "clauses": clauses })
}

#[test]
#[expect(clippy::too_many_lines, reason = "one table of all that can be wrong")]
fn a_wrong_version_is_told_where_it_is_wrong() {
    let world = World::new();
    let with = |name: &str, value: Value| {
        let mut one = clause("AIP-2.1");
        one[name] = value;
        policy(2, &json!([one]))
    };
    let cases: Vec<(&str, Value, &str, &str)> = vec![
        ("AIP-2", json!({ "version": 2, "weight": "material", "title": "x" }), "required", "/clauses"),
        ("AIP-2", policy(2, &json!([])), "invalid_value", "/clauses"),
        ("AIP-2", policy(0, &json!([clause("AIP-2.1")])), "invalid_value", "/version"),
        ("AIP-2", policy(1, &json!([clause("AIP-2.1")])), "version_not_next", "/version"),
        ("AIP-2", policy(3, &json!([clause("AIP-2.1")])), "version_not_next", "/version"),
        ("AIP-9", policy(2, &json!([clause("AIP-9.1")])), "version_not_next", "/version"),
        ("AIP-2", policy(2, &json!([clause("AIP-2.1"), clause("AIP-2.1")])), "duplicate_id", "/clauses/1/id"),
        ("AIP-2", policy(2, &json!([clause("AIP-3.1")])), "duplicate_id", "/clauses/0/id"),
        ("AIP-2", policy(2, &json!([clause("AIP-9.1")])), "foreign_clause", "/clauses/0/id"),
        ("AIP-2", policy(2, &json!([clause("a clause")])), "invalid_value", "/clauses/0/id"),
        ("gdpr", policy(1, &json!([clause("gdpr.1")])), "duplicate_id", "/id"),
        ("AIP-2", with("text", json!("x".repeat(10_001))), "invalid_value", "/clauses/0/text"),
        ("AIP-2", with("text", json!(" ")), "invalid_value", "/clauses/0/text"),
        ("AIP-2", with("title", json!("x".repeat(201))), "invalid_value", "/clauses/0/title"),
        ("AIP-2", with("non_waivable", json!(7)), "invalid_type", "/clauses/0/non_waivable"),
        ("AIP-2", with("waivable", json!(true)), "unknown_field", "/clauses/0/waivable"),
        (
            "AIP-2",
            with("screening", json!({ "code": "Social", "question": "Is it?" })),
            "invalid_value",
            "/clauses/0/screening/code",
        ),
        (
            "AIP-2",
            with("screening", json!({ "code": "social-scoring", "question": "Is it?" })),
            "invalid_value",
            "/clauses/0/screening/code",
        ),
        (
            "AIP-2",
            with("screening", json!({ "code": "social_scoring", "question": "Is it?" })),
            "duplicate_id",
            "/clauses/0/screening/code",
        ),
        ("AIP-2", with("screening", json!({ "code": "other" })), "required", "/clauses/0/screening/question"),
    ];
    for (id, body, code, pointer) in cases {
        let reply = world.post("gita", &format!("/v1/policies/{id}/versions"), body.clone()).expect(422);
        let first = &reply["errors"][0];
        assert_eq!((&first["code"], &first["pointer"]), (&json!(code), &json!(pointer)), "{body}: {reply}");
    }
    let mut odd = policy(2, &json!([clause("AIP-2.1")]));
    odd["colour"] = json!("red");
    let reply = world.post("gita", "/v1/policies/AIP-2/versions", odd).expect(422);
    assert_eq!(
        (&reply["errors"][0]["code"], &reply["errors"][0]["pointer"]),
        (&json!("unknown_field"), &json!("/colour"))
    );
    let mut odd = policy(2, &json!([clause("AIP-2.1")]));
    odd["weight"] = json!("large");
    let reply = world.post("gita", "/v1/policies/AIP-2/versions", odd).expect(422);
    assert_eq!(reply["errors"][0]["pointer"], "/weight");
    assert_eq!(world.get("gita", "/v1/policies/AIP-2/versions").expect(200)["items"].as_array().unwrap().len(), 1);
    assert_eq!(world.get("gita", "/v1/changes?state=open").expect(200)["items"], json!([]));
}

#[test]
#[expect(clippy::too_many_lines, reason = "one table of all that can be wrong")]
fn a_wrong_regulation_or_system_is_told_so() {
    let world = World::new();
    let cases = [
        (
            "/v1/regulations/GDPR/versions",
            json!({ "version": 1, "weight": "material", "title": "x" }),
            "invalid_value",
            "/id",
        ),
        (
            "/v1/regulations/gdpr/versions",
            json!({ "version": 3, "weight": "material", "title": "x" }),
            "version_not_next",
            "/version",
        ),
        (
            "/v1/regulations/new-law/versions",
            json!({ "version": 1, "weight": "editorial", "title": "x" }),
            "not_editorial",
            "/weight",
        ),
        ("/v1/regulations/gdpr/versions", json!({ "version": 2, "weight": "material" }), "required", "/title"),
        (
            "/v1/regulations/gdpr/versions",
            json!({ "version": 2, "weight": "material", "title": "x", "text": "y" }),
            "unknown_field",
            "/text",
        ),
        ("/v1/systems", json!({ "id": "a b", "kind": "system", "name": "x" }), "invalid_value", "/id"),
        ("/v1/systems", json!({ "id": "x", "kind": "robot", "name": "x" }), "invalid_value", "/kind"),
        ("/v1/systems", json!({ "id": "gdpr", "kind": "system", "name": "x" }), "duplicate_id", "/id"),
        (
            "/v1/systems/parlance/versions",
            json!({ "version": 1, "weight": "material", "name": "x" }),
            "version_not_next",
            "/version",
        ),
        ("/v1/systems/parlance/retire", json!({ "why": "x" }), "unknown_field", "/why"),
    ];
    for (path, body, code, pointer) in cases {
        let reply = world.post("gita", path, body.clone()).expect(422);
        let first = &reply["errors"][0];
        assert_eq!((&first["code"], &first["pointer"]), (&json!(code), &json!(pointer)), "{path} {body}: {reply}");
    }
    assert_eq!(world.post("gita", "/v1/systems/nothing/retire", json!({})).status, 404);
}
