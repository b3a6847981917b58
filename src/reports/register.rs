//! The exception register of CISO Assistant: its columns, and how a state and a tier are called there. What it
//! has no word for is left out.

use super::table::{Cell, Column, Unit, column};
use crate::words::{StateName, Tier};

/// The columns, in the order of its import.
pub const COLUMNS: [Column; 8] = [
    column("ref_id", Unit::Text),
    column("name", Unit::Text),
    column("domain", Unit::Text),
    column("description", Unit::Text),
    column("status", Unit::Text),
    column("severity", Unit::Text),
    column("expiration_date", Unit::Text),
    column("observation", Unit::Text),
];

/// States that it has a word for: what was rejected is no exception there.
pub fn states() -> impl Iterator<Item = StateName> {
    StateName::ALL.iter().copied().filter(|state| status(*state).is_some())
}

/// What a state is called there.
pub const fn status(state: StateName) -> Option<&'static str> {
    match state {
        StateName::Draft | StateName::Returned => Some("draft"),
        StateName::CompletenessReview
        | StateName::Assessment
        | StateName::StakeholderInput
        | StateName::Decision
        | StateName::Suspended => Some("in_review"),
        StateName::Implementation | StateName::Active | StateName::ReReview => Some("approved"),
        StateName::Expired => Some("expired"),
        StateName::Closed => Some("resolved"),
        StateName::Revoked | StateName::Withdrawn => Some("deprecated"),
        StateName::Rejected => None,
    }
}

/// What a tier is called there.
pub const fn severity(tier: Option<Tier>) -> &'static str {
    match tier {
        None => "undefined",
        Some(Tier::Low) => "low",
        Some(Tier::Moderate) => "medium",
        Some(Tier::High) => "high",
        Some(Tier::Critical) => "critical",
    }
}

/// An exception of the register.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its number.
    pub number: String,
    /// Its title.
    pub title: Option<String>,
    /// Its business unit.
    pub unit: Option<String>,
    /// Why it is needed.
    pub justification: Option<String>,
    /// Where it is.
    pub state: StateName,
    /// Its tier.
    pub tier: Option<Tier>,
    /// The last day of its effect, as `2026-03-02`.
    pub end: Option<String>,
    /// The clauses that it deviates from.
    pub clauses: String,
}

impl Entry {
    /// Its row; nothing for what the register has no word for.
    pub fn row(self) -> Option<Vec<Cell>> {
        let status = status(self.state)?;
        let name = self.title.unwrap_or_else(|| self.number.clone());
        Some(vec![
            Cell::Text(self.number),
            Cell::Text(name),
            Cell::maybe(self.unit),
            Cell::maybe(self.justification),
            Cell::Text(status.to_owned()),
            Cell::Text(severity(self.tier).to_owned()),
            Cell::maybe(self.end),
            Cell::Text(format!("{} ({})", self.clauses, self.state)),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_rejected_is_left_out_and_nothing_else() {
        let left: Vec<&StateName> = StateName::ALL.iter().filter(|state| status(**state).is_none()).collect();
        assert_eq!(left, [&StateName::Rejected]);
        assert_eq!(states().count() + 1, StateName::ALL.len());
    }
}
