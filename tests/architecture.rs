//! Who may know whom, and how large a piece may be: the architecture as tests, so that it cannot rot.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails, and says where")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// Each part of the crate with the parts it may know. `words` is what all of them speak.
const KNOWS: &[(&str, &[&str])] = &[
    ("words", &[]),
    ("yaml", &["words"]),
    ("register", &["words", "yaml"]),
    ("sop", &["words", "yaml"]),
    ("ledger", &["words"]),
    ("domain", &["words", "sop", "register"]),
    ("audit", &["words", "sop", "domain", "ledger"]),
    ("access", &["words"]),
    ("tongue", &["words"]),
    ("clock", &[]),
    ("trace", &[]),
    ("outbound", &[]),
    ("connect", &["words", "yaml", "sop", "domain", "identity", "outbound"]),
    ("config", &["words", "sop", "identity", "ledger", "outbound", "connect"]),
    ("attachments", &["words"]),
    ("identity", &["words", "domain", "store", "clock"]),
    ("store", &["words", "domain", "ledger", "access", "clock"]),
    ("reports", &["words", "domain"]),
    ("backup", &["words", "store"]),
    (
        "desk",
        &["words", "domain", "sop", "register", "access", "attachments", "ledger", "audit", "store", "clock", "trace"],
    ),
    ("notify", &["words", "domain", "identity", "tongue", "reports"]),
    (
        "jobs",
        &[
            "words",
            "sop",
            "domain",
            "desk",
            "identity",
            "notify",
            "connect",
            "outbound",
            "store",
            "clock",
            "attachments",
            "reports",
        ],
    ),
    (
        "web",
        &[
            "audit",
            "words",
            "domain",
            "sop",
            "register",
            "access",
            "ledger",
            "desk",
            "store",
            "identity",
            "attachments",
            "outbound",
            "clock",
            "config",
            "connect",
            "trace",
            "reports",
            "tongue",
        ],
    ),
    (
        "app",
        &[
            "audit",
            "ledger",
            "words",
            "domain",
            "sop",
            "register",
            "access",
            "desk",
            "store",
            "identity",
            "attachments",
            "clock",
            "config",
            "connect",
            "jobs",
            "notify",
            "outbound",
            "web",
            "trace",
        ],
    ),
    (
        "cli",
        &[
            "words", "audit", "domain", "sop", "ledger", "desk", "identity", "clock", "config", "connect", "app",
            "web", "store", "backup", "yaml",
        ],
    ),
];

/// Crates that only some parts may name.
const CRATES: &[(&str, &[&str])] = &[
    ("diesel", &["store"]),
    ("actix_web", &["web", "app"]),
    ("actix_multipart", &["web"]),
    ("casbin", &["access"]),
    ("lettre", &["notify"]),
    ("cel", &["sop"]),
    ("minijinja", &["connect"]),
    ("argon2", &["identity"]),
    ("clap", &["cli"]),
    ("anyhow", &["cli"]),
    ("utoipa", &["web"]),
    ("askama", &["web", "notify"]),
    ("fluent_bundle", &["tongue"]),
    ("cron", &["jobs"]),
    ("ureq", &["outbound", "cli", "app"]),
    ("rust_xlsxwriter", &["reports"]),
    ("icalendar", &["reports", "domain"]),
    ("rustls", &["outbound", "cli"]),
    ("signed_note", &["ledger"]),
    ("zip", &["audit"]),
    ("tlog_tiles", &["ledger"]),
    ("ed25519_dalek", &["ledger"]),
];

/// Parts without `async`: synchronous inside, asynchronous at the rim.
const SYNCHRONOUS: &[&str] = &[
    "words", "sop", "ledger", "domain", "access", "desk", "store", "backup", "notify", "outbound", "jobs", "identity",
    "reports", "tongue",
];

/// No file is longer, tests and generated tables apart.
const MOST_LINES: usize = 400;

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// Every source file with its part and its text up to its tests.
fn files() -> Vec<(PathBuf, String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    sources(&root, &mut found);
    found.sort();
    let read = |path: PathBuf| {
        let inside = path.strip_prefix(&root).unwrap().to_path_buf();
        let first = inside.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
        let part = first.trim_end_matches(".rs").to_owned();
        let text = fs::read_to_string(&path).unwrap();
        (inside, part, text)
    };
    found.into_iter().map(read).collect()
}

fn is_test(path: &Path) -> bool {
    let name = path.to_string_lossy();
    [
        "tests",
        "testbed",
        "testkit",
        "samples",
        "oracle",
        "printed",
        "reference",
        "play",
        "properties",
        "stories",
        "model",
    ]
    .iter()
    .any(|part| name.split(['/', '.']).any(|piece| piece == *part))
}

fn production(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(text)
}

/// The code without its comments.
fn code(text: &str) -> String {
    production(text).lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

#[test]
fn arrows_go_one_way() {
    let knows: BTreeMap<&str, &[&str]> = KNOWS.iter().copied().collect();
    let mut wrong = Vec::new();
    for (path, part, text) in files() {
        if part == "lib" || part == "main" || is_test(&path) {
            continue;
        }
        let allowed = knows.get(part.as_str()).unwrap_or_else(|| panic!("`{part}` has no place in the architecture"));
        let code = code(&text);
        for (other, _) in KNOWS.iter().filter(|(other, _)| *other != part && !allowed.contains(other)) {
            let direct = code.contains(&format!("crate::{other}::")) || code.contains(&format!("crate::{other};"));
            let grouped = code.contains(&format!("    {other}::")) && code.contains("use crate::{");
            if direct || grouped && imports(&code).any(|import| import == *other) {
                wrong.push(format!("{} knows `{other}`", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The parts named at the top level of `use crate::{…}`.
fn imports(code: &str) -> impl Iterator<Item = String> + '_ {
    code.split("use crate::{").skip(1).flat_map(|rest| {
        let mut depth = 1;
        let mut names = Vec::new();
        let mut name = String::new();
        for letter in rest.chars() {
            match letter {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                break;
            }
            match letter {
                ',' if depth == 1 => names.push(std::mem::take(&mut name)),
                _ if depth == 1 => name.push(letter),
                _ => {}
            }
        }
        names.push(name);
        names.into_iter().map(|name| name.trim().split("::").next().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    })
}

#[test]
fn only_the_right_part_names_a_crate() {
    let mut wrong = Vec::new();
    for (path, part, text) in files() {
        let code = code(&text);
        for (name, allowed) in CRATES.iter().filter(|(_, allowed)| !allowed.contains(&part.as_str())) {
            let _ = allowed;
            if part != "lib"
                && part != "main"
                && (code.contains(&format!("use {name}::"))
                    || code.contains(&format!(" {name}::"))
                    || code.contains(&format!("({name}::")))
            {
                wrong.push(format!("{} names `{name}`", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_inside_is_synchronous() {
    let wrong: Vec<String> = files()
        .into_iter()
        .filter(|(path, part, text)| {
            SYNCHRONOUS.contains(&part.as_str()) && !is_test(path) && code(text).contains("async fn")
        })
        .map(|(path, _, _)| path.display().to_string())
        .collect();
    assert!(wrong.is_empty(), "`async` in {}", wrong.join(", "));
}

/// Does what follows `StatusCode::` name a status: a constant, or one made of a number?
fn names_one(rest: &str) -> bool {
    rest.starts_with(|first: char| first.is_ascii_uppercase()) || rest.starts_with("from_u16")
}

#[test]
fn one_file_names_status_codes() {
    let wrong: Vec<String> = files()
        .into_iter()
        .filter(|(path, _, text)| {
            // Where an answer is read, the word is the name of a type and nothing else.
            let names = |text: &str| code(text).split("StatusCode::").skip(1).any(names_one);
            let reads = path.ends_with("cli/client.rs");
            !path.ends_with("web/problem.rs") && !reads && !is_test(path) && names(text)
        })
        .map(|(path, _, _)| path.display().to_string())
        .collect();
    assert!(wrong.is_empty(), "status codes in {}", wrong.join(", "));
}

#[test]
fn files_are_small_and_say_what_they_are() {
    let mut wrong = Vec::new();
    for (path, _, text) in files() {
        let lines = production(&text).lines().count();
        if lines > MOST_LINES && !path.ends_with("store/schema.rs") && !is_test(&path) {
            wrong.push(format!("{} has {lines} lines", path.display()));
        }
        if !text.starts_with("//! ") {
            wrong.push(format!("{} does not say what it is", path.display()));
        }
        let header = text.lines().take_while(|line| line.starts_with("//!")).count();
        if header > 6 && !path.ends_with("lib.rs") {
            wrong.push(format!("{} opens with {header} lines", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_rotten_import_would_be_noticed() {
    let names: Vec<String> = imports("use crate::{\n    desk::{Desk, act},\n    words::Hash,\n};").collect();
    assert_eq!(names, ["desk", "words", ""]);
}
