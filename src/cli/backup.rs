//! `proviso backup`: made while the service goes on, looked at, and put back.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::json;

use super::{
    Failure, db,
    output::{Output, pulse},
};
use crate::{
    app::{self, App, Timing},
    backup::{self, Manifest, Place},
    clock::Clock,
    config::Config,
    desk::{ErasureList, Listed},
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
        /// The list of erasures, as `ledger.erasures_file` names it: whom it lists is erased again at once.
        #[arg(long, value_name = "FILE", required_unless_present = "without_erasures")]
        erasures: Option<PathBuf>,
        /// Nobody was erased since the backup was made, or is to be erased again.
        #[arg(long, conflicts_with = "erasures")]
        without_erasures: bool,
    },
    /// Erases again whom the list has, in a database that other tools set back; nothing else serves it before.
    EraseAgain {
        /// The list of erasures, as `ledger.erasures_file` names it.
        #[arg(long, value_name = "FILE")]
        erasures: PathBuf,
    },
    /// Writes the list of erasures anew where it was lost; the database must not have been set back.
    ListErasures,
}

impl Verb {
    pub(super) fn run(&self, config: &Config, output: Output) -> Result<(), Failure> {
        // Read whole before anything is put back.
        let listed = match self {
            Self::Restore { erasures: Some(list), .. } | Self::EraseAgain { erasures: list } => {
                let listed = whole(config, list)?;
                if matches!(self, Self::Restore { .. }) {
                    require_kept(config, &listed)?;
                }
                Some(listed)
            }
            Self::Restore { .. } | Self::Create { .. } | Self::Verify { .. } | Self::ListErasures => None,
        };
        match self {
            Self::EraseAgain { .. } => return erase_again(config, listed.as_deref()),
            Self::ListErasures => return list_erasures(config),
            Self::Create { .. } | Self::Verify { .. } | Self::Restore { .. } => {}
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
            Self::EraseAgain { .. } | Self::ListErasures => return Ok(()),
        };
        bar.finish_and_clear();
        if let (Self::Restore { .. }, Ok(_)) = (self, &manifest) {
            erase_again(config, listed.as_deref())?;
        }
        told(output, &manifest?)
    }
}

/// All of a list, each line signed by this ledger's key.
fn whole(config: &Config, list: &Path) -> Result<Vec<Listed>, Failure> {
    let read = ErasureList::at(list.to_owned()).whole(&app::notary(config));
    read.map_err(|error| Failure::told(super::Code::Failed, format!("{error}: nothing was done")))
}

/// A database that is put back is kept from being served by the configured list alone, until all on it are erased
/// again: so that list is there, and has everybody whom this one has.
fn require_kept(config: &Config, listed: &[Listed]) -> Result<(), Failure> {
    if listed.is_empty() {
        return Ok(());
    }
    let refused = |why: &str| Err(Failure::told(super::Code::Invalid, format!("{why}: nothing was done")));
    let Some(kept) = &config.ledger.erasures_file else {
        return refused(
            "without `ledger.erasures_file` the restored database would be served where erasing again fails; \
             name the list there",
        );
    };
    let kept = whole(config, kept)?;
    if listed.iter().all(|one| kept.contains(one)) {
        return Ok(());
    }
    refused("`ledger.erasures_file` lacks erasures of the list that is given; copy that list there")
}

/// Nobody comes back with a backup who was erased since.
fn erase_again(config: &Config, listed: Option<&[Listed]>) -> Result<(), Failure> {
    let Some(listed) = listed.filter(|listed| !listed.is_empty()) else { return Ok(()) };
    let app = App::open_set_back(config.clone(), Timing::system()?)?;
    let done = app.desk().erase_again(listed);
    app.desk().store().shutdown();
    let (again, two_left) = done.map_err(|error| Failure::told(super::Code::Failed, error.to_string()))?;
    eprintln!("{again} of {} erasures on the list were done again", listed.len());
    if again > 0 && !two_left {
        eprintln!("ATTENTION: fewer than two people are left with the role governance; grant it before anything else");
    }
    Ok(())
}

/// What the database knows, where the file is gone.
fn list_erasures(config: &Config) -> Result<(), Failure> {
    let app = App::open_set_back(config.clone(), Timing::system()?)?;
    let done = app.desk().list_anew();
    app.desk().store().shutdown();
    let listed = done.map_err(|error| Failure::told(super::Code::Failed, error.to_string()))?;
    eprintln!("{listed} erasures are on the list; whom a database from before them knows, this one cannot say");
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
