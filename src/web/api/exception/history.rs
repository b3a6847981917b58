//! What happened to an exception and why, what is decided on, and what changed from version to version.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, get};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use super::{
    parts::TaskView,
    path::ExceptionPath,
    records::find_record,
    request::RequestBody,
    show::{self, Texts},
};
use crate::{
    desk::{Frozen, Record, Version},
    domain::{
        person::{By, Door},
        request::Request,
    },
    store::timeline::Entry,
    web::{
        api::{
            difference::{ChangeView, differ},
            text::Instant,
        },
        call::Call,
        conditional, hand_over,
        page::{self, Page},
        problem::Problem,
        query::{Query, number},
    },
    words::{Citation, Hash, PersonId, RoundKind, Sealed},
};

/// One thing that happened.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Event)]
pub struct EventView {
    /// Its number within the exception, from 1.
    pub seq: u64,
    /// Its leaf in the ledger.
    pub leaf: u64,
    /// What happened, as a code.
    #[schema(examples("approved"))]
    pub kind: String,
    /// When it was recorded.
    pub at: Instant,
    /// When it took effect, where that is a deadline that had passed before.
    pub effective_at: Option<Instant>,
    /// Who did it.
    pub by: ActorView,
    /// The rule that caused or allowed it.
    pub citation: Option<CitationView>,
    /// The event's facts; each sealed text as `text` (`null` once erased) and `commitment`.
    #[schema(value_type = Object)]
    pub facts: Value,
    /// How many tasks it opened.
    pub tasks_opened: usize,
    /// How many tasks it closed.
    pub tasks_closed: usize,
}

/// Who acted.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Actor)]
pub struct ActorView {
    /// The account; `null` for the service itself.
    pub person: Option<PersonId>,
    /// The job of the service, if it was the service.
    pub job: Option<String>,
    /// Through which door: `session`, `token`, `clock`, or `intake` for what was handed in from outside.
    #[schema(pattern = "^(session|token|clock|intake)$")]
    pub through: &'static str,
}

/// The rule that caused something.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Citation)]
pub struct CitationView {
    /// For people.
    #[schema(examples("SOP standard v1, step 5.2: two approvals of this dossier"))]
    pub text: String,
    /// Where the rule stands: a procedure's version, or one of the seven rules.
    #[schema(value_type = Object)]
    pub source: Value,
    /// The rule's id within its source.
    pub rule: String,
    /// What it looked at.
    #[schema(value_type = Object)]
    pub facts: Value,
}

/// What approvers decide on.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Dossier)]
pub struct DossierView {
    /// The round of decision.
    pub round: u32,
    /// What the round is about.
    pub kind: RoundKind,
    /// Is the round open? If not, this is what a resumption would be about.
    pub open: bool,
    /// The SHA-256 of `content` as canonical JSON (RFC 8785): what `approve` and `reject` name.
    pub hash: Hash,
    /// The high and critical findings, by their ids: `approve` and `resume` name each of them as read.
    pub to_acknowledge: Vec<Hash>,
    /// The frozen content, with commitments in place of texts.
    #[schema(value_type = Object)]
    pub content: Value,
    /// The texts by their commitments; what was erased is missing.
    #[schema(value_type = BTreeMap<String, String>)]
    pub texts: BTreeMap<Hash, String>,
}

/// One version of an exception's content.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Version)]
pub struct VersionView {
    /// The version; its ETag then.
    pub version: u64,
    /// The number of the event that made it.
    pub seq: u64,
    /// What made it.
    pub kind: String,
    /// When.
    pub at: Instant,
    /// Who.
    pub by: ActorView,
    /// The content.
    pub request: RequestBody,
    /// What differs from the version before.
    pub changes: Vec<ChangeView>,
}

/// The part of the timeline to read.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TimelineQuery {
    /// Events after the one with this number; the `next_cursor` of the page before.
    #[serde(deserialize_with = "number")]
    #[param(value_type = Option<u64>, minimum = 0)]
    pub(super) cursor: Option<u64>,
    /// At most so many.
    #[serde(deserialize_with = "number")]
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200, default = 50)]
    pub(super) limit: Option<i64>,
}

/// Read the timeline
#[utoipa::path(
    tag = "Exceptions",
    summary = "Read the timeline",
    description = "What happened, by whom, when, and by which rule; the first first.",
    params(ExceptionPath, TimelineQuery),
    responses((status = 200, description = "A page of events.", body = Page<EventView>, headers(("Link" = String, description = "The next page (RFC 8288).")))),
)]
#[get("/v1/exceptions/{id}/timeline")]
pub async fn list_timeline(call: Call<Query<TimelineQuery>>) -> Result<HttpResponse, Problem> {
    let (call, Query(asked)) = call.parted();
    let (find, by, limit, after) =
        (call.target()?, call.by.clone(), page::limit(asked.limit)?, asked.cursor.unwrap_or(0));
    let found = hand_over::read(&call.web.desk, move |desk| desk.timeline(&by, &find, after, limit)).await?;
    let items = found.what.iter().map(|entry| event(entry, &found.texts)).collect();
    Ok(page::answer(&call.request, &numbered(&found.what, limit, items)))
}

/// A page of what events tell; a full one may have another after it, from the number of its last event on.
pub(super) fn numbered<T: ToSchema>(events: &[Entry], limit: i64, items: Vec<T>) -> Page<T> {
    let full = i64::try_from(events.len()).is_ok_and(|count| count == limit);
    Page { items, next_cursor: events.last().filter(|_| full).map(|last| last.seq.to_string()) }
}

/// Read the dossier
#[utoipa::path(
    tag = "Exceptions",
    summary = "Read the dossier",
    description = "The frozen content that approvers decide on, with its hash. 404 while no round is open.",
    params(ExceptionPath),
    responses(
        (status = 200, description = "The dossier.", body = DossierView, headers(("ETag" = String, description = "Its hash."))),
        (status = 304, description = "The client has this dossier (`If-None-Match`)."),
    ),
)]
#[get("/v1/exceptions/{id}/dossier")]
pub async fn get_dossier(call: Call) -> Result<HttpResponse, Problem> {
    let (find, by) = (call.target()?, call.by.clone());
    let Record { what, texts } = hand_over::read(&call.web.desk, move |desk| desk.dossier(&by, &find)).await?;
    let Frozen { round, kind, open, hash, to_acknowledge, content } = what;
    let body = DossierView { round, kind, open, hash, to_acknowledge, content, texts };
    Ok(conditional::answer(&call.request, &format!("\"{hash}\""), &body))
}

/// List the versions
#[utoipa::path(
    tag = "Exceptions",
    summary = "List the versions",
    description = "Every version of what is asked for, and what changed from one to the next.",
    params(ExceptionPath),
    responses((status = 200, description = "The versions, the first first.", body = Page<VersionView>)),
)]
#[get("/v1/exceptions/{id}/versions")]
pub async fn list_versions(call: Call) -> Result<HttpResponse, Problem> {
    let (find, by) = (call.target()?, call.by.clone());
    let Record { what, texts } = hand_over::read(&call.web.desk, move |desk| desk.versions(&by, &find)).await?;
    let mut items: Vec<VersionView> = Vec::with_capacity(what.len());
    for one in &what {
        let shown = version(one, &texts, items.last());
        items.push(shown);
    }
    Ok(page::answer(&call.request, &Page { items, next_cursor: None }))
}

/// List the tasks of an exception
#[utoipa::path(
    tag = "Exceptions",
    summary = "List the tasks of an exception",
    description = "Its open work: what, of whom, by when.",
    params(ExceptionPath),
    responses((status = 200, description = "The open tasks.", body = Page<TaskView>)),
)]
#[get("/v1/exceptions/{id}/tasks")]
pub async fn list_exception_tasks(call: Call) -> Result<HttpResponse, Problem> {
    let now = call.web.desk.clock().now();
    let found = find_record(&call, call.target()?).await?;
    let items = found.what.tasks.iter().map(|task| TaskView::of(task, &found.what, now)).collect();
    Ok(page::answer(&call.request, &Page { items, next_cursor: None }))
}

pub(in crate::web) fn event(entry: &Entry, texts: &BTreeMap<Hash, String>) -> EventView {
    let event = &entry.event;
    let mut facts = serde_json::to_value(&event.deed).unwrap_or_default();
    if let Value::Object(members) = &mut facts {
        members.remove("kind");
    }
    EventView {
        seq: entry.seq,
        leaf: entry.leaf,
        kind: event.deed.code().to_owned(),
        at: event.at.into(),
        effective_at: event.effective_at.map(Into::into),
        by: actor(&event.by),
        citation: event.citation.as_ref().map(citation),
        facts: opened(facts, Texts(texts)),
        tasks_opened: event.tasks.opened.len(),
        tasks_closed: event.tasks.closed.len(),
    }
}

/// Who acted, and through which door.
pub fn actor(by: &By) -> ActorView {
    match by {
        By::Person { id, door: Door::Session(_) } => ActorView { person: Some(*id), job: None, through: "session" },
        By::Person { id, door: Door::Token(_) } => ActorView { person: Some(*id), job: None, through: "token" },
        By::Person { id, door: Door::Code(_) } => ActorView { person: Some(*id), job: None, through: "mail_code" },
        By::System { job } => {
            let through = if job.starts_with("intake.") { "intake" } else { "clock" };
            ActorView { person: None, job: Some(job.clone()), through }
        }
    }
}

fn citation(citation: &Citation) -> CitationView {
    CitationView {
        text: citation.to_string(),
        source: json!(citation.source),
        rule: citation.rule.clone(),
        facts: json!(citation.facts),
    }
}

/// The same value with each sealed text opened.
fn opened(value: Value, texts: Texts<'_>) -> Value {
    match value {
        Value::Object(members) if members.len() == 2 && members.contains_key("c") && members.contains_key("n") => {
            match serde_json::from_value::<Sealed>(Value::Object(members.clone())) {
                Ok(sealed) => json!(texts.open(&sealed)),
                Err(_) => Value::Object(members),
            }
        }
        Value::Object(members) => members.into_iter().map(|(name, value)| (name, opened(value, texts))).collect(),
        Value::Array(items) => items.into_iter().map(|item| opened(item, texts)).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}

pub(in crate::web) fn version(
    one: &Version,
    texts: &BTreeMap<Hash, String>,
    last: Option<&VersionView>,
) -> VersionView {
    let (request, _) = show::request(&one.exception.request, &one.exception.sop, Texts(texts));
    let mut changes = Vec::new();
    if let Some(last) = last {
        differ("", &json!(last.request), &json!(request), &mut changes);
    }
    VersionView {
        version: one.exception.version,
        seq: one.entry.seq,
        kind: one.entry.event.deed.code().to_owned(),
        at: one.entry.event.at.into(),
        by: actor(&one.entry.event.by),
        request,
        changes,
    }
}

/// What differs between two leaf-safe contents, with their texts opened.
pub fn differences(then: &Value, now: &Value, texts: &BTreeMap<Hash, String>) -> Vec<ChangeView> {
    let mut found = Vec::new();
    differ("", &opened(then.clone(), Texts(texts)), &opened(now.clone(), Texts(texts)), &mut found);
    found
}

/// The pointers of the fields that differ between two contents, by their leaf-safe forms.
pub fn changed_fields(then: &Request, now: &Request) -> Vec<String> {
    let mut found = Vec::new();
    differ("", &json!(then), &json!(now), &mut found);
    let mut fields: Vec<String> = found
        .into_iter()
        .map(|change| change.pointer.trim_end_matches("/c").trim_end_matches("/n").to_owned())
        .collect();
    fields.dedup();
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_named_by_field() {
        let (from, to) = (json!({"a": 1, "s": {"x": [1], "y": 2}}), json!({"s": {"x": [2], "y": 2}, "b": true}));
        let mut found = Vec::new();
        differ("", &from, &to, &mut found);
        let told: Vec<String> =
            found.iter().map(|change| format!("{} {} {}", change.pointer, change.from, change.to)).collect();
        assert_eq!(told, ["/a 1 null", "/b null true", "/s/x [1] [2]"]);
    }

    #[test]
    fn sealed_texts_are_opened_wherever_they_stand() {
        let hash = Hash([7; 32]);
        let texts = BTreeMap::from([(hash, "said".to_owned())]);
        let value = json!({ "list": [{ "c": hash, "n": 4 }], "gone": { "c": Hash([8; 32]), "n": 1 }, "c": 1 });
        let shown = opened(value, Texts(&texts));
        assert_eq!(shown["list"][0]["text"], "said");
        assert_eq!(shown["gone"]["text"], Value::Null);
        assert_eq!(shown["c"], 1);
    }
}
