//! The job that sees an absence begin and end. What follows of it for open work is settled as everything is.

use super::{JobError, Jobs, Worked};
use crate::{desk::Ran, domain::request::Time};

/// Absences that are seen to in one run.
const PAGE: i64 = 200;

impl Jobs {
    /// Has one begun, or is one over?
    pub(super) fn has_absence(&mut self, now: Time) -> Result<bool, JobError> {
        Ok(!self.desk.absences_due(now, 1)?.is_empty())
    }

    /// Sees to those. One that fails keeps no other waiting.
    pub(super) fn turn_absences(&mut self, now: Time) -> Result<Worked, JobError> {
        let page = self.desk.absences_due(now, PAGE)?;
        let mut events = 0;
        for person in page {
            let Some(right) = self.right("absences") else { return Ok(Worked::cut_short(events)) };
            let turned = self.desk.turn_absence(person, right).and_then(crate::desk::Pending::wait);
            match turned.map_err(JobError::from) {
                Ok(Ran::Made(made)) => events += usize::try_from(made).unwrap_or(0),
                Ok(Ran::Stopped(_)) => return Ok(Worked::cut_short(events)),
                Err(error) if Self::is_passing(&error) => {
                    tracing::warn!(%person, %error, "their absence waits for the database");
                    return Ok(Worked::cut_short(events));
                }
                Err(error) => tracing::error!(%person, %error, "nobody sees to their absence"),
            }
        }
        Ok(Worked::whole(events))
    }
}
