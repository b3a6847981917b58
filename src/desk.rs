//! The one door. REST, pages, mail links, the command line and the clock all come through here:
//! access, idempotency and rules are checked once, in the transaction that writes.
//! It knows no HTTP and no HTML, and nothing in it is `async`.

mod act;
mod ground;
mod laws;
mod read;
mod roster;
mod settle;

pub use act::{Answer, Asked};
pub use laws::{Laws, Sops};
pub use read::{AskedTasks, Find, Frozen, Mine, Record, Version};
pub use roster::Administered;

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use tokio::sync::oneshot;

use crate::{
    clock::{Clock, NoRandomness, Random},
    domain::refusal::{Refusal, Refused},
    store::{Store, StoreError},
};

/// Why the door stayed shut.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A rule refuses.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The roles of whoever asks do not allow it.
    #[error("{0}")]
    Forbidden(String),
    /// There is no such thing, or not for whoever asks.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The idempotency key was used with another body.
    #[error("this Idempotency-Key was used with another request body")]
    KeyReused,
    /// The store refused or failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No randomness, so no secret and no id.
    #[error(transparent)]
    Random(#[from] NoRandomness),
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal.into())
    }
}

/// What a job of the writer answers: what was asked, or a refusal that is recorded all the same.
type Outcome<T> = Result<Result<T, Error>, Error>;

/// An answer that comes after the commit. A future for the rim, [`Pending::wait`] for everyone else.
#[derive(Debug)]
pub struct Pending<T>(oneshot::Receiver<Outcome<T>>);

impl<T> Pending<T> {
    /// Blocks until the answer is there; never inside an async task.
    pub fn wait(self) -> Result<T, Error> {
        flatten(self.0.blocking_recv())
    }
}

impl<T> Future for Pending<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context).map(flatten)
    }
}

fn flatten<T>(answer: Result<Outcome<T>, oneshot::error::RecvError>) -> Result<T, Error> {
    answer.map_err(|gone| Error::Store(StoreError::from(gone)))?.and_then(|outcome| outcome)
}

/// The door. Clones share everything.
#[derive(Debug, Clone)]
pub struct Desk {
    store: Arc<Store>,
    laws: Arc<Laws>,
    clock: Clock,
    random: Random,
}

impl Desk {
    /// A door before `store`, where `laws` hold.
    pub fn new(store: Arc<Store>, laws: Arc<Laws>, clock: Clock, random: Random) -> Self {
        Self { store, laws, clock, random }
    }

    /// The laws.
    pub fn laws(&self) -> &Laws {
        &self.laws
    }

    /// The store, for those parts that read rows: reports, identity, health.
    pub fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The source of randomness.
    pub fn random(&self) -> &Random {
        &self.random
    }
}
