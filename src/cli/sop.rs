//! `proviso sop`: procedures looked at without any service, and read, published, retired and drawn through a running
//! one. What may be published is the service's to say.

use std::{
    io::{Write, stdout},
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::{
    Code, Failure,
    client::{Asking, Service, Who, encoded},
    exception::text,
    output::{Column, Output},
};
use crate::{
    config::Config,
    sop::{Finding, Sop, lint},
};

#[derive(Debug, Args)]
pub(super) struct Procedures {
    #[command(flatten)]
    pub(super) asking: Asking,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Lists the procedures in their newest versions.
    List,
    /// Shows a procedure as it runs.
    Show {
        /// Its name, such as standard.
        id: String,
        /// A version before the present one.
        #[arg(long)]
        version: Option<u32>,
    },
    /// Lists every version of a procedure.
    Versions {
        /// Its name.
        id: String,
    },
    /// Says all that is to be said of a procedure before it is published; needs no service.
    Lint {
        /// The document in YAML or JSON; `-` is standard input.
        file: PathBuf,
        /// Asks the running service, which also knows who holds which role.
        #[arg(long)]
        staffed: bool,
    },
    /// Tries a procedure on what went through it before, and says what would have gone differently.
    Replay {
        /// The document in YAML or JSON; `-` is standard input.
        file: PathBuf,
    },
    /// Tries a version on what happens from now on, beside the one that runs and without effect.
    #[command(subcommand)]
    Shadow(Trial),
    /// Lets a share of what is submitted run on another version, beside the published one.
    #[command(subcommand)]
    Split(Splitting),
    /// Proposes to publish a version of a procedure; a second person confirms it.
    Publish {
        /// Its name.
        id: String,
        /// The document in YAML or JSON; `-` is standard input.
        file: PathBuf,
    },
    /// Proposes to retire a procedure; a second person confirms it.
    Retire {
        /// Its name.
        id: String,
    },
    /// Prints the drawing of a procedure.
    Diagram {
        /// Its name.
        id: String,
        /// A version before the present one.
        #[arg(long)]
        version: Option<u32>,
        /// The form of the drawing.
        #[arg(long, value_enum, default_value_t)]
        form: Form,
    },
}

#[derive(Debug, Subcommand)]
enum Trial {
    /// Begins it, in the place of another that is tried.
    Begin {
        /// The procedure's name.
        id: String,
        /// The document in YAML or JSON; `-` is standard input.
        file: PathBuf,
    },
    /// Says what the version that is tried would have done differently since.
    Show {
        /// The procedure's name.
        id: String,
    },
    /// Ends it.
    End {
        /// The procedure's name.
        id: String,
    },
}

#[derive(Debug, Subcommand)]
enum Splitting {
    /// Proposes to begin one; a second person confirms it.
    Begin {
        /// The procedure's name.
        id: String,
        /// The document in YAML or JSON; `-` is standard input.
        file: PathBuf,
        /// How many of a hundred exceptions run on it.
        #[arg(long)]
        percent: u8,
        /// Fewer requests than these on it hold nothing.
        #[arg(long, requires = "failed_gates", requires = "escalations")]
        after: Option<u32>,
        /// Held where by so many of a hundred more have a gate that does not hold.
        #[arg(long, requires = "after")]
        failed_gates: Option<u32>,
        /// Held where by so many of a hundred more are escalated.
        #[arg(long, requires = "after")]
        escalations: Option<u32>,
    },
    /// Compares both sides.
    Show {
        /// The procedure's name.
        id: String,
    },
    /// Lets nothing new run on it.
    Hold {
        /// The procedure's name.
        id: String,
    },
    /// Proposes to let one that is held go on; a second person confirms it.
    Release {
        /// The procedure's name.
        id: String,
    },
    /// Ends it.
    End {
        /// The procedure's name.
        id: String,
    },
}

/// The form of a drawing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Form {
    /// The source of Mermaid.
    #[default]
    Mermaid,
    /// An image.
    Svg,
}

const VERSIONS: [Column; 5] =
    [("ID", "/id"), ("VERSION", "/version"), ("RETIRED", "/retired"), ("SINCE", "/published_at"), ("TITLE", "/title")];
const FINDINGS: [Column; 6] = [
    ("SEVERITY", "/severity"),
    ("CODE", "/code"),
    ("LINE", "/line"),
    ("COLUMN", "/column"),
    ("WHAT", "/message"),
    ("REMEDY", "/hint"),
];

const ARMS: [Column; 8] = [
    ("ARM", "/arm"),
    ("SUBMITTED", "/submitted"),
    ("FEW", "/few"),
    ("IN TIME/100", "/in_time_per_100"),
    ("ERRORS/100", "/errors_per_100"),
    ("ESCALATED/100", "/escalations_per_100"),
    ("MEDIAN H", "/hours_median"),
    ("P90 H", "/hours_p90"),
];

const DIFFERENCES: [Column; 6] = [
    ("NUMBER", "/number"),
    ("STATE", "/state"),
    ("WHAT", "/what"),
    ("RULE", "/rule"),
    ("WAS", "/was"),
    ("WOULD", "/would"),
];

impl Procedures {
    /// Does it; the settings are read by whatever asks a service.
    pub(super) fn run(&self, config: impl Fn() -> Result<Config, Failure>, output: Output) -> Result<(), Failure> {
        if let Verb::Lint { file, staffed: false } = &self.verb {
            return told(&offline(file)?, output);
        }
        let mut service = Service::of(&config()?);
        match &self.verb {
            Verb::List => output.rows(&VERSIONS, &service.list("/v1/sops", usize::MAX)?),
            Verb::Show { id, version } => {
                let path = version_path(&mut service, id, *version)?;
                output.one(&service.get(&path)?)
            }
            Verb::Versions { id } => output.rows(&VERSIONS, &service.list(&versions_path(id), usize::MAX)?),
            Verb::Lint { file, .. } => {
                let found = service.post(Who::Anybody, "/v1/sops/lint", &json!({ "document": text(file)? }))?;
                told(found.get("findings").and_then(Value::as_array).map_or(&[], Vec::as_slice), output)
            }
            Verb::Replay { file } => {
                let found = service.post(Who::Anybody, "/v1/sops/replay", &json!({ "document": text(file)? }))?;
                output.rows(&DIFFERENCES, &differences(&found))
            }
            Verb::Shadow(trial) => trial.run(&mut service, output),
            Verb::Split(splitting) => splitting.run(&mut service, output),
            Verb::Publish { id, file } => {
                let body = json!({ "document": text(file)? });
                output.one(&service.post(Who::Person, &versions_path(id), &body)?)
            }
            Verb::Retire { id } => {
                let path = format!("/v1/sops/{}/retire", encoded(id));
                output.one(&service.post(Who::Person, &path, &json!({}))?)
            }
            Verb::Diagram { id, version, form } => {
                let form = if *form == Form::Svg { "svg" } else { "mermaid" };
                let path = version_path(&mut service, id, *version)?;
                service.download(&format!("{path}/diagram?form={form}"), &mut stdout().lock())?;
                Ok(stdout().flush()?)
            }
        }
    }
}

impl Trial {
    fn run(&self, service: &mut Service, output: Output) -> Result<(), Failure> {
        let path = |id: &str| format!("/v1/sops/{}/shadow", encoded(id));
        match self {
            Self::Begin { id, file } => {
                output.one(&service.post(Who::Person, &path(id), &json!({ "document": text(file)? }))?)
            }
            Self::Show { id } => {
                let found = service.get(&path(id))?;
                output.rows(&DIFFERENCES, &differences(found.get("compared").unwrap_or(&Value::Null)))
            }
            Self::End { id } => service.delete(&path(id)).map(|_| ()),
        }
    }
}

impl Splitting {
    fn run(&self, service: &mut Service, output: Output) -> Result<(), Failure> {
        let path = |id: &str| format!("/v1/sops/{}/split", encoded(id));
        match self {
            Self::Begin { id, file, percent, after, failed_gates, escalations } => {
                let mut body = json!({ "document": text(file)?, "percent": percent });
                if let Some(after) = after {
                    let limits = json!({ "after": after, "failed_gates": failed_gates, "escalations": escalations });
                    body.as_object_mut()
                        .into_iter()
                        .for_each(|body| _ = body.insert("limits".to_owned(), limits.clone()));
                }
                output.one(&service.post(Who::Person, &path(id), &body)?)
            }
            Self::Show { id } => {
                let found = service.get(&path(id))?;
                output.rows(&ARMS, found.get("arms").and_then(Value::as_array).map_or(&[], Vec::as_slice))
            }
            Self::Hold { id } => output.one(&service.post(Who::Person, &format!("{}/hold", path(id)), &json!({}))?),
            Self::Release { id } => {
                output.one(&service.post(Who::Person, &format!("{}/release", path(id)), &json!({}))?)
            }
            Self::End { id } => service.delete(&path(id)).map(|_| ()),
        }
    }
}

fn versions_path(id: &str) -> String {
    format!("/v1/sops/{}/versions", encoded(id))
}

/// Where a version is; the newest, where none is named.
fn version_path(service: &mut Service, id: &str, version: Option<u32>) -> Result<String, Failure> {
    let path = versions_path(id);
    let version = if let Some(version) = version {
        u64::from(version)
    } else {
        let versions = service.list(&path, usize::MAX)?;
        versions.last().and_then(|newest| newest.get("version")).and_then(Value::as_u64).unwrap_or_default()
    };
    Ok(format!("{path}/{version}"))
}

/// A row for each difference, with the exception that it concerns.
fn differences(replay: &Value) -> Vec<Value> {
    let list = |value: &Value, name: &str| value.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let rows = |case: Value| {
        let differences = list(&case, "differences");
        let of_case = move |mut row: Value| {
            let named =
                ["id", "number", "state"].map(|name| (name.to_owned(), case.get(name).cloned().unwrap_or_default()));
            row.as_object_mut().into_iter().for_each(|row| row.extend(named.clone()));
            row
        };
        differences.into_iter().map(of_case)
    };
    list(replay, "cases").into_iter().flat_map(rows).collect()
}

/// What is to be said of the text alone.
fn offline(file: &Path) -> Result<Vec<Value>, Failure> {
    let lint = lint(&text(file)?, &Sop::builtin_fragments(), None);
    let row = |found: &Finding| {
        let told = &found.told;
        json!({
            "severity": found.severity, "code": found.sort, "fragment": told.fragment, "line": told.line,
            "column": told.column, "pointer": told.pointer, "message": told.message, "hint": told.hint,
        })
    };
    Ok(lint.findings.iter().map(row).collect())
}

/// Prints what was found, and fails where something keeps the procedure from being published.
fn told(found: &[Value], output: Output) -> Result<(), Failure> {
    output.rows(&FINDINGS, found)?;
    let errors = found.iter().filter(|one| one.get("severity").and_then(Value::as_str) == Some("error")).count();
    match errors {
        0 => Ok(()),
        1 => Err(Failure::told(Code::Failed, "one error keeps the procedure from being published")),
        more => Err(Failure::told(Code::Failed, format!("{more} errors keep the procedure from being published"))),
    }
}
