//! Every verb of the command line that asks a service, once: it is heard, and its tables have no empty column.

use std::fs;

use serde_json::{Value, json};

use crate::{
    server::Server,
    shell::{Shell, service},
    world::{World, request},
};

/// A table whose rows say something in each of these columns.
#[track_caller]
fn told(shell: &Shell<'_>, arguments: &[&str], columns: &[&str]) {
    let table = shell.out(arguments);
    let mut lines = table.lines();
    let heading = lines.next().unwrap_or_default();
    let rows: Vec<&str> = lines.collect();
    assert!(!rows.is_empty(), "{arguments:?}: {table}");
    for column in columns {
        let at = heading.find(column).unwrap_or_else(|| panic!("{column}: {heading}"));
        let said = |row: &&str| row.chars().nth(at).is_some_and(|letter| letter != ' ');
        assert!(rows.iter().any(said), "{arguments:?}: {column} is empty\n{table}");
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value}"))
}

#[test]
fn an_exception_is_written_read_talked_about_and_denied() {
    let folder = tempfile::tempdir().unwrap();
    let (world, server) = service(folder.path());
    let rita = Shell::of(folder.path(), &server, "rita");
    fs::write(folder.path().join("request.yaml"), request().to_string()).unwrap();
    let drafted = rita.json(&["exception", "request", "request.yaml"]);
    let number = text(&drafted["number"]);
    assert_eq!(rita.json(&["exception", "show", number])["state"], "draft");
    told(&rita, &["exception", "submit", number], &["NUMBER", "STATE", "UNIT", "TITLE"]);
    told(&rita, &["exception", "list"], &["NUMBER", "STATE", "UNIT", "TITLE"]);
    assert_eq!(rita.json(&["exception", "list", "--filter", "q=nobodywrotethis"]), json!([]));
    rita.out(&["exception", "comment", number, "When will you look at it?"]);
    let rosa = Shell::of(folder.path(), &server, "rosa");
    rosa.out(&["exception", "comment", number, "Rita is new here.", "--internal"]);
    told(&rita, &["exception", "timeline", number], &["AT", "EVENT", "RULE"]);
    let comments = |who| world.get(who, &format!("/v1/exceptions/{number}/comments")).text;
    assert!(comments("rita").contains("When will") && !comments("rita").contains("Rita is new"));
    assert!(comments("rosa").contains("Rita is new"));

    let waiting = world.get("gita", &format!("/v1/exceptions/{}", world.decided_on(1))).expect(200);
    let boris = Shell::of(folder.path(), &server, "boris");
    let number = text(&waiting["number"]);
    let dossier = boris.json(&["exception", "dossier", number]);
    let deny = ["exception", "decide", number, "--reject", "--dossier", text(&dossier["hash"])];
    assert_eq!(boris.run(&deny).code, 2, "a denial says why");
    let denied = boris.json(&[deny.as_slice(), &["--reason", "The approved model is good enough."]].concat());
    assert_eq!(denied["state"], "rejected");
}

#[test]
fn whoever_approves_a_grave_finding_says_that_they_read_it() {
    let folder = tempfile::tempdir().unwrap();
    let (world, server) = service(folder.path());
    let id = world.file();
    world.command("rita", &id, "submit", json!({})).expect(200);
    world.command("rosa", &id, "pass", json!({})).expect(200);
    let grave = json!([{ "severity": "high", "text": "Names leave the region" }]);
    world.assess_finding(&id, 1, &grave);
    assert_eq!(world.state(&id), "decision");
    let boris = Shell::of(folder.path(), &server, "boris");
    let dossier = boris.json(&["exception", "dossier", &id]);
    let finding = text(&dossier["to_acknowledge"][0]).to_owned();
    let approve = ["exception", "decide", &id, "--approve", "--dossier", text(&dossier["hash"])];
    let unread = boris.run(&approve);
    assert!(unread.code == 1 && unread.err.contains("findings_unread"), "{}", unread.err);
    boris.out(&[approve.as_slice(), &["--acknowledge", &finding]].concat());
    let timeline = world.get("gita", &format!("/v1/exceptions/{id}/timeline")).expect(200);
    let approved = timeline["items"].as_array().unwrap().iter().find(|event| event["kind"] == "approved").unwrap();
    assert!(approved.to_string().contains(&finding), "the record says so: {approved}");
}

#[test]
fn people_and_what_they_hold() {
    let folder = tempfile::tempdir().unwrap();
    let (world, server) = service(folder.path());
    let adam = Shell::of(folder.path(), &server, "adam");
    let nora = adam.json(&["admin", "person", "add", "--name", "Nora New", "--email", "nora@example.com"]);
    let nora = text(&nora["id"]);
    told(&adam, &["admin", "person", "list"], &["ID", "NAME", "EMAIL", "ACTIVE"]);
    adam.out(&["admin", "person", "change", nora, "--name", "Nora Newer"]);
    assert_eq!(adam.json(&["admin", "person", "show", nora])["name"], "Nora Newer");
    assert!(adam.json(&["admin", "person", "password", nora])["password"].is_string());
    adam.out(&["admin", "role", "grant", nora, "stakeholder"]);
    told(&adam, &["admin", "role", "list", nora], &["GRANT", "ROLE", "DOMAIN"]);
    let grant = adam.json(&["admin", "role", "list", nora])[0]["id"].clone();
    adam.out(&["admin", "role", "remove", nora, text(&grant)]);
    adam.out(&["admin", "person", "leave", nora]);
    assert_eq!(adam.json(&["admin", "person", "show", nora])["active"], false);
    adam.out(&["admin", "person", "return", nora]);
    let change = adam.json(&["admin", "role", "grant", nora, "ciso"]);
    told(&adam, &["change", "list"], &["ID", "STATE", "COMMAND", "PROPOSED", "WHAT"]);
    let gita = Shell::of(folder.path(), &server, "gita");
    gita.out(&["change", "reject", text(&change["id"]), "--reason", "Not yet."]);
    assert_eq!(gita.json(&["change", "list", "--state", "open"]), json!([]));

    let issue = ["admin", "token", "issue", "--name", "A script", "--scope", "read", "--expires-at"];
    let at = (world.now() + chrono::Duration::days(30)).to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let token = adam.json(&[issue.as_slice(), &[at.as_str()]].concat());
    told(&adam, &["admin", "token", "list"], &["ID", "NAME", "SCOPES", "EXPIRES"]);
    let script = Shell { env: vec![("PROVISO__CLIENT__TOKEN", text(&token["token"]).to_owned())], ..adam.clone() };
    let at = ["--server", server.at.as_str()];
    script.out(&[["exception", "list"].as_slice(), &at].concat());
    adam.out(&["admin", "token", "revoke", text(&token["issued"]["id"])]);
    assert_eq!(script.run(&[["exception", "list"].as_slice(), &at].concat()).code, 1, "it holds no more");
}

#[test]
fn what_runs_by_itself_and_what_stops_it() {
    let folder = tempfile::tempdir().unwrap();
    let (_world, server) = service(folder.path());
    let adam = Shell::of(folder.path(), &server, "adam");
    told(&adam, &["jobs", "list"], &["NAME", "STATE"]);
    assert!(adam.run(&["jobs", "run", "forget", "--dry-run"]).code == 0);
    adam.out(&["jobs", "run", "forget"]);
    adam.out(&["jobs", "runs", "forget"]);
    adam.out(&["jobs", "pause", "forget", "--reason", "We move tonight."]);
    let gita = Shell::of(folder.path(), &server, "gita");
    let confirmed = |change: &Value| {
        let (id, hash) = (text(&change["id"]), text(&change["hash"]));
        Shell::of(folder.path(), &server, "gustav").out(&["change", "confirm", id, "--hash", hash]);
    };
    confirmed(&gita.json(&["jobs", "resume", "forget"]));
    gita.out(&["admin", "kill-switch", "on", "--scope", "channel:mail", "--reason", "Somebody writes to everybody."]);
    assert!(gita.out(&["admin", "kill-switch", "status"]).contains("channel:mail"));
    confirmed(&gita.json(&["admin", "kill-switch", "off", "--scope", "channel:mail"]));
    assert!(!gita.out(&["admin", "kill-switch", "status"]).contains("channel:mail"));
}

#[test]
fn the_register_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let (_world, server) = service(folder.path());
    let gita = Shell::of(folder.path(), &server, "gita");
    told(&gita, &["register", "list", "policies"], &["ID", "VERSION", "TITLE", "SINCE"]);
    told(&gita, &["register", "list", "regulations"], &["ID", "VERSION", "TITLE", "REFERENCE"]);
    told(&gita, &["register", "versions", "policies", "AIP-2"], &["VERSION", "TITLE"]);
    assert_eq!(gita.json(&["register", "show", "policies", "AIP-2"])["id"], "AIP-2");
    assert!(gita.out(&["openapi"]).contains("\"openapi\""));
    let port = server.at.rsplit(':').next().unwrap();
    gita.out(&["healthcheck", "--set", &format!("server.bind=127.0.0.1:{port}")]);
}

#[test]
fn the_first_start_prints_a_link_and_the_doctor_names_everybody_who_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let shell = Shell::new(folder.path());
    let database = format!("sqlite:{}", folder.path().join("new.sqlite").display());
    let log = folder.path().join("log");
    let server = Server::logging(&log, (folder.path(), &database), &[]);
    let printed = fs::read_to_string(&log).unwrap();
    let link = printed.lines().find(|line| line.contains("/setup/")).unwrap_or_else(|| panic!("{printed}")).trim();
    assert_eq!(ureq::get(link).call().unwrap().status(), 200);
    let url = format!("database.url={database}");
    let another = shell.out(&["admin", "setup-link", "--set", &url]);
    assert!(another.contains("/setup/"), "{another}");
    let old = ureq::get(link).config().http_status_as_error(false).build().call().unwrap();
    assert_eq!(old.status(), 404, "the one before holds no more");
    drop(server);

    let world = World::at_present();
    world.active();
    let known = format!("database.url={}", world.app.config().database.url.reveal());
    let wrong = shell.run(&["doctor", "--output", "json", "--set", &known, "--set", "sop.default=nope"]);
    let rows: Vec<Value> = serde_json::from_str(&wrong.out).unwrap();
    let procedures = rows.iter().find(|row| row["check"] == "procedures").unwrap();
    assert_eq!((wrong.code, &procedures["state"]), (1, &json!("MISSING")));
    assert!(text(&procedures["remedy"]).contains("standard"), "{procedures}");
}
