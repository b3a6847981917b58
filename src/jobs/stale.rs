//! The job that reopens what a material version of the register made stale, where there was too much of it
//! for one transaction. Whether and how something is reopened, the rules know.

use super::{JobError, Jobs, Worked};
use crate::{domain::request::Time, store::register::Stale};

/// Exceptions that are reopened together: they share commits.
const PAGE: usize = 50;
/// Pages in one run, so that other jobs have their turn.
const PAGES: usize = 2_000;

impl Jobs {
    /// Is there something to reopen?
    pub(super) fn has_stale(&mut self, now: Time) -> Result<bool, JobError> {
        self.stuck.retain(|_, until| *until > now);
        Ok(!self.stale_page()?.is_empty())
    }

    /// Reopens what is stale. One exception that fails keeps no other waiting.
    pub(super) fn reopen_stale(&mut self, now: Time) -> Result<Worked, JobError> {
        let mut events = 0;
        for _ in 0..PAGES {
            let page = self.stale_page()?;
            if page.is_empty() {
                break;
            }
            let Some(right) = self.right("stale") else { return Ok(Worked::cut_short(events)) };
            let asked = page.into_iter().map(|one| (one.exception, self.desk.reopen_stale(one, right))).collect();
            let paged = self.answered(asked, now);
            events += paged.events;
            if !paged.go_on {
                return Ok(Worked::cut_short(events));
            }
        }
        Ok(Worked::whole(events))
    }

    fn stale_page(&self) -> Result<Vec<Stale>, JobError> {
        let limit = i64::try_from(PAGE + self.stuck.len()).unwrap_or(i64::MAX);
        let found = self.desk.stale(limit)?;
        Ok(found.into_iter().filter(|one| !self.stuck.contains_key(&one.exception)).take(PAGE).collect())
    }
}
