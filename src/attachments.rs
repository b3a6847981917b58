//! The files beside the database, each under the SHA-256 of its content: written once, never changed, and removed by
//! an erasure alone. What belongs to which exception, and who may read it, is not known here.

mod media;
mod name;

use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    process,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use sha2::{Digest, Sha256};

pub use media::Media;
pub use name::DisplayName;

use crate::words::Hash;

/// How much may be kept, in bytes.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// For one file.
    pub file: u64,
    /// For all files together.
    pub total: u64,
}

/// What is known of a file that was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// SHA-256 of the content: where it lies.
    pub hash: Hash,
    /// Its length in bytes.
    pub bytes: u64,
    /// Its type, judged by its content.
    pub media: Media,
}

/// Why a file was not kept, or not given back.
#[derive(Debug, thiserror::Error)]
pub enum AttachmentError {
    /// Nothing in it.
    #[error("the file is empty")]
    Empty,
    /// Longer than one file may be.
    #[error("the file is larger than {0} bytes, the limit `attachments.max_bytes`")]
    TooLarge(u64),
    /// The folder holds as much as it may.
    #[error("no room: all attachments together may have {0} bytes, the limit `attachments.max_total`")]
    Full(u64),
    /// A type that is not accepted.
    #[error("{found} is not accepted; accepted are {}", Media::accepted())]
    Refused {
        /// What the content looks like.
        found: String,
    },
    /// No file has this content.
    #[error("no attachment has the hash {0}")]
    Missing(Hash),
    /// The file is there and is not what was kept.
    #[error("the attachment {hash} has {found} bytes instead of {expected}; restore it from a backup")]
    Damaged {
        /// Its name.
        hash: Hash,
        /// The length that was recorded.
        expected: u64,
        /// The length that it has.
        found: u64,
    },
    /// A symbolic link, or something else that is no plain file or folder.
    #[error("{0} is not a plain file or folder of the attachments; links are not followed")]
    Irregular(PathBuf),
    /// The file system.
    #[error("attachments: {0}")]
    Io(#[from] io::Error),
}

/// The folder of all attachments; clones share it.
#[derive(Debug, Clone)]
pub struct Attachments(Arc<Folder>);

#[derive(Debug)]
struct Folder {
    root: PathBuf,
    limits: Limits,
    total: Mutex<u64>,
    arrivals: AtomicU64,
}

impl Attachments {
    /// Opens the folder, creating it where it is missing, and counts what it holds.
    pub fn at(root: &Path, limits: Limits) -> Result<Self, AttachmentError> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(root)?;
        let root = fs::canonicalize(root)?;
        let total = Mutex::new(bytes_below(&root)?);
        Ok(Self(Arc::new(Folder { root, limits, total, arrivals: AtomicU64::new(0) })))
    }

    /// How long one file may be, in bytes.
    pub fn most(&self) -> u64 {
        self.0.limits.file
    }

    /// Begins to receive a file; [`Incoming::finish`] keeps it, dropping it leaves nothing.
    pub fn begin(&self) -> Result<Incoming, AttachmentError> {
        let (path, file) = self.0.temporary()?;
        Ok(Incoming {
            folder: self.clone(),
            path: Some(path),
            file,
            sha: Sha256::new(),
            bytes: 0,
            sniffer: media::Sniffer::default(),
        })
    }

    /// Keeps all that `reader` gives.
    pub fn keep(&self, mut reader: impl Read) -> Result<Kept, AttachmentError> {
        let mut incoming = self.begin()?;
        let mut buffer = vec![0; 64 * 1_024];
        loop {
            match reader.read(&mut buffer) {
                Ok(0) => return incoming.finish(),
                Ok(read) => incoming.write(buffer.get(..read).unwrap_or_default())?,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Opens the content with this hash for reading, if it has the `bytes` that were recorded.
    pub fn open(&self, hash: Hash, bytes: u64) -> Result<File, AttachmentError> {
        let path = self.0.path(hash);
        match fs::canonicalize(&path) {
            Ok(real) if real == path => {}
            Ok(_) => return Err(AttachmentError::Irregular(path)),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(AttachmentError::Missing(hash));
            }
            Err(error) => return Err(error.into()),
        }
        let file = File::open(&path)?;
        let found = file.metadata()?;
        if !found.is_file() {
            return Err(AttachmentError::Irregular(path));
        }
        if found.len() != bytes {
            return Err(AttachmentError::Damaged { hash, expected: bytes, found: found.len() });
        }
        Ok(file)
    }

    /// Is content with this hash there?
    pub fn has(&self, hash: Hash) -> bool {
        fs::symlink_metadata(self.0.path(hash)).is_ok_and(|found| found.is_file())
    }

    /// Removes the content with this hash, durably; what is not there is removed.
    pub fn remove(&self, hash: Hash) -> Result<(), AttachmentError> {
        let path = self.0.path(hash);
        let mut total = self.0.total.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes = match fs::symlink_metadata(&path) {
            Ok(found) => found.len(),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        fs::remove_file(&path)?;
        if let Some(folder) = path.parent() {
            sync(folder)?;
        }
        *total = total.saturating_sub(bytes);
        Ok(())
    }
}

impl Folder {
    /// Where content lies: `aa/bb/<hash>`, so that no folder grows too long.
    fn path(&self, hash: Hash) -> PathBuf {
        let name = hash.to_string();
        let level = |range| name.get(range).unwrap_or_default();
        self.root.join(level(0..2)).join(level(2..4)).join(&name)
    }

    /// A new file in the same file system, so that it can be renamed to its place.
    fn temporary(&self) -> Result<(PathBuf, File), AttachmentError> {
        loop {
            let number = self.arrivals.fetch_add(1, Ordering::Relaxed);
            let path = self.root.join(format!(".incoming-{}-{number}", process::id()));
            let mut options = OpenOptions::new();
            options.read(true).write(true).create_new(true).mode(0o600);
            match options.open(&path) {
                Ok(file) => return Ok((path, file)),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Moves a complete file to its place, durably. The same content again replaces itself.
    fn settle(&self, from: &Path, hash: Hash, bytes: u64) -> Result<(), AttachmentError> {
        let to = self.path(hash);
        let mut total = self.total.lock().unwrap_or_else(PoisonError::into_inner);
        let known = fs::symlink_metadata(&to).is_ok();
        let after = if known { *total } else { total.saturating_add(bytes) };
        if after > self.limits.total {
            return Err(AttachmentError::Full(self.limits.total));
        }
        self.make_folders(&to)?;
        fs::rename(from, &to)?;
        if let Some(folder) = to.parent() {
            sync(folder)?;
        }
        *total = after;
        Ok(())
    }

    /// Makes the two folders above `path`, each durably before what it will hold.
    fn make_folders(&self, path: &Path) -> Result<(), AttachmentError> {
        let mut folders: Vec<_> = path.ancestors().skip(1).take_while(|folder| *folder != self.root).collect();
        folders.reverse();
        for folder in folders {
            match fs::DirBuilder::new().mode(0o700).create(folder) {
                Ok(()) => sync(folder.parent().unwrap_or(&self.root))?,
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                    if !fs::symlink_metadata(folder)?.is_dir() {
                        return Err(AttachmentError::Irregular(folder.to_owned()));
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

/// A file on its way in.
#[derive(Debug)]
pub struct Incoming {
    folder: Attachments,
    /// The temporary file, while there is one to remove.
    path: Option<PathBuf>,
    file: File,
    sha: Sha256,
    bytes: u64,
    sniffer: media::Sniffer,
}

impl Incoming {
    /// Takes the next part, or refuses it as soon as the file is too large.
    pub fn write(&mut self, part: &[u8]) -> Result<(), AttachmentError> {
        let limit = self.folder.0.limits.file;
        let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
        self.bytes = self.bytes.saturating_add(length);
        if self.bytes > limit {
            return Err(AttachmentError::TooLarge(limit));
        }
        self.sha.update(part);
        self.sniffer.feed(part);
        Ok(self.file.write_all(part)?)
    }

    /// Judges the type and keeps the file: when this returns, it is on the disk under its hash.
    pub fn finish(mut self) -> Result<Kept, AttachmentError> {
        if self.bytes == 0 {
            return Err(AttachmentError::Empty);
        }
        let media = std::mem::take(&mut self.sniffer).judge(&mut self.file)?;
        let hash = Hash(self.sha.finalize_reset().into());
        self.file.sync_all()?;
        if let Some(path) = &self.path {
            self.folder.0.settle(path, hash, self.bytes)?;
        }
        self.path = None;
        Ok(Kept { hash, bytes: self.bytes, media })
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if let Some(path) = self.path.take() {
            // A temporary file that stays costs room and nothing else.
            let _ = fs::remove_file(path);
        }
    }
}

/// Makes a change of a folder's entries durable.
fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// How many bytes the files below `folder` have; links are not followed, temporary files not counted.
fn bytes_below(folder: &Path) -> io::Result<u64> {
    let mut bytes = 0_u64;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            bytes = bytes.saturating_add(bytes_below(&entry.path())?);
        } else if kind.is_file() && !entry.file_name().as_encoded_bytes().starts_with(b".") {
            bytes = bytes.saturating_add(entry.metadata()?.len());
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests;
