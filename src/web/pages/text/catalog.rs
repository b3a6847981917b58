//! The messages of both languages, read once. A message that German lacks is said in English; a test
//! refuses that there is one.

use std::sync::LazyLock;

use fluent_bundle::{FluentArgs, FluentResource, concurrent::FluentBundle};
use unic_langid::LanguageIdentifier;

use crate::words::Language;

type Bundle = FluentBundle<FluentResource>;

/// The files of each language, in pairs.
macro_rules! files {
    ($($name:literal)+) => {
        const ENGLISH: &[&str] = &[$(include_str!(concat!("../../../../locales/en/", $name, ".ftl"))),+];
        const GERMAN: &[&str] = &[$(include_str!(concat!("../../../../locales/de/", $name, ".ftl"))),+];
    };
}

files! { "pages" "words" "record" "request" "desk" "work" "reports" "changes" "ledger" "sops" }

static IN_ENGLISH: LazyLock<Bundle> = LazyLock::new(|| bundle(Language::En, ENGLISH));
static IN_GERMAN: LazyLock<Bundle> = LazyLock::new(|| bundle(Language::De, GERMAN));

fn bundle(language: Language, files: &[&str]) -> Bundle {
    let tag: LanguageIdentifier = language.as_str().parse().unwrap_or_default();
    let mut bundle = Bundle::new_concurrent(vec![tag]);
    bundle.set_use_isolating(false);
    for text in files {
        // What cannot be read is left out, and a test says so.
        let read = FluentResource::try_new((*text).to_owned()).unwrap_or_else(|(read, _)| read);
        bundle.add_resource_overriding(read);
    }
    bundle
}

/// A message, if there is one of this key.
pub(super) fn message(language: Language, key: &str, arguments: &FluentArgs<'_>) -> Option<String> {
    let own = match language {
        Language::En => &*IN_ENGLISH,
        Language::De => &*IN_GERMAN,
    };
    [own, &*IN_ENGLISH].into_iter().find_map(|bundle| {
        let pattern = bundle.get_message(key)?.value()?;
        Some(bundle.format_pattern(pattern, Some(arguments), &mut Vec::new()).into_owned())
    })
}

#[cfg(test)]
mod tests {
    use std::{
        collections::{BTreeMap, BTreeSet},
        fs,
        path::Path,
    };

    use super::*;
    use crate::words::{DataClass, Dimension, Kind, Recommendation, Role, RoundKind, StateName, Step, Tier, Verb};

    /// The keys of a language, each with its arguments.
    fn keys(files: &[&str]) -> BTreeMap<String, BTreeSet<String>> {
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

    #[test]
    fn both_languages_say_the_same_things() {
        let (english, german) = (keys(ENGLISH), keys(GERMAN));
        let missing: Vec<_> = english.iter().filter(|(key, with)| german.get(*key) != Some(with)).collect();
        let more: Vec<_> = german.keys().filter(|key| !english.contains_key(*key)).collect();
        assert!(
            missing.is_empty() && more.is_empty(),
            "missing or otherwise in German: {missing:?}; only there: {more:?}"
        );
    }

    fn used(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                used(&path, found);
            } else if let Ok(text) = fs::read_to_string(&path) {
                let production = text.split("#[cfg(test)]").next().unwrap_or_default();
                for rest in production.split("say(\"").skip(1) {
                    found.insert(rest.split('"').next().unwrap_or_default().to_owned());
                }
            }
        }
    }

    #[test]
    fn whatever_is_said_has_a_message() {
        let mut found = BTreeSet::new();
        used(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web/pages"), &mut found);
        let known = keys(ENGLISH);
        let missing: Vec<_> = found.iter().filter(|key| !known.contains_key(*key)).collect();
        assert!(!found.is_empty() && missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn every_word_has_a_name() {
        let sets: [(&str, &[&str]); 10] = [
            ("state", StateName::CODES),
            ("tier", Tier::CODES),
            ("kind", Kind::CODES),
            ("role", Role::CODES),
            ("data", DataClass::CODES),
            ("dimension", Dimension::CODES),
            ("recommendation", Recommendation::CODES),
            ("round", RoundKind::CODES),
            ("step", Step::CODES),
            ("verb", Verb::CODES),
        ];
        let known = keys(ENGLISH);
        let wanted = sets.iter().flat_map(|(group, codes)| codes.iter().map(move |code| format!("{group}-{code}")));
        let missing: Vec<_> = wanted.filter(|key| !known.contains_key(key)).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
