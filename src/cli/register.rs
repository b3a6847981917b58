//! `proviso register`: policies with their clauses, regulations, and the AI systems in use, read, compared and
//! published through a running service. What a material version needs is the service's to say.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::{
    Failure,
    client::{Asking, Service, Who, encoded},
    exception::document,
    output::{Column, Output, inert, say},
};
use crate::config::Config;

#[derive(Debug, Args)]
pub(super) struct Register {
    #[command(flatten)]
    pub(super) asking: Asking,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Lists what holds.
    List {
        /// Of what.
        of: Kind,
        /// Words to be found.
        #[arg(long, short)]
        q: Option<String>,
    },
    /// Shows one entry; a policy with its clauses.
    Show {
        #[command(flatten)]
        named: Named,
        /// A version before the present one.
        #[arg(long)]
        version: Option<u32>,
    },
    /// Lists every version of one entry.
    Versions(Named),
    /// Shows what a version of an entry changed.
    Diff {
        #[command(flatten)]
        named: Named,
        /// The version.
        version: u32,
        /// Compared with this one; with the one before it when not given.
        #[arg(long)]
        from: Option<u32>,
    },
    /// Publishes the next version of an entry; a material one of a policy or a regulation waits for a second person.
    Publish {
        #[command(flatten)]
        named: Named,
        /// Its content in YAML or JSON, as `POST /v1/policies/{id}/versions` takes it; `-` is standard input.
        file: PathBuf,
    },
    /// Registers an AI system, a model or a vendor.
    Add {
        /// The id by which requests will name it.
        id: String,
        /// system, model or vendor.
        #[arg(long)]
        kind: String,
        /// What it is called.
        #[arg(long)]
        name: String,
        /// The id of who makes it.
        #[arg(long)]
        vendor: Option<String>,
    },
    /// Retires an AI system, a model or a vendor; what is in force for it is looked at again.
    Retire {
        /// Its id.
        id: String,
    },
}

/// Which entry.
#[derive(Debug, Args)]
struct Named {
    /// What it is.
    of: Kind,
    /// Its id, such as AIP-2.
    id: String,
}

/// What the register holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// Policies of the organisation.
    Policies,
    /// Laws and standards.
    Regulations,
    /// AI systems, models and vendors.
    Systems,
}

const POLICIES: [Column; 4] = [("ID", "/id"), ("VERSION", "/version"), ("TITLE", "/title"), ("SINCE", "/published/at")];
const REGULATIONS: [Column; 4] =
    [("ID", "/id"), ("VERSION", "/version"), ("TITLE", "/title"), ("REFERENCE", "/reference")];
const SYSTEMS: [Column; 5] =
    [("ID", "/id"), ("VERSION", "/version"), ("KIND", "/kind"), ("NAME", "/name"), ("RETIRED", "/retired")];
const VERSIONS: [Column; 3] = [("VERSION", "/version"), ("TITLE", "/title"), ("WEIGHT", "/published/weight")];

impl Register {
    pub(super) fn run(&self, config: &Config, output: Output) -> Result<(), Failure> {
        let mut service = Service::of(config);
        match &self.verb {
            Verb::List { of, q } => {
                let words = q.as_ref().map_or_else(String::new, |q| format!("?q={}", encoded(q)));
                output.rows(of.columns(), &service.list(&format!("{}{words}", of.path()), usize::MAX)?)
            }
            Verb::Show { named, version } => {
                let version = version.map_or_else(String::new, |version| format!("/versions/{version}"));
                output.one(&service.get(&format!("{}{version}", named.path()))?)
            }
            Verb::Versions(named) => {
                output.rows(&VERSIONS, &service.list(&format!("{}/versions", named.path()), usize::MAX)?)
            }
            Verb::Diff { named, version, from } => {
                let from = from.map_or_else(String::new, |from| format!("?from={from}"));
                let path = format!("{}/versions/{version}/diff{from}", named.path());
                compared(output, &service.get(&path)?)
            }
            Verb::Publish { named, file } => {
                let path = format!("{}/versions", named.path());
                output.one(&service.post(Who::Person, &path, &document(file)?)?)
            }
            Verb::Add { id, kind, name, vendor } => {
                let mut body = json!({ "id": id, "kind": kind, "name": name });
                if let (Some(vendor), Some(body)) = (vendor, body.as_object_mut()) {
                    body.insert("vendor".to_owned(), json!(vendor));
                }
                output.one(&service.post(Who::Person, "/v1/systems", &body)?)
            }
            Verb::Retire { id } => {
                let path = format!("/v1/systems/{}/retire", encoded(id));
                output.one(&service.post(Who::Person, &path, &json!({}))?)
            }
        }
    }
}

impl Named {
    fn path(&self) -> String {
        format!("{}/{}", self.of.path(), encoded(&self.id))
    }
}

impl Kind {
    const fn path(self) -> &'static str {
        match self {
            Self::Policies => "/v1/policies",
            Self::Regulations => "/v1/regulations",
            Self::Systems => "/v1/systems",
        }
    }

    const fn columns(self) -> &'static [Column] {
        match self {
            Self::Policies => &POLICIES,
            Self::Regulations => &REGULATIONS,
            Self::Systems => &SYSTEMS,
        }
    }
}

/// A comparison as people read it: each clause that changed with the lines that did, or each field.
fn compared(output: Output, diff: &Value) -> Result<(), Failure> {
    if output != Output::Table {
        return output.one(diff);
    }
    let text = |value: &Value, pointer: &str| {
        let found = value.pointer(pointer).filter(|found| !found.is_null());
        found.map_or_else(String::new, |found| inert(found.as_str().unwrap_or(&found.to_string())))
    };
    let listed = |of: &str| diff.get(of).and_then(Value::as_array).into_iter().flatten();
    for clause in listed("clauses") {
        say(&format!("{} {}\n{}", text(clause, "/change"), text(clause, "/id"), text(clause, "/diff")))?;
    }
    for change in listed("changes") {
        say(&format!("{}\n-{}\n+{}\n", text(change, "/pointer"), text(change, "/from"), text(change, "/to")))?;
    }
    Ok(())
}
