//! The rim on a real store, in process: what it refuses, and what it promises of every answer.

mod world;

use actix_web::test::{TestRequest, call_service, init_service};
use serde_json::{Value, json};

use self::world::{ORIGIN, World, read};
use crate::web::{app, current::Current};

macro_rules! served {
    ($world:ident, $send:ident) => {
        // Setting up waits for commits, which an async task may not.
        let $world = std::thread::spawn(World::new).join().expect("a world");
        let service = init_service(app(Current::new($world.web.clone()))).await;
        let $send = async |request: TestRequest| read(call_service(&service, request.to_request()).await).await;
    };
}

fn draft() -> Value {
    json!({
        "title": "Summaries", "kind": "ai_usage", "clauses": ["AIP-2.1"], "justification": "Because it helps.",
        "scope": { "systems": [{ "name": "Model" }], "business_unit": "service", "regions": ["eu"] }, "duration_days": 90
    })
}

#[actix_web::test]
async fn the_frameworks_own_refusals_are_problems_too() {
    served!(world, send);
    let get = |path: &str| TestRequest::get().uri(path);
    assert_eq!(send(get("/nothing")).await.problem(404).0, "not_found");
    let refused = send(TestRequest::delete().uri("/v1/exceptions")).await;
    assert_eq!(refused.header("allow"), "GET, HEAD, POST");
    assert_eq!(refused.problem(405).0, "method_not_allowed");
    let refused = send(TestRequest::put().uri("/v1/exceptions/EX-2026-000001")).await;
    assert_eq!(refused.header("allow"), "GET, HEAD, PATCH");
    assert_eq!(send(TestRequest::with_uri("/v1/me").method(actix_web::http::Method::OPTIONS)).await.status, 204);
    assert_eq!(send(world.by("rita", get("/v1/exceptions/12"))).await.problem(404).0, "not_found");
    assert_eq!(send(world.by("rita", get("/v1/exceptions/EX-2026-000099"))).await.problem(404).0, "not_found");
    assert_eq!(send(world.by("rita", get("/v1/exceptions?%ff=1"))).await.status, 422);
}

#[actix_web::test]
async fn bodies_are_judged_before_anything_happens() {
    served!(world, send);
    let post = |kind: &str, body: Vec<u8>| {
        world.by(
            "rita",
            TestRequest::post().uri("/v1/exceptions").insert_header(("content-type", kind)).set_payload(body),
        )
    };
    let json = "application/json";
    for (kind, body, status, code, pointer) in [
        ("text/plain", b"{}".to_vec(), 415, "unsupported_media_type", ""),
        (json, b"{".to_vec(), 400, "malformed_json", ""),
        (json, b"\xff".to_vec(), 400, "malformed_json", ""),
        (json, b"{\"title\":\"a\",\"title\":\"b\"}".to_vec(), 400, "duplicate_key", "/title"),
        (json, b"{\"titel\":\"a\"}".to_vec(), 422, "unknown_field", "/titel"),
        (json, b"{\"title\":7}".to_vec(), 422, "invalid_type", "/title"),
        (json, b"[]".to_vec(), 422, "invalid_type", ""),
        (json, vec![b' '; 70_000], 413, "too_large", ""),
        (
            json,
            json!({ "sponsor": "01977d3c-7a10-7000-8000-00000000ffff" }).to_string().into_bytes(),
            422,
            "unknown_person",
            "/sponsor",
        ),
        (json, json!({ "sop": "no-such" }).to_string().into_bytes(), 422, "invalid_value", "/sop"),
    ] {
        let told = send(post(kind, body.clone())).await.problem(status);
        assert_eq!(told, (code.to_owned(), pointer.to_owned()), "{}", String::from_utf8_lossy(&body));
    }
    let id = send(post(json, b"{}".to_vec())).await.expect(201)["id"].as_str().expect("an id").to_owned();
    let missing = world.by("rita", TestRequest::post().uri(&format!("/v1/exceptions/{id}/comment")));
    assert_eq!(send(missing).await.problem(400).0, "missing_body");
    let none = world.by("rita", TestRequest::post().uri(&format!("/v1/exceptions/{id}/withdraw")));
    assert_eq!(send(none).await.expect(200)["state"], "withdrawn", "nothing is required, so nothing need be sent");
}

#[actix_web::test]
async fn strangers_learn_nothing_and_other_sites_change_nothing() {
    served!(world, send);
    let reply = send(TestRequest::post().uri("/v1/exceptions").set_payload("{")).await;
    assert_eq!(reply.header("www-authenticate"), "Bearer realm=\"proviso\"");
    assert_eq!(reply.problem(401).0, "unauthenticated");
    for odd in ["Bearer pv_x", "Basic eDp5", "Bearer"] {
        let reply = send(TestRequest::get().uri("/v1/me").insert_header(("authorization", odd))).await;
        assert_eq!(reply.problem(401).0, "unauthenticated", "{odd}");
    }
    let post = || TestRequest::post().uri("/v1/exceptions").insert_header(world.session("rita")).set_json(draft());
    for (name, value, status) in [
        ("x-nothing", "", 403),
        ("origin", "https://evil.example", 403),
        ("origin", "null", 403),
        ("sec-fetch-site", "cross-site", 403),
        ("sec-fetch-site", "same-site", 403),
        ("origin", ORIGIN, 201),
        ("sec-fetch-site", "same-origin", 201),
    ] {
        assert_eq!(send(post().insert_header((name, value))).await.status, status, "{name}: {value}");
    }
    let both = post().insert_header(("origin", ORIGIN)).insert_header(("sec-fetch-site", "cross-site"));
    assert_eq!(send(both).await.problem(403).0, "cross_origin");
    let me = send(TestRequest::get().uri("/v1/me").insert_header(world.session("rita"))).await.expect(200);
    assert_eq!(me["person"]["name"], "Rita Requester", "{me}");
}

#[actix_web::test]
async fn every_answer_protects_its_reader() {
    served!(world, send);
    let reply = send(world.by("rita", TestRequest::get().uri("/v1/me")).insert_header(("x-request-id", "abc-1"))).await;
    assert_eq!(reply.header("x-request-id"), "abc-1");
    assert_eq!(reply.header("content-security-policy"), "default-src 'none'; frame-ancestors 'none'");
    assert_eq!((reply.header("x-content-type-options"), reply.header("referrer-policy")), ("nosniff", "no-referrer"));
    assert_eq!((reply.header("cache-control"), reply.header("strict-transport-security")), ("no-store", ""));
    let reply = send(TestRequest::get().uri("/livez").insert_header(("x-request-id", "a b\u{e9}"))).await;
    assert_eq!(reply.header("x-request-id").len(), 36, "an odd id is replaced");
    let head = TestRequest::with_uri("/livez").method(actix_web::http::Method::HEAD);
    assert_eq!(send(head).await.status, 200);
    assert_eq!(send(TestRequest::get().uri("/readyz")).await.status, 200);
}

#[actix_web::test]
async fn a_record_is_changed_only_as_it_was_read() {
    served!(world, send);
    let created = send(world.by("rita", TestRequest::post().uri("/v1/exceptions").set_json(draft()))).await;
    let (path, tag) = (created.header("location").to_owned(), created.header("etag").to_owned());
    let shown = created.expect(201);
    assert_eq!(
        (&shown["state"], &shown["request"]["title"], &shown["step"]),
        (&json!("draft"), &json!("Summaries"), &json!("1"))
    );
    let by_number = format!("/v1/exceptions/{}", shown["number"].as_str().expect("a number"));
    let known = world.by("rita", TestRequest::get().uri(&by_number)).insert_header(("if-none-match", tag.clone()));
    assert_eq!(send(known).await.status, 304);
    let patch = |body: Value| world.by("rita", TestRequest::patch().uri(&path)).set_json(body);
    assert_eq!(send(patch(json!({ "title": "B" }))).await.problem(428).0, "precondition_required");
    let amended = send(
        patch(json!({ "title": "B", "kind": null, "scope": { "regions": ["us"] } }))
            .insert_header(("if-match", tag.clone())),
    )
    .await;
    let fresh = amended.header("etag").to_owned();
    let request = amended.expect(200)["request"].clone();
    assert_eq!(
        (&request["title"], &request["kind"], &request["scope"]["regions"]),
        (&json!("B"), &Value::Null, &json!(["us"]))
    );
    assert_eq!(request["justification"], "Because it helps.");
    let stale = send(patch(json!({ "title": "C" })).insert_header(("if-match", tag))).await;
    assert_eq!(stale.header("etag"), fresh);
    let stale = stale.expect(412);
    assert_eq!(
        (&stale["code"], &stale["changed"]),
        (&json!("version_changed"), &json!(["/kind", "/scope/regions", "/title"]))
    );
    let odd = patch(json!({ "scope": { "regoins": [] } })).insert_header(("if-match", fresh.clone()));
    assert_eq!(send(odd).await.problem(422), ("unknown_field".to_owned(), "/scope/regoins".to_owned()));
    let other = patch(json!({ "sop": "lightweight" })).insert_header(("if-match", fresh));
    assert_eq!(send(other).await.problem(422).1, "/sop");
}

#[actix_web::test]
async fn the_same_key_is_the_same_request() {
    served!(world, send);
    let post = |body: Value| {
        world
            .by("rita", TestRequest::post().uri("/v1/exceptions").set_json(body))
            .insert_header(("idempotency-key", "k-1"))
    };
    let first = send(post(draft())).await.expect(201);
    let again = send(post(draft())).await;
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.expect(201), first);
    assert_eq!(send(post(json!({}))).await.problem(422).0, "idempotency_key_reused");
    let odd = post(draft()).insert_header(("idempotency-key", "a b"));
    assert_eq!(send(odd).await.problem(400).0, "invalid_idempotency_key");
}

#[actix_web::test]
async fn an_api_token_gives_nothing_effect() {
    served!(world, send);
    let id =
        send(world.by("rita", TestRequest::post().uri("/v1/exceptions").set_json(draft()))).await.expect(201)["id"]
            .clone();
    let path = format!("/v1/exceptions/{}", id.as_str().expect("an id"));
    let body = json!({ "dossier": "0".repeat(64) });
    let asked = world.by("boris", TestRequest::post().uri(&format!("{path}/approve")).set_json(body));
    let reply = send(asked).await;
    assert!([403, 409].contains(&reply.status), "{}", reply.text);
    let timeline = send(world.by("rita", TestRequest::get().uri(&format!("{path}/timeline")))).await.expect(200);
    assert_eq!(timeline["items"][0]["kind"], "drafted");
    assert_eq!(timeline["items"][0]["facts"]["request"]["title"]["text"], "Summaries");
    assert_eq!(timeline["items"][0]["by"]["through"], "token");
    let versions = send(world.by("rita", TestRequest::get().uri(&format!("{path}/versions")))).await.expect(200);
    assert_eq!(versions["items"][0]["request"]["title"], "Summaries");
    assert_eq!(send(world.by("rita", TestRequest::get().uri(&format!("{path}/dossier")))).await.status, 404);
}

#[actix_web::test]
async fn lists_are_filtered_paged_and_strict() {
    served!(world, send);
    for _ in 0..3 {
        send(world.by("rita", TestRequest::post().uri("/v1/exceptions").set_json(draft()))).await.expect(201);
    }
    let get = |path: &str| world.by("rita", TestRequest::get().uri(path));
    let first = send(get("/v1/exceptions?state=draft&limit=2&requester=me")).await;
    let next =
        first.header("link").split_once('<').and_then(|(_, rest)| rest.split_once('>')).expect("a link").0.to_owned();
    assert_eq!(first.expect(200)["items"].as_array().map(Vec::len), Some(2));
    let last = send(get(&next)).await;
    assert_eq!(last.header("link"), "");
    assert_eq!(last.expect(200)["items"].as_array().map(Vec::len), Some(1));
    for (query, pointer) in [
        ("colour=red", "/colour"),
        ("state=odd", "/state"),
        ("limit=201", "/limit"),
        ("cursor=x", "/cursor"),
        ("sort=title", "/sort"),
        ("limit=1&limit=2", "/limit"),
    ] {
        assert_eq!(send(get(&format!("/v1/exceptions?{query}"))).await.problem(422).1, pointer, "{query}");
    }
    assert_eq!(send(get("/v1/tasks?assignee=me")).await.expect(200)["items"], json!([]));
    assert!(send(get("/v1/sops")).await.status < 404);
}

#[actix_web::test]
async fn a_file_comes_back_as_a_download() {
    served!(world, send);
    let id =
        send(world.by("rita", TestRequest::post().uri("/v1/exceptions").set_json(draft()))).await.expect(201)["id"]
            .clone();
    let path = format!("/v1/exceptions/{}/attachments", id.as_str().expect("an id"));
    let form = |name: &str, content: &str| {
        let body = format!(
            "--b\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"../n\u{f6}te.txt\"\r\nContent-Type: text/html\r\n\r\n{content}\r\n--b--\r\n"
        );
        world
            .by("rita", TestRequest::post().uri(&path))
            .insert_header(("content-type", "multipart/form-data; boundary=b"))
            .set_payload(body)
    };
    let created = send(form("file", "plain words")).await;
    let place = created.header("location").to_owned();
    let shown = created.expect(201);
    assert_eq!(
        (&shown["name"]["text"], &shown["media_type"], &shown["bytes"]),
        (&json!("n\u{f6}te.txt"), &json!("text/plain"), &json!(11))
    );
    let file = send(world.by("rita", TestRequest::get().uri(&place))).await;
    assert_eq!((file.status, file.text.as_str()), (200, "plain words"));
    assert!(file.header("content-disposition").starts_with("attachment; filename="));
    assert_eq!(file.header("content-security-policy"), "sandbox; default-src 'none'");
    assert_eq!(send(world.by("ben", TestRequest::get().uri(&place))).await.status, 404);
    assert_eq!(send(form("other", "x")).await.problem(422).1, "/file");
    assert_eq!(send(form("file", "")).await.problem(422).0, "file_empty");
    assert_eq!(send(form("file", "\u{0}\u{1}")).await.problem(415).0, "file_type_refused");
    assert_eq!(send(form("file", &"x".repeat(100_001))).await.problem(413).0, "too_large");
    let json = world.by("rita", TestRequest::post().uri(&path)).set_json(json!({}));
    assert_eq!(send(json).await.problem(415).0, "unsupported_media_type");
    let list = send(world.by("rita", TestRequest::get().uri(&path))).await.expect(200);
    assert_eq!(list["items"].as_array().map(Vec::len), Some(1));
}

#[actix_web::test]
async fn the_documentation_is_served_offline() {
    served!(world, send);
    let page = send(TestRequest::get().uri("/docs/")).await;
    assert_eq!(page.status, 200);
    assert!(
        page.header("content-security-policy").contains("script-src 'self'")
            || page.header("content-security-policy").starts_with("default-src 'self'")
    );
    assert!(!page.text.contains("https://"), "{}", page.text);
    let document = send(TestRequest::get().uri("/openapi.json")).await.expect(200);
    assert_eq!(document["openapi"], "3.1.0");
    let page = send(TestRequest::get().uri("/problems/wrong_state")).await;
    assert!(page.text.starts_with("Not possible in this state"), "{}", page.text);
    assert_eq!(send(TestRequest::get().uri("/problems/odd")).await.status, 404);
    drop(world);
}
