//! Proviso: AI policy exceptions from request to expiry.

pub mod domain;
pub mod ledger;
pub mod register;
pub mod sop;
pub mod words;
pub mod yaml;
