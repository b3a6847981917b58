//! The log: enough to follow a request by its id, and nobody's name, address, text or secret.

use std::fs;

use proviso::app::DEMO_PASSWORD;
use serde_json::{Value, json};

use crate::{server::Server, world::World};

#[test]
fn a_log_at_its_most_talkative_names_nobody_and_tells_no_text() {
    let (told, request_id) = talkative(&[]);
    assert!(told.contains(&request_id), "a request is followed by its id: {told}");
}

#[test]
fn a_log_for_programs_has_one_object_a_line_and_names_nobody_either() {
    let (told, request_id) = talkative(&["log.format=json".to_owned()]);
    let lines: Vec<Value> = told.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let of = lines.iter().filter(|line| line["fields"]["request_id"] == request_id.as_str());
    assert!(of.clone().any(|line| line["fields"]["status"] == 201), "a request is followed by its id: {told}");
    assert!(lines.iter().all(|line| line["level"].is_string() && line["timestamp"].is_string()));
}

/// What a service logs of a day, and the id of one of its requests.
#[expect(clippy::too_many_lines, reason = "one story told in one go")]
fn talkative(settings: &[String]) -> (String, String) {
    let world = World::at_present();
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let server = Server::logging(&log, (folder.path(), world.app.config().database.url.reveal()), settings);
    let config = ureq::Agent::config_builder().http_status_as_error(false).build();
    let agent = ureq::Agent::new_with_config(config);
    let post = |path: &str, cookie: &str, body: &Value| {
        let request = agent.post(format!("{}{path}", server.at)).header("origin", &server.at).header("cookie", cookie);
        request.send_json(body).unwrap()
    };
    let sign_in =
        |password: &str| post("/v1/session", "", &json!({ "email": "rita@example.com", "password": password }));
    assert_eq!(sign_in("wrong but secret").status(), 401);
    let signed_in = sign_in(DEMO_PASSWORD);
    let cookie = signed_in.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let mut drafted = post("/v1/exceptions", &cookie, &json!({ "title": "Whistleblower hotline" }));
    let (request_id, id) = (
        drafted.headers()["x-request-id"].to_str().unwrap().to_owned(),
        drafted.body_mut().read_json::<Value>().unwrap()["id"].as_str().unwrap().to_owned(),
    );
    post(&format!("/v1/exceptions/{id}/comment"), &cookie, &json!({ "text": "About the works council" }));
    post(&format!("/v1/exceptions/{id}/comment"), &cookie, &json!({ "text": "About the union", "odd": "Leakage" }));
    let token = json!({ "name": "Pipeline", "scopes": ["read"], "expires_at": (world.now() + chrono::Duration::days(9)).to_rfc3339() });
    let issued = post("/v1/tokens", &cookie, &token).body_mut().read_to_string().unwrap();
    let bearer = format!("Bearer pv_{}", issued.split("pv_").nth(1).unwrap().split('"').next().unwrap());
    assert_eq!(
        agent.get(format!("{}/v1/me", server.at)).header("authorization", &bearer).call().unwrap().status(),
        200
    );
    let seen = agent.get(format!("{}/v1/exceptions?q=hotline", server.at)).header("cookie", &cookie).call().unwrap();
    assert_eq!(seen.status(), 200);
    let nobody = agent.get(format!("{}/decide/this-is-a-secret-link", server.at)).call().unwrap();
    assert_eq!(nobody.status(), 404);
    assert!(server.terminate().success());
    let told = fs::read_to_string(&log).unwrap();
    let secret = cookie.split_once('=').unwrap().1;
    let words =
        ["rita", "Rita", "example.com", "istleblower", "hotline", "works council", "union", "Leakage", "secret"];
    for word in words.into_iter().chain([DEMO_PASSWORD, secret, "pv_"]) {
        assert!(!told.contains(word), "{word} in the log: {told}");
    }
    (told, request_id)
}
