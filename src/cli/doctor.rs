//! `proviso doctor`: numbered checks of an installation, each with what it found and what to do about it.
//! It changes nothing; that a service runs meanwhile does not matter.

mod machine;
mod staff;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use chrono::SecondsFormat;
use serde_json::{Value, json};

use super::{
    Code, Failure, db,
    output::{Output, say},
};
use crate::{
    clock::Clock,
    config::Config,
    domain::request::Time,
    sop::Sop,
    store::{
        Conn, DatabaseUrl, Readers, StoreError,
        health::{Health, health},
        migrate, procedures,
        register::retired_sops,
        staffing::{Staffing, staffing},
    },
};

/// How far the database's clock may be away, in milliseconds.
const MOST_OFFSET: i64 = 2_000;
/// For how many minutes a letter may have been due.
const MOST_OVERDUE: i64 = 60;

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// All is well.
    Ok,
    /// Worth knowing; the service works without it.
    Note,
    /// The service does not do what it is for.
    Missing,
}

/// A check that was made.
#[derive(Debug, Clone)]
pub(super) struct Finding {
    check: &'static str,
    state: State,
    found: String,
    remedy: String,
}

impl Finding {
    fn ok(check: &'static str, found: impl Into<String>) -> Self {
        Self { check, state: State::Ok, found: found.into(), remedy: String::new() }
    }

    fn note(check: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { check, state: State::Note, found: found.into(), remedy: remedy.into() }
    }

    fn missing(check: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { check, state: State::Missing, found: found.into(), remedy: remedy.into() }
    }

    const fn state(&self) -> &'static str {
        match self.state {
            State::Ok => "ok",
            State::Note => "note",
            State::Missing => "MISSING",
        }
    }

    /// For people: what was found, and below it what to do.
    fn line(&self, number: usize) -> String {
        let Self { check, found, remedy, .. } = self;
        let line = format!("{number:>2}  {:7}  {check:11}  {found}", self.state());
        if remedy.is_empty() { line } else { format!("{line}\n{:26}{remedy}", "") }
    }

    fn row(&self, number: usize) -> Value {
        let Self { check, found, remedy, .. } = self;
        json!({ "number": number, "check": check, "state": self.state(), "found": found, "remedy": remedy })
    }
}

/// Makes every check; what is missing is a failure.
pub(super) fn run(config: &Config, output: Output) -> Result<(), Failure> {
    let mut findings = database(config)?;
    findings.extend(machine::findings(config, Clock::system().now()));
    let numbered = || (1..).zip(&findings);
    match output {
        Output::Table => numbered().try_for_each(|(number, finding)| say(&finding.line(number)))?,
        Output::Json | Output::Jsonl => {
            let rows: Vec<Value> = numbered().map(|(number, finding)| finding.row(number)).collect();
            output.rows(&[], &rows)?;
        }
    }
    match findings.iter().filter(|finding| finding.state == State::Missing).count() {
        0 => Ok(()),
        missing => {
            Err(Failure::told(Code::Failed, format!("{missing} of {} checks found something missing", findings.len())))
        }
    }
}

/// What the database shows; what cannot be looked at without it is left out.
fn database(config: &Config) -> Result<Vec<Finding>, Failure> {
    let url = db::url(config)?;
    let status = match migrations(&url) {
        Ok(status) => status,
        Err(error) => {
            let remedy = "check database.url, and that the server runs and lets this machine in";
            return Ok(vec![Finding::missing("database", error.to_string(), remedy)]);
        }
    };
    let mut findings = vec![Finding::ok("database", format!("{url} answers"))];
    if !status.pending.is_empty() {
        let found = format!("it lacks {}", status.pending.join(", "));
        findings.push(Finding::missing("migrations", found, "run `proviso db migrate`, or start the service"));
        return Ok(findings);
    }
    findings.push(Finding::ok("migrations", format!("all {} are applied", status.applied.len())));
    let looked = Readers::start(&url, 1).and_then(|readers| readers.read(look))?;
    findings.extend(settings(&looked));
    findings.push(procedures_named(config, &looked));
    findings.extend(staff::findings(&looked.staffing, &looked.sops, &config.sop.default));
    Ok(findings)
}

/// An SQLite file that is not there is not made by looking.
fn migrations(url: &DatabaseUrl) -> Result<migrate::Status, StoreError> {
    match url.file().filter(|file| !file.exists()) {
        Some(file) => Err(StoreError::Broken(format!("{} is not there; `proviso serve` makes it", file.display()))),
        None => migrate::status(url),
    }
}

/// What was read in one go.
struct Looked {
    at: Time,
    health: Health,
    staffing: Staffing,
    sops: Vec<Sop>,
    retired: BTreeSet<(String, u32)>,
}

impl Looked {
    /// The procedures in which new requests can be filed: those whose newest version was not retired.
    fn open(&self) -> BTreeSet<&str> {
        let newest: BTreeMap<&str, u32> =
            self.sops.iter().map(|sop| (sop.document().id.as_str(), sop.document().version)).collect();
        let open = newest.into_iter().filter(|(id, version)| !self.retired.contains(&((*id).to_owned(), *version)));
        open.map(|(id, _)| id).collect()
    }
}

/// Can requests be filed under the procedures that the settings name? A service does not start without.
fn procedures_named(config: &Config, looked: &Looked) -> Finding {
    let open = looked.open();
    let known = open.iter().copied().collect::<Vec<_>>().join(", ");
    let wrong: Vec<String> = config
        .procedures()
        .into_iter()
        .filter(|(_, sop)| !open.contains(sop))
        .map(|(setting, sop)| format!("{setting} = \"{sop}\""))
        .collect();
    // An empty database gets those that ship with the program when the service first starts.
    if wrong.is_empty() || looked.sops.is_empty() {
        return Finding::ok("procedures", format!("published: {known}"));
    }
    let found = format!("{} is not published, or was retired", wrong.join(" and "));
    Finding::missing("procedures", found, format!("name one of {known}: the service does not start so"))
}

fn look(conn: &mut Conn) -> Result<Looked, StoreError> {
    let now = Clock::system().now();
    let texts = procedures(conn)?;
    let load = |text: &str| {
        Sop::load(text, &BTreeMap::new())
            .map_err(|error| StoreError::Corrupt(format!("a published procedure: {error}")))
    };
    let sops = texts.iter().map(|(_, _, text, _)| load(text)).collect::<Result<_, _>>()?;
    let retired = retired_sops(conn)?.into_iter().collect();
    Ok(Looked { at: now, health: health(conn, now)?, staffing: staffing(conn)?, sops, retired })
}

/// Letters that have been due for long are letters that cannot leave.
fn outbox(health: &Health, now: Time) -> Finding {
    let waiting = format!("{} letters wait", health.letters);
    match health.due_since.filter(|since| (now - *since).num_minutes() >= MOST_OVERDUE) {
        None => Finding::ok("outbox", waiting),
        Some(since) => {
            let since = since.to_rfc3339_opts(SecondsFormat::Secs, true);
            let remedy = "see the service's log and mail.transport; the letters leave once the way is free";
            Finding::missing("outbox", format!("{waiting}, one since {since}"), remedy)
        }
    }
}

fn settings(looked: &Looked) -> Vec<Finding> {
    let durability = &looked.health.durability;
    let told = |safe: bool| {
        let some = durability.iter().filter(|one| one.safe == safe);
        some.map(|one| format!("{}={}", one.setting, one.value)).collect::<Vec<_>>().join(", ")
    };
    let durable = if durability.iter().all(|one| one.safe) {
        Finding::ok("durability", told(true))
    } else {
        let remedy = "set them back: with these an acknowledged decision may be lost in a power cut";
        Finding::missing("durability", told(false), remedy)
    };
    let away = looked.health.clock_offset_ms;
    let clock = if away.abs() <= MOST_OFFSET {
        Finding::ok("clock", format!("{away} ms from the database's"))
    } else {
        let remedy = "synchronise both machines' clocks (NTP): beyond 2 s nothing is written";
        Finding::missing("clock", format!("{away} ms from the database's"), remedy)
    };
    let Health { leaves, root, kept_apart, .. } = &looked.health;
    let told = format!("{leaves} leaves, root {root}");
    let ledger = if *kept_apart == Some(false) {
        let remedy = "let another role own the tables: database.owner_url";
        Finding::note("ledger", format!("{told}; the service's role owns it and could change it"), remedy)
    } else {
        Finding::ok("ledger", told)
    };
    vec![durable, clock, ledger, outbox(&looked.health, looked.at)]
}
