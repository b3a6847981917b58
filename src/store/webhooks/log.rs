//! What was sent to an endpoint, and what came of each try: for those who look after it, for a while.

use std::collections::BTreeMap;

use diesel::{
    prelude::*,
    query_builder::BoxedSqlQuery,
    sql_query,
    sql_types::{BigInt, Integer, Nullable, Text},
};

use super::{instant, parsed, place};
use crate::{
    domain::{request::Time, roster::LetterState},
    store::{
        backend::{Conn, MultiBackend},
        error::StoreError,
        queries::Cursor,
        tx::Tx,
    },
    words::{DeliveryId, WebhookId},
};

/// An event on its way to an endpoint, or arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its id, which the endpoint knows it by.
    pub id: DeliveryId,
    /// Where it goes.
    pub webhook: WebhookId,
    /// The event's place in the ledger.
    pub leaf: u64,
    /// The event's name.
    pub kind: String,
    /// Where it stands.
    pub state: LetterState,
    /// When it is due, or was settled.
    pub due_at: Time,
    /// The tries, the first first.
    pub tries: Vec<Try>,
}

/// One try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Try {
    /// Which, from 1.
    pub attempt: u32,
    /// When it began.
    pub at: Time,
    /// How long it took, in milliseconds.
    pub millis: u64,
    /// The status of the answer.
    pub status: Option<u16>,
    /// What went wrong.
    pub error: Option<String>,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Text)]
    webhook: String,
    #[diesel(sql_type = BigInt)]
    leaf: i64,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    state: String,
    #[diesel(sql_type = BigInt)]
    next_at: i64,
}

#[derive(QueryableByName)]
struct TryRow {
    #[diesel(sql_type = Text)]
    delivery: String,
    #[diesel(sql_type = Integer)]
    attempt: i32,
    #[diesel(sql_type = BigInt)]
    at: i64,
    #[diesel(sql_type = BigInt)]
    millis: i64,
    #[diesel(sql_type = Nullable<Integer>)]
    status: Option<i32>,
    #[diesel(sql_type = Nullable<Text>)]
    error: Option<String>,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

const COLUMNS: &str = "id, webhook, leaf, kind, state, next_at";

impl Delivery {
    /// Where a page that ends with it goes on.
    pub fn cursor(&self) -> Cursor {
        Cursor { value: super::column(self.leaf), id: self.id.to_string() }
    }

    fn of(row: Row, tries: &mut BTreeMap<String, Vec<Try>>) -> Result<Self, StoreError> {
        Ok(Self {
            id: parsed(&row.id)?,
            webhook: parsed(&row.webhook)?,
            leaf: place(row.leaf),
            state: parsed(&row.state)?,
            due_at: instant(row.next_at)?,
            tries: tries.remove(&row.id).unwrap_or_default(),
            kind: row.kind,
        })
    }
}

/// What goes or went to an endpoint, the newest first, after `after`; only what stands so, where that is said.
pub fn deliveries(
    conn: &mut Conn,
    (webhook, standing): (WebhookId, Option<LetterState>),
    after: Option<&Cursor>,
    limit: i64,
) -> Result<Vec<Delivery>, StoreError> {
    let (filter, standing) = standing.map_or(("$2 = ''", ""), |standing| ("state = $2", standing.as_str()));
    let rows: Vec<Row> = sql_query(format!(
        "SELECT {COLUMNS} FROM webhook_deliveries WHERE webhook = $1 AND {filter} AND leaf < $3 \
         ORDER BY leaf DESC LIMIT $4"
    ))
    .bind::<Text, _>(webhook.to_string())
    .bind::<Text, _>(standing)
    .bind::<BigInt, _>(after.map_or(i64::MAX, |cursor| cursor.value))
    .bind::<BigInt, _>(limit)
    .load(conn)?;
    let mut tries = tries(conn, &rows)?;
    rows.into_iter().map(|row| Delivery::of(row, &mut tries)).collect()
}

/// One of them.
pub fn delivery(conn: &mut Conn, webhook: WebhookId, id: DeliveryId) -> Result<Option<Delivery>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM webhook_deliveries WHERE id = $1 AND webhook = $2");
    let rows: Vec<Row> =
        sql_query(sql).bind::<Text, _>(id.to_string()).bind::<Text, _>(webhook.to_string()).load(conn)?;
    let mut tries = tries(conn, &rows)?;
    rows.into_iter().next().map(|row| Delivery::of(row, &mut tries)).transpose()
}

fn tries(conn: &mut Conn, rows: &[Row]) -> Result<BTreeMap<String, Vec<Try>>, StoreError> {
    let mut found: BTreeMap<String, Vec<Try>> = BTreeMap::new();
    if rows.is_empty() {
        return Ok(found);
    }
    let places: Vec<String> = (1..=rows.len()).map(|place| format!("${place}")).collect();
    let sql = format!(
        "SELECT delivery, attempt, at, millis, status, error FROM webhook_attempts WHERE delivery IN ({}) \
         ORDER BY delivery, attempt",
        places.join(", ")
    );
    let asked: BoxedSqlQuery<'_, MultiBackend, _> = sql_query(sql).into_boxed();
    let tried: Vec<TryRow> = rows.iter().fold(asked, |asked, row| asked.bind::<Text, _>(row.id.as_str())).load(conn)?;
    for row in tried {
        let one = Try {
            attempt: u32::try_from(row.attempt).unwrap_or(0),
            at: instant(row.at)?,
            millis: place(row.millis),
            status: row.status.and_then(|status| u16::try_from(status).ok()),
            error: row.error,
        };
        found.entry(row.delivery).or_default().push(one);
    }
    Ok(found)
}

/// How many events are on their way to endpoints that are enabled.
pub fn webhooks_waiting(conn: &mut Conn) -> Result<u64, StoreError> {
    let found: Count = sql_query(
        "SELECT COUNT(*) AS count FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook \
         WHERE d.state = 'waiting' AND w.state = 'enabled'",
    )
    .get_result(conn)?;
    Ok(place(found.count))
}

impl Tx<'_, '_> {
    /// Deletes at most `limit` deliveries that were settled before `before`, with their tries.
    pub fn forget_webhook_deliveries(&mut self, before: Time, limit: i64) -> Result<usize, StoreError> {
        let deleted = sql_query(
            "DELETE FROM webhook_deliveries WHERE id IN (SELECT id FROM webhook_deliveries \
             WHERE state <> 'waiting' AND next_at < $1 ORDER BY next_at LIMIT $2)",
        )
        .bind::<BigInt, _>(before.timestamp_micros())
        .bind::<BigInt, _>(limit)
        .execute(self.conn())?;
        Ok(deleted)
    }
}
