//! Proofs that a leaf is in the tree and that the tree only grew, and their verification.
//!
//! Refuses to know what a leaf says and who vouches for a root: a proof binds leaves to a
//! [`TreeHead`], and the signature over that head is somebody else's.

use super::tree::{NodeId, TreeError, TreeHead, empty_root, range_root, split};
use crate::words::{Hash, node_hash};

/// Why a proof does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The leaf lies beyond the tree, or the older tree is larger than the newer one.
    #[error("the sizes contradict each other")]
    Sizes,
    /// The proof has more or fewer hashes than the sizes ask for.
    #[error("the proof has the wrong length")]
    Length,
    /// The proof leads to another root.
    #[error("the proof leads to another root")]
    Root,
}

/// The hashes, from the leaf upwards, that lead from leaf `index` to the root of the first
/// `size` leaves: PATH of RFC 6962 §2.1.1.
pub fn inclusion_proof(
    index: u64,
    size: u64,
    lookup: &impl Fn(NodeId) -> Option<Hash>,
) -> Result<Vec<Hash>, TreeError> {
    if index >= size {
        return Err(TreeError::NoSuchLeaf { index, size });
    }
    let mut within = 0..size;
    let mut proof = Vec::new();
    while within.end - within.start > 1 {
        let middle = split(&within);
        let (left, right) = (within.start..middle, middle..within.end);
        let (inside, beside) = if index < middle { (left, right) } else { (right, left) };
        proof.push(range_root(beside, lookup)?);
        within = inside;
    }
    proof.reverse();
    Ok(proof)
}

/// The hashes that show the first `old` leaves to be the beginning of the first `new` ones:
/// PROOF of RFC 6962 §2.1.2, and empty where there is nothing to show (`old` is 0 or `new`).
pub fn consistency_proof(old: u64, new: u64, lookup: &impl Fn(NodeId) -> Option<Hash>) -> Result<Vec<Hash>, TreeError> {
    if old > new {
        return Err(TreeError::Shrunk { old, new });
    }
    let mut within = 0..new;
    let mut proof = Vec::new();
    while old > 0 && old != within.end {
        let middle = split(&within);
        let (left, right) = (within.start..middle, middle..within.end);
        let (inside, beside) = if old <= middle { (left, right) } else { (right, left) };
        proof.push(range_root(beside, lookup)?);
        within = inside;
    }
    // A subtree that starts at the first leaf is the old tree itself, whose root is known.
    if within.start > 0 {
        proof.push(range_root(within, lookup)?);
    }
    proof.reverse();
    Ok(proof)
}

/// Checks that `leaf` is number `index` of the tree `head` (RFC 9162 §2.1.3.2).
///
/// The head must be trusted as a whole: one proof can lead to the same root under several sizes,
/// and only a signature binds the size to the root.
pub fn verify_inclusion(leaf: Hash, index: u64, proof: &[Hash], head: TreeHead) -> Result<(), ProofError> {
    if index >= head.size {
        return Err(ProofError::Sizes);
    }
    let mut climb = Climb::new(index, head.size);
    let mut root = leaf;
    for sibling in proof {
        root = match climb.step()? {
            Side::Left => node_hash(*sibling, root),
            Side::Right => node_hash(root, *sibling),
        };
    }
    climb.arrived()?;
    same(root, head.root)
}

/// Checks that the tree `old` is the beginning of the tree `new` (RFC 9162 §2.1.4.2).
///
/// As [`consistency_proof`] does, it asks for an empty proof where the sizes are equal, and
/// where the older tree is empty: then its root must be [`empty_root`].
pub fn verify_consistency(old: TreeHead, new: TreeHead, proof: &[Hash]) -> Result<(), ProofError> {
    if old.size > new.size {
        return Err(ProofError::Sizes);
    }
    if old.size == 0 || old.size == new.size {
        return verify_without_proof(old, new, proof);
    }
    let (start, rest) = if old.size.is_power_of_two() {
        (old.root, proof)
    } else {
        let (first, rest) = proof.split_first().ok_or(ProofError::Length)?;
        (*first, rest)
    };
    let mut climb = Climb::new(old.size - 1, new.size);
    climb.skip_right();
    let (mut old_root, mut new_root) = (start, start);
    for sibling in rest {
        match climb.step()? {
            Side::Left => {
                old_root = node_hash(*sibling, old_root);
                new_root = node_hash(*sibling, new_root);
            }
            Side::Right => new_root = node_hash(new_root, *sibling),
        }
    }
    climb.arrived()?;
    same(old_root, old.root)?;
    same(new_root, new.root)
}

/// The cases in which the roots alone decide: nothing was there before, or nothing came after.
fn verify_without_proof(old: TreeHead, new: TreeHead, proof: &[Hash]) -> Result<(), ProofError> {
    if !proof.is_empty() {
        return Err(ProofError::Length);
    }
    if old.size == 0 {
        same(old.root, empty_root())?;
    }
    if old.size == new.size {
        same(old.root, new.root)?;
    }
    Ok(())
}

fn same(computed: Hash, expected: Hash) -> Result<(), ProofError> {
    if computed == expected {
        return Ok(());
    }
    Err(ProofError::Root)
}

/// On which side of the climbing node its sibling is.
enum Side {
    Left,
    Right,
}

/// The way from a node up to the root; the two numbers are `fn` and `sn` of RFC 9162.
struct Climb {
    /// The index of the node at the present level.
    node: u64,
    /// The index of the last node at the present level.
    last: u64,
}

impl Climb {
    fn new(node: u64, size: u64) -> Self {
        Self { node, last: size - 1 }
    }

    /// Goes to the parent of the next sibling, and says where that sibling is.
    fn step(&mut self) -> Result<Side, ProofError> {
        if self.last == 0 {
            return Err(ProofError::Length);
        }
        let side = if self.node & 1 == 1 || self.node == self.last {
            // The last node of a level has no right sibling and rises as it is.
            self.up(self.node.trailing_zeros());
            Side::Left
        } else {
            Side::Right
        };
        self.up(1);
        Ok(side)
    }

    /// Goes up as long as the node is a right child: to the root of the subtree it completes.
    fn skip_right(&mut self) {
        self.up(self.node.trailing_ones());
    }

    fn up(&mut self, levels: u32) {
        self.node >>= levels;
        self.last >>= levels;
    }

    /// A proof must lead to the root and not end below it.
    fn arrived(&self) -> Result<(), ProofError> {
        if self.last == 0 {
            return Ok(());
        }
        Err(ProofError::Length)
    }
}

#[cfg(test)]
mod tests;
