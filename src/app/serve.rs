//! What a service is made of by its settings: the rim, the jobs beside it, and when they run.

use std::sync::Arc;

use super::{App, StartError};
use crate::{
    config::Config,
    connect::{brake::Brake, send::Sender},
    domain::request::Time,
    identity::{mail_link::LinkKey, sign_in::Entrance},
    jobs::{Jobs, Outward, TABLE, Timetable},
    notify::Mailer,
    store::automation::is_closed,
    web::{Settings, Web, admission, limits::Limits},
    words::{Channel, Zone},
};

impl App {
    /// The service as the rim sees it.
    pub fn web(&self) -> Web {
        let metrics = Arc::clone(&self.metrics);
        let config = self.config();
        let entrance = Entrance::new(Arc::clone(self.hasher()), config.auth.session_hours, config.server.trusted_proxy);
        Web {
            desk: self.desk().clone(),
            attachments: self.attachments().clone(),
            settings: Settings::of(config),
            identify: admission::identify(),
            entrance: Arc::new(entrance),
            metrics,
            limits: Arc::new(Limits::new(config.limits, self.desk().clock())),
            reload: None,
        }
    }

    /// What the clock does. A database that was set back to before an erasure has no jobs, and so is not served.
    pub fn jobs(&self) -> Result<Jobs, StartError> {
        self.jobs_with(self.mailer()?)
    }

    /// The same with another way for letters, or none beside the mailboxes.
    pub(super) fn jobs_with(&self, mailer: Option<Mailer>) -> Result<Jobs, StartError> {
        self.desk().require_erased().map_err(|error| StartError::Setting(error.to_string()))?;
        // Whoever was erased before there was a list.
        if let Err(error) = self.desk().list_erasures() {
            tracing::error!(%error, "the list of erasures could not be written");
        }
        let client = self.client()?;
        let outward = Outward {
            mailer,
            public_url: self.config().public_url().as_str().to_owned(),
            teams: Arc::new(self.config().teams.clone()),
            links: LinkKey::draw(self.desk().random())?,
            connectors: Arc::new(self.config().connectors.clone()),
            sender: Arc::new(Sender::new(client.clone(), self.brake(Channel::Connectors))),
            client,
            attachments: self.attachments().clone(),
        };
        let timetable = timetable(self.config());
        let jobs = Jobs::new(self.desk().clone(), outward, &timetable);
        jobs.map_err(|error| StartError::Setting(error.to_string()))
    }

    /// What stops a channel between two of its steps; where that cannot be read, nothing leaves.
    fn brake(&self, channel: Channel) -> Brake {
        let store = Arc::clone(self.desk().store());
        Brake::new(move || store.read(|conn| is_closed(conn, channel)).unwrap_or(true))
    }
}

fn timetable(config: &Config) -> Timetable {
    let jobs = &config.jobs;
    let lines = [("forget", &jobs.forget), ("monthly_pack", &jobs.monthly_pack), ("risk_list", &jobs.risk_list)];
    lines.into_iter().fold(Timetable::in_zone(jobs.zone), |table, (job, line)| table.with(job, line))
}

/// When a job runs that has a cron line.
#[derive(Debug)]
pub struct Timed {
    /// The job.
    pub job: &'static str,
    /// Its line.
    pub line: String,
    /// By whose clock.
    pub zone: Zone,
    /// When it runs next.
    pub next: Vec<Time>,
}

/// Every job with a cron line, and its next `count` times after `now`; the error names the setting.
pub fn timed(config: &Config, now: Time, count: usize) -> Result<Vec<Timed>, StartError> {
    let timetable = timetable(config);
    let mut all = Vec::new();
    for job in TABLE {
        let schedule = timetable.schedule(job);
        let schedule = schedule.map_err(|error| StartError::Setting(format!("jobs.{}: {error}", job.name)))?;
        all.extend(schedule.map(|schedule| {
            let times = std::iter::successors(schedule.next_after(now), |last| schedule.next_after(*last));
            let (line, zone) = (schedule.to_string(), schedule.zone());
            Timed { job: job.name, line, zone, next: times.take(count).collect() }
        }));
    }
    Ok(all)
}
