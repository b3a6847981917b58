//! Expressions that can never fail, or never hold, as far as can be told: each is judged on every combination of
//! the values on which its answer may hang. Where those are too many, nothing is said.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{FindingSort, Notes};
use crate::{
    sop::{Sop, Verdict, check, condition::Condition, literals::Literals, vocabulary, vocabulary::Shape},
    words::{DataClass, Facts, Kind, Tier},
};

/// The most combinations that one expression is tried on, and all of a document together.
const COMBINATIONS: usize = 1_024;
const ALL: usize = 16_384;
/// Longer lists and higher counts than a gate names are tried up to this.
const LONGEST: i64 = 50;

/// Notes each expression that says the same of everything it was tried on.
pub(super) fn look(sop: &Sop, notes: &mut Notes) {
    let mut left = ALL;
    let mut seen = BTreeSet::new();
    for site in check::sites(sop.document()) {
        let Some(condition) = sop.condition(site.when).filter(|_| seen.insert(site.pointer.clone())) else { continue };
        match tried(sop, (site.when, condition), &mut left) {
            Some(true) => {
                let what = "it holds whatever a request says, as far as could be tried".to_owned();
                let hint = "leave it out, or compare with a value that a request may have";
                notes.warn(FindingSort::NeverFails, &site.pointer, (what, hint));
            }
            Some(false) => {
                let what = "it holds for nothing that a request may say, as far as could be tried".to_owned();
                let hint = "compare with a value that a request may have; GET /v1/sops shows gates that work";
                notes.warn(FindingSort::NeverHolds, &site.pointer, (what, hint));
            }
            None => {}
        }
    }
}

/// What the expression says of everything, if that is always the same.
fn tried(sop: &Sop, (when, condition): (&str, &Condition), left: &mut usize) -> Option<bool> {
    let literals = condition.literals();
    let mut paths: Vec<String> = condition.paths().iter().map(|path| path.join(".")).collect();
    paths.retain(|path| !path.starts_with("sop."));
    // A part is put after the whole.
    paths.sort_by_key(String::len);
    let own = sop.extra().sample();
    let choices: Vec<Vec<Option<Value>>> = paths.iter().map(|path| values(path, &literals, &own)).collect();
    let combinations = choices.iter().try_fold(1_usize, |all, some| all.checked_mul(some.len()))?;
    if combinations > COMBINATIONS.min(*left) {
        return None;
    }
    let mut always = None;
    for number in 0..combinations {
        *left = left.saturating_sub(1);
        let facts = facts(&paths, &choices, number);
        let said = match sop.judge(when, &sop.ground(&facts, std::iter::once(when))).0 {
            Verdict::Holds => true,
            Verdict::Fails => false,
            Verdict::NotEvaluable(_) => continue,
        };
        if *always.get_or_insert(said) != said {
            return None;
        }
    }
    always
}

/// The facts of one combination: each digit of its number chooses a value.
fn facts(paths: &[String], choices: &[Vec<Option<Value>>], mut number: usize) -> Facts {
    let mut root = Value::Object(Map::new());
    for (path, some) in paths.iter().zip(choices) {
        let digit = number.checked_rem(some.len()).unwrap_or(0);
        number = number.checked_div(some.len()).unwrap_or(0);
        if let Some(value) = some.get(digit).cloned().flatten() {
            vocabulary::put(&mut root, path, value);
        } else if let Some((whole, _)) = path.rsplit_once('.') {
            keep_whole(&mut root, whole);
        }
    }
    match root {
        Value::Object(fields) => fields.into_iter().collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Facts::new(),
    }
}

/// What has an absent part is there itself.
fn keep_whole(root: &mut Value, path: &str) {
    if root.pointer(&format!("/{}", path.replace('.', "/"))).is_none() {
        vocabulary::put(root, path, json!({}));
    }
}

/// The values of a fact on which an answer may hang; `None` is its absence.
fn values(path: &str, literals: &Literals, own: &Value) -> Vec<Option<Value>> {
    let some = |values: Vec<Value>| values.into_iter().map(Some).collect();
    match vocabulary::shape(path) {
        Some(Shape::Number) => some(numbers(path, literals)),
        Some(Shape::Flag) => some(vec![json!(false), json!(true)]),
        Some(Shape::Code) => some(codes(path, literals)),
        Some(Shape::Codes) => some(lists(path, literals)),
        Some(Shape::Answers) if path == "request.screening" => some(answers(literals)),
        Some(Shape::Answers) => vec![None, Some(json!(false)), Some(json!(true))],
        Some(Shape::Own) => own_values(path, literals, own),
        None => vec![None],
    }
}

/// Around every number that is named, within what the fact may be.
fn numbers(path: &str, literals: &Literals) -> Vec<Value> {
    let least = if path == "request.starts_in_days" || path.starts_with("request.extra.") { -1 } else { 0 };
    let most = if path.starts_with("scores.") { 100 } else { i64::from(u32::MAX) };
    let around = literals.numbers.iter().flat_map(|named| [named.saturating_sub(1), *named, named.saturating_add(1)]);
    let found: BTreeSet<i64> =
        around.chain([least, 0, 1, 100]).filter(|number| (least..=most).contains(number)).collect();
    found.into_iter().map(Value::from).collect()
}

fn codes(path: &str, literals: &Literals) -> Vec<Value> {
    let known: &[&str] = match path {
        "request.kind" => Kind::CODES,
        "exception.tier" => Tier::CODES,
        _ => &[],
    };
    let mut found: Vec<Value> = known.iter().copied().map(Value::from).collect();
    if known.is_empty() {
        found.extend(literals.texts.iter().cloned().chain(["other".to_owned()]).map(Value::from));
    }
    if path == "exception.tier" {
        found.push(Value::Null);
    }
    found
}

/// No item, each that is named, all of those, something else, and more than any number that is named.
fn lists(path: &str, literals: &Literals) -> Vec<Value> {
    let classes = path == "request.data_classes";
    let items: Vec<String> = if classes {
        DataClass::CODES.iter().map(|code| (*code).to_owned()).collect()
    } else {
        literals.texts.iter().cloned().chain(["other".to_owned()]).collect()
    };
    let longest = literals.numbers.iter().copied().filter(|number| (0..LONGEST).contains(number)).max();
    let long: Vec<String> = (0..=longest.unwrap_or(0)).map(|number| format!("other{number}")).collect();
    let mut found = vec![json!([]), json!(items)];
    found.extend(items.iter().map(|item| json!([item])));
    if !classes {
        found.push(json!(long));
    }
    found
}

fn answers(literals: &Literals) -> Vec<Value> {
    let named = literals.texts.iter().map(String::as_str).chain(["other"]);
    let mut found = vec![json!({})];
    for code in named {
        found.extend([json!({ code: false }), json!({ code: true })]);
    }
    found
}

/// A field of the procedure's own, as the schema has it, or left out.
fn own_values(path: &str, literals: &Literals, own: &Value) -> Vec<Option<Value>> {
    let name = path.strip_prefix("request.extra.").unwrap_or_default();
    let mut found = vec![None];
    if let Some(field) = name.strip_suffix(".chars") {
        if own.get(field).is_some() {
            found.extend(numbers("", literals).into_iter().map(Some));
        }
        return found;
    }
    match own.get(name) {
        Some(Value::Number(_)) => found.extend(numbers(path, literals).into_iter().map(Some)),
        Some(Value::Bool(_)) => found.extend([Some(json!(false)), Some(json!(true))]),
        Some(Value::String(_)) => found.extend(codes("", literals).into_iter().map(Some)),
        Some(text @ Value::Object(_)) => found.push(Some(text.clone())),
        Some(Value::Null | Value::Array(_)) | None => {}
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::super::samples::{standard_with, with_gate};
    use super::*;

    /// What gate 1.11 of the standard procedure always says when its expression is `when`.
    fn always(when: &str) -> Option<bool> {
        let sop = with_gate(when).unwrap_or_else(|error| panic!("{when}: {error}"));
        tried(&sop, (when, sop.condition(when).expect("compiled")), &mut { ALL })
    }

    #[test]
    fn what_always_says_the_same_is_told_apart_from_what_asks() {
        for (when, says) in [
            ("request.people >= 0", Some(true)),
            ("request.people > 0 || request.people == 0", Some(true)),
            ("request.controls < 0", Some(false)),
            ("request.permanent && !request.permanent", Some(false)),
            ("request.kind == 'ai-usage'", Some(false)),
            ("'personnal' in request.data_classes", Some(false)),
            ("exception.tier in ['high', 'critical', 'low', 'moderate'] || exception.tier == null", Some(true)),
            ("request.title.chars > 5 && request.title.chars < 6", Some(false)),
            ("request.people > 0", None),
            ("request.starts_in_days >= 0", None),
            ("size(request.clauses) > 3", None),
            ("request.clauses.exists(c, c.startsWith('AIP-1'))", None),
            ("request.screening.emotion_inference == false", None),
            ("has(request.screening.emotion_inference)", None),
            ("!request.screening.exists(code, request.screening[code])", None),
            ("request.regions.all(r, r in ['eu', 'us'])", None),
            ("request.business_unit != 'payments' || request.has_sponsor", None),
        ] {
            assert_eq!(always(when), says, "{when}");
        }
    }

    #[test]
    fn own_fields_may_be_left_out() {
        let extra = "draft_lapse_days: 30\n    extra: {type: object, additionalProperties: false, properties: {cost: {type: integer}, area: {type: string, enum: [a, b]}, note: {type: string}}}";
        let sop = standard_with("draft_lapse_days: 30", extra).expect("loads");
        let judged = |when: &str| {
            let text = sop.canonical().expect("a text").replacen(
                "request.people + request.groups + request.agents > 0",
                when,
                1,
            );
            let sop =
                Sop::load(&text, &std::collections::BTreeMap::new()).unwrap_or_else(|error| panic!("{when}: {error}"));
            tried(&sop, (when, sop.condition(when).expect("compiled")), &mut { ALL })
        };
        assert_eq!(judged("has(request.extra.note)"), None);
        assert_eq!(judged("!has(request.extra.note) || request.extra.note.chars >= 0"), Some(true));
        assert_eq!(judged("has(request.extra.cost) && request.extra.cost > 5"), None);
        assert_eq!(judged("has(request.extra.area) && request.extra.area == 'a'"), None);
    }

    #[test]
    fn what_is_too_much_to_try_is_left_unsaid() {
        let mut left = 1;
        let sop = with_gate("request.people >= 0").expect("loads");
        let condition = sop.condition("request.people >= 0").expect("compiled");
        assert_eq!(tried(&sop, ("request.people >= 0", condition), &mut left), None);
        assert_eq!(left, 1, "nothing was tried");
    }
}
