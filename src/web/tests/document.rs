//! The OpenAPI document: as committed, and true to itself.

use std::{collections::BTreeSet, path::Path};

use serde_json::{Value, json};

use crate::web::openapi;

fn document() -> Value {
    serde_json::to_value(openapi()).expect("JSON")
}

fn operations(document: &Value) -> Vec<(String, Value)> {
    let paths = document["paths"].as_object().expect("paths");
    let named = |(path, item): (&String, &Value)| {
        let methods = item.as_object().expect("an item").iter();
        methods.map(|(method, operation)| (format!("{method} {path}"), operation.clone())).collect::<Vec<_>>()
    };
    paths.iter().flat_map(named).collect()
}

/// The schema of a component with all others beside it.
fn schema(document: &Value, name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}"), "components": document["components"] })
}

fn validator(document: &Value, name: &str) -> jsonschema::Validator {
    jsonschema::draft202012::options().should_validate_formats(true).build(&schema(document, name)).expect(name)
}

#[test]
fn the_committed_document_is_the_generated_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi/openapi.json");
    let generated = serde_json::to_string_pretty(&document()).expect("JSON") + "\n";
    if std::env::var_os("PROVISO_WRITE_OPENAPI").is_some() {
        std::fs::write(&path, &generated).expect("written");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == generated,
        "openapi/openapi.json differs; write it with PROVISO_WRITE_OPENAPI=1 cargo test --lib web::tests::document"
    );
}

/// Every reference within `value`.
fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get("$ref").and_then(Value::as_str).map(ToOwned::to_owned));
            members.values().for_each(|member| references(member, found));
        }
        Value::Array(members) => members.iter().for_each(|member| references(member, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let (document, mut found) = (document(), BTreeSet::new());
    references(&document, &mut found);
    let lost = |reference: &&String| reference.strip_prefix('#').is_none_or(|at| document.pointer(at).is_none());
    assert_eq!(found.iter().find(lost), None);
}

#[test]
fn every_operation_says_what_it_does_and_who_may() {
    let document = document();
    let operations = operations(&document);
    assert!(operations.len() > 45);
    let mut ids = BTreeSet::new();
    for (name, operation) in operations {
        for member in ["operationId", "summary", "description"] {
            assert!(operation[member].as_str().is_some_and(|text| !text.is_empty()), "{name} has no {member}");
        }
        assert!(operation["security"].is_array(), "{name} says nothing of security");
        assert!(operation["tags"].as_array().is_some_and(|tags| tags.len() == 1), "{name} {:?}", operation["tags"]);
        assert!(ids.insert(operation["operationId"].to_string()), "{name} repeats an operationId");
        for (status, response) in operation["responses"].as_object().expect("responses") {
            let told = response["description"].as_str().or(response["$ref"].as_str());
            assert!(told.is_some_and(|text| !text.is_empty()), "{name} {status} has no description");
        }
    }
}

#[test]
fn the_example_of_every_body_is_valid() {
    let document = document();
    let mut seen = 0;
    for (name, operation) in operations(&document) {
        let content = operation["requestBody"]["content"].as_object().cloned().unwrap_or_default();
        for (kind, media) in content.iter().filter(|(kind, _)| kind.contains("json")) {
            let schema =
                media["schema"]["$ref"].as_str().unwrap_or_else(|| panic!("{name} {kind} has no named schema"));
            let schema = schema.rsplit('/').next().expect("a name");
            let example = &document["components"]["schemas"][schema]["example"];
            assert!(example.is_object(), "{schema} has no example");
            let errors: Vec<String> = validator(&document, schema)
                .iter_errors(example)
                .map(|error| format!("{} {error}", error.instance_path()))
                .collect();
            assert!(errors.is_empty(), "{schema}: {errors:?}");
            seen += 1;
        }
    }
    assert!(seen > 25, "{seen}");
}

#[test]
fn the_example_of_every_answer_is_valid() {
    let document = document();
    let (mut missing, mut wrong) = (BTreeSet::new(), BTreeSet::new());
    for (name, operation) in operations(&document) {
        let answers = operation["responses"].as_object().cloned().unwrap_or_default();
        let successes = answers.iter().filter(|(status, _)| status.starts_with('2'));
        for media in successes.filter_map(|(_, answer)| answer["content"].get("application/json")) {
            let Some(schema) = media["schema"]["$ref"].as_str() else {
                assert_eq!(media["schema"]["type"], "string", "{name} has no named schema, and is no file either");
                continue;
            };
            let schema = schema.rsplit('/').next().expect("a name");
            let example = &document["components"]["schemas"][schema]["example"];
            if example.is_null() {
                missing.insert(schema.to_owned());
            }
            let errors = validator(&document, schema);
            let errors =
                errors.iter_errors(example).map(|error| format!("{schema}: {} {error}", error.instance_path()));
            wrong.extend(errors.filter(|_| !example.is_null()));
        }
    }
    assert!(missing.is_empty(), "scripts/python/examples.py records none of {missing:?}");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn words_have_their_codes() {
    let document = document();
    let codes = &document["components"]["schemas"]["Tier"]["enum"];
    assert_eq!(*codes, json!(["low", "moderate", "high", "critical"]));
}

mod bounds {
    //! What the schema bounds, the reader bounds at the same place.

    use serde::de::DeserializeOwned;
    use validator::Validate;

    use super::*;
    use crate::web::{
        api::exception::{commands, request::RequestBody},
        json::checked,
    };

    /// Both must judge alike.
    fn agree<T: DeserializeOwned + Validate>(schema: &str, body: &Value, sound: bool) {
        let document = document();
        assert_eq!(validator(&document, schema).is_valid(body), sound, "the schema of {schema}: {body}");
        assert_eq!(checked::<T>(body.clone()).is_ok(), sound, "the reader of {schema}: {body}");
    }

    #[expect(clippy::needless_pass_by_value, reason = "written as `json!(..)` at every use")]
    fn request(member: &str, value: Value) -> Value {
        json!({ member: value })
    }

    #[test]
    fn of_a_requests_texts_and_numbers() {
        for (member, most) in [
            ("title", 200),
            ("source_ticket", 200),
            ("justification", 10_000),
            ("alternatives", 10_000),
            ("impact_if_denied", 10_000),
            ("permanent_reason", 10_000),
        ] {
            agree::<RequestBody>("Request", &request(member, json!("é".repeat(most))), true);
            agree::<RequestBody>("Request", &request(member, json!("é".repeat(most + 1))), false);
            agree::<RequestBody>("Request", &request(member, json!("a\u{7}b")), false);
        }
        for (days, sound) in [(0, false), (1, true), (3650, true), (3651, false)] {
            agree::<RequestBody>("Request", &request("duration_days", json!(days)), sound);
            agree::<RequestBody>("Request", &json!({ "controls": [{ "text": "x", "cadence_days": days }] }), sound);
        }
    }

    #[test]
    fn of_a_requests_lists() {
        let uuid = "01977d3c-7a10-7000-8000-000000000001";
        let lists = [
            ("clauses", json!("AIP-1.1"), 100),
            ("affected_teams", json!("a"), 100),
            ("regulations", json!("a"), 100),
            ("readers", json!(uuid), 100),
            ("controls", json!({ "text": "x" }), 20),
        ];
        for (member, item, most) in lists {
            agree::<RequestBody>("Request", &request(member, json!(vec![item.clone(); most])), true);
            agree::<RequestBody>("Request", &request(member, json!(vec![item; most + 1])), false);
        }
        let scope = [
            ("systems", json!({ "name": "x" })),
            ("data_classes", json!("health")),
            ("people", json!(uuid)),
            ("groups", json!("a")),
            ("agents", json!("a")),
            ("actions", json!("a")),
            ("regions", json!("eu")),
        ];
        for (member, item) in scope {
            agree::<RequestBody>("Request", &json!({ "scope": { member: vec![item.clone(); 100] } }), true);
            agree::<RequestBody>("Request", &json!({ "scope": { member: vec![item; 101] } }), false);
        }
    }

    #[test]
    fn of_codes_and_kinds() {
        for (member, value, sound) in [
            ("kind", json!("ai_usage"), true),
            ("kind", json!("other"), false),
            ("clauses", json!([""]), false),
            ("clauses", json!(["a b"]), false),
            ("sop", json!("Standard"), false),
            ("affected_teams", json!(["a".repeat(61)]), false),
            ("sponsor", json!("x"), false),
            ("start", json!("2026-03-01T12:00:00Z"), true),
            ("start", json!("yesterday"), false),
            ("extra", json!({ "a": 1, "b": "x", "c": true }), true),
            ("extra", json!({ "a": 1.5 }), false),
            ("extra", json!({ "a": [1] }), false),
            ("unknown", json!(1), false),
            ("scope", json!([]), false),
        ] {
            agree::<RequestBody>("Request", &request(member, value), sound);
        }
    }

    #[test]
    fn of_commands() {
        let dossier = "0".repeat(64);
        let conditions =
            |count: usize| json!({ "dossier": dossier, "conditions": vec![json!({ "text": "x" }); count] });
        agree::<commands::ApproveBody>("ApproveBody", &conditions(20), true);
        agree::<commands::ApproveBody>("ApproveBody", &conditions(21), false);
        agree::<commands::ApproveBody>("ApproveBody", &json!({ "dossier": dossier.to_uppercase() + "A" }), false);
        agree::<commands::Reject>("Reject", &json!({ "dossier": dossier, "reason": " " }), false);
        agree::<commands::Reject>("Reject", &json!({ "dossier": dossier }), false);
        agree::<commands::Return>("Return", &json!({ "codes": [] }), false);
        agree::<commands::Return>("Return", &json!({ "codes": vec!["a"; 20] }), true);
        agree::<commands::Return>("Return", &json!({ "codes": vec!["a"; 21] }), false);
        agree::<commands::Revert>("Revert", &json!({ "to_version": 0 }), false);
        agree::<commands::Revert>("Revert", &json!({ "to_version": 1 }), true);
        agree::<commands::Plain>("Plain", &json!({ "x": 1 }), false);
    }
}
