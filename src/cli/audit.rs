//! `proviso audit`: keys, receipts, and what an auditor verifies without us. Verifying opens neither the
//! database nor the network.

mod verify;

use std::{
    fs::{self, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
};

use clap::Subcommand;
use serde_json::json;

use super::{
    Code, Failure,
    file::Whole,
    output::{Output, bar, say},
};
use crate::{
    app::{App, Telemetry, Texts, Timing},
    clock::Random,
    config::Config,
    ledger::{Keys, Receipt, SigningKey, WitnessKey},
};

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Makes a key that signs checkpoints: its private half goes into FILE, its public half is printed.
    Key {
        /// The ledger's name in its checkpoints, such as proviso.example.org/ledger.
        origin: String,
        /// Where the private half goes; nothing is overwritten.
        #[arg(long, value_name = "FILE")]
        file: PathBuf,
    },
    /// Signs how far the ledger has come, if that is not signed yet, and prints the checkpoint.
    Checkpoint,
    /// Writes the whole record to FILE, for `audit verify`.
    Export {
        /// Where to; nothing is overwritten.
        file: PathBuf,
        /// Also what opens the commitments: names, addresses and free text.
        #[arg(long)]
        openings: bool,
    },
    /// Verifies an export, with nothing but the key: its order, tree and signatures, that every effect had its
    /// quorum of eligible different people, and that its rows are what its events say.
    Verify {
        /// The export.
        file: PathBuf,
        /// The ledger's verifier key, or a file with one a line; may be given more than once.
        #[arg(long, required = true, value_name = "KEY")]
        key: Vec<String>,
        /// A checkpoint from elsewhere that the export has to agree with: a signed note, ledger.anchor_file, or the
        /// header of a mail; may be given more than once.
        #[arg(long, value_name = "FILE")]
        checkpoint: Vec<PathBuf>,
        /// The key of a witness that has to have cosigned checkpoints, or a file with one a line; may be given more
        /// than once.
        #[arg(long, value_name = "KEY")]
        witness: Vec<String>,
    },
    /// Writes the evidence on one exception to FILE: a zip that opens without this program.
    Pack {
        /// The exception's number.
        number: String,
        /// Where to; nothing is overwritten.
        #[arg(long, value_name = "FILE")]
        file: PathBuf,
    },
    /// Prints the receipt of an event, which whoever has the key verifies offline.
    Proof {
        /// The exception's number.
        number: String,
        /// The event's number within the exception; the last one if it is not given.
        #[arg(long)]
        event: Option<u64>,
    },
    /// Verifies a receipt, with nothing but the key.
    VerifyProof {
        /// The receipt.
        file: PathBuf,
        /// The ledger's verifier key, or a file with one a line; may be given more than once.
        #[arg(long, required = true, value_name = "KEY")]
        key: Vec<String>,
    },
}

impl Verb {
    pub(super) fn run(&self, config: impl FnOnce() -> Result<Config, Failure>, output: Output) -> Result<(), Failure> {
        match self {
            Self::Key { origin, file } => {
                let key = made_key(file, origin)?;
                output.one(
                    &json!({ "verifier key": key.verifier().as_str(), "private half": file.display().to_string() }),
                )
            }
            Self::Checkpoint => {
                let (app, _telemetry) = opened(config()?)?;
                let signed = app.desk().sign_checkpoint(None)?;
                let signed = signed.ok_or_else(|| anyhow::anyhow!("nothing is signed: ledger.key is not set"))?;
                say(signed.note.trim_end())
            }
            Self::Export { file, openings } => exported(&opened(config()?)?.0, (file, *openings), output),
            Self::Pack { number, file } => packed(&opened(config()?)?.0, (number, file), output),
            Self::Verify { file, key, checkpoint, witness } => {
                verify::run(file, (&keys(key)?, checkpoint, witnesses(witness)?), output)
            }
            Self::Proof { number, event } => {
                let (app, _telemetry) = opened(config()?)?;
                let receipt = app.desk().receipt(app.place_of(number, *event)?)?;
                say(receipt.to_string().trim_end())
            }
            Self::VerifyProof { file, key } => verified(&fs::read_to_string(file)?, &keys(key)?, output),
        }
    }
}

fn opened(config: Config) -> Result<(App, Telemetry), Failure> {
    let telemetry = crate::app::start_log(&config);
    Ok((App::open(config, Timing::system()?)?, telemetry))
}

fn exported(app: &App, (file, openings): (&Path, bool), output: Output) -> Result<(), Failure> {
    let mut out = Whole::begin(file)?;
    let (texts, bar) = (if openings { Texts::Opened } else { Texts::Sealed }, bar(0));
    let leaves = app.export(&mut out, texts, &mut |done, all| {
        bar.set_length(all);
        bar.set_position(done);
    })?;
    bar.finish_and_clear();
    out.keep()?;
    output.one(&json!({ "export": file.display().to_string(), "ledger leaves": leaves }))
}

fn packed(app: &App, (number, file): (&str, &Path), output: Output) -> Result<(), Failure> {
    let key = app.desk().notary().key.as_ref();
    let key = key.ok_or_else(|| anyhow::anyhow!("nothing is signed: ledger.key is not set"))?;
    let mut out = Whole::begin(file)?;
    let evidence = app.desk().whole_evidence(number)?;
    out.write_all(&evidence.zipped(key)?)?;
    out.keep()?;
    output.one(&json!({ "pack": file.display().to_string(), "events": evidence.events.len() }))
}

fn verified(text: &str, keys: &Keys, output: Output) -> Result<(), Failure> {
    let unverified = |error: &dyn std::fmt::Display| Failure::told(Code::Unverified, error);
    let receipt = Receipt::read(text).map_err(|error| unverified(&error))?;
    let leaf = receipt.extra.clone().ok_or_else(|| unverified(&"the receipt does not carry its leaf"))?;
    let signed = receipt.verify(&leaf, keys).map_err(|error| unverified(&error))?;
    let leaf: serde_json::Value = serde_json::from_slice(&leaf).map_err(|error| unverified(&error))?;
    output.one(&json!({
        "verified": true,
        "origin": signed.origin,
        "leaf": receipt.index,
        "ledger leaves": signed.head.size,
        "ledger root": signed.head.root,
        "subject": leaf.get("subject"),
        "event": leaf.get("event"),
    }))
}

/// What was given as it is, or by a file.
fn texts(given: &[String]) -> Result<String, Failure> {
    let text = |given: &String| if Path::new(given).is_file() { fs::read_to_string(given) } else { Ok(given.clone()) };
    Ok(given.iter().map(text).collect::<Result<Vec<_>, _>>()?.join("\n"))
}

/// Witnesses' keys.
fn witnesses(given: &[String]) -> Result<Vec<WitnessKey>, Failure> {
    let texts = texts(given)?;
    let lines = texts.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(|line| line.parse().map_err(|error| Failure::new(Code::Usage, error))).collect()
}

/// Verifier keys.
fn keys(given: &[String]) -> Result<Keys, Failure> {
    let keys: Keys = texts(given)?.parse().map_err(|error| Failure::new(Code::Usage, error))?;
    if keys.is_empty() { Err(Failure::told(Code::Usage, "there is no key to verify with")) } else { Ok(keys) }
}

/// A new key, its private half in a file that only its owner reads.
fn made_key(file: &Path, origin: &str) -> Result<SigningKey, Failure> {
    let seed = Random::system()?.bytes32()?;
    let key = SigningKey::make(origin, seed).map_err(|error| Failure::new(Code::Usage, error))?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let told = |error: std::io::Error| anyhow::anyhow!("{}: {error}", file.display());
    options.open(file).and_then(|mut open| writeln!(open, "{}", key.reveal())).map_err(told)?;
    Ok(key)
}

/// The key in a file, or a new one where there is none.
pub(super) fn kept_key(file: &Path, origin: &str) -> Result<SigningKey, Failure> {
    if !file.exists() {
        return made_key(file, origin);
    }
    Ok(fs::read_to_string(file)?.parse()?)
}
