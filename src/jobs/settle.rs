//! The job that lets the clock act on exceptions. What is due, and what then follows, the rules know.

use std::collections::BTreeMap;

use chrono::Duration;

use super::{JobError, Jobs, Worked};
use crate::{
    desk::{self, Pending, Ran},
    domain::request::Time,
    words::ExceptionId,
};

/// Exceptions that are settled together: they share commits, and requests of people come in between.
const PAGE: usize = 50;
/// Pages in one run, so that other jobs have their turn.
const PAGES: usize = 2_000;
/// For how many seconds an exception that could not be settled is passed over.
const PASSED_OVER_SECONDS: i64 = 60;

/// Exceptions that could not be settled, each with when it is tried again.
pub(super) type Stuck = BTreeMap<ExceptionId, Time>;

/// What became of a page.
pub(super) struct Paged {
    pub(super) events: usize,
    /// May the next one follow?
    pub(super) go_on: bool,
}

impl Jobs {
    /// Is there something to settle at `now`?
    pub(super) fn has_due(&mut self, now: Time) -> Result<bool, JobError> {
        self.stuck.retain(|_, until| *until > now);
        Ok(!self.page(now)?.is_empty())
    }

    /// Settles what is due. One exception that fails keeps no other waiting.
    pub(super) fn settle(&mut self, now: Time) -> Result<Worked, JobError> {
        let mut events = 0;
        for _ in 0..PAGES {
            let page = self.page(now)?;
            if page.is_empty() {
                break;
            }
            let Some(right) = self.right("settle") else { return Ok(Worked::cut_short(events)) };
            let asked = page.into_iter().map(|id| (id, self.desk.settle(id, right))).collect();
            let paged = self.answered(asked, now);
            events += paged.events;
            if !paged.go_on {
                return Ok(Worked::cut_short(events));
            }
        }
        Ok(Worked::whole(events))
    }

    fn page(&self, now: Time) -> Result<Vec<ExceptionId>, JobError> {
        let limit = i64::try_from(PAGE + self.stuck.len()).unwrap_or(i64::MAX);
        let due = self.desk.due(now, limit)?;
        Ok(due.into_iter().filter(|id| !self.stuck.contains_key(id)).take(PAGE).collect())
    }

    /// The answers to a page. All were asked before the first is awaited, so that they share a commit.
    pub(super) fn answered(
        &mut self,
        asked: Vec<(ExceptionId, Result<Pending<Ran>, desk::Error>)>,
        now: Time,
    ) -> Paged {
        let mut paged = Paged { events: 0, go_on: true };
        for (id, pending) in asked {
            match pending.and_then(Pending::wait).map_err(JobError::from) {
                Ok(Ran::Made(made)) => paged.events += usize::try_from(made).unwrap_or(0),
                Ok(Ran::Stopped(_)) => paged.go_on = false,
                Err(error) if Self::is_passing(&error) => {
                    tracing::warn!(exception = %id, %error, "it waits for the database");
                    paged.go_on = false;
                }
                Err(error) => {
                    tracing::error!(exception = %id, %error, "what is due on it could not be carried out");
                    self.stuck.insert(id, now + Duration::seconds(PASSED_OVER_SECONDS));
                }
            }
        }
        paged
    }
}
