//! What a procedure tolerates before somebody asks whether the rule, or the procedure itself, is still right: budgets
//! of exceptions, and what of its own figures has it looked at again. Nothing here ever blocks a request.

use serde::{Deserialize, Serialize};

use super::document::Limits;

/// How many exceptions in effect, and for how many days together, are tolerated for a policy clause in a business
/// unit. Of several that fit, the one that names most counts: first a clause, then a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// For this clause; absent: for each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clause: Option<String>,
    /// In this business unit; absent: in each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub business_unit: Option<String>,
    /// How many exceptions; absent: any number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exceptions: Option<u32>,
    /// For how many days, from their starts to their ends, taken together; absent: any number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<u32>,
}

impl Budget {
    /// How much it names where it fits this clause in this unit; `None` where it does not fit.
    fn fits(&self, clause: &str, unit: Option<&str>) -> Option<u8> {
        let named = (self.clause.as_deref(), self.business_unit.as_deref());
        let fits = named.0.is_none_or(|own| own == clause) && (named.1.is_none() || named.1 == unit);
        fits.then(|| u8::from(named.0.is_some()) * 2 + u8::from(named.1.is_some()))
    }

    /// The one of `budgets` that counts for this clause in this unit.
    pub fn of<'b>(budgets: &'b [Self], clause: &str, unit: Option<&str>) -> Option<&'b Self> {
        let fitting = budgets.iter().filter_map(|budget| Some((budget.fits(clause, unit)?, budget)));
        fitting.max_by_key(|(names, _)| *names).map(|(_, budget)| budget)
    }
}

/// When the procedure's own figures have its owner look at it before its time: each is compared with as many days
/// before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnFigures {
    /// Over how many days.
    pub days: u32,
    /// Of the requests submitted in that time, those with a gate that did not hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed_gates: Option<Rise>,
    /// Of the requests submitted in that time, those that were returned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub returns: Option<Rise>,
    /// Of the tasks due in that time, those that were late.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breaches: Option<Rise>,
}

/// A rise that is too much: more than so many, and a share that grew by so much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rise {
    /// Up to so many are nothing to look at, however much they rose.
    pub more_than: u32,
    /// By how many percent of what it was the share has to grow.
    pub percent: u32,
}

/// How much worse than the published version one that is split off may do: in requests of a hundred that were
/// submitted, above what the published version has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SplitLimits {
    /// Fewer requests than these on it say nothing.
    pub after: u32,
    /// By so many of a hundred more may have a gate that does not hold.
    pub failed_gates: u32,
    /// By so many of a hundred more may be escalated.
    pub escalations: u32,
}

impl SplitLimits {
    /// What counts where a procedure says nothing of it.
    pub const COMPILED: Self = Self { after: 20, failed_gates: 10, escalations: 10 };

    /// Do these hold a split no later than `others` would?
    pub const fn within(self, others: Self) -> bool {
        self.after <= others.after && self.failed_gates <= others.failed_gates && self.escalations <= others.escalations
    }
}

/// When an automatic change of many exceptions stops by itself, since the rules refuse too many of its re-reviews.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchLimits {
    /// More than so many percent of those that it came to.
    pub refused_percent: u32,
    /// Once it came to so many.
    pub after: u32,
}

impl BatchLimits {
    /// Are `refused` of the `dealt` that it came to too many?
    pub fn are_exceeded(self, dealt: u64, refused: u64) -> bool {
        let (dealt, refused) = (u128::from(dealt), u128::from(refused));
        dealt >= self.after.into() && refused * 100 > dealt * u128::from(self.refused_percent)
    }

    /// The stricter of two, by each of their numbers.
    #[must_use]
    pub fn stricter(self, other: Self) -> Self {
        let Self { refused_percent, after } = other;
        Self { refused_percent: self.refused_percent.min(refused_percent), after: self.after.min(after) }
    }
}

impl Limits {
    /// How many exceptions one person may reopen or suspend at once.
    pub fn mass_action(&self) -> u32 {
        self.mass_action.unwrap_or(25)
    }

    /// When an automatic change of many stops by itself.
    pub fn batch(&self) -> BatchLimits {
        self.batch.unwrap_or(BatchLimits { refused_percent: 5, after: 20 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget(clause: Option<&str>, unit: Option<&str>, exceptions: u32) -> Budget {
        let named = |name: Option<&str>| name.map(ToOwned::to_owned);
        Budget { clause: named(clause), business_unit: named(unit), exceptions: Some(exceptions), days: None }
    }

    #[test]
    fn too_many_refusals_are_more_than_the_share_of_enough() {
        let limits = BatchLimits { refused_percent: 5, after: 20 };
        for (dealt, refused, exceeded) in
            [(19, 19, false), (20, 1, false), (20, 2, true), (100, 5, false), (100, 6, true), (0, 0, false)]
        {
            assert_eq!(limits.are_exceeded(dealt, refused), exceeded, "{refused} of {dealt}");
        }
        let other = BatchLimits { refused_percent: 50, after: 3 };
        assert_eq!(limits.stricter(other), BatchLimits { refused_percent: 5, after: 3 });
    }

    #[test]
    fn of_several_budgets_the_one_that_names_most_counts() {
        let all = [
            budget(None, None, 1),
            budget(None, Some("retail"), 2),
            budget(Some("AIP-1"), Some("retail"), 4),
            budget(Some("AIP-1"), None, 3),
        ];
        for (clause, unit, expected) in [
            ("AIP-1", Some("retail"), Some(4)),
            ("AIP-1", Some("service"), Some(3)),
            ("AIP-1", None, Some(3)),
            ("AIP-2", Some("retail"), Some(2)),
            ("AIP-2", None, Some(1)),
        ] {
            let found = Budget::of(&all, clause, unit).and_then(|budget| budget.exceptions);
            assert_eq!(found, expected, "{clause} {unit:?}");
        }
        assert_eq!(Budget::of(&all[1..3], "AIP-2", Some("service")), None);
    }
}
