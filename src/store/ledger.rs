//! What every batch of writes shares: the ledger's head, taken first and written last, and the rows
//! that wait in between. It gives each event its leaf; what an event means it does not know.

use std::{
    collections::HashMap,
    ops::RangeInclusive,
    sync::{Mutex, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{
    prelude::*,
    sql_types::{BigInt, Text},
};
use serde::Serialize;

use super::{
    automation::Brakes,
    backend::Conn,
    error::StoreError,
    facets::Tally,
    outbox::errands::{LETTERS, Routes, Stream},
    roster::Present,
    rows::{Cell, OnConflict, Rows},
    schema::ledger_head,
    sql::Sql,
    writer::BatchHooks,
};
use crate::{
    clock::Clock,
    ledger::{Frontier, Leaf, Subject},
    words::{ExceptionId, Hash, Opening, PersonId},
};

/// How far a replica's clock may be from the database's, in milliseconds.
const MOST_OFFSET_MS: i64 = 2_000;

/// How many people are remembered from batch to batch.
const MOST_KNOWN: usize = 10_000;
/// The columns of a row that waits to leave.
const OUTBOX: &[&str] =
    &["id", "dedupe_key", "kind", "payload", "attempts", "next_at", "state", "lane", "stream", "place"];

/// The hooks of the writer: one lock order for everything, and one clock.
#[derive(Debug)]
pub struct Head {
    clock: Clock,
    /// Must the clock agree with the database's? Not where it was moved on purpose.
    trusts: ClockTrust,
    /// Which other systems are told of which events.
    routes: Routes,
    /// The people of earlier batches, with how many events the roster had when they were read.
    known: Mutex<(u64, Present)>,
}

impl Head {
    /// The hooks with this clock.
    pub fn new(clock: Clock, trusts: ClockTrust, routes: Routes) -> Self {
        Self { clock, trusts, routes, known: Mutex::default() }
    }

    /// The clock that is read once for each command.
    pub(super) const fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Which other systems are told of which events.
    pub(super) const fn routes(&self) -> &Routes {
        &self.routes
    }

    /// Keeps who was read in a batch that changed nobody.
    fn keep(&self, batch: &mut Batch) {
        if batch.roster == batch.began && batch.present.size() <= MOST_KNOWN {
            let present = std::mem::take(&mut batch.present);
            *self.known.lock().unwrap_or_else(PoisonError::into_inner) = (batch.began, present);
        }
    }

    /// What is still known of people, now that the roster has so many events.
    fn known(&self, roster: u64) -> Present {
        let (of, present) = std::mem::take(&mut *self.known.lock().unwrap_or_else(PoisonError::into_inner));
        if of == roster { present } else { Present::default() }
    }
}

/// Whether the program's clock is held against the database's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockTrust {
    /// More than two seconds apart refuses to write.
    Checked,
    /// The clock was moved on purpose: a test, a demonstration.
    Moved,
}

impl ClockTrust {
    /// May one write with a clock that is so many milliseconds away from the database's?
    pub fn allows(self, offset_ms: i64) -> bool {
        self == Self::Moved || offset_ms.abs() <= MOST_OFFSET_MS
    }
}

/// What a batch holds in memory until it commits.
#[derive(Debug)]
pub struct Batch {
    frontier: Frontier,
    at: i64,
    /// How far the database's clock is ahead of ours, in microseconds.
    ahead: i64,
    /// Which laws hold: a chain over everything that was published.
    laws: String,
    leaves: Rows,
    nodes: Rows,
    openings: Rows,
    outbox: Rows,
    keys: Rows,
    /// What the kill switch stops and who keeps time, once a job asked.
    pub(super) brakes: Option<Brakes>,
    /// Who was looked at in this transaction.
    pub(super) present: Present,
    /// Where the exceptions that were read in this transaction stand in the order of all.
    pub(super) serials: HashMap<ExceptionId, i64>,
    /// How many more exceptions have what they are selected by.
    pub(super) tally: Tally,
    /// How many events the roster has, and had when this batch began.
    pub(super) roster: u64,
    began: u64,
    /// Idempotency keys of this batch, not yet in their table.
    pub(super) fresh_keys: HashMap<[String; 3], KeptKey>,
}

/// What an idempotency key remembers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptKey {
    /// The hash of the request's body.
    pub body_hash: String,
    /// The subject's id.
    pub subject: String,
    /// Its number of events after that request.
    pub seq: u64,
    /// How many events the request led to.
    pub events: u32,
}

/// Where a batch was.
#[derive(Debug)]
pub struct Mark {
    frontier: Frontier,
    at: i64,
    laws: String,
    rows: [usize; 5],
    tally: usize,
    roster: u64,
    keys: Vec<[String; 3]>,
}

#[derive(QueryableByName)]
struct HeadRow {
    #[diesel(sql_type = Text)]
    frontier: String,
    #[diesel(sql_type = BigInt)]
    at: i64,
    #[diesel(sql_type = Text)]
    laws: String,
    #[diesel(sql_type = BigInt)]
    roster: i64,
}

impl HeadRow {
    fn roster(&self) -> u64 {
        u64::try_from(self.roster).unwrap_or(0)
    }
}

impl BatchHooks for Head {
    type Batch = Batch;
    type Mark = Mark;

    fn open(&self, conn: &mut Conn) -> Result<Batch, StoreError> {
        let lock = conn.for_update();
        let taken = Sql::new(&format!("SELECT frontier, at, laws, roster FROM ledger_head WHERE id = 1{lock}"));
        let head: HeadRow = taken.kept().get_result(conn)?;
        let ahead = self.ahead(conn)?;
        let frontier = if head.frontier.is_empty() { Ok(Frontier::empty()) } else { head.frontier.parse() };
        let frontier = frontier.map_err(|error| StoreError::Corrupt(format!("the ledger's head: {error}")))?;
        let present = self.known(head.roster());
        Ok(Batch { ahead, present, ..Batch::at(frontier, &head) })
    }

    fn mark(&self, batch: &Batch) -> Mark {
        Mark {
            frontier: batch.frontier.clone(),
            at: batch.at,
            laws: batch.laws.clone(),
            rows: batch.rows().map(Rows::len),
            tally: batch.tally.len(),
            roster: batch.roster,
            keys: batch.fresh_keys.keys().cloned().collect(),
        }
    }

    fn rewind(&self, batch: &mut Batch, mark: Mark) {
        batch.frontier = mark.frontier;
        batch.at = mark.at;
        batch.brakes = None;
        batch.serials.clear();
        if batch.roster != mark.roster {
            batch.present = Present::default();
        }
        batch.laws = mark.laws;
        batch.roster = mark.roster;
        batch.tally.truncate(mark.tally);
        batch.fresh_keys.retain(|key, _| mark.keys.contains(key));
        for (rows, len) in batch.rows_mut().into_iter().zip(mark.rows) {
            rows.truncate(len);
        }
    }

    fn close(&self, conn: &mut Conn, mut batch: Batch) -> Result<(), StoreError> {
        std::mem::take(&mut batch.tally).write(conn)?;
        self.keep(&mut batch);
        if batch.leaves.is_empty() && batch.outbox.is_empty() && batch.keys.is_empty() {
            return Ok(());
        }
        for rows in batch.rows() {
            rows.insert(conn)?;
        }
        let size =
            i64::try_from(batch.frontier.size()).map_err(|_| StoreError::Corrupt("the ledger is full".to_owned()))?;
        let head =
            [size.into(), batch.frontier.to_string().into(), batch.at.into(), batch.laws.into(), big(batch.roster)];
        let moved = "UPDATE ledger_head SET size = $1, frontier = $2, at = $3, laws = $4, roster = $5 WHERE id = 1";
        Sql::of(moved, head).kept().execute(conn)?;
        Ok(())
    }
}

impl Head {
    /// How far the database's clock is ahead of ours, in microseconds; too far either way refuses to write.
    fn ahead(&self, conn: &mut Conn) -> Result<i64, StoreError> {
        if self.trusts == ClockTrust::Moved {
            return Ok(0);
        }
        let ahead = conn.clock_ahead(|| self.clock.now().timestamp_micros())?;
        if self.trusts.allows(ahead / 1000) {
            return Ok(ahead);
        }
        Err(StoreError::Broken(format!(
            "this machine's clock is {} ms away from the database's; writing needs them within 2 s",
            ahead / 1000
        )))
    }
}

impl Batch {
    fn at(frontier: Frontier, head: &HeadRow) -> Self {
        Self {
            frontier,
            at: head.at,
            ahead: 0,
            laws: head.laws.clone(),
            brakes: None,
            leaves: Rows::new(
                "leaves",
                &["idx", "hash", "subject_kind", "subject", "seq", "kind", "actor", "at", "body"],
            ),
            nodes: Rows::new("nodes", &["level", "idx", "hash"]),
            openings: Rows::new("openings", &["commitment", "salt", "field", "value", "subject_kind", "subject"])
                .on_conflict(OnConflict::Skip),
            outbox: Rows::new("outbox", OUTBOX).on_conflict(OnConflict::Skip),
            keys: Rows::new(
                "idempotency",
                &["principal", "verb", "key", "body_hash", "subject", "seq", "events", "at"],
            ),
            present: Present::default(),
            serials: HashMap::new(),
            tally: Tally::default(),
            roster: head.roster(),
            began: head.roster(),
            fresh_keys: HashMap::new(),
        }
    }

    const fn rows(&self) -> [&Rows; 5] {
        [&self.leaves, &self.nodes, &self.openings, &self.outbox, &self.keys]
    }

    const fn rows_mut(&mut self) -> [&mut Rows; 5] {
        [&mut self.leaves, &mut self.nodes, &mut self.openings, &mut self.outbox, &mut self.keys]
    }

    /// The time of the next event: the database's, by which all replicas go, never earlier than the ledger's last.
    pub(super) fn now(&self, clock: &Clock) -> DateTime<Utc> {
        let head = DateTime::from_timestamp_micros(self.at).unwrap_or_default();
        (clock.now() + TimeDelta::microseconds(self.ahead)).max(head)
    }

    /// Which laws hold here: the same text, the same laws.
    pub(super) fn laws(&self) -> &str {
        &self.laws
    }

    /// Something was published: whoever holds the laws of before sees that they are others now.
    pub(super) fn move_laws(&mut self, published: &str) {
        self.laws = Hash::of(format!("{}\n{published}", self.laws).as_bytes()).to_string();
    }

    /// Appends one event and returns its place in the ledger.
    pub(super) fn append<E: Serialize>(&mut self, leaf: &Leaf<E>, about: &About<'_>) -> Result<u64, StoreError> {
        let (body, hash) = leaf.body().map_err(|error| StoreError::Corrupt(error.to_string()))?;
        let place = self.frontier.size();
        let (kind, subject) = leaf.subject.parts();
        for (node, hash) in self.frontier.append(hash) {
            if node.level > 0 {
                let level = i32::try_from(node.level).unwrap_or(i32::MAX);
                self.nodes.push([level.into(), big(node.index), hash.to_string().into()]);
            }
        }
        self.at = self.at.max(about.at.timestamp_micros());
        self.leaves.push([
            big(place),
            hash.to_string().into(),
            kind.into(),
            subject.into(),
            big(leaf.seq),
            about.kind.into(),
            about.actor.map(|id| id.to_string()).into(),
            about.at.timestamp_micros().into(),
            body.into(),
        ]);
        Ok(place)
    }

    /// The bodies of a subject's events with these numbers that this batch has not written yet, in order.
    pub(super) fn waiting_bodies(&self, subject: Subject, seqs: &RangeInclusive<u64>) -> Vec<String> {
        let (kind, id) = subject.parts();
        let (kind, id) = (Cell::from(kind), Cell::from(id));
        let body = |row: &[Cell]| match row {
            [_, _, of_kind, of, Cell::BigInt(Some(seq)), .., Cell::Text(Some(body))]
                if *of_kind == kind && *of == id && u64::try_from(*seq).is_ok_and(|seq| seqs.contains(&seq)) =>
            {
                Some(body.clone())
            }
            _ => None,
        };
        self.leaves.waiting().filter_map(body).collect()
    }

    /// Keeps what opens the commitments of a subject's events.
    pub(super) fn open_with(&mut self, subject: Subject, openings: &[Opening]) {
        let (kind, id) = subject.parts();
        for opening in openings {
            self.openings.push([
                opening.commitment.to_string().into(),
                opening.salt.to_hex().into(),
                opening.field.as_str().into(),
                opening.value.as_str().into(),
                kind.into(),
                id.as_str().into(),
            ]);
        }
    }

    /// The text that opens a commitment, where this batch brought it.
    pub(super) fn fresh_opening(&self, commitment: &str) -> Option<String> {
        match self.openings.find(commitment)?.get(3)? {
            Cell::Text(value) => value.clone(),
            Cell::BigInt(_) | Cell::Int(_) | Cell::Bool(_) => None,
        }
    }

    /// Puts a letter into the outbox; the same key twice is one letter.
    pub(super) fn post(&mut self, letter: &Posted) {
        self.post_row(letter, (LETTERS, Cell::Text(None), 0));
    }

    /// The same for another system.
    pub(super) fn post_on(&mut self, letter: &Posted, stream: &Stream) {
        self.post_row(letter, (&stream.lane, stream.name.as_str().into(), stream.place));
    }

    fn post_row(&mut self, letter: &Posted, (lane, stream, place): (&str, Cell, u64)) {
        self.outbox.push([
            letter.id.as_str().into(),
            letter.dedupe_key.as_str().into(),
            letter.kind.into(),
            letter.payload.as_str().into(),
            Cell::Int(Some(0)),
            letter.at.timestamp_micros().into(),
            "waiting".into(),
            lane.into(),
            stream,
            big(place),
        ]);
    }

    /// Remembers which request led to which events.
    pub(super) fn keep_key(&mut self, key: [String; 3], kept: KeptKey, at: DateTime<Utc>) {
        let [principal, verb, text] = key.clone();
        self.keys.push([
            principal.into(),
            verb.into(),
            text.into(),
            kept.body_hash.as_str().into(),
            kept.subject.as_str().into(),
            big(kept.seq),
            i32::try_from(kept.events).unwrap_or(i32::MAX).into(),
            at.timestamp_micros().into(),
        ]);
        self.fresh_keys.insert(key, kept);
    }
}

/// How far the ledger has come: how many leaves it has, and its root (RFC 6962 §2.1).
pub fn head(conn: &mut Conn) -> Result<(u64, Hash), StoreError> {
    let stored: String = ledger_head::table.find(1).select(ledger_head::frontier).first(conn)?;
    let frontier: Result<Frontier, _> = if stored.is_empty() { Ok(Frontier::empty()) } else { stored.parse() };
    let frontier = frontier.map_err(|error| StoreError::Corrupt(format!("the ledger's head: {error}")))?;
    Ok((frontier.size(), frontier.root()))
}

/// What stands beside a leaf's body so that it can be found.
#[derive(Debug)]
pub struct About<'a> {
    /// The event's code.
    pub kind: &'a str,
    /// Who acted.
    pub actor: Option<PersonId>,
    /// When.
    pub at: DateTime<Utc>,
}

/// A letter as the outbox keeps it.
#[derive(Debug, Clone)]
pub struct Posted {
    /// Its id.
    pub id: String,
    /// What makes it one and the same letter.
    pub dedupe_key: String,
    /// Its kind.
    pub kind: &'static str,
    /// What it is made from.
    pub payload: String,
    /// When it was written.
    pub at: DateTime<Utc>,
}

/// A count as its column has it; what a database cannot hold cannot be counted to.
pub(super) fn big(count: u64) -> Cell {
    Cell::BigInt(Some(i64::try_from(count).unwrap_or(i64::MAX)))
}
