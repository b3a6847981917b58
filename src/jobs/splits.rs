//! The job that holds a split of a procedure whose figures rise beyond its limits. What is counted, and what is too
//! much, the door and the rules know.

use super::{JobError, Jobs, Worked};
use crate::{
    desk::Ran,
    domain::{request::Time, roster::SPLITS_JOB},
    words::SplitId,
};

impl Jobs {
    /// Holds splits. One that fails keeps no other waiting: it is looked at again at the next tick.
    pub(super) fn hold_splits(&mut self, _: Time) -> Result<Worked, JobError> {
        let mut events = 0;
        for split in self.desk.splits_to_hold()? {
            match self.hold_split(split) {
                Ok(Some(made)) => events += made,
                Ok(None) => return Ok(Worked::cut_short(events)),
                Err(error) if Self::is_passing(&error) => {
                    tracing::warn!(%error, "a split waits for the database");
                    return Ok(Worked::cut_short(events));
                }
                Err(error) => tracing::error!(%error, "a split could not be held"),
            }
        }
        Ok(Worked::whole(events))
    }

    /// How many events it made; nothing where the job may not run.
    fn hold_split(&mut self, split: SplitId) -> Result<Option<usize>, JobError> {
        let Some(right) = self.right(SPLITS_JOB) else { return Ok(None) };
        match self.desk.hold_split(split, right)?.wait()? {
            Ran::Made(made) => Ok(Some(usize::try_from(made).unwrap_or(0))),
            Ran::Stopped(_) => Ok(None),
        }
    }
}
