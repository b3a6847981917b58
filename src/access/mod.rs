//! Which role may ask for what, and who may see what. Roles and lines in, a bit out.
//! It knows no HTTP, no database, and none of the lifecycle's rules: that a role may ask does not
//! mean that the answer is yes.

mod ask;
mod explain;
mod line;
mod matrix;
mod visibility;

#[cfg(test)]
mod oracle;
#[cfg(test)]
mod printed;

pub use ask::{Ask, Relation, RoleSet};
pub use explain::{Explanation, Outcome, Question};
pub use line::{BadLine, Effect, Fault, Line, States, Whose};
pub use matrix::{AccessError, Matrix};
pub use visibility::{Sight, Visibility};
