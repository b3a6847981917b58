//! Looking after the service by its pages: jobs, the kill switch, the outbox, endpoints, connectors and health.

use serde_json::{Value, json};

use super::walk::{Walker, field};
use crate::{letters::Office, world::World};

/// Gita's, Adam's or Gustav's confirmation of the change to which an answer leads.
pub fn confirmed(world: &World, who: &str, change: &str) {
    let mut walker = Walker::signed_in(world, who);
    let form = walker.get(change);
    let hash = field(&form.text, "hash");
    let done = walker.send(&format!("{change}/confirm"), &form, &[("hash", &hash)]);
    assert_eq!(done.status, 303, "{}", done.text);
}

/// A world whose jobs are known.
fn running() -> World {
    let world = World::new();
    drop(world.app.jobs().unwrap());
    world
}

/// Sends a form of a page and tells where it leads.
pub fn led(walker: &mut Walker<'_>, (page, to): (&str, &str), answers: &[(&str, &str)]) -> String {
    let form = walker.get(page);
    assert_eq!(form.status, 200, "{page}: {}", form.text);
    let done = walker.send(to, &form, answers);
    done.header("location").unwrap_or_else(|| panic!("{to}: {} {}", done.status, done.text))
}

const ADMIN: [&str; 8] = [
    "/admin",
    "/admin/jobs",
    "/admin/jobs/forget",
    "/admin/automation",
    "/admin/outbox",
    "/admin/webhooks",
    "/admin/connectors",
    "/admin/health",
];

#[test]
fn who_looks_after_the_service_finds_it_and_nobody_else_does() {
    let world = running();
    for who in ["adam", "oskar"] {
        let mut walker = Walker::signed_in(&world, who);
        assert!(walker.get("/").text.contains("href=\"/admin\""), "{who}");
        for path in ADMIN {
            let page = walker.get(path);
            assert_eq!(page.status, 200, "{who} {path}: {}", page.text);
            for lacking in [">admin-", ">job-", ">health-", ">outbox-", ">webhook-", ">automation-", ">flow-", "\"job-"]
            {
                assert!(!page.text.contains(lacking), "{path} lacks a word {lacking}: {}", page.text);
            }
        }
    }
    let mut rita = Walker::signed_in(&world, "rita");
    assert!(!rita.get("/").text.contains("href=\"/admin\""));
    for path in ADMIN.iter().chain(&["/admin/webhooks/add", "/incidents/report"]) {
        assert_eq!(rita.get_html(path).status, 404, "{path}");
    }
    let home = rita.get("/");
    for (path, answers) in [
        ("/admin/jobs/forget/run", &[][..]),
        ("/admin/automation/halt", &[("scope", "all"), ("reason", "x")]),
        ("/admin/outbox/retry", &[]),
        ("/admin/webhooks/add", &[("url", "https://hooks.example.org/"), ("description", "x"), ("kind", "webhook")]),
    ] {
        let once = [answers, &[("once", "1")]].concat();
        assert_eq!(rita.send(path, &home, &once).status, 404, "{path}");
    }
    assert_eq!(world.get("adam", "/v1/automation").expect(200)["halts"], json!([]));
    let mut gita = Walker::signed_in(&world, "gita");
    assert_eq!(gita.get("/admin/jobs").status, 200);
    assert_eq!(gita.get_html("/admin/outbox").status, 404, "governance has no outbox");
    assert!(!gita.get("/admin").text.contains("/admin/outbox"));
}

#[test]
fn an_auditor_looks_and_has_no_buttons() {
    let world = running();
    let mut oskar = Walker::signed_in(&world, "oskar");
    for path in ADMIN {
        let page = oskar.get(path).text;
        let own = page.split("<main").nth(1).unwrap();
        assert!(!own.contains("method=\"post\""), "{path}: {own}");
    }
    let form = oskar.get("/");
    let refused = oskar.send("/admin/jobs/forget/pause", &form, &[("reason", "x"), ("once", "1")]);
    assert_eq!(refused.status, 422, "{}", refused.text);
    assert!(refused.text.contains("your roles do not include"), "{}", refused.text);
}

#[test]
fn a_job_is_paused_by_one_run_and_resumed_by_two() {
    let world = World::new();
    let mut jobs = world.app.jobs().unwrap();
    jobs.run_due(world.now());
    let mut adam = Walker::signed_in(&world, "adam");
    let list = adam.get("/admin/jobs").text;
    assert!(list.contains("Every hour at minute 17 (UTC)") && list.contains("As soon as something is due"), "{list}");
    let here = "/admin/jobs/forget";
    assert!(adam.get(here).text.contains("The schedule"), "its runs are shown");
    world.minutes(1);
    assert_eq!(led(&mut adam, (here, "/admin/jobs/forget/run"), &[]), here);
    assert!(adam.get(here).text.contains("Somebody, by hand"));

    let form = adam.get(here);
    let silent = adam.send("/admin/jobs/forget/pause", &form, &[]);
    assert!(silent.status == 422 && silent.text.contains("href=\"#reason\""), "{}", silent.text);
    for _ in 0..2 {
        let paused = adam.send("/admin/jobs/forget/pause", &form, &[("reason", "First we <b>look</b>.")]);
        assert_eq!(paused.header("location").as_deref(), Some(here), "twice is once: {}", paused.text);
    }
    let paused = adam.get(here).text;
    assert!(paused.contains("Paused") && paused.contains("First we &#60;b&#62;look"), "{paused}");
    assert!(adam.get("/admin").text.contains("1 thing is stopped"));
    let change = led(&mut adam, (here, "/admin/jobs/forget/resume"), &[]);
    assert!(adam.get(here).text.contains("Paused"), "not by one");
    confirmed(&world, "gita", &change);
    assert!(!adam.get(here).text.contains("Paused"));
    let always = adam.send("/admin/jobs/deliver/run", &form, &[]);
    assert_eq!(always.status, 422, "{}", always.text);
    assert_eq!(adam.get_html("/admin/jobs/nothing").status, 404);
}

#[test]
fn the_kill_switch_stops_at_once_and_lets_go_by_two() {
    let world = running();
    let id = world.active();
    world.days(91);
    let mut gita = Walker::signed_in(&world, "gita");
    let here = "/admin/automation";
    assert!(gita.get(here).text.contains("Nothing is stopped"));
    let form = gita.get(here);
    let none = gita.send("/admin/automation/halt", &form, &[("reason", "It errs.")]);
    assert!(none.status == 422 && none.text.contains("href=\"#scope\"") && none.text.contains("It errs."), "kept");
    for (scope, stops) in [("all", "No job runs"), ("channel:mail", "No letter leaves"), ("job:stale", "Reopens")] {
        let halt = [("scope", scope), ("reason", "It errs.")];
        assert_eq!(led(&mut gita, (here, "/admin/automation/halt"), &halt), here);
        let page = gita.get(here).text;
        assert!(page.contains(stops) && page.contains("by Gita Governance: It errs."), "{scope}: {page}");
    }
    world.app.jobs().unwrap().run_due(world.now());
    assert_eq!(world.state(&id), "active", "nothing runs");
    let page = gita.get(here).text;
    assert!(page.contains("EX-2026-000001") && page.contains("Expired"), "what would run: {page}");
    for scope in ["all", "job:stale"] {
        let change = led(&mut gita, (here, "/admin/automation/release"), &[("scope", scope)]);
        assert!(change.starts_with("/changes/"), "{change}");
        assert!(gita.get(here).text.contains(&format!("value=\"{scope}\"")), "not by one");
        confirmed(&world, "gustav", &change);
    }
    world.app.jobs().unwrap().run_due(world.now());
    assert_eq!(world.state(&id), "expired");
    let odd = gita.send("/admin/automation/turn", &form, &[]);
    assert_eq!(odd.status, 404);
}

#[test]
fn what_was_given_up_is_tried_again_or_discarded() {
    let office = Office::new();
    let id = office.world.file();
    office.world.command("rita", &id, "submit", json!({})).expect(200);
    office.change("UPDATE outbox SET state = 'dead', last_error = '<script>550 no such mailbox</script>'");
    let mut adam = Walker::signed_in(&office.world, "adam");
    let page = adam.get("/admin/outbox?state=dead").text;
    assert!(page.contains("Given up") && page.contains("&#60;script&#62;550"), "{page}");
    assert!(adam.get("/admin").text.contains("given up"));
    assert!(adam.get("/admin/outbox?state=delivered").text.contains("There is nothing here"));
    assert_eq!(adam.get("/admin/outbox?state=lost").status, 422);
    assert_eq!(adam.get("/admin/outbox?cursor=forged").status, 422);
    let one = page.split("href=\"/admin/outbox/").nth(1).unwrap().split('"').next().unwrap();
    let here = format!("/admin/outbox/{one}");
    assert!(!adam.get(&here).text.contains("rita@example.com"), "who gets it is not shown");
    let form = adam.get(&here);
    assert_eq!(adam.send(&format!("{here}/discard"), &form, &[]).status, 422);
    assert_eq!(led(&mut adam, (&here, &format!("{here}/retry")), &[]), here);
    assert!(adam.get(&here).text.contains("Waiting"));
    let why = [("reason", "Told by phone")];
    assert_eq!(led(&mut adam, (&here, &format!("{here}/discard")), &why), here);
    assert!(adam.get(&here).text.contains("Discarded") && !adam.get(&here).text.contains("/retry\""));
    let dead = office.outbox().dead;
    let form = adam.get("/admin/outbox");
    for _ in 0..2 {
        let all = adam.send("/admin/outbox/retry", &form, &[]);
        assert_eq!(all.header("location"), Some(format!("/admin/outbox?retried={dead}")), "{}", all.text);
    }
    assert_eq!(office.outbox().dead, 0);
    assert_eq!(adam.get_html("/admin/outbox/00000000-0000-7000-8000-000000000000").status, 404);
}

/// An endpoint that Adam adds, and the answer that has its secret.
fn added(world: &World, adam: &mut Walker<'_>, url: &str) -> (String, String) {
    let form = adam.get("/admin/webhooks/add");
    let fields = [
        ("kind", "webhook"),
        ("url", url),
        ("description", "The <i>gateway</i>"),
        ("events", "exception.*\r\nroster.role_granted"),
    ];
    let made = adam.send("/admin/webhooks/add", &form, &fields);
    assert_eq!(made.status, 200, "{}", made.text);
    let again = adam.send("/admin/webhooks/add", &form, &fields);
    assert!(again.text.contains("It was shown before") && !again.text.contains("whsec_"), "{}", again.text);
    let all = world.get("adam", "/v1/webhooks").expect(200)["items"].clone();
    assert_eq!(all.as_array().unwrap().len(), 1, "sent twice, it is one");
    (all[0]["id"].as_str().unwrap().to_owned(), made.text)
}

#[test]
fn the_secret_of_an_endpoint_is_shown_once() {
    let world = World::new();
    let mut adam = Walker::signed_in(&world, "adam");
    let form = adam.get("/admin/webhooks/add");
    let plain = [("kind", "webhook"), ("url", "http://hooks.example.org/"), ("description", "x")];
    let refused = adam.send("/admin/webhooks/add", &form, &plain);
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("href=\"#url\"") && refused.text.contains("http://hooks.example.org/"));
    let (id, answer) = added(&world, &mut adam, "https://hooks.example.org/proviso");
    assert!(answer.contains("whsec_"), "{answer}");
    let here = format!("/admin/webhooks/{id}");
    for path in ["/admin/webhooks", &here] {
        let page = adam.get(path);
        assert_eq!(page.header("cache-control").as_deref(), Some("no-store"));
        assert!(!page.text.contains("whsec_") && page.text.contains("The &#60;i&#62;gateway"), "{}", page.text);
    }
    let form = adam.get(&here);
    let rotated = adam.send(&format!("{here}/rotate"), &form, &[("overlap_hours", "2")]);
    assert!(rotated.text.contains("whsec_") && rotated.text.contains("valid until"), "{}", rotated.text);
    let odd = adam.send(&format!("{here}/rotate"), &form, &[("overlap_hours", "900")]);
    assert!(odd.status == 422 && odd.text.contains("href=\"#overlap_hours\""), "{}", odd.text);
    assert_eq!(Walker::signed_in(&world, "gita").get_html(&here).status, 404);
}

#[test]
fn an_endpoint_is_changed_tried_disabled_enabled_replayed_and_removed() {
    let world = World::with(&[("outbound.private_hosts", "127.0.0.1")]);
    let mut adam = Walker::signed_in(&world, "adam");
    let url = "https://127.0.0.1:9/hooks";
    let (id, _) = added(&world, &mut adam, url);
    let here = format!("/admin/webhooks/{id}");
    let seen = |of: &str| world.get("adam", &format!("/v1/webhooks/{id}")).expect(200)[of].clone();
    let change = [("url", ""), ("description", "The cache"), ("events", "exception.approved")];
    assert_eq!(led(&mut adam, (&here, &format!("{here}/change")), &change), here);
    assert_eq!((&seen("description"), &seen("events")), (&json!("The cache"), &json!(["exception.approved"])));
    assert_eq!(seen("url"), url, "what is left empty stays");
    let stale = adam.get(&here);
    world.minutes(1);
    assert_eq!(led(&mut adam, (&here, &format!("{here}/disable")), &[]), here);
    assert_eq!(seen("state"), "disabled");
    let late = adam.send(&format!("{here}/change"), &stale, &[("description", "Another")]);
    assert_eq!(late.status, 422, "somebody changed it meanwhile: {}", late.text);
    assert_eq!(led(&mut adam, (&here, &format!("{here}/enable")), &[]), here);
    assert_eq!(led(&mut adam, (&here, &format!("{here}/test")), &[]), here);
    world.app.jobs().unwrap().run_due(world.now());
    let log = adam.get(&here).text;
    assert!(log.contains("roster.webhook_tested"), "{log}");
    let delivery = field(&log, "delivery");
    assert_eq!(led(&mut adam, (&here, &format!("{here}/replay")), &[("delivery", &delivery)]), here);
    let form = adam.get(&here);
    let none = adam.send(&format!("{here}/replay"), &form, &[]);
    assert!(none.status == 422 && none.text.contains("<details open>"), "{}", none.text);
    assert_eq!(adam.get(&format!("{here}?state=lost")).status, 422);
    assert_eq!(led(&mut adam, (&here, &format!("{here}/remove")), &[]), "/admin/webhooks");
    assert_eq!(adam.get_html(&here).status, 404);
}

#[test]
fn health_and_what_flows_are_told_in_words() {
    let world = running();
    let mut adam = Walker::signed_in(&world, "adam");
    let health = adam.get("/admin/health").text;
    for said in ["Ready", "All are applied", "leaves, root", "What is signed fits"] {
        assert!(health.contains(said), "{said}: {health}");
    }
    added(&world, &mut adam, "https://hooks.example.org/proviso");
    let flows = adam.get("/admin/connectors").text;
    assert!(flows.contains("Mail to the people concerned") && flows.contains("Unused"), "{flows}");
    assert!(flows.contains("hooks.example.org") && flows.contains("reader.email"), "{flows}");
    adam.speaks("de");
    for path in ADMIN {
        let page = adam.get(path).text;
        assert!(page.contains("<html lang=\"de\">"), "{path}");
    }
    assert!(adam.get("/admin/health").text.contains("Alle sind eingespielt"));
    let told = adam.get("/admin/jobs").text;
    assert!(told.contains("Jede Stunde zur Minute 17 (UTC)"), "{told}");
    let listed: Value = world.get("adam", "/v1/jobs").expect(200);
    assert!(listed["items"].as_array().unwrap().iter().all(|job| !told.contains(job["about"].as_str().unwrap())));
}
