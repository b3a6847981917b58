//! The report of an incident: asked for by a form that first shows what it would touch, and only then is sent.

use actix_web::HttpResponse;
use askama::Template;
use chrono::{DateTime, NaiveTime, SecondsFormat};
use serde_json::{Value, json};

use super::{Touched, counted, touched};
use crate::{
    desk::Laws,
    web::{
        api::incidents::{PreviewView, ReportIncident, previewed, reported},
        hand_over,
        json::checked,
        pages::{
            layout::{page, see},
            outcome::{hidden, refused, status},
            sheet::{Choice, Fields, Question, Sheet},
            shell::Shell,
            text::Tongue,
            visit::{Sent, Visit},
        },
        problem::Problem,
    },
    words::{AdminVerb, IncidentEffect, Severity, Zone},
};

#[derive(Template)]
#[template(path = "incident_report.html")]
struct Page {
    shell: Shell,
    sheet: Sheet,
    questions: Vec<Question>,
    would: Option<Would>,
}

/// What it would touch.
struct Would {
    touched: u64,
    second: bool,
    counts: Vec<(String, u64)>,
    members: Vec<Touched>,
}

/// Asks what happened.
pub(in crate::web::pages) async fn ask(visit: Visit) -> Result<HttpResponse, Problem> {
    let sheet = visit.sheet()?;
    asking(visit, sheet).await
}

async fn asking(visit: Visit, sheet: Sheet) -> Result<HttpResponse, Problem> {
    shown(visit, sheet, None).await
}

async fn shown(visit: Visit, sheet: Sheet, would: Option<PreviewView>) -> Result<HttpResponse, Problem> {
    visit.read(|desk, by| desk.may_administer(by, AdminVerb::ReportIncident)).await.map_err(hidden)?;
    let laws = hand_over::laws(&visit.web.desk).await?;
    let t = visit.tongue();
    let would = would.map(|seen| Would {
        touched: seen.touched,
        second: seen.second_person,
        counts: seen.counts.iter().map(|one| counted(t, one)).collect(),
        members: seen.exceptions.iter().map(|one| touched(t, one)).collect(),
    });
    page(status(&sheet), &Page { questions: questions(t, &laws), would, sheet, shell: visit.shell })
}

fn questions(t: Tongue, laws: &Laws) -> Vec<Question> {
    let severities = Severity::ALL.iter().map(|one| Choice::new(one, t.name("severity", one)));
    let effects = IncidentEffect::ALL.iter().map(|one| Choice::new(one, t.name("incident-effect", one)));
    let systems = laws.register.systems.iter().map(|one| Choice::new(&one.id, format!("{} ({})", one.name, one.id)));
    vec![
        Question::long("summary", t.say("incident-summary")),
        Question::date("happened_at", t.say("incident-happened-day")).hinted(t.say("incident-happened-hint")),
        Question::radios("severity", t.say("incident-severity"), severities.collect()),
        Question::radios("effect", t.say("incident-effect"), effects.collect()),
        Question::checks("systems", t.say("incident-systems"), systems.collect())
            .hinted(t.say("incident-systems-hint"))
            .optional(),
        Question::line("clauses", t.say("incident-clauses")).hinted(t.say("incident-clauses-hint")).optional(),
        Question::line("domain", t.say("incident-domain")).hinted(t.say("incident-domain-hint")).optional(),
    ]
}

/// Shows what it would touch, or reports it.
pub(in crate::web::pages) async fn submit(sent: Sent) -> Result<HttpResponse, Problem> {
    let (call, hash) = (sent.call(), sent.fields.hash());
    let body = match checked::<ReportIncident>(body(&sent.fields, sent.visit.tongue().zone)) {
        Ok(body) => body,
        Err(problem) => return refused(sent, problem, asking).await,
    };
    if sent.fields.said("report").is_none() {
        return match previewed(&call, body).await {
            Ok(seen) => {
                let sheet = sent.sheet()?;
                shown(sent.visit, sheet, Some(seen)).await
            }
            Err(problem) => refused(sent, problem, asking).await,
        };
    }
    match reported(&call, (body, hash)).await {
        Ok(Ok(id)) => Ok(see(&format!("/incidents/{id}")).finish()),
        Ok(Err(change)) => Ok(see(&format!("/changes/{change}")).finish()),
        Err(problem) => refused(sent, problem, asking).await,
    }
}

/// What the interface takes: a day is its beginning by the clock of whoever reports.
fn body(fields: &Fields, zone: Zone) -> Value {
    let mut body = fields.object(&["summary", "severity", "effect", "domain"]);
    let clauses = fields.text("clauses");
    let clauses = clauses.split([',', ' ', '\n']).map(str::trim).filter(|one| !one.is_empty());
    body.insert("clauses".to_owned(), json!(clauses.collect::<Vec<_>>()));
    body.insert("systems".to_owned(), json!(fields.all("systems")));
    body.insert("happened_at".to_owned(), json!(fields.date("happened_at").map(|typed| begins(typed, zone))));
    Value::Object(body)
}

/// The beginning of a day there; what is no day stays as it was typed, to be told that it is none.
fn begins(typed: String, zone: Zone) -> String {
    let day = DateTime::parse_from_rfc3339(&typed).map(|at| at.date_naive());
    day.map_or(typed, |day| zone.instant(day.and_time(NaiveTime::MIN)).to_rfc3339_opts(SecondsFormat::AutoSi, true))
}
