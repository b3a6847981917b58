//! The `proviso` binary: hands the command line to [`proviso`].

fn main() {}
