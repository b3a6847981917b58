//! One entry of the register in one version, as canonical JSON under its hash: what is published, and what
//! of it is new.

use std::collections::BTreeSet;

use super::{Clause, Policy, Regulation, System};
use crate::words::{EntryKind, EntryRef, Hash, LeafError, canonical};

/// A policy, a regulation or a system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A policy.
    Policy(Policy),
    /// A law or a standard.
    Regulation(Regulation),
    /// An AI system, a model or a vendor.
    System(System),
}

/// Why a text is no entry.
#[derive(Debug, thiserror::Error)]
pub enum EntryError {
    /// It cannot be read as one.
    #[error("not a published entry: {0}")]
    Read(#[from] serde_json::Error),
    /// It has no canonical form.
    #[error(transparent)]
    Canonical(#[from] LeafError),
}

impl Entry {
    /// Reads the content of a published version.
    pub fn read(kind: EntryKind, text: &str) -> Result<Self, EntryError> {
        Ok(match kind {
            EntryKind::Policy => Self::Policy(serde_json::from_str(text)?),
            EntryKind::Regulation => Self::Regulation(serde_json::from_str(text)?),
            EntryKind::System => Self::System(serde_json::from_str(text)?),
        })
    }

    /// Its content in canonical JSON (RFC 8785).
    pub fn canonical(&self) -> Result<String, EntryError> {
        Ok(match self {
            Self::Policy(policy) => canonical(policy)?,
            Self::Regulation(regulation) => canonical(regulation)?,
            Self::System(system) => canonical(system)?,
        })
    }

    /// Which entry it is, with this content's hash.
    pub fn reference(&self, text: &str) -> EntryRef {
        let (id, version) = (self.id().to_owned(), self.version());
        EntryRef { kind: self.kind(), id, version, hash: Hash::of(text.as_bytes()) }
    }

    /// What it is.
    pub const fn kind(&self) -> EntryKind {
        match self {
            Self::Policy(_) => EntryKind::Policy,
            Self::Regulation(_) => EntryKind::Regulation,
            Self::System(_) => EntryKind::System,
        }
    }

    /// Its id.
    pub fn id(&self) -> &str {
        match self {
            Self::Policy(policy) => &policy.id,
            Self::Regulation(regulation) => &regulation.id,
            Self::System(system) => &system.id,
        }
    }

    /// Its title or name.
    pub fn title(&self) -> &str {
        match self {
            Self::Policy(policy) => &policy.title,
            Self::Regulation(regulation) => &regulation.title,
            Self::System(system) => &system.name,
        }
    }

    /// Its version, from 1.
    pub const fn version(&self) -> u32 {
        match self {
            Self::Policy(policy) => policy.version,
            Self::Regulation(regulation) => regulation.version,
            Self::System(system) => system.version,
        }
    }

    /// Is it no longer to be used?
    pub const fn is_retired(&self) -> bool {
        match self {
            Self::System(system) => system.retired,
            Self::Policy(_) | Self::Regulation(_) => false,
        }
    }

    /// Its clauses; only a policy has any.
    pub fn clauses(&self) -> &[Clause] {
        match self {
            Self::Policy(policy) => &policy.clauses,
            Self::Regulation(_) | Self::System(_) => &[],
        }
    }

    /// Do the two demand the same in other words? The same clauses, the same of them beyond waiving, the
    /// same questions asked; of a system the same release by the same maker.
    pub fn demands_what(&self, before: &Self) -> bool {
        match (self, before) {
            (Self::Policy(new), Self::Policy(old)) => demands(&new.clauses) == demands(&old.clauses),
            (Self::Regulation(_), Self::Regulation(_)) => true,
            (Self::System(new), Self::System(old)) => {
                (new.kind, &new.vendor, &new.release, new.retired) == (old.kind, &old.vendor, &old.release, old.retired)
            }
            (Self::Policy(_) | Self::Regulation(_) | Self::System(_), _) => false,
        }
    }

    /// The clauses of `before` that read otherwise now, or are gone.
    pub fn changed_since<'e>(&self, before: &'e Self) -> Vec<&'e Clause> {
        let stands = |old: &&Clause| !self.clauses().contains(old);
        before.clauses().iter().filter(stands).collect()
    }

    /// The clauses that nobody can waive and that could be waived before, or were not there.
    pub fn forbidden_since(&self, before: Option<&Self>) -> Vec<&Clause> {
        let old = |id: &str| before.and_then(|before| before.clauses().iter().find(|clause| clause.id == id));
        let new = |clause: &&Clause| {
            // A question that is asked otherwise may be answered with yes where the old one was not.
            let asked = old(&clause.id).map(|old| (old.non_waivable.is_some(), &old.screening));
            clause.non_waivable.is_some() && asked != Some((true, &clause.screening))
        };
        self.clauses().iter().filter(new).collect()
    }
}

/// What clauses demand, apart from their wording.
fn demands(clauses: &[Clause]) -> BTreeSet<(&str, Option<&str>, Option<&str>)> {
    clauses
        .iter()
        .map(|clause| {
            let code = clause.screening.as_ref().map(|asked| asked.code.as_str());
            (clause.id.as_str(), clause.non_waivable.as_deref(), code)
        })
        .collect()
}
