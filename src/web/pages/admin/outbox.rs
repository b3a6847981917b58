//! The outbox: what waits, what was given up and why; tried again or discarded. What a letter says to whom stands
//! nowhere here.

use actix_web::HttpResponse;
use askama::Template;

use super::tone;
use crate::{
    domain::roster::LetterState,
    web::{
        api::outbox::{LetterView, OutboxQuery, asked_of, listed, read, retried},
        pages::{
            layout::{page, see},
            list::{joined, pairs},
            outcome::{hidden, led, may, refused, status},
            sheet::{Choice, Question, Sheet},
            shell::Shell,
            text::Tongue,
            visit::{Sent, Visit},
        },
        problem::Problem,
        query,
    },
    words::AdminVerb,
};

#[derive(Template)]
#[template(path = "outbox.html")]
struct List {
    shell: Shell,
    sheet: Sheet,
    filters: Vec<Question>,
    rows: Vec<Row>,
    first: Option<String>,
    next: Option<String>,
    retry: bool,
    done: Option<String>,
}

#[derive(Template)]
#[template(path = "outbox_letter.html")]
struct One {
    shell: Shell,
    sheet: Sheet,
    row: Row,
    retry: bool,
    discard: bool,
    reason: Question,
}

struct Row {
    id: String,
    kind: String,
    code: String,
    state: String,
    tone: &'static str,
    due: String,
    held: Option<String>,
    attempts: u32,
    error: Option<String>,
    exception: Option<String>,
    event: Option<u64>,
}

/// Shows a page of it.
pub(in crate::web::pages) async fn show(visit: Visit) -> Result<HttpResponse, Problem> {
    let sheet = visit.sheet()?;
    list(visit, sheet).await
}

async fn list(visit: Visit, sheet: Sheet) -> Result<HttpResponse, Problem> {
    let typed = visit.typed();
    let all = pairs(&typed, |name| name != "retried");
    let plain = pairs(&typed, |name| name == "state");
    // What is typed wrong is told above the first page of all of it.
    let read = match query::parse::<OutboxQuery>(&joined(&all, None)) {
        Ok(asked) => listed(&visit.call(), asked).await,
        Err(problem) => Err(problem),
    };
    let (found, sheet) = match read.map_err(hidden) {
        Err(problem) if !problem.errors().is_empty() => (
            listed(&visit.call(), OutboxQuery::default()).await.map_err(hidden)?,
            sheet.refused(&problem, visit.tongue()),
        ),
        read => (read?, sheet),
    };
    let may = visit.read(|desk, by| may(desk, by, &[AdminVerb::RetryLetter])).await?;
    let t = visit.tongue();
    let states = LetterState::ALL.iter().map(|state| Choice::new(state, t.name("letter-state", state))).collect();
    let to = |cursor: Option<&str>| format!("/admin/outbox?{}", joined(&plain, cursor));
    let shown = List {
        filters: vec![Question::select("state", t.say("list-state"), states)],
        rows: found.items.iter().map(|letter| row(t, letter)).collect(),
        first: typed.said("cursor").map(|_| to(None)),
        next: found.next_cursor.as_deref().map(|cursor| to(Some(cursor))),
        retry: may.contains(&AdminVerb::RetryLetter),
        done: typed
            .said("retried")
            .and_then(|count| count.parse::<u16>().ok())
            .map(|count| t.say("outbox-retried").count("count", count).to_string()),
        sheet: sheet.filled(typed),
        shell: visit.shell,
    };
    page(status(&shown.sheet), &shown)
}

fn row(t: Tongue, letter: &LetterView) -> Row {
    let named = t.name("letter-kind", &letter.kind).known();
    Row {
        id: letter.id.to_string(),
        kind: named.map_or_else(|| letter.kind.clone(), |said| said.to_string()),
        code: letter.kind.clone(),
        state: t.name("letter-state", letter.state).to_string(),
        tone: tone(letter.state),
        due: t.moment(&letter.due_at.0),
        held: letter.held_until.as_ref().map(|at| t.moment(&at.0)),
        attempts: letter.attempts,
        error: letter.last_error.clone(),
        exception: letter.exception.map(|id| id.to_string()),
        event: letter.event,
    }
}

/// Shows one.
pub(in crate::web::pages) async fn show_one(visit: Visit) -> Result<HttpResponse, Problem> {
    let sheet = visit.sheet()?;
    whole(visit, sheet).await
}

async fn whole(visit: Visit, sheet: Sheet) -> Result<HttpResponse, Problem> {
    let id = visit.call().id("id", "letter")?;
    let read = visit.read(move |desk, by| {
        let found = read(desk, by, id)?;
        Ok((found, may(desk, by, &[AdminVerb::RetryLetter, AdminVerb::DiscardLetter])?))
    });
    let (letter, may) = read.await.map_err(hidden)?;
    let (t, open) = (visit.tongue(), letter.state.is_open());
    let shown = One {
        row: row(t, &letter),
        retry: open && may.contains(&AdminVerb::RetryLetter),
        discard: open && may.contains(&AdminVerb::DiscardLetter),
        reason: Question::long("reason", t.say("outbox-discard-reason")),
        shell: visit.shell,
        sheet,
    };
    page(status(&shown.sheet), &shown)
}

/// Tries it again, or discards it.
pub(in crate::web::pages) async fn submit(sent: Sent) -> Result<HttpResponse, Problem> {
    let call = sent.call();
    let path = sent.visit.request.match_info();
    let (id, verb) = (path.query("id").to_owned(), path.query("verb").to_owned());
    let asked = asked_of(&call, &verb, (sent.fields.object(&["reason"]), sent.fields.hash())).await;
    led(sent, asked, &format!("/admin/outbox/{id}"), whole).await
}

/// Tries everything again that was given up.
pub(in crate::web::pages) async fn retry(sent: Sent) -> Result<HttpResponse, Problem> {
    match retried(&sent.call()).await {
        Ok(count) => Ok(see(&format!("/admin/outbox?retried={count}")).finish()),
        Err(problem) => refused(sent, problem, list).await,
    }
}
