//! `proviso jobs`: what runs by the clock, through a running service.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{
    Failure,
    client::{Asking, Service, Who, encoded},
    output::{Column, Output},
};
use crate::config::Config;

#[derive(Debug, Args)]
pub(super) struct Jobs {
    #[command(flatten)]
    pub(super) asking: Asking,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Lists the jobs, with the last and the next run of each.
    List,
    /// Shows the newest runs of one job.
    Runs {
        /// Its name.
        job: String,
    },
    /// Runs a job now, beside its schedule.
    Run {
        /// Its name.
        job: String,
        /// Shows what it would do, and does nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// Stops a job, in every process, until it is resumed.
    Pause {
        /// Its name.
        job: String,
        /// Why.
        #[arg(long)]
        reason: String,
    },
    /// Lets a job run again; a second person confirms it.
    Resume {
        /// Its name.
        job: String,
    },
}

const JOBS: [Column; 8] = [
    ("NAME", "/name"),
    ("STATE", "/state"),
    ("SCHEDULE", "/schedule"),
    ("ZONE", "/zone"),
    ("LAST", "/last_run_at"),
    ("FAILED", "/last_run_failed"),
    ("MS", "/last_run_ms"),
    ("NEXT", "/next_run_at"),
];
const RUNS: [Column; 6] = [
    ("TICK", "/tick"),
    ("CAUSE", "/cause"),
    ("BEGUN", "/begun_at"),
    ("ENDED", "/ended_at"),
    ("OUTCOME", "/outcome"),
    ("DONE", "/done"),
];

impl Jobs {
    pub(super) fn run(&self, config: &Config, output: Output) -> Result<(), Failure> {
        let mut service = Service::of(config);
        let path = |job: &str, verb: &str| format!("/v1/jobs/{}{verb}", encoded(job));
        match &self.verb {
            Verb::List => output.rows(&JOBS, &service.list("/v1/jobs", usize::MAX)?),
            Verb::Runs { job } => output.rows(&RUNS, &members(&service.get(&path(job, ""))?, "runs")),
            Verb::Run { job, dry_run: true } => {
                let seen = service.get("/v1/automation/preview?limit=200")?;
                let named = |preview: &&Value| preview.get("name").and_then(Value::as_str) == Some(job);
                let found = members(&seen, "jobs").iter().find(named).cloned();
                output.one(&found.unwrap_or_else(|| json!({ "name": job, "due": null, "first": [] })))
            }
            Verb::Run { job, dry_run: false } => {
                output.one(&service.post(Who::Anybody, &path(job, "/run"), &json!({}))?)
            }
            Verb::Pause { job, reason } => {
                output.one(&service.post(Who::Anybody, &path(job, "/pause"), &json!({ "reason": reason }))?)
            }
            Verb::Resume { job } => output.one(&service.post(Who::Person, &path(job, "/resume"), &json!({}))?),
        }
    }
}

fn members(of: &Value, name: &str) -> Vec<Value> {
    of.get(name).and_then(Value::as_array).cloned().unwrap_or_default()
}
