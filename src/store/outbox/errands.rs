//! What leaves for other systems: which connectors are told of which events, the tickets that they keep, and
//! when each was used last. What they are told, and how, is not known here.

use std::collections::{BTreeMap, BTreeSet};

use chrono::DateTime;
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Nullable, Text},
};
use uuid::Uuid;

use super::Told;
use crate::{
    domain::{
        event::{Deed, Event},
        exception::Exception,
        request::Time,
    },
    store::{backend::Conn, error::StoreError, ledger::Posted, tx::Tx},
    words::ExceptionId,
};

/// The lane of letters.
pub const LETTERS: &str = "letters";

/// Which connectors are told of which events, by the events' codes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Routes(BTreeMap<String, Vec<String>>);

impl Routes {
    /// Tells a connector of events with this code from now on.
    pub fn add(&mut self, code: &str, connector: &str) {
        self.0.entry(code.to_owned()).or_default().push(connector.to_owned());
    }

    /// All that are told of something, by their names.
    pub(in crate::store) fn connectors(&self) -> BTreeSet<String> {
        self.0.values().flatten().cloned().collect()
    }

    /// Those that are told of an event. A comment among those who work on it stays among them.
    fn of(&self, event: &Event) -> &[String] {
        if matches!(event.deed, Deed::Commented { internal: true, .. }) {
            return &[];
        }
        self.0.get(event.deed.code()).map_or(&[], Vec::as_slice)
    }
}

/// Where a row of the outbox stands: nobody in another lane waits for it, and of one stream the earlier place
/// comes first.
#[derive(Debug, Clone)]
pub(in crate::store) struct Stream {
    /// The lane.
    pub(in crate::store) lane: String,
    /// The stream.
    pub(in crate::store) name: String,
    /// The place in it.
    pub(in crate::store) place: u64,
}

/// A record of another system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptTicket {
    /// Its id there.
    pub ticket: String,
    /// Where people read it.
    pub url: Option<String>,
}

/// How much a connection was used.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Use {
    /// How often.
    pub used: u64,
    /// When it worked last.
    pub last_used_at: Option<Time>,
    /// When it failed last.
    pub last_failed_at: Option<Time>,
    /// Why.
    pub last_error: Option<String>,
}

/// How many errands of a connector wait, and how many were given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Backlog {
    /// On their way.
    pub waiting: u64,
    /// Given up.
    pub dead: u64,
}

#[derive(QueryableByName)]
struct TicketRow {
    #[diesel(sql_type = Text)]
    ticket: String,
    #[diesel(sql_type = Nullable<Text>)]
    url: Option<String>,
}

#[derive(QueryableByName)]
struct UseRow {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = BigInt)]
    used: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    last_used_at: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    last_failed_at: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    last_error: Option<String>,
}

#[derive(QueryableByName)]
struct BacklogRow {
    #[diesel(sql_type = Text)]
    lane: String,
    #[diesel(sql_type = BigInt)]
    waiting: i64,
    #[diesel(sql_type = BigInt)]
    dead: i64,
}

/// The ticket of an exception at another system.
pub fn ticket(conn: &mut Conn, system: &str, exception: ExceptionId) -> Result<Option<KeptTicket>, StoreError> {
    let row: Option<TicketRow> = sql_query("SELECT ticket, url FROM tickets WHERE system = $1 AND exception = $2")
        .bind::<Text, _>(system)
        .bind::<Text, _>(exception.to_string())
        .get_result(conn)
        .optional()?;
    Ok(row.map(|TicketRow { ticket, url }| KeptTicket { ticket, url }))
}

/// How much each connection was used, by its name.
pub fn uses(conn: &mut Conn) -> Result<BTreeMap<String, Use>, StoreError> {
    let rows: Vec<UseRow> =
        sql_query("SELECT name, used, last_used_at, last_failed_at, last_error FROM connections").load(conn)?;
    let read = |row: UseRow| {
        let found = Use {
            used: u64::try_from(row.used).unwrap_or(0),
            last_used_at: row.last_used_at.and_then(DateTime::from_timestamp_micros),
            last_failed_at: row.last_failed_at.and_then(DateTime::from_timestamp_micros),
            last_error: row.last_error,
        };
        (row.name, found)
    };
    Ok(rows.into_iter().map(read).collect())
}

/// What waits for other systems and what was given up, by lane.
pub fn backlogs(conn: &mut Conn) -> Result<BTreeMap<String, Backlog>, StoreError> {
    let rows: Vec<BacklogRow> = sql_query(
        "SELECT lane, SUM(CASE WHEN state = 'waiting' THEN 1 ELSE 0 END) AS waiting, \
         SUM(CASE WHEN state = 'dead' THEN 1 ELSE 0 END) AS dead FROM outbox \
         WHERE state IN ('waiting', 'dead') AND lane <> 'letters' GROUP BY lane",
    )
    .load(conn)?;
    let count = |count: i64| u64::try_from(count).unwrap_or(0);
    Ok(rows.into_iter().map(|row| (row.lane, Backlog { waiting: count(row.waiting), dead: count(row.dead) })).collect())
}

impl Tx<'_, '_> {
    /// Queues what an event tells other systems, in the transaction of the event.
    pub(in crate::store) fn post_errands(
        &mut self,
        after: &Exception,
        (seq, event): (u64, &Event),
    ) -> Result<(), StoreError> {
        for connector in self.routes().of(event).to_vec() {
            let told = Told::Errand { connector: connector.clone(), exception: after.id, event: seq };
            let payload = serde_json::to_string(&told).map_err(|error| StoreError::Corrupt(error.to_string()))?;
            let dedupe_key = format!("connector/{connector}/{}/{seq}", after.id);
            let id = Uuid::new_v5(&after.id.0, dedupe_key.as_bytes()).to_string();
            let posted = Posted { id, dedupe_key, kind: "connector", payload, at: event.at };
            let lane = format!("connector.{connector}");
            let stream = Stream { name: format!("{lane}/{}", after.id), lane, place: seq };
            self.batch().post_on(&posted, &stream);
        }
        Ok(())
    }

    /// Remembers the ticket of an exception at another system; false where it has one there already.
    pub fn keep_ticket(&mut self, system: &str, exception: ExceptionId, kept: &KeptTicket) -> Result<bool, StoreError> {
        let now = self.now().timestamp_micros();
        let inserted = sql_query(
            "INSERT INTO tickets (system, exception, ticket, url, at) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (system, exception) DO NOTHING",
        )
        .bind::<Text, _>(system)
        .bind::<Text, _>(exception.to_string())
        .bind::<Text, _>(&kept.ticket)
        .bind::<Nullable<Text>, _>(kept.url.as_deref())
        .bind::<BigInt, _>(now)
        .execute(self.conn())?;
        Ok(inserted == 1)
    }

    /// Notes that a connection was used, or why it failed.
    pub fn note_use(&mut self, name: &str, failure: Option<&str>) -> Result<(), StoreError> {
        let now = self.now().timestamp_micros();
        let (used, worked) = if failure.is_none() { (1, Some(now)) } else { (0, None) };
        sql_query(
            "INSERT INTO connections (name, used, last_used_at, last_failed_at, last_error) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (name) DO UPDATE SET used = connections.used + excluded.used, \
             last_used_at = COALESCE(excluded.last_used_at, connections.last_used_at), \
             last_failed_at = COALESCE(excluded.last_failed_at, connections.last_failed_at), \
             last_error = COALESCE(excluded.last_error, connections.last_error)",
        )
        .bind::<Text, _>(name)
        .bind::<BigInt, _>(used)
        .bind::<Nullable<BigInt>, _>(worked)
        .bind::<Nullable<BigInt>, _>(failure.map(|_| now))
        .bind::<Nullable<Text>, _>(failure)
        .execute(self.conn())?;
        Ok(())
    }
}
