//! The `proviso` binary: hands the command line to [`proviso::cli`].

use std::process::ExitCode;

/// Most of the writer's time beside the database's goes into small pieces of memory.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // Two libraries of cryptography are linked, so rustls has to be told which one is used. It refuses a
    // second choice, and there is none before the first statement.
    let _ = rustls::crypto::ring::default_provider().install_default();
    proviso::cli::run()
}
