//! Checkpoints (C2SP tlog-checkpoint): how far the ledger had come, and its root, as a signed note.
//! Refuses to know when one is made and where it is kept.

use tlog_tiles::{Checkpoint as Text, Hash as Root};

use super::{
    key::{Keys, SigningKey, VerifierKey},
    tree::TreeHead,
};
use crate::words::Hash;

/// What a checkpoint says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which ledger: the name of the key that signed it.
    pub origin: String,
    /// The tree.
    pub head: TreeHead,
}

/// Why a text is no checkpoint of a ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// No known key signed it, or it was changed since.
    #[error("no known key signed this checkpoint")]
    Unsigned,
    /// It is signed, and says something else.
    #[error("what was signed is no checkpoint")]
    Malformed,
}

impl Checkpoint {
    /// `head` as a note signed with `key`, whose name is the origin; `None` only where a name cannot stand in a note.
    pub fn sign(head: TreeHead, key: &SigningKey) -> Option<String> {
        let text = Text::new(key.verifier().name(), head.size, Root(head.root.0), "").ok()?;
        key.sign(&String::from_utf8(text.to_bytes()).ok()?)
    }

    /// What `note` says, if one of `keys` signed exactly that under its own name as the origin.
    pub fn open(note: &str, keys: &Keys) -> Result<Self, CheckpointError> {
        let (text, signer) = keys.open(note).ok_or(CheckpointError::Unsigned)?;
        let said = said(&text).ok_or(CheckpointError::Malformed)?;
        if said.origin == signer { Ok(said) } else { Err(CheckpointError::Malformed) }
    }

    /// What `note` claims, whoever signed it.
    pub fn claimed(note: &str) -> Option<Self> {
        said(note.split_inclusive("\n\n").next()?.strip_suffix('\n')?)
    }

    /// One line that has all of a note with one signature, for a header.
    pub fn line(note: &str) -> Option<String> {
        let said = Self::claimed(note)?;
        // Witnesses sign below the ledger.
        let own = format!("\u{2014} {} ", said.origin);
        let signature = note.lines().find_map(|line| line.strip_prefix(&own))?;
        let TreeHead { size, root } = said.head;
        Some(format!("size={size}; root={root}; origin={}; sig={signature}", said.origin))
    }

    /// The note of which this is the line.
    pub fn from_line(line: &str) -> Option<String> {
        let mut parts = line.split("; ").map(|part| part.split_once('=').map(|(_, value)| value));
        let mut next = || parts.next().flatten();
        let (size, root, origin, signature) = (next()?, next()?, next()?, next()?);
        let root: Hash = root.parse().ok()?;
        let text = Text::new(origin, size.parse().ok()?, Root(root.0), "").ok()?;
        Some(format!("{}\n\u{2014} {origin} {signature}\n", String::from_utf8(text.to_bytes()).ok()?))
    }
}

fn said(text: &str) -> Option<Checkpoint> {
    let text = Text::from_bytes(text.as_bytes()).ok()?;
    let head = TreeHead { size: text.size(), root: Hash(text.hash().0) };
    Some(Checkpoint { origin: text.origin().to_owned(), head })
}

/// The keys under which a ledger's checkpoints verify: the present one, and those before it.
pub fn keys(present: Option<&VerifierKey>, earlier: &Keys) -> Keys {
    let mut all: Vec<VerifierKey> = present.into_iter().chain(&earlier.0).cloned().collect();
    let mut seen = std::collections::BTreeSet::new();
    all.retain(|key| seen.insert(key.clone()));
    Keys(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::leaf_hash;

    fn key(seed: u8) -> SigningKey {
        SigningKey::make("proviso.example.org/ledger", [seed; 32]).unwrap()
    }

    fn head(size: u64) -> TreeHead {
        TreeHead { size, root: leaf_hash(&size.to_be_bytes()) }
    }

    #[test]
    fn a_checkpoint_goes_round_and_its_line_has_all_of_it() {
        let note = Checkpoint::sign(head(7), &key(1)).unwrap();
        assert!(note.starts_with("proviso.example.org/ledger\n7\n"), "{note}");
        let keys = Keys(vec![key(1).verifier().clone()]);
        let said = Checkpoint::open(&note, &keys).unwrap();
        assert_eq!((said.origin.as_str(), said.head), ("proviso.example.org/ledger", head(7)));
        assert_eq!(Checkpoint::claimed(&note), Some(said));
        assert_eq!(Checkpoint::from_line(&Checkpoint::line(&note).unwrap()), Some(note));
    }

    #[test]
    fn a_rotated_key_leaves_old_checkpoints_verifiable_and_a_strange_one_opens_none() {
        let (old, new) = (key(1), key(2));
        let before = Checkpoint::sign(head(7), &old).unwrap();
        let both = keys(Some(new.verifier()), &Keys(vec![old.verifier().clone()]));
        assert!(Checkpoint::open(&before, &both).is_ok());
        let alone = keys(Some(new.verifier()), &Keys::default());
        assert_eq!(Checkpoint::open(&before, &alone), Err(CheckpointError::Unsigned));
    }

    #[test]
    fn no_byte_of_a_checkpoint_can_be_changed() {
        let keys = Keys(vec![key(1).verifier().clone()]);
        let note = Checkpoint::sign(head(1_000_007), &key(1)).unwrap();
        for at in 0..note.len() {
            let mut bytes = note.clone().into_bytes();
            bytes[at] ^= 1;
            let changed = String::from_utf8_lossy(&bytes).into_owned();
            let opened = Checkpoint::open(&changed, &keys);
            assert!(opened.is_err(), "byte {at}: {changed}");
        }
    }
}
