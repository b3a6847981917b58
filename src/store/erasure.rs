//! Erasing a person from the tables: what is theirs is found in the record, by who did what and by what they are
//! called, and deleted with the leaf that says so. The ledger stays: its leaves hold commitments. Whether anybody may
//! be erased is decided elsewhere.

mod called;
mod cases;
mod classes;
mod facts;
mod found;
mod kept;
mod leaf;
mod retired;
mod stale;
mod sweep;
mod wipe;

#[cfg(test)]
mod tests;

pub use called::{Called, Unfit};
pub use cases::{NamingText, OpenCase, held_cases, holds_elsewhere, internal_texts, naming_texts, open_cases};
pub use classes::overwritten;
pub use facts::{accounts, facts};
pub use found::Found;
pub use kept::{
    Erased, Receipt, Sent, Sweeping, brought_anew, erased, erased_leaf, erasures, files, newest_erasure, receipts,
    unswept,
};
pub use retired::{RetiredFile, kept_elsewhere, over_for_long, retired_files};
pub use stale::Brought;
pub use sweep::{About, Named, Place, about, case_numbers, listing, numbers, passing, unseen_cases};
pub(in crate::store) use wipe::{ERASED, Erasing};
