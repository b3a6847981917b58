//! `proviso serve`: the service, as configured, until it is told to stop.

use std::net::TcpListener;

use super::{Code, Failure};
use crate::{
    app::{App, Timing},
    config::Source,
};

pub(super) fn run(source: Source) -> Result<(), Failure> {
    let config = source.read().map_err(|error| Failure::new(Code::Invalid, error))?;
    let _telemetry = crate::app::start_log(&config);
    let door = TcpListener::bind(config.server.bind)?;
    let app = App::open(config, Timing::system()?)?;
    if app.is_empty()? {
        let (link, until) = app.setup_link()?;
        eprintln!("There is nobody yet. Whoever opens this link becomes the first administrator, once, until {until}:");
        eprintln!("\n  {link}\n\nAnother is printed by `proviso admin setup-link`.");
    }
    app.serve(door, source)?;
    Ok(())
}
