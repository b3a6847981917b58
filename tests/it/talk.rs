//! Comments and who reads them, watchers, links, work that is handed on, and content that is set back.

use actix_web::http::Method;
use proviso::store::mailbox::mailbox;
use serde_json::{Value, json};

use crate::world::{World, request};

fn at(id: &str, part: &str) -> String {
    format!("/v1/exceptions/{id}/{part}")
}

/// What somebody reads of the comments.
fn reads(world: &World, who: &str, id: &str) -> Vec<String> {
    let listed = world.get(who, &at(id, "comments")).expect(200);
    let items = listed["items"].as_array().unwrap();
    items.iter().map(|comment| comment["text"]["text"].as_str().unwrap().to_owned()).collect()
}

#[test]
#[expect(clippy::too_many_lines, reason = "one story told in one go")]
fn internal_comments_are_for_those_who_work_on_it() {
    let world = World::new();
    let mut asked = request();
    asked["beneficiary"] = json!(world.id("ben"));
    asked["confidential"] = json!(false);
    let id = world.post("rita", "/v1/exceptions", asked).expect(201)["id"].as_str().unwrap().to_owned();
    world.command("rita", &id, "submit", json!({})).expect(200);
    let before = world.get("gita", &format!("/v1/exceptions/{id}")).header("etag");
    world.command("rita", &id, "comment", json!({ "text": "When do you look at it?" })).expect(200);
    world.command("rosa", &id, "comment", json!({ "text": "By Friday.", "visibility": "requester" })).expect(200);
    let internal = json!({ "text": "The vendor had a breach last year.", "visibility": "internal" });
    world.command("rosa", &id, "comment", internal.clone()).expect(200);
    world.command("sam", &id, "comment", json!({ "text": "Seen.", "visibility": "internal" })).expect(200);
    assert_eq!(world.get("gita", &format!("/v1/exceptions/{id}")).header("etag"), before, "a comment changes nothing");
    let open = ["When do you look at it?", "By Friday."];
    for outsider in ["rita", "ben"] {
        assert_eq!(reads(&world, outsider, &id), open, "{outsider}");
        let timeline = world.get(outsider, &at(&id, "timeline")).expect(200).to_string();
        assert!(timeline.contains("By Friday.") && !timeline.contains("breach"), "{outsider}: {timeline}");
        assert!(!timeline.contains("\"internal\":true"), "nor that there is one: {timeline}");
        assert!(!world.get(outsider, &format!("/v1/exceptions/{id}")).text.contains("breach"));
        assert!(!world.get(outsider, &at(&id, "versions")).text.contains("breach"));
    }
    assert_eq!(reads(&world, "gita", &id).len(), 4);
    let shown = world.get("rosa", &at(&id, "comments?limit=3")).expect(200);
    assert_eq!(
        (&shown["items"][2]["visibility"], &shown["items"][2]["by"]["person"]),
        (&json!("internal"), &json!(world.id("rosa")))
    );
    let rest = world.get("rosa", &at(&id, &format!("comments?cursor={}", shown["next_cursor"].as_str().unwrap())));
    assert_eq!(rest.expect(200)["items"][0]["text"]["text"], "Seen.");
    assert_eq!(world.command("rita", &id, "comment", internal).code(403), "not_yours", "she could not read it herself");
    let odd = world.command("rosa", &id, "comment", json!({ "text": "x", "visibility": "public" }));
    assert_eq!(odd.expect(422)["errors"][0]["pointer"], "/visibility");
    world.app.jobs().unwrap().run_due(world.now());
    let letters = world.read(|conn| mailbox(conn, world.id("rita").parse().unwrap(), None, 100).unwrap());
    let told: Vec<&str> = letters.iter().map(|letter| letter.kind.as_str()).collect();
    assert_eq!(
        told.iter().filter(|kind| **kind == "commented").count(),
        1,
        "of hers and of internal ones she is told nothing"
    );
    assert!(letters.iter().all(|letter| !letter.subject.contains("breach")));
}

#[test]
fn a_timeline_is_paged_past_what_is_not_shown() {
    let world = World::new();
    let id = world.file();
    world.command("rita", &id, "submit", json!({})).expect(200);
    for _ in 0..3 {
        world.command("rosa", &id, "comment", json!({ "text": "Among us.", "visibility": "internal" })).expect(200);
    }
    world.command("rosa", &id, "pass", json!({})).expect(200);
    let first = world.get("rita", &at(&id, "timeline?limit=2")).expect(200);
    let rest =
        world.get("rita", &at(&id, &format!("timeline?limit=2&cursor={}", first["next_cursor"].as_str().unwrap())));
    let kinds: Vec<Value> =
        rest.expect(200)["items"].as_array().unwrap().iter().map(|event| event["kind"].clone()).collect();
    assert_eq!(kinds, ["passed"]);
}

#[test]
fn a_watcher_sees_it_and_is_told_and_may_stop() {
    let world = World::new();
    let id = world.file();
    assert_eq!(world.get("ben", &format!("/v1/exceptions/{id}")).status, 404);
    let ben = json!({ "person": world.id("ben") });
    world.command("rita", &id, "watch", ben.clone()).expect(200);
    let once = world.command("rita", &id, "watch", ben.clone()).expect(200);
    assert_eq!(once["watchers"], json!([world.id("ben")]));
    world.get("ben", &format!("/v1/exceptions/{id}")).expect(200);
    world.command("rita", &id, "submit", json!({})).expect(200);
    world.command("rosa", &id, "watch", json!({})).expect(200);
    world.command("rosa", &id, "comment", json!({ "text": "Quite.", "visibility": "internal" })).expect(200);
    assert!(reads(&world, "ben", &id).is_empty(), "a watcher without a role reads no internal comment");
    assert_eq!(reads(&world, "rosa", &id), ["Quite."]);
    assert_eq!(world.command("ben", &id, "unwatch", json!({ "person": world.id("rosa") })).code(403), "not_yours");
    assert_eq!(world.command("ben", &id, "comment", json!({ "text": "Hm." })).code(403), "forbidden");
    let (path, key) = (format!("/v1/exceptions/{id}/unwatch"), [("idempotency-key", "enough")]);
    let enough = || world.ask_with("ben", Method::POST, &path, Some(&json!({})), &key);
    assert_eq!(enough().header("idempotency-replayed"), None);
    assert_eq!(world.get("ben", &format!("/v1/exceptions/{id}")).status, 404, "he sees it no longer");
    assert_eq!(enough().header("idempotency-replayed").as_deref(), Some("true"), "but hears again what he heard");
    let gone = world.command("gita", &id, "unwatch", json!({ "person": world.id("rosa") })).expect(200);
    assert_eq!(gone["watchers"], json!([]));
    assert_eq!(world.command("gita", &id, "unwatch", json!({ "person": world.id("rosa") })).code(422), "no_such");
    let nobody = json!({ "person": "01977d3c-7a10-7000-8000-00000000ffff" });
    let refused = world.command("rita", &id, "watch", nobody).expect(422);
    assert_eq!((&refused["code"], &refused["errors"][0]["pointer"]), (&json!("no_active_human"), &json!("/person")));
}

#[test]
fn whom_a_confidential_exception_is_shown_to_is_its_parties_choice() {
    let world = World::new();
    let mut secret = request();
    secret["confidential"] = json!(true);
    secret["readers"] = json!([world.id("carla")]);
    let id = world.post("rita", "/v1/exceptions", secret).expect(201)["id"].as_str().unwrap().to_owned();
    let sam = json!({ "person": world.id("sam") });
    assert_eq!(world.command("carla", &id, "watch", sam.clone()).code(403), "not_yours");
    assert_eq!(world.get("sam", &format!("/v1/exceptions/{id}")).status, 404);
    world.command("rita", &id, "watch", sam).expect(200);
    world.get("sam", &format!("/v1/exceptions/{id}")).expect(200);
}

#[test]
fn links_lead_to_tickets_and_to_exceptions_one_can_see() {
    let world = World::new();
    let (id, other) = (world.file(), world.file());
    let number = world.get("rita", &format!("/v1/exceptions/{other}")).expect(200)["number"].clone();
    let ticket = json!({ "relation": "ticket", "target": "https://tickets.example.org/4711" });
    world.command("rita", &id, "link", ticket).expect(200);
    world.command("rita", &id, "link", json!({ "relation": "supersedes", "exception": number })).expect(200);
    let again = world.command("rita", &id, "link", json!({ "relation": "supersedes", "exception": other })).expect(200);
    let relations = again["relations"].as_array().unwrap();
    assert_eq!(relations.len(), 2, "one exception is linked once in one relation");
    assert_eq!(relations[0]["target"]["text"], "https://tickets.example.org/4711");
    assert_eq!((&relations[1]["exception"], &relations[1]["target"]["text"]), (&json!(other), &number));
    let foreign = world.post("ben", "/v1/exceptions", request()).expect(201)["number"].clone();
    for (body, code, pointer) in [
        (json!({ "relation": "ticket" }), "required", "/target"),
        (json!({ "relation": "ticket", "target": "T-1", "exception": other }), "required", "/target"),
        (json!({ "relation": "ticket", "target": "javascript:alert(1)" }), "invalid_value", "/target"),
        (json!({ "relation": "relates", "target": "T-1" }), "invalid_value", "/relation"),
        (json!({ "relation": "ticket", "exception": other }), "invalid_value", "/relation"),
        (json!({ "relation": "relates", "exception": foreign }), "unknown_exception", "/exception"),
        (json!({ "relation": "relates", "exception": "EX-2026-009999" }), "unknown_exception", "/exception"),
        (json!({ "relation": "relates", "exception": "soon" }), "unknown_exception", "/exception"),
        (json!({ "relation": "relates", "exception": id }), "links_to_itself", "/exception"),
        (json!({ "relation": "A Ticket", "target": "x" }), "invalid_value", "/relation"),
    ] {
        let reply = world.command("rita", &id, "link", body.clone()).expect(422);
        assert_eq!(
            (&reply["errors"][0]["code"], &reply["errors"][0]["pointer"]),
            (&json!(code), &json!(pointer)),
            "{body}"
        );
    }
    assert_eq!(world.command("ben", &id, "link", json!({ "relation": "ticket", "target": "T-1" })).status, 404);
}

#[test]
fn work_is_handed_on_to_those_who_may_do_it() {
    let world = World::new();
    let path = format!("/v1/people/{}/roles", world.id("ben"));
    world.post("adam", &path, json!({ "role": "completeness_reviewer", "domain": "/" })).expect(201);
    let mut asked = request();
    asked["beneficiary"] = json!(world.id("priya"));
    let id = world.post("rita", "/v1/exceptions", asked).expect(201)["id"].as_str().unwrap().to_owned();
    world.command("rita", &id, "submit", json!({})).expect(200);
    let task = world.get("gita", &at(&id, "tasks")).expect(200)["items"][0]["id"].clone();
    let assign = |who: &str, to: Value| world.command(who, &id, "assign", json!({ "task": task, "to": to }));
    let given = assign("gita", json!(world.id("rosa"))).expect(200);
    assert_eq!(given["tasks"][0]["assignee"], json!(world.id("rosa")));
    assert_eq!(assign("ben", json!(world.id("ben"))).code(403), "role_missing", "it is Rosa's");
    assert_eq!(assign("rosa", json!(world.id("ben"))).expect(200)["tasks"][0]["assignee"], json!(world.id("ben")));
    assert_eq!(assign("gita", json!(world.id("sam"))).code(403), "role_missing", "he reviews nothing");
    assert_eq!(assign("ben", Value::Null).expect(200)["tasks"][0]["assignee"], Value::Null);
    assert_eq!(assign("rita", json!(world.id("rita"))).code(403), "forbidden");
    let roles = format!("/v1/people/{}/roles", world.id("priya"));
    world.post("adam", &roles, json!({ "role": "completeness_reviewer", "domain": "/" })).expect(201);
    assert_eq!(assign("gita", json!(world.id("priya"))).code(403), "role_missing", "she benefits from it");
}

#[test]
fn content_is_set_back_while_nobody_was_asked_to_decide() {
    let world = World::new();
    let id = world.file();
    let title = |who: &str| world.get(who, &format!("/v1/exceptions/{id}")).expect(200)["request"]["title"].clone();
    world.patch("rita", &id, json!({ "title": "Another title" })).expect(200);
    let revert = |version: u64| world.command("gita", &id, "revert", json!({ "to_version": version }));
    assert_eq!(world.command("rita", &id, "revert", json!({ "to_version": 1 })).code(403), "forbidden");
    assert_eq!(revert(2).code(422), "nothing_to_revert");
    assert_eq!(world.command("gita", &id, "revert", json!({ "to_version": 0 })).status, 422);
    revert(1).expect(200);
    assert_eq!(title("rita"), request()["title"]);
    world.command("rita", &id, "submit", json!({})).expect(200);
    world.command("rosa", &id, "pass", json!({})).expect(200);
    assert_eq!(revert(2).expect(200)["state"], "completeness_review", "it passes through the submission once more");
    assert_eq!(title("rita"), "Another title");
}

#[test]
fn a_revert_never_widens_and_voids_what_was_approved() {
    let world = World::new();
    let mut wide = request();
    wide["scope"]["regions"] = json!(["eu", "us"]);
    let id = world.post("rita", "/v1/exceptions", wide).expect(201)["id"].as_str().unwrap().to_owned();
    world.patch("rita", &id, json!({ "scope": { "regions": ["eu"] } })).expect(200);
    world.patch("rita", &id, json!({ "affected_teams": ["support", "sales"] })).expect(200);
    world.to_decision(&id, 1);
    world.approve("boris", &id).expect(200);
    let before = world.dossier(&id);
    let revert = |version: u64| world.command("gita", &id, "revert", json!({ "to_version": version }));
    assert_eq!(revert(1).code(422), "revert_enlarges");
    let narrowed = revert(2).expect(200);
    assert_ne!(world.dossier(&id), before);
    assert_eq!(narrowed["round"]["approvals"], json!([]), "nobody has approved this one");
    world.approve("boris", &id).expect(200);
    assert_eq!(world.approve("carla", &id).expect(200)["state"], "active");
}

#[test]
fn of_what_lives_a_revert_opens_a_round_and_what_ended_stays() {
    let world = World::new();
    let id = world.file();
    world.patch("rita", &id, json!({ "affected_teams": ["support", "sales"] })).expect(200);
    world.to_decision(&id, 1);
    world.approve("boris", &id).expect(200);
    world.approve("carla", &id).expect(200);
    let opened = world.command("gita", &id, "revert", json!({ "to_version": 1 })).expect(200);
    assert_eq!((&opened["state"], &opened["round"]["kind"]), (&json!("active"), &json!("amendment")));
    assert_eq!(opened["request"]["affected_teams"], json!(["sales", "support"]), "until two people have decided");
    world.approve("boris", &id).expect(200);
    assert_eq!(world.approve("carla", &id).expect(200)["request"]["affected_teams"], json!(["support"]));
    world.command("gita", &id, "suspend", json!({ "cause": "incident" })).expect(200);
    assert_eq!(
        world.command("gita", &id, "revert", json!({ "to_version": 1 })).code(409),
        "wrong_state",
        "that is `resume`"
    );
    world.command("gita", &id, "revoke", json!({ "cause": "incident" })).expect(200);
    assert_eq!(world.command("gita", &id, "revert", json!({ "to_version": 1 })).code(409), "wrong_state");
    assert_eq!(world.ask("ben", Method::GET, &at(&id, "comments"), None).status, 404);
}
