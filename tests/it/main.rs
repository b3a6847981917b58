//! Stories through the whole program, on the database that the environment names.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails, and says where"
)]

mod bad;
mod connectors;
mod decide;
mod deployment;
mod feed;
mod gaps;
mod intake;
mod letters;
mod life;
mod limits;
mod lists;
mod operations;
mod people;
mod prior;
mod procedures;
mod races;
mod readme;
mod receiver;
mod record;
mod recorded;
mod register;
mod register_bad;
mod search;
mod server;
mod setup;
mod shutdown;
mod smtp;
mod talk;
mod terminal;
mod webhooks;
mod world;
