//! `proviso connector`: the systems that are told of events, looked at before anything is sent, for whoever
//! has a shell on this machine.

use anyhow::anyhow;
use clap::Subcommand;
use serde_json::{Value, json};

use super::{
    Code, Failure,
    output::{Output, say},
};
use crate::{
    app::{App, Timing},
    config::Config,
    connect::{
        Connector, Kind,
        send::{Done, Errand, Passes, Plan},
    },
    web::api::connectors::ConnectorView,
};

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Lists the connectors, what waits and what failed.
    List,
    /// Checks secrets and permissions, by calls that change nothing, and says what to do.
    Check {
        /// The connector's name; all of them when it is not given.
        name: Option<String>,
    },
    /// Shows what a connector would send for an exception; it sends nothing.
    Test {
        /// The connector's name.
        name: String,
        /// The exception's number: its last event that the connector is told of.
        #[arg(long, value_name = "NUMBER")]
        exception: String,
        /// Sends it all the same, past the outbox; what comes of it is not kept.
        #[arg(long)]
        send: bool,
    },
    /// Prints which fields go where, and what lies unused.
    Map {
        /// As a table in Markdown.
        #[arg(long)]
        markdown: bool,
    },
    /// Prints the calls that ship for a kind, to begin one's own from.
    Template {
        /// The kind.
        kind: Kind,
    },
}

impl Verb {
    pub(super) fn run(&self, config: Config, output: Output) -> Result<(), Failure> {
        if let Self::Template { kind } = self {
            let text =
                kind.document().ok_or_else(|| anyhow!("no calls ship for {kind}: everybody writes their own"))?;
            return say(text.trim_end());
        }
        let app = App::open(config, Timing::system()?)?;
        match self {
            Self::Template { .. } => Ok(()),
            Self::List => list(&app, output),
            Self::Check { name } => check(&app, name.as_deref(), output),
            Self::Test { name, exception, send } => test(&app, (name, exception, *send), output),
            Self::Map { markdown: true } => say(app.flows()?.markdown().trim_end()),
            Self::Map { markdown: false } => map(&app, output),
        }
    }
}

fn list(app: &App, output: Output) -> Result<(), Failure> {
    let (mut uses, mut backlogs) = app.connections()?;
    let row = |connector: &Connector| {
        let name = connector.system();
        let (found, backlog) = (uses.remove(&name).unwrap_or_default(), backlogs.remove(&name).unwrap_or_default());
        serde_json::to_value(ConnectorView::of(connector, found, backlog))
    };
    let rows: Result<Vec<Value>, _> = app.config().connectors.values().map(row).collect();
    let columns = [
        ("NAME", "/name"),
        ("KIND", "/kind"),
        ("BASE", "/base_url"),
        ("ON", "/on"),
        ("WAITING", "/waiting"),
        ("DEAD", "/dead"),
        ("LAST USED", "/last_used_at"),
        ("LAST ERROR", "/last_error"),
    ];
    output.rows(&columns, &rows?)
}

fn check(app: &App, name: Option<&str>, output: Output) -> Result<(), Failure> {
    let all = app.config().connectors.values();
    let meant: Vec<&Connector> = match name {
        Some(name) => vec![app.connector(name)?],
        None => all.collect(),
    };
    let mut rows = Vec::new();
    for connector in meant {
        for finding in app.check_connector(connector)? {
            rows.push(json!({
                "connector": connector.name, "check": finding.what, "well": finding.well, "told": finding.told,
                "remedy": finding.remedy,
            }));
        }
    }
    let columns =
        [("CONNECTOR", "/connector"), ("CHECK", "/check"), ("WELL", "/well"), ("TOLD", "/told"), ("REMEDY", "/remedy")];
    output.rows(&columns, &rows)?;
    if rows.iter().all(|row| row.get("well") == Some(&Value::Bool(true))) {
        return Ok(());
    }
    Err(Failure::told(
        Code::Failed,
        "not every connector is ready; each line that is not well says what to do".to_owned(),
    ))
}

fn test(app: &App, (name, exception, send): (&str, &str, bool), output: Output) -> Result<(), Failure> {
    let connector = app.connector(name)?;
    let errand = app.errand(connector, exception)?;
    if !send {
        return output.rows(
            &[("CALL", "/call"), ("METHOD", "/method"), ("URL", "/url"), ("BODY", "/body")],
            &would(connector, &errand)?,
        );
    }
    match app.run_errand(connector, &errand)? {
        Ok(Done::Created(ticket)) => {
            say(&ticket.map_or_else(|| "sent".to_owned(), |ticket| format!("ticket {}", ticket.id)))
        }
        Ok(Done::Updated) => say("the ticket was updated"),
        Ok(Done::Nothing(why)) => say(&format!("nothing was sent: {why}")),
        Err(fault) => {
            let code = if fault.passes == Passes::Never { Code::Failed } else { Code::Unreachable };
            Err(Failure::told(code, fault.error))
        }
    }
}

fn would(connector: &Connector, errand: &Errand) -> Result<Vec<Value>, Failure> {
    let calls = match errand.plan(connector).map_err(anyhow::Error::from)? {
        Plan::Nothing(why) => return Ok(vec![json!({ "call": format!("none: {why}") })]),
        Plan::Update(call) => vec![("update", call)],
        Plan::Create(find, create) => find.map(|call| ("find", call)).into_iter().chain([("create", create)]).collect(),
    };
    let row = |(word, call)| {
        let filled = errand.prepare(connector, call)?;
        Ok(json!({ "call": word, "method": filled.method.as_str(), "url": filled.url, "body": filled.body }))
    };
    let rows: Result<Vec<Value>, crate::connect::BadTemplate> = calls.into_iter().map(row).collect();
    Ok(rows.map_err(anyhow::Error::from)?)
}

fn map(app: &App, output: Output) -> Result<(), Failure> {
    let map = app.flows()?;
    let rows: Result<Vec<Value>, _> = map.flows.iter().map(serde_json::to_value).collect();
    let columns = [
        ("CONNECTION", "/name"),
        ("DIRECTION", "/direction"),
        ("DESTINATION", "/destination"),
        ("FIELDS", "/fields"),
        ("PERSONAL", "/personal"),
        ("LAST USED", "/last_used_at"),
        ("UNUSED", "/unused"),
    ];
    output.rows(&columns, &rows?)
}
