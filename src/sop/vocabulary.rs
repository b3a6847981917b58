//! What an SOP may speak of: the facts its expressions see and the request fields it may require.
//! It knows their names and shapes, never their values.

use serde_json::{Value, json};

use crate::words::{Dimension, Facts};

/// What sort of value a fact has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Number,
    Flag,
    Code,
    Codes,
    /// Yes or no by code.
    Answers,
    /// The SOP's own fields by name.
    Own,
}

/// The facts, by path. Texts appear by their length only.
const FACTS: &[(&str, Shape)] = &[
    ("request.kind", Shape::Code),
    ("request.clauses", Shape::Codes),
    ("request.data_classes", Shape::Codes),
    ("request.regions", Shape::Codes),
    ("request.business_unit", Shape::Code),
    ("request.permanent", Shape::Flag),
    ("request.duration_days", Shape::Number),
    ("request.starts_in_days", Shape::Number),
    ("request.title.chars", Shape::Number),
    ("request.justification.chars", Shape::Number),
    ("request.alternatives.chars", Shape::Number),
    ("request.purpose.chars", Shape::Number),
    ("request.impact_if_denied.chars", Shape::Number),
    ("request.permanent_reason.chars", Shape::Number),
    ("request.systems", Shape::Number),
    ("request.people", Shape::Number),
    ("request.groups", Shape::Number),
    ("request.agents", Shape::Number),
    ("request.actions", Shape::Codes),
    ("request.affected_teams", Shape::Codes),
    ("request.regulations", Shape::Codes),
    ("request.controls", Shape::Number),
    ("request.controls_without_owner", Shape::Number),
    ("request.attachments", Shape::Number),
    ("request.has_sponsor", Shape::Flag),
    ("request.has_beneficiary", Shape::Flag),
    ("request.confidential", Shape::Flag),
    ("request.filed_by_agent", Shape::Flag),
    ("request.screening", Shape::Answers),
    ("request.extra", Shape::Own),
    ("scores.max", Shape::Number),
    ("scores.mean", Shape::Number),
    ("exception.returns", Shape::Number),
    ("exception.tier", Shape::Code),
    ("exception.round", Shape::Number),
    ("exception.renewals", Shape::Number),
    ("prior.similar", Shape::Number),
    ("prior.rejected", Shape::Number),
    ("prior.revoked", Shape::Number),
    ("prior.active", Shape::Number),
    ("prior.unit_similar", Shape::Number),
    ("prior.unit_rejected", Shape::Number),
    ("prior.unit_revoked", Shape::Number),
    ("prior.unit_active", Shape::Number),
    ("sop.approved_tools", Shape::Codes),
    ("sop.permitted_inputs", Shape::Codes),
    ("sop.prohibited_data_classes", Shape::Codes),
    ("sop.excluded_tasks", Shape::Codes),
];

/// The variables of every expression; the names at the top of the facts.
pub const VARIABLES: &[&str] = &["request", "scores", "exception", "prior", "sop"];

fn facts() -> impl Iterator<Item = (String, Shape)> {
    let scores = Dimension::ALL.iter().map(|dimension| (format!("scores.{dimension}"), Shape::Number));
    FACTS.iter().map(|(path, shape)| ((*path).to_owned(), *shape)).chain(scores)
}

/// Every path that an expression may mention, for the documentation and for completions.
pub fn fact_paths() -> Vec<String> {
    facts().map(|(path, _)| path).collect()
}

/// Is this path a fact, or a member of one that has members of the SOP's choosing?
pub(super) fn is_fact(path: &[&str]) -> bool {
    let path = path.join(".");
    facts().any(|(known, shape)| match shape {
        Shape::Number | Shape::Flag | Shape::Code | Shape::Codes => path == known,
        Shape::Answers | Shape::Own => {
            path == known || path.strip_prefix(&known).is_some_and(|rest| rest.starts_with('.'))
        }
    })
}

/// What sort of value the fact at this path has, or the fact whose member stands there.
pub(super) fn shape(path: &str) -> Option<Shape> {
    let member = |known: &str| path.strip_prefix(known).is_some_and(|rest| rest.starts_with('.'));
    facts().find(|(known, _)| path == known || member(known)).map(|(_, shape)| shape)
}

/// Facts of every known path, with `extra` as the SOP's own fields: to try an expression's types.
pub(super) fn sample(extra: &Value) -> Facts {
    let mut root = json!({});
    for (path, shape) in facts() {
        let value = match shape {
            Shape::Number => json!(1),
            Shape::Flag => json!(true),
            Shape::Code => json!("code"),
            Shape::Codes => json!(["code"]),
            Shape::Answers => json!({"code": false}),
            Shape::Own => extra.clone(),
        };
        put(&mut root, &path, value);
    }
    match root {
        Value::Object(fields) => fields.into_iter().collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Facts::new(),
    }
}

/// Puts a value at a path, below objects that are made where they are missing.
pub(super) fn put(root: &mut Value, path: &str, value: Value) {
    let mut place = root;
    for part in path.split('.') {
        if !place.is_object() {
            *place = json!({});
        }
        let Value::Object(fields) = place else { return };
        place = fields.entry(part).or_insert(Value::Null);
    }
    *place = value;
}

/// When a required field counts as filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Filled {
    /// Not null, and no empty text, list or object.
    Content,
    /// A count above zero, or a yes.
    Some,
    /// Any value.
    Known,
}

/// The fields of a request, by JSON Pointer, with the fact that shows whether each is filled.
const FIELDS: &[(&str, &str, Filled)] = &[
    ("/title", "title", Filled::Content),
    ("/kind", "kind", Filled::Content),
    ("/clauses", "clauses", Filled::Content),
    ("/justification", "justification", Filled::Content),
    ("/alternatives", "alternatives", Filled::Content),
    ("/scope/systems", "systems", Filled::Some),
    ("/scope/purpose", "purpose", Filled::Content),
    ("/scope/data_classes", "data_classes", Filled::Content),
    ("/scope/people", "people", Filled::Some),
    ("/scope/actions", "actions", Filled::Content),
    ("/scope/business_unit", "business_unit", Filled::Content),
    ("/scope/regions", "regions", Filled::Content),
    ("/start", "starts_in_days", Filled::Known),
    ("/end", "duration_days", Filled::Some),
    ("/permanent_reason", "permanent_reason", Filled::Content),
    ("/impact_if_denied", "impact_if_denied", Filled::Content),
    ("/controls", "controls", Filled::Some),
    ("/sponsor", "has_sponsor", Filled::Some),
    ("/beneficiary", "has_beneficiary", Filled::Some),
    ("/affected_teams", "affected_teams", Filled::Content),
    ("/regulations", "regulations", Filled::Content),
    ("/attachments", "attachments", Filled::Some),
];

/// The pointers of a request's own fields, without the SOP's (`/extra/<name>`).
pub fn field_pointers() -> Vec<&'static str> {
    FIELDS.iter().map(|(pointer, _, _)| *pointer).collect()
}

/// The name in `/extra/<name>`.
pub(super) fn extra_name(pointer: &str) -> Option<&str> {
    pointer.strip_prefix("/extra/").filter(|name| !name.is_empty() && !name.contains(['/', '~']))
}

/// Is the field at `pointer` without content? A permanent request has no end, and only a
/// permanent one gives a reason for it. An unknown pointer counts as missing.
pub(super) fn is_missing(pointer: &str, facts: &Facts) -> bool {
    let request = facts.get("request").unwrap_or(&Value::Null);
    let permanent = request.get("permanent") == Some(&Value::Bool(true));
    if (pointer == "/end" && permanent) || (pointer == "/permanent_reason" && !permanent) {
        return false;
    }
    if let Some(name) = extra_name(pointer) {
        let value = request.get("extra").and_then(|extra| extra.get(name));
        return !is_filled(value, Filled::Content);
    }
    FIELDS
        .iter()
        .find(|(known, _, _)| *known == pointer)
        .is_none_or(|(_, fact, filled)| !is_filled(request.get(fact), *filled))
}

fn is_filled(value: Option<&Value>, filled: Filled) -> bool {
    match (filled, value.unwrap_or(&Value::Null)) {
        (_, Value::Null) => false,
        (Filled::Some, Value::Bool(yes)) => *yes,
        (Filled::Some, Value::Number(count)) => count.as_i64().is_some_and(|count| count > 0),
        (Filled::Known, _) | (Filled::Content, Value::Bool(_) | Value::Number(_)) => true,
        (_, Value::String(text)) => !text.trim().is_empty(),
        (_, Value::Array(items)) => !items.is_empty(),
        (_, Value::Object(fields)) => match fields.get("chars") {
            Some(chars) => chars.as_u64().is_some_and(|chars| chars > 0),
            None => !fields.is_empty(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_end_at_facts() {
        for known in [
            &["request", "kind"][..],
            &["request", "title", "chars"],
            &["request", "screening", "social_scoring"],
            &["request", "extra", "ticket", "chars"],
            &["scores", "privacy"],
        ] {
            assert!(is_fact(known), "{known:?}");
        }
        for unknown in [
            &["request"][..],
            &["request", "title"],
            &["request", "kind", "x"],
            &["request", "extras"],
            &["scores", "safety"],
        ] {
            assert!(!is_fact(unknown), "{unknown:?}");
        }
    }

    #[test]
    fn every_required_field_is_shown_by_a_fact() {
        for (_, fact, _) in FIELDS {
            let path = format!("request.{fact}");
            assert!(FACTS.iter().any(|(known, _)| known.starts_with(&path)), "{path}");
        }
    }

    #[test]
    fn what_counts_as_missing() {
        let facts = |request: Value| Facts::from([("request".to_owned(), request)]);
        let cases = [
            ("/title", json!({"title": {"chars": 0}}), true),
            ("/title", json!({"title": {"chars": 3}}), false),
            ("/title", json!({"title": null}), true),
            ("/title", json!({}), true),
            ("/clauses", json!({"clauses": []}), true),
            ("/clauses", json!({"clauses": ["AIP-1.1"]}), false),
            ("/scope/systems", json!({"systems": 0}), true),
            ("/scope/systems", json!({"systems": 2}), false),
            ("/scope/business_unit", json!({"business_unit": " "}), true),
            ("/sponsor", json!({"has_sponsor": false}), true),
            ("/sponsor", json!({"has_sponsor": true}), false),
            ("/start", json!({"starts_in_days": 0}), false),
            ("/start", json!({}), true),
            ("/end", json!({"duration_days": 0}), true),
            ("/end", json!({"duration_days": 0, "permanent": true}), false),
            ("/permanent_reason", json!({"permanent": false}), false),
            ("/permanent_reason", json!({"permanent": true}), true),
            ("/extra/cost", json!({"extra": {"cost": 0}}), false),
            ("/extra/cost", json!({"extra": {"cost": ""}}), true),
            ("/extra/cost", json!({}), true),
            ("/nonsense", json!({"nonsense": 1}), true),
        ];
        for (pointer, request, missing) in cases {
            assert_eq!(is_missing(pointer, &facts(request.clone())), missing, "{pointer} in {request}");
        }
    }
}
