//! The store as a whole, and the transaction: it exists only inside [`Store::write`].

use std::ops::RangeInclusive;

use chrono::{DateTime, Utc};
use diesel::{prelude::*, sql_types::BigInt};
use serde::de::DeserializeOwned;
use tokio::sync::oneshot;

use super::{
    backend::{Conn, Connector, DatabaseUrl, Purpose},
    error::StoreError,
    ledger::{Batch, ClockTrust, Head, KeptKey},
    outbox::errands::Routes,
    readers::Readers,
    schema::{idempotency, leaves},
    sql::Sql,
    writer::{BatchTx, Flush, Gauges, Limits, Writer},
};
use crate::{
    clock::Clock,
    ledger::{Leaf, Subject},
    words::PersonId,
};

/// The migration after which what is derived of the record has to be written again.
const EMPTIES_INDEX: &str = "0006_search";
/// The migration after which there are no lists of values in every order.
const LACKS_ORDERS: &str = "0041_orders";
/// The migration after which the ends of periods have to be written.
const LACKS_ENDS: &str = "0029_concerns";
/// How many refused attempts of one person in one hour get a leaf each; then every hundredth does.
const ATTEMPTS_TOLD: i64 = 20;

/// Both databases behind one door: many readers, one writer.
pub struct Store {
    readers: Readers,
    writer: Writer<Head>,
    trust: ClockTrust,
    /// Whose tables they are: who overwrites their pages.
    owner: DatabaseUrl,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Store")
    }
}

/// How a store is opened.
#[derive(Debug, Clone)]
pub struct Opening {
    /// Which database.
    pub url: DatabaseUrl,
    /// On PostgreSQL, the role that owns the tables, where that is another: it migrates and does nothing else.
    pub owner: Option<DatabaseUrl>,
    /// Connections for reading.
    pub readers: u32,
    /// How much the writer takes on.
    pub limits: Limits,
    /// The clock.
    pub clock: Clock,
    /// Is the clock held against the database's?
    pub trust: ClockTrust,
    /// Which other systems are told of which events.
    pub routes: Routes,
    /// What the writer is for: to write, or to fill a new file.
    pub purpose: Purpose,
}

impl Store {
    /// Brings the database up to date and opens it.
    pub fn open(opening: Opening) -> Result<Self, StoreError> {
        let upgrade = super::migrate::migrate(opening.owner.as_ref().unwrap_or(&opening.url))?;
        if let Some(owner) = &opening.owner {
            super::backend::grant(owner, &opening.url)?;
        }
        let trust = opening.trust;
        let head = Head::new(opening.clock, trust, opening.routes);
        let readers = Readers::start(&opening.url, opening.readers)?;
        let writer = Writer::start_on(Connector::new(&opening.url, opening.purpose), opening.limits, head)?;
        let store = Self { readers, writer, trust, owner: opening.owner.unwrap_or(opening.url) };
        if upgrade.ran.iter().any(|name| name == EMPTIES_INDEX) {
            store.derive_missing()?;
        }
        if upgrade.ran.iter().any(|name| name == LACKS_ENDS) {
            store.derive_ends()?;
        }
        if upgrade.ran.iter().any(|name| name == LACKS_ORDERS) {
            store.put_in_order()?;
        }
        Ok(store)
    }

    /// Is the clock held against the database's?
    pub const fn trust(&self) -> ClockTrust {
        self.trust
    }

    /// Writes the pages anew from which an erasure deleted rows; false where it has to be tried again.
    pub fn rewrite_pages(&self) -> Result<bool, StoreError> {
        super::backend::rewrite(&self.owner, &super::erasure::overwritten())
    }

    /// Cuts off the log that has copies of such pages; false where it has to be tried again.
    pub fn settle_log(&self) -> Result<bool, StoreError> {
        super::backend::settle(&self.owner)
    }

    /// Reads one snapshot.
    pub fn read<T, E: From<StoreError>>(&self, job: impl FnOnce(&mut Conn) -> Result<T, E>) -> Result<T, E> {
        self.readers.read(job)
    }

    /// Queues a job for the writer; the answer comes after its commit. A job may run more than once.
    pub fn write<T, E>(
        &self,
        mut job: impl FnMut(&mut Tx<'_, '_>) -> Result<T, E> + Send + 'static,
    ) -> Result<oneshot::Receiver<Result<T, E>>, StoreError>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.writer.submit(move |batch| job(&mut Tx { batch }))
    }

    /// The same for a note of what is simply done again if a loss of power undoes it (a kill does not): it is answered
    /// before it is on the disk. It may append nothing to the record, and keep no key.
    pub fn write_unflushed<T, E>(
        &self,
        mut job: impl FnMut(&mut Tx<'_, '_>) -> Result<T, E> + Send + 'static,
    ) -> Result<oneshot::Receiver<Result<T, E>>, StoreError>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.writer.submit_to(Flush::Later, move |batch| job(&mut Tx { batch }))
    }

    /// The writer's counters.
    pub fn gauges(&self) -> &Gauges {
        self.writer.gauges()
    }

    /// Finishes what was accepted and takes nothing more.
    pub fn shutdown(&self) {
        self.writer.shutdown();
    }
}

/// One command's part of a transaction.
pub struct Tx<'t, 'c> {
    batch: &'t mut BatchTx<'c, Head>,
}

/// What makes a request one and the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// Whose key it is.
    pub principal: PersonId,
    /// For which verb, with its target.
    pub verb: String,
    /// The key.
    pub key: String,
    /// The hash of the body.
    pub body_hash: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

impl Tx<'_, '_> {
    /// The connection, for statements of the store.
    pub(super) fn conn(&mut self) -> &mut Conn {
        self.batch.conn
    }

    /// The connection, and what waits to be written on it.
    pub(super) fn parts(&mut self) -> (&mut Conn, &mut Batch) {
        (self.batch.conn, self.batch.batch)
    }

    pub(super) fn batch(&mut self) -> &mut Batch {
        self.batch.batch
    }

    /// Which other systems are told of which events.
    pub(super) fn routes(&self) -> &Routes {
        self.batch.hooks.routes()
    }

    /// The time of this command: read once, never earlier than the ledger's last event.
    pub fn now(&self) -> DateTime<Utc> {
        self.batch.batch.now()
    }

    /// Does a part of the work so that its failure undoes that part alone, and the rest may go on.
    pub fn attempt<T, E: From<StoreError>>(
        &mut self,
        part: impl FnOnce(&mut Tx<'_, '_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.batch.attempt(|batch| part(&mut Tx { batch }))
    }

    /// Looks something up in this transaction.
    pub fn look<T>(&mut self, job: impl FnOnce(&mut Conn) -> Result<T, StoreError>) -> Result<T, StoreError> {
        job(self.conn())
    }

    /// What this key led to before, if it was used within a day.
    pub fn replayed(&mut self, key: &IdempotencyKey) -> Result<Option<KeptKey>, StoreError> {
        let name = key.name();
        if let Some(kept) = self.batch().fresh_keys.get(&name) {
            return Ok(Some(kept.clone()));
        }
        let day_ago = (self.now() - chrono::Duration::hours(24)).timestamp_micros();
        let row: Option<(String, String, i64, i32, i64)> = idempotency::table
            .find((&name[0], &name[1], &name[2]))
            .select((
                idempotency::body_hash,
                idempotency::subject,
                idempotency::seq,
                idempotency::events,
                idempotency::at,
            ))
            .first(self.conn())
            .optional()?;
        let Some((body_hash, subject, seq, events, at)) = row else { return Ok(None) };
        if at < day_ago {
            diesel::delete(idempotency::table.find((&name[0], &name[1], &name[2]))).execute(self.conn())?;
            return Ok(None);
        }
        let (seq, events) = (u64::try_from(seq).unwrap_or(0), u32::try_from(events).unwrap_or(0));
        Ok(Some(KeptKey { body_hash, subject, seq, events }))
    }

    /// The events of a subject with these numbers, also those that this batch has not written yet.
    pub fn recorded<E: DeserializeOwned>(
        &mut self,
        subject: Subject,
        seqs: RangeInclusive<u64>,
    ) -> Result<Vec<E>, StoreError> {
        let (kind, id) = subject.parts();
        let [first, last] = [seqs.start(), seqs.end()].map(|seq| i64::try_from(*seq).unwrap_or(i64::MAX));
        let mut bodies: Vec<String> = leaves::table
            .filter(leaves::subject_kind.eq(kind))
            .filter(leaves::subject.eq(&id))
            .filter(leaves::seq.between(first, last))
            .order(leaves::seq)
            .select(leaves::body)
            .load(self.conn())?;
        bodies.extend(self.batch().waiting_bodies(subject, &seqs));
        let event = |body: &String| Leaf::read(body).map(|leaf| leaf.event);
        let events: Result<Vec<E>, _> = bodies.iter().map(event).collect();
        events.map_err(|error| StoreError::Corrupt(format!("a leaf of {kind} {id}: {error}")))
    }

    /// Remembers what this key led to.
    pub fn keep_key(&mut self, key: &IdempotencyKey, kept: KeptKey) {
        let now = self.now();
        self.batch().keep_key(key.name(), kept, now);
    }

    /// Counts a refused attempt of a person: the count in this hour, if it is to get a leaf.
    pub fn count_attempt(&mut self, person: PersonId) -> Result<Option<u32>, StoreError> {
        let hour = self.now().timestamp() / 3600;
        let count = "INSERT INTO attempts (person, hour, count) VALUES ($1, $2, 1) \
                     ON CONFLICT (person, hour) DO UPDATE SET count = attempts.count + 1 RETURNING count";
        let row: Count = Sql::of(count, [person.to_string().into(), hour.into()]).kept().get_result(self.conn())?;
        let told = row.count <= ATTEMPTS_TOLD || row.count % 100 == 0;
        Ok(told.then(|| u32::try_from(row.count).unwrap_or(u32::MAX)))
    }
}

impl IdempotencyKey {
    fn name(&self) -> [String; 3] {
        [self.principal.to_string(), self.verb.clone(), self.key.clone()]
    }
}
