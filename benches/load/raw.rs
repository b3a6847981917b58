//! What the database does by itself: the statements that a decision cannot do without, and nothing else.
//! No rules, no ledger, no HTTP: a figure to stand beside, not one to reach.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use rusqlite::Connection;

use crate::drive::{Sample, micros};

/// Decisions that the loop on SQLite commits together.
const TOGETHER: usize = 16;
/// Rows to choose from.
const ROWS: u64 = 100_000;
/// The database beside Proviso's that pgbench works on.
const DATABASE: &str = "raw";

/// The database by itself.
#[derive(Debug)]
pub(crate) enum Raw {
    /// A loop on a file of its own, in this process.
    Sqlite(PathBuf),
    /// pgbench on a database of its own in the same cluster; its logs go to this folder.
    Postgres(PathBuf),
}

impl Raw {
    /// Makes the tables and their rows.
    pub(crate) fn prepare(database: &str, folder: &Path) -> Result<Self> {
        if database.starts_with("sqlite:") {
            let path = folder.join("raw.sqlite");
            fill(&path)?;
            return Ok(Self::Sqlite(path));
        }
        run("createdb", &[DATABASE])?;
        let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/raw/schema.sql");
        run("psql", &["-qX", "-v", "ON_ERROR_STOP=1", "-d", DATABASE, "-f", &schema.to_string_lossy()])?;
        Ok(Self::Postgres(folder.to_path_buf()))
    }

    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "raw: SQLite, 16 a commit",
            Self::Postgres(_) => "raw: pgbench",
        }
    }

    /// After so many rows were written, what autovacuum would do sooner or later.
    pub(crate) fn settle(&self) -> Result<()> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(_) => run("psql", &["-qX", "-c", "VACUUM ANALYZE"]).map(drop),
        }
    }

    /// Decisions for so many seconds. The loop on SQLite is one client whatever `clients` says: a file has one writer.
    pub(crate) fn measure(&self, clients: usize, seconds: u64) -> Result<Sample> {
        match self {
            Self::Sqlite(path) => sqlite(path, Duration::from_secs(seconds)),
            Self::Postgres(folder) => pgbench(folder, clients, seconds),
        }
    }
}

fn fill(path: &Path) -> Result<()> {
    let conn = Connection::open(path)?;
    conn.execute_batch(&format!(
        "PRAGMA journal_mode = WAL;
         CREATE TABLE exc (id INTEGER PRIMARY KEY, status TEXT NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL,
           updated_at INTEGER NOT NULL);
         CREATE TABLE event (id INTEGER PRIMARY KEY, exc_id INTEGER NOT NULL, seq INTEGER NOT NULL, hash BLOB NOT NULL,
           body TEXT NOT NULL, at INTEGER NOT NULL, UNIQUE (exc_id, seq));
         CREATE TABLE outbox (id INTEGER PRIMARY KEY, event_id INTEGER NOT NULL, kind TEXT NOT NULL,
           payload TEXT NOT NULL, due INTEGER NOT NULL);
         CREATE INDEX exc_status ON exc (status, updated_at);
         WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < {ROWS} - 1)
           INSERT INTO exc SELECT n, 'pending', 1, '{body}', n FROM n;
         PRAGMA wal_checkpoint(TRUNCATE);",
        body = "x".repeat(400)
    ))?;
    Ok(())
}

/// One writer, durable commits (`synchronous = FULL`), statements prepared once.
fn sqlite(path: &Path, time: Duration) -> Result<Sample> {
    let conn = Connection::open(path)?;
    conn.execute_batch(
        "PRAGMA synchronous = FULL; PRAGMA cache_size = -65536; PRAGMA mmap_size = 268435456;
         PRAGMA wal_autocheckpoint = 4000;",
    )?;
    let mut version = conn.prepare("SELECT version FROM exc WHERE id = ?1")?;
    let mut update = conn
        .prepare("UPDATE exc SET status = ?1, version = version + 1, updated_at = ?2 WHERE id = ?3 AND version = ?4")?;
    let mut event = conn.prepare("INSERT INTO event (exc_id, seq, hash, body, at) VALUES (?1, ?2, ?3, ?4, ?5)")?;
    let mut letter =
        conn.prepare("INSERT INTO outbox (event_id, kind, payload, due) VALUES (?1, 'decided', ?2, ?3)")?;
    let (hash, told, payload) = ([7_u8; 32], "e".repeat(400), "p".repeat(200));
    let (begun, mut random, mut done, mut times) = (Instant::now(), 88_172_645_463_325_252_u64, 0_usize, Vec::new());
    while begun.elapsed() < time {
        let batch = Instant::now();
        conn.execute_batch("BEGIN IMMEDIATE")?;
        for _ in 0..TOGETHER {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let id = i64::try_from(random % ROWS)?;
            let now = i64::try_from(done)?;
            let seen: i64 = version.query_row([id], |row| row.get(0))?;
            let status = if seen % 2 == 0 { "pending" } else { "approved" };
            update.execute((status, now, id, seen))?;
            event.execute((id, seen + 1, hash, &told, now))?;
            letter.execute((conn.last_insert_rowid(), &payload, now))?;
            done += 1;
        }
        conn.execute_batch("COMMIT")?;
        times.push(micros(batch));
    }
    Ok(Sample::new(done, begun.elapsed(), times))
}

/// The same statements by as many clients, each committing by itself.
fn pgbench(folder: &Path, clients: usize, seconds: u64) -> Result<Sample> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/raw/decision.sql");
    let prefix = folder.join(format!("pgbench-{clients}"));
    let (clients, seconds) = (clients.to_string(), seconds.to_string());
    let (script, prefix) = (script.to_string_lossy(), prefix.to_string_lossy());
    let jobs = if clients == "1" { "1" } else { "2" };
    let asked = ["-n", "-M", "prepared", "-f", &script, "-c", &clients, "-j", jobs, "-T", &seconds];
    let told = run("pgbench", &[&asked[..], &["-l", "--log-prefix", &prefix, DATABASE]].concat())?;
    let rate = told.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse::<f64>().ok());
    let rate = rate.with_context(|| format!("pgbench told no rate: {told}"))?;
    let times = logged(folder, &prefix)?;
    let done = times.len();
    let count = f64::from(u32::try_from(done)?);
    Ok(Sample::new(done, Duration::from_secs_f64(count / rate), times))
}

/// The third column of pgbench's logs is a transaction's time in microseconds.
fn logged(folder: &Path, prefix: &str) -> Result<Vec<u32>> {
    let mut times = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.to_string_lossy().starts_with(&format!("{prefix}.")) {
            let text = fs::read_to_string(&path)?;
            times.extend(text.lines().filter_map(|line| line.split(' ').nth(2)?.parse::<u32>().ok()));
            fs::remove_file(path)?;
        }
    }
    Ok(times)
}

/// Runs a program of PostgreSQL's; where it connects to stands in the environment.
pub(crate) fn run(program: &str, arguments: &[&str]) -> Result<String> {
    let output = Command::new(program).args(arguments).output().with_context(|| format!("cannot run {program}"))?;
    if !output.status.success() {
        bail!("{program}: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8(output.stdout)?)
}
