//! The start of a request: what one needs, how long it takes, what happens next; and what was begun before.

use std::collections::BTreeSet;

use actix_web::HttpResponse;
use askama::Template;

use crate::{
    desk::Asked,
    store::listing::{Direction, Facet, Filter, Page as Rows, Sort, SortBy},
    web::{
        api::exception::{
            request::RequestBody,
            seal::{Making, sealed},
        },
        hand_over,
        pages::{
            layout::{page, see},
            sheet::{Choice, Question, Sheet},
            shell::Shell,
            visit::{Sent, Visit},
        },
        problem::{Problem, codes},
    },
    words::StateName,
};

/// How many begun requests are shown.
const MOST: i64 = 10;

#[derive(Template)]
#[template(path = "start.html")]
struct Start {
    shell: Shell,
    sheet: Sheet,
    question: Option<Question>,
    begun: Vec<Begun>,
    hours: u32,
}

struct Begun {
    number: String,
    title: String,
    state: String,
}

/// Shows it.
pub(in crate::web::pages) async fn show(visit: Visit) -> Result<HttpResponse, Problem> {
    let sheet = visit.sheet()?;
    let (me, tongue, default) = (visit.me(), visit.tongue(), visit.web.settings.default_sop.clone());
    let read = visit.read(move |desk, by| {
        let states = [StateName::Draft, StateName::Returned].map(|state| state.as_str().to_owned()).into();
        let any_of = vec![(Facet::Requester, vec![me.to_string()]), (Facet::State, states)];
        let sort = Sort { by: SortBy::ChangedAt, direction: Direction::Descending };
        let found = desk.list(by, &Filter { any_of, ..Filter::default() }, &Rows { sort, after: None, limit: MOST })?;
        Ok((found, desk.laws()))
    });
    let (found, laws) = read.await?;
    let begun = found.what.iter().map(|(one, _)| Begun {
        number: one.number.clone(),
        title: one
            .request
            .title
            .as_ref()
            .and_then(|title| found.texts.get(&title.commitment))
            .cloned()
            .unwrap_or_else(|| tongue.say("untitled").to_string()),
        state: tongue.name("state", one.state.name()).to_string(),
    });
    let ids: BTreeSet<String> = laws.sops.all().iter().map(|sop| sop.document().id.clone()).collect();
    let newest: Vec<_> = ids.iter().filter_map(|id| laws.sops.for_new(id).ok()).collect();
    let hours = laws.sops.newest(&default).map_or(0, |sop| sop.document().steps.completeness.due_hours);
    let choices: Vec<Choice> = newest
        .iter()
        .map(|sop| Choice::new(&sop.document().id, &sop.document().title).hinted(sop.document().scope.trim()))
        .collect();
    let question = (choices.len() > 1).then(|| Question::radios("sop", tongue.say("start-procedure"), choices));
    let fields = sheet.fields.clone().set("sop", default);
    let shown = Start { begun: begun.collect(), sheet: sheet.filled(fields), question, hours, shell: visit.shell };
    page(HttpResponse::Ok(), &shown)
}

/// Begins a draft and leads to its first page.
pub(in crate::web::pages) async fn begin(sent: Sent) -> Result<HttpResponse, Problem> {
    let desk = &sent.visit.web.desk;
    let name = sent.fields.said("sop").unwrap_or_else(|| sent.visit.web.settings.default_sop.clone());
    let laws = hand_over::laws(desk).await?;
    let unknown = || Problem::field(codes::INVALID_VALUE, "/sop", "choose one of the procedures");
    let sop = laws.sops.newest(&name).ok_or_else(unknown)?;
    let body = RequestBody { sop: name.parse().ok(), ..RequestBody::default() };
    let making = Making { random: desk.random(), now: desk.clock().now(), sop: &sop, before: None };
    let (command, openings) = sealed(&body, &making)?;
    let asked = Asked { by: sent.visit.by(), key: sent.key("draft"), expected: None, command, openings };
    let answer = hand_over::write(desk.draft(&name, asked)).await?;
    Ok(see(&format!("/request/{}/what", answer.exception.number)).finish())
}
