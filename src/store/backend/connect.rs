//! Opens a connection that is fully set up, or refuses it by name. The URL's scheme alone chooses
//! the database: nothing is tried one after another.

use super::url::{DatabaseUrl, Place, Server};
use super::{Conn, is_contention, text};
use crate::store::StoreError;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::r2d2::{ManageConnection, R2D2Connection};
use std::path::Path;
use std::time::{Duration, Instant};

/// Every earlier release since 3.7.0 can damage a WAL file that several connections use.
const OLDEST_SQLITE: [u32; 3] = [3, 51, 3];

/// How long a first opener tries to turn the log on while another does the same.
const WAL_PATIENCE: Duration = Duration::from_secs(10);
const WAL_PAUSE: Duration = Duration::from_millis(20);

/// Pragmas of each SQLite connection in the order they are set, as they must read back.
///
/// No memory map: a failing disk must be an error, not a signal. Deleted text is overwritten, so that
/// erasure erases.
const PRAGMAS: [(&str, &str); 9] = [
    ("synchronous", "2"),
    ("foreign_keys", "1"),
    ("trusted_schema", "0"),
    ("cell_size_check", "1"),
    ("temp_store", "2"),
    ("secure_delete", "1"),
    ("cache_size", "-16384"),
    ("journal_size_limit", "67108864"),
    ("recursive_triggers", "1"),
];

const POSTGRES_SESSION: &str = "SET TIME ZONE 'UTC'; SET statement_timeout = '30s'; \
    SET lock_timeout = '10s'; SET idle_in_transaction_session_timeout = '30s'";

/// What a connection is for; a reader of an SQLite file cannot write even by mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The writer, migrations and backups.
    Write,
    /// The writer of a new SQLite file that is thrown away unless it is filled to the end: nothing is forced to
    /// the disk before [`flush`] does it.
    Fill,
    /// The pool of readers.
    Read,
}

/// Opens connections to one database, each fully set up or refused.
#[derive(Debug, Clone)]
pub struct Connector {
    url: DatabaseUrl,
    purpose: Purpose,
}

impl Connector {
    /// A connector for one database and one purpose; it opens nothing yet.
    pub fn new(url: &DatabaseUrl, purpose: Purpose) -> Self {
        Self { url: url.clone(), purpose }
    }

    /// Opens one connection: `Broken` when the database is away, `Unsuitable` when it must not be used.
    pub fn open(&self) -> Result<Conn, StoreError> {
        match &self.url.0 {
            Place::File(path) => open_file(path, self.purpose),
            Place::Server(server) => open_server(server),
        }
    }
}

/// An empty database that is gone when it is dropped: in memory, and in a temporary file where it grows.
pub(in crate::store) fn passing() -> Result<Conn, StoreError> {
    let opened = SqliteConnection::establish("");
    opened.map(Conn::Sqlite).map_err(|error| StoreError::Broken(format!("a passing database: {error}")))
}

/// Opens an SQLite file as it lies there: nothing of it is changed, not even the kind of its journal.
pub(in crate::store) fn inspect(file: &Path) -> Result<Conn, StoreError> {
    let unopened = |told: &dyn std::fmt::Display| {
        StoreError::Unsuitable(format!("{} cannot be opened as an SQLite database: {told}", file.display()))
    };
    let named = file.to_str().ok_or_else(|| unopened(&"its path is not UTF-8"))?;
    let escaped = named.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    let opened = SqliteConnection::establish(&format!("file:{escaped}?mode=ro&immutable=1"));
    let mut conn = Conn::Sqlite(opened.map_err(|error| unopened(&error))?);
    let set = "PRAGMA trusted_schema = 0; PRAGMA cell_size_check = 1; PRAGMA query_only = 1; PRAGMA temp_store = 2";
    conn.batch_execute(set).map_err(|error| unopened(&error))?;
    Ok(conn)
}

impl ManageConnection for Connector {
    type Connection = Conn;
    type Error = StoreError;

    fn connect(&self) -> Result<Conn, StoreError> {
        self.open()
    }

    fn is_valid(&self, conn: &mut Conn) -> Result<(), StoreError> {
        Ok(conn.ping()?)
    }

    fn has_broken(&self, conn: &mut Conn) -> bool {
        std::thread::panicking() || conn.is_broken()
    }
}

/// Brings a filled SQLite file to the disk, its log included; a server keeps its own.
pub fn flush(url: &DatabaseUrl) -> Result<(), StoreError> {
    if url.file().is_some() {
        Connector::new(url, Purpose::Write).open()?.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)")?;
    }
    Ok(())
}

/// What the writer of a file that is thrown away unless it is filled sets otherwise: nothing is forced to the disk,
/// and all of it stays in memory (in KiB, negative).
const FILLING: [(&str, &str); 2] = [("synchronous", "0"), ("cache_size", "-65536")];

/// The settings of a connection for this purpose.
fn pragmas(purpose: Purpose) -> impl Iterator<Item = (&'static str, &'static str)> {
    let filling = if purpose == Purpose::Fill { FILLING.as_slice() } else { &[] };
    PRAGMAS
        .into_iter()
        .map(move |(name, value)| filling.iter().find(|(set, _)| *set == name).copied().unwrap_or((name, value)))
}

fn open_file(path: &str, purpose: Purpose) -> Result<Conn, StoreError> {
    let opened = SqliteConnection::establish(path);
    let unopened = |error| StoreError::Broken(format!("the file {path} cannot be opened: {error}"));
    let mut conn = Conn::Sqlite(opened.map_err(unopened)?);
    // Before anything else: even asking for the version reads the file.
    conn.batch_execute("PRAGMA busy_timeout = 5000")?;
    refuse_old_library(&text(&mut conn, "SELECT sqlite_version() AS value")?)?;
    enter_wal(&mut conn)?;
    for (name, value) in pragmas(purpose) {
        conn.batch_execute(&format!("PRAGMA {name} = {value}"))?;
    }
    if purpose == Purpose::Read {
        conn.batch_execute("PRAGMA query_only = 1")?;
    }
    refuse_unset_pragmas(&mut conn, purpose)?;
    Ok(conn)
}

/// Changing the journal needs the file alone for a moment, and the busy timeout does not wait for that.
fn enter_wal(conn: &mut Conn) -> QueryResult<()> {
    let begun = Instant::now();
    loop {
        match conn.batch_execute("PRAGMA journal_mode = WAL") {
            Err(error) if is_contention(&error) && begun.elapsed() < WAL_PATIENCE => {
                std::thread::sleep(WAL_PAUSE);
            }
            ended => return ended,
        }
    }
}

pub(super) fn refuse_unset_pragmas(conn: &mut Conn, purpose: Purpose) -> Result<(), StoreError> {
    let query_only = match purpose {
        Purpose::Write | Purpose::Fill => "0",
        Purpose::Read => "1",
    };
    let first = [("journal_mode", "wal"), ("query_only", query_only)];
    for (name, wanted) in first.into_iter().chain(pragmas(purpose)) {
        let sql = format!("SELECT CAST({name} AS TEXT) AS value FROM pragma_{name}");
        let found = text(conn, &sql)?;
        if found != wanted {
            return Err(StoreError::Unsuitable(format!(
                "SQLite runs with {name}={found} where {wanted} is needed: is the file on a local disk?"
            )));
        }
    }
    Ok(())
}

pub(super) fn refuse_old_library(version: &str) -> Result<(), StoreError> {
    let parts: Vec<u32> = version.split('.').map_while(|part| part.parse().ok()).collect();
    if parts.as_slice() >= OLDEST_SQLITE.as_slice() {
        return Ok(());
    }
    let [major, minor, patch] = OLDEST_SQLITE;
    Err(StoreError::Unsuitable(format!(
        "SQLite {version} can damage a database that several connections use: {major}.{minor}.{patch} or later is needed"
    )))
}

fn open_server(server: &Server) -> Result<Conn, StoreError> {
    let opened = PgConnection::establish(&server.conninfo);
    let unopened = |error: ConnectionError| StoreError::Broken(server.scrub(&error.to_string()));
    let mut conn = opened.map_err(unopened)?;
    conn.batch_execute(POSTGRES_SESSION)?;
    Ok(Conn::Pg(conn))
}
