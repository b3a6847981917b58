//! `proviso outbox`: letters on their way, and those that were given up, for whoever has a shell on this
//! machine.

use anyhow::anyhow;
use clap::Subcommand;

use super::Failure;
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

impl Verb {
    pub(super) fn run(&self, config: Config) -> Result<(), Failure> {
        let app = App::open(config, Timing::system()?)?;
        match self {
            Self::List { state, limit } => {
                app.letters(*state, *limit)?.iter().for_each(|letter| println!("{}", row(letter)));
            }
            Self::Show { letter } => show(&app, *letter)?,
            Self::Retry { letter: Some(letter), .. } => {
                app.retry_letter(*letter)?;
                show(&app, *letter)?;
            }
            Self::Retry { letter: None, .. } => println!("{} letters are due again", app.retry_letters()?),
            Self::Discard { letter, reason } => {
                app.discard_letter(*letter, reason)?;
                show(&app, *letter)?;
            }
        }
        Ok(())
    }
}

fn row(letter: &Shelved) -> String {
    let due = letter.due_at.format("%Y-%m-%dT%H:%M:%SZ");
    format!("{}\t{}\t{}\t{due}\t{}", letter.id, letter.state, letter.kind, letter.attempts)
}

fn show(app: &App, id: LetterId) -> Result<(), Failure> {
    let letter = app.letter(id)?.ok_or_else(|| anyhow!("there is no letter {id}"))?;
    println!("{}", row(&letter));
    if let Some((exception, event)) = letter.told.as_ref().and_then(Told::event) {
        println!("exception {exception}, event {event}");
    }
    if let Some(error) = &letter.last_error {
        println!("last error: {error}");
    }
    Ok(())
}
