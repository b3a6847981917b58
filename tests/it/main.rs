//! Stories through the whole program, on the database that the environment names.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails, and says where"
)]

mod bad;
mod letters;
mod life;
mod limits;
mod lists;
mod people;
mod races;
mod readme;
mod record;
mod search;
mod server;
mod world;
