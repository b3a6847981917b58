//! A text with places in it, for one of three destinations, each of which makes a value inert in its own way;
//! and JSON whose texts are such templates. It knows no field: who may be named is checked by its owner.

use std::{collections::BTreeSet, sync::LazyLock};

use minijinja::{
    Environment, Error, ErrorKind, Template,
    value::{Serde, Value as Found, ValueKind},
};
use serde_json::{Map, Value};

/// Elementary steps of one rendering, at most.
const FUEL: u64 = 10_000;
/// The longest text that a template may give, in bytes.
const MOST_BYTES: usize = 200_000;
/// The longest template, in characters.
const MOST_CHARS: usize = 4_000;

/// Where a text goes: what would end or escape it there is made inert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Into a JSON text; the structure around it is not text, so nothing has to be escaped.
    Json,
    /// Into a URL's path or query: percent-encoded but for RFC 3986's unreserved characters.
    Url,
    /// Into a header: one line of visible ASCII and spaces (RFC 9110 §5.5).
    Header,
}

/// A text with places in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    source: String,
    place: Place,
    /// Is it one expression alone, whose value keeps its type?
    whole: Option<String>,
    names: BTreeSet<String>,
}

/// A condition: an expression that holds where its value is neither empty nor absent nor false.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Test {
    source: String,
    names: BTreeSet<String>,
}

/// JSON whose texts are templates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// A text; where it is one expression alone, whatever that gives.
    Text(Text),
    /// Members, each by its name. One that gives nothing is left out.
    Object(Vec<(String, Shape)>),
    /// Items. One that gives nothing is left out.
    Array(Vec<Shape>),
    /// What is the same every time.
    Constant(Value),
}

/// Why a template is refused, or could not be filled in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadTemplate(pub String);

static JSON: LazyLock<Environment<'static>> = LazyLock::new(|| environment(Place::Json));
static URL: LazyLock<Environment<'static>> = LazyLock::new(|| environment(Place::Url));
static HEADER: LazyLock<Environment<'static>> = LazyLock::new(|| environment(Place::Header));

impl Place {
    fn environment(self) -> &'static Environment<'static> {
        match self {
            Self::Json => &JSON,
            Self::Url => &URL,
            Self::Header => &HEADER,
        }
    }

    /// The text as this place takes it.
    fn inert(self, text: &str) -> String {
        match self {
            Self::Json => text.to_owned(),
            Self::Url => percent(text),
            Self::Header => text.chars().map(header_char).collect(),
        }
    }
}

fn percent(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            encoded.extend(['%', hex(byte >> 4), hex(byte & 15)]);
        }
    }
    encoded
}

/// The digit of four bits, as RFC 3986 §2.1 prefers it.
fn hex(half: u8) -> char {
    char::from_digit(u32::from(half), 16).unwrap_or('0').to_ascii_uppercase()
}

fn header_char(one: char) -> char {
    if one.is_control() {
        ' '
    } else if one.is_ascii() {
        one
    } else {
        '?'
    }
}

/// Nothing is known in it but these few filters: no function, no loader, no other template.
fn environment(place: Place) -> Environment<'static> {
    let mut env = Environment::empty();
    env.set_fuel(Some(FUEL));
    env.set_formatter(move |out, _state, value| {
        let text = plain(value)?;
        out.write_str(&place.inert(&text)).map_err(Error::from)
    });
    env.add_filter("default", |value: Found, other: Found| if value.is_true() { value } else { other });
    env.add_filter("lower", str::to_lowercase);
    env.add_filter("upper", str::to_uppercase);
    env.add_filter("line", line);
    env.add_filter("cut", cut);
    env.add_filter("join", |items: Vec<String>, between: String| items.join(&between));
    env
}

/// One line of at most so many characters.
fn line(text: &str, most: usize) -> String {
    let plain: String = text.chars().map(|one| if one.is_control() { ' ' } else { one }).collect();
    cut(&plain.split_whitespace().collect::<Vec<_>>().join(" "), most)
}

fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// A value as a text: nothing for what is absent, a list by its items.
#[expect(clippy::wildcard_enum_match_arm, reason = "another crate's kinds, of which there may be more")]
fn plain(value: &Found) -> Result<String, Error> {
    match value.kind() {
        ValueKind::Undefined | ValueKind::None => Ok(String::new()),
        ValueKind::Bool | ValueKind::Number | ValueKind::String => Ok(value.to_string()),
        ValueKind::Seq => {
            let items: Result<Vec<String>, Error> = value.try_iter()?.map(|item| plain(&item)).collect();
            Ok(items?.join(", "))
        }
        _ => Err(Error::new(ErrorKind::InvalidOperation, "it is no text; name one of its fields")),
    }
}

impl Text {
    /// Reads a template for its place. Text without places is taken as it is.
    pub fn read(source: &str, place: Place) -> Result<Self, BadTemplate> {
        bounded(source)?;
        let env = place.environment();
        let template = env.template_from_str(source).map_err(|error| bad(&error))?;
        let names: BTreeSet<String> = template.undeclared_variables(true).into_iter().collect();
        tried(&template, &names)?;
        let whole = alone(source).filter(|expression| env.compile_expression(expression).is_ok());
        Ok(Self { source: source.to_owned(), place, whole: whole.map(str::to_owned), names })
    }

    /// What it names, by whole paths.
    pub fn names(&self) -> &BTreeSet<String> {
        &self.names
    }

    /// As it was written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Filled in.
    pub fn fill(&self, with: &Value) -> Result<String, BadTemplate> {
        let filled = self.place.environment().render_str(&self.source, Serde(with));
        let text = filled.map_err(|error| bad(&error))?;
        if text.len() > MOST_BYTES {
            return Err(BadTemplate(format!("it gives more than {MOST_BYTES} bytes")));
        }
        Ok(text)
    }

    /// Filled in, with its type where it is one expression alone; `None` where that gives nothing.
    fn value(&self, with: &Value) -> Result<Option<Value>, BadTemplate> {
        let Some(expression) = &self.whole else { return Ok(Some(Value::String(self.fill(with)?))) };
        let compiled = self.place.environment().compile_expression(expression).map_err(|error| bad(&error))?;
        let found = compiled.eval(Serde(with)).map_err(|error| bad(&error))?;
        let value = serde_json::to_value(&found).map_err(|error| BadTemplate(error.to_string()))?;
        Ok(Some(value).filter(|value| !value.is_null()))
    }
}

impl Test {
    /// Reads a condition.
    pub fn read(source: &str) -> Result<Self, BadTemplate> {
        bounded(source)?;
        let compiled = JSON.compile_expression(source).map_err(|error| bad(&error))?;
        Ok(Self { source: source.to_owned(), names: compiled.undeclared_variables(true).into_iter().collect() })
    }

    /// What it names, by whole paths.
    pub fn names(&self) -> &BTreeSet<String> {
        &self.names
    }

    /// Does it hold?
    pub fn holds(&self, with: &Value) -> Result<bool, BadTemplate> {
        let compiled = JSON.compile_expression(&self.source).map_err(|error| bad(&error))?;
        compiled.eval(Serde(with)).map(|found| found.is_true()).map_err(|error| bad(&error))
    }
}

impl Shape {
    /// Reads JSON whose texts are templates; an error names the place by its JSON Pointer.
    pub fn read(value: &Value) -> Result<Self, (String, BadTemplate)> {
        let below = |name: &str, (pointer, error)| (format!("/{}{pointer}", escaped(name)), error);
        Ok(match value {
            Value::String(text) => Self::Text(Text::read(text, Place::Json).map_err(|error| (String::new(), error))?),
            Value::Object(members) => {
                let read = |(name, value): (&String, &Value)| match Self::read(value) {
                    Ok(shape) => Ok((name.clone(), shape)),
                    Err(error) => Err(below(name, error)),
                };
                Self::Object(members.iter().map(read).collect::<Result<_, _>>()?)
            }
            Value::Array(items) => {
                let read = |(at, value): (usize, &Value)| Self::read(value).map_err(|e| below(&at.to_string(), e));
                Self::Array(items.iter().enumerate().map(read).collect::<Result<_, _>>()?)
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => Self::Constant(value.clone()),
        })
    }

    /// Every template in it.
    pub fn texts(&self) -> Vec<&Text> {
        match self {
            Self::Text(text) => vec![text],
            Self::Object(members) => members.iter().flat_map(|(_, shape)| shape.texts()).collect(),
            Self::Array(items) => items.iter().flat_map(Self::texts).collect(),
            Self::Constant(_) => Vec::new(),
        }
    }

    /// Filled in; `None` where it gives nothing. An object or a list that has lost everything in it is left out.
    pub fn fill(&self, with: &Value) -> Result<Option<Value>, BadTemplate> {
        Ok(match self {
            Self::Text(text) => text.value(with)?,
            Self::Constant(value) => Some(value.clone()),
            Self::Object(members) => {
                let mut filled = Map::new();
                for (name, shape) in members {
                    if let Some(value) = shape.fill(with)? {
                        filled.insert(name.clone(), value);
                    }
                }
                Some(Value::Object(filled)).filter(|object| object.as_object().is_some_and(|all| !all.is_empty()))
            }
            Self::Array(items) => {
                let filled: Result<Vec<Option<Value>>, BadTemplate> =
                    items.iter().map(|item| item.fill(with)).collect();
                let kept: Vec<Value> = filled?.into_iter().flatten().collect();
                (!kept.is_empty()).then_some(Value::Array(kept))
            }
        })
    }
}

/// A name within a JSON Pointer (RFC 6901 §3).
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// The expression of a text that is nothing else.
fn alone(source: &str) -> Option<&str> {
    let inner = source.trim().strip_prefix("{{")?.strip_suffix("}}")?;
    (!inner.contains("{{") && !inner.contains("}}")).then_some(inner.trim())
}

fn bounded(source: &str) -> Result<(), BadTemplate> {
    if source.chars().count() <= MOST_CHARS {
        return Ok(());
    }
    Err(BadTemplate(format!("a template has at most {MOST_CHARS} characters")))
}

/// Fills a template in with some text in every place, since an unknown filter shows only then.
fn tried(template: &Template<'_, '_>, names: &BTreeSet<String>) -> Result<(), BadTemplate> {
    let mut sample = Map::new();
    for name in names {
        put(&mut sample, name);
    }
    let unknown =
        [ErrorKind::UnknownFilter, ErrorKind::UnknownFunction, ErrorKind::UnknownTest, ErrorKind::UnknownMethod];
    let filled = template.render(Serde(&sample)).map(drop);
    filled.or_else(|error| if unknown.contains(&error.kind()) { Err(bad(&error)) } else { Ok(()) })
}

/// Puts some text at a path.
fn put(within: &mut Map<String, Value>, path: &str) {
    let Some((first, rest)) = path.split_once('.') else {
        within.entry(path).or_insert_with(|| "1".into());
        return;
    };
    let slot = within.entry(first).or_insert(Value::Null);
    if !slot.is_object() {
        *slot = Value::Object(Map::new());
    }
    if let Value::Object(inner) = slot {
        put(inner, rest);
    }
}

/// What is wrong, in one line and without the values that it was filled in with.
fn bad(error: &Error) -> BadTemplate {
    let detail = error.detail().map(|detail| format!(": {detail}")).unwrap_or_default();
    let line = format!("{}{detail}", error.kind());
    BadTemplate(line.lines().next().unwrap_or_default().chars().take(200).collect())
}

#[cfg(test)]
mod tests;
