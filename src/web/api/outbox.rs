//! The outbox for those who look after the service: what waits, what was given up and why; a letter is
//! tried again or discarded. What it says to whom is not shown.

use actix_web::{HttpResponse, get, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::{
    administer::{Outcome, Question, ask, done, look, sealed},
    text::{Instant, Statement},
};
use crate::{
    desk::{Desk, Error},
    domain::{
        person::By,
        roster::{LetterState, OutwardAction, RosterAction},
    },
    store::outbox::{self, Shelved, Told},
    web::{
        call::Call,
        idempotency,
        json::{Json, checked},
        page::{self, Page},
        problem::Problem,
        query::{Query, number, word},
    },
    words::{AdminVerb, ExceptionId, Hash, LetterId, ReadVerb},
};

/// The order of the list.
const SORT: &str = "due_at";

/// The letter that a path names.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "documents the path; `Call::id` reads it")]
pub struct LetterPath {
    /// The letter's id.
    #[param(format = "uuid")]
    id: String,
}

/// Which letters.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OutboxQuery {
    /// Only those that stand so.
    #[serde(deserialize_with = "word")]
    #[param(value_type = Option<LetterState>)]
    state: Option<LetterState>,
    /// Rows of a page.
    #[serde(deserialize_with = "number")]
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// The `next_cursor` of the page before.
    #[serde(deserialize_with = "word")]
    cursor: Option<String>,
}

/// Why a letter is given up.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "reason": "The address was mistyped; its owner was told by phone" }))]
pub struct DiscardLetter {
    /// Why.
    reason: Statement,
}

/// A letter in the outbox.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Letter)]
pub struct LetterView {
    /// The letter.
    pub id: LetterId,
    /// What it tells.
    #[schema(examples("decision_wanted"))]
    pub kind: String,
    /// Where it stands.
    pub state: LetterState,
    /// The exception it is about.
    pub exception: Option<ExceptionId>,
    /// The number of the event that it tells of.
    pub event: Option<u64>,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is due, or was when it was settled.
    pub due_at: Instant,
    /// Until when somebody has it in hand.
    pub held_until: Option<Instant>,
    /// What went wrong the last time, in the mail server's words where it has said something.
    #[schema(examples("the mail is refused: permanent error (550): 5.1.1 no such mailbox"))]
    pub last_error: Option<String>,
}

impl From<Shelved> for LetterView {
    fn from(letter: Shelved) -> Self {
        let told = letter.told.as_ref().and_then(Told::event);
        Self {
            exception: told.map(|(exception, _)| exception),
            event: told.map(|(_, event)| event),
            id: letter.id,
            kind: letter.kind,
            state: letter.state,
            attempts: letter.attempts,
            due_at: letter.due_at.into(),
            held_until: letter.held_until.map(Into::into),
            last_error: letter.last_error,
        }
    }
}

/// List letters
#[utoipa::path(
    tag = "Outbox",
    summary = "List letters",
    description = "The longest due first. `state=dead` are those that were given up.",
    params(OutboxQuery),
    responses((status = 200, description = "A page of letters.", body = Page<LetterView>, headers(("Link" = String, description = "The next page (RFC 8288).")))),
)]
#[get("/v1/outbox")]
pub async fn list_letters(call: Call<Query<OutboxQuery>>) -> Result<HttpResponse, Problem> {
    let (call, Query(asked)) = call.parted();
    let page = listed(&call, asked).await?;
    Ok(page::answer(&call.request, &page))
}

/// A page of the letters that are asked for.
pub(in crate::web) async fn listed(call: &Call, asked: OutboxQuery) -> Result<Page<LetterView>, Problem> {
    let (limit, by) = (page::limit(asked.limit)?, call.by.clone());
    let after = asked.cursor.as_deref().map(|cursor| page::opened(SORT, cursor)).transpose()?;
    let page = look(call, move |desk| {
        desk.may_read(&by, ReadVerb::ReadOutbox)?;
        let found = desk.store().read(|conn| outbox::list(conn, asked.state, after.as_ref(), limit + 1))?;
        Ok(page_of(found, limit))
    });
    page.await
}

fn page_of(found: Vec<Shelved>, limit: i64) -> Page<LetterView> {
    let (found, next_cursor) = page::part(found, limit, |last| page::sealed(SORT, &last.cursor()));
    Page { items: found.into_iter().map(Into::into).collect(), next_cursor }
}

/// Read a letter
#[utoipa::path(
    tag = "Outbox",
    summary = "Read a letter",
    description = "How it stands, and what went wrong the last time.",
    params(LetterPath),
    responses((status = 200, description = "The letter.", body = LetterView)),
)]
#[get("/v1/outbox/{id}")]
pub async fn get_letter(call: Call) -> Result<HttpResponse, Problem> {
    shown(&call, call.id("id", "letter")?).await
}

async fn shown(call: &Call, letter: LetterId) -> Result<HttpResponse, Problem> {
    let by = call.by.clone();
    Ok(HttpResponse::Ok().json(look(call, move |desk| read(desk, &by, letter)).await?))
}

/// A letter, for those who may look into the outbox.
pub(in crate::web) fn read(desk: &Desk, by: &By, letter: LetterId) -> Result<LetterView, Error> {
    desk.may_read(by, ReadVerb::ReadOutbox)?;
    let found = desk.store().read(|conn| outbox::one(conn, letter))?;
    found.map(Into::into).ok_or(Error::NotFound("letter"))
}

/// What a page asks of the letter of its path: `retry`, or `discard` with a reason.
pub(in crate::web) async fn asked_of(
    call: &Call,
    verb: &str,
    (fields, hash): (serde_json::Map<String, serde_json::Value>, Hash),
) -> Result<Outcome, Problem> {
    let letter = call.id("id", "letter")?;
    let question = match verb {
        "retry" => retrying(call, letter)?,
        "discard" => discarding(call, letter, (checked(serde_json::Value::Object(fields))?, hash))?,
        _ => return Err(Problem::not_found("page")),
    };
    ask(call, question).await
}

fn retrying(call: &Call, letter: LetterId) -> Result<Question, Problem> {
    Question::plain(call, RosterAction::Outward(OutwardAction::RetryLetter { letter }), Hash::of(b"{}"))
}

fn discarding(call: &Call, letter: LetterId, (body, hash): (DiscardLetter, Hash)) -> Result<Question, Problem> {
    let (reason, openings) = sealed(call, |sealer| sealer.seal("reason", body.reason.as_str()))?;
    let action = RosterAction::Outward(OutwardAction::DiscardLetter { letter, reason });
    Ok(Question::plain(call, action, hash)?.opened_by(openings))
}

/// Try a letter again
#[utoipa::path(
    tag = "Outbox",
    summary = "Try a letter again",
    description = "It is due now, with all its attempts before it. Those whom it reached before are not sent it again.",
    params(LetterPath),
    responses((status = 200, description = "The letter.", body = LetterView)),
)]
#[post("/v1/outbox/{id}/retry")]
pub async fn retry_letter(call: Call) -> Result<HttpResponse, Problem> {
    let letter = call.id("id", "letter")?;
    done(&call, retrying(&call, letter)?, async |_| shown(&call, letter).await).await
}

/// Letters that were given up and are due again.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({ "retried": 12 }))]
pub struct RetriedLetters {
    /// How many.
    pub retried: usize,
}

/// Try every letter again that was given up
#[utoipa::path(
    tag = "Outbox",
    summary = "Try every letter again that was given up",
    description = "Such as after an outage: each as if it were named, at most two hundred with one request and all of them or none; ask again, with another Idempotency-Key, until there are none.",
    responses((status = 200, description = "How many are due again.", body = RetriedLetters)),
)]
#[post("/v1/outbox/retry")]
pub async fn retry_letters(call: Call) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Ok().json(RetriedLetters { retried: retried(&call).await? }))
}

/// Tries every letter again that was given up, and says how many.
pub(in crate::web) async fn retried(call: &Call) -> Result<usize, Problem> {
    let by = call.by.clone();
    let key = call.key(format!("{} {}", AdminVerb::RetryLetter, call.request.path()), Hash::of(b"{}"))?;
    let done = look(call, move |desk| desk.retry_dead(&by, key)).await?;
    if done.replayed {
        idempotency::mark_replayed(&call.request);
    }
    Ok(done.events.len())
}

/// Discard a letter
#[utoipa::path(
    tag = "Outbox",
    summary = "Discard a letter",
    description = "It is given up for good and kept. What it would have told stays in the record.",
    params(LetterPath),
    request_body(content = DiscardLetter, description = "Why."),
    responses((status = 200, description = "The letter.", body = LetterView)),
)]
#[post("/v1/outbox/{id}/discard")]
pub async fn discard_letter(call: Call<Json<DiscardLetter>>) -> Result<HttpResponse, Problem> {
    let (call, sent) = call.parted();
    let letter = call.id("id", "letter")?;
    let question = discarding(&call, letter, (sent.body, sent.hash))?;
    done(&call, question, async |_| shown(&call, letter).await).await
}
