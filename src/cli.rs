//! The command line: one file per verb. Data goes to standard output, everything else to standard
//! error; the exit code says how it ended.

mod admin;
mod config;
mod demo;
mod healthcheck;
mod mail;
mod outbox;
mod serve;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

use crate::config::{Config, ConfigError, FILE};

/// AI policy exceptions from request to expiry.
#[derive(Debug, Parser)]
#[command(name = "proviso", version, about, max_term_width = 100)]
struct Cli {
    /// The configuration file; `proviso.toml` in this folder if it is there.
    #[arg(long, short, global = true, env = "PROVISO_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// A setting, as `section.key=value`; may be given more than once.
    #[arg(long = "set", short = 's', global = true, value_name = "KEY=VALUE")]
    overrides: Vec<String>,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// A whole service on this machine, with people and exceptions to try.
    Demo(demo::Demo),
    /// The service.
    Serve,
    /// What is configured.
    #[command(subcommand)]
    Config(config::Verb),
    /// People with a shell on this machine.
    #[command(subcommand)]
    Admin(admin::Verb),
    /// Outgoing mail.
    #[command(subcommand)]
    Mail(mail::Verb),
    /// Letters on their way, and those that were given up.
    #[command(subcommand)]
    Outbox(outbox::Verb),
    /// Asks the running service whether it is ready; for container health checks.
    Healthcheck,
    /// Prints the OpenAPI document.
    Openapi,
}

/// How a verb ended, as an exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    Ok = 0,
    Failed = 1,
    Usage = 2,
    Unreachable = 4,
    Invalid = 5,
}

/// Why a verb failed, and with which code.
#[derive(Debug)]
pub(crate) struct Failure {
    code: Code,
    error: anyhow::Error,
}

impl Failure {
    fn new(code: Code, error: impl Into<anyhow::Error>) -> Self {
        Self { code, error: error.into() }
    }
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::new(Code::Failed, error)
    }
}

/// Runs the verb that the arguments name.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let ended = match &cli.verb {
        Verb::Openapi => print_openapi(),
        Verb::Demo(demo) => demo.run(),
        Verb::Serve => settings(&cli).and_then(serve::run),
        Verb::Config(verb) => verb.run(&cli),
        Verb::Admin(verb) => settings(&cli).and_then(|config| verb.run(config)),
        Verb::Mail(verb) => settings(&cli).and_then(|config| verb.run(config)),
        Verb::Outbox(verb) => settings(&cli).and_then(|config| verb.run(config)),
        Verb::Healthcheck => settings(&cli).and_then(|config| healthcheck::run(&config)),
    };
    match ended {
        Ok(()) => code(Code::Ok),
        Err(failure) => {
            eprintln!("proviso: {:#}", failure.error);
            code(failure.code)
        }
    }
}

fn code(code: Code) -> ExitCode {
    match code {
        Code::Ok => ExitCode::SUCCESS,
        Code::Failed => ExitCode::from(1),
        Code::Usage => ExitCode::from(2),
        Code::Unreachable => ExitCode::from(4),
        Code::Invalid => ExitCode::from(5),
    }
}

fn print_openapi() -> Result<(), Failure> {
    println!("{}", crate::web::openapi().to_pretty_json()?);
    Ok(())
}

/// The settings from file, environment and flags.
fn settings(cli: &Cli) -> Result<Config, Failure> {
    let (path, overrides) = layers(cli)?;
    let invalid = |error: ConfigError| Failure::new(Code::Invalid, error);
    Config::load(path.as_deref(), std::env::vars(), &overrides).map_err(invalid)
}

type Layers = (Option<PathBuf>, Vec<(String, String)>);

fn layers(cli: &Cli) -> Result<Layers, Failure> {
    let here = PathBuf::from(FILE);
    let path = cli.config.clone().or_else(|| here.exists().then_some(here));
    let split = |text: &String| {
        let parts = text.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned()));
        parts.ok_or_else(|| {
            Failure::new(Code::Usage, anyhow::anyhow!("`--set {text}` has no `=`; write --set section.key=value"))
        })
    };
    Ok((path, cli.overrides.iter().map(split).collect::<Result<_, _>>()?))
}
