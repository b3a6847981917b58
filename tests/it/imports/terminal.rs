//! A register taken over by the command line: its columns mapped, a dry run, an import that is run twice, and files
//! beside it.

use std::{fs, path::Path};

use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};

use crate::{
    shell::{Shell, service},
    world::request,
};

/// What CISO Assistant's columns do not say, and a new request has to.
fn map(folder: &Path, columns: &Value) {
    let mut constants = request();
    for known in ["title", "justification", "duration_days"] {
        constants.as_object_mut().unwrap().remove(known);
    }
    constants["scope"].as_object_mut().unwrap().remove("business_unit");
    let map = json!({ "columns": columns, "constants": constants });
    // JSON is YAML.
    fs::write(folder.join("map.yaml"), map.to_string()).unwrap();
}

fn register(folder: &Path, now: DateTime<Utc>) {
    let end = (now + Duration::days(90)).format("%Y-%m-%d");
    let why = "Agents read four hundred tickets a day in nine languages; summaries halve the time to the answer.";
    let rows = [
        "ref_id,name,domain,description,status,severity,expiration_date,observation,owner,files".to_owned(),
        format!("EX-1,Tickets,Service,{why},approved,low,{end},fine,rita@example.com,files/old.txt"),
        format!("EX-2,=cmd|' /C calc'!A0,Service,{why},approved,medium,{end},,rita@example.com,"),
        format!("EX-3,Nobody's,Service,{why},approved,low,{end},,,"),
        format!("EX-4,Endless,Service,{why},approved,low,,,rita@example.com,"),
        format!("EX-5,Over,Service,{why},expired,low,2025-03-01,,rita@example.com,"),
    ];
    fs::write(folder.join("register.csv"), rows.join("\r\n")).unwrap();
    fs::create_dir_all(folder.join("files")).unwrap();
    fs::write(folder.join("files/old.txt"), "Approved by the old board.").unwrap();
}

fn outcomes(told: &Value) -> Vec<String> {
    let part = |row: &Value, name: &str| row[name].as_str().unwrap_or("-").to_owned();
    let rows = told.as_array().unwrap().iter();
    rows.map(|row| format!("{} {}", part(row, "reference"), part(row, "outcome"))).collect()
}

#[test]
fn ciso_assistants_register_is_taken_over() {
    let folder = tempfile::tempdir().unwrap();
    let (world, server) = service(folder.path());
    register(folder.path(), world.now());
    map(folder.path(), &json!({ "owner": "owner", "evidence": "files" }));
    let gita = Shell::of(folder.path(), &server, "gita");
    let import = ["import", "register.csv", "--source", "ciso", "--format", "ciso-assistant", "--map", "map.yaml"];
    let becomes = ["EX-1 decision", "EX-2 decision", "EX-3 fix_queue", "EX-4 fix_queue", "EX-5 history"];
    assert_eq!(outcomes(&gita.json(&[import.as_slice(), &["--dry-run"]].concat())), becomes);
    assert_eq!(gita.out(&["export", "exceptions"]).lines().count(), 1, "nothing was written");
    let done = gita.json(&import);
    assert_eq!(outcomes(&done), becomes);
    let id = done[0]["exception"].as_str().unwrap();
    let found = world.get("gita", &format!("/v1/exceptions/{id}")).expect(200);
    assert_eq!((&found["state"], found["attachments"].as_array().unwrap().len()), (&json!("decision"), 1));
    assert_eq!(found["attachments"][0]["name"]["text"], "old.txt");
    let again = gita.run(&import);
    assert_eq!((again.code, again.out.matches("known").count()), (0, 5), "{}{}", again.out, again.err);
    assert!(again.err.contains("5 known"), "{}", again.err);
    let table = gita.run(&[import.as_slice(), &["--dry-run"]].concat());
    assert!(table.out.starts_with("ROW") && table.err.contains("nothing was written"), "{}{}", table.out, table.err);
    let csv = gita.out(&["export", "exceptions", "--filter", "imported=ciso"]);
    assert!(csv.contains("'=cmd") && csv.lines().count() == 6, "{csv}");
    let boris = Shell::of(folder.path(), &server, "boris");
    let refused = boris.run(&import);
    assert!(refused.code == 1 && refused.err.contains("forbidden"), "{}", refused.err);
}

#[test]
fn what_cannot_be_read_ends_with_its_code_and_says_where() {
    let folder = tempfile::tempdir().unwrap();
    let (world, server) = service(folder.path());
    register(folder.path(), world.now());
    let gita = Shell::of(folder.path(), &server, "gita");
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("wrong.yaml", "columns:\n  refernce: ID\n");
    write("absent.yaml", "columns: {title: Name}\n");
    write(
        "rows.jsonl",
        "{\"reference\": \"A-1\", \"standing\": \"perhaps\", \"evidence\": \"../secret\"}\n{\"title\": \"x\"}\n",
    );
    write("leads.jsonl", "{\"reference\": \"A-1\", \"standing\": \"live\", \"evidence\": \"../secret\"}\n");
    let run = |more: &[&str]| gita.run(&[&["import"], more, &["--source", "s"]].concat());
    let wrong = run(&["register.csv", "--map", "wrong.yaml"]);
    assert!(wrong.code == 2 && wrong.err.contains("wrong.yaml: line 2"), "{}", wrong.err);
    let absent = run(&["register.csv", "--map", "absent.yaml"]);
    assert!(absent.code == 2 && absent.err.contains("there is no column `Name`"), "{}", absent.err);
    assert_eq!(run(&["map"]).code, 2, "no ending says how it is written");
    assert_eq!(run(&["nothing.csv"]).code, 1);
    let rows = run(&["rows.jsonl"]);
    assert_eq!(rows.code, 1, "{}", rows.err);
    assert_eq!(rows.out.matches("refused").count(), 2, "{}", rows.out);
    assert!(rows.err.contains("rows that cannot be imported as they are: 2"), "{}", rows.err);
    let leads = gita.run(&["import", "leads.jsonl", "--source", "s", "--output", "jsonl"]);
    let told: Value = serde_json::from_str(&leads.out).unwrap();
    assert!(told["reasons"][0]["text"].as_str().unwrap().contains("leads out of the folder"), "{told}");
    let away = Shell::of(folder.path(), &server, "gita");
    let away = away.run(&["import", "leads.jsonl", "--source", "s", "--server", "http://127.0.0.1:1"]);
    assert_eq!(away.code, 1, "nothing of it could be asked");
}

#[test]
fn a_workbook_is_read_with_its_dates() {
    let folder = tempfile::tempdir().unwrap();
    let (world, server) = service(folder.path());
    map(
        folder.path(),
        &json!({ "reference": "Id", "title": "Name", "end": "Until", "owner": "Whose", "tier": "Risk" }),
    );
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (column, heading) in (0..).zip(["Id", "Name", "Until", "Whose", "Risk", "justification", "business_unit"]) {
        sheet.write(0, column, heading).unwrap();
    }
    let day = (world.now() + Duration::days(60)).format("%Y-%m-%d").to_string();
    let date = rust_xlsxwriter::ExcelDateTime::parse_from_str(&day).unwrap();
    let form = rust_xlsxwriter::Format::new().set_num_format("yyyy-mm-dd");
    sheet.write(1, 0, 17).unwrap();
    sheet.write(1, 1, "Tickets").unwrap();
    sheet.write_with_format(1, 2, &date, &form).unwrap();
    sheet.write(1, 3, "rita@example.com").unwrap();
    sheet.write(1, 4, "medium").unwrap();
    sheet
        .write(1, 5, "Agents read four hundred tickets a day in nine languages, and summaries halve the time.")
        .unwrap();
    sheet.write(1, 6, "Service").unwrap();
    book.save(folder.path().join("register.xlsx")).unwrap();
    let gita = Shell::of(folder.path(), &server, "gita");
    let told = gita.json(&["import", "register.xlsx", "--source", "sheet", "--map", "map.yaml"]);
    assert_eq!(outcomes(&told), ["17 decision"], "{told}");
    let id = told[0]["exception"].as_str().unwrap();
    let found = world.get("gita", &format!("/v1/exceptions/{id}")).expect(200);
    assert_eq!(found["request"]["end"], format!("{day}T00:00:00Z"));
}
