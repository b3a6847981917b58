//! Up to where somebody has looked at an exception. What changed since, and what follows of it, is not known here.

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Nullable, Text},
};

use super::{backend::Conn, error::StoreError, tx::Tx};
use crate::{
    domain::request::Time,
    words::{ExceptionId, PersonId},
};

/// A place in the life of an exception at which somebody looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// The number of its last event then.
    pub seq: u64,
    /// When they first looked at it so.
    pub at: Time,
}

/// What somebody saw of an exception last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// Its version then.
    pub version: u64,
    /// The look.
    pub last: Look,
    /// The look before, at another dossier.
    pub earlier: Option<Look>,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    version: i64,
    #[diesel(sql_type = BigInt)]
    seq: i64,
    #[diesel(sql_type = BigInt)]
    looked_at: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    earlier_seq: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    earlier_at: Option<i64>,
}

impl Look {
    fn read(seq: i64, at: i64) -> Result<Self, StoreError> {
        let at = Time::from_timestamp_micros(at).ok_or_else(|| StoreError::Corrupt("the time of a look".to_owned()))?;
        Ok(Self { seq: u64::try_from(seq).unwrap_or(0), at })
    }

    fn row(self) -> (i64, i64) {
        (i64::try_from(self.seq).unwrap_or(i64::MAX), self.at.timestamp_micros())
    }
}

/// What somebody saw of an exception last, if they ever looked.
pub fn seen(conn: &mut Conn, person: PersonId, exception: ExceptionId) -> Result<Option<Seen>, StoreError> {
    let row: Option<Row> = sql_query(
        "SELECT version, seq, looked_at, earlier_seq, earlier_at FROM seen WHERE person = $1 AND exception = $2",
    )
    .bind::<Text, _>(person.to_string())
    .bind::<Text, _>(exception.to_string())
    .get_result(conn)
    .optional()?;
    let read = |row: Row| {
        let earlier = row.earlier_seq.zip(row.earlier_at).map(|(seq, at)| Look::read(seq, at)).transpose()?;
        let last = Look::read(row.seq, row.looked_at)?;
        Ok(Seen { version: u64::try_from(row.version).unwrap_or(0), last, earlier })
    };
    row.map(read).transpose()
}

impl Tx<'_, '_> {
    /// Keeps what somebody saw of an exception, in place of what they saw before.
    pub fn keep_seen(&mut self, (person, exception): (PersonId, ExceptionId), seen: &Seen) -> Result<(), StoreError> {
        let (seq, at) = seen.last.row();
        let (earlier_seq, earlier_at) = seen.earlier.map(Look::row).unzip();
        sql_query(
            "INSERT INTO seen (person, exception, version, seq, looked_at, earlier_seq, earlier_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (person, exception) DO UPDATE SET \
             version = excluded.version, seq = excluded.seq, looked_at = excluded.looked_at, \
             earlier_seq = excluded.earlier_seq, earlier_at = excluded.earlier_at",
        )
        .bind::<Text, _>(person.to_string())
        .bind::<Text, _>(exception.to_string())
        .bind::<BigInt, _>(i64::try_from(seen.version).unwrap_or(i64::MAX))
        .bind::<BigInt, _>(seq)
        .bind::<BigInt, _>(at)
        .bind::<Nullable<BigInt>, _>(earlier_seq)
        .bind::<Nullable<BigInt>, _>(earlier_at)
        .execute(self.conn())?;
        Ok(())
    }

    /// Deletes at most `limit` notes of looks from before `before`; how many there were.
    pub fn forget_seen(&mut self, before: Time, limit: i64) -> Result<usize, StoreError> {
        let deleted = sql_query(
            "DELETE FROM seen WHERE (person, exception) IN \
             (SELECT person, exception FROM seen WHERE looked_at < $1 ORDER BY looked_at LIMIT $2)",
        )
        .bind::<BigInt, _>(before.timestamp_micros())
        .bind::<BigInt, _>(limit)
        .execute(self.conn())?;
        Ok(deleted)
    }
}
