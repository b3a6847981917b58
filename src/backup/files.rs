//! Folders of files, copied whole with the hash of each. Links are not followed, and what is still being
//! written (a name that begins with a dot) is left out.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use super::{BackupError, manifest::Filed};
use crate::{store::Watch, words::Hash};

fn at(path: &Path) -> impl FnOnce(io::Error) -> BackupError + '_ {
    |error| BackupError::File { path: path.to_owned(), error }
}

/// A file with its length and hash, named by its last part.
pub(super) fn hashed(path: &Path, watch: Watch<'_>) -> Result<Filed, BackupError> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut file = File::open(path).map_err(at(path))?;
    let (bytes, hash) = pour(&mut file, &mut io::sink(), &|bytes| watch(&name, bytes)).map_err(at(path))?;
    Ok(Filed { name, bytes, hash })
}

/// Copies every file below `from` to the same place below `to`; nothing if there is no such folder.
pub(super) fn copy_all(from: &Path, to: &Path, watch: Watch<'_>) -> Result<Vec<Filed>, BackupError> {
    let mut copied = Vec::new();
    if from.exists() {
        make_folder(to)?;
        copy_below((from, to), "", &mut copied, watch)?;
        copied.sort_by(|one, other| one.name.cmp(&other.name));
    }
    Ok(copied)
}

fn copy_below(
    (from, to): (&Path, &Path),
    above: &str,
    copied: &mut Vec<Filed>,
    watch: Watch<'_>,
) -> Result<(), BackupError> {
    for path in names(from)? {
        let kind = fs::symlink_metadata(&path).map_err(at(&path))?;
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let target = to.join(&name);
        if kind.is_dir() {
            make_folder(&target)?;
            copy_below((&path, &target), &format!("{above}{name}/"), copied, watch)?;
        } else if kind.is_file() && !name.starts_with('.') {
            let filed = copy_one(&path, &target, watch)?;
            copied.push(Filed { name: format!("{above}{name}"), ..filed });
        }
    }
    File::open(to).and_then(|folder| folder.sync_all()).map_err(at(to))
}

/// Every file below `folder`, as [`copy_all`] would name it; none if there is no such folder.
pub(super) fn hash_all(folder: &Path, watch: Watch<'_>) -> Result<Vec<Filed>, BackupError> {
    let mut found = Vec::new();
    if folder.exists() {
        hash_below(folder, "", &mut found, watch)?;
        found.sort_by(|one, other| one.name.cmp(&other.name));
    }
    Ok(found)
}

fn hash_below(folder: &Path, above: &str, found: &mut Vec<Filed>, watch: Watch<'_>) -> Result<(), BackupError> {
    for path in names(folder)? {
        let kind = fs::symlink_metadata(&path).map_err(at(&path))?;
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if kind.is_dir() {
            hash_below(&path, &format!("{above}{name}/"), found, watch)?;
        } else if kind.is_file() && !name.starts_with('.') {
            found.push(Filed { name: format!("{above}{name}"), ..hashed(&path, watch)? });
        }
    }
    Ok(())
}

fn copy_one(from: &Path, to: &Path, watch: Watch<'_>) -> Result<Filed, BackupError> {
    let mut source = File::open(from).map_err(at(from))?;
    let mut options = OpenOptions::new();
    let mut target = options.write(true).create_new(true).mode(0o600).open(to).map_err(at(to))?;
    let (bytes, hash) = pour(&mut source, &mut target, &|bytes| watch("attachments", bytes)).map_err(at(to))?;
    target.sync_all().map_err(at(to))?;
    Ok(Filed { name: String::new(), bytes, hash })
}

fn pour(from: &mut impl Read, to: &mut impl Write, poured: &dyn Fn(u64)) -> io::Result<(u64, Hash)> {
    let (mut sha, mut bytes, mut buffer) = (Sha256::new(), 0_u64, vec![0; 1 << 16]);
    loop {
        let read = match from.read(&mut buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        let Some(part) = buffer.get(..read).filter(|part| !part.is_empty()) else {
            return Ok((bytes, Hash(sha.finalize().into())));
        };
        sha.update(part);
        to.write_all(part)?;
        let more = u64::try_from(read).unwrap_or(u64::MAX);
        bytes = bytes.saturating_add(more);
        poured(more);
    }
}

fn make_folder(path: &Path) -> Result<(), BackupError> {
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(at(path))
}

/// What is in a folder, in the order of the names.
pub(super) fn names(folder: &Path) -> Result<Vec<PathBuf>, BackupError> {
    let entries = fs::read_dir(folder).map_err(at(folder))?;
    let mut names = entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>().map_err(at(folder))?;
    names.sort();
    Ok(names)
}

/// Refuses a folder that holds anything.
pub(super) fn require_empty(folder: &Path) -> Result<(), BackupError> {
    if !folder.exists() || names(folder)?.is_empty() {
        return Ok(());
    }
    Err(BackupError::InTheWay(format!("{} holds files already: move them away first", folder.display())))
}
