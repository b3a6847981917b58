//! `proviso mailbox`: one's own letters, for who reads them here instead of as mails.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{
    Failure,
    client::{Asking, Service, Who, encoded},
    output::{Column, Output, inert, say},
};
use crate::config::Config;

#[derive(Debug, Args)]
pub(super) struct Mailbox {
    #[command(flatten)]
    pub(super) asking: Asking,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Lists letters, the newest first.
    List {
        /// Only those that were not read.
        #[arg(long)]
        unread: bool,
        /// At most so many.
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// Shows a letter, and marks it as read.
    Show {
        /// Its id.
        letter: String,
    },
}

const COLUMNS: [Column; 4] = [("ID", "/id"), ("AT", "/at"), ("READ", "/read_at"), ("SUBJECT", "/subject")];

impl Mailbox {
    pub(super) fn run(&self, config: &Config, output: Output) -> Result<(), Failure> {
        let mut service = Service::of(config);
        match &self.verb {
            Verb::List { unread, limit } => {
                let filter = if *unread { "?unread=true" } else { "" };
                output.rows(&COLUMNS, &service.list(&format!("/v1/me/mailbox{filter}"), *limit)?)
            }
            Verb::Show { letter } => {
                let path = format!("/v1/me/mailbox/{}/read", encoded(letter));
                let letter = service.post(Who::Anybody, &path, &json!({}))?;
                if output != Output::Table {
                    return output.one(&letter);
                }
                let text = |field: &str| letter.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
                say(&inert(&format!("{}\n\n{}", text("subject"), text("text"))))
            }
        }
    }
}
