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
        pub(super) const ENGLISH: &[&str] = &[$(include_str!(concat!("../../locales/en/", $name, ".ftl"))),+];
        pub(super) const GERMAN: &[&str] = &[$(include_str!(concat!("../../locales/de/", $name, ".ftl"))),+];
        #[cfg(test)]
        pub(super) const NAMES: &[&str] = &[$($name),+];
    };
}

files! {
    "pages" "words" "record" "request" "desk" "work" "reports" "changes" "ledger" "sops" "dossier"
    "letters-frame" "letters-notes" "letters-parts" "letters-request" "letters-life" "letters-work" "letters-late"
}

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

/// Is there a message of this key?
pub(super) fn knows(key: &str) -> bool {
    IN_ENGLISH.has_message(key)
}

/// A message, if there is one of this key.
pub(super) fn message(language: Language, key: &str, arguments: &FluentArgs<'_>) -> Option<String> {
    let own = match language {
        Language::En => &*IN_ENGLISH,
        Language::De => &*IN_GERMAN,
    };
    let mut wrong = Vec::new();
    let said = [own, &*IN_ENGLISH].into_iter().find_map(|bundle| {
        let pattern = bundle.get_message(key)?.value()?;
        Some(bundle.format_pattern(pattern, Some(arguments), &mut wrong).into_owned())
    });
    #[cfg(test)]
    super::testkit::hear(key, own.has_message(key) && wrong.is_empty());
    said
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;
    use crate::tongue::testkit::keys;
    use crate::words::{DataClass, Dimension, Kind, Recommendation, Role, RoundKind, StateName, Step, Tier, Verb};

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

    fn used(path: &Path, found: &mut BTreeSet<String>) {
        if path.is_dir() {
            for entry in fs::read_dir(path).expect("a folder") {
                used(&entry.expect("an entry").path(), found);
            }
        } else if let Ok(text) = fs::read_to_string(path) {
            let production = text.split("#[cfg(test)]").next().unwrap_or_default();
            for rest in ["say(\"", "say(language, \""].iter().flat_map(|said| production.split(said).skip(1)) {
                found.insert(rest.split('"').next().unwrap_or_default().to_owned());
            }
        }
    }

    #[test]
    fn whatever_is_said_has_a_message() {
        let mut found = BTreeSet::new();
        for part in ["src/tongue.rs", "src/web/pages", "src/notify"] {
            used(&Path::new(env!("CARGO_MANIFEST_DIR")).join(part), &mut found);
        }
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
