//! One mail of all that its reader wants to be told together: the subjects of the letters, which lie in
//! their mailbox.

use super::letter::{Block, Rendered, noted};
use crate::{tongue, words::Language};

/// Writes the digest of letters with these subjects.
pub fn digest(subjects: &[&str], language: Language, public_url: &str) -> Rendered {
    let said = |key: &str| tongue::say(language, key).to_string();
    let subject = tongue::say(language, "letter-digest-subject").count("count", subjects.len()).to_string();
    let points = subjects.iter().map(|subject| (*subject).to_owned()).collect();
    let blocks = [
        Block::Title(subject.clone()),
        Block::List(said("letter-digest-heading"), points),
        Block::Link(said("letter-digest-open"), public_url.to_owned()),
        Block::Said(said("letter-digest-because")),
    ];
    noted(subject, language, &blocks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_names_every_letter_in_text_and_html() {
        for language in Language::ALL {
            let made = digest(&["[EX-1] approved: A & B", "[EX-2] ended: C"], *language, "https://proviso.example.org");
            assert!(made.subject.contains('2'), "{}", made.subject);
            assert!(made.text.contains("- [EX-1] approved: A & B\n- [EX-2] ended: C"), "{}", made.text);
            assert!(made.html.contains("<li>[EX-1] approved: A &#38; B</li>"), "{}", made.html);
        }
    }
}
