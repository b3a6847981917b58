//! What the program tells of itself: its interface, its manual pages, and what a shell completes.

use std::path::PathBuf;

use clap::{Args, Command, CommandFactory};
use clap_complete::Shell;

use super::{Cli, Failure, output::say};

/// `proviso completions`.
#[derive(Debug, Args)]
pub(super) struct Completions {
    /// The shell.
    shell: Shell,
}

/// `proviso man`.
#[derive(Debug, Args)]
pub(super) struct Man {
    /// A folder for one page a verb; without it the first page is printed.
    #[arg(value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

impl Completions {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "proviso", &mut script);
        say(String::from_utf8(script)?.trim_end())
    }
}

impl Man {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let command: Command = Cli::command();
        if let Some(folder) = &self.folder {
            std::fs::create_dir_all(folder)?;
            return Ok(clap_mangen::generate_to(command, folder)?);
        }
        let mut page = Vec::new();
        clap_mangen::Man::new(command).render(&mut page)?;
        say(String::from_utf8(page)?.trim_end())
    }
}

/// Prints the OpenAPI document.
pub(super) fn openapi() -> Result<(), Failure> {
    say(crate::web::OPENAPI.trim_end())
}
