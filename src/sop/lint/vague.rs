//! Words that leave open what somebody has to do. A procedure that runs says who does what by when; where it says
//! "carefully", two people do two things.

use super::{FindingSort, Notes};
use crate::sop::{check, document::Document};

/// English and German, in small letters. What is found must stand by itself, not within another word.
const VAGUE: &[&str] = &[
    "carefully",
    "appropriate",
    "appropriately",
    "reasonable",
    "reasonably",
    "adequate",
    "adequately",
    "sufficiently",
    "suitably",
    "timely",
    "promptly",
    "properly",
    "as needed",
    "as necessary",
    "if necessary",
    "where possible",
    "if possible",
    "as soon as possible",
    "asap",
    "in due course",
    "best effort",
    "best efforts",
    "etc",
    "and so on",
    "usually",
    "normally",
    "generally",
    "regularly",
    "from time to time",
    "significant",
    "significantly",
    "sorgfältig",
    "angemessen",
    "angemessene",
    "angemessenen",
    "gegebenenfalls",
    "ggf",
    "zeitnah",
    "möglichst",
    "nach möglichkeit",
    "in der regel",
    "regelmäßig",
    "ausreichend",
    "usw",
];

const HINT: &str = "say what is to be done, by whom, by when, or from which number on";

/// Notes each text with the first vague word in it.
pub(super) fn look(document: &Document, notes: &mut Notes) {
    for (pointer, text) in texts(document) {
        if let Some(word) = vague(text) {
            notes.warn(FindingSort::VagueWord, &pointer, (format!("\"{word}\" leaves open what is meant"), HINT));
        }
    }
}

fn vague(text: &str) -> Option<&'static str> {
    let text = text.to_lowercase();
    VAGUE.iter().copied().find(|word| text.match_indices(word).any(|(at, found)| stands_alone(&text, at, found.len())))
}

fn stands_alone(text: &str, at: usize, length: usize) -> bool {
    let before = text.get(..at).and_then(|before| before.chars().next_back());
    let after = text.get(at.saturating_add(length)..).and_then(|after| after.chars().next());
    ![before, after].into_iter().flatten().any(char::is_alphanumeric)
}

/// What tells people what to do or when.
fn texts(document: &Document) -> Vec<(String, &str)> {
    let head = [("scope", &document.scope), ("purpose", &document.purpose), ("records", &document.records)];
    let mut texts: Vec<(String, &str)> = head.map(|(name, text)| (format!("/{name}"), text.as_str())).into();
    for (at, task) in document.excluded_tasks.iter().enumerate() {
        texts.push((format!("/excluded_tasks/{at}"), task));
    }
    for (_, at, gate) in check::gates(document) {
        texts.extend([(format!("{at}/text"), gate.text.as_str()), (format!("{at}/remedy"), gate.remedy.as_str())]);
    }
    for (code, text) in &document.steps.completeness.reasons {
        texts.push((format!("/steps/completeness/reasons/{code}"), text));
    }
    let assessment = &document.steps.assessment;
    for (at, rule) in assessment.scoring.rules.iter().enumerate() {
        texts.push((format!("/steps/assessment/scoring/rules/{at}/text"), &rule.text));
    }
    for (at, rules) in assessment.dimensions.iter().enumerate() {
        for (index, asked) in rules.criteria.iter().enumerate() {
            let place = format!("/steps/assessment/dimensions/{at}/criteria/{index}");
            texts.extend([
                (format!("{place}/text"), asked.text.as_str()),
                (format!("{place}/guidance"), &asked.guidance),
            ]);
        }
    }
    texts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_counts_by_itself_in_any_case() {
        assert_eq!(vague("Look at it Carefully."), Some("carefully"));
        assert_eq!(vague("Prüfen Sie, GGF. auch morgen"), Some("ggf"));
        assert_eq!(vague("Ask as needed"), Some("as needed"));
        for exact in ["The improperly named", "Sketched within 3 days", "a fetch", "Insignificant", "abnormally"] {
            assert_eq!(vague(exact), None, "{exact}");
        }
    }
}
