//! The outbox as those see it who look after the service: which letters wait, which were given up, and
//! why. What a letter says to whom by name is not shown here.

use chrono::DateTime;
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Integer, Nullable, Text},
};

use super::Told;
use crate::{
    domain::{request::Time, roster::LetterState},
    store::{backend::Conn, error::StoreError, queries::Cursor},
    words::LetterId,
};

/// A letter in the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shelved {
    /// The letter.
    pub id: LetterId,
    /// Its kind, as a code.
    pub kind: String,
    /// Where it stands.
    pub state: LetterState,
    /// What it tells; absent where that cannot be read.
    pub told: Option<Told>,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is due, or was when it was settled.
    pub due_at: Time,
    /// Until when somebody has it in hand.
    pub held_until: Option<Time>,
    /// What went wrong the last time.
    pub last_error: Option<String>,
}

impl Shelved {
    /// Where a page that ends with it goes on.
    pub fn cursor(&self) -> Cursor {
        Cursor { value: self.due_at.timestamp_micros(), id: self.id.to_string() }
    }
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    state: String,
    #[diesel(sql_type = Text)]
    payload: String,
    #[diesel(sql_type = Integer)]
    attempts: i32,
    #[diesel(sql_type = BigInt)]
    next_at: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    lease_until: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    last_error: Option<String>,
}

#[derive(QueryableByName)]
struct StateRow {
    #[diesel(sql_type = Text)]
    state: String,
}

const COLUMNS: &str = "id, kind, state, payload, attempts, next_at, lease_until, last_error";

impl TryFrom<Row> for Shelved {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let broken = || StoreError::Corrupt(format!("letter {}", row.id));
        Ok(Self {
            id: row.id.parse().map_err(|_| broken())?,
            state: row.state.parse().map_err(|_| broken())?,
            told: serde_json::from_str(&row.payload).ok(),
            attempts: u32::try_from(row.attempts).map_err(|_| broken())?,
            due_at: DateTime::from_timestamp_micros(row.next_at).ok_or_else(broken)?,
            held_until: row.lease_until.and_then(DateTime::from_timestamp_micros),
            last_error: row.last_error,
            kind: row.kind,
        })
    }
}

/// Letters that stand so, or all of them, the longest due first, after `after`, at most `limit`. A row
/// that cannot be read is left out.
pub fn list(
    conn: &mut Conn,
    standing: Option<LetterState>,
    after: Option<&Cursor>,
    limit: i64,
) -> Result<Vec<Shelved>, StoreError> {
    let (at, id) = after.map_or((i64::MIN, ""), |cursor| (cursor.value, cursor.id.as_str()));
    let (filter, standing) = standing.map_or(("$1 = ''", ""), |standing| ("state = $1", standing.as_str()));
    let rows: Vec<Row> = sql_query(format!(
        "SELECT {COLUMNS} FROM outbox WHERE {filter} AND (next_at, id) > ($2, $3) ORDER BY next_at, id LIMIT $4"
    ))
    .bind::<Text, _>(standing)
    .bind::<BigInt, _>(at)
    .bind::<Text, _>(id)
    .bind::<BigInt, _>(limit)
    .load(conn)?;
    Ok(rows.into_iter().filter_map(|row| Shelved::try_from(row).ok()).collect())
}

/// One letter.
pub fn one(conn: &mut Conn, letter: LetterId) -> Result<Option<Shelved>, StoreError> {
    let row: Option<Row> = sql_query(format!("SELECT {COLUMNS} FROM outbox WHERE id = $1"))
        .bind::<Text, _>(letter.to_string())
        .get_result(conn)
        .optional()?;
    row.map(Shelved::try_from).transpose()
}

/// Where a letter stands.
pub fn state(conn: &mut Conn, letter: LetterId) -> Result<Option<LetterState>, StoreError> {
    let row: Option<StateRow> = sql_query("SELECT state FROM outbox WHERE id = $1")
        .bind::<Text, _>(letter.to_string())
        .get_result(conn)
        .optional()?;
    let broken = |_| StoreError::Corrupt(format!("letter {letter}"));
    row.map(|row| row.state.parse().map_err(broken)).transpose()
}

/// Makes an open letter due now, with all its attempts before it; how many rows that changed. Whoever
/// has it in hand is fenced off.
pub fn retry(conn: &mut Conn, letter: LetterId, now: Time) -> Result<usize, StoreError> {
    let changed = sql_query(
        "UPDATE outbox SET state = 'waiting', attempts = 0, next_at = $1, lease_owner = NULL, lease_until = NULL \
         WHERE id = $2 AND state IN ('waiting', 'dead')",
    )
    .bind::<BigInt, _>(now.timestamp_micros())
    .bind::<Text, _>(letter.to_string())
    .execute(conn)?;
    Ok(changed)
}

/// Gives an open letter up for good; how many rows that changed.
pub fn discard(conn: &mut Conn, letter: LetterId) -> Result<usize, StoreError> {
    let changed = sql_query(
        "UPDATE outbox SET state = 'discarded', lease_owner = NULL, lease_until = NULL \
         WHERE id = $1 AND state IN ('waiting', 'dead')",
    )
    .bind::<Text, _>(letter.to_string())
    .execute(conn)?;
    Ok(changed)
}
