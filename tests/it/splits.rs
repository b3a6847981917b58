//! Two versions of a procedure side by side: who begins that and what may differ, which exception runs on which and
//! stays there, how both are compared, and what holds or ends it.

use actix_web::http::Method;
use proviso::{jobs::Jobs, store::mailbox::mailbox};
use serde_json::{Value, json};

use crate::{
    forged::{changed, finds, lines, signing, verified},
    pages::walk::Walker,
    sops::confirm as confirmed,
    world::World,
};

const STANDARD: &str = include_str!("../../policies/sop/standard.yaml");
const PATH: &str = "/v1/sops/standard/split";

/// The standard procedure in its second version, with other due times and wording, and with texts replaced.
fn second(changes: &[(&str, &str)]) -> String {
    let mut text = STANDARD.to_owned();
    let allowed = [("version: 1", "version: 2"), ("due_hours: 48", "due_hours: 24"), ("[completeness_reviewer, ", "[")];
    for (from, to) in allowed.iter().chain(changes) {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    text
}

fn body(percent: u32, changes: &[(&str, &str)]) -> Value {
    json!({ "document": second(changes), "percent": percent })
}

/// Gita proposes it, Gustav confirms.
fn begin(world: &World, body: &Value) -> Value {
    confirmed(world, &world.post("gita", PATH, body.clone()).expect(202));
    world.get("gita", PATH).expect(200)
}

/// Files and submits one.
fn submitted(world: &World) -> Value {
    let id = world.file();
    world.command("rita", &id, "submit", json!({})).expect(200)
}

fn arm(exception: &Value) -> &str {
    exception["split"]["arm"].as_str().unwrap_or("none")
}

/// Submits until one runs on either side.
fn on_both(world: &World) -> [Value; 2] {
    let mut found = [None, None];
    for _ in 0..64 {
        let one = submitted(world);
        let side = usize::from(arm(&one) == "variant");
        found[side].get_or_insert(one);
        if let [Some(published), Some(variant)] = &found {
            return [published.clone(), variant.clone()];
        }
    }
    panic!("of 64 all ran on one side: {found:?}")
}

fn letters(world: &World, who: &str) -> Vec<String> {
    let person = world.id(who).parse().unwrap();
    let found = world.read(|conn| mailbox(conn, person, None, 100).unwrap());
    found.into_iter().filter(|letter| letter.kind.as_str() == "concern_raised").map(|letter| letter.subject).collect()
}

fn tick(world: &World, jobs: &mut Jobs) {
    for _ in 0..2 {
        world.hours(1);
        jobs.run_due(world.now());
        jobs.run_due(world.now());
    }
}

#[test]
fn two_people_begin_one_and_it_may_differ_in_gates_wording_due_times_and_routing_alone() {
    let world = World::new();
    assert_eq!(world.post("rita", PATH, body(50, &[])).code(403), "forbidden");
    assert_eq!(world.get("rita", PATH).code(403), "forbidden");
    assert_eq!(world.get("gita", PATH).status, 404, "there was none");
    let longer =
        [("max_days: 90", "max_days: 60"), ("returns: 5", "returns: 6"), ("mail_link: code", "mail_link: session")];
    let refused = world.post("gita", PATH, body(50, &longer)).expect(422);
    assert_eq!((&refused["code"], &refused["errors"][0]["pointer"]), (&json!("variant_unlike"), &json!("/document")));
    let named = json!(["/limits/returns", "/steps/decision/mail_link", "/tiers/critical/max_days"]);
    assert_eq!(refused["differs"], named, "all of them, and nothing that may differ");
    for percent in [0, 100] {
        assert_eq!(world.post("gita", PATH, body(percent, &[])).expect(422)["errors"][0]["pointer"], "/percent");
    }
    let same = json!({ "document": STANDARD, "percent": 50 });
    assert_eq!(world.post("gita", PATH, same).code(422), "version_not_newer");
    let proposed = world.post("gita", PATH, body(30, &[])).expect(202);
    assert_eq!(
        proposed["text"],
        "Let 30 of a hundred new exceptions run on version 2 of the procedure standard, beside 1"
    );
    assert_eq!(proposed["document"]["steps"]["completeness"]["due_hours"], 24, "it can be read before it runs");
    assert_eq!(world.get("gita", PATH).status, 404, "nothing happened yet");
    let alone = format!("/v1/changes/{}/confirm", proposed["id"].as_str().unwrap());
    assert_eq!(world.post("gita", &alone, json!({ "hash": proposed["hash"] })).status, 403, "not by one");
    confirmed(&world, &proposed);
    let begun = world.get("gita", PATH).expect(200);
    assert_eq!(
        (&begun["percent"], &begun["variant"]["version"], &begun["limits"]["after"]),
        (&json!(30), &json!(2), &json!(20))
    );
    assert_eq!(world.post("gita", PATH, body(30, &[("version: 2", "version: 3")])).code(422), "split_is_open");
    let listed = world.get("rita", "/v1/sops/standard").expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 1, "it is not published: {listed}");
    let read = world.get("rita", "/v1/sops/standard/versions/2").expect(200);
    assert_eq!(
        (&read["sop"]["published_at"], &read["document"]["version"]),
        (&Value::Null, &json!(2)),
        "and can be read"
    );
    assert_eq!(world.ask("rita", Method::DELETE, PATH, None).status, 403);
}

#[test]
#[expect(clippy::too_many_lines, reason = "one story told in one go")]
fn an_exception_stays_on_its_side_whatever_becomes_of_the_split() {
    let world = World::new();
    begin(&world, &body(50, &[]));
    let [published, variant] = on_both(&world);
    assert_eq!((&published["sop"]["version"], &variant["sop"]["version"]), (&json!(1), &json!(2)));
    let id = variant["id"].as_str().unwrap();
    let timeline = world.get("rita", &format!("/v1/exceptions/{id}/timeline?limit=50")).expect(200);
    let told = timeline["items"].as_array().unwrap().iter().find(|event| event["kind"] == "submitted").unwrap();
    let facts = &told["citation"]["facts"];
    assert_eq!((&facts["arm"], &facts["split"]), (&json!("variant"), &variant["split"]["id"]), "{told}");
    let number = variant["number"].as_str().unwrap();
    let mut rita = Walker::signed_in(&world, "rita");
    assert!(rita.get(&format!("/exceptions/{number}")).text.contains("the version that is split off"));
    let mut gita = Walker::signed_in(&world, "gita");
    let page = gita.get("/sops/standard").text;
    assert!(page.contains("Split: two versions side by side") && page.contains("say little"), "{page}");
    assert!(!rita.get("/sops/standard").text.contains("side by side"), "figures are for those who may begin one");

    let back_and_forth = |version: u32| {
        world.command("rosa", id, "return", json!({ "codes": ["sponsor_not_confirmed"] })).expect(200);
        let again = world.command("rita", id, "submit", json!({})).expect(200);
        assert_eq!((&again["sop"]["version"], &again["split"]), (&json!(version), &variant["split"]));
    };
    back_and_forth(2);
    let held = world.post("gita", &format!("{PATH}/hold"), json!({})).expect(200);
    assert!(held["held_at"].is_string() && held["held_for"] == json!([]), "{held}");
    assert_eq!(world.post("gustav", &format!("{PATH}/hold"), json!({})).code(422), "split_is_held");
    for _ in 0..8 {
        let one = submitted(&world);
        assert_eq!((arm(&one), &one["sop"]["version"]), ("none", &json!(1)), "nothing new runs on it");
    }
    back_and_forth(2);
    let released = world.post("gita", &format!("{PATH}/release"), json!({})).expect(202);
    assert!(world.get("gita", PATH).expect(200)["held_at"].is_string(), "not by one");
    confirmed(&world, &released);
    on_both(&world);
    assert_eq!(world.ask("gustav", Method::DELETE, PATH, None).status, 204);
    let over = world.get("gita", PATH).expect(200);
    assert_eq!((&over["ended"], over["arms"][1]["submitted"].is_u64()), (&json!("ended"), true));
    assert_eq!(world.ask("gustav", Method::DELETE, PATH, None).status, 404);
    assert_eq!(arm(&submitted(&world)), "none");
    back_and_forth(2);

    // What ran may be published as it is; its number is nothing else's.
    let versions = "/v1/sops/standard/versions";
    let other = json!({ "document": second(&[("due_hours: 24", "due_hours: 30")]) });
    assert_eq!(world.post("gita", versions, other).code(422), "version_not_newer");
    begin(&world, &body(50, &[]));
    confirmed(&world, &world.post("gita", versions, json!({ "document": second(&[]) })).expect(202));
    assert_eq!(world.get("gita", PATH).expect(200)["ended"], "published");
    assert_eq!(submitted(&world)["sop"]["version"], 2);
    back_and_forth(2);
    begin(&world, &body(50, &[("version: 2", "version: 3")]));
    let kinds = world.roster_kinds();
    let of_split = kinds.iter().filter(|kind| kind.starts_with("split_")).map(String::as_str);
    let expected =
        ["split_begun", "split_held", "split_released", "split_ended", "split_begun", "split_ended", "split_begun"];
    assert_eq!(of_split.collect::<Vec<_>>(), expected);
}

#[test]
fn both_sides_come_into_effect_and_an_auditor_can_tell_that_they_might() {
    let world = signing();
    begin(&world, &body(50, &[]));
    let mut sides = Vec::new();
    while sides.len() < 12 && !(sides.contains(&"variant".to_owned()) && sides.contains(&"published".to_owned())) {
        let id = world.active();
        let found = world.get("rita", &format!("/v1/exceptions/{id}")).expect(200);
        assert_eq!((&found["state"], &found["sop"]["version"] == 2), (&json!("active"), arm(&found) == "variant"));
        sides.push(arm(&found).to_owned());
    }
    world.app.jobs().unwrap().run_due(world.now());
    let shown = world.get("gita", PATH).expect(200);
    let counted: u64 = shown["arms"].as_array().unwrap().iter().map(|arm| arm["submitted"].as_u64().unwrap()).sum();
    assert_eq!(counted, u64::try_from(sides.len()).unwrap(), "{shown}");
    for arm in shown["arms"].as_array().unwrap() {
        assert_eq!((&arm["in_time_per_100"], &arm["few"]), (&json!(100.0), &json!(true)), "{arm}");
        assert!(arm["hours_median"].is_u64() && arm["hours_p90"].is_u64(), "{arm}");
    }
    let honest = lines(&world);
    verified(honest.clone()).unwrap();
    let begun =
        |pointer: &str, to: Value| changed(&honest, "split_begun", |event| *event.pointer_mut(pointer).unwrap() = to);
    finds(begun("/by/person/id", json!(world.id("gita"))), "takes two people");
    finds(begun("/deed/begins/percent", json!(100)), "a share or limits");
    finds(begun("/deed/begins/over/version", json!(7)), "is not in use");
    let elsewhere = |event: &mut Value| {
        let other = if event["deed"]["split"]["arm"] == "variant" { "published" } else { "variant" };
        event["deed"]["split"]["arm"] = json!(other);
    };
    finds(changed(&honest, "submitted", elsewhere), "it is submitted under");
    let unnoticed = |event: &mut Value| event["deed"].as_object_mut().unwrap().remove("split").map(drop).unwrap();
    finds(changed(&honest, "submitted", unnoticed), "it is submitted under");
}

#[test]
fn the_clock_holds_one_whose_requests_fail_more_often_and_asks_governance() {
    let world = signing();
    let strict = [("request.people + request.groups + request.agents > 0", "request.people > 1000")];
    let mut asked = body(60, &strict);
    asked["limits"] = json!({ "after": 3, "failed_gates": 10, "escalations": 10 });
    begin(&world, &asked);
    let mut jobs = world.app.jobs().unwrap();
    tick(&world, &mut jobs);
    assert_eq!(world.get("gita", PATH).expect(200)["held_at"], Value::Null, "nothing was submitted");
    let sides: Vec<Value> = (0..16).map(|_| submitted(&world)).collect();
    let variant = sides.iter().filter(|one| arm(one) == "variant");
    assert!(variant.clone().count() >= 3 && variant.clone().all(|one| one["state"] == "returned"), "{sides:?}");
    jobs.run_due(world.now());
    let preview = world.get("gita", "/v1/automation/preview").expect(200);
    let job = preview["jobs"].as_array().unwrap().iter().find(|job| job["name"] == "splits").unwrap().clone();
    assert_eq!(job["due"], 1, "{job}");
    tick(&world, &mut jobs);
    let held = world.get("gita", PATH).expect(200);
    assert_eq!(held["held_for"][0]["measure"], "split_failed_gates", "{held}");
    assert_eq!(held["held_for"][0]["variant"], json!(variant.count()));
    assert_eq!(arm(&submitted(&world)), "none", "what is submitted runs on the published version");
    let concern = world.get("gita", "/v1/concerns?state=open").expect(200)["items"][0].clone();
    assert_eq!((&concern["kind"], &concern["asks"]), (&json!("split_held"), &json!("governance")));
    assert_eq!(letters(&world, "gita"), ["A split of the procedure standard v1 is held"]);
    assert!(world.get("gita", "/desk").text.contains("A split of the procedure standard is held"));
    tick(&world, &mut jobs);
    assert_eq!(letters(&world, "gita").len(), 1, "once");

    confirmed(&world, &world.post("gita", &format!("{PATH}/release"), json!({})).expect(202));
    tick(&world, &mut jobs);
    let settled = world.get("gita", &format!("/v1/concerns/{}", concern["id"].as_str().unwrap())).expect(200);
    assert_eq!(settled["concern"]["state"], "settled");
    assert_eq!(world.get("gita", PATH).expect(200)["held_at"], Value::Null, "it is counted anew");
    let honest = lines(&world);
    verified(honest.clone()).unwrap();
    let held =
        |pointer: &str, to: Value| changed(&honest, "split_held", |event| *event.pointer_mut(pointer).unwrap() = to);
    finds(held("/deed/figures/0/variant", json!(0)), "whose figures are tolerated");
    finds(held("/deed/figures/0/limit", json!(0)), "whose figures are tolerated");
    finds(held("/by/system/job", json!("settle")), "nobody who may");
}
