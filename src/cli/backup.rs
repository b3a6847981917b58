//! `proviso backup`: made while the service goes on, looked at, and put back.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::json;

use super::{
    Failure, db,
    output::{Output, pulse},
};
use crate::{
    app::{App, Timing},
    backup::{self, Manifest, Place},
    clock::Clock,
    config::Config,
};

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Makes a backup while the service goes on: FILE, FILE.attachments and FILE.manifest.json.
    Create {
        /// Where to; nothing is overwritten.
        file: PathBuf,
    },
    /// Looks at every byte of a backup, and computes the ledger's root anew.
    Verify {
        /// The backup.
        file: PathBuf,
    },
    /// Puts a backup in the place of the configured database and attachments, which must not be there.
    Restore {
        /// The backup.
        file: PathBuf,
        /// The list of erasures, as `ledger.erasures_file` names it: whom it lists is erased again at once. Without
        /// it the configured list counts.
        #[arg(long, value_name = "FILE")]
        erasures: Option<PathBuf>,
    },
}

impl Verb {
    pub(super) fn run(&self, config: &Config, output: Output) -> Result<(), Failure> {
        if let Self::Restore { erasures: Some(list), .. } = self {
            require_list(list)?;
        }
        // Tables that are put back belong to the owner; reading them needs no more than the service's role.
        let database = if matches!(self, Self::Restore { .. }) { db::owner(config)? } else { db::url(config)? };
        let place = Place { database, attachments: config.attachments.path.clone() };
        let bar = pulse();
        let watch = |what: &str, more: u64| {
            if bar.message() != what {
                bar.set_message(what.to_owned());
                bar.set_position(0);
            }
            bar.inc(more);
        };
        let manifest = match self {
            Self::Create { file } => place.create(file, Clock::system().now(), &watch),
            Self::Verify { file } => backup::verify(file, &watch),
            Self::Restore { file, .. } => place.restore(file, &watch),
        };
        bar.finish_and_clear();
        if let (Self::Restore { erasures, .. }, Ok(_)) = (self, &manifest) {
            erase_again(config, erasures.as_deref())?;
        }
        told(output, &manifest?)
    }
}

/// A list that is named and missing is no list without anybody on it.
fn require_list(list: &Path) -> Result<(), Failure> {
    if list.exists() {
        return Ok(());
    }
    let told = format!("{} is not there: nothing was put back", list.display());
    Err(Failure::told(super::Code::Failed, told))
}

/// Nobody comes back with a backup who was erased since.
fn erase_again(config: &Config, list: Option<&Path>) -> Result<(), Failure> {
    let Some(file) = list.map(Path::to_owned).or_else(|| config.ledger.erasures_file.clone()) else { return Ok(()) };
    let mut config = config.clone();
    config.ledger.erasures_file = Some(file);
    let app = App::open(config, Timing::system()?)?;
    app.desk().store().shutdown();
    Ok(())
}

fn told(output: Output, manifest: &Manifest) -> Result<(), Failure> {
    if output != Output::Table {
        return output.one(&json!(manifest));
    }
    let rows: u64 = manifest.contents.tables.iter().map(|table| table.rows).sum();
    output.one(&json!({
        "made at": manifest.made_at,
        "database": manifest.kind,
        "bytes": manifest.database.bytes,
        "ledger leaves": manifest.contents.leaves,
        "ledger root": manifest.contents.root,
        "rows": rows,
        "attachments": manifest.attachments.len(),
    }))
}
