//! Codes from a second mail, by their hashes: at most three for a link, each for ten minutes, dead after
//! five wrong ones. Whether a procedure lets a code do is not known here.

use chrono::{DateTime, Duration};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Integer, Nullable, Text},
};
use uuid::Uuid;

use super::{backend::Conn, error::StoreError, ledger::Posted, outbox::Told, tx::Tx};
use crate::{
    domain::request::Time,
    words::{Hash, LinkId, PersonId},
};

/// How many codes one link may have.
const MOST_CODES: i32 = 3;
/// How many wrong ones kill a code.
const MOST_WRONG: i32 = 5;
/// For how many minutes a code is good, and what it led to.
const MINUTES: i64 = 10;

/// What became of a code that was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Typed {
    /// It is the one.
    Right,
    /// It is not, or there is none to be typed.
    Wrong,
}

#[derive(QueryableByName)]
struct Codes {
    #[diesel(sql_type = Integer)]
    codes: i32,
}

#[derive(QueryableByName)]
struct Sent {
    #[diesel(sql_type = Text)]
    hash: String,
    #[diesel(sql_type = Nullable<Text>)]
    earlier: Option<String>,
    #[diesel(sql_type = BigInt)]
    expires_at: i64,
    #[diesel(sql_type = Integer)]
    wrong: i32,
}

impl Sent {
    fn is(&self, typed: &str) -> bool {
        self.hash == typed || self.earlier.as_deref() == Some(typed)
    }
}

#[derive(QueryableByName)]
struct Holder {
    #[diesel(sql_type = Text)]
    person: String,
}

#[derive(QueryableByName)]
struct Passed {
    #[diesel(sql_type = BigInt)]
    passed_at: i64,
}

/// When a code of this link was typed in the browser that shows `pass`, if that still counts.
pub fn passed(conn: &mut Conn, link: LinkId, pass: &Hash, now: Time) -> Result<Option<Time>, StoreError> {
    let row: Option<Passed> =
        sql_query("SELECT passed_at FROM mail_codes WHERE link = $1 AND pass = $2 AND passed_at > $3")
            .bind::<Text, _>(link.to_string())
            .bind::<Text, _>(pass.to_string())
            .bind::<BigInt, _>((now - Duration::minutes(MINUTES)).timestamp_micros())
            .get_result(conn)
            .optional()?;
    Ok(row.and_then(|row| DateTime::from_timestamp_micros(row.passed_at)))
}

/// Whose code was typed last in the browser that shows `pass`, whether it still counts or not.
pub fn holder(conn: &mut Conn, pass: &Hash) -> Result<Option<PersonId>, StoreError> {
    let row: Option<Holder> =
        sql_query("SELECT l.person FROM mail_codes c JOIN mail_links l ON l.id = c.link WHERE c.pass = $1 LIMIT 1")
            .bind::<Text, _>(pass.to_string())
            .get_result(conn)
            .optional()?;
    let read = |Holder { person }| person.parse().map_err(|_| StoreError::Corrupt(format!("link of {person}")));
    row.map(read).transpose()
}

impl Tx<'_, '_> {
    /// Has a code sent for an open link, unless it had its three.
    pub fn ask_for_code(&mut self, link: LinkId) -> Result<(), StoreError> {
        let now = self.now();
        let counted: Option<Codes> = sql_query(
            "UPDATE mail_links SET codes = codes + 1 WHERE id = $1 AND ended_at IS NULL AND codes < $2 RETURNING codes",
        )
        .bind::<Text, _>(link.to_string())
        .bind::<Integer, _>(MOST_CODES)
        .get_result(self.conn())
        .optional()?;
        let Some(Codes { codes }) = counted else { return Ok(()) };
        let dedupe_key = format!("code/{link}/{codes}");
        let payload = serde_json::to_string(&Told::Code { code: link });
        let payload = payload.map_err(|error| StoreError::Corrupt(error.to_string()))?;
        let id = Uuid::new_v5(&link.0, dedupe_key.as_bytes()).to_string();
        self.batch().post(&Posted { id, dedupe_key, kind: "code", payload, at: now });
        Ok(())
    }

    /// Keeps the hash of the code in a letter that is about to be mailed, in place of the code of the letter
    /// before. Where another process mailed the same letter with another code, either does, since nobody knows
    /// which of the two arrives; what was mistyped or typed by then stays so.
    pub fn put_code(&mut self, link: LinkId, letter: Uuid, hash: &Hash) -> Result<(), StoreError> {
        let expires_at = (self.now() + Duration::minutes(MINUTES)).timestamp_micros();
        sql_query(
            "INSERT INTO mail_codes (link, letter, hash, expires_at, wrong) VALUES ($1, $2, $3, $4, 0) \
             ON CONFLICT (link) DO UPDATE SET letter = excluded.letter, hash = excluded.hash, \
             earlier = CASE WHEN mail_codes.letter = excluded.letter AND mail_codes.hash <> excluded.hash \
             THEN mail_codes.hash WHEN mail_codes.letter = excluded.letter THEN mail_codes.earlier END, \
             expires_at = CASE WHEN mail_codes.letter = excluded.letter AND mail_codes.passed_at IS NOT NULL \
             THEN mail_codes.expires_at ELSE excluded.expires_at END, \
             wrong = CASE WHEN mail_codes.letter = excluded.letter THEN mail_codes.wrong ELSE 0 END, \
             pass = CASE WHEN mail_codes.letter = excluded.letter THEN mail_codes.pass END, \
             passed_at = CASE WHEN mail_codes.letter = excluded.letter THEN mail_codes.passed_at END",
        )
        .bind::<Text, _>(link.to_string())
        .bind::<Text, _>(letter.to_string())
        .bind::<Text, _>(hash.to_string())
        .bind::<BigInt, _>(expires_at)
        .execute(self.conn())?;
        Ok(())
    }

    /// Holds a typed code against the one that was sent. The right one is used up, and stands for its
    /// person in the browser that shows `pass`; a wrong one counts.
    pub fn type_code(&mut self, link: LinkId, typed: &Hash, pass: &Hash) -> Result<Typed, StoreError> {
        let now = self.now().timestamp_micros();
        let sent: Option<Sent> = sql_query("SELECT hash, earlier, expires_at, wrong FROM mail_codes WHERE link = $1")
            .bind::<Text, _>(link.to_string())
            .get_result(self.conn())
            .optional()?;
        let Some(sent) = sent.filter(|sent| sent.expires_at > now && sent.wrong < MOST_WRONG) else {
            return Ok(Typed::Wrong);
        };
        if !sent.is(&typed.to_string()) {
            sql_query("UPDATE mail_codes SET wrong = wrong + 1 WHERE link = $1")
                .bind::<Text, _>(link.to_string())
                .execute(self.conn())?;
            return Ok(Typed::Wrong);
        }
        sql_query("UPDATE mail_codes SET expires_at = 0, pass = $1, passed_at = $2 WHERE link = $3")
            .bind::<Text, _>(pass.to_string())
            .bind::<BigInt, _>(now)
            .bind::<Text, _>(link.to_string())
            .execute(self.conn())?;
        Ok(Typed::Right)
    }
}
