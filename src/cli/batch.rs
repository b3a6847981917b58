//! `proviso batch`: what one cause changes of exceptions by itself, through a running service.

use clap::{Args, Subcommand};
use serde_json::json;

use super::{
    Failure,
    client::{Asking, Service, Who, encoded},
    output::{Column, Output},
};
use crate::{config::Config, words::BatchId};

#[derive(Debug, Args)]
pub(super) struct Batches {
    #[command(flatten)]
    pub(super) asking: Asking,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Lists batches, those that began last first.
    List,
    /// Shows one, with the exceptions that it touches and what it did to them.
    Show {
        /// Its id, such as policy:AIP-1:2, sop:standard:3 or incident:ID.
        id: BatchId,
    },
    /// Shows what one would do, also before its cause is confirmed, and does nothing.
    #[command(visible_alias = "dry-run")]
    Preview {
        /// Its id.
        id: BatchId,
    },
    /// Stops one.
    Hold {
        /// Its id.
        id: BatchId,
        /// Why.
        reason: String,
    },
    /// Lets one go on that was stopped; a second person confirms it.
    Release {
        /// Its id.
        id: BatchId,
        /// Shows what it would do, and does nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// Takes one back: withdraws the re-reviews that it opened and nobody touched; a second person confirms it.
    Revert {
        /// Its id.
        id: BatchId,
    },
}

const COLUMNS: [Column; 8] = [
    ("ID", "/id"),
    ("STATE", "/state"),
    ("BEGUN", "/begun_at"),
    ("TOUCHED", "/touched"),
    ("LEFT", "/left"),
    ("REOPENED", "/reopened"),
    ("REFUSED", "/refused"),
    ("SUSPENDED", "/suspended"),
];

impl Batches {
    pub(super) fn run(&self, config: &Config, output: Output) -> Result<(), Failure> {
        let mut service = Service::of(config);
        let at = |id: &BatchId, what: &str| format!("/v1/batches/{}{what}", encoded(&id.to_string()));
        match &self.verb {
            Verb::List => output.rows(&COLUMNS, &service.list("/v1/batches", usize::MAX)?),
            Verb::Show { id } => output.one(&service.get(&at(id, ""))?),
            Verb::Preview { id } | Verb::Release { id, dry_run: true } => {
                output.one(&service.get(&at(id, "/preview"))?)
            }
            Verb::Hold { id, reason } => {
                output.one(&service.post(Who::Anybody, &at(id, "/hold"), &json!({ "reason": reason }))?)
            }
            Verb::Release { id, dry_run: false } => {
                output.one(&service.post(Who::Person, &at(id, "/release"), &json!({}))?)
            }
            Verb::Revert { id } => output.one(&service.post(Who::Person, &at(id, "/revert"), &json!({}))?),
        }
    }
}
