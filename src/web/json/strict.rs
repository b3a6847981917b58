//! Reads JSON strictly: no key twice, nothing after the value, and a JSON Pointer (RFC 6901) to
//! whatever is wrong. It knows neither requests nor what the values mean.

use std::{
    cell::{Cell, RefCell},
    fmt,
};

use serde::de::{self, DeserializeOwned, DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use serde_path_to_error::Segment;

use super::value::Strict;
use crate::web::problem::{Problem, codes};

/// How much of a message that may repeat what was sent is told.
const MAX_DETAIL: usize = 300;

/// The value that `bytes` are the JSON text of.
pub fn parse(bytes: &[u8]) -> Result<Value, Problem> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        Problem::new(codes::MALFORMED_JSON, format!("not UTF-8 after byte {}", error.valid_up_to()))
    })?;
    let trail = Trail::default();
    let mut reader = serde_json::Deserializer::from_str(text);
    let read = Node(&trail).deserialize(&mut reader);
    read.and_then(|value| reader.end().map(|()| value)).map_err(|error| {
        let kind = if trail.twice.get() { codes::DUPLICATE_KEY } else { codes::MALFORMED_JSON };
        Problem::field(kind, trail.pointer(), shortened(&error.to_string()))
    })
}

/// The value as a `T`, or the field that does not fit.
pub fn typed<T: DeserializeOwned>(value: Value) -> Result<T, Problem> {
    serde_path_to_error::deserialize(Strict(value)).map_err(|error| {
        let pointer = pointer_of(error.path());
        misfit(&pointer, &error.inner().to_string())
    })
}

fn pointer_of(path: &serde_path_to_error::Path) -> String {
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => pointer.push_str(&step(&index.to_string())),
            Segment::Map { key } => pointer.push_str(&step(key)),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    pointer
}

/// One reference token of a pointer, escaped.
pub fn step(key: &str) -> String {
    format!("/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// Tells by serde's message what is wrong at `pointer`.
fn misfit(pointer: &str, message: &str) -> Problem {
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let named = quoted.first().copied().unwrap_or_default();
    if message.starts_with("unknown field") {
        let parent = pointer.strip_suffix(step(named).as_str()).unwrap_or(pointer);
        let known = quoted.get(1..).unwrap_or_default();
        return Problem::field(codes::UNKNOWN_FIELD, format!("{parent}{}", step(named)), nearest(named, known));
    }
    if message.starts_with("missing field") {
        return Problem::field(codes::REQUIRED, format!("{pointer}{}", step(named)), "this field is needed");
    }
    let kind = if message.starts_with("invalid type") { codes::INVALID_TYPE } else { codes::INVALID_VALUE };
    Problem::field(kind, pointer, shortened(message))
}

fn nearest(named: &str, known: &[&str]) -> String {
    let best = known.iter().map(|name| (strsim::jaro_winkler(named, name), name)).max_by(|a, b| a.0.total_cmp(&b.0));
    match best.filter(|(likeness, _)| *likeness > 0.75) {
        Some((_, name)) => format!("there is no such field; did you mean `{name}`?"),
        None if known.is_empty() => "this request has no fields".to_owned(),
        None => format!("there is no such field; known are {}", known.join(", ")),
    }
}

fn shortened(message: &str) -> String {
    message.chars().take(MAX_DETAIL).collect()
}

/// Where reading has come to.
#[derive(Default)]
struct Trail {
    path: RefCell<Vec<String>>,
    twice: Cell<bool>,
}

impl Trail {
    fn pointer(&self) -> String {
        self.path.borrow().iter().map(|key| step(key)).collect()
    }

    /// Reads one part below `key`; after a failure the trail ends there.
    fn below<T, E>(&self, key: String, read: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        self.path.borrow_mut().push(key);
        let value = read()?;
        self.path.borrow_mut().pop();
        Ok(value)
    }
}

struct Node<'t>(&'t Trail);

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: de::Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = self.0.below(items.len().to_string(), || seq.next_element_seed(Node(self.0)))? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            let twice = members.contains_key(&key);
            let value = self.0.below(key.clone(), || {
                self.0.twice.set(twice);
                if twice {
                    Err(de::Error::custom("this key is given twice"))
                } else {
                    map.next_value_seed(Node(self.0))
                }
            })?;
            members.insert(key, value);
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::ResponseError;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Body {
        title: String,
        days: Option<u32>,
        #[serde(default)]
        parts: Vec<Part>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Part {
        name: String,
    }

    fn told(text: &str) -> (u16, String) {
        let problem = parse(text.as_bytes()).and_then(typed::<Body>).expect_err(text);
        let answer: Value = serde_json::from_str(&problem.body_text()).expect("JSON");
        let error = &answer["errors"][0];
        let place = format!("{} {}", error["code"].as_str().unwrap_or("-"), error["pointer"].as_str().unwrap_or("-"));
        (problem.status_code().as_u16(), place)
    }

    #[test]
    fn each_mistake_is_told_with_its_place() {
        for (text, status, place) in [
            ("{", 400, "malformed_json "),
            ("", 400, "malformed_json "),
            ("{\"title\": tru", 400, "malformed_json /title"),
            ("{\"parts\": [{\"name\": \"a\"}, {]}", 400, "malformed_json /parts/1"),
            ("{\"title\": \"a\"} {}", 400, "malformed_json "),
            ("{\"title\": \"a\", \"title\": \"b\"}", 400, "duplicate_key /title"),
            ("{\"parts\": [{\"a/b\": 1, \"a/b\": 2}]}", 400, "duplicate_key /parts/0/a~1b"),
            ("{\"title\": 7}", 422, "invalid_type /title"),
            ("{\"title\": \"a\", \"days\": -1}", 422, "invalid_value /days"),
            ("{\"title\": \"a\", \"parts\": [{\"name\": null}]}", 422, "invalid_type /parts/0/name"),
            ("{\"titel\": \"a\"}", 422, "unknown_field /titel"),
            ("{\"title\": \"a\", \"parts\": [{\"nmae\": 1}]}", 422, "unknown_field /parts/0/nmae"),
            ("{\"title\": \"a\", \"parts\": [{}]}", 422, "required /parts/0/name"),
            ("[]", 422, "invalid_type "),
            ("{\"title\": \"a\", \"days\": 1.5}", 422, "invalid_type /days"),
            ("{\"title\": \"a\", \"parts\": [[\"a\"]]}", 422, "invalid_type /parts/0"),
        ] {
            assert_eq!(told(text), (status, place.to_owned()), "{text}");
        }
    }

    #[test]
    fn the_nearest_field_is_named() {
        let problem = parse(b"{\"titel\": 1}").and_then(typed::<Body>).expect_err("unknown");
        assert!(problem.to_string().ends_with("did you mean `title`?"), "{problem}");
    }

    #[test]
    fn broken_utf8_and_endless_nesting_are_refused() {
        assert!(parse(b"{\"title\": \"\xff\"}").is_err());
        assert!(parse("[".repeat(100_000).as_bytes()).is_err());
    }
}
