//! The jobs that send events to endpoints: each gets what its owner may see, signed, in the ledger's order. An
//! endpoint has one request under way at a time, and those that fail have threads of their own.

mod message;
mod outcome;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    thread,
    time::Instant,
};

use message::Letterhead;

use super::{
    JobError, Jobs, Worked,
    lease::{Lease, Queue},
};
use crate::{
    desk::{CloudEvent, Error, checkpoint_header},
    domain::{
        request::Time,
        roster::{Medium, WebhookState},
    },
    outbound::{Address, Answer, Failed, Method, Request},
    store::{
        StoreError,
        automation::{Permit, Right},
        outbox::{Claim, Fence},
        webhooks::{Became, Claimed, Gate, Tried, Webhook, WebhookKeys, has_due, has_unoffered, keys, webhook},
    },
    words::Channel,
};

/// Leaves that are offered together.
const LEAVES: i64 = 200;
/// Pages in one turn.
const PAGES: usize = 1_000;

impl Gate {
    /// What is claimed together: of what fails one, since each may take as long as a request may.
    const fn page(self) -> i64 {
        match self {
            Self::Answering => 10,
            Self::Failing => 1,
        }
    }

    /// For which job of the table.
    const fn job(self) -> &'static str {
        match self {
            Self::Answering => "webhooks",
            Self::Failing => "webhooks_again",
        }
    }
}

/// What is sent to whom.
struct Found {
    webhook: Webhook,
    keys: WebhookKeys,
    event: CloudEvent,
    checkpoint: String,
}

impl Jobs {
    /// Offers what happened to every endpoint, sends it to those that answer, and counts what was sent.
    pub(super) fn webhooks(&mut self, _: Time) -> Result<Worked, JobError> {
        for _ in 0..PAGES {
            if self.is_ending() || !self.desk.store().read(has_unoffered)? {
                break;
            }
            let offered = self.write(|tx| match tx.permit(&Right::unleased("webhooks"))? {
                Permit::Granted => tx.offer_webhooks(LEAVES).map(Some),
                Permit::Halted | Permit::Lost => Ok(None),
            })?;
            if offered.is_none() {
                return Ok(Worked::cut_short(0));
            }
        }
        self.send_webhooks(Gate::Answering)
    }

    /// Sends to endpoints that failed what is due again, and counts it.
    pub(super) fn failing_webhooks(&mut self, _: Time) -> Result<Worked, JobError> {
        self.send_webhooks(Gate::Failing)
    }

    /// Every event passes here on its way to an endpoint, and the channel is stopped here.
    fn send_webhooks(&self, gate: Gate) -> Result<Worked, JobError> {
        let mut sent = 0;
        for _ in 0..PAGES {
            let now = self.desk.clock().now();
            if self.is_ending() || !self.desk.store().read(|conn| has_due(conn, gate, now))? {
                break;
            }
            let owner = self.desk.random().uuid_v4()?;
            let claim = Claim { owner, now, lease: Lease::length(), limit: gate.page() };
            let lease = Lease::of(Queue::Webhooks, owner, now);
            let claimed = self.write(move |tx| {
                let stopped =
                    tx.permit(&Right::unleased(gate.job()))? != Permit::Granted || tx.halted(Channel::Webhooks)?;
                if stopped { Ok(None) } else { tx.claim_webhooks(gate, &claim).map(Some) }
            })?;
            let Some(claimed) = claimed else { return Ok(Worked::cut_short(sent)) };
            sent += self.send_all(&claimed, (&lease, gate));
        }
        Ok(Worked::whole(sent))
    }

    /// Sends one after the other while the claim holds and nobody stops it. The first that fails ends it: the rest is given back.
    fn send_all(&self, claimed: &[Claimed], (lease, gate): (&Lease, Gate)) -> usize {
        let went = thread::scope(|scope| {
            let _beating = lease.beat(scope, (&self.desk, self.beat));
            let in_hand = |_: &&Claimed| {
                let holds = !self.is_ending() && lease.holds(self.desk.clock().now());
                holds && !self.is_stopped(Channel::Webhooks, gate.job())
            };
            claimed.iter().take_while(in_hand).take_while(|one| self.send_one(one)).count()
        });
        if let Some(one) = claimed.get(went).cloned()
            && let Err(error) = self.write(move |tx| tx.release_webhooks(&one))
        {
            tracing::warn!(%error, "what was not sent could not be given back; its lease ends by itself");
        }
        went
    }

    /// One try at one event; did it arrive? Whatever goes wrong with it, even a panic, stays with it.
    fn send_one(&self, one: &Claimed) -> bool {
        let tried = catch_unwind(AssertUnwindSafe(|| self.try_one(one)));
        let marked = tried.unwrap_or_else(|_| {
            let error = "sending it panicked".to_owned();
            self.mark_webhook(one, &outcome::failed(one, (self.desk.clock().now(), 0), error)).map(|()| false)
        });
        marked.unwrap_or_else(|error| {
            tracing::error!(delivery = %one.id, %error, "what came of a delivery could not be marked");
            false
        })
    }

    fn try_one(&self, one: &Claimed) -> Result<bool, JobError> {
        let Some(found) = self.found(one)? else {
            let one = one.clone();
            return Ok(self.write(move |tx| tx.withdraw_webhook(&one))? == Fence::Held);
        };
        if found.webhook.state != WebhookState::Enabled {
            return Ok(false);
        }
        let (at, began) = (self.desk.clock().now(), Instant::now());
        let answer = self.request(one, &found, at);
        let taken = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let tried = match answer {
            Ok(answer) => outcome::answered(one, (at, taken), &answer),
            Err(error) => outcome::failed(one, (at, taken), error.to_string()),
        };
        self.count(found.webhook.medium, tried.became);
        self.mark_webhook(one, &tried)?;
        Ok(tried.became == Became::Delivered)
    }

    /// The endpoint, and the event as its owner may see it now; nothing, where they may not.
    fn found(&self, one: &Claimed) -> Result<Option<Found>, JobError> {
        let (id, leaf) = (one.webhook, one.leaf);
        let (webhook, keys, checkpoint) = self.desk.store().read(|conn| {
            let found = webhook(conn, id)?.ok_or_else(|| StoreError::Corrupt(format!("endpoint {id} is not there")))?;
            Ok::<_, StoreError>((found, keys(conn, id)?, checkpoint_header(conn)?))
        })?;
        let told = match self.desk.seen_by(webhook.owner, leaf) {
            Ok(told) => told,
            // Who left sees nothing.
            Err(Error::NotFound(_)) => None,
            Err(error) => return Err(error.into()),
        };
        Ok(told.map(|told| Found { webhook, keys, event: CloudEvent::of(told, &self.outward.public_url), checkpoint }))
    }

    fn request(&self, one: &Claimed, found: &Found, at: Time) -> Result<Answer, Failed> {
        let client = &self.outward.client;
        let broken = |what: &str| Failed::Broken(what.to_owned());
        let url = found.keys.url.as_deref().ok_or_else(|| broken("the endpoint has no address"))?;
        let to = Address::read(url, client.permitted()).map_err(Failed::Unfit)?;
        let head = Letterhead { id: one.id, at, keys: &found.keys, checkpoint: &found.checkpoint };
        let message = message::message(found.webhook.medium, &found.event, &head, &self.outward.public_url);
        let message = message.map_err(|error| broken(&error))?;
        let headers: Vec<(&str, &str)> = message.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        client.send(&Request { method: Method::Post, to: &to, headers: &headers, body: message.body.as_bytes() })
    }

    fn mark_webhook(&self, one: &Claimed, tried: &Tried) -> Result<(), JobError> {
        if let Some(error) = &tried.error {
            tracing::warn!(webhook = %one.webhook, delivery = %one.id, attempt = one.attempt, %error, "not delivered");
        }
        let (one, tried) = (one.clone(), tried.clone());
        if self.write(move |tx| tx.webhook_tried(&one, &tried))? == Fence::Lost {
            tracing::info!("another process has the delivery by now");
        }
        Ok(())
    }

    fn count(&self, medium: Medium, became: Became) {
        let outcome = match became {
            Became::Delivered => "delivered",
            Became::Retry(_) => "failed",
            Became::Dead(_) => "given_up",
        };
        self.desk.sent().note(medium.as_str(), outcome);
    }
}
