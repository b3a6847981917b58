//! Secrets of 256 bits that somebody presents: API tokens and session cookies. Only their hashes are
//! stored, and only hashes are compared; `Debug` never shows a secret. Nothing here knows whose it is.

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use subtle::ConstantTimeEq;

use crate::{
    clock::{NoRandomness, Random},
    words::{Hash, Salt, commit},
};

/// What every API token begins with, so that scanners find one that leaked.
const PREFIX: &str = "pv_";

/// A text that is no secret of ours; the text itself is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadSecret {
    /// Not the shape of an API token.
    #[error("an API token is `pv_` and 43 characters of base64url; copy it as a whole")]
    Token,
    /// Not the shape of a session cookie's value.
    #[error("not a session; sign in again")]
    Session,
}

/// The text of an API token: `pv_` and 256 bits as 43 characters of base64url (RFC 4648 §5).
#[derive(Clone)]
pub struct TokenText([u8; 32]);

impl TokenText {
    /// A new token.
    pub fn draw(random: &Random) -> Result<Self, NoRandomness> {
        random.bytes32().map(Self)
    }

    /// The whole text: shown once, to the person who asked for it.
    pub fn reveal(&self) -> String {
        format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(self.0))
    }

    /// SHA-256 of the text: what is stored and looked up.
    pub fn hash(&self) -> Hash {
        Hash::of(self.reveal().as_bytes())
    }

    /// Is this the token of which `stored` is the hash? In constant time.
    pub fn is(&self, stored: &Hash) -> bool {
        same(&self.hash(), stored)
    }
}

impl FromStr for TokenText {
    type Err = BadSecret;

    fn from_str(text: &str) -> Result<Self, BadSecret> {
        let rest = text.strip_prefix(PREFIX).ok_or(BadSecret::Token)?;
        decoded(rest).map(Self).ok_or(BadSecret::Token)
    }
}

impl fmt::Debug for TokenText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenText(..)")
    }
}

/// The value of a session's cookie: 256 bits as 43 characters of base64url (RFC 4648 §5).
#[derive(Clone)]
pub struct SessionSecret([u8; 32]);

impl SessionSecret {
    /// A new session's secret.
    pub fn draw(random: &Random) -> Result<Self, NoRandomness> {
        random.bytes32().map(Self)
    }

    /// The cookie's value.
    pub fn reveal(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// SHA-256 of the cookie's value: what is stored and looked up.
    pub fn hash(&self) -> Hash {
        Hash::of(self.reveal().as_bytes())
    }

    /// Is this the secret of which `stored` is the hash? In constant time.
    pub fn is(&self, stored: &Hash) -> bool {
        same(&self.hash(), stored)
    }

    /// What every form of this session carries: an HMAC keyed with the secret, so that another site
    /// can neither know nor make it, and a page that leaks it does not give the session away.
    pub fn form_token(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.form_hash().0)
    }

    /// Does `typed` come from a form of this session? In constant time.
    pub fn accepts(&self, typed: &str) -> bool {
        decoded(typed).is_some_and(|bytes| same(&Hash(bytes), &self.form_hash()))
    }

    fn form_hash(&self) -> Hash {
        commit(&Salt(self.0), "session/form", "")
    }
}

impl FromStr for SessionSecret {
    type Err = BadSecret;

    fn from_str(text: &str) -> Result<Self, BadSecret> {
        decoded(text).map(Self).ok_or(BadSecret::Session)
    }
}

impl fmt::Debug for SessionSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionSecret(..)")
    }
}

fn decoded(text: &str) -> Option<[u8; 32]> {
    URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()
}

fn same(one: &Hash, other: &Hash) -> bool {
    one.0.ct_eq(&other.0).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(seed: u64) -> TokenText {
        TokenText::draw(&Random::seeded(seed)).expect("token")
    }

    fn session(seed: u64) -> SessionSecret {
        SessionSecret::draw(&Random::seeded(seed)).expect("session")
    }

    #[test]
    fn a_token_comes_back_from_its_text() {
        let text = token(1).reveal();
        assert_eq!((&text[..3], text.len()), ("pv_", 46));
        let read: TokenText = text.parse().expect("token");
        assert!(read.is(&Hash::of(text.as_bytes())));
        assert!(!read.is(&token(2).hash()));
    }

    #[test]
    fn a_session_comes_back_from_its_cookie() {
        let cookie = session(1).reveal();
        let read: SessionSecret = cookie.parse().expect("session");
        assert_eq!(cookie.len(), 43);
        assert!(read.is(&Hash::of(cookie.as_bytes())));
        assert!(!read.is(&session(2).hash()));
    }

    #[test]
    fn other_texts_are_refused_and_not_repeated() {
        let text = token(1).reveal();
        // The last character carries four bits: another with the same four would be a second spelling.
        let respelled = format!("{}B", &text[..45]);
        for bad in [
            "",
            "pv_",
            &text[3..],
            &text[..45],
            &format!("{text}A"),
            &format!("{text}="),
            &format!(" {text}"),
            &text.replace("pv_", "PV_"),
            &format!("pv_{}+", &text[4..]),
            &respelled,
        ] {
            let refused = bad.parse::<TokenText>().expect_err(bad);
            assert!(bad.len() < 4 || !refused.to_string().contains(bad));
        }
        assert!(text.parse::<SessionSecret>().is_err());
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", token(1)), "TokenText(..)");
        assert_eq!(format!("{:?}", session(1)), "SessionSecret(..)");
    }

    #[test]
    fn a_form_belongs_to_its_session() {
        let one = session(1);
        assert!(one.accepts(&one.form_token()));
        assert!(!session(2).accepts(&one.form_token()));
        assert_ne!(one.form_token(), one.reveal());
        for bad in ["", "x", &one.reveal()] {
            assert!(!one.accepts(bad), "{bad}");
        }
    }
}
