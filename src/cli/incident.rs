//! `proviso incident`: what went wrong with an AI system or a clause, through a running service.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{
    Failure,
    client::{Asking, Service, Who, encoded},
    output::{Column, Output},
};
use crate::{
    config::Config,
    words::{IncidentEffect, Severity},
};

#[derive(Debug, Args)]
pub(super) struct Incidents {
    #[command(flatten)]
    pub(super) asking: Asking,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Lists incidents, the newest first.
    List,
    /// Shows one, with the exceptions that it touched and where they are.
    Show {
        /// Its id.
        id: String,
    },
    /// Shows what an incident would touch, and does nothing.
    Preview(Incident),
    /// Reports an incident; where it touches many exceptions, a second person confirms it.
    Report(Incident),
}

/// What happened, to what.
#[derive(Debug, Args)]
struct Incident {
    /// What happened.
    summary: String,
    /// When (RFC 3339).
    #[arg(long, value_name = "TIME")]
    at: String,
    /// low, moderate, high or critical.
    #[arg(long)]
    severity: Severity,
    /// What is to become of what is in effect: reopen or suspend.
    #[arg(long)]
    effect: IncidentEffect,
    /// An AI system, a model or a vendor of the register; may be given more than once.
    #[arg(long = "system", value_name = "ID")]
    systems: Vec<String>,
    /// A policy clause; may be given more than once.
    #[arg(long = "clause", value_name = "ID")]
    clauses: Vec<String>,
    /// Only exceptions in this domain and below.
    #[arg(long)]
    domain: Option<String>,
}

const COLUMNS: [Column; 7] = [
    ("ID", "/id"),
    ("HAPPENED", "/happened_at"),
    ("SEVERITY", "/severity"),
    ("EFFECT", "/effect"),
    ("TOUCHED", "/touched"),
    ("OPEN", "/open"),
    ("WHAT", "/summary"),
];

impl Incidents {
    pub(super) fn run(&self, config: &Config, output: Output) -> Result<(), Failure> {
        let mut service = Service::of(config);
        match &self.verb {
            Verb::List => output.rows(&COLUMNS, &service.list("/v1/incidents", usize::MAX)?),
            Verb::Show { id } => output.one(&service.get(&format!("/v1/incidents/{}", encoded(id)))?),
            Verb::Preview(incident) => {
                output.one(&service.post(Who::Anybody, "/v1/incidents/preview", &incident.body())?)
            }
            Verb::Report(incident) => output.one(&service.post(Who::Anybody, "/v1/incidents", &incident.body())?),
        }
    }
}

impl Incident {
    fn body(&self) -> Value {
        json!({
            "summary": self.summary, "happened_at": self.at, "severity": self.severity, "effect": self.effect,
            "domain": self.domain, "systems": self.systems, "clauses": self.clauses,
        })
    }
}
