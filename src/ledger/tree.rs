//! The append-only Merkle tree of RFC 6962 §2.1: which nodes exist, and the root of any size.
//!
//! Only complete subtrees are nodes; what hangs over the right edge is computed when it is
//! needed. Refuses to know where nodes are kept: they come from a lookup.

use std::ops::Range;

use crate::words::{Hash, content_hash, node_hash};

/// A complete subtree: node (level, index) covers the leaves `index << level` up to, without,
/// `(index + 1) << level`; at level 0 are the leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId {
    /// The height over the leaves, 0 to 63: the subtree has `1 << level` leaves.
    pub level: u32,
    /// The position among the nodes of this level, from the left.
    pub index: u64,
}

/// What a checkpoint signs: how many leaves there are, and their root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeHead {
    /// The number of leaves.
    pub size: u64,
    /// The Merkle tree hash of those leaves (RFC 6962 §2.1).
    pub root: Hash,
}

/// Why a root or a proof cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// The leaf is not in a tree of this size.
    #[error("leaf {index} is not in a tree of {size} leaves")]
    NoSuchLeaf {
        /// The leaf asked for, from 0.
        index: u64,
        /// The number of leaves.
        size: u64,
    },
    /// The older tree is larger than the newer one.
    #[error("a tree of {old} leaves cannot be the beginning of one of {new}")]
    Shrunk {
        /// The number of leaves of the older tree.
        old: u64,
        /// The number of leaves of the newer tree.
        new: u64,
    },
    /// The lookup has no hash for a complete subtree that must exist: the store is damaged.
    #[error("node {} of level {} is missing", .0.index, .0.level)]
    MissingNode(NodeId),
}

impl NodeId {
    /// The leaf at `index`, as a node.
    pub fn leaf(index: u64) -> Self {
        Self { level: 0, index }
    }

    /// The node over this one and its sibling.
    pub(super) fn parent(self) -> Self {
        Self { level: self.level + 1, index: self.index >> 1 }
    }

    /// Whether this is the right one of its parent's two children.
    pub(super) fn is_right(self) -> bool {
        self.index & 1 == 1
    }
}

/// The root of the empty tree: the SHA-256 of the empty string (RFC 6962 §2.1).
pub fn empty_root() -> Hash {
    content_hash(b"")
}

/// The root of the first `size` leaves, from at most 64 lookups of complete subtrees.
pub fn root_at(size: u64, lookup: &impl Fn(NodeId) -> Option<Hash>) -> Result<Hash, TreeError> {
    range_root(0..size, lookup)
}

/// The complete subtrees, largest and leftmost first, that together cover `leaves`.
///
/// `leaves` must start at a multiple of the next power of two of its length, as every range
/// does that the recursion of RFC 6962 §2.1 reaches.
fn peaks(leaves: Range<u64>) -> impl Iterator<Item = NodeId> {
    let Range { start, end } = leaves;
    let length = end - start;
    let levels = (0..u64::BITS).rev();
    levels.filter(move |level| (length >> level) & 1 == 1).map(move |level| NodeId { level, index: (end >> level) - 1 })
}

/// The hashes of [`peaks`] as the lookup has them.
pub(super) fn peak_hashes(
    leaves: Range<u64>,
    lookup: &impl Fn(NodeId) -> Option<Hash>,
) -> Result<Vec<Hash>, TreeError> {
    peaks(leaves).map(|node| lookup(node).ok_or(TreeError::MissingNode(node))).collect()
}

/// The Merkle tree hash of `leaves`, a range as [`peaks`] takes it.
pub(super) fn range_root(leaves: Range<u64>, lookup: &impl Fn(NodeId) -> Option<Hash>) -> Result<Hash, TreeError> {
    peak_hashes(leaves, lookup).map(|hashes| bag(&hashes))
}

/// The root over the hashes of [`peaks`]: the smaller right ones are joined first.
pub(super) fn bag(peaks: &[Hash]) -> Hash {
    let from_the_right = peaks.iter().rev().copied();
    from_the_right.reduce(|right, left| node_hash(left, right)).unwrap_or_else(empty_root)
}

/// Where RFC 6962 §2.1 splits two leaves or more: after the largest power of two below their number.
pub(super) fn split(leaves: &Range<u64>) -> u64 {
    let last = leaves.end - leaves.start - 1;
    leaves.start + (1 << last.ilog2())
}

#[cfg(test)]
mod tests {
    use super::super::reference::{CT_ROOTS, Nodes, ct_leaves, leaves, mth};
    use super::*;

    #[test]
    fn the_roots_of_certificate_transparency_come_out() {
        let nodes = Nodes::of(&ct_leaves());
        for (size, root) in (0..).zip(CT_ROOTS) {
            let computed = root_at(size, &nodes.lookup()).unwrap();
            assert_eq!(computed.to_string(), root, "size {size}");
        }
    }

    #[test]
    fn every_root_is_the_recursive_definitions() {
        let leaves = leaves(130);
        let nodes = Nodes::of(&leaves);
        for size in 0..=leaves.len() {
            let root = root_at(u64::try_from(size).unwrap(), &nodes.lookup());
            assert_eq!(root, Ok(mth(&leaves[..size])), "size {size}");
        }
    }

    #[test]
    fn a_missing_node_is_named() {
        let nodes = Nodes::of(&leaves(6));
        let absent = NodeId { level: 1, index: 2 };
        let lookup = |node| (node != absent).then(|| nodes.lookup()(node)).flatten();
        assert_eq!(root_at(6, &lookup), Err(TreeError::MissingNode(absent)));
        let message = TreeError::MissingNode(absent).to_string();
        assert_eq!(message, "node 2 of level 1 is missing");
    }

    #[test]
    fn the_largest_sizes_do_not_overflow() {
        let one = Hash([1; 32]);
        for size in [1 << 63, u64::MAX] {
            assert!(root_at(size, &|_| Some(one)).is_ok());
        }
        assert_eq!(split(&(0..u64::MAX)), 1 << 63);
    }
}
