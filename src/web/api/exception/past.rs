//! Earlier exceptions that resemble one, as they are shown to those who judge it.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, get};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    path::ExceptionPath,
    show::{Opened, Texts},
};
use crate::{
    desk::{Became, Resembling},
    store::history::Likeness,
    web::{api::text::Instant, call::Call, hand_over, page::Page, problem::Problem},
    words::{ExceptionId, Hash, StateName, Tier},
};

/// An earlier exception, and in what it resembles.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EarlierException)]
pub struct EarlierView {
    /// Its id.
    pub id: ExceptionId,
    /// Its number for people.
    #[schema(examples("EX-2026-000042"))]
    pub number: String,
    /// What it is about.
    pub title: Option<Opened>,
    /// Where it is.
    pub state: StateName,
    /// What became of it.
    pub outcome: Became,
    /// The tier that counts, once it is known.
    pub tier: Option<Tier>,
    /// When it was drafted.
    pub drafted_at: Instant,
    /// When it was last submitted.
    pub submitted_at: Option<Instant>,
    /// When it last changed.
    pub changed_at: Instant,
    /// The end that was first approved.
    pub original_end: Option<Instant>,
    /// In what it resembles.
    pub because: Vec<Likeness>,
    /// The clauses that both deviate from.
    pub clauses: Vec<String>,
}

/// List earlier exceptions that resemble it
#[utoipa::path(
    tag = "Exceptions",
    summary = "List earlier exceptions that resemble it",
    description = "Up to twenty earlier exceptions that deviate from one of the same clauses, those most alike first: by system, kind, business unit and requester. They are looked for among the newest two hundred of each, and only what whoever asks may see is listed.",
    params(ExceptionPath),
    responses((status = 200, description = "The earlier exceptions.", body = Page<EarlierView>)),
)]
#[get("/v1/exceptions/{id}/prior")]
pub async fn list_prior(call: Call) -> Result<HttpResponse, Problem> {
    let (find, by) = (call.target()?, call.by.clone());
    let found = hand_over::read(&call.web.desk, move |desk| desk.resembling(&by, &find)).await?;
    let items = found.what.iter().map(|one| earlier(one, &found.texts)).collect();
    Ok(HttpResponse::Ok().json(Page { items, next_cursor: None }))
}

fn earlier(one: &Resembling, texts: &BTreeMap<Hash, String>) -> EarlierView {
    let found = &one.exception;
    EarlierView {
        id: found.id,
        number: found.number.clone(),
        title: found.request.title.as_ref().map(|title| Texts(texts).open(title)),
        state: found.state.name(),
        outcome: one.outcome,
        tier: found.tier(),
        drafted_at: found.drafted_at.into(),
        submitted_at: found.submitted_at.map(Into::into),
        changed_at: found.changed_at.into(),
        original_end: found.original_end.map(Into::into),
        because: one.because.iter().copied().collect(),
        clauses: one.clauses.iter().cloned().collect(),
    }
}
