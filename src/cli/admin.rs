//! `proviso admin`: what needs a shell on the machine, because nobody could sign in yet.

use std::io::Read;

use anyhow::{Context, anyhow};
use clap::Subcommand;

use super::Failure;
use crate::{
    app::{App, Timing},
    config::Config,
};

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Creates the first administrator of an empty database; the password is read from standard input.
    First {
        /// Their name.
        #[arg(long)]
        name: String,
        /// Their mail address, with which they sign in.
        #[arg(long)]
        email: String,
    },
}

impl Verb {
    pub(super) fn run(&self, config: Config) -> Result<(), Failure> {
        let Self::First { name, email } = self;
        let mut password = String::new();
        std::io::stdin()
            .take(2048)
            .read_to_string(&mut password)
            .context("the password is read from standard input")?;
        let app = App::open(config, Timing::system()?)?;
        if !app.is_empty()? {
            return Err(
                anyhow!("there are people already: an administrator adds further ones at POST /v1/people").into()
            );
        }
        let id = app.add_first(name, email, password.trim_end_matches(['\n', '\r']))?;
        println!("{id}");
        eprintln!("{name} may now sign in at {} as admin and governance", app.config().public_url());
        Ok(())
    }
}
