//! The only place that says diesel: two databases behind one query text, one writer, many readers.
//! It keeps and finds; whether something may happen is decided elsewhere.

pub mod backend;
pub mod contacts;
pub mod error;
pub mod exceptions;
mod facets;
mod forget;
pub mod health;
pub mod ledger;
pub mod listing;
pub mod mailbox;
pub mod migrate;
pub mod open_tasks;
pub mod outbox;
pub mod queries;
pub mod readers;
pub mod roster;
mod roster_log;
pub mod rows;
pub(crate) mod schema;
mod sql;
mod terms;
#[cfg(test)]
pub(crate) mod testbed;
mod tx;
pub mod writer;

pub use backend::{Conn, DatabaseUrl, Durability};
pub use error::StoreError;
pub use exceptions::Change;
pub use ledger::{ClockTrust, KeptKey};
pub use readers::Readers;
pub use roster_log::{RosterChange, procedures};
pub use rows::{Cell, Rows};
pub use tx::{IdempotencyKey, Opening, Store, Tx};
pub use writer::{BatchHooks, BatchTx, Limits, Writer};
