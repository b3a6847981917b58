//! Why something was refused, as pages say it: in English as programs are answered, else in the reader's language,
//! with the same facts where there are words for that very sentence, and by its code where there are none.

use super::text::Tongue;
use crate::{
    domain::exception::Reason,
    tongue::sentence,
    web::problem::{FieldError, Problem},
    words::Language,
};

/// What happened this time.
pub(super) fn told(problem: &Problem, tongue: Tongue) -> String {
    worded(&problem.told(), problem.code(), tongue)
}

/// What is wrong with a field.
pub(super) fn field(error: &FieldError, tongue: Tongue) -> String {
    worded(&error.detail, &error.code, tongue)
}

/// What a gate or the service found missing, and how to mend it. A procedure's own words stay as they are.
pub(super) fn reason(reason: &Reason, tongue: Tongue) -> String {
    let said = |text: &String| own(text, tongue).unwrap_or_else(|| text.clone());
    [&reason.text, &reason.remedy].map(said).join(" ").trim().to_owned()
}

fn worded(text: &str, code: &str, tongue: Tongue) -> String {
    if tongue.language == Language::En {
        return text.to_owned();
    }
    let by_code = || tongue.name("mend", code).known().map(|said| said.to_string());
    own(text, tongue).or_else(by_code).unwrap_or_else(|| text.to_owned())
}

/// How many words the first of two sentences has at most.
const MOST_WORDS: usize = 30;

/// A sentence of the service, or two of them one after the other.
fn own(text: &str, tongue: Tongue) -> Option<String> {
    if tongue.language == Language::En {
        return None;
    }
    let two = |at: usize| {
        let (first, then) = text.split_at_checked(at)?;
        let (first, then) = (tongue.retold(first)?, tongue.retold(then.trim_start())?);
        Some(format!("{} {}", sentence(&first), sentence(&then)))
    };
    let whole = tongue.retold(text).map(|said| sentence(&said));
    whole.or_else(|| text.match_indices(' ').take(MOST_WORDS).find_map(|(at, _)| two(at)))
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;
    use crate::{
        web::problem::codes,
        words::{Facts, Zone},
    };

    fn german() -> Tongue {
        Tongue { language: Language::De, zone: Zone::UTC }
    }

    fn because(text: &str, remedy: &str) -> Reason {
        let (text, remedy) = (text.to_owned(), remedy.to_owned());
        Reason { code: "c".to_owned(), gate: None, pointer: None, looked_at: Facts::new(), text, remedy }
    }

    #[test]
    fn a_refusal_is_told_in_the_readers_language() {
        let problem = Problem::new(codes::LIMIT_REACHED, "the procedure's limit is reached: extensions (2)");
        assert_eq!(told(&problem, german()), "Die Grenze des Verfahrens ist erreicht: Verlängerungen (2).");
        let english = Tongue { language: Language::En, ..german() };
        assert_eq!(told(&problem, english), problem.told());
        let odd = Problem::field(codes::INVALID_TYPE, "/days", "invalid type: string, expected u32");
        assert_eq!(field(&odd.errors()[0], german()), "Der Wert ist nicht von der Art, die hier erwartet wird.");
    }

    #[test]
    fn a_procedures_own_words_stay_as_they_are() {
        let (gate, ours) = (because("A gate.", "Mend it."), because("the procedure asks for `/a`", "fill in `/a`"));
        assert_eq!(reason(&gate, german()), "A gate. Mend it.");
        assert_eq!(reason(&ours, german()), "Das Verfahren fragt nach `/a`. Füllen Sie `/a` aus.");
    }

    #[test]
    fn every_code_is_explained_in_both_languages() {
        for known in codes::ALL {
            for language in [Language::En, Language::De] {
                let tongue = Tongue { language, ..german() };
                let said =
                    ["code", "mend"].map(|group| tongue.name(group, known.code).known().map(|said| said.to_string()));
                let [Some(title), Some(text)] = said else { panic!("{} has no words", known.code) };
                let ours = (title.as_str(), text.as_str()) == (known.title, known.text);
                assert_eq!(ours, language == Language::En, "{}", known.code);
            }
        }
    }

    /// The codes in the sources below a folder that a field is refused with.
    fn given(folder: &Path) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                found.extend(given(&path));
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let text = text.split("\nmod tests {").next().unwrap();
            let quoted = |rest: &str, at: usize| rest.split('"').nth(at).unwrap_or_default().to_owned();
            let members =
                text.split("code: \"").skip(1).filter(|rest| rest.split_once('"').unwrap().1.starts_with(','));
            found.extend(members.map(|rest| quoted(rest, 0)));
            let calls = text.split("invalid(").skip(1).filter(|rest| rest.trim_start().starts_with('"'));
            found.extend(calls.map(|rest| quoted(rest, 3)));
            let tiers = text.split("invalid_tier(").skip(1).filter(|rest| rest.starts_with('"'));
            found.extend(tiers.map(|rest| quoted(rest, 1)));
        }
        found
    }

    #[test]
    fn every_code_that_a_rule_refuses_with_is_explained() {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let found: BTreeSet<String> = ["domain", "desk"].iter().flat_map(|part| given(&source.join(part))).collect();
        let odd: Vec<_> = found.iter().filter(|code| codes::find(code).is_none()).collect();
        assert!(found.len() > 50 && odd.is_empty(), "of {} without words: {odd:?}", found.len());
    }
}
