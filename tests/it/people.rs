//! People, roles, delegations, tokens and changes over REST, and what each means for a decision.

use actix_web::http::Method;
use serde_json::{Value, json};

use crate::world::{Ask, World};

fn grants(world: &World, who: &str) -> Vec<Value> {
    let path = format!("/v1/people/{}/roles", world.id(who));
    world.get("adam", &path).expect(200)["items"].as_array().unwrap().clone()
}

fn grant_id(world: &World, who: &str, role: &str) -> String {
    grants(world, who).iter().find(|held| held["role"] == role).unwrap()["id"].as_str().unwrap().to_owned()
}

/// Asks with a token instead of a session.
pub fn with_token(world: &World, token: &str, method: Method, path: &str, body: Option<Value>) -> crate::world::Reply {
    let mut headers = vec![("authorization".to_owned(), format!("Bearer {token}"))];
    if body.is_some() {
        headers.push(("content-type".to_owned(), "application/json".to_owned()));
    }
    world.send(Ask { method, path: path.to_owned(), headers, body: body.map(|body| body.to_string().into_bytes()) })
}

pub fn token(world: &World, who: &str, scopes: &[&str]) -> String {
    let expires = (world.now() + chrono::Duration::days(30)).to_rfc3339();
    let body = json!({ "name": "a pipeline", "scopes": scopes, "expires_at": expires });
    let issued = world.post(who, "/v1/tokens", body).expect(201);
    issued["token"].as_str().unwrap().to_owned()
}

/// I-14.
#[test]
fn an_approving_role_takes_two_people_to_grant() {
    let world = World::new();
    let path = format!("/v1/people/{}/roles", world.id("ben"));
    let proposed = world.post("adam", &path, json!({ "role": "ciso", "domain": "/" })).expect(202);
    let (change, hash) = (proposed["id"].as_str().unwrap().to_owned(), proposed["hash"].clone());
    assert!(grants(&world, "ben").is_empty(), "nothing happened yet");
    let own = world.post("adam", &format!("/v1/changes/{change}/confirm"), json!({ "hash": hash }));
    assert_eq!(own.status, 403, "{}", own.text);
    let wrong = world.post("gita", &format!("/v1/changes/{change}/confirm"), json!({ "hash": "0".repeat(64) }));
    assert_eq!(wrong.code(409), "payload_changed");
    world.post("gita", &format!("/v1/changes/{change}/confirm"), json!({ "hash": hash })).expect(200);
    assert_eq!(grants(&world, "ben")[0]["role"], "ciso");
    let twice = world.post("gustav", &format!("/v1/changes/{change}/confirm"), json!({ "hash": hash }));
    assert_eq!(twice.status, 409, "{}", twice.text);
}

#[test]
fn a_working_role_is_granted_at_once_but_never_to_oneself() {
    let world = World::new();
    let path = format!("/v1/people/{}/roles", world.id("ben"));
    world.post("adam", &path, json!({ "role": "completeness_reviewer", "domain": "eu" })).expect(201);
    let own = format!("/v1/people/{}/roles", world.id("adam"));
    assert_eq!(world.post("adam", &own, json!({ "role": "completeness_reviewer", "domain": "/" })).status, 403);
    assert_eq!(world.post("rita", &path, json!({ "role": "auditor", "domain": "/" })).status, 403);
}

#[test]
fn a_role_lost_before_the_start_voids_the_approval() {
    let world = World::new();
    let mut later = crate::world::request();
    later["start"] =
        json!((world.now() + chrono::Duration::days(10)).to_rfc3339_opts(chrono::SecondsFormat::Secs, true));
    let id = world.post("rita", "/v1/exceptions", later).expect(201)["id"].as_str().unwrap().to_owned();
    world.to_decision(&id, 1);
    world.approve("boris", &id).expect(200);
    assert_eq!(world.approve("carla", &id).expect(200)["state"], "implementation");
    let path = format!("/v1/people/{}/roles/{}", world.id("carla"), grant_id(&world, "carla", "ciso"));
    let removed = world.ask("adam", Method::DELETE, &path, None);
    assert!((200..300).contains(&removed.status), "{}", removed.text);
    assert_eq!(world.state(&id), "decision", "one approval is void, and nothing starts on the other alone");
    world.days(11);
    world.settle();
    assert_eq!(world.state(&id), "decision");
}

#[test]
fn a_delegate_fills_the_delegators_slot_and_both_count_once() {
    let world = World::new();
    let ends = (world.now() + chrono::Duration::days(7)).to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let path = format!("/v1/people/{}/delegations", world.id("boris"));
    world.post("boris", &path, json!({ "to": world.id("ben"), "ends": ends })).expect(201);
    let id = world.decided_on(1);
    let dossier = world.dossier(&id);
    let body = json!({ "dossier": dossier, "on_behalf_of": world.id("boris") });
    assert_eq!(world.command("konrad", &id, "approve", body.clone()).status, 403, "nobody delegated to him");
    world.command("ben", &id, "approve", body).expect(200);
    assert_eq!(world.approve("boris", &id).code(403), "already_approved");
    assert_eq!(world.approve("carla", &id).expect(200)["state"], "active");
}

/// I-5, I-42.
#[test]
fn a_token_prepares_and_never_decides() {
    let world = World::new();
    let all = token(&world, "boris", &["read", "file", "work", "administer"]);
    let id = world.decided_on(1);
    let path = format!("/v1/exceptions/{id}");
    with_token(&world, &all, Method::GET, &path, None).expect(200);
    let body = json!({ "dossier": world.dossier(&id) });
    let refused = with_token(&world, &all, Method::POST, &format!("{path}/approve"), Some(body));
    assert_eq!(refused.code(403), "needs_person");
    assert_eq!(world.state(&id), "decision");
    let reading = token(&world, "boris", &["read"]);
    let refused =
        with_token(&world, &reading, Method::POST, &format!("{path}/comment"), Some(json!({ "text": "Hello" })));
    assert_eq!(refused.code(403), "scope_missing");
    let timeline = world.get("gita", &format!("{path}/timeline")).expect(200);
    let attempts =
        timeline["items"].as_array().unwrap().iter().filter(|event| event["kind"] == "attempt.refused").count();
    assert_eq!(attempts, 1, "a refused approval is in the record");
}

#[test]
fn who_confirms_their_own_change_is_refused_and_that_is_in_the_record() {
    let world = World::new();
    let law = json!({
        "version": 2, "weight": "material", "title": "General Data Protection Regulation", "jurisdiction": "eu",
        "reference": "EU 2016/679"
    });
    let change = world.post("gita", "/v1/regulations/gdpr/versions", law).expect(202);
    let confirm = format!("/v1/changes/{}/confirm", change["id"].as_str().unwrap());
    let hash = json!({ "hash": change["hash"] });
    assert_eq!(world.post("rita", &confirm, hash.clone()).code(404), "not_found", "she sees no changes");
    assert_eq!(world.post("gita", &confirm, hash).code(403), "forbidden");
    assert_eq!(world.roster_kinds().iter().filter(|kind| *kind == "attempt.refused").count(), 1);
    assert_eq!(world.get("gita", "/v1/changes?state=open").expect(200)["items"].as_array().unwrap().len(), 1);
}

#[test]
fn what_closed_the_task_that_one_took_is_no_reason_not_to_hear_of_it_again() {
    let world = World::new();
    let id = world.file();
    world.command("rita", &id, "submit", json!({})).expect(200);
    let task = world.get("rosa", "/v1/tasks").expect(200)["items"][0]["id"].as_str().unwrap().to_owned();
    let key = [("idempotency-key", "mine")];
    let claim = || world.ask_with("rosa", Method::POST, &format!("/v1/tasks/{task}/claim"), Some(&json!({})), &key);
    let first = claim();
    assert_eq!((first.status, first.header("idempotency-replayed")), (200, None), "{}", first.text);
    world.command("rosa", &id, "pass", json!({})).expect(200);
    let again = claim();
    assert_eq!((again.status, again.header("idempotency-replayed").as_deref()), (200, Some("true")), "{}", again.text);
    assert_eq!(world.post("rosa", &format!("/v1/tasks/{task}/claim"), json!({})).code(404), "not_found");
}

#[test]
fn a_token_ends_when_it_expires_and_when_it_is_revoked() {
    let world = World::new();
    let me = |token: &str| with_token(&world, token, Method::GET, "/v1/me", None);
    let month = token(&world, "boris", &["read"]);
    world.days(29);
    me(&month).expect(200);
    world.hours(23);
    me(&month).expect(200);
    world.hours(1);
    assert_eq!(me(&month).code(401), "unauthenticated", "from its very expiry on");
    let fresh = token(&world, "boris", &["read", "work"]);
    me(&fresh).expect(200);
    let listed = world.get("boris", "/v1/tokens").expect(200);
    let one = listed["items"].as_array().unwrap().iter().find(|one| one["scopes"].as_array().unwrap().len() == 2);
    let path = format!("/v1/tokens/{}", one.unwrap()["id"].as_str().unwrap());
    assert!((200..300).contains(&world.ask("boris", Method::DELETE, &path, None).status));
    assert_eq!(me(&fresh).code(401), "unauthenticated", "at once");
    let body = json!({ "text": "Hello" });
    let id = world.file();
    let refused = with_token(&world, &fresh, Method::POST, &format!("/v1/exceptions/{id}/comment"), Some(body));
    assert_eq!(refused.code(401), "unauthenticated");
}

/// Asks with an `Idempotency-Key`.
#[expect(clippy::needless_pass_by_value, reason = "a test's arguments are its own")]
fn keyed(world: &World, path: &str, body: Value) -> crate::world::Reply {
    world.ask_with("adam", Method::POST, path, Some(&body), &[("idempotency-key", "k-1")])
}

#[test]
fn a_repeated_request_changes_the_roster_once() {
    let world = World::new();
    let nora = json!({ "name": "Nora New", "email": "nora@example.com" });
    let first = keyed(&world, "/v1/people", nora.clone());
    let again = keyed(&world, "/v1/people", nora);
    assert_eq!((first.status, again.status), (201, 201), "{}", again.text);
    assert_eq!(
        (first.header("idempotency-replayed"), again.header("idempotency-replayed")),
        (None, Some("true".into()))
    );
    assert_eq!(first.body, again.body);
    let other = keyed(&world, "/v1/people", json!({ "name": "Olaf Other", "email": "olaf@example.com" }));
    assert_eq!(other.code(422), "idempotency_key_reused");

    let path = format!("/v1/people/{}/roles", world.id("ben"));
    let proposals = [(); 2].map(|()| keyed(&world, &path, json!({ "role": "ciso", "domain": "/" })).expect(202));
    assert_eq!(proposals[0]["id"], proposals[1]["id"]);
    let waiting = world.get("gita", "/v1/changes?state=open").expect(200);
    assert_eq!(waiting["items"].as_array().unwrap().len(), 1);
}

#[test]
fn a_secret_is_shown_with_the_first_answer_alone() {
    let world = World::new();
    let expires = (world.now() + chrono::Duration::days(30)).to_rfc3339();
    let body = json!({ "name": "a pipeline", "scopes": ["read"], "expires_at": expires });
    let [first, again] = [(); 2].map(|()| keyed(&world, "/v1/tokens", body.clone()).expect(201));
    assert_eq!(first["issued"], again["issued"]);
    assert!(first["token"].is_string() && again["token"].is_null(), "{again}");
    let listed = world.get("adam", "/v1/tokens").expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
}

#[test]
fn an_account_that_changed_since_it_was_read_is_not_changed_blindly() {
    let world = World::new();
    let path = format!("/v1/people/{}", world.id("ben"));
    let tag = world.get("adam", &path).header("etag").unwrap();
    let change = |name: &str| {
        world.hours(1);
        let more = [("if-match", tag.as_str()), ("content-type", "application/merge-patch+json")];
        world.ask_with("adam", Method::PATCH, &path, Some(&json!({ "name": name })), &more)
    };
    assert_eq!(change("Ben Better").status, 200);
    assert_eq!(change("Ben Worse").code(412), "version_changed");
    assert_eq!(world.get("adam", &path).expect(200)["name"], "Ben Better");
}

#[test]
fn who_leaves_can_do_nothing_more() {
    let world = World::new();
    let token = token(&world, "carla", &["read"]);
    world.get("carla", "/v1/me").expect(200);
    world.post("adam", &format!("/v1/people/{}/leave", world.id("carla")), json!({})).expect(200);
    assert_eq!(with_token(&world, &token, Method::GET, "/v1/me", None).status, 401);
    assert_eq!(world.get("carla", "/v1/me").status, 401);
}

#[test]
fn an_account_made_again_is_the_same_human() {
    let world = World::new();
    let body = json!({ "name": "Carla again", "email": "CARLA@example.com" });
    assert_eq!(world.post("adam", "/v1/people", body).code(422), "email_taken");
}

#[test]
fn a_sign_in_that_fails_says_nothing_of_who_exists() {
    let world = World::new();
    let attempt = |email: &str| {
        let body = json!({ "email": email, "password": "certainly not this" }).to_string();
        let headers = [("origin", crate::world::ORIGIN), ("content-type", "application/json")];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        world.send(Ask { method: Method::POST, path: "/v1/session".to_owned(), headers, body: Some(body.into_bytes()) })
    };
    let (known, unknown) = (attempt("rita@example.com"), attempt("nobody@example.com"));
    assert_eq!((known.status, unknown.status), (401, 401));
    assert_eq!(known.body["detail"], unknown.body["detail"]);
    for _ in 0..10 {
        assert_eq!(attempt("ben@example.com").status, 401);
    }
    assert_eq!(attempt("ben@example.com").status, 429);
}
