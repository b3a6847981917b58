//! Proviso: AI policy exceptions from request to expiry.

pub mod access;
pub mod app;
pub mod attachments;
pub mod backup;
pub mod cli;
pub mod clock;
pub mod config;
pub mod desk;
pub mod domain;
pub mod identity;
pub mod jobs;
pub mod ledger;
pub mod notify;
pub mod register;
pub mod sop;
pub mod store;
pub mod web;
pub mod words;
mod yaml;
