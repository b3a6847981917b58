//! The executable procedure: read, checked, evaluated. It knows the words and nothing else.

mod document;

pub use document::{
    Assessment, Completeness, ControlFailure, Criterion, Decision, DimensionRules, Document, Extensions, Gate,
    Implementation, Include, Limits, MailLink, Monitoring, Notifications, Quorum, Scoring, ScoringRule,
    StakeholderInput, Steps, Submission, TierRules,
};
