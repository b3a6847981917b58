//! One letter, from its parts to its text: what happened, what it means, what to do and by when, and the
//! rule that caused it. What the parts say of each kind stands in `wording`.

use super::{matter::Matter, plain, wording};
use crate::domain::{letters::Letter, request::Time};

/// How many points of one list are written out.
const MOST_ITEMS: usize = 20;

/// A letter as it is read: plain text, lines not wrapped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// One line, no longer than about 150 characters.
    pub subject: String,
    /// The text, under 30 kB.
    pub text: String,
}

/// What a letter says, before its layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Content {
    /// What it is about, in few words without a capital.
    pub(super) about: String,
    /// What happened, in sentences.
    pub(super) happened: String,
    /// What that means for the reader, in sentences.
    pub(super) means: String,
    /// Lists: a heading and its points, or a quotation.
    pub(super) lists: Vec<(&'static str, Vec<String>)>,
    /// What to do next, and by when.
    pub(super) next: String,
}

/// Writes `letter`.
pub fn render(letter: &Letter, matter: &Matter<'_>) -> Rendered {
    let content = wording::content(letter, matter);
    let (number, title) = (&matter.exception.number, matter.title());
    let mut blocks = vec![format!("{number}: {title}"), content.happened, content.means];
    blocks.extend(content.lists.iter().filter(|(_, points)| !points.is_empty()).map(list));
    blocks.push(format!("What to do: {}", content.next));
    blocks.push(format!("Open the exception: {}", matter.link()));
    blocks.extend(
        matter
            .event
            .citation
            .as_ref()
            .map(|citation| format!("The rule behind it: {}", plain::sentence(&citation.to_string()))),
    );
    blocks.push(format!(
        "You receive this because {}. It was sent automatically; replies are not read.",
        matter.because(letter)
    ));
    blocks.retain(|block| !block.is_empty());
    Rendered { subject: format!("[{number}] {}: {title}", content.about), text: blocks.join("\n\n") + "\n" }
}

fn list((heading, points): &(&'static str, Vec<String>)) -> String {
    let marked = |point: &String| if point.starts_with("> ") { point.clone() } else { format!("- {point}") };
    let mut lines = vec![format!("{heading}:")];
    lines.extend(points.iter().take(MOST_ITEMS).map(marked));
    if points.len() > MOST_ITEMS {
        lines.push(format!("- and {} more, which the record shows.", points.len() - MOST_ITEMS));
    }
    lines.join("\n")
}

/// An instant as letters say it.
pub(super) fn when(time: Time) -> String {
    time.format("%-d %B %Y at %H:%M UTC").to_string()
}
