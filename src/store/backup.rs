//! What a backup needs of the database: a copy or a snapshot while others write, what it holds, and whether
//! the ledger is the same before and after. Files beside the database are not known here.

use std::{
    fs::{self, OpenOptions},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{
    backend::{Conn, Connector, DatabaseUrl, Purpose, inspect},
    error::StoreError,
    whole::{self, Tally, Watch},
};
use crate::words::Hash;

/// What a database held at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contents {
    /// How many leaves the ledger had.
    pub leaves: u64,
    /// The root of its tree, computed from the leaves (RFC 6962 §2.1).
    pub root: Hash,
    /// Every table.
    pub tables: Vec<Tally>,
}

/// A PostgreSQL database at one moment, as long as this value lives.
pub struct Snapshot {
    /// Its name, by which another session sees the same moment.
    pub name: String,
    /// What it holds.
    pub contents: Contents,
    _conn: Conn,
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Snapshot({})", self.name)
    }
}

/// Copies an SQLite database to the new file `to` while others write, and tells what the copy holds.
///
/// `Corrupt` where the copy's ledger is not, up to its size, the ledger that was copied.
pub fn save(url: &DatabaseUrl, to: &Path, watch: Watch<'_>) -> Result<Contents, StoreError> {
    let mut source = Connector::new(url, Purpose::Write).open()?;
    let mut options = OpenOptions::new();
    // Nobody else may read it; SQLite fills an empty file as it would make a new one.
    let made = options.write(true).create_new(true).mode(0o600).open(to);
    made.map_err(|error| StoreError::Unsuitable(format!("{} cannot be made: {error}", to.display())))?;
    watch("copying", 0);
    source.copy_to(to)?;
    let contents = look(to, watch)?;
    let before = whole::recomputed(&mut source, Some(contents.leaves))?;
    if (before.size, before.root) == (contents.leaves, contents.root) {
        return Ok(contents);
    }
    Err(StoreError::Corrupt(format!(
        "the copy's ledger has the root {}, the database's {}",
        contents.root, before.root
    )))
}

/// What an SQLite file that nobody uses holds; `Corrupt` where it is damaged.
pub fn look(file: &Path, watch: Watch<'_>) -> Result<Contents, StoreError> {
    let mut conn = inspect(file)?;
    if let Some(damage) = conn.damage().map_err(|error| StoreError::Corrupt(error.to_string()))? {
        return Err(StoreError::Corrupt(format!("{}: {damage}", file.display())));
    }
    held(&mut conn, watch)
}

/// What a database holds now.
pub fn contents(url: &DatabaseUrl, watch: Watch<'_>) -> Result<Contents, StoreError> {
    let mut conn = Connector::new(url, Purpose::Read).open()?;
    conn.begin_read()?;
    held(&mut conn, watch)
}

fn held(conn: &mut Conn, watch: Watch<'_>) -> Result<Contents, StoreError> {
    watch("the ledger", 0);
    let head = whole::verified_head(conn)?;
    Ok(Contents { leaves: head.size, root: head.root, tables: whole::tallies(conn, watch)? })
}

/// Puts a backup's file in the place of an SQLite database that is not there yet.
pub fn put_back(from: &Path, url: &DatabaseUrl, watch: Watch<'_>) -> Result<Contents, StoreError> {
    let refuse = |told: String| StoreError::Unsuitable(told);
    let target = url.file().ok_or_else(|| refuse(format!("{url} is no SQLite file, and this backup is one")))?;
    for taken in [target.to_owned(), beside(target, "-wal"), beside(target, "-shm")] {
        if fs::metadata(&taken).is_ok_and(|found| found.len() > 0) {
            return Err(refuse(format!(
                "{} is there already: stop the service and move it away first",
                taken.display()
            )));
        }
    }
    let arriving = beside(target, ".restoring");
    let moved = fs::copy(from, &arriving)
        .and_then(|_| fs::File::open(&arriving)?.sync_all())
        .and_then(|()| fs::rename(&arriving, target))
        .and_then(|()| match target.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            Some(folder) => fs::File::open(folder)?.sync_all(),
            None => fs::File::open(".")?.sync_all(),
        });
    moved.map_err(|error| refuse(format!("{} cannot be written: {error}", target.display())))?;
    look(target, watch)
}

fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Holds a PostgreSQL database at one moment; `Unsuitable` for an SQLite file.
pub fn hold(url: &DatabaseUrl, watch: Watch<'_>) -> Result<Snapshot, StoreError> {
    let mut conn = Connector::new(url, Purpose::Write).open()?;
    conn.begin_read()?;
    conn.wait_for_others()?;
    let name = conn.snapshot_name()?;
    let name = name.ok_or_else(|| StoreError::Unsuitable("an SQLite file is copied, not dumped".to_owned()))?;
    Ok(Snapshot { name, contents: held(&mut conn, watch)?, _conn: conn })
}

/// Has a database no table at all?
pub fn is_bare(url: &DatabaseUrl) -> Result<bool, StoreError> {
    Ok(Connector::new(url, Purpose::Write).open()?.tables()?.is_empty())
}
