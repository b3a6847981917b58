//! An endpoint as it is shown, and its address as it is given.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    desk::{Desk, Error},
    domain::roster::{EventFilter, Medium, WebhookEnd, WebhookState},
    outbound::{Address, Unfit},
    store::webhooks::Webhook,
    web::{
        api::{
            administer,
            schema::{schemas, string},
            text::Instant,
        },
        call::Call,
        problem::{Problem, codes},
    },
    words::{Hash, PersonId, WebhookId},
};

/// Where an endpoint is, as it was given. It may be a secret, and is not shown.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Url(String);

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Url(..)")
    }
}

schemas! {
    Url, "WebhookUrl" => string().min_length(Some(1)).max_length(Some(2048)).description(Some("An address of https.")).examples(["https://hooks.example.org/proviso"]);
}

impl Url {
    /// The address, if it may be asked.
    pub fn judged(&self, call: &Call) -> Result<Address, Problem> {
        Address::read(&self.0, &call.web.settings.private_hosts).map_err(|unfit| {
            let kind = match unfit {
                Unfit::Form(_) => codes::URL_INVALID,
                Unfit::Plain => codes::URL_NOT_HTTPS,
                Unfit::Private | Unfit::Never => codes::URL_PRIVATE,
            };
            Problem::field(kind, "/url", unfit.to_string())
        })
    }
}

/// An endpoint, without its secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Webhook)]
pub struct WebhookView {
    /// Its id.
    pub id: WebhookId,
    /// What it is.
    pub kind: Medium,
    /// Who answers for it; it gets what they may see.
    pub owner: PersonId,
    /// What it is for; `null` once that was erased.
    pub description: Option<String>,
    /// The host of its address.
    #[schema(examples("hooks.example.org"))]
    pub host: String,
    /// Its whole address; of a chat it is a secret and not shown.
    #[schema(examples("https://hooks.example.org/proviso"))]
    pub url: Option<String>,
    /// Which events; none: everything.
    pub events: Vec<EventFilter>,
    /// Where it stands.
    pub state: WebhookState,
    /// Why it gets nothing.
    pub ended_by: Option<WebhookEnd>,
    /// Since when every try failed.
    pub failing_since: Option<Instant>,
    /// Until when the secret of before the last rotation is valid too.
    pub old_secret_until: Option<Instant>,
    /// When it was added.
    pub added_at: Instant,
    /// When it was last changed.
    pub changed_at: Instant,
    /// Its version.
    #[serde(skip)]
    pub version: u64,
}

/// These endpoints with their descriptions opened.
pub fn all(desk: &Desk, found: Vec<Webhook>) -> Result<Vec<WebhookView>, Error> {
    let commitments: Vec<Hash> = found.iter().map(|webhook| webhook.description).collect();
    let texts = desk.store().read(|conn| administer::texts(conn, &commitments))?;
    let view = |webhook: Webhook| WebhookView {
        description: texts.get(&webhook.description).cloned(),
        version: webhook.version(),
        id: webhook.id,
        kind: webhook.medium,
        owner: webhook.owner,
        host: webhook.host,
        url: webhook.url,
        events: webhook.events,
        state: webhook.state,
        ended_by: webhook.ended_by,
        failing_since: webhook.failing_since.map(Into::into),
        old_secret_until: webhook.old_until.map(Into::into),
        added_at: webhook.added_at.into(),
        changed_at: webhook.changed_at.into(),
    };
    Ok(found.into_iter().map(view).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_was_given_is_not_shown() {
        let url: Url = serde_json::from_str("\"https://hooks.slack.com/services/T/B/secret\"").expect("a text");
        assert_eq!(format!("{url:?}"), "Url(..)");
    }
}
