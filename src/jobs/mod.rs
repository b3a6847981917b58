//! What the service does by the clock: one table of jobs, and the threads that run them. Every job finds
//! what is due until now, so a missed turn loses nothing, and two replicas do nothing twice.

mod deliver;
pub mod errand;
mod forget;
mod lease;
pub mod schedule;
mod settle;
mod stale;
mod webhooks;

use std::{
    collections::BTreeMap,
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, RecvTimeoutError, Sender as Word, channel},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use schedule::{BadSchedule, Schedule};

use crate::{
    clock::NoRandomness,
    connect::{BadTemplate, Connector, send::Sender},
    desk::{self, Desk, JobState},
    domain::request::Time,
    notify::Mailer,
    outbound::Client,
    store::StoreError,
};

/// How many endpoints that answer are asked at once.
const WEBHOOK_THREADS: usize = 4;
/// How many that do not.
const FAILING_THREADS: usize = 2;
/// How often a thread looks at the clock.
const TURN: Duration = Duration::from_secs(1);

/// The channel to other systems: its job, and what stops it.
pub const CONNECTORS: &str = "connectors";

/// One thing that is done by the clock.
#[derive(Debug)]
pub struct Job {
    /// Its name, in the log and in events.
    pub name: &'static str,
    /// When it runs.
    pub when: When,
    /// On which threads.
    pub lane: Lane,
    /// What it does, in one line.
    pub about: &'static str,
    run: fn(&mut Jobs, Time) -> Result<usize, JobError>,
}

impl Job {
    /// As it is before it ran for the first time.
    fn state(&self) -> JobState {
        let schedule = match self.when {
            When::EverySecond => "@every 1s",
            When::Cron(line) => line,
        };
        JobState { name: self.name, about: self.about, schedule, last: None, failed: false, next: None }
    }
}

/// The threads that a job runs on: what waits for others never delays what the clock does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// The one that keeps time.
    Clock,
    /// Those that send letters, as many as may leave at once.
    Letters,
    /// Those that tell other systems: one for each connector.
    Connectors,
    /// Those that send events to endpoints that answer.
    Webhooks,
    /// Those that try endpoints again that did not.
    Failing,
}

/// When a job runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// At every turn: each second.
    EverySecond,
    /// At the times of a cron line, in UTC; several that were missed are one.
    Cron(&'static str),
}

/// Every job, in the order in which those due at one time run: what settling tells leaves at once.
pub const TABLE: &[Job] = &[
    Job {
        name: "settle",
        when: When::EverySecond,
        lane: Lane::Clock,
        about: "Carries out what is due on exceptions: activates, expires, suspends, revokes, lapses.",
        run: Jobs::settle,
    },
    Job {
        name: "stale",
        when: When::EverySecond,
        lane: Lane::Clock,
        about: "Reopens exceptions whose policies, regulations or systems got a new material version.",
        run: Jobs::reopen_stale,
    },
    Job {
        name: "deliver",
        when: When::EverySecond,
        lane: Lane::Letters,
        about: "Sends the letters of the outbox to mailboxes and by mail.",
        run: Jobs::deliver,
    },
    Job {
        name: CONNECTORS,
        when: When::EverySecond,
        lane: Lane::Connectors,
        about: "Tells other systems what the configuration says that they are told.",
        run: Jobs::connect,
    },
    Job {
        name: "webhooks",
        when: When::EverySecond,
        lane: Lane::Webhooks,
        about: "Sends what happened to the endpoints that want it.",
        run: Jobs::webhooks,
    },
    Job {
        name: "webhooks_again",
        when: When::EverySecond,
        lane: Lane::Failing,
        about: "Tries endpoints again that did not take what they were sent.",
        run: Jobs::failing_webhooks,
    },
    Job {
        name: "forget",
        when: When::Cron("17 * * * *"),
        lane: Lane::Clock,
        about: "Deletes idempotency keys after a day, ended sessions after a day, counts of refused attempts after two, what endpoints were sent after thirty.",
        run: Jobs::forget,
    },
];

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
    /// A template of a connector.
    #[error("a template: {0}")]
    Template(#[from] BadTemplate),
}

/// How letters leave.
#[derive(Debug, Clone)]
pub struct Outward {
    /// Mail; without it letters are read in the mailboxes alone.
    pub mailer: Option<Mailer>,
    /// Where people reach the service, without a slash at the end.
    pub public_url: String,
    /// The other systems that are told of events, by the connectors' names.
    pub connectors: Arc<BTreeMap<String, Connector>>,
    /// What makes their calls.
    pub sender: Arc<Sender>,
    /// What asks endpoints.
    pub client: Client,
}

/// The jobs of one process.
#[derive(Debug)]
pub struct Jobs {
    desk: Desk,
    outward: Outward,
    turns: Vec<Turn>,
    stuck: settle::Stuck,
    ending: Arc<AtomicBool>,
}

/// When one job of the table runs next.
#[derive(Debug, Clone)]
struct Turn {
    job: &'static Job,
    schedule: Option<Schedule>,
    /// Absent until it ran once: at the start everything is due.
    next: Option<Time>,
}

impl Jobs {
    /// The jobs behind `desk`, by its clock.
    pub fn new(desk: Desk, outward: Outward) -> Result<Self, BadSchedule> {
        let turns: Result<Vec<Turn>, BadSchedule> = TABLE.iter().map(Turn::of).collect();
        for job in TABLE {
            desk.automation().announce(job.state());
        }
        Ok(Self { desk, outward, turns: turns?, stuck: settle::Stuck::default(), ending: Arc::default() })
    }

    /// Those of one lane.
    fn only(&self, lane: Lane) -> Self {
        let turns = self.turns.iter().filter(|turn| turn.job.lane == lane).cloned().collect();
        let (desk, outward, ending) = (self.desk.clone(), self.outward.clone(), Arc::clone(&self.ending));
        Self { desk, outward, turns, stuck: settle::Stuck::default(), ending }
    }

    /// Was the word given to stop?
    fn is_ending(&self) -> bool {
        self.ending.load(Ordering::Relaxed)
    }

    /// Runs what is due at `now` in the caller's thread; how much was done. A job that fails, even by a
    /// panic, is logged and keeps no other from running.
    pub fn run_due(&mut self, now: Time) -> usize {
        let due: Vec<&'static Job> =
            self.turns.iter_mut().filter(|turn| turn.is_due(now)).map(|turn| turn.take(now)).collect();
        due.into_iter().map(|job| self.run(job, now)).sum()
    }

    fn run(&mut self, job: &Job, now: Time) -> usize {
        let done = match catch_unwind(AssertUnwindSafe(|| (job.run)(self, now))) {
            Ok(Ok(done)) => Some(done),
            Ok(Err(error)) => {
                tracing::error!(job = job.name, %error, "a job failed; it is tried again at its next turn");
                None
            }
            Err(_) => {
                tracing::error!(job = job.name, "a job panicked; it is tried again at its next turn");
                None
            }
        };
        let next = self.turns.iter().find(|turn| turn.job.name == job.name).and_then(|turn| turn.next);
        self.desk.automation().ran(job.name, done.is_none(), (now, next));
        done.unwrap_or(0)
    }

    /// Runs them on threads of their own, until they are told to stop.
    pub fn start(self) -> io::Result<Running> {
        let mut running = Running { ending: Arc::clone(&self.ending), threads: Vec::new() };
        running.start("clock", self.only(Lane::Clock))?;
        let workers = self.outward.mailer.as_ref().map_or(1, Mailer::connections);
        for worker in 1..=workers {
            running.start(&format!("letters {worker}"), self.only(Lane::Letters))?;
        }
        for connector in self.outward.connectors.keys() {
            let alone = self.outward.of(connector);
            running.start(&format!("connector {connector}"), Self { outward: alone, ..self.only(Lane::Connectors) })?;
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
    fn of(job: &'static Job) -> Result<Self, BadSchedule> {
        let schedule = match job.when {
            When::EverySecond => None,
            When::Cron(line) => Some(line.parse()?),
        };
        Ok(Self { job, schedule, next: None })
    }

    fn is_due(&self, now: Time) -> bool {
        self.schedule.is_none() || self.next.is_none_or(|next| next <= now)
    }

    fn take(&mut self, now: Time) -> &'static Job {
        self.next = self.schedule.as_ref().and_then(|schedule| schedule.next_after(now));
        self.job
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
