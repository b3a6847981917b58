//! The job that carries out what an incident means for exceptions, where there was too much of it for one
//! transaction. What that is, the rules know.

use super::{JobError, Jobs, Worked};
use crate::{
    domain::request::Time,
    words::{ExceptionId, IncidentId},
};

/// Exceptions that are dealt with together: they share commits.
const PAGE: usize = 50;
/// Pages in one run, so that other jobs have their turn.
const PAGES: usize = 2_000;

impl Jobs {
    /// Is there something to carry out?
    pub(super) fn has_struck(&mut self, now: Time) -> Result<bool, JobError> {
        self.stuck.retain(|_, until| *until > now);
        Ok(!self.struck_page()?.is_empty())
    }

    /// Carries out what incidents mean. One exception that fails keeps no other waiting.
    pub(super) fn strike(&mut self, now: Time) -> Result<Worked, JobError> {
        let mut events = 0;
        for _ in 0..PAGES {
            let page = self.struck_page()?;
            if page.is_empty() {
                break;
            }
            let Some(right) = self.right("incidents") else { return Ok(Worked::cut_short(events)) };
            let asked = page.into_iter().map(|one| (one.1, self.desk.strike(one, right))).collect();
            let paged = self.answered(asked, now);
            events += paged.events;
            if !paged.go_on {
                return Ok(Worked::cut_short(events));
            }
        }
        Ok(Worked::whole(events))
    }

    fn struck_page(&self) -> Result<Vec<(IncidentId, ExceptionId)>, JobError> {
        let limit = i64::try_from(PAGE + self.stuck.len()).unwrap_or(i64::MAX);
        let found = self.desk.struck(limit)?;
        Ok(found.into_iter().filter(|(_, exception)| !self.stuck.contains_key(exception)).take(PAGE).collect())
    }
}
