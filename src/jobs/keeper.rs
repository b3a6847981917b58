//! Keeping time: one process at a time holds the lease, by the database's clock, and begins the run of every
//! tick, once. A process that stopped for longer than its lease finds its runs taken over, and each of its
//! commands refused in its own transaction. It knows no job.

use std::time::{Duration as Pause, Instant};

use chrono::{Duration, SubsecRound};

use super::{Job, JobError, Jobs, When, Worked};
use crate::{
    domain::request::Time,
    store::{
        StoreError,
        automation::{Beginning, Hold, Outcome, Permit, Right, Standing, Tick},
    },
};

/// For how many seconds the lease holds, by the database's clock.
const LEASE_SECONDS: i64 = 10;
/// After how long it is renewed.
const BEAT: Pause = Pause::from_secs(3);
/// For how long it is trusted while it cannot be renewed, by this machine's monotonic clock, from before it was
/// asked for: less than it holds, whatever either clock does.
const TRUST: Pause = Pause::from_secs(8);

/// The lease as this process has it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kept {
    hold: Hold,
    asked: Instant,
}

impl Jobs {
    /// Runs what is due of one job, where this process keeps time; how much was done.
    pub(super) fn keep_time(&mut self, at: usize, standing: &Standing) -> usize {
        let others = |hold: Hold| hold.owner != self.desk.process();
        if standing.is_kept() && standing.keeper.is_some_and(|keeper| others(keeper.hold)) {
            self.kept = None;
            return 0;
        }
        let Some(job) = self.turns.get(at).map(|turn| turn.job) else { return 0 };
        if self.hold().is_none() || standing.halts.iter().any(|halt| halt.stops_job(job.name)) {
            return 0;
        }
        let cut_short = standing.open.iter().filter(|(name, _)| name == job.name).map(|(_, tick)| *tick);
        let mut done: usize =
            cut_short.collect::<Vec<_>>().into_iter().map(|tick| self.run_tick(job, tick, standing.now)).sum();
        if let Some(tick) = self.due_tick(at, standing.now) {
            done += self.run_tick(job, tick, standing.now);
        }
        done
    }

    /// The tick of a job that has come and of which no run is known yet. Several that were missed are one.
    fn due_tick(&mut self, at: usize, now: Time) -> Option<Tick> {
        let turn = self.turns.get_mut(at)?;
        match (turn.job.when, &turn.schedule) {
            (When::Cron(_), Some(schedule)) => {
                self.desk.automation().runs_next(turn.job.name, schedule.next_after(now));
                let last = schedule.last_until(now).filter(|last| turn.seen != Some(*last))?;
                turn.seen = Some(last);
                Some(last)
            }
            (When::Cron(_), None) => None,
            (When::EverySecond(is_wanted), _) => match is_wanted(self, now) {
                Ok(wanted) => wanted.then(|| now.trunc_subsecs(0)),
                Err(error) => {
                    tracing::warn!(%error, "what is due cannot be read; it is looked at again in a second");
                    None
                }
            },
        }
    }

    /// Runs one tick of a job, if it is still to be run and this process may.
    fn run_tick(&mut self, job: &'static Job, tick: Tick, now: Time) -> usize {
        let hold = match self.begun(job, tick) {
            Ok(Some(hold)) => hold,
            Ok(None) => return 0,
            Err(error) => {
                tracing::warn!(job = job.name, %tick, %error, "a run could not be begun; its tick is tried again");
                self.forget_tick(job);
                return 0;
            }
        };
        let (by, worked) = ((job.name, hold), self.attempt_job(job, now));
        let ended = self.write(move |tx| match worked {
            None => tx.end_run(by, tick, (Outcome::Failed, 0)).map(|_| ()),
            Some(Worked { done, whole: true }) => tx.end_run(by, tick, (Outcome::Done, done)).map(|_| ()),
            Some(Worked { done, whole: false }) => tx.interrupt_run(by, tick, done),
        });
        if let Err(error) = ended {
            tracing::warn!(job = job.name, %tick, %error, "the end of a run could not be noted; it is run again");
        }
        worked.map_or(0, |worked| worked.done)
    }

    /// Begins a run under the lease; `None` where there is nothing to run, or it may not.
    fn begun(&mut self, job: &'static Job, tick: Tick) -> Result<Option<Hold>, StoreError> {
        // Once more with a new lease, where the one that was trusted had run out.
        for _ in 0..2 {
            let Some(hold) = self.hold() else { break };
            match self.write(move |tx| tx.begin_run((job.name, hold), tick))? {
                Beginning::Begun => return Ok(Some(hold)),
                Beginning::Settled => return Ok(None),
                Beginning::Denied(Permit::Lost) => self.kept = None,
                Beginning::Denied(Permit::Halted | Permit::Granted) => break,
            }
        }
        self.forget_tick(job);
        Ok(None)
    }

    /// The tick had no run: it is due still.
    fn forget_tick(&mut self, job: &Job) {
        self.turns.iter_mut().filter(|turn| turn.job.name == job.name).for_each(|turn| turn.seen = None);
    }

    /// The lease, renewed when it is time; `None` where this process does not, or may no longer, keep time.
    fn hold(&mut self) -> Option<Hold> {
        let trusted = self.kept.filter(|kept| kept.asked.elapsed() < TRUST);
        if let Some(kept) = trusted.filter(|kept| kept.asked.elapsed() < BEAT) {
            return Some(kept.hold);
        }
        let (asked, owner) = (Instant::now(), self.desk.process());
        self.kept = match self.write(move |tx| tx.take_lease(owner, Duration::seconds(LEASE_SECONDS))) {
            Ok(taken) => taken.map(|hold| Kept { hold, asked }),
            Err(error) => {
                tracing::warn!(%error, "the lease of whoever keeps time could not be renewed");
                trusted
            }
        };
        self.kept.map(|kept| kept.hold)
    }

    /// By what right a job goes on with its next page; `None` once it should stop.
    pub(super) fn right(&mut self, job: &'static str) -> Option<Right> {
        if self.is_ending() {
            return None;
        }
        self.hold().map(|hold| Right { job, hold: Some(hold) })
    }

    /// Lets another process keep time at once.
    pub(super) fn step_down(&mut self) {
        let Some(kept) = self.kept.take() else { return };
        if let Err(error) = self.write(move |tx| tx.give_lease_up(&kept.hold)) {
            tracing::info!(%error, "the lease of whoever keeps time runs out by itself");
        }
    }

    /// A failure that has to do with the store and not with what was asked of it: the rest waits.
    pub(super) const fn is_passing(error: &JobError) -> bool {
        use crate::desk::Error;
        matches!(
            error,
            JobError::Desk(Error::Store(
                StoreError::Busy
                    | StoreError::Broken(_)
                    | StoreError::Unknown(_)
                    | StoreError::ShuttingDown
                    | StoreError::Pool(_)
            ))
        )
    }
}
