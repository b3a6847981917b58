//! Which events go to which endpoint. Each endpoint has a place in the ledger, and the ledger is the queue:
//! an event's leaf is written in the transaction that makes it happen, so that none is lost, none of what was
//! undone is sent, and a write costs the same however many endpoints there are.

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Integer, Text},
};

use super::{column, delivery_id, filters, parsed, place, take};
use crate::{
    domain::{request::Time, roster::EventFilter},
    store::{
        backend::Conn,
        error::StoreError,
        feed::{Happened, leaves_after},
        tx::Tx,
    },
    words::WebhookId,
};

#[derive(QueryableByName)]
struct Waiting {
    #[diesel(sql_type = Integer)]
    waiting: i32,
}

/// A part of the ledger that an endpoint has yet to be offered.
#[derive(QueryableByName)]
struct Part {
    #[diesel(sql_type = Text)]
    webhook: String,
    #[diesel(sql_type = Text)]
    events: String,
    /// The first leaf that was not looked at.
    #[diesel(sql_type = BigInt)]
    next: i64,
    /// The last leaf of the part.
    #[diesel(sql_type = BigInt)]
    until: i64,
    /// The replay that it is, or -1.
    #[diesel(sql_type = BigInt)]
    replay: i64,
}

const PARTS: &str = "SELECT w.id AS webhook, w.events, w.position AS next, h.size - 1 AS until, -1 AS replay \
     FROM webhooks w, ledger_head h WHERE h.id = 1 AND w.state = 'enabled' AND w.position < h.size \
     UNION ALL SELECT w.id, w.events, r.next, r.until, r.leaf FROM webhook_replays r \
     JOIN webhooks w ON w.id = r.webhook WHERE w.state = 'enabled'";

/// Did something happen that an endpoint was not offered yet? Asked of a reader, so that an idle service
/// writes nothing.
pub fn has_unoffered(conn: &mut Conn) -> Result<bool, StoreError> {
    let found: Vec<Waiting> = sql_query(format!("SELECT 1 AS waiting FROM ({PARTS}) AS parts LIMIT 1")).load(conn)?;
    Ok(found.iter().any(|found| found.waiting > 0))
}

/// Puts one event on its way to one endpoint, unless it is already; how many rows that made.
pub(super) fn post(
    conn: &mut Conn,
    webhook: WebhookId,
    (leaf, name): (u64, &str),
    now: Time,
) -> Result<usize, StoreError> {
    let posted = sql_query(
        "INSERT INTO webhook_deliveries (id, webhook, leaf, kind, state, attempts, base, next_at) \
         VALUES ($1, $2, $3, $4, 'waiting', 0, 0, $5) ON CONFLICT DO NOTHING",
    )
    .bind::<Text, _>(delivery_id(webhook, leaf))
    .bind::<Text, _>(webhook.to_string())
    .bind::<BigInt, _>(column(leaf))
    .bind::<Text, _>(name)
    .bind::<BigInt, _>(now.timestamp_micros())
    .execute(conn)?;
    Ok(posted)
}

/// Makes an event that an endpoint was offered before due again, whoever has it in hand; was there one?
fn post_again(conn: &mut Conn, webhook: WebhookId, leaf: u64, now: Time) -> Result<bool, StoreError> {
    let again = sql_query(
        "UPDATE webhook_deliveries SET state = 'waiting', base = attempts, next_at = $1, lease_owner = NULL, \
         lease_until = NULL WHERE webhook = $2 AND leaf = $3",
    )
    .bind::<BigInt, _>(now.timestamp_micros())
    .bind::<Text, _>(webhook.to_string())
    .bind::<BigInt, _>(column(leaf))
    .execute(conn)?;
    Ok(again > 0)
}

impl Tx<'_, '_> {
    /// Offers every enabled endpoint so many leaves of what happened since its place in the ledger, and of what
    /// it is to be sent once more.
    pub fn offer_webhooks(&mut self, leaves: i64) -> Result<(), StoreError> {
        let now = self.now();
        let parts: Vec<Part> = sql_query(PARTS).load(self.conn())?;
        parts.iter().try_for_each(|part| part.offer(self.conn(), now, leaves))
    }
}

impl Part {
    fn offer(&self, conn: &mut Conn, now: Time, leaves: i64) -> Result<(), StoreError> {
        let (webhook, filters): (WebhookId, Vec<EventFilter>) = (parsed(&self.webhook)?, filters(&self.events)?);
        let found = leaves_after(conn, self.next.checked_sub(1).filter(|leaf| *leaf >= 0).map(place), leaves)?;
        let part = found.iter().take_while(|event| column(event.leaf) <= self.until);
        for event in part {
            let name = name(event);
            let again = self.replay >= 0 && post_again(conn, webhook, event.leaf, now)?;
            let told = event.kind == Happened::ERASURE || take(&filters, &name);
            if !again && told {
                post(conn, webhook, (event.leaf, &name), now)?;
            }
        }
        let next = found.last().map_or(self.until, |last| column(last.leaf).min(self.until)) + 1;
        self.went_on(conn, next)
    }

    fn went_on(&self, conn: &mut Conn, next: i64) -> Result<(), StoreError> {
        let (sql, id) = match self.replay {
            -1 => ("UPDATE webhooks SET position = $1 WHERE id = $2", None),
            replay if next > self.until => ("DELETE FROM webhook_replays WHERE next <= $1 AND leaf = $2", Some(replay)),
            replay => ("UPDATE webhook_replays SET next = $1 WHERE leaf = $2", Some(replay)),
        };
        let query = sql_query(sql).bind::<BigInt, _>(next);
        match id {
            None => query.bind::<Text, _>(&self.webhook).execute(conn)?,
            Some(replay) => query.bind::<BigInt, _>(replay).execute(conn)?,
        };
        Ok(())
    }
}

/// An event's name as filters know it.
fn name(event: &Happened) -> String {
    let of = if event.exception.is_some() { "exception" } else { "roster" };
    format!("{of}.{}", event.kind)
}
