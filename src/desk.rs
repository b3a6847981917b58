//! The one door. REST, pages, mail links, the command line and the clock all come through here:
//! access, idempotency and rules are checked once, in the transaction that writes.
//! It knows no HTTP and no HTML, and nothing in it is `async`.

mod absences;
mod act;
mod anchor;
mod automation;
mod batches;
mod browser;
mod concerns;
mod decided;
mod deciding;
mod entries;
mod erasures;
mod errand;
mod evidence;
mod exported;
mod feed;
mod found;
mod ground;
mod import;
mod incidents;
mod intake;
mod laws;
mod link;
mod mailbox;
mod mailed;
mod named;
mod notary;
mod offers;
mod outbox;
mod past;
mod procedures;
mod read;
mod report;
mod retention;
mod roster;
mod seen;
mod sensitive;
mod settle;
mod splits;
mod tally;
mod turns;
mod witness;

pub use act::{Answer, Asked};
pub use anchor::Anchor;
pub use automation::{Automated, Automation, Foreseen, JobReport, JobState, Preview};
pub use batches::{BatchPreview, BatchRead, Would};
pub use concerns::ConcernRead;
pub use decided::Attested;
pub use deciding::Before;
pub use erasures::{ErasureList, ErasureRead, ListError, Listed, Would as WouldErase, WouldGo};
pub use errand::Elsewhere;
pub use exported::{ExportError, Texts};
pub use feed::{CloudEvent, EventData, Feed};
pub use found::{Founder, LINK_MINUTES};
pub use import::{Going, Row as ImportRow, Taken};
pub use incidents::{Aftermath, IncidentPreview};
pub use intake::{Message, Receipt};
pub use laws::{LawBook, Laws, Sops};
pub use mailbox::Letters;
pub use named::Novelty;
pub use notary::{Notary, header as checkpoint_header};
pub use past::{Outcome as Became, Resembling};
pub use procedures::Replay;
pub use read::{AskedTasks, Find, Frozen, Mine, Record, Version};
pub use report::Counting;
pub use roster::Administered;
pub use seen::Looked;
pub use settle::Ran;
pub use splits::SplitRead;
pub use tally::Tally;
pub use witness::{WitnessAsk, WitnessSaid, Witnessed};

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use tokio::sync::oneshot;
use uuid::Uuid;

use self::turns::Turns;
use crate::{
    attachments::Attachments,
    clock::{Clock, NoRandomness, Random},
    domain::refusal::{Refusal, Refused},
    store::{Store, StoreError},
    words::StateName,
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
    /// An inbound delivery that was taken before.
    #[error("this delivery was taken before")]
    Replayed,
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
pub struct Pending<T> {
    answer: oneshot::Receiver<Outcome<T>>,
    counted: Option<(&'static str, Arc<Tally>)>,
}

impl<T> Pending<T> {
    const fn new(answer: oneshot::Receiver<Outcome<T>>) -> Self {
        Self { answer, counted: None }
    }

    /// The same answer, counted as one to this command.
    fn counted(self, command: &'static str, tally: &Arc<Tally>) -> Self {
        Self { counted: Some((command, Arc::clone(tally))), ..self }
    }

    /// Blocks until the answer is there; never inside an async task.
    pub fn wait(mut self) -> Result<T, Error> {
        let counted = self.counted.take();
        count(counted, flatten(self.answer.blocking_recv()))
    }
}

fn count<T>(counted: Option<(&'static str, Arc<Tally>)>, answer: Result<T, Error>) -> Result<T, Error> {
    if let Some((command, tally)) = counted {
        tally.count(command, &answer);
    }
    answer
}

impl<T> Future for Pending<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let answer = Pin::new(&mut self.answer).poll(context).map(flatten);
        answer.map(|answer| count(self.counted.take(), answer))
    }
}

fn flatten<T>(answer: Result<Outcome<T>, oneshot::error::RecvError>) -> Result<T, Error> {
    answer.map_err(|gone| Error::Store(StoreError::from(gone)))?.and_then(|outcome| outcome)
}

/// The door. Clones share everything.
#[derive(Debug, Clone)]
pub struct Desk {
    store: Arc<Store>,
    laws: Arc<LawBook>,
    clock: Clock,
    random: Random,
    automation: Automation,
    process: Uuid,
    tally: Arc<Tally>,
    sent: Arc<Tally>,
    notary: Arc<Notary>,
    packs: Turns,
    exporting: Turns,
    pasts: Turns,
    lookups: Turns,
    erasures: Arc<Option<ErasureList>>,
    files: Option<Attachments>,
    retention: Arc<[(StateName, u32)]>,
}

impl Desk {
    /// A door before `store`, where `laws` hold; fails without randomness.
    pub fn new(store: Arc<Store>, laws: Arc<LawBook>, clock: Clock, random: Random) -> Result<Self, NoRandomness> {
        let process = random.uuid_v4()?;
        Ok(Self {
            store,
            laws,
            clock,
            random,
            automation: Automation::default(),
            process,
            tally: Arc::default(),
            sent: Arc::default(),
            notary: Arc::default(),
            packs: Turns::default(),
            exporting: Turns::default(),
            pasts: Turns::default(),
            lookups: Turns::default(),
            erasures: Arc::default(),
            files: None,
            retention: Arc::default(),
        })
    }

    /// The same door before these files: what is attached is there when that is recorded.
    #[must_use]
    pub fn with_files(self, files: Attachments) -> Self {
        Self { files: Some(files), ..self }
    }

    /// The laws as they are published now; while the store does not answer, as they were read last.
    pub fn laws(&self) -> Arc<Laws> {
        self.laws.as_published(&self.store).unwrap_or_else(|error| {
            tracing::warn!(%error, "the laws could not be read; those read before are used");
            self.laws.last_read()
        })
    }

    /// The store, for those parts that read rows: reports, identity, health.
    pub fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// What tells this process from all others at the same database.
    pub const fn process(&self) -> Uuid {
        self.process
    }

    /// What was asked for since the process started, and how it ended.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// What was sent to endpoints since the process started, by their kind, and what came of it.
    pub fn sent(&self) -> &Tally {
        &self.sent
    }

    /// The source of randomness.
    pub fn random(&self) -> &Random {
        &self.random
    }
}
