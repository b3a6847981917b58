//! For tests: the tree and its proofs written exactly as RFC 6962 §2.1 defines them, by
//! recursion over all leaves, and the vectors of the certificate-transparency project.

use std::collections::BTreeMap;

use super::tree::NodeId;
use crate::words::{Hash, content_hash, leaf_hash, node_hash};

const CT_INPUTS: [&str; 8] =
    ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];

/// The roots of the first 0 to 8 inputs.
pub const CT_ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

/// The leaf hashes of the eight inputs.
pub fn ct_leaves() -> Vec<Hash> {
    let bodies = CT_INPUTS.map(|input| hex::decode(input).unwrap());
    bodies.iter().map(|body| leaf_hash(body)).collect()
}

/// That many different leaves.
pub fn leaves(count: u64) -> Vec<Hash> {
    (0..count).map(|index| leaf_hash(&index.to_be_bytes())).collect()
}

/// The number of leaves.
pub fn count(leaves: &[Hash]) -> u64 {
    u64::try_from(leaves.len()).unwrap()
}

fn k(n: usize) -> usize {
    n.next_power_of_two() / 2
}

/// MTH of RFC 6962 §2.1.
pub fn mth(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => content_hash(b""),
        [leaf] => *leaf,
        more => {
            let (left, right) = more.split_at(k(more.len()));
            node_hash(mth(left), mth(right))
        }
    }
}

/// PATH of RFC 6962 §2.1.1.
pub fn path(m: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() == 1 {
        return vec![];
    }
    let k = k(leaves.len());
    let (left, right) = leaves.split_at(k);
    let (mut path, sibling) = if m < k { (path(m, left), mth(right)) } else { (path(m - k, right), mth(left)) };
    path.push(sibling);
    path
}

/// SUBPROOF of RFC 6962 §2.1.2; PROOF is `subproof(m, leaves, true)`.
pub fn subproof(m: usize, leaves: &[Hash], b: bool) -> Vec<Hash> {
    if m == leaves.len() {
        return if b { vec![] } else { vec![mth(leaves)] };
    }
    let k = k(leaves.len());
    let (left, right) = leaves.split_at(k);
    let (mut proof, sibling) =
        if m <= k { (subproof(m, left, b), mth(right)) } else { (subproof(m - k, right, false), mth(left)) };
    proof.push(sibling);
    proof
}

/// Every complete subtree over some leaves and nothing else, as a store keeps them.
pub struct Nodes(BTreeMap<NodeId, Hash>);

impl Nodes {
    pub fn of(leaves: &[Hash]) -> Self {
        let mut nodes = BTreeMap::new();
        let levels = (0..).take_while(|level| 1 << level <= leaves.len());
        for level in levels {
            for (index, covered) in (0..).zip(leaves.chunks_exact(1 << level)) {
                nodes.insert(NodeId { level, index }, mth(covered));
            }
        }
        Self(nodes)
    }

    pub fn all(&self) -> Vec<(NodeId, Hash)> {
        self.0.iter().map(|(node, hash)| (*node, *hash)).collect()
    }

    pub fn lookup(&self) -> impl Fn(NodeId) -> Option<Hash> {
        |node| self.0.get(&node).copied()
    }
}
