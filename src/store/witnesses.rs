//! What witnesses said of checkpoints, and of those that did not sign when they were asked: since when and why.
//! Whom to ask, and what is enough, is not known here.

use std::collections::BTreeSet;

use diesel::prelude::*;

use super::{
    backend::Conn,
    checkpoints::Signed,
    error::StoreError,
    ledger::big,
    rows::{OnConflict, Rows},
    schema::{cosignatures, witness_tries},
    sql::Sql,
    tx::Tx,
};
use crate::{
    domain::request::Time,
    ledger::{Cosignature, witness::with_lines},
};

/// A witness that did not sign when it was asked last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusing {
    /// The name of its key.
    pub witness: String,
    /// When it was asked.
    pub at: Time,
    /// How often it did not sign, in a row.
    pub failures: u32,
    /// What came of it.
    pub why: String,
    /// The size of the checkpoint that it says that it signed last.
    pub known: Option<u64>,
}

fn place(size: u64) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

/// The names of the keys that signed the checkpoint of this size, and their lines.
pub fn signed_by(conn: &mut Conn, size: u64) -> Result<Vec<(String, String)>, StoreError> {
    let found = cosignatures::table.filter(cosignatures::size.eq(place(size))).order(cosignatures::witness);
    Ok(found.select((cosignatures::witness, cosignatures::line)).load(conn)?)
}

/// A checkpoint with what its witnesses said of it.
pub fn witnessed(conn: &mut Conn, signed: &Signed) -> Result<String, StoreError> {
    let lines = signed_by(conn, signed.head.size)?;
    Ok(with_lines(&signed.note, lines.iter().map(|(_, line)| line.as_str())))
}

/// The size of the largest checkpoint that a witness signed.
pub fn last_of(conn: &mut Conn, witness: &str) -> Result<Option<u64>, StoreError> {
    let of = cosignatures::table.filter(cosignatures::witness.eq(witness)).order(cosignatures::size.desc());
    let size: Option<i64> = of.select(cosignatures::size).first(conn).optional()?;
    Ok(size.and_then(|size| u64::try_from(size).ok()))
}

/// The sizes of the checkpoints that anybody signed as a witness, the largest first, at most `limit`; with who did.
pub fn newest(conn: &mut Conn, limit: i64) -> Result<Vec<(u64, BTreeSet<String>)>, StoreError> {
    let sizes: Vec<i64> = cosignatures::table
        .select(cosignatures::size)
        .distinct()
        .order(cosignatures::size.desc())
        .limit(limit)
        .load(conn)?;
    let mut found = Vec::new();
    for size in sizes.into_iter().filter_map(|size| u64::try_from(size).ok()) {
        found.push((size, signed_by(conn, size)?.into_iter().map(|(witness, _)| witness).collect()));
    }
    Ok(found)
}

/// Those that did not sign when they were asked last.
pub fn refusing(conn: &mut Conn) -> Result<Vec<Refusing>, StoreError> {
    type Row = (String, i64, i32, String, Option<i64>);
    let rows: Vec<Row> = witness_tries::table.order(witness_tries::witness).load(conn)?;
    let read = |(witness, at, failures, why, known): Row| {
        let at = Time::from_timestamp_micros(at)?;
        let known = known.and_then(|size| u64::try_from(size).ok());
        Some(Refusing { witness, at, failures: u32::try_from(failures).unwrap_or(0), why, known })
    };
    Ok(rows.into_iter().filter_map(read).collect())
}

impl Tx<'_, '_> {
    /// Keeps what a witness said of the checkpoint of this size; said twice it stands once.
    pub fn keep_cosignature(&mut self, size: u64, said: &Cosignature) -> Result<(), StoreError> {
        let mut row = Rows::new("cosignatures", &["size", "witness", "line", "at"]).on_conflict(OnConflict::Skip);
        row.push([big(size), said.witness.as_str().into(), said.line.as_str().into(), big(said.at)]);
        row.insert(self.conn())?;
        let sql = "DELETE FROM witness_tries WHERE witness = $1";
        Sql::of(sql, [said.witness.as_str().into()]).kept().execute(self.conn())?;
        Ok(())
    }

    /// Notes that a witness did not sign.
    pub fn note_refusal(&mut self, refusing: &Refusing) -> Result<(), StoreError> {
        let columns = ["witness", "at", "failures", "why", "known"];
        let replaced = OnConflict::Replace("witness", &["at", "failures", "why", "known"]);
        let mut row = Rows::new("witness_tries", &columns).on_conflict(replaced);
        row.push([
            refusing.witness.as_str().into(),
            refusing.at.timestamp_micros().into(),
            i32::try_from(refusing.failures).unwrap_or(i32::MAX).into(),
            refusing.why.as_str().into(),
            refusing.known.map(place).into(),
        ]);
        row.insert(self.conn())?;
        Ok(())
    }
}
