//! Stories through the whole program, on the database that the environment names.

mod life;
mod people;
mod races;
mod readme;
mod record;
mod server;
mod world;
