//! Automatic changes of many exceptions: each has an id from its cause, is foreseen before it is confirmed, stops by
//! itself where the rules refuse too much of it, and is taken back by two people, without giving anybody more.

use proviso::jobs::Jobs;
use serde_json::{Value, json};

use crate::{
    forged::{changed, finds, lines, signing, verified},
    procedures::publish,
    register::{confirm, last, letters, next, published, reword},
    world::{Reply, World, request},
};

const POLICY: &str = "/v1/batches/policy:AIP-2:2";

/// The standard procedure in its next version, which re-reviews once, and tolerates one refusal in five of two.
fn strict(world: &World) {
    let limits = "\"limits\":{\"batch\":{\"after\":2,\"refused_percent\":20},";
    publish(world, "standard", &[("\"version\":1", "\"version\":2"), ("\"limits\":{", limits), REOPENED_ONCE]);
}

const REOPENED_ONCE: (&str, &str) = ("\"reopenings\":10", "\"reopenings\":1");

/// A minute later, since each job has one run a tick.
fn run(jobs: &mut Jobs, world: &World) -> usize {
    world.minutes(1);
    jobs.run_due(world.now())
}

fn batch(world: &World, path: &str) -> Value {
    world.get("gita", path).expect(200)["batch"].clone()
}

fn act(world: &World, who: &str, path: &str, verb: &str) -> Reply {
    world.post(who, &format!("{path}/{verb}"), json!({}))
}

/// Proposed by Gita and confirmed by Gustav.
fn by_two(world: &World, path: &str, verb: &str) {
    let change = act(world, "gita", path, verb).expect(202);
    let own = world.post(
        "gita",
        &format!("/v1/changes/{}/confirm", change["id"].as_str().unwrap()),
        json!({ "hash": change["hash"] }),
    );
    assert_eq!(own.code(403), "forbidden", "not by who proposed it");
    confirm(world, &change);
}

fn states(world: &World, ids: &[String]) -> Vec<String> {
    ids.iter().map(|id| world.state(id)).collect()
}

fn effective_until(world: &World, id: &str) -> Value {
    let found = world.get("gita", &format!("/v1/exceptions/{id}")).expect(200);
    assert_eq!(found["effective"], true);
    found["effective_until"].clone()
}

fn outcomes(world: &World, path: &str) -> Vec<(Value, Value)> {
    let found = world.get("gita", path).expect(200);
    let members = found["exceptions"].as_array().unwrap().iter();
    members.map(|one| (one["outcome"].clone(), one["reversal"].clone())).collect()
}

fn pair(outcome: &str, reversal: Option<&str>) -> (Value, Value) {
    (json!(outcome), json!(reversal))
}

#[test]
#[expect(clippy::too_many_lines, reason = "one story told in one go")]
fn it_is_foreseen_named_and_taken_back_exactly_and_gives_nobody_more() {
    let world = signing();
    let ids: Vec<String> = (0..4).map(|_| world.active()).collect();
    let before = effective_until(&world, &ids[0]);
    assert_eq!(world.get("gita", POLICY).code(404), "not_found");
    let body = next(&world, "AIP-2", "material", |clauses| reword(clauses));
    let proposed = world.post("gita", "/v1/policies/AIP-2/versions", body).expect(202);
    let preview = world.get("gita", &format!("{POLICY}/preview")).expect(200);
    assert_eq!(
        (&preview["state"], &preview["touched"], &preview["looked_at"], &preview["would"], &preview["stops"]),
        (&Value::Null, &json!(4), &json!(4), &json!({ "reopened": 4 }), &json!(false))
    );
    assert_eq!(preview["exceptions"][0]["foreseen"]["to"], "re_review");
    assert_eq!(world.state(&ids[0]), "active", "looking does nothing");
    confirm(&world, &proposed);

    let made = batch(&world, POLICY);
    assert_eq!(
        (&made["state"], &made["reopened"], &made["left"], &made["begun_by"], &made["version"]),
        (&json!("done"), &json!(4), &json!(0), &json!(world.id("gustav")), &json!(2))
    );
    assert_eq!(world.get("gita", "/v1/batches").expect(200)["items"], json!([made]));
    let reopened = last(&world, &ids[0]);
    assert_eq!((&reopened["kind"], &reopened["citation"]["facts"]["batch"]), (&json!("reopened"), &made["id"]));
    assert_ne!(effective_until(&world, &ids[0]), before, "it ends with the grace of its re-review");

    world.look_again(&ids[1]);
    world.approve("boris", &ids[1]).expect(200);
    world.command("gita", &ids[2], "suspend", json!({ "cause": "looked_at" })).expect(200);
    by_two(&world, POLICY, "revert");
    assert_eq!(states(&world, &ids), ["active", "re_review", "suspended", "active"]);
    assert_eq!(effective_until(&world, &ids[0]), before, "as it was before");
    let back = batch(&world, POLICY);
    assert_eq!((&back["state"], &back["reverted"]["reverted"]), (&json!("reverted"), &json!(2)));
    assert_eq!(back["reverted"]["not_reverted"], json!({ "moved": 1, "suspended": 1 }));
    let told = ["reverted", "moved", "suspended", "reverted"].map(|back| pair("reopened", Some(back)));
    assert_eq!(outcomes(&world, POLICY), told);
    let event = last(&world, &ids[0]);
    assert_eq!((&event["kind"], &event["citation"]["facts"]["batch"]), (&json!("review_withdrawn"), &made["id"]));
    assert!(world.open(&ids[0]).iter().all(|work| work != "decide"), "what was asked about it is closed");
    assert_eq!(act(&world, "gita", POLICY, "revert").code(422), "batch_reverted");

    let mut jobs = world.app.jobs().unwrap();
    run(&mut jobs, &world);
    run(&mut jobs, &world);
    assert_eq!(world.state(&ids[0]), "active", "its cause counts as seen");
    assert!(letters(&world, "rita").contains(&"review_withdrawn".to_owned()));
    published(&world, "AIP-2", |clauses| clauses[0]["text"] = json!("Again another text."));
    assert_eq!(states(&world, &ids), ["re_review", "re_review", "suspended", "re_review"], "a later version does");
    let later = batch(&world, "/v1/batches/policy:AIP-2:3");
    assert_eq!((&later["reopened"], &later["noted"]), (&json!(2), &json!(1)), "what is looked at is told of it");

    let honest = lines(&world);
    verified(honest.clone()).unwrap();
    let elsewhere = changed(&honest, "review_withdrawn", |event| event["deed"]["batch"] = json!("policy:AIP-2:3"));
    finds(elsewhere, "no batch opened which was taken back");
    finds(
        changed(&honest, "batch_reverted", |event| event["deed"]["batch"] = json!("sop:none:1")),
        "whose cause is not",
    );
    let by_itself = |event: &mut Value| event["by"] = json!({ "system": { "job": "batches" } });
    finds(changed(&honest, "batch_reverted", by_itself), "it takes two people");
    let by_one = |event: &mut Value| event["by"]["person"]["id"] = json!(world.id("gita"));
    finds(changed(&honest, "batch_reverted", by_one), "it takes two people");
}

/// Approved, and in effect once its control is confirmed.
fn in_implementation(world: &World, clauses: &[&str]) -> String {
    let mut asked = request();
    asked["clauses"] = json!(clauses);
    asked["controls"] = json!([{ "text": "Redact names before the call", "owner": world.id("oskar") }]);
    let id = world.post("rita", "/v1/exceptions", asked).expect(201)["id"].as_str().unwrap().to_owned();
    world.to_decision(&id, 1);
    world.approve("boris", &id).expect(200);
    assert_eq!(world.approve("carla", &id).expect(200)["state"], "implementation");
    id
}

fn into_effect(world: &World, id: &str) {
    let found = world.get("gita", &format!("/v1/exceptions/{id}")).expect(200);
    let control = json!({ "control": found["controls"][0]["id"] });
    assert_eq!(world.command("oskar", id, "confirm-control", control).expect(200)["state"], "active");
}

#[test]
fn what_waits_for_a_material_version_is_reopened_by_that_one_whatever_came_after_it() {
    let world = signing();
    let id = in_implementation(&world, &["AIP-2.1"]);
    published(&world, "AIP-2", |clauses| reword(clauses));
    let wording = next(&world, "AIP-2", "editorial", |clauses| clauses[0]["text"] = json!("The same, said better."));
    assert_eq!(world.post("gita", "/v1/policies/AIP-2/versions", wording).expect(201)["version"], 3);
    into_effect(&world, &id);
    run(&mut world.app.jobs().unwrap(), &world);
    let event = last(&world, &id);
    assert_eq!((&event["kind"], &event["citation"]["facts"]["batch"]), (&json!("reopened"), &json!("policy:AIP-2:2")));
    assert_eq!(batch(&world, POLICY)["reopened"], 1);
    verified(lines(&world)).unwrap();
}

#[test]
fn a_look_that_two_batches_asked_for_is_not_taken_back_with_one_of_them() {
    let world = signing();
    let id = in_implementation(&world, &["AIP-2.1", "AIP-3.1"]);
    for policy in ["AIP-2", "AIP-3"] {
        published(&world, policy, |clauses| clauses[0]["text"] = json!("Another text."));
    }
    into_effect(&world, &id);
    run(&mut world.app.jobs().unwrap(), &world);
    assert_eq!((&batch(&world, POLICY)["reopened"], world.state(&id).as_str()), (&json!(1), "re_review"));
    by_two(&world, POLICY, "revert");
    assert_eq!(world.state(&id), "re_review", "the other version still wants it looked at");
    assert_eq!(batch(&world, POLICY)["reverted"]["not_reverted"], json!({ "concerned": 1 }));
    by_two(&world, "/v1/batches/policy:AIP-3:2", "revert");
    verified(lines(&world)).unwrap();
}

fn report(effect: &str) -> Value {
    json!({ "summary": "Prompts were lost.", "happened_at": "2026-03-01T12:00:00Z", "severity": "high", "effect": effect, "clauses": ["AIP-2.1"] })
}

#[test]
fn what_was_due_beside_an_incident_has_its_own_cause() {
    let world = signing();
    let id = world.active();
    higher(&world, 1);
    let made = world.post("carla", "/v1/incidents", report("reopen")).expect(201);
    assert_eq!(world.state(&id), "re_review");
    let events = world.get("gita", &format!("/v1/exceptions/{id}/timeline")).expect(200)["items"].clone();
    let found = |kind: &str| events.as_array().unwrap().iter().find(|event| event["kind"] == kind).unwrap().clone();
    assert_eq!(found("reopened")["citation"]["facts"]["batch"], "sop:standard:2");
    assert_eq!(found("incident_noted")["citation"]["facts"]["incident"], made["incident"]["id"]);
    verified(lines(&world)).unwrap();
}

#[test]
fn a_version_that_finds_it_reopened_for_something_else_is_owed_its_look() {
    let world = signing();
    let id = world.active();
    higher(&world, 1);
    published(&world, "AIP-2", |clauses| reword(clauses));
    assert_eq!((world.state(&id).as_str(), &batch(&world, POLICY)["noted"]), ("re_review", &json!(1)));
    by_two(&world, "/v1/batches/sop:standard:2", "revert");
    assert_eq!(world.state(&id), "re_review", "nobody looked at the policy's new text");
    verified(lines(&world)).unwrap();
}

#[test]
fn what_a_later_version_took_over_is_the_earlier_ones_again_once_that_is_taken_back() {
    let world = signing();
    let id = in_implementation(&world, &["AIP-2.1"]);
    published(&world, "AIP-2", |clauses| reword(clauses));
    published(&world, "AIP-2", |clauses| clauses[0]["text"] = json!("Again another text."));
    assert_eq!((&batch(&world, POLICY)["untouched"], &batch(&world, POLICY)["left"]), (&json!(1), &json!(0)));
    by_two(&world, "/v1/batches/policy:AIP-2:3", "revert");
    assert_eq!((&batch(&world, POLICY)["untouched"], &batch(&world, POLICY)["left"]), (&json!(0), &json!(1)));
    into_effect(&world, &id);
    run(&mut world.app.jobs().unwrap(), &world);
    let event = last(&world, &id);
    assert_eq!((&event["kind"], &event["citation"]["facts"]["batch"]), (&json!("reopened"), &json!("policy:AIP-2:2")));
    verified(lines(&world)).unwrap();
}

#[test]
fn a_change_is_confirmed_in_person_while_it_is_open_and_as_it_is() {
    let world = signing();
    world.active();
    published(&world, "AIP-2", |clauses| reword(clauses));
    let honest = lines(&world);
    let by_token = |event: &mut Value| event["by"]["person"]["door"] = json!({ "token": world.id("gustav") });
    finds(changed(&honest, "change_confirmed", by_token), "did not sign in");
    let another = |event: &mut Value| event["deed"]["hash"] = json!("0".repeat(64));
    finds(changed(&honest, "change_confirmed", another), "another payload");
    let none = |event: &mut Value| event["deed"]["change"] = json!(world.id("gustav"));
    finds(changed(&honest, "change_confirmed", none), "that is not open");
}

/// Four in effect that were reopened once, and decided once more.
fn reopened_before(world: &World) -> Vec<String> {
    let ids: Vec<String> = (0..4).map(|_| world.active()).collect();
    published(world, "AIP-2", |clauses| reword(clauses));
    for id in &ids {
        world.look_again(id);
        world.approve("boris", id).expect(200);
        assert_eq!(world.approve("carla", id).expect(200)["state"], "active");
    }
    ids
}

#[test]
#[expect(clippy::too_many_lines, reason = "one story told in one go")]
fn where_the_rules_refuse_too_much_it_stops_by_itself_until_two_people_let_it_go_on() {
    let world = signing();
    strict(&world);
    let ids = reopened_before(&world);
    let path = "/v1/batches/policy:AIP-2:3";
    let mut jobs = world.app.jobs().unwrap();
    published(&world, "AIP-2", |clauses| clauses[0]["text"] = json!("Another text."));
    let mut stands = states(&world, &ids);
    stands.sort();
    assert_eq!(stands, ["active", "active", "suspended", "suspended"], "it stopped at the second refusal");
    let held = batch(&world, path);
    assert_eq!((&held["state"], &held["refused"], &held["left"]), (&json!("held"), &json!(2), &json!(2)));
    let refusals = &held["held"]["refusals"];
    assert_eq!(
        (&refusals["dealt"], &refusals["refused"], &refusals["refused_percent"], &refusals["after"]),
        (&json!(2), &json!(2), &json!(20), &json!(2))
    );
    assert_eq!((&refusals["sop"]["version"], &held["held"]["by"]), (&json!(2), &Value::Null));
    assert_eq!(world.roster_kinds().last().unwrap(), "batch_held");
    run(&mut jobs, &world);
    world.hours(2);
    run(&mut jobs, &world);
    assert_eq!(batch(&world, path)["left"], 2, "nothing else of it moves");
    assert!(letters(&world, "gita").contains(&"batch_held".to_owned()), "governance is told");
    assert!(!letters(&world, "rita").contains(&"batch_held".to_owned()));
    let preview = world.get("gita", &format!("{path}/preview")).expect(200);
    assert_eq!(
        (&preview["state"], &preview["would"], &preview["stops"]),
        (&json!("held"), &json!({ "refused": 2 }), &json!(true))
    );
    assert_eq!(act(&world, "rita", path, "release").code(403), "forbidden");
    assert_eq!(world.post("gita", &format!("{path}/hold"), json!({ "reason": "No." })).code(422), "batch_not_running");

    by_two(&world, path, "release");
    run(&mut jobs, &world);
    assert_eq!(states(&world, &ids), ["suspended"; 4]);
    let done = batch(&world, path);
    assert_eq!((&done["state"], &done["refused"], &done["held"]), (&json!("done"), &json!(4), &Value::Null));
    assert_eq!(act(&world, "gita", path, "release").code(422), "batch_not_held");
    by_two(&world, path, "revert");
    assert_eq!(states(&world, &ids), ["suspended"; 4], "no effect comes back but by a quorum");
    assert_eq!(batch(&world, path)["reverted"]["not_reverted"], json!({ "suspended": 4 }));

    let honest = lines(&world);
    verified(honest.clone()).unwrap();
    let figures = |event: &mut Value| event["deed"]["why"]["refusals"]["dealt"] = json!(9);
    finds(changed(&honest, "batch_held", figures), "other figures");
    let limits = |event: &mut Value| event["deed"]["why"]["refusals"]["limits"]["after"] = json!(1);
    finds(changed(&honest, "batch_held", limits), "does not name");
}

#[test]
fn one_person_stops_it_and_what_is_left_is_not_done_once_it_is_taken_back() {
    let world = World::new();
    let ids: Vec<String> = (0..51).map(|_| world.active()).collect();
    published(&world, "AIP-2", |clauses| reword(clauses));
    assert_eq!(batch(&world, POLICY)["left"], 51, "too many for one transaction");
    assert_eq!(world.post("rita", &format!("{POLICY}/hold"), json!({ "reason": "No." })).code(403), "forbidden");
    let held = world.post("gita", &format!("{POLICY}/hold"), json!({ "reason": "The wrong text." })).expect(200);
    assert_eq!(
        (&held["batch"]["state"], &held["batch"]["held"]["reason"]),
        (&json!("held"), &json!("The wrong text."))
    );
    let mut jobs = world.app.jobs().unwrap();
    run(&mut jobs, &world);
    assert_eq!((world.state(&ids[0]).as_str(), &batch(&world, POLICY)["left"]), ("active", &json!(51)));
    by_two(&world, POLICY, "revert");
    run(&mut jobs, &world);
    assert!(ids.iter().all(|id| world.state(id) == "active"));
    let back = batch(&world, POLICY);
    assert_eq!((&back["state"], &back["left"], &back["untouched"]), (&json!("reverted"), &json!(0), &json!(51)));
}

#[test]
fn many_are_taken_back_by_the_clock() {
    let world = World::new();
    let ids: Vec<String> = (0..51).map(|_| world.active()).collect();
    published(&world, "AIP-2", |clauses| reword(clauses));
    let mut jobs = world.app.jobs().unwrap();
    run(&mut jobs, &world);
    assert!(ids.iter().all(|id| world.state(id) == "re_review"));
    by_two(&world, POLICY, "revert");
    assert_eq!(batch(&world, POLICY)["state"], "reverting");
    run(&mut jobs, &world);
    assert!(ids.iter().all(|id| world.state(id) == "active"));
    assert_eq!(batch(&world, POLICY)["reverted"]["reverted"], 51);
}

/// A version of the standard procedure that scores whatever was assessed as high.
fn higher(world: &World, version: u32) {
    let (from, to) = (format!("\"version\":{version}"), format!("\"version\":{}", version + 1));
    publish(world, "standard", &[(&from, &to), ("scores.max >= 60 || scores.mean", "scores.max >= 0 || scores.mean")]);
}

#[test]
fn a_procedure_migrates_what_runs_by_an_older_version_in_one_batch() {
    let world = World::new();
    let (id, path) = (world.active(), "/v1/batches/sop:standard:2");
    higher(&world, 1);
    assert_eq!((&batch(&world, path)["state"], &batch(&world, path)["left"]), (&json!("running"), &json!(1)));
    let preview = world.get("gita", &format!("{path}/preview")).expect(200);
    assert_eq!((&preview["state"], &preview["would"]), (&json!("running"), &json!({ "reopened": 1 })));
    world.post("gita", &format!("{path}/hold"), json!({ "reason": "First we look." })).expect(200);
    let mut jobs = world.app.jobs().unwrap();
    run(&mut jobs, &world);
    world.command("gita", &id, "comment", json!({ "text": "It waits." })).expect(200);
    assert_eq!(world.state(&id), "active", "whoever comes by");
    by_two(&world, path, "release");
    run(&mut jobs, &world);
    assert_eq!(world.state(&id), "re_review");
    let event = last(&world, &id);
    assert_eq!(event["citation"]["facts"]["batch"], "sop:standard:2", "{event}");
    by_two(&world, path, "revert");
    run(&mut jobs, &world);
    assert_eq!((world.state(&id).as_str(), &batch(&world, path)["reverted"]["reverted"]), ("active", &json!(1)));
    publish(&world, "standard", &[("\"version\":2", "\"version\":3")]);
    run(&mut jobs, &world);
    assert_eq!(world.state(&id), "re_review", "nobody looked at it at that tier");
}

#[test]
fn an_incident_is_one_too_and_what_another_cause_concerns_stays_reopened() {
    let world = World::new();
    let (id, other) = (world.active(), world.active());
    let made = world.post("carla", "/v1/incidents", report("reopen")).expect(201);
    let path = format!("/v1/batches/incident:{}", made["incident"]["id"].as_str().unwrap());
    assert_eq!((&batch(&world, &path)["reopened"], &batch(&world, &path)["state"]), (&json!(2), &json!("done")));
    world.look_again(&other);
    world.approve("boris", &other).expect(200);
    world.approve("carla", &other).expect(200);
    published(&world, "AIP-2", |clauses| reword(clauses));
    by_two(&world, &path, "revert");
    assert_eq!(states(&world, &[id, other]), ["re_review", "re_review"]);
    assert_eq!(batch(&world, &path)["reverted"]["not_reverted"], json!({ "concerned": 1, "moved": 1 }));
    for who in ["rita", "boris"] {
        assert_eq!(world.get(who, "/v1/batches").code(403), "forbidden", "{who}");
        assert_eq!(world.get(who, &path).code(403), "forbidden", "{who}");
        assert_eq!(world.get(who, &format!("{path}/preview")).code(403), "forbidden", "{who}");
    }
    for odd in ["policy:AIP-2:9", "nothing", "policy:AIP-2:02"] {
        assert_eq!(world.get("gita", &format!("/v1/batches/{odd}")).code(404), "not_found", "{odd}");
        assert_eq!(world.get("gita", &format!("/v1/batches/{odd}/preview")).code(404), "not_found", "{odd}");
    }
}

#[test]
fn its_page_says_where_it_stands_and_lets_who_may_act() {
    let world = World::new();
    let number = {
        let id = world.active();
        world.get("rita", &format!("/v1/exceptions/{id}")).expect(200)["number"].as_str().unwrap().to_owned()
    };
    published(&world, "AIP-2", |clauses| reword(clauses));
    let list = world.get("gita", "/batches").text;
    assert!(list.contains("/batches/policy:AIP-2:2") && list.contains("Done"), "{list}");
    let page = world.get("gita", "/batches/policy:AIP-2:2").text;
    assert!(page.contains(&number) && page.contains("Reopened") && page.contains("/revert"), "{page}");
    assert!(!page.contains("/release\""), "it is not stopped: {page}");
    let record = world.get("rita", &format!("/exceptions/{number}")).text;
    assert!(record.contains("(Batch policy:AIP-2:2)"), "{record}");
    assert!(world.get("gita", "/changes").text.contains("href=\"/batches\""));
    assert_eq!(world.get("rita", "/batches").status, 403);
}
