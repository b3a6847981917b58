//! Free text and personal fields as they stand in the ledger: a commitment and a length.
//! The text itself lives in one table of openings, from which erasure can delete.

use serde::{Deserialize, Serialize};

use super::{Hash, Salt, commit};

/// A committed text: what an event, a dossier and a stored exception hold in its place.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sealed {
    /// The commitment.
    #[serde(rename = "c")]
    pub commitment: Hash,
    /// How many characters the text has, so that rules about length outlive erasure.
    #[serde(rename = "n")]
    pub chars: u32,
}

/// What opens a commitment.
#[derive(Debug, Clone)]
pub struct Opening {
    /// The commitment it opens.
    pub commitment: Hash,
    /// The salt.
    pub salt: Salt,
    /// The field's name, part of what was committed to.
    pub field: String,
    /// The text.
    pub value: String,
}

/// Seals texts with salts from a source of randomness and keeps their openings for the record.
pub struct Sealer<'r> {
    random: &'r mut dyn FnMut() -> [u8; 32],
    openings: Vec<Opening>,
}

impl std::fmt::Debug for Sealer<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sealer({} openings)", self.openings.len())
    }
}

impl<'r> Sealer<'r> {
    /// A sealer that draws its salts from `random`.
    pub fn new(random: &'r mut dyn FnMut() -> [u8; 32]) -> Self {
        Self { random, openings: Vec::new() }
    }

    /// Seals `value` as the content of `field`.
    pub fn seal(&mut self, field: &str, value: &str) -> Sealed {
        let salt = Salt((self.random)());
        let commitment = commit(&salt, field, value);
        self.openings.push(Opening { commitment, salt, field: field.to_owned(), value: value.to_owned() });
        Sealed { commitment, chars: u32::try_from(value.chars().count()).unwrap_or(u32::MAX) }
    }

    /// Seals `value`, or keeps `before` where it already commits to the same text.
    pub fn reseal(&mut self, field: &str, value: &str, before: Option<(&Sealed, &str)>) -> Sealed {
        match before {
            Some((sealed, text)) if text == value => sealed.clone(),
            Some(_) | None => self.seal(field, value),
        }
    }

    /// The openings of everything that was sealed.
    pub fn into_openings(self) -> Vec<Opening> {
        self.openings
    }
}
