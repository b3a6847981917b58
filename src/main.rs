//! The `proviso` binary: hands the command line to [`proviso::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    proviso::cli::run()
}
