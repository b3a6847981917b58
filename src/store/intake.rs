//! What came in from outside: which draft a message led to, and which deliveries were taken. It keeps
//! hashes alone; whom a message is from is not known here.

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Text},
};

use super::{error::StoreError, tx::Tx};
use crate::{
    domain::request::Time,
    words::{ExceptionId, Hash},
};

#[derive(QueryableByName)]
struct Drafted {
    #[diesel(sql_type = Text)]
    exception: String,
}

impl Tx<'_, '_> {
    /// The draft that this message of a source led to before.
    pub fn drafted_for(&mut self, source: &str, message: &Hash) -> Result<Option<ExceptionId>, StoreError> {
        let row: Option<Drafted> = sql_query("SELECT exception FROM intake_drafts WHERE source = $1 AND message = $2")
            .bind::<Text, _>(source)
            .bind::<Text, _>(message.to_string())
            .get_result(self.conn())
            .optional()?;
        let broken = |row: &Drafted| StoreError::Corrupt(format!("the message of {}", row.exception));
        row.map(|row| row.exception.parse().map_err(|_| broken(&row))).transpose()
    }

    /// Remembers which draft a message led to.
    pub fn keep_message(&mut self, source: &str, message: &Hash, led_to: ExceptionId) -> Result<(), StoreError> {
        let now = self.now().timestamp_micros();
        sql_query("INSERT INTO intake_drafts (source, message, exception, at) VALUES ($1, $2, $3, $4)")
            .bind::<Text, _>(source)
            .bind::<Text, _>(message.to_string())
            .bind::<Text, _>(led_to.to_string())
            .bind::<BigInt, _>(now)
            .execute(self.conn())?;
        Ok(())
    }

    /// Takes a delivery; false if it was taken before.
    pub fn take_delivery(&mut self, source: &str, delivery: &Hash) -> Result<bool, StoreError> {
        let now = self.now().timestamp_micros();
        let taken = sql_query(
            "INSERT INTO intake_deliveries (source, delivery, at) VALUES ($1, $2, $3) \
             ON CONFLICT (source, delivery) DO NOTHING",
        )
        .bind::<Text, _>(source)
        .bind::<Text, _>(delivery.to_string())
        .bind::<BigInt, _>(now)
        .execute(self.conn())?;
        Ok(taken == 1)
    }

    /// Deletes at most `limit` deliveries from before `before`; how many there were.
    pub fn forget_deliveries(&mut self, before: Time, limit: i64) -> Result<usize, StoreError> {
        let deleted = sql_query(
            "DELETE FROM intake_deliveries WHERE (source, delivery) IN \
             (SELECT source, delivery FROM intake_deliveries WHERE at < $1 ORDER BY at LIMIT $2)",
        )
        .bind::<BigInt, _>(before.timestamp_micros())
        .bind::<BigInt, _>(limit)
        .execute(self.conn())?;
        Ok(deleted)
    }
}
