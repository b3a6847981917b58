//! The pure core: *(subject, SOP, command, who, now)* becomes events or one refusal.
//! It knows no clock, no database, no HTTP.

pub mod calendar;
mod chores;
pub mod command;
pub mod control;
mod deadline;
pub mod decided;
pub mod dossier;
pub mod event;
pub mod exception;
pub mod facts;
pub mod figures;
mod fold;
pub mod import;
pub mod letters;
pub mod life;
pub mod lifecycle;
pub mod person;
pub mod preferences;
pub mod quorum;
pub mod refusal;
pub mod replay;
pub mod request;
pub mod review;
pub mod roster;
mod state;
pub mod task;
#[cfg(test)]
mod testkit;
pub mod upkeep;
pub mod voided;
