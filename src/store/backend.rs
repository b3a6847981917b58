//! The one place that names a database: this file has the connection and its transactions,
//! `url` the address, `connect` the settings. It knows no table of the product.

mod catalog;
mod connect;
mod rights;
mod url;

#[cfg(test)]
mod tests;

pub(super) use catalog::{Column, Kind, Table};
pub use conn::{Conn, MultiBackend};
pub use connect::{Connector, Purpose, flush};
pub(super) use connect::{inspect, passing};
pub use rights::grant;
pub use url::DatabaseUrl;

use super::error::StoreError;
use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};
use diesel::sql_query;
use diesel::sql_types::{BigInt, Text};
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use std::num::NonZeroU32;
use std::path::Path;

const SQLITE_MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES_MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Server settings that decide whether a commit outlives a power cut, and the value that would lose it.
const POSTGRES_DURABILITY: [(&str, &str); 3] =
    [("fsync", "off"), ("full_page_writes", "off"), ("synchronous_commit", "off")];

/// On PostgreSQL: whoever changes the schema or its rights waits for another who does, until the transaction ends.
const ONE_AT_A_TIME: &str = "SELECT pg_advisory_xact_lock(1886547830, hashtext(coalesce(current_schema(), '')))";

#[expect(missing_docs, reason = "the derive writes public items without any")]
mod conn {
    use diesel::prelude::*;

    /// A connection to either database; one query text serves both.
    #[derive(diesel::MultiConnection)]
    pub enum Conn {
        /// A PostgreSQL session.
        Pg(PgConnection),
        /// A handle on an SQLite file.
        Sqlite(SqliteConnection),
    }
}

type Transactions = <Conn as Connection>::TransactionManager;

/// One setting that decides whether a commit survives a power cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Durability {
    /// The database's own name of the setting.
    pub setting: &'static str,
    /// Its value as the database reports it.
    pub value: String,
    /// Whether an acknowledged commit survives with this value.
    pub safe: bool,
}

/// How long a commit outlives. A process that is killed loses neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lasting {
    /// A power cut: it is on the disk before it is answered.
    Durable,
    /// The process: a power cut, or a server that crashes, may lose it, unless a durable one came after it. What was
    /// committed before it stays, whatever is lost.
    Passing,
}

/// A place inside a transaction to come back to.
#[derive(Debug)]
pub struct Savepoint(u32);

/// How a commit failed.
#[derive(Debug)]
pub enum CommitError {
    /// Nothing was written; the transaction may still have to be rolled back.
    Refused(Error),
    /// The commit was sent and no answer came: all was written, or nothing.
    Unknown(Error),
}

impl From<CommitError> for StoreError {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Refused(error) => Self::Database(error),
            CommitError::Unknown(error) => Self::Unknown(error.to_string()),
        }
    }
}

#[derive(QueryableByName)]
struct TextValue {
    #[diesel(sql_type = Text)]
    value: String,
}

#[derive(QueryableByName)]
struct BigIntValue {
    #[diesel(sql_type = BigInt)]
    value: i64,
}

fn text(conn: &mut Conn, sql: &str) -> QueryResult<String> {
    sql_query(sql).get_result(conn).map(|row: TextValue| row.value)
}

/// Whether the failure only says that someone else holds the lock.
pub fn is_contention(error: &Error) -> bool {
    matches!(error, Error::DatabaseError(_, told)
        if told.message().contains("database is locked")
            || told.message().contains("due to lock timeout"))
}

impl Conn {
    /// Begins a transaction that writes: SQLite takes its write lock at once, since a later upgrade
    /// fails however long it waits; PostgreSQL begins at READ COMMITTED and waits at the first row lock.
    pub fn begin_write(&mut self) -> QueryResult<()> {
        match self {
            Self::Pg(conn) => {
                AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN ISOLATION LEVEL READ COMMITTED, READ WRITE")
            }
            Self::Sqlite(conn) => AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN IMMEDIATE"),
        }
    }

    /// The same, and says how long its commit has to outlive. On SQLite that is a setting of the connection which
    /// cannot change within a transaction, so that it is said before each.
    pub(super) fn begin_lasting(&mut self, lasting: Lasting) -> QueryResult<()> {
        let passing = lasting == Lasting::Passing;
        if let Self::Sqlite(conn) = self {
            conn.batch_execute(if passing { "PRAGMA synchronous = 1" } else { "PRAGMA synchronous = 2" })?;
        }
        self.begin_write()?;
        match self {
            Self::Pg(conn) if passing => conn.batch_execute("SET LOCAL synchronous_commit = off"),
            Self::Pg(_) | Self::Sqlite(_) => Ok(()),
        }
    }

    /// Begins a transaction that sees one snapshot and cannot write.
    pub fn begin_read(&mut self) -> QueryResult<()> {
        match self {
            Self::Pg(conn) => {
                AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            }
            Self::Sqlite(conn) => AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN DEFERRED"),
        }
    }

    /// Begins the one transaction of an upgrade: it waits as long as another process needs for its own.
    pub(super) fn begin_upgrade(&mut self) -> QueryResult<()> {
        if let Self::Sqlite(conn) = self {
            conn.batch_execute("PRAGMA busy_timeout = 120000")?;
        }
        self.begin_write()?;
        if let Self::Pg(conn) = self {
            conn.batch_execute(&format!(
                "SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0; {ONE_AT_A_TIME}"
            ))?;
        }
        Ok(())
    }

    /// Commits. On PostgreSQL a probe travels in front: after a swallowed error a bare `COMMIT`
    /// would quietly roll back and report success, while the probe fails.
    pub fn commit(&mut self) -> Result<(), CommitError> {
        if self.depth().map_err(CommitError::Refused)? != 1 {
            return Err(CommitError::Refused(Error::NotInTransaction));
        }
        let ended = match self {
            Self::Pg(conn) => conn.batch_execute("SELECT 1; COMMIT"),
            Self::Sqlite(conn) => AnsiTransactionManager::commit_transaction(conn),
        };
        ended.map_err(|error| {
            if self.lost_the_answer(&error) { CommitError::Unknown(error) } else { CommitError::Refused(error) }
        })
    }

    /// After a lost connection the server may have committed. After a failed write to disk SQLite has
    /// rolled back, but a crash right now could still find the commit in the log.
    fn lost_the_answer(&mut self, error: &Error) -> bool {
        match self {
            Self::Pg(_) => {
                self.depth().is_err() || matches!(error, Error::DatabaseError(DatabaseErrorKind::ClosedConnection, _))
            }
            Self::Sqlite(_) => error.to_string().contains("disk I/O error"),
        }
    }

    /// Rolls the whole transaction back, whatever its depth; without one it does nothing.
    pub fn rollback(&mut self) -> QueryResult<()> {
        self.unwind_below(1)
    }

    /// Marks a place inside the transaction.
    pub fn savepoint(&mut self) -> QueryResult<Savepoint> {
        Transactions::begin_transaction(self)?;
        self.depth().map(Savepoint)
    }

    /// Keeps what was done since `savepoint`; fails when a statement since then failed and was ignored.
    pub fn release(&mut self, savepoint: &Savepoint) -> QueryResult<()> {
        if self.depth()? != savepoint.0 {
            return Err(Error::NotInTransaction);
        }
        Transactions::commit_transaction(self)
    }

    /// Undoes what was done since `savepoint`, with everything nested in it.
    pub fn undo(&mut self, savepoint: &Savepoint) -> QueryResult<()> {
        self.unwind_below(savepoint.0)
    }

    fn unwind_below(&mut self, depth: u32) -> QueryResult<()> {
        while self.depth()? >= depth {
            Transactions::rollback_transaction(self)?;
        }
        Ok(())
    }

    fn depth(&mut self) -> QueryResult<u32> {
        let status = Transactions::transaction_manager_status_mut(self);
        Ok(status.transaction_depth()?.map_or(0, NonZeroU32::get))
    }

    /// The suffix that makes a SELECT take its rows; SQLite's writer holds the whole file already.
    pub fn for_update(&self) -> &'static str {
        match self {
            Self::Pg(_) => " FOR UPDATE",
            Self::Sqlite(_) => "",
        }
    }

    /// The database's clock minus `now_micros` (microseconds since the epoch, UTC); 0 on SQLite,
    /// whose clock is ours. The answer includes the way back, so ask twice before believing a large one.
    pub fn clock_offset(&mut self, now_micros: i64) -> QueryResult<i64> {
        match self {
            Self::Pg(_) => {
                let sql = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT) AS value";
                let row: BigIntValue = sql_query(sql).get_result(self)?;
                Ok(row.value.saturating_sub(now_micros))
            }
            Self::Sqlite(_) => Ok(0),
        }
    }

    /// The settings that decide whether a commit survives a power cut, as the database reports them now.
    pub fn durability(&mut self) -> QueryResult<Vec<Durability>> {
        match self {
            Self::Pg(_) => {
                let settings = POSTGRES_DURABILITY.into_iter();
                let asked = settings.map(|(setting, unsafe_value)| {
                    let value = text(self, &format!("SELECT current_setting('{setting}') AS value"))?;
                    Ok(Durability { setting, safe: value != unsafe_value, value })
                });
                asked.collect()
            }
            Self::Sqlite(_) => {
                let value = text(self, "SELECT CAST(synchronous AS TEXT) AS value FROM pragma_synchronous")?;
                Ok(vec![Durability { setting: "synchronous", safe: value == "2", value }])
            }
        }
    }

    /// Whether the table exists where unqualified names are looked up.
    pub(super) fn has_table(&mut self, name: &str) -> QueryResult<bool> {
        let sql = match self {
            Self::Pg(_) => "SELECT COUNT(to_regclass($1)) AS value",
            Self::Sqlite(_) => "SELECT COUNT(*) AS value FROM sqlite_master WHERE type = 'table' AND name = $1",
        };
        let row: BigIntValue = sql_query(sql).bind::<Text, _>(name).get_result(self)?;
        Ok(row.value > 0)
    }

    /// The migrations only this database needs: triggers and indexes.
    pub(super) fn own_migrations(&self) -> EmbeddedMigrations {
        match self {
            Self::Pg(_) => POSTGRES_MIGRATIONS,
            Self::Sqlite(_) => SQLITE_MIGRATIONS,
        }
    }

    /// Copies an SQLite database to a new file while others read and write; a server refuses (use its own backup).
    pub fn copy_to(&mut self, target: &Path) -> Result<(), StoreError> {
        let Self::Sqlite(conn) = self else {
            return Err(StoreError::Unsuitable("a PostgreSQL database is copied by pg_dump".into()));
        };
        let named = target.to_str().ok_or_else(|| StoreError::Unsuitable("the copy's path is not UTF-8".into()))?;
        sql_query("VACUUM INTO $1").bind::<Text, _>(named).execute(conn)?;
        let synced = std::fs::File::open(target).and_then(|file| file.sync_all());
        synced.map_err(|error| StoreError::Broken(format!("the copy {named} is not safe on disk: {error}")))
    }
}
