//! What can go wrong below the rules, told so that a caller knows whether anything was written.
//! It refuses to know HTTP, and no message carries a password.

use super::backend::is_contention;
use tokio::sync::oneshot::error::RecvError;

/// A failure of the store; every variant says whether the work may have taken effect.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database refused a statement; the work that sent it was rolled back.
    #[error("database: {0}")]
    Database(#[from] diesel::result::Error),
    /// The queue or the pool is full; nothing was begun. Try again shortly.
    #[error("the store is busy")]
    Busy,
    /// The database is out of reach or would not begin; nothing was written.
    #[error("the database is not available: {0}")]
    Broken(String),
    /// The connection was lost while a commit was under way: the work is there in full or not at all.
    /// Ask again with the same idempotency key.
    #[error("the connection was lost during the commit, its outcome is unknown: {0}")]
    Unknown(String),
    /// The job panicked and was rolled back.
    #[error("the work panicked and was rolled back")]
    Panicked,
    /// The writer accepts nothing more; nothing was begun.
    #[error("the store is shutting down")]
    ShuttingDown,
    /// The pool of readers cannot give a connection.
    #[error("no connection to read with: {0}")]
    Pool(String),
    /// A refusal at start-up: the setting, library or server cannot be used safely.
    #[error("{0}")]
    Unsuitable(String),
    /// What was read back contradicts what the store writes.
    #[error("the database contradicts itself: {0}")]
    Corrupt(String),
}

impl StoreError {
    /// The same news for a second caller, who met the failure through another's attempt.
    pub(super) fn echo(&self) -> Self {
        match self {
            Self::Database(error) if is_contention(error) => Self::Busy,
            Self::Database(error) => Self::Broken(error.to_string()),
            Self::Busy => Self::Busy,
            Self::Broken(reason) => Self::Broken(reason.clone()),
            Self::Unknown(reason) => Self::Unknown(reason.clone()),
            Self::Panicked => Self::Panicked,
            Self::ShuttingDown => Self::ShuttingDown,
            Self::Pool(reason) => Self::Pool(reason.clone()),
            Self::Unsuitable(reason) => Self::Unsuitable(reason.clone()),
            Self::Corrupt(reason) => Self::Corrupt(reason.clone()),
        }
    }
}

impl From<RecvError> for StoreError {
    /// The writer went away without an answer, so nobody knows how far it came.
    fn from(_: RecvError) -> Self {
        Self::Unknown("the writer ended without an answer".into())
    }
}
