//! How much one client may ask, and what is told of it.

use std::time::Duration;

use actix_web::http::Method;
use serde_json::json;

use crate::world::{Ask, Reply, World};

fn nobody(world: &World, path: &str) -> Reply {
    world.send(Ask { method: Method::GET, path: path.to_owned(), headers: Vec::new(), body: None })
}

#[test]
fn a_spent_budget_is_a_problem_that_says_when_to_come_back() {
    let world = World::with(&[("limits.requests_per_minute", "3")]);
    let first = world.get("gita", "/v1/me");
    assert_eq!(first.header("ratelimit-policy").unwrap(), "\"requests\";q=3;w=60");
    assert_eq!(first.header("ratelimit").unwrap(), "\"requests\";r=2;t=20");
    world.get("gita", "/v1/tasks").expect(200);
    world.get("gita", "/v1/nothing").expect(404);
    let refused = world.get("gita", "/v1/me");
    assert_eq!(refused.header("retry-after").unwrap(), "20");
    assert_eq!(refused.header("ratelimit").unwrap(), "\"requests\";r=0;t=20");
    assert!(refused.header("content-type").unwrap().starts_with("application/problem+json"));
    let problem = refused.expect(429);
    assert_eq!((&problem["code"], &problem["violated-policies"]), (&json!("too_many_requests"), &json!(["requests"])));
    assert!(problem["request_id"].is_string());
    world.get("rita", "/v1/me").expect(200);
    world.clock.advance(Duration::from_secs(20));
    world.get("gita", "/v1/me").expect(200);
}

#[test]
fn a_token_has_a_budget_beside_its_persons_sessions() {
    let world = World::with(&[("limits.requests_per_minute", "2")]);
    let body = json!({ "name": "pipeline", "scopes": ["read"], "expires_at": "2026-06-01T00:00:00Z" });
    let token = world.post("rita", "/v1/tokens", body).expect(201)["token"].as_str().unwrap().to_owned();
    let by_token = || {
        let headers = vec![("authorization".to_owned(), format!("Bearer {token}"))];
        world.send(Ask { method: Method::GET, path: "/v1/me".to_owned(), headers, body: None }).status
    };
    assert_eq!([by_token(), by_token(), by_token()], [200, 200, 429]);
    assert_eq!(world.get("rita", "/v1/me").status, 200);
}

#[test]
fn strangers_sign_ins_and_exports_have_budgets_of_their_own() {
    let world = World::with(&[
        ("limits.anonymous_per_minute", "2"),
        ("limits.sign_ins_per_minute", "2"),
        ("limits.exports_per_minute", "1"),
    ]);
    world.get("gita", "/v1/exceptions.csv").expect(200);
    let export = world.get("gita", "/v1/exceptions.csv");
    assert_eq!(export.header("ratelimit-policy").unwrap(), "\"requests\";q=6000;w=60, \"exports\";q=1;w=60");
    assert_eq!(export.expect(429)["violated-policies"], json!(["exports"]));
    world.get("gita", "/v1/exceptions").expect(200);
    let statuses: Vec<u16> = (0..3).map(|_| nobody(&world, "/problems").status).collect();
    assert_eq!(statuses, [200, 200, 429]);
    let forged = vec![("authorization".to_owned(), format!("Bearer pv_{}", "A".repeat(43)))];
    let forged = Ask { method: Method::GET, path: "/v1/me".to_owned(), headers: forged, body: None };
    assert_eq!(world.send(forged).status, 429, "an unknown token is nobody's");
    for path in ["/livez", "/readyz"] {
        assert!((0..5).all(|_| nobody(&world, path).header("ratelimit").is_none()), "{path}");
    }
    world.get("rita", "/v1/me").expect(200);
    let wrong = json!({ "email": "sam@example.com", "password": "not the password" }).to_string();
    let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    let third = Ask { method: Method::POST, path: "/v1/session".to_owned(), headers, body: Some(wrong.into_bytes()) };
    assert_eq!(world.send(third).code(429), "too_many_requests");
}

/// Every way to take many rows at once.
const EXPORTS: [&str; 9] = [
    "/v1/exceptions.{form}",
    "/v1/tasks.{form}",
    "/v1/people.{form}",
    "/v1/events.{form}",
    "/v1/exceptions/{id}/pack",
    "/v1/reports/{report}",
    "/v1/exceptions",
    "/v1/reports/kpi?as_of=2026-03-01T00:00:00Z",
    "/v1/reports/expiring.xlsx",
];

#[test]
fn every_door_that_files_leave_by_is_an_export() {
    let world = World::new();
    let document = world.get("gita", "/openapi.json").expect(200);
    let files = |operation: &serde_json::Value| {
        let kinds = operation["get"]["responses"]["200"]["content"].as_object();
        kinds.is_some_and(|kinds| kinds.contains_key("text/csv") || kinds.contains_key("application/zip"))
    };
    let paths = document["paths"].as_object().unwrap().iter();
    // Of which fields go where there are a few.
    let few = |path: &str| path == "/v1/data-flows";
    for (path, _) in paths.filter(|(path, operation)| files(operation) && !few(path)) {
        assert!(EXPORTS.contains(&path.as_str()), "{path} is an export: is it counted as one?");
    }
    let id = world.file();
    let counted = |path: &str, accept: &str| {
        let reply = world.ask_with("gita", Method::GET, path, None, &[("accept", accept)]);
        reply.header("ratelimit-policy").unwrap().contains("\"exports\"")
    };
    for door in EXPORTS {
        let (accept, form) = if door == "/v1/exceptions" { ("text/csv", "") } else { ("*/*", "xlsx") };
        let path = door.replace("{form}", form).replace("{report}", "sla.csv").replace("{id}", &id);
        assert!(counted(&path, accept), "{path}");
    }
    for path in ["/v1/exceptions", "/v1/reports/kpi", "/v1/tasks", "/v1/me"] {
        assert!(!counted(path, "application/json"), "{path}");
    }
}
