//! The README's worked story is run as it stands, so that it cannot rot.

use std::process::Command;

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
