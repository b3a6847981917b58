//! `proviso backup`: made while the service goes on, looked at, and put back.

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::json;

use super::{
    Failure, db,
    output::{Output, pulse},
};
use crate::{
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
    },
}

impl Verb {
    pub(super) fn run(&self, config: &Config, output: Output) -> Result<(), Failure> {
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
            Self::Restore { file } => place.restore(file, &watch),
        };
        bar.finish_and_clear();
        told(output, &manifest?)
    }
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
