//! `proviso serve`: the service, as configured, until it is told to stop; with other settings where it is told so.

use std::net::TcpListener;

use super::{Code, Failure};
use crate::{
    app::{App, Timing},
    config::{Config, Source},
};

pub(super) fn run(source: &Source) -> Result<(), Failure> {
    let mut config = source.read().map_err(|error| Failure::new(Code::Invalid, error))?;
    let _telemetry = crate::app::start_log(&config);
    let door = TcpListener::bind(config.server.bind)?;
    let mut app = App::open(config.clone(), Timing::system()?)?;
    if app.is_empty()? {
        let (link, until) = app.setup_link()?;
        eprintln!("There is nobody yet. Whoever opens this link becomes the first administrator, once, until {until}:");
        eprintln!("\n  {link}\n\nAnother is printed by `proviso admin setup-link`.");
    }
    while let Some(next) = app.serve(&door, source)? {
        drop(app);
        (app, config) = taken_up(next, config)?;
    }
    Ok(())
}

/// The service with the next settings; with those before where it does not start with them.
fn taken_up(next: Config, before: Config) -> Result<(App, Config), Failure> {
    let opened = App::open(next.clone(), Timing::system()?);
    match opened.and_then(|app| app.jobs().map(|_| app)) {
        Ok(app) => {
            tracing::info!("the settings were taken up");
            Ok((app, next))
        }
        Err(error) => {
            tracing::error!(%error, "the settings could not be taken up; those before hold");
            Ok((App::open(before.clone(), Timing::system()?)?, before))
        }
    }
}
