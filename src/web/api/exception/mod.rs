//! Exceptions: what is sent, what is shown, and the routes between.

pub(in crate::web) mod act;
pub mod answers;
pub mod attachments;
pub mod budgets;
pub mod commands;
pub mod decision;
pub mod export;
pub mod filter;
pub mod history;
pub mod imported;
pub mod list;
pub mod living;
pub mod parts;
pub mod past;
pub mod path;
pub mod records;
pub mod request;
pub(in crate::web) mod seal;
pub mod show;
pub mod talk;
pub mod verbs;
pub mod view;

pub(super) use act::{Question, ask, location};
