//! The secret of a link by which one approver decides one round: 256 bits, stored by its hash alone. By
//! itself it authorises nothing; whoever holds it still has to be that approver.

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use uuid::Uuid;

use crate::{
    clock::{NoRandomness, Random},
    words::{Hash, LinkId},
};

/// The last part of a link: 256 bits as 43 characters of base64url (RFC 4648 §5).
#[derive(Clone)]
pub struct LinkSecret([u8; 32]);

/// What a process makes the secrets of its links, and its codes, from. It is drawn when the process starts and written down
/// nowhere, so that a letter has the same secret on every try of that process, and no store ever has one.
#[derive(Clone)]
pub struct LinkKey([u8; 32]);

impl LinkKey {
    /// A new process's key.
    pub fn draw(random: &Random) -> Result<Self, NoRandomness> {
        random.bytes32().map(Self)
    }

    /// The secret of the link in the mail with this id (HMAC-SHA256, RFC 2104).
    pub fn secret(&self, mail: Uuid) -> LinkSecret {
        LinkSecret(self.keyed(&[mail.as_bytes()]))
    }

    /// The code in the letter with this id.
    pub fn code(&self, letter: Uuid) -> MailCode {
        let sign = |byte: &u8| LETTERS.get(usize::from(byte % 32)).map_or('A', |letter| char::from(*letter));
        MailCode(self.keyed(&[b"code", letter.as_bytes()]).iter().take(LENGTH).map(sign).collect())
    }

    fn keyed(&self, parts: &[&[u8]]) -> [u8; 32] {
        // HMAC fills a key up to its block with zeros (RFC 2104 §2).
        let block: [u8; 64] = std::array::from_fn(|at| self.0.get(at).copied().unwrap_or_default());
        let keyed = Hmac::<Sha256>::new(&block.into());
        parts.iter().fold(keyed, Mac::chain_update).finalize().into_bytes().into()
    }
}

impl fmt::Debug for LinkKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkKey(..)")
    }
}

/// A text that is no secret of a link; the text itself is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a link of this service")]
pub struct BadLink;

impl LinkSecret {
    /// A new link's secret.
    pub fn draw(random: &Random) -> Result<Self, NoRandomness> {
        random.bytes32().map(Self)
    }

    /// The text that stands in the link.
    pub fn reveal(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// SHA-256 of that text: what is stored and looked up.
    pub fn hash(&self) -> Hash {
        Hash::of(self.reveal().as_bytes())
    }
}

impl FromStr for LinkSecret {
    type Err = BadLink;

    fn from_str(text: &str) -> Result<Self, BadLink> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| BadLink)?;
        bytes.try_into().map(Self).map_err(|_| BadLink)
    }
}

impl fmt::Debug for LinkSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkSecret(..)")
    }
}

/// Letters and digits that are not taken for each other.
const LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
/// How many make a code.
const LENGTH: usize = 6;

/// A code from a second mail: six characters, good for ten minutes and one link.
#[derive(Clone, PartialEq, Eq)]
pub struct MailCode(String);

/// A text that is no code; it counts as no attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a code is six letters and digits")]
pub struct BadCode;

impl MailCode {
    /// The text that stands in the mail.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is stored of it, for one link.
    pub fn hash(&self, link: LinkId) -> Hash {
        Hash::of(format!("{link}/{}", self.0).as_bytes())
    }
}

impl FromStr for MailCode {
    type Err = BadCode;

    fn from_str(text: &str) -> Result<Self, BadCode> {
        let typed: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        let typed = typed.to_ascii_uppercase();
        if typed.len() == LENGTH && typed.bytes().all(|byte| LETTERS.contains(&byte)) {
            Ok(Self(typed))
        } else {
            Err(BadCode)
        }
    }
}

impl fmt::Debug for MailCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MailCode(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_comes_back_from_its_text_and_is_not_shown() {
        let drawn = LinkSecret::draw(&Random::seeded(1)).expect("a secret");
        let read: LinkSecret = drawn.reveal().parse().expect("a secret");
        assert_eq!((drawn.reveal().len(), read.hash()), (43, drawn.hash()));
        assert_eq!(format!("{drawn:?}"), "LinkSecret(..)");
        for odd in ["", "x", &drawn.reveal()[1..], &format!("{}A", drawn.reveal()), "../../etc/passwd"] {
            assert!(odd.parse::<LinkSecret>().is_err(), "{odd}");
        }
    }

    #[test]
    fn one_mail_has_one_secret_for_as_long_as_a_process_lives() {
        let [key, other] = [1, 2].map(|seed| LinkKey::draw(&Random::seeded(seed)).expect("a key"));
        let secret = |key: &LinkKey, mail| key.secret(Uuid::from_u128(mail)).hash();
        assert_eq!(secret(&key, 1), secret(&key, 1));
        assert_ne!(secret(&key, 1), secret(&key, 2));
        assert_ne!(secret(&key, 1), secret(&other, 1));
        let code = |key: &LinkKey, letter| key.code(Uuid::from_u128(letter));
        assert_eq!(code(&key, 1), code(&key, 1));
        assert_ne!(code(&key, 1), code(&key, 2));
        assert_ne!(code(&key, 1), code(&other, 1));
    }

    #[test]
    fn a_code_is_typed_as_people_type() {
        let code = LinkKey::draw(&Random::seeded(1)).expect("a key").code(Uuid::nil());
        let text = code.reveal().to_lowercase();
        for typed in [text.clone(), format!(" {}-{} ", &text[..3], &text[3..])] {
            assert_eq!(typed.parse(), Ok(code.clone()), "{typed}");
        }
        for odd in ["", "ABCDE", "ABCDEFG", "ABCDE0", "ABCDE1", "ÄBCDEF"] {
            assert_eq!(odd.parse::<MailCode>(), Err(BadCode), "{odd}");
        }
        let link = |n| LinkId(uuid::Uuid::from_u128(n));
        assert_ne!(code.hash(link(1)), code.hash(link(2)));
    }
}
