//! The only place that says diesel: two databases behind one query text, one writer, many readers.
//! It keeps and finds; whether something may happen is decided elsewhere.

pub mod backend;
pub mod error;
pub mod migrate;
pub mod readers;
pub mod rows;
#[cfg(test)]
pub(crate) mod testbed;
pub mod writer;

pub use backend::{Conn, DatabaseUrl, Durability};
pub use error::StoreError;
pub use readers::Readers;
pub use rows::{Cell, Rows};
pub use writer::{BatchHooks, BatchTx, Limits, Writer};
