//! Wrong requests: each is told what is wrong and where, with a stable code, and nothing is lost.

use actix_web::http::Method;
use serde_json::{Value, json};

use crate::world::{ORIGIN, Reply, World, request};

/// What answers: the status, the problem's code, and each field with its own.
pub type Answer<'a> = (u16, &'a str, &'a [(&'a str, &'a str)]);

/// A wrong body, and what answers it.
type Bad = (&'static str, Answer<'static>);

/// Sends raw bytes as Rita.
fn raw(world: &World, method: Method, path: &str, body: &[u8], kind: &str) -> Reply {
    world.get("rita", "/v1/me").expect(200);
    world.raw("rita", method, path, body.to_vec(), &[("content-type", kind), ("origin", ORIGIN)])
}

/// How an answer differs from the one that is expected, of which every part counts.
pub fn differs(reply: &Reply, what: &str, (status, code, errors): Answer<'_>) -> Option<String> {
    let told = reply.body["errors"].as_array().cloned().unwrap_or_default();
    let told: Vec<(&str, &str)> =
        told.iter().map(|one| (one["pointer"].as_str().unwrap(), one["code"].as_str().unwrap())).collect();
    let whole =
        ["type", "title", "status", "detail", "code", "request_id"].iter().all(|key| !reply.body[key].is_null());
    let kind = reply.header("content-type").is_some_and(|kind| kind.starts_with("application/problem+json"));
    let found = (reply.status, reply.body["code"].as_str().unwrap_or_default(), told.as_slice());
    let fits = found == (status, code, errors) && whole && kind;
    (!fits).then(|| format!("{what}\n  expected {:?}\n  answered {found:?}", (status, code, errors)))
}

#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "a test's arguments are its own")]
fn told(reply: Reply, what: &str, answer: Answer<'_>) {
    all_told(&[differs(&reply, what, answer)]);
}

/// Of many, all that differ at once.
#[track_caller]
pub fn all_told(found: &[Option<String>]) {
    let wrong: Vec<&str> = found.iter().flatten().map(String::as_str).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What a new request may have wrong.
const REQUESTS: &[Bad] = &[
    (r#"{"title": "#, (400, "malformed_json", &[("/title", "malformed_json")])),
    (r#"{"title": "x"} trailing"#, (400, "malformed_json", &[("", "malformed_json")])),
    (r#"{"title": "a", "title": "b"}"#, (400, "duplicate_key", &[("/title", "duplicate_key")])),
    (r#"{"scope": {"purpose": "a", "purpose": "b"}}"#, (400, "duplicate_key", &[("/scope/purpose", "duplicate_key")])),
    ("[]", (422, "invalid_type", &[("", "invalid_type")])),
    ("null", (422, "invalid_type", &[("", "invalid_type")])),
    (r#"{"titel": "x"}"#, (422, "unknown_field", &[("/titel", "unknown_field")])),
    (r#"{"scope": {"region": ["eu"]}}"#, (422, "unknown_field", &[("/scope/region", "unknown_field")])),
    (r#"{"title": 7}"#, (422, "invalid_type", &[("/title", "invalid_type")])),
    (r#"{"title": "line\nbreak"}"#, (422, "invalid_value", &[("/title", "invalid_value")])),
    (r#"{"title": "bell\u0007"}"#, (422, "invalid_value", &[("/title", "invalid_value")])),
    (r#"{"justification": "nul\u0000"}"#, (422, "invalid_value", &[("/justification", "invalid_value")])),
    (r#"{"kind": "ai_use"}"#, (422, "invalid_value", &[("/kind", "invalid_value")])),
    (r#"{"kind": ["ai_usage"]}"#, (422, "invalid_type", &[("/kind", "invalid_type")])),
    (r#"{"clauses": "AIP-2.1"}"#, (422, "invalid_type", &[("/clauses", "invalid_type")])),
    (r#"{"clauses": ["no clause"]}"#, (422, "invalid_value", &[("/clauses/0", "invalid_value")])),
    (
        r#"{"scope": {"data_classes": ["secret"]}}"#,
        (422, "invalid_value", &[("/scope/data_classes/0", "invalid_value")]),
    ),
    (r#"{"scope": {"regions": ["EU"]}}"#, (422, "invalid_value", &[("/scope/regions/0", "invalid_value")])),
    (r#"{"scope": {"regions": ["eu/retail"]}}"#, (422, "invalid_value", &[("/scope/regions/0", "invalid_value")])),
    (
        r#"{"scope": {"business_unit": "Retail & Co"}}"#,
        (422, "invalid_value", &[("/scope/business_unit", "invalid_value")]),
    ),
    (r#"{"scope": {"people": ["rita"]}}"#, (422, "invalid_value", &[("/scope/people/0", "invalid_value")])),
    (
        r#"{"scope": {"people": ["01977d3c-7a10-7000-8000-00000000ffff"]}}"#,
        (422, "unknown_person", &[("/scope/people", "unknown_person")]),
    ),
    (r#"{"scope": {"systems": [{"vendor": "x"}]}}"#, (422, "required", &[("/scope/systems/0/name", "required")])),
    (
        r#"{"scope": {"systems": [{"name": "x", "price": 3}]}}"#,
        (422, "unknown_field", &[("/scope/systems/0/price", "unknown_field")]),
    ),
    (r#"{"start": "tomorrow"}"#, (422, "invalid_value", &[("/start", "invalid_value")])),
    (r#"{"start": "2026-13-01T00:00:00Z"}"#, (422, "invalid_value", &[("/start", "invalid_value")])),
    (r#"{"end": 1893456000}"#, (422, "invalid_type", &[("/end", "invalid_type")])),
    (
        r#"{"start": "2027-01-02T00:00:00Z", "end": "2027-01-01T00:00:00Z"}"#,
        (422, "invalid_value", &[("/end", "end_before_start")]),
    ),
    (r#"{"duration_days": 0}"#, (422, "invalid_value", &[("/duration_days", "invalid_value")])),
    (r#"{"duration_days": -5}"#, (422, "invalid_value", &[("/duration_days", "invalid_value")])),
    (r#"{"duration_days": 1.5}"#, (422, "invalid_type", &[("/duration_days", "invalid_type")])),
    (r#"{"duration_days": 99999}"#, (422, "invalid_value", &[("/duration_days", "invalid_value")])),
    (
        r#"{"duration_days": 90, "permanent_reason": "for ever"}"#,
        (422, "invalid_value", &[("/permanent_reason", "term_ambiguous")]),
    ),
    (r#"{"sponsor": "boris"}"#, (422, "invalid_value", &[("/sponsor", "invalid_value")])),
    (
        r#"{"sponsor": "01977d3c-7a10-7000-8000-00000000ffff"}"#,
        (422, "unknown_person", &[("/sponsor", "unknown_person")]),
    ),
    (
        r#"{"beneficiary": "01977d3c-7a10-7000-8000-00000000ffff"}"#,
        (422, "unknown_person", &[("/beneficiary", "unknown_person")]),
    ),
    (
        r#"{"monitoring_owner": "01977d3c-7a10-7000-8000-00000000ffff"}"#,
        (422, "unknown_person", &[("/monitoring_owner", "unknown_person")]),
    ),
    (
        r#"{"renews": "01977d3c-7a10-7000-8000-00000000ffff"}"#,
        (422, "unknown_exception", &[("/renews", "unknown_exception")]),
    ),
    (r#"{"controls": [{"owner": null}]}"#, (422, "required", &[("/controls/0/text", "required")])),
    (r#"{"controls": [{"text": "  "}]}"#, (422, "invalid_value", &[("/controls/0/text", "invalid_value")])),
    (
        r#"{"controls": [{"text": "x", "cadence_days": 0}]}"#,
        (422, "invalid_value", &[("/controls/0/cadence_days", "invalid_value")]),
    ),
    (r#"{"confidential": "yes"}"#, (422, "invalid_type", &[("/confidential", "invalid_type")])),
    (
        r#"{"screening": {"harmful_manipulation": "no"}}"#,
        (422, "invalid_type", &[("/screening/harmful_manipulation", "invalid_type")]),
    ),
    (r#"{"extra": {"x": 0.5}}"#, (422, "invalid_value", &[("/extra/x", "invalid_value")])),
    (r#"{"sop": "no-such-procedure"}"#, (422, "invalid_value", &[("/sop", "invalid_value")])),
];

#[test]
fn a_wrong_request_is_told_where_it_is_wrong() {
    let world = World::new();
    let answered = REQUESTS.iter().map(|(body, answer)| {
        let reply = raw(&world, Method::POST, "/v1/exceptions", body.as_bytes(), "application/json");
        differs(&reply, body, *answer)
    });
    all_told(&answered.collect::<Vec<_>>());
    let listed = world.get("rita", "/v1/exceptions").expect(200);
    assert_eq!(listed["items"], json!([]), "none of them left anything behind");
}

#[test]
fn what_is_no_json_is_told_so() {
    let world = World::new();
    let path = "/v1/exceptions";
    told(
        raw(&world, Method::POST, path, b"{\"title\": \"\xff\xfe\"}", "application/json"),
        "UTF-8",
        (400, "malformed_json", &[]),
    );
    told(
        raw(&world, Method::POST, path, b"title=x", "application/x-www-form-urlencoded"),
        "form",
        (415, "unsupported_media_type", &[]),
    );
    let deep = [b"[".repeat(10_000), b"]".repeat(10_000)].concat();
    let deepest = "/0".repeat(127);
    let answer = (400, "malformed_json", &[(deepest.as_str(), "malformed_json")][..]);
    told(raw(&world, Method::POST, path, &deep, "application/json"), "depth", answer);
    let large = format!("{{\"justification\": \"{}\"}}", "x".repeat(2_000_000));
    told(raw(&world, Method::POST, path, large.as_bytes(), "application/json"), "size", (413, "too_large", &[]));
    let long = json!({ "title": "x".repeat(201) }).to_string();
    told(
        raw(&world, Method::POST, path, long.as_bytes(), "application/json"),
        "title",
        (422, "invalid_value", &[("/title", "invalid_value")]),
    );
    let many = json!({ "scope": { "groups": (0..101).map(|n| format!("g{n}")).collect::<Vec<_>>() } }).to_string();
    told(
        raw(&world, Method::POST, path, many.as_bytes(), "application/json"),
        "groups",
        (422, "invalid_value", &[("/scope/groups", "invalid_value")]),
    );
}

#[test]
#[expect(clippy::too_many_lines, reason = "one story told in one go")]
fn a_wrong_command_is_told_where_it_is_wrong() {
    let world = World::new();
    let id = world.decided_on(1);
    let cases: &[(&str, &str, Value, Answer<'_>)] = &[
        ("boris", "approve", json!({}), (422, "required", &[("/dossier", "required")])),
        ("boris", "approve", json!({ "dossier": "abc" }), (422, "invalid_value", &[("/dossier", "invalid_value")])),
        (
            "boris",
            "approve",
            json!({ "dossier": "0".repeat(64) }),
            (409, "dossier_changed", &[("/dossier", "dossier_changed")]),
        ),
        (
            "boris",
            "approve",
            json!({ "dossier": world.dossier(&id), "on_behalf_of": world.id("carla") }),
            (403, "no_delegation", &[("/on_behalf_of", "no_delegation")]),
        ),
        (
            "boris",
            "approve",
            json!({ "dossier": world.dossier(&id), "vote": "yes" }),
            (422, "unknown_field", &[("/vote", "unknown_field")]),
        ),
        ("boris", "reject", json!({ "dossier": world.dossier(&id) }), (422, "required", &[("/reason", "required")])),
        (
            "boris",
            "reject",
            json!({ "dossier": world.dossier(&id), "reason": "" }),
            (422, "invalid_value", &[("/reason", "invalid_value")]),
        ),
        ("boris", "resume", json!({ "dossier": world.dossier(&id), "reason": "x" }), (409, "wrong_state", &[])),
        ("rosa", "pass", json!({}), (409, "wrong_state", &[])),
        ("rosa", "return", json!({ "codes": [] }), (422, "invalid_value", &[("/codes", "invalid_value")])),
        ("priya", "assess", json!({ "dimension": "privacy", "points": {} }), (409, "wrong_state", &[])),
        (
            "priya",
            "assess",
            json!({ "dimension": "colour", "points": {} }),
            (422, "invalid_value", &[("/dimension", "invalid_value")]),
        ),
        ("rita", "submit", json!({}), (409, "wrong_state", &[])),
        ("rita", "submit", json!({ "now": true }), (422, "unknown_field", &[("/now", "unknown_field")])),
        ("rita", "accept-conditions", json!({}), (409, "not_due", &[])),
        (
            "rita",
            "request-extension",
            json!({ "end": "2027-01-01T00:00:00Z", "reason": "x" }),
            (409, "wrong_state", &[]),
        ),
        ("rita", "request-extension", json!({ "reason": "x" }), (422, "required", &[("/end", "required")])),
        ("gita", "suspend", json!({ "cause": "incident" }), (409, "wrong_state", &[])),
        ("gita", "suspend", json!({ "cause": "An Incident" }), (422, "invalid_value", &[("/cause", "invalid_value")])),
        (
            "gita",
            "waive-gate",
            json!({ "gate": "1.1", "reason": "x" }),
            (422, "not_waivable", &[("/gate", "not_waivable")]),
        ),
        (
            "oskar",
            "confirm-control",
            json!({ "control": "01977d3c-7a10-7000-8000-00000000ffff" }),
            (409, "wrong_state", &[]),
        ),
        (
            "gita",
            "assign",
            json!({ "task": "01977d3c-7a10-7000-8000-00000000ffff", "to": world.id("boris") }),
            (422, "no_such", &[("/task", "no_such")]),
        ),
        ("gita", "comment", json!({ "text": " " }), (422, "invalid_value", &[("/text", "invalid_value")])),
        ("rita", "watch", json!({ "person": "me" }), (422, "invalid_value", &[("/person", "invalid_value")])),
    ];
    let answered = cases.iter().map(|(who, verb, body, answer)| {
        differs(&world.command(who, &id, verb, body.clone()), &format!("{who} {verb} {body}"), *answer)
    });
    all_told(&answered.collect::<Vec<_>>());
    assert_eq!(world.state(&id), "decision");
}

#[test]
fn a_wrong_address_is_told_so() {
    let world = World::new();
    let id = world.file();
    let missing = [
        "/v1/exceptions/EX-2026-000999",
        "/v1/exceptions/17",
        "/v1/exceptions/01977d3c-7a10-7000-8000-00000000ffff",
        "/v1/exceptions/%00",
        "/v1/nothing",
        "/v2/exceptions",
    ];
    for path in missing {
        told(world.get("rita", path), path, (404, "not_found", &[]));
    }
    told(
        world.ask("rita", Method::DELETE, &format!("/v1/exceptions/{id}"), None),
        "DELETE",
        (405, "method_not_allowed", &[]),
    );
    let mut answered = Vec::new();
    for (query, pointer) in [
        ("limit=0", "/limit"),
        ("limit=201", "/limit"),
        ("limit=x", "/limit"),
        ("state=open", "/state"),
        ("tier=huge", "/tier"),
        ("sort=title", "/sort"),
        ("due_before=soon", "/due_before"),
        ("requester=rita", "/requester"),
    ] {
        let reply = world.get("rita", &format!("/v1/exceptions?{query}"));
        answered.push(differs(&reply, query, (422, "invalid_value", &[(pointer, "invalid_value")])));
    }
    all_told(&answered);
}

#[test]
fn a_request_over_the_procedures_maximum_is_refused_at_submission() {
    let world = World::new();
    let id = world.file();
    let own = json!({ "clauses": request()["clauses"], "monitoring_owner": world.id("rita") });
    let back_dated = json!({ "duration_days": null, "start": "2020-01-01T00:00:00Z", "end": "2026-04-01T00:00:00Z" });
    for (change, code, pointer) in [
        (json!({ "duration_days": 400 }), "period_not_allowed", "/duration_days"),
        (back_dated, "period_not_allowed", "/start"),
        (json!({ "start": null, "end": "2026-01-01T00:00:00Z" }), "period_not_allowed", "/end"),
        (json!({ "end": null, "duration_days": 30, "clauses": ["AIP-99.9"] }), "unknown_clause", "/clauses"),
        (own, "monitoring_owner_is_party", "/monitoring_owner"),
    ] {
        let what = change.to_string();
        world.patch("rita", &id, change).expect(200);
        told(world.command("rita", &id, "submit", json!({})), &what, (422, code, &[(pointer, code)]));
    }
    assert_eq!(world.state(&id), "draft");
}

#[test]
fn a_page_elsewhere_cannot_act_in_somebodys_name() {
    let world = World::new();
    let body = request().to_string().into_bytes();
    let kind = ("content-type", "application/json");
    for origin in [
        vec![kind],
        vec![kind, ("origin", "https://evil.example")],
        vec![kind, ("origin", ORIGIN), ("sec-fetch-site", "cross-site")],
    ] {
        let reply = world.raw("rita", Method::POST, "/v1/exceptions", body.clone(), &origin);
        told(reply, &format!("{origin:?}"), (403, "cross_origin", &[]));
    }
}
