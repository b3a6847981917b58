//! The ledger as a feed: what happened, in its order, without its bodies. Who may see what of it is not
//! known here.

use std::collections::BTreeSet;

use chrono::DateTime;
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Bool, Nullable, Text},
};

use super::{backend::Conn, error::StoreError};
use crate::{
    domain::request::Time,
    words::{ExceptionId, PersonId},
};

/// What happened, as its leaf says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happened {
    /// The leaf.
    pub leaf: u64,
    /// The event's code.
    pub kind: String,
    /// The exception it happened to; absent for people, roles and rules.
    pub exception: Option<ExceptionId>,
    /// Its number among the events of that subject.
    pub seq: u64,
    /// When.
    pub at: Time,
    /// Is it a comment among those who work on it?
    pub internal: bool,
    /// Of an erasure: whose, by the opaque ids of the account that was named, and of all accounts that went.
    pub erased: Option<(PersonId, BTreeSet<PersonId>)>,
}

impl Happened {
    /// The code of an erasure, of which everybody is told who keeps anything of ours.
    pub const ERASURE: &'static str = "person.erased";
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    idx: i64,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    subject_kind: String,
    #[diesel(sql_type = Text)]
    subject: String,
    #[diesel(sql_type = BigInt)]
    seq: i64,
    #[diesel(sql_type = BigInt)]
    at: i64,
    #[diesel(sql_type = Bool)]
    internal: bool,
    #[diesel(sql_type = Nullable<Text>)]
    erased: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    accounts: Option<String>,
}

impl TryFrom<Row> for Happened {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let broken = || StoreError::Corrupt(format!("leaf {}", row.idx));
        let exception = (row.subject_kind == "exception").then(|| row.subject.parse()).transpose();
        let id = |id: &str| id.parse::<PersonId>().map_err(|_| broken());
        let gone = row.erased.as_deref().zip(row.accounts.as_deref());
        let accounts = |all: &str| all.split(' ').map(id).collect::<Result<BTreeSet<_>, StoreError>>();
        let erased = gone.map(|(person, all)| Ok::<_, StoreError>((id(person)?, accounts(all)?)));
        Ok(Self {
            leaf: u64::try_from(row.idx).map_err(|_| broken())?,
            exception: exception.map_err(|_| broken())?,
            seq: u64::try_from(row.seq).map_err(|_| broken())?,
            at: DateTime::from_timestamp_micros(row.at).ok_or_else(broken)?,
            internal: row.internal,
            erased: erased.transpose()?,
            kind: row.kind,
        })
    }
}

/// The leaves after number `after`, or from the first, in their order, at most `limit`.
pub fn leaves_after(conn: &mut Conn, after: Option<u64>, limit: i64) -> Result<Vec<Happened>, StoreError> {
    let after = after.map_or(-1, |leaf| i64::try_from(leaf).unwrap_or(i64::MAX));
    let rows: Vec<Row> = sql_query(
        "SELECT idx, kind, subject_kind, subject, seq, at, \
         (kind = 'commented' AND body LIKE '%\"internal\":true%') AS internal, e.person AS erased, e.accounts \
         FROM leaves LEFT JOIN erasures e ON e.leaf = idx WHERE idx > $1 ORDER BY idx LIMIT $2",
    )
    .bind::<BigInt, _>(after)
    .bind::<BigInt, _>(limit)
    .load(conn)?;
    rows.into_iter().map(Happened::try_from).collect()
}
