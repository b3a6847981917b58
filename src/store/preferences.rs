//! How people want to be written to. Who said nothing is written to as everybody is.

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Text},
};

use super::{backend::Conn, error::StoreError, sql::Sql, tx::Tx};
use crate::{
    domain::preferences::Preferences,
    words::{Frequency, Hash, PersonId},
};

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    body: String,
}

#[derive(QueryableByName)]
struct Subscriber {
    #[diesel(sql_type = Text)]
    person: String,
}

/// How somebody wants to be written to.
pub fn preferences(conn: &mut Conn, person: PersonId) -> Result<Preferences, StoreError> {
    Ok(chosen(conn, person)?.unwrap_or_default())
}

/// What somebody said of it, if they did.
pub fn chosen(conn: &mut Conn, person: PersonId) -> Result<Option<Preferences>, StoreError> {
    let asked = Sql::of("SELECT body FROM preferences WHERE person = $1", [person.to_string().into()]);
    let row: Option<Row> = asked.kept().get_result(conn).optional()?;
    let broken = |error| StoreError::Corrupt(format!("preferences of {person}: {error}"));
    row.map(|row| serde_json::from_str(&row.body).map_err(broken)).transpose()
}

/// Whose digest the link with this hash cancels.
pub fn subscriber(conn: &mut Conn, hash: &Hash) -> Result<Option<PersonId>, StoreError> {
    let row: Option<Subscriber> = sql_query("SELECT person FROM unsubscribes WHERE hash = $1")
        .bind::<Text, _>(hash.to_string())
        .get_result(conn)
        .optional()?;
    let broken = |_| StoreError::Corrupt("a link of a digest".to_owned());
    row.map(|row| row.person.parse().map_err(broken)).transpose()
}

impl Tx<'_, '_> {
    /// Keeps the hash of a link that cancels somebody's digest.
    pub fn issue_unsubscribe(&mut self, person: PersonId, hash: &Hash) -> Result<(), StoreError> {
        let now = self.now().timestamp_micros();
        sql_query("INSERT INTO unsubscribes (hash, person, issued_at) VALUES ($1, $2, $3)")
            .bind::<Text, _>(hash.to_string())
            .bind::<Text, _>(person.to_string())
            .bind::<BigInt, _>(now)
            .execute(self.conn())?;
        Ok(())
    }
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
    if wanted.frequency == Frequency::Mailbox {
        // What waited for a digest is read in the mailbox, too.
        sql_query("UPDATE mailbox SET digest = FALSE WHERE person = $1 AND digest AND mailed_at IS NULL")
            .bind::<Text, _>(person.to_string())
            .execute(conn)?;
    }
    Ok(())
}
