//! Who is away, or will be: whose turn it is to be looked at by the clock.

use diesel::prelude::*;

use super::{rows::parsed, schema::people};
use crate::{
    domain::request::Time,
    store::{backend::Conn, error::StoreError},
    words::PersonId,
};

/// Those whose absence has begun by `now`, or is over, and nobody has seen to it; the longest overdue first.
pub fn due(conn: &mut Conn, now: Time, limit: i64) -> Result<Vec<PersonId>, StoreError> {
    let micros = now.timestamp_micros();
    let begins = people::away_begun.eq(false).and(people::away_from.le(micros));
    let rows: Vec<String> = people::table
        .filter(people::away_until.is_not_null().and(begins.or(people::away_until.le(micros))))
        .order((people::away_until, people::id))
        .limit(limit)
        .select(people::id)
        .load(conn)?;
    rows.iter().map(|id| parsed(id)).collect()
}

/// How many those are.
pub fn count(conn: &mut Conn, now: Time) -> Result<u64, StoreError> {
    Ok(u64::try_from(due(conn, now, i64::MAX)?.len()).unwrap_or(u64::MAX))
}

/// Has anybody moved to another unit or region since then?
pub fn moved_since(conn: &mut Conn, since: Time) -> Result<bool, StoreError> {
    let moved = people::table.filter(people::moved_at.gt(since.timestamp_micros()));
    let first: Option<String> = moved.select(people::id).first(conn).optional()?;
    Ok(first.is_some())
}

/// Is anybody away, or will be?
pub fn anybody(conn: &mut Conn) -> Result<bool, StoreError> {
    let first: Option<String> =
        people::table.filter(people::away_until.is_not_null()).select(people::id).first(conn).optional()?;
    Ok(first.is_some())
}
