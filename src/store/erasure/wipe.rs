//! What goes with somebody, in the transaction of the leaf that says so: the openings of their texts, their rows, and
//! what others were told of them. Ids, commitments and what was decided stay.

use std::{collections::BTreeSet, sync::Arc};

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Nullable, Text},
};

use super::{
    classes::THEIRS,
    found::{Found, read},
};
use crate::{
    domain::{request::Time, roster::Agreed},
    store::{
        backend::Conn,
        error::StoreError,
        ledger::big,
        rows::{Cell, OnConflict, Rows},
        sql::Sql,
        tx::Tx,
    },
    words::{Hash, PersonId},
};

/// What stands where something was erased.
pub(in crate::store) const ERASED: &str = "[erased]";
/// How many rows one statement deletes.
pub(super) const MOST: usize = 400;

/// The erasure of somebody, as its leaf says it.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) struct Erasing<'e> {
    /// Who.
    pub(in crate::store) person: PersonId,
    /// All their accounts.
    pub(in crate::store) accounts: &'e BTreeSet<PersonId>,
    /// The erasure that is done again.
    pub(in crate::store) again: Option<&'e Agreed>,
    /// Its leaf, and when.
    pub(in crate::store) at: (u64, Time),
}

impl Tx<'_, '_> {
    /// Puts what was found of somebody outside this transaction at its disposal.
    pub fn bring(&mut self, found: Arc<Found>) {
        self.batch().found = Some(found);
    }

    /// What is of whoever has these accounts, now.
    pub fn found(&mut self, accounts: &BTreeSet<PersonId>) -> Result<Found, StoreError> {
        let brought = self.batch().found.as_deref().filter(|found| found.accounts == *accounts).cloned();
        let mut found = brought.unwrap_or_else(|| Found::of(accounts));
        found.go_on(self.conn())?;
        Ok(found)
    }

    /// Deletes everything of somebody that can be deleted. `Busy` where something of theirs came in the same batch
    /// and is not in its table yet: asked again, it is.
    pub(in crate::store) fn wipe(&mut self, erasing: Erasing<'_>) -> Result<(), StoreError> {
        let ids: Vec<String> = erasing.accounts.iter().map(PersonId::to_string).collect();
        let found = self.found(erasing.accounts)?;
        self.require_settled(&found, erasing.at.0)?;
        let texts: BTreeSet<Hash> = found.written.union(&found.naming).copied().collect();
        self.note_erasure(erasing, (&ids, texts.len()), &found)?;
        self.sweep_letters(&found, &texts)?;
        self.delete_openings(&texts)?;
        for exception in &found.exceptions {
            self.rewrite_terms(*exception)?;
        }
        self.delete_rows(&ids)?;
        self.sweep(&found.called)?;
        if let Conn::Pg(_) = self.conn() {
            // Whoever vacuums the tables asks for the rows that are left dead.
            sql_query("SELECT pg_stat_force_next_flush()").execute(self.conn())?;
        }
        self.expect_receipts(erasing.at.0)
    }

    /// What a batch holds in memory is in no table to be found in: no leaf but the erasure's own, and no text, may
    /// change what was found.
    fn require_settled(&mut self, found: &Found, own: u64) -> Result<(), StoreError> {
        let text = |row: &[Cell], at: usize| match row.get(at) {
            Some(Cell::Text(Some(text))) => Some(text.clone()),
            _ => None,
        };
        let mut changed = self.batch().waiting_texts().any(|text| found.called.stands_in(text));
        for row in self.batch().waiting_leaves().filter(|row| row.first() != Some(&big(own))) {
            let body = read(&text(row, 8).unwrap_or_default())?;
            let subject = text(row, 3).unwrap_or_default();
            changed |= found.is_changed_by(&body, (&subject, text(row, 6).as_deref()));
        }
        if changed { Err(StoreError::Busy) } else { Ok(()) }
    }

    fn note_erasure(
        &mut self,
        erasing: Erasing<'_>,
        (ids, texts): (&[String], usize),
        found: &Found,
    ) -> Result<(), StoreError> {
        let (leaf, at) = erasing.at;
        let leaf_column = i64::try_from(leaf).unwrap_or(i64::MAX);
        sql_query(
            "INSERT INTO erasures (leaf, person, accounts, erased_at, again, texts) VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind::<BigInt, _>(leaf_column)
        .bind::<Text, _>(erasing.person.to_string())
        .bind::<Text, _>(ids.join(" "))
        .bind::<BigInt, _>(at.timestamp_micros())
        .bind::<Nullable<Text>, _>(erasing.again.map(|agreed| agreed.note.as_str()))
        .bind::<BigInt, _>(i64::try_from(texts).unwrap_or(i64::MAX))
        .execute(self.conn())?;
        let mut files = Rows::new("erased_files", &["erasure", "hash"]);
        for file in found.files() {
            files.push([big(leaf), file.to_string().into()]);
        }
        files.insert(self.conn())?;
        Ok(())
    }

    fn delete_openings(&mut self, texts: &BTreeSet<Hash>) -> Result<(), StoreError> {
        let texts: Vec<String> = texts.iter().map(Hash::to_string).collect();
        for some in texts.chunks(MOST) {
            Sql::new("DELETE FROM openings WHERE ").one_of("commitment", some).query().execute(self.conn())?;
        }
        Ok(())
    }

    fn delete_rows(&mut self, ids: &[String]) -> Result<(), StoreError> {
        let mut codes = Sql::new("DELETE FROM mail_codes WHERE link IN (SELECT id FROM mail_links WHERE ");
        codes.one_of("person", ids).push(")").query().execute(self.conn())?;
        for (table, whose) in THEIRS {
            Sql::new(&format!("DELETE FROM {table} WHERE ")).one_of(whose, ids).query().execute(self.conn())?;
        }
        for id in ids {
            // What was asked about them, and what was still to be told to them.
            let named = format!("%{id}%");
            let asked = "DELETE FROM idempotency WHERE verb LIKE $1";
            Sql::of(asked, [named.as_str().into()]).query().execute(self.conn())?;
            let to = "UPDATE outbox SET state = 'discarded', lease_owner = NULL, lease_until = NULL, last_error = NULL \
                      WHERE state IN ('waiting', 'dead') AND payload LIKE $1";
            Sql::of(to, [named.as_str().into()]).query().execute(self.conn())?;
            let told = "UPDATE outbox SET last_error = NULL WHERE payload LIKE $1";
            Sql::of(told, [named.as_str().into()]).query().execute(self.conn())?;
            let ended = "UPDATE webhooks SET host = $1 WHERE state = 'removed' AND owner = $2";
            Sql::of(ended, [ERASED.into(), id.as_str().into()]).query().execute(self.conn())?;
        }
        Ok(())
    }

    /// Whom it is told to: every endpoint that was not removed, since it was told of them before; and every connector,
    /// which has no call for it.
    fn expect_receipts(&mut self, leaf: u64) -> Result<(), StoreError> {
        let leaf = i64::try_from(leaf).unwrap_or(i64::MAX);
        sql_query(
            "INSERT INTO erasure_receipts (erasure, channel, name, state) \
             SELECT CAST($1 AS BIGINT), 'webhook', id, 'waiting' FROM webhooks WHERE state <> 'removed'",
        )
        .bind::<BigInt, _>(leaf)
        .execute(self.conn())?;
        let mut rows =
            Rows::new("erasure_receipts", &["erasure", "channel", "name", "state"]).on_conflict(OnConflict::Skip);
        for connector in self.routes().connectors() {
            rows.push([Cell::BigInt(Some(leaf)), "connector".into(), connector.into(), "by_hand".into()]);
        }
        rows.insert(self.conn())?;
        Ok(())
    }
}
