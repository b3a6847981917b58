//! Proviso: AI policy exceptions from request to expiry. This is the map; `ARCHITECTURE.md` says why it is so.
//!
//! Where to begin: [`domain::lifecycle`] has every rule of an exception, and [`desk`] is the one door through
//! which everything asks for something: [`desk::Desk::act`] of an exception, [`desk::Desk::administer`] of
//! people, roles, procedures and the register. [`store::Tx`] writes what was decided.
//!
//! * **What is decided by**: [`words`] (the field's closed sets, ids, hashes), [`sop`] (the procedure that runs),
//!   [`register`] (policies, regulations, systems), [`domain`] (the lifecycle and the roster), [`access`] (which
//!   role may ask for what), [`ledger`] (leaves and their tree). All of it pure.
//! * **What it stands on**: [`store`] (the only part that says diesel), [`identity`] (passwords, sessions,
//!   tokens, signed messages), [`attachments`], [`outbound`] (the guarded way out), [`clock`] (time and
//!   randomness), [`trace`] (spans), [`config`].
//! * **What it does by itself**: [`jobs`] (what is due, what waits to be sent), [`notify`] (letters; their words,
//!   and those of pages, are `tongue`'s).
//! * **What it tells of it**: [`reports`] (tables and their forms, from figures that [`store::reports`] counts).
//! * **What holds it to its word**: [`audit`] (an export and a key, and nothing else).
//! * **Its doors**: [`web`] (REST, and pages such as the one a mail leads to), [`cli`], put together by [`app`];
//!   [`backup`] copies all of it while it goes on.

pub mod access;
pub mod app;
pub mod attachments;
pub mod audit;
pub mod backup;
pub mod cli;
pub mod clock;
pub mod config;
pub mod connect;
pub mod desk;
pub mod domain;
pub mod identity;
pub mod jobs;
pub mod ledger;
pub mod notify;
pub mod outbound;
pub mod register;
pub mod reports;
pub mod sop;
pub mod store;
mod tongue;
pub mod trace;
pub mod web;
pub mod words;
mod yaml;
