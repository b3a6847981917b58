//! What an auditor verifies without us: an export and a key, and nothing else. Pure: it is given lines and
//! says what does not hold; it refuses to know the database, the network and the clock.

mod agreed;
mod asked;
mod batches;
mod concerns;
mod effect;
mod erasures;
pub mod export;
mod imports;
pub mod pack;
mod review;
mod rows;
mod splits;
mod story;
mod terms;
mod verify;

pub use verify::{Outcome, Verifier};

/// What does not hold, and the first leaf at which it shows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Fault {
    /// The leaf, where it is one's fault.
    pub leaf: Option<u64>,
    /// The line of the export, from 1.
    pub line: u64,
    /// What does not hold.
    pub what: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.leaf {
            Some(leaf) => write!(f, "leaf {leaf} (line {}): {}", self.line, self.what),
            None => write!(f, "line {}: {}", self.line, self.what),
        }
    }
}
