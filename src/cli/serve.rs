//! `proviso serve`: the service, as configured, until it is told to stop.

use super::Failure;
use crate::{
    app::{App, Timing},
    config::Config,
};

pub(super) fn run(config: Config) -> Result<(), Failure> {
    crate::app::start_log(config.log);
    let app = App::open(config, Timing::system()?)?;
    if app.is_empty()? {
        eprintln!("there is nobody yet: create the first administrator with `proviso admin first`");
    }
    Ok(app.serve()?)
}
