//! The service while it runs: the rim's workers on one address, the jobs beside them, the next settings when it is
//! told to take them up, and an orderly end that answers what was accepted.

use std::{
    net::{SocketAddr, TcpListener},
    pin::pin,
    sync::Arc,
    time::Duration,
};

use actix_web::{
    HttpServer,
    dev::{Server, ServerHandle},
    rt::System,
    web::{Data, block},
};
use tokio::{
    select,
    sync::mpsc::{UnboundedSender, unbounded_channel},
};

use super::{App, StartError, Timing};
use crate::{
    config::{Config, Source},
    jobs::Running,
    web::{self, Web, current::Current, reload::Reloader},
};

/// How long a request under way may take once the service is told to stop.
const LAST: Duration = Duration::from_secs(20);
/// How long those who come wait for those who are being answered, before other settings are taken up.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is the same whatever the settings are.
#[derive(Debug)]
struct Place {
    address: SocketAddr,
    demonstration: bool,
    reload: Option<(Source, UnboundedSender<Config>)>,
}

/// What runs by one configuration.
#[derive(Debug)]
struct Run {
    app: App,
    jobs: Running,
}

impl App {
    /// Listens at `door` until it is told to stop; its settings can be read anew from `source` meanwhile.
    pub fn serve(self, door: TcpListener, source: Source) -> Result<(), StartError> {
        let (opener, mut wanted) = unbounded_channel();
        let reload = Some((source, opener));
        let place = Arc::new(Place { address: door.local_addr()?, demonstration: false, reload });
        System::new().block_on(async {
            let (mut run, current) = Run::begin(self, &place)?;
            let metrics = figures(run.app.config(), &current)?;
            let mut server = pin!(listen(run.app.config(), &current, door)?);
            tracing::info!(address = %place.address, "listening");
            let ended = loop {
                select! {
                    ended = &mut server => break ended,
                    Some(config) = wanted.recv() => run = run.followed_by(config, &current, &place).await?,
                }
            };
            run.end(metrics).await;
            Ok(ended?)
        })
    }

    /// The same as a demonstration, whose clock can be moved; says where once it listens.
    pub fn demonstrate(self, listening: impl FnOnce(SocketAddr)) -> Result<(), StartError> {
        let door = TcpListener::bind(self.config().server.bind)?;
        let place = Place { address: door.local_addr()?, demonstration: true, reload: None };
        System::new().block_on(async {
            let (run, current) = Run::begin(self, &place)?;
            let metrics = figures(run.app.config(), &current)?;
            let server = listen(run.app.config(), &current, door)?;
            listening(place.address);
            let ended = server.await;
            run.end(metrics).await;
            Ok(ended?)
        })
    }
}

impl Place {
    /// The rim of a service that listens here.
    fn web(&self, app: &App) -> Web {
        let (mut web, running) = (app.web(), app.config());
        web.settings.demonstration = self.demonstration;
        if running.server.public_url.is_none() {
            // A port that the system chose is part of the origin that browsers send.
            web.settings.origin = format!("http://{}", self.address);
        }
        let desk = app.desk().clone();
        let reloader = |(source, opener): &(Source, UnboundedSender<Config>)| Reloader {
            source: source.clone(),
            running: running.clone(),
            fits: Box::new(move |config| super::fits(config, &desk)),
            opener: opener.clone(),
        };
        web.reload = self.reload.as_ref().map(reloader).map(Arc::new);
        web
    }
}

impl Run {
    fn begin(app: App, place: &Place) -> Result<(Self, Current), StartError> {
        let current = Current::new(Data::new(place.web(&app)));
        Ok((Self::of(app)?, current))
    }

    fn of(app: App) -> Result<Self, StartError> {
        // What was signed while the anchor could not be written is made up for before anything else is.
        app.desk().anchor_checkpoints();
        let jobs = app.jobs()?.start()?;
        Ok(Self { app, jobs })
    }

    /// The service with the next settings in the place of this one, once everybody who asked has their answer, or
    /// takes too long.
    async fn followed_by(self, next: Config, current: &Current, place: &Arc<Place>) -> Result<Self, StartError> {
        let vacated = current.vacate(PATIENCE).await;
        let place = Arc::clone(place);
        let (run, web) = block(move || {
            let run = self.replaced(next)?;
            let web = place.web(&run.app);
            Ok::<_, StartError>((run, web))
        })
        .await
        .map_err(std::io::Error::other)??;
        vacated.take(Data::new(web));
        Ok(run)
    }

    /// The same with other settings; with those before where it does not start with them.
    fn replaced(self, next: Config) -> Result<Self, StartError> {
        let (before, metrics) = (self.app.config().clone(), Arc::clone(&self.app.metrics));
        let open = |config| Self::of(App { metrics: Arc::clone(&metrics), ..App::open(config, Timing::system()?)? });
        self.stop();
        match open(next) {
            Ok(run) => {
                tracing::info!("the settings were taken up");
                Ok(run)
            }
            Err(error) => {
                tracing::error!(%error, "the settings could not be taken up; those before hold");
                open(before)
            }
        }
    }

    fn stop(self) {
        self.jobs.stop();
        self.app.desk().store().shutdown();
    }

    async fn end(self, metrics: Option<ServerHandle>) {
        if let Some(metrics) = metrics {
            metrics.stop(false).await;
        }
        self.stop();
    }
}

fn listen(config: &Config, current: &Current, door: TcpListener) -> std::io::Result<Server> {
    let current = current.clone();
    let mut server = HttpServer::new(move || web::app(current.clone())).shutdown_timeout(LAST.as_secs());
    if let Some(workers) = config.server.workers {
        server = server.workers(workers);
    }
    Ok(server.listen(door)?.run())
}

/// The metrics on their own port, if they have one, until they are stopped.
fn figures(config: &Config, current: &Current) -> std::io::Result<Option<ServerHandle>> {
    let Some(listener) = config.metrics.listen.map(TcpListener::bind).transpose()? else {
        return Ok(None);
    };
    let current = current.clone();
    let server = HttpServer::new(move || web::metrics::app(current.clone())).workers(1).disable_signals();
    let server = server.listen(listener)?.run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    Ok(Some(handle))
}
