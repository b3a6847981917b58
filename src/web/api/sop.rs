//! The published procedures, to be read.

use actix_web::{HttpResponse, get};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::exception::parts::SopView;
use crate::{
    desk::{Desk, Error},
    domain::person::By,
    sop::Sop,
    web::{
        call::Call,
        hand_over,
        page::{self, Page},
        problem::Problem,
    },
    words::ReadVerb,
};

/// A version of a procedure with its content.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Sop)]
pub struct SopDocument {
    /// Which.
    pub sop: SopView,
    /// Its content; the hash is that of its canonical JSON (RFC 8785).
    #[schema(value_type = Object)]
    pub document: Value,
}

/// List the procedures
#[utoipa::path(
    tag = "Procedures",
    summary = "List the procedures",
    description = "Every published version of every procedure.",
    responses((status = 200, description = "The versions.", body = Page<SopView>)),
)]
#[get("/v1/sops")]
pub async fn list_sops(call: Call) -> Result<HttpResponse, Problem> {
    let by = call.by.clone();
    let sops = hand_over::read(&call.web.desk, move |desk| readable(desk, &by)).await?;
    let items = sops.iter().map(|sop| SopView::of(&sop.reference())).collect();
    Ok(page::answer(&call.request, &Page { items, next_cursor: None }))
}

/// Read a procedure
#[utoipa::path(
    tag = "Procedures",
    summary = "Read a procedure",
    description = "The newest published version of a procedure.",
    params(("id" = String, Path, description = "The procedure's name.", example = "standard")),
    responses((status = 200, description = "The procedure.", body = SopDocument)),
)]
#[get("/v1/sops/{id}")]
pub async fn get_sop(call: Call) -> Result<HttpResponse, Problem> {
    let (by, id) = (call.by.clone(), call.request.match_info().query("id").to_owned());
    let sops = hand_over::read(&call.web.desk, move |desk| readable(desk, &by)).await?;
    let newest = sops.iter().rfind(|sop| sop.document().id == id).ok_or_else(|| Problem::not_found("procedure"))?;
    let text = newest.canonical().map_err(Problem::internal)?;
    let document = serde_json::from_str(&text).map_err(Problem::internal)?;
    Ok(HttpResponse::Ok().json(SopDocument { sop: SopView::of(&newest.reference()), document }))
}

fn readable(desk: &Desk, by: &By) -> Result<Vec<std::sync::Arc<Sop>>, Error> {
    desk.may_read(by, ReadVerb::ReadSops)?;
    Ok(desk.laws().sops.all())
}
