//! `proviso audit verify`: reads an export line by line; what holds and what does not, the verifier knows.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use super::super::{
    Code, Failure,
    output::{Output, bar},
};
use crate::{
    audit::{Fault, Outcome, Verifier},
    ledger::{Checkpoint, Keys, WitnessKey},
};

/// So many bytes of an export lie between two steps of the bar.
const STEP: u64 = 1 << 20;

/// Verifies `file`, holding it to checkpoints from elsewhere and to witnesses.
pub(super) fn run(
    file: &Path,
    (keys, external, witnesses): (&Keys, &[PathBuf], Vec<WitnessKey>),
    output: Output,
) -> Result<(), Failure> {
    let notes = external.iter().map(|file| notes(file)).collect::<Result<Vec<_>, _>>()?.concat();
    let verifier = Verifier::new(keys.clone(), &notes).map_err(unverified)?.with_witnesses(witnesses);
    let outcome = read(file, verifier)?;
    let Outcome { origin, at, head, checkpoints, exceptions, effects, rows, openings, witnessed } = outcome;
    let cosignatures: Vec<String> = witnessed
        .into_iter()
        .map(|(name, (count, size))| format!("{name}: {count} checkpoints, the last of {size} leaves"))
        .collect();
    output.one(&json!({
        "verified": true,
        "origin": origin,
        "written at": at,
        "ledger leaves": head.size,
        "ledger root": head.root,
        "checkpoints": checkpoints,
        "exceptions": exceptions,
        "effects, each by its quorum": effects,
        "rows": rows,
        "openings": openings,
        "witnessed by": cosignatures,
    }))
}

fn unverified(fault: Fault) -> Failure {
    Failure::new(Code::Unverified, fault)
}

fn read(file: &Path, mut verifier: Verifier) -> Result<Outcome, Failure> {
    let told = |error: std::io::Error| anyhow::anyhow!("{}: {error}", file.display());
    let open = File::open(file).map_err(told)?;
    let bar = bar(open.metadata().map_err(told)?.len());
    let (mut reader, mut line, mut since) = (BufReader::with_capacity(1 << 20, open), Vec::new(), 0);
    loop {
        line.clear();
        let bytes = reader.read_until(b'\n', &mut line).map_err(told)?;
        if bytes == 0 {
            break;
        }
        since += u64::try_from(bytes).unwrap_or(0);
        if since >= STEP {
            bar.inc(std::mem::take(&mut since));
        }
        let text = line.strip_suffix(b"\n").and_then(|text| std::str::from_utf8(text).ok());
        let text = text.ok_or_else(|| Failure::told(Code::Unverified, "the export is cut off, or is not UTF-8"))?;
        verifier.take(text).map_err(unverified)?;
    }
    bar.finish_and_clear();
    verifier.finish().map_err(unverified)
}

/// The checkpoints in a file: one signed note, lines of an anchor file, or headers of mails.
fn notes(file: &Path) -> Result<Vec<String>, Failure> {
    let text = fs::read_to_string(file).map_err(|error| anyhow::anyhow!("{}: {error}", file.display()))?;
    if Checkpoint::claimed(&text).is_some() {
        return Ok(vec![text]);
    }
    let note = |line: &str| -> Option<String> {
        let anchored: Option<Value> = serde_json::from_str(line).ok();
        let anchored = anchored.and_then(|line| line.get("checkpoint")?.as_str().map(str::to_owned));
        anchored.or_else(|| Checkpoint::from_line(line.strip_prefix("X-Proviso-Checkpoint: ").unwrap_or(line)))
    };
    let found: Option<Vec<String>> = text.lines().filter(|line| !line.trim().is_empty()).map(note).collect();
    found
        .filter(|notes| !notes.is_empty())
        .ok_or_else(|| Failure::told(Code::Usage, format!("{} has a line that is no checkpoint", file.display())))
}
