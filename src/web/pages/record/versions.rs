//! Every version of what is asked for, and what changed from one to the next.

use actix_web::HttpResponse;
use askama::Template;
use serde_json::Value;

use super::target;
use crate::web::{
    api::exception::history::{VersionView, version},
    pages::{layout::page, names::Names, shell::Shell, visit::Visit},
    problem::Problem,
};

#[derive(Template)]
#[template(path = "versions.html")]
struct Versions {
    shell: Shell,
    number: String,
    every: Vec<Shown>,
}

struct Shown {
    version: u64,
    what: String,
    who: String,
    at: String,
    changes: Vec<Change>,
}

struct Change {
    field: String,
    from: String,
    to: String,
}

/// Shows them, the newest first.
pub(in crate::web::pages) async fn show(visit: Visit) -> Result<HttpResponse, Problem> {
    let find = target(&visit)?;
    let read = visit.read(move |desk, by| {
        let record = desk.versions(by, &find)?;
        let people = record.what.iter().filter_map(|one| one.entry.event.by.person()).collect();
        Ok((Names::read(desk, &people)?, record))
    });
    let (names, record) = read.await?;
    let names = names.told_in(visit.tongue());
    let mut views: Vec<VersionView> = Vec::with_capacity(record.what.len());
    for one in &record.what {
        let view = version(one, &record.texts, views.last());
        views.push(view);
    }
    let tongue = visit.tongue();
    let shown = |view: &VersionView| Shown {
        version: view.version,
        what: tongue.name("deed", &view.kind).to_string(),
        who: names.maybe(view.by.person.as_ref()).unwrap_or_else(|| view.by.job.clone().unwrap_or_default()),
        at: tongue.moment(&view.at.0),
        changes: view
            .changes
            .iter()
            .map(|change| Change { field: change.pointer.clone(), from: plain(&change.from), to: plain(&change.to) })
            .collect(),
    };
    let number = record.what.first().map(|one| one.exception.number.clone()).unwrap_or_default();
    let every = views.iter().rev().map(shown).collect();
    page(HttpResponse::Ok(), &Versions { number, every, shell: visit.shell })
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.iter().all(|item| !item.is_object()) => {
            items.iter().map(plain).collect::<Vec<_>>().join(", ")
        }
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            serde_json::to_string_pretty(value).unwrap_or_default()
        }
    }
}
