//! The job by which what reports are counted from follows the ledger. Lives are folded by a reader, so that the
//! writer is kept for rows alone.

use super::{JobError, Jobs, Worked};
use crate::{
    domain::request::Time,
    store::{
        automation::Permit,
        reports::{behind, lives},
    },
};

/// Leaves that are followed together: few, so that whoever wants something while all is built anew waits for few rows.
const LEAVES: i64 = 50;
/// Parts in one run, so that other jobs have their turn.
const PARTS: usize = 200;

impl Jobs {
    /// Did something happen that is not counted yet?
    pub(super) fn has_uncounted(&mut self, _: Time) -> Result<bool, JobError> {
        Ok(self.desk.store().read(behind)? > 0)
    }

    /// Counts what happened. It changes nothing that anybody asked for, so nothing counts as done.
    pub(super) fn count_up(&mut self, _: Time) -> Result<Worked, JobError> {
        for _ in 0..PARTS {
            let Some(part) = self.desk.store().read(|conn| lives(conn, LEAVES))? else { break };
            let Some(right) = self.right("reports") else { return Ok(Worked::cut_short(0)) };
            let followed = self.write(move |tx| match tx.permit(&right)? {
                Permit::Granted => tx.follow(&part).map(Some),
                Permit::Halted | Permit::Lost => Ok(None),
            })?;
            if followed.is_none() {
                return Ok(Worked::cut_short(0));
            }
        }
        Ok(Worked::whole(0))
    }
}
