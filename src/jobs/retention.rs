//! The job that deletes the texts and files of exceptions that are over for as long as is configured.

use std::collections::BTreeSet;

use super::{JobError, Jobs, Worked};
use crate::{
    desk::Ran,
    domain::{request::Time, roster::RETENTION_JOB},
    store::erasure::{RetiredFile, kept_elsewhere, retired_files},
    words::Hash,
};

/// Pages of one state in one run; what is left goes with the next.
const PAGES: usize = 1_000;

impl Jobs {
    /// Deletes those texts, and counts their exceptions.
    pub(super) fn retain(&mut self, now: Time) -> Result<Worked, JobError> {
        let mut done = 0;
        for term in self.desk.retention().to_vec() {
            for _ in 0..PAGES {
                let Some(right) = self.right(RETENTION_JOB) else { return Ok(Worked::cut_short(done)) };
                match self.desk.retire_texts(right, term, now)? {
                    Ran::Made(0) => break,
                    Ran::Made(made) => done += usize::try_from(made).unwrap_or(usize::MAX),
                    Ran::Stopped(_) => return Ok(Worked::cut_short(done)),
                }
            }
        }
        self.remove_retired()?;
        Ok(Worked::whole(done))
    }

    /// Removes the files that went with them, but those that are attached elsewhere too; each by itself.
    fn remove_retired(&self) -> Result<(), JobError> {
        let store = self.desk.store();
        let files = store.read(retired_files)?;
        if files.is_empty() {
            return Ok(());
        }
        let hashes: BTreeSet<Hash> = files.iter().map(|file| file.hash).collect();
        let (kept, until) = store.read(|conn| kept_elsewhere(conn, &hashes))?;
        for file in files {
            self.remove_one(file, (kept.contains(&file.hash), until))
                .inspect_err(
                    |error| tracing::error!(%error, "a file of what is over could not be removed; it is tried again"),
                )
                .ok();
        }
        Ok(())
    }

    /// Nobody attaches anything meanwhile: what they put there is seen here, or not there any more by them.
    fn remove_one(&self, file: RetiredFile, (kept, until): (bool, u64)) -> Result<(), JobError> {
        let folder = self.outward.attachments.clone();
        let removed = self.write(move |tx| {
            let last = until.saturating_sub(1);
            if kept || tx.is_brought_anew(file.hash, last)? || folder.remove(file.hash).is_ok() {
                tx.retired_file_removed(file)?;
            }
            Ok(())
        });
        Ok(removed?)
    }
}
