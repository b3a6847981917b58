//! The page that explains a problem's code: what `type` of a problem points to (RFC 9457 §3.1.1).

use actix_web::{HttpResponse, get, web::Path};
use serde::Serialize;
use utoipa::ToSchema;

use crate::web::{
    page::Page,
    pages,
    problem::{Problem, codes},
};

/// One kind of problem.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemKind {
    /// The stable code.
    #[schema(examples("wrong_state"))]
    code: &'static str,
    /// The HTTP status it comes with.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What it is.
    title: &'static str,
    /// What it means and how to mend it.
    text: &'static str,
}

impl From<&codes::Code> for ProblemKind {
    fn from(known: &codes::Code) -> Self {
        Self { code: known.code, status: known.status, title: known.title, text: known.text }
    }
}

/// List the kinds of problems
#[utoipa::path(
    tag = "Problems",
    summary = "List the kinds of problems",
    description = "Every code that a problem may carry, with what it means.",
    responses((status = 200, description = "All of them.", body = Page<ProblemKind>)),
    security(()),
)]
#[get("/problems")]
pub async fn list_problems() -> HttpResponse {
    HttpResponse::Ok().json(Page { items: codes::ALL.iter().map(ProblemKind::from).collect(), next_cursor: None })
}

/// Explain a problem
#[utoipa::path(
    tag = "Problems",
    summary = "Explain a problem",
    description = "What a problem's code means and how to mend it. `type` of every problem points here.",
    params(("code" = String, Path, description = "The code.", example = "wrong_state")),
    responses((status = 200, description = "What it means.", content((ProblemKind = "application/json"), (String = "text/html"), (String = "text/plain")))),
    security(()),
)]
#[get("/problems/{code}")]
pub async fn explain_problem(code: Path<String>, request: actix_web::HttpRequest) -> Result<HttpResponse, Problem> {
    let known = codes::find(&code).ok_or_else(|| Problem::not_found("problem"))?;
    let accepts = request.headers().get("accept").and_then(|sent| sent.to_str().ok()).unwrap_or_default();
    if accepts.contains("text/html") {
        return pages::explained(&request, known);
    }
    if accepts.contains("json") {
        return Ok(HttpResponse::Ok().json(ProblemKind::from(known)));
    }
    let page = format!(
        "{}\n{}\n\n{}\n\nHTTP status {}\n",
        known.title,
        "=".repeat(known.title.chars().count()),
        known.text,
        known.status
    );
    Ok(HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(page))
}
