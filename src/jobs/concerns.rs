//! The job that asks about figures which a procedure does not tolerate, and takes the question back once it does.
//! What is counted, and what is too much, the door and the rules know.

use super::{JobError, Jobs, Worked};
use crate::{
    desk::Ran,
    domain::{
        request::Time,
        roster::{CONCERNS_JOB, Topic},
    },
};

impl Jobs {
    /// Raises and settles concerns. One that fails keeps no other waiting: it is looked at again at the next tick.
    pub(super) fn say_concerns(&mut self, _: Time) -> Result<Worked, JobError> {
        let mut events = 0;
        for topic in self.desk.concerning()? {
            match self.say_concern(topic) {
                Ok(Some(made)) => events += made,
                Ok(None) => return Ok(Worked::cut_short(events)),
                Err(error) if Self::is_passing(&error) => {
                    tracing::warn!(%error, "a concern waits for the database");
                    return Ok(Worked::cut_short(events));
                }
                Err(error) => tracing::error!(%error, "a concern could not be raised or settled"),
            }
        }
        Ok(Worked::whole(events))
    }

    /// How many events it made; nothing where the job may not run.
    fn say_concern(&mut self, topic: Topic) -> Result<Option<usize>, JobError> {
        let Some(right) = self.right(CONCERNS_JOB) else { return Ok(None) };
        match self.desk.say_concern(topic, right)?.wait()? {
            Ran::Made(made) => Ok(Some(usize::try_from(made).unwrap_or(0))),
            Ran::Stopped(_) => Ok(None),
        }
    }
}
