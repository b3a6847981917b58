//! One event as the request that an endpoint gets: a signed CloudEvent, or a few words for a chat.

use crate::{
    desk::CloudEvent,
    domain::{request::Time, roster::Medium},
    identity::webhook::{Scheme, Secret},
    notify::chat,
    store::webhooks::WebhookKeys,
    words::DeliveryId,
};

/// Headers and body.
pub(super) struct Message {
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: String,
}

/// What a signature needs beside the body.
pub(super) struct Letterhead<'k> {
    /// The delivery: the same id on every try and on every replay.
    pub(super) id: DeliveryId,
    /// When it is sent.
    pub(super) at: Time,
    /// What is signed with.
    pub(super) keys: &'k WebhookKeys,
    /// How far the ledger has come, as it was signed.
    pub(super) checkpoint: &'k str,
}

/// The request; an error says what is wrong with the endpoint, and no secret.
pub(super) fn message(
    medium: Medium,
    event: &CloudEvent,
    head: &Letterhead<'_>,
    public_url: &str,
) -> Result<Message, String> {
    let said = chat::Said { number: event.subject.as_deref(), name: event.name(), public_url };
    let json = |body: serde_json::Value| Message {
        headers: vec![("content-type", "application/json; charset=utf-8".to_owned())],
        body: body.to_string(),
    };
    match medium {
        Medium::Slack => Ok(json(chat::slack(&said))),
        Medium::Teams => Ok(json(chat::teams(&said))),
        Medium::Webhook => signed(event, head),
    }
}

/// Structured mode (CloudEvents 1.0, HTTP binding §3.2), signed with every secret that is valid now.
fn signed(event: &CloudEvent, head: &Letterhead<'_>) -> Result<Message, String> {
    let body = serde_json::to_string(event).map_err(|error| error.to_string())?;
    let (id, at) = (format!("msg_{}", head.id.0.simple()), head.at.timestamp().to_string());
    let old = head.keys.old.as_ref().filter(|(_, until)| *until > head.at).map(|(secret, _)| secret);
    let secrets = head.keys.secret.iter().chain(old);
    let signature: Result<Vec<String>, String> =
        secrets.map(|text| Ok(Secret::read(Scheme::StandardWebhooks, text)?.sign(&id, &at, body.as_bytes()))).collect();
    let headers = vec![
        ("content-type", "application/cloudevents+json; charset=utf-8".to_owned()),
        ("webhook-id", id),
        ("webhook-timestamp", at),
        ("webhook-signature", signature?.join(" ")),
        ("x-proviso-checkpoint", head.checkpoint.to_owned()),
    ];
    Ok(Message { headers, body })
}
