//! The keys of signed notes (C2SP signed-note): the one that signs checkpoints, and those by which anybody
//! verifies them. Refuses to know where a key is kept.

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::STANDARD};
use signed_note::{Note, StandardSigner, StandardVerifier, Verifier, VerifierList};

/// The signature type of Ed25519 (signed-note, "Signatures").
const ED25519: u8 = 1;

/// Why a text is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not a name such as `proviso.example.org/ledger`.
    #[error("a key's name has no spaces and no plus; write one such as proviso.example.org/ledger")]
    Name,
    /// Not the text of a signer's key.
    #[error("write the whole key, from PRIVATE+KEY+ on, as `proviso audit key` made it")]
    Signer,
    /// Not the text of a verifier's key.
    #[error("write verifier keys as `proviso audit key` printed them, such as proviso.example.org/ledger+1f2e3d4c+AX…")]
    Verifier,
}

/// The public half of a key: `name+id+base64` (signed-note, "Verifier keys").
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct VerifierKey(String);

impl VerifierKey {
    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name that it signs under: a ledger's origin.
    pub fn name(&self) -> &str {
        self.0.split('+').next().unwrap_or_default()
    }

    fn verifier(&self) -> Option<StandardVerifier> {
        StandardVerifier::new(&self.0).ok()
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifierKey({self})")
    }
}

impl FromStr for VerifierKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let text = text.trim();
        StandardVerifier::new(text).map_err(|_| KeyError::Verifier)?;
        Ok(Self(text.to_owned()))
    }
}

/// Several verifier keys: the present one and those before it, so that rotation leaves old checkpoints
/// verifiable. As text they are separated by commas.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Keys(pub Vec<VerifierKey>);

impl Keys {
    /// Is nothing known?
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text of a signed note and the name of a known key that signed it; `None` where none did, or one of
    /// them did not sign exactly this.
    pub fn open(&self, note: &str) -> Option<(String, String)> {
        let note = Note::from_bytes(note.as_bytes()).ok()?;
        let known = self.0.iter().filter_map(VerifierKey::verifier);
        let known = VerifierList::new(known.map(|one| -> Box<dyn Verifier> { Box::new(one) }).collect());
        let (signed, _) = note.verify(&known).ok()?;
        let text = std::str::from_utf8(note.text()).ok()?.to_owned();
        Some((text, signed.first()?.name().to_owned()))
    }
}

impl fmt::Display for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys: Vec<&str> = self.0.iter().map(VerifierKey::as_str).collect();
        f.write_str(&keys.join(","))
    }
}

impl FromStr for Keys {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let parts = text.split([',', '\n']).map(str::trim).filter(|part| !part.is_empty());
        let mut keys = parts.map(str::parse).collect::<Result<Vec<VerifierKey>, _>>()?;
        keys.sort();
        keys.dedup();
        Ok(Self(keys))
    }
}

/// The private half, which signs. `Debug` and `Display` show the public half alone.
#[derive(Clone)]
pub struct SigningKey {
    text: String,
    signer: StandardSigner,
    verifier: VerifierKey,
}

impl SigningKey {
    /// The key of this name that these random bytes make.
    pub fn make(name: &str, seed: [u8; 32]) -> Result<Self, KeyError> {
        if !signed_note::is_key_name_valid(name) {
            return Err(KeyError::Name);
        }
        let public = public_half(seed);
        let private = [&[ED25519], seed.as_slice()].concat();
        let id = signed_note::key_id(name, &public);
        format!("PRIVATE+KEY+{name}+{id:08x}+{}", STANDARD.encode(private)).parse()
    }

    /// Its text, for whoever keeps it.
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// Its public half.
    pub const fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// The text as a note with this key's signature; `None` for what no note can say.
    pub fn sign(&self, text: &str) -> Option<String> {
        let mut note = Note::new(text.as_bytes(), &[]).ok()?;
        note.add_sigs(&[&self.signer]).ok()?;
        String::from_utf8(note.to_bytes()).ok()
    }
}

fn public_half(seed: [u8; 32]) -> Vec<u8> {
    let public = ed25519_dalek::SigningKey::from_bytes(&seed).verifying_key();
    [&[ED25519], public.as_bytes().as_slice()].concat()
}

impl FromStr for SigningKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let text = text.trim();
        let signer = StandardSigner::new(text).map_err(|_| KeyError::Signer)?;
        let mut parts = text.splitn(5, '+').skip(2);
        let (name, key) = (parts.next().ok_or(KeyError::Signer)?, parts.nth(1).ok_or(KeyError::Signer)?);
        let private = STANDARD.decode(key).map_err(|_| KeyError::Signer)?;
        let seed = private.get(1..).and_then(|seed| seed.try_into().ok()).ok_or(KeyError::Signer)?;
        let public = public_half(seed);
        let verifier = format!("{name}+{:08x}+{}", signed_note::key_id(name, &public), STANDARD.encode(public));
        Ok(Self { text: text.to_owned(), signer, verifier: verifier.parse()? })
    }
}

impl PartialEq for SigningKey {
    fn eq(&self, other: &Self) -> bool {
        self.verifier == other.verifier
    }
}

impl Eq for SigningKey {}

impl fmt::Display for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the private half of {}", self.verifier)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.verifier)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_goes_round_and_shows_its_public_half_alone() {
        let made = SigningKey::make("proviso.example.org/ledger", [7; 32]).unwrap();
        let read: SigningKey = made.reveal().parse().unwrap();
        assert_eq!(read, made);
        assert_eq!(made.verifier().name(), "proviso.example.org/ledger");
        assert_eq!(made.verifier().as_str().parse::<VerifierKey>().unwrap(), *made.verifier());
        let private = made.reveal().rsplit('+').next().unwrap();
        assert!(!format!("{made} {made:?}").contains(private));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for name in ["", "a b", "a+b"] {
            assert_eq!(SigningKey::make(name, [0; 32]).unwrap_err(), KeyError::Name);
        }
        let made = SigningKey::make("a", [1; 32]).unwrap();
        let other = SigningKey::make("b", [1; 32]).unwrap();
        let swapped = made.reveal().replace("+a+", "+b+");
        for text in ["", "PRIVATE+KEY+a", &swapped, made.verifier().as_str()] {
            assert_eq!(text.parse::<SigningKey>().unwrap_err(), KeyError::Signer, "{text}");
        }
        assert_eq!(made.reveal().parse::<VerifierKey>(), Err(KeyError::Verifier));
        let both: Keys = format!("{}, {}", made.verifier(), other.verifier()).parse().unwrap();
        assert_eq!((both.0.len(), both.to_string().parse()), (2, Ok(both)));
    }
}
