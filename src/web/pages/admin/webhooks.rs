//! Endpoints that events are sent to: listed, added, and one with what was sent to it and all that can be done about
//! it. A secret is shown in the answer that made it, and never again.

mod one;

use actix_web::HttpResponse;
use askama::Template;
use serde_json::{Map, Value, json};

pub(in crate::web::pages) use one::{show_one, submit};

use crate::{
    domain::roster::{Medium, WebhookState},
    web::{
        api::webhooks::{
            WebhookSecret, WebhookView,
            paged::{Became, added, filters, listed},
        },
        page::PageQuery,
        pages::{
            layout::{page, see},
            names::Names,
            outcome::{hidden, may, refused, status},
            sheet::{Choice, Fields, Question, Sheet},
            shell::Shell,
            text::Tongue,
            visit::{Sent, Visit},
        },
        problem::Problem,
    },
    words::{AdminVerb, PersonId},
};

#[derive(Template)]
#[template(path = "webhooks.html")]
struct List {
    shell: Shell,
    rows: Vec<Row>,
    first: Option<String>,
    next: Option<String>,
    add: bool,
}

/// An endpoint.
struct Row {
    id: String,
    description: String,
    kind: String,
    host: String,
    owner: String,
    events: Vec<String>,
    state: String,
    tone: &'static str,
    failing: Option<String>,
}

#[derive(Template)]
#[template(path = "webhook_add.html")]
struct Add {
    shell: Shell,
    sheet: Sheet,
    questions: Vec<Question>,
}

#[derive(Template)]
#[template(path = "webhook_secret.html")]
struct Shown {
    shell: Shell,
    id: String,
    description: String,
    secret: Option<String>,
    until: Option<String>,
}

/// Shows them.
pub(in crate::web::pages) async fn show(visit: Visit) -> Result<HttpResponse, Problem> {
    let cursor = visit.parameter("cursor");
    let asked = PageQuery { limit: None, cursor: cursor.clone() };
    let found = listed(&visit.call(), asked).await.map_err(hidden)?;
    let owners = found.items.iter().map(|one| one.owner).collect();
    let read = visit.read(move |desk, by| Ok((Names::read(desk, &owners)?, may(desk, by, &[AdminVerb::AddWebhook])?)));
    let (names, may) = read.await?;
    let t = visit.tongue();
    let shown = List {
        rows: found.items.iter().map(|one| row(t, one, &names)).collect(),
        first: cursor.map(|_| "/admin/webhooks".to_owned()),
        next: found.next_cursor.map(|cursor| format!("/admin/webhooks?cursor={cursor}")),
        add: !may.is_empty(),
        shell: visit.shell,
    };
    page(HttpResponse::Ok(), &shown)
}

fn row(t: Tongue, one: &WebhookView, names: &Names) -> Row {
    let ended = one.ended_by.map(|why| t.name("webhook-end", why).to_string());
    let failing = one.failing_since.as_ref();
    let failing = failing.map(|at| t.say("webhook-failing").with("at", t.moment(&at.0)).to_string());
    Row {
        id: one.id.to_string(),
        description: described(t, one),
        kind: t.name("webhook-kind", one.kind).to_string(),
        host: one.host.clone(),
        owner: names.of(&one.owner),
        events: one.events.iter().map(ToString::to_string).collect(),
        state: t.name("webhook-state", one.state).to_string(),
        tone: match one.state {
            WebhookState::Enabled if one.failing_since.is_some() => "amber",
            WebhookState::Enabled => "ok",
            WebhookState::Failed => "bad",
            WebhookState::Disabled | WebhookState::Removed => "",
        },
        failing: failing.into_iter().chain(ended).reduce(|one, other| format!("{one}; {other}")),
    }
}

fn described(t: Tongue, one: &WebhookView) -> String {
    one.description.clone().unwrap_or_else(|| t.say("webhook-erased").to_string())
}

/// Asks where it is, and what it gets.
pub(in crate::web::pages) async fn ask(visit: Visit) -> Result<HttpResponse, Problem> {
    let sheet = visit.sheet()?.filled(Fields::default().set("kind", Medium::Webhook.as_str()));
    asking(visit, sheet).await
}

async fn asking(visit: Visit, sheet: Sheet) -> Result<HttpResponse, Problem> {
    let read = visit.read(|desk, by| {
        desk.may_administer(by, AdminVerb::AddWebhook)?;
        Names::everybody(desk)
    });
    let people = read.await.map_err(hidden)?;
    let t = visit.tongue();
    let kinds = Medium::ALL.iter().map(|kind| Choice::new(kind, t.name("webhook-kind", kind))).collect();
    let mut questions = vec![Question::radios("kind", t.say("webhook-kind"), kinds)];
    questions.extend(asked_of_both(t, &people, "webhook-url-hint"));
    page(status(&sheet), &Add { questions, sheet, shell: visit.shell })
}

/// What is asked of an endpoint that is added, and of one that is changed.
fn asked_of_both(t: Tongue, people: &[(PersonId, String)], of_url: &str) -> Vec<Question> {
    let owners = people.iter().map(|(id, name)| Choice::new(id, name)).collect();
    vec![
        Question::line("url", t.say("webhook-url")).hinted(t.say(of_url)).at_most(2_048),
        Question::line("description", t.say("webhook-description")).at_most(200),
        Question::long("events", t.say("webhook-events")).hinted(t.say("webhook-events-hint")).optional(),
        Question::select("owner", t.say("webhook-owner"), owners).hinted(t.say("webhook-owner-hint")).optional(),
    ]
}

/// What the interface takes of these fields.
fn body(fields: &Fields) -> Map<String, Value> {
    let mut body = fields.object(&["kind", "url", "description", "owner"]);
    body.insert("events".to_owned(), filters(&fields.text("events")));
    body
}

/// A whole number as the interface takes it; what is none is told as none.
fn number(fields: &Fields, name: &str) -> Option<Value> {
    let said = fields.said(name)?;
    Some(said.parse::<u64>().map_or(Value::String(said), |number| json!(number)))
}

/// Adds it.
pub(in crate::web::pages) async fn add(sent: Sent) -> Result<HttpResponse, Problem> {
    let asked = added(&sent.call(), (body(&sent.fields), sent.fields.hash())).await;
    led(sent, asked, "/admin/webhooks", asking).await
}

/// Leads on, or shows the secret; what was refused is told on the page that `again` shows.
async fn led(
    sent: Sent,
    asked: Result<Became, Problem>,
    here: &str,
    again: impl AsyncFnOnce(Visit, Sheet) -> Result<HttpResponse, Problem>,
) -> Result<HttpResponse, Problem> {
    match asked {
        Ok(Became::Done) => Ok(see(here).finish()),
        Ok(Became::Waits(change)) => Ok(see(&format!("/changes/{change}")).finish()),
        Ok(Became::Secret(shown)) if shown.webhook.kind.is_chat() => {
            Ok(see(&format!("/admin/webhooks/{}", shown.webhook.id)).finish())
        }
        Ok(Became::Secret(shown)) => secret(sent.visit, *shown),
        Err(problem) => refused(sent, problem, again).await,
    }
}

fn secret(visit: Visit, WebhookSecret { secret, webhook }: WebhookSecret) -> Result<HttpResponse, Problem> {
    let t = visit.tongue();
    let shown = Shown {
        id: webhook.id.to_string(),
        description: described(t, &webhook),
        until: webhook.old_secret_until.as_ref().map(|at| t.moment(&at.0)),
        secret,
        shell: visit.shell,
    };
    page(HttpResponse::Ok(), &shown)
}
