//! A letter as HTML: the same words as its text, in the few elements that every mail program shows. The
//! template escapes all text; nothing is fetched from anywhere.

use askama::{
    Template,
    filters::{Escaper, Html},
};

use super::letter::Block;
use crate::words::Language;

#[derive(Template)]
#[template(path = "mail.html")]
struct Page<'p> {
    language: Language,
    subject: &'p str,
    blocks: &'p [Block],
}

/// A point of a list, as it is laid out.
enum Point<'p> {
    /// A quotation, line by line.
    Quoted(Vec<&'p str>),
    /// A sentence.
    Said(&'p str),
    /// A sentence, and where it leads.
    Leads(&'p str, &'p str),
}

impl<'p> Point<'p> {
    fn of(point: &'p str) -> Self {
        if point.starts_with("> ") {
            return Self::Quoted(point.lines().map(|line| line.trim_start_matches("> ")).collect());
        }
        match point.split_once('\n') {
            Some((said, to)) if !to.is_empty() => Self::Leads(said, to),
            Some((said, _)) => Self::Said(said),
            None => Self::Said(point),
        }
    }
}

/// The whole page.
pub(super) fn page(subject: &str, language: Language, blocks: &[Block]) -> String {
    // Writing into a text does not fail.
    Page { language, subject, blocks }.render().unwrap_or_default()
}

/// How many octets a text takes.
pub(super) fn octets(text: &str) -> usize {
    let mut escaped = String::with_capacity(text.len());
    // Nor does this.
    Html.write_escaped_str(&mut escaped, text).map_or(text.len(), |()| escaped.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_becomes_markup() {
        let attack = "</p><script>alert(\"x\")</script><a href='javascript:1'>&lt;";
        let blocks = [
            Block::Title(attack.to_owned()),
            Block::Said(attack.to_owned()),
            Block::List(attack.to_owned(), vec![attack.to_owned(), format!("> {attack}\n> {attack}")]),
            Block::Link(attack.to_owned(), format!("https://example.org/{attack}")),
        ];
        let page = page(attack, Language::En, &blocks);
        assert!(!page.contains("<script") && !page.contains("href='"), "{page}");
        assert_eq!(page.matches("<a ").count(), 1);
        assert_eq!(page.matches("&#60;/p&#62;&#60;script&#62;").count(), 10);
    }
}
