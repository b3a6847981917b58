//! For tests: roots and proofs held against `ct-merkle`, which shares no line with ours.

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use sha2::Sha256;

use super::{Frontier, consistency_proof, inclusion_proof, reference::Nodes};
use crate::words::{Hash, leaf_hash};

fn bytes(proof: &[Hash]) -> Vec<u8> {
    proof.iter().flat_map(|hash| hash.0).collect()
}

#[test]
fn roots_and_proofs_are_those_of_another_implementation() {
    let bodies: Vec<Vec<u8>> = (0..70_u64).map(|index| format!("leaf {index}").into_bytes()).collect();
    let leaves: Vec<Hash> = bodies.iter().map(|body| leaf_hash(body)).collect();
    let (mut theirs, mut ours) = (MemoryBackedTree::<Sha256, Vec<u8>>::new(), Frontier::empty());
    for (body, leaf) in bodies.iter().zip(&leaves) {
        theirs.push(body.clone());
        ours.append(*leaf);
        let (size, count) = (ours.size(), usize::try_from(ours.size()).unwrap());
        assert_eq!(theirs.root().as_bytes().as_slice(), ours.root().0);
        let nodes = Nodes::of(&leaves[..count]);
        for index in 0..size {
            let proof = inclusion_proof(index, size, &nodes.lookup()).unwrap();
            let known = theirs.prove_inclusion(usize::try_from(index).unwrap());
            assert_eq!(known.as_bytes(), bytes(&proof), "leaf {index} of {size}");
        }
        for old in 1..size {
            let proof = consistency_proof(old, size, &nodes.lookup()).unwrap();
            let known = theirs.prove_consistency(usize::try_from(size - old).unwrap());
            assert_eq!(known.as_bytes(), bytes(&proof), "from {old} to {size}");
        }
    }
}
