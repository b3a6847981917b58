//! Endpoints that events are sent to (Standard Webhooks 1.0), and chats: added, changed, tried and taken away
//! by administrators. A secret is shown once; the address of a chat is one too, and is never shown.

pub mod deliveries;
pub(in crate::web) mod paged;
mod view;

use actix_web::{HttpResponse, delete, get, http::header, patch, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

pub(in crate::web) use self::view::WebhookView;

use self::view::Url;
use super::{
    administer::{self, Question, done, gone, look, noted, sealed},
    text::Label,
};
use crate::{
    desk::{Desk, Error},
    domain::{
        person::By,
        roster::{
            EventFilter, Medium, OVERLAP_HOURS, OutwardAction, OutwardDeed, RosterAction, RosterDeed, RosterEvent,
            WebhookAction, WebhookDeed,
        },
    },
    identity::webhook::Secret,
    store::{roster::Secrets, webhooks, webhooks::WebhookKeys},
    web::{
        call::Call,
        conditional,
        json::{self, Json, MergePatch},
        page::{self, Page, PageQuery},
        problem::Problem,
        query::Query,
    },
    words::{Hash, PersonId, ReadVerb, WebhookId},
};

/// The endpoint that a path names.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "documents the path; `Call::id` reads it")]
pub struct WebhookPath {
    /// The endpoint's id.
    #[param(format = "uuid")]
    id: String,
}

/// An endpoint to be added.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "url": "https://hooks.example.org/proviso", "description": "The gateway's cache",
    "events": ["exception.activated", "exception.suspended"]
}))]
pub struct AddWebhook {
    /// What it is: an endpoint that gets signed CloudEvents, unless it is a chat.
    #[serde(default = "signed")]
    #[schema(default = json!("webhook"))]
    kind: Medium,
    /// Where it is: https, and nowhere in a private network unless the configuration permits the host.
    url: Url,
    /// What it is for.
    description: Label,
    /// Which events; everything unless some are named.
    #[serde(default)]
    #[validate(length(max = 50))]
    #[schema(max_items = 50)]
    events: Vec<EventFilter>,
    /// Who answers for it, and is written to when it fails: it gets what they may see. Oneself unless it is given.
    #[serde(default)]
    owner: Option<PersonId>,
}

/// What changes of an endpoint.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "events": ["exception.*"] }))]
pub struct UpdateWebhook {
    /// Where it is from now on.
    #[serde(default)]
    url: Option<Url>,
    /// What it is for.
    #[serde(default)]
    description: Option<Label>,
    /// Which events.
    #[serde(default)]
    #[validate(length(max = 50))]
    #[schema(max_items = 50)]
    events: Option<Vec<EventFilter>>,
    /// Who answers for it.
    #[serde(default)]
    owner: Option<PersonId>,
}

/// How a secret is replaced.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "overlap_hours": 24 }))]
pub struct RotateWebhook {
    /// For how many hours the secret of before is valid too.
    #[serde(default = "overlap")]
    #[validate(range(max = 168))]
    #[schema(default = 24, minimum = 0, maximum = 168)]
    overlap_hours: u32,
}

const fn signed() -> Medium {
    Medium::Webhook
}

const fn overlap() -> u32 {
    OVERLAP_HOURS
}

/// An endpoint with its new secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookSecret {
    /// What its messages are signed with; shown this once, so an answer that is repeated for the same
    /// Idempotency-Key is without it: rotate a secret that was lost. A chat has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(pattern = "^whsec_[A-Za-z0-9+/]{43}=$")]
    pub secret: Option<String>,
    /// The endpoint.
    pub webhook: WebhookView,
}

/// The action as the door takes it.
fn action(action: WebhookAction) -> RosterAction {
    RosterAction::Outward(OutwardAction::Webhook(action))
}

/// The endpoint, for those who may read endpoints.
fn read(desk: &Desk, by: &By, id: WebhookId) -> Result<WebhookView, Error> {
    desk.may_read(by, ReadVerb::ReadWebhooks)?;
    let found = desk.store().read(|conn| webhooks::webhook(conn, id))?;
    let found = found.filter(webhooks::Webhook::is_there).ok_or(Error::NotFound("webhook"))?;
    view::all(desk, vec![found])?.pop().ok_or(Error::NotFound("webhook"))
}

async fn found(call: &Call, id: WebhookId) -> Result<WebhookView, Problem> {
    let by = call.by.clone();
    look(call, move |desk| read(desk, &by, id)).await
}

/// List endpoints
#[utoipa::path(
    tag = "Webhooks",
    summary = "List endpoints",
    description = "In the order in which they were added. Secrets, and the addresses of chats, are not shown.",
    params(PageQuery),
    responses((status = 200, description = "A page of endpoints.", body = Page<WebhookView>, headers(("Link" = String, description = "The next page (RFC 8288).")))),
)]
#[get("/v1/webhooks")]
pub async fn list_webhooks(call: Call<Query<PageQuery>>) -> Result<HttpResponse, Problem> {
    let (call, Query(asked)) = call.parted();
    let page = listed(&call, asked).await?;
    Ok(page::answer(&call.request, &page))
}

/// A page of the endpoints.
async fn listed(call: &Call, asked: PageQuery) -> Result<Page<WebhookView>, Problem> {
    let (limit, by) = (page::limit(asked.limit)?, call.by.clone());
    let after = asked.cursor.as_deref().map(|cursor| page::opened("added_at", cursor)).transpose()?;
    let after = after.map(|cursor| cursor.id.parse().map_err(|_| page::odd_cursor())).transpose()?;
    let page = look(call, move |desk| {
        desk.may_read(&by, ReadVerb::ReadWebhooks)?;
        let found = desk.store().read(|conn| webhooks::webhooks(conn, after, limit + 1))?;
        let (found, next_cursor) = page::part(found, limit, |last| page::sealed("added_at", &last.cursor()));
        Ok(Page { items: view::all(desk, found)?, next_cursor })
    });
    page.await
}

/// Add an endpoint
#[utoipa::path(
    tag = "Webhooks",
    summary = "Add an endpoint",
    description = "It gets what happens from now on, each event as a thin CloudEvent that is signed as Standard Webhooks 1.0 says; a chat gets a few words and a link. Its secret is shown this once.",
    request_body(content = AddWebhook, description = "Where it is, and what it gets."),
    responses((status = 201, description = "The endpoint.", body = WebhookSecret, headers(("Location" = String, description = "Where it is."), ("ETag" = String, description = "Its version.")))),
)]
#[post("/v1/webhooks")]
pub async fn add_webhook(call: Call<Json<AddWebhook>>) -> Result<HttpResponse, Problem> {
    let (call, sent) = call.parted();
    let (question, secret) = adding(&call, sent.body, sent.hash).await?;
    done(&call, question, async |events| with_secret(&call, &events, secret, HttpResponse::Created()).await).await
}

/// An endpoint to be added, as the door is asked for it, and its secret.
async fn adding(call: &Call, body: AddWebhook, hash: Hash) -> Result<(Question, Option<String>), Problem> {
    let AddWebhook { kind, url, description, events, owner } = body;
    let address = url.judged(call)?;
    let owner = named(call, owner).await?.map_or_else(|| call.person(), Ok)?;
    let (webhook, host) = (administer::drawn(call, WebhookId)?, address.host().to_owned());
    let (description, openings) = sealed(call, |sealer| sealer.seal("webhook", description.as_str()))?;
    let secret = (!kind.is_chat()).then(|| Secret::draw(call.web.desk.random()));
    let secret = secret.transpose().map_err(Problem::internal)?;
    let adds = WebhookAction::AddWebhook { webhook, medium: kind, owner, description, host, events };
    let keys = WebhookKeys { url: Some(address.reveal().to_owned()), secret: secret.clone(), old: None };
    Ok((Question::plain(call, action(adds), hash)?.opened_by(openings).with(keyed(keys)), secret))
}

fn keyed(webhook: WebhookKeys) -> Secrets {
    Secrets { webhook, ..Secrets::default() }
}

/// Somebody that a body names as owner, who must be there.
async fn named(call: &Call, owner: Option<PersonId>) -> Result<Option<PersonId>, Problem> {
    if let Some(owner) = owner {
        administer::require_person(call, owner, "/owner").await?;
    }
    Ok(owner)
}

/// The endpoint that an event is about, with its secret where this is the first answer.
async fn with_secret(
    call: &Call,
    events: &[RosterEvent],
    secret: Option<String>,
    mut done: actix_web::HttpResponseBuilder,
) -> Result<HttpResponse, Problem> {
    let shown = shown_with(call, events, secret).await?;
    let location = format!("/v1/webhooks/{}", shown.webhook.id);
    done.insert_header((header::ETAG, conditional::etag(shown.webhook.version)));
    Ok(done.insert_header((header::LOCATION, location)).json(shown))
}

async fn shown_with(call: &Call, events: &[RosterEvent], secret: Option<String>) -> Result<WebhookSecret, Problem> {
    let webhook = found(call, noted(events, about)?).await?;
    Ok(WebhookSecret { secret: secret.and_then(|secret| administer::shown_once(call, secret)), webhook })
}

#[expect(clippy::wildcard_enum_match_arm, reason = "some are of interest here, and the rest are as they were")]
fn about(deed: &RosterDeed) -> Option<WebhookId> {
    match deed {
        RosterDeed::Outward(OutwardDeed::Webhook(
            WebhookDeed::WebhookAdded { webhook, .. } | WebhookDeed::WebhookRotated { webhook, .. },
        )) => Some(*webhook),
        _ => None,
    }
}

/// Read an endpoint
#[utoipa::path(
    tag = "Webhooks",
    summary = "Read an endpoint",
    description = "How it stands, and since when it fails.",
    params(WebhookPath),
    responses((status = 200, description = "The endpoint.", body = WebhookView, headers(("ETag" = String, description = "Its version.")))),
)]
#[get("/v1/webhooks/{id}")]
pub async fn get_webhook(call: Call) -> Result<HttpResponse, Problem> {
    let webhook = found(&call, call.id("id", "webhook")?).await?;
    Ok(conditional::answer(&call.request, &conditional::etag(webhook.version), &webhook))
}

/// Change an endpoint
#[utoipa::path(
    tag = "Webhooks",
    summary = "Change an endpoint",
    description = "Changes its address, what it gets, what it is for, or who answers for it. Its secret stays.",
    params(WebhookPath, ("If-Match" = String, Header, description = "The ETag of the version that was read.", example = "\"1772366400000000\"")),
    request_body(content = UpdateWebhook, content_type = "application/merge-patch+json", description = "What changes."),
    responses((status = 200, description = "The endpoint.", body = WebhookView, headers(("ETag" = String, description = "Its new version.")))),
)]
#[patch("/v1/webhooks/{id}")]
pub async fn update_webhook(call: Call<MergePatch>) -> Result<HttpResponse, Problem> {
    let (call, MergePatch(patch)) = call.parted();
    let (webhook, expected) = (call.id("id", "webhook")?, conditional::required(&call.request)?);
    let hash = Hash::of(patch.to_string().as_bytes());
    let question = updating(&call, (webhook, expected), (json::checked(patch)?, hash)).await?;
    done(&call, question, async |_| as_it_is(&call, webhook).await).await
}

/// What changes of an endpoint, as the door is asked for it.
async fn updating(
    call: &Call,
    (webhook, expected): (WebhookId, u64),
    (body, hash): (UpdateWebhook, Hash),
) -> Result<Question, Problem> {
    let UpdateWebhook { url, description, events, owner } = body;
    let address = url.map(|url| url.judged(call)).transpose()?;
    let (owner, host) = (named(call, owner).await?, address.as_ref().map(|address| address.host().to_owned()));
    let (description, openings) =
        sealed(call, |sealer| description.as_ref().map(|said| sealer.seal("webhook", said.as_str())))?;
    let updates = WebhookAction::UpdateWebhook { webhook, owner, description, host, events };
    let keys = WebhookKeys { url: address.map(|address| address.reveal().to_owned()), ..WebhookKeys::default() };
    let question = Question::plain(call, action(updates), hash)?.opened_by(openings).with(keyed(keys));
    Ok(Question { expected: Some(expected), ..question })
}

async fn as_it_is(call: &Call, webhook: WebhookId) -> Result<HttpResponse, Problem> {
    let webhook = found(call, webhook).await?;
    Ok(HttpResponse::Ok().insert_header((header::ETAG, conditional::etag(webhook.version))).json(webhook))
}

/// Take an endpoint away
#[utoipa::path(
    tag = "Webhooks",
    summary = "Take an endpoint away",
    description = "It gets nothing more; its address and its secret are deleted.",
    params(WebhookPath),
    responses((status = 204, description = "It is gone.")),
)]
#[delete("/v1/webhooks/{id}")]
pub async fn remove_webhook(call: Call) -> Result<HttpResponse, Problem> {
    let removes = WebhookAction::RemoveWebhook { webhook: call.id("id", "webhook")? };
    gone(&call, Question::plain(&call, action(removes), Hash::of(b"{}"))?).await
}

/// Replace an endpoint's secret
#[utoipa::path(
    tag = "Webhooks",
    summary = "Replace an endpoint's secret",
    description = "The new secret is shown this once. For a while messages are signed with both, so that the receiver can change over at its leisure.",
    params(WebhookPath),
    request_body(content = RotateWebhook, description = "For how long both are valid."),
    responses((status = 200, description = "The endpoint.", body = WebhookSecret, headers(("Location" = String, description = "Where it is."), ("ETag" = String, description = "Its version.")))),
)]
#[post("/v1/webhooks/{id}/rotate")]
pub async fn rotate_webhook(call: Call<Json<RotateWebhook>>) -> Result<HttpResponse, Problem> {
    let (call, sent) = call.parted();
    let (question, secret) = rotating(&call, &sent.body, sent.hash)?;
    done(&call, question, async |events| with_secret(&call, &events, Some(secret), HttpResponse::Ok()).await).await
}

/// A new secret for the endpoint of the path, as the door is asked for it.
fn rotating(call: &Call, body: &RotateWebhook, hash: Hash) -> Result<(Question, String), Problem> {
    let (webhook, overlap_hours) = (call.id("id", "webhook")?, body.overlap_hours);
    let secret = Secret::draw(call.web.desk.random()).map_err(Problem::internal)?;
    let keys = WebhookKeys { secret: Some(secret.clone()), ..WebhookKeys::default() };
    let rotates = action(WebhookAction::RotateWebhook { webhook, overlap_hours });
    Ok((Question::plain(call, rotates, hash)?.with(keyed(keys)), secret))
}

/// Commands on an endpoint that need nothing but its id.
macro_rules! commands {
    ($($name:ident $path:literal $summary:literal $does:literal $command:ident;)+) => {$(
        #[utoipa::path(
            tag = "Webhooks",
            summary = $summary,
            description = $does,
            params(WebhookPath),
            responses((status = 200, description = "The endpoint.", body = WebhookView, headers(("ETag" = String, description = "Its version.")))),
        )]
        #[post($path)]
        #[doc = $summary]
        pub async fn $name(call: Call) -> Result<HttpResponse, Problem> {
            let webhook = call.id("id", "webhook")?;
            let asked = action(WebhookAction::$command { webhook });
            let question = Question::plain(&call, asked, Hash::of(b"{}"))?;
            done(&call, question, async |_| as_it_is(&call, webhook).await).await
        }
    )+};
}

commands! {
    enable_webhook "/v1/webhooks/{id}/enable" "Send to an endpoint again" "It gets what happens from now on, and what was on its way when it was disabled. What happened meanwhile can be replayed." EnableWebhook;
    disable_webhook "/v1/webhooks/{id}/disable" "Send nothing more to an endpoint" "What is on its way to it waits until it is enabled again." DisableWebhook;
    test_webhook "/v1/webhooks/{id}/test" "Try an endpoint" "That it is tried is an event, and this event is sent to it whatever it gets otherwise. What came of it stands among its deliveries." TestWebhook;
}
