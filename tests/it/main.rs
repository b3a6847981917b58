//! Stories through the whole program, on the database that the environment names.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails, and says where"
)]

mod absences;
mod asked;
mod automation;
mod bad;
mod bad_state;
mod batches;
mod clauses;
mod concerns;
mod connectors;
mod correspondence;
mod decide;
mod demo;
mod deployment;
mod documented;
mod erasures;
mod every_letter;
mod exported;
mod feed;
mod folded;
mod forged;
mod gaps;
mod imports;
mod in_person;
mod incidents;
mod intake;
mod killed;
mod late;
mod letters;
mod life;
mod limits;
mod lists;
mod log;
mod mailbox;
mod one_browser;
mod operations;
mod pages;
mod people;
mod periodic;
mod post;
mod prior;
mod procedures;
mod proof;
mod races;
mod re_reviews;
mod readme;
mod receiver;
mod record;
mod recorded;
mod register;
mod register_bad;
mod reminders;
mod replicas;
mod reports;
mod resent;
mod search;
mod server;
mod setup;
mod shell;
mod shutdown;
mod sight;
mod smtp;
mod sops;
mod splits;
mod spoken;
mod staffing;
mod talk;
mod tampered;
mod terminal;
mod terminal_verbs;
mod timing;
mod upkeep;
mod waiting;
mod webhooks;
mod witnesses;
mod world;
mod zoo;
