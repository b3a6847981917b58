//! `proviso serve`: the service, as configured, until it is told to stop.

use super::Failure;
use crate::{
    app::{App, Timing},
    config::Config,
};

pub(super) fn run(config: Config) -> Result<(), Failure> {
    let _telemetry = crate::app::start_log(&config);
    let app = App::open(config, Timing::system()?)?;
    if app.is_empty()? {
        let (link, until) = app.setup_link()?;
        eprintln!("There is nobody yet. Whoever opens this link becomes the first administrator, once, until {until}:");
        eprintln!("\n  {link}\n\nAnother is printed by `proviso admin setup-link`.");
    }
    Ok(app.serve()?)
}
