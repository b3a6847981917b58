//! `proviso concern`: what the figures of procedures say, and how somebody answers that, through a running service.

use clap::{Args, Subcommand};
use serde_json::json;

use super::{
    Failure,
    client::{Asking, Service, Who, encoded},
    output::{Column, Output},
};
use crate::{config::Config, words::ConcernState};

#[derive(Debug, Args)]
pub(super) struct Concerns {
    #[command(flatten)]
    pub(super) asking: Asking,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Lists concerns, the newest first.
    List {
        /// open, answered or settled; all of them when not given.
        #[arg(long)]
        state: Option<ConcernState>,
    },
    /// Shows one, with what is counted now and the exceptions that are counted.
    Show {
        /// Its id.
        id: String,
    },
    /// Answers one in writing; it is asked again once the figures rise.
    Answer {
        /// Its id.
        id: String,
        /// What follows of it.
        answer: String,
    },
}

const COLUMNS: [Column; 7] = [
    ("ID", "/id"),
    ("STATE", "/state"),
    ("KIND", "/kind"),
    ("PROCEDURE", "/sop/id"),
    ("CLAUSE", "/clause"),
    ("UNIT", "/business_unit"),
    ("RAISED", "/raised_at"),
];

impl Concerns {
    pub(super) fn run(&self, config: &Config, output: Output) -> Result<(), Failure> {
        let mut service = Service::of(config);
        match &self.verb {
            Verb::List { state } => {
                let filter = state.map_or_else(String::new, |state| format!("?state={state}"));
                output.rows(&COLUMNS, &service.list(&format!("/v1/concerns{filter}"), usize::MAX)?)
            }
            Verb::Show { id } => output.one(&service.get(&format!("/v1/concerns/{}", encoded(id)))?),
            Verb::Answer { id, answer } => {
                let path = format!("/v1/concerns/{}/answer", encoded(id));
                output.one(&service.post(Who::Person, &path, &json!({ "answer": answer }))?)
            }
        }
    }
}
