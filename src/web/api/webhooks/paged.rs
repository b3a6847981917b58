//! Endpoints as pages read them and ask for them: the bodies of the interface, out of the fields of a form.

use serde_json::{Map, Value, json};

use super::{
    AddWebhook, RotateWebhook, UpdateWebhook, WebhookSecret, WebhookView, action, adding, administer::Outcome,
    administer::ask, deliveries::replaying, found, rotating, shown_with, updating,
};
use crate::{
    domain::roster::WebhookAction,
    web::{
        api::administer::Question,
        call::Call,
        json::checked,
        page::{Page, PageQuery},
        problem::{Problem, codes},
    },
    words::{Hash, WebhookId},
};

/// What became of what a page asked.
#[derive(Debug)]
pub(in crate::web) enum Became {
    /// It is done.
    Done,
    /// A second person has to confirm it.
    Waits(String),
    /// It is done, and there is a secret to show once; none where this was sent before.
    Secret(Box<WebhookSecret>),
}

/// What a form holds, and its hash.
pub(in crate::web) type Form = (Map<String, Value>, Hash);

/// A page of the endpoints.
pub(in crate::web) async fn listed(call: &Call, asked: PageQuery) -> Result<Page<WebhookView>, Problem> {
    super::listed(call, asked).await
}

/// The endpoint of the path.
pub(in crate::web) async fn one(call: &Call) -> Result<WebhookView, Problem> {
    found(call, call.id("id", "webhook")?).await
}

/// Adds an endpoint.
pub(in crate::web) async fn added(call: &Call, (body, hash): Form) -> Result<Became, Problem> {
    let body: AddWebhook = checked(Value::Object(body))?;
    let (question, secret) = adding(call, body, hash).await?;
    secretly(call, question, secret).await
}

/// What a page asks of the endpoint of its path, which it showed in this version.
pub(in crate::web) async fn asked_of(
    call: &Call,
    (verb, version): (&str, Option<u64>),
    (fields, hash): Form,
) -> Result<Became, Problem> {
    let webhook: WebhookId = call.id("id", "webhook")?;
    let plain = |asked| Question::plain(call, action(asked), hash);
    let question = match verb {
        "rotate" => {
            let body: RotateWebhook = checked(Value::Object(fields))?;
            let (question, secret) = rotating(call, &body, hash)?;
            return secretly(call, question, Some(secret)).await;
        }
        "change" => {
            let seen = version.ok_or_else(|| Problem::new(codes::PRECONDITION_REQUIRED, "open the page again"))?;
            let body: UpdateWebhook = checked(Value::Object(fields))?;
            updating(call, (webhook, seen), (body, hash)).await?
        }
        "replay" => replaying(call, webhook, (checked(Value::Object(fields))?, hash)).await?,
        "enable" => plain(WebhookAction::EnableWebhook { webhook })?,
        "disable" => plain(WebhookAction::DisableWebhook { webhook })?,
        "test" => plain(WebhookAction::TestWebhook { webhook })?,
        "remove" => plain(WebhookAction::RemoveWebhook { webhook })?,
        _ => return Err(Problem::not_found("page")),
    };
    Ok(match ask(call, question).await? {
        Outcome::Done(_) => Became::Done,
        Outcome::Waits(change) => Became::Waits(change.id.to_string()),
    })
}

async fn secretly(call: &Call, question: Question, secret: Option<String>) -> Result<Became, Problem> {
    match ask(call, question).await? {
        Outcome::Done(events) => Ok(Became::Secret(Box::new(shown_with(call, &events, secret).await?))),
        Outcome::Waits(change) => Ok(Became::Waits(change.id.to_string())),
    }
}

/// The filters of a field, one a line or after a comma.
pub(in crate::web) fn filters(text: &str) -> Value {
    let named = text.split([',', '\n', ' ']).map(str::trim).filter(|one| !one.is_empty());
    json!(named.collect::<Vec<_>>())
}
