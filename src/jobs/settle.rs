//! The job that lets the clock act on exceptions. What is due, and what then follows, the rules know.

use std::collections::BTreeMap;

use chrono::Duration;

use super::{JobError, Jobs};
use crate::{
    desk::{self, Pending},
    domain::request::Time,
    words::ExceptionId,
};

/// Exceptions that are settled together: they share commits.
const PAGE: usize = 50;
/// Pages in one turn, so that letters leave in between.
const PAGES: usize = 20;
/// For how many seconds an exception that could not be settled is passed over.
const PASSED_OVER_SECONDS: i64 = 60;

/// Exceptions that could not be settled, each with when it is tried again.
pub(super) type Stuck = BTreeMap<ExceptionId, Time>;

impl Jobs {
    /// Settles what is due; how many events that made. One exception that fails keeps no other waiting.
    pub(super) fn settle(&mut self, now: Time) -> Result<usize, JobError> {
        self.stuck.retain(|_, until| *until > now);
        let mut events = 0;
        for _ in 0..PAGES {
            let page = self.page(now)?;
            if page.is_empty() {
                break;
            }
            events += self.settle_page(page, now);
        }
        Ok(events)
    }

    fn page(&self, now: Time) -> Result<Vec<ExceptionId>, JobError> {
        let limit = i64::try_from(PAGE + self.stuck.len()).unwrap_or(i64::MAX);
        let due = self.desk.due(now, limit)?;
        Ok(due.into_iter().filter(|id| !self.stuck.contains_key(id)).take(PAGE).collect())
    }

    fn settle_page(&mut self, page: Vec<ExceptionId>, now: Time) -> usize {
        // All are asked before the first answer is awaited, so that they share a commit.
        let asked: Vec<(ExceptionId, Result<Pending<u32>, desk::Error>)> =
            page.into_iter().map(|id| (id, self.desk.settle(id, "settle"))).collect();
        let mut events = 0;
        for (id, pending) in asked {
            match pending.and_then(Pending::wait) {
                Ok(made) => events += usize::try_from(made).unwrap_or(0),
                Err(error) => {
                    tracing::error!(exception = %id, %error, "what is due on it could not be settled");
                    self.stuck.insert(id, now + Duration::seconds(PASSED_OVER_SECONDS));
                }
            }
        }
        events
    }
}
