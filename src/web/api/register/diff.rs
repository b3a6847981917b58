//! What a version of an entry changed: which two are compared, and of laws and systems field by field.

use actix_web::{HttpResponse, get};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use super::{EntryVersionPath, versions, view::read};
use crate::{
    register::Entry,
    store::register::Published,
    web::{
        api::difference::{ChangeView, differ},
        call::Call,
        problem::{Problem, codes},
        query::{Query, number},
    },
    words::EntryKind,
};

/// Compared with what.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DiffQuery {
    /// The version to compare with; the one before, unless it is given.
    #[serde(deserialize_with = "number")]
    #[param(minimum = 1)]
    pub from: Option<u32>,
}

/// What distinguishes two versions of a regulation or a system.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EntryDiff)]
pub struct EntryDiffView {
    /// The entry.
    #[schema(examples("gdpr"))]
    pub id: String,
    /// The version compared with; 0 where there is none before.
    pub from: u32,
    /// The version compared.
    pub to: u32,
    /// The fields that differ.
    pub changes: Vec<ChangeView>,
}

/// Two versions of an entry.
pub struct Pair {
    /// The one compared with; `None` where there is none before.
    pub before: Option<Entry>,
    /// The one that the path names.
    pub after: Entry,
}

/// The version that the path names, and the one it is compared with.
///
/// # Errors
/// There is no such version, or none as `from` names it.
pub async fn pair(call: Call<Query<DiffQuery>>, kind: EntryKind) -> Result<Pair, Problem> {
    let (call, Query(asked)) = call.parted();
    let found = versions(&call, kind).await?;
    let at = |version: u32| found.iter().find(|one| one.entry.version == version).cloned();
    let entry = |found: Published| Ok::<_, Problem>(read(found)?.entry);
    let to = call.request.match_info().query("version").parse().ok();
    let to = to.and_then(at).ok_or_else(|| Problem::not_found("version"))?;
    let from = asked.from.unwrap_or_else(|| to.entry.version.saturating_sub(1));
    let before = at(from);
    if before.is_none() && from > 0 {
        return Err(Problem::field(codes::INVALID_VALUE, "/from", "there is no such version of it"));
    }
    Ok(Pair { before: before.map(entry).transpose()?, after: entry(to)? })
}

/// Compare two versions of a regulation
#[utoipa::path(
    tag = "Register",
    summary = "Compare two versions of a regulation",
    description = "Field by field.",
    params(EntryVersionPath, DiffQuery),
    responses((status = 200, description = "What differs.", body = EntryDiffView)),
)]
#[get("/v1/regulations/{id}/versions/{version}/diff")]
pub async fn diff_regulation(call: Call<Query<DiffQuery>>) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Ok().json(compared(&pair(call, EntryKind::Regulation).await?)))
}

/// Compare two versions of a system
#[utoipa::path(
    tag = "Register",
    summary = "Compare two versions of a system",
    description = "Field by field.",
    params(EntryVersionPath, DiffQuery),
    responses((status = 200, description = "What differs.", body = EntryDiffView)),
)]
#[get("/v1/systems/{id}/versions/{version}/diff")]
pub async fn diff_system(call: Call<Query<DiffQuery>>) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Ok().json(compared(&pair(call, EntryKind::System).await?)))
}

/// What distinguishes the two, field by field.
pub(in crate::web) fn compared(Pair { before, after }: &Pair) -> EntryDiffView {
    let mut changes = Vec::new();
    let content = |entry: &Entry| match entry {
        Entry::Policy(policy) => without_version(json!(policy)),
        Entry::Regulation(law) => without_version(json!(law)),
        Entry::System(system) => without_version(json!(system)),
    };
    let nothing = || json!({ "id": after.id() });
    differ("", &before.as_ref().map_or_else(nothing, content), &content(after), &mut changes);
    let from = before.as_ref().map_or(0, Entry::version);
    EntryDiffView { id: after.id().to_owned(), from, to: after.version(), changes }
}

fn without_version(mut content: Value) -> Value {
    if let Some(fields) = content.as_object_mut() {
        fields.remove("version");
    }
    content
}
