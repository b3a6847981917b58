//! Maps of columns, read and applied.

use super::*;

fn row(cells: Value) -> Cells {
    let Value::Object(cells) = cells else { panic!("an object") };
    cells
}

#[test]
fn ciso_assistants_columns_are_known() {
    let cells = row(json!({
        "ref_id": "EX-7", "name": "Tickets", "domain": "Retail Banking", "description": "Because", "status": "approved",
        "severity": "medium", "expiration_date": "2026-12-31", "observation": "=1+1",
    }));
    let understood = ColumnMap::default().of_ciso_assistant().understand(&cells).unwrap();
    assert_eq!(
        understood.body,
        json!({
            "reference": "EX-7", "standing": "live", "ended_at": null, "tier": "moderate", "owner": null, "row": cells,
            "request": {
                "title": "Tickets", "justification": "Because", "end": "2026-12-31T00:00:00Z",
                "scope": { "business_unit": "retail-banking" },
            },
        })
    );
    let ended =
        row(json!({ "ref_id": "EX-8", "status": "expired", "severity": "--", "expiration_date": "2025-01-31" }));
    let body = ColumnMap::default().of_ciso_assistant().understand(&ended).unwrap().body;
    assert_eq!((&body["ended_at"], &body["tier"]), (&json!("2025-01-31T00:00:00Z"), &Value::Null));
}

#[test]
fn a_map_says_what_columns_words_and_dates_mean() {
    let map = ColumnMap::read(
        "columns: {reference: ID, standing: State, end: Bis, evidence: Files, groups: Who}\n\
         separator: '|'\n\
         dates: '%d.%m.%Y'\n\
         values: {standing: {gilt: live}, groups: {Kundendienst: support}}\n\
         constants: {kind: ai_usage, scope: {actions: [summarise]}}\n",
    )
    .unwrap();
    let cells = row(
        json!({ "ID": 7, "State": "gilt", "Bis": "31.12.2026", "Files": "a.pdf | b.pdf", "Who": "Kundendienst|Team A" }),
    );
    let understood = map.understand(&cells).unwrap();
    assert_eq!(understood.evidence, ["a.pdf", "b.pdf"]);
    assert_eq!(
        understood.body["request"],
        json!({
            "kind": "ai_usage", "end": "2026-12-31T00:00:00Z",
            "scope": { "actions": ["summarise"], "groups": ["support", "team-a"] },
        })
    );
    assert_eq!(map.missing(&[cells]), None);
    assert_eq!(map.missing(&[row(json!({ "ID": 7 }))]).map(String::as_str), Some("State"));
}

#[test]
fn a_wrong_map_is_refused_with_its_line() {
    let told = |text: &str| ColumnMap::read(text).unwrap_err().to_string();
    let unknown = told("columns:\n  refernce: ID\n");
    assert!(unknown.starts_with("line 2") && unknown.contains("refernce"), "{unknown}");
    assert!(told("column: {}\n").starts_with("line 1"));
    assert!(told("columns: {title: a}\ncolumns: {title: b}\n").contains("line 2"));
}

#[test]
fn everything_that_is_not_understood_of_a_row_is_told() {
    let cells = row(json!({ "standing": "perhaps", "end": "soon", "duration_days": "long", "confidential": "?" }));
    let wrong = ColumnMap::default().understand(&cells).unwrap_err();
    let columns: Vec<&str> = wrong.iter().map(|one| one.column.as_str()).collect();
    assert_eq!(columns, ["standing", "end", "duration_days", "confidential", "reference"]);
    assert_eq!(wrong[1].text, "`soon` is no date");
}
