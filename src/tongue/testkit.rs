//! Listening to what is said: which messages a test made somebody say, and which of them were not whole.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use fluent_bundle::FluentResource;

use super::catalog::{ENGLISH, NAMES};

thread_local! {
    static HEARD: RefCell<BTreeMap<String, bool>> = const { RefCell::new(BTreeMap::new()) };
}

/// A message was asked for; was it said in the language that was asked for, with all that stands in it?
pub(super) fn hear(key: &str, whole: bool) {
    HEARD.with_borrow_mut(|heard| {
        let before = heard.entry(key.to_owned()).or_insert(true);
        *before = *before && whole;
    });
}

/// The messages that `tell` says, and whether each was whole whenever it was said.
pub(crate) fn heard(tell: impl FnOnce()) -> BTreeMap<String, bool> {
    HEARD.take();
    tell();
    HEARD.take()
}

/// The keys of the letters' files.
pub(crate) fn of_letters() -> BTreeSet<String> {
    let files = NAMES.iter().zip(ENGLISH).filter(|(name, _)| name.starts_with("letters-"));
    keys(&files.map(|(_, text)| *text).collect::<Vec<_>>()).into_keys().collect()
}

/// The keys of these files, each with its arguments.
pub(crate) fn keys(files: &[&str]) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for text in files {
        assert!(FluentResource::try_new((*text).to_owned()).is_ok(), "a file cannot be read");
        let mut at = String::new();
        for line in text.lines() {
            let begins = line.starts_with(|first: char| first.is_ascii_alphabetic());
            if let Some((key, _)) = line.split_once('=').filter(|_| begins) {
                key.trim().clone_into(&mut at);
                assert!(found.insert(at.clone(), BTreeSet::new()).is_none(), "{at} stands twice");
            }
            let arguments = line.split('$').skip(1).map(|rest| {
                rest.chars().take_while(|one| one.is_ascii_alphanumeric() || "-_".contains(*one)).collect()
            });
            found.entry(at.clone()).or_default().extend(arguments);
        }
    }
    found.remove("");
    found
}

/// The sources below a path, without their tests.
fn sources(path: &Path) -> Vec<String> {
    if path.file_name().is_some_and(|name| name == "tests" || name == "tests.rs") {
        return Vec::new();
    }
    if path.is_dir() {
        let within = fs::read_dir(path).expect("a folder").map(|entry| entry.expect("an entry").path());
        return within.flat_map(|path| sources(&path)).collect();
    }
    let text = fs::read_to_string(path).unwrap_or_default();
    vec![text.split("\nmod tests {").next().unwrap_or_default().to_owned()]
}

/// The sources of a part of the crate, without their tests.
pub(super) fn sources_of(part: &str) -> Vec<String> {
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join(part))
}

/// The text among the arguments that `rest` begins with: the first that is not a rule's number.
pub(super) fn text_given(rest: &str) -> Option<String> {
    let mut depth = 1_u32;
    let mut texts: Vec<String> = Vec::new();
    for (at, part) in rest.split('"').enumerate() {
        if at % 2 == 1 {
            texts.push(part.to_owned());
            continue;
        }
        for one in part.chars() {
            depth = if one == '(' { depth + 1 } else { depth - u32::from(one == ')') };
            if depth == 0 {
                return texts.into_iter().find(|text| text.contains(' '));
            }
        }
    }
    None
}

/// A text of the sources with every place in it as one mark.
pub(super) fn outline(text: &str) -> String {
    let mut outlined = String::new();
    for (at, part) in text.replace("{{", "\u{1}").split('{').enumerate() {
        let rest = if at == 0 { part } else { part.split_once('}').map_or(part, |(_, rest)| rest) };
        outlined.push_str(if at == 0 { "" } else { "\u{0}" });
        outlined.push_str(rest);
    }
    outlined.replace('\u{1}', "{").replace("}}", "}")
}
