//! The only place that says diesel: two databases behind one query text, one writer, many readers.
//! It keeps and finds; whether something may happen is decided elsewhere.

pub mod automation;
pub mod backend;
pub mod backup;
pub mod checkpoints;
pub mod contacts;
pub mod copy;
pub mod error;
pub mod exceptions;
pub mod export;
mod facets;
pub mod feed;
mod forget;
pub mod health;
pub mod history;
pub mod incidents;
mod intake;
pub mod ledger;
pub mod listing;
pub mod mail_codes;
pub mod mail_links;
pub mod mailbox;
pub mod migrate;
pub mod open_tasks;
pub mod outbox;
pub mod preferences;
pub mod queries;
pub mod readers;
pub mod register;
pub mod reports;
pub mod roster;
mod roster_log;
pub mod rows;
pub(crate) mod schema;
pub mod setup;
mod sql;
pub mod staffing;
mod terms;
#[cfg(test)]
pub(crate) mod testbed;
pub mod timeline;
mod tx;
pub mod usage;
pub mod webhooks;
mod whole;
pub mod writer;

pub use backend::{Conn, DatabaseUrl, Durability, Purpose, flush, grant};
pub use error::StoreError;
pub use exceptions::{Change, Wake};
pub use ledger::{ClockTrust, KeptKey};
pub use readers::Readers;
pub use roster_log::{RosterChange, procedures};
pub use rows::{Cell, Rows};
pub use tx::{IdempotencyKey, Opening, Store, Tx};
pub use whole::{Tally, Watch};
pub use writer::{BatchHooks, BatchTx, Limits, Writer};
