//! `proviso webhook`: the endpoints that events are sent to and what came of it, for whoever has a shell on this
//! machine.

use anyhow::anyhow;
use clap::Subcommand;

use super::Failure;
use crate::{
    app::{App, Timing},
    config::Config,
    domain::roster::{EventFilter, LetterState, WebhookAction},
    store::webhooks::{Delivery, Webhook},
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

impl Verb {
    pub(super) fn run(&self, config: Config) -> Result<(), Failure> {
        let app = App::open(config, Timing::system()?)?;
        match *self {
            Self::List => app.webhooks()?.iter().for_each(|webhook| println!("{}", row(webhook))),
            Self::Show { webhook } => show(&app, webhook)?,
            Self::Deliveries { webhook, state, limit } => {
                app.deliveries(webhook, state, limit)?.iter().for_each(tell);
            }
            Self::Replay { webhook, from, until } => {
                done(&app, webhook, WebhookAction::ReplayWebhook { webhook, from, until })?;
            }
            Self::Test { webhook } => done(&app, webhook, WebhookAction::TestWebhook { webhook })?,
            Self::Enable { webhook } => done(&app, webhook, WebhookAction::EnableWebhook { webhook })?,
            Self::Disable { webhook } => done(&app, webhook, WebhookAction::DisableWebhook { webhook })?,
        }
        Ok(())
    }
}

/// Asks for it as the service itself; the running service sends what there is to send.
fn done(app: &App, webhook: WebhookId, action: WebhookAction) -> Result<(), Failure> {
    app.change_webhook(action)?;
    show(app, webhook)
}

fn row(webhook: &Webhook) -> String {
    format!("{}\t{}\t{}\t{}", webhook.id, webhook.state, webhook.medium, webhook.host)
}

fn show(app: &App, id: WebhookId) -> Result<(), Failure> {
    let webhook = app.webhook(id)?.ok_or_else(|| anyhow!("there is no endpoint {id}"))?;
    println!("{}", row(&webhook));
    let events: Vec<&str> = webhook.events.iter().map(EventFilter::as_str).collect();
    println!("events: {}", if events.is_empty() { "all".to_owned() } else { events.join(", ") });
    println!("owner: {}", webhook.owner);
    if let Some(since) = webhook.failing_since {
        println!("failing since {}", since.format("%Y-%m-%dT%H:%M:%SZ"));
    }
    if let Some(why) = webhook.ended_by {
        println!("ended: {why}");
    }
    Ok(())
}

fn tell(delivery: &Delivery) {
    let due = delivery.due_at.format("%Y-%m-%dT%H:%M:%SZ");
    println!("{}\t{}\t{}\t{}\t{due}", delivery.id, delivery.leaf, delivery.kind, delivery.state);
    for tried in &delivery.tries {
        let at = tried.at.format("%Y-%m-%dT%H:%M:%SZ");
        let came = tried.status.map_or_else(String::new, |status| status.to_string());
        let error = tried.error.as_deref().unwrap_or_default();
        println!("  {}\t{at}\t{} ms\t{came}\t{error}", tried.attempt, tried.millis);
    }
}
