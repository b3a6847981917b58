//! The only place that says diesel: two databases behind one query text, one writer, many readers.
//! It keeps and finds; whether something may happen is decided elsewhere.

pub mod backend;
pub mod error;
pub mod exceptions;
pub mod ledger;
pub mod migrate;
pub mod readers;
pub mod queries;
pub mod rows;
pub mod schema;
#[cfg(test)]
pub(crate) mod testbed;
mod tx;
pub mod writer;

pub use backend::{Conn, DatabaseUrl, Durability};
pub use error::StoreError;
pub use exceptions::Change;
pub use ledger::{ClockTrust, KeptKey};
pub use tx::{IdempotencyKey, Opening, Store, Tx};
pub use readers::Readers;
pub use rows::{Cell, Rows};
pub use writer::{BatchHooks, BatchTx, Limits, Writer};
