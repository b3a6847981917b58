//! What the calendar says that people are told: who is, and the letters that tell them, once for each tick.

use std::collections::BTreeSet;

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Text},
};
use uuid::Uuid;

use super::Told;
use crate::{
    domain::{letters::Periodic, preferences::Preferences, request::Time},
    store::{Conn, StoreError, Tx, ledger::Posted, roster::holders},
    words::PersonId,
};

/// One issue of a scheduled report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Issue {
    /// What.
    pub report: Periodic,
    /// The tick that it is of.
    pub tick: Time,
    /// From when on it reports.
    pub from: Time,
    /// Until before when.
    pub to: Time,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    person: String,
    #[diesel(sql_type = Text)]
    body: String,
}

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = BigInt)]
    leaves: i64,
}

/// Whom an issue is for: people who hold one of its roles and those who asked for it in their preferences. Nobody,
/// where the record had not begun by its tick: nothing of it was missed.
pub fn readers_of(conn: &mut Conn, issue: &Issue) -> Result<BTreeSet<PersonId>, StoreError> {
    let begun: Counted = sql_query("SELECT COUNT(*) AS leaves FROM leaves WHERE idx = 0 AND at <= $1")
        .bind::<BigInt, _>(issue.tick.timestamp_micros())
        .get_result(conn)?;
    if begun.leaves == 0 {
        return Ok(BTreeSet::new());
    }
    let held = holders(conn, issue.report.roles())?.into_iter().filter(|person| person.active && !person.is_service());
    let mut readers: BTreeSet<PersonId> = held.map(|person| person.id).collect();
    let rows: Vec<Row> = sql_query("SELECT person, body FROM preferences").load(conn)?;
    for Row { person, body } in rows {
        let broken = || StoreError::Corrupt(format!("preferences of {person}"));
        let said: Preferences = serde_json::from_str(&body).map_err(|_| broken())?;
        if said.reports {
            readers.insert(person.parse().map_err(|_| broken())?);
        }
    }
    Ok(readers)
}

impl Tx<'_, '_> {
    /// Posts an issue to its readers, each a letter of their own; the same tick again posts nothing more.
    pub fn post_issue(&mut self, issue: &Issue, readers: &BTreeSet<PersonId>) -> Result<(), StoreError> {
        let (at, tick) = (self.now(), issue.tick.timestamp_micros());
        for reader in readers {
            let Issue { report, from, to, .. } = *issue;
            let told = Told::Report { report, from, to, reader: *reader, held: None };
            let payload = serde_json::to_string(&told).map_err(|error| StoreError::Corrupt(error.to_string()))?;
            let dedupe_key = format!("report/{report}/{tick}/{reader}");
            let id = Uuid::new_v5(&reader.0, dedupe_key.as_bytes()).to_string();
            self.batch().post(&Posted { id, dedupe_key, kind: told.kind(), payload, at });
        }
        Ok(())
    }
}
