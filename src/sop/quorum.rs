//! Quorums compared and counted. Who may fill them is decided elsewhere.

use super::document::{Document, Quorum, TierRules};
use crate::words::Tier;

impl Quorum {
    /// How many different people it takes: never fewer than two, nor than the roles that must each be filled.
    pub fn people(&self) -> u32 {
        let roles = u32::try_from(self.all_of.len()).unwrap_or(u32::MAX);
        self.min.max(2).max(roles)
    }
}

/// The quorums that must hold when two versions apply: both, or the one they agree on.
pub fn stricter(a: &Quorum, b: &Quorum) -> Vec<Quorum> {
    if a == b { vec![a.clone()] } else { vec![a.clone(), b.clone()] }
}

impl Document {
    /// What a tier asks for; none: an exception of that tier cannot be approved.
    pub fn tier_rules(&self, tier: Tier) -> Option<&TierRules> {
        self.tiers.get(&tier)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Role;

    fn quorum(min: u32, all_of: &[Role]) -> Quorum {
        Quorum { min, all_of: all_of.to_vec(), any_of: vec![Role::Legal] }
    }

    #[test]
    fn two_people_at_least() {
        assert_eq!(quorum(0, &[]).people(), 2);
        assert_eq!(quorum(1, &[Role::Ciso]).people(), 2);
        assert_eq!(quorum(3, &[Role::Ciso]).people(), 3);
        let three = [Role::Ciso, Role::Cro, Role::Legal];
        assert_eq!(quorum(2, &three).people(), 3);
    }

    #[test]
    fn both_versions_must_be_satisfied() {
        let (a, b) = (quorum(2, &[]), quorum(2, &[Role::Ciso]));
        assert_eq!(stricter(&a, &a), vec![a.clone()]);
        assert_eq!(stricter(&a, &b), vec![a, b]);
    }
}
