//! Against the recursive definitions, the published vectors, and every single damage.

use super::*;
use crate::ledger::reference::{Nodes, count, ct_leaves, leaves, mth, path, subproof};
use proptest::prelude::*;

fn head(leaves: &[Hash]) -> TreeHead {
    TreeHead { size: count(leaves), root: mth(leaves) }
}

fn hex(proof: &[Hash]) -> Vec<String> {
    proof.iter().map(ToString::to_string).collect()
}

fn flip(hash: Hash, bit: usize) -> Hash {
    let mut bytes = hash.0;
    bytes[bit / 8] ^= 1 << (bit % 8);
    Hash(bytes)
}

/// Every proof that differs from `proof` in one bit, or by one hash less, more or twice.
fn damaged(proof: &[Hash]) -> Vec<Vec<Hash>> {
    let mut all = vec![[proof, &[Hash([0; 32])]].concat()];
    for at in 0..proof.len() {
        all.push([&proof[..at], &proof[at + 1..]].concat());
        all.push([&proof[..=at], &proof[at..]].concat());
        all.extend((0..256).map(|bit| {
            let mut one = proof.to_vec();
            one[at] = flip(one[at], bit);
            one
        }));
    }
    all
}

#[test]
fn the_inclusion_proofs_of_certificate_transparency_come_out() {
    let nodes = Nodes::of(&ct_leaves());
    let proof = |index, size| hex(&inclusion_proof(index, size, &nodes.lookup()).unwrap());
    assert!(proof(0, 1).is_empty());
    let first_of_8 = [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ];
    assert_eq!(proof(0, 8), first_of_8);
    let sixth_of_8 = [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ];
    assert_eq!(proof(5, 8), sixth_of_8);
    let third_of_3 = ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"];
    assert_eq!(proof(2, 3), third_of_3);
}

#[test]
fn the_consistency_proofs_of_certificate_transparency_come_out() {
    let nodes = Nodes::of(&ct_leaves());
    let proof = |old, new| hex(&consistency_proof(old, new, &nodes.lookup()).unwrap());
    assert!(proof(1, 1).is_empty());
    let from_1_to_8 = [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ];
    assert_eq!(proof(1, 8), from_1_to_8);
    let from_6_to_8 = [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ];
    assert_eq!(proof(6, 8), from_6_to_8);
    let from_2_to_5 = [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ];
    assert_eq!(proof(2, 5), from_2_to_5);
}

#[test]
fn every_inclusion_proof_is_the_recursive_definitions_and_holds() {
    let leaves = leaves(40);
    let nodes = Nodes::of(&leaves);
    for size in 1..=leaves.len() {
        let tree = &leaves[..size];
        let head = head(tree);
        for (at, (index, leaf)) in (0..).zip(tree).enumerate() {
            let proof = inclusion_proof(index, head.size, &nodes.lookup()).unwrap();
            assert_eq!(proof, path(at, tree));
            assert_eq!(verify_inclusion(*leaf, index, &proof, head), Ok(()));
            for other in (0..=head.size).filter(|other| *other != index) {
                assert!(verify_inclusion(*leaf, other, &proof, head).is_err());
            }
        }
    }
}

#[test]
fn every_consistency_proof_is_the_recursive_definitions_and_holds() {
    let leaves = leaves(40);
    let nodes = Nodes::of(&leaves);
    for new_size in 0..=leaves.len() {
        let new = head(&leaves[..new_size]);
        for old_size in 0..=new_size {
            let old = head(&leaves[..old_size]);
            let proof = consistency_proof(old.size, new.size, &nodes.lookup()).unwrap();
            if old_size > 0 {
                assert_eq!(proof, subproof(old_size, &leaves[..new_size], true));
            }
            assert_eq!(verify_consistency(old, new, &proof), Ok(()));
            let backwards = verify_consistency(new, old, &proof);
            assert_eq!(backwards.is_ok(), old_size == new_size);
        }
    }
}

#[test]
fn any_flipped_bit_refuses_an_inclusion_proof() {
    for size in [1, 7, 8, 11] {
        let leaves = leaves(size);
        let head = head(&leaves);
        for (at, (index, leaf)) in (0..).zip(leaves.iter().copied()).enumerate() {
            let proof = path(at, &leaves);
            for damaged in damaged(&proof) {
                assert!(verify_inclusion(leaf, index, &damaged, head).is_err());
            }
            for bit in 0..256 {
                let root = flip(head.root, bit);
                let other = TreeHead { root, ..head };
                let refused = Err(ProofError::Root);
                assert_eq!(verify_inclusion(leaf, index, &proof, other), refused);
                let leaf = flip(leaf, bit);
                assert_eq!(verify_inclusion(leaf, index, &proof, head), refused);
            }
        }
    }
}

#[test]
fn any_flipped_bit_refuses_a_consistency_proof() {
    let leaves = leaves(11);
    for (old_size, new_size) in [(1, 2), (3, 7), (4, 7), (6, 8), (8, 11), (10, 11), (5, 5)] {
        let old = head(&leaves[..old_size]);
        let new = head(&leaves[..new_size]);
        let proof = subproof(old_size, &leaves[..new_size], true);
        for damaged in damaged(&proof) {
            assert!(verify_consistency(old, new, &damaged).is_err());
        }
        for bit in 0..256 {
            let refused = Err(ProofError::Root);
            let root = flip(old.root, bit);
            let other = TreeHead { root, ..old };
            assert_eq!(verify_consistency(other, new, &proof), refused);
            let root = flip(new.root, bit);
            let other = TreeHead { root, ..new };
            assert_eq!(verify_consistency(old, other, &proof), refused);
        }
    }
}

#[test]
fn a_rewritten_history_has_no_consistency_proof() {
    let mut leaves = leaves(20);
    let old = head(&leaves[..13]);
    leaves[4] = Hash([0; 32]);
    let rewritten = Nodes::of(&leaves);
    let proof = consistency_proof(13, 20, &rewritten.lookup()).unwrap();
    let refused = Err(ProofError::Root);
    assert_eq!(verify_consistency(old, head(&leaves), &proof), refused);
}

#[test]
fn wrong_sizes_are_refused() {
    let leaves = leaves(8);
    let nodes = Nodes::of(&leaves);
    let no_leaf = TreeError::NoSuchLeaf { index: 8, size: 8 };
    assert_eq!(inclusion_proof(8, 8, &nodes.lookup()), Err(no_leaf));
    assert!(inclusion_proof(0, 0, &nodes.lookup()).is_err());
    let shrunk = TreeError::Shrunk { old: 9, new: 8 };
    assert_eq!(consistency_proof(9, 8, &nodes.lookup()), Err(shrunk));
    let beyond = consistency_proof(8, 9, &nodes.lookup());
    assert_eq!(beyond, Err(TreeError::MissingNode(NodeId::leaf(8))));

    let whole = head(&leaves);
    let proof = path(0, &leaves);
    for size in [0, 1, 2, 3, 4, 9, 16, u64::MAX] {
        let claimed = TreeHead { size, ..whole };
        assert!(verify_inclusion(leaves[0], 0, &proof, claimed).is_err());
    }
    let none = verify_inclusion(leaves[0], 0, &[], head(&[]));
    assert_eq!(none, Err(ProofError::Sizes));
    let part = head(&leaves[..3]);
    let proof = subproof(3, &leaves, true);
    for size in (0..=16).filter(|size| *size != part.size) {
        let claimed = TreeHead { size, ..part };
        assert!(verify_consistency(claimed, whole, &proof).is_err());
    }
}

#[test]
fn an_empty_proof_shows_only_what_needs_no_proof() {
    let leaves = leaves(2);
    let (none, one, two) = (head(&[]), head(&leaves[..1]), head(&leaves));
    assert_eq!(verify_consistency(none, two, &[]), Ok(()));
    assert_eq!(verify_consistency(two, two, &[]), Ok(()));
    let length = Err(ProofError::Length);
    assert_eq!(verify_consistency(one, two, &[]), length);
    assert_eq!(verify_consistency(none, two, &leaves[..1]), length);
    let forged = TreeHead { size: 0, ..one };
    let root = Err(ProofError::Root);
    assert_eq!(verify_consistency(forged, two, &[]), root);
    assert_eq!(verify_consistency(none, forged, &[]), root);
}

fn any_size() -> impl Strategy<Value = u64> {
    let shift = 0..u64::BITS;
    (any::<u64>(), shift, any::<bool>()).prop_map(
        |(bits, shift, ones)| {
            if ones { u64::MAX >> shift } else { bits >> shift }
        },
    )
}

proptest! {
    /// A verifier is given numbers by strangers: none may make it panic or be persuaded.
    #[test]
    fn made_up_proofs_are_refused_at_any_size(
        sizes in (any_size(), any_size()),
        hashes in prop::collection::vec(any::<[u8; 32]>().prop_map(Hash), 3..130),
    ) {
        let (index, size) = sizes;
        let (old, new) = (hashes[0], hashes[1]);
        let claimed = |size, root| TreeHead { size, root };
        let proof = &hashes[2..];
        prop_assert!(verify_inclusion(old, index, proof, claimed(size, new)).is_err());
        prop_assert!(verify_consistency(claimed(index, old), claimed(size, new), proof).is_err());
    }
}
