//! How the outbox is: how much waits, since when, and what was given up. It claims nothing.

use chrono::DateTime;
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Nullable},
};

use crate::{
    domain::request::Time,
    store::{Conn, StoreError},
};

/// How the outbox is, for health checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutboxCounts {
    /// Letters on their way.
    pub waiting: u64,
    /// Since when the most overdue of them is due; its distance to now is the outbox's age.
    pub oldest_due_at: Option<Time>,
    /// Letters that were given up.
    pub dead: u64,
}

#[derive(QueryableByName)]
struct Counts {
    #[diesel(sql_type = BigInt)]
    waiting: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    oldest: Option<i64>,
    #[diesel(sql_type = BigInt)]
    dead: i64,
}

/// How many letters wait, since when, and how many were given up.
pub fn counts(conn: &mut Conn) -> Result<OutboxCounts, StoreError> {
    let found: Counts = sql_query(
        "SELECT COUNT(*) AS waiting, MIN(next_at) AS oldest, \
         (SELECT COUNT(*) FROM outbox WHERE state = 'dead' AND lane = 'letters') AS dead \
         FROM outbox WHERE state = 'waiting' AND lane = 'letters'",
    )
    .get_result(conn)?;
    Ok(OutboxCounts {
        waiting: u64::try_from(found.waiting).unwrap_or(0),
        oldest_due_at: found.oldest.and_then(DateTime::from_timestamp_micros),
        dead: u64::try_from(found.dead).unwrap_or(0),
    })
}
