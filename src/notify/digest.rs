//! One mail of all that its reader wants to be told together: the subjects of the letters, which lie in
//! their mailbox.

use super::{
    html,
    letter::{Block, Rendered, text},
    wording,
};
use crate::words::Language;

/// Writes the digest of letters with these subjects.
pub fn digest(subjects: &[&str], language: Language, public_url: &str) -> Rendered {
    let words = wording::digest(subjects.len(), language);
    let points = subjects.iter().map(|subject| (*subject).to_owned()).collect();
    let blocks = [
        Block::Title(words.subject.clone()),
        Block::List(words.heading.to_owned(), points),
        Block::Link(words.open.to_owned(), public_url.to_owned()),
        Block::Said(words.because.to_owned()),
    ];
    Rendered {
        text: text(&blocks),
        html: html::page(&words.subject, language, &blocks),
        calendar: None,
        subject: words.subject,
    }
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
            assert!(made.html.contains("<li>[EX-1] approved: A &amp; B</li>"), "{}", made.html);
        }
    }
}
