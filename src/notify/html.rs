//! A letter as HTML: the same words as its text, in the few elements that every mail program shows. All
//! text passes one escape; nothing is fetched from anywhere.

use std::fmt::{self, Display, Write};

use super::letter::Block;
use crate::words::Language;

/// Text that cannot become markup, neither in an element nor in a quoted attribute.
struct Escaped<'t>(&'t str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|letter| match letter {
            '&' => f.write_str("&amp;"),
            '<' => f.write_str("&lt;"),
            '>' => f.write_str("&gt;"),
            '"' => f.write_str("&quot;"),
            '\'' => f.write_str("&#39;"),
            other => f.write_char(other),
        })
    }
}

/// The whole page.
pub(super) fn page(subject: &str, language: Language, blocks: &[Block]) -> String {
    let mut page = format!(
        "<!doctype html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n<title>{}</title>\n</head>\n\
         <body style=\"font-family:sans-serif;line-height:1.5;max-width:40em\">\n",
        Escaped(subject)
    );
    for block in blocks {
        page.push_str(&element(block));
    }
    page.push_str("</body>\n</html>\n");
    page
}

fn element(block: &Block) -> String {
    match block {
        Block::Title(said) => format!("<h1 style=\"font-size:1.2em\">{}</h1>\n", Escaped(said)),
        Block::Said(said) => format!("<p>{}</p>\n", Escaped(said)),
        Block::List(heading, points) => {
            let points: String = points.iter().map(|point| item(point)).collect();
            format!("<p><strong>{}:</strong></p>\n<ul>\n{points}</ul>\n", Escaped(heading))
        }
        Block::Link(label, to) => {
            format!("<p>{}: <a href=\"{to}\">{to}</a></p>\n", Escaped(label), to = Escaped(to))
        }
    }
}

/// How many octets a text takes.
pub(super) fn octets(text: &str) -> usize {
    Escaped(text).to_string().len()
}

/// A point of a list; a quotation keeps its lines, and the line after a sentence is where that leads.
fn item(point: &str) -> String {
    if !point.starts_with("> ") {
        let (said, to) = point.split_once('\n').unwrap_or((point, ""));
        let link = format!("<br>\n<a href=\"{to}\">{to}</a>", to = Escaped(to));
        return format!("<li>{}{}</li>\n", Escaped(said), if to.is_empty() { "" } else { &link });
    }
    let lines = point.lines().map(|line| Escaped(line.trim_start_matches("> ")).to_string());
    format!("<li><blockquote>{}</blockquote></li>\n", lines.collect::<Vec<_>>().join("<br>\n"))
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
        assert_eq!(page.matches("&lt;/p&gt;&lt;script&gt;").count(), 10);
    }
}
