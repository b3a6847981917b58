//! The leaf: what stands in the log for one event. Its body is the exact bytes that are stored and
//! hashed: RFC 8785 canonical JSON, without personal data, never serialised again.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::words::{ExceptionId, Hash, LeafError, canonical, leaf_hash};

/// The version of the leaf's format.
pub const VERSION: u8 = 1;

/// What an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// One exception.
    Exception(ExceptionId),
    /// The people, roles, tokens, changes and procedures.
    Roster,
}

impl Subject {
    /// Its kind and its id, as the leaf's columns have them.
    pub fn parts(self) -> (&'static str, String) {
        match self {
            Self::Exception(id) => ("exception", id.to_string()),
            Self::Roster => ("roster", "roster".to_owned()),
        }
    }
}

/// One event in its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leaf<E> {
    /// The format's version.
    pub v: u8,
    /// What it is about.
    pub subject: Subject,
    /// Its number among the events of that subject, from 1.
    pub seq: u64,
    /// The event.
    pub event: E,
}

impl<E: Serialize> Leaf<E> {
    /// The leaf of `event`.
    pub const fn new(subject: Subject, seq: u64, event: E) -> Self {
        Self { v: VERSION, subject, seq, event }
    }

    /// The exact bytes, and their hash as a leaf (RFC 6962 §2.1).
    pub fn body(&self) -> Result<(String, Hash), LeafError> {
        let body = canonical(self)?;
        let hash = leaf_hash(body.as_bytes());
        Ok((body, hash))
    }
}

impl<E: DeserializeOwned> Leaf<E> {
    /// Reads a stored body.
    pub fn read(body: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(body)
    }
}
