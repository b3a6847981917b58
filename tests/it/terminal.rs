//! The command line as somebody at a terminal, or a script, meets it.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use proviso::{
    app::DEMO_PASSWORD,
    ledger::{ErasureNote, Hash},
    words::PersonId,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    proof::key,
    shell::{Ran, Shell, service},
    world::{World, request},
};

#[test]
fn every_way_to_end_has_its_code() {
    let folder = tempfile::tempdir().unwrap();
    let shell = Shell::new(folder.path());
    fs::write(folder.path().join("bad.toml"), "[server]\nbnd = 'x'\n").unwrap();
    fs::write(folder.path().join("x.manifest.json"), "{}").unwrap();
    let ends = [
        (vec!["config", "check"], 0),
        (vec!["db", "copy", "--to", "mysql://x"], 1),
        (vec!["no-such-verb"], 2),
        (vec!["config", "check", "--set", "nothing"], 2),
        (vec!["healthcheck", "--set", "server.bind=127.0.0.1:1"], 4),
        (vec!["exception", "list", "--server", "http://127.0.0.1:1", "--set", "client.token=pv_x"], 4),
        (vec!["config", "check", "--config", "bad.toml"], 5),
        (vec!["backup", "verify", "x"], 6),
    ];
    for (arguments, code) in ends {
        let ran = shell.run(&arguments);
        assert_eq!(ran.code, code, "{arguments:?}: {}", ran.err);
        assert_eq!(ran.err.is_empty(), code == 0, "{arguments:?}");
    }
    let told = shell.run(&["config", "check", "--config", "bad.toml"]).err;
    assert!(told.contains("bad.toml, line 2") && told.contains("did you mean `server.bind`"), "{told}");
}

#[test]
fn the_program_tells_of_itself() {
    let folder = tempfile::tempdir().unwrap();
    let shell = Shell::new(folder.path());
    shell.out(&["config", "init", "proviso.toml"]);
    assert_eq!(shell.run(&["config", "init", "proviso.toml"]).code, 1, "what is there is left alone");
    let checked = shell.out(&["config", "check", "--set", "jobs.zone=Asia/Tokyo", "--set", "jobs.forget=0 3 * * *"]);
    assert_eq!(checked.lines().last(), Some("the configuration is valid"));
    let times = checked.lines().find(|line| line.starts_with("forget ")).unwrap();
    assert_eq!((times.matches(" 03:00 (").count(), times.matches("T18:00Z)").count()), (3, 3), "{times}");
    let wrong = shell.run(&["config", "check", "--set", "jobs.forget=60 3 * * *"]);
    assert!(wrong.code == 5 && wrong.err.contains("jobs.forget"), "{}", wrong.err);
    let shown = shell.json(&["config", "show", "--origin", "--set", "log.level=warn"]);
    let level = shown.as_array().unwrap().iter().find(|row| row["key"] == "log.level").unwrap();
    assert_eq!((level["value"].as_str(), level["origin"].as_str()), (Some("warn"), Some("flag")));
    let lines = shell.out(&["config", "show", "--output", "jsonl"]);
    assert!(lines.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()));
    assert!(serde_json::from_str::<Value>(&shell.out(&["config", "schema"])).is_ok());
    assert!(shell.out(&["completions", "bash"]).contains("exception"));
    assert!(shell.out(&["man"]).contains(".TH proviso"));
    shell.out(&["man", "pages"]);
    assert!(folder.path().join("pages/proviso-exception-decide.1").exists());
    assert!(shell.out(&["--help"]).contains("6  verification failed"));
}

#[test]
fn lists_and_figures_leave_by_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let (world, server) = service(folder.path());
    world.file();
    let gita = Shell::of(folder.path(), &server, "gita");
    gita.out(&["export", "exceptions", "--form", "xlsx", "--to", "all.xlsx"]);
    assert!(fs::read(folder.path().join("all.xlsx")).unwrap().starts_with(b"PK"));
    assert_eq!(gita.out(&["export", "exceptions", "--filter", "state=draft"]).lines().count(), 2);
    let told = gita.run(&["export", "exceptions", "--form", "ciso-assistant"]);
    assert!(told.out.contains("ref_id,name") && told.err.contains("left out"), "{}", told.err);
    let figures = gita.json(&["report", "kpi", "--filter", "region=eu"]);
    assert!(figures.as_array().unwrap().iter().any(|row| row["figure"] == "submitted" && row["value"] == 0));
    let wrong = gita.run(&["report", "sla", "--by", "outcome"]);
    assert!(wrong.code == 1 && wrong.err.contains("one of: step"), "{}", wrong.err);
    let database = format!("database.url={}", world.app.config().database.url.reveal());
    assert!(gita.out(&["report", "rebuild", "--set", &database]).contains("anew"));
}

#[test]
fn a_database_is_migrated_copied_backed_up_and_put_back() {
    let folder = tempfile::tempdir().unwrap();
    let shell = Shell::new(folder.path());
    assert!(shell.out(&["db", "status"]).contains("pending"));
    assert!(shell.out(&["db", "migrate"]).contains("applied now"));
    assert_eq!(shell.out(&["db", "migrate"]).trim(), "the database is up to date");
    let copied = shell.json(&["db", "copy", "--to", "sqlite:copy.sqlite"]);
    assert!(copied.as_array().unwrap().iter().any(|table| table["table"] == "leaves"));
    let made = shell.json(&["backup", "create", "backup"]);
    assert_eq!(shell.json(&["backup", "verify", "backup"]), made);
    let elsewhere = ["--set", "database.url=sqlite:new.sqlite", "--set", "attachments.path=new"];
    let restore = ["backup", "restore", "backup"];
    let unsaid = shell.run(&[restore.as_slice(), &elsewhere].concat());
    assert!(unsaid.code != 0 && unsaid.err.contains("--erasures"), "it is said who was erased since: {}", unsaid.err);
    let restore = ["backup", "restore", "backup", "--without-erasures"];
    assert_eq!(shell.json(&[restore.as_slice(), &elsewhere].concat()), made);
    assert_eq!(shell.run(&[restore.as_slice(), &elsewhere].concat()).code, 1);
    let elsewhere = ["--set", "database.url=sqlite:third.sqlite", "--set", "attachments.path=third"];
    let restore = ["backup", "restore", "backup", "--erasures", "list"];
    let refused = shell.run(&[restore.as_slice(), &elsewhere].concat());
    assert!(refused.code == 1 && refused.err.contains("nothing was done"), "{}", refused.err);
    fs::write(folder.path().join("list"), "{\"erasure\":\"prov").unwrap();
    assert!(shell.run(&[restore.as_slice(), &elsewhere].concat()).err.contains("cut short"));
    assert!(!folder.path().join("third.sqlite").exists(), "it is read before anything is put back");
    fs::write(folder.path().join("list"), "").unwrap();
    assert_eq!(shell.json(&[restore.as_slice(), &elsewhere].concat()), made);
    erases_again_or_is_not_served(&shell, folder.path());
}

/// Where the configured list does not keep a restored database from being served, nothing is put back.
fn erases_again_or_is_not_served(shell: &Shell, folder: &Path) {
    let (at, signed) = ("2026-01-01T00:00:00Z".parse().unwrap(), key(1));
    let note = ErasureNote { leaf: 3, at, root: Hash::of(b""), accounts: [PersonId(Uuid::nil())].into() };
    let line = json!({ "erasure": note.sign(&signed).unwrap() });
    fs::write(folder.join("list"), format!("{line}\n")).unwrap();
    fs::write(folder.join("kept"), "").unwrap();
    let ledger = format!("ledger.key={}", signed.reveal());
    let restore = ["backup", "restore", "backup", "--erasures", "list", "--set", &ledger];
    let elsewhere = ["--set", "database.url=sqlite:fourth.sqlite", "--set", "attachments.path=fourth"];
    let unnamed = shell.run(&[restore.as_slice(), &elsewhere].concat());
    assert!(unnamed.code != 0 && unnamed.err.contains("ledger.erasures_file"), "{}", unnamed.err);
    let lacking = [restore.as_slice(), &elsewhere, &["--set", "ledger.erasures_file=kept"]].concat();
    let lacking = shell.run(&lacking);
    assert!(lacking.code != 0 && lacking.err.contains("copy that list there"), "{}", lacking.err);
    assert!(!folder.join("fourth.sqlite").exists() && !folder.join("fourth").exists(), "nothing was put back");
}

#[test]
fn long_work_shows_a_bar_at_a_terminal_and_none_where_nobody_looks() {
    let folder = tempfile::tempdir().unwrap();
    let mut shell = Shell::new(folder.path());
    shell.env.push(("TERM", "xterm".to_owned()));
    shell.out(&["db", "migrate"]);
    let at = |name: &str| folder.path().join(name).display().to_string();
    let made = shell.json(&["audit", "key", "example.org/ledger", "--file", &at("key")]);
    let verifier = made["verifier key"].as_str().unwrap();
    shell.env.push(("PROVISO__LEDGER__KEY_FILE", at("key")));
    let (database, files) =
        (format!("database.url=sqlite:{}", at("proviso.sqlite")), format!("attachments.path={}", at("attachments")));
    let set = ["--set", database.as_str(), "--set", files.as_str()];
    let record = at("record.jsonl");
    shell.out(&[&["audit", "export", &record], set.as_slice()].concat());
    let (seen, unseen) = (at("seen"), at("unseen"));
    let verify = ["audit", "verify", &record, "--key", verifier];
    for (watched, piped) in
        [(["backup", "create", &seen].as_slice(), ["backup", "create", &unseen].as_slice()), (&verify, &verify)]
    {
        let at_terminal = shell.typing(&[watched, set.as_slice()].concat(), &[]);
        assert_eq!(at_terminal.code, 0, "{}", at_terminal.out);
        assert!(at_terminal.out.contains("\u{1b}["), "a bar is drawn and wiped: {:?}", at_terminal.out);
        let into_pipe = shell.run(&[piped, set.as_slice()].concat());
        assert_eq!((into_pipe.code, into_pipe.err.as_str()), (0, ""));
        assert!(!into_pipe.out.contains('\u{1b}'), "{:?}", into_pipe.out);
    }
}

#[test]
fn the_doctor_says_what_is_missing_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let shell = Shell::new(folder.path());
    let found = |ran: &Ran, check: &str| {
        let rows: Vec<Value> = serde_json::from_str(&ran.out).unwrap();
        rows.into_iter().find(|row| row["check"] == check).unwrap_or_else(|| panic!("{check}: {}", ran.out))
    };
    let nothing = shell.run(&["doctor", "--output", "json"]);
    assert_eq!(nothing.code, 1);
    assert_eq!(found(&nothing, "database")["state"], "MISSING");
    assert!(!folder.path().join("proviso.sqlite").exists(), "looking makes nothing");

    shell.out(&["db", "migrate"]);
    let empty = shell.run(&["doctor", "--output", "json"]);
    assert_eq!(empty.code, 1);
    assert_eq!(found(&empty, "durability")["state"], "ok");
    for check in ["people", "governance"] {
        let row = found(&empty, check);
        assert_eq!(row["state"], "MISSING", "{row}");
        assert!(!row["remedy"].as_str().unwrap().is_empty());
    }

    let world = World::at_present();
    world.active();
    let url = format!("database.url={}", world.app.config().database.url.reveal());
    let staffed = shell.run(&["doctor", "--output", "json", "--set", &url]);
    assert_eq!(staffed.code, 0, "{}\n{}", staffed.out, staffed.err);
    assert_eq!(found(&staffed, "governance")["found"], "2 people");
    let numbers: Vec<Value> = serde_json::from_str::<Vec<Value>>(&staffed.out).unwrap();
    assert!(numbers.iter().enumerate().all(|(at, row)| row["number"] == at + 1));
}

#[test]
fn the_desk_from_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let (world, server) = service(folder.path());
    world.active();
    let waiting = world.decided_on(1);
    let rita = Shell::of(folder.path(), &server, "rita");
    let table = rita.out(&["exception", "list", "--state", "active"]);
    assert!(table.starts_with("NUMBER"), "{table}");
    assert_eq!(table.lines().count(), 2, "{table}");
    let kept = fs::read_dir(folder.path().join("rita/proviso")).unwrap().next().unwrap().unwrap();
    assert_eq!(kept.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    fs::remove_file(folder.path().join("password")).unwrap();
    assert_eq!(rita.json(&["exception", "list"]).as_array().unwrap().len(), 2, "the session is kept");

    fs::write(folder.path().join("request.yaml"), request().to_string()).unwrap();
    let filed = rita.json(&["exception", "request", "request.yaml", "--submit"]);
    assert_eq!(filed["state"], "completeness_review");
    let number = filed["number"].as_str().unwrap();
    let refused = rita.run(&["exception", "act", number, "pass"]);
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("remedy: "), "{}", refused.err);
    assert_eq!(rita.json(&["exception", "withdraw", number, "--reason", "No longer needed."])["state"], "withdrawn");

    let boris = Shell::of(folder.path(), &server, "boris");
    let open = boris.json(&["exception", "list", "--state", "decision"]);
    assert_eq!(open[0]["id"], waiting);
    let number = open[0]["number"].as_str().unwrap();
    let unseen = boris.run(&["exception", "decide", number, "--approve"]);
    assert_eq!(unseen.code, 2);
    assert!(unseen.err.contains("--dossier"), "{}", unseen.err);
    let dossier = boris.json(&["exception", "dossier", number]);
    let hash = dossier["hash"].as_str().unwrap();
    boris.out(&["exception", "decide", number, "--approve", "--dossier", hash]);
    let carla = Shell::of(folder.path(), &server, "carla");
    let wrong = carla.run(&["exception", "decide", number, "--approve", "--dossier", &"0".repeat(64)]);
    assert!(wrong.code == 1 && wrong.err.contains("dossier_changed"), "{}", wrong.err);
    let decided = carla.json(&["exception", "decide", number, "--approve", "--dossier", hash]);
    assert!(["active", "implementation"].contains(&decided["state"].as_str().unwrap()), "{decided}");
}

#[test]
fn somebody_at_a_terminal_reads_the_dossier_before_they_decide() {
    let folder = tempfile::tempdir().unwrap();
    let (world, server) = service(folder.path());
    let number = world.get("gita", &format!("/v1/exceptions/{}", world.decided_on(1))).expect(200)["number"].clone();
    let decide = ["exception", "decide", number.as_str().unwrap(), "--approve", "--output", "jsonl"];
    let mut boris = Shell::of(folder.path(), &server, "boris");
    boris.env.retain(|(name, _)| *name == "PROVISO__CLIENT__URL" || *name == "XDG_STATE_HOME");
    let address = ("Mail address at", "boris@example.com");
    let password = ("Password of boris@example.com: ", DEMO_PASSWORD);
    let no = boris.typing(&decide, &[address, password, ("Type `approve`", "no")]);
    assert_eq!(no.code, 1, "{}", no.out);
    assert!(no.out.contains("\"hash\"") && no.out.contains("nothing was decided"), "{}", no.out);
    assert!(!no.out.contains(DEMO_PASSWORD), "a password is not shown");
    let yes = boris.typing(&decide, &[("Type `approve`", "approve")]);
    assert_eq!(yes.code, 0, "the session was kept: {}", yes.out);
    assert!(yes.out.contains("\"state\":\"decision\""), "one of two: {}", yes.out);
}

#[test]
fn administration_from_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let (_world, server) = service(folder.path());
    let adam = Shell::of(folder.path(), &server, "adam");
    let added = adam.json(&["admin", "person", "add", "--name", "Nora New", "--email", "nora@example.com"]);
    let id = added["id"].as_str().unwrap();
    assert!(adam.out(&["admin", "person", "list"]).contains("Nora New"));
    let change = adam.json(&["admin", "role", "grant", id, "ciso"]);
    assert_eq!(change["state"], "open", "an approving role waits for a second person: {change}");
    let gita = Shell::of(folder.path(), &server, "gita");
    let (change, hash) = (change["id"].as_str().unwrap(), change["hash"].as_str().unwrap());
    assert_eq!(gita.run(&["change", "confirm", change]).code, 2);
    gita.out(&["change", "confirm", change, "--hash", hash]);
    assert!(adam.out(&["admin", "role", "list", id]).contains("ciso"));
    assert_eq!(gita.json(&["change", "list", "--state", "open"]), Value::Array(Vec::new()));
}

#[test]
fn procedures_from_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let alone = Shell::new(folder.path());
    let text = include_str!("../../policies/sop/lightweight.yaml").replacen("version: 1", "version: 2", 1);
    fs::write(folder.path().join("next.yaml"), &text).unwrap();
    fs::write(folder.path().join("bad.yaml"), text.replacen("min: 2", "min: 1", 1)).unwrap();
    assert_eq!(alone.json(&["sop", "lint", "next.yaml"]), json!([]), "no service is asked");
    let bad = alone.run(&["sop", "lint", "bad.yaml"]);
    assert!(bad.code == 1 && bad.out.contains("clash_with_rules") && bad.err.contains("one error"), "{}", bad.out);

    let (_world, server) = service(folder.path());
    let gita = Shell::of(folder.path(), &server, "gita");
    gita.out(&["sop", "lint", "next.yaml", "--staffed"]);
    assert_eq!(gita.json(&["sop", "replay", "next.yaml"]), json!([]), "nothing went through it yet");
    gita.out(&["sop", "shadow", "begin", "lightweight", "next.yaml"]);
    assert_eq!(gita.json(&["sop", "shadow", "show", "lightweight"]), json!([]), "nothing has happened since");
    gita.out(&["sop", "shadow", "end", "lightweight"]);
    let refused = gita.run(&["sop", "publish", "lightweight", "bad.yaml"]);
    assert!(refused.code == 1 && refused.err.contains("two different people"), "{}", refused.err);
    let gustav = Shell::of(folder.path(), &server, "gustav");
    let split = gita.json(&["sop", "split", "begin", "lightweight", "next.yaml", "--percent", "20"]);
    let (id, hash) = (split["id"].as_str().unwrap(), split["hash"].as_str().unwrap());
    gustav.out(&["change", "confirm", id, "--hash", hash]);
    let sides = gita.json(&["sop", "split", "show", "lightweight"]);
    assert_eq!((&sides[1]["arm"], &sides[1]["submitted"]), (&json!("variant"), &json!(0)));
    gita.out(&["sop", "split", "hold", "lightweight"]);
    assert_eq!(gita.json(&["sop", "split", "release", "lightweight"])["state"], "open");
    gita.out(&["sop", "split", "end", "lightweight"]);
    for change in [&["sop", "publish", "lightweight", "next.yaml"][..], &["sop", "retire", "lightweight"]] {
        let change = gita.json(change);
        let (id, hash) = (change["id"].as_str().unwrap(), change["hash"].as_str().unwrap());
        gustav.out(&["change", "confirm", id, "--hash", hash]);
    }
    let versions = gita.json(&["sop", "versions", "lightweight"]);
    assert_eq!((&versions[1]["version"], &versions[1]["retired"]), (&json!(2), &json!(true)));
    assert!(gita.out(&["sop", "list"]).contains("lightweight"));
    assert_eq!(gita.json(&["sop", "show", "lightweight"])["document"]["version"], 2);
    assert!(gita.out(&["sop", "diagram", "lightweight"]).starts_with("flowchart TD"));
    assert!(gita.out(&["sop", "diagram", "lightweight", "--version", "1", "--form", "svg"]).starts_with("<svg"));
}

#[test]
fn the_register_and_the_settings_from_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let (_world, server) = service(folder.path());
    let gita = Shell::of(folder.path(), &server, "gita");
    assert!(gita.out(&["register", "list", "policies"]).contains("AIP-2"));
    gita.out(&["register", "add", "scribe", "--kind", "system", "--name", "Scribe"]);
    let retired = gita.json(&["register", "retire", "scribe"]);
    assert_eq!((&retired["version"], &retired["retired"]), (&json!(2), &json!(true)));
    assert_eq!(gita.out(&["register", "diff", "systems", "scribe", "2"]), "/retired\n-\n+true\n\n");
    fs::write(
        folder.path().join("law.yaml"),
        "version: 2\nweight: material\ntitle: General Data Protection Regulation\njurisdiction: eu\nreference: EU 2016/679\n",
    )
    .unwrap();
    let change = gita.json(&["register", "publish", "regulations", "gdpr", "law.yaml"]);
    let (id, hash) = (change["id"].as_str().unwrap(), change["hash"].as_str().unwrap());
    Shell::of(folder.path(), &server, "gustav").out(&["change", "confirm", id, "--hash", hash]);
    assert!(gita.out(&["register", "diff", "regulations", "gdpr", "2"]).contains("+EU 2016/679"));
    assert_eq!(gita.run(&["admin", "reload"]).code, 1, "she administers nothing");
    let adam = Shell::of(folder.path(), &server, "adam");
    assert_eq!(adam.json(&["admin", "reload"])["changed"], json!([]));
    assert!(adam.out(&["admin", "person", "list"]).contains("Rita"), "and the service goes on");
}

#[test]
fn incidents_from_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let (world, server) = service(folder.path());
    let id = world.active();
    let gita = Shell::of(folder.path(), &server, "gita");
    let what = ["Prompts were lost", "--at", "2026-01-01T00:00:00Z", "--severity", "high", "--clause", "AIP-2.1"];
    let about = |verb: &'static str, effect: &'static str| {
        gita.json(&[&["incident", verb, "--effect", effect][..], &what].concat())
    };
    assert_eq!(about("preview", "suspend")["touched"], 1);
    assert_eq!(world.state(&id), "active", "looking does nothing");
    let made = about("report", "suspend");
    assert_eq!((&made["exceptions"][0]["id"], &made["exceptions"][0]["state"]), (&json!(id), &json!("suspended")));
    assert!(gita.out(&["incident", "list"]).contains("Prompts were lost"));
    let shown = gita.json(&["incident", "show", made["incident"]["id"].as_str().unwrap()]);
    assert_eq!(shown, made);
    assert_eq!(gita.run(&["incident", "report", "x", "--at", "now", "--severity", "bad", "--effect", "stop"]).code, 2);
}

#[test]
fn batches_from_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let (world, server) = service(folder.path());
    world.active();
    crate::register::published(&world, "AIP-2", |clauses| crate::register::reword(clauses));
    let gita = Shell::of(folder.path(), &server, "gita");
    assert!(gita.out(&["batch", "list"]).contains("policy:AIP-2:2"));
    let shown = gita.json(&["batch", "show", "policy:AIP-2:2"]);
    assert_eq!((&shown["batch"]["state"], &shown["exceptions"][0]["outcome"]), (&json!("done"), &json!("reopened")));
    assert_eq!(gita.json(&["batch", "preview", "policy:AIP-2:2"])["touched"], 0);
    assert_eq!(gita.json(&["batch", "release", "policy:AIP-2:2", "--dry-run"])["touched"], 0);
    assert_ne!(gita.run(&["batch", "hold", "policy:AIP-2:2", "No."]).code, 0, "nothing of it goes on");
    let change = gita.json(&["batch", "revert", "policy:AIP-2:2"]);
    assert_eq!(change["action"]["kind"], "revert_batch");
    assert_eq!(gita.run(&["batch", "show", "policy"]).code, 2);
}

#[test]
fn concerns_from_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let (world, server) = service(folder.path());
    let more = r#"{"budgets":[{"exceptions":0}],"approved_tools""#;
    let changes = [("\"version\":1", "\"version\":2"), ("{\"approved_tools\"", more)];
    crate::procedures::publish(&world, "standard", &changes);
    world.active();
    world.app.jobs().unwrap().run_due(world.now());
    let gita = Shell::of(folder.path(), &server, "gita");
    let listed = gita.json(&["concern", "list", "--state", "open"]);
    let id = listed[0]["id"].as_str().unwrap();
    assert!(gita.out(&["concern", "list"]).contains("over_budget"));
    assert_eq!(gita.json(&["concern", "show", id])["now"][0]["count"], 1);
    let answered = gita.json(&["concern", "answer", id, "The rule is reviewed in May."]);
    assert_eq!(answered["concern"]["state"], "answered");
    assert_eq!(gita.json(&["concern", "list", "--state", "open"]), json!([]));
    assert_eq!(gita.run(&["concern", "list", "--state", "closed"]).code, 2);
}
