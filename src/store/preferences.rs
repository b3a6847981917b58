//! How people want to be written to. Who said nothing is written to as everybody is.

use std::collections::{BTreeMap, BTreeSet};

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Text},
};

use super::{backend::Conn, error::StoreError};
use crate::{domain::preferences::Preferences, words::PersonId};

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    body: String,
}

/// How somebody wants to be written to.
pub fn preferences(conn: &mut Conn, person: PersonId) -> Result<Preferences, StoreError> {
    let row: Option<Row> = sql_query("SELECT body FROM preferences WHERE person = $1")
        .bind::<Text, _>(person.to_string())
        .get_result(conn)
        .optional()?;
    let Some(row) = row else { return Ok(Preferences::default()) };
    serde_json::from_str(&row.body).map_err(|error| StoreError::Corrupt(format!("preferences of {person}: {error}")))
}

/// The same of all these.
pub fn preferences_of(
    conn: &mut Conn,
    people: &BTreeSet<PersonId>,
) -> Result<BTreeMap<PersonId, Preferences>, StoreError> {
    people.iter().map(|person| Ok((*person, preferences(conn, *person)?))).collect()
}

/// Writes what an event says.
pub(super) fn save(conn: &mut Conn, (person, wanted): (PersonId, &Preferences), leaf: u64) -> Result<(), StoreError> {
    let body = serde_json::to_string(wanted).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    sql_query(
        "INSERT INTO preferences (person, body, leaf) VALUES ($1, $2, $3) \
         ON CONFLICT (person) DO UPDATE SET body = excluded.body, leaf = excluded.leaf",
    )
    .bind::<Text, _>(person.to_string())
    .bind::<Text, _>(body)
    .bind::<BigInt, _>(i64::try_from(leaf).unwrap_or(i64::MAX))
    .execute(conn)?;
    Ok(())
}
