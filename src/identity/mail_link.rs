//! The secret of a link by which one approver decides one round: 256 bits, stored by its hash alone. By
//! itself it authorises nothing; whoever holds it still has to be that approver.

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::{
    clock::{NoRandomness, Random},
    words::Hash,
};

/// The last part of a link: 256 bits as 43 characters of base64url (RFC 4648 §5).
#[derive(Clone)]
pub struct LinkSecret([u8; 32]);

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
}
