//! What the service does by the clock: one table of jobs, and the threads that run them. Every job finds
//! what is due until now, so a missed turn loses nothing; one process at a time keeps time (`keeper`), and
//! letters leave from all of them.

mod absences;
mod checkpoint;
mod concerns;
mod deliver;
mod erasures;
pub mod errand;
mod forget;
mod keeper;
mod lease;
mod orders;
mod periodic;
mod reports;
mod retention;
pub mod schedule;
mod settle;
mod splits;
mod table;
mod webhooks;
mod witnesses;

#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, RecvTimeoutError, Sender as Word, channel},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use schedule::{BadSchedule, Schedule};

pub use table::{Job, Lane, TABLE, Timetable, When};

use crate::{
    attachments::{AttachmentError, Attachments},
    clock::NoRandomness,
    connect::{BadTemplate, Connector, send::Sender},
    desk::{self, Desk, JobState},
    domain::request::Time,
    identity::{email::EmailAddress, mail_link::LinkKey},
    notify::Mailer,
    outbound::Client,
    store::{
        StoreError,
        automation::{Standing, scopes, standing},
    },
    words::{Channel, Halt},
};

/// How many endpoints that answer are asked at once.
const WEBHOOK_THREADS: usize = 4;
/// How many that do not.
const FAILING_THREADS: usize = 2;
/// How often a thread looks at the clock.
const TURN: Duration = Duration::from_secs(1);

/// The job that tells other systems.
pub const CONNECTORS: &str = "connectors";

/// Why a job did not finish; what it left is found again at its next turn.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// The door or the rules.
    #[error(transparent)]
    Desk(#[from] desk::Error),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No randomness, so no claim.
    #[error(transparent)]
    Random(#[from] NoRandomness),
    /// The folder of attachments.
    #[error(transparent)]
    Attachments(#[from] AttachmentError),
    /// A template of a connector.
    #[error("a template: {0}")]
    Template(#[from] BadTemplate),
}

/// The addresses of the people of each team that a request may name, by its code.
pub type Teams = BTreeMap<String, Vec<EmailAddress>>;

/// How letters leave.
#[derive(Debug, Clone)]
pub struct Outward {
    /// Mail; without it letters are read in the mailboxes alone.
    pub mailer: Option<Mailer>,
    /// Where people reach the service, without a slash at the end.
    pub public_url: String,
    /// Who is told where a team is meant.
    pub teams: Arc<Teams>,
    /// What the secrets of links are made from.
    pub links: LinkKey,
    /// The other systems that are told of events, by the connectors' names.
    pub connectors: Arc<BTreeMap<String, Connector>>,
    /// What makes their calls.
    pub sender: Arc<Sender>,
    /// What asks endpoints.
    pub client: Client,
    /// The files, of which some go with whoever is erased.
    pub attachments: Attachments,
}

/// What a run came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Worked {
    /// How much was done.
    done: usize,
    /// Was it all there was to do, as far as can be told? If not, whoever may goes on.
    whole: bool,
}

impl Worked {
    const fn whole(done: usize) -> Self {
        Self { done, whole: true }
    }

    const fn cut_short(done: usize) -> Self {
        Self { done, whole: false }
    }
}

/// The jobs of one process.
#[derive(Debug)]
pub struct Jobs {
    desk: Desk,
    outward: Outward,
    turns: Vec<Turn>,
    stuck: settle::Stuck,
    known: Mutex<deliver::Known>,
    kept: Option<keeper::Kept>,
    ending: Arc<AtomicBool>,
    beat: Duration,
}

/// When one job of the table runs next.
#[derive(Debug, Clone)]
struct Turn {
    job: &'static Job,
    schedule: Option<Schedule>,
    /// The last tick of which it is known that it has its run.
    seen: Option<Time>,
}

impl Jobs {
    /// The jobs behind `desk`, by its clock, at the times of `timetable`.
    pub fn new(desk: Desk, outward: Outward, timetable: &Timetable) -> Result<Self, BadSchedule> {
        let turns: Result<Vec<Turn>, BadSchedule> = TABLE.iter().map(|job| Turn::of(job, timetable)).collect();
        let (turns, now) = (turns?, desk.clock().now());
        for turn in &turns {
            desk.automation().announce(turn.state(now));
        }
        Ok(Self::of(desk, outward, turns, Arc::default()))
    }

    fn of(desk: Desk, outward: Outward, turns: Vec<Turn>, ending: Arc<AtomicBool>) -> Self {
        let (stuck, known) = (settle::Stuck::new(), Mutex::default());
        Self { desk, outward, turns, stuck, known, kept: None, ending, beat: lease::BEAT }
    }

    /// The same, renewing what they have in hand this often (20 seconds unless it is said).
    #[must_use]
    pub const fn beating(mut self, every: Duration) -> Self {
        self.beat = every;
        self
    }

    /// The same without one job, which is left to whoever runs next.
    #[must_use]
    pub fn without(mut self, job: &str) -> Self {
        self.turns.retain(|turn| turn.job.name != job);
        self
    }

    /// Those of one lane.
    fn only(&self, lane: Lane) -> Self {
        let turns = self.turns.iter().filter(|turn| turn.job.lane == lane).cloned().collect();
        let lane = Self::of(self.desk.clone(), self.outward.clone(), turns, Arc::clone(&self.ending));
        Self { beat: self.beat, ..lane }
    }

    /// Was the word given to stop?
    fn is_ending(&self) -> bool {
        self.ending.load(Ordering::Relaxed)
    }

    /// Was a channel, or the job that empties it, stopped since something was claimed? Where that cannot be read,
    /// nothing leaves.
    fn is_stopped(&self, channel: Channel, job: &str) -> bool {
        let stopped = |halt: &Halt| halt.stops_channel(channel) || halt.stops_job(job);
        self.desk.store().read(scopes).map_or(true, |halts| halts.iter().any(stopped))
    }

    /// How the automation stands when our clock says `now`.
    fn standing(&self, now: Time) -> Result<Standing, JobError> {
        let now = (now, self.desk.store().trust());
        Ok(self.desk.store().read(|conn| standing(conn, now))?)
    }

    /// Runs in the caller's thread what is due by the database's clock when ours says `now`; how much was done.
    /// A job that fails, even by a panic, is logged and keeps no other from running.
    pub fn run_due(&mut self, now: Time) -> usize {
        let standing = match self.standing(now) {
            Ok(standing) => standing,
            Err(error) => {
                tracing::warn!(%error, "what is due cannot be read; it is looked at again in a second");
                return 0;
            }
        };
        let lanes: Vec<(usize, Lane)> = self.turns.iter().map(|turn| turn.job.lane).enumerate().collect();
        let run = |(at, lane): (usize, Lane)| match lane {
            Lane::Clock => self.keep_time(at, &standing),
            Lane::Letters | Lane::Connectors | Lane::Webhooks | Lane::Failing | Lane::Pages | Lane::Witnesses => {
                self.run_beside(at, &standing)
            }
        };
        lanes.into_iter().map(run).sum()
    }

    /// Runs what is due once, and leaves keeping time to others.
    pub fn run_once(mut self, now: Time) -> usize {
        let done = self.run_due(now);
        self.step_down();
        done
    }

    /// Runs a job that every process runs, whoever keeps time.
    fn run_beside(&mut self, at: usize, standing: &Standing) -> usize {
        let Some(job) = self.turns.get(at).map(|turn| turn.job) else { return 0 };
        if standing.halts.iter().any(|halt| halt.stops_job(job.name)) {
            return 0;
        }
        self.attempt_job(job, standing.now).map_or(0, |worked| worked.done)
    }

    /// One run of a job; nothing where it failed.
    fn attempt_job(&mut self, job: &Job, now: Time) -> Option<Worked> {
        let worked = match catch_unwind(AssertUnwindSafe(|| (job.run)(self, now))) {
            Ok(Ok(worked)) => Some(worked),
            Ok(Err(error)) => {
                tracing::error!(job = job.name, %error, "a job failed; it is tried again at its next turn");
                None
            }
            Err(_) => {
                tracing::error!(job = job.name, "a job panicked; it is tried again at its next turn");
                None
            }
        };
        self.desk.automation().ran(job.name, worked.is_none(), now);
        worked
    }

    /// Runs them on threads of their own, until they are told to stop.
    pub fn start(self) -> io::Result<Running> {
        let mut running = Running { ending: Arc::clone(&self.ending), threads: Vec::new() };
        running.start("clock", self.only(Lane::Clock))?;
        running.start("pages", self.only(Lane::Pages))?;
        let workers = self.outward.mailer.as_ref().map_or(1, Mailer::connections);
        for worker in 1..=workers {
            running.start(&format!("letters {worker}"), self.only(Lane::Letters))?;
        }
        for connector in self.outward.connectors.keys() {
            let alone = self.outward.of(connector);
            running.start(&format!("connector {connector}"), Self { outward: alone, ..self.only(Lane::Connectors) })?;
        }
        if self.desk.notary().witnesses.is_some() {
            running.start("witnesses", self.only(Lane::Witnesses))?;
        }
        for (lane, workers) in [(Lane::Webhooks, WEBHOOK_THREADS), (Lane::Failing, FAILING_THREADS)] {
            for worker in 1..=workers {
                running.start(&format!("webhooks {worker}"), self.only(lane))?;
            }
        }
        Ok(running)
    }
}

impl Outward {
    /// The same with this connector alone.
    fn of(&self, name: &str) -> Self {
        let alone = self.connectors.iter().filter(|(known, _)| *known == name);
        let connectors = alone.map(|(name, connector)| (name.clone(), connector.clone())).collect();
        Self { connectors: Arc::new(connectors), ..self.clone() }
    }
}

/// Waits a turn; was the word given to stop?
fn is_over(stopped: &Receiver<()>) -> bool {
    !matches!(stopped.recv_timeout(TURN), Err(RecvTimeoutError::Timeout))
}

impl Turn {
    fn of(job: &'static Job, timetable: &Timetable) -> Result<Self, BadSchedule> {
        Ok(Self { job, schedule: timetable.schedule(job)?, seen: None })
    }

    /// As it is before it ran for the first time.
    fn state(&self, now: Time) -> JobState {
        let Job { name, about, lane, .. } = *self.job;
        let schedule = self.schedule.as_ref();
        JobState {
            name,
            about,
            schedule: schedule.map_or_else(|| "@every 1s".to_owned(), Schedule::to_string),
            zone: schedule.map(Schedule::zone).unwrap_or_default(),
            by_hand: lane == Lane::Clock,
            last: None,
            failed: false,
            next: schedule.and_then(|schedule| schedule.next_after(now)),
        }
    }
}

/// Jobs under way on their threads. Dropped, it stops them too.
#[derive(Debug)]
pub struct Running {
    ending: Arc<AtomicBool>,
    threads: Vec<(Word<()>, JoinHandle<()>)>,
}

impl Running {
    fn start(&mut self, name: &str, mut jobs: Jobs) -> io::Result<()> {
        let (stop, stopped) = channel();
        let thread = thread::Builder::new().name(name.to_owned()).spawn(move || {
            while !is_over(&stopped) {
                jobs.run_due(jobs.desk.clock().now());
            }
            jobs.step_down();
        })?;
        self.threads.push((stop, thread));
        Ok(())
    }

    /// Lets what is under way finish, and returns once nothing runs.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        self.ending.store(true, Ordering::Relaxed);
        let (stops, threads): (Vec<_>, Vec<_>) = self.threads.drain(..).unzip();
        drop(stops);
        if threads.into_iter().map(JoinHandle::join).filter(Result::is_err).count() > 0 {
            tracing::error!("a thread of the jobs panicked");
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}
