//! The job that reopens what a material version of the register made stale, where there was too much of it
//! for one transaction. Whether and how something is reopened, the rules know.

use chrono::Duration;

use super::{JobError, Jobs};
use crate::{
    desk::{self, Pending},
    domain::request::Time,
    store::register::Stale,
};

/// Exceptions that are reopened together: they share commits.
const PAGE: usize = 50;
/// Pages in one turn, so that letters leave in between.
const PAGES: usize = 20;
/// For how many seconds an exception that could not be reopened is passed over.
const PASSED_OVER_SECONDS: i64 = 60;

impl Jobs {
    /// Reopens what is stale; how many events that made. One exception that fails keeps no other waiting.
    pub(super) fn reopen_stale(&mut self, now: Time) -> Result<usize, JobError> {
        let mut events = 0;
        for _ in 0..PAGES {
            let limit = i64::try_from(PAGE + self.stuck.len()).unwrap_or(i64::MAX);
            let found = self.desk.stale(limit)?;
            let page: Vec<Stale> =
                found.into_iter().filter(|one| !self.stuck.contains_key(&one.exception)).take(PAGE).collect();
            if page.is_empty() {
                break;
            }
            events += self.reopen_page(page, now);
        }
        Ok(events)
    }

    fn reopen_page(&mut self, page: Vec<Stale>, now: Time) -> usize {
        // All are asked before the first answer is awaited, so that they share a commit.
        let asked: Vec<(Stale, Result<Pending<u32>, desk::Error>)> =
            page.into_iter().map(|one| (one.clone(), self.desk.reopen_stale(one))).collect();
        let mut events = 0;
        for (one, pending) in asked {
            match pending.and_then(Pending::wait) {
                Ok(made) => events += usize::try_from(made).unwrap_or(0),
                Err(error) => {
                    tracing::error!(exception = %one.exception, %error, "it is stale and could not be reopened");
                    self.stuck.insert(one.exception, now + Duration::seconds(PASSED_OVER_SECONDS));
                }
            }
        }
        events
    }
}
