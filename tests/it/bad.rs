//! Wrong requests: each is told what is wrong and where, with a stable code, and nothing is lost.

use actix_web::http::Method;
use serde_json::{Value, json};

use crate::world::{ORIGIN, Reply, World, request};

/// A wrong body, with the status, the code and the pointer that answer it.
type Bad = (&'static str, u16, &'static str, &'static str);

/// Sends raw bytes as Rita.
fn raw(world: &World, method: Method, path: &str, body: &[u8], kind: &str) -> Reply {
    world.get("rita", "/v1/me").expect(200);
    world.raw("rita", method, path, body.to_vec(), &[("content-type", kind), ("origin", ORIGIN)])
}

#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "a test's arguments are its own")]
fn told(reply: Reply, what: &str, (status, code, pointer): (u16, &str, &str)) {
    assert_eq!(reply.status, status, "{what}: {}", reply.text);
    assert!(reply.header("content-type").unwrap().starts_with("application/problem+json"), "{what}");
    let first = &reply.body["errors"][0];
    let found = if pointer.is_empty() { &reply.body["code"] } else { &first["code"] };
    assert!([found, &reply.body["code"]].contains(&&json!(code)), "{what}: {}", reply.text);
    if !pointer.is_empty() {
        assert_eq!(first["pointer"], pointer, "{what}: {}", reply.text);
    }
    for member in ["type", "title", "status", "detail", "code", "request_id"] {
        assert!(!reply.body[member].is_null(), "{what}: no `{member}` in {}", reply.text);
    }
}

/// What a new request may have wrong.
const REQUESTS: &[Bad] = &[
    (r#"{"title": "#, 400, "malformed_json", ""),
    (r#"{"title": "x"} trailing"#, 400, "malformed_json", ""),
    (r#"{"title": "a", "title": "b"}"#, 400, "duplicate_key", "/title"),
    (r#"{"scope": {"purpose": "a", "purpose": "b"}}"#, 400, "duplicate_key", "/scope/purpose"),
    ("[]", 422, "invalid_type", ""),
    ("null", 422, "invalid_type", ""),
    (r#"{"titel": "x"}"#, 422, "unknown_field", "/titel"),
    (r#"{"scope": {"region": ["eu"]}}"#, 422, "unknown_field", "/scope/region"),
    (r#"{"title": 7}"#, 422, "invalid_type", "/title"),
    (r#"{"title": "line\nbreak"}"#, 422, "invalid_value", "/title"),
    (r#"{"title": "bell\u0007"}"#, 422, "invalid_value", "/title"),
    (r#"{"justification": "nul\u0000"}"#, 422, "invalid_value", "/justification"),
    (r#"{"kind": "ai_use"}"#, 422, "invalid_value", "/kind"),
    (r#"{"kind": ["ai_usage"]}"#, 422, "invalid_type", "/kind"),
    (r#"{"clauses": "AIP-2.1"}"#, 422, "invalid_type", "/clauses"),
    (r#"{"clauses": ["no clause"]}"#, 422, "invalid_value", "/clauses/0"),
    (r#"{"scope": {"data_classes": ["secret"]}}"#, 422, "invalid_value", "/scope/data_classes/0"),
    (r#"{"scope": {"regions": ["EU"]}}"#, 422, "invalid_value", "/scope/regions/0"),
    (r#"{"scope": {"regions": ["eu/retail"]}}"#, 422, "invalid_value", "/scope/regions/0"),
    (r#"{"scope": {"business_unit": "Retail & Co"}}"#, 422, "invalid_value", "/scope/business_unit"),
    (r#"{"scope": {"people": ["rita"]}}"#, 422, "invalid_value", "/scope/people/0"),
    (r#"{"scope": {"people": ["01977d3c-7a10-7000-8000-00000000ffff"]}}"#, 422, "unknown_person", "/scope/people"),
    (r#"{"scope": {"systems": [{"vendor": "x"}]}}"#, 422, "required", "/scope/systems/0/name"),
    (r#"{"scope": {"systems": [{"name": "x", "price": 3}]}}"#, 422, "unknown_field", "/scope/systems/0/price"),
    (r#"{"start": "tomorrow"}"#, 422, "invalid_value", "/start"),
    (r#"{"start": "2026-13-01T00:00:00Z"}"#, 422, "invalid_value", "/start"),
    (r#"{"end": 1893456000}"#, 422, "invalid_type", "/end"),
    (r#"{"start": "2027-01-02T00:00:00Z", "end": "2027-01-01T00:00:00Z"}"#, 422, "end_before_start", "/end"),
    (r#"{"duration_days": 0}"#, 422, "invalid_value", "/duration_days"),
    (r#"{"duration_days": -5}"#, 422, "invalid_value", "/duration_days"),
    (r#"{"duration_days": 1.5}"#, 422, "invalid_type", "/duration_days"),
    (r#"{"duration_days": 99999}"#, 422, "invalid_value", "/duration_days"),
    (r#"{"duration_days": 90, "permanent_reason": "for ever"}"#, 422, "term_ambiguous", "/permanent_reason"),
    (r#"{"sponsor": "boris"}"#, 422, "invalid_value", "/sponsor"),
    (r#"{"sponsor": "01977d3c-7a10-7000-8000-00000000ffff"}"#, 422, "unknown_person", "/sponsor"),
    (r#"{"beneficiary": "01977d3c-7a10-7000-8000-00000000ffff"}"#, 422, "unknown_person", "/beneficiary"),
    (r#"{"monitoring_owner": "01977d3c-7a10-7000-8000-00000000ffff"}"#, 422, "unknown_person", "/monitoring_owner"),
    (r#"{"renews": "01977d3c-7a10-7000-8000-00000000ffff"}"#, 422, "unknown_exception", "/renews"),
    (r#"{"controls": [{"owner": null}]}"#, 422, "required", "/controls/0/text"),
    (r#"{"controls": [{"text": "  "}]}"#, 422, "invalid_value", "/controls/0/text"),
    (r#"{"controls": [{"text": "x", "cadence_days": 0}]}"#, 422, "invalid_value", "/controls/0/cadence_days"),
    (r#"{"confidential": "yes"}"#, 422, "invalid_type", "/confidential"),
    (r#"{"screening": {"harmful_manipulation": "no"}}"#, 422, "invalid_type", "/screening/harmful_manipulation"),
    (r#"{"extra": {"x": 0.5}}"#, 422, "invalid_value", "/extra/x"),
    (r#"{"sop": "no-such-procedure"}"#, 422, "invalid_value", "/sop"),
];

#[test]
fn a_wrong_request_is_told_where_it_is_wrong() {
    let world = World::new();
    for (body, status, code, pointer) in REQUESTS {
        let reply = raw(&world, Method::POST, "/v1/exceptions", body.as_bytes(), "application/json");
        told(reply, body, (*status, code, pointer));
    }
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
        (400, "malformed_json", ""),
    );
    told(
        raw(&world, Method::POST, path, b"title=x", "application/x-www-form-urlencoded"),
        "form",
        (415, "unsupported_media_type", ""),
    );
    let deep = [b"[".repeat(10_000), b"]".repeat(10_000)].concat();
    told(raw(&world, Method::POST, path, &deep, "application/json"), "depth", (400, "malformed_json", ""));
    let large = format!("{{\"justification\": \"{}\"}}", "x".repeat(2_000_000));
    told(raw(&world, Method::POST, path, large.as_bytes(), "application/json"), "size", (413, "too_large", ""));
    let long = json!({ "title": "x".repeat(201) }).to_string();
    told(
        raw(&world, Method::POST, path, long.as_bytes(), "application/json"),
        "title",
        (422, "invalid_value", "/title"),
    );
    let many = json!({ "scope": { "groups": (0..101).map(|n| format!("g{n}")).collect::<Vec<_>>() } }).to_string();
    told(
        raw(&world, Method::POST, path, many.as_bytes(), "application/json"),
        "groups",
        (422, "invalid_value", "/scope/groups"),
    );
}

#[test]
#[expect(clippy::too_many_lines, reason = "one story told in one go")]
fn a_wrong_command_is_told_where_it_is_wrong() {
    let world = World::new();
    let id = world.decided_on(1);
    let cases: &[(&str, &str, Value, u16, &str, &str)] = &[
        ("boris", "approve", json!({}), 422, "required", "/dossier"),
        ("boris", "approve", json!({ "dossier": "abc" }), 422, "invalid_value", "/dossier"),
        ("boris", "approve", json!({ "dossier": "0".repeat(64) }), 409, "dossier_changed", "/dossier"),
        (
            "boris",
            "approve",
            json!({ "dossier": world.dossier(&id), "on_behalf_of": world.id("carla") }),
            403,
            "no_delegation",
            "",
        ),
        ("boris", "approve", json!({ "dossier": world.dossier(&id), "vote": "yes" }), 422, "unknown_field", "/vote"),
        ("boris", "reject", json!({ "dossier": world.dossier(&id) }), 422, "required", "/reason"),
        ("boris", "reject", json!({ "dossier": world.dossier(&id), "reason": "" }), 422, "invalid_value", "/reason"),
        ("boris", "resume", json!({ "dossier": world.dossier(&id), "reason": "x" }), 409, "wrong_state", ""),
        ("rosa", "pass", json!({}), 409, "wrong_state", ""),
        ("rosa", "return", json!({ "codes": [] }), 422, "invalid_value", "/codes"),
        ("priya", "assess", json!({ "dimension": "privacy", "points": {} }), 409, "wrong_state", ""),
        ("priya", "assess", json!({ "dimension": "colour", "points": {} }), 422, "invalid_value", "/dimension"),
        ("rita", "submit", json!({}), 409, "wrong_state", ""),
        ("rita", "submit", json!({ "now": true }), 422, "unknown_field", "/now"),
        ("rita", "accept-conditions", json!({}), 409, "not_due", ""),
        ("rita", "request-extension", json!({ "end": "2027-01-01T00:00:00Z", "reason": "x" }), 409, "wrong_state", ""),
        ("rita", "request-extension", json!({ "reason": "x" }), 422, "required", "/end"),
        ("gita", "suspend", json!({ "cause": "incident" }), 409, "wrong_state", ""),
        ("gita", "suspend", json!({ "cause": "An Incident" }), 422, "invalid_value", "/cause"),
        ("gita", "waive-gate", json!({ "gate": "1.1", "reason": "x" }), 422, "not_waivable", "/gate"),
        (
            "oskar",
            "confirm-control",
            json!({ "control": "01977d3c-7a10-7000-8000-00000000ffff" }),
            409,
            "wrong_state",
            "",
        ),
        (
            "gita",
            "assign",
            json!({ "task": "01977d3c-7a10-7000-8000-00000000ffff", "to": world.id("boris") }),
            422,
            "no_such",
            "/task",
        ),
        ("gita", "comment", json!({ "text": " " }), 422, "invalid_value", "/text"),
        ("rita", "watch", json!({ "person": "me" }), 422, "invalid_value", "/person"),
    ];
    for (who, verb, body, status, code, pointer) in cases {
        told(world.command(who, &id, verb, body.clone()), &format!("{who} {verb} {body}"), (*status, code, pointer));
    }
    assert_eq!(world.state(&id), "decision");
}

/// Who asks for what, with which body.
type Attempt<'a> = (&'a str, &'a str, &'a Value);

#[test]
#[expect(clippy::too_many_lines, reason = "a table of commands by state")]
fn what_a_state_does_not_know_is_told_so_in_each() {
    let world = World::new();
    let (draft, review, active, closed) = (world.file(), world.file(), world.active(), world.active());
    world.command("rita", &review, "submit", json!({})).expect(200);
    world.command("gita", &closed, "close", json!({})).expect(200);
    let (dossier, note) = (json!("0".repeat(64)), json!({ "cause": "incident" }));
    let decide = json!({ "dossier": dossier, "reason": "x" });
    let later = json!({ "end": "2027-01-01T00:00:00Z", "reason": "x" });
    let clause = json!({ "clauses": ["AIP-3.1"], "reason": "x" });
    let assess = json!({ "dimension": "privacy", "points": {} });
    let cases: [(&str, &[Attempt<'_>]); 4] = [
        (
            &draft,
            &[
                ("rosa", "pass", &json!({})),
                ("rosa", "add-clauses", &clause),
                ("priya", "assess", &assess),
                ("carla", "reject", &decide),
                ("gita", "suspend", &note),
                ("gita", "revoke", &note),
                ("rita", "request-extension", &later),
                ("rita", "accept-conditions", &json!({})),
            ],
        ),
        (
            &review,
            &[
                ("rita", "submit", &json!({})),
                ("priya", "assess", &assess),
                ("boris", "reject", &decide),
                ("boris", "request-changes", &decide),
                ("gita", "reopen", &note),
                ("gita", "close", &json!({})),
            ],
        ),
        (
            &active,
            &[
                ("rita", "submit", &json!({})),
                ("rita", "withdraw", &json!({})),
                ("rosa", "pass", &json!({})),
                ("rosa", "return", &json!({ "codes": ["wrong_clause"] })),
                ("priya", "assess", &assess),
                ("boris", "request-changes", &decide),
                ("boris", "resume", &decide),
            ],
        ),
        (
            &closed,
            &[
                ("rita", "submit", &json!({})),
                ("rita", "watch", &json!({ "person": world.id("ben") })),
                ("rosa", "add-clauses", &clause),
                ("carla", "reject", &decide),
                ("gita", "suspend", &note),
                ("gita", "close", &json!({})),
                ("gita", "remind", &json!({})),
            ],
        ),
    ];
    for (id, asked) in cases {
        for (who, verb, body) in asked {
            let before = world.get("gita", &format!("/v1/exceptions/{id}")).expect(200)["version"].clone();
            told(
                world.command(who, id, verb, (*body).clone()),
                &format!("{who} {verb} of {id}"),
                (409, "wrong_state", ""),
            );
            assert_eq!(world.get("gita", &format!("/v1/exceptions/{id}")).expect(200)["version"], before);
        }
    }
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
        told(world.get("rita", path), path, (404, "not_found", ""));
    }
    told(
        world.ask("rita", Method::DELETE, &format!("/v1/exceptions/{id}"), None),
        "DELETE",
        (405, "method_not_allowed", ""),
    );
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
        assert_eq!(
            (reply.status, reply.body["errors"][0]["pointer"].as_str()),
            (422, Some(pointer)),
            "{query}: {}",
            reply.text
        );
    }
}

#[test]
fn a_request_over_the_procedures_maximum_is_refused_at_submission() {
    let world = World::new();
    let id = world.file();
    world.patch("rita", &id, json!({ "duration_days": 400 })).expect(200);
    told(world.command("rita", &id, "submit", json!({})), "400 days", (422, "period_not_allowed", "/duration_days"));
    world
        .patch(
            "rita",
            &id,
            json!({ "duration_days": null, "start": "2020-01-01T00:00:00Z", "end": "2026-04-01T00:00:00Z" }),
        )
        .expect(200);
    told(world.command("rita", &id, "submit", json!({})), "back-dated", (422, "period_not_allowed", "/start"));
    world.patch("rita", &id, json!({ "start": null, "end": "2026-01-01T00:00:00Z" })).expect(200);
    told(world.command("rita", &id, "submit", json!({})), "passed", (422, "period_not_allowed", "/end"));
    world.patch("rita", &id, json!({ "end": null, "duration_days": 30, "clauses": ["AIP-99.9"] })).expect(200);
    told(world.command("rita", &id, "submit", json!({})), "no clause", (422, "unknown_clause", "/clauses"));
    world
        .patch("rita", &id, json!({ "clauses": request()["clauses"], "monitoring_owner": world.id("rita") }))
        .expect(200);
    told(
        world.command("rita", &id, "submit", json!({})),
        "own monitor",
        (422, "monitoring_owner_is_party", "/monitoring_owner"),
    );
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
        told(reply, &format!("{origin:?}"), (403, "cross_origin", ""));
    }
}
