//! Foreign text made harmless: what people wrote must neither break a header, nor reorder what is
//! read, nor hide anything. It knows characters alone.

use crate::tongue;

/// The longest title in a letter, in characters.
pub(super) const TITLE: usize = 80;
/// The longest sentence of a procedure or a code, in characters.
pub(super) const SENTENCE: usize = 400;
/// How much of what somebody wrote is quoted, in characters; the record has it all.
const QUOTED: usize = 2_000;
/// How many lines of it.
const QUOTED_LINES: usize = 40;

/// `text` in one line: blanks for every sort of break and control, nothing invisible, at most `most`
/// characters, the last of them an ellipsis where something is left out.
pub(super) fn line(text: &str, most: usize) -> String {
    let visible = text.chars().filter(|letter| !is_invisible(*letter));
    let spaced: String = visible.map(|letter| if is_break(letter) { ' ' } else { letter }).collect();
    let words: Vec<&str> = spaced.split_whitespace().collect();
    shortened(words.join(" "), most)
}

/// `text` as a quotation, each of its lines marked, so that it cannot pass for the letter's own words.
pub(super) fn quoted(text: &str) -> String {
    let lines = text.lines().map(|written| line(written, QUOTED)).filter(|written| !written.is_empty());
    let kept: Vec<String> = lines.take(QUOTED_LINES).collect();
    let short = shortened(kept.join("\n"), QUOTED);
    short.lines().map(|written| format!("> {written}")).collect::<Vec<_>>().join("\n")
}

/// `text` as a sentence: in one line, with a capital and a full stop.
pub(super) fn sentence(text: &str) -> String {
    tongue::sentence(&line(text, SENTENCE))
}

fn shortened(text: String, most: usize) -> String {
    if text.chars().count() <= most {
        return text;
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

fn is_break(letter: char) -> bool {
    letter.is_control() || letter.is_whitespace() || matches!(letter, '\u{2028}' | '\u{2029}')
}

/// Marks that change the direction of what follows, and characters of no width. The joiners stay:
/// scripts and emoji need them.
fn is_invisible(letter: char) -> bool {
    matches!(letter,
        '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_break_survives_in_a_line() {
        for text in ["a\r\nBcc: b", "a\nBcc: b", "a\rBcc: b", "a\u{2028}Bcc: b", "a\u{85}Bcc: b", "a\0\tBcc:  b "] {
            assert_eq!(line(text, TITLE), "a Bcc: b", "{text:?}");
        }
    }

    #[test]
    fn nothing_is_reordered_or_hidden() {
        assert_eq!(line("pay \u{202E}elppa\u{202C}\u{200B}", TITLE), "pay elppa");
        assert_eq!(line("\u{2066}\u{FEFF}\u{E0041}", TITLE), "");
        assert_eq!(line("👩\u{200D}🔬", TITLE), "👩\u{200D}🔬", "a joiner is part of what is seen");
    }

    #[test]
    fn what_is_too_long_is_cut_by_characters() {
        assert_eq!(line(&"ä".repeat(80), TITLE), "ä".repeat(80));
        let cut = line(&"ä".repeat(81), TITLE);
        assert_eq!((cut.chars().count(), cut.chars().last()), (80, Some('…')));
    }

    #[test]
    fn a_quotation_marks_every_line_and_ends() {
        assert_eq!(quoted("Hello.\r\n\r\nWhat to do:\u{2028}pay"), "> Hello.\n> What to do: pay");
        let long = quoted(&"word \n".repeat(9_000));
        assert!(long.lines().count() <= QUOTED_LINES && long.lines().all(|line| line.starts_with("> ")));
        assert!(quoted(&"x".repeat(99_999)).chars().count() <= QUOTED + 2);
    }

    #[test]
    fn a_sentence_begins_and_ends_as_one() {
        assert_eq!(sentence("ändern\nSie es"), "Ändern Sie es.");
        assert_eq!(sentence("Name an end."), "Name an end.");
    }
}
