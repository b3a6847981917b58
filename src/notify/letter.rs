//! One letter, from its parts to its text and the same as HTML: what happened, what it means, what to do
//! and by when, and the rule that caused it. What the parts say of each kind stands in `wording`.

use super::{calendar, html, matter::Matter, plain, wording};
use crate::{
    domain::letters::{Letter, LetterKind},
    tongue::Tongue,
    words::Language,
};

/// How many points of one list are written out.
const MOST_ITEMS: usize = 20;
/// How many octets all points of a letter take together, as text and as HTML: with all that stands around
/// them and however they are encoded, a mail stays under 30 kB.
const MOST_POINTS: usize = 16_000;

/// A letter as it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// One line, no longer than about 150 characters.
    pub subject: String,
    /// The text, under 30 kB, lines not wrapped.
    pub text: String,
    /// The same words as HTML.
    pub html: String,
    /// The dates that it tells, for a calendar (RFC 5545).
    pub calendar: Option<String>,
    /// A file that goes with it.
    pub attached: Option<Attached>,
}

/// A file that goes with a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attached {
    /// Its name, of letters, digits, `-` and `.`.
    pub name: String,
    /// Its media type.
    pub media_type: &'static str,
    /// Its content.
    pub bytes: Vec<u8>,
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
    /// Lists: the name of a heading and its points, or a quotation.
    pub(super) lists: Vec<(&'static str, Vec<String>)>,
    /// What to do next, and by when.
    pub(super) next: String,
}

/// One piece of a letter, before it is text or HTML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Block {
    /// What it is about.
    Title(String),
    /// Sentences.
    Said(String),
    /// A heading and its points: a sentence, with where it leads on a line of its own; or a quotation,
    /// whose lines begin with `> `.
    List(String, Vec<String>),
    /// A label and where it leads.
    Link(String, String),
}

/// Writes `letter`.
pub fn render(letter: &Letter, matter: &Matter<'_>) -> Rendered {
    let content = wording::content(letter, matter);
    let (number, title) = (&matter.exception.number, matter.title());
    let subject = format!("[{number}] {}: {title}", content.about);
    let blocks = blocks(letter, matter, content);
    Rendered {
        text: text(&blocks),
        html: html::page(&subject, matter.language, &blocks),
        calendar: calendar::dates(letter, matter),
        attached: None,
        subject,
    }
}

fn blocks(letter: &Letter, matter: &Matter<'_>, content: Content) -> Vec<Block> {
    let part = wording::because(&matter.part(letter), matter.tongue());
    let said = |key: &str| matter.say(key).to_string();
    let mut blocks = vec![
        Block::Title(format!("{}: {}", matter.exception.number, matter.title())),
        Block::Said(content.happened),
        Block::Said(content.means),
    ];
    let mut room = MOST_POINTS;
    let tongue = matter.tongue();
    let listed =
        |(name, points)| Block::List(heading(name, tongue), shortened(points, (&mut room, MOST_ITEMS), tongue));
    blocks.extend(content.lists.into_iter().filter(|(_, points)| !points.is_empty()).map(listed));
    blocks.push(Block::Said(matter.say("letter-to-do").with("next", content.next).to_string()));
    let page = || (letter.kind == LetterKind::DecisionWanted).then(|| format!("{}/decide", matter.link()));
    let decide = matter.decide.map(ToOwned::to_owned).or_else(page);
    blocks.extend(decide.map(|link| Block::Link(said("letter-decide"), link)));
    blocks.push(Block::Link(said("letter-open"), matter.link()));
    let cited = matter.event.citation.as_ref().map(|rule| plain::sentence(&matter.tongue().cite(rule)));
    blocks.extend(cited.map(|rule| Block::Said(matter.say("letter-rule").with("rule", rule).to_string())));
    blocks.push(Block::Said(format!("{part} {}", said("letter-automatic"))));
    blocks.retain(|block| *block != Block::Said(String::new()));
    blocks
}

/// The heading of this name.
pub(super) fn heading(name: &str, tongue: Tongue) -> String {
    tongue.say(format!("letter-list-{name}")).to_string()
}

/// The first points, as many as there is room for, and how many there are more.
fn shortened(points: Vec<String>, (room, most): (&mut usize, usize), tongue: Tongue) -> Vec<String> {
    let all = points.len();
    let fits = |point: &String| {
        // RFC 2045 §6.7: the one letter that takes three octets in place of one, in either part.
        let equals = 4 * point.matches('=').count();
        let left = room.checked_sub(point.len() + html::octets(point) + equals);
        *room = left.unwrap_or(*room);
        left.is_some()
    };
    let mut kept: Vec<String> = points.into_iter().take(most).take_while(fits).collect();
    if kept.len() < all {
        kept.push(tongue.say("letter-more").count("left", all - kept.len()).to_string());
    }
    kept
}

/// As many points as there is room for in a letter of one list, and how many there are more.
pub(super) fn fitting(points: Vec<String>, tongue: Tongue) -> Vec<String> {
    shortened(points, (&mut { MOST_POINTS }, usize::MAX), tongue)
}

/// A mail beside the letters, of these blocks.
pub(super) fn noted(subject: String, language: Language, blocks: &[Block]) -> Rendered {
    Rendered {
        text: text(blocks),
        html: html::page(&subject, language, blocks),
        calendar: None,
        attached: None,
        subject,
    }
}

/// The blocks as plain text.
pub(super) fn text(blocks: &[Block]) -> String {
    let written = blocks.iter().map(|block| match block {
        Block::Title(said) | Block::Said(said) => said.clone(),
        Block::List(heading, points) => listed(heading, points),
        Block::Link(label, to) => format!("{label}: {to}"),
    });
    written.collect::<Vec<_>>().join("\n\n") + "\n"
}

fn listed(heading: &str, points: &[String]) -> String {
    let marked = |point: &String| {
        if point.starts_with("> ") { point.clone() } else { format!("- {}", point.replace('\n', "\n  ")) }
    };
    let lines = std::iter::once(format!("{heading}:")).chain(points.iter().map(marked));
    lines.collect::<Vec<_>>().join("\n")
}
