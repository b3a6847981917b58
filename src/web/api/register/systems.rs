//! The inventory of AI systems, models and vendors, each in versions. A new version or a retirement reopens
//! the exceptions that name it.

use actix_web::{HttpResponse, get, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::{
    EntryPath, EntryVersionPath, Publication, RegisterQuery, Versions, Wanted, publish, show_one, show_versions,
    versions,
    view::{Read, read},
};
use crate::{
    register::{Entry, System},
    web::{
        api::text::{Label, Line, Name, or_absent},
        call::Call,
        json::Json,
        page::Page,
        problem::{Problem, codes},
        query::{Query, number, word},
    },
    words::{EntryKind, SystemKind, Weight},
};

/// Which systems.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SystemsQuery {
    /// Only those that contain all of these words, in any case: in the id, the name or the vendor.
    #[serde(deserialize_with = "word")]
    #[param(value_type = Option<Line>)]
    q: Option<Line>,
    /// Only those of this kind.
    #[serde(deserialize_with = "word")]
    #[param(value_type = Option<SystemKind>)]
    kind: Option<SystemKind>,
    /// Only those that are retired, or only those that are not.
    #[serde(deserialize_with = "word")]
    retired: Option<bool>,
    /// Rows of a page.
    #[serde(deserialize_with = "number")]
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// The `next_cursor` of the page before.
    #[serde(deserialize_with = "word")]
    cursor: Option<String>,
}

/// An AI system, a model or a vendor.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RegisteredSystem)]
pub struct SystemView {
    /// Its id.
    #[schema(examples("company-assistant"))]
    pub id: String,
    /// What it is.
    pub kind: SystemKind,
    /// Its name.
    pub name: String,
    /// Its version in the register, from 1.
    pub version: u32,
    /// The id of the vendor who makes it.
    pub vendor: Option<String>,
    /// Which release of it this version is about, in its maker's words.
    pub release: Option<String>,
    /// Is it no longer to be used?
    pub retired: bool,
    /// Who published it, when, and how.
    pub published: Publication,
}

/// A system to be registered.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "id": "contract-reader", "kind": "system", "name": "Contract reader", "vendor": "example-models", "release": "3" }))]
pub struct RegisterSystem {
    /// Its id, for ever.
    id: Name,
    /// What it is, for ever.
    kind: SystemKind,
    /// Its name.
    name: Label,
    /// The id of the vendor who makes it.
    #[serde(default)]
    vendor: Option<Name>,
    /// Which release of it, in its maker's words.
    #[serde(default, deserialize_with = "or_absent")]
    release: Option<Line>,
}

/// A version of a system to be published.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "version": 2, "weight": "material", "name": "Contract reader", "vendor": "example-models", "release": "4" }))]
pub struct PublishSystem {
    /// Its version: the next one.
    #[validate(range(min = 1))]
    #[schema(minimum = 1)]
    version: u32,
    /// How much it changes: `material` reopens the exceptions that name the system.
    weight: Weight,
    /// Its name.
    name: Label,
    /// The id of the vendor who makes it.
    #[serde(default)]
    vendor: Option<Name>,
    /// Which release of it, in its maker's words.
    #[serde(default, deserialize_with = "or_absent")]
    release: Option<Line>,
}

/// Nothing more than the path says.
#[derive(Debug, Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({}))]
pub struct RetireSystem {}

fn show(read: Read) -> SystemView {
    let system = system(&read.entry);
    SystemView {
        id: read.entry.id().to_owned(),
        kind: system.map_or(SystemKind::System, |system| system.kind),
        name: read.entry.title().to_owned(),
        version: read.entry.version(),
        vendor: system.and_then(|system| system.vendor.clone()),
        release: system.and_then(|system| system.release.clone()),
        retired: read.entry.is_retired(),
        published: read.publication,
    }
}

const fn system(entry: &Entry) -> Option<&System> {
    match entry {
        Entry::System(system) => Some(system),
        Entry::Policy(_) | Entry::Regulation(_) => None,
    }
}

/// The newest version of the system that the path names.
async fn newest(call: &Call) -> Result<System, Problem> {
    let found = versions(call, EntryKind::System).await?.pop().map(read).transpose()?;
    let newest = found.as_ref().and_then(|found| system(&found.entry)).cloned();
    newest.ok_or_else(|| Problem::not_found("system"))
}

/// List systems
#[utoipa::path(
    tag = "Register",
    summary = "List systems",
    description = "AI systems, models and vendors in their newest versions.",
    params(SystemsQuery),
    responses((status = 200, description = "A page of systems.", body = Page<SystemView>, headers(("Link" = String, description = "The next page (RFC 8288).")))),
)]
#[get("/v1/systems")]
pub async fn list_systems(call: Call<Query<SystemsQuery>>) -> Result<HttpResponse, Problem> {
    let (call, Query(SystemsQuery { q, kind, retired, limit, cursor })) = call.parted();
    let wanted = Wanted::of(EntryKind::System, &RegisterQuery { q, limit, cursor })?;
    let fits = move |entry: &Entry| {
        kind.is_none_or(|kind| system(entry).is_some_and(|system| system.kind == kind))
            && retired.is_none_or(|retired| entry.is_retired() == retired)
    };
    wanted.page(&call, fits, show).await
}

/// Read a system
#[utoipa::path(
    tag = "Register",
    summary = "Read a system",
    description = "Its newest version.",
    params(EntryPath),
    responses(
        (status = 200, description = "The system.", body = SystemView, headers(("ETag" = String, description = "Its hash."))),
        (status = 304, description = "The client has it (`If-None-Match`)."),
    ),
)]
#[get("/v1/systems/{id}")]
pub async fn get_system(call: Call) -> Result<HttpResponse, Problem> {
    show_one(&call, EntryKind::System, show).await
}

/// List a system's versions
#[utoipa::path(
    tag = "Register",
    summary = "List a system's versions",
    description = "Every version that was published, by whom and when.",
    params(EntryPath),
    responses((status = 200, description = "The versions.", body = Versions)),
)]
#[get("/v1/systems/{id}/versions")]
pub async fn list_system_versions(call: Call) -> Result<HttpResponse, Problem> {
    show_versions(&call, EntryKind::System).await
}

/// Read a version of a system
#[utoipa::path(
    tag = "Register",
    summary = "Read a version of a system",
    description = "It never changes.",
    params(EntryVersionPath),
    responses(
        (status = 200, description = "The version.", body = SystemView, headers(("ETag" = String, description = "Its hash."))),
        (status = 304, description = "The client has it (`If-None-Match`)."),
    ),
)]
#[get("/v1/systems/{id}/versions/{version}")]
pub async fn get_system_version(call: Call) -> Result<HttpResponse, Problem> {
    show_one(&call, EntryKind::System, show).await
}

/// Register a system
#[utoipa::path(
    tag = "Register",
    summary = "Register a system",
    description = "An AI system, a model or a vendor, in its first version.",
    request_body(content = RegisterSystem, description = "What."),
    responses((status = 201, description = "The system.", body = SystemView, headers(("Location" = String, description = "Where it is.")))),
)]
#[post("/v1/systems")]
pub async fn register_system(call: Call<Json<RegisterSystem>>) -> Result<HttpResponse, Problem> {
    let (call, sent) = call.parted();
    let RegisterSystem { id, kind, name, vendor, release } = sent.body;
    let (vendor, release) = told(vendor, release);
    let (id, name) = (id.as_str().to_owned(), name.as_str().to_owned());
    let system = System { id, kind, name, version: 1, vendor, release, retired: false };
    let made = publish(&call, (Entry::System(system), Weight::Material), sent.hash, show).await;
    made.map_err(|refused| if refused.code() == codes::VERSION_NOT_NEXT.code { taken() } else { refused })
}

fn taken() -> Problem {
    Problem::field(codes::DUPLICATE_ID, "/id", "there is a system with this id; publish a version of it")
}

/// Publish a version of a system
#[utoipa::path(
    tag = "Register",
    summary = "Publish a version of a system",
    description = "It holds at once. A material one reopens the exceptions in effect that name the system.",
    params(EntryPath),
    request_body(content = PublishSystem, description = "The system as it is now."),
    responses((status = 201, description = "The version.", body = SystemView, headers(("Location" = String, description = "Where it is.")))),
)]
#[post("/v1/systems/{id}/versions")]
pub async fn publish_system(call: Call<Json<PublishSystem>>) -> Result<HttpResponse, Problem> {
    let (call, sent) = call.parted();
    publish(&call, entry(&call, sent.body).await?, sent.hash, show).await
}

/// The version that a body describes, of the system that the path names.
pub(super) async fn entry(call: &Call, body: PublishSystem) -> Result<(Entry, Weight), Problem> {
    let PublishSystem { version, weight, name, vendor, release } = body;
    let System { id, kind, .. } = newest(call).await?;
    let (vendor, release) = told(vendor, release);
    let system = System { id, kind, name: name.as_str().to_owned(), version, vendor, release, retired: false };
    Ok((Entry::System(system), weight))
}

/// Retire a system
#[utoipa::path(
    tag = "Register",
    summary = "Retire a system",
    description = "No new request may name it, and the exceptions in effect that do are reopened.",
    params(EntryPath),
    request_body(content = RetireSystem, description = "Nothing more."),
    responses((status = 201, description = "The version that says so.", body = SystemView, headers(("Location" = String, description = "Where it is.")))),
)]
#[post("/v1/systems/{id}/retire")]
pub async fn retire_system(call: Call<Json<RetireSystem>>) -> Result<HttpResponse, Problem> {
    let (call, sent) = call.parted();
    publish(&call, (retired(&call).await?, Weight::Material), sent.hash, show).await
}

/// The version that retires the system that the path names.
pub(super) async fn retired(call: &Call) -> Result<Entry, Problem> {
    let found = newest(call).await?;
    Ok(Entry::System(System { version: found.version.saturating_add(1), retired: true, ..found }))
}

fn told(vendor: Option<Name>, release: Option<Line>) -> (Option<String>, Option<String>) {
    (vendor.map(|id| id.as_str().to_owned()), release.map(|line| line.as_str().to_owned()))
}
