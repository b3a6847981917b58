//! A citation: which rule caused an action, with the facts it looked at, readable by a person.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use super::SopRef;

/// What a rule looked at: ids, enums, numbers and times, never free text.
pub type Facts = BTreeMap<String, serde_json::Value>;

/// Where a rule stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A rule of a published SOP version.
    Sop(SopRef),
    /// One of the seven rules that no SOP and no role can switch off, by its number.
    Rule(u8),
}

/// The rule that caused an action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Citation {
    /// Where the rule stands.
    pub source: Source,
    /// The rule's id within its source, such as `5.2`.
    pub rule: String,
    /// What it found, in words, without personal data.
    pub text: String,
    /// What it looked at.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: Facts,
}

impl Citation {
    /// A citation of one of the seven rules.
    pub fn rule(number: u8, text: impl Into<String>) -> Self {
        Self { source: Source::Rule(number), rule: number.to_string(), text: text.into(), facts: Facts::new() }
    }

    /// A citation of a step or gate of an SOP.
    pub fn sop(sop: &SopRef, rule: impl Into<String>, text: impl Into<String>) -> Self {
        Self { source: Source::Sop(sop.clone()), rule: rule.into(), text: text.into(), facts: Facts::new() }
    }

    /// The same citation with one more fact.
    #[must_use]
    pub fn with(mut self, fact: &str, value: impl Into<serde_json::Value>) -> Self {
        self.facts.insert(fact.to_owned(), value.into());
        self
    }

    /// The same citation with more facts.
    #[must_use]
    pub fn with_all<'f>(mut self, facts: impl IntoIterator<Item = &'f Facts>) -> Self {
        self.facts.extend(facts.into_iter().flatten().map(|(fact, value)| (fact.clone(), value.clone())));
        self
    }
}

impl fmt::Display for Citation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
            Source::Sop(sop) => write!(f, "{sop}, step {}: {}", self.rule, self.text),
            Source::Rule(number) => write!(f, "Proviso rule {number}: {}", self.text),
        }
    }
}
