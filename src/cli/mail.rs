//! `proviso mail`: does mail leave and arrive?

use anyhow::anyhow;
use clap::Subcommand;

use super::{Code, Failure};
use crate::{
    app::{App, Timing},
    config::Config,
    identity::email::EmailAddress,
};

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Sends a few words to an address, as the service would.
    Test {
        /// To whom.
        #[arg(value_name = "ADDRESS")]
        to: String,
    },
}

impl Verb {
    pub(super) fn run(&self, config: Config) -> Result<(), Failure> {
        let Self::Test { to } = self;
        let to: EmailAddress = to.parse().map_err(|error| Failure::new(Code::Usage, anyhow!("{to}: {error}")))?;
        let _telemetry = crate::app::start_log(&config);
        let timing = Timing::system()?;
        let app = App::open(config, timing.clone())?;
        let mailer = app.mailer()?;
        let mailer = mailer.ok_or_else(|| anyhow!("no mail leaves: mail.transport is none"))?;
        mailer.test(&to, timing.clock.now()).map_err(|error| Failure::new(Code::Unreachable, error))?;
        println!("sent to {}", to.as_str());
        Ok(())
    }
}
