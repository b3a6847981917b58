//! What runs by itself, for those who watch over it: the jobs with their last and next runs, what is stopped,
//! and what would run now. The jobs themselves say what there is; nothing is started here.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use super::{Desk, Error, concerns, ground::Caller, settle::foreseen, splits};
use crate::{
    domain::{
        event::Event,
        person::By,
        request::Time,
        roster::{BATCHES_JOB, CONCERNS_JOB, SPLITS_JOB},
    },
    store::{
        automation::{self, Halted, Keeper, Run},
        batches::count_to_revert,
        exceptions::{count_to_wake, exception, to_wake},
        incidents::count_struck,
        outbox,
        register::count_stale,
        roster::absences,
    },
    words::{Channel, ExceptionId, ReadVerb, StateName, Zone},
};

/// One job as this process knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobState {
    /// Its name.
    pub name: &'static str,
    /// What it does, in one line.
    pub about: &'static str,
    /// When it runs: a cron line, or `@every 1s`.
    pub schedule: String,
    /// The time zone of its cron line.
    pub zone: Zone,
    /// May it also be run by hand? What every process does all the time may not.
    pub by_hand: bool,
    /// When it last ran in this process.
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
        match jobs.iter_mut().find(|known| known.name == state.name) {
            Some(known) => *known = state,
            None => jobs.push(state),
        }
    }

    /// Notes that a job has run.
    pub fn ran(&self, name: &str, failed: bool, at: Time) {
        let mut jobs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for job in jobs.iter_mut().filter(|job| job.name == name) {
            (job.last, job.failed) = (Some(at), failed);
        }
    }

    /// Notes when a job runs next.
    pub fn runs_next(&self, name: &str, next: Option<Time>) {
        let mut jobs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.iter_mut().filter(|job| job.name == name).for_each(|job| job.next = next);
    }

    /// The job of this name.
    pub fn knows(&self, name: &str) -> Option<JobState> {
        self.jobs().into_iter().find(|job| job.name == name)
    }

    fn jobs(&self) -> Vec<JobState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A job as all processes together know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobReport {
    /// What it is.
    pub job: JobState,
    /// Is it stopped?
    pub halted: bool,
    /// Its newest run; none for what every process does all the time.
    pub last: Option<Run>,
}

/// All that runs by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Automated {
    /// What is stopped.
    pub halts: Vec<Halted>,
    /// Who keeps time, if somebody does.
    pub keeper: Option<Keeper>,
    /// The jobs, in the order in which they run.
    pub jobs: Vec<JobReport>,
}

/// What a job would do if it ran now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// Which job.
    pub job: &'static str,
    /// Is it stopped?
    pub halted: bool,
    /// How many exceptions, or letters, are due.
    pub due: u64,
    /// The first of those exceptions that whoever asks may see, with what would happen to them.
    pub first: Vec<Foreseen>,
}

/// What would happen to an exception.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreseen {
    /// Its id.
    pub exception: ExceptionId,
    /// Its number.
    pub number: String,
    /// Where it is.
    pub from: StateName,
    /// Where it would be.
    pub to: StateName,
    /// What would happen; nothing where it was only to be looked at.
    pub events: Vec<Event>,
}

impl Desk {
    /// Where the jobs say what they do.
    pub fn automation(&self) -> &Automation {
        &self.automation
    }

    /// What runs by itself, for those who watch over it.
    pub fn automated(&self, by: &By) -> Result<Automated, Error> {
        self.may_read(by, ReadVerb::ReadAutomation)?;
        let (known, now) = (self.automation.jobs(), (self.clock.now(), self.store.trust()));
        self.store.read(|conn| {
            let standing = automation::standing(conn, now)?;
            let mut last: BTreeMap<String, Run> =
                automation::last_runs(conn)?.into_iter().map(|run| (run.job.clone(), run)).collect();
            let report = |job: JobState| {
                let halted = standing.halts.iter().any(|halt| halt.stops_job(job.name));
                JobReport { halted, last: last.remove(job.name), job }
            };
            let jobs = known.into_iter().map(report).collect();
            let keeper = standing.keeper.filter(|_| standing.is_kept());
            Ok(Automated { halts: automation::halts(conn)?, keeper, jobs })
        })
    }

    /// The newest runs of a job, at most `limit`.
    pub fn runs(&self, by: &By, job: &str, limit: i64) -> Result<Vec<Run>, Error> {
        self.may_read(by, ReadVerb::ReadAutomation)?;
        self.store.read(|conn| Ok(automation::runs(conn, job, limit)?))
    }

    /// What would run now, and do, if nothing were stopped; of each job at most `limit` exceptions.
    pub fn preview(&self, by: &By, limit: i64) -> Result<Vec<Preview>, Error> {
        let person = self.may_read(by, ReadVerb::ReadAutomation)?;
        let laws = self.laws();
        let caller = Caller::of(&person, &laws.matrix);
        self.store.read(|conn| {
            let standing = automation::standing(conn, (self.clock.now(), self.store.trust()))?;
            let halted = |job: &str| standing.halts.iter().any(|halt| halt.stops_job(job));
            let mut first = Vec::new();
            for id in to_wake(conn, standing.now, limit)? {
                let Some(before) = exception(conn, id)?.filter(|before| caller.sees(before)) else { continue };
                first.push(foreseen(conn, &laws, &before, standing.now)?);
            }
            let due = count_to_wake(conn, standing.now)?;
            let closed = standing.halts.iter().any(|halt| halt.stops_channel(Channel::Mail));
            let letters = outbox::counts(conn)?.waiting;
            let concerning = concerns::count(conn, &laws, standing.now)?;
            let holds = u64::try_from(splits::to_hold(conn, &laws, standing.now)?.len()).unwrap_or(u64::MAX);
            let away = absences::count(conn, standing.now)?;
            Ok(vec![
                Preview { job: "settle", halted: halted("settle"), due, first },
                Preview { job: "stale", halted: halted("stale"), due: count_stale(conn)?, first: Vec::new() },
                Preview { job: "incidents", halted: halted("incidents"), due: count_struck(conn)?, first: Vec::new() },
                Preview {
                    job: BATCHES_JOB,
                    halted: halted(BATCHES_JOB),
                    due: count_to_revert(conn)?,
                    first: Vec::new(),
                },
                Preview { job: CONCERNS_JOB, halted: halted(CONCERNS_JOB), due: concerning, first: Vec::new() },
                Preview { job: SPLITS_JOB, halted: halted(SPLITS_JOB), due: holds, first: Vec::new() },
                Preview { job: "absences", halted: halted("absences"), due: away, first: Vec::new() },
                Preview { job: "deliver", halted: closed || halted("deliver"), due: letters, first: Vec::new() },
            ])
        })
    }
}
