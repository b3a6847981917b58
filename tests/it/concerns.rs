//! Concerns: more exceptions than a budget tolerates, and procedures past their review or with rising figures. Who is
//! asked, who reads and answers it, when it is asked again, and that none of it blocks anybody.

use actix_web::http::Method;
use proviso::{jobs::Jobs, store::mailbox::mailbox};
use serde_json::{Value, json};

use crate::{
    forged::{changed, finds, lines, signing, verified},
    procedures::publish,
    world::{World, request},
};

/// The standard procedure in its next version, with more in it.
const NONE: [Value; 0] = [];

fn with(world: &World, version: u32, more: &str) {
    let next = (format!("\"version\":{version}"), format!("\"version\":{}", version + 1));
    let more = format!("{{{more},\"approved_tools\"");
    publish(world, "standard", &[(&next.0, &next.1), ("{\"approved_tools\"", &more)]);
}

const ONE_EXCEPTION: &str =
    r#""budgets":[{"business_unit":"service","clause":"AIP-2.1","exceptions":1},{"clause":"AIP-9.9","days":1}]"#;

/// The next tick of the clock.
fn tick(world: &World, jobs: &mut Jobs) {
    world.hours(1);
    jobs.run_due(world.now());
    jobs.run_due(world.now());
}

fn listed(world: &World, who: &str, filter: &str) -> Vec<Value> {
    world.get(who, &format!("/v1/concerns{filter}")).expect(200)["items"].as_array().unwrap().clone()
}

fn at(concern: &Value) -> String {
    format!("/v1/concerns/{}", concern["id"].as_str().unwrap())
}

fn answer(world: &World, who: &str, concern: &Value, text: &str) -> crate::world::Reply {
    world.post(who, &format!("{}/answer", at(concern)), json!({ "answer": text }))
}

fn letters(world: &World, who: &str) -> Vec<(String, String)> {
    let person = world.id(who).parse().unwrap();
    let found = world.read(|conn| mailbox(conn, person, None, 100).unwrap());
    let about = found.into_iter().filter(|letter| letter.kind.as_str() == "concern_raised");
    about.map(|letter| (letter.subject, letter.body)).collect()
}

#[test]
#[expect(clippy::too_many_lines, reason = "one story told in one go")]
fn over_a_budget_governance_is_asked_once_and_again_only_beyond_the_answer() {
    let world = World::new();
    with(&world, 1, ONE_EXCEPTION);
    let mut jobs = world.app.jobs().unwrap();
    let first = world.active();
    tick(&world, &mut jobs);
    assert_eq!(listed(&world, "gita", ""), NONE, "as many as are tolerated");
    let second = world.active();
    tick(&world, &mut jobs);
    tick(&world, &mut jobs);
    let open = listed(&world, "gita", "?state=open");
    assert_eq!(open.len(), 1, "one, however often it is looked at");
    let concern = &open[0];
    assert_eq!(
        (&concern["kind"], &concern["clause"], &concern["business_unit"], &concern["asks"], &concern["sop"]["version"]),
        (&json!("over_budget"), &json!("AIP-2.1"), &json!("service"), &json!("governance"), &json!(2))
    );
    let counted = json!([{ "measure": "exceptions", "count": 2, "limit": 1, "share": null, "exceeded": true }]);
    assert_eq!(concern["figures"], counted);
    let shown = world.get("gita", &at(concern)).expect(200);
    let named: Vec<&str> =
        shown["exceptions"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert_eq!((named, &shown["now"]), (vec![first.as_str(), second.as_str()], &counted));
    let told = letters(&world, "gita");
    assert_eq!((told.len(), told[0].0.as_str()), (1, "Over budget: AIP-2.1 in service"));
    assert!(told[0].1.contains("The rule may be wrong, not the teams."), "{}", told[0].1);
    assert!(told[0].1.contains("Exceptions in effect: 2, tolerated up to 1"), "{}", told[0].1);

    let said = answer(&world, "gita", concern, "The clause is rewritten by June.").expect(200);
    assert_eq!(
        (&said["concern"]["state"], &said["concern"]["answer"], &said["concern"]["ended_by"]),
        (&json!("answered"), &json!("The clause is rewritten by June."), &json!(world.id("gita")))
    );
    assert_eq!(answer(&world, "gustav", concern, "No.").code(422), "concern_closed");
    tick(&world, &mut jobs);
    assert_eq!(listed(&world, "gita", "").len(), 1, "it has its answer");
    world.active();
    tick(&world, &mut jobs);
    let again = listed(&world, "gita", "?state=open").remove(0);
    assert_eq!((&again["again"], &again["figures"][0]["count"]), (&concern["id"], &json!(3)));
    world.days(91);
    jobs.run_due(world.now());
    tick(&world, &mut jobs);
    let settled = world.get("gita", &at(&again)).expect(200);
    assert_eq!((&settled["concern"]["state"], &settled["concern"]["ended_by"]), (&json!("settled"), &Value::Null));
    assert_eq!(settled["concern"]["ended_with"][0]["count"], 0);
    assert_eq!(listed(&world, "gita", "?state=open"), NONE);
}

#[test]
fn whoever_files_is_told_before_and_after_and_goes_on() {
    let world = World::new();
    with(&world, 1, ONE_EXCEPTION);
    let draft = world.file();
    let budgets = |id: &str| world.get("rita", &format!("/v1/exceptions/{id}/budgets")).expect(200)["items"].clone();
    assert_eq!(budgets(&draft), json!([]));
    world.active();
    let spent = json!([{ "clause": "AIP-2.1", "business_unit": "service", "exceptions": 1, "days": null }]);
    assert_eq!(budgets(&draft), spent);
    let number = world.get("rita", &format!("/v1/exceptions/{draft}")).expect(200)["number"].clone();
    let number = number.as_str().unwrap();
    let page = world.get("rita", &format!("/request/{number}")).text;
    assert!(page.contains("A budget is used up") && page.contains("AIP-2.1 in service: what is tolerated"), "{page}");
    let submitted = world.command("rita", &draft, "submit", json!({})).expect(200);
    assert_eq!((&submitted["state"], &submitted["used_up"]), (&json!("completeness_review"), &spent));
    let page = world.get("rita", &format!("/request/{number}/submitted")).text;
    assert!(page.contains("A budget is used up"), "{page}");
    let timeline = world.get("rita", &format!("/v1/exceptions/{draft}/timeline?limit=50")).expect(200);
    let event =
        timeline["items"].as_array().unwrap().iter().find(|event| event["kind"] == "submitted").unwrap().clone();
    assert_eq!(event["citation"]["facts"]["used_up"][0]["exceptions"], 1, "{event}");
    assert!(!event["citation"]["facts"]["used_up"].to_string().contains("count"), "what others have is not told");
    let mut elsewhere = request();
    elsewhere["scope"]["business_unit"] = json!("retail");
    let other = world.post("rita", "/v1/exceptions", elsewhere).expect(201)["id"].as_str().unwrap().to_owned();
    assert_eq!(budgets(&other), json!([]), "another unit has its own");
    assert_eq!(world.get("uma", &format!("/v1/exceptions/{other}/budgets")).status, 404, "and it is Rita's draft");
}

#[test]
fn it_is_read_and_answered_by_whom_it_asks_and_names_what_they_may_see() {
    let world = World::new();
    with(&world, 1, ONE_EXCEPTION);
    world.active();
    world.active();
    let mut jobs = world.app.jobs().unwrap();
    jobs.run_due(world.now());
    let concern = listed(&world, "gita", "").remove(0);
    let path = format!("/v1/people/{}/roles", world.id("uma"));
    let granted = world.post("adam", &path, json!({ "role": "governance", "domain": "us" })).expect(202);
    let confirm = format!("/v1/changes/{}/confirm", granted["id"].as_str().unwrap());
    world.post("gita", &confirm, json!({ "hash": granted["hash"] })).expect(200);
    let there = world.get("uma", &at(&concern)).expect(200);
    assert_eq!((&there["now"][0]["count"], &there["exceptions"]), (&json!(2), &json!([])), "they are not hers to see");
    for who in ["rita", "boris", "carla"] {
        assert_eq!(listed(&world, who, ""), NONE, "{who}");
        assert_eq!(world.get(who, &at(&concern)).status, 404, "{who}");
        assert_eq!(answer(&world, who, &concern, "It is fine.").status, 404, "{who}");
    }
    let desk = world.get("gita", "/desk").text;
    assert!(desk.contains(&format!("href=\"/concerns/{}\"", concern["id"].as_str().unwrap())), "{desk}");
    assert!(!world.get("boris", "/desk").text.contains("/concerns/"));
    let page = world.get("gita", &format!("/concerns/{}", concern["id"].as_str().unwrap())).text;
    assert!(page.contains("Exceptions in effect: 2, tolerated up to 1") && page.contains("EX-2026-000002"), "{page}");
    let refused = answer(&world, "gita", &concern, " ").expect(422);
    assert_eq!(refused["errors"][0]["pointer"], "/answer");
    assert_eq!(world.get("gita", "/v1/concerns/01977d3c-7a10-7000-8000-00000000ffff").status, 404);
    assert_eq!(world.get("gita", "/v1/concerns?cursor=forged").code(422), "invalid_cursor");
    assert_eq!(answer(&world, "uma", &concern, "It stays so.").expect(200)["concern"]["state"], "answered");
}

#[test]
#[expect(clippy::too_many_lines, reason = "one story told in one go")]
fn a_procedure_past_its_review_asks_its_owner_and_a_next_version_answers() {
    let world = signing();
    publish(
        &world,
        "standard",
        &[("\"version\":1", "\"version\":2"), ("\"review_every_days\":365", "\"review_every_days\":30")],
    );
    let mut jobs = world.app.jobs().unwrap();
    world.days(29);
    tick(&world, &mut jobs);
    assert_eq!(listed(&world, "gita", ""), NONE);
    world.days(1);
    tick(&world, &mut jobs);
    let due = listed(&world, "gita", "?state=open").remove(0);
    assert_eq!((&due["kind"], &due["figures"][0]["count"]), (&json!("sop_review"), &json!(31)));
    assert_eq!(letters(&world, "gita")[0].0, "Review of the procedure standard v2");
    answer(&world, "gita", &due, "Read in full; it stays as it is.").expect(200);
    tick(&world, &mut jobs);
    assert_eq!(listed(&world, "gita", "").len(), 1, "it was reviewed");
    world.days(31);
    tick(&world, &mut jobs);
    let again = listed(&world, "gita", "?state=open").remove(0);
    assert_eq!(again["again"], due["id"]);
    publish(&world, "standard", &[("\"version\":2", "\"version\":3")]);
    let answered = world.get("gita", &at(&again)).expect(200)["concern"].clone();
    assert_eq!(
        (&answered["state"], &answered["answered_by"]["version"], &answered["ended_by"], &answered["answer"]),
        (&json!("answered"), &json!(3), &json!(world.id("gustav")), &Value::Null)
    );
    world.hours(1);
    jobs.run_due(world.now());
    let honest = lines(&world);
    verified(honest.clone()).unwrap();
    let raised = |pointer: &str, to: Value| {
        changed(&honest, "concern_raised", |event| *event.pointer_mut(pointer).unwrap() = to)
    };
    finds(raised("/deed/concern/figures/0/limit", json!(5)), "a limit that its procedure does not");
    finds(raised("/deed/concern/figures/0/count", json!(3)), "raised about nothing");
    finds(raised("/deed/concern/asks", json!("ciso")), "is for governance");
    finds(raised("/by/system/job", json!("settle")), "by its job alone");
    let older = |event: &mut Value| event["deed"]["response"]["published"]["version"] = json!(2);
    finds(changed(&honest, "concern_answered", older), "no next version");
    let kinds = world.roster_kinds();
    let said = kinds.iter().filter(|kind| kind.starts_with("concern_")).map(String::as_str);
    assert_eq!(
        said.collect::<Vec<_>>(),
        ["concern_raised", "concern_answered", "concern_raised", "concern_answered"],
        "{kinds:?}"
    );
}

#[test]
fn rising_returns_ask_the_owner_unless_the_job_is_stopped() {
    let world = World::new();
    with(&world, 1, r#""own_figures":{"days":10,"returns":{"more_than":1,"percent":50}}"#);
    let mut jobs = world.app.jobs().unwrap();
    let submitted = |returned: bool| {
        let id = world.file();
        world.command("rita", &id, "submit", json!({})).expect(200);
        if returned {
            world.command("rosa", &id, "return", json!({ "codes": ["sponsor_not_confirmed"] })).expect(200);
        }
    };
    (0..3).for_each(|_| submitted(false));
    submitted(true);
    world.days(11);
    (0..2).for_each(|_| submitted(true));
    let halt = json!({ "scope": "job:concerns", "state": "halted", "reason": "Too many letters." });
    world.ask("gita", Method::PUT, "/v1/automation", Some(&halt)).expect(200);
    tick(&world, &mut jobs);
    assert_eq!(listed(&world, "gita", ""), NONE, "it is stopped");
    let preview = world.get("gita", "/v1/automation/preview").expect(200);
    let job = preview["jobs"].as_array().unwrap().iter().find(|job| job["name"] == "concerns").unwrap().clone();
    assert_eq!((&job["state"], &job["due"]), (&json!("halted"), &json!(1)));
    crate::automation::release(&world, "job:concerns");
    tick(&world, &mut jobs);
    let rising = listed(&world, "gita", "").remove(0);
    let share = json!({ "of": 2, "before": 1, "before_of": 4, "percent": 50 });
    assert_eq!(
        rising["figures"][1],
        json!({ "measure": "returns", "count": 2, "limit": 1, "share": share, "exceeded": true })
    );
    world.days(21);
    tick(&world, &mut jobs);
    assert_eq!(world.get("gita", &at(&rising)).expect(200)["concern"]["state"], "settled");
}
