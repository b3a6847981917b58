//! `proviso outbox`: letters on their way, and those that were given up, for whoever has a shell on this
//! machine.

use anyhow::anyhow;
use clap::Subcommand;
use serde_json::{Value, json};

use super::{
    Failure,
    output::{Column, Output},
};
use crate::{
    app::{App, Timing},
    config::Config,
    domain::roster::LetterState,
    store::outbox::{Shelved, Told},
    words::LetterId,
};

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Lists letters, the longest due first.
    List {
        /// Only those that stand so: waiting, delivered, dead or discarded.
        #[arg(long)]
        state: Option<LetterState>,
        /// At most so many.
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(i64).range(1..=10_000))]
        limit: i64,
    },
    /// Shows one letter: how it stands, and what went wrong.
    Show {
        /// The letter's id.
        letter: LetterId,
    },
    /// Makes a letter due now, with all its attempts before it.
    Retry {
        /// The letter's id.
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        letter: Option<LetterId>,
        /// Every letter that was given up, such as after an outage.
        #[arg(long)]
        all: bool,
    },
    /// Gives a letter up for good; it is kept.
    Discard {
        /// The letter's id.
        letter: LetterId,
        /// Why.
        #[arg(long)]
        reason: String,
    },
}

const LETTERS: [Column; 5] =
    [("LETTER", "/id"), ("STATE", "/state"), ("KIND", "/kind"), ("ATTEMPTS", "/attempts"), ("DUE", "/due_at")];

impl Verb {
    pub(super) fn run(&self, config: Config, output: Output) -> Result<(), Failure> {
        let app = App::open(config, Timing::system()?)?;
        match self {
            Self::List { state, limit } => {
                let letters: Vec<Value> = app.letters(*state, *limit)?.iter().map(told).collect();
                output.rows(&LETTERS, &letters)
            }
            Self::Show { letter } => show(&app, *letter, output),
            Self::Retry { letter: Some(letter), .. } => {
                app.retry_letter(*letter)?;
                show(&app, *letter, output)
            }
            Self::Retry { letter: None, .. } => output.one(&json!({ "retried": app.retry_letters()? })),
            Self::Discard { letter, reason } => {
                app.discard_letter(*letter, reason)?;
                show(&app, *letter, output)
            }
        }
    }
}

fn told(letter: &Shelved) -> Value {
    let (exception, event) = letter.told.as_ref().and_then(Told::event).unzip();
    json!({
        "id": letter.id,
        "state": letter.state,
        "kind": letter.kind,
        "attempts": letter.attempts,
        "due_at": letter.due_at,
        "exception": exception,
        "event": event,
        "last_error": letter.last_error,
    })
}

fn show(app: &App, id: LetterId, output: Output) -> Result<(), Failure> {
    let letter = app.letter(id)?.ok_or_else(|| anyhow!("there is no letter {id}"))?;
    output.one(&told(&letter))
}
