//! The messages of both languages, read once. A message that German lacks is said in English; a test
//! refuses that there is one.

use std::sync::LazyLock;

use fluent_bundle::{FluentArgs, FluentError, FluentResource, concurrent::FluentBundle};
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
    "concerns" "batches" "imports" "operations" "register" "people" "forms" "citations" "refusals" "codes"
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
    let said = [own, &*IN_ENGLISH].into_iter().find_map(|bundle| worded(bundle, (key, arguments), &mut wrong));
    #[cfg(test)]
    super::testkit::hear(key, own.has_message(key) && wrong.is_empty());
    said
}

/// The English message of this key, as what it says and not as something that is said.
pub(super) fn in_english(key: &str, arguments: &FluentArgs<'_>) -> Option<String> {
    worded(&IN_ENGLISH, (key, arguments), &mut Vec::new())
}

fn worded(bundle: &Bundle, (key, arguments): (&str, &FluentArgs<'_>), wrong: &mut Vec<FluentError>) -> Option<String> {
    let pattern = bundle.get_message(key)?.value()?;
    Some(bundle.format_pattern(pattern, Some(arguments), wrong).into_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::tongue::testkit::{keys, sources_of};
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

    #[test]
    fn whatever_is_said_has_a_message() {
        let said = |text: &str| -> Vec<String> {
            let calls = ["say(\"", "say(language, \""];
            let rests = calls.iter().flat_map(|call| text.split(call).skip(1));
            rests.map(|rest| rest.split('"').next().unwrap_or_default().to_owned()).collect()
        };
        let parts = ["src/tongue.rs", "src/web/pages", "src/notify"];
        let found: BTreeSet<String> =
            parts.iter().flat_map(|part| sources_of(part)).flat_map(|text| said(&text)).collect();
        let known = keys(ENGLISH);
        let missing: Vec<_> = found.iter().filter(|key| !known.contains_key(*key)).collect();
        assert!(!found.is_empty() && missing.is_empty(), "{missing:?}");
    }

    /// Whatever stands between quotation marks, or between one and the brace where something is put in.
    fn quoted(text: &str) -> Vec<String> {
        let pieces = text.split('"').filter(|piece| !piece.contains(char::is_whitespace));
        pieces.map(|piece| piece.split_inclusive('{').next().unwrap_or_default().replace('.', "_")).collect()
    }

    /// Is this a whole code, or the beginning of one?
    fn names(literals: &BTreeSet<String>, code: &str) -> bool {
        let mut beginnings = code.char_indices().skip(1).map(|(at, _)| format!("{}{{", code.split_at(at).0));
        literals.contains(code) || code.parse::<u32>().is_ok() || beginnings.any(|begun| literals.contains(&begun))
    }

    #[test]
    fn no_message_is_left_over() {
        let literals: BTreeSet<String> = sources_of("src").iter().flat_map(|text| quoted(text)).collect();
        let of_letters = crate::tongue::testkit::of_letters();
        let said = |key: &str| {
            let mut parts = key.match_indices('-').map(|(at, _)| (key.split_at(at).0, key.split_at(at + 1).1));
            let named = |(group, code): (&str, &str)| {
                (literals.contains(group) || literals.contains(&format!("{group}-{{"))) && names(&literals, code)
            };
            // What letters say, a test of theirs hears; what is told of rules, one of `cited` finds.
            let told = key.starts_with("cited-") || key.starts_with("told-");
            told || of_letters.contains(key) || literals.contains(key) || parts.any(named)
        };
        let unsaid: Vec<_> = keys(ENGLISH).into_keys().filter(|key| !said(key)).collect();
        assert!(unsaid.is_empty(), "{unsaid:?}");
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
