//! What goes with somebody, in the transaction of the leaf that says so: the openings of their texts and their rows.
//! Ids, commitments and what was decided stay. What others were told of them, or said in passing, goes afterwards
//! (`sweep.rs`), so that no transaction grows with the database.

use std::collections::BTreeSet;

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Nullable, Text},
};

use super::{classes::THEIRS, found::Found};
use crate::{
    domain::{request::Time, roster::Agreed},
    store::{
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
    /// Deletes what says who somebody is, by its keys as a reader found them, and notes what is left to be done in
    /// passing. `Busy` where that was not brought, or something came since that might be theirs: asked again, it is.
    pub(in crate::store) fn wipe(&mut self, erasing: Erasing<'_>) -> Result<(), StoreError> {
        let ids: Vec<String> = erasing.accounts.iter().map(PersonId::to_string).collect();
        let brought = self.brought(erasing.accounts)?.ok_or(StoreError::Busy)?;
        let found = &brought.found;
        self.require_untold(found, erasing.at.0)?;
        let texts: BTreeSet<Hash> = found.written.union(&found.naming).copied().collect();
        self.note_erasure(erasing, (&ids, texts.len()), found)?;
        self.blank_open_letters(found, &texts)?;
        self.delete_openings(&texts)?;
        for exception in &found.open {
            self.rewrite_terms(*exception)?;
        }
        self.delete_rows(&ids)?;
        self.expect_receipts(erasing.at.0)
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
            "INSERT INTO erasures (leaf, person, accounts, erased_at, again, texts, sought) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind::<BigInt, _>(leaf_column)
        .bind::<Text, _>(erasing.person.to_string())
        .bind::<Text, _>(ids.join(" "))
        .bind::<BigInt, _>(at.timestamp_micros())
        .bind::<Nullable<Text>, _>(erasing.again.map(|agreed| agreed.note.as_str()))
        .bind::<BigInt, _>(i64::try_from(texts).unwrap_or(i64::MAX))
        .bind::<Text, _>(found.called.kept())
        .execute(self.conn())?;
        let mut cases = Rows::new("erased_cases", &["erasure", "exception"]);
        for case in found.exceptions.difference(&found.open) {
            cases.push([big(leaf), case.to_string().into()]);
        }
        cases.insert(self.conn())?;
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
