//! What the service need not keep: deleted in small batches, so that no writer waits for long.
//! When something is old enough is decided by the caller.

use diesel::{prelude::*, sql_query, sql_types::BigInt};

use super::{error::StoreError, tx::Tx};
use crate::domain::request::Time;

impl Tx<'_, '_> {
    /// Deletes at most `limit` idempotency keys from before `before`; how many there were.
    pub fn forget_keys(&mut self, before: Time, limit: i64) -> Result<usize, StoreError> {
        let deleted = sql_query(
            "DELETE FROM idempotency WHERE (principal, verb, key) IN \
             (SELECT principal, verb, key FROM idempotency WHERE at < $1 ORDER BY at LIMIT $2)",
        )
        .bind::<BigInt, _>(before.timestamp_micros())
        .bind::<BigInt, _>(limit)
        .execute(self.conn())?;
        Ok(deleted)
    }

    /// Deletes at most `limit` counts of refused attempts from hours that ended before `before`.
    pub fn forget_attempts(&mut self, before: Time, limit: i64) -> Result<usize, StoreError> {
        let deleted = sql_query(
            "DELETE FROM attempts WHERE (person, hour) IN \
             (SELECT person, hour FROM attempts WHERE hour < $1 ORDER BY hour LIMIT $2)",
        )
        .bind::<BigInt, _>(before.timestamp() / 3600)
        .bind::<BigInt, _>(limit)
        .execute(self.conn())?;
        Ok(deleted)
    }

    /// Deletes at most `limit` sessions that ended or ran out before `before`.
    pub fn forget_sessions(&mut self, before: Time, limit: i64) -> Result<usize, StoreError> {
        let before = before.timestamp_micros();
        let deleted = sql_query(
            "DELETE FROM sessions WHERE id IN \
             (SELECT id FROM sessions WHERE ended_at < $1 OR expires_at < $2 ORDER BY expires_at LIMIT $3)",
        )
        .bind::<BigInt, _>(before)
        .bind::<BigInt, _>(before)
        .bind::<BigInt, _>(limit)
        .execute(self.conn())?;
        Ok(deleted)
    }
}
