//! In which browser somebody decided in a round, by the hash of the browser's mark. What follows of it is not
//! known here.

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Integer, Text},
};

use super::{backend::Conn, error::StoreError, tx::Tx};
use crate::{
    domain::request::Time,
    words::{ExceptionId, Hash, PersonId},
};

/// Somebody's decision, and the browser it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// On what.
    pub exception: ExceptionId,
    /// In which round.
    pub round: u32,
    /// Who.
    pub person: PersonId,
    /// The hash of the browser's mark.
    pub browser: Hash,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    person: String,
}

impl Decided {
    fn round(&self) -> i32 {
        i32::try_from(self.round).unwrap_or(i32::MAX)
    }
}

/// Who else decided in the same round in the same browser.
pub fn others(conn: &mut Conn, decided: &Decided) -> Result<Vec<PersonId>, StoreError> {
    let rows: Vec<Row> = sql_query(
        "SELECT person FROM decision_browsers WHERE exception = $1 AND round = $2 AND browser = $3 AND person <> $4 \
         ORDER BY decided_at, person",
    )
    .bind::<Text, _>(decided.exception.to_string())
    .bind::<Integer, _>(decided.round())
    .bind::<Text, _>(decided.browser.to_string())
    .bind::<Text, _>(decided.person.to_string())
    .load(conn)?;
    let read = |Row { person }| person.parse().map_err(|_| StoreError::Corrupt(format!("a decision of {person}")));
    rows.into_iter().map(read).collect()
}

impl Tx<'_, '_> {
    /// Keeps in which browser somebody decided; of several decisions of theirs in a round the last.
    pub fn note_decision(&mut self, decided: &Decided) -> Result<(), StoreError> {
        let now = self.now().timestamp_micros();
        sql_query(
            "INSERT INTO decision_browsers (exception, round, person, browser, decided_at) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (exception, round, person) DO UPDATE SET browser = excluded.browser, \
             decided_at = excluded.decided_at",
        )
        .bind::<Text, _>(decided.exception.to_string())
        .bind::<Integer, _>(decided.round())
        .bind::<Text, _>(decided.person.to_string())
        .bind::<Text, _>(decided.browser.to_string())
        .bind::<BigInt, _>(now)
        .execute(self.conn())?;
        Ok(())
    }

    /// Deletes at most `limit` notes of decisions from before `before`; how many there were.
    pub fn forget_decision_browsers(&mut self, before: Time, limit: i64) -> Result<usize, StoreError> {
        let deleted = sql_query(
            "DELETE FROM decision_browsers WHERE (exception, round, person) IN \
             (SELECT exception, round, person FROM decision_browsers WHERE decided_at < $1 ORDER BY decided_at LIMIT $2)",
        )
        .bind::<BigInt, _>(before.timestamp_micros())
        .bind::<BigInt, _>(limit)
        .execute(self.conn())?;
        Ok(deleted)
    }
}
