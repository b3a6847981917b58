//! `proviso db`: the database's schema, and its copy into another.

use clap::Subcommand;
use serde_json::{Value, json};

use super::{
    Code, Failure,
    output::{Output, bar, say},
};
use crate::{
    config::Config,
    store::{DatabaseUrl, StoreError, Tally, copy, grant, migrate},
};

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Brings the database to this program's schema; an SQLite file is copied first.
    Migrate,
    /// Tells which migrations the database has and which it lacks.
    Status,
    /// Copies everything into another, empty database, and tells the rows and the hash of every table.
    Copy {
        /// Where to, as the owner: sqlite:FILE or postgres://USER@HOST/DATABASE; PROVISO_COPY_TO keeps a password out of sight.
        #[arg(long, value_name = "URL", env = "PROVISO_COPY_TO", hide_env_values = true)]
        to: String,
    },
}

impl Verb {
    pub(super) fn run(&self, config: &Config, output: Output) -> Result<(), Failure> {
        let url = url(config)?;
        match self {
            Self::Migrate => {
                let owner = owner(config)?;
                let upgrade = migrate::migrate(&owner)?;
                if config.database.owner_url.is_some() {
                    grant(&owner, &url)?;
                }
                if let Some(kept) = &upgrade.copy {
                    eprintln!("the file as it was before is kept as {}", kept.display());
                }
                rows(output, &upgrade.ran, "applied now")
            }
            Self::Status => {
                let status = migrate::status(&url)?;
                let told = |names: &[String], how: &str| {
                    names.iter().map(|name| json!({ "migration": name, "state": how })).collect::<Vec<_>>()
                };
                let all = [told(&status.applied, "applied"), told(&status.pending, "pending")].concat();
                output.rows(&MIGRATION, &all)
            }
            Self::Copy { to } => copied(&url, &to.parse()?, output),
        }
    }
}

const MIGRATION: [(&str, &str); 2] = [("MIGRATION", "/migration"), ("STATE", "/state")];

fn rows(output: Output, names: &[String], how: &str) -> Result<(), Failure> {
    if names.is_empty() && output == Output::Table {
        return say("the database is up to date");
    }
    let rows: Vec<Value> = names.iter().map(|name| json!({ "migration": name, "state": how })).collect();
    output.rows(&MIGRATION, &rows)
}

fn copied(from: &DatabaseUrl, to: &DatabaseUrl, output: Output) -> Result<(), Failure> {
    let bar = bar(copy::rows(from)?);
    let mut progress = |table: &str, rows: u64| {
        if bar.message() != table {
            bar.set_message(table.to_owned());
        }
        bar.inc(rows);
    };
    let tallies = copy::copy(from, to, &mut progress)?;
    bar.finish_and_clear();
    tables(output, &tallies)
}

/// Every table with its rows and their hash.
pub(super) fn tables(output: Output, tallies: &[Tally]) -> Result<(), Failure> {
    let rows: Vec<Value> = tallies.iter().map(|tally| json!(tally)).collect();
    output.rows(&[("TABLE", "/table"), ("ROWS", "/rows"), ("HASH", "/hash")], &rows)
}

/// The configured database.
pub(super) fn url(config: &Config) -> Result<DatabaseUrl, Failure> {
    config.database.url.reveal().parse().map_err(|error: StoreError| Failure::new(Code::Invalid, error))
}

/// The database as its owner, who may be another on PostgreSQL.
pub(super) fn owner(config: &Config) -> Result<DatabaseUrl, Failure> {
    match &config.database.owner_url {
        Some(owner) => owner.reveal().parse().map_err(|error: StoreError| Failure::new(Code::Invalid, error)),
        None => url(config),
    }
}
