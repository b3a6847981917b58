//! The one writer of a process: a bounded queue, a thread, and one commit for many jobs.
//! It knows nothing of what a job writes; `BatchHooks` tell it what a batch is.

mod batch;

#[cfg(test)]
mod tests;

pub use batch::{BatchHooks, BatchTx};

use super::backend::{Connector, DatabaseUrl, Lasting, Purpose};
use super::error::StoreError;
use batch::{Engine, Job, Task};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use tokio::sync::oneshot;

/// How much the writer takes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Jobs that may wait; one more is `Busy` at once.
    pub queue: usize,
    /// Jobs that share one commit.
    pub batch: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { queue: 1024, batch: 50 }
    }
}

/// Counters of one writer since it started; read them with `Ordering::Relaxed`.
#[derive(Debug, Default)]
pub struct Gauges {
    /// Jobs waiting now.
    pub queued: AtomicU64,
    /// Batches committed.
    pub batches: AtomicU64,
    /// Sum of the sizes of the committed batches, in jobs.
    pub batched: AtomicU64,
    /// Jobs answered, well or badly.
    pub answered: AtomicU64,
    /// Batches that failed as a whole.
    pub failures: AtomicU64,
    /// Time spent in COMMIT, in microseconds.
    pub commit_micros: AtomicU64,
}

type Queue<H> = Option<SyncSender<Box<dyn Task<H>>>>;

/// The way to the writer thread; share it by reference or in an `Arc`.
pub struct Writer<H: BatchHooks> {
    queue: Mutex<Queue<H>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    gauges: Arc<Gauges>,
}

impl<H: BatchHooks> Writer<H> {
    /// Connects, so that a refusal shows at start-up, and starts the thread.
    pub fn start(url: &DatabaseUrl, limits: Limits, hooks: H) -> Result<Self, StoreError> {
        Self::start_on(Connector::new(url, Purpose::Write), limits, hooks)
    }

    /// The same on connections of this kind.
    pub fn start_on(connector: Connector, limits: Limits, hooks: H) -> Result<Self, StoreError> {
        let conn = connector.open()?;
        let (sender, queue) = sync_channel(limits.queue.max(1));
        let gauges = Arc::new(Gauges::default());
        let counted = Arc::clone(&gauges);
        let limit = limits.batch.max(1);
        let engine = Engine { connector, conn: Some(conn), hooks, queue, next: None, limit, gauges: counted };
        let thread = std::thread::Builder::new().name("store-writer".into());
        let thread = thread.spawn(move || engine.run());
        let thread = thread.map_err(|error| StoreError::Unsuitable(format!("no thread for the writer: {error}")))?;
        Ok(Self { queue: Mutex::new(Some(sender)), thread: Mutex::new(Some(thread)), gauges })
    }

    /// Puts a job in the queue and returns where its answer will arrive; it never blocks.
    ///
    /// The answer comes after the COMMIT that made the job durable, or after its rollback. A job may
    /// run more than once (its batch may fail through another's fault), so it must start from its
    /// captured values each time and have no effect outside the transaction. It must pass on a
    /// database error that it does not undo by `BatchTx::attempt`.
    /// A receiver that fails means that the writer died: turn it into `StoreError` with `From`.
    pub fn submit<T, E>(
        &self,
        job: impl FnMut(&mut BatchTx<'_, H>) -> Result<T, E> + Send + 'static,
    ) -> Result<oneshot::Receiver<Result<T, E>>, StoreError>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.submit_lasting(Lasting::Durable, job)
    }

    /// The same of a job whose commit has to outlive so much. One that is passing shares the commit of durable jobs
    /// where it meets them, and of such jobs alone otherwise; what a batch keeps until it is closed it must not add to.
    pub fn submit_lasting<T, E>(
        &self,
        lasting: Lasting,
        job: impl FnMut(&mut BatchTx<'_, H>) -> Result<T, E> + Send + 'static,
    ) -> Result<oneshot::Receiver<Result<T, E>>, StoreError>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let queue = held(&self.queue);
        let sender = queue.as_ref().ok_or(StoreError::ShuttingDown)?;
        self.gauges.queued.fetch_add(1, Ordering::Relaxed);
        sender.try_send(Box::new(Job::new(job, lasting, reply))).map_err(|refused| {
            self.gauges.queued.fetch_sub(1, Ordering::Relaxed);
            match refused {
                TrySendError::Full(_) => StoreError::Busy,
                TrySendError::Disconnected(_) => StoreError::ShuttingDown,
            }
        })?;
        Ok(answer)
    }

    /// `submit` and wait: for the command line, tests and threads that may block (it panics inside an async task).
    pub fn write<T, E>(&self, job: impl FnMut(&mut BatchTx<'_, H>) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let answer = self.submit(job)?;
        answer.blocking_recv().unwrap_or_else(|gone| Err(StoreError::from(gone).into()))
    }

    /// The counters, live.
    pub fn gauges(&self) -> &Gauges {
        &self.gauges
    }

    /// Refuses new jobs, finishes those accepted, and returns when the thread has ended.
    pub fn shutdown(&self) {
        held(&self.queue).take();
        let Some(thread) = held(&self.thread).take() else {
            return;
        };
        // A job that holds the last handle to its own writer must not wait for itself.
        if thread.thread().id() != std::thread::current().id() && thread.join().is_err() {
            tracing::error!("the writer thread panicked");
        }
    }
}

impl<H: BatchHooks> Drop for Writer<H> {
    fn drop(&mut self) {
        self.shutdown();
    }
}

fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}
