//! The job that does what an erasure leaves to be done outside its transaction: the list outside the database, files,
//! and pages. It has threads of its own, since pages may take long. Each erasure is taken in hand by one process for an
//! hour, so that what failed is tried again once an hour and not at once.

use chrono::Duration;

use super::{JobError, Jobs, Worked};
use crate::{
    domain::request::Time,
    store::erasure::{Erased, Sweeping, brought_anew, files, unswept},
};

/// Erasures that are swept in one run.
const PAGE: i64 = 20;
/// After how many minutes it is tried again where something failed.
const PAUSE_MINUTES: i64 = 60;
/// The same where somebody read from the log of the database.
const BUSY_MINUTES: i64 = 1;

impl Jobs {
    /// Is there one that is not swept, and not tried by anybody?
    pub(super) fn has_unswept(&mut self, now: Time) -> Result<bool, JobError> {
        Ok(!self.desk.store().read(|conn| unswept(conn, now, 1))?.is_empty())
    }

    /// Sweeps those.
    pub(super) fn sweep_erasures(&mut self, now: Time) -> Result<Worked, JobError> {
        let mut page = self.desk.store().read(|conn| unswept(conn, now, PAGE))?;
        let until = now + Duration::minutes(PAUSE_MINUTES);
        let mut taken = Vec::new();
        for erased in page.drain(..) {
            let leaf = erased.leaf;
            if self.write(move |tx| tx.take_erasure(leaf, (now, until)))? {
                taken.push(erased);
            }
        }
        if taken.is_empty() {
            return Ok(Worked::whole(0));
        }
        let listed = told("the list of erasures", self.desk.list_erasures()).is_some();
        let removed: Vec<bool> = taken.iter().map(|erased| self.remove_files(erased)).collect::<Result<_, _>>()?;
        // What was written anew for all of them is not again: the log alone is tried.
        let rewritten = if taken.iter().all(|erased| erased.rewritten_at.is_some()) {
            Some(true)
        } else {
            told("the pages of the database", self.desk.store().rewrite_pages())
        };
        let settled = match rewritten {
            Some(true) => told("the log of the database", self.desk.store().settle_log()),
            Some(false) | None => rewritten,
        };
        let busy = settled == Some(false);
        let (rewritten, settled) = (rewritten == Some(true), settled == Some(true));
        let until = if busy { now + Duration::minutes(BUSY_MINUTES) } else { until };
        let mut done = 0;
        for (Erased { leaf, .. }, removed) in taken.iter().zip(removed) {
            let (leaf, over) = (*leaf, listed && removed && rewritten && settled);
            self.write(move |tx| tx.note_sweeping(leaf, Sweeping { rewritten, over }, until))?;
            done += usize::from(over);
        }
        Ok(Worked::whole(done))
    }

    /// Removes the files that went with somebody, but those that another brought since; each by itself. Are all gone?
    fn remove_files(&self, erased: &Erased) -> Result<bool, JobError> {
        let leaf = erased.leaf;
        let mut all = true;
        for file in self.desk.store().read(|conn| files(conn, leaf))? {
            let (anew, until) = self.desk.store().read(|conn| brought_anew(conn, file, leaf))?;
            let folder = self.outward.attachments.clone();
            // Nobody attaches anything meanwhile: what they put there is seen here, or not there any more by them.
            let removed = self.write(move |tx| {
                let gone = anew || tx.is_brought_anew(file, until)? || told("a file", folder.remove(file)).is_some();
                if gone { tx.file_removed(leaf, file).map(|()| true) } else { Ok(false) }
            });
            all &= told("a file", removed) == Some(true);
        }
        Ok(all)
    }
}

/// What it came to; a failure is told, and keeps nothing else from being done.
fn told<T, E: std::fmt::Display>(what: &str, done: Result<T, E>) -> Option<T> {
    done.inspect_err(|error| tracing::error!(%error, "{what} could not be seen to for an erasure; it is tried again"))
        .ok()
}
