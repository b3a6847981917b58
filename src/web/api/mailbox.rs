//! One's own mailbox: every letter, whether or not a mail left, with what was read. Nobody reads another's.

use actix_web::{HttpResponse, get, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{administer::look, text::Instant};
use crate::{
    domain::letters::LetterKind,
    store::mailbox::Delivery,
    web::{
        call::Call,
        hand_over,
        page::{self, Page},
        problem::Problem,
        query::{Query, number, word},
    },
    words::{ExceptionId, LetterId},
};

/// The order of the list.
const SORT: &str = "-at";

/// The letter that a path names.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "documents the path; `Call::id` reads it")]
pub struct MailboxPath {
    /// The letter's id.
    #[param(format = "uuid")]
    letter: String,
}

/// Which letters.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MailboxQuery {
    /// `true`: only those that were not read.
    #[serde(deserialize_with = "word")]
    unread: Option<bool>,
    /// Rows of a page.
    #[serde(deserialize_with = "number")]
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// The `next_cursor` of the page before.
    #[serde(deserialize_with = "word")]
    cursor: Option<String>,
}

/// A letter in one's mailbox.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MailboxLetter)]
pub struct MailboxView {
    /// The letter.
    pub id: LetterId,
    /// What it tells.
    pub kind: LetterKind,
    /// Its subject.
    #[schema(examples("[EX-2026-000042] Approved: Acme Transcribe for claims"))]
    pub subject: String,
    /// Its text; in the list it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The exception it is about, if it is about one.
    pub exception: Option<ExceptionId>,
    /// When what it tells of happened.
    pub at: Instant,
    /// When it also left by mail, alone or in a digest.
    pub mailed_at: Option<Instant>,
    /// When it was first read.
    pub read_at: Option<Instant>,
}

impl MailboxView {
    fn of(delivery: Delivery) -> Self {
        Self {
            id: LetterId(delivery.letter),
            kind: delivery.kind,
            subject: delivery.subject,
            text: Some(delivery.body),
            exception: delivery.exception,
            at: delivery.at.into(),
            mailed_at: delivery.mailed_at.map(Into::into),
            read_at: delivery.read_at.map(Into::into),
        }
    }

    fn listed(delivery: Delivery) -> Self {
        Self { text: None, ..Self::of(delivery) }
    }
}

/// List my letters
#[utoipa::path(
    tag = "Sessions",
    summary = "List my letters",
    description = "Everything that whoever asks was told, the newest first, whether or not a mail left. `unread=true` are those that they have not read.",
    params(MailboxQuery),
    responses((status = 200, description = "A page of letters without their texts.", body = Page<MailboxView>, headers(("Link" = String, description = "The next page (RFC 8288).")))),
)]
#[get("/v1/me/mailbox")]
pub async fn list_mailbox(call: Call<Query<MailboxQuery>>) -> Result<HttpResponse, Problem> {
    let (call, Query(asked)) = call.parted();
    let (limit, by) = (page::limit(asked.limit)?, call.by.clone());
    let after = asked.cursor.as_deref().map(|cursor| page::opened(SORT, cursor)).transpose()?;
    let unread = asked.unread.unwrap_or(false);
    let found = look(&call, move |desk| desk.mailbox(&by, unread, (after.as_ref(), limit + 1))).await?;
    let (letters, next_cursor) = page::part(found.letters, limit, |last| page::sealed(SORT, &last.cursor()));
    let items = letters.into_iter().map(MailboxView::listed).collect();
    Ok(page::answer(&call.request, &Page { items, next_cursor }))
}

/// Read one of my letters
#[utoipa::path(
    tag = "Sessions",
    summary = "Read one of my letters",
    description = "With its text. Looking at it does not mark it as read. A link by which something is decided stands in the mail alone.",
    params(MailboxPath),
    responses((status = 200, description = "The letter.", body = MailboxView)),
)]
#[get("/v1/me/mailbox/{letter}")]
pub async fn get_mailbox_letter(call: Call) -> Result<HttpResponse, Problem> {
    let LetterId(letter) = call.id("letter", "letter")?;
    shown(&call, letter).await
}

/// Mark one of my letters as read
#[utoipa::path(
    tag = "Sessions",
    summary = "Mark one of my letters as read",
    description = "The first time counts; once more changes nothing.",
    params(MailboxPath),
    responses((status = 200, description = "The letter.", body = MailboxView)),
)]
#[post("/v1/me/mailbox/{letter}/read")]
pub async fn read_mailbox_letter(call: Call) -> Result<HttpResponse, Problem> {
    let LetterId(letter) = call.id("letter", "letter")?;
    let by = call.by.clone();
    let marked = look(&call, move |desk| desk.mark_read(&by, letter)).await?;
    hand_over::write(Ok(marked)).await?;
    shown(&call, letter).await
}

async fn shown(call: &Call, letter: Uuid) -> Result<HttpResponse, Problem> {
    let by = call.by.clone();
    let found = look(call, move |desk| desk.letter_to(&by, letter)).await?;
    Ok(HttpResponse::Ok().json(MailboxView::of(found)))
}
