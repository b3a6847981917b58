//! The job that does what an erasure leaves to be done outside its transaction: what others said in passing, the list
//! outside the database, files, and pages. It has threads of its own, since pages may take long. Each erasure is taken in hand by one process for an
//! hour, so that what failed is tried again once an hour and not at once.

use chrono::Duration;

use super::{JobError, Jobs, Worked};
use crate::{
    domain::request::Time,
    store::{
        StoreError,
        erasure::{Erased, Sweeping, brought_anew, files, unswept},
    },
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
        let passed: Vec<bool> = taken.iter().map(|one| told("tables", self.desk.sweep_tables(one)).is_some()).collect();
        let listed = told("the list of erasures", self.desk.list_erasures()).is_some();
        let removed: Vec<Removed> =
            taken.iter().map(|erased| told("files", self.remove_files(erased)).unwrap_or(Removed::Failed)).collect();
        let settled = self.sweep_pages(taken.iter().zip(&passed).filter(|(_, passed)| **passed).map(|(one, _)| one));
        let done: Vec<bool> =
            passed.iter().zip(&removed).map(|(passed, gone)| *passed && *gone == Removed::All).collect();
        let busy = settled == Settled::Busy || removed.contains(&Removed::Busy);
        let until = if busy { now + Duration::minutes(BUSY_MINUTES) } else { until };
        let mut over = 0;
        for ((Erased { leaf, .. }, done), passed) in taken.iter().zip(done).zip(passed) {
            let rewritten = passed && settled != Settled::No;
            let sweeping = Sweeping { rewritten, over: listed && done && settled == Settled::All };
            let leaf = *leaf;
            self.write(move |tx| tx.note_sweeping(leaf, sweeping, until))?;
            over += usize::from(sweeping.over);
        }
        Ok(Worked::whole(over))
    }

    /// Writes the pages anew for those of whom nothing is in the tables, and cuts off the log. What was written anew for
    /// all of them is not again: the log alone is tried.
    fn sweep_pages<'a>(&self, passed: impl Iterator<Item = &'a Erased>) -> Settled {
        let rewritten: Vec<bool> = passed.map(|erased| erased.rewritten_at.is_some()).collect();
        if rewritten.is_empty() {
            return Settled::No;
        }
        let rewritten = rewritten.iter().all(|rewritten| *rewritten)
            || told("the pages of the database", self.desk.store().rewrite_pages()) == Some(true);
        if !rewritten {
            return Settled::No;
        }
        match told("the log of the database", self.desk.store().settle_log()) {
            Some(true) => Settled::All,
            Some(false) => Settled::Busy,
            None => Settled::Rewritten,
        }
    }

    /// Removes the files that went with somebody, but those that another brought since; each by itself.
    fn remove_files(&self, erased: &Erased) -> Result<Removed, JobError> {
        let leaf = erased.leaf;
        let mut all = Removed::All;
        for file in self.desk.store().read(|conn| files(conn, leaf))? {
            let (anew, until) = self.desk.store().read(|conn| brought_anew(conn, file, leaf))?;
            let folder = self.outward.attachments.clone();
            // Nobody attaches anything meanwhile: what they put there is seen here, or not there any more by them.
            let removed = self.write(move |tx| {
                let gone = anew || tx.is_brought_anew(file, until)? || told("a file", folder.remove(file)).is_some();
                if gone { tx.file_removed(leaf, file).map(|()| true) } else { Ok(false) }
            });
            let one = match removed {
                Ok(true) => Removed::All,
                Err(StoreError::Busy) => Removed::Busy,
                other => {
                    told("a file", other);
                    Removed::Failed
                }
            };
            all = all.max(one);
        }
        Ok(all)
    }
}

/// What became of the files of an erasure, the worst last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Removed {
    All,
    /// Somebody attaches the same just now.
    Busy,
    Failed,
}

/// How far pages and log have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Settled {
    No,
    Rewritten,
    /// Somebody still reads from the log.
    Busy,
    All,
}

/// What it came to; a failure is told, and keeps nothing else from being done.
fn told<T, E: std::fmt::Display>(what: &str, done: Result<T, E>) -> Option<T> {
    done.inspect_err(|error| tracing::error!(%error, "{what} could not be seen to for an erasure; it is tried again"))
        .ok()
}
