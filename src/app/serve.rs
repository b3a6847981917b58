//! The service on its address: the rim's workers, the jobs beside them, and an orderly end that answers
//! what was accepted.

use std::{
    net::{SocketAddr, TcpListener},
    sync::Arc,
};

use actix_web::{HttpServer, dev::ServerHandle, web::Data};

use super::{App, StartError};
use crate::{
    config::{Config, Source},
    connect::{brake::Brake, send::Sender},
    domain::request::Time,
    identity::{mail_link::LinkKey, sign_in::Entrance},
    jobs::{Jobs, Outward, TABLE, Timetable},
    notify::Mailer,
    store::automation::is_closed,
    web::{self, Settings, Web, admission, limits::Limits, reload::Reloader},
    words::{Channel, Zone},
};

/// How many seconds a request under way may take once the service is told to stop.
const LAST_SECONDS: u64 = 20;

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

    /// What the clock does.
    pub fn jobs(&self) -> Result<Jobs, StartError> {
        self.jobs_with(self.mailer()?)
    }

    /// The same with another way for letters, or none beside the mailboxes.
    pub(super) fn jobs_with(&self, mailer: Option<Mailer>) -> Result<Jobs, StartError> {
        let client = self.client()?;
        let outward = Outward {
            mailer,
            public_url: self.config().public_url().as_str().to_owned(),
            teams: Arc::new(self.config().teams.clone()),
            links: LinkKey::draw(self.desk().random())?,
            connectors: Arc::new(self.config().connectors.clone()),
            sender: Arc::new(Sender::new(client.clone(), self.brake(Channel::Connectors))),
            client,
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

    /// Listens at `door` until it is told to stop, or to go on with other settings, which it gives back.
    pub fn serve(&self, door: &TcpListener, source: &Source) -> Result<Option<Config>, StartError> {
        let mut web = self.web();
        let reloader = Arc::new(Reloader::new(source.clone(), self.config().clone(), super::fits));
        web.reload = Some(Arc::clone(&reloader));
        self.serve_as(web, door, |_| {})?;
        Ok(reloader.next())
    }

    /// The same as a demonstration, whose clock can be moved; says where once it listens.
    pub fn demonstrate(&self, listening: impl FnOnce(SocketAddr)) -> Result<(), StartError> {
        let mut web = self.web();
        web.settings.demonstration = true;
        self.serve_as(web, &TcpListener::bind(self.config().server.bind)?, listening)
    }

    fn serve_as(&self, mut web: Web, door: &TcpListener, listening: impl FnOnce(SocketAddr)) -> Result<(), StartError> {
        let address = door.local_addr()?;
        if self.config().server.public_url.is_none() {
            // A port that the system chose is part of the origin that browsers send.
            web.settings.origin = format!("http://{address}");
        }
        let (reload, service) = (web.reload.clone(), Data::new(web));
        let metrics = self.config().metrics.listen.map(TcpListener::bind).transpose()?;
        let counted = service.clone();
        let mut server = HttpServer::new(move || web::app(service.clone())).shutdown_timeout(LAST_SECONDS);
        if let Some(workers) = self.config().server.workers {
            server = server.workers(workers);
        }
        let server = server.listen(door.try_clone()?)?;
        // What was signed while the anchor could not be written is made up for before anything else is.
        self.desk().anchor_checkpoints();
        let jobs = self.jobs()?.start()?;
        tracing::info!(%address, "listening");
        listening(address);
        let ended = actix_web::rt::System::new().block_on(async {
            let metrics = metrics.map(|listener| figures(listener, counted)).transpose()?;
            let server = server.run();
            if let Some(reload) = reload {
                reload.serves(server.handle());
            }
            let ended = server.await;
            if let Some(metrics) = metrics {
                metrics.stop(false).await;
            }
            ended
        });
        jobs.stop();
        self.desk().store().shutdown();
        Ok(ended?)
    }
}

fn timetable(config: &Config) -> Timetable {
    Timetable::in_zone(config.jobs.zone).with("forget", &config.jobs.forget)
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

/// The metrics on their own port, as long as the service runs; what stops that stops them.
fn figures(listener: TcpListener, service: Data<Web>) -> std::io::Result<ServerHandle> {
    let server = HttpServer::new(move || web::metrics::app(service.clone())).workers(1).disable_signals();
    let server = server.listen(listener)?.run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    Ok(handle)
}
