//! What happens on the writer thread: begin, open, each job in its savepoint, close, commit, answer.
//! A batch that fails as a whole leads to each of its jobs being tried once alone.

use super::Gauges;
use crate::store::backend::{CommitError, Conn, Connector, Lasting};
use crate::store::error::StoreError;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Receiver;
use std::time::Instant;
use tokio::sync::oneshot;

/// What a batch is to the layer above: its lock, its state in memory, its last statements.
pub trait BatchHooks: Send + 'static {
    /// The state jobs share in memory: the head that was taken, the rows to insert at the end.
    type Batch;
    /// What `rewind` needs to bring a batch back to where `mark` saw it; keep it small.
    type Mark;

    /// Takes the lock that orders all writers and loads the state; the first thing in the transaction.
    fn open(&self, conn: &mut Conn) -> Result<Self::Batch, StoreError>;
    /// Remembers the state before a job.
    fn mark(&self, batch: &Self::Batch) -> Self::Mark;
    /// Restores the state after the job failed and its statements were undone.
    fn rewind(&self, batch: &mut Self::Batch, mark: Self::Mark);
    /// Does the state hold what has to outlive a power cut? Then a commit that may not is refused.
    fn lasts(&self, batch: &Self::Batch) -> bool;
    /// Writes the state; the last thing before COMMIT.
    fn close(&self, conn: &mut Conn, batch: Self::Batch) -> Result<(), StoreError>;
}

/// The open transaction as a job sees it.
pub struct BatchTx<'a, H: BatchHooks> {
    /// The connection, for statements; the writer alone begins, commits and rolls back.
    pub conn: &'a mut Conn,
    /// What the batch holds in memory.
    pub batch: &'a mut H::Batch,
    /// The hooks the writer was started with.
    pub hooks: &'a H,
}

impl<H: BatchHooks> BatchTx<'_, H> {
    /// Runs `part` so that its failure undoes it alone, in the database and in memory,
    /// and the job may go on.
    pub fn attempt<T, E>(&mut self, part: impl FnOnce(&mut Self) -> Result<T, E>) -> Result<T, E>
    where
        E: From<StoreError>,
    {
        let mark = self.hooks.mark(self.batch);
        let savepoint = self.conn.savepoint().map_err(StoreError::from)?;
        let outcome = part(self).and_then(|value| {
            self.conn.release(&savepoint).map_err(StoreError::from)?;
            Ok(value)
        });
        if outcome.is_err() {
            self.conn.undo(&savepoint).map_err(StoreError::from)?;
            self.hooks.rewind(self.batch, mark);
        }
        outcome
    }
}

/// What a job asks for after it ran.
pub(super) enum Verdict {
    Keep,
    Undo,
}

/// A job whose types are forgotten.
pub(super) trait Task<H: BatchHooks>: Send {
    fn run(&mut self, tx: &mut BatchTx<'_, H>) -> Verdict;
    /// What its commit has to outlive.
    fn lasting(&self) -> Lasting;
    /// Sends what `run` found when the batch ended well, else the failure.
    fn answer(self: Box<Self>, ended: Result<(), StoreError>);
}

pub(super) struct Job<F, T, E> {
    work: F,
    lasting: Lasting,
    outcome: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<F, T, E> Job<F, T, E> {
    pub(super) fn new(work: F, lasting: Lasting, reply: oneshot::Sender<Result<T, E>>) -> Self {
        Self { work, lasting, outcome: None, reply }
    }
}

impl<H, F, T, E> Task<H> for Job<F, T, E>
where
    H: BatchHooks,
    F: FnMut(&mut BatchTx<'_, H>) -> Result<T, E> + Send,
    T: Send,
    E: From<StoreError> + Send,
{
    fn run(&mut self, tx: &mut BatchTx<'_, H>) -> Verdict {
        let outcome = catch_unwind(AssertUnwindSafe(|| (self.work)(tx)));
        let outcome = outcome.unwrap_or_else(|_| Err(StoreError::Panicked.into()));
        let verdict = if outcome.is_ok() { Verdict::Keep } else { Verdict::Undo };
        self.outcome = Some(outcome);
        verdict
    }

    fn lasting(&self) -> Lasting {
        self.lasting
    }

    fn answer(self: Box<Self>, ended: Result<(), StoreError>) {
        let never_ran = || Err(StoreError::Broken("the job was not run".into()).into());
        let answer = match ended {
            Ok(()) => self.outcome.unwrap_or_else(never_ran),
            Err(error) => Err(error.into()),
        };
        // The caller may have stopped waiting; what was committed stays.
        let _ = self.reply.send(answer);
    }
}

/// How a batch failed as a whole; in the first two cases nothing was written.
enum Failure {
    /// No job ran: the database is away, or the lock was not to be had.
    Unopened(StoreError),
    /// Some job, the closing, or the commit was refused.
    Undone(StoreError),
    /// The commit was sent and its answer lost: trying again could do the work twice.
    Unknown(String),
}

enum Work {
    Something,
    Nothing,
}

type Tasks<H> = Vec<Box<dyn Task<H>>>;

pub(super) struct Engine<H: BatchHooks> {
    pub(super) connector: Connector,
    pub(super) conn: Option<Conn>,
    pub(super) hooks: H,
    pub(super) queue: Receiver<Box<dyn Task<H>>>,
    /// A job that has left the queue and begins the next batch.
    pub(super) next: Option<Box<dyn Task<H>>>,
    pub(super) limit: usize,
    pub(super) gauges: Arc<Gauges>,
}

impl<H: BatchHooks> Engine<H> {
    /// Serves until the queue is closed and empty.
    pub(super) fn run(mut self) {
        while let Some(first) = self.next.take().or_else(|| self.queue.recv().ok()) {
            self.gauges.queued.fetch_sub(1, Ordering::Relaxed);
            self.serve(first);
        }
    }

    fn serve(&mut self, first: Box<dyn Task<H>>) {
        let mut tasks = vec![first];
        let Err(failure) = self.attempt(&mut tasks, self.limit) else {
            return self.answer(tasks, || Ok(()));
        };
        count(&self.gauges.failures, 1);
        match failure {
            Failure::Unknown(reason) => {
                tracing::error!(jobs = tasks.len(), %reason, "the outcome of a commit is unknown");
                self.answer(tasks, || Err(StoreError::Unknown(reason.clone())));
            }
            Failure::Unopened(error) | Failure::Undone(error) => {
                tracing::warn!(jobs = tasks.len(), %error, "a batch failed; each job is tried alone");
                self.each_alone(tasks);
            }
        }
    }

    /// One bad job must not take the others with it. When not even a transaction can be begun,
    /// all who wait are told at once: nobody queues for a database that is away.
    fn each_alone(&mut self, tasks: Tasks<H>) {
        let mut waiting = tasks.into_iter();
        while let Some(task) = waiting.next() {
            let mut alone = vec![task];
            let ended = match self.attempt(&mut alone, 1) {
                Ok(()) => Ok(()),
                Err(Failure::Unknown(reason)) => Err(StoreError::Unknown(reason)),
                Err(Failure::Undone(error)) => Err(error),
                Err(Failure::Unopened(error)) => {
                    alone.extend(waiting);
                    self.gather(&mut alone, usize::MAX, Lasting::Durable);
                    return self.answer(alone, || Err(error.echo()));
                }
            };
            let mut ended = Some(ended);
            self.answer(alone, || ended.take().unwrap_or(Err(StoreError::Panicked)));
        }
    }

    fn answer(&self, tasks: Tasks<H>, mut ended: impl FnMut() -> Result<(), StoreError>) {
        for task in tasks {
            count(&self.gauges.answered, 1);
            task.answer(ended());
        }
    }

    /// Takes more jobs, as far as they wait already and their commit need not outlive more than `lasting`.
    fn gather(&mut self, tasks: &mut Tasks<H>, limit: usize, lasting: Lasting) {
        while tasks.len() < limit {
            let Some(task) = self.next.take().or_else(|| self.queue.try_recv().ok()) else {
                return;
            };
            if lasting == Lasting::Passing && task.lasting() == Lasting::Durable {
                self.next = Some(task);
                return;
            }
            self.gauges.queued.fetch_sub(1, Ordering::Relaxed);
            tasks.push(task);
        }
    }

    /// One transaction for `tasks` and for those gathered up to `limit` once it is open.
    /// A connection that cannot even roll back is given up; the next attempt makes a new one.
    fn attempt(&mut self, tasks: &mut Tasks<H>, limit: usize) -> Result<(), Failure> {
        let mut conn = match self.conn.take() {
            Some(conn) => conn,
            None => self.connector.open().map_err(Failure::Unopened)?,
        };
        let prepare = AssertUnwindSafe(|| self.prepare(&mut conn, tasks, limit));
        let prepared = catch_unwind(prepare).unwrap_or(Err(Failure::Undone(StoreError::Panicked)));
        let ended = prepared.and_then(|work| match work {
            Work::Something => self.commit(&mut conn, tasks.len()),
            Work::Nothing => conn.rollback().map_err(|error| Failure::Undone(error.into())),
        });
        match ended {
            Ok(()) => self.conn = Some(conn),
            Err(Failure::Unopened(_) | Failure::Undone(_)) if conn.rollback().is_ok() => {
                self.conn = Some(conn);
            }
            Err(Failure::Undone(error)) => return Err(Failure::Undone(error.echo())),
            Err(Failure::Unopened(_) | Failure::Unknown(_)) => {}
        }
        ended
    }

    fn prepare(&mut self, conn: &mut Conn, tasks: &mut Tasks<H>, limit: usize) -> Result<Work, Failure> {
        let passing = tasks.iter().all(|task| task.lasting() == Lasting::Passing);
        let lasting = if passing { Lasting::Passing } else { Lasting::Durable };
        self.connector.begin(conn, lasting).map_err(|error| Failure::Unopened(error.into()))?;
        let mut batch = self.hooks.open(conn).map_err(Failure::Unopened)?;
        self.gather(tasks, limit, lasting);
        let kept = self.run_each(conn, &mut batch, tasks).map_err(|error| Failure::Undone(error.into()))?;
        if kept == 0 {
            return Ok(Work::Nothing);
        }
        if passing && self.hooks.lasts(&batch) {
            let told = "what has to outlive a power cut was written by a commit that may not";
            return Err(Failure::Undone(StoreError::Unsuitable(told.to_owned())));
        }
        self.hooks.close(conn, batch).map_err(Failure::Undone)?;
        Ok(Work::Something)
    }

    /// Runs the jobs in order and tells how many are to be kept. A lone job needs no savepoint:
    /// the transaction holds nothing else, so its failure undoes all of it.
    fn run_each(&self, conn: &mut Conn, batch: &mut H::Batch, tasks: &mut Tasks<H>) -> diesel::QueryResult<usize> {
        let alone = tasks.len() == 1;
        let mut kept = 0;
        for task in tasks {
            let mark = self.hooks.mark(batch);
            let savepoint = if alone { None } else { Some(conn.savepoint()?) };
            let verdict = task.run(&mut BatchTx { conn, batch, hooks: &self.hooks });
            match (verdict, savepoint) {
                (Verdict::Keep, Some(savepoint)) => {
                    conn.release(&savepoint)?;
                    kept += 1;
                }
                (Verdict::Keep, None) => kept += 1,
                (Verdict::Undo, Some(savepoint)) => {
                    conn.undo(&savepoint)?;
                    self.hooks.rewind(batch, mark);
                }
                (Verdict::Undo, None) => {}
            }
        }
        Ok(kept)
    }

    fn commit(&self, conn: &mut Conn, jobs: usize) -> Result<(), Failure> {
        let begun = Instant::now();
        let committed = conn.commit();
        count(&self.gauges.commit_micros, begun.elapsed().as_micros());
        committed.map_err(|error| match error {
            CommitError::Refused(error) => Failure::Undone(error.into()),
            CommitError::Unknown(error) => Failure::Unknown(error.to_string()),
        })?;
        count(&self.gauges.batches, 1);
        count(&self.gauges.batched, jobs);
        Ok(())
    }
}

fn count(counter: &AtomicU64, more: impl TryInto<u64>) {
    counter.fetch_add(more.try_into().unwrap_or(u64::MAX), Ordering::Relaxed);
}
