//! The job that deletes what need not be kept, a little at a time, so that commands go between.

use chrono::Duration;

use super::{JobError, Jobs, Worked};
use crate::{
    domain::request::Time,
    store::{Marks, StoreError, Tx, automation::Permit},
};

/// Rows that one transaction deletes.
const BATCH: i64 = 500;
/// Transactions of one sort in one turn; the next hour finds the rest.
const BATCHES: usize = 200;

/// How many of what is older than an instant were deleted, at most so many.
type Forgetting = fn(&mut Tx<'_, '_>, Time, i64) -> Result<usize, StoreError>;

impl Jobs {
    /// Deletes what is old, and counts its rows.
    pub(super) fn forget(&mut self, now: Time) -> Result<Worked, JobError> {
        let old: [(Forgetting, Time); 8] = [
            (|tx, before, limit| tx.forget_keys(before, limit), now - Duration::hours(24)),
            (|tx, before, limit| tx.forget_sessions(before, limit), now - Duration::hours(24)),
            (|tx, before, limit| tx.forget_attempts(before, limit), now - Duration::days(2)),
            (|tx, before, limit| tx.forget_deliveries(before, limit), now - Duration::hours(24)),
            (|tx, before, limit| tx.forget_runs(before, limit), now - Duration::days(7)),
            (|tx, before, limit| tx.forget_webhook_deliveries(before, limit), now - Duration::days(30)),
            (|tx, before, limit| tx.forget_decision_browsers(before, limit), now - Duration::days(60)),
            (|tx, before, limit| tx.forget_seen(before, limit), now - Duration::days(400)),
        ];
        let mut forgotten = 0;
        for (forgetting, before) in old {
            let Worked { done, whole } = self.forget_all(forgetting, before)?;
            forgotten += done;
            if !whole {
                return Ok(Worked::cut_short(forgotten));
            }
        }
        Ok(Worked::whole(forgotten))
    }

    fn forget_all(&mut self, forgetting: Forgetting, before: Time) -> Result<Worked, JobError> {
        let mut forgotten = 0;
        for _ in 0..BATCHES {
            let Some(right) = self.right("forget") else { return Ok(Worked::cut_short(forgotten)) };
            let deleted = self.write(move |tx| match tx.permit(&right)? {
                Permit::Granted => forgetting(tx, before, BATCH).map(Some),
                Permit::Halted | Permit::Lost => Ok(None),
            })?;
            let Some(deleted) = deleted else { return Ok(Worked::cut_short(forgotten)) };
            forgotten += deleted;
            if i64::try_from(deleted).is_ok_and(|deleted| deleted < BATCH) {
                break;
            }
        }
        Ok(Worked::whole(forgotten))
    }

    /// Marks what leaves, and waits for the commit; that it outlives a power cut is not waited for.
    pub(super) fn set_marks<T: Send + 'static>(
        &self,
        job: impl FnMut(&mut Marks<'_, '_, '_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.desk.store().mark(job)?.blocking_recv().map_err(StoreError::from)?
    }

    /// Writes, and waits for the commit.
    pub(super) fn write<T: Send + 'static>(
        &self,
        job: impl FnMut(&mut Tx<'_, '_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.desk.store().write(job)?.blocking_recv().map_err(StoreError::from)?
    }
}
