//! `proviso config`: what is configured, and where each setting came from.

use clap::Subcommand;

use super::{Cli, Code, Failure, layers};
use crate::config::{Config, ConfigError, KEYS};

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Checks the configuration and says everything that is wrong with it.
    Check,
    /// Shows every setting; secrets stay hidden.
    Show {
        /// Also where each came from.
        #[arg(long)]
        origin: bool,
    },
}

impl Verb {
    pub(super) fn run(&self, cli: &Cli) -> Result<(), Failure> {
        let (path, overrides) = layers(cli)?;
        let invalid = |error: ConfigError| Failure::new(Code::Invalid, error);
        let (config, origins) =
            Config::load_with_origins(path.as_deref(), std::env::vars(), &overrides).map_err(invalid)?;
        match self {
            Self::Check => println!("the configuration is valid"),
            Self::Show { origin } => {
                for (key, from) in KEYS.iter().zip(origins) {
                    let shown = key.shown(&config);
                    if *origin {
                        println!("{} = {shown}    # {from}", key.name);
                    } else {
                        println!("{} = {shown}", key.name);
                    }
                }
                for (source, settings) in &config.intake {
                    for (key, shown) in settings.shown() {
                        println!("intake.{source}.{key} = {shown}");
                    }
                }
            }
        }
        Ok(())
    }
}
