//! The mail with a code for one decision.

use super::{
    letter::{Block, Rendered, noted},
    wording::named,
};
use crate::words::Language;

/// Writes the mail with `code` for a decision on the exception of this number.
pub fn code(code: &str, number: &str, language: Language) -> Rendered {
    let said = named(language, "code").with("code", code).with("number", number);
    let blocks = ["code", "warning"].map(|part| Block::Said(said.part(part).to_string()));
    noted(said.part("subject").to_string(), language, &blocks)
}
