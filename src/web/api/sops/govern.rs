//! Procedures on their way into force and out of it: looked at, published, retired. What two people have to agree
//! on waits as a change.

use actix_web::{HttpResponse, http::header, post};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use validator::Validate;

use super::{SopPath, SopVersion, published};
use crate::{
    domain::roster::{RosterAction, RosterDeed},
    sop::{Finding, FindingSort, Lint, LintSeverity, Sop},
    store::roster::Secrets,
    web::{
        api::{
            administer::{Question, done, look, noted},
            changes::ChangeView,
        },
        call::Call,
        hand_over,
        json::Json,
        problem::{FieldError, Problem, codes},
    },
    words::{Hash, SopRef},
};

/// A procedure as somebody wrote it.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "document": "id: standard\nversion: 2\ntitle: AI policy exception\n" }))]
pub struct SopText {
    /// The whole document in YAML or JSON, as a text, so that what is said of it names its lines.
    #[validate(length(min = 1, max = 262_144, message = "1 to 262144 characters"))]
    #[schema(min_length = 1, max_length = 262_144)]
    pub(super) document: String,
}

/// Nothing more than the path says.
#[derive(Debug, Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({}))]
pub struct RetireSop {}

/// What is to be said of a procedure before it is published.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "standard",
    "version": 2,
    "publishable": true,
    "findings": [{
        "severity": "warning",
        "code": "vague_word",
        "fragment": null,
        "line": 71,
        "column": 17,
        "pointer": "/steps/submission/gates/10/remedy",
        "message": "\"carefully\" leaves open what is meant",
        "hint": "say what is to be done, by whom, by when, or from which number on"
    }]
}))]
pub struct SopLint {
    /// The procedure's name, if it loads.
    id: Option<String>,
    /// Its version.
    version: Option<u32>,
    /// Does nothing keep it from being published?
    publishable: bool,
    /// All that was found, in the order of the lines.
    findings: Vec<SopFinding>,
}

/// Something to be mended, or looked at.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SopFinding {
    /// An `error` keeps it from being published.
    severity: LintSeverity,
    /// What it is about.
    code: FindingSort,
    /// The included fragment it stands in; `null` for the document itself.
    fragment: Option<String>,
    /// The line, from 1; 0 where it concerns the document as a whole.
    line: u64,
    /// The column, from 1.
    column: u64,
    /// The value, as a JSON Pointer (RFC 6901) into the document.
    pointer: String,
    /// What is to be said.
    message: String,
    /// How to mend it.
    hint: String,
}

impl SopFinding {
    fn of(found: &Finding) -> Self {
        let told = found.told.clone();
        Self {
            severity: found.severity,
            code: found.sort,
            fragment: told.fragment,
            line: told.line,
            column: told.column,
            pointer: told.pointer,
            message: told.message,
            hint: told.hint,
        }
    }
}

/// Look at a procedure before it is published
#[utoipa::path(
    tag = "Procedures",
    summary = "Look at a procedure before it is published",
    description = "Reads a procedure strictly and says all that is to be said of it, each with its line: what keeps it from loading, a clash with the rules that no procedure can change, tiers that nobody approves, vague words, gates that can never fail or never hold as far as can be told, roles that nobody holds. It changes nothing.",
    request_body(content = SopText, description = "The procedure."),
    responses((status = 200, description = "What was found.", body = SopLint)),
)]
#[post("/v1/sops/lint")]
pub async fn lint_sop(call: Call<Json<SopText>>) -> Result<HttpResponse, Problem> {
    let (call, sent) = call.parted();
    let lint = looked_at(&call, sent.body.document).await?;
    let reference = lint.sop.as_ref().map(Sop::reference);
    Ok(HttpResponse::Ok().json(SopLint {
        version: reference.as_ref().map(|sop| sop.version),
        id: reference.map(|sop| sop.id),
        publishable: lint.publishable().is_some(),
        findings: lint.findings.iter().map(SopFinding::of).collect(),
    }))
}

pub(super) async fn looked_at(call: &Call, text: String) -> Result<Lint, Problem> {
    let by = call.by.clone();
    look(call, move |desk| desk.lint(&by, &text)).await
}

/// Publish a version of a procedure
#[utoipa::path(
    tag = "Procedures",
    summary = "Publish a version of a procedure",
    description = "A change that a second person confirms; then new requests follow the version in every process, and exceptions are judged by the stricter of the version they were submitted under and this one. It has the name in the path and a higher version than any before. What has an error is refused with all of them (`findings`). A version of a retired procedure takes it back into use.",
    params(SopPath),
    request_body(content = SopText, description = "The whole procedure."),
    responses(
        (status = 201, description = "The version, published.", body = SopVersion, headers(("Location" = String, description = "Where it is."))),
        (status = 202, description = "The change that a second person has to confirm.", body = ChangeView, headers(("Location" = String, description = "Where the change is."))),
    ),
)]
#[post("/v1/sops/{id}/versions")]
pub async fn publish_sop(call: Call<Json<SopText>>) -> Result<HttpResponse, Problem> {
    let (call, sent) = call.parted();
    let (reference, text) = named_in_path(&call, sent.body.document).await?;
    let action = RosterAction::PublishSop { sop: reference, text_hash: Hash::of(text.as_bytes()) };
    let secrets = Secrets { document: Some(text), ..Secrets::default() };
    asked(&call, Question::plain(&call, action, sent.hash)?.with(secrets)).await
}

/// The version that a text is, which has to be the path's and publishable, with its canonical form.
pub(super) async fn named_in_path(call: &Call, text: String) -> Result<(SopRef, String), Problem> {
    let lint = looked_at(call, text).await?;
    let sop = lint.publishable().ok_or_else(|| unsound(&lint))?;
    let reference = sop.reference();
    if reference.id != call.request.match_info().query("id") {
        return Err(Problem::field(codes::INVALID_VALUE, "/document", "its `id` is not the one in the path"));
    }
    Ok((reference, sop.canonical().map_err(Problem::internal)?))
}

/// Everything that keeps it from being published.
pub(super) fn unsound(lint: &Lint) -> Problem {
    let found: Vec<SopFinding> = lint.findings.iter().map(SopFinding::of).collect();
    let errors = lint.findings.iter().filter(|finding| finding.severity == LintSeverity::Error);
    let errors = errors.map(|finding| FieldError {
        pointer: "/document".to_owned(),
        code: finding.sort.as_str().to_owned(),
        detail: finding.told.to_string(),
    });
    let detail = "the procedure cannot be published as it is written";
    Problem::new(codes::SOP_UNSOUND, detail).with_errors(errors.collect()).with_fact("findings", json!(found))
}

/// Retire a procedure
#[utoipa::path(
    tag = "Procedures",
    summary = "Retire a procedure",
    description = "A change that a second person confirms; then nothing new begins under the procedure, and exceptions under it go on. What the settings name for new requests (`sop.default`, the intake) cannot be retired. A newer version takes it back into use.",
    params(SopPath),
    request_body(content = RetireSop, description = "Nothing more."),
    responses(
        (status = 201, description = "The procedure's newest version, retired.", body = SopVersion, headers(("Location" = String, description = "Where it is."))),
        (status = 202, description = "The change that a second person has to confirm.", body = ChangeView, headers(("Location" = String, description = "Where the change is."))),
    ),
)]
#[post("/v1/sops/{id}/retire")]
pub async fn retire_sop(call: Call<Json<RetireSop>>) -> Result<HttpResponse, Problem> {
    let (call, sent) = call.parted();
    let laws = hand_over::laws(&call.web.desk).await?;
    let newest = laws.sops.newest(call.request.match_info().query("id"));
    let sop = newest.ok_or_else(|| Problem::not_found("procedure"))?.reference();
    asked(&call, Question::plain(&call, RosterAction::RetireSop { sop }, sent.hash)?).await
}

/// Asks it: answers with the change that waits, or with the version as it is now.
async fn asked(call: &Call, question: Question) -> Result<HttpResponse, Problem> {
    done(call, question, async |events| {
        let sop = noted(&events, made)?;
        let location = format!("/v1/sops/{}/versions/{}", sop.id, sop.version);
        let view = |one: &SopVersion| one.id == sop.id && one.version == sop.version;
        let found = look(call, published).await?.into_iter().map(|found| found.sop);
        let found = found.into_iter().find(view).ok_or_else(|| Problem::internal("a version without a row"))?;
        Ok(HttpResponse::Created().insert_header((header::LOCATION, location)).json(found))
    })
    .await
}

/// What was published or retired.
#[expect(clippy::wildcard_enum_match_arm, reason = "some are of interest here, and the rest are as they were")]
fn made(deed: &RosterDeed) -> Option<SopRef> {
    match deed {
        RosterDeed::SopPublished { sop, .. } | RosterDeed::SopRetired { sop } => Some(sop.clone()),
        _ => None,
    }
}
