//! Stories of the lifecycle, told by its first users.

mod absences;
mod attacks;
mod beginnings;
mod clock;
mod decisions;
mod imports;
mod incidents;
mod living;
mod questions;
mod re_reviews;
mod upkeep;
