//! A procedure drawn, for documents and boards elsewhere.

use actix_web::{HttpResponse, get, http::header};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{SopVersionPath, named};
use crate::{
    sop::Document,
    web::{
        call::Call,
        pages,
        problem::Problem,
        query::{Query, word},
    },
    words::words,
};

words! {
    /// The form of a drawing.
    DiagramForm, "form of a drawing" { Svg = "svg", Mermaid = "mermaid" }
}

/// In which form.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DiagramQuery {
    /// An SVG, or the source of Mermaid; without it, what `Accept` asks for, and an SVG where it asks for neither.
    #[serde(deserialize_with = "word")]
    #[param(value_type = Option<DiagramForm>, inline)]
    form: Option<DiagramForm>,
}

/// Draw a procedure
#[utoipa::path(
    tag = "Procedures",
    summary = "Draw a procedure",
    description = "The seven steps of a version with who acts and how many rules each has, and the ways back.",
    params(SopVersionPath, DiagramQuery),
    responses((
        status = 200,
        description = "The drawing.",
        content((String = "image/svg+xml"), (String = "text/vnd.mermaid")),
    )),
)]
#[get("/v1/sops/{id}/versions/{version}/diagram")]
pub async fn draw_sop(call: Call<Query<DiagramQuery>>) -> Result<HttpResponse, Problem> {
    let (call, Query(DiagramQuery { form })) = call.parted();
    let found = named(&call).await?;
    let document: Document = serde_json::from_value(found.document).map_err(Problem::internal)?;
    let drawn = pages::diagram(&document)?;
    Ok(match form.unwrap_or_else(|| accepted(&call)) {
        DiagramForm::Svg => HttpResponse::Ok().content_type("image/svg+xml; charset=utf-8").body(drawn.svg),
        DiagramForm::Mermaid => HttpResponse::Ok().content_type("text/vnd.mermaid; charset=utf-8").body(drawn.mermaid),
    })
}

/// Mermaid where it is asked for and no image is.
fn accepted(call: &Call) -> DiagramForm {
    let accept = call.request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let asks = |kinds: &[&str]| kinds.iter().any(|kind| accept.contains(kind));
    if asks(&["text/vnd.mermaid", "text/plain"]) && !asks(&["image/"]) {
        DiagramForm::Mermaid
    } else {
        DiagramForm::Svg
    }
}
