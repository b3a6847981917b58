//! Is the process alive, and can it serve? No secrets, no versions, nothing for a stranger to learn.

use actix_web::{HttpRequest, HttpResponse, get};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    desk::Error,
    web::{Web, hand_over, problem::Problem},
};

/// A sign of life.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// `ok`.
    #[schema(pattern = "^ok$")]
    status: &'static str,
}

/// Is it alive?
#[utoipa::path(
    tag = "Health",
    summary = "Is the process alive?",
    description = "Answers as long as the process serves requests at all.",
    responses((status = 200, description = "It is.", body = Health)),
    security(()),
)]
#[get("/livez")]
pub async fn check_alive() -> HttpResponse {
    HttpResponse::Ok().json(Health { status: "ok" })
}

/// Is it ready?
#[utoipa::path(
    tag = "Health",
    summary = "Is the service ready?",
    description = "Answers 200 when the database can be read.",
    responses((status = 200, description = "It is.", body = Health)),
    security(()),
)]
#[get("/readyz")]
pub async fn check_ready(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let desk = &Web::of(&request)?.desk;
    hand_over::read(desk, |desk| desk.store().read(|_| Ok::<_, Error>(()))).await?;
    Ok(HttpResponse::Ok().json(Health { status: "ok" }))
}
