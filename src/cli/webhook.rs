//! `proviso webhook`: the endpoints that events are sent to and what came of it, for whoever has a shell on this
//! machine.

use anyhow::anyhow;
use clap::Subcommand;
use serde_json::{Value, json};

use super::{
    Failure,
    output::{Column, Output},
};
use crate::{
    app::{App, Timing},
    config::Config,
    domain::roster::{EventFilter, LetterState, WebhookAction},
    store::webhooks::{Delivery, Try, Webhook},
    words::WebhookId,
};

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Lists endpoints.
    List,
    /// Shows one endpoint.
    Show {
        /// The endpoint's id.
        webhook: WebhookId,
    },
    /// Lists what was sent to an endpoint, the newest first, each with its tries.
    Deliveries {
        /// The endpoint's id.
        webhook: WebhookId,
        /// Only those that stand so: waiting, delivered, dead or discarded.
        #[arg(long)]
        state: Option<LetterState>,
        /// At most so many.
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(i64).range(1..=1_000))]
        limit: i64,
    },
    /// Sends to an endpoint once more what happened at these places of the ledger.
    Replay {
        /// The endpoint's id.
        webhook: WebhookId,
        /// The first leaf.
        #[arg(long)]
        from: u64,
        /// The last leaf.
        #[arg(long)]
        until: u64,
    },
    /// Sends to an endpoint that it is tried.
    Test {
        /// The endpoint's id.
        webhook: WebhookId,
    },
    /// Sends to an endpoint again, from now on.
    Enable {
        /// The endpoint's id.
        webhook: WebhookId,
    },
    /// Sends nothing more to an endpoint.
    Disable {
        /// The endpoint's id.
        webhook: WebhookId,
    },
}

const WEBHOOKS: [Column; 4] = [("WEBHOOK", "/id"), ("STATE", "/state"), ("KIND", "/kind"), ("HOST", "/host")];
const DELIVERIES: [Column; 6] = [
    ("DELIVERY", "/id"),
    ("LEAF", "/leaf"),
    ("EVENT", "/kind"),
    ("STATE", "/state"),
    ("DUE", "/due_at"),
    ("TRIES", "/told"),
];

impl Verb {
    pub(super) fn run(&self, config: Config, output: Output) -> Result<(), Failure> {
        let app = App::open(config, Timing::system()?)?;
        match *self {
            Self::List => output.rows(&WEBHOOKS, &app.webhooks()?.iter().map(shown).collect::<Vec<_>>()),
            Self::Show { webhook } => show(&app, webhook, output),
            Self::Deliveries { webhook, state, limit } => {
                let deliveries = app.deliveries(webhook, state, limit)?;
                output.rows(&DELIVERIES, &deliveries.iter().map(sent).collect::<Vec<_>>())
            }
            Self::Replay { webhook, from, until } => {
                let action = WebhookAction::ReplayWebhook { webhook, from, until };
                done(&app, (webhook, action), output)
            }
            Self::Test { webhook } => done(&app, (webhook, WebhookAction::TestWebhook { webhook }), output),
            Self::Enable { webhook } => done(&app, (webhook, WebhookAction::EnableWebhook { webhook }), output),
            Self::Disable { webhook } => done(&app, (webhook, WebhookAction::DisableWebhook { webhook }), output),
        }
    }
}

/// Asks for it as the service itself; the running service sends what there is to send.
fn done(app: &App, (webhook, action): (WebhookId, WebhookAction), output: Output) -> Result<(), Failure> {
    app.change_webhook(action)?;
    show(app, webhook, output)
}

fn shown(webhook: &Webhook) -> Value {
    json!({
        "id": webhook.id,
        "state": webhook.state,
        "kind": webhook.medium,
        "host": webhook.host,
        "events": webhook.events.iter().map(EventFilter::as_str).collect::<Vec<_>>(),
        "owner": webhook.owner,
        "failing_since": webhook.failing_since,
        "ended_by": webhook.ended_by.map(|why| why.to_string()),
    })
}

fn show(app: &App, id: WebhookId, output: Output) -> Result<(), Failure> {
    let webhook = app.webhook(id)?.ok_or_else(|| anyhow!("there is no endpoint {id}"))?;
    output.one(&shown(&webhook))
}

fn sent(delivery: &Delivery) -> Value {
    let told = |tried: &Try| {
        let came = tried.status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
        let error = tried.error.as_deref().map(|error| format!(" {error}")).unwrap_or_default();
        format!("{came} in {} ms{error}", tried.millis)
    };
    let tried = |tried: &Try| {
        let Try { attempt, at, millis, status, error, .. } = tried;
        json!({ "attempt": attempt, "at": at, "millis": millis, "status": status, "error": error })
    };
    json!({
        "id": delivery.id,
        "leaf": delivery.leaf,
        "kind": delivery.kind,
        "state": delivery.state,
        "due_at": delivery.due_at,
        "tries": delivery.tries.iter().map(tried).collect::<Vec<_>>(),
        "told": delivery.tries.iter().map(told).collect::<Vec<_>>(),
    })
}
