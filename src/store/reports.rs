//! What reports are counted from: facts of each exception, kept up with the ledger, and the queries that count
//! them. Which exceptions count for whom is a condition of every query; what a figure means is not known here.

mod count;
mod follow;
mod stood;

#[cfg(test)]
mod tests;

pub use count::{Eyes, figures};
pub use follow::{Part, behind, lives};
pub use stood::stood;
