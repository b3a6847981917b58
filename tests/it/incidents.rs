//! Incidents: what they touch, who may report them, when a second person has to, and what becomes of exceptions.

use actix_web::http::Method;
use proviso::store::mailbox::mailbox;
use serde_json::{Value, json};

use crate::world::{Reply, World, request};

/// A report on a vendor and what it makes.
fn report(effect: &str) -> Value {
    json!({
        "summary": "The vendor lost prompts of its customers.", "happened_at": "2026-03-01T12:00:00Z",
        "severity": "high", "effect": effect, "systems": ["example-models"]
    })
}

/// A report on the clause that requests deviate from.
fn on_the_clause(effect: &str) -> Value {
    let mut body = report(effect);
    body["systems"] = json!([]);
    body["clauses"] = json!(["AIP-2.1"]);
    body
}

/// Rita's request for a system, changed.
fn filed(world: &World, system: &Value, change: impl FnOnce(&mut Value)) -> String {
    let mut asked = request();
    asked["scope"]["systems"] = json!([system]);
    change(&mut asked);
    world.post("rita", "/v1/exceptions", asked).expect(201)["id"].as_str().unwrap().to_owned()
}

/// The same in effect.
fn living(world: &World, system: &Value) -> String {
    let id = filed(world, system, |_| {});
    world.to_decision(&id, 1);
    world.approve("boris", &id).expect(200);
    assert_eq!(world.approve("carla", &id).expect(200)["state"], "active");
    id
}

fn named(view: &Value) -> Vec<(&str, &str)> {
    let rows = view["exceptions"].as_array().unwrap();
    rows.iter().map(|row| (row["id"].as_str().unwrap(), row["outcome"].as_str().unwrap_or("open"))).collect()
}

fn last(world: &World, id: &str) -> Value {
    let timeline = world.get("gita", &format!("/v1/exceptions/{id}/timeline?limit=200")).expect(200);
    timeline["items"].as_array().unwrap().last().unwrap().clone()
}

fn letters(world: &World, who: &str) -> Vec<String> {
    let person = world.id(who).parse().unwrap();
    let found = world.read(|conn| mailbox(conn, person, None, 100).unwrap());
    found.iter().map(|letter| letter.kind.to_string()).collect()
}

fn run(world: &World) {
    world.app.jobs().unwrap().run_due(world.now());
}

fn confirm(world: &World, who: &str, change: &Value) -> Reply {
    let path = format!("/v1/changes/{}/confirm", change["id"].as_str().unwrap());
    world.post(who, &path, json!({ "hash": change["hash"] }))
}

#[test]
#[expect(clippy::too_many_lines, reason = "one story told in one go")]
fn it_reopens_exactly_what_names_what_it_is_about() {
    let world = World::new();
    let by_id = living(&world, &json!({ "id": "parlance", "name": "Our writer" }));
    let by_name = living(&world, &json!({ "name": "Company Assistant" }));
    let other = living(&world, &json!({ "id": "meeting-notes", "name": "Meeting notes" }));
    let deciding = filed(&world, &json!({ "id": "parlance-large", "name": "Large" }), |_| {});
    world.to_decision(&deciding, 1);
    world.approve("boris", &deciding).expect(200);
    let draft = filed(&world, &json!({ "id": "parlance", "name": "Parlance" }), |_| {});

    let preview = world.post("carla", "/v1/incidents/preview", report("reopen")).expect(200);
    assert_eq!(
        (&preview["touched"], &preview["limit"], &preview["second_person"]),
        (&json!(3), &json!(25), &json!(false))
    );
    let expected = [(by_id.as_str(), "reopened"), (&by_name, "reopened"), (&deciding, "noted")];
    assert_eq!(named(&preview), expected);
    assert_eq!(world.state(&by_id), "active", "looking does nothing");
    assert_eq!(world.get("gita", "/v1/incidents").expect(200)["items"], json!([]));

    let reply = world.post("carla", "/v1/incidents", report("reopen"));
    let at = reply.header("location").unwrap();
    let made = reply.expect(201);
    assert_eq!(named(&made), expected, "what was foreseen");
    assert_eq!((&made["incident"]["touched"], &made["incident"]["open"]), (&json!(3), &json!(0)));
    assert_eq!((world.state(&by_id), world.state(&by_name)), ("re_review".to_owned(), "re_review".to_owned()));
    assert_eq!((world.state(&other), world.state(&draft)), ("active".to_owned(), "draft".to_owned()));
    let reopened = last(&world, &by_id);
    assert_eq!(reopened["citation"]["facts"]["incident"], made["incident"]["id"], "{reopened}");
    assert!(reopened["citation"].to_string().contains("an incident of severity high was reported on example-models"));
    assert_eq!(world.state(&deciding), "decision");
    world.approve("boris", &deciding).expect(200);
    assert_eq!(world.approve("carla", &deciding).expect(200)["state"], "active", "two decide with it in view");

    let shown = world.get("gita", &at).expect(200);
    assert_eq!(shown["incident"]["summary"], "The vendor lost prompts of its customers.");
    assert_eq!(shown["incident"]["reported_by"], world.id("carla"));
    assert_eq!(
        (&shown["exceptions"][2]["before"], &shown["exceptions"][2]["state"]),
        (&json!("decision"), &json!("active"))
    );
    assert_eq!(world.get("gita", "/v1/incidents").expect(200)["items"][0]["id"], made["incident"]["id"]);
    run(&world);
    assert!(letters(&world, "rita").contains(&"re_review_opened".to_owned()));
    assert!(letters(&world, "boris").contains(&"approval_voided".to_owned()));
    assert_eq!(world.roster_kinds().last().unwrap(), "incident_reported");
}

#[test]
fn it_suspends_in_one_breath_and_only_two_people_bring_back() {
    let world = World::new();
    let (id, key) = (world.active(), [("idempotency-key", "the-incident")]);
    let body = on_the_clause("suspend");
    let made = world.ask_with("gita", Method::POST, "/v1/incidents", Some(&body), &key).expect(201);
    assert_eq!(named(&made), [(id.as_str(), "suspended")]);
    let found = world.get("rita", &format!("/v1/exceptions/{id}")).expect(200);
    assert_eq!((&found["state"], &found["effective"]), (&json!("suspended"), &json!(false)));
    let again = world.ask_with("gita", Method::POST, "/v1/incidents", Some(&body), &key).expect(201);
    assert_eq!(again["incident"]["id"], made["incident"]["id"], "the same request is the same incident");
    run(&world);
    assert!(letters(&world, "rita").contains(&"suspended".to_owned()));
    let early = json!({ "dossier": world.dossier(&id), "reason": "It was contained." });
    assert_eq!(world.command("boris", &id, "resume", early).code(409), "review_incomplete", "an incident asks");
    world.look_again(&id);
    let dossier = world.dossier(&id);
    let resume =
        |who: &str| world.command(who, &id, "resume", json!({ "dossier": dossier, "reason": "It was contained." }));
    assert_eq!(resume("boris").expect(200)["state"], "suspended", "one is not enough");
    assert_eq!(resume("carla").expect(200)["state"], "active");
}

#[test]
fn beyond_the_procedures_number_a_second_person_confirms() {
    let world = World::new();
    let active = world.active();
    let light: Vec<String> = (0..5)
        .map(|_| {
            let id = filed(&world, &json!({ "name": "Example LLM" }), |asked| asked["sop"] = json!("lightweight"));
            world.command("rita", &id, "submit", json!({})).expect(200);
            id
        })
        .collect();
    let preview = world.post("gita", "/v1/incidents/preview", on_the_clause("suspend")).expect(200);
    assert_eq!((&preview["touched"], &preview["limit"]), (&json!(6), &json!(5)), "the strictest of their procedures");
    assert_eq!(preview["second_person"], true);
    let change = world.post("gita", "/v1/incidents", on_the_clause("suspend")).expect(202);
    let text = change["text"].as_str().unwrap();
    assert!(
        text.starts_with("Report a high incident on AIP-2.1 and suspend what it touches in /: The vendor"),
        "{text}"
    );
    assert_eq!(world.state(&active), "active", "nothing happened yet");
    assert_eq!(confirm(&world, "gita", &change).code(403), "forbidden");
    confirm(&world, "gustav", &change).expect(200);
    assert_eq!(world.state(&active), "suspended");
    let incident = world.get("gita", "/v1/incidents").expect(200)["items"][0].clone();
    assert_eq!((&incident["touched"], &incident["reported_by"]), (&json!(6), &json!(world.id("gustav"))));
    assert!(light.iter().all(|id| last(&world, id)["kind"] == "incident_noted"));
}

#[test]
fn effect_goes_at_once_and_the_clock_does_the_rest_once() {
    let world = World::new();
    let active = world.active();
    let waiting: Vec<String> = (0..51)
        .map(|_| {
            let id = world.file();
            world.command("rita", &id, "submit", json!({})).expect(200);
            id
        })
        .collect();
    let deciding = world.decided_on(1);
    world.approve("boris", &deciding).expect(200);
    let halt = json!({ "scope": "all", "state": "halted", "reason": "Letters go astray." });
    world.ask("gita", Method::PUT, "/v1/automation", Some(&halt)).expect(200);
    let change = world.post("gita", "/v1/incidents", on_the_clause("suspend")).expect(202);
    confirm(&world, "gustav", &change).expect(200);
    assert_eq!(world.state(&active), "suspended", "whatever is halted");
    let open = || world.get("gita", "/v1/incidents").expect(200)["items"][0]["open"].clone();
    let preview = world.get("gita", "/v1/automation/preview").expect(200);
    let due = preview["jobs"].as_array().unwrap().iter().find(|job| job["name"] == "incidents").unwrap()["due"].clone();
    assert_eq!((open(), due), (json!(52), json!(52)), "nobody waits for them");
    run(&world);
    assert_eq!(open(), 52, "and it is halted");
    let approved = world.approve("carla", &deciding).expect(200);
    assert_eq!(approved["state"], "decision", "Boris did not know of it when he approved");
    assert_eq!((approved["round"]["approvals"].as_array().unwrap().len(), open()), (1, json!(51)));
    crate::automation::release(&world, "all");
    run(&world);
    run(&world);
    assert_eq!(open(), 0);
    for id in &waiting {
        let timeline = world.get("gita", &format!("/v1/exceptions/{id}/timeline?limit=200")).expect(200);
        let kinds = timeline["items"].as_array().unwrap().iter().filter(|event| event["kind"] == "incident_noted");
        assert_eq!(kinds.count(), 1, "{id}");
    }
}

#[test]
fn what_is_confidential_is_neither_counted_nor_named_for_whom_it_is_not() {
    let world = World::new();
    let hidden =
        filed(&world, &json!({ "id": "parlance", "name": "Parlance" }), |asked| asked["confidential"] = json!(true));
    world.command("rita", &hidden, "submit", json!({})).expect(200);
    let open = filed(&world, &json!({ "id": "parlance", "name": "Parlance" }), |_| {});
    world.command("rita", &open, "submit", json!({})).expect(200);
    let seen = world.post("carla", "/v1/incidents/preview", report("reopen")).expect(200);
    assert_eq!((&seen["touched"], named(&seen)), (&json!(1), vec![(open.as_str(), "noted")]));
    assert_eq!(seen["counts"].as_array().unwrap().iter().map(|row| row["count"].as_u64().unwrap()).sum::<u64>(), 1);
    let made = world.post("carla", "/v1/incidents", report("reopen")).expect(201);
    assert_eq!((&made["incident"]["touched"], named(&made)), (&json!(1), vec![(open.as_str(), "noted")]));
    let at = format!("/v1/incidents/{}", made["incident"]["id"].as_str().unwrap());
    let whole = world.get("gita", &at).expect(200);
    assert_eq!((&whole["incident"]["touched"], named(&whole).len()), (&json!(2), 2), "governance reads all");
    assert!(!world.get("carla", &at).text.contains(&hidden));
    for who in ["rita", "boris", "adam"] {
        assert_eq!(world.post(who, "/v1/incidents", report("suspend")).code(403), "forbidden", "{who}");
        assert_eq!(world.post(who, "/v1/incidents/preview", report("suspend")).code(403), "forbidden", "{who}");
        assert_eq!(world.get(who, &at).code(403), "forbidden", "{who}");
    }
}

#[test]
fn a_domain_bounds_what_it_touches_and_who_may_report_it() {
    let world = World::new();
    let here = filed(&world, &json!({ "id": "parlance", "name": "Parlance" }), |_| {});
    let there = filed(&world, &json!({ "id": "parlance", "name": "Parlance" }), |asked| {
        asked["scope"]["regions"] = json!(["us"]);
    });
    for id in [&here, &there] {
        world.command("rita", id, "submit", json!({})).expect(200);
    }
    let path = format!("/v1/people/{}/roles", world.id("konrad"));
    let granted = world.post("adam", &path, json!({ "role": "ciso", "domain": "eu" })).expect(202);
    confirm(&world, "gita", &granted).expect(200);
    let mut body = report("reopen");
    assert_eq!(world.post("konrad", "/v1/incidents", body.clone()).code(403), "forbidden");
    body["domain"] = json!("eu");
    let made = world.post("konrad", "/v1/incidents", body).expect(201);
    assert_eq!(named(&made), [(here.as_str(), "noted")]);
    let at = |incident: &Value| format!("/v1/incidents/{}", incident["incident"]["id"].as_str().unwrap());
    world.minutes(1);
    let mut elsewhere = report("reopen");
    elsewhere["domain"] = json!("us");
    let hidden = world.post("carla", "/v1/incidents", elsewhere).expect(201);
    assert_eq!(world.get("konrad", &at(&hidden)).status, 404, "somebody else's");
    assert_eq!(world.get("konrad", &at(&made)).status, 200);
    let listed = |who: &str| world.get(who, "/v1/incidents?limit=1").expect(200)["items"][0]["id"].clone();
    assert_eq!(listed("konrad"), made["incident"]["id"]);
    assert_eq!(listed("carla"), hidden["incident"]["id"]);
    let granted = world.post("adam", &path, json!({ "role": "governance", "domain": "eu" })).expect(202);
    confirm(&world, "gita", &granted).expect(200);
    let batch = |of: &Value| format!("/v1/batches/incident:{}", of["incident"]["id"].as_str().unwrap());
    assert_eq!(world.get("konrad", "/v1/batches").expect(200)["items"].as_array().unwrap().len(), 1, "those of eu");
    assert_eq!(world.get("konrad", &batch(&made)).status, 200);
    for path in [batch(&hidden), format!("{}/preview", batch(&hidden))] {
        assert_eq!(world.get("konrad", &path).code(404), "not_found", "{path}");
    }
    let refused = world.post("konrad", &format!("{}/revert", batch(&hidden)), json!({}));
    assert_eq!(refused.code(404), "not_found", "nor taken back from there");
    assert_eq!(world.get("gita", &batch(&hidden)).status, 200);
}

#[test]
fn what_cannot_be_is_refused_by_name() {
    let world = World::new();
    let with = |name: &str, value: Value| {
        let mut body = report("reopen");
        body[name] = value;
        body
    };
    for (body, code, pointer) in [
        (with("happened_at", json!("2026-03-02T09:00:01Z")), "in_the_future", "/happened_at"),
        (with("systems", json!([])), "names_nothing", "/systems"),
        (with("systems", json!(["hal"])), "unknown_system", "/systems"),
        (with("clauses", json!(["AIP-2.9"])), "unknown_clause", "/clauses"),
        (with("effect", json!("revoke")), "invalid_value", "/effect"),
        (with("summary", json!(" ")), "invalid_value", "/summary"),
    ] {
        for path in ["/v1/incidents", "/v1/incidents/preview"] {
            if (code, path) == ("in_the_future", "/v1/incidents/preview") {
                continue;
            }
            let refused = world.post("gita", path, body.clone()).expect(422);
            assert_eq!(
                (&refused["errors"][0]["code"], &refused["errors"][0]["pointer"]),
                (&json!(code), &json!(pointer))
            );
        }
    }
    assert_eq!(world.get("gita", "/v1/incidents/01977d3c-7a10-7000-8000-00000000ffff").status, 404);
    assert_eq!(world.get("gita", "/v1/incidents?cursor=forged").code(422), "invalid_cursor");
}
