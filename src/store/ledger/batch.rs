//! What a batch holds in memory: the rows that wait for its end, and what its commands have found out.

use std::{collections::HashMap, ops::RangeInclusive, sync::Arc};

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{HeadRow, watch::Watch};
use crate::{
    ledger::{Frontier, Leaf, Subject},
    store::{
        automation::Brakes,
        erasure::Brought,
        error::StoreError,
        facets::Tally,
        orders::Orders,
        outbox::errands::{LETTERS, Stream},
        roster::Present,
        rows::{Cell, OnConflict, Rows},
    },
    words::{ExceptionId, Hash, Opening, PersonId},
};

/// The columns of a row that waits to leave.
const OUTBOX: &[&str] =
    &["id", "dedupe_key", "kind", "payload", "attempts", "next_at", "state", "lane", "stream", "place"];

/// What a batch holds in memory until it commits.
#[derive(Debug)]
pub struct Batch {
    pub(super) frontier: Frontier,
    pub(super) at: i64,
    pub(super) watch: Watch,
    /// Which laws hold: a chain over everything that was published.
    pub(super) laws: String,
    pub(super) leaves: Rows,
    pub(super) nodes: Rows,
    pub(super) openings: Rows,
    pub(super) outbox: Rows,
    pub(super) keys: Rows,
    /// What the kill switch stops and who keeps time, once a job asked.
    pub(in crate::store) brakes: Option<Brakes>,
    /// Who was looked at in this transaction.
    pub(in crate::store) present: Present,
    /// Where the exceptions that were read in this transaction stand in the order of all.
    pub(in crate::store) serials: HashMap<ExceptionId, i64>,
    /// How many more exceptions have what they are selected by.
    pub(in crate::store) tally: Tally,
    /// The last number of a list of values, and the lists once they were read.
    pub(super) list: i64,
    pub(in crate::store) orders: Option<Arc<Orders>>,
    pub(super) relisted: bool,
    /// How many events the roster has, and had when this batch began.
    pub(in crate::store) roster: u64,
    pub(super) began: u64,
    /// Idempotency keys of this batch, not yet in their table.
    pub(in crate::store) fresh_keys: HashMap<[String; 3], KeptKey>,
    /// What readers found of whoever is to be erased, before this transaction.
    pub(in crate::store) brought: Vec<Arc<Brought>>,
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

impl Batch {
    /// Does it append nothing to the record, and keep no key?
    pub(super) fn is_repeatable(&self) -> bool {
        self.leaves.is_empty() && self.keys.is_empty()
    }

    pub(super) fn at(frontier: Frontier, head: &HeadRow, watch: Watch) -> Self {
        Self {
            frontier,
            at: head.at,
            watch,
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
            list: head.orders,
            orders: None,
            relisted: false,
            roster: head.roster(),
            began: head.roster(),
            fresh_keys: HashMap::new(),
            brought: Vec::new(),
        }
    }

    pub(super) const fn rows(&self) -> [&Rows; 5] {
        [&self.leaves, &self.nodes, &self.openings, &self.outbox, &self.keys]
    }

    pub(super) const fn rows_mut(&mut self) -> [&mut Rows; 5] {
        [&mut self.leaves, &mut self.nodes, &mut self.openings, &mut self.outbox, &mut self.keys]
    }

    /// The time of the next event: the database's, by which all replicas go, never earlier than the ledger's last.
    pub(in crate::store) fn now(&self) -> DateTime<Utc> {
        self.watch.now().max(DateTime::from_timestamp_micros(self.at).unwrap_or_default())
    }

    /// The number of another list; what was known of them is so no longer.
    pub(in crate::store) fn next_list(&mut self) -> i64 {
        self.list += 1;
        self.relisted = true;
        self.orders = None;
        self.list
    }

    /// What was made since a mark is undone.
    pub(super) fn back_to_list(&mut self, list: i64) {
        if self.list != list {
            self.orders = None;
        }
        self.list = list;
    }

    /// Which laws hold here: the same text, the same laws.
    pub(in crate::store) fn laws(&self) -> &str {
        &self.laws
    }

    /// Something was published: whoever holds the laws of before sees that they are others now.
    pub(in crate::store) fn move_laws(&mut self, published: &str) {
        self.laws = Hash::of(format!("{}\n{published}", self.laws).as_bytes()).to_string();
    }

    /// Appends one event and returns its place in the ledger.
    pub(in crate::store) fn append<E: Serialize>(
        &mut self,
        leaf: &Leaf<E>,
        about: &About<'_>,
    ) -> Result<u64, StoreError> {
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
    pub(in crate::store) fn waiting_bodies(&self, subject: Subject, seqs: &RangeInclusive<u64>) -> Vec<String> {
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

    /// The leaves that this batch has not written yet, in the order of their columns.
    pub(in crate::store) fn waiting_leaves(&self) -> impl Iterator<Item = &[Cell]> {
        self.leaves.waiting()
    }

    /// The texts that this batch has not written yet.
    pub(in crate::store) fn waiting_texts(&self) -> impl Iterator<Item = &str> {
        self.openings.waiting().filter_map(|row| match row.get(3) {
            Some(Cell::Text(Some(value))) => Some(value.as_str()),
            _ => None,
        })
    }

    /// Keeps what opens the commitments of a subject's events.
    pub(in crate::store) fn open_with(&mut self, subject: Subject, openings: &[Opening]) {
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
    pub(in crate::store) fn fresh_opening(&self, commitment: &str) -> Option<String> {
        match self.openings.find(commitment)?.get(3)? {
            Cell::Text(value) => value.clone(),
            Cell::BigInt(_) | Cell::Int(_) | Cell::Bool(_) => None,
        }
    }

    /// Puts a letter into the outbox; the same key twice is one letter.
    pub(in crate::store) fn post(&mut self, letter: &Posted) {
        self.post_nth(letter, 0);
    }

    /// The same of one that leaves after those with a lower place that are due when it is.
    pub(in crate::store) fn post_nth(&mut self, letter: &Posted, place: u64) {
        self.post_row(letter, (LETTERS, Cell::Text(None), place));
    }

    /// The same for another system.
    pub(in crate::store) fn post_on(&mut self, letter: &Posted, stream: &Stream) {
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
    pub(in crate::store) fn keep_key(&mut self, key: [String; 3], kept: KeptKey, at: DateTime<Utc>) {
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
pub(in crate::store) fn big(count: u64) -> Cell {
    Cell::BigInt(Some(i64::try_from(count).unwrap_or(i64::MAX)))
}
