//! The procedures: read here; looked at, published, retired and drawn below.

pub mod diagram;
pub mod govern;
pub mod replay;
pub mod shadow;
pub mod split;

use std::{collections::BTreeMap, sync::Arc};

use actix_web::{HttpResponse, get};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::{administer::look, text::Instant};
use crate::{
    desk::{Desk, Error},
    domain::{person::By, request::Time},
    sop::Sop,
    store::{StoreError, procedures},
    web::{call::Call, conditional, problem::Problem},
    words::{Hash, ReadVerb},
};

/// The procedure that a path names.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "documents the path; the handler reads it")]
pub struct SopPath {
    /// The procedure's name.
    #[param(example = "standard")]
    id: String,
}

/// The version of a procedure that a path names.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "documents the path; the handler reads it")]
pub struct SopVersionPath {
    /// The procedure's name.
    #[param(example = "standard")]
    id: String,
    /// The version, from 1.
    #[param(minimum = 1, example = 1)]
    version: u32,
}

/// A version of a procedure, without its document.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SopVersion {
    /// The procedure's name.
    #[schema(examples("standard"))]
    pub id: String,
    /// The version, from 1; published versions never change.
    pub version: u32,
    /// Its title.
    pub title: String,
    /// Why it exists.
    pub purpose: String,
    /// SHA-256 of its document in canonical JSON (RFC 8785).
    pub hash: Hash,
    /// When it was published.
    pub published_at: Option<Instant>,
    /// Was the procedure retired? It takes no new requests then; exceptions under it go on.
    pub retired: bool,
}

/// The procedures.
#[derive(Debug, Serialize, ToSchema)]
pub struct SopVersions {
    /// In the order of their names and versions.
    pub items: Vec<SopVersion>,
}

/// A version of a procedure with its document.
#[derive(Debug, Serialize, ToSchema)]
pub struct SopDocument {
    /// Which version.
    pub sop: SopVersion,
    /// The procedure as it runs, with its shared fragments joined in.
    #[schema(value_type = Object)]
    pub document: Value,
}

/// The same, for whoever may read procedures.
pub(in crate::web) fn readable(desk: &Desk, by: &By) -> Result<Vec<SopDocument>, Error> {
    desk.may_read(by, ReadVerb::ReadSops)?;
    published(desk)
}

/// The newest version of each, of all in their order.
pub(in crate::web) fn newest(all: Vec<SopDocument>) -> Vec<SopDocument> {
    let newest: BTreeMap<String, SopDocument> = all.into_iter().map(|one| (one.sop.id.clone(), one)).collect();
    newest.into_values().collect()
}

/// Every published version with its document, in the order of names and versions.
fn published(desk: &Desk) -> Result<Vec<SopDocument>, Error> {
    let all = desk.laws().sops.all();
    told(desk, &all)
}

/// These versions with their documents, and when each was published.
fn told(desk: &Desk, all: &[Arc<Sop>]) -> Result<Vec<SopDocument>, Error> {
    let (rows, laws) = (desk.store().read(procedures)?, desk.laws());
    let times: BTreeMap<(String, u32), Time> =
        rows.into_iter().map(|(id, version, _, at)| ((id, version), at)).collect();
    let show = |sop: &Sop| {
        let (reference, document) = (sop.reference(), sop.document());
        let broken = |error: serde_json::Error| StoreError::Corrupt(format!("{reference}: {error}"));
        let value = serde_json::to_value(document).map_err(broken)?;
        let at = times.get(&(reference.id.clone(), reference.version)).copied();
        let sop = SopVersion {
            version: reference.version,
            title: document.title.clone(),
            purpose: document.purpose.clone(),
            hash: reference.hash,
            published_at: at.map(Into::into),
            retired: laws.sops.is_retired(&reference.id),
            id: reference.id,
        };
        Ok(SopDocument { sop, document: value })
    };
    all.iter().map(|sop| show(sop)).collect()
}

async fn read(call: &Call) -> Result<Vec<SopDocument>, Problem> {
    let by = call.by.clone();
    look(call, move |desk| readable(desk, &by)).await
}

/// List procedures
#[utoipa::path(
    tag = "Procedures",
    summary = "List procedures",
    description = "Every published procedure in its newest version, those that were retired too.",
    responses((status = 200, description = "The procedures.", body = SopVersions)),
)]
#[get("/v1/sops")]
pub async fn list_sops(call: Call) -> Result<HttpResponse, Problem> {
    let items = newest(read(&call).await?).into_iter().map(|found| found.sop).collect();
    Ok(HttpResponse::Ok().json(SopVersions { items }))
}

/// Read a procedure
#[utoipa::path(
    tag = "Procedures",
    summary = "Read a procedure",
    description = "The same as its versions.",
    params(SopPath),
    responses((status = 200, description = "The versions.", body = SopVersions)),
)]
#[get("/v1/sops/{id}")]
pub async fn get_sop(call: Call) -> Result<HttpResponse, Problem> {
    versions(&call).await
}

/// List a procedure's versions
#[utoipa::path(
    tag = "Procedures",
    summary = "List a procedure's versions",
    description = "Every version of a procedure that was published.",
    params(SopPath),
    responses((status = 200, description = "The versions.", body = SopVersions)),
)]
#[get("/v1/sops/{id}/versions")]
pub async fn list_sop_versions(call: Call) -> Result<HttpResponse, Problem> {
    versions(&call).await
}

/// Every version of the procedure that the path names.
async fn versions(call: &Call) -> Result<HttpResponse, Problem> {
    let name = call.request.match_info().query("id").to_owned();
    let items: Vec<SopVersion> =
        read(call).await?.into_iter().map(|found| found.sop).filter(|sop| sop.id == name).collect();
    if items.is_empty() {
        Err(Problem::not_found("procedure"))
    } else {
        Ok(HttpResponse::Ok().json(SopVersions { items }))
    }
}

/// Read a version of a procedure
#[utoipa::path(
    tag = "Procedures",
    summary = "Read a version of a procedure",
    description = "The document that runs. It never changes but for `retired`, and `hash` is the SHA-256 of its canonical JSON (RFC 8785).",
    params(SopVersionPath),
    responses(
        (status = 200, description = "The version.", body = SopDocument, headers(("ETag" = String, description = "Its hash, and whether it was retired."))),
        (status = 304, description = "The client has it (`If-None-Match`)."),
    ),
)]
#[get("/v1/sops/{id}/versions/{version}")]
pub async fn get_sop_version(call: Call) -> Result<HttpResponse, Problem> {
    let found = named(&call).await?;
    // The document never changes; whether it is in use may.
    let use_of = if found.sop.retired { "-retired" } else { "" };
    Ok(conditional::answer(&call.request, &format!("\"{}{use_of}\"", found.sop.hash), &found))
}

/// The version that the path names.
async fn named(call: &Call) -> Result<SopDocument, Problem> {
    let part = |name: &str| call.request.match_info().query(name).to_owned();
    let (name, version) = (part("id"), part("version").parse::<u32>().ok());
    let by = call.by.clone();
    let found = look(call, move |desk| {
        desk.may_read(&by, ReadVerb::ReadSops)?;
        // What runs on a version that is split off may be read by its rules too.
        let known = version.and_then(|version| desk.laws().sops.known(&name, version));
        told(desk, &known.into_iter().collect::<Vec<_>>())
    });
    found.await?.pop().ok_or_else(|| Problem::not_found("version of a procedure"))
}
