//! What runs by the clock, as far as this process knows: the jobs say when they run, and those who look are
//! told. It starts and stops nothing.

use std::sync::{Arc, Mutex, PoisonError};

use super::{Desk, Error};
use crate::{
    domain::{person::By, request::Time},
    words::ReadVerb,
};

/// One job and its last and next run in this process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobState {
    /// Its name.
    pub name: &'static str,
    /// What it does, in one line.
    pub about: &'static str,
    /// When it runs: a cron line in UTC, or `@every 1s`.
    pub schedule: &'static str,
    /// When it last ran.
    pub last: Option<Time>,
    /// Did that run fail?
    pub failed: bool,
    /// When it runs next; absent: at the next turn.
    pub next: Option<Time>,
}

/// The jobs of this process; none until they were put together.
#[derive(Debug, Clone, Default)]
pub struct Automation(Arc<Mutex<Vec<JobState>>>);

impl Automation {
    /// Makes a job known.
    pub fn announce(&self, state: JobState) {
        let mut jobs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.retain(|known| known.name != state.name);
        jobs.push(state);
    }

    /// Notes that a job has run.
    pub fn ran(&self, name: &str, failed: bool, (at, next): (Time, Option<Time>)) {
        let mut jobs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for job in jobs.iter_mut().filter(|job| job.name == name) {
            (job.last, job.failed, job.next) = (Some(at), failed, next);
        }
    }

    fn jobs(&self) -> Vec<JobState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Desk {
    /// Where the jobs say what they do.
    pub fn automation(&self) -> &Automation {
        &self.automation
    }

    /// The jobs, for those who watch over them.
    pub fn jobs(&self, by: &By) -> Result<Vec<JobState>, Error> {
        self.may_read(by, ReadVerb::ReadAutomation)?;
        Ok(self.automation.jobs())
    }
}
