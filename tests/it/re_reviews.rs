//! Re-reviews that ask before they are confirmed: who attests, who looks at the scores again, and what becomes of a
//! no, of silence, and of a higher score.

use serde_json::{Value, json};

use crate::{
    forged::{changed, finds, lines, signing, verified},
    letters::Office,
    procedures::publish,
    register::{confirm as confirm_change, published, reword},
    world::{Reply, World, request},
};

fn view(world: &World, id: &str) -> Value {
    world.get("gita", &format!("/v1/exceptions/{id}")).expect(200)
}

/// In effect for a year with a control, watched by Oskar.
fn watched(world: &World) -> String {
    let mut asked = request();
    asked["monitoring_owner"] = json!(world.id("oskar"));
    asked["duration_days"] = json!(365);
    let due = (world.now() + chrono::Duration::days(300)).to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    asked["controls"] = json!([{ "text": "Prompts are logged.", "owner": world.id("oskar"), "due": due }]);
    let id = world.post("rita", "/v1/exceptions", asked).expect(201)["id"].as_str().unwrap().to_owned();
    world.to_decision(&id, 1);
    world.approve("boris", &id).expect(200);
    assert_eq!(world.approve("carla", &id).expect(200)["state"], "active");
    id
}

fn reopened(world: &World, cause: &str) -> String {
    let id = watched(world);
    world.command("gita", &id, "reopen", json!({ "cause": cause })).expect(200);
    id
}

fn attest(world: &World, who: &str, id: &str, (needed, kept): (bool, bool)) -> Reply {
    let answer = json!({ "needed": needed, "kept": kept, "statement": "Forty prompts were drawn and read." });
    world.command(who, id, "attest", answer)
}

fn confirm(world: &World, who: &str, id: &str, dimension: &str) -> Reply {
    world.command(who, id, "confirm-assessment", json!({ "dimension": dimension, "note": "As it was." }))
}

fn kinds(world: &World, id: &str) -> Vec<String> {
    let timeline = world.get("gita", &format!("/v1/exceptions/{id}/timeline?limit=200")).expect(200);
    timeline["items"].as_array().unwrap().iter().map(|event| event["kind"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_higher_score_is_confirmed_by_the_quorum_of_its_tier() {
    let world = signing();
    let id = reopened(&world, "incident");
    let asked = view(&world, &id)["round"]["review"].clone();
    assert_eq!((&asked["attests"], &asked["assesses"]), (&json!(true), &json!(["security"])));
    assert_eq!(asked["awaits"], json!(["attest", "assess:security"]));
    let early = world.approve("carla", &id).expect(409);
    assert_eq!(
        (&early["code"], &early["awaits"]),
        (&json!("review_incomplete"), &json!(["attest", "assess:security"]))
    );
    assert!(early["citation"]["text"].as_str().unwrap().contains("have answered"), "{early}");
    let attested = attest(&world, "oskar", &id, (true, true)).expect(200);
    let said = &attested["round"]["review"]["attestation"];
    assert_eq!((&said["by"], &said["needed"]), (&json!(world.id("oskar")), &json!(true)));
    assert_eq!(said["statement"]["text"], "Forty prompts were drawn and read.");
    assert_eq!(world.approve("carla", &id).code(409), "review_incomplete");
    world.assess(&id, 3);
    let found = view(&world, &id);
    assert_eq!(
        (&found["tier"], &found["round"]["tier"], &found["state"]),
        (&json!("high"), &json!("high"), &json!("re_review"))
    );
    assert_eq!(found["round"]["quorums"][0]["all_of"], json!(["ciso", "cro"]));
    assert_eq!(world.approve("boris", &id).code(403), "role_missing", "he confirms nothing of that tier");
    world.approve("carla", &id).expect(200);
    assert_eq!(world.state(&id), "re_review");
    let confirmed = world.approve("konrad", &id).expect(200);
    assert_eq!((&confirmed["state"], &confirmed["authority"]["tier"]), (&json!("active"), &json!("high")));
    let mut told = kinds(&world, &id);
    told.retain(|kind| kind != "attempt.refused");
    let answers = ["attested", "reassessed", "rerated", "approved", "approved", "reaffirmed"];
    assert_eq!(told[told.len() - answers.len()..], answers);
    verified(lines(&world)).unwrap();
}

#[test]
fn whoever_is_not_asked_answers_nothing() {
    let world = World::new();
    let id = reopened(&world, "incident");
    for (who, status, code) in
        [("rita", 403, "forbidden"), ("gita", 403, "not_yours"), ("carla", 403, "not_yours"), ("sam", 403, "not_yours")]
    {
        assert_eq!(attest(&world, who, &id, (true, true)).code(status), code, "{who}");
    }
    assert_eq!(confirm(&world, "oskar", &id, "security").code(403), "forbidden");
    assert_eq!(confirm(&world, "priya", &id, "security").code(403), "role_missing");
    assert_eq!(confirm(&world, "priya", &id, "privacy").code(422), "dimension_not_assessed");
    confirm(&world, "sam", &id, "security").expect(200);
    assert_eq!(confirm(&world, "sam", &id, "security").code(409), "review_not_asked");
    let empty = world.command("oskar", &id, "attest", json!({ "needed": true, "kept": true })).expect(422);
    assert_eq!(empty["errors"][0]["pointer"], "/statement", "{empty}");
    attest(&world, "oskar", &id, (true, true)).expect(200);
    assert_eq!(world.approve("oskar", &id).code(403), "forbidden", "who attests is no approver");
    let active = watched(&world);
    assert_eq!(attest(&world, "oskar", &active, (true, true)).code(409), "wrong_state");
}

#[test]
fn a_no_is_told_to_those_who_decide_and_departed_from_in_writing() {
    let mut office = Office::new();
    let id = reopened(&office.world, "policy_changed");
    office.run();
    assert!(office.told("oskar").contains(&"task_assigned".to_owned()), "{:?}", office.told("oskar"));
    assert!(!office.told("boris").contains(&"attested_no".to_owned()));
    attest(&office.world, "oskar", &id, (true, false)).expect(200);
    office.run();
    for who in ["rita", "gita", "boris", "carla"] {
        assert!(office.told(who).contains(&"attested_no".to_owned()), "{who}: {:?}", office.told(who));
    }
    let world = &office.world;
    assert_eq!(world.approve("boris", &id).code(422), "departure_unexplained");
    for (who, state) in [("boris", "re_review"), ("carla", "active")] {
        let why = json!({ "dossier": world.dossier(&id), "departure": "The logger is back since noon." });
        assert_eq!(world.command(who, &id, "approve", why).expect(200)["state"], state);
    }
}

#[test]
fn nobody_who_attests_is_reminded_escalated_suspended_and_revoked() {
    let mut office = Office::new();
    let id = watched(&office.world);
    for days in [166, 4, 1, 2] {
        office.world.days(days);
        office.run();
    }
    let told = |who: &str, kind: &str| office.told(who).iter().filter(|told| *told == kind).count();
    assert_eq!((told("oskar", "task_assigned"), told("oskar", "overdue")), (1, 1), "{:?}", office.told("oskar"));
    assert!(told("gita", "escalation") > 0);
    assert_eq!(view(&office.world, &id)["state"], "re_review");
    office.world.days(25);
    office.run();
    assert_eq!(view(&office.world, &id)["cause"]["code"], "review_overdue");
    assert_eq!(office.world.state(&id), "suspended");
    office.world.days(31);
    office.run();
    assert_eq!(office.world.state(&id), "revoked");
}

#[test]
fn a_record_in_which_it_was_confirmed_without_an_answer_is_found() {
    let world = signing();
    let id = reopened(&world, "incident");
    attest(&world, "oskar", &id, (true, true)).expect(200);
    confirm(&world, "sam", &id, "security").expect(200);
    world.approve("boris", &id).expect(200);
    world.approve("carla", &id).expect(200);
    let honest = lines(&world);
    verified(honest.clone()).unwrap();
    let unasked = changed(&honest, "reopened", |event| event["deed"]["round"]["review"]["attests"] = json!(false));
    finds(unasked, "a re-review asks for something else than its procedure");
    let nothing = |event: &mut Value| _ = event["deed"]["round"].as_object_mut().unwrap().remove("review");
    finds(changed(&honest, "reopened", nothing), "a re-review asks for something else than its procedure");
    let other = |event: &mut Value| {
        event["deed"]["attestation"]["by"] = json!(world.id("carla"));
        event["by"]["person"]["id"] = json!(world.id("carla"));
    };
    finds(changed(&honest, "attested", other), "an attestation of somebody who was not asked for one");
    let denied = changed(&honest, "attested", |event| event["deed"]["attestation"]["kept"] = json!(false));
    finds(denied, "an approval departs from an attestation and does not say why");
    let left_out = changed(&honest, "assessment_confirmed", |event| {
        event["deed"] = json!({ "kind": "commented", "text": event["deed"]["looked"]["note"], "internal": true });
    });
    finds(left_out, "confirmed without the answers that its procedure asks for");
}

fn resume(world: &World, who: &str, id: &str) -> Reply {
    world.command(who, id, "resume", json!({ "dossier": world.dossier(id), "reason": "It was contained and tested." }))
}

#[test]
fn what_was_asked_is_answered_before_two_resume_it() {
    let world = signing();
    let id = reopened(&world, "incident");
    attest(&world, "oskar", &id, (true, true)).expect(200);
    world.command("gita", &id, "suspend", json!({ "cause": "looked_at" })).expect(200);
    let found = view(&world, &id);
    assert_eq!((&found["state"], &found["round"]), (&json!("suspended"), &Value::Null));
    assert_eq!(found["review"]["awaits"], json!(["attest", "assess:security"]), "the suspension asks once more");
    assert_eq!(found["review"]["causes"], json!(["incident", "looked_at"]));
    for who in ["boris", "carla"] {
        let early = resume(&world, who, &id).expect(409);
        assert_eq!((&early["code"], &early["awaits"]), (&json!("review_incomplete"), &found["review"]["awaits"]));
    }
    attest(&world, "oskar", &id, (true, true)).expect(200);
    confirm(&world, "sam", &id, "security").expect(200);
    assert_eq!(resume(&world, "boris", &id).expect(200)["state"], "suspended");
    let resumed = resume(&world, "carla", &id).expect(200);
    assert_eq!((&resumed["state"], &resumed["review"]), (&json!("active"), &Value::Null));
    let honest = lines(&world);
    verified(honest.clone()).unwrap();
    let forgotten = |event: &mut Value| _ = event["deed"]["round"].as_object_mut().unwrap().remove("review");
    finds(changed(&honest, "round_opened", forgotten), "something else than what was asked before it");
    let less = changed(&honest, "review_asked", |event| event["deed"]["review"]["attests"] = json!(false));
    finds(less, "a re-review asks for something else than its procedure");
}

#[test]
fn a_version_of_what_it_rests_on_asks_beside_the_cause_that_is_looked_at() {
    let world = signing();
    let (id, suspended) = (reopened(&world, "policy_changed"), watched(&world));
    attest(&world, "oskar", &id, (true, true)).expect(200);
    world.command("gita", &suspended, "suspend", json!({ "cause": "looked_at" })).expect(200);
    attest(&world, "oskar", &suspended, (true, true)).expect(200);
    world.approve("boris", &id).expect(200);
    published(&world, "AIP-2", |clauses| reword(clauses));
    let found = view(&world, &id);
    assert_eq!((&found["review"]["awaits"], &found["round"]["approvals"]), (&json!(["attest"]), &json!([])));
    assert_eq!(view(&world, &suspended)["review"]["awaits"], json!(["attest"]), "who resumes it is asked for that too");
    publish(&world, "standard", &[("\"version\":1", "\"version\":2"), ("scores.max >= 35", "scores.max >= 0")]);
    world.minutes(2);
    world.settle();
    for id in [&id, &suspended] {
        assert_eq!(view(&world, id)["review"]["awaits"], json!(["attest", "assess:security"]), "it scores it higher");
        attest(&world, "oskar", id, (true, true)).expect(200);
        confirm(&world, "sam", id, "security").expect(200);
        assert_eq!(view(&world, id)["tier"], "moderate");
    }
    for who in ["boris", "carla"] {
        world.approve(who, &id).expect(200);
        resume(&world, who, &suspended).expect(200);
    }
    assert_eq!((world.state(&id), world.state(&suspended)), ("active".to_owned(), "active".to_owned()));
    verified(lines(&world)).unwrap();
}

#[test]
fn a_record_with_another_tier_or_quorum_than_the_scores_give_is_found() {
    let world = signing();
    let id = reopened(&world, "incident");
    attest(&world, "oskar", &id, (true, true)).expect(200);
    world.assess(&id, 3);
    world.approve("carla", &id).expect(200);
    world.approve("konrad", &id).expect(200);
    let honest = lines(&world);
    verified(honest.clone()).unwrap();
    let two = json!({ "min": 2, "all_of": ["business_owner"], "any_of": ["ciso"] });
    for (kind, pointer, to, what) in [
        ("rerated", "/deed/rating/tier", json!("low"), "at another tier than its scores give"),
        ("rerated", "/deed/rating/computed", json!("critical"), "at another tier than its scores give"),
        ("rerated", "/deed/quorums", json!([two]), "by another quorum than its tier's"),
        ("reopened", "/deed/round/quorums", json!([two]), "by another quorum, than its procedure says"),
        ("reopened", "/deed/round/tier", json!("moderate"), "at another tier, or by another quorum"),
        ("reopened", "/deed/round/review/quorums", json!([two]), "something else than its procedure"),
        ("reassessed", "/deed/assessment/score", json!(7), "another than its points give"),
    ] {
        finds(changed(&honest, kind, |event| *event.pointer_mut(pointer).unwrap() = to), what);
    }
}

#[test]
fn a_record_in_which_governance_attests_beside_the_owner_is_found() {
    let world = signing();
    let id = reopened(&world, "policy_changed");
    attest(&world, "oskar", &id, (true, true)).expect(200);
    let honest = lines(&world);
    verified(honest.clone()).unwrap();
    let governs = |event: &mut Value| {
        event["deed"]["attestation"]["by"] = json!(world.id("gita"));
        event["by"]["person"]["id"] = json!(world.id("gita"));
    };
    finds(changed(&honest, "attested", governs), "an attestation of somebody who was not asked for one");
}

#[test]
fn a_no_is_not_overwritten_by_whoever_stands_in() {
    let world = signing();
    let id = reopened(&world, "policy_changed");
    attest(&world, "oskar", &id, (true, false)).expect(200);
    world.post("adam", &format!("/v1/people/{}/leave", world.id("oskar")), json!({})).expect(200);
    attest(&world, "gita", &id, (true, true)).expect(200);
    let review = view(&world, &id)["review"].clone();
    assert_eq!((&review["attestation"]["kept"], &review["denials"][0]["kept"]), (&json!(true), &json!(false)));
    assert_eq!(review["denials"][0]["statement"]["text"], "Forty prompts were drawn and read.");
    assert_eq!(world.approve("boris", &id).code(422), "departure_unexplained");
    for who in ["boris", "carla"] {
        let why = json!({ "dossier": world.dossier(&id), "departure": "The logger is back since noon." });
        world.command(who, &id, "approve", why).expect(200);
    }
    let honest = lines(&world);
    verified(honest.clone()).unwrap();
    let unexplained = changed(&honest, "approved", |event| event["deed"]["departure"] = Value::Null);
    finds(unexplained, "departs from an attestation");
}

#[test]
fn an_owner_who_has_a_part_in_it_leaves_the_attestation_to_governance() {
    let world = signing();
    let id = watched(&world);
    let one = format!("/v1/people/{}/merge", world.id("oskar"));
    let merge = world.post("adam", &one, json!({ "into": world.id("rita") })).expect(202);
    confirm_change(&world, &merge);
    world.command("gita", &id, "reopen", json!({ "cause": "policy_changed" })).expect(200);
    for who in ["rita", "oskar"] {
        assert_eq!(attest(&world, who, &id, (true, true)).status, 403, "{who} is who asked for it");
    }
    assert_eq!(attest(&world, "carla", &id, (true, true)).code(403), "role_missing");
    attest(&world, "gita", &id, (true, true)).expect(200);
    for who in ["boris", "carla"] {
        world.approve(who, &id).expect(200);
    }
    assert_eq!(world.state(&id), "active");
    verified(lines(&world)).unwrap();
}

#[test]
fn a_record_in_which_a_cause_that_arrived_meanwhile_asked_nothing_is_found() {
    let world = signing();
    let id = reopened(&world, "policy_changed");
    attest(&world, "oskar", &id, (true, true)).expect(200);
    let control = view(&world, &id)["controls"][0]["id"].clone();
    world
        .command("oskar", &id, "fail-control", json!({ "control": control, "reason": "The logger is off." }))
        .expect(200);
    assert_eq!(view(&world, &id)["review"]["awaits"], json!(["attest"]), "what was attested is another matter now");
    attest(&world, "oskar", &id, (true, true)).expect(200);
    world.approve("boris", &id).expect(200);
    let honest = lines(&world);
    verified(honest.clone()).unwrap();
    let silent = |event: &mut Value| event["deed"] = json!({ "kind": "superseded", "by": world.id("carla") });
    finds(changed(&honest, "review_asked", silent), "without what follows of what happened in it");
}
