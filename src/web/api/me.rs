//! Whoever asks, as the service knows them.

use actix_web::{HttpResponse, get};
use serde::Serialize;
use utoipa::ToSchema;

use super::text::Instant;
use crate::{
    domain::person::{By, Door},
    web::{call::Call, problem::Problem},
    words::PersonId,
};

/// Whoever asks.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    /// The account.
    pub id: PersonId,
    /// Through which door: `session` or `token`.
    #[schema(pattern = "^(session|token)$")]
    pub through: &'static str,
    /// When the session was signed in; decisions at high tiers need that to be recent.
    pub signed_in_at: Option<Instant>,
}

/// Who am I?
#[utoipa::path(
    tag = "People",
    summary = "Who am I?",
    description = "The account behind the session or token of this request.",
    responses((status = 200, description = "Whoever asks.", body = Me)),
)]
#[get("/v1/me")]
pub async fn get_me(call: Call) -> Result<HttpResponse, Problem> {
    let id = call.person()?;
    let (through, signed_in_at) = match &call.by {
        By::Person { door: Door::Session(at), .. } => ("session", Some((*at).into())),
        By::Person { door: Door::Token(_), .. } | By::System { .. } => ("token", None),
    };
    Ok(HttpResponse::Ok().json(Me { id, through, signed_in_at }))
}
