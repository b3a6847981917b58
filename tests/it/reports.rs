//! Reports and exports: what is counted is what happened and what one sees, in every form, now and as it stood.

use std::{collections::BTreeSet, io::Cursor, path::Path, process::Command};

use actix_web::http::Method;
use calamine::{Data, Reader, Xlsx};
use serde_json::{Value, json};

use crate::{
    smtp::python,
    world::{Ask, World, request},
};

/// Lets the facts follow the ledger, a minute later.
fn count(world: &World) {
    world.minutes(1);
    world.app.jobs().unwrap().run_once(world.now());
}

fn report(world: &World, who: &str, query: &str) -> Value {
    world.get(who, &format!("/v1/reports/{query}")).expect(200)
}

/// The value of a key figure, and what it was before.
fn figure(report: &Value, name: &str) -> (Value, Value) {
    let row = report["items"].as_array().unwrap().iter().find(|row| row["figure"] == name).unwrap();
    (row["value"].clone(), row["before"].clone())
}

fn row(report: &Value, column: &str, value: &str) -> Value {
    let rows = report["items"].as_array().unwrap();
    rows.iter().find(|row| row[column] == value).unwrap_or_else(|| panic!("no {value} in {report}")).clone()
}

fn csv(text: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    reader.records().map(|row| row.unwrap().iter().map(ToOwned::to_owned).collect()).collect()
}

#[test]
fn key_figures_tell_what_happened_to_those_who_see_it() {
    let world = World::new();
    let first = world.active();
    world.days(10);
    let second = world.decided_on(1);
    let dossier = world.dossier(&second);
    world.command("boris", &second, "reject", json!({ "dossier": dossier, "reason": "No." })).expect(200);
    world.file();
    count(&world);
    let told = report(&world, "gita", "kpi?from=2026-03-11T00:00:00Z&compare_from=2026-03-01T00:00:00Z");
    assert_eq!(figure(&told, "submitted"), (json!(1), json!(1)));
    assert_eq!(figure(&told, "active"), (json!(1), json!(1)));
    assert_eq!(figure(&told, "active_low"), (json!(1), json!(1)));
    assert_eq!(figure(&told, "grant_rate"), (json!(0.0), json!(100.0)));
    assert_eq!(figure(&told, "first_pass_yield"), (json!(100.0), json!(100.0)));
    assert_eq!(figure(&told, "overdue_re_reviews").0, 0);
    assert_eq!(figure(&told, "sla_adherence").0, 100.0);
    let own = report(&world, "rita", "kpi");
    assert_eq!(figure(&own, "submitted").0, 2, "one's own count");
    assert_eq!(figure(&report(&world, "ben", "kpi"), "submitted").0, 0, "and nobody else's");
    assert_eq!(figure(&report(&world, "gita", "kpi?region=us"), "submitted").0, 0);
    assert_eq!(figure(&report(&world, "gita", "kpi?region=us,eu&tier=low"), "submitted").0, 2);
    world.command("gita", &first, "suspend", json!({ "cause": "incident" })).expect(200);
    count(&world);
    let later = report(&world, "gita", "kpi");
    assert_eq!(figure(&later, "active").0, 0);
    let then = report(&world, "gita", "kpi?as_of=2026-03-05T00:00:00Z");
    assert_eq!((figure(&then, "active").0, figure(&then, "submitted").0), (json!(1), json!(1)), "as it stood");
    assert_eq!(figure(&report(&world, "ben", "kpi?as_of=2026-03-05T00:00:00Z"), "active").0, 0);
    let stood = world.get("gita", &format!("/v1/exceptions/{first}?as_of=2026-03-05T00:00:00Z")).expect(200);
    assert_eq!((stood["state"].as_str(), world.state(&first).as_str()), (Some("active"), "suspended"));
    let unborn = format!("/v1/exceptions/{second}?as_of=2026-03-05T00:00:00Z");
    assert_eq!(world.get("gita", &unborn).status, 404);
}

#[test]
fn each_report_tells_its_own() {
    let world = World::new();
    world.active();
    world.decided_on(1);
    count(&world);
    let sla = report(&world, "gita", "sla");
    assert_eq!(row(&sla, "step", "2")["tasks_done"], 2);
    assert!(row(&sla, "step", "5")["tasks_open"].as_i64().unwrap() > 0);
    let trends = report(&world, "gita", "trends?by=clause");
    assert_eq!(row(&trends, "clause", "AIP-2.1")["submitted"], 2);
    assert_eq!(row(&trends, "month", "2026-03")["active"], 1);
    let funnel = report(&world, "gita", "funnel");
    assert_eq!(row(&funnel, "state", "assessment")["went_on"], 2);
    assert_eq!(row(&funnel, "state", "decision")["still_there"], 1);
    let variants = report(&world, "gita", "variants");
    assert_eq!(variants["items"][0]["submitted"], 2);
    let load = report(&world, "gita", "workload?by=person");
    assert_eq!(row(&load, "person", &world.id("rosa"))["tasks_done"], 2);
    let spots = report(&world, "gita", "hotspots?by=policy");
    assert_eq!(row(&spots, "policy", "AIP-2")["granted"], 1);
    let fast = report(&world, "gita", "approvers");
    assert_eq!(row(&fast, "person", &world.id("boris"))["within_a_minute"], 1);
    let pair = &report(&world, "gita", "approvers?by=nothing")["items"][0];
    assert_eq!((&pair["together"], &pair["always"]), (&json!(1), &json!(true)));
    let soon = report(&world, "gita", "expiring");
    assert_eq!(soon["items"][0]["days_left"], 89);
    assert_eq!(report(&world, "gita", "expiring?days=10")["items"], json!([]));
}

#[test]
fn what_cannot_be_told_is_refused_with_what_can() {
    let world = World::new();
    assert_eq!(world.get("gita", "/v1/reports/revenue").status, 404);
    assert_eq!(world.get("gita", "/v1/reports/kpi.pdf").status, 404);
    assert_eq!(world.get("boris", "/v1/reports/approvers").code(403), "forbidden");
    for (query, pointer, remedy) in [
        ("sla?by=outcome", "/by", "one of: step, role"),
        ("trends?by=colour", "/by", "one of: nothing"),
        ("kpi?from=2026-03-03T00:00:00Z&to=2026-03-02T00:00:00Z", "/from", "must come after"),
        ("trends?from=1999-03-03T00:00:00Z", "/from", "at most 60 months"),
        ("kpi?as_of=2030-01-01T00:00:00Z", "/as_of", "has passed"),
        ("expiring?days=0", "/days", "between 1 and 3650"),
        ("kpi?regions=eu", "/regions", "did you mean `region`?"),
    ] {
        let problem = world.get("gita", &format!("/v1/reports/{query}")).expect(422);
        let error = &problem["errors"][0];
        assert_eq!(error["pointer"], pointer, "{problem}");
        assert!(error["detail"].as_str().unwrap().contains(remedy), "{problem}");
    }
}

#[test]
fn few_confidential_ones_do_not_show_through_a_sum() {
    let world = World::new();
    let mut body = request();
    body["confidential"] = json!(true);
    let id = world.post("rita", "/v1/exceptions", body).expect(201)["id"].as_str().unwrap().to_owned();
    world.command("rita", &id, "submit", json!({})).expect(200);
    count(&world);
    let told = report(&world, "gita", "hotspots");
    let hidden = &row(&told, "clause", "AIP-2.1");
    assert_eq!(hidden["submitted"], Value::Null);
    assert!(hidden["hidden"].as_array().unwrap().contains(&json!("submitted")));
    for _ in 0..4 {
        let id = world.file();
        world.command("rita", &id, "submit", json!({})).expect(200);
    }
    count(&world);
    assert_eq!(row(&report(&world, "gita", "hotspots"), "clause", "AIP-2.1")["submitted"], 5);
    assert_eq!(row(&report(&world, "boris", "hotspots"), "clause", "AIP-2.1")["submitted"], 4, "who does not see it");
}

#[test]
fn a_report_has_the_same_rows_in_every_form() {
    let world = World::new();
    world.active();
    count(&world);
    let rows = report(&world, "gita", "kpi")["items"].as_array().unwrap().len();
    let text = world.get("gita", "/v1/reports/kpi.csv").text;
    assert_eq!(csv(&text)[0], ["figure", "unit", "value", "before", "change"]);
    assert_eq!(csv(&text).len(), rows + 1);
    let accepted = world.ask_with("gita", Method::GET, "/v1/reports/kpi", None, &[("accept", "text/csv")]);
    assert_eq!(accepted.text, text);
    assert_eq!(world.get("gita", "/v1/reports/kpi.jsonl").text.lines().count(), rows);
    assert_eq!(cells(&world, "/v1/reports/kpi.xlsx").len(), rows + 1);
}

/// The rows of a workbook, none of whose cells is a formula.
fn cells(world: &World, path: &str) -> Vec<Vec<Data>> {
    let bytes = world.bytes("gita", path);
    let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes)).unwrap();
    let name = book.sheet_names()[0].clone();
    assert!(book.worksheet_formula(&name).unwrap().used_cells().all(|(_, _, formula)| formula.is_empty()));
    book.worksheet_range(&name).unwrap().rows().map(<[Data]>::to_vec).collect()
}

#[test]
fn every_list_is_a_file_with_the_same_rows_in_every_form() {
    let world = World::with(&[("limits.requests_per_minute", "0")]);
    let mut body = request();
    body["title"] = json!("=HYPERLINK(\"http://example.com\")");
    for _ in 0..203 {
        world.post("rita", "/v1/exceptions", body.clone()).expect(201);
    }
    world.decided_on(1);
    for (list, least) in [("exceptions", 204), ("tasks", 1), ("people", 9), ("events", 200)] {
        let rows = csv(&world.get("gita", &format!("/v1/{list}.csv")).text);
        let lines = world.get("gita", &format!("/v1/{list}.jsonl")).text;
        let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert!(rows.len() > least, "{list}: {}", rows.len());
        assert_eq!(lines.len() + 1, rows.len(), "{list}");
        assert_eq!(cells(&world, &format!("/v1/{list}.xlsx")).len(), rows.len(), "{list}");
        let first: BTreeSet<&str> = rows[1..].iter().map(|row| row[0].as_str()).collect();
        assert_eq!(first.len() + 1, rows.len(), "{list} has nothing twice");
        let names: BTreeSet<&String> = rows[0].iter().collect();
        assert_eq!(names, lines[0].as_object().unwrap().keys().collect(), "{list}");
    }
    let sheet = cells(&world, "/v1/exceptions.xlsx?state=draft&sort=number");
    assert_eq!(sheet[1][6], Data::String("=HYPERLINK(\"http://example.com\")".to_owned()), "a text, not a formula");
    assert!(matches!(sheet[1][14], Data::DateTime(_)));
    let filtered = csv(&world.get("gita", "/v1/tasks.csv?role=completeness_reviewer").text);
    assert_eq!(filtered.len(), 1);
    assert_eq!(csv(&world.get("ben", "/v1/exceptions.csv").text).len(), 1, "only what one sees");
    assert_eq!(csv(&world.get("ben", "/v1/events.csv").text).len(), 1);
    assert_eq!(world.get("gita", "/v1/tasks.csv?limit=3").code(422), "unknown_parameter");
    assert_eq!(world.get("gita", "/v1/tasks.pdf").status, 404);
}

#[test]
fn the_register_of_others_has_what_they_have_a_word_for() {
    let world = World::new();
    world.active();
    let rejected = world.decided_on(1);
    let dossier = world.dossier(&rejected);
    world.command("boris", &rejected, "reject", json!({ "dossier": dossier, "reason": "No." })).expect(200);
    let rows = csv(&world.get("gita", "/v1/exceptions.ciso-assistant.csv").text);
    let columns = ["ref_id", "name", "domain", "description", "status", "severity", "expiration_date", "observation"];
    assert_eq!(rows[0], columns);
    assert_eq!(rows.len(), 2, "what was rejected is no exception there");
    assert_eq!(rows[1][..3], ["EX-2026-000001", "Summaries of support tickets by a hosted model", "service"]);
    assert_eq!(rows[1][4..7], ["approved", "low", "2026-05-31"]);
    let plan: Value = serde_json::from_str(&world.get("gita", "/v1/exceptions.oscal.json").text).unwrap();
    let plan = &plan["plan-of-action-and-milestones"];
    let statuses: Vec<&Value> = plan["risks"].as_array().unwrap().iter().map(|risk| &risk["status"]).collect();
    assert_eq!(statuses, ["closed", "deviation-approved"]);
    assert_eq!(plan["poam-items"][1]["related-risks"][0]["risk-uuid"], plan["risks"][1]["uuid"]);
    assert_eq!(plan["metadata"]["oscal-version"], "1.1.2");
    let file = tempfile::NamedTempFile::with_suffix(".json").unwrap();
    std::fs::write(file.path(), world.bytes("gita", "/v1/exceptions.oscal.json")).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/reports/poam.py");
    let read = Command::new(python()).arg(script).arg(file.path()).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&read.stdout).trim(), "2", "{}", String::from_utf8_lossy(&read.stderr));
    assert_eq!(world.get("ben", "/v1/exceptions.oscal.json").code(422), "invalid_value");
}

#[test]
fn a_calendar_reads_ones_dates_and_its_address_opens_nothing_else() {
    let world = World::new();
    let id = world.active();
    let issued = |scopes: Value| {
        let body = json!({ "name": "Calendar", "scopes": scopes, "expires_at": "2026-12-01T00:00:00Z" });
        world.post("rita", "/v1/tokens", body).expect(201)
    };
    let made = issued(json!(["calendar"]));
    let token = made["token"].as_str().unwrap();
    let ask = |path: &str, token: Option<&str>| {
        let headers = token.map(|token| ("authorization".to_owned(), format!("Bearer {token}")));
        world.send(Ask {
            method: Method::GET,
            path: path.to_owned(),
            headers: headers.into_iter().collect(),
            body: None,
        })
    };
    let read = ask(&format!("/calendar/{token}.ics"), None);
    assert_eq!(read.status, 200, "{}", read.text);
    assert!(read.header("content-type").unwrap().starts_with("text/calendar"));
    let text = read.text.replace("\r\n ", "");
    assert!(text.contains(&format!("UID:{id}-end@proviso")) && text.contains("DTSTART:20260531T090000Z"), "{text}");
    assert!(!text.contains("Summaries"), "no title");
    assert_eq!(ask("/v1/exceptions", Some(token)).code(403), "scope_missing");
    let reader = issued(json!(["read"]));
    assert_eq!(ask(&format!("/calendar/{}.ics", reader["token"].as_str().unwrap()), None).code(403), "scope_missing");
    assert_eq!(ask("/calendar/pv_wrong.ics", None).status, 401);
}
