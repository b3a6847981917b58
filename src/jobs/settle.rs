//! The jobs that go through exceptions page by page: what is due on them, what a version of the register or an
//! incident means for them where there was too much for one transaction, and what is taken back of that. What is to
//! be done to each, the rules know.

use std::collections::BTreeMap;

use chrono::Duration;

use super::{JobError, Jobs, Worked};
use crate::{
    desk::{self, Desk, Pending, Ran},
    domain::{request::Time, roster::BATCHES_JOB},
    store::{automation::Right, register::Stale},
    words::{BatchId, ExceptionId, IncidentId},
};

/// Exceptions that are dealt with together: they share commits, and requests of people come in between, so that
/// somebody who writes waits for two pages at most.
const PAGE: usize = 25;
/// Pages in one run, so that other jobs have their turn.
const PAGES: usize = 4_000;
/// For how many seconds an exception that could not be settled is passed over.
const PASSED_OVER_SECONDS: i64 = 60;

/// Exceptions that could not be settled, each with when it is tried again.
pub(super) type Stuck = BTreeMap<ExceptionId, Time>;

/// What became of a page.
struct Paged {
    events: usize,
    /// May the next one follow?
    go_on: bool,
}

/// What a job has to do with exceptions.
struct Errands<T> {
    job: &'static str,
    /// What there is to do at an instant, at most so much.
    find: fn(&Desk, Time, i64) -> Result<Vec<T>, desk::Error>,
    /// On which exception.
    on: fn(&T) -> ExceptionId,
    /// Asks for it by the job's right.
    ask: fn(&Desk, T, Right) -> Result<Pending<Ran>, desk::Error>,
}

const DUE: Errands<ExceptionId> =
    Errands { job: "settle", find: Desk::due, on: |id| *id, ask: |desk, id, right| desk.settle(id, right) };

const STALE: Errands<Stale> = Errands {
    job: "stale",
    find: |desk, _, limit| desk.stale(limit),
    on: |one| one.exception,
    ask: |desk, one, right| desk.reopen_stale(one, right),
};

const STRUCK: Errands<(IncidentId, ExceptionId)> = Errands {
    job: "incidents",
    find: |desk, _, limit| desk.struck(limit),
    on: |one| one.1,
    ask: |desk, one, right| desk.strike(one, right),
};

const TO_REVERT: Errands<(BatchId, ExceptionId)> = Errands {
    job: BATCHES_JOB,
    find: |desk, _, limit| desk.to_revert(limit),
    on: |one| one.1,
    ask: |desk, one, right| desk.withdraw_review(one, right),
};

impl Jobs {
    /// Is there something to settle at `now`?
    pub(super) fn has_due(&mut self, now: Time) -> Result<bool, JobError> {
        self.has(&DUE, now)
    }

    /// Settles what is due.
    pub(super) fn settle(&mut self, now: Time) -> Result<Worked, JobError> {
        self.work_off(&DUE, now)
    }

    /// Is there something to reopen?
    pub(super) fn has_stale(&mut self, now: Time) -> Result<bool, JobError> {
        self.has(&STALE, now)
    }

    /// Reopens what is stale.
    pub(super) fn reopen_stale(&mut self, now: Time) -> Result<Worked, JobError> {
        self.work_off(&STALE, now)
    }

    /// Is there something of an incident to carry out?
    pub(super) fn has_struck(&mut self, now: Time) -> Result<bool, JobError> {
        self.has(&STRUCK, now)
    }

    /// Carries out what incidents mean.
    pub(super) fn strike(&mut self, now: Time) -> Result<Worked, JobError> {
        self.work_off(&STRUCK, now)
    }

    /// Is there something to take back of a batch?
    pub(super) fn has_reverts(&mut self, now: Time) -> Result<bool, JobError> {
        self.has(&TO_REVERT, now)
    }

    /// Takes it back.
    pub(super) fn revert(&mut self, now: Time) -> Result<Worked, JobError> {
        self.work_off(&TO_REVERT, now)
    }

    fn has<T>(&mut self, errands: &Errands<T>, now: Time) -> Result<bool, JobError> {
        self.stuck.retain(|_, until| *until > now);
        Ok(!self.page(errands, now)?.is_empty())
    }

    /// Does what there is to do. One exception that fails keeps no other waiting.
    fn work_off<T>(&mut self, errands: &Errands<T>, now: Time) -> Result<Worked, JobError> {
        let mut events = 0;
        for _ in 0..PAGES {
            let page = self.page(errands, now)?;
            if page.is_empty() {
                break;
            }
            let Some(right) = self.right(errands.job) else { return Ok(Worked::cut_short(events)) };
            let ask = |one: T| ((errands.on)(&one), (errands.ask)(&self.desk, one, right));
            let asked = page.into_iter().map(ask).collect();
            let paged = self.answered(asked, now);
            events += paged.events;
            if !paged.go_on {
                return Ok(Worked::cut_short(events));
            }
        }
        Ok(Worked::whole(events))
    }

    fn page<T>(&self, errands: &Errands<T>, now: Time) -> Result<Vec<T>, JobError> {
        let limit = i64::try_from(PAGE + self.stuck.len()).unwrap_or(i64::MAX);
        let found = (errands.find)(&self.desk, now, limit)?;
        Ok(found.into_iter().filter(|one| !self.stuck.contains_key(&(errands.on)(one))).take(PAGE).collect())
    }

    /// The answers to a page. All were asked before the first is awaited, so that they share a commit.
    fn answered(&mut self, asked: Vec<(ExceptionId, Result<Pending<Ran>, desk::Error>)>, now: Time) -> Paged {
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
