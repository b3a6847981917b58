//! The desk: open work, and who takes it.

use actix_web::{HttpResponse, get, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::{
    exception::{Question, ask, commands::Plain, parts::TaskView, path::TaskPath, view::ExceptionView},
    text::Instant,
};
use crate::{
    desk::{AskedTasks, Mine},
    domain::{command::Command, exception::Exception, request::Time, task::Task},
    store::{
        open_tasks::{TaskFilter, TaskPage},
        queries::Cursor,
    },
    web::{
        call::Call,
        hand_over,
        json::Json,
        page::{self, Page},
        problem::Problem,
        query::{Query, number, word, words},
    },
    words::{ExceptionId, Hash, PersonId, Role, StateName, TaskId, Tier},
};

/// Open work with the exception it belongs to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeskTask)]
pub struct DeskView {
    /// The task.
    #[serde(flatten)]
    pub task: TaskView,
    /// The exception's id.
    pub exception: ExceptionId,
    /// The exception's number.
    #[schema(examples("EX-2026-000042"))]
    pub number: String,
    /// The exception's state.
    pub state: StateName,
    /// The exception's tier, once it is known.
    pub tier: Option<Tier>,
}

impl DeskView {
    /// The view of a task at `now`.
    pub fn of(of: &Exception, task: &Task, now: Time) -> Self {
        let task = TaskView::of(task, of, now);
        Self { task, exception: of.id, number: of.number.clone(), state: of.state.name(), tier: of.tier() }
    }
}

/// Which tasks.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TaskQuery {
    /// `me`: those that wait for whoever asks, or for one of their roles. Absent: all of what they may see.
    #[serde(deserialize_with = "word")]
    #[param(value_type = Option<String>, pattern = "^me$", example = "me")]
    assignee: Option<Me>,
    /// Open to any of these roles.
    #[serde(deserialize_with = "words")]
    #[param(value_type = Option<String>, example = "privacy_assessor,security_assessor")]
    role: Vec<Role>,
    /// Of exceptions in any of these states.
    #[serde(deserialize_with = "words")]
    #[param(value_type = Option<String>, example = "assessment,decision")]
    state: Vec<StateName>,
    /// Due before this instant.
    #[serde(deserialize_with = "word")]
    #[param(value_type = Option<String>, format = DateTime)]
    due_before: Option<Instant>,
    /// Of the exception with this id.
    #[serde(deserialize_with = "word")]
    #[param(value_type = Option<String>, format = "uuid")]
    exception: Option<ExceptionId>,
    /// The `next_cursor` of the page before, with the same filters.
    #[serde(deserialize_with = "word")]
    #[param(value_type = Option<String>)]
    pub(super) cursor: Option<String>,
    /// At most so many.
    #[serde(deserialize_with = "number")]
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200, default = 50)]
    pub(super) limit: Option<i64>,
}

#[derive(Debug)]
struct Me;

impl std::str::FromStr for Me {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        if text == "me" { Ok(Self) } else { Err("only `me`") }
    }
}

impl TaskQuery {
    /// What is asked for.
    pub(super) fn asked(&self) -> AskedTasks {
        let filter = TaskFilter {
            waiting_for: None,
            roles: self.role.clone(),
            states: self.state.clone(),
            due_before: self.due_before.map(|instant| instant.0),
            exception: self.exception,
        };
        AskedTasks { mine: if self.assignee.is_some() { Mine::Only } else { Mine::All }, filter }
    }
}

/// To whom a task is handed.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "to": "01977d3c-7a10-7000-8000-000000000002" }))]
pub struct DelegateTask {
    /// To whom.
    pub to: PersonId,
}

/// List tasks
#[utoipa::path(
    tag = "Tasks",
    summary = "List tasks",
    description = "Open work, the most urgent first, a page at a time.",
    params(TaskQuery),
    responses((status = 200, description = "A page.", body = Page<DeskView>, headers(("Link" = String, description = "The next page (RFC 8288).")))),
)]
#[get("/v1/tasks")]
pub async fn list_tasks(call: Call<Query<TaskQuery>>) -> Result<HttpResponse, Problem> {
    let (call, Query(asked)) = call.parted();
    let (by, limit, now) = (call.by.clone(), page::limit(asked.limit)?, call.web.desk.clock().now());
    let filter = asked.asked();
    let binding = page::binding("due_at", &filter);
    let after = asked.cursor.as_deref().map(|text| page::opened(&binding, text)).transpose()?;
    let wanted = TaskPage { after, limit: limit.saturating_add(1) };
    let found = hand_over::read(&call.web.desk, move |desk| desk.tasks(&by, &filter, &wanted)).await?;
    let placed = |(of, task): (Exception, Task)| {
        let place = Cursor { value: task.due_at.timestamp_micros(), id: task.id.to_string() };
        (DeskView::of(&of, &task, now), place)
    };
    let (rows, last) = page::of(found.into_iter().map(placed).collect(), limit);
    let next_cursor = last.map(|last| page::sealed(&binding, &last));
    let items = rows.into_iter().map(|(view, _)| view).collect();
    Ok(page::answer(&call.request, &Page { items, next_cursor }))
}

/// Claim a task
#[utoipa::path(
    tag = "Tasks",
    summary = "Claim a task",
    description = "Takes an open task that one's roles allow.",
    params(TaskPath),
    request_body(content = Plain, description = "Nothing."),
    responses((status = 200, description = "The exception as the command left it.", body = ExceptionView)),
)]
#[post("/v1/tasks/{id}/claim")]
pub async fn claim_task(call: Call<Json<Plain>>) -> Result<HttpResponse, Problem> {
    let (call, sent) = call.parted();
    let me = call.person()?;
    hand(&call, Some(me), sent.hash).await
}

/// Release a task
#[utoipa::path(
    tag = "Tasks",
    summary = "Release a task",
    description = "Gives a task back to its role.",
    params(TaskPath),
    request_body(content = Plain, description = "Nothing."),
    responses((status = 200, description = "The exception as the command left it.", body = ExceptionView)),
)]
#[post("/v1/tasks/{id}/release")]
pub async fn release_task(call: Call<Json<Plain>>) -> Result<HttpResponse, Problem> {
    let (call, sent) = call.parted();
    hand(&call, None, sent.hash).await
}

/// Delegate a task
#[utoipa::path(
    tag = "Tasks",
    summary = "Delegate a task",
    description = "Gives a task to somebody else who may do it. An approver's vote is not delegated by this.",
    params(TaskPath),
    request_body(content = DelegateTask, description = "To whom."),
    responses((status = 200, description = "The exception as the command left it.", body = ExceptionView)),
)]
#[post("/v1/tasks/{id}/delegate")]
pub async fn delegate_task(call: Call<Json<DelegateTask>>) -> Result<HttpResponse, Problem> {
    let (call, sent) = call.parted();
    hand(&call, Some(sent.body.to), sent.hash).await
}

async fn hand(call: &Call, to: Option<PersonId>, hash: Hash) -> Result<HttpResponse, Problem> {
    let (task, by): (TaskId, _) = (call.id("id", "task")?, call.by.clone());
    let again = call.is_keyed();
    let of = hand_over::read(&call.web.desk, move |desk| desk.exception_of_task(&by, task, again)).await?;
    // The same key for another task is another request.
    let hash = Hash::of(format!("{task} {hash}").as_bytes());
    ask(call, of, Question { command: Command::Assign { task, to }, openings: Vec::new(), hash }).await
}
