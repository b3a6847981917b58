//! The receipt of one event (C2SP tlog-proof): where it stands, and that it stands in a tree that was signed.
//! It needs nobody to be verified; who decided what, only the leaf itself says.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{
    checkpoint::{Checkpoint, CheckpointError},
    key::Keys,
    proof::{ProofError, verify_inclusion},
};
use crate::words::{Hash, leaf_hash};

/// The first line of every receipt.
const HEADING: &str = "c2sp.org/tlog-proof@v1";
/// More hashes than any tree needs.
const MOST_HASHES: usize = 64;

/// A receipt as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Data of ours that no signature covers: the leaf's exact bytes.
    pub extra: Option<Vec<u8>>,
    /// The leaf, from 0.
    pub index: u64,
    /// The hashes from the leaf's sibling up to the root's child (RFC 6962 §2.1.1).
    pub path: Vec<Hash>,
    /// The signed checkpoint, as it was given.
    pub checkpoint: String,
}

/// Why a receipt proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// Not the text of a receipt.
    #[error("this is no tlog-proof")]
    Malformed,
    /// The checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The leaf does not lead to the checkpoint's root.
    #[error(transparent)]
    Proof(#[from] ProofError),
}

impl Receipt {
    /// Reads a receipt; nothing is believed yet.
    pub fn read(text: &str) -> Result<Self, ReceiptError> {
        read(text).ok_or(ReceiptError::Malformed)
    }

    /// Is the leaf with exactly these bytes where the receipt says, in a tree that one of `keys` signed? Says in
    /// which.
    pub fn verify(&self, leaf: &[u8], keys: &Keys) -> Result<Checkpoint, ReceiptError> {
        let signed = Checkpoint::open(&self.checkpoint, keys)?;
        verify_inclusion(leaf_hash(leaf), self.index, &self.path, signed.head)?;
        Ok(signed)
    }
}

fn read(text: &str) -> Option<Receipt> {
    let (head, checkpoint) = text.split_once("\n\n")?;
    let mut lines = head.split('\n');
    if lines.next()? != HEADING {
        return None;
    }
    let mut line = lines.next()?;
    let mut extra = None;
    if let Some(encoded) = line.strip_prefix("extra ") {
        extra = Some(STANDARD.decode(encoded).ok()?);
        line = lines.next()?;
    }
    let number = line.strip_prefix("index ")?;
    let index: u64 = number.parse().ok().filter(|index: &u64| index.to_string() == number)?;
    let path: Option<Vec<Hash>> = lines.map(hash).collect();
    let path = path.filter(|path| path.len() <= MOST_HASHES)?;
    Some(Receipt { extra, index, path, checkpoint: checkpoint.to_owned() })
}

fn hash(line: &str) -> Option<Hash> {
    STANDARD.decode(line).ok()?.try_into().ok().map(Hash)
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADING}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", STANDARD.encode(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        self.path.iter().try_for_each(|hash| writeln!(f, "{}", STANDARD.encode(hash.0)))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{
        proof::inclusion_proof,
        reference::{Nodes, mth},
        tree::TreeHead,
    };
    use super::*;
    use crate::ledger::SigningKey;

    fn receipts(size: u64) -> (Vec<(Vec<u8>, Receipt)>, Keys) {
        let bodies: Vec<Vec<u8>> = (0..size).map(|index| format!("leaf {index}").into_bytes()).collect();
        let leaves: Vec<Hash> = bodies.iter().map(|body| leaf_hash(body)).collect();
        let nodes = Nodes::of(&leaves);
        let key = SigningKey::make("proviso.example.org/ledger", [3; 32]).unwrap();
        let checkpoint = Checkpoint::sign(TreeHead { size, root: mth(&leaves) }, &key).unwrap();
        let receipt = |(index, body): (u64, Vec<u8>)| {
            let path = inclusion_proof(index, size, &nodes.lookup()).unwrap();
            let receipt = Receipt { extra: Some(body.clone()), index, path, checkpoint: checkpoint.clone() };
            (body, receipt)
        };
        ((0..).zip(bodies).map(receipt).collect(), Keys(vec![key.verifier().clone()]))
    }

    #[test]
    fn every_receipt_goes_round_and_proves_its_leaf_alone() {
        for size in [1, 2, 7, 8, 33] {
            let (all, keys) = receipts(size);
            for (body, receipt) in &all {
                let read = Receipt::read(&receipt.to_string()).unwrap();
                assert_eq!(read, *receipt);
                assert_eq!(read.verify(body, &keys).unwrap().head.size, size);
                assert_eq!(read.verify(b"another", &keys), Err(ReceiptError::Proof(ProofError::Root)));
            }
        }
    }

    #[test]
    fn no_byte_of_a_receipt_can_be_changed_without_notice() {
        let (all, keys) = receipts(33);
        let (body, receipt) = &all[21];
        let text = Receipt { extra: None, ..receipt.clone() }.to_string();
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1;
            let changed = String::from_utf8_lossy(&bytes).into_owned();
            let verified = Receipt::read(&changed).and_then(|receipt| receipt.verify(body, &keys));
            assert!(verified.is_err(), "byte {at}: {changed}");
        }
    }
}
