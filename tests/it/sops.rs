//! Procedures as governance keeps them: looked at, published and retired by two people, and what that means for
//! those who ask and for what is under way.

use actix_web::http::Method;
use serde_json::{Value, json};

use crate::{
    pages::walk::Walker,
    world::{World, request},
};

const STANDARD: &str = include_str!("../../policies/sop/standard.yaml");

/// The standard procedure with texts replaced.
fn standard(changes: &[(&str, &str)]) -> Value {
    let mut text = STANDARD.to_owned();
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    json!({ "document": text })
}

pub fn confirm(world: &World, proposed: &Value) {
    let path = format!("/v1/changes/{}/confirm", proposed["id"].as_str().unwrap());
    world.post("gustav", &path, json!({ "hash": proposed["hash"] })).expect(200);
}

/// Gita proposes to retire it, and Gustav confirms.
fn retire(world: &World, id: &str) {
    confirm(world, &world.post("gita", &format!("/v1/sops/{id}/retire"), json!({})).expect(202));
}

fn draft(world: &World, sop: &str) -> (u16, Value) {
    let mut asked = request();
    asked["sop"] = json!(sop);
    let reply = world.post("rita", "/v1/exceptions", asked);
    (reply.status, serde_json::from_str(&reply.text).unwrap())
}

/// Which procedures are listed as retired.
fn retired(world: &World) -> Vec<String> {
    let listed = world.get("rita", "/v1/sops").expect(200);
    let all = listed["items"].as_array().unwrap().iter();
    all.filter(|sop| sop["retired"] == true).map(|sop| sop["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_procedure_is_looked_at_with_the_lines_of_what_is_wrong() {
    let world = World::new();
    let broken = standard(&[("max_days: 90", "max_days: 9000"), ("due_hours: 48", "due_hours: 0")]);
    assert_eq!(world.post("rita", "/v1/sops/lint", broken.clone()).code(403), "forbidden");
    let looked = world.post("gita", "/v1/sops/lint", broken).expect(200);
    assert_eq!((&looked["publishable"], &looked["id"]), (&json!(false), &Value::Null));
    let line = STANDARD.lines().position(|line| line.contains("max_days: 90")).unwrap() + 1;
    let first = &looked["findings"][0];
    assert_eq!((&first["pointer"], &first["line"]), (&json!("/tiers/critical/max_days"), &json!(line)), "{looked}");
    assert!(first["column"].as_u64().unwrap() > 1 && first["hint"].as_str().is_some_and(|hint| !hint.is_empty()));
    assert!(looked["findings"].as_array().unwrap().len() > 2, "all of them: {looked}");

    let vague = standard(&[
        ("request.people + request.groups + request.agents > 0", "request.people >= 0"),
        ("scores.max >= 80", "scores.max > 100"),
        ("The request, its assessments", "Carefully, the request, its assessments"),
    ]);
    let looked = world.post("gita", "/v1/sops/lint", vague).expect(200);
    assert_eq!((&looked["publishable"], &looked["id"]), (&json!(true), &json!("standard")), "{looked}");
    let codes: Vec<&str> =
        looked["findings"].as_array().unwrap().iter().map(|found| found["code"].as_str().unwrap()).collect();
    for code in ["vague_word", "never_fails", "never_holds"] {
        assert!(codes.contains(&code), "{code}: {looked}");
    }
    let elsewhere = world.post("gita", "/v1/sops/lint", json!({ "document": "id: [" })).expect(200);
    assert_eq!(elsewhere["findings"][0]["code"], "not_loadable");
}

#[test]
fn a_role_that_nobody_holds_is_told_by_the_service() {
    let world = World::new();
    let asked = standard(&[("{min: 2, all_of: [ciso, cro]}", "{min: 2, all_of: [ethics_board]}")]);
    let looked = world.post("gita", "/v1/sops/lint", asked).expect(200);
    let found = looked["findings"].as_array().unwrap().iter().find(|found| found["code"] == "role_not_held").unwrap();
    assert!(found["message"].as_str().unwrap().contains("ethics_board"), "{found}");
    assert_eq!((&found["severity"], &looked["publishable"]), (&json!("warning"), &json!(true)));
}

#[test]
fn a_version_is_tried_on_what_went_before_it_and_changes_nothing() {
    let world = World::new();
    let active = world.active();
    world.file();
    let same = world.post("gita", "/v1/sops/replay", standard(&[("version: 1", "version: 2")])).expect(200);
    assert_eq!((&same["tried"], &same["different"], &same["cases"]), (&json!(1), &json!(0), &json!([])), "{same}");
    let stricter = standard(&[("version: 1", "version: 2"), ("scores.max >= 80", "scores.max >= 0")]);
    assert_eq!(world.post("rita", "/v1/sops/replay", stricter.clone()).code(403), "forbidden");
    let before = world.get("gita", &format!("/v1/exceptions/{active}")).expect(200);
    let told = world.post("gita", "/v1/sops/replay", stricter).expect(200);
    let case = &told["cases"][0];
    assert_eq!((&told["different"], &case["id"], &case["state"]), (&json!(1), &json!(active), &json!("active")));
    let tier = case["differences"].as_array().unwrap().iter().find(|one| one["what"] == "tier").unwrap();
    assert_eq!(tier["would"], "critical", "{case}");
    assert!(tier["looked_at"]["scores.max"].is_number(), "{tier}");
    let quorum = case["differences"].as_array().unwrap().iter().find(|one| one["what"] == "quorum").unwrap();
    assert!(quorum["would"].as_str().unwrap().contains("cro"), "{quorum}");
    assert_eq!(world.get("gita", &format!("/v1/exceptions/{active}")).expect(200), before);
    let unsound = standard(&[("version: 1", "version: 2"), ("max_days: 90", "max_days: 9000")]);
    assert_eq!(world.post("gita", "/v1/sops/replay", unsound).code(422), "sop_unsound");
}

#[test]
fn a_version_is_published_by_two_people_and_new_requests_follow_it() {
    let world = World::new();
    let (_, before) = draft(&world, "standard");
    let path = "/v1/sops/standard/versions";
    let second = standard(&[("version: 1", "version: 2"), ("draft_lapse_days: 30", "draft_lapse_days: 20")]);
    assert_eq!(world.post("rita", path, second.clone()).code(403), "forbidden");
    let proposed = world.post("gita", path, second.clone()).expect(202);
    assert_eq!(proposed["text"], "Publish the procedure standard in version 2");
    assert_eq!(proposed["document"]["steps"]["submission"]["draft_lapse_days"], 20, "it can be read before it holds");
    assert_eq!(draft(&world, "standard").1["sop"]["version"], 1, "nothing happened yet");
    let confirm_path = format!("/v1/changes/{}/confirm", proposed["id"].as_str().unwrap());
    assert_eq!(world.post("gita", &confirm_path, json!({ "hash": proposed["hash"] })).status, 403, "not by one");
    confirm(&world, &proposed);
    assert_eq!(draft(&world, "standard").1["sop"]["version"], 2);
    let listed = world.get("rita", path).expect(200);
    let versions: Vec<u64> =
        listed["items"].as_array().unwrap().iter().map(|sop| sop["version"].as_u64().unwrap()).collect();
    assert_eq!(versions, [1, 2]);
    assert_eq!(world.get("rita", "/v1/sops/standard").expect(200), listed);
    let submitted = world.command("rita", before["id"].as_str().unwrap(), "submit", json!({})).expect(200);
    assert_eq!(submitted["sop"]["version"], 2, "a draft follows what holds when it is submitted");
    let again = world.post("gita", path, second).expect(422);
    assert_eq!((&again["code"], &again["errors"][0]["pointer"]), (&json!("version_not_newer"), &json!("/document")));
}

#[test]
fn what_is_unsound_or_another_is_refused_with_everything_and_proposes_nothing() {
    let world = World::new();
    let path = "/v1/sops/standard/versions";
    let unsound = standard(&[
        ("version: 1", "version: 2"),
        ("max_days: 90", "max_days: 9000"),
        ("due_hours: 48", "due_hours: 0"),
    ]);
    let refused = world.post("gita", path, unsound).expect(422);
    assert_eq!(refused["code"], "sop_unsound");
    assert!(refused["errors"].as_array().unwrap().len() > 2, "{refused}");
    assert!(refused["errors"][0]["detail"].as_str().unwrap().contains("line "), "{refused}");
    assert_eq!(refused["findings"][0]["pointer"], "/tiers/critical/max_days");
    let alone = standard(&[("version: 1", "version: 2"), ("quorum: {min: 2,", "quorum: {min: 1,")]);
    let clash = world.post("gita", path, alone).expect(422);
    assert_eq!(clash["errors"][0]["code"], "clash_with_rules");
    let other = world.post("gita", path, standard(&[("id: standard", "id: other")])).expect(422);
    assert_eq!(other["errors"][0]["pointer"], "/document");
    assert_eq!(world.get("gita", "/v1/changes?state=open").expect(200)["items"], json!([]));
    let new = standard(&[("id: standard", "id: other")]);
    confirm(&world, &world.post("gita", "/v1/sops/other/versions", new).expect(202));
    assert_eq!(draft(&world, "other").1["sop"]["id"], "other", "a new procedure comes the same way");
}

#[test]
fn a_version_is_tried_on_what_happens_from_then_on_without_effect() {
    let world = World::new();
    let path = "/v1/sops/standard/shadow";
    let earlier = world.active();
    let stricter = standard(&[("version: 1", "version: 2"), ("scores.max >= 80", "scores.max >= 0")]);
    assert_eq!(world.post("rita", path, stricter.clone()).code(403), "forbidden");
    assert_eq!(world.get("gita", path).status, 404, "nothing is tried");
    assert_eq!(world.post("gita", path, standard(&[])).expect(422)["errors"][0]["code"], "version_not_newer");
    let elsewhere = world.post("gita", "/v1/sops/nothing/shadow", stricter.clone()).expect(422);
    assert_eq!(elsewhere["errors"][0]["pointer"], "/document", "{elsewhere}");
    world.clock.advance(std::time::Duration::from_secs(1));
    let begun = world.post("gita", path, stricter.clone()).expect(201);
    assert_eq!((&begun["compared"]["version"], &begun["compared"]["tried"]), (&json!(2), &json!(0)), "{begun}");
    let later = world.active();
    let told = world.get("gita", path).expect(200);
    assert_eq!((&told["compared"]["tried"], &told["compared"]["different"]), (&json!(1), &json!(1)), "{told}");
    assert_eq!(told["compared"]["cases"][0]["id"], json!(later), "and not {earlier}, which came before");
    let newest = world.get("rita", "/v1/sops/standard").expect(200);
    assert_eq!(newest["items"].as_array().unwrap().len(), 1, "it does not run: {newest}");
    assert_eq!(world.get("rita", &format!("/v1/exceptions/{later}")).expect(200)["tier"], "low");
    assert_eq!(world.get("rita", path).code(403), "forbidden");
    let end = |who: &str| world.ask(who, Method::DELETE, path, None).status;
    assert_eq!(end("rita"), 403);
    assert_eq!((end("gita"), world.get("gita", path).status, end("gita")), (204, 404, 404));
    assert_eq!(end("rita"), 403, "nor does she hear whether one is tried");
    // What is published is tried no more.
    world.post("gita", path, stricter.clone()).expect(201);
    confirm(&world, &world.post("gita", "/v1/sops/standard/versions", stricter).expect(202));
    assert_eq!(world.get("gita", path).status, 404);
    let kinds = world.roster_kinds();
    let count = |wanted: &str| kinds.iter().filter(|kind| *kind == wanted).count();
    assert_eq!((count("sop_shadowed"), count("shadow_ended")), (2, 1));
}

#[test]
fn a_retired_procedure_takes_nothing_new_and_lets_go_on_what_began() {
    let world = World::new();
    let (_, begun) = draft(&world, "lightweight");
    let path = "/v1/sops/lightweight/retire";
    assert_eq!(world.post("adam", path, json!({})).code(403), "forbidden", "an admin decides nothing");
    let proposed = world.post("gita", path, json!({})).expect(202);
    assert!(proposed["text"].as_str().unwrap().starts_with("Retire the procedure lightweight"), "{proposed}");
    assert_eq!(retired(&world), [""; 0]);
    let tag = |reply: &crate::world::Reply| reply.header("etag").unwrap();
    let before = tag(&world.get("rita", "/v1/sops/lightweight/versions/1"));
    confirm(&world, &proposed);
    assert_eq!(retired(&world), ["lightweight"]);
    assert_ne!(before, tag(&world.get("rita", "/v1/sops/lightweight/versions/1")));
    let (status, refused) = draft(&world, "lightweight");
    assert_eq!(
        (status, &refused["code"], &refused["errors"][0]["pointer"]),
        (422, &json!("sop_retired"), &json!("/sop"))
    );
    let submitted = world.command("rita", begun["id"].as_str().unwrap(), "submit", json!({})).expect(200);
    assert_eq!(submitted["state"], "completeness_review", "{submitted}");
    assert_eq!(world.post("gita", path, json!({})).expect(422)["code"], "already_retired");
    assert_eq!(world.post("gita", "/v1/sops/nothing/retire", json!({})).status, 404);
    let mut rita = Walker::signed_in(&world, "rita");
    assert!(rita.get("/sops").text.contains(">Retired<"));
    assert!(rita.get("/sops/lightweight").text.contains("nothing new begins under it"));
    assert!(!rita.get("/request").text.contains("lightweight"), "it is not offered");

    let text = include_str!("../../policies/sop/lightweight.yaml").replacen("version: 1", "version: 2", 1);
    confirm(&world, &world.post("gita", "/v1/sops/lightweight/versions", json!({ "document": text })).expect(202));
    assert_eq!(retired(&world), [""; 0], "a newer version takes it back into use");
    assert_eq!(draft(&world, "lightweight").0, 201);
    let kinds = world.roster_kinds();
    let count = |wanted: &str| kinds.iter().filter(|kind| *kind == wanted).count();
    assert_eq!((count("sop_retired"), count("sop_published")), (1, 5));
}

#[test]
fn what_new_requests_follow_cannot_be_retired_while_they_do() {
    let world = World::new();
    let refused = world.post("gita", "/v1/sops/standard/retire", json!({})).expect(422);
    assert_eq!(refused["code"], "sop_in_settings", "{refused}");
    let other = World::with(&[("sop.default", "lightweight")]);
    retire(&other, "standard");
    assert_eq!(other.post("gita", "/v1/sops/lightweight/retire", json!({})).expect(422)["code"], "sop_in_settings");
    assert_eq!(other.post("rita", "/v1/exceptions", json!({})).expect(201)["sop"]["id"], "lightweight");
}

#[test]
fn a_procedure_is_drawn_as_an_image_and_as_a_source() {
    let world = World::new();
    let path = "/v1/sops/standard/versions/1/diagram";
    let drawn = world.get("rita", path);
    assert_eq!(drawn.header("content-type").as_deref(), Some("image/svg+xml; charset=utf-8"));
    assert!(drawn.text.starts_with("<svg xmlns") && drawn.text.contains("7. Monitoring"), "{}", drawn.text);
    assert!(!drawn.text.contains("class=") && !drawn.text.contains("style="), "it stands alone");
    for reply in [
        world.get("rita", &format!("{path}?form=mermaid")),
        world.ask_with("rita", Method::GET, path, None, &[("accept", "text/vnd.mermaid")]),
    ] {
        assert_eq!(reply.header("content-type").as_deref(), Some("text/vnd.mermaid; charset=utf-8"));
        assert!(reply.text.starts_with("flowchart TD\n") && reply.text.contains("s6 --> s7"), "{}", reply.text);
    }
    assert_eq!(world.get("rita", "/v1/sops/standard/versions/9/diagram").status, 404);
    assert_eq!(world.get("rita", &format!("{path}?form=png")).status, 422);
}
