//! What every batch of writes shares: the ledger's head, taken first and written last, and the rows
//! that wait in between. It gives each event its leaf; what an event means it does not know.

mod batch;
mod watch;

use std::sync::{Arc, Mutex, PoisonError};

use diesel::{
    prelude::*,
    sql_types::{BigInt, Text},
};

use super::{
    backend::Conn,
    error::StoreError,
    orders::{Orders, number_lists},
    outbox::errands::Routes,
    roster::Present,
    rows::Rows,
    schema::ledger_head,
    sql::Sql,
    writer::BatchHooks,
};
use crate::{clock::Clock, ledger::Frontier, words::Hash};

pub(super) use batch::big;
pub use batch::{About, Batch, KeptKey, Posted};
use watch::Watch;

/// How far a replica's clock may be from the database's, in milliseconds.
const MOST_OFFSET_MS: i64 = 2_000;

/// How many people are remembered from batch to batch.
const MOST_KNOWN: usize = 10_000;

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
    /// Which values have lists of their own, as earlier batches read.
    lists: Lists,
}

impl Head {
    /// The hooks with this clock.
    pub fn new(clock: Clock, trusts: ClockTrust, routes: Routes) -> Self {
        Self { clock, trusts, routes, known: Mutex::default(), lists: Lists::default() }
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

/// The lists of earlier batches, with the last of their numbers when they were read.
#[derive(Debug, Default)]
struct Lists(Mutex<(i64, Option<Arc<Orders>>)>);

impl Lists {
    /// Keeps what was read in a batch that made no other.
    fn keep(&self, batch: &mut Batch) {
        let orders = batch.orders.take().filter(|_| !batch.relisted);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = (batch.list, orders);
    }

    fn known(&self, list: i64) -> Option<Arc<Orders>> {
        let (of, orders) = &*self.0.lock().unwrap_or_else(PoisonError::into_inner);
        orders.clone().filter(|_| *of == list)
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

/// Where a batch was.
#[derive(Debug)]
pub struct Mark {
    frontier: Frontier,
    at: i64,
    laws: String,
    orders: i64,
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
    #[diesel(sql_type = BigInt)]
    orders: i64,
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
        let taken = Sql::new(&format!("SELECT frontier, at, laws, roster, orders FROM ledger_head WHERE id = 1{lock}"));
        let head: HeadRow = taken.kept().get_result(conn)?;
        let watch = Watch::set(conn, &self.clock, self.trusts)?;
        let frontier = if head.frontier.is_empty() { Ok(Frontier::empty()) } else { head.frontier.parse() };
        let frontier = frontier.map_err(|error| StoreError::Corrupt(format!("the ledger's head: {error}")))?;
        let present = self.known(head.roster());
        let orders = self.lists.known(head.orders);
        Ok(Batch { present, orders, ..Batch::at(frontier, &head, watch) })
    }

    fn mark(&self, batch: &Batch) -> Mark {
        Mark {
            frontier: batch.frontier.clone(),
            at: batch.at,
            laws: batch.laws.clone(),
            orders: batch.list,
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
        batch.back_to_list(mark.orders);
        batch.roster = mark.roster;
        batch.tally.truncate(mark.tally);
        batch.fresh_keys.retain(|key, _| mark.keys.contains(key));
        for (rows, len) in batch.rows_mut().into_iter().zip(mark.rows) {
            rows.truncate(len);
        }
    }

    fn is_repeatable(&self, batch: &Batch) -> bool {
        batch.is_repeatable()
    }

    fn close(&self, conn: &mut Conn, mut batch: Batch) -> Result<(), StoreError> {
        if std::mem::take(&mut batch.tally).write(conn)? {
            number_lists(conn, batch.next_list())?;
        }
        self.keep(&mut batch);
        self.lists.keep(&mut batch);
        if batch.is_repeatable() && batch.outbox.is_empty() {
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

/// How far the record has come: as long as both numbers are the same, nothing was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// How many leaves the ledger has.
    pub size: u64,
    /// How many of them are events of the roster.
    pub roster: u64,
}

#[derive(QueryableByName)]
struct ExtentRow {
    #[diesel(sql_type = BigInt)]
    size: i64,
    #[diesel(sql_type = BigInt)]
    roster: i64,
}

/// How far the record has come.
pub fn extent(conn: &mut Conn) -> Result<Extent, StoreError> {
    let row: ExtentRow = Sql::new("SELECT size, roster FROM ledger_head WHERE id = 1").kept().get_result(conn)?;
    let count = |number: i64| u64::try_from(number).unwrap_or(0);
    Ok(Extent { size: count(row.size), roster: count(row.roster) })
}

/// How far the ledger has come: how many leaves it has, and its root (RFC 6962 §2.1).
pub fn head(conn: &mut Conn) -> Result<(u64, Hash), StoreError> {
    let stored: String = ledger_head::table.find(1).select(ledger_head::frontier).first(conn)?;
    let frontier: Result<Frontier, _> = if stored.is_empty() { Ok(Frontier::empty()) } else { stored.parse() };
    let frontier = frontier.map_err(|error| StoreError::Corrupt(format!("the ledger's head: {error}")))?;
    Ok((frontier.size(), frontier.root()))
}
