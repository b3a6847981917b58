//! The README's worked story is run as it stands, so that it cannot rot.

use std::process::Command;

use proviso::{app::DEMO_PASSWORD, words::StateName};

use crate::{
    server::Server,
    world::{in_schema, own_schema},
};

#[test]
fn the_readmes_story_works() {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let story = readme.split("<!-- story -->").nth(1).unwrap().split("<!-- /story -->").next().unwrap();
    let script = story.trim().trim_start_matches("```sh").trim_end_matches("```");
    let folder = tempfile::tempdir().unwrap();
    let schema = std::env::var("PROVISO_TEST_PG").ok().map(|server| own_schema(&server));
    let database = schema.map(|(server, name)| in_schema(&server, &name));
    let server = Server::demo(folder.path(), database.as_deref());
    assert_every_state(&server.at);
    let script = format!("set -euo pipefail\n{}", script.replace("http://127.0.0.1:8080", &server.at));
    let ran = Command::new("bash").arg("-c").arg(&script).current_dir(folder.path()).output().unwrap();
    let (told, errors) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{told}\n{errors}");
    let lines: Vec<&str> = told.lines().collect();
    assert!(
        lines[0].contains("characters") || lines[0].contains("justif"),
        "the first answer says what is missing: {}",
        lines[0]
    );
    assert_eq!(lines[1..4], ["returned", "completeness_review", "assessment"]);
    assert_eq!(lines[4..9], ["decision", "forbidden", "decision", "active", "False"]);
    assert!(lines.last().unwrap().contains("expired"), "the last event: {}", lines.last().unwrap());
}

#[test]
fn what_a_demonstration_prints_can_be_pasted_also_when_it_is_started_again() {
    let folder = tempfile::tempdir().unwrap();
    for begun in 1..=2 {
        let server = Server::demo(folder.path(), None);
        assert!(
            server.told.contains("rita@example.com") && server.told.contains("gita@example.com"),
            "{}",
            server.told
        );
        let pasted: String = server.told.split_inclusive('\n').filter(|line| line.starts_with("  ")).collect();
        let from = pasted.find("  curl").unwrap();
        let ran = Command::new("bash").args(["-c", &pasted[from..]]).current_dir(folder.path()).output().unwrap();
        let told = String::from_utf8_lossy(&ran.stdout);
        assert!(ran.status.success() && told.starts_with('{'), "{pasted}\n{told}");
        assert_eq!(told.matches("Summaries of support tickets").count(), begun + 1, "filed, and listed: {told}");
        assert!(server.terminate().success());
    }
}

#[test]
fn the_doctor_of_the_readme_looks_at_what_the_doctor_looks_at() {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let shown = readme.split("$ proviso doctor\n").nth(1).unwrap().split("```").next().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let first = ["admin", "first", "--name", "Ada First", "--email", "ada@example.com"];
    let script = format!(
        "echo 'a long enough password' | \"$0\" {} && \"$0\" doctor",
        first.map(|word| format!("'{word}'")).join(" ")
    );
    let mut shell = Command::new("bash");
    let ran = shell.args(["-c", &script, env!("CARGO_BIN_EXE_proviso")]).current_dir(folder.path()).output().unwrap();
    let (told, ended) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    // What the machine decides, such as a root or a distance, differs; the rest is as it is told.
    let same = ["database", "migrations", "durability", "outbox"];
    let checks = |text: &str| -> Vec<(String, String)> {
        let numbered = text.lines().filter_map(|line| line.trim_start().split_once("  "));
        let numbered = numbered.filter(|(number, _)| number.parse::<u8>().is_ok());
        let check = |rest: &str| {
            let words: Vec<&str> = rest.split_whitespace().collect();
            if same.contains(&words[1]) { words.join(" ") } else { words[1].to_owned() }
        };
        numbered.map(|(number, rest)| (number.to_owned(), check(rest))).collect()
    };
    let (shown_checks, all) = (checks(shown), checks(&told));
    assert!(shown_checks.len() >= 8 && all.starts_with(&shown_checks), "{shown}\n{told}");
    let last = shown.trim().lines().last().unwrap();
    assert!(ended.contains(last), "the README says {last:?}, the doctor {ended:?}");
}

/// The demonstration's history has something of everything; a draft is its requester's alone.
fn assert_every_state(at: &str) {
    let cookies = ["gita", "rita", "ravi", "uma", "theo"].map(|who| sign_in(at, who));
    let has = |state: &StateName, cookie: &String| {
        let found = ureq::get(format!("{at}/v1/exceptions?state={state}")).header("cookie", cookie).call();
        let page: serde_json::Value = found.unwrap().body_mut().read_json().unwrap();
        !page["items"].as_array().unwrap().is_empty()
    };
    for state in StateName::ALL {
        assert!(cookies.iter().any(|cookie| has(state, cookie)), "{state}");
    }
}

fn sign_in(at: &str, who: &str) -> String {
    let body = serde_json::json!({ "email": format!("{who}@example.com"), "password": DEMO_PASSWORD });
    let signed_in = ureq::post(format!("{at}/v1/session")).header("origin", at).send_json(body).unwrap();
    signed_in.headers().get("set-cookie").unwrap().to_str().unwrap().split(';').next().unwrap().to_owned()
}
