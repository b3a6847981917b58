//! What a backup says of itself: JSON beside it, read by people and by `backup verify`.

use std::{fs, path::Path};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::BackupError;
use crate::{store::backup::Contents, words::Hash};

/// Which database a backup is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A copy of an SQLite file, itself such a file.
    Sqlite,
    /// A dump of PostgreSQL in the custom format.
    Postgresql,
}

/// A file of the backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filed {
    /// Its name within its folder, with `/` between the parts.
    pub name: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// Its SHA-256.
    pub hash: Hash,
}

/// What is in a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of this format.
    pub format: u32,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// Which database it is of.
    pub kind: Kind,
    /// The database's file.
    pub database: Filed,
    /// What the database held.
    pub contents: Contents,
    /// The attachments.
    pub attachments: Vec<Filed>,
}

impl Manifest {
    pub(super) fn write(&self, to: &Path) -> Result<(), BackupError> {
        let told = |error| BackupError::File { path: to.to_owned(), error };
        let text = serde_json::to_string_pretty(self).map_err(|error| told(error.into()))?;
        fs::write(to, text).and_then(|()| fs::File::open(to)?.sync_all()).map_err(told)
    }

    /// Reads a manifest; one of a later format is refused.
    pub(super) fn read(from: &Path) -> Result<Self, BackupError> {
        let text = fs::read(from).map_err(|error| BackupError::File { path: from.to_owned(), error })?;
        let read: Self = serde_json::from_slice(&text)
            .map_err(|error| BackupError::Unverified(format!("{}: {error}", from.display())))?;
        if read.format == 1 {
            return Ok(read);
        }
        Err(BackupError::Unverified(format!("{} is of the later format {}", from.display(), read.format)))
    }
}
