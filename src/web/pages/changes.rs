//! Changes that wait for a second person: each in words, exactly, and with what it publishes; confirmed by the hash
//! of what was looked at, or turned down.

use actix_web::HttpResponse;
use askama::Template;

use super::{
    layout::{escaped, page, see},
    names::Names,
    sheet::{Question, Sheet},
    shell::Shell,
    visit::{Sent, Visit},
};
use crate::{
    store::roster::After,
    web::{
        api::changes::{ChangeView, ConfirmChange, confirmed, listed, readable, rejected, shown},
        json::checked,
        problem::{Problem, codes},
    },
    words::ChangeState,
};

/// Rows of the page; the interface has all of them.
const MOST: i64 = 100;

#[derive(Template)]
#[template(path = "changes.html")]
struct List {
    shell: Shell,
    heading: String,
    tabs: Vec<Tab>,
    rows: Vec<Row>,
}

struct Tab {
    state: ChangeState,
    current: bool,
}

struct Row {
    id: String,
    text: String,
    who: String,
    proposed: String,
    expires: String,
}

#[derive(Template)]
#[template(path = "change.html")]
struct One {
    shell: Shell,
    sheet: Sheet,
    row: Row,
    state: String,
    hash: String,
    open: bool,
    own: bool,
    alone: bool,
    decided: Option<String>,
    action: String,
    document: Option<String>,
    texts: Vec<String>,
    reason: Question,
    password: Option<String>,
}

/// Shows those in a state.
pub(super) async fn show(visit: Visit) -> Result<HttpResponse, Problem> {
    let state = visit.parameter("state").and_then(|state| state.parse().ok()).unwrap_or(ChangeState::Open);
    let read = visit.read(move |desk, by| {
        let found = listed(desk, by, (Some(state), After { last: None, limit: MOST }))?;
        let people = found.iter().filter_map(|change| change.proposed_by).collect();
        Ok((shown(desk, found)?, Names::read(desk, &people)?))
    });
    let (found, names) = read.await?;
    let names = names.told_in(visit.tongue());
    let tabs = ChangeState::ALL.iter().map(|one| Tab { state: *one, current: *one == state });
    let shown = List {
        heading: visit.tongue().name("change", state).to_string(),
        tabs: tabs.collect(),
        rows: found.iter().map(|view| row(&visit, view, &names)).collect(),
        shell: visit.shell,
    };
    page(HttpResponse::Ok(), &shown)
}

fn row(visit: &Visit, view: &ChangeView, names: &Names) -> Row {
    let t = visit.tongue();
    Row {
        id: view.id.to_string(),
        text: t.as_told(&view.text),
        who: names.maybe(view.proposed_by.as_ref()).unwrap_or_else(|| t.say("change-by-service").to_string()),
        proposed: t.moment(&view.proposed_at.0),
        expires: t.moment(&view.expires_at.0),
    }
}

/// Shows one, whole.
pub(super) async fn show_one(visit: Visit) -> Result<HttpResponse, Problem> {
    let (_, view) = readable(&visit.call()).await?;
    let sheet = visit.sheet()?;
    whole(visit, view, (sheet, None)).await
}

async fn whole(
    visit: Visit,
    view: ChangeView,
    (sheet, password): (Sheet, Option<String>),
) -> Result<HttpResponse, Problem> {
    let people = view.proposed_by.into_iter().chain(view.decided_by).collect();
    let names = visit.read(move |desk, _| Names::read(desk, &people)).await?.told_in(visit.tongue());
    let t = visit.tongue();
    let exactly = |value: &serde_json::Value| serde_json::to_string_pretty(value).unwrap_or_default();
    let decided = view.decided_at.as_ref().map(|at| {
        let who = names.maybe(view.decided_by.as_ref()).unwrap_or_default();
        t.say("change-decided").with("who", who).with("at", t.moment(&at.0)).to_string()
    });
    let status = if sheet.is_wrong() { HttpResponse::UnprocessableEntity() } else { HttpResponse::Ok() };
    let shown = One {
        row: row(&visit, &view, &names),
        state: t.name("change", view.state).to_string(),
        hash: view.hash.to_string(),
        open: view.state == ChangeState::Open,
        own: view.proposed_by == Some(visit.me()),
        alone: view.alone,
        decided,
        action: exactly(&view.action),
        document: view.document.as_ref().map(exactly),
        texts: view.texts.into_values().collect(),
        reason: Question::long("reason", t.say("ask-reason")),
        password,
        sheet,
        shell: visit.shell,
    };
    page(status, &shown)
}

/// Confirms what was looked at. A password that it sets is shown in the answer, once.
pub(super) async fn confirm(sent: Sent) -> Result<HttpResponse, Problem> {
    let call = sent.visit.call();
    let hash = sent.fields.text("hash").parse();
    let hash = hash.map_err(|_| Problem::new(codes::PAYLOAD_CHANGED, "look at the change again"))?;
    match confirmed(&call, ConfirmChange { hash, document: None }, sent.fields.hash()).await {
        Ok(done) if done.password.is_some() => {
            let sheet = sent.visit.sheet()?;
            whole(sent.visit, done.change, (sheet, done.password)).await
        }
        Ok(done) => Ok(see(&format!("/changes/{}", done.change.id)).finish()),
        Err(problem) if problem.code() == codes::CHANGE_CLOSED.code => Ok(again(&sent)),
        Err(problem) => refused(sent, problem).await,
    }
}

/// Sent twice, it is done: the change says so.
fn again(sent: &Sent) -> HttpResponse {
    let id = sent.visit.request.match_info().query("id");
    see(&format!("/changes/{}", escaped(id, b""))).finish()
}

/// Turns it down, or takes one's own back.
pub(super) async fn reject(sent: Sent) -> Result<HttpResponse, Problem> {
    let call = sent.visit.call();
    let asked = match checked(serde_json::Value::Object(sent.fields.object(&["reason"]))) {
        Ok(body) => rejected(&call, body, sent.fields.hash()).await,
        Err(problem) => Err(problem),
    };
    match asked {
        Ok(view) => Ok(see(&format!("/changes/{}", view.id)).finish()),
        Err(problem) if problem.code() == codes::CHANGE_CLOSED.code => Ok(again(&sent)),
        Err(problem) => refused(sent, problem).await,
    }
}

async fn refused(sent: Sent, problem: Problem) -> Result<HttpResponse, Problem> {
    if problem.inside().is_some() || problem.code() == codes::NOT_FOUND.code {
        return Err(problem);
    }
    let sheet = sent.sheet()?.refused(&problem, sent.visit.tongue());
    let (_, view) = readable(&sent.visit.call()).await?;
    whole(sent.visit, view, (sheet, None)).await
}
