//! Backups: the database at one moment, the attachments beside it, and a manifest that says what is in
//! them. Each is verified when it is made, when it is asked about, and when it is put back.

mod files;
mod manifest;
mod server;

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

pub use manifest::{Filed, Kind, Manifest};

pub use crate::store::Watch;
use crate::store::{DatabaseUrl, StoreError, backup as store};

/// Why a backup was not made, is not what it claims, or was not put back.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file.
    #[error("{path}: {error}")]
    File {
        /// Which.
        path: PathBuf,
        /// What the file system says.
        error: std::io::Error,
    },
    /// A program of PostgreSQL is missing or failed.
    #[error("{0}")]
    Tool(String),
    /// It is not what its manifest says.
    #[error("the backup is not what its manifest says: {0}")]
    Unverified(String),
    /// There is something in the way.
    #[error("{0}")]
    InTheWay(String),
}

/// What is backed up, and where it is put back.
#[derive(Debug, Clone)]
pub struct Place {
    /// The database.
    pub database: DatabaseUrl,
    /// The folder of the attachments.
    pub attachments: PathBuf,
}

impl Place {
    /// Makes a backup as the new file `to`, with the attachments in `to`.attachments and the manifest in
    /// `to`.manifest.json, while the service goes on.
    pub fn create(&self, to: &Path, now: DateTime<Utc>, watch: Watch<'_>) -> Result<Manifest, BackupError> {
        require_free(to)?;
        let (kind, contents) = match self.database.server() {
            None => (Kind::Sqlite, store::save(&self.database, to, watch)?),
            Some(_) => (Kind::Postgresql, server::dump(&self.database, to, watch)?),
        };
        // After the database: files are written before the rows that name them, and never removed.
        let attachments = files::copy_all(&self.attachments, &beside(to, ATTACHMENTS), watch)?;
        let database = files::hashed(to, watch)?;
        let manifest = Manifest { format: 1, made_at: now, kind, database, contents, attachments };
        manifest.write(&beside(to, MANIFEST))?;
        Ok(manifest)
    }

    /// Puts the backup `from` in the place of a database and a folder that are not there yet.
    pub fn restore(&self, from: &Path, watch: Watch<'_>) -> Result<Manifest, BackupError> {
        let manifest = verify(from, watch)?;
        files::require_empty(&self.attachments)?;
        let found = match (manifest.kind, self.database.server()) {
            (Kind::Sqlite, None) => store::put_back(from, &self.database, watch)?,
            (Kind::Postgresql, Some(_)) => {
                server::restore(&self.database, from)?;
                store::contents(&self.database, watch)?
            }
            (Kind::Sqlite, Some(_)) => {
                let told =
                    "this is a backup of an SQLite file: restore it to a file, then `proviso db copy --to` the server";
                return Err(BackupError::InTheWay(told.to_owned()));
            }
            (Kind::Postgresql, None) => {
                let told = "this is a backup of PostgreSQL: restore it to a server, then `proviso db copy --to` a file";
                return Err(BackupError::InTheWay(told.to_owned()));
            }
        };
        if found != manifest.contents {
            return Err(BackupError::Unverified("the restored database holds something else".to_owned()));
        }
        if files::copy_all(&beside(from, ATTACHMENTS), &self.attachments, watch)? != manifest.attachments {
            return Err(BackupError::Unverified("the attachments changed while they were put back".to_owned()));
        }
        Ok(manifest)
    }
}

/// Looks at every byte of a backup; of a dump of PostgreSQL the rows show only once it is restored.
pub fn verify(file: &Path, watch: Watch<'_>) -> Result<Manifest, BackupError> {
    let manifest = Manifest::read(&beside(file, MANIFEST))?;
    let unverified = |told: String| Err::<Manifest, _>(BackupError::Unverified(told));
    let found = files::hashed(file, watch)?;
    if (found.bytes, found.hash) != (manifest.database.bytes, manifest.database.hash) {
        return unverified(format!("{} has other bytes", file.display()));
    }
    match manifest.kind {
        Kind::Sqlite => match store::look(file, watch) {
            Ok(contents) if contents == manifest.contents => {}
            Ok(_) => return unverified("its tables hold other rows".to_owned()),
            Err(error) => return unverified(error.to_string()),
        },
        Kind::Postgresql => server::list(file)?,
    }
    let attachments = files::hash_all(&beside(file, ATTACHMENTS), watch)?;
    let differs = |one: &[Filed], other: &[Filed]| one.iter().find(|filed| !other.contains(filed)).cloned();
    let odd = differs(&manifest.attachments, &attachments).or_else(|| differs(&attachments, &manifest.attachments));
    match odd {
        None => Ok(manifest),
        Some(odd) => unverified(format!("the attachment {} is missing, added or has other bytes", odd.name)),
    }
}

const ATTACHMENTS: &str = ".attachments";
const MANIFEST: &str = ".manifest.json";

/// When the newest backup in a folder was made; backups without a manifest do not count.
pub fn newest(folder: &Path) -> Result<Option<DateTime<Utc>>, BackupError> {
    let names = files::names(folder)?;
    let manifests = names.iter().filter(|path| path.to_string_lossy().ends_with(MANIFEST));
    let made = manifests.filter_map(|path| Manifest::read(path).ok()).map(|manifest| manifest.made_at);
    Ok(made.max())
}

fn require_free(to: &Path) -> Result<(), BackupError> {
    let all = [to.to_owned(), beside(to, ATTACHMENTS), beside(to, MANIFEST)];
    match all.iter().find(|path| path.exists()) {
        None => Ok(()),
        Some(taken) => Err(BackupError::InTheWay(format!("{} is there already; choose another name", taken.display()))),
    }
}

fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}
