//! What people do to an exception late in its life, each command as they see it over REST.

use actix_web::http::Method;
use serde_json::{Value, json};

use crate::world::{World, request};

fn view(world: &World, id: &str) -> Value {
    world.get("gita", &format!("/v1/exceptions/{id}")).expect(200)
}

/// A request whose control Oskar owns and confirms before it starts, decided by two.
pub fn controlled(world: &World, more: &Value) -> (String, String) {
    let mut asked = request();
    asked["controls"] = json!([{ "text": "Prompts are logged.", "owner": world.id("oskar"), "cadence_days": 30 }]);
    for (name, value) in more.as_object().unwrap() {
        asked[name] = value.clone();
    }
    let id = world.post("rita", "/v1/exceptions", asked).expect(201)["id"].as_str().unwrap().to_owned();
    world.to_decision(&id, 1);
    world.approve("boris", &id).expect(200);
    let decided = world.approve("carla", &id).expect(200);
    assert_eq!(decided["state"], "implementation");
    (id, decided["controls"][0]["id"].as_str().unwrap().to_owned())
}

pub fn upload(world: &World, who: &str, id: &str, text: &str) -> crate::world::Reply {
    let form = format!(
        "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"evidence.txt\"\r\n\
         Content-Type: text/plain\r\n\r\n{text}\r\n--edge--\r\n"
    );
    let headers = [("content-type", "multipart/form-data; boundary=edge"), ("origin", crate::world::ORIGIN)];
    world.raw(who, Method::POST, &format!("/v1/exceptions/{id}/attachments"), form.into_bytes(), &headers)
}

#[test]
fn a_control_is_shown_confirmed_and_reported_as_failed() {
    let world = World::new();
    let (id, control) = controlled(&world, &json!({}));
    let authority = view(&world, &id)["authority"]["dossier"].clone();
    assert_eq!(upload(&world, "boris", &id, "A log").code(403), "forbidden");
    assert_eq!(upload(&world, "rita", &id, "A log").code(403), "excluded", "the requester shows nothing for herself");
    let file = upload(&world, "oskar", &id, "A log of a week").expect(201);
    let confirm = json!({ "control": control, "evidence": "The log of last week." });
    let active = world.command("oskar", &id, "confirm-control", confirm).expect(200);
    assert_eq!((&active["state"], &active["controls"][0]["status"]), (&json!("active"), &json!("confirmed")));
    assert_eq!((&active["evidence"][0]["id"], &active["attachments"]), (&file["id"], &json!([])));
    assert_eq!(active["authority"]["dossier"], authority, "evidence is no part of what was decided");
    let again = upload(&world, "oskar", &id, "A log of another week").expect(201);
    let path = format!("/v1/exceptions/{id}/attachments/{}", again["id"].as_str().unwrap());
    assert_eq!(world.get("rita", &path).text, "A log of another week");
    assert_eq!(
        world.command("rita", &id, "fail-control", json!({ "control": control, "reason": "?" })).code(403),
        "forbidden"
    );
    let nowhere = json!({ "control": file["id"], "reason": "It is off." });
    let unknown = world.command("oskar", &id, "fail-control", nowhere).expect(422);
    assert_eq!(unknown["errors"][0]["pointer"], "/control", "{unknown}");
    let failed = json!({ "control": control, "reason": "The logger was off." });
    let reopened = world.command("oskar", &id, "fail-control", failed).expect(200);
    assert_eq!((&reopened["state"], &reopened["cause"]["code"]), (&json!("re_review"), &json!("control_failed")));
}

#[test]
fn a_later_end_takes_two_people_and_stays_within_the_caps() {
    let world = World::new();
    let id = world.active();
    let end: chrono::DateTime<chrono::Utc> =
        view(&world, &id)["authority"]["period"]["end"].as_str().unwrap().parse().unwrap();
    let ask = |days: i64| {
        let end = (end + chrono::Duration::days(days)).to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        world.command("rita", &id, "request-extension", json!({ "end": end, "reason": "The replacement is late." }))
    };
    for (days, why) in [(-1, "earlier"), (4_000, "beyond the caps")] {
        let refused = ask(days).expect(422);
        let told = (&refused["code"], &refused["errors"][0]["pointer"]);
        assert_eq!(told, (&json!("period_not_allowed"), &json!("/end")), "{why}");
        assert!(!refused["citation"]["facts"].as_object().unwrap().is_empty(), "{refused}");
    }
    assert_eq!(ask(30).expect(200)["round"]["kind"], "extension");
    world.approve("boris", &id).expect(200);
    let extended = world.approve("carla", &id).expect(200);
    assert_eq!((&extended["state"], &extended["extensions"]), (&json!("active"), &json!([30])));
}

#[test]
fn what_is_no_longer_needed_is_closed_and_stays_so() {
    let world = World::new();
    let id = world.active();
    assert_eq!(world.command("boris", &id, "close", json!({})).code(403), "forbidden");
    let closed = world.command("gita", &id, "close", json!({ "reason": "The pilot is over." })).expect(200);
    assert_eq!((&closed["state"], &closed["effective"]), (&json!("closed"), &json!(false)));
    assert_eq!(world.command("gita", &id, "reopen", json!({ "cause": "incident" })).code(409), "wrong_state");
}

#[test]
fn an_incident_reopens_it_and_two_people_reaffirm_it() {
    let world = World::new();
    let id = world.active();
    assert_eq!(world.command("rita", &id, "reopen", json!({ "cause": "incident" })).code(403), "forbidden");
    let reopened = world.command("gita", &id, "reopen", json!({ "cause": "incident", "note": "A leak." })).expect(200);
    assert_eq!((&reopened["state"], &reopened["cause"]["note"]["text"]), (&json!("re_review"), &json!("A leak.")));
    assert_eq!(reopened["effective"], true, "its period runs on meanwhile");
    world.look_again(&id);
    world.approve("boris", &id).expect(200);
    assert_eq!(world.approve("carla", &id).expect(200)["state"], "active");
}

#[test]
fn governance_reminds_and_escalates() {
    let world = World::new();
    let id = world.file();
    let submitted = world.command("rita", &id, "submit", json!({})).expect(200);
    let task = submitted["tasks"][0]["id"].clone();
    assert_eq!(world.command("rita", &id, "remind", json!({ "task": task })).code(403), "forbidden");
    let reminded = world.command("gita", &id, "remind", json!({ "task": task })).expect(200);
    assert_eq!(reminded["counts"]["reminders"], 1);
    let escalated = world.command("gita", &id, "escalate", json!({ "task": task })).expect(200);
    assert_eq!(escalated["counts"]["escalations"], 1);
    let unknown = world.command("gita", &id, "escalate", json!({ "task": id })).expect(422);
    assert_eq!(unknown["errors"][0]["pointer"], "/task", "{unknown}");
}

#[test]
fn a_renewal_supersedes_what_it_renews_when_it_comes_into_effect() {
    let world = World::new();
    let old = world.active();
    let mut asked = request();
    asked["renews"] = json!(old);
    let new = world.post("rita", "/v1/exceptions", asked).expect(201)["id"].as_str().unwrap().to_owned();
    world.to_decision(&new, 1);
    world.approve("boris", &new).expect(200);
    assert_eq!(world.state(&old), "active", "until then it stays in effect");
    assert_eq!(world.approve("carla", &new).expect(200)["state"], "active");
    let ended = view(&world, &old);
    assert_eq!((&ended["state"], &ended["superseded_by"]), (&json!("closed"), &json!(new)));
}
