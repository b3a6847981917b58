//! Listening to what is said: which messages a test made somebody say, and which of them were not whole.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
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
