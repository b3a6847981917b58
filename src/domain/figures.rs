//! The words in which figures are asked for and answered: what is counted, by what, over which span. How it is
//! found, and what is made of it, is known elsewhere.

use crate::{domain::request::Time, words::words};

words! {
    /// What is counted.
    Measure, "measure" {
        Submitted = "submitted", Decided = "decided", Resolved = "resolved", Ended = "ended",
        Effective = "effective", Exposure = "exposure", OverdueReviews = "overdue_reviews",
        Entered = "entered", Done = "done", Waiting = "waiting", Votes = "votes", Pairs = "pairs",
    }
}

words! {
    /// By what it is told apart.
    By, "dimension" {
        Nothing = "nothing", Tier = "tier", Kind = "kind", BusinessUnit = "business_unit", Region = "region",
        Policy = "policy", Clause = "clause", Regulation = "regulation", Sop = "sop", Outcome = "outcome",
        Step = "step", State = "state", Role = "role", Person = "person",
    }
}

/// From an instant on, until before another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// From.
    pub from: Time,
    /// Until before.
    pub to: Time,
}

/// One question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// What is counted.
    pub measure: Measure,
    /// By what it is told apart.
    pub by: By,
    /// Also by month?
    pub monthly: bool,
    /// What happened within, or what was so at its end.
    pub span: Span,
}

/// What was counted of one value, and of one length where a measure has lengths.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Figure {
    /// The month, such as 202603.
    pub month: Option<i32>,
    /// The value; absent for those that have none.
    pub value: Option<String>,
    /// How many whole hours it took.
    pub hours: Option<i64>,
    /// How many.
    pub count: i64,
    /// How many of them are confidential.
    pub confidential: i64,
    /// What else is summed, as each measure says.
    pub sums: [i64; 4],
}

/// By how much a day at a tier counts as exposure: one at low, eight at critical.
pub const WEIGHTS: [(&str, i64); 4] = [("low", 1), ("moderate", 2), ("high", 4), ("critical", 8)];
