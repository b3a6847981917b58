//! The register: policies with their clauses, regulations, and AI systems with their models and vendors; searched,
//! read in each version with what it changed, and published by those who may.

mod entry;
mod publish;

use actix_web::HttpResponse;
use askama::Template;

pub(super) use entry::show as show_one;
pub(super) use publish::{ask, submit};

use super::{
    layout::page,
    list::{joined, pairs},
    outcome::status,
    sheet::{Question, Sheet},
    shell::Shell,
    text::Tongue,
    visit::Visit,
};
use crate::{
    register::Entry,
    web::{
        api::register::{RegisterQuery, searched, view::Read},
        problem::Problem,
        query,
    },
    words::EntryKind,
};

/// The parts of the register, as their addresses name them.
const PARTS: [(&str, EntryKind); 3] =
    [("policies", EntryKind::Policy), ("regulations", EntryKind::Regulation), ("systems", EntryKind::System)];

#[derive(Template)]
#[template(path = "register.html")]
struct List {
    shell: Shell,
    sheet: Sheet,
    part: &'static str,
    tabs: Vec<Tab>,
    filters: Vec<Question>,
    rows: Vec<Row>,
    first: Option<String>,
    next: Option<String>,
}

struct Tab {
    part: &'static str,
    current: bool,
}

/// An entry in a list.
struct Row {
    id: String,
    title: String,
    version: u32,
    since: String,
    facts: Vec<String>,
    retired: bool,
}

/// The kind that a path names.
fn kind(visit: &Visit) -> Result<(&'static str, EntryKind), Problem> {
    let named = visit.request.match_info().query("part");
    PARTS.into_iter().find(|(part, _)| *part == named).ok_or_else(|| Problem::not_found("page"))
}

/// Shows the part that the query names; policies, where it names none.
pub(super) async fn show(visit: Visit) -> Result<HttpResponse, Problem> {
    let typed = visit.typed();
    let wanted = typed.text("part");
    let (part, kind) = PARTS.into_iter().find(|(part, _)| *part == wanted).unwrap_or(("policies", EntryKind::Policy));
    let (call, sheet) = (visit.call(), visit.sheet()?);
    let asked = query::parse::<RegisterQuery>(&joined(&pairs(&typed, |name| name != "part"), None));
    let read = match asked {
        Ok(asked) => searched(&call, kind, &asked).await,
        Err(problem) => Err(problem),
    };
    let ((found, next), sheet) = match read {
        Err(problem) if !problem.errors().is_empty() => {
            let all = searched(&call, kind, &RegisterQuery::default()).await?;
            (all, sheet.refused(&problem, visit.tongue()))
        }
        read => (read?, sheet),
    };
    let t = visit.tongue();
    let plain = pairs(&typed, |name| name == "q");
    let to = |cursor: Option<&str>| format!("/register?part={part}&{}", joined(&plain, cursor));
    let shown = List {
        part,
        tabs: PARTS.iter().map(|(one, _)| Tab { part: one, current: *one == part }).collect(),
        filters: vec![Question::line("q", t.say("list-search"))],
        rows: found.iter().map(|one| row(t, one)).collect(),
        first: typed.said("cursor").map(|_| to(None)),
        next: next.as_deref().map(|cursor| to(Some(cursor))),
        sheet: sheet.filled(typed),
        shell: visit.shell,
    };
    page(status(&shown.sheet), &shown)
}

fn row(t: Tongue, found: &Read) -> Row {
    let entry = &found.entry;
    Row {
        id: entry.id().to_owned(),
        title: entry.title().to_owned(),
        version: entry.version(),
        since: t.day(&found.publication.at.0),
        facts: facts(t, entry),
        retired: entry.is_retired(),
    }
}

/// What tells one entry from others of its part.
fn facts(t: Tongue, entry: &Entry) -> Vec<String> {
    match entry {
        Entry::Policy(policy) => {
            let forbids = policy.clauses.iter().filter(|clause| clause.non_waivable.is_some()).count();
            let clauses = t.say("register-clauses").count("count", policy.clauses.len()).to_string();
            let forbids = (forbids > 0).then(|| t.say("register-forbids").count("count", forbids).to_string());
            [clauses].into_iter().chain(forbids).collect()
        }
        Entry::Regulation(law) => law.reference.iter().chain(&law.jurisdiction).cloned().collect(),
        Entry::System(system) => {
            let kind = t.name("system-kind", system.kind).to_string();
            [kind].into_iter().chain(system.vendor.clone()).chain(system.release.clone()).collect()
        }
    }
}
