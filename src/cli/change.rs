//! `proviso change`: what lowers a protection, proposed by one person and confirmed by another.

use std::io::IsTerminal;

use anyhow::Context;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{
    Code, Failure,
    client::{Asking, Service, Who, encoded},
    output::{Column, Output, inert},
    session,
};
use crate::config::Config;

#[derive(Debug, Args)]
pub(super) struct Changes {
    #[command(flatten)]
    pub(super) asking: Asking,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Lists changes.
    List {
        /// open, confirmed, rejected or lapsed; all of them when not given.
        #[arg(long)]
        state: Option<String>,
    },
    /// Confirms a change that another person proposed, after showing it.
    Confirm {
        /// Its id.
        id: String,
        /// The hash of what was read, where nobody sits at a terminal to read it now.
        #[arg(long)]
        hash: Option<String>,
    },
    /// Rejects a change.
    Reject {
        /// Its id.
        id: String,
        /// Why.
        #[arg(long)]
        reason: String,
    },
}

const COLUMNS: [Column; 5] =
    [("ID", "/id"), ("STATE", "/state"), ("COMMAND", "/command"), ("PROPOSED", "/proposed_at"), ("WHAT", "/text")];

impl Changes {
    pub(super) fn run(&self, config: &Config, output: Output) -> Result<(), Failure> {
        let mut service = Service::of(config);
        match &self.verb {
            Verb::List { state } => {
                let filter = state.as_ref().map_or_else(String::new, |state| format!("?state={}", encoded(state)));
                output.rows(&COLUMNS, &service.list(&format!("/v1/changes{filter}"), usize::MAX)?)
            }
            Verb::Confirm { id, hash } => {
                let path = format!("/v1/changes/{}", encoded(id));
                let hash = match hash {
                    Some(hash) => hash.clone(),
                    None => seen(&mut service, &path)?,
                };
                output.one(&service.post(Who::Person, &format!("{path}/confirm"), &json!({ "hash": hash }))?)
            }
            Verb::Reject { id, reason } => {
                let path = format!("/v1/changes/{}/reject", encoded(id));
                output.one(&service.post(Who::Anybody, &path, &json!({ "reason": reason }))?)
            }
        }
    }
}

/// Shows a change, and its hash to whoever says yes.
fn seen(service: &mut Service, path: &str) -> Result<String, Failure> {
    if !std::io::stdin().is_terminal() {
        let told = "nobody sits at a terminal to read the change: give --hash, as `change list --output json` shows it";
        return Err(Failure::told(Code::Usage, told));
    }
    let change = service.get(path)?;
    eprintln!("{}", inert(&serde_json::to_string_pretty(&change)?));
    let hash = change.get("hash").and_then(Value::as_str).context("a change without a hash")?.to_owned();
    if session::asked("Type `confirm` to confirm exactly this: ")? == "confirm" {
        return Ok(hash);
    }
    Err(Failure::told(Code::Failed, "nothing was confirmed"))
}
