//! What was sent to an endpoint and what came of it, and the same once more.

use actix_web::{HttpResponse, get, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::{WebhookPath, action, as_it_is, read, view::WebhookView};
use crate::{
    desk::Error,
    domain::roster::{LetterState, WebhookAction},
    store::webhooks::{self, Delivery, Try},
    web::{
        api::{
            administer::{Question, done, look},
            text::Instant,
        },
        call::Call,
        json::Json,
        page::{self, Page},
        problem::{Problem, codes},
        query::{Query, number, word},
    },
    words::{DeliveryId, Hash, ReadVerb, WebhookId},
};

/// Which deliveries.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DeliveriesQuery {
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

/// What is sent once more: one delivery, or what happened at these places of the ledger.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "after": 4710, "until": 4720 }))]
pub struct ReplayWebhook {
    /// One delivery, whatever became of it.
    #[serde(default)]
    delivery: Option<DeliveryId>,
    /// The leaf before the first; nothing for the beginning.
    #[serde(default)]
    after: Option<u64>,
    /// The last leaf; at most 10,000 after the first.
    #[serde(default)]
    until: Option<u64>,
}

/// An event on its way to an endpoint, or arrived.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Delivery)]
pub struct DeliveryView {
    /// Its id; the endpoint knows it as `webhook-id`, `msg_` and its digits, the same on every try and replay.
    pub id: DeliveryId,
    /// The event's place in the ledger, which is its id as a CloudEvent.
    pub position: u64,
    /// The event.
    #[schema(examples("exception.approved"))]
    pub event: String,
    /// Where it stands.
    pub state: LetterState,
    /// When it is due, or was settled.
    pub due_at: Instant,
    /// The newest tries, the earliest first.
    pub attempts: Vec<AttemptView>,
}

/// One try.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeliveryAttempt)]
pub struct AttemptView {
    /// Which, from 1.
    pub number: u32,
    /// When it began.
    pub at: Instant,
    /// How long it took, in milliseconds.
    pub milliseconds: u64,
    /// The status of the answer.
    #[schema(examples(503))]
    pub status: Option<u16>,
    /// What went wrong.
    #[schema(examples("no answer in time"))]
    pub error: Option<String>,
}

impl From<Delivery> for DeliveryView {
    fn from(delivery: Delivery) -> Self {
        let attempt = |tried: Try| AttemptView {
            number: tried.attempt,
            at: tried.at.into(),
            milliseconds: tried.millis,
            status: tried.status,
            error: tried.error,
        };
        Self {
            id: delivery.id,
            position: delivery.leaf,
            event: delivery.kind,
            state: delivery.state,
            due_at: delivery.due_at.into(),
            attempts: delivery.tries.into_iter().map(attempt).collect(),
        }
    }
}

/// List an endpoint's deliveries
#[utoipa::path(
    tag = "Webhooks",
    summary = "List an endpoint's deliveries",
    description = "The newest event first, each with its tries. What was settled is kept for thirty days.",
    params(WebhookPath, DeliveriesQuery),
    responses((status = 200, description = "A page of deliveries.", body = Page<DeliveryView>, headers(("Link" = String, description = "The next page (RFC 8288).")))),
)]
#[get("/v1/webhooks/{id}/deliveries")]
pub async fn list_deliveries(call: Call<Query<DeliveriesQuery>>) -> Result<HttpResponse, Problem> {
    let (call, Query(asked)) = call.parted();
    let page = listed(&call, asked).await?;
    Ok(page::answer(&call.request, &page))
}

/// A page of what was sent to the endpoint of the path.
pub(in crate::web) async fn listed(call: &Call, asked: DeliveriesQuery) -> Result<Page<DeliveryView>, Problem> {
    let (webhook, limit, by) = (call.id("id", "webhook")?, page::limit(asked.limit)?, call.by.clone());
    let binding = page::binding("-position", &(webhook, asked.state));
    let after = asked.cursor.as_deref().map(|cursor| page::opened(&binding, cursor)).transpose()?;
    let page = look(call, move |desk| {
        read(desk, &by, webhook)?;
        let wanted = (webhook, asked.state);
        let found = desk.store().read(|conn| webhooks::deliveries(conn, wanted, after.as_ref(), limit + 1))?;
        let (found, next_cursor) = page::part(found, limit, |last| page::sealed(&binding, &last.cursor()));
        Ok(Page { items: found.into_iter().map(DeliveryView::from).collect(), next_cursor })
    });
    page.await
}

/// Send once more to an endpoint
#[utoipa::path(
    tag = "Webhooks",
    summary = "Send once more to an endpoint",
    description = "One delivery, or everything at these places of the ledger that the endpoint gets, also what it was never sent. Each has the `webhook-id` that it had before.",
    params(WebhookPath),
    request_body(content = ReplayWebhook, description = "What."),
    responses((status = 200, description = "The endpoint.", body = WebhookView, headers(("ETag" = String, description = "Its version.")))),
)]
#[post("/v1/webhooks/{id}/replay")]
pub async fn replay_webhook(call: Call<Json<ReplayWebhook>>) -> Result<HttpResponse, Problem> {
    let (call, sent) = call.parted();
    let webhook = call.id("id", "webhook")?;
    let question = replaying(&call, webhook, (sent.body, sent.hash)).await?;
    done(&call, question, async |_| as_it_is(&call, webhook).await).await
}

/// What is to be sent once more, as the door is asked for it.
pub(super) async fn replaying(
    call: &Call,
    webhook: WebhookId,
    (body, hash): (ReplayWebhook, Hash),
) -> Result<Question, Problem> {
    let (from, until) = match body {
        ReplayWebhook { delivery: Some(delivery), after: None, until: None } => one(call, webhook, delivery).await?,
        ReplayWebhook { delivery: None, after, until: Some(until) } => {
            (after.map_or(0, |after| after.saturating_add(1)), until)
        }
        ReplayWebhook { .. } => {
            let told = "name either one `delivery`, or a range by `until` and, but for the beginning, `after`";
            return Err(Problem::field(codes::REQUIRED, "/until", told));
        }
    };
    Question::plain(call, action(WebhookAction::ReplayWebhook { webhook, from, until }), hash)
}

/// The place of one delivery, as a range.
async fn one(call: &Call, webhook: WebhookId, delivery: DeliveryId) -> Result<(u64, u64), Problem> {
    let by = call.by.clone();
    let leaf = look(call, move |desk| {
        desk.may_read(&by, ReadVerb::ReadWebhooks)?;
        let found = desk.store().read(|conn| webhooks::delivery(conn, webhook, delivery))?;
        Ok::<_, Error>(found.map(|found| found.leaf))
    });
    let unknown = || Problem::field(codes::UNKNOWN_DELIVERY, "/delivery", "the endpoint has no such delivery");
    let leaf = leaf.await?.ok_or_else(unknown)?;
    Ok((leaf, leaf))
}
