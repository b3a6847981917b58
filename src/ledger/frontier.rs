//! The frontier (compact range) of the tree: the roots of the complete subtrees of its current
//! size, which is all that appending needs.
//!
//! Refuses to know where it is stored; it goes into one column as text and comes back checked.

use std::fmt;
use std::str::FromStr;

use super::tree::{NodeId, TreeError, TreeHead, bag, peak_hashes};
use crate::words::{Hash, node_hash};

/// The largest size a text may claim: what a signed 64-bit column can hold.
const MAX_SIZE: u64 = (1 << 63) - 1;

/// The tree as far as an append needs to know it: at most 64 hashes, whatever the size.
///
/// Its text is `size:hash:hash…`: the size in decimal, then the roots of the complete subtrees
/// from the largest to the smallest, one for each one bit of the size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// One for each one bit of `size`, largest subtree first.
    roots: Vec<Hash>,
}

/// Why a text is not a [`Frontier`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrontierError {
    /// The size is not a plain decimal number up to 2^63 − 1.
    #[error("the size of a frontier must be a plain decimal number up to 2^63 - 1")]
    Size,
    /// One of the hashes is not 64 lower-case hexadecimal characters.
    #[error("the hashes of a frontier must be 64 lower-case hexadecimal characters each")]
    Hash,
    /// There are more or fewer hashes than the size has complete subtrees.
    #[error("a frontier of {size} leaves has {} hashes", .size.count_ones())]
    Count {
        /// The number of leaves claimed.
        size: u64,
    },
}

impl Frontier {
    /// The frontier of the tree without leaves.
    pub fn empty() -> Self {
        Self { size: 0, roots: Vec::new() }
    }

    /// The frontier of the first `size` leaves, read from stored complete subtrees.
    pub fn from_nodes(size: u64, lookup: impl Fn(NodeId) -> Option<Hash>) -> Result<Self, TreeError> {
        let roots = peak_hashes(0..size, &lookup)?;
        Ok(Self { size, roots })
    }

    /// The number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The Merkle tree hash of all leaves (RFC 6962 §2.1).
    pub fn root(&self) -> Hash {
        bag(&self.roots)
    }

    /// The size and the root, as a checkpoint states them.
    pub fn head(&self) -> TreeHead {
        TreeHead { size: self.size, root: self.root() }
    }

    /// Adds a leaf and returns every node it completes, the leaf itself first, then upwards.
    pub fn append(&mut self, leaf: Hash) -> Vec<(NodeId, Hash)> {
        let (mut node, mut hash) = (NodeId::leaf(self.size), leaf);
        let mut completed = vec![(node, hash)];
        while node.is_right()
            && let Some(left) = self.roots.pop()
        {
            (node, hash) = (node.parent(), node_hash(left, hash));
            completed.push((node, hash));
        }
        self.roots.push(hash);
        self.size += 1;
        completed
    }
}

impl fmt::Display for Frontier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.size)?;
        self.roots.iter().try_for_each(|root| write!(f, ":{root}"))
    }
}

impl FromStr for Frontier {
    type Err = FrontierError;

    fn from_str(text: &str) -> Result<Self, FrontierError> {
        let mut parts = text.split(':');
        let size = parts.next().and_then(decimal).ok_or(FrontierError::Size)?;
        let roots = parts.map(|part| part.parse().map_err(|_| FrontierError::Hash)).collect::<Result<Vec<_>, _>>()?;
        if u32::try_from(roots.len()) != Ok(size.count_ones()) {
            return Err(FrontierError::Count { size });
        }
        Ok(Self { size, roots })
    }
}

/// A size as [`Frontier`] writes it: no sign, no leading zero.
fn decimal(text: &str) -> Option<u64> {
    let size = text.parse::<u64>().ok().filter(|size| *size <= MAX_SIZE)?;
    (size.to_string() == text).then_some(size)
}

#[cfg(test)]
mod tests {
    use super::super::reference::{Nodes, leaves, mth};
    use super::super::tree::root_at;
    use super::*;
    use crate::words::leaf_hash;

    #[test]
    fn every_append_gives_the_recursive_root_and_its_text_goes_round() {
        let leaves = leaves(130);
        let mut frontier = Frontier::empty();
        assert_eq!(frontier.root(), mth(&[]));
        assert_eq!(frontier.to_string(), "0");
        for size in 1..=leaves.len() {
            frontier.append(leaves[size - 1]);
            let root = mth(&leaves[..size]);
            let head = TreeHead { size: u64::try_from(size).unwrap(), root };
            assert_eq!(frontier.head(), head);
            frontier = frontier.to_string().parse().unwrap();
            assert_eq!((frontier.size(), frontier.root()), (head.size, root));
        }
    }

    #[test]
    fn appending_completes_each_subtree_exactly_once() {
        let leaves = leaves(130);
        let mut frontier = Frontier::empty();
        let mut completed = Vec::new();
        for leaf in &leaves {
            let new = frontier.append(*leaf);
            assert_eq!(new[0], (NodeId::leaf(frontier.size() - 1), *leaf));
            completed.extend(new);
        }
        completed.sort_unstable();
        assert_eq!(completed, Nodes::of(&leaves).all());
    }

    #[test]
    fn a_frontier_read_from_nodes_is_the_appended_one() {
        let leaves = leaves(130);
        let nodes = Nodes::of(&leaves);
        let mut appended = Frontier::empty();
        for leaf in leaves {
            appended.append(leaf);
            let read = Frontier::from_nodes(appended.size(), nodes.lookup()).unwrap();
            assert_eq!(read, appended);
            assert_eq!(root_at(appended.size(), &nodes.lookup()), Ok(appended.root()));
        }
        let beyond = Frontier::from_nodes(131, nodes.lookup());
        assert_eq!(beyond, Err(TreeError::MissingNode(NodeId::leaf(130))));
    }

    #[test]
    fn a_broken_text_is_refused() {
        let hash = leaf_hash(b"").to_string();
        let refused = |text: &str| text.parse::<Frontier>().unwrap_err();
        for size in ["", "-1", "+1", "01", "1 ", " 1", "0x1", "9223372036854775808"] {
            assert_eq!(refused(&format!("{size}:{hash}")), FrontierError::Size);
        }
        assert_eq!(refused(&hash), FrontierError::Size);
        assert_eq!(refused("1:"), FrontierError::Hash);
        assert_eq!(refused(&format!("1:{hash}:")), FrontierError::Hash);
        assert_eq!(refused(&format!("1:{hash} ")), FrontierError::Hash);
        let upper = hash.to_uppercase();
        assert_eq!(refused(&format!("1:{upper}")), FrontierError::Hash);
        assert_eq!(refused("1"), FrontierError::Count { size: 1 });
        for size in [0, 3, 7] {
            let count = FrontierError::Count { size };
            assert_eq!(refused(&format!("{size}:{hash}")), count);
        }
        let full = format!("{MAX_SIZE}{}", format!(":{hash}").repeat(63));
        let mut largest = full.parse::<Frontier>().unwrap();
        assert_eq!(largest.append(leaf_hash(b"")).len(), 64);
    }

    #[test]
    fn cutting_a_text_anywhere_is_refused_or_seen() {
        let mut frontier = Frontier::empty();
        for leaf in leaves(21) {
            frontier.append(leaf);
        }
        let text = frontier.to_string();
        for end in 0..text.len() {
            assert!(text[..end].parse::<Frontier>().is_err(), "cut at {end}");
        }
    }
}
