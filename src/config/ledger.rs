//! Signing how far the ledger has come. Nothing is signed here.

use std::{fmt, fs, path::PathBuf};

use crate::ledger::{Keys, Policy, SigningKey};

/// Who witnesses that the ledger only grows, and which of them are enough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witnessing {
    /// Where that is written.
    pub file: PathBuf,
    /// What it says.
    pub policy: Policy,
}

impl Witnessing {
    /// Reads the file; what is wrong with it is said with its line.
    pub(super) fn read(path: &str) -> Result<Self, String> {
        let text =
            fs::read_to_string(path).map_err(|error| format!("cannot be read: {error}; write the path of a file"))?;
        let policy: Policy =
            text.parse().map_err(|error| format!("the file says something else than C2SP tlog-policy: {error}"))?;
        Ok(Self { file: path.into(), policy })
    }
}

impl fmt::Display for Witnessing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())
    }
}

/// Signing how far the ledger has come.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ledger {
    /// The name under which it is signed: its key's.
    pub origin: Option<String>,
    /// The key; without one nothing is signed.
    pub key: Option<SigningKey>,
    /// The public halves of the keys before it.
    pub earlier_keys: Keys,
    /// The file to which every checkpoint is appended.
    pub anchor_file: Option<PathBuf>,
    /// The file to which every erasure of a person is appended, signed; no database is served that still knows them.
    pub erasures_file: Option<PathBuf>,
    /// Who witnesses that it only grows; without them nobody is asked.
    pub witnesses: Option<Witnessing>,
}

impl Ledger {
    /// Settings that are each well, and not together.
    pub(super) fn contradiction(&self) -> Option<(&'static str, &'static str)> {
        let name = self.key.as_ref().map(|key| key.verifier().name());
        if self.key.is_none() && self.witnesses.is_some() {
            return Some(("ledger.witnesses", "has nothing to witness: nothing is signed; set ledger.key"));
        }
        let differs = self.origin.as_deref().zip(name).is_some_and(|(origin, name)| origin != name);
        let remedy = "is not the name of `ledger.key`; make a key with `proviso audit key ORIGIN --file FILE`";
        if self.erasures_file.is_some() && self.key.is_none() {
            return Some(("ledger.erasures_file", "needs `ledger.key`, with which its lines are signed"));
        }
        if differs {
            return Some(("ledger.origin", remedy));
        }
        let strange = self.earlier_keys.0.iter().any(|earlier| name.is_some_and(|name| earlier.name() != name));
        let remedy = "has a key of another name than `ledger.key`: no checkpoint of it is this ledger's; leave it out";
        strange.then_some(("ledger.earlier_keys", remedy))
    }
}
