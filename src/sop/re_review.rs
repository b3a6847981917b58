//! Whom a re-review asks before anybody confirms it: the monitoring owner, and those who assessed. It says what is
//! asked for, never who answers.

use serde::{Deserialize, Serialize};

use super::document::Document;
use crate::words::{Kind, Tier};

/// What a re-review asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReReview {
    /// The monitoring owner attests that it is still needed and kept; absent: they are not asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attestation: Option<Ask>,
    /// The assessors confirm what was scored, or score it anew; absent: they are not asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assessments: Option<Ask>,
}

/// Something that is asked for, by when, and in which re-reviews.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// Due so many hours after the re-review was opened.
    pub due_hours: u32,
    /// In re-reviews that one of these describes; empty: in all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub of: Vec<Which>,
}

/// Some re-reviews: all that each of its lists names; an empty list names all.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Which {
    /// Of these tiers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tiers: Vec<Tier>,
    /// Of these kinds of request.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<Kind>,
    /// Opened for these causes, such as `review_due` or `incident`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<String>,
}

/// A re-review that is opened: at which tier, of what kind of request, and why.
#[derive(Debug, Clone, Copy)]
pub struct Reviewed<'a> {
    /// The tier that it was rated at.
    pub tier: Tier,
    /// What kind of request it is.
    pub kind: Option<Kind>,
    /// The code of its cause.
    pub cause: &'a str,
}

impl Which {
    /// Does it describe nothing, that is all?
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn covers(&self, reviewed: Reviewed<'_>) -> bool {
        (self.tiers.is_empty() || self.tiers.contains(&reviewed.tier))
            && (self.kinds.is_empty() || reviewed.kind.is_some_and(|kind| self.kinds.contains(&kind)))
            && (self.causes.is_empty() || self.causes.iter().any(|cause| cause == reviewed.cause))
    }
}

impl Ask {
    fn covers(&self, reviewed: Reviewed<'_>) -> bool {
        self.of.is_empty() || self.of.iter().any(|which| which.covers(reviewed))
    }
}

impl Document {
    /// Does this re-review ask the monitoring owner?
    pub fn asks_to_attest(&self, reviewed: Reviewed<'_>) -> bool {
        self.asks(|asked| asked.attestation.as_ref(), reviewed)
    }

    /// Does this re-review ask the assessors?
    pub fn asks_to_reassess(&self, reviewed: Reviewed<'_>) -> bool {
        self.asks(|asked| asked.assessments.as_ref(), reviewed)
    }

    fn asks(&self, part: impl Fn(&ReReview) -> Option<&Ask>, reviewed: Reviewed<'_>) -> bool {
        self.steps.monitoring.re_review.as_ref().and_then(part).is_some_and(|ask| ask.covers(reviewed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(which: Which, reviewed: Reviewed<'_>) -> bool {
        Ask { due_hours: 1, of: vec![which] }.covers(reviewed)
    }

    #[test]
    fn it_is_asked_where_everything_that_is_named_fits() {
        let planned = Reviewed { tier: Tier::High, kind: Some(Kind::AiUsage), cause: "review_due" };
        assert!(Ask { due_hours: 1, of: Vec::new() }.covers(planned), "in all");
        let high = Which { tiers: vec![Tier::High], ..Which::default() };
        assert!(of(high.clone(), planned));
        assert!(!of(high.clone(), Reviewed { tier: Tier::Low, ..planned }));
        let struck = Which { causes: vec!["incident".to_owned()], ..high };
        assert!(!of(struck.clone(), planned));
        assert!(of(struck, Reviewed { cause: "incident", ..planned }));
        let kinds = Which { kinds: vec![Kind::AiUsage], ..Which::default() };
        assert!(of(kinds.clone(), planned) && !of(kinds, Reviewed { kind: None, ..planned }));
    }
}
