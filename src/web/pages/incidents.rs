//! Incidents: what went wrong with an AI system or a clause, what came of that for the exceptions that name it; and a
//! report, which first shows what it would touch.

mod report;

use std::collections::BTreeSet;

use actix_web::HttpResponse;
use askama::Template;

pub(super) use report::{ask, submit};

use super::{
    layout::page,
    names::Names,
    outcome::{hidden, may},
    shell::Shell,
    text::Tongue,
    visit::Visit,
};
use crate::{
    web::{
        api::{
            administer::allowed,
            incidents::{AftermathView, CountView, IncidentView, TouchedView, aftermath, listed},
        },
        page::PageQuery,
        problem::Problem,
    },
    words::{AdminVerb, BatchId, Severity},
};

#[derive(Template)]
#[template(path = "incidents.html")]
struct List {
    shell: Shell,
    rows: Vec<Row>,
    first: Option<String>,
    next: Option<String>,
    report: bool,
}

#[derive(Template)]
#[template(path = "incident.html")]
struct One {
    shell: Shell,
    row: Row,
    facts: Vec<(String, String)>,
    counts: Vec<(String, u64)>,
    members: Vec<Touched>,
    batch: Option<BatchId>,
}

/// An incident.
struct Row {
    id: String,
    summary: String,
    severity: String,
    tone: &'static str,
    effect: String,
    about: Vec<String>,
    reported: String,
    who: String,
    touched: u64,
    open: u64,
}

/// An exception that it touched.
struct Touched {
    number: String,
    before: String,
    state: String,
    outcome: String,
}

/// Shows those that whoever looks may read.
pub(super) async fn show(visit: Visit) -> Result<HttpResponse, Problem> {
    let cursor = visit.parameter("cursor");
    let found = listed(&visit.call(), PageQuery { limit: None, cursor: cursor.clone() }).await.map_err(hidden)?;
    let people: BTreeSet<_> = found.items.iter().filter_map(|one| one.reported_by).collect();
    let read =
        visit.read(move |desk, by| Ok((Names::read(desk, &people)?, may(desk, by, &[AdminVerb::ReportIncident])?)));
    let (names, may) = read.await?;
    let t = visit.tongue();
    let shown = List {
        rows: found.items.iter().map(|one| row(t, one, &names)).collect(),
        first: cursor.map(|_| "/incidents".to_owned()),
        next: found.next_cursor.map(|cursor| format!("/incidents?cursor={cursor}")),
        report: !may.is_empty(),
        shell: visit.shell,
    };
    page(HttpResponse::Ok(), &shown)
}

fn row(t: Tongue, one: &IncidentView, names: &Names) -> Row {
    Row {
        id: one.id.to_string(),
        summary: one.summary.clone(),
        severity: t.name("severity", one.severity).to_string(),
        tone: tone(one.severity),
        effect: t.name("incident-effect", one.effect).to_string(),
        about: one.systems.iter().chain(&one.clauses).cloned().collect(),
        reported: t.moment(&one.reported_at.0),
        who: names.maybe(one.reported_by.as_ref()).unwrap_or_else(|| t.say("change-by-service").to_string()),
        touched: one.touched,
        open: one.open,
    }
}

const fn tone(severity: Severity) -> &'static str {
    match severity {
        Severity::Low => "ok",
        Severity::Moderate => "info",
        Severity::High => "amber",
        Severity::Critical => "bad",
    }
}

/// Shows one with what came of it.
pub(super) async fn show_one(visit: Visit) -> Result<HttpResponse, Problem> {
    let id = visit.call().id("id", "incident")?;
    let read = visit.read(move |desk, by| {
        let found = aftermath(desk, by, id)?;
        let batch = BatchId::Incident(id);
        // There is none where nothing was touched, and not everybody may look at them.
        let batch = allowed(desk.batch(by, &batch, 0)).unwrap_or(false).then_some(batch);
        let names = Names::read(desk, &found.incident.reported_by.into_iter().collect())?;
        Ok((found, batch, names))
    });
    let (AftermathView { incident, counts, exceptions }, batch, names) = read.await.map_err(hidden)?;
    let t = visit.tongue();
    let shown = One {
        row: row(t, &incident, &names),
        facts: facts(t, &incident),
        counts: counts.iter().map(|one| counted(t, one)).collect(),
        members: exceptions.iter().map(|one| touched(t, one)).collect(),
        batch,
        shell: visit.shell,
    };
    page(HttpResponse::Ok(), &shown)
}

fn facts(t: Tongue, one: &IncidentView) -> Vec<(String, String)> {
    let joined = |all: &BTreeSet<String>| all.iter().cloned().collect::<Vec<_>>().join(", ");
    let all = [
        ("incident-happened", t.moment(&one.happened_at.0)),
        ("incident-systems", joined(&one.systems)),
        ("incident-clauses", joined(&one.clauses)),
        ("incident-domain", one.domain.to_string()),
        ("incident-effect", t.name("incident-effect", one.effect).to_string()),
    ];
    let said = all.into_iter().filter(|(_, text)| !text.is_empty());
    said.map(|(key, text)| (t.say(key).to_string(), text)).collect()
}

/// How many, where they are and what it does to them.
fn counted(t: Tongue, one: &CountView) -> (String, u64) {
    let did = one.outcome.map_or_else(|| t.name("batch-outcome", "open"), |did| t.name("batch-outcome", did));
    (format!("{}: {did}", t.name("state", one.state)), one.count)
}

fn touched(t: Tongue, one: &TouchedView) -> Touched {
    let did = one.outcome.map_or_else(|| t.name("batch-outcome", "open"), |did| t.name("batch-outcome", did));
    Touched {
        number: one.number.clone(),
        before: t.name("state", one.before).to_string(),
        state: t.name("state", one.state).to_string(),
        outcome: did.to_string(),
    }
}
