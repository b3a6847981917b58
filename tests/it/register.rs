//! The register as governance keeps it: versions that two people publish, what they do to requests and
//! exceptions, and what a reader sees of them.

use actix_web::http::Method;
use proviso::{
    jobs::Jobs,
    store::{mailbox::mailbox, register::stale},
};
use serde_json::{Value, json};

use crate::world::{World, request};

/// A policy as it would be published next: its newest version, changed.
pub fn next(world: &World, id: &str, weight: &str, change: impl FnOnce(&mut Vec<Value>)) -> Value {
    let now = world.get("gita", &format!("/v1/policies/{id}")).expect(200);
    let mut clauses: Vec<Value> = now["clauses"].as_array().unwrap().clone();
    change(&mut clauses);
    json!({ "version": now["version"].as_u64().unwrap() + 1, "weight": weight, "title": now["title"], "clauses": clauses })
}

/// Gita proposes a material version, and Gustav confirms it.
pub fn published(world: &World, id: &str, change: impl FnOnce(&mut Vec<Value>)) {
    let body = next(world, id, "material", change);
    let proposed = world.post("gita", &format!("/v1/policies/{id}/versions"), body).expect(202);
    confirm(world, &proposed);
}

pub fn confirm(world: &World, proposed: &Value) {
    let path = format!("/v1/changes/{}/confirm", proposed["id"].as_str().unwrap());
    world.post("gustav", &path, json!({ "hash": proposed["hash"] })).expect(200);
}

fn forbid(clauses: &mut [Value]) {
    clauses[0]["non_waivable"] = json!("Customer contracts, section 9");
}

pub fn reword(clauses: &mut [Value]) {
    clauses[0]["text"] = json!("Confidential data stay out of AI systems that are not approved for them.");
}

/// The newest event of an exception.
pub fn last(world: &World, id: &str) -> Value {
    events(world, id).pop().unwrap()
}

fn events(world: &World, id: &str) -> Vec<Value> {
    let timeline = world.get("gita", &format!("/v1/exceptions/{id}/timeline?limit=200")).expect(200);
    timeline["items"].as_array().unwrap().clone()
}

/// How it was suspended; the questions that brings follow at once.
fn suspension(world: &World, id: &str) -> Value {
    let mut events = events(world, id);
    assert_eq!(events.pop().unwrap()["kind"], "review_asked");
    events.pop().unwrap()
}

pub fn letters(world: &World, who: &str) -> Vec<String> {
    let person = world.id(who).parse().unwrap();
    let found = world.read(|conn| mailbox(conn, person, None, 100).unwrap());
    found.iter().map(|letter| letter.kind.to_string()).collect()
}

fn jobs(world: &World) -> Jobs {
    world.app.jobs().unwrap()
}

#[test]
fn a_material_version_takes_two_people() {
    let world = World::new();
    let path = "/v1/policies/AIP-2/versions";
    let body = next(&world, "AIP-2", "material", |clauses| reword(clauses));
    assert_eq!(world.post("rita", path, body.clone()).code(403), "forbidden");
    let proposed = world.post("gita", path, body.clone()).expect(202);
    assert_eq!(proposed["text"], "Publish the material version 2 of the policy AIP-2");
    assert_eq!(
        proposed["document"]["clauses"][0]["text"], body["clauses"][0]["text"],
        "it can be read before it holds"
    );
    assert_eq!(world.get("rita", "/v1/policies/AIP-2").expect(200)["version"], 1, "nothing happened yet");
    let confirm_path = format!("/v1/changes/{}/confirm", proposed["id"].as_str().unwrap());
    let own = world.post("gita", &confirm_path, json!({ "hash": proposed["hash"] }));
    assert_eq!(own.status, 403, "{}", own.text);
    world.post("gustav", &confirm_path, json!({ "hash": proposed["hash"] })).expect(200);
    let now = world.get("rita", "/v1/policies/AIP-2").expect(200);
    assert_eq!((&now["version"], &now["published"]["by"]), (&json!(2), &json!(world.id("gustav"))));
    assert_eq!(now["clauses"][0]["text"], body["clauses"][0]["text"]);
    let versions = world.get("rita", path).expect(200);
    let by: Vec<&Value> = versions["items"].as_array().unwrap().iter().map(|one| &one["published"]["by"]).collect();
    assert_eq!(by, [&Value::Null, &json!(world.id("gustav"))], "the first came with the service");
    let again = world.post("gita", path, body);
    assert_eq!(again.expect(422)["errors"][0]["code"], "version_not_next");
}

#[test]
fn a_change_that_was_overtaken_is_judged_anew() {
    let world = World::new();
    let body = next(&world, "AIP-2", "material", |clauses| reword(clauses));
    let first = world.post("gita", "/v1/policies/AIP-2/versions", body.clone()).expect(202);
    let second = world.post("gustav", "/v1/policies/AIP-2/versions", body).expect(202);
    confirm(&world, &first);
    let path = format!("/v1/changes/{}/confirm", second["id"].as_str().unwrap());
    let late = world.post("gita", &path, json!({ "hash": second["hash"] })).expect(422);
    assert_eq!(late["errors"][0]["code"], "version_not_next");
    let path = format!("/v1/changes/{}/reject", second["id"].as_str().unwrap());
    world.post("gita", &path, json!({ "reason": "The first is enough." })).expect(200);
}

#[test]
fn a_new_question_is_asked_of_every_new_request() {
    let world = World::new();
    let (before, after) = (world.file(), world.file());
    world.command("rita", &before, "submit", json!({})).expect(200);
    published(&world, "AIP-8", |clauses| {
        clauses.push(json!({
            "id": "AIP-8.3",
            "title": "Children",
            "text": "AI is not used to profile children.",
            "non_waivable": "Company values",
            "screening": { "code": "children", "question": "Does the use profile children?" }
        }));
    });
    let asked = world.command("rita", &after, "submit", json!({})).expect(422);
    assert_eq!(
        (&asked["code"], &asked["errors"][0]["pointer"]),
        (&json!("screening_unanswered"), &json!("/screening/children"))
    );
    assert!(asked["detail"].as_str().unwrap().contains("Does the use profile children?"), "{asked}");
    world.patch("rita", &after, json!({ "screening": { "children": true } })).expect(200);
    let refused = world.command("rita", &after, "submit", json!({})).expect(422);
    assert_eq!(refused["code"], "non_waivable");
    assert_eq!(refused["citation"]["facts"]["AIP-8"], 2, "the version is named");
    world.patch("rita", &after, json!({ "screening": { "children": false } })).expect(200);
    world.command("rita", &after, "submit", json!({})).expect(200);
    assert_eq!(world.state(&before), "completeness_review", "what was submitted before goes on");
}

#[test]
fn a_clause_that_nobody_can_waive_any_more_ends_requests_and_suspends_exceptions() {
    let world = World::new();
    let (draft, assessed, active) = (world.file(), world.file(), world.active());
    world.command("rita", &assessed, "submit", json!({})).expect(200);
    world.command("rosa", &assessed, "pass", json!({})).expect(200);
    let elsewhere = {
        let mut other = request();
        other["clauses"] = json!(["AIP-1.1"]);
        let id = world.post("rita", "/v1/exceptions", other).expect(201)["id"].as_str().unwrap().to_owned();
        world.command("rita", &id, "submit", json!({})).expect(200);
        id
    };
    published(&world, "AIP-2", |clauses| forbid(clauses));
    assert_eq!(world.state(&assessed), "revoked");
    assert_eq!(world.state(&active), "suspended", "at once, in the same breath");
    assert_eq!(world.state(&elsewhere), "completeness_review", "another policy is another matter");
    let suspended = suspension(&world, &active);
    let citation = suspended["citation"].to_string();
    assert!(citation.contains("AIP-2.1 (Customer contracts, section 9) cannot be waived"), "{suspended}");
    assert_eq!(suspended["citation"]["facts"]["AIP-2"], 2, "{suspended}");
    let refused = world.command("rita", &draft, "submit", json!({})).expect(422);
    assert_eq!((&refused["code"], world.state(&draft).as_str()), (&json!("non_waivable"), "draft"));
    jobs(&world).run_due(world.now());
    let told = letters(&world, "rita");
    assert!(told.contains(&"suspended".to_owned()) && told.contains(&"revoked".to_owned()), "{told:?}");
}

#[test]
fn other_material_versions_reopen_what_they_touch() {
    let world = World::new();
    let (active, waiting) = (world.active(), world.decided_on(1));
    published(&world, "AIP-2", |clauses| clauses[1]["text"] = json!("Another text."));
    assert_eq!(world.state(&active), "active", "its clause reads as before");
    published(&world, "AIP-2", |clauses| reword(clauses));
    assert_eq!((world.state(&active), world.state(&waiting)), ("re_review".to_owned(), "decision".to_owned()));
    let reopened = last(&world, &active);
    let citation = reopened["citation"].to_string();
    assert!(citation.contains("policy AIP-2 has the material version 3"), "{reopened}");
    assert!(world.get("gita", &format!("/v1/exceptions/{active}")).expect(200)["effective"].as_bool().unwrap());
    jobs(&world).run_due(world.now());
    assert!(letters(&world, "rita").contains(&"re_review_opened".to_owned()));
}

#[test]
fn what_is_too_much_for_one_transaction_the_clock_carries_out() {
    let world = World::new();
    let submitted = |_| {
        let id = world.file();
        world.command("rita", &id, "submit", json!({})).expect(200);
        id
    };
    let ids: Vec<String> = (0..51).map(submitted).collect();
    published(&world, "AIP-2", |clauses| forbid(clauses));
    assert_eq!(world.state(&ids[0]), "completeness_review", "nobody waits for fifty-one of them");
    let mut jobs = jobs(&world);
    jobs.run_due(world.now());
    assert!(ids.iter().all(|id| world.state(id) == "revoked"));
}

#[test]
fn effect_that_is_forbidden_stops_with_the_version_however_much_there_is_and_whatever_is_halted() {
    let world = World::new();
    let ids: Vec<String> = (0..51).map(|_| world.active()).collect();
    let halt = json!({ "scope": "all", "state": "halted", "reason": "Letters go astray." });
    world.ask("gita", Method::PUT, "/v1/automation", Some(&halt)).expect(200);
    published(&world, "AIP-2", |clauses| forbid(clauses));
    for id in &ids {
        let found = world.get("gita", &format!("/v1/exceptions/{id}")).expect(200);
        assert_eq!((&found["state"], &found["effective"]), (&json!("suspended"), &json!(false)), "{id}");
        assert_eq!(suspension(&world, id)["kind"], "suspended", "and each has its event");
    }
}

#[test]
fn what_has_yet_to_start_is_reopened_once_it_does() {
    let world = World::new();
    let mut later = request();
    let start = world.now() + chrono::Duration::days(10);
    later["start"] = json!(start.to_rfc3339_opts(chrono::SecondsFormat::Secs, true));
    let id = world.post("rita", "/v1/exceptions", later).expect(201)["id"].as_str().unwrap().to_owned();
    world.to_decision(&id, 1);
    world.approve("boris", &id).expect(200);
    assert_eq!(world.approve("carla", &id).expect(200)["state"], "implementation");
    published(&world, "AIP-2", |clauses| reword(clauses));
    assert_eq!(world.state(&id), "implementation");
    assert!(world.read(|conn| stale(conn, 10).unwrap()).is_empty(), "nothing to do yet");
    world.days(11);
    let mut jobs = jobs(&world);
    jobs.run_due(world.now());
    assert_eq!(world.state(&id), "re_review");
}

#[test]
fn an_editorial_version_changes_words_and_nothing_else() {
    let world = World::new();
    let (active, path) = (world.active(), "/v1/policies/AIP-2/versions");
    let reworded = next(&world, "AIP-2", "editorial", |clauses| reword(clauses));
    let made = world.post("gita", path, reworded).expect(201);
    assert_eq!((&made["version"], &made["published"]["weight"]), (&json!(2), &json!("editorial")));
    jobs(&world).run_due(world.now());
    assert_eq!(world.state(&active), "active");
    let sly = next(&world, "AIP-2", "editorial", |clauses| forbid(clauses));
    let refused = world.post("gita", path, sly).expect(422);
    assert_eq!(
        (&refused["errors"][0]["code"], &refused["errors"][0]["pointer"]),
        (&json!("not_editorial"), &json!("/weight"))
    );
    let shorter = next(&world, "AIP-4", "editorial", |clauses| drop(clauses.pop()));
    assert_eq!(
        world.post("gita", "/v1/policies/AIP-4/versions", shorter).expect(422)["errors"][0]["code"],
        "not_editorial"
    );
}

#[test]
fn laws_and_systems_are_compared_field_by_field() {
    let world = World::new();
    let law = json!({
        "version": 2, "weight": "editorial", "title": "GDPR", "jurisdiction": "eu", "reference": "Regulation (EU) 2016/679"
    });
    let before = world.get("rita", "/v1/regulations/gdpr").expect(200);
    world.post("gita", "/v1/regulations/gdpr/versions", law).expect(201);
    let found = world.get("rita", "/v1/regulations/gdpr/versions/2/diff").expect(200);
    assert_eq!((&found["from"], &found["to"]), (&json!(1), &json!(2)));
    assert_eq!(found["changes"][0], json!({ "pointer": "/title", "from": before["title"], "to": "GDPR" }));
    let new = json!({ "id": "scribe", "kind": "system", "name": "Scribe" });
    world.post("gita", "/v1/systems", new).expect(201);
    world.post("gita", "/v1/systems/scribe/retire", json!({})).expect(201);
    let found = world.get("rita", "/v1/systems/scribe/versions/2/diff").expect(200);
    assert_eq!(found["changes"], json!([{ "pointer": "/retired", "from": null, "to": true }]));
    let whole = world.get("rita", "/v1/systems/scribe/versions/1/diff").expect(200);
    assert_eq!((&whole["from"], &whole["changes"][1]["to"]), (&json!(0), &json!("Scribe")));
    let odd = world.get("rita", "/v1/systems/scribe/versions/2/diff?from=9").expect(422);
    assert_eq!(odd["errors"][0]["pointer"], "/from");
}

#[test]
fn versions_are_compared_clause_by_clause() {
    let world = World::new();
    published(&world, "AIP-2", |clauses| {
        reword(clauses);
        clauses.remove(2);
        clauses.push(json!({ "id": "AIP-2.5", "title": "Retention", "text": "Prompts are kept for a year at most." }));
    });
    let found = world.get("rita", "/v1/policies/AIP-2/versions/2/diff").expect(200);
    assert_eq!((&found["from"], &found["to"], &found["title"]), (&json!(1), &json!(2), &Value::Null));
    let fates: Vec<(&str, &str)> = found["clauses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["id"].as_str().unwrap(), one["change"].as_str().unwrap()))
        .collect();
    assert_eq!(fates, [("AIP-2.1", "changed"), ("AIP-2.3", "removed"), ("AIP-2.5", "added")]);
    let text = found["clauses"][0]["diff"].as_str().unwrap();
    assert!(text.contains("-Confidential and restricted data, source code included"), "{text}");
    assert!(text.contains("+Confidential data stay out"), "{text}");
    let back = world.get("rita", "/v1/policies/AIP-2/versions/1/diff?from=2").expect(200);
    assert_eq!(back["clauses"][2]["change"], "removed");
    let whole = world.get("rita", "/v1/policies/AIP-2/versions/1/diff").expect(200);
    assert_eq!((&whole["from"], whole["clauses"].as_array().unwrap().len()), (&json!(0), 4));
    assert_eq!(world.get("rita", "/v1/policies/AIP-2/versions/3/diff").status, 404);
    assert_eq!(
        world.get("rita", "/v1/policies/AIP-2/versions/2/diff?from=7").expect(422)["errors"][0]["pointer"],
        "/from"
    );
}

#[test]
fn the_register_is_searched_and_paged() {
    let world = World::new();
    let ids = |path: &str| -> Vec<String> {
        let found = world.get("rita", path).expect(200);
        found["items"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids("/v1/policies?q=SOURCE%20code"), ["AIP-2"], "words of a clause's text, in any case");
    assert_eq!(ids("/v1/policies?q=aip-4"), ["AIP-4"]);
    assert_eq!(ids("/v1/regulations?q=2016/679"), ["gdpr"]);
    assert_eq!(ids("/v1/systems?kind=vendor"), ["example-models", "northern-speech"]);
    assert_eq!(ids("/v1/systems?kind=model&q=fraud"), ["payment-fraud-score"]);
    let (mut path, mut seen) = ("/v1/policies?limit=3".to_owned(), Vec::new());
    loop {
        seen.extend(ids(&path));
        let page = world.get("rita", &path).expect(200);
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/v1/policies?limit=3&cursor={cursor}");
    }
    assert_eq!(seen, (1..=8).map(|n| format!("AIP-{n}")).collect::<Vec<_>>());
    let question = &world.get("rita", "/v1/policies/AIP-4").expect(200)["clauses"][0];
    assert_eq!(question["non_waivable"], "EU AI Act, Article 5(1)(a)");
    assert_eq!(question["screening"]["code"], "harmful_manipulation");
    for path in
        ["/v1/policies/AIP-99", "/v1/regulations/AIP-2", "/v1/systems/gdpr/versions", "/v1/policies/AIP-2/versions/0"]
    {
        assert_eq!(world.get("rita", path).status, 404, "{path}");
    }
    assert_eq!(world.get("rita", "/v1/policies?limit=0").expect(422)["errors"][0]["pointer"], "/limit");
    assert_eq!(world.get("rita", "/v1/policies?cursor=forged").code(422), "invalid_cursor");
    assert_eq!(world.get("rita", "/v1/systems?kind=robot").expect(422)["errors"][0]["pointer"], "/kind");
}

#[test]
fn a_request_names_what_the_register_has() {
    let world = World::new();
    let cases = [
        (json!({ "regulations": ["gdpr", "codex-hammurabi"] }), "unknown_regulation", "/regulations"),
        (json!({ "scope": { "systems": [{ "id": "hal", "name": "HAL" }] } }), "unknown_system", "/scope/systems/0/id"),
        (json!({ "clauses": ["AIP-2.9"] }), "unknown_clause", "/clauses"),
    ];
    for (odd, code, pointer) in cases {
        let id = world.file();
        world.patch("rita", &id, odd).expect(200);
        let refused = world.command("rita", &id, "submit", json!({})).expect(422);
        assert_eq!((&refused["code"], &refused["errors"][0]["pointer"]), (&json!(code), &json!(pointer)), "{refused}");
    }
    let id = world.file();
    let sound = json!({ "regulations": ["gdpr"], "scope": { "systems": [{ "id": "parlance", "name": "Parlance" }] } });
    world.patch("rita", &id, sound).expect(200);
    world.command("rita", &id, "submit", json!({})).expect(200);
}

#[test]
fn a_system_has_versions_and_an_end() {
    let world = World::new();
    let body = json!({ "id": "contract-reader", "kind": "system", "name": "Contract reader", "vendor": "example-models", "release": "3" });
    assert_eq!(world.post("rita", "/v1/systems", body.clone()).status, 403);
    let made = world.post("gita", "/v1/systems", body.clone()).expect(201);
    assert_eq!((&made["version"], &made["retired"]), (&json!(1), &json!(false)));
    assert_eq!(world.post("gita", "/v1/systems", body.clone()).expect(422)["errors"][0]["code"], "duplicate_id");
    let mut odd = body;
    odd["id"] = json!("other");
    odd["vendor"] = json!("nobody");
    let refused = world.post("gita", "/v1/systems", odd).expect(422);
    assert_eq!(
        (&refused["errors"][0]["code"], &refused["errors"][0]["pointer"]),
        (&json!("unknown_system"), &json!("/vendor"))
    );
    let mut asked = request();
    asked["scope"]["systems"] = json!([{ "id": "contract-reader", "name": "Contract reader" }]);
    let id = world.post("rita", "/v1/exceptions", asked).expect(201)["id"].as_str().unwrap().to_owned();
    world.to_decision(&id, 1);
    world.approve("boris", &id).expect(200);
    assert_eq!(world.approve("carla", &id).expect(200)["state"], "active");
    let path = "/v1/systems/contract-reader";
    let newer = json!({ "version": 2, "weight": "editorial", "name": "The contract reader", "vendor": "example-models", "release": "3" });
    world.post("gita", &format!("{path}/versions"), newer).expect(201);
    assert_eq!(world.state(&id), "active");
    let key = [("idempotency-key", "retire-once")];
    let retired = world.ask_with("gita", Method::POST, &format!("{path}/retire"), None, &key).expect(201);
    assert_eq!((&retired["version"], &retired["retired"]), (&json!(3), &json!(true)));
    assert_eq!(world.state(&id), "re_review");
    assert!(last(&world, &id)["citation"].to_string().contains("system_retired"));
    let again = world.ask_with("gita", Method::POST, &format!("{path}/retire"), None, &key).expect(201);
    assert_eq!(again["version"], 3, "the same request is the same answer");
    let again = world.ask("gita", Method::POST, &format!("{path}/retire"), None);
    assert_eq!(again.expect(422)["errors"][0]["code"], "already_retired");
    let mut late = request();
    late["scope"]["systems"] = json!([{ "id": "contract-reader", "name": "Contract reader" }]);
    let late = world.post("rita", "/v1/exceptions", late).expect(201)["id"].as_str().unwrap().to_owned();
    assert_eq!(world.command("rita", &late, "submit", json!({})).code(422), "system_retired");
    assert_eq!(world.get("rita", "/v1/systems?retired=true").expect(200)["items"][0]["id"], "contract-reader");
}

#[test]
fn a_regulation_with_a_new_version_reopens_what_touches_it() {
    let world = World::new();
    let mut asked = request();
    asked["regulations"] = json!(["gdpr"]);
    let id = world.post("rita", "/v1/exceptions", asked).expect(201)["id"].as_str().unwrap().to_owned();
    world.to_decision(&id, 1);
    world.approve("boris", &id).expect(200);
    world.approve("carla", &id).expect(200);
    let other = world.active();
    let body = json!({ "version": 2, "weight": "material", "title": "General Data Protection Regulation", "reference": "Regulation (EU) 2016/679, amended" });
    let proposed = world.post("gita", "/v1/regulations/gdpr/versions", body).expect(202);
    confirm(&world, &proposed);
    assert_eq!((world.state(&id), world.state(&other)), ("re_review".to_owned(), "active".to_owned()));
    assert_eq!(
        world.get("rita", "/v1/regulations/gdpr/versions/1").expect(200)["reference"],
        "Regulation (EU) 2016/679"
    );
}
