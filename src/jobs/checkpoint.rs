//! The job that has the ledger signed. What may be signed, the door knows.

use super::{JobError, Jobs, Worked};
use crate::domain::request::Time;

impl Jobs {
    /// Has the ledger grown since it was signed, ten seconds ago or more?
    pub(super) fn has_unsigned(&mut self, now: Time) -> Result<bool, JobError> {
        Ok(self.desk.has_unsigned(now)?)
    }

    /// Signs it.
    pub(super) fn checkpoint(&mut self, _: Time) -> Result<Worked, JobError> {
        let Some(right) = self.right("checkpoint") else { return Ok(Worked::cut_short(0)) };
        let signed = self.desk.sign_checkpoint(Some(right))?;
        Ok(Worked::whole(usize::from(signed.is_some())))
    }
}
