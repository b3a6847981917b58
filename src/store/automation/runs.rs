//! The runs of jobs: one for each tick, begun and ended under the lease of whoever keeps time, continued by
//! the next where it was cut short.

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Integer, Nullable, Text},
};

use super::{Hold, Permit, Right, instant};
use crate::{
    domain::request::Time,
    store::{backend::Conn, error::StoreError, tx::Tx},
    words::{JobName, words},
};

/// The instant that a run stands for, to the microsecond; with the job it names the run.
pub type Tick = Time;

words! {
    /// Why there is a run.
    Asked, "cause of a run" { Schedule = "schedule", Hand = "hand" }
}

words! {
    /// How a run ended.
    Outcome, "outcome of a run" { Done = "done", Failed = "failed" }
}

/// Whether a run was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beginning {
    /// It was, or was taken over.
    Begun,
    /// Its tick has had its run, or has not come.
    Settled,
    /// The job may not run now.
    Denied(Permit),
}

/// One run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Of which job.
    pub job: String,
    /// Its tick.
    pub tick: Tick,
    /// Why there is one.
    pub cause: Asked,
    /// How often it was begun.
    pub attempts: u32,
    /// When it was begun last.
    pub begun_at: Option<Time>,
    /// When it ended.
    pub ended_at: Option<Time>,
    /// How.
    pub outcome: Option<Outcome>,
    /// How much was done.
    pub done: u64,
}

impl Run {
    /// One that somebody asked for at `at` and that nobody has begun.
    pub fn asked(job: &str, at: Time) -> Self {
        let (job, cause) = (job.to_owned(), Asked::Hand);
        Self { job, tick: at, cause, attempts: 0, begun_at: None, ended_at: None, outcome: None, done: 0 }
    }
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    job: String,
    #[diesel(sql_type = BigInt)]
    tick: i64,
    #[diesel(sql_type = Text)]
    cause: String,
    #[diesel(sql_type = Integer)]
    attempts: i32,
    #[diesel(sql_type = Nullable<BigInt>)]
    begun_at: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    ended_at: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    outcome: Option<String>,
    #[diesel(sql_type = BigInt)]
    done: i64,
}

const COLUMNS: &str = "job, tick, cause, attempts, begun_at, ended_at, outcome, done";

impl Row {
    fn run(self) -> Result<Run, StoreError> {
        let broken = || StoreError::Corrupt(format!("the run of {} at {}", self.job, self.tick));
        Ok(Run {
            tick: instant(self.tick),
            cause: self.cause.parse().map_err(|_| broken())?,
            attempts: u32::try_from(self.attempts).map_err(|_| broken())?,
            begun_at: self.begun_at.map(instant),
            ended_at: self.ended_at.map(instant),
            outcome: self.outcome.as_deref().map(str::parse).transpose().map_err(|_| broken())?,
            done: u64::try_from(self.done).map_err(|_| broken())?,
            job: self.job,
        })
    }
}

/// Runs that have not ended, the oldest first.
pub(super) fn open(conn: &mut Conn) -> Result<Vec<(String, Tick)>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM job_run WHERE ended_at IS NULL ORDER BY tick, job LIMIT 100");
    let rows: Vec<Row> = sql_query(sql).load(conn)?;
    Ok(rows.into_iter().map(|row| (row.job, instant(row.tick))).collect())
}

/// Somebody asks for a run, whose tick is when they did.
pub(super) fn ask(conn: &mut Conn, job: &JobName, at: Time) -> Result<(), StoreError> {
    sql_query(
        "INSERT INTO job_run (job, tick, cause, fence, attempts, done) VALUES ($1, $2, 'hand', 0, 0, 0) \
         ON CONFLICT (job, tick) DO NOTHING",
    )
    .bind::<Text, _>(job.as_str())
    .bind::<BigInt, _>(at.timestamp_micros())
    .execute(conn)?;
    Ok(())
}

/// The newest runs of a job, at most `limit`.
pub fn runs(conn: &mut Conn, job: &str, limit: i64) -> Result<Vec<Run>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM job_run WHERE job = $1 ORDER BY tick DESC LIMIT $2");
    let rows: Vec<Row> = sql_query(sql).bind::<Text, _>(job).bind::<BigInt, _>(limit).load(conn)?;
    rows.into_iter().map(Row::run).collect()
}

/// The newest run of each job that was begun.
pub fn last_runs(conn: &mut Conn) -> Result<Vec<Run>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM job_run r WHERE tick = \
         (SELECT MAX(tick) FROM job_run b WHERE b.job = r.job AND b.begun_at IS NOT NULL) ORDER BY job"
    );
    let rows: Vec<Row> = sql_query(sql).load(conn)?;
    rows.into_iter().map(Row::run).collect()
}

impl Tx<'_, '_> {
    /// Begins the run of a tick that has come, or takes over one that was cut short.
    pub fn begin_run(&mut self, (job, hold): (&'static str, Hold), tick: Tick) -> Result<Beginning, StoreError> {
        let (now, at) = (self.now().timestamp_micros(), tick.timestamp_micros());
        let permit = self.permit(&Right { job, hold: Some(hold) })?;
        if permit != Permit::Granted {
            return Ok(Beginning::Denied(permit));
        }
        if at > now {
            return Ok(Beginning::Settled);
        }
        let begun = sql_query(
            "INSERT INTO job_run (job, tick, cause, fence, attempts, begun_at, done) \
             VALUES ($1, $2, 'schedule', $3, 1, $4, 0) \
             ON CONFLICT (job, tick) DO UPDATE SET fence = excluded.fence, attempts = job_run.attempts + 1, \
             begun_at = excluded.begun_at WHERE job_run.ended_at IS NULL",
        )
        .bind::<Text, _>(job)
        .bind::<BigInt, _>(at)
        .bind::<BigInt, _>(hold.fence)
        .bind::<BigInt, _>(now)
        .execute(self.conn())?;
        Ok(if begun == 1 { Beginning::Begun } else { Beginning::Settled })
    }

    /// Ends a run, with how much was done; false where another has taken it over.
    pub fn end_run(
        &mut self,
        (job, hold): (&str, Hold),
        tick: Tick,
        (outcome, done): (Outcome, usize),
    ) -> Result<bool, StoreError> {
        let now = self.now().timestamp_micros();
        let ended = sql_query(
            "UPDATE job_run SET ended_at = $1, outcome = $2, done = done + $3 \
             WHERE job = $4 AND tick = $5 AND fence = $6 AND ended_at IS NULL",
        )
        .bind::<BigInt, _>(now)
        .bind::<Text, _>(outcome.as_str())
        .bind::<BigInt, _>(i64::try_from(done).unwrap_or(i64::MAX))
        .bind::<Text, _>(job)
        .bind::<BigInt, _>(tick.timestamp_micros())
        .bind::<BigInt, _>(hold.fence)
        .execute(self.conn())?;
        Ok(ended == 1)
    }

    /// Leaves a run to whoever may continue it, with how much was done so far.
    pub fn interrupt_run(&mut self, (job, hold): (&str, Hold), tick: Tick, done: usize) -> Result<(), StoreError> {
        sql_query(
            "UPDATE job_run SET done = done + $1 WHERE job = $2 AND tick = $3 AND fence = $4 AND ended_at IS NULL",
        )
        .bind::<BigInt, _>(i64::try_from(done).unwrap_or(i64::MAX))
        .bind::<Text, _>(job)
        .bind::<BigInt, _>(tick.timestamp_micros())
        .bind::<BigInt, _>(hold.fence)
        .execute(self.conn())?;
        Ok(())
    }

    /// Deletes runs that ended before an instant, but for the newest of each job; how many, at most `limit`.
    pub fn forget_runs(&mut self, before: Time, limit: i64) -> Result<usize, StoreError> {
        let forgotten = sql_query(
            "DELETE FROM job_run WHERE (job, tick) IN (SELECT job, tick FROM job_run r WHERE ended_at < $1 \
             AND tick < (SELECT MAX(tick) FROM job_run n WHERE n.job = r.job AND n.ended_at IS NOT NULL) LIMIT $2)",
        )
        .bind::<BigInt, _>(before.timestamp_micros())
        .bind::<BigInt, _>(limit)
        .execute(self.conn())?;
        Ok(forgotten)
    }
}
