//! The command line: one file per verb. Data goes to standard output, everything else to standard
//! error; the exit code says how it ended.

mod admin;
mod audit;
mod backup;
mod batch;
mod change;
mod client;
mod code;
mod concern;
mod config;
mod connector;
mod db;
mod demo;
mod doctor;
mod documents;
mod exception;
mod export;
mod file;
mod healthcheck;
mod import;
mod incident;
mod jobs;
mod mail;
mod mailbox;
mod outbox;
mod output;
mod register;
mod report;
mod serve;
mod session;
mod sop;
mod webhook;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

use self::{client::Asking, output::Output};
use crate::config::{Config, ConfigError, FILE, Source};

pub(crate) use code::{Code, Failure};

/// AI policy exceptions from request to expiry.
#[derive(Debug, Parser)]
#[command(name = "proviso", version, about, max_term_width = 100, after_help = Code::told())]
struct Cli {
    /// The configuration file; `proviso.toml` in this folder if it is there.
    #[arg(long, short, global = true, env = "PROVISO_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// A setting, as `section.key=value`; may be given more than once.
    #[arg(long = "set", short = 's', global = true, value_name = "KEY=VALUE")]
    overrides: Vec<String>,
    /// The form of what is printed.
    #[arg(long, short, global = true, value_enum, default_value_t, value_name = "FORM")]
    output: Output,
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
    /// The first administrator, people, roles and tokens.
    Admin(admin::Admin),
    /// Exceptions, through a running service.
    Exception(exception::Exceptions),
    /// What lowers a protection, and waits for a second person.
    Change(change::Changes),
    /// What went wrong with an AI system or a clause.
    Incident(incident::Incidents),
    /// What one cause changes of exceptions by itself: stopped, let go on, taken back.
    Batch(batch::Batches),
    /// What the figures of procedures say, and somebody has to answer.
    Concern(concern::Concerns),
    /// What runs by the clock.
    Jobs(jobs::Jobs),
    /// Policies, regulations and AI systems, through a running service.
    Register(register::Register),
    /// Procedures: looked at before they are published, and read, published and retired through a running service.
    Sop(sop::Procedures),
    /// Figures, through a running service.
    Report(report::Report),
    /// A list as a file, through a running service.
    Export(export::Export),
    /// Takes another register over: each row once, told row by row, through a running service.
    Import(import::Import),
    /// Checks the installation and says what is missing, with the remedy.
    Doctor,
    /// The database.
    #[command(subcommand)]
    Db(db::Verb),
    /// What was signed of the record, and whether it holds.
    #[command(subcommand)]
    Audit(audit::Verb),
    /// Copies to come back to.
    #[command(subcommand)]
    Backup(backup::Verb),
    /// Outgoing mail.
    #[command(subcommand)]
    Mail(mail::Verb),
    /// One's own letters, through a running service.
    Mailbox(mailbox::Mailbox),
    /// Letters on their way, and those that were given up.
    #[command(subcommand)]
    Outbox(outbox::Verb),
    /// The systems that are told of events.
    #[command(subcommand)]
    Connector(connector::Verb),
    /// Endpoints that events are sent to, and what came of it.
    #[command(subcommand)]
    Webhook(webhook::Verb),
    /// Asks the running service whether it is ready; for container health checks.
    Healthcheck,
    /// Prints the OpenAPI document.
    Openapi,
    /// Prints a script by which a shell completes the command line.
    Completions(documents::Completions),
    /// Prints the manual, or writes one page a verb into a folder.
    Man(documents::Man),
}

/// Runs the verb that the arguments name.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let ended = match &cli.verb {
        Verb::Openapi => documents::openapi(),
        Verb::Completions(completions) => completions.run(),
        Verb::Man(man) => man.run(),
        Verb::Doctor => settings(&cli).and_then(|config| doctor::run(&config, cli.output)),
        Verb::Db(verb) => settings(&cli).and_then(|config| verb.run(&config, cli.output)),
        Verb::Audit(verb) => verb.run(|| settings(&cli), cli.output),
        Verb::Backup(verb) => settings(&cli).and_then(|config| verb.run(&config, cli.output)),
        Verb::Demo(demo) => layers(&cli).and_then(|(_, overrides)| demo.run(overrides)),
        Verb::Serve => layers(&cli).and_then(|(path, overrides)| serve::run(Source { path, overrides })),
        Verb::Config(verb) => verb.run(&cli),
        Verb::Admin(admin) => asking(&cli, &admin.asking).and_then(|config| admin.run(config, cli.output)),
        Verb::Exception(verb) => asking(&cli, &verb.asking).and_then(|config| verb.run(&config, cli.output)),
        Verb::Change(verb) => asking(&cli, &verb.asking).and_then(|config| verb.run(&config, cli.output)),
        Verb::Incident(verb) => asking(&cli, &verb.asking).and_then(|config| verb.run(&config, cli.output)),
        Verb::Batch(verb) => asking(&cli, &verb.asking).and_then(|config| verb.run(&config, cli.output)),
        Verb::Concern(verb) => asking(&cli, &verb.asking).and_then(|config| verb.run(&config, cli.output)),
        Verb::Jobs(verb) => asking(&cli, &verb.asking).and_then(|config| verb.run(&config, cli.output)),
        Verb::Register(verb) => asking(&cli, &verb.asking).and_then(|config| verb.run(&config, cli.output)),
        Verb::Sop(verb) => verb.run(|| asking(&cli, &verb.asking), cli.output),
        Verb::Mailbox(verb) => asking(&cli, &verb.asking).and_then(|config| verb.run(&config, cli.output)),
        Verb::Report(verb) => asking(&cli, &verb.asking).and_then(|config| verb.run(config, cli.output)),
        Verb::Export(verb) => asking(&cli, &verb.asking).and_then(|config| verb.run(&config)),
        Verb::Import(verb) => asking(&cli, &verb.asking).and_then(|config| verb.run(&config, cli.output)),
        Verb::Mail(verb) => settings(&cli).and_then(|config| verb.run(config)),
        Verb::Outbox(verb) => settings(&cli).and_then(|config| verb.run(config, cli.output)),
        Verb::Connector(verb) => settings(&cli).and_then(|config| verb.run(config, cli.output)),
        Verb::Webhook(verb) => settings(&cli).and_then(|config| verb.run(config, cli.output)),
        Verb::Healthcheck => settings(&cli).and_then(|config| healthcheck::run(&config)),
    };
    match ended {
        Ok(()) => Code::Ok.into(),
        Err(failure) => {
            eprintln!("proviso: {:#}", failure.error);
            failure.code.into()
        }
    }
}

/// The settings from file, environment and flags.
fn settings(cli: &Cli) -> Result<Config, Failure> {
    let (path, overrides) = layers(cli)?;
    let invalid = |error: ConfigError| Failure::new(Code::Invalid, error);
    Config::load(path.as_deref(), std::env::vars(), &overrides).map_err(invalid)
}

/// The same with the flags of a verb that asks a service.
fn asking(cli: &Cli, asking: &Asking) -> Result<Config, Failure> {
    let (path, mut overrides) = layers(cli)?;
    overrides.extend(asking.overrides());
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
            Failure::told(Code::Usage, format!("`--set {text}` has no `=`; write --set section.key=value"))
        })
    };
    Ok((path, cli.overrides.iter().map(split).collect::<Result<_, _>>()?))
}
