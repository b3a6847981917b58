//! The start: what needs whoever looks, what they asked for, and what they can do.

use actix_web::HttpResponse;
use askama::Template;

use super::{
    admin,
    due::{due, tone, urgency},
    layout::page,
    shell::Shell,
    visit::Visit,
};
use crate::{
    desk::{AskedTasks, Mine},
    store::{
        listing::{Direction, Facet, Filter, Page, Sort, SortBy},
        open_tasks::{TaskFilter, TaskPage},
    },
    web::problem::Problem,
    words::PersonId,
};

/// How many of each are shown.
const MOST: i64 = 5;

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    shell: Shell,
    name: String,
    mine: Vec<TaskLine>,
    filed: Vec<FiledLine>,
    /// Who whoever looks is, for the way to their account.
    me: PersonId,
    ways: Vec<admin::Link>,
}

struct TaskLine {
    href: String,
    work: String,
    number: String,
    title: String,
    due: String,
    tone: &'static str,
}

struct FiledLine {
    number: String,
    title: String,
    state: String,
    tone: &'static str,
}

/// Shows it.
pub(super) async fn show(visit: Visit) -> Result<HttpResponse, Problem> {
    let (me, tongue, now) = (visit.me(), visit.tongue(), visit.web.desk.clock().now());
    let found = visit.read(move |desk, by| {
        let filter =
            TaskFilter { waiting_for: None, roles: Vec::new(), states: Vec::new(), due_before: None, exception: None };
        let tasks = desk.tasks(by, &AskedTasks { mine: Mine::Only, filter }, &TaskPage { after: None, limit: MOST })?;
        let filter = Filter { any_of: vec![(Facet::Requester, vec![me.to_string()])], ..Filter::default() };
        let sort = Sort { by: SortBy::ChangedAt, direction: Direction::Descending };
        let filed = desk.list(by, &filter, &Page { sort, after: None, limit: MOST })?;
        let titles = desk.titles(&tasks.iter().map(|(of, _)| of).collect::<Vec<_>>())?;
        Ok((tasks, titles, filed, admin::reads(desk, by)?))
    });
    let (tasks, titles, filed, reads) = found.await?;
    let task = |(of, task): &(crate::domain::exception::Exception, crate::domain::task::Task)| TaskLine {
        href: format!("/exceptions/{}", of.number),
        work: tongue.name("work", task.work).to_string(),
        number: of.number.clone(),
        title: of.request.title.as_ref().and_then(|title| titles.get(&title.commitment)).cloned().unwrap_or_default(),
        due: due(tongue, &task.due_at, &now),
        tone: urgency(&task.due_at, &now),
    };
    let mine = tasks.iter().map(task).collect();
    let own = |(one, _): &(crate::domain::exception::Exception, _)| FiledLine {
        number: one.number.clone(),
        title: one
            .request
            .title
            .as_ref()
            .and_then(|title| filed.texts.get(&title.commitment))
            .cloned()
            .unwrap_or_default(),
        state: tongue.name("state", one.state.name()).to_string(),
        tone: tone(one.state.name()),
    };
    let filed = filed.what.iter().map(own).collect();
    let ways = admin::ways(reads, &visit.roles(), "/");
    page(HttpResponse::Ok(), &Home { name: visit.name.clone(), shell: visit.shell, mine, filed, me, ways })
}
