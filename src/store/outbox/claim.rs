//! What is claimed next of what leaves.

use chrono::DateTime;
use diesel::{
    prelude::*,
    sql_types::{BigInt, Integer, Text},
};
use uuid::Uuid;

use super::{Claim, Claimed};
use crate::{
    domain::request::Time,
    store::{backend::Conn, erasure::newest_erasure, error::StoreError, sql::Sql, tx::Tx},
};

/// Of a stream the earliest alone. Written so that only what is in a stream is held against it, row by row: as a plain
/// `NOT EXISTS` PostgreSQL joins all that waits with all that waits, and while its statistics know of an empty outbox
/// (a thousand letters come faster than they are counted) by a loop in a loop.
const FIRST: &str = "(due.stream IS NULL OR NOT EXISTS (SELECT 1 FROM outbox AS earlier \
    WHERE earlier.stream = due.stream AND earlier.state = 'waiting' AND earlier.place < due.place))";

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Integer)]
    attempts: i32,
    #[diesel(sql_type = BigInt)]
    next_at: i64,
    #[diesel(sql_type = Text)]
    payload: String,
}

#[derive(QueryableByName)]
struct Due {
    #[diesel(sql_type = BigInt)]
    due: i64,
}

/// Which of what is due: a condition, and the order that an index has beside it.
#[derive(Debug, Clone, Copy)]
enum Which {
    /// What a process left in hand, the longest left first.
    Left,
    /// What nobody has, the longest due first.
    Fresh,
}

impl Row {
    fn claimed(self, (owner, erasure): (Uuid, i64)) -> Result<Claimed, StoreError> {
        let broken = || StoreError::Corrupt(format!("letter {}", self.id));
        Ok(Claimed {
            id: self.id.parse().map_err(|_| broken())?,
            attempt: u32::try_from(self.attempts).map_err(|_| broken())?,
            due_at: DateTime::from_timestamp_micros(self.next_at).ok_or_else(broken)?,
            erasure,
            owner,
            payload: self.payload,
        })
    }
}

impl Which {
    const fn condition(self) -> &'static str {
        match self {
            Self::Left => "lease_until <= ",
            Self::Fresh => "lease_until IS NULL AND next_at <= ",
        }
    }

    const fn order(self) -> &'static str {
        match self {
            Self::Left => "lease_until, place, id",
            Self::Fresh => "next_at, place, id",
        }
    }
}

/// Is there something of a lane to claim at `now`? Asked of a reader, so that an idle service writes nothing.
pub fn has_due(conn: &mut Conn, lane: &str, now: Time) -> Result<bool, StoreError> {
    let found: Due = due_of(lane, now).query().get_result(conn)?;
    Ok(found.due > 0)
}

fn due_of(lane: &str, now: Time) -> Sql {
    let now = now.timestamp_micros();
    let mut sql =
        Sql::new("SELECT COUNT(*) AS due FROM (SELECT 1 FROM outbox AS due WHERE state = 'waiting' AND lane = ");
    sql.bind(lane).push(" AND next_at <= ").bind(now).push(" AND (lease_until IS NULL OR lease_until <= ").bind(now);
    sql.push(") AND ").push(FIRST).push(" LIMIT 1) AS one");
    sql
}

fn taking(lane: &str, claim: &Claim, (which, limit): (Which, i64)) -> Sql {
    let now = claim.now.timestamp_micros();
    let mut sql = Sql::new("UPDATE outbox SET lease_owner = ");
    sql.bind(claim.owner.to_string()).push(", lease_until = ").bind((claim.now + claim.lease).timestamp_micros());
    sql.push(", attempts = attempts + 1 WHERE id IN (SELECT id FROM outbox AS due WHERE state = 'waiting' AND lane = ");
    sql.bind(lane).push(" AND next_at <= ").bind(now).push(" AND ").push(FIRST);
    sql.push(" AND ").push(which.condition()).bind(now).push(" ORDER BY ").push(which.order());
    sql.push(" LIMIT ").bind(limit).push(") RETURNING id, attempts, next_at, payload");
    sql
}

impl Tx<'_, '_> {
    /// Takes letters of a lane (or what leaves for one other system) that are due and nobody's, the longest due
    /// first and of those the lowest place; of a stream the earliest alone. Each claim is an attempt, so that a
    /// letter whose handling ends the process is counted too; what such a process left is taken first and one by
    /// one, so that no other letter is in hand with the one that ends it. A row that cannot be read is left out
    /// and holds nobody up.
    pub fn claim(&mut self, lane: &str, claim: &Claim) -> Result<Vec<Claimed>, StoreError> {
        let left: Vec<Row> = taking(lane, claim, (Which::Left, 1)).query().load(self.conn())?;
        let fresh = || taking(lane, claim, (Which::Fresh, claim.limit));
        let rows = if left.is_empty() { fresh().query().load(self.conn())? } else { left };
        let erasure = newest_erasure(self.conn())?;
        let read = |row: Row| {
            row.claimed((claim.owner, erasure)).inspect_err(|error| tracing::error!(%error, "left out")).ok()
        };
        let mut claimed: Vec<Claimed> = rows.into_iter().filter_map(read).collect();
        // What one command told leaves in the order in which it happened.
        claimed.sort_by_cached_key(|letter| (letter.due_at, letter.open().map_or(0, |told| told.seq()), letter.id));
        Ok(claimed)
    }
}

#[cfg(test)]
mod tests {
    use chrono::Duration;
    use diesel::connection::SimpleConnection;
    use serde_json::Value;

    use super::*;
    use crate::store::testbed;

    #[derive(QueryableByName)]
    struct Explained {
        #[diesel(sql_type = Text)]
        #[diesel(column_name = "QUERY PLAN")]
        plan: String,
    }

    /// The rows of every step, with those it looked at in vain.
    fn looked_at(step: &Value) -> f64 {
        let of = |name: &str| step[name].as_f64().unwrap_or(0.0);
        let own =
            (of("Actual Rows") + of("Rows Removed by Filter") + of("Rows Removed by Join Filter")) * of("Actual Loops");
        own + step["Plans"].as_array().map_or(0.0, |below| below.iter().map(looked_at).sum())
    }

    /// As it is when a procedure has just told three thousand people something, and nobody has counted since.
    #[test]
    fn a_claim_looks_at_few_letters_however_many_wait_and_whatever_was_counted() {
        let Some(bed) = testbed::server_bed() else { return };
        let mut conn = bed.open();
        let letters = |state: &str, count: u32| {
            format!(
                "INSERT INTO outbox (id, dedupe_key, kind, payload, attempts, state, next_at, place) SELECT \
                 gen_random_uuid()::text, '{state}' || i, 'received', '{{}}', 0, '{state}', 1000000 + i, i % 7 FROM generate_series(1, {count}) AS i;"
            )
        };
        conn.batch_execute(&format!("{} ANALYZE outbox; {}", letters("delivered", 500), letters("waiting", 3_000)))
            .unwrap();
        let now = DateTime::from_timestamp(60, 0).unwrap();
        let claim = Claim { owner: Uuid::nil(), now, lease: Duration::minutes(1), limit: 50 };
        let ways = [Which::Left, Which::Fresh].map(|which| taking("letters", &claim, (which, 50)));
        for sql in ways.into_iter().chain([due_of("letters", now)]) {
            let told: Vec<Explained> = sql.led_by("EXPLAIN (ANALYZE, FORMAT JSON) ").query().load(&mut conn).unwrap();
            let plan: Value = serde_json::from_str(&told[0].plan).unwrap();
            let looked = looked_at(&plan[0]["Plan"]);
            assert!(looked < 600.0, "{looked} rows: {}", told[0].plan);
        }
    }
}
