//! The gates of a step judged against facts, and what a request leaves out. It says what it
//! found; what follows from it is the lifecycle's.

use serde_json::Value;

use super::{
    condition::{Ground, Verdict},
    document::Gate,
    extra::ExtraFlaw,
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
        let ground = self.ground(facts, gates.iter().map(|gate| gate.when.as_str()));
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

    /// What is wrong with a request's `extra`, in the order of the schema's checks.
    pub fn extra_flaws(&self, extra: &Value) -> Vec<ExtraFlaw> {
        self.extra().flaws(extra)
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
            ("request.kind.endsWith('usage')", true),
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

    /// Path, value, step, and the code of the only gate that fails.
    const FAILING: &str = "
        request.justification.chars 79 1 justification_too_short
        request.alternatives.chars 39 1 alternatives_too_short
        request.data_classes [\"credentials\"] 1 data_class_prohibited
        request.controls_without_owner 1 1 control_without_owner
        request.filed_by_agent true 1 agent_without_beneficiary
        request.screening.emotion_inference true 1 prohibited_practice
        request.starts_in_days -1 1 starts_in_the_past
        request.duration_days 0 1 period_unclear
        request.permanent true 1 period_unclear
        request.duration_days 366 1 period_too_long
        request.people 0 1 nobody_named
        request.data_classes [\"health\"] 1 regulation_not_named
        prior.rejected 1 1 rejected_before
        request.permanent true 2 permanence_not_justified
        request.controls_without_owner 1 6 control_lost_its_owner";

    #[test]
    fn each_gate_of_the_standard_procedure_can_fail() {
        let sop = standard();
        for case in FAILING.lines().skip(1) {
            let parts: Vec<&str> = case.split_whitespace().collect();
            let [path, value, step, code] = parts.as_slice() else {
                panic!("not a case: {case}");
            };
            let facts = facts_with(path, value.parse().expect("JSON"));
            let failed: Vec<&str> = sop
                .gates(step.parse().expect("a step"), &facts)
                .into_iter()
                .filter(|result| result.verdict == Verdict::Fails)
                .map(|result| result.gate.code.as_str())
                .collect();
            assert_eq!(failed, [*code], "{case}");
        }
    }

    #[test]
    fn what_a_procedure_prohibits_is_its_own_list() {
        let stricter = super::super::samples::standard_with(
            "prohibited_data_classes: [credentials]",
            "prohibited_data_classes: [credentials, health]",
        )
        .expect("loads");
        let facts = facts_with("request.data_classes", json!(["health"]));
        let said = |sop: &Sop| {
            let found = sop.gates(Step::Submission, &facts).into_iter().find(|result| result.gate.id == "1.3");
            found.map(|result| (result.verdict, result.looked_at)).expect("gate 1.3")
        };
        assert_eq!(said(&standard()).0, Verdict::Holds);
        let (verdict, looked_at) = said(&stricter);
        assert_eq!(verdict, Verdict::Fails);
        assert_eq!(looked_at.get("sop.prohibited_data_classes"), Some(&json!(["credentials", "health"])));
    }

    #[test]
    fn high_tiers_need_a_control_at_the_decision() {
        let sop = standard();
        let mut facts = facts_with("request.controls", json!(0));
        let mut verdict = |tier: &str| {
            facts.insert("exception".to_owned(), json!({"tier": tier}));
            sop.gates(Step::Decision, &facts).first().map(|result| result.verdict.clone())
        };
        assert_eq!(verdict("moderate"), Some(Verdict::Holds));
        assert_eq!(verdict("high"), Some(Verdict::Fails));
        assert_eq!(verdict("critical"), Some(Verdict::Fails));
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
        assert!(sop.extra_flaws(&json!({"cost": 3, "area": "b"})).is_empty());
        let flaws = sop.extra_flaws(&json!({"area": "c"}));
        assert_eq!(flaws.first().map(|flaw| flaw.pointer.as_str()), Some("/extra/area"));
        assert!(sop.extra_code("area") && !sop.extra_code("cost"));
    }
}
