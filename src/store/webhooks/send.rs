//! Events on their way to endpoints: claimed for one endpoint at a time under a lease, and marked by whoever
//! still holds it. An endpoint that fails is kept apart, so that it delays no other.

use chrono::Duration;
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Integer, Nullable, Text},
};
use uuid::Uuid;

use super::{parsed, place};
use crate::{
    domain::{
        person::By,
        request::Time,
        roster::{OutwardDeed, RosterDeed, RosterEvent, WebhookDeed, WebhookEnd},
    },
    store::{
        RosterChange,
        backend::Conn,
        erasure::Sent,
        error::StoreError,
        ledger::Posted,
        outbox::{Claim, Fence, Told},
        roster::Secrets,
        tx::Tx,
    },
    words::{DeliveryId, PersonId, WebhookId},
};

/// After how many days without a success an endpoint gets nothing more.
const SILENT_DAYS: i64 = 5;
/// How many tries of one delivery are kept.
const TRIES_KEPT: i32 = 30;

/// Which endpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// Those that took what they were sent last, or were sent nothing yet.
    Answering,
    /// Those that did not.
    Failing,
}

impl Gate {
    const fn condition(self) -> &'static str {
        match self {
            Self::Answering => "failing_since IS NULL",
            Self::Failing => "failing_since IS NOT NULL",
        }
    }
}

/// An event that is this owner's to send until its lease ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// Its id, the same on every try.
    pub id: DeliveryId,
    /// Where it goes.
    pub webhook: WebhookId,
    /// Its leaf.
    pub leaf: u64,
    /// Which try this is in all, from 1; with the owner the fence of its mark.
    pub attempt: u32,
    /// Which try it is since it was put on its way, or was last replayed.
    pub turn: u32,
    owner: Uuid,
}

/// What came of a try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// When it began.
    pub at: Time,
    /// How long it took, in milliseconds.
    pub millis: u64,
    /// The status of the answer.
    pub status: Option<u16>,
    /// What went wrong.
    pub error: Option<String>,
    /// What becomes of the event.
    pub became: Became,
}

/// What becomes of an event after a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Became {
    /// It arrived.
    Delivered,
    /// It is tried again, not before this instant.
    Retry(Time),
    /// It is given up, and so is the endpoint.
    Dead(WebhookEnd),
}

impl Became {
    /// Did it arrive, or was it given up? Nothing, while it is tried again.
    const fn settled(self) -> Option<bool> {
        match self {
            Self::Delivered => Some(true),
            Self::Retry(_) => None,
            Self::Dead(_) => Some(false),
        }
    }
}

#[derive(QueryableByName)]
struct Chosen {
    #[diesel(sql_type = Text)]
    id: String,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Text)]
    webhook: String,
    #[diesel(sql_type = BigInt)]
    leaf: i64,
    #[diesel(sql_type = Integer)]
    attempts: i32,
    #[diesel(sql_type = Integer)]
    base: i32,
    #[diesel(sql_type = BigInt)]
    next_at: i64,
}

#[derive(QueryableByName)]
struct Failing {
    #[diesel(sql_type = Nullable<BigInt>)]
    failing_since: Option<i64>,
    #[diesel(sql_type = Text)]
    state: String,
}

/// The endpoint whose turn it is: something is due and nobody has anything of it in hand; who waited longest.
fn chosen(conn: &mut Conn, gate: Gate, now: Time) -> Result<Option<String>, StoreError> {
    let found: Option<Chosen> = sql_query(format!(
        "SELECT w.id FROM webhooks w WHERE w.state = 'enabled' AND w.{} \
         AND EXISTS (SELECT 1 FROM webhook_deliveries d WHERE d.webhook = w.id AND d.state = 'waiting' \
         AND d.next_at <= $1) \
         AND NOT EXISTS (SELECT 1 FROM webhook_deliveries h WHERE h.webhook = w.id AND h.state = 'waiting' \
         AND h.lease_until > $2) ORDER BY w.tried_at, w.id LIMIT 1",
        gate.condition()
    ))
    .bind::<BigInt, _>(now.timestamp_micros())
    .bind::<BigInt, _>(now.timestamp_micros())
    .get_result(conn)
    .optional()?;
    Ok(found.map(|found| found.id))
}

/// Is there something to send to such an endpoint? Asked of a reader, so that an idle service writes nothing.
pub fn has_due(conn: &mut Conn, gate: Gate, now: Time) -> Result<bool, StoreError> {
    chosen(conn, gate, now).map(|found| found.is_some())
}

impl Row {
    fn claimed(&self, owner: Uuid) -> Result<Claimed, StoreError> {
        let count = |count: i32| u32::try_from(count).unwrap_or(0);
        Ok(Claimed {
            id: parsed(&self.id)?,
            webhook: parsed(&self.webhook)?,
            leaf: place(self.leaf),
            attempt: count(self.attempts),
            turn: count(self.attempts.saturating_sub(self.base)),
            owner,
        })
    }
}

impl Claimed {
    fn attempts(&self) -> i32 {
        i32::try_from(self.attempt).unwrap_or(i32::MAX)
    }
}

#[derive(QueryableByName)]
struct Owned {
    #[diesel(sql_type = Text)]
    id: String,
}

impl Tx<'_, '_> {
    /// Takes what is due for the one endpoint whose turn it is, in the ledger's order. Each claim is a try.
    pub fn claim_webhooks(&mut self, gate: Gate, claim: &Claim) -> Result<Vec<Claimed>, StoreError> {
        let now = claim.now.timestamp_micros();
        let Some(webhook) = chosen(self.conn(), gate, claim.now)? else { return Ok(Vec::new()) };
        sql_query("UPDATE webhooks SET tried_at = $1 WHERE id = $2")
            .bind::<BigInt, _>(now)
            .bind::<Text, _>(&webhook)
            .execute(self.conn())?;
        let mut rows: Vec<Row> = sql_query(
            "UPDATE webhook_deliveries SET lease_owner = $1, lease_until = $2, attempts = attempts + 1 WHERE id IN \
             (SELECT id FROM webhook_deliveries WHERE webhook = $3 AND state = 'waiting' AND next_at <= $4 \
             ORDER BY next_at, leaf LIMIT $5) RETURNING id, webhook, leaf, attempts, base, next_at",
        )
        .bind::<Text, _>(claim.owner.to_string())
        .bind::<BigInt, _>((claim.now + claim.lease).timestamp_micros())
        .bind::<Text, _>(&webhook)
        .bind::<BigInt, _>(now)
        .bind::<BigInt, _>(claim.limit)
        .load(self.conn())?;
        rows.sort_by_key(|row| (row.next_at, row.leaf));
        rows.iter().map(|row| row.claimed(claim.owner)).collect()
    }

    /// Holds what `owner` has in hand for endpoints until `until`.
    pub fn hold_webhooks(&mut self, owner: Uuid, until: Time) -> Result<usize, StoreError> {
        let sql = "UPDATE webhook_deliveries SET lease_until = $1 WHERE lease_owner = $2 AND state = 'waiting'";
        let held = sql_query(sql)
            .bind::<BigInt, _>(until.timestamp_micros())
            .bind::<Text, _>(owner.to_string())
            .execute(self.conn())?;
        Ok(held)
    }

    /// Gives back what was claimed together with `claimed` and not tried.
    pub fn release_webhooks(&mut self, claimed: &Claimed) -> Result<(), StoreError> {
        sql_query(
            "UPDATE webhook_deliveries SET lease_owner = NULL, lease_until = NULL, attempts = attempts - 1 \
             WHERE lease_owner = $1 AND state = 'waiting'",
        )
        .bind::<Text, _>(claimed.owner.to_string())
        .execute(self.conn())?;
        Ok(())
    }

    /// Forgets an event that is not for the eyes of who answers for the endpoint.
    pub fn withdraw_webhook(&mut self, claimed: &Claimed) -> Result<Fence, StoreError> {
        let sql = "DELETE FROM webhook_deliveries WHERE id = $1 AND lease_owner = $2 AND attempts = $3";
        let gone = sql_query(sql)
            .bind::<Text, _>(claimed.id.to_string())
            .bind::<Text, _>(claimed.owner.to_string())
            .bind::<Integer, _>(claimed.attempts())
            .execute(self.conn())?;
        Ok(Fence::of(gone))
    }

    /// Marks what came of a try. An endpoint that failed for good, or for days, gets nothing more: that is an
    /// event, and a letter to who answers for it.
    pub fn webhook_tried(&mut self, claimed: &Claimed, tried: &Tried) -> Result<Fence, StoreError> {
        let (state, next_at) = match tried.became {
            Became::Delivered => ("delivered", tried.at),
            Became::Retry(at) => ("waiting", at),
            Became::Dead(_) => ("dead", tried.at),
        };
        let marked = sql_query(
            "UPDATE webhook_deliveries SET state = $1, next_at = $2, lease_owner = NULL, lease_until = NULL \
             WHERE id = $3 AND lease_owner = $4 AND attempts = $5 AND state = 'waiting'",
        )
        .bind::<Text, _>(state)
        .bind::<BigInt, _>(next_at.timestamp_micros())
        .bind::<Text, _>(claimed.id.to_string())
        .bind::<Text, _>(claimed.owner.to_string())
        .bind::<Integer, _>(claimed.attempts())
        .execute(self.conn())?;
        let fence = Fence::of(marked);
        if fence == Fence::Held {
            self.keep_try(claimed, tried)?;
            let sent = Sent { delivered: tried.became.settled(), at: tried.at, status: tried.status };
            self.erasure_sent(&claimed.webhook.to_string(), claimed.leaf, sent)?;
            self.judge_webhook(claimed.webhook, tried)?;
        }
        Ok(fence)
    }

    fn keep_try(&mut self, claimed: &Claimed, tried: &Tried) -> Result<(), StoreError> {
        let (delivery, attempt) = (claimed.id.to_string(), claimed.attempts());
        sql_query(
            "INSERT INTO webhook_attempts (delivery, attempt, at, millis, status, error) VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind::<Text, _>(&delivery)
        .bind::<Integer, _>(attempt)
        .bind::<BigInt, _>(tried.at.timestamp_micros())
        .bind::<BigInt, _>(i64::try_from(tried.millis).unwrap_or(i64::MAX))
        .bind::<Nullable<Integer>, _>(tried.status.map(i32::from))
        .bind::<Nullable<Text>, _>(tried.error.as_deref())
        .execute(self.conn())?;
        sql_query("DELETE FROM webhook_attempts WHERE delivery = $1 AND attempt <= $2")
            .bind::<Text, _>(&delivery)
            .bind::<Integer, _>(attempt - TRIES_KEPT)
            .execute(self.conn())?;
        Ok(())
    }

    fn judge_webhook(&mut self, webhook: WebhookId, tried: &Tried) -> Result<(), StoreError> {
        let failing = match tried.became {
            Became::Delivered => None,
            Became::Retry(_) | Became::Dead(_) => Some(tried.at.timestamp_micros()),
        };
        let row: Option<Failing> = sql_query(
            "UPDATE webhooks SET failing_since = CASE WHEN $1 = 0 THEN NULL ELSE COALESCE(failing_since, $2) END \
             WHERE id = $3 RETURNING failing_since, state",
        )
        .bind::<BigInt, _>(failing.unwrap_or(0))
        .bind::<BigInt, _>(failing.unwrap_or(0))
        .bind::<Text, _>(webhook.to_string())
        .get_result(self.conn())
        .optional()?;
        let Some(row) = row.filter(|row| row.state == "enabled") else { return Ok(()) };
        let limit = (tried.at - Duration::days(SILENT_DAYS)).timestamp_micros();
        let why = match tried.became {
            Became::Dead(why) => Some(why),
            Became::Retry(_) | Became::Delivered => {
                row.failing_since.filter(|since| *since <= limit).map(|_| WebhookEnd::Silent)
            }
        };
        why.map_or(Ok(()), |why| self.fail_webhook(webhook, why))
    }

    /// Endpoints for which nobody answers any more get nothing: they were sent what their owner saw.
    pub fn leave_webhooks(&mut self, owner: PersonId) -> Result<(), StoreError> {
        let rows: Vec<Owned> = sql_query("SELECT id FROM webhooks WHERE owner = $1 AND state = 'enabled' ORDER BY id")
            .bind::<Text, _>(owner.to_string())
            .load(self.conn())?;
        for Owned { id } in rows {
            let webhook = id.parse().map_err(|_| StoreError::Corrupt(format!("endpoint {id}")))?;
            self.fail_webhook(webhook, WebhookEnd::OwnerLeft)?;
        }
        Ok(())
    }

    /// The endpoint gets nothing more, by the service's own doing.
    fn fail_webhook(&mut self, webhook: WebhookId, why: WebhookEnd) -> Result<(), StoreError> {
        let deed = RosterDeed::Outward(OutwardDeed::Webhook(WebhookDeed::WebhookDisabled { webhook, why }));
        let (by, at) = (By::System { job: "webhooks".to_owned() }, self.now());
        let citation = by.freely();
        let event = RosterEvent { deed, by, at, alone: false, citation };
        let seq =
            self.record_roster(&RosterChange { events: &[event], openings: &[], secrets: &Secrets::default() })?;
        let told = Told::Webhook { webhook, why, held: None };
        let payload = serde_json::to_string(&told).map_err(|error| StoreError::Corrupt(error.to_string()))?;
        let dedupe_key = format!("webhook/{webhook}/{seq}");
        let id = Uuid::new_v5(&webhook.0, dedupe_key.as_bytes()).to_string();
        self.batch().post(&Posted { id, dedupe_key, kind: "webhook_failed", payload, at });
        Ok(())
    }
}
