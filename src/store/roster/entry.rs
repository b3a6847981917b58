//! What lets somebody in: API tokens and sessions, found by the hash of what is presented. The secrets
//! themselves never come here.

use chrono::Duration;
use diesel::prelude::*;

use super::{
    rows::{TokenRow, instant, parsed},
    schema::{sessions, tokens},
};
use crate::{
    domain::{request::Time, roster::TokenRecord},
    store::{backend::Conn, error::StoreError},
    words::{Hash, PersonId, SessionId, TokenId},
};

/// How many seconds lie between two notes that a token is in use.
const TOUCH_SECONDS: i64 = 60;

/// A token with its last use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldToken {
    /// Its id.
    pub id: TokenId,
    /// What the log has of it.
    pub record: TokenRecord,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Time>,
}

impl HeldToken {
    fn of(row: &TokenRow) -> Result<Self, StoreError> {
        let (id, record) = row.record()?;
        Ok(Self { id, record, last_used_at: row.last_used_at()? })
    }
}

/// The token of this hash, whether or not it may still be used: see [`TokenRecord::holds_at`].
pub fn token_by_hash(conn: &mut Conn, hash: &Hash) -> Result<Option<HeldToken>, StoreError> {
    let by_hash = tokens::table.filter(tokens::hash.eq(hash.to_string())).select(TokenRow::as_select());
    by_hash.first(conn).optional()?.as_ref().map(HeldToken::of).transpose()
}

/// The tokens of this account, newest first.
pub fn tokens_of(conn: &mut Conn, person: PersonId) -> Result<Vec<HeldToken>, StoreError> {
    let rows: Vec<TokenRow> = tokens::table
        .filter(tokens::person.eq(person.to_string()))
        .order((tokens::issued_at.desc(), tokens::id))
        .select(TokenRow::as_select())
        .load(conn)?;
    rows.iter().map(HeldToken::of).collect()
}

/// Notes that a token was used, at most once a minute; returns whether it was noted.
pub fn touch_token(conn: &mut Conn, id: TokenId, now: Time) -> Result<bool, StoreError> {
    let stale = (now - Duration::seconds(TOUCH_SECONDS)).timestamp_micros();
    let due = tokens::last_used_at.is_null().or(tokens::last_used_at.le(stale));
    let touched = diesel::update(tokens::table.filter(tokens::id.eq(id.to_string()).and(due)))
        .set(tokens::last_used_at.eq(now.timestamp_micros()))
        .execute(conn)?;
    Ok(touched == 1)
}

/// A session to begin.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// The session.
    pub session: Session,
    /// The hash of the cookie's value.
    pub hash: Hash,
    /// From which network address.
    pub address: Option<String>,
}

/// A signed-in session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Whose it is.
    pub person: PersonId,
    /// When the person signed in.
    pub signed_in_at: Time,
    /// Until when it holds.
    pub expires_at: Time,
}

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = sessions)]
struct SessionRow {
    id: String,
    person: String,
    signed_in_at: i64,
    expires_at: i64,
}

/// Begins a session.
pub fn begin_session(conn: &mut Conn, new: &NewSession) -> Result<(), StoreError> {
    diesel::insert_into(sessions::table)
        .values((
            sessions::id.eq(new.session.id.to_string()),
            sessions::person.eq(new.session.person.to_string()),
            sessions::hash.eq(new.hash.to_string()),
            sessions::signed_in_at.eq(new.session.signed_in_at.timestamp_micros()),
            sessions::expires_at.eq(new.session.expires_at.timestamp_micros()),
            sessions::address.eq(new.address.as_deref()),
        ))
        .execute(conn)?;
    Ok(())
}

/// The session of this hash, if it holds at `now`.
pub fn session_by_hash(conn: &mut Conn, hash: &Hash, now: Time) -> Result<Option<Session>, StoreError> {
    let row: Option<SessionRow> = sessions::table
        .filter(sessions::hash.eq(hash.to_string()).and(sessions::ended_at.is_null()))
        .filter(sessions::expires_at.gt(now.timestamp_micros()))
        .select(SessionRow::as_select())
        .first(conn)
        .optional()?;
    let Some(row) = row else { return Ok(None) };
    let (id, person) = (parsed(&row.id)?, parsed(&row.person)?);
    Ok(Some(Session { id, person, signed_in_at: instant(row.signed_in_at)?, expires_at: instant(row.expires_at)? }))
}

/// Ends a session; returns whether it had not ended before.
pub fn end_session(conn: &mut Conn, id: SessionId, now: Time) -> Result<bool, StoreError> {
    let open = sessions::table.filter(sessions::id.eq(id.to_string()).and(sessions::ended_at.is_null()));
    Ok(diesel::update(open).set(sessions::ended_at.eq(now.timestamp_micros())).execute(conn)? == 1)
}

/// Ends every session of an account; returns how many there were.
pub fn end_sessions_of(conn: &mut Conn, person: PersonId, now: Time) -> Result<usize, StoreError> {
    let open = sessions::table.filter(sessions::person.eq(person.to_string()).and(sessions::ended_at.is_null()));
    Ok(diesel::update(open).set(sessions::ended_at.eq(now.timestamp_micros())).execute(conn)?)
}
