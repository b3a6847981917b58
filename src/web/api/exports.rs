//! The other lists as files: tasks, people and events, with the filters of their lists and every row that whoever
//! asks may see. The columns are part of the interface.

use actix_web::{HttpResponse, get};
use futures_util::{Stream, stream};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    people,
    task::{DeskView, TaskQuery},
};
use crate::{
    desk::{AskedTasks, CloudEvent},
    domain::request::Time,
    reports::{Cell, Column, Form, Unit, column},
    store::{open_tasks::TaskPage, queries::Cursor},
    web::{
        call::Call,
        export::{self, Rows, RowsAsFile, Wanted},
        hand_over, page,
        problem::Problem,
        query::Query,
    },
    words::PersonId,
};

/// The form that a path ends with.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "documents the path; `form` reads it")]
pub struct FormPath {
    /// `csv`, `xlsx` or `jsonl`.
    #[param(pattern = "^(csv|xlsx|jsonl)$", example = "csv")]
    form: String,
}

fn form(call: &Call) -> Result<Form, Problem> {
    call.request.match_info().query("form").parse().map_err(|_| Problem::not_found("form of an export"))
}

/// Rows that come page by page, each page from where the one before ended.
fn paged<P: Clone + 'static, F: Future<Output = Result<(Rows, Option<P>), Problem>>>(
    read: impl Fn(Option<P>) -> F + 'static,
) -> impl Stream<Item = Result<Rows, Problem>> + 'static {
    let begun: (Option<P>, bool) = (None, false);
    let read = std::rc::Rc::new(read);
    stream::unfold(begun, move |(after, ended)| {
        let read = std::rc::Rc::clone(&read);
        async move {
            if ended {
                return None;
            }
            match read(after).await {
                Ok((rows, next)) => Some((Ok(rows), (next.clone(), next.is_none()))),
                Err(problem) => Some((Err(problem), (None, true))),
            }
        }
    })
}

const TASKS: [Column; 10] = [
    column("id", Unit::Text),
    column("exception", Unit::Text),
    column("number", Unit::Text),
    column("state", Unit::Text),
    column("tier", Unit::Text),
    column("step", Unit::Text),
    column("work", Unit::Text),
    column("roles", Unit::Text),
    column("assignee", Unit::Text),
    column("due_at", Unit::Instant),
];

/// Export tasks
#[utoipa::path(
    tag = "Tasks",
    summary = "Export tasks",
    description = "Open work with the filters of the list, whole, as a file.",
    params(FormPath, TaskQuery),
    responses(RowsAsFile)
)]
#[get("/v1/tasks.{form}")]
pub async fn export_tasks(call: Call<Query<TaskQuery>>) -> Result<HttpResponse, Problem> {
    let (call, Query(asked)) = call.parted();
    export::refuse_pages(asked.cursor.is_some(), asked.limit.is_some())?;
    let wanted = Wanted { form: form(&call)?, name: "tasks".to_owned(), columns: TASKS.to_vec() };
    let (filter, now) = (asked.asked(), call.web.desk.clock().now());
    let call = std::rc::Rc::new(call);
    let pages = paged(move |after| tasks(std::rc::Rc::clone(&call), filter.clone(), (after, now)));
    export::answer(wanted, pages).await
}

async fn tasks(
    call: std::rc::Rc<Call>,
    filter: AskedTasks,
    (after, now): (Option<Cursor>, Time),
) -> Result<(Rows, Option<Cursor>), Problem> {
    let (by, wanted) = (call.by.clone(), TaskPage { after, limit: page::MAX_LIMIT });
    let found = hand_over::read(&call.web.desk, move |desk| desk.tasks(&by, &filter, &wanted)).await?;
    let full = i64::try_from(found.len()).is_ok_and(|rows| rows >= page::MAX_LIMIT);
    let last = found.last().filter(|_| full);
    let next = last.map(|(_, task)| Cursor { value: task.due_at.timestamp_micros(), id: task.id.to_string() });
    let row = |view: DeskView| {
        vec![
            Cell::Text(view.task.id.to_string()),
            Cell::Text(view.exception.to_string()),
            Cell::Text(view.number),
            Cell::Text(view.state.to_string()),
            Cell::maybe(view.tier.map(|tier| tier.to_string())),
            Cell::Text(view.task.step.to_string()),
            Cell::Text(view.task.work.to_string()),
            Cell::Text(view.task.roles.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")),
            Cell::maybe(view.task.assignee.map(|person| person.to_string())),
            Cell::Instant(view.task.due_at.0),
        ]
    };
    Ok((found.iter().map(|(of, task)| row(DeskView::of(of, task, now))).collect(), next))
}

const PEOPLE: [Column; 7] = [
    column("id", Unit::Text),
    column("name", Unit::Text),
    column("service", Unit::Flag),
    column("active", Unit::Flag),
    column("email", Unit::Text),
    column("roles", Unit::Text),
    column("added_at", Unit::Instant),
];

/// Export people
#[utoipa::path(
    tag = "People",
    summary = "Export people",
    description = "The accounts that the list shows to whoever asks, whole, as a file; addresses and roles for those who may read people.",
    params(FormPath),
    responses(RowsAsFile)
)]
#[get("/v1/people.{form}")]
pub async fn export_people(call: Call) -> Result<HttpResponse, Problem> {
    let wanted = Wanted { form: form(&call)?, name: "people".to_owned(), columns: PEOPLE.to_vec() };
    let call = std::rc::Rc::new(call);
    let pages = paged(move |after: Option<PersonId>| somebody(std::rc::Rc::clone(&call), after));
    export::answer(wanted, pages).await
}

async fn somebody(call: std::rc::Rc<Call>, after: Option<PersonId>) -> Result<(Rows, Option<PersonId>), Problem> {
    let by = call.by.clone();
    let (found, next) = hand_over::read(&call.web.desk, move |desk| people::part(desk, &by, after)).await?;
    let row = |view: people::view::PersonView| {
        let (email, roles, added) = view.details.map_or((None, Vec::new(), None), |details| {
            let roles = details.roles.iter().map(|held| format!("{}@{}", held.role, held.domain)).collect();
            (details.email, roles, Some(details.added_at.0))
        });
        vec![
            Cell::Text(view.id.to_string()),
            Cell::maybe(view.name),
            Cell::Flag(view.service),
            Cell::Flag(view.active),
            Cell::maybe(email),
            Cell::Text(roles.join(" ")),
            Cell::at(added),
        ]
    };
    Ok((found.into_iter().map(row).collect(), next))
}

const EVENTS: [Column; 6] = [
    column("id", Unit::Text),
    column("type", Unit::Text),
    column("subject", Unit::Text),
    column("time", Unit::Text),
    column("exception", Unit::Text),
    column("seq", Unit::Count),
];

/// Export events
#[utoipa::path(
    tag = "Exceptions",
    summary = "Export events",
    description = "What happened, as far as whoever asks may see it, whole, in the ledger's order, as a file: the feed's events by their attributes (CloudEvents 1.0).",
    params(FormPath),
    responses(RowsAsFile)
)]
#[get("/v1/events.{form}")]
pub async fn export_events(call: Call) -> Result<HttpResponse, Problem> {
    let wanted = Wanted { form: form(&call)?, name: "events".to_owned(), columns: EVENTS.to_vec() };
    let call = std::rc::Rc::new(call);
    let pages = paged(move |after: Option<u64>| happened(std::rc::Rc::clone(&call), after));
    export::answer(wanted, pages).await
}

async fn happened(call: std::rc::Rc<Call>, after: Option<u64>) -> Result<(Rows, Option<u64>), Problem> {
    let by = call.by.clone();
    let feed = hand_over::read(&call.web.desk, move |desk| desk.feed(&by, after, page::MAX_LIMIT)).await?;
    let next = feed.next.filter(|next| Some(*next) != after);
    let source = call.web.settings.origin.as_str();
    let row = |event: CloudEvent| {
        vec![
            Cell::Text(event.id),
            Cell::Text(event.kind),
            Cell::maybe(event.subject),
            Cell::Text(event.time),
            Cell::maybe(event.data.exception.map(|id| id.to_string())),
            Cell::Count(i64::try_from(event.data.seq).unwrap_or(i64::MAX)),
        ]
    };
    Ok((feed.items.into_iter().map(|item| row(CloudEvent::of(item, source))).collect(), next))
}
