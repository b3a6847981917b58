//! The tamper-evident log: leaves, commitments and an append-only Merkle tree after RFC 6962.
//!
//! Pure. It is given bytes, salts and a way to look a node up; it refuses to know the
//! database, the network, the clock and randomness, so a verifier can run it on an export alone.

pub mod checkpoint;
mod erased;
pub mod frontier;
pub mod key;
mod leaf;
#[cfg(test)]
mod oracle;
pub mod proof;
pub mod receipt;
#[cfg(test)]
mod reference;
pub mod tile;
pub mod tree;
pub mod witness;

pub use crate::words::{Hash, HexError, LeafError, Salt, canonical, commit, content_hash, leaf_hash, node_hash, opens};
pub use checkpoint::{Checkpoint, CheckpointError};
pub use erased::ErasureNote;
pub use frontier::{Frontier, FrontierError};
pub use key::{KeyError, Keys, SigningKey, VerifierKey};
pub use leaf::{Leaf, Subject, VERSION};
pub use proof::{ProofError, consistency_proof, inclusion_proof, verify_consistency, verify_inclusion};
pub use receipt::{Receipt, ReceiptError};
pub use tile::Tile;
pub use tree::{NodeId, TreeError, TreeHead, empty_root, root_at};
pub use witness::{BadPolicy, Cosignature, Policy, Witness, WitnessKey, cosigned};
