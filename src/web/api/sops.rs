//! What holds: the published procedures, the policy register and the regulations, to be read.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, get};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::{administer::look, text::Instant};
use crate::{
    desk::{Desk, Error},
    domain::request::Time,
    register::{Clause, Policy},
    store::{StoreError, queries},
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

/// The policy register.
#[derive(Debug, Serialize, ToSchema)]
pub struct Policies {
    /// The policies.
    pub items: Vec<PolicyView>,
}

/// A policy in one version.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Policy)]
pub struct PolicyView {
    /// Its id.
    #[schema(examples("AIP-2"))]
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its version, from 1.
    pub version: u32,
    /// Its clauses.
    pub clauses: Vec<ClauseView>,
}

/// A clause that an exception may deviate from.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Clause)]
pub struct ClauseView {
    /// Its id.
    #[schema(examples("AIP-2.1"))]
    pub id: String,
    /// Its title.
    pub title: String,
    /// What it says.
    pub text: String,
    /// The source that forbids any exception; `null` where one may be asked for.
    #[schema(examples("EU AI Act, Article 5(1)(a)"))]
    pub non_waivable: Option<String>,
    /// The question that finds out whether a request touches it.
    pub screening: Option<ScreeningView>,
}

/// A screening question; `true` means that the clause is touched.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Screening)]
pub struct ScreeningView {
    /// The key of the answer in a request's `screening`.
    pub code: String,
    /// The question.
    pub question: String,
}

/// The laws and standards that requests may touch.
#[derive(Debug, Serialize, ToSchema)]
pub struct Regulations {
    /// All of them.
    pub items: Vec<RegulationView>,
}

/// A law or a standard.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Regulation)]
pub struct RegulationView {
    /// Its id.
    #[schema(examples("gdpr"))]
    pub id: String,
    /// Its title.
    pub title: String,
}

/// Every published version with its document, in the order of names and versions.
fn published(desk: &Desk) -> Result<Vec<SopDocument>, Error> {
    let rows = desk.store().read(queries::procedures)?;
    let times: BTreeMap<(String, u32), Time> =
        rows.into_iter().map(|(id, version, _, at)| ((id, version), at)).collect();
    let show = |sop: &crate::sop::Sop| {
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
            id: reference.id,
        };
        Ok(SopDocument { sop, document: value })
    };
    desk.laws().sops.all().iter().map(|sop| show(sop)).collect()
}

async fn readable(call: &Call) -> Result<Vec<SopDocument>, Problem> {
    let by = call.by.clone();
    look(call, move |desk| {
        desk.may_read(&by, ReadVerb::ReadSops)?;
        published(desk)
    })
    .await
}

/// List procedures
#[utoipa::path(
    tag = "Procedures",
    summary = "List procedures",
    description = "Every published procedure in its newest version.",
    responses((status = 200, description = "The procedures.", body = SopVersions)),
)]
#[get("/v1/sops")]
pub async fn list_sops(call: Call) -> Result<HttpResponse, Problem> {
    let newest: BTreeMap<String, SopVersion> =
        readable(&call).await?.into_iter().map(|found| (found.sop.id.clone(), found.sop)).collect();
    Ok(HttpResponse::Ok().json(SopVersions { items: newest.into_values().collect() }))
}

/// List a procedure's versions
#[utoipa::path(
    tag = "Procedures",
    summary = "List a procedure's versions",
    description = "Every version of a procedure that was published.",
    params(SopPath),
    responses((status = 200, description = "The versions.", body = SopVersions)),
)]
#[get("/v1/sops/{id}")]
pub async fn list_sop_versions(call: Call) -> Result<HttpResponse, Problem> {
    let name = call.request.match_info().query("id").to_owned();
    let items: Vec<SopVersion> =
        readable(&call).await?.into_iter().map(|found| found.sop).filter(|sop| sop.id == name).collect();
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
    description = "The document that runs. It never changes, and `hash` is the SHA-256 of its canonical JSON (RFC 8785).",
    params(SopVersionPath),
    responses(
        (status = 200, description = "The version.", body = SopDocument, headers(("ETag" = String, description = "Its hash."))),
        (status = 304, description = "The client has it (`If-None-Match`)."),
    ),
)]
#[get("/v1/sops/{id}/versions/{version}")]
pub async fn get_sop_version(call: Call) -> Result<HttpResponse, Problem> {
    let named = |part: &str| call.request.match_info().query(part).to_owned();
    let (name, version) = (named("id"), named("version").parse::<u32>().ok());
    let found =
        readable(&call).await?.into_iter().find(|found| found.sop.id == name && Some(found.sop.version) == version);
    let found = found.ok_or_else(|| Problem::not_found("version of a procedure"))?;
    Ok(conditional::answer(&call.request, &format!("\"{}\"", found.sop.hash), &found))
}

/// List policies
#[utoipa::path(
    tag = "Procedures",
    summary = "List policies",
    description = "The policy register: what an exception deviates from, and which clauses nobody can waive.",
    responses((status = 200, description = "The policies.", body = Policies)),
)]
#[get("/v1/policies")]
pub async fn list_policies(call: Call) -> Result<HttpResponse, Problem> {
    let items = call.web.desk.laws().register.policies.iter().map(policy).collect();
    Ok(HttpResponse::Ok().json(Policies { items }))
}

fn policy(policy: &Policy) -> PolicyView {
    PolicyView {
        id: policy.id.clone(),
        title: policy.title.clone(),
        version: policy.version,
        clauses: policy.clauses.iter().map(clause).collect(),
    }
}

fn clause(clause: &Clause) -> ClauseView {
    let screening = clause.screening.as_ref();
    ClauseView {
        id: clause.id.clone(),
        title: clause.title.clone(),
        text: clause.text.clone(),
        non_waivable: clause.non_waivable.clone(),
        screening: screening.map(|asked| ScreeningView { code: asked.code.clone(), question: asked.question.clone() }),
    }
}

/// List regulations
#[utoipa::path(
    tag = "Procedures",
    summary = "List regulations",
    description = "The laws and standards that requests may touch.",
    responses((status = 200, description = "The regulations.", body = Regulations)),
)]
#[get("/v1/regulations")]
pub async fn list_regulations(call: Call) -> Result<HttpResponse, Problem> {
    let known = call.web.desk.laws().register.regulations.iter();
    let items = known.map(|law| RegulationView { id: law.id.clone(), title: law.title.clone() }).collect();
    Ok(HttpResponse::Ok().json(Regulations { items }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::register::Register;

    #[test]
    fn what_nobody_can_waive_is_shown_with_its_source_and_question() {
        let register = Register::starter().expect("the starter");
        let shown: Vec<PolicyView> = register.policies.iter().map(policy).collect();
        let clauses = shown.iter().flat_map(|policy| &policy.clauses);
        let forbidden: Vec<_> = clauses.filter(|clause| clause.non_waivable.is_some()).collect();
        assert!(forbidden.iter().any(|clause| clause.id == "AIP-4.2"));
        assert!(
            forbidden
                .iter()
                .any(|clause| clause.screening.as_ref().is_some_and(|asked| asked.code == "emotion_inference"))
        );
    }
}
