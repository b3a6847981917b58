//! The executable procedure: read, checked, evaluated. It knows the words and nothing else.

mod check;
mod condition;
mod document;
mod extra;
mod fragment;
mod gate;
mod lint;
mod literals;
mod load;
mod punctuality;
mod quorum;
mod re_review;
mod rule;
mod score;
mod survey;
mod tolerance;
mod variant;
mod vocabulary;

#[cfg(test)]
mod samples;

pub use condition::{MAX_CHARS, Verdict};
pub use document::{
    Assessment, Completeness, ControlFailure, Criterion, Decision, DimensionRules, Document, Extensions, Gate,
    Implementation, Include, Limits, MailLink, Monitoring, Notifications, Quorum, Scoring, ScoringRule,
    StakeholderInput, Steps, Submission, TierRules,
};
pub use extra::{ExtraFlaw, FlawSort};
pub use gate::GateResult;
pub use lint::{Finding, FindingSort, Lint, LintSeverity, lint};
pub use load::{Sop, SopError};
pub use punctuality::{Hours, Punctuality};
pub use quorum::stricter;
pub use re_review::{Ask, ReReview, Reviewed, Which};
pub use rule::Rule;
pub use score::{Gap, ScoreError, Scored};
pub use tolerance::{BatchLimits, Budget, OwnFigures, Rise, SplitLimits};
pub use variant::unlike;
pub use vocabulary::{VARIABLES, fact_paths, field_pointers};

/// Is it a code: lower-case letters, digits and `_`, at most 60, a letter first?
fn is_code(text: &str) -> bool {
    text.len() <= 60
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}
