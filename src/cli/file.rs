//! Files that the command line writes: for their owner alone, whole or not at all, and over nothing that is there.

use std::{
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use tempfile::{Builder, NamedTempFile};

use super::Failure;

/// A file on its way: under another name beside its own until it is whole.
pub(super) struct Whole {
    path: PathBuf,
    out: BufWriter<NamedTempFile>,
}

impl Whole {
    /// A file that will stand at `path`, where nothing stands yet.
    pub(super) fn begin(path: &Path) -> Result<Self, Failure> {
        let told = |error: io::Error| anyhow::anyhow!("{}: {error}", path.display());
        if path.try_exists().map_err(told)? {
            return Err(told(io::ErrorKind::AlreadyExists.into()).into());
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        // Mode 0600 from its first byte on.
        let file = Builder::new().prefix(".proviso-").tempfile_in(folder).map_err(told)?;
        Ok(Self { path: path.to_owned(), out: BufWriter::new(file) })
    }

    /// Gives it its name, once it is on the disk; whoever took that name meanwhile keeps it.
    pub(super) fn keep(self) -> Result<(), Failure> {
        let told = |error: io::Error| anyhow::anyhow!("{}: {error}", self.path.display());
        let file = self.out.into_inner().map_err(|error| told(error.into_error()))?;
        file.as_file().sync_all().map_err(told)?;
        file.persist_noclobber(&self.path).map_err(|error| told(error.error))?;
        Ok(())
    }
}

impl Write for Whole {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// A reader who has seen enough, such as `head`, is no failure.
pub(super) fn seen_enough(ended: io::Result<()>) -> io::Result<()> {
    match ended {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        ended => ended,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_file_is_there_once_it_is_whole_and_only_for_its_owner() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("record.jsonl");
        let mut begun = Whole::begin(&path).unwrap();
        begun.write_all(b"half").unwrap();
        drop(begun);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "half a file is none");
        let mut begun = Whole::begin(&path).unwrap();
        begun.write_all(b"whole").unwrap();
        assert!(!path.exists());
        begun.keep().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"whole");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(Whole::begin(&path).is_err(), "nothing is overwritten");
    }
}
