//! How the database is at this moment: its migrations, its durability, the ledger's head and the letters
//! that wait. It judges nothing.

use diesel::{dsl, prelude::*};

use super::{
    automation::{Keeper, keeper},
    backend::{Conn, Durability},
    checkpoints,
    error::StoreError,
    ledger, migrate,
    outbox::errands::LETTERS,
    schema::outbox,
};
use crate::{domain::request::Time, words::Hash};

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// The migrations that it lacks.
    pub pending: Vec<String>,
    /// How far the database's clock is ahead of the program's, in milliseconds; 0 where they are one.
    pub clock_offset_ms: i64,
    /// Does another role own the ledger, so that this one cannot undo what keeps it? `None` on SQLite.
    pub kept_apart: Option<bool>,
    /// The settings that decide whether a commit survives a power cut.
    pub durability: Vec<Durability>,
    /// Who keeps time, or did last; `None` while nobody did.
    pub keeper: Option<Keeper>,
    /// How many leaves the ledger has.
    pub leaves: u64,
    /// The root of its tree (RFC 6962 §2.1).
    pub root: Hash,
    /// Since when, and why, the ledger is not signed any more; `None` while all is well.
    pub alarm: Option<(Time, String)>,
    /// How many letters wait.
    pub letters: u64,
    /// Since when the one that waits longest has been due.
    pub due_since: Option<Time>,
}

/// Looks, when the program's clock says `now`.
pub fn health(conn: &mut Conn, now: Time) -> Result<Health, StoreError> {
    let clock_offset_ms = conn.clock_offset(now.timestamp_micros())? / 1000;
    let pending = migrate::pending(conn)?;
    let kept_apart = conn.is_kept_apart()?;
    let durability = conn.durability()?;
    let (leaves, root) = ledger::head(conn)?;
    let alarm = if pending.is_empty() { unsound(conn, now)? } else { None };
    let keeper = if pending.is_empty() { keeper(conn)? } else { None };
    let waiting = outbox::table.filter(outbox::state.eq("waiting").and(outbox::lane.eq(LETTERS)));
    let (letters, due): (i64, Option<i64>) =
        waiting.select((dsl::count_star(), dsl::min(outbox::next_at))).first(conn)?;
    Ok(Health {
        pending,
        clock_offset_ms,
        kept_apart,
        durability,
        keeper,
        leaves,
        root,
        alarm,
        letters: u64::try_from(letters).unwrap_or(0),
        due_since: due.and_then(Time::from_timestamp_micros),
    })
}

/// What was found wrong when it was to be signed, or is wrong with what was signed last.
fn unsound(conn: &mut Conn, now: Time) -> Result<Option<(Time, String)>, StoreError> {
    if let Some(raised) = checkpoints::alarm(conn)? {
        return Ok(Some(raised));
    }
    let Some(newest) = checkpoints::latest(conn)? else { return Ok(None) };
    match checkpoints::leads_to(conn, newest.head) {
        Ok(()) => Ok(None),
        Err(StoreError::Corrupt(why)) => Ok(Some((now, why))),
        Err(error) => Err(error),
    }
}
