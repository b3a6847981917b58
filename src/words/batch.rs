//! Batches: all that one cause changes of exceptions by itself. A batch is named by its cause, so that every process
//! and every run after a restart means the same one, and a verifier can look the cause up.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{EntryKind, EntryRef, IncidentId, SopRef, words};

words! {
    /// Where a batch stands: it goes on, it was stopped, nothing is left of it, or it is or was taken back.
    BatchState, "state of a batch" {
        Running = "running", Held = "held", Done = "done", Reverting = "reverting", Reverted = "reverted",
    }
}

words! {
    /// What a batch did to an exception: it reopened it; the rules refused a re-review, so that it was suspended;
    /// suspended it as it was meant to; had its approvals void; had nothing to do, since the exception was not, or no
    /// longer, in effect as it was; left it to a later batch about the same; or was taken back before its turn came.
    BatchOutcome, "outcome of a batch" {
        Reopened = "reopened", Refused = "refused", Suspended = "suspended", Noted = "noted",
        Untouched = "untouched", Superseded = "superseded", Cancelled = "cancelled",
    }
}

words! {
    /// What taking a batch back did to an exception: its re-review was closed; or nothing, since it moved meanwhile,
    /// lost its effect (a quorum resumes it), has ended, is concerned by another cause too, or was only told of it.
    Reversal, "reversal" {
        Reverted = "reverted", Moved = "moved", Suspended = "suspended", Ended = "ended",
        Concerned = "concerned", Noted = "noted",
    }
}

/// A batch, by its cause: `policy:AIP-1:2`, `regulation:…`, `system:…`, `sop:standard:3` or `incident:ID`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BatchId {
    /// A material version of an entry of the register.
    Entry {
        /// What it is.
        kind: EntryKind,
        /// Its id.
        id: String,
        /// Its version.
        version: u32,
    },
    /// A version of a procedure.
    Sop {
        /// Its name.
        id: String,
        /// Its version.
        version: u32,
    },
    /// An incident.
    Incident(IncidentId),
}

/// A text that names no batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a batch is `policy:ID:VERSION`, `regulation:ID:VERSION`, `system:ID:VERSION`, `sop:NAME:VERSION` or `incident:ID`"
)]
pub struct BadBatchId;

impl BatchId {
    /// The batch of a version of an entry.
    pub fn of_entry(entry: &EntryRef) -> Self {
        Self::Entry { kind: entry.kind, id: entry.id.clone(), version: entry.version }
    }

    /// The batch of a version of a procedure.
    pub fn of_sop(sop: &SopRef) -> Self {
        Self::Sop { id: sop.id.clone(), version: sop.version }
    }

    /// What sort of cause it has.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Entry { kind, .. } => kind.as_str(),
            Self::Sop { .. } => "sop",
            Self::Incident(_) => "incident",
        }
    }

    /// What its cause is called: the entry's or the incident's id, the procedure's name.
    pub fn name(&self) -> String {
        match self {
            Self::Entry { id, .. } | Self::Sop { id, .. } => id.clone(),
            Self::Incident(id) => id.to_string(),
        }
    }

    /// The version that is its cause; an incident has none.
    pub const fn version(&self) -> Option<u32> {
        match self {
            Self::Entry { version, .. } | Self::Sop { version, .. } => Some(*version),
            Self::Incident(_) => None,
        }
    }
}

impl fmt::Display for BatchId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entry { kind, id, version } => write!(f, "{kind}:{id}:{version}"),
            Self::Sop { id, version } => write!(f, "sop:{id}:{version}"),
            Self::Incident(id) => write!(f, "incident:{id}"),
        }
    }
}

impl FromStr for BatchId {
    type Err = BadBatchId;

    fn from_str(text: &str) -> Result<Self, BadBatchId> {
        let (kind, cause) = text.split_once(':').ok_or(BadBatchId)?;
        if kind == "incident" {
            let id = cause.parse().map(Self::Incident).map_err(|_| BadBatchId)?;
            return one_way(id, text);
        }
        let (id, version) = cause.split_once(':').ok_or(BadBatchId)?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
        if id.is_empty() || id.len() > 60 || !id.bytes().all(plain) {
            return Err(BadBatchId);
        }
        let (id, version) = (id.to_owned(), version.parse().map_err(|_| BadBatchId)?);
        let batch = match kind {
            "sop" => Self::Sop { id, version },
            kind => Self::Entry { kind: kind.parse().map_err(|_| BadBatchId)?, id, version },
        };
        one_way(batch, text)
    }
}

/// A batch is written in one way alone.
fn one_way(batch: BatchId, text: &str) -> Result<BatchId, BadBatchId> {
    if batch.to_string() == text { Ok(batch) } else { Err(BadBatchId) }
}

impl Serialize for BatchId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for BatchId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_named_by_its_cause_in_one_way() {
        for text in [
            "policy:AIP-1:2",
            "regulation:eu.ai_act:1",
            "system:example-models:3",
            "sop:standard:3",
            "incident:01977d3c-7a10-7000-8000-000000000001",
        ] {
            let batch: BatchId = text.parse().expect(text);
            assert_eq!(batch.to_string(), text);
            assert!(text.starts_with(batch.kind()) && text.contains(&batch.name()));
        }
        for odd in [
            "",
            "policy",
            "policy:AIP-1",
            "policy::2",
            "policy:AIP-1:02",
            "policy:AIP-1:+2",
            "law:x:1",
            "sop:a:b:1",
            "incident:1",
            "incident:01977D3C-7a10-7000-8000-000000000001",
            "policy:a b:1",
        ] {
            assert_eq!(odd.parse::<BatchId>(), Err(BadBatchId), "{odd}");
        }
    }
}
