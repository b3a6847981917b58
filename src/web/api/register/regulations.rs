//! Laws and standards that requests may touch, by name and reference; their text is not kept here.

use actix_web::{HttpResponse, get, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::{
    EntryPath, EntryVersionPath, Publication, RegisterQuery, Versions, Wanted, named, publish, show_one, show_versions,
    view::Read,
};
use crate::{
    register::{Entry, Regulation},
    web::{
        api::{
            changes::ChangeView,
            text::{Label, Line, Slug, or_absent},
        },
        call::Call,
        json::Json,
        page::Page,
        problem::Problem,
        query::Query,
    },
    words::{EntryKind, Weight},
};

/// A law or a standard.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Regulation)]
pub struct RegulationView {
    /// Its id.
    #[schema(examples("gdpr"))]
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its version in the register, from 1.
    pub version: u32,
    /// Where it holds; `null` where that is anywhere.
    #[schema(examples("eu"))]
    pub jurisdiction: Option<String>,
    /// How it is cited.
    #[schema(examples("Regulation (EU) 2016/679"))]
    pub reference: Option<String>,
    /// Who published it, when, and how.
    pub published: Publication,
}

/// A version of a regulation to be published.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "version": 2, "weight": "material", "title": "General Data Protection Regulation", "jurisdiction": "eu", "reference": "Regulation (EU) 2016/679" }))]
pub struct PublishRegulation {
    /// Its version: the next one; 1 for a new regulation.
    #[validate(range(min = 1))]
    #[schema(minimum = 1)]
    version: u32,
    /// How much it changes: `editorial` holds at once, `material` waits for a second person.
    weight: Weight,
    /// Its title.
    title: Label,
    /// Where it holds.
    #[serde(default)]
    jurisdiction: Option<Slug>,
    /// How it is cited.
    #[serde(default, deserialize_with = "or_absent")]
    reference: Option<Line>,
}

fn show(read: Read) -> RegulationView {
    let (jurisdiction, reference) = match &read.entry {
        Entry::Regulation(law) => (law.jurisdiction.clone(), law.reference.clone()),
        Entry::Policy(_) | Entry::System(_) => (None, None),
    };
    RegulationView {
        id: read.entry.id().to_owned(),
        title: read.entry.title().to_owned(),
        version: read.entry.version(),
        jurisdiction,
        reference,
        published: read.publication,
    }
}

/// List regulations
#[utoipa::path(
    tag = "Register",
    summary = "List regulations",
    description = "The laws and standards that requests may touch, in their newest versions.",
    params(RegisterQuery),
    responses((status = 200, description = "A page of regulations.", body = Page<RegulationView>, headers(("Link" = String, description = "The next page (RFC 8288).")))),
)]
#[get("/v1/regulations")]
pub async fn list_regulations(call: Call<Query<RegisterQuery>>) -> Result<HttpResponse, Problem> {
    let (call, Query(asked)) = call.parted();
    Wanted::of(EntryKind::Regulation, &asked)?.page(&call, |_| true, show).await
}

/// Read a regulation
#[utoipa::path(
    tag = "Register",
    summary = "Read a regulation",
    description = "Its newest version.",
    params(EntryPath),
    responses(
        (status = 200, description = "The regulation.", body = RegulationView, headers(("ETag" = String, description = "Its hash."))),
        (status = 304, description = "The client has it (`If-None-Match`)."),
    ),
)]
#[get("/v1/regulations/{id}")]
pub async fn get_regulation(call: Call) -> Result<HttpResponse, Problem> {
    show_one(&call, EntryKind::Regulation, show).await
}

/// List a regulation's versions
#[utoipa::path(
    tag = "Register",
    summary = "List a regulation's versions",
    description = "Every version that was published, by whom and when.",
    params(EntryPath),
    responses((status = 200, description = "The versions.", body = Versions)),
)]
#[get("/v1/regulations/{id}/versions")]
pub async fn list_regulation_versions(call: Call) -> Result<HttpResponse, Problem> {
    show_versions(&call, EntryKind::Regulation).await
}

/// Read a version of a regulation
#[utoipa::path(
    tag = "Register",
    summary = "Read a version of a regulation",
    description = "It never changes.",
    params(EntryVersionPath),
    responses(
        (status = 200, description = "The version.", body = RegulationView, headers(("ETag" = String, description = "Its hash."))),
        (status = 304, description = "The client has it (`If-None-Match`)."),
    ),
)]
#[get("/v1/regulations/{id}/versions/{version}")]
pub async fn get_regulation_version(call: Call) -> Result<HttpResponse, Problem> {
    show_one(&call, EntryKind::Regulation, show).await
}

/// Publish a version of a regulation
#[utoipa::path(
    tag = "Register",
    summary = "Publish a version of a regulation",
    description = "An editorial version holds at once. A material one is a change that a second person confirms; once it holds, exceptions in effect that touch the regulation are reopened.",
    params(EntryPath),
    request_body(content = PublishRegulation, description = "The regulation as it should stand."),
    responses(
        (status = 201, description = "The version, published.", body = RegulationView, headers(("Location" = String, description = "Where it is."))),
        (status = 202, description = "The change that a second person has to confirm.", body = ChangeView, headers(("Location" = String, description = "Where the change is."))),
    ),
)]
#[post("/v1/regulations/{id}/versions")]
pub async fn publish_regulation(call: Call<Json<PublishRegulation>>) -> Result<HttpResponse, Problem> {
    let (call, sent) = call.parted();
    publish(&call, entry(&call, sent.body)?, sent.hash, show).await
}

/// The version that a body describes, of the regulation that the path names.
pub(super) fn entry(call: &Call, body: PublishRegulation) -> Result<(Entry, Weight), Problem> {
    let PublishRegulation { version, weight, title, jurisdiction, reference } = body;
    let id: Slug = named(call)?;
    let regulation = Regulation {
        id: id.as_str().to_owned(),
        title: title.as_str().to_owned(),
        version,
        jurisdiction: jurisdiction.map(|place| place.as_str().to_owned()),
        reference: reference.map(|line| line.as_str().to_owned()),
    };
    Ok((Entry::Regulation(regulation), weight))
}
