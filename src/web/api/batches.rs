//! Batches: all that one cause changes of exceptions by itself, where each stands, what it would do, and how people
//! stop it, let it go on and take it back. What of its exceptions somebody may see is decided behind the door.

mod view;

use actix_web::{HttpResponse, get, post};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::{
    administer::{Outcome, Question, ask, done, look, sealed},
    text::Statement,
};
use crate::{
    desk::{BatchRead, Desk, Error},
    domain::{
        person::By,
        roster::{AutomationAction, BatchAction, RosterAction},
    },
    store::{batches::Standing, queries::Cursor},
    web::{
        call::Call,
        json::{Json, checked},
        page::{self, Page, PageQuery},
        problem::Problem,
        query::Query,
    },
    words::{BatchId, Hash, Opening},
};

pub use view::{
    BatchView, DetailView, HeldView, MemberView, PreviewView, RefusalsView, RevertedView, WouldView, shown,
};

/// The order of the list.
const SORT: &str = "-begun_at";
/// So many exceptions are named at most; all of them are counted.
const MOST_NAMED: i64 = 200;

/// The batch that a path names.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "documents the path; `named` reads it")]
pub struct BatchPath {
    /// The batch's id, which its cause gives: `policy:ID:VERSION`, `regulation:ID:VERSION`, `system:ID:VERSION`,
    /// `sop:NAME:VERSION` or `incident:ID`.
    #[param(example = "policy:AIP-1:2")]
    id: String,
}

/// Why a batch is stopped.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "reason": "The wrong version was published" }))]
pub struct HoldBatch {
    /// Why.
    reason: Statement,
}

/// One batch, as whoever asks may see it.
pub(in crate::web) fn detail(desk: &Desk, by: &By, id: &BatchId) -> Result<DetailView, Error> {
    let BatchRead { standing, members } = desk.batch(by, id, MOST_NAMED)?;
    let batch = shown(desk, vec![standing])?.pop().ok_or(Error::NotFound("batch"))?;
    Ok(DetailView { batch, exceptions: members.into_iter().map(Into::into).collect() })
}

/// The batch that the path names.
pub(in crate::web) fn named(call: &Call) -> Result<BatchId, Problem> {
    call.request.match_info().query("id").parse().map_err(|_| Problem::not_found("batch"))
}

/// List batches
#[utoipa::path(
    tag = "Automation",
    summary = "List batches",
    description = "Everything that a material version of the register, a version of a procedure, or an incident changes of exceptions by itself is one batch. Those that began last come first. For governance, auditors and administrators.",
    params(PageQuery),
    responses((status = 200, description = "A page of batches.", body = Page<BatchView>, headers(("Link" = String, description = "The next page (RFC 8288).")))),
)]
#[get("/v1/batches")]
pub async fn list_batches(call: Call<Query<PageQuery>>) -> Result<HttpResponse, Problem> {
    let (call, Query(asked)) = call.parted();
    let (limit, by) = (page::limit(asked.limit)?, call.by.clone());
    let last = asked.cursor.as_deref().map(after).transpose()?;
    let page = look(&call, move |desk| {
        let found = desk.batches(&by, &last, limit + 1)?;
        let place = |one: &Standing| {
            let value = one.begun_at.timestamp_micros();
            page::sealed(SORT, &Cursor { value, id: one.id.to_string() })
        };
        let (found, next_cursor) = page::part(found, limit, place);
        Ok(Page { items: shown(desk, found)?, next_cursor })
    });
    Ok(page::answer(&call.request, &page.await?))
}

fn after(cursor: &str) -> Result<(i64, BatchId), Problem> {
    let Cursor { value, id } = page::opened(SORT, cursor)?;
    Ok((value, id.parse().map_err(|_| page::odd_cursor())?))
}

/// Read a batch
#[utoipa::path(
    tag = "Automation",
    summary = "Read a batch",
    description = "Where it stands, what it did so far, why it is stopped, what taking it back did, and the exceptions that it touches, of those that you may see.",
    params(BatchPath),
    responses((status = 200, description = "The batch.", body = DetailView)),
)]
#[get("/v1/batches/{id}")]
pub async fn get_batch(call: Call) -> Result<HttpResponse, Problem> {
    let (id, by) = (named(&call)?, call.by.clone());
    let view = look(&call, move |desk| detail(desk, &by, &id)).await?;
    Ok(HttpResponse::Ok().json(view))
}

/// Preview a batch
#[utoipa::path(
    tag = "Automation",
    summary = "Preview a batch",
    description = "What it would do to what it has still to come to, by the rules as they are, and whether it would stop by itself. A batch whose cause is a change that waits for a second person can be previewed before that is confirmed. The rules are asked about the first 500 exceptions. Nothing is done.",
    params(BatchPath),
    responses((status = 200, description = "What it would do.", body = PreviewView)),
)]
#[get("/v1/batches/{id}/preview")]
pub async fn preview_batch(call: Call) -> Result<HttpResponse, Problem> {
    let view = previewed(&call).await?;
    Ok(HttpResponse::Ok().json(view))
}

/// What the batch of the path would do.
pub(in crate::web) async fn previewed(call: &Call) -> Result<PreviewView, Problem> {
    let (id, by) = (named(call)?, call.by.clone());
    let most = usize::try_from(MOST_NAMED).unwrap_or(0);
    Ok(look(call, move |desk| desk.preview_batch(&by, &id, most)).await?.into())
}

/// Stop a batch
#[utoipa::path(
    tag = "Automation",
    summary = "Stop a batch",
    description = "Nothing more of it is done until it is let go on, but for what an incident suspends, and for exceptions on which somebody acts or something else falls due: what was reported is dealt with before that. One person may.",
    params(BatchPath),
    request_body(content = HoldBatch, description = "Why."),
    responses((status = 200, description = "The batch.", body = DetailView)),
)]
#[post("/v1/batches/{id}/hold")]
pub async fn hold_batch(call: Call<Json<HoldBatch>>) -> Result<HttpResponse, Problem> {
    let (call, sent) = call.parted();
    let batch = known(&call).await?;
    let (action, openings) = held(&call, batch.clone(), &sent.body)?;
    let question = Question::plain(&call, of(action), sent.hash)?.opened_by(openings);
    asked(&call, question, batch).await
}

fn held(call: &Call, batch: BatchId, body: &HoldBatch) -> Result<(BatchAction, Vec<Opening>), Problem> {
    let (reason, openings) = sealed(call, |sealer| sealer.seal("reason", body.reason.as_str()))?;
    Ok((BatchAction::HoldBatch { batch, reason }, openings))
}

/// Let a batch go on
#[utoipa::path(
    tag = "Automation",
    summary = "Let a batch go on",
    description = "It is a change that a second person confirms (202). Refusals are counted anew from then. `GET /v1/batches/{id}/preview` shows what would happen.",
    params(BatchPath),
    responses(
        (status = 200, description = "It goes on.", body = DetailView),
        (status = 202, description = "A second person has to confirm it.", body = super::changes::ChangeView),
    ),
)]
#[post("/v1/batches/{id}/release")]
pub async fn release_batch(call: Call) -> Result<HttpResponse, Problem> {
    let batch = known(&call).await?;
    let question = Question::plain(&call, of(BatchAction::ReleaseBatch { batch: batch.clone() }), Hash::of(b""))?;
    asked(&call, question, batch).await
}

/// Take a batch back
#[utoipa::path(
    tag = "Automation",
    summary = "Take a batch back",
    description = "Exactly what it reopened, and nobody touched since, is as it was before: its re-review is withdrawn. What lost its effect gets none back (a quorum resumes it), what moved meanwhile stays as it is, and what is left of the batch is not done; each is told. Its cause counts as seen: a later version begins a batch of its own. It is a change that a second person confirms (202).",
    params(BatchPath),
    responses(
        (status = 200, description = "It is taken back.", body = DetailView),
        (status = 202, description = "A second person has to confirm it.", body = super::changes::ChangeView),
    ),
)]
#[post("/v1/batches/{id}/revert")]
pub async fn revert_batch(call: Call) -> Result<HttpResponse, Problem> {
    let batch = known(&call).await?;
    let question = Question::plain(&call, of(BatchAction::RevertBatch { batch: batch.clone() }), Hash::of(b""))?;
    asked(&call, question, batch).await
}

/// The batch of the path, if whoever asks may read it.
async fn known(call: &Call) -> Result<BatchId, Problem> {
    let (id, by) = (named(call)?, call.by.clone());
    look(call, move |desk| Ok(desk.batch(&by, &id, 0)?.standing.id)).await
}

const fn of(action: BatchAction) -> RosterAction {
    RosterAction::Automation(AutomationAction::Batch(action))
}

async fn asked(call: &Call, question: Question, batch: BatchId) -> Result<HttpResponse, Problem> {
    done(call, question, async |_| {
        let by = call.by.clone();
        let view = look(call, move |desk| detail(desk, &by, &batch)).await?;
        Ok(HttpResponse::Ok().json(view))
    })
    .await
}

/// What a page asks of the batch of its path: `hold` with a reason, `release` or `revert`.
pub(in crate::web) async fn asked_of(
    call: &Call,
    verb: &str,
    (fields, hash): (serde_json::Map<String, serde_json::Value>, Hash),
) -> Result<Outcome, Problem> {
    let batch = known(call).await?;
    let (action, openings) = match verb {
        "hold" => held(call, batch, &checked(serde_json::Value::Object(fields))?)?,
        "release" => (BatchAction::ReleaseBatch { batch }, Vec::new()),
        "revert" => (BatchAction::RevertBatch { batch }, Vec::new()),
        _ => return Err(Problem::not_found("page")),
    };
    ask(call, Question::plain(call, of(action), hash)?.opened_by(openings)).await
}
