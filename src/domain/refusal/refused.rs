//! A refusal together with the rule that it cites.

use serde_json::Value;

use super::Refusal;
use crate::words::Citation;

/// A refusal with the rule that caused it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{refusal}")]
pub struct Refused {
    /// Why.
    pub refusal: Refusal,
    /// By which rule.
    pub citation: Option<Box<Citation>>,
}

impl Refused {
    /// The same, with one more fact that the rule looked at.
    #[must_use]
    pub fn with(self, fact: &str, value: impl Into<Value>) -> Self {
        Self { citation: self.citation.map(|citation| Box::new(citation.with(fact, value))), ..self }
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, citation: None }
    }
}
