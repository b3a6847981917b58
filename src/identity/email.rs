//! E-mail addresses, parsed once: what a header or a command line could misread is refused here.
//! Whether anybody reads mail at an address is not known.

use std::{fmt, str::FromStr};

use icu_normalizer::ComposingNormalizerBorrowed;

/// The longest address that a mail path holds, in bytes (RFC 5321 §4.5.3.1.3).
const MAX_BYTES: usize = 254;
/// The longest local part, in bytes (RFC 5321 §4.5.3.1.1).
const MAX_LOCAL_BYTES: usize = 64;

/// One address, `local@domain`, without a display name, quoting or comments; Unicode is allowed (RFC 6531).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmailAddress {
    text: String,
    key: String,
}

/// Why a text is no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadEmailAddress {
    /// No `@`, or more than one.
    #[error("an e-mail address has one `@`, such as ada@example.org")]
    At,
    /// Longer than mail can carry.
    #[error("an e-mail address has at most 254 bytes, 64 of them before the `@`")]
    Long,
    /// The part before the `@`.
    #[error(
        "before the `@` stand letters, digits and signs such as `.`, `-`, `_` and `+`, without spaces, quotes or invisible characters; dots stand singly between them"
    )]
    Local,
    /// The part after the `@`.
    #[error("after the `@` stands a domain name, such as example.org")]
    Domain,
}

impl EmailAddress {
    /// The sender of an installation that has not been given one.
    pub fn local_sender() -> Self {
        let text = "proviso@localhost".to_owned();
        Self { key: text.clone(), text }
    }

    /// The address as it was written: what mail is sent to.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The form in which variants of case and of Unicode count as one: the local part in NFKC
    /// (UAX #15) with its case folded, the domain in ASCII (UTS #46).
    pub fn key(&self) -> &str {
        &self.key
    }
}

impl FromStr for EmailAddress {
    type Err = BadEmailAddress;

    fn from_str(text: &str) -> Result<Self, BadEmailAddress> {
        let (local, domain) = text.split_once('@').ok_or(BadEmailAddress::At)?;
        if domain.contains('@') {
            return Err(BadEmailAddress::At);
        }
        if text.len() > MAX_BYTES || local.len() > MAX_LOCAL_BYTES {
            return Err(BadEmailAddress::Long);
        }
        let folded = folded(local);
        if !is_local(local) || !is_local(&folded) {
            return Err(BadEmailAddress::Local);
        }
        Ok(Self { text: text.to_owned(), key: format!("{folded}@{}", ascii_domain(domain)?) })
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Compatibility-normalised and without case. By way of lower and upper case, so that `ß` and
/// `ẞ` meet `SS` and a final sigma every other; normalised again, since a change of case can decompose.
fn folded(local: &str) -> String {
    let nfkc = ComposingNormalizerBorrowed::new_nfkc();
    let cased: String = nfkc
        .normalize(local)
        .chars()
        .flat_map(char::to_lowercase)
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .collect();
    nfkc.normalize(&cased).into_owned()
}

/// A dot-atom (RFC 5322 §3.2.3), with Unicode as RFC 6531 §3.3 extends it.
fn is_local(local: &str) -> bool {
    let allowed = |c: char| {
        if c.is_ascii() {
            c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c)
        } else {
            !c.is_control() && !c.is_whitespace() && !is_invisible(c)
        }
    };
    local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(allowed))
}

/// Default_Ignorable_Code_Point (Unicode 16, DerivedCoreProperties): two addresses that differ only
/// in these look the same.
const fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}'
        | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}' | '\u{1BCA0}'..='\u{1BCA3}'
        | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

/// The domain as the name system knows it; an address of a machine is none.
fn ascii_domain(domain: &str) -> Result<String, BadEmailAddress> {
    let ascii = idna::domain_to_ascii_strict(domain).map_err(|_| BadEmailAddress::Domain)?;
    let is_name = ascii.rsplit('.').next().is_some_and(|top| top.bytes().any(|b| b.is_ascii_alphabetic()));
    if is_name { Ok(ascii) } else { Err(BadEmailAddress::Domain) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> String {
        text.parse::<EmailAddress>().unwrap_or_else(|e| panic!("{text}: {e}")).key().to_owned()
    }

    #[test]
    fn an_address_stays_as_written() {
        let address: EmailAddress = "Ada.Lovelace+ai@Example.ORG".parse().expect("address");
        assert_eq!(address.to_string(), "Ada.Lovelace+ai@Example.ORG");
        assert_eq!(address.key(), "ada.lovelace+ai@example.org");
    }

    #[test]
    fn the_local_sender_is_an_address() {
        let sender = EmailAddress::local_sender();
        assert_eq!(sender.as_str().parse(), Ok(sender));
    }

    #[test]
    fn variants_count_as_one() {
        for (one, other) in [
            ("ada@example.org", "ADA@EXAMPLE.ORG"),
            ("jos\u{e9}@example.org", "Jose\u{301}@example.org"),
            ("\u{ff41}da@example.org", "ada@example.org"),
            ("\u{fb01}nn@example.org", "finn@example.org"),
            ("STRASSE@example.org", "stra\u{df}e@example.org"),
            ("ΟΔΟΣ@example.org", "οδος@example.org"),
            ("ada@b\u{fc}cher.example", "ada@xn--bcher-kva.example"),
            ("ada@bu\u{308}cher.example", "ada@B\u{dc}CHER.example"),
        ] {
            assert_eq!(key(one), key(other), "{one} {other}");
        }
        assert_ne!(key("ada@example.org"), key("ada+x@example.org"));
        assert_ne!(key("ada@example.org"), key("ada@example.com"));
    }

    #[test]
    fn a_key_is_its_own_key() {
        for text in ["Jose\u{301}@B\u{fc}cher.example", "\u{1e9e}@example.org", "\u{130}x@example.org"] {
            assert_eq!(key(&key(text)), key(text), "{text}");
        }
    }

    #[test]
    fn what_a_header_could_misread_is_refused() {
        use BadEmailAddress::{At, Domain, Local, Long};
        let long = format!("{}@example.org", "a".repeat(65));
        let longer = format!("a@{}example.org", "abcdefg.".repeat(32));
        for (text, why) in [
            ("", At),
            ("ada", At),
            ("ada@example.org@example.com", At),
            ("@example.org", Local),
            ("ada@", Domain),
            (" ada@example.org", Local),
            ("ada@example.org ", Domain),
            ("ada@example.org\r\nBcc: eve", Domain),
            ("ada\r\nBcc: eve@example.org", Local),
            ("ada\0@example.org", Local),
            ("Ada <ada@example.org>", Local),
            ("ada@example.org>", Domain),
            ("\"ada\"@example.org", Local),
            (".ada@example.org", Local),
            ("ada..x@example.org", Local),
            ("a\u{200b}da@example.org", Local),
            ("a\u{202e}da@example.org", Local),
            ("ada\u{ff20}evil@example.org", Local),
            ("ada,eve@example.org", Local),
            ("ada@127.0.0.1", Domain),
            ("ada@[127.0.0.1]", Domain),
            ("ada@exa_mple.org", Domain),
            ("ada@example..org", Domain),
            (&long, Long),
            (&longer, Long),
        ] {
            assert_eq!(text.parse::<EmailAddress>(), Err(why), "{text:?}");
        }
    }
}
