//! Connectors as somebody with a shell meets them.

use std::{path::Path, process::Command};

use serde_json::Value;

use crate::{
    recorded::Recorded,
    world::{in_schema, own_schema},
};

/// What a command said: its code, its data, what it said beside.
fn proviso(folder: &Path, database: &str, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_proviso"));
    command.env_clear().current_dir(folder).env("PROVISO__DATABASE__URL", database);
    if arguments.contains(&"check") && arguments.contains(&"jira") {
        command.env("JIRA_TOKEN", super::TOKEN);
    }
    let ran = command.args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (ran.status.code().unwrap(), text(&ran.stdout), text(&ran.stderr))
}

fn folder(server: &Recorded) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let settings = format!(
        "[outbound]\nprivate_hosts = '{}'\n[connector.jira]\nkind = 'jira'\nbase_url = '{}'\non = ['exception.submitted']\n\
         user = 'bot@example.com'\nsecret_env = 'JIRA_TOKEN'\nset = {{ project = 'RISK' }}\n",
        server.at,
        server.url()
    );
    std::fs::write(folder.path().join("proviso.toml"), settings).unwrap();
    folder
}

#[test]
fn connectors_are_looked_at_before_they_go_live() {
    let server = super::jira();
    let folder = folder(&server);
    let schema = std::env::var("PROVISO_TEST_PG").ok().map(|server| own_schema(&server));
    let database = schema.map_or("sqlite:a.sqlite".to_owned(), |(server, name)| in_schema(&server, &name));
    let run = |arguments: &[&str]| proviso(folder.path(), &database, arguments);
    let (code, out, err) = run(&["connector", "check"]);
    assert_eq!(code, 1, "{err}");
    assert!(out.contains("set JIRA_TOKEN in the environment"), "{out}");
    assert!(server.came().is_empty());
    let (code, out, err) = run(&["connector", "check", "jira", "--output", "json"]);
    assert_eq!(code, 0, "{out}{err}");
    let rows: Value = serde_json::from_str(&out).unwrap();
    assert!(rows.as_array().unwrap().iter().all(|row| row["well"] == true), "{rows}");
    assert_eq!(server.accepted().len(), 1);
    let (code, out, _) = run(&["connector", "list"]);
    assert!(code == 0 && out.contains("jira") && out.contains("exception.submitted"), "{out}");
    let (code, out, _) = run(&["connector", "map", "--markdown"]);
    assert!(code == 0 && out.contains("| connector.jira | out |"), "{out}");
    let (code, out, _) = run(&["connector", "template", "jira"]);
    assert!(code == 0 && out.contains("url: /rest/api/3/issue"), "{out}");
    let (code, _, err) = run(&["connector", "test", "jira", "--exception", "EX-2026-000001"]);
    assert!(code == 1 && err.contains("there is no exception EX-2026-000001"), "{err}");
    let (code, out, _) = run(&["config", "show"]);
    assert!(code == 0 && out.contains("connector.jira.secret_env") && !out.contains(super::TOKEN), "{out}");
}
