//! The splits of procedures in their table: as they stand, and what was counted on both sides ([`counted`]). Whether
//! one may be begun, and when it is held, is decided elsewhere.

pub mod counted;

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Bool, Text},
};

use super::{backend::Conn, error::StoreError, register, sql::Sql};
use crate::{
    domain::{
        request::Time,
        roster::{Split, SplitDeed},
    },
    words::{SopRef, SplitId},
};

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    body: String,
}

fn broken(error: impl std::fmt::Display) -> StoreError {
    StoreError::Corrupt(format!("a split: {error}"))
}

impl Row {
    fn split(&self) -> Result<Split, StoreError> {
        serde_json::from_str(&self.body).map_err(broken)
    }
}

const SPLITS: &str = "SELECT body FROM sop_splits";

fn load(conn: &mut Conn, sql: &Sql) -> Result<Vec<Split>, StoreError> {
    let rows: Vec<Row> = sql.query().load(conn)?;
    rows.iter().map(Row::split).collect()
}

/// Every split there ever was, in the order in which they were begun.
pub fn all(conn: &mut Conn) -> Result<Vec<Split>, StoreError> {
    load(conn, Sql::new(SPLITS).push(" ORDER BY leaf"))
}

/// One split.
pub fn split(conn: &mut Conn, id: SplitId) -> Result<Option<Split>, StoreError> {
    let mut sql = Sql::new(SPLITS);
    sql.push(" WHERE id = ").bind(id.to_string());
    Ok(load(conn, &sql)?.pop())
}

/// The last split of a procedure, open or over.
pub fn newest(conn: &mut Conn, sop: &str) -> Result<Option<Split>, StoreError> {
    let mut sql = Sql::new(SPLITS);
    sql.push(" WHERE sop = ").bind(sop).push(" ORDER BY leaf DESC LIMIT 1");
    Ok(load(conn, &sql)?.pop())
}

/// The canonical texts of the versions that were split off, each version once, in the order of their first splits.
pub fn texts(conn: &mut Conn) -> Result<Vec<(SopRef, String)>, StoreError> {
    let mut found: Vec<(SopRef, String)> = Vec::new();
    for split in all(conn)? {
        let begins = split.begins;
        if found.iter().any(|(known, _)| *known == begins.sop) {
            continue;
        }
        let text = register::document(conn, begins.text_hash)?;
        let text = text.ok_or_else(|| broken(format!("the text of {} is missing", begins.sop)))?;
        found.push((begins.sop, text));
    }
    Ok(found)
}

/// Writes what happened to a split.
pub(super) fn apply(conn: &mut Conn, deed: &SplitDeed, (leaf, at): (u64, Time)) -> Result<(), StoreError> {
    if let SplitDeed::SplitBegun { begins } = deed {
        let begun = Split::begun((**begins).clone(), at);
        sql_query("INSERT INTO sop_splits (id, sop, body, ended, leaf) VALUES ($1, $2, $3, $4, $5)")
            .bind::<Text, _>(begins.split.to_string())
            .bind::<Text, _>(&begins.sop.id)
            .bind::<Text, _>(serde_json::to_string(&begun).map_err(broken)?)
            .bind::<Bool, _>(false)
            .bind::<BigInt, _>(i64::try_from(leaf).unwrap_or(i64::MAX))
            .execute(conn)?;
        return Ok(());
    }
    let mut standing = split(conn, deed.split())?.ok_or_else(|| broken("it was never begun"))?;
    standing.take(deed, at);
    let changed = sql_query("UPDATE sop_splits SET body = $1, ended = $2 WHERE id = $3")
        .bind::<Text, _>(serde_json::to_string(&standing).map_err(broken)?)
        .bind::<Bool, _>(standing.ended.is_some())
        .bind::<Text, _>(deed.split().to_string())
        .execute(conn)?;
    if changed == 1 { Ok(()) } else { Err(broken("it is not there")) }
}
