//! Concerns: what the figures of procedures say, each with what was counted and is counted now; answered in writing.

use actix_web::HttpResponse;
use askama::Template;

use super::{
    layout::{page, see},
    names::Names,
    sheet::{Question, Sheet},
    shell::Shell,
    text::Tongue,
    visit::{Sent, Visit},
};
use crate::{
    desk::{Desk, Error},
    domain::person::By,
    store::roster::After,
    web::{
        api::concerns::{ConcernView, DetailView, FigureView, answered, detail, shown},
        json::checked,
        problem::{Problem, codes},
    },
    words::{ConcernKind, ConcernState},
};

/// Rows of the page; the interface has all of them.
const MOST: i64 = 100;
/// Exceptions that are named on the page.
const MOST_NAMED: usize = 50;

#[derive(Template)]
#[template(path = "concerns.html")]
struct List {
    shell: Shell,
    heading: String,
    tabs: Vec<Tab>,
    rows: Vec<Row>,
}

struct Tab {
    state: ConcernState,
    current: bool,
}

/// A concern in a list.
pub(super) struct Row {
    pub(super) id: String,
    pub(super) text: String,
    asks: String,
    raised: String,
}

#[derive(Template)]
#[template(path = "concern.html")]
struct One {
    shell: Shell,
    sheet: Sheet,
    row: Row,
    state: String,
    sop: String,
    open: bool,
    mine: bool,
    again: Option<String>,
    figures: Vec<String>,
    now: Vec<String>,
    ended: Option<Ended>,
    numbers: Vec<String>,
    more: bool,
    answer: Question,
}

struct Ended {
    at: String,
    who: String,
    said: String,
    figures: Vec<String>,
}

/// The open ones that somebody may read, for the desk.
pub(super) fn open(desk: &Desk, by: &By) -> Result<Vec<ConcernView>, Error> {
    let found = desk.concerns(by, Some(ConcernState::Open), After { last: None, limit: MOST })?;
    shown(desk, found)
}

/// Shows those in a state.
pub(super) async fn show(visit: Visit) -> Result<HttpResponse, Problem> {
    let state = visit.parameter("state").and_then(|state| state.parse().ok()).unwrap_or(ConcernState::Open);
    let read = visit.read(move |desk, by| {
        let found = desk.concerns(by, Some(state), After { last: None, limit: MOST })?;
        shown(desk, found)
    });
    let found = read.await?;
    let tabs = ConcernState::ALL.iter().map(|one| Tab { state: *one, current: *one == state });
    let shown = List {
        heading: visit.tongue().name("concern", state).to_string(),
        tabs: tabs.collect(),
        rows: found.iter().map(|view| row(visit.tongue(), view)).collect(),
        shell: visit.shell,
    };
    page(HttpResponse::Ok(), &shown)
}

/// A concern in one line.
pub(super) fn row(t: Tongue, view: &ConcernView) -> Row {
    let said = t.name("concern", view.kind);
    let said = match view.kind {
        ConcernKind::OverBudget => {
            let unit = view.business_unit.clone().unwrap_or_else(|| t.say("concern-no-unit").to_string());
            said.with("clause", view.clause.as_deref().unwrap_or_default()).with("unit", unit)
        }
        ConcernKind::SopReview | ConcernKind::SplitHeld => said.with("sop", &view.sop.id),
    };
    Row {
        id: view.id.to_string(),
        text: said.to_string(),
        asks: t.name("role", view.asks).to_string(),
        raised: t.moment(&view.raised_at.0),
    }
}

/// Shows one, whole.
pub(super) async fn show_one(visit: Visit) -> Result<HttpResponse, Problem> {
    let sheet = visit.sheet()?;
    whole(visit, sheet).await
}

async fn whole(visit: Visit, sheet: Sheet) -> Result<HttpResponse, Problem> {
    let id = visit.call().id("id", "concern")?;
    let read = visit.read(move |desk, by| {
        let found = detail(desk, by, id)?;
        let names = Names::read(desk, &found.concern.ended_by.into_iter().collect())?;
        Ok((found, names))
    });
    let (DetailView { concern, now, exceptions }, names) = read.await?;
    let names = names.told_in(visit.tongue());
    let t = visit.tongue();
    let status = if sheet.is_wrong() { HttpResponse::UnprocessableEntity() } else { HttpResponse::Ok() };
    let shown = One {
        row: row(t, &concern),
        state: t.name("concern", concern.state).to_string(),
        sop: format!("{} v{}", concern.sop.id, concern.sop.version),
        open: concern.state == ConcernState::Open,
        mine: visit.roles().contains(&concern.asks) || visit.roles().contains(&crate::words::Role::Governance),
        again: concern.again.map(|again| again.to_string()),
        figures: figures(t, &concern.figures),
        now: figures(t, &now),
        ended: ended(t, &concern, &names),
        numbers: exceptions.iter().take(MOST_NAMED).map(|one| one.number.clone()).collect(),
        more: exceptions.len() > MOST_NAMED,
        answer: Question::long("answer", t.say("concern-answer")).hinted(t.say("concern-answer-hint")),
        sheet,
        shell: visit.shell,
    };
    page(status, &shown)
}

fn figures(t: Tongue, figures: &[FigureView]) -> Vec<String> {
    let said = |figure: &FigureView| {
        let share = figure.share.as_ref().map(|share| [share.of, share.before, share.before_of, share.percent]);
        t.measured(figure.measure, (figure.count, figure.limit), share)
    };
    figures.iter().map(said).collect()
}

fn ended(t: Tongue, concern: &ConcernView, names: &Names) -> Option<Ended> {
    let at = concern.ended_at.as_ref()?;
    let published = concern
        .answered_by
        .as_ref()
        .map(|sop| t.say("concern-answer-published").with("sop", format!("{} v{}", sop.id, sop.version)).to_string());
    Some(Ended {
        at: t.moment(&at.0),
        who: names.maybe(concern.ended_by.as_ref()).unwrap_or_default(),
        said: concern.answer.clone().or(published).unwrap_or_default(),
        figures: figures(t, concern.ended_with.as_deref().unwrap_or_default()),
    })
}

/// Answers it.
pub(super) async fn answer(sent: Sent) -> Result<HttpResponse, Problem> {
    let call = sent.visit.call();
    let asked = match checked(serde_json::Value::Object(sent.fields.object(&["answer"]))) {
        Ok(body) => answered(&call, body, sent.fields.hash()).await,
        Err(problem) => Err(problem),
    };
    match asked {
        Ok(view) => Ok(see(&format!("/concerns/{}", view.concern.id)).finish()),
        Err(problem) if problem.inside().is_some() || problem.code() == codes::NOT_FOUND.code => Err(problem),
        Err(problem) => {
            let sheet = sent.sheet()?.refused(&problem, sent.visit.tongue());
            whole(sent.visit, sheet).await
        }
    }
}
