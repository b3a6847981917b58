//! Between the fields of a form and the request on the wire: what is shown becomes fields, what was typed becomes a
//! merge patch (RFC 7396). What it means is not known here; the interface's own checks judge it.

use serde_json::{Map, Value, json};

use crate::web::pages::sheet::Fields;

/// How the fields of an answer become a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// As it was typed.
    Text,
    /// Codes, separated by commas.
    Words,
    /// Every choice that was made.
    Many,
    /// A whole number.
    Number,
    /// A day, in three fields.
    Day,
    /// Chosen or not.
    Flag,
    /// Yes, no, or not answered.
    YesNo,
    /// Several of a kind, each with these parts.
    Rows(&'static [&'static str]),
}

/// Where an answer goes: its field's name is its pointer with dots for slashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    name: String,
    how: How,
}

impl Answer {
    /// An answer of this field.
    pub(super) fn new(name: impl Into<String>, how: How) -> Self {
        Self { name: name.into(), how }
    }

    fn value(&self, sent: &Fields, before: &Value) -> Value {
        let said = sent.said(&self.name);
        match self.how {
            How::Text => said.map_or(Value::Null, Value::String),
            How::Number => said.map_or(Value::Null, |text| number(&text)),
            How::Words => {
                let words = said.unwrap_or_default();
                words.split([',', ' ']).map(str::trim).filter(|word| !word.is_empty()).map(Value::from).collect()
            }
            How::Many => sent.all(&self.name).into_iter().map(Value::from).collect(),
            How::Day => sent.date(&self.name).map_or(Value::Null, Value::String),
            How::Flag => Value::Bool(said.is_some()),
            How::YesNo => match said.as_deref() {
                Some("true") => Value::Bool(true),
                Some("false") => Value::Bool(false),
                Some(_) | None => Value::Null,
            },
            How::Rows(parts) => rows(&self.name, parts, (sent, before)),
        }
    }
}

/// What is no number stays as it was typed, so that it is refused at its field.
fn number(text: &str) -> Value {
    text.parse::<u64>().map_or_else(|_| Value::from(text), Value::from)
}

/// Rows that say something. What a row had before and no field asks for, such as its id, it keeps.
fn rows(name: &str, parts: &[&str], (sent, before): (&Fields, &Value)) -> Value {
    let held = before.pointer(&format!("/{}", name.replace('.', "/"))).and_then(Value::as_array);
    let count = held.map_or(0, Vec::len).max(10);
    let row = |at: usize| {
        let old = held.and_then(|rows| rows.get(at)).cloned();
        let asked = parts.iter().any(|part| sent.0.iter().any(|(field, _)| *field == format!("{name}.{at}.{part}")));
        if !asked {
            return old;
        }
        let mut made = match old {
            Some(Value::Object(members)) => members,
            Some(_) | None => Map::new(),
        };
        let mut says = false;
        for part in parts {
            match sent.said(&format!("{name}.{at}.{part}")) {
                Some(text) => {
                    says = true;
                    let value = if part.ends_with("_days") { number(&text) } else { Value::from(text) };
                    made.insert((*part).to_owned(), value);
                }
                None => {
                    made.remove(*part);
                }
            }
        }
        says.then_some(Value::Object(made))
    };
    (0..count).filter_map(row).collect()
}

/// The merge patch of what was typed.
pub(super) fn patch(answers: &[Answer], sent: &Fields, before: &Value) -> Value {
    let mut patch = json!({});
    for answer in answers {
        let mut at = &mut patch;
        for part in answer.name.split('.') {
            if !at.is_object() {
                *at = json!({});
            }
            let Value::Object(members) = at else { break };
            at = members.entry(part).or_insert(Value::Null);
        }
        *at = answer.value(sent, before);
    }
    patch
}

/// A request as the fields that its pages show.
pub(super) fn fields_of(request: &Value) -> Fields {
    let mut fields = Vec::new();
    collect("", request, &mut fields);
    Fields(fields)
}

/// Codes that are typed in one line.
const IN_ONE_LINE: [&str; 5] = ["scope.regions", "scope.groups", "scope.actions", "scope.agents", "affected_teams"];

fn collect(at: &str, value: &Value, fields: &mut Vec<(String, String)>) {
    let below = |name: &str| if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") };
    match value {
        Value::Null => {}
        Value::String(text) => {
            if let Some((year, month, day)) = day(at, text) {
                let part = |part: &str, text: &str| (format!("{at}-{part}"), text.trim_start_matches('0').to_owned());
                fields.extend([part("day", day), part("month", month), part("year", year)]);
            } else {
                fields.push((at.to_owned(), text.clone()));
            }
        }
        Value::Bool(_) | Value::Number(_) => fields.push((at.to_owned(), value.to_string())),
        Value::Array(items) if IN_ONE_LINE.contains(&at) => {
            let words: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            fields.push((at.to_owned(), words.join(", ")));
        }
        Value::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                let name = if item.is_object() { below(&place.to_string()) } else { at.to_owned() };
                collect(&name, item, fields);
            }
        }
        Value::Object(members) => members.iter().for_each(|(name, inner)| collect(&below(name), inner, fields)),
    }
}

/// The parts of a day that a page asks for in three fields.
fn day<'t>(at: &str, text: &'t str) -> Option<(&'t str, &'t str, &'t str)> {
    if at != "end" {
        return None;
    }
    let (date, _) = text.split_once('T')?;
    let (year, rest) = date.split_once('-')?;
    let (month, day) = rest.split_once('-')?;
    Some((year, month, day))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(pairs: &[(&str, &str)]) -> Fields {
        Fields(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn what_is_shown_and_sent_back_changes_nothing() {
        let request = json!({
            "title": "A", "scope": { "systems": [{ "id": "x", "name": "M", "vendor": "V" }], "regions": ["eu", "us"] },
            "end": "2026-03-02T00:00:00Z", "clauses": ["AIP-1", "AIP-2"], "screening": { "a": false },
            "controls": [{ "id": "c", "text": "T", "cadence_days": 30 }],
        });
        let answers = [
            Answer::new("title", How::Text),
            Answer::new("scope.systems", How::Rows(&["name", "vendor", "version"])),
            Answer::new("scope.regions", How::Words),
            Answer::new("end", How::Day),
            Answer::new("clauses", How::Many),
            Answer::new("screening.a", How::YesNo),
            Answer::new("controls", How::Rows(&["text", "owner", "cadence_days", "evidence"])),
        ];
        assert_eq!(patch(&answers, &fields_of(&request), &request), request);
    }

    #[test]
    fn what_is_left_empty_is_removed() {
        let answers = [Answer::new("scope.purpose", How::Text), Answer::new("duration_days", How::Number)];
        let made = patch(&answers, &sent(&[("scope.purpose", " "), ("duration_days", "x")]), &json!({}));
        assert_eq!(made, json!({ "scope": { "purpose": null }, "duration_days": "x" }));
    }
}
