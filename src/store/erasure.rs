//! Erasing a person from the tables: what is theirs is found in the record, by who did what and by what they are
//! called, and deleted with the leaf that says so. The ledger stays: its leaves hold commitments. Whether anybody may
//! be erased is decided elsewhere.

mod classes;
mod facts;
mod found;
mod kept;
mod wipe;

#[cfg(test)]
mod tests;

pub use facts::{accounts, facts};
pub use found::{Found, Named, found, open_cases};
pub use kept::{Erased, Receipt, Sent, erased, erased_leaf, files, is_brought_anew, listed_after, receipts, unswept};
pub(in crate::store) use wipe::Erasing;
