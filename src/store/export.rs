//! The rows that the events determine, as they are in the database, page by page: what an export puts beside
//! the ledger. It knows no format.

use std::collections::BTreeSet;

use diesel::{
    prelude::*,
    sql_types::{BigInt, Bool, Integer, Nullable, Text},
};
use serde_json::{Map, Value, json};

use super::{
    backend::Conn,
    error::StoreError,
    schema::{approvals, openings, sops},
    splits,
    sql::Sql,
};
use crate::words::{Hash, Opening};

/// How many rows are read at once.
const PAGE: i64 = 500;
/// How many commitments are asked for at once.
const MOST_NAMED: usize = 500;

/// One row: its table, and its columns.
pub type Exported = (&'static str, Map<String, Value>);

#[derive(QueryableByName)]
struct ExceptionRow {
    #[diesel(sql_type = BigInt)]
    serial: i64,
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Text)]
    number: String,
    #[diesel(sql_type = BigInt)]
    seq: i64,
    #[diesel(sql_type = BigInt)]
    version: i64,
    #[diesel(sql_type = Text)]
    state: String,
    #[diesel(sql_type = Nullable<Text>)]
    tier: Option<String>,
    #[diesel(sql_type = Text)]
    requester: String,
    #[diesel(sql_type = Bool)]
    confidential: bool,
    #[diesel(sql_type = Text)]
    sop: String,
    #[diesel(sql_type = Integer)]
    sop_version: i32,
    #[diesel(sql_type = Nullable<BigInt>)]
    effective_until: Option<i64>,
    #[diesel(sql_type = Nullable<Integer>)]
    authority_round: Option<i32>,
    #[diesel(sql_type = Nullable<Text>)]
    authority_dossier: Option<String>,
    #[diesel(sql_type = Text)]
    body: String,
}

#[derive(QueryableByName)]
struct PersonRow {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Text)]
    human: String,
    #[diesel(sql_type = Nullable<Text>)]
    responsible: Option<String>,
    #[diesel(sql_type = Bool)]
    active: bool,
    #[diesel(sql_type = Text)]
    name_c: String,
    #[diesel(sql_type = Text)]
    email_c: String,
    #[diesel(sql_type = Nullable<BigInt>)]
    away_from: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    away_until: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    stand_in: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    unit: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    region: Option<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    moved_at: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    erased_at: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    held_at: Option<i64>,
    #[diesel(sql_type = BigInt)]
    first_leaf: i64,
}

#[derive(QueryableByName)]
struct GrantRow {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Text)]
    person: String,
    #[diesel(sql_type = Text)]
    human: String,
    #[diesel(sql_type = Text)]
    role: String,
    #[diesel(sql_type = Text)]
    domain: String,
    #[diesel(sql_type = BigInt)]
    leaf: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    removed_leaf: Option<i64>,
}

fn columns(row: Value) -> Map<String, Value> {
    match row {
        Value::Object(columns) => columns,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Map::new(),
    }
}

/// Every row, table by table, handed to `take` in an order that does not change.
pub fn rows<E: From<StoreError>>(conn: &mut Conn, take: &mut dyn FnMut(Exported) -> Result<(), E>) -> Result<(), E> {
    people(conn, take)?;
    grants(conn, take)?;
    let mut after = -1;
    loop {
        let page = exceptions(conn, after)?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.serial;
        let ids: Vec<String> = page.iter().map(|row| row.id.clone()).collect();
        for row in page {
            take(("exceptions", exception(&row)))?;
        }
        for row in votes(conn, &ids)? {
            take(("approvals", row))?;
        }
    }
}

fn exceptions(conn: &mut Conn, after: i64) -> Result<Vec<ExceptionRow>, StoreError> {
    let text = "SELECT serial, id, number, seq, version, state, tier, requester, confidential, sop, sop_version, \
                effective_until, authority_round, authority_dossier, body \
                FROM exceptions WHERE serial > $1 ORDER BY serial LIMIT $2";
    Ok(Sql::of(text, [after.into(), PAGE.into()]).kept().load(conn)?)
}

fn exception(row: &ExceptionRow) -> Map<String, Value> {
    columns(json!({
        "id": row.id, "number": row.number, "seq": row.seq, "version": row.version, "state": row.state,
        "tier": row.tier, "requester": row.requester, "confidential": row.confidential, "sop": row.sop,
        "sop_version": row.sop_version, "effective_until": row.effective_until,
        "authority_round": row.authority_round, "authority_dossier": row.authority_dossier, "body": row.body,
    }))
}

fn votes(conn: &mut Conn, of: &[String]) -> Result<Vec<Map<String, Value>>, StoreError> {
    type Vote = (String, i64, i32, String, String, String, bool);
    let rows: Vec<Vote> = approvals::table
        .filter(approvals::exception.eq_any(of))
        .order((approvals::exception, approvals::leaf))
        .select((
            approvals::exception,
            approvals::leaf,
            approvals::round,
            approvals::dossier,
            approvals::human,
            approvals::principal,
            approvals::voided,
        ))
        .load(conn)?;
    let row = |(exception, leaf, round, dossier, human, principal, voided): Vote| {
        columns(json!({
            "exception": exception, "leaf": leaf, "round": round, "dossier": dossier, "human": human,
            "principal": principal, "voided": voided,
        }))
    };
    Ok(rows.into_iter().map(row).collect())
}

fn people<E: From<StoreError>>(conn: &mut Conn, take: &mut dyn FnMut(Exported) -> Result<(), E>) -> Result<(), E> {
    let text = "SELECT id, human, responsible, active, name_c, email_c, away_from, away_until, stand_in, unit, region, \
                moved_at, erased_at, held_at, first_leaf \
                FROM people WHERE first_leaf > $1 ORDER BY first_leaf LIMIT $2";
    let mut after = -1;
    loop {
        let page: Vec<PersonRow> =
            Sql::of(text, [after.into(), PAGE.into()]).kept().load(conn).map_err(StoreError::from)?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.first_leaf;
        for row in page {
            let row = json!({
                "id": row.id, "human": row.human, "responsible": row.responsible, "active": row.active,
                "name_c": row.name_c, "email_c": row.email_c, "away_from": row.away_from,
                "away_until": row.away_until, "stand_in": row.stand_in, "unit": row.unit, "region": row.region,
                "moved_at": row.moved_at, "erased_at": row.erased_at, "held_at": row.held_at,
            });
            take(("people", columns(row)))?;
        }
    }
}

fn grants<E: From<StoreError>>(conn: &mut Conn, take: &mut dyn FnMut(Exported) -> Result<(), E>) -> Result<(), E> {
    let text = "SELECT id, person, human, role, domain, leaf, removed_leaf \
                FROM grants WHERE leaf > $1 ORDER BY leaf LIMIT $2";
    let mut after = -1;
    loop {
        let page: Vec<GrantRow> =
            Sql::of(text, [after.into(), PAGE.into()]).kept().load(conn).map_err(StoreError::from)?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.leaf;
        for row in page {
            let row = json!({
                "id": row.id, "person": row.person, "human": row.human, "role": row.role, "domain": row.domain,
                "leaf": row.leaf, "removed_leaf": row.removed_leaf,
            });
            take(("grants", columns(row)))?;
        }
    }
}

/// The columns of an opening.
type Row = (String, String, String, String);

fn opening((commitment, salt, field, value): Row) -> Result<Opening, StoreError> {
    let broken = || StoreError::Corrupt(format!("the opening of {commitment}"));
    let c: Hash = commitment.parse().map_err(|_| broken())?;
    Ok(Opening { commitment: c, salt: salt.parse().map_err(|_| broken())?, field, value })
}

/// What opens commitments, in the order of the commitments, after `after`, a page of it.
pub fn opened(conn: &mut Conn, after: &str) -> Result<Vec<Opening>, StoreError> {
    let rows: Vec<Row> = openings::table
        .filter(openings::commitment.gt(after))
        .order(openings::commitment)
        .limit(PAGE)
        .select((openings::commitment, openings::salt, openings::field, openings::value))
        .load(conn)?;
    rows.into_iter().map(opening).collect()
}

/// What opens these commitments, as far as it was not erased.
pub fn openings_of(conn: &mut Conn, named: &BTreeSet<Hash>) -> Result<Vec<Opening>, StoreError> {
    let texts: Vec<String> = named.iter().map(Hash::to_string).collect();
    let mut found = Vec::new();
    for some in texts.chunks(MOST_NAMED) {
        let rows: Vec<Row> = openings::table
            .filter(openings::commitment.eq_any(some))
            .order(openings::commitment)
            .select((openings::commitment, openings::salt, openings::field, openings::value))
            .load(conn)?;
        found.extend(rows.into_iter().map(opening).collect::<Result<Vec<_>, _>>()?);
    }
    Ok(found)
}

/// The texts of every published procedure, in the order of their publication, and then of those versions that were
/// split off and never published.
pub fn procedures(conn: &mut Conn) -> Result<Vec<String>, StoreError> {
    let mut found: Vec<String> = sops::table.order(sops::leaf).select(sops::document).load(conn)?;
    for (_, text) in splits::texts(conn)? {
        if !found.contains(&text) {
            found.push(text);
        }
    }
    Ok(found)
}
