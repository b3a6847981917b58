//! The links by which an empty database gets its first administrator, by their hashes. Who that becomes is
//! not known here.

use diesel::{
    QueryableByName, RunQueryDsl, sql_query,
    sql_types::{BigInt, Text},
};

use super::{backend::Conn, error::StoreError, roster};
use crate::{domain::request::Time, words::Hash};

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Issues a link in place of all before; false where somebody exists already.
pub fn issue(conn: &mut Conn, hash: &Hash, (now, until): (Time, Time)) -> Result<bool, StoreError> {
    if !roster::is_empty(conn)? {
        return Ok(false);
    }
    sql_query("DELETE FROM setup_links").execute(conn)?;
    sql_query("INSERT INTO setup_links (hash, issued_at, expires_at) VALUES ($1, $2, $3)")
        .bind::<Text, _>(hash.to_string())
        .bind::<BigInt, _>(now.timestamp_micros())
        .bind::<BigInt, _>(until.timestamp_micros())
        .execute(conn)?;
    Ok(true)
}

/// Is there nobody, and is this the link, neither used nor expired?
pub fn holds(conn: &mut Conn, hash: &Hash, now: Time) -> Result<bool, StoreError> {
    let sql = "SELECT COUNT(*) AS count FROM setup_links WHERE hash = $1 AND used_at IS NULL AND expires_at > $2";
    let found: Count =
        sql_query(sql).bind::<Text, _>(hash.to_string()).bind::<BigInt, _>(now.timestamp_micros()).get_result(conn)?;
    Ok(found.count == 1 && roster::is_empty(conn)?)
}

/// Uses a link, once; false where it does not hold.
pub fn take(conn: &mut Conn, hash: &Hash, now: Time) -> Result<bool, StoreError> {
    if !holds(conn, hash, now)? {
        return Ok(false);
    }
    let taken = sql_query("UPDATE setup_links SET used_at = $1 WHERE hash = $2 AND used_at IS NULL")
        .bind::<BigInt, _>(now.timestamp_micros())
        .bind::<Text, _>(hash.to_string())
        .execute(conn)?;
    Ok(taken == 1)
}
