//! Checkpoints outside the database: a file to which each is appended. What is missing there is made up for, and
//! a file that tells of something else than the database does is left as it is, and told of.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

use serde_json::{Value, json};

use crate::store::{
    Conn, StoreError,
    checkpoints::{Signed, signed_after},
};

/// How many checkpoints are appended at once.
const PAGE: i64 = 1_000;
/// The last line is looked for in so many bytes; a checkpoint takes a few hundred.
const TAIL: u64 = 1 << 16;

/// Where checkpoints are anchored.
#[derive(Debug, Default)]
pub struct Anchor {
    file: PathBuf,
    /// Held while the file is written.
    writing: Mutex<()>,
    /// Why it does not have what the database has. Held for no longer than it takes to read or set it.
    fault: Mutex<Option<String>>,
}

/// Why a checkpoint is not anchored.
#[derive(Debug, thiserror::Error)]
enum Unanchored {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("its last checkpoint, of {0} leaves, is not in the database, which was set back or is another one")]
    Other(u64),
}

impl Anchor {
    /// An anchor in this file, which is made when there is something to append.
    pub fn at(file: PathBuf) -> Self {
        Self { file, writing: Mutex::default(), fault: Mutex::default() }
    }

    /// Why it does not have what the database has; `None` while it does.
    pub fn fault(&self) -> Option<String> {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Appends every checkpoint that is kept after the last one in the file. `read` reads the database.
    pub(super) fn catch_up(
        &self,
        read: impl FnOnce(&mut dyn FnMut(&mut Conn) -> Result<(), StoreError>) -> Result<(), StoreError>,
    ) {
        let _alone = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut done = Ok(());
        let asked = read(&mut |conn| {
            done = self.append_after(conn);
            Ok(())
        });
        let ended = asked.map_err(Unanchored::from).and(done);
        let fault = ended.err().map(|error| {
            let why = format!("{}: {error}", self.file.display());
            tracing::error!(%why, "the checkpoints could not be anchored in ledger.anchor_file");
            why
        });
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = fault;
    }

    fn append_after(&self, conn: &mut Conn) -> Result<(), Unanchored> {
        let (last, whole) = self.last()?;
        let mut after = 0;
        if let Some((size, note)) = last {
            let kept = signed_after(conn, size.saturating_sub(1), 1)?.pop();
            if kept.is_none_or(|kept| kept.head.size != size || kept.note != note) {
                return Err(Unanchored::Other(size));
            }
            after = size;
        }
        let mut text = if whole { String::new() } else { "\n".to_owned() };
        loop {
            let page = signed_after(conn, after, PAGE)?;
            let Some(newest) = page.last() else { return Ok(()) };
            after = newest.head.size;
            text.extend(page.iter().map(line));
            let mut file = OpenOptions::new().create(true).append(true).open(&self.file)?;
            file.write_all(std::mem::take(&mut text).as_bytes())?;
            file.sync_data()?;
        }
    }

    /// The size and the note of the last whole line, and whether nothing stands behind it.
    fn last(&self) -> io::Result<(Option<(u64, String)>, bool)> {
        let mut file = match File::open(&self.file) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((None, true)),
            Err(error) => return Err(error),
        };
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
        let mut tail = Vec::new();
        file.read_to_end(&mut tail)?;
        let text = String::from_utf8_lossy(&tail);
        let said = |line: &str| -> Option<(u64, String)> {
            let told: Value = serde_json::from_str(line).ok()?;
            Some((told.get("size")?.as_u64()?, told.get("checkpoint")?.as_str()?.to_owned()))
        };
        Ok((text.lines().rev().find_map(said), text.is_empty() || text.ends_with('\n')))
    }
}

/// One line of JSON for each checkpoint.
fn line(signed: &Signed) -> String {
    let told = json!({ "at": signed.at, "checkpoint": signed.note, "size": signed.head.size });
    format!("{told}\n")
}
