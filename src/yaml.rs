//! Strict YAML for the documents that people write: bounded, no duplicate or unknown keys, and
//! every error with its line. It knows what a document is made of, never what it means.

use std::{collections::BTreeMap, fmt, sync::Arc};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, MapAccess, SeqAccess, Visitor},
};
use serde_saphyr::{Error, MergeKeyPolicy, Options, Spanned};

/// The longest document, in bytes.
pub const MAX_BYTES: usize = 256 * 1024;

/// What is wrong with a document, where, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}line {line}, column {column}: {}{message} ({hint})", within(.fragment.as_deref()), at(.pointer))]
pub struct DocumentError {
    /// The included fragment it stands in; absent: the document itself.
    pub fragment: Option<String>,
    /// The line, from 1; 0 when it concerns the document as a whole.
    pub line: u64,
    /// The column, from 1; 0 when it concerns the document as a whole.
    pub column: u64,
    /// The value, as a JSON Pointer (RFC 6901); empty when the text could not be read that far.
    pub pointer: String,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    pub hint: String,
}

fn within(fragment: Option<&str>) -> String {
    fragment.map_or_else(String::new, |name| format!("fragment {name}, "))
}

fn at(pointer: &str) -> String {
    if pointer.is_empty() { String::new() } else { format!("{pointer}: ") }
}

impl DocumentError {
    /// An error about the document as a whole.
    pub fn whole(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { fragment: None, line: 0, column: 0, pointer: String::new(), message: message.into(), hint: hint.into() }
    }

    /// The same error, known to stand in a fragment.
    #[must_use]
    pub fn in_fragment(mut self, name: &str) -> Self {
        self.fragment = Some(name.to_owned());
        self
    }
}

/// Reads a document strictly.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, DocumentError> {
    if text.len() > MAX_BYTES {
        return Err(DocumentError::whole(
            format!("the document has {} bytes", text.len()),
            format!("at most {MAX_BYTES} bytes; move shared steps into fragments"),
        ));
    }
    serde_saphyr::from_str_with_options(text, options()).map_err(|error| explain(&error))
}

/// Depth and size are those of a long procedure times ten; aliases may repeat, not multiply.
fn options() -> Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: 32,
            max_events: 100_000,
            max_nodes: 50_000,
            max_documents: 1,
            max_aliases: 100,
            max_anchors: 100,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: 10_000,
            max_replay_stack_depth: 8,
        },
        merge_keys: MergeKeyPolicy::Error,
        strict_booleans: true,
        with_snippet: false,
    }
}

fn explain(error: &Error) -> DocumentError {
    let (line, column) = error.location().map_or((0, 0), |place| (place.line(), place.column()));
    let whole = error.without_snippet().to_string();
    DocumentError {
        fragment: None,
        line,
        column,
        pointer: String::new(),
        message: without_place(&whole).to_owned(),
        hint: hint(error.without_snippet()),
    }
}

/// The reader appends the place to its message; here it has fields of its own.
fn without_place(message: &str) -> &str {
    let first = message.lines().next().unwrap_or(message);
    first.rfind(" at line ").and_then(|end| first.get(..end)).unwrap_or(first)
}

fn hint(error: &Error) -> String {
    if let Error::SerdeUnknownField { expected, .. } = error {
        format!("known keys: {}", expected.join(", "))
    } else if let Error::SerdeUnknownVariant { expected, .. } = error {
        format!("one of: {}", expected.join(", "))
    } else if let Error::SerdeMissingField { field, .. } = error {
        format!("add `{field}`")
    } else if matches!(error, Error::DuplicateMappingKey { .. }) {
        "a key may stand once; remove one of them".to_owned()
    } else {
        "compare with a document that ships with Proviso".to_owned()
    }
}

/// Where each value of a document stands.
#[derive(Debug, Clone)]
pub struct Place {
    line: u64,
    column: u64,
    fragment: Option<Arc<str>>,
    inside: Inside,
}

#[derive(Debug, Clone)]
enum Inside {
    Scalar,
    Items(Vec<Place>),
    Fields(BTreeMap<String, Place>),
}

impl Place {
    /// An error at `pointer`, placed at the nearest value that the text has.
    pub fn error(&self, pointer: &str, message: String, hint: String) -> DocumentError {
        let place = self.nearest(pointer);
        DocumentError {
            fragment: place.fragment.as_deref().map(str::to_owned),
            line: place.line,
            column: place.column,
            pointer: pointer.to_owned(),
            message,
            hint,
        }
    }

    /// The same places, known to stand in a fragment.
    #[must_use]
    pub fn in_fragment(mut self, name: &Arc<str>) -> Self {
        self.fragment = Some(Arc::clone(name));
        self.inside = match self.inside {
            Inside::Scalar => Inside::Scalar,
            Inside::Items(items) => Inside::Items(items.into_iter().map(|p| p.in_fragment(name)).collect()),
            Inside::Fields(fields) => {
                Inside::Fields(fields.into_iter().map(|(key, p)| (key, p.in_fragment(name))).collect())
            }
        };
        self
    }

    /// Puts the lists of `other` before the lists below `key`, as an inclusion does with their content.
    pub fn prepend(&mut self, key: &str, other: Self) {
        if let Inside::Fields(fields) = &mut self.inside
            && let Some(own) = fields.get_mut(key)
        {
            own.take_in(other);
        }
    }

    fn take_in(&mut self, other: Self) {
        match (&mut self.inside, other.inside) {
            (Inside::Items(own), Inside::Items(items)) => {
                own.splice(0..0, items);
            }
            (Inside::Fields(own), Inside::Fields(fields)) => {
                for (key, place) in fields {
                    if let Some(mine) = own.get_mut(&key) {
                        mine.take_in(place);
                    } else {
                        own.insert(key, place);
                    }
                }
            }
            (Inside::Scalar | Inside::Items(_) | Inside::Fields(_), _) => {}
        }
    }

    fn nearest(&self, pointer: &str) -> &Self {
        let mut place = self;
        for part in pointer.split('/').skip(1) {
            let below = match &place.inside {
                Inside::Scalar => None,
                Inside::Items(items) => part.parse().ok().and_then(|at: usize| items.get(at)),
                Inside::Fields(fields) => fields.get(&part.replace("~1", "/").replace("~0", "~")),
            };
            match below {
                Some(next) => place = next,
                None => break,
            }
        }
        place
    }
}

impl<'de> Deserialize<'de> for Place {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Inside>::deserialize(deserializer)?;
        Ok(Self {
            line: spanned.referenced.line(),
            column: spanned.referenced.column(),
            fragment: None,
            inside: spanned.value,
        })
    }
}

impl<'de> Deserialize<'de> for Inside {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyShape)
    }
}

struct AnyShape;

impl<'de> Visitor<'de> for AnyShape {
    type Value = Inside;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Inside, E> {
        Ok(Inside::Scalar)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Inside, E> {
        Ok(Inside::Scalar)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Inside, E> {
        Ok(Inside::Scalar)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Inside, E> {
        Ok(Inside::Scalar)
    }

    fn visit_str<E>(self, _: &str) -> Result<Inside, E> {
        Ok(Inside::Scalar)
    }

    fn visit_unit<E>(self) -> Result<Inside, E> {
        Ok(Inside::Scalar)
    }

    fn visit_none<E>(self) -> Result<Inside, E> {
        Ok(Inside::Scalar)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Inside, A::Error> {
        let mut places = Vec::new();
        while let Some(place) = items.next_element()? {
            places.push(place);
        }
        Ok(Inside::Items(places))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Inside, A::Error> {
        let mut places = BTreeMap::new();
        while let Some((key, place)) = fields.next_entry()? {
            places.insert(key, place);
        }
        Ok(Inside::Fields(places))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_found_and_unknown_ones_fall_back_to_their_parent() {
        let places: Place = read("a:\n  b: 1\n  c/d:\n    - x\n    - {y: z}\n").expect("YAML");
        let line = |pointer: &str| places.error(pointer, String::new(), String::new()).line;
        assert_eq!(line("/a/b"), 2);
        assert_eq!(line("/a/c~1d/0"), 4);
        assert_eq!(line("/a/c~1d/1/y"), 5);
        assert_eq!(line("/a/c~1d/9"), line("/a/c~1d"));
    }

    #[test]
    fn the_lists_of_a_fragment_come_first() {
        let mut own: Place = read("steps:\n  list: [a]\n").expect("YAML");
        let other: Place = read("list:\n  - b\n").expect("YAML");
        own.prepend("steps", other.in_fragment(&Arc::from("shared")));
        let first = own.error("/steps/list/0", String::new(), String::new());
        let second = own.error("/steps/list/1", String::new(), String::new());
        assert_eq!((first.fragment.as_deref(), first.line), (Some("shared"), 2));
        assert_eq!((second.fragment, second.line), (None, 2));
    }

    #[test]
    fn a_bomb_of_aliases_is_refused() {
        let levels = (1..9).map(|level| {
            let below = format!("*a{},", level - 1).repeat(10);
            format!("a{level}: &a{level} [{below}]\n")
        });
        let bomb = format!("a0: &a0 [{}]\n{}", "x,".repeat(10), levels.collect::<String>());
        assert!(read::<Place>(&bomb).is_err());
    }

    #[test]
    fn size_depth_and_second_documents_are_bounded() {
        let long = format!("a: {}", "x".repeat(MAX_BYTES));
        assert!(read::<Place>(&long).is_err());
        assert!(read::<Place>(&"[".repeat(5_000)).is_err());
        assert!(read::<Place>(&format!("{}{}", "[".repeat(40), "]".repeat(40))).is_err());
        assert!(read::<Place>("a: 1\n---\nb: 2\n").is_err());
    }
}
