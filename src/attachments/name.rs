//! The name under which an attachment is shown and downloaded: made harmless, whatever a client sent.
//! It never names a file of ours.

use std::fmt;

/// How many characters a name has at most.
const MAX_CHARS: usize = 120;
/// How long an ending may be to survive shortening.
const MAX_ENDING: usize = 10;

/// A file name without path, control or invisible characters, of 1 to 120 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisplayName(String);

impl DisplayName {
    /// The last part of what a client called the file, cleaned; `attachment` when nothing is left.
    pub fn cleaned(sent: &str) -> Self {
        let last = sent.rsplit(['/', '\\']).next().unwrap_or_default();
        let clean: String = last.chars().filter_map(harmless).collect();
        let clean = clean.trim_matches(|c: char| c == '.' || c.is_whitespace());
        if clean.is_empty() { Self("attachment".to_owned()) } else { Self(shortened(clean)) }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DisplayName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The character, a stand-in for one that some file system refuses, or nothing for one that hides or reorders others.
fn harmless(c: char) -> Option<char> {
    match c {
        '\u{AD}'
        | '\u{61C}'
        | '\u{200B}'..='\u{200F}'
        | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}'
        | '\u{FEFF}'
        | '\u{E0000}'..='\u{E0FFF}' => None,
        '<' | '>' | ':' | '"' | '|' | '?' | '*' => Some('_'),
        c if c.is_control() => None,
        c => Some(c),
    }
}

/// At most 120 characters, with the ending kept.
fn shortened(name: &str) -> String {
    if name.chars().count() <= MAX_CHARS {
        return name.to_owned();
    }
    let ending = name.rsplit_once('.').map(|(_, ending)| ending).filter(|ending| ending.chars().count() <= MAX_ENDING);
    match ending {
        Some(ending) => {
            let stem = MAX_CHARS - 1 - ending.chars().count();
            let stem: String = name.chars().take(stem).collect();
            format!("{stem}.{ending}")
        }
        None => name.chars().take(MAX_CHARS).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_harmless() {
        for (sent, shown) in [
            ("report.pdf", "report.pdf"),
            ("Bericht für Zoë.pdf", "Bericht für Zoë.pdf"),
            ("/etc/passwd", "passwd"),
            ("..\\..\\boot.ini", "boot.ini"),
            ("C:\\Users\\ada\\dpia.docx", "dpia.docx"),
            ("../..", "attachment"),
            ("", "attachment"),
            (" .hidden ", "hidden"),
            ("a\r\nSet-Cookie: x", "aSet-Cookie_ x"),
            ("invoice\u{202e}fdp.exe", "invoicefdp.exe"),
            ("a\u{0}b\u{7f}c\u{85}.txt", "abc.txt"),
            ("what\"is\" <this>?.txt", "what_is_ _this__.txt"),
        ] {
            assert_eq!(DisplayName::cleaned(sent).as_str(), shown, "{sent:?}");
        }
    }

    #[test]
    fn long_names_keep_their_ending() {
        let shown = DisplayName::cleaned(&format!("{}.docx", "ä".repeat(300)));
        assert_eq!(shown.as_str().chars().count(), 120);
        assert!(shown.as_str().ends_with("ä.docx"));
        let shown = DisplayName::cleaned(&"x".repeat(300));
        assert_eq!(shown.as_str().len(), 120);
    }
}
