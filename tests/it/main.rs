//! Stories through the whole program, on the database that the environment names.

mod demo;
