//! `proviso config`: what can be configured, what is configured, and where each setting came from.

use std::{fs::OpenOptions, io::Write, path::PathBuf};

use anyhow::Context;
use clap::Subcommand;
use serde_json::{Value, json};

use super::{Cli, Code, Failure, db, layers, output::say};
use crate::{
    app::{self, Timed},
    clock::Clock,
    config::{self, Config, ConfigError, KEYS, Origin},
    domain::request::Time,
};

/// How many times of a job are printed.
const TIMES: usize = 3;

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Prints a file with every setting, its default and its name in the environment.
    Init {
        /// Writes it here instead; a file that is there is left alone.
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// Checks the configuration and says everything that is wrong with it.
    Check,
    /// Shows every setting; secrets stay hidden.
    Show {
        /// Also where each came from.
        #[arg(long)]
        origin: bool,
    },
    /// Prints the JSON Schema of the configuration file.
    Schema,
}

impl Verb {
    pub(super) fn run(&self, cli: &Cli) -> Result<(), Failure> {
        match self {
            Self::Init { file: None } => say(config::reference().trim_end()),
            Self::Init { file: Some(file) } => {
                let mut options = OpenOptions::new();
                let made = options.write(true).create_new(true).open(file);
                let made = made.with_context(|| format!("{} cannot be made", file.display()));
                Ok(made?.write_all(config::reference().as_bytes())?)
            }
            Self::Schema => say(&serde_json::to_string_pretty(&config::schema())?),
            Self::Check => {
                let (config, _) = loaded(cli)?;
                db::url(&config)?;
                let timed = app::timed(&config, Clock::system().now(), TIMES);
                for job in timed.map_err(|error| Failure::new(Code::Invalid, error))? {
                    say(&told(&job))?;
                }
                say("the configuration is valid")
            }
            Self::Show { origin } => show(cli, *origin),
        }
    }
}

/// A job with its next times, by its own clock and in UTC.
fn told(job: &Timed) -> String {
    let local = |time: &Time| time.with_timezone(&job.zone.tz()).format("%Y-%m-%d %H:%M");
    let next = job.next.iter().map(|time| format!("{} ({})", local(time), time.format("%Y-%m-%dT%H:%MZ")));
    format!("{} runs at `{}` {}: {}", job.job, job.line, job.zone, next.collect::<Vec<_>>().join(", "))
}

fn loaded(cli: &Cli) -> Result<(Config, Vec<Origin>), Failure> {
    let (path, overrides) = layers(cli)?;
    let invalid = |error: ConfigError| Failure::new(Code::Invalid, error);
    Config::load_with_origins(path.as_deref(), std::env::vars(), &overrides).map_err(invalid)
}

fn show(cli: &Cli, origin: bool) -> Result<(), Failure> {
    let (config, origins) = loaded(cli)?;
    let rows = KEYS.iter().zip(origins).map(|(key, from)| {
        let mut row = json!({ "key": key.name, "value": key.shown(&config) });
        if let Some(row) = row.as_object_mut().filter(|_| origin) {
            row.insert("origin".to_owned(), Value::from(from.to_string()));
        }
        row
    });
    let sources = config.intake.iter().flat_map(|(source, settings)| {
        let named = move |(key, shown)| json!({ "key": format!("intake.{source}.{key}"), "value": shown });
        settings.shown().into_iter().map(named)
    });
    let connectors = config.connectors.iter().flat_map(|(name, connector)| {
        let named = move |(key, shown)| json!({ "key": format!("connector.{name}.{key}"), "value": shown });
        config::connector::shown(connector).into_iter().map(named)
    });
    let rows = rows.chain(sources).chain(connectors);
    let columns = [("KEY", "/key"), ("VALUE", "/value"), ("ORIGIN", "/origin")];
    cli.output.rows(columns.get(..if origin { 3 } else { 2 }).unwrap_or(&columns), &rows.collect::<Vec<_>>())
}
