//! `proviso exception`: the desk from a terminal, through a running service like any other client.

use std::{
    io::IsTerminal,
    path::{Path, PathBuf},
};

use anyhow::Context;
use clap::{ArgGroup, Args, Subcommand};
use serde_json::{Map, Value, json};

use super::{
    Code, Failure,
    client::{Asking, Service, Who, encoded},
    output::{Column, Output},
    report, session,
};
use crate::config::Config;

#[derive(Debug, Args)]
pub(super) struct Exceptions {
    #[command(flatten)]
    pub(super) asking: Asking,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Lists exceptions.
    List(List),
    /// Shows one: what it asks for, where it is, and its open tasks.
    Show(Named),
    /// Shows what happened to it, and by which rule.
    Timeline(Named),
    /// Shows the content that is decided on, with its hash.
    Dossier(Named),
    /// Drafts a request from a file in YAML or JSON.
    Request {
        /// The file; `-` is standard input.
        file: PathBuf,
        /// Submits it at once.
        #[arg(long)]
        submit: bool,
    },
    /// Submits a draft, or what was returned.
    Submit(Named),
    /// Approves or rejects, in a person's session, exactly the dossier that is shown.
    Decide(Decide),
    /// Withdraws it.
    Withdraw {
        #[command(flatten)]
        named: Named,
        /// Why.
        #[arg(long)]
        reason: Option<String>,
    },
    /// Comments on it.
    Comment {
        #[command(flatten)]
        named: Named,
        /// What is said.
        text: String,
        /// Not for the requester.
        #[arg(long)]
        internal: bool,
    },
    /// Any other command of the interface, such as pass, return, assess, attest, recommend or revoke.
    Act {
        #[command(flatten)]
        named: Named,
        /// The command, as in `POST /v1/exceptions/{id}/{command}`.
        command: String,
        /// Its body in YAML or JSON; `-` is standard input.
        body: Option<PathBuf>,
    },
}

/// Which exception.
#[derive(Debug, Args)]
struct Named {
    /// Its number, such as EX-2026-000042, or its id.
    #[arg(value_name = "EXCEPTION")]
    id: String,
}

/// What is listed.
#[derive(Debug, Args)]
struct List {
    /// States, separated by commas.
    #[arg(long)]
    state: Option<String>,
    /// Tiers, separated by commas.
    #[arg(long)]
    tier: Option<String>,
    /// Kinds, separated by commas.
    #[arg(long)]
    kind: Option<String>,
    /// A policy of which a clause is deviated from.
    #[arg(long)]
    policy: Option<String>,
    /// Business units, separated by commas.
    #[arg(long)]
    business_unit: Option<String>,
    /// A region.
    #[arg(long)]
    region: Option<String>,
    /// Who asked for it: `me` or a person's id.
    #[arg(long)]
    requester: Option<String>,
    /// Who has an open task of it: `me` or a person's id.
    #[arg(long)]
    assignee: Option<String>,
    /// Any other filter of the list, such as `q=vendor`, `clause=AI-3.2` or `effective=true`.
    #[arg(long, value_name = "NAME=VALUE")]
    filter: Vec<String>,
    /// changed_at, due_at, expires_at, tier or number; with `-` in front the other way round.
    #[arg(long, allow_hyphen_values = true)]
    sort: Option<String>,
    /// At most so many.
    #[arg(long, default_value_t = 50)]
    limit: usize,
}

/// A decision.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("decision").required(true).args(["approve", "reject"])))]
struct Decide {
    #[command(flatten)]
    named: Named,
    /// Approves it.
    #[arg(long)]
    approve: bool,
    /// Rejects it.
    #[arg(long, requires = "reason")]
    reject: bool,
    /// Why; an approval that departs from advice needs it too.
    #[arg(long)]
    reason: Option<String>,
    /// A high or critical finding that was read, by its id; where somebody types `approve`, they have read all.
    #[arg(long, value_name = "FINDING", requires = "dossier")]
    acknowledge: Vec<String>,
    /// The hash of the dossier that was read, where nobody sits at a terminal to read it now.
    #[arg(long, value_name = "HASH")]
    dossier: Option<String>,
}

const COLUMNS: [Column; 6] = [
    ("NUMBER", "/number"),
    ("STATE", "/state"),
    ("TIER", "/tier"),
    ("UNIT", "/business_unit"),
    ("UNTIL", "/effective_until"),
    ("TITLE", "/title"),
];

/// The same of a whole record, as a command answers it.
const RECORD: [Column; 6] = [
    ("NUMBER", "/number"),
    ("STATE", "/state"),
    ("TIER", "/tier"),
    ("UNIT", "/request/scope/business_unit"),
    ("UNTIL", "/effective_until"),
    ("TITLE", "/request/title"),
];

const EVENTS: [Column; 3] = [("AT", "/at"), ("EVENT", "/kind"), ("RULE", "/citation/text")];

impl Exceptions {
    pub(super) fn run(&self, config: &Config, output: Output) -> Result<(), Failure> {
        let mut service = Service::of(config);
        match &self.verb {
            Verb::List(list) => output.rows(&COLUMNS, &service.list(&list.path(), list.limit)?),
            Verb::Show(named) => output.one(&service.get(&named.path(""))?),
            Verb::Timeline(named) => output.rows(&EVENTS, &service.list(&named.path("/timeline"), usize::MAX)?),
            Verb::Dossier(named) => output.one(&service.get(&named.path("/dossier"))?),
            Verb::Request { file, submit } => {
                let mut made = service.post(Who::Anybody, "/v1/exceptions", &document(file)?)?;
                if let Some(id) = made.get("id").and_then(Value::as_str).filter(|_| *submit).map(ToOwned::to_owned) {
                    made = service.post(Who::Anybody, &format!("/v1/exceptions/{id}/submit"), &json!({}))?;
                }
                brief(output, &made)
            }
            Verb::Submit(named) => brief(output, &service.post(Who::Anybody, &named.path("/submit"), &json!({}))?),
            Verb::Decide(decide) => decide.run(&mut service, output),
            Verb::Withdraw { named, reason } => {
                let body = reason.as_ref().map_or_else(|| json!({}), |reason| json!({ "reason": reason }));
                brief(output, &service.post(Who::Anybody, &named.path("/withdraw"), &body)?)
            }
            Verb::Comment { named, text, internal } => {
                let visibility = if *internal { "internal" } else { "requester" };
                let body = json!({ "text": text, "visibility": visibility });
                brief(output, &service.post(Who::Anybody, &named.path("/comment"), &body)?)
            }
            Verb::Act { named, command, body } => {
                let body = body.as_deref().map_or_else(|| Ok(json!({})), document)?;
                let who = if command == "resume" { Who::Person } else { Who::Anybody };
                brief(output, &service.post(who, &named.path(&format!("/{}", encoded(command))), &body)?)
            }
        }
    }
}

impl Named {
    fn path(&self, rest: &str) -> String {
        format!("/v1/exceptions/{}{rest}", encoded(&self.id))
    }
}

impl List {
    fn path(&self) -> String {
        let filters = [
            ("state", &self.state),
            ("tier", &self.tier),
            ("kind", &self.kind),
            ("policy", &self.policy),
            ("business_unit", &self.business_unit),
            ("region", &self.region),
            ("requester", &self.requester),
            ("assignee", &self.assignee),
            ("sort", &self.sort),
        ];
        let given = filters.iter().filter_map(|(name, value)| Some(format!("&{name}={}", encoded(value.as_ref()?))));
        let more = report::filters(&self.filter).map(|part| format!("&{part}"));
        format!("/v1/exceptions?limit={}{}", self.limit.clamp(1, 200), given.chain(more).collect::<String>())
    }
}

impl Decide {
    /// Shows the dossier and decides on its hash, so that nobody approves what they have not seen.
    fn run(&self, service: &mut Service, output: Output) -> Result<(), Failure> {
        let (hash, read) = match &self.dossier {
            Some(hash) => (hash.clone(), self.acknowledge.clone()),
            None => self.seen(service)?,
        };
        let mut body = Map::from_iter([("dossier".to_owned(), Value::from(hash))]);
        if self.approve && !read.is_empty() {
            body.insert("acknowledged".to_owned(), Value::from(read));
        }
        let (verb, reason) = if self.approve { ("/approve", "departure") } else { ("/reject", "reason") };
        if let Some(text) = &self.reason {
            body.insert(reason.to_owned(), Value::from(text.clone()));
        }
        brief(output, &service.post(Who::Person, &self.named.path(verb), &Value::Object(body))?)
    }

    fn seen(&self, service: &mut Service) -> Result<(String, Vec<String>), Failure> {
        if !std::io::stdin().is_terminal() {
            let told =
                "nobody sits at a terminal to read the dossier: give --dossier HASH, as `exception dossier` shows it";
            return Err(Failure::told(Code::Usage, told));
        }
        let dossier = service.get(&self.named.path("/dossier"))?;
        eprintln!("{}", super::output::inert(&serde_json::to_string_pretty(&dossier)?));
        let hash = dossier.get("hash").and_then(Value::as_str).context("a dossier without a hash")?.to_owned();
        let verb = if self.approve { "approve" } else { "reject" };
        if session::asked(&format!("Type `{verb}` to {verb} exactly this: "))? == verb {
            let read = dossier.get("to_acknowledge").and_then(Value::as_array).into_iter().flatten();
            return Ok((hash, read.filter_map(Value::as_str).map(ToOwned::to_owned).collect()));
        }
        Err(Failure::told(Code::Failed, "nothing was decided"))
    }
}

/// What a command led to, in one line for people.
fn brief(output: Output, record: &Value) -> Result<(), Failure> {
    match output {
        Output::Table => output.rows(&RECORD, std::slice::from_ref(record)),
        Output::Json | Output::Jsonl => output.one(record),
    }
}

/// A document that somebody wrote, in YAML or JSON.
pub(super) fn document(file: &Path) -> Result<Value, Failure> {
    Ok(crate::yaml::read(&text(file)?).with_context(|| format!("{}", file.display()))?)
}

/// What a file says; `-` is standard input.
pub(super) fn text(file: &Path) -> Result<String, Failure> {
    if file.as_os_str() == "-" {
        return Ok(std::io::read_to_string(std::io::stdin()).context("standard input")?);
    }
    Ok(std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_become_a_query() {
        let list = List {
            state: Some("active,re_review".to_owned()),
            tier: None,
            kind: None,
            policy: None,
            business_unit: Some("a b".to_owned()),
            region: None,
            requester: None,
            assignee: None,
            filter: vec!["q=chat bot".to_owned()],
            sort: Some("-expires_at".to_owned()),
            limit: 500,
        };
        assert_eq!(
            list.path(),
            "/v1/exceptions?limit=200&state=active%2Cre_review&business_unit=a%20b&sort=-expires_at&q=chat%20bot"
        );
    }
}
