//! The lines of an export (version 1), one JSON object each, in this order: a heading, the published procedures,
//! the leaves as exact bytes with each checkpoint behind the last leaf that it covers, openings, the rows as the
//! database has them, and a seal over everything before it. It knows no database.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::{
    ledger::{Hash, Keys, SigningKey},
    words::{Opening, Salt},
};

/// The version of the format.
pub const VERSION: u8 = 1;
/// What begins the line of a leaf, before its number.
const LEAF: &str = r#"{"leaf":"#;
/// What stands between a leaf's number and its exact bytes.
const BODY: &str = r#","body":"#;

/// A line of an export. A leaf's line is written and read by itself, since its bytes must stay what they are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Line {
    /// What the export is of.
    Export(Heading),
    /// The text of a published procedure.
    Procedure(String),
    /// One event, as its exact bytes.
    #[serde(skip)]
    Leaf(u64, String),
    /// A signed note.
    Checkpoint(String),
    /// What opens a commitment.
    Opening(Opened),
    /// A row of a table, by its columns.
    Row(Row),
    /// A signed note over every byte before this line.
    Seal(String),
}

/// What an export is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Heading {
    /// The format's version.
    pub version: u8,
    /// The ledger.
    pub origin: String,
    /// When it was written (RFC 3339).
    pub at: String,
    /// How many leaves it has.
    pub leaves: u64,
}

/// What opens a commitment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opened {
    /// The commitment.
    pub c: Hash,
    /// The salt, in hexadecimal.
    pub salt: String,
    /// The field.
    pub field: String,
    /// The text.
    pub value: String,
}

impl Opened {
    /// An opening as it is exported.
    pub fn of(opening: &Opening) -> Self {
        let (field, value) = (opening.field.clone(), opening.value.clone());
        Self { c: opening.commitment, salt: opening.salt.to_hex(), field, value }
    }

    /// Does it open its commitment?
    pub fn opens(&self) -> bool {
        let salt: Option<Salt> = self.salt.parse().ok();
        salt.is_some_and(|salt| crate::ledger::commit(&salt, &self.field, &self.value) == self.c)
    }
}

/// A row of a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// The table.
    pub table: String,
    /// Its columns that the fold of events determines.
    pub columns: Map<String, Value>,
}

impl Line {
    /// Its text, without the line's end.
    pub fn written(&self) -> serde_json::Result<String> {
        match self {
            Self::Leaf(number, body) => Ok(format!("{LEAF}{number}{BODY}{body}}}")),
            Self::Export(_)
            | Self::Procedure(_)
            | Self::Checkpoint(_)
            | Self::Opening(_)
            | Self::Row(_)
            | Self::Seal(_) => serde_json::to_string(self),
        }
    }

    /// Reads a line; nothing of it is believed yet.
    pub fn read(text: &str) -> Option<Self> {
        let Some(rest) = text.strip_prefix(LEAF) else { return serde_json::from_str(text).ok() };
        let (number, body) = rest.split_once(BODY)?;
        let place: u64 = number.parse().ok().filter(|place: &u64| place.to_string() == number)?;
        Some(Self::Leaf(place, body.strip_suffix('}')?.to_owned()))
    }
}

/// Counts and hashes what was written, so that it can be sealed.
#[derive(Debug, Clone, Default)]
pub struct Digested {
    lines: u64,
    hash: Sha256,
}

impl Digested {
    /// Takes a line, without its end.
    pub fn take(&mut self, line: &str) {
        self.lines += 1;
        self.hash.update(line.as_bytes());
        self.hash.update(b"\n");
    }

    /// How many lines there were.
    pub const fn lines(&self) -> u64 {
        self.lines
    }

    /// What is sealed: the ledger, how many lines, and their SHA-256.
    pub fn text(&self, origin: &str) -> String {
        let hash = Hash(self.hash.clone().finalize().into());
        format!("{origin} export\n{}\n{hash}\n", self.lines)
    }

    /// The seal.
    pub fn seal(&self, key: &SigningKey) -> Option<Line> {
        key.sign(&self.text(key.verifier().name())).map(Line::Seal)
    }

    /// Did one of `keys` seal exactly this?
    pub fn is_sealed(&self, seal: &str, keys: &Keys) -> bool {
        keys.open(seal).is_some_and(|(text, signer)| text == self.text(&signer))
    }
}
