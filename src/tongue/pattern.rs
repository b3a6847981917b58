//! The sentences that the rules record and refuse with, as patterns: which of them a text is, and what stands in it.
//! They stand in `locales/en/citations.ftl` and `refusals.ftl`, word for word as the code writes them.

use std::{cmp::Reverse, sync::LazyLock};

use fluent_bundle::FluentArgs;

use super::catalog;

/// The files, in the language of what is recorded.
const FILES: [&str; 2] =
    [include_str!("../../locales/en/citations.ftl"), include_str!("../../locales/en/refusals.ftl")];

/// What marks the beginning and the end of an argument's name while a message becomes a pattern.
const MARKS: [char; 2] = ['\u{E000}', '\u{E001}'];

/// What may stand in the place of an argument, by what follows the last hyphen of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// Digits.
    Number,
    /// Something without blanks, as it is.
    Code,
    /// Anything, as it is.
    Raw,
    /// Another of these sentences.
    Said,
    /// Another of these sentences, or anything.
    Text,
    /// Roles, parted by commas or by `or`.
    Roles,
    /// Several of these sentences: what parts them, and what of that belongs to the one before.
    List(&'static str, &'static str),
    /// A code of this group of names, such as `tier`.
    Named(&'static str),
}

/// The place of an argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) name: String,
    pub(super) sort: Sort,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Words(String),
    Slot(Slot),
}

/// A sentence.
#[derive(Debug)]
pub(super) struct Pattern {
    /// The message's key.
    pub(super) key: String,
    pieces: Vec<Piece>,
}

/// What stands in a sentence, each with its place.
pub(super) type Found<'t> = Vec<(&'static Slot, &'t str)>;

static PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| {
    let keys = FILES.iter().flat_map(|text| text.lines()).filter_map(|line| line.split_once(" = "));
    let mut all: Vec<Pattern> = keys.filter_map(|(key, written)| Pattern::of(key, written)).collect();
    // Who says more by itself fits more exactly.
    all.sort_by_key(|pattern| Reverse(pattern.said().map(str::len).sum::<usize>()));
    all
});

/// The longest text that is looked at, in octets: what the service says by itself is shorter.
const LONGEST: usize = 1_000;
/// How deep sentences stand in one another at most.
const DEEPEST: u8 = 3;
/// How many places are tried for one text: what others wrote may stand in it, and could be taken apart in very many
/// ways.
const TRIES: u32 = 1_000;

/// How much is left to be tried.
#[derive(Debug, Clone, Copy)]
struct Left {
    depth: u8,
    tries: u32,
}

/// The sentence that `text` is, and what stands in it.
pub(super) fn find(text: &str) -> Option<(&'static Pattern, Found<'_>)> {
    if text.len() > LONGEST { None } else { within(text, &mut Left { depth: DEEPEST, tries: TRIES }) }
}

/// The same, as far as it can be told within what is left.
fn within<'t>(text: &'t str, left: &mut Left) -> Option<(&'static Pattern, Found<'t>)> {
    PATTERNS.iter().find_map(|pattern| {
        let mut found = Vec::new();
        fits(&pattern.pieces, (text, left), &mut found).then_some((pattern, found))
    })
}

impl Pattern {
    fn of(key: &str, written: &str) -> Option<Self> {
        let mut marked = FluentArgs::new();
        for rest in written.split('$').skip(1) {
            let name = rest.split([' ', '}']).next().unwrap_or_default();
            marked.set(name.to_owned(), format!("{}{name}{}", MARKS[0], MARKS[1]));
        }
        let text = catalog::in_english(key, &marked)?;
        let mut pieces = Vec::new();
        for (at, part) in text.split(MARKS).enumerate() {
            if at % 2 == 1 {
                pieces.push(Piece::Slot(Slot { name: part.to_owned(), sort: Sort::of(part) }));
            } else if !part.is_empty() {
                pieces.push(Piece::Words(part.to_owned()));
            }
        }
        Some(Self { key: key.to_owned(), pieces })
    }

    /// What it says by itself, piece by piece.
    pub(super) fn said(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| if let Piece::Words(words) = piece { Some(words.as_str()) } else { None })
    }
}

impl Sort {
    fn of(name: &str) -> Self {
        match name.rsplit('-').next().unwrap_or_default() {
            "number" => Self::Number,
            "code" => Self::Code,
            "said" => Self::Said,
            "text" => Self::Text,
            "roles" => Self::Roles,
            "gaps" => Self::List("), ", ")"),
            "needs" | "both" => Self::List(" and ", ""),
            "missing" => Self::List("; ", ""),
            "tier" => Self::Named("tier"),
            "role" => Self::Named("role"),
            "dimension" => Self::Named("dimension"),
            "recommendation" => Self::Named("recommendation"),
            "state" => Self::Named("state"),
            "verb" => Self::Named("verb"),
            _ => Self::Raw,
        }
    }

    fn takes(self, value: &str, left: &mut Left) -> bool {
        let named = |group: &str, code: &str| catalog::knows(&format!("{group}-{code}"));
        match self {
            Self::Number => !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()),
            Self::Code => !value.is_empty() && !value.contains(char::is_whitespace),
            Self::Raw | Self::Text | Self::List(..) => !value.is_empty(),
            Self::Said => left.depth.checked_sub(1).is_some_and(|depth| {
                let mut inner = Left { depth, ..*left };
                let is_one = within(value, &mut inner).is_some();
                left.tries = inner.tries;
                is_one
            }),
            Self::Roles => roles(value).all(|role| named("role", role)),
            Self::Named(group) => named(group, value),
        }
    }
}

/// The codes of several roles.
pub(super) fn roles(value: &str) -> impl Iterator<Item = &str> {
    value.split(", ").flat_map(|some| some.split(" or "))
}

/// Does `text` say these pieces, and nothing else? What stands in each place is added to `found`.
fn fits<'t>(pieces: &'static [Piece], (text, room): (&'t str, &mut Left), found: &mut Found<'t>) -> bool {
    let Some((piece, rest)) = pieces.split_first() else { return text.is_empty() };
    let slot = match piece {
        Piece::Words(words) => {
            return text.strip_prefix(words.as_str()).is_some_and(|left| fits(rest, (left, room), found));
        }
        Piece::Slot(slot) => slot,
    };
    let ends: Vec<usize> = match rest.first() {
        Some(Piece::Words(next)) => text.match_indices(next.as_str()).map(|(at, _)| at).collect(),
        // Two places never stand side by side.
        Some(Piece::Slot(_)) | None => vec![text.len()],
    };
    for end in ends {
        let Some(tries) = room.tries.checked_sub(1) else { return false };
        room.tries = tries;
        let Some((value, left)) = text.split_at_checked(end) else { continue };
        if !slot.sort.takes(value, room) {
            continue;
        }
        let before = found.len();
        found.push((slot, value));
        if fits(rest, (left, room), found) {
            return true;
        }
        found.truncate(before);
    }
    false
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    #[test]
    fn a_text_of_many_parts_is_taken_apart_in_no_time() {
        for part in ["a. ", "the requester may not take part in this decision: ", "everything ends: ", "a: 7, "] {
            let text = part.repeat(LONGEST / part.len());
            assert!(find(&text).is_none(), "{text}");
        }
        assert!(find(&"x".repeat(LONGEST + 1)).is_none());
    }

    /// All sentences.
    pub(in crate::tongue) fn all() -> &'static [Pattern] {
        &PATTERNS
    }

    /// The sentence as somebody might write it.
    fn written(pattern: &Pattern) -> String {
        let sample = |slot: &Slot| match slot.sort {
            Sort::Number => "7".to_owned(),
            Sort::Code => "eu/retail".to_owned(),
            Sort::Raw | Sort::Text => "something that a person wrote".to_owned(),
            Sort::Said => "a control failed".to_owned(),
            Sort::Roles => "ciso, cro".to_owned(),
            Sort::List(..) => "one of several".to_owned(),
            Sort::Named("tier") => "high".to_owned(),
            Sort::Named("role") => "ciso".to_owned(),
            Sort::Named("dimension") => "privacy".to_owned(),
            Sort::Named("recommendation") => "object".to_owned(),
            Sort::Named("state") => "active".to_owned(),
            Sort::Named(_) => "submit".to_owned(),
        };
        let piece = |piece: &Piece| match piece {
            Piece::Words(words) => words.clone(),
            Piece::Slot(slot) => sample(slot),
        };
        pattern.pieces.iter().map(piece).collect()
    }

    /// The sentence with every place in it as one mark.
    pub(in crate::tongue) fn outlined(pattern: &Pattern) -> String {
        let piece = |piece: &Piece| if let Piece::Words(words) = piece { words.clone() } else { "\u{0}".to_owned() };
        pattern.pieces.iter().map(piece).collect()
    }

    #[test]
    fn each_sentence_is_found_as_itself() {
        assert!(all().len() > 200, "{}", all().len());
        for pattern in all() {
            let text = written(pattern);
            let (found, _) = find(&text).expect(&text);
            assert_eq!(found.key, pattern.key, "{text}");
            let apart = pattern.pieces.windows(2).all(|two| !matches!(two, [Piece::Slot(_), Piece::Slot(_)]));
            let meant = |piece: &Piece| match piece {
                Piece::Words(_) => true,
                Piece::Slot(slot) => slot.sort != Sort::Raw || slot.name.ends_with("-raw"),
            };
            assert!(pattern.pieces.iter().all(meant), "{text}");
            assert!(apart && pattern.said().map(str::len).sum::<usize>() > 1, "{text}");
        }
    }

    #[test]
    fn what_nobody_of_ours_wrote_is_no_sentence() {
        for foreign in ["", "A dimension scores 80 or more.", "round x has its full quorum for exactly this dossier"] {
            assert!(find(foreign).is_none(), "{foreign}");
        }
    }
}
