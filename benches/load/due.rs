//! Many exceptions that end at one instant: how fast the service carries that out while people go on working, beside
//! the statements that it cannot do without, set by set, on a copy of the same database.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, anyhow, bail};
use proviso::words::ExceptionId;
use rusqlite::{Connection, types::Value};

use crate::{
    Plan,
    drive::{Budget, Sample, drive, micros},
    http::Client,
    raw::run,
    report::Report,
    seed::{self, Seeded},
    server::Server,
    sign_in,
};

/// Exceptions that the raw statements deal with in one transaction: twice as many as the service does.
const TOGETHER: u64 = 50;
/// People who read and people who write at the same time, each once in a while.
const READERS: usize = 6;
const WRITERS: usize = 2;
/// How long each of them looks at an answer.
const PAUSE: Duration = Duration::from_millis(40);
/// Approvals that are given at once before anything is measured.
const GIVEN_AT_ONCE: usize = 32;
/// How often it is asked how much is left.
const LOOK: Duration = Duration::from_millis(200);
/// The copy on PostgreSQL.
const COPY: &str = "raw_due";

/// Seeds, copies, and measures both sides.
pub(crate) fn measure(plan: &Plan, folder: &Path) -> Result<()> {
    let Seeded { app, approvals, reads, story } = seed::seed(plan, folder)?;
    let next = AtomicUsize::new(0);
    let give = |(): &mut ()| match approvals.get(next.fetch_add(1, Ordering::Relaxed)) {
        Some(approval) => approval.give(app.desk()).map(|()| true),
        None => Ok(false),
    };
    // Both of one are given in this order, whichever thread gives them.
    let budget = Budget { time: Duration::from_hours(6), turns: usize::MAX };
    drive(GIVEN_AT_ONCE, budget, || Ok(()), give)?;
    drop(app);
    let mut report = Report::begin(plan, story);
    let raw = raw(plan, folder)?;
    report.row("raw: 50 a transaction", 1, &raw, None);
    let (mut server, _) = Server::start(&plan.database, folder)?;
    let people = People { server: &server, reads: &reads, over: AtomicBool::new(false), next: AtomicUsize::new(0) };
    let ended = thread::scope(|scope| -> Result<Sample> {
        let others = people.begin(scope)?;
        let ended = people.watch(plan.undecided);
        people.over.store(true, Ordering::Relaxed);
        told(&mut report, "beside what ends", others)?;
        ended
    })?;
    report.row("expired by the service", 1, &ended, Some(&raw));
    people.over.store(false, Ordering::Relaxed);
    thread::scope(|scope| -> Result<()> {
        let others = people.begin(scope)?;
        thread::sleep(Duration::from_secs(plan.seconds));
        people.over.store(true, Ordering::Relaxed);
        told(&mut report, "with nothing due", others)
    })?;
    report.memory("after all of this", &server)?;
    report.end();
    server.stop()
}

/// The threads of those who work: what they do, how many, and how long each answer took.
type Others<'s> = Vec<(&'static str, usize, Vec<thread::ScopedJoinHandle<'s, Result<Vec<u32>>>>)>;

fn told(report: &mut Report, when: &str, others: Others<'_>) -> Result<()> {
    for (what, clients, threads) in others {
        let (begun, mut times) = (Instant::now(), Vec::new());
        for thread in threads {
            times.extend(thread.join().map_err(|_| anyhow!("a client panicked"))??);
        }
        // They pause in between, so that only how long they waited says something.
        let sample = Sample::new(times.len(), begun.elapsed().max(Duration::from_secs(1)), times);
        report.row(&format!("{what}, {when}"), clients, &sample, None);
    }
    Ok(())
}

/// People who work while something ends.
struct People<'p> {
    server: &'p Server,
    reads: &'p [ExceptionId],
    over: AtomicBool,
    next: AtomicUsize,
}

impl People<'_> {
    fn begin<'s>(&'s self, scope: &'s thread::Scope<'s, '_>) -> Result<Others<'s>> {
        let (gita, rita) = (sign_in(self.server, "gita")?, sign_in(self.server, "rita")?);
        let readers = (0..READERS).map(|_| {
            let cookie = gita.clone();
            scope.spawn(move || self.work(|client| self.read(client, &cookie)))
        });
        let readers = readers.collect();
        let writers = (0..WRITERS).map(|_| {
            let cookie = rita.clone();
            scope.spawn(move || self.work(|client| write(client, &cookie)))
        });
        Ok(vec![("people who read", READERS, readers), ("people who write", WRITERS, writers.collect())])
    }

    /// Asks, looks at the answer for a while, and asks again.
    fn work(&self, ask: impl Fn(&mut Client) -> Result<()>) -> Result<Vec<u32>> {
        let (mut client, mut times) = (Client::connect(self.server.address())?, Vec::new());
        while !self.over.load(Ordering::Relaxed) {
            let asked = Instant::now();
            ask(&mut client)?;
            times.push(micros(asked));
            thread::sleep(PAUSE);
        }
        Ok(times)
    }

    fn read(&self, client: &mut Client, cookie: &str) -> Result<()> {
        let at = self.next.fetch_add(1, Ordering::Relaxed);
        let id = self.reads.get(at % self.reads.len().max(1)).context("there is nothing to read")?;
        client.get(&format!("/v1/exceptions/{id}"), cookie)?.require(200).map(drop)
    }

    /// Lets the clock go on, waits until nothing is due, and says how fast that went from there.
    fn watch(&self, all: usize) -> Result<Sample> {
        let (cookie, second) = (sign_in(self.server, "gita")?, sign_in(self.server, "gustav")?);
        let mut client = Client::connect(self.server.address())?;
        let first = due(&mut client, &cookie)?;
        let asked = client.post("/v1/jobs/settle/resume", &cookie, "{}")?.require(202)?.body;
        let change: serde_json::Value = serde_json::from_str(&asked)?;
        let said = |what: &str| change.get(what).and_then(serde_json::Value::as_str).context("no change");
        let (path, hash) = (format!("/v1/changes/{}/confirm", said("id")?), said("hash")?);
        client.post(&path, &second, &format!("{{\"hash\":\"{hash}\"}}"))?.require(200)?;
        let from = Instant::now();
        loop {
            thread::sleep(LOOK);
            if due(&mut client, &cookie)? == 0 {
                break;
            }
            if from.elapsed() > Duration::from_hours(2) {
                bail!("not everything ended: {first} of {all} were due at first");
            }
        }
        Ok(Sample::new(first, from.elapsed(), Vec::new()))
    }
}

/// How much is due of what the clock settles.
fn due(client: &mut Client, cookie: &str) -> Result<usize> {
    let body = client.get("/v1/automation/preview?limit=1", cookie)?.require(200)?.body;
    let body: serde_json::Value = serde_json::from_str(&body)?;
    let jobs = body.get("jobs").and_then(serde_json::Value::as_array).context("no jobs")?;
    let settle = jobs.iter().find(|job| job.get("name").is_some_and(|name| name == "settle"));
    let count = settle.and_then(|job| job.get("due")?.as_u64()).context("nothing is said of it")?;
    Ok(usize::try_from(count)?)
}

/// A draft, with as little as it takes.
fn write(client: &mut Client, cookie: &str) -> Result<()> {
    let body = r#"{"title":"Letters drafted by a model","kind":"ai_usage","clauses":["AIP-2.1"]}"#;
    client.post("/v1/exceptions", cookie, body)?.require(201).map(drop)
}

/// The raw statements on a copy, batch after batch, until nothing is left.
fn raw(plan: &Plan, folder: &Path) -> Result<Sample> {
    let batches = u64::try_from(plan.undecided)?.div_ceil(TOGETHER);
    match plan.database.strip_prefix("sqlite:") {
        Some(file) => on_sqlite(Path::new(file), folder, batches),
        None => on_postgres(folder, batches),
    }
}

fn statements(name: &str) -> Result<String> {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/raw").join(name);
    fs::read_to_string(&path).with_context(|| path.display().to_string())
}

fn on_sqlite(file: &Path, folder: &Path, batches: u64) -> Result<Sample> {
    let copy = folder.join("due.sqlite");
    fs::copy(file, &copy)?;
    let conn = Connection::open(&copy)?;
    conn.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536;
         PRAGMA mmap_size = 268435456; PRAGMA wal_autocheckpoint = 4000;",
    )?;
    conn.execute_batch(&statements("due_begin.sql")?)?;
    let text = statements("due.sql")?;
    let each = text.lines().filter(|line| !line.starts_with("--")).map(|statement| conn.prepare(statement));
    let mut each = each.collect::<Result<Vec<_>, _>>()?;
    let (body, payload) = ("l".repeat(700), "p".repeat(300));
    let (begun, mut times, mut done) = (Instant::now(), Vec::new(), 0);
    for batch in 0..batches {
        let (started, a) = (Instant::now(), i64::try_from(batch * TOGETHER)?);
        conn.execute_batch("BEGIN IMMEDIATE")?;
        for (at, prepared) in each.iter_mut().enumerate() {
            let values = [(":a", Value::from(a)), (":body", body.clone().into()), (":payload", payload.clone().into())];
            for (name, value) in values {
                if let Some(place) = prepared.parameter_index(name)? {
                    prepared.raw_bind_parameter(place, value)?;
                }
            }
            let changed = prepared.raw_execute()?;
            done += if at == 0 { changed } else { 0 };
        }
        conn.execute_batch("COMMIT")?;
        times.push(micros(started));
    }
    Ok(Sample::new(done, begun.elapsed(), times))
}

/// One pgbench client that commits a batch a transaction, on a copy that the server makes.
fn on_postgres(folder: &Path, batches: u64) -> Result<Sample> {
    let source = std::env::var("PGDATABASE").context("PGDATABASE")?;
    run("createdb", &["-T", &source, COPY])?;
    run("psql", &["-qX", "-v", "ON_ERROR_STOP=1", "-d", COPY, "-c", &statements("due_begin.sql")?])?;
    run("psql", &["-qX", "-d", COPY, "-c", "VACUUM ANALYZE"])?;
    let text = statements("due.sql")?;
    let lines = text.lines().filter(|line| !line.starts_with("--")).collect::<Vec<_>>().join("\n");
    let lines = lines.replace(":body", "repeat('l', 700)").replace(":payload", "repeat('p', 300)");
    let next = "BEGIN;\nUPDATE raw_batch SET next = next + 50 RETURNING next - 50 AS a \\gset\n";
    let script = folder.join("due.sql");
    fs::write(&script, format!("{next}{lines}\nCOMMIT;\n"))?;
    let (script, batches) = (script.to_string_lossy().into_owned(), batches.to_string());
    let begun = Instant::now();
    let asked = ["-n", "-M", "prepared", "-f", &script, "-c", "1", "-j", "1", "-t", &batches, COPY];
    let told = Command::new("pgbench").args(asked).output()?;
    if !told.status.success() {
        bail!("pgbench: {}", String::from_utf8_lossy(&told.stderr));
    }
    let took = begun.elapsed();
    let done = run("psql", &["-tAX", "-d", COPY, "-c", "SELECT COUNT(*) FROM exceptions WHERE state = 'expired'"])?;
    Ok(Sample::new(done.trim().parse()?, took, Vec::new()))
}
