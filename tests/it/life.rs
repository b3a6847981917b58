//! The life of an exception as its people see it over REST.

use actix_web::http::Method;
use serde_json::{Value, json};

use crate::world::{World, request};

fn view(world: &World, who: &str, id: &str) -> Value {
    world.get(who, &format!("/v1/exceptions/{id}")).expect(200)
}

#[test]
#[expect(clippy::too_many_lines, reason = "one story told in one go")]
fn from_draft_to_expiry() {
    let world = World::new();
    let mut poor = request();
    poor["justification"] = json!("It would be nice to have.");
    let id = world.post("rita", "/v1/exceptions", poor).expect(201)["id"].as_str().unwrap().to_owned();
    let returned = world.command("rita", &id, "submit", json!({})).expect(200);
    assert_eq!(returned["state"], "returned");
    let reason = &returned["returned"]["reasons"][0];
    assert_eq!(reason["pointer"], "/justification");
    assert!(reason["remedy"].as_str().is_some_and(|remedy| !remedy.is_empty()));
    world.patch("rita", &id, json!({ "justification": request()["justification"] })).expect(200);
    world.to_decision(&id, 1);
    let one = world.approve("boris", &id).expect(200);
    assert_eq!((&one["state"], &one["effective"]), (&json!("decision"), &json!(false)));
    let both = world.approve("carla", &id).expect(200);
    assert_eq!((&both["state"], &both["effective"]), (&json!("active"), &json!(true)));
    world.days(91);
    assert_eq!(view(&world, "rita", &id)["effective"], false, "its time is over whether or not anything ran");
    world.settle();
    assert_eq!(world.state(&id), "expired");
    let timeline = world.get("rita", &format!("/v1/exceptions/{id}/timeline")).expect(200);
    let kinds: Vec<&str> =
        timeline["items"].as_array().unwrap().iter().map(|event| event["kind"].as_str().unwrap()).collect();
    assert_eq!(
        kinds,
        [
            "drafted",
            "submitted",
            "returned",
            "amended",
            "submitted",
            "passed",
            "assessed",
            "rated",
            "round_opened",
            "approved",
            "approved",
            "granted",
            "activated",
            "expired"
        ]
    );
    let last = timeline["items"].as_array().unwrap().last().unwrap().clone();
    assert!(
        last["effective_at"].as_str().unwrap() < last["at"].as_str().unwrap(),
        "it ended at its end, not when the clock looked"
    );
}

/// I-6: who administers has no way around the rule.
#[test]
fn nobody_decides_on_their_own() {
    let world = World::new();
    let id = world.decided_on(1);
    assert_eq!(world.approve("rita", &id).code(403), "forbidden");
    assert_eq!(world.approve("adam", &id).code(403), "forbidden");
    assert_eq!(world.approve("gita", &id).code(403), "forbidden");
    world.approve("boris", &id).expect(200);
    assert_eq!(world.approve("boris", &id).code(403), "already_approved");
    assert_eq!(world.state(&id), "decision");
}

#[test]
fn a_beneficiary_who_approves_is_kept_out() {
    let world = World::new();
    let mut asked = request();
    asked["beneficiary"] = json!(world.id("boris"));
    let id = world.post("rita", "/v1/exceptions", asked).expect(201)["id"].as_str().unwrap().to_owned();
    let submitted = world.command("rita", &id, "submit", json!({}));
    if submitted.status == 200 {
        world.command("rosa", &id, "pass", json!({})).expect(200);
        world.assess(&id, 1);
        assert!(["excluded", "forbidden"].contains(&world.approve("boris", &id).code(403).as_str()));
    } else {
        assert_eq!(submitted.code(422), "quorum_infeasible", "nobody else is a business owner");
    }
}

#[test]
fn a_condition_makes_a_new_dossier_and_voids_what_was_approved() {
    let world = World::new();
    let id = world.decided_on(1);
    let before = world.dossier(&id);
    world.approve("boris", &id).expect(200);
    let condition =
        json!({ "dossier": before, "text": "Only tickets without attachments.", "obligation": "no_attachments" });
    world.command("carla", &id, "propose-condition", condition).expect(200);
    assert_ne!(world.dossier(&id), before);
    let late = world.command("lena", &id, "approve", json!({ "dossier": before }));
    assert_eq!(late.code(409), "dossier_changed");
    world.approve("boris", &id).expect(200);
    let waiting = world.approve("carla", &id).expect(200);
    assert_eq!(waiting["state"], "decision", "the requester has to accept the conditions");
    assert_eq!(world.command("rita", &id, "accept-conditions", json!({})).expect(200)["state"], "active");
}

#[test]
fn one_rejection_with_a_reason_ends_it() {
    let world = World::new();
    let id = world.decided_on(1);
    let dossier = world.dossier(&id);
    assert_eq!(world.command("carla", &id, "reject", json!({ "dossier": dossier })).status, 422, "a reason is needed");
    let ended =
        world.command("carla", &id, "reject", json!({ "dossier": dossier, "reason": "The vendor trains on prompts." }));
    assert_eq!(ended.expect(200)["state"], "rejected");
    assert_eq!(world.command("rita", &id, "submit", json!({})).code(409), "wrong_state");
}

#[test]
fn what_nobody_may_waive_is_refused_at_submission_with_its_source() {
    let world = World::new();
    let clause = world
        .app
        .desk()
        .laws()
        .register
        .screening()
        .first()
        .map(|(clause, asked)| (clause.id.clone(), asked.code.clone()))
        .unwrap();
    for odd in [json!({ "clauses": [clause.0] }), json!({ "screening": { clause.1.as_str(): true } })] {
        let id = world.file();
        world.patch("rita", &id, odd).expect(200);
        let refused = world.command("rita", &id, "submit", json!({})).expect(422);
        assert_eq!(refused["code"], "non_waivable");
        assert!(refused["detail"].as_str().unwrap().contains("Article"), "{refused}");
        assert_eq!(world.state(&id), "draft", "nothing is lost");
    }
}

#[test]
fn an_exception_is_suspended_when_its_review_is_missed_and_resumed_by_two() {
    let world = World::new();
    let mut long = request();
    long["duration_days"] = json!(360);
    let id = world.post("rita", "/v1/exceptions", long).expect(201)["id"].as_str().unwrap().to_owned();
    world.to_decision(&id, 1);
    world.approve("boris", &id).expect(200);
    world.approve("carla", &id).expect(200);
    world.days(200);
    assert_eq!(view(&world, "gita", &id)["effective"], false);
    world.settle();
    assert_eq!(world.state(&id), "suspended");
    world.look_again(&id);
    let dossier = world.dossier(&id);
    let first = world
        .command("boris", &id, "resume", json!({ "dossier": dossier, "reason": "Reviewed late; nothing changed." }))
        .expect(200);
    assert_eq!(first["state"], "suspended", "one person gives nothing back");
    let second = world.approve("carla", &id).expect(200);
    assert_eq!((&second["state"], &second["effective"]), (&json!("active"), &json!(true)));
}

/// I-32.
#[test]
fn the_same_key_and_body_is_one_command() {
    let world = World::new();
    let key = [("idempotency-key", "one-and-the-same")];
    let first = world.ask_with("rita", Method::POST, "/v1/exceptions", Some(&request()), &key);
    let again = world.ask_with("rita", Method::POST, "/v1/exceptions", Some(&request()), &key);
    assert_eq!(again.header("idempotency-replayed").as_deref(), Some("true"));
    assert_eq!(first.expect(201)["number"], again.expect(201)["number"]);
    let mut other = request();
    other["title"] = json!("Something else");
    let clash = world.ask_with("rita", Method::POST, "/v1/exceptions", Some(&other), &key);
    assert_eq!(clash.status, 422, "{}", clash.text);
    let someone = world.ask_with("ben", Method::POST, "/v1/exceptions", Some(&other), &key);
    someone.expect(201);
}

#[test]
fn an_approval_repeated_with_its_key_is_one_vote() {
    let world = World::new();
    let id = world.decided_on(1);
    let body = json!({ "dossier": world.dossier(&id) });
    let path = format!("/v1/exceptions/{id}/approve");
    let key = [("idempotency-key", "vote-1")];
    let first = world.ask_with("boris", Method::POST, &path, Some(&body), &key).expect(200);
    let again = world.ask_with("boris", Method::POST, &path, Some(&body), &key).expect(200);
    assert_eq!(first["version"], again["version"]);
    assert_eq!(again["state"], "decision");
}

#[test]
fn a_change_needs_the_version_that_was_looked_at() {
    let world = World::new();
    let id = world.file();
    let path = format!("/v1/exceptions/{id}");
    let body = json!({ "title": "Another title" });
    let merge = ("content-type", "application/merge-patch+json");
    let blind = world.ask_with("rita", Method::PATCH, &path, Some(&body), &[merge]);
    assert_eq!(blind.status, 428, "{}", blind.text);
    let tag = world.get("rita", &path).header("etag").unwrap();
    let fresh = world.ask_with("rita", Method::PATCH, &path, Some(&body), &[merge, ("if-match", &tag)]);
    assert_ne!(fresh.header("etag").unwrap(), tag);
    fresh.expect(200);
    let stale = world.ask_with("rita", Method::PATCH, &path, Some(&body), &[merge, ("if-match", &tag)]);
    assert_eq!(stale.status, 412, "{}", stale.text);
    assert_eq!(view(&world, "rita", &id)["request"]["title"], "Another title");
}

#[test]
fn a_foreign_exception_is_as_one_that_does_not_exist() {
    let world = World::new();
    let mut secret = request();
    secret["confidential"] = json!(true);
    let id = world.post("rita", "/v1/exceptions", secret).expect(201)["id"].as_str().unwrap().to_owned();
    let unknown = "01977d3c-7a10-7000-8000-00000000ffff";
    for path in ["", "/timeline", "/versions", "/tasks"] {
        let mut foreign = world.get("ben", &format!("/v1/exceptions/{id}{path}"));
        let missing = world.get("ben", &format!("/v1/exceptions/{unknown}{path}"));
        assert_eq!(foreign.status, 404);
        foreign.body["request_id"] = missing.body["request_id"].clone();
        assert_eq!(foreign.body, missing.body, "{path}");
    }
    assert_eq!(world.command("ben", &id, "withdraw", json!({})).status, 404);
    let mine = world.get("ben", "/v1/exceptions").expect(200);
    assert_eq!(mine["items"], json!([]), "nor is it in a list");
    assert_eq!(world.get("rita", "/v1/exceptions").expect(200)["items"].as_array().unwrap().len(), 1);
}

#[test]
fn lists_are_paged_by_key_and_filtered() {
    let world = World::new();
    for _ in 0..5 {
        world.file();
        world.clock.advance(std::time::Duration::from_mins(1));
    }
    let first = world.get("gita", "/v1/exceptions?limit=2&sort=-changed_at");
    let link = first.header("link").unwrap();
    assert!(link.contains("rel=\"next\""), "{link}");
    let page = first.expect(200);
    let cursor = page["next_cursor"].as_str().unwrap();
    let second = world.get("gita", &format!("/v1/exceptions?limit=2&sort=-changed_at&cursor={cursor}")).expect(200);
    let numbers = |page: &Value| {
        page["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["number"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(numbers(&page), ["EX-2026-000005", "EX-2026-000004"]);
    assert_eq!(numbers(&second), ["EX-2026-000003", "EX-2026-000002"]);
    assert_eq!(world.get("gita", "/v1/exceptions?state=active").expect(200)["items"], json!([]));
    assert_eq!(
        numbers(&world.get("gita", "/v1/exceptions?region=eu&business_unit=service&policy=AIP-2&limit=1").expect(200))
            .len(),
        1
    );
    assert_eq!(world.get("gita", "/v1/exceptions?region=us").expect(200)["items"], json!([]));
    assert_eq!(world.get("gita", "/v1/exceptions?cursor=forged").status, 422);
    assert_eq!(world.get("gita", "/v1/exceptions?colour=red").status, 422);
}

#[test]
fn a_task_is_claimed_by_who_may_do_it() {
    let world = World::new();
    let id = world.file();
    world.command("rita", &id, "submit", json!({})).expect(200);
    let tasks = world.get("rosa", "/v1/tasks?assignee=me").expect(200);
    let task = tasks["items"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(world.post("sam", &format!("/v1/tasks/{task}/claim"), json!({})).status, 403);
    world.post("rosa", &format!("/v1/tasks/{task}/claim"), json!({})).expect(200);
    let mine = world.get("rosa", "/v1/tasks?assignee=me").expect(200);
    assert_eq!(mine["items"][0]["assignee"], json!(world.id("rosa")));
    world.post("rosa", &format!("/v1/tasks/{task}/release"), json!({})).expect(200);
}

#[test]
fn nothing_is_answered_to_nobody() {
    let world = World::new();
    for path in ["/v1/exceptions", "/v1/tasks", "/v1/me", "/v1/people", "/v1/changes", "/v1/tokens"] {
        let ask = crate::world::Ask { method: Method::GET, path: path.to_owned(), headers: Vec::new(), body: None };
        let reply = world.send(ask);
        assert_eq!(reply.status, 401, "{path}: {}", reply.text);
        assert!(reply.header("www-authenticate").is_some());
        assert!(reply.header("content-type").unwrap().starts_with("application/problem+json"));
    }
}
