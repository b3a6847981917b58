//! The table of jobs: what each is called, when it runs, on which threads, and what it does.

use std::collections::BTreeMap;

use super::{
    CONNECTORS, JobError, Jobs, Worked,
    periodic::{MONTHLY, QUARTERLY},
    schedule::{BadSchedule, Schedule},
};
use crate::{
    domain::{
        request::Time,
        roster::{BATCHES_JOB, CONCERNS_JOB, RETENTION_JOB, SPLITS_JOB},
    },
    words::Zone,
};

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
    pub(super) run: fn(&mut Jobs, Time) -> Result<Worked, JobError>,
}

/// The threads that a job runs on: what waits for others never delays what the clock does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// The one that keeps time, in one process at a time.
    Clock,
    /// Those that send letters, in every process, as many as may leave at once.
    Letters,
    /// Those that tell other systems, in every process: one for each connector.
    Connectors,
    /// Those that send events to endpoints that answer, in every process.
    Webhooks,
    /// Those that try endpoints again that did not, in every process.
    Failing,
    /// The one that writes pages of the database anew, in every process: that may take long.
    Pages,
    /// The one that asks witnesses, in every process.
    Witnesses,
}

/// When a job runs.
#[derive(Debug, Clone, Copy)]
pub enum When {
    /// In every second in which there is something to do.
    EverySecond(fn(&mut Jobs, Time) -> Result<bool, JobError>),
    /// At the times of a cron line; several that were missed are one.
    Cron(&'static str),
}

/// Every job, in the order in which those due at one time run: what settling tells leaves at once.
pub const TABLE: &[Job] = &[
    Job {
        name: "absences",
        when: When::EverySecond(Jobs::has_absence),
        lane: Lane::Clock,
        about: "Sees absences begin and end, so that open work is looked at: it goes back to those who are there.",
        run: Jobs::turn_absences,
    },
    Job {
        name: "settle",
        when: When::EverySecond(Jobs::has_due),
        lane: Lane::Clock,
        about: "Carries out what is due on exceptions: activates, expires, suspends, revokes, lapses, warns, escalates.",
        run: Jobs::settle,
    },
    Job {
        name: "stale",
        when: When::EverySecond(Jobs::has_stale),
        lane: Lane::Clock,
        about: "Reopens exceptions whose policies, regulations or systems got a new material version.",
        run: Jobs::reopen_stale,
    },
    Job {
        name: "incidents",
        when: When::EverySecond(Jobs::has_struck),
        lane: Lane::Clock,
        about: "Carries out what an incident means for the exceptions that it touches, where it touches many.",
        run: Jobs::strike,
    },
    Job {
        name: BATCHES_JOB,
        when: When::EverySecond(Jobs::has_reverts),
        lane: Lane::Clock,
        about: "Takes back what a batch reopened, where people confirmed that and it reopened many.",
        run: Jobs::revert,
    },
    Job {
        name: CONCERNS_JOB,
        when: When::Cron("47 * * * *"),
        lane: Lane::Clock,
        about: "Asks what it means where exceptions exceed a budget, a procedure is past its review, or its own figures rise; takes it back once they are tolerated.",
        run: Jobs::say_concerns,
    },
    Job {
        name: SPLITS_JOB,
        when: When::Cron("37 * * * *"),
        lane: Lane::Clock,
        about: "Holds a version of a procedure that is split off where more goes wrong on it than its limits tolerate, and asks governance about it.",
        run: Jobs::hold_splits,
    },
    Job {
        name: "checkpoint",
        when: When::EverySecond(Jobs::has_unsigned),
        lane: Lane::Clock,
        about: "Signs how far the ledger has come, once it was derived anew and leads to what was signed before.",
        run: Jobs::checkpoint,
    },
    Job {
        name: "erasures",
        when: When::EverySecond(Jobs::has_unswept),
        lane: Lane::Pages,
        about: "Removes the files of whoever was erased, overwrites the pages that they stood in, and writes the erasure on the list outside the database.",
        run: Jobs::sweep_erasures,
    },
    Job {
        name: MONTHLY,
        when: When::Cron("0 6 1 * *"),
        lane: Lane::Clock,
        about: "Posts the key figures of the month before to those who answer for compliance, and to whoever asked for them.",
        run: Jobs::post_pack,
    },
    Job {
        name: QUARTERLY,
        when: When::Cron("0 6 1 1,4,7,10 *"),
        lane: Lane::Clock,
        about: "Posts the open exceptions of high and critical risk to the risk committee, and to whoever asked for them.",
        run: Jobs::post_risks,
    },
    Job {
        name: RETENTION_JOB,
        when: When::Cron("30 2 * * *"),
        lane: Lane::Clock,
        about: "Deletes the texts and files of exceptions that are over for as long as the settings keep them.",
        run: Jobs::retain,
    },
    Job {
        name: "deliver",
        when: When::EverySecond(always),
        lane: Lane::Letters,
        about: "Sends the letters of the outbox to mailboxes and by mail.",
        run: Jobs::deliver,
    },
    Job {
        name: CONNECTORS,
        when: When::EverySecond(always),
        lane: Lane::Connectors,
        about: "Tells other systems what the configuration says that they are told.",
        run: Jobs::connect,
    },
    Job {
        name: "webhooks",
        when: When::EverySecond(always),
        lane: Lane::Webhooks,
        about: "Sends what happened to the endpoints that want it.",
        run: Jobs::webhooks,
    },
    Job {
        name: "webhooks_again",
        when: When::EverySecond(always),
        lane: Lane::Failing,
        about: "Tries endpoints again that did not take what they were sent.",
        run: Jobs::failing_webhooks,
    },
    Job {
        name: "witnesses",
        when: When::EverySecond(always),
        lane: Lane::Witnesses,
        about: "Asks the witnesses of the ledger to cosign its newest checkpoint.",
        run: Jobs::witness,
    },
    Job {
        name: "reports",
        when: When::EverySecond(Jobs::has_uncounted),
        lane: Lane::Clock,
        about: "Counts what happened, for reports.",
        run: Jobs::count_up,
    },
    Job {
        name: "orders",
        when: When::Cron("7 * * * *"),
        lane: Lane::Clock,
        about: "Keeps the exceptions of each value that some in a thousand to one in fifty have in every order of lists.",
        run: Jobs::put_in_order,
    },
    Job {
        name: "forget",
        when: When::Cron("17 * * * *"),
        lane: Lane::Clock,
        about: "Deletes idempotency keys and ended sessions after a day, counts of refused attempts after two, runs of jobs after a week, what endpoints were sent after thirty days.",
        run: Jobs::forget,
    },
];

/// What waits for others looks for its work by itself.
#[expect(clippy::unnecessary_wraps, reason = "others ask the database")]
const fn always(_: &mut Jobs, _: Time) -> Result<bool, JobError> {
    Ok(true)
}

/// When the jobs of the table run in an installation.
#[derive(Debug, Clone, Default)]
pub struct Timetable {
    zone: Zone,
    lines: BTreeMap<&'static str, String>,
}

impl Timetable {
    /// The table's own times, by the clock of a zone.
    pub const fn in_zone(zone: Zone) -> Self {
        Self { zone, lines: BTreeMap::new() }
    }

    /// The same with another cron line for one job.
    #[must_use]
    pub fn with(mut self, job: &'static str, line: &str) -> Self {
        self.lines.insert(job, line.to_owned());
        self
    }

    /// When a job runs; `None` for what runs all the time.
    pub fn schedule(&self, job: &Job) -> Result<Option<Schedule>, BadSchedule> {
        let When::Cron(line) = job.when else { return Ok(None) };
        let line: Schedule = self.lines.get(job.name).map_or(line, String::as_str).parse()?;
        Ok(Some(line.in_zone(self.zone)))
    }
}
