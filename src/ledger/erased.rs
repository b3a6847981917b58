//! The note of an erasure: who went, by opaque ids, at which leaf, and what the ledger's root was behind it, signed by
//! the ledger's key. It stands outside the database, so that one that was set back can be told of it.

use std::{collections::BTreeSet, fmt::Write};

use chrono::{DateTime, SecondsFormat, Utc};

use super::key::{Keys, SigningKey};
use crate::words::{Hash, PersonId};

/// How such a note begins: no checkpoint does.
const BEGINS: &str = "proviso/erasure/v1";

/// What a note of an erasure says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErasureNote {
    /// Its leaf.
    pub leaf: u64,
    /// When.
    pub at: DateTime<Utc>,
    /// The root of the tree that ends with that leaf.
    pub root: Hash,
    /// All accounts that went.
    pub accounts: BTreeSet<PersonId>,
}

impl ErasureNote {
    /// Signed with `key`; `None` only for what no note can say.
    pub fn sign(&self, key: &SigningKey) -> Option<String> {
        let at = self.at.to_rfc3339_opts(SecondsFormat::Micros, true);
        let mut text = format!("{BEGINS}\n{}\n{at}\n{}\n", self.leaf, self.root);
        for account in &self.accounts {
            writeln!(text, "{account}").ok()?;
        }
        key.sign(&text)
    }

    /// What `note` says, if one of `keys` signed exactly that.
    pub fn open(note: &str, keys: &Keys) -> Option<Self> {
        let (text, _) = keys.open(note)?;
        let mut lines = text.lines();
        if lines.next()? != BEGINS {
            return None;
        }
        let (leaf, at, root) = (lines.next()?, lines.next()?, lines.next()?);
        let accounts: Option<BTreeSet<PersonId>> = lines.map(|line| line.parse().ok()).collect();
        let at = DateTime::parse_from_rfc3339(at).ok()?.with_timezone(&Utc);
        Some(Self { leaf: leaf.parse().ok()?, at, root: root.parse().ok()?, accounts: accounts? })
            .filter(|said| !said.accounts.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::ledger::{Checkpoint, TreeHead};

    fn key(seed: u8) -> SigningKey {
        SigningKey::make("proviso.example.org/ledger", [seed; 32]).unwrap()
    }

    #[test]
    fn a_note_goes_round_and_neither_a_stranger_nor_a_checkpoint_makes_one() {
        let at = DateTime::from_timestamp_micros(1_790_000_000_123_456).unwrap();
        let accounts = [PersonId(Uuid::from_u128(7)), PersonId(Uuid::from_u128(9))].into();
        let note = ErasureNote { leaf: 7, at, root: Hash::of(b"root"), accounts };
        let keys = Keys(vec![key(1).verifier().clone()]);
        let signed = note.sign(&key(1)).unwrap();
        assert_eq!(ErasureNote::open(&signed, &keys), Some(note.clone()));
        assert_eq!(ErasureNote::open(&note.sign(&key(2)).unwrap(), &keys), None);
        let other = signed.replace(&Uuid::from_u128(9).to_string(), &Uuid::from_u128(8).to_string());
        assert_eq!(ErasureNote::open(&other, &keys), None);
        let head = TreeHead { size: 7, root: Hash::of(b"root") };
        assert_eq!(ErasureNote::open(&Checkpoint::sign(head, &key(1)).unwrap(), &keys), None);
        assert!(Checkpoint::open(&signed, &keys).is_err());
    }
}
