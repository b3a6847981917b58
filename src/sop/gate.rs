//! The gates of a step judged against facts, and what a request leaves out. It says what it
//! found; what follows from it is the lifecycle's.

use serde_json::Value;

use super::{
    condition::{Ground, Verdict},
    document::Gate,
    load::Sop,
    vocabulary,
};
use crate::words::{Facts, Kind, Step};

/// What a gate said, and of what.
#[derive(Debug, Clone)]
pub struct GateResult<'s> {
    /// The gate.
    pub gate: &'s Gate,
    /// Does it hold?
    pub verdict: Verdict,
    /// The facts its expression mentions, by path; an absent one is null.
    pub looked_at: Facts,
}

impl Sop {
    /// Judges every gate of a step, in the order of the document. Steps 3, 4 and 7 have none.
    pub fn gates(&self, step: Step, facts: &Facts) -> Vec<GateResult<'_>> {
        let steps = &self.document().steps;
        let gates: &[Gate] = match step {
            Step::Submission => &steps.submission.gates,
            Step::Completeness => &steps.completeness.gates,
            Step::Decision => &steps.decision.gates,
            Step::Implementation => &steps.implementation.gates,
            Step::Assessment | Step::StakeholderInput | Step::Monitoring => &[],
        };
        let ground = self.ground(facts);
        gates
            .iter()
            .map(|gate| {
                let (verdict, looked_at) = self.judge(&gate.when, &ground);
                GateResult { gate, verdict, looked_at }
            })
            .collect()
    }

    /// The gate with this id, in whichever step.
    pub fn gate(&self, id: &str) -> Option<&Gate> {
        let steps = &self.document().steps;
        let all =
            [&steps.submission.gates, &steps.completeness.gates, &steps.decision.gates, &steps.implementation.gates];
        all.into_iter().flatten().find(|gate| gate.id == id)
    }

    /// JSON Pointers of the required fields that a request of this kind leaves empty.
    pub fn missing_fields(&self, kind: Kind, facts: &Facts) -> Vec<&str> {
        let submission = &self.document().steps.submission;
        let by_kind = submission.required_by_kind.get(&kind);
        let mut missing = Vec::new();
        for pointer in submission.required.iter().chain(by_kind.into_iter().flatten()) {
            if vocabulary::is_missing(pointer, facts) && !missing.contains(&pointer.as_str()) {
                missing.push(pointer.as_str());
            }
        }
        missing
    }

    /// What is wrong with a request's `extra`: pointers and messages that do not repeat its values.
    pub fn extra_errors(&self, extra: &Value) -> Vec<(String, String)> {
        self.extra().errors(extra)
    }

    /// Is this extra field one of an enumeration, so that its value may stand openly?
    pub fn extra_code(&self, field: &str) -> bool {
        self.extra().is_code(field)
    }

    pub(super) fn judge(&self, when: &str, ground: &Ground<'_>) -> (Verdict, Facts) {
        match self.condition(when) {
            Some(condition) => (condition.judge(ground), condition.looked_at(ground)),
            None => (Verdict::NotEvaluable("the expression is not part of this SOP".to_owned()), Facts::new()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::samples::{facts, facts_with, standard, with_gate};
    use super::*;

    /// What gate 1.11 says when its expression is `when`.
    fn verdict(when: &str, facts: &Facts) -> (Verdict, Facts) {
        let sop = with_gate(when).unwrap_or_else(|error| panic!("{when}: {error}"));
        let found = sop.gates(Step::Submission, facts).into_iter().find(|r| r.gate.id == "1.11");
        found.map(|r| (r.verdict, r.looked_at)).expect("gate 1.11")
    }

    #[test]
    fn gates_hold_and_fail() {
        for (when, holds) in [
            ("request.controls > 0", true),
            ("request.controls + 1 == 2", true),
            ("request.duration_days > 365", false),
            ("'internal' in request.data_classes", true),
            ("request.data_classes.exists(c, c in ['personal', 'health'])", false),
            ("request.data_classes.all(c, c == 'internal') && !request.permanent", true),
            ("size(request.clauses.filter(c, c.startsWith('AIP-1'))) == 1", true),
            ("has(request.screening.harmful_manipulation)", true),
            ("has(request.screening.other) || request.controls == 0", false),
            ("!request.screening['harmful_manipulation']", true),
            ("exception.tier == null", true),
            ("exception.tier in ['high', 'critical']", false),
            ("request.permanent ? request.controls > 5 : request.people >= 3", true),
            ("request.kind.endsWith('usage') && request.business_unit.contains('tai')", true),
        ] {
            let expected = if holds { Verdict::Holds } else { Verdict::Fails };
            assert_eq!(verdict(when, &facts()).0, expected, "{when}");
        }
    }

    #[test]
    fn what_cannot_be_evaluated_never_holds() {
        let without = |path: &str| facts_with(path, Value::Null);
        let mut no_prior = facts();
        no_prior.remove("prior");
        for (when, facts, word) in [
            ("prior.rejected == 0", no_prior.clone(), "prior"),
            ("prior.rejected == 0 || request.controls > 0", no_prior, "prior"),
            ("request.controls > 0", without("request.controls"), "null"),
            ("request.controls > 0", facts_with("request.controls", json!("1")), "string"),
            ("request.permanent", facts_with("request.permanent", json!(1)), "int"),
            ("!request.permanent", facts_with("request.permanent", json!([])), "list"),
            ("request.controls > 0 || request.people > 0", without("request.controls"), "null"),
            ("request.screening.unknown", facts(), "unknown"),
            ("request.clauses[5] == 'a'", facts(), "5"),
            ("10 / request.groups > 1", facts(), "ero"),
        ] {
            let (Verdict::NotEvaluable(why), _) = verdict(when, &facts) else {
                panic!("{when} was evaluated");
            };
            assert!(why.contains(word), "{when}: {why}");
        }
    }

    #[test]
    fn the_facts_looked_at_are_named_with_their_values() {
        let (_, looked_at) = verdict(
            "request.permanent || request.duration_days <= 365 && !has(request.screening.x)",
            &facts_with("request.duration_days", json!(400)),
        );
        let expected = json!({
            "request.permanent": false, "request.duration_days": 400, "request.screening.x": null,
        });
        assert_eq!(json!(looked_at), expected);
    }

    #[test]
    fn a_plain_request_passes_every_gate_of_the_shipped_procedures() {
        for sop in Sop::builtin().expect("they load") {
            for step in Step::ALL {
                for result in sop.gates(*step, &facts()) {
                    assert_eq!(result.verdict, Verdict::Holds, "{}: {result:?}", sop.reference());
                    assert!(!result.looked_at.is_empty());
                }
            }
            assert_eq!(sop.missing_fields(Kind::AiUsage, &facts()), [""; 0]);
        }
    }

    #[test]
    fn each_gate_of_the_standard_procedure_can_fail() {
        for (path, value, step, code) in [
            ("request.justification.chars", json!(79), Step::Submission, "justification_too_short"),
            ("request.alternatives.chars", json!(39), Step::Submission, "alternatives_too_short"),
            ("request.data_classes", json!(["credentials"]), Step::Submission, "credentials_prohibited"),
            ("request.controls_without_owner", json!(1), Step::Submission, "control_without_owner"),
            ("request.filed_by_agent", json!(true), Step::Submission, "agent_without_beneficiary"),
            ("request.screening.emotion_inference", json!(true), Step::Submission, "prohibited_practice"),
            ("request.starts_in_days", json!(-1), Step::Submission, "starts_in_the_past"),
            ("request.duration_days", json!(0), Step::Submission, "period_unclear"),
            ("request.permanent", json!(true), Step::Submission, "period_unclear"),
            ("request.duration_days", json!(366), Step::Submission, "period_too_long"),
            ("request.people", json!(0), Step::Submission, "nobody_named"),
            ("request.data_classes", json!(["health"]), Step::Submission, "regulation_not_named"),
            ("prior.rejected", json!(1), Step::Submission, "rejected_before"),
            ("request.permanent", json!(true), Step::Completeness, "permanence_not_justified"),
            ("request.controls_without_owner", json!(1), Step::Implementation, "control_lost_its_owner"),
        ] {
            let facts = facts_with(path, value);
            let sop = standard();
            let failed: Vec<&str> = sop
                .gates(step, &facts)
                .into_iter()
                .filter(|result| result.verdict == Verdict::Fails)
                .map(|result| result.gate.code.as_str())
                .collect();
            assert_eq!(failed, [code], "{path}");
        }
    }

    #[test]
    fn missing_fields_are_named_once_and_by_kind() {
        let sop = standard();
        let facts = facts_with("request.title", json!({"chars": 0}));
        assert_eq!(sop.missing_fields(Kind::AiUsage, &facts), ["/title"]);
        assert_eq!(
            sop.missing_fields(Kind::ModelDeployment, &facts),
            ["/title", "/sponsor", "/affected_teams", "/regulations"]
        );
    }

    #[test]
    fn own_fields_are_facts_and_are_checked() {
        let sop = super::super::samples::standard_with(
            "draft_lapse_days: 30",
            "draft_lapse_days: 30\n    extra: {type: object, additionalProperties: false, properties: {cost: {type: integer}, area: {type: string, enum: [a, b]}}}",
        )
        .expect("loads");
        assert!(sop.extra_errors(&json!({"cost": 3, "area": "b"})).is_empty());
        let errors = sop.extra_errors(&json!({"area": "c"}));
        assert_eq!(errors.first().map(|(at, _)| at.as_str()), Some("/extra/area"));
        assert!(sop.extra_code("area") && !sop.extra_code("cost"));
    }
}
