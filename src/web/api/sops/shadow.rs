//! A version of a procedure that is tried on what happens, beside the one that runs and without effect: begun,
//! compared, ended. What it says of an exception is what a replay says.

use actix_web::{HttpResponse, delete, get, http::header, post};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    SopPath,
    govern::{SopText, named_in_path},
    replay::SopReplay,
};
use crate::{
    desk::Replay,
    domain::roster::{RosterAction, ShadowAction},
    store::{roster::Secrets, shadows::Shadow},
    web::{
        api::{
            administer::{Question, done, gone, look},
            text::Instant,
        },
        call::Call,
        json::Json,
        problem::Problem,
    },
    words::Hash,
};

/// A version of a procedure that is tried on what happens, and what it says of that.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "begun_at": "2026-03-02T09:00:00.000000Z",
    "compared": {
        "id": "standard",
        "version": 2,
        "tried": 12,
        "different": 1,
        "counts": [{ "what": "tier", "count": 1 }],
        "cases": [{
            "id": "01977d3c-7a10-7000-8000-000000000042",
            "number": "EX-2026-000042",
            "state": "active",
            "differences": [{
                "what": "tier",
                "rule": "critical",
                "was": "moderate",
                "would": "critical",
                "text": "Some dimension has at least 70 points",
                "looked_at": { "scores.max": 72 }
            }]
        }]
    }
}))]
pub struct SopShadow {
    /// The SHA-256 of its canonical JSON.
    hash: Hash,
    /// Since when it is tried: compared are exceptions that were submitted from then on.
    begun_at: Instant,
    /// What it says of them.
    compared: SopReplay,
}

impl From<(Shadow, Replay)> for SopShadow {
    fn from((shadow, replay): (Shadow, Replay)) -> Self {
        let Shadow { sop, begun_at, .. } = shadow;
        Self { hash: sop.hash, begun_at: begun_at.into(), compared: SopReplay::of(&sop, replay) }
    }
}

/// Try a version of a procedure without effect
#[utoipa::path(
    tag = "Procedures",
    summary = "Try a version of a procedure without effect",
    description = "From now on the version is tried on every exception of its procedure that is submitted: what it would have said is compared with what was said, and nothing comes of it. One person begins it. It takes the place of another that is tried, and ends when a version of the procedure is published. It has the name in the path and a higher version than any that was published; what has an error is refused with all of them (`findings`).",
    params(SopPath),
    request_body(content = SopText, description = "The whole procedure."),
    responses(
        (status = 201, description = "It is tried.", body = SopShadow, headers(("Location" = String, description = "Where the comparison is."))),
    ),
)]
#[post("/v1/sops/{id}/shadow")]
pub async fn shadow_sop(call: Call<Json<SopText>>) -> Result<HttpResponse, Problem> {
    let (call, sent) = call.parted();
    let (sop, text) = named_in_path(&call, sent.body.document).await?;
    let location = format!("/v1/sops/{}/shadow", sop.id);
    let begins = ShadowAction::ShadowSop { sop, text_hash: Hash::of(text.as_bytes()) };
    let secrets = Secrets { document: Some(text), ..Secrets::default() };
    let question = Question::plain(&call, RosterAction::Shadow(begins), sent.hash)?.with(secrets);
    done(&call, question, async |_| {
        let shadow = found(&call).await?;
        Ok(HttpResponse::Created().insert_header((header::LOCATION, location)).json(shadow))
    })
    .await
}

/// Compare the version that is tried
#[utoipa::path(
    tag = "Procedures",
    summary = "Compare the version that is tried",
    description = "What the version that is tried says of the exceptions that were submitted since, of the thousand that changed last, case by case, each with the rule and what it looked at. Reading confidential ones is noted.",
    params(SopPath),
    responses((status = 200, description = "The comparison.", body = SopShadow)),
)]
#[get("/v1/sops/{id}/shadow")]
pub async fn get_shadow(call: Call) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Ok().json(found(&call).await?))
}

/// Try it no more
#[utoipa::path(
    tag = "Procedures",
    summary = "Try it no more",
    description = "The version is not tried any more. Nothing else changes.",
    params(SopPath),
    responses((status = 204, description = "It is not tried any more.")),
)]
#[delete("/v1/sops/{id}/shadow")]
pub async fn end_shadow(call: Call) -> Result<HttpResponse, Problem> {
    let (by, id) = (call.by.clone(), call.request.match_info().query("id").to_owned());
    let tried = look(&call, move |desk| desk.shadow_of(&by, &id)).await?;
    let sop = tried.ok_or_else(|| Problem::not_found("shadow"))?;
    let ends = ShadowAction::EndShadow { sop };
    gone(&call, Question::plain(&call, RosterAction::Shadow(ends), Hash::of(b"{}"))?).await
}

async fn found(call: &Call) -> Result<SopShadow, Problem> {
    let (by, id) = (call.by.clone(), call.request.match_info().query("id").to_owned());
    let found = look(call, move |desk| desk.shadowed(&by, &id)).await?;
    found.map(Into::into).ok_or_else(|| Problem::not_found("shadow"))
}
