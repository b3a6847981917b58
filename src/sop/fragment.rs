//! Shared parts of steps: a fragment's lists come before the document's own. It knows how lists
//! are joined, not what they say.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::document::{DimensionRules, Gate, Steps};
use crate::words::Kind;

/// A fragment: parts of steps.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Fragment {
    submission: SubmissionPart,
    completeness: CompletenessPart,
    assessment: AssessmentPart,
    decision: GatesPart,
    implementation: GatesPart,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct SubmissionPart {
    required: Vec<String>,
    required_by_kind: BTreeMap<Kind, Vec<String>>,
    gates: Vec<Gate>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct CompletenessPart {
    gates: Vec<Gate>,
    reasons: BTreeMap<String, String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct AssessmentPart {
    dimensions: Vec<DimensionRules>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct GatesPart {
    gates: Vec<Gate>,
}

impl Fragment {
    /// Joins the fragment into `steps`. A reason that both explain is returned as an error.
    pub(super) fn join(self, steps: &mut Steps) -> Result<(), String> {
        let submission = &mut steps.submission;
        submission.required.splice(0..0, self.submission.required);
        submission.gates.splice(0..0, self.submission.gates);
        for (kind, required) in self.submission.required_by_kind {
            let own = submission.required_by_kind.entry(kind).or_default();
            own.splice(0..0, required);
        }
        let completeness = &mut steps.completeness;
        completeness.gates.splice(0..0, self.completeness.gates);
        for (code, text) in self.completeness.reasons {
            if completeness.reasons.insert(code.clone(), text).is_some() {
                return Err(code);
            }
        }
        steps.assessment.dimensions.splice(0..0, self.assessment.dimensions);
        steps.decision.gates.splice(0..0, self.decision.gates);
        steps.implementation.gates.splice(0..0, self.implementation.gates);
        Ok(())
    }
}
