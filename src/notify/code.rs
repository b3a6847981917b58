//! The mail with a code for one decision.

use super::{
    html,
    letter::{Block, Rendered, text},
    wording,
};
use crate::words::Language;

/// Writes the mail with `code` for a decision on the exception of this number.
pub fn code(code: &str, number: &str, language: Language) -> Rendered {
    let words = wording::code(code, number, language);
    let blocks = [Block::Said(words.code), Block::Said(words.warning.to_owned())];
    Rendered {
        text: text(&blocks),
        html: html::page(&words.subject, language, &blocks),
        calendar: None,
        subject: words.subject,
    }
}
