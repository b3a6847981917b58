//! Proviso: AI policy exceptions from request to expiry.

pub mod domain;
pub mod ledger;
pub mod sop;
pub mod store;
pub mod words;
