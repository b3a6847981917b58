//! The `proviso` binary: hands the command line to [`proviso::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    // Two libraries of cryptography are linked, so rustls has to be told which one is used. It refuses a
    // second choice, and there is none before the first statement.
    let _ = rustls::crypto::ring::default_provider().install_default();
    proviso::cli::run()
}
