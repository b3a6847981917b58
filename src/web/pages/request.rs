//! Asking for an exception, one thing a page: each answer is kept in the draft at once, so that whoever stops comes
//! back to it. What may be asked is the procedure's to say, when it is submitted.

mod answers;
mod check;
mod start;
mod steps;

pub(super) use check::{show as show_check, submit, submitted};
pub(super) use start::{begin, show as show_start};

use actix_web::HttpResponse;
use askama::Template;

use self::{
    answers::{fields_of, patch},
    steps::{Asking, Step},
};
use super::{
    layout::{page, see},
    names::Names,
    record::target,
    sheet::{Question, Sheet},
    shell::Shell,
    visit::{Sent, Visit},
};
use crate::{
    desk::{Asked, Find, Record},
    domain::{command::Command, exception::Exception},
    web::{
        api::exception::{records::amended, show},
        hand_over,
        problem::Problem,
    },
    words::Verb,
};

#[derive(Template)]
#[template(path = "step.html")]
struct Page {
    shell: Shell,
    sheet: Sheet,
    number: String,
    version: u64,
    heading: String,
    intro: String,
    here: String,
    back: String,
    questions: Vec<Question>,
    search: Option<String>,
    fixed: Vec<Fixed>,
}

/// A clause that nothing deviates from, and why.
struct Fixed {
    id: String,
    title: String,
    text: String,
    why: String,
}

fn step_of(visit: &Visit) -> Result<Step, Problem> {
    visit.request.match_info().query("step").parse().map_err(|_| Problem::not_found("page"))
}

/// The draft or returned request that the path names, where whoever looks may change it.
async fn open(visit: &Visit) -> Result<Record<Exception>, Problem> {
    let find = target(visit)?;
    let read = visit.read(move |desk, by| {
        let found = desk.find(by, &find)?;
        let offers = desk.offers(by, &found.what)?;
        Ok((found, offers))
    });
    let (found, offers) = read.await?;
    if offers.contains(&Verb::Amend) { Ok(found) } else { Err(Problem::not_found("request to change")) }
}

/// Asks one thing, with what was answered before.
pub(super) async fn show_step(visit: Visit) -> Result<HttpResponse, Problem> {
    let (step, found) = (step_of(&visit)?, open(&visit).await?);
    let (body, _) = show::request(&found.what.request, &found.what.sop, show::Texts(&found.texts));
    let fields = fields_of(&serde_json::to_value(&body).map_err(Problem::internal)?);
    let sheet = visit.sheet()?.filled(fields);
    asked(visit, (step, &found.what), sheet).await
}

async fn asked(visit: Visit, (step, found): (Step, &Exception), sheet: Sheet) -> Result<HttpResponse, Problem> {
    let laws = hand_over::laws(&visit.web.desk).await?;
    let everybody = match step {
        Step::People | Step::Controls => visit.read(|desk, _| Names::everybody(desk)).await?,
        Step::What
        | Step::Clauses
        | Step::Why
        | Step::System
        | Step::Where
        | Step::Term
        | Step::Screening
        | Step::Own => Vec::new(),
    };
    let tongue = visit.tongue();
    let search = (step == Step::Clauses).then(|| visit.parameter("q").unwrap_or_default());
    let sought = search.clone().unwrap_or_default();
    let asking = Asking { everybody, search: sought, ..Asking::of(tongue, &laws, found) };
    let fixed = if step == Step::Clauses { fixed(&asking) } else { Vec::new() };
    let status = if sheet.is_wrong() { HttpResponse::UnprocessableEntity() } else { HttpResponse::Ok() };
    let shown = Page {
        number: found.number.clone(),
        version: found.version,
        heading: tongue.name("ask-step", step).to_string(),
        intro: tongue.name("ask-intro", step).to_string(),
        here: format!("/request/{}/{step}", found.number),
        back: match step.before() {
            Some(before) => format!("/request/{}/{before}", found.number),
            None => format!("/request/{}", found.number),
        },
        questions: asking.questions(step, &sheet.fields),
        search,
        fixed,
        sheet,
        shell: visit.shell,
    };
    page(status, &shown)
}

fn fixed(asking: &Asking<'_>) -> Vec<Fixed> {
    let clauses = asking.register.policies.iter().flat_map(|policy| &policy.clauses);
    let fixed = clauses.filter_map(|clause| {
        let why = clause.non_waivable.clone()?;
        asking.finds(clause).then(|| Fixed {
            id: clause.id.clone(),
            title: clause.title.clone(),
            text: clause.text.clone(),
            why,
        })
    });
    fixed.collect()
}

/// Keeps what was answered, and leads on.
pub(super) async fn answer(sent: Sent) -> Result<HttpResponse, Problem> {
    let (step, found) = (step_of(&sent.visit)?, open(&sent.visit).await?);
    match kept(&sent, step, &found).await {
        Ok(()) => {
            let number = &found.what.number;
            let on = match (sent.fields.said("then"), step.after()) {
                (Some(_), _) => format!("/request/{number}"),
                (None, Some(step)) => format!("/request/{number}/{step}"),
                (None, None) => format!("/request/{number}/files"),
            };
            Ok(see(&on).finish())
        }
        Err(problem) if problem.inside().is_none() => {
            let sheet = sent.sheet()?.refused(&problem, sent.visit.tongue());
            asked(sent.visit, (step, &found.what), sheet).await
        }
        Err(problem) => Err(problem),
    }
}

async fn kept(sent: &Sent, step: Step, found: &Record<Exception>) -> Result<(), Problem> {
    let laws = hand_over::laws(&sent.visit.web.desk).await?;
    let (body, _) = show::request(&found.what.request, &found.what.sop, show::Texts(&found.texts));
    let before = serde_json::to_value(&body).map_err(Problem::internal)?;
    let asking = Asking::of(sent.visit.tongue(), &laws, &found.what);
    let change = patch(&asking.answers(step), &sent.fields, &before);
    let (request, openings) = amended((&sent.visit.call(), &laws), found, change)?;
    if request == found.what.request {
        return Ok(());
    }
    let asked = Asked {
        by: sent.visit.by(),
        key: sent.key(&format!("amend {} {step}", found.what.id)),
        expected: sent.expected(),
        command: Command::Amend { request: Box::new(request) },
        openings,
    };
    hand_over::write(sent.visit.web.desk.act(found.what.id, asked)).await?;
    Ok(())
}

/// The page of a request that asks for what stands at a field, there.
pub(super) fn place(number: &str, field: &str) -> String {
    format!("/request/{number}/{}#{field}", Step::of_field(field))
}

/// The exception of a path, read anew.
async fn again(visit: &Visit, find: Find) -> Result<Record<Exception>, Problem> {
    visit.read(move |desk, by| desk.find(by, &find)).await
}
