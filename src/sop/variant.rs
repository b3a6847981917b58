//! What a version that runs beside the published one may say otherwise: gates, wording, due times and routing. This
//! is a list of what may differ, so that whatever a document comes to say later has to be the same in both.

use serde_json::Value;

use super::document::{Document, Gate};

/// What may differ, by JSON Pointers: `*` is any one step, `**` at the end anything below and the value itself.
const MAY_DIFFER: [&str; 27] = [
    // Which version it is, and its wording.
    "/version",
    "/title",
    "/purpose",
    "/scope",
    "/audience",
    "/records",
    "/steps/completeness/reasons/**",
    "/steps/assessment/dimensions/*/criteria/*/text",
    "/steps/assessment/dimensions/*/criteria/*/guidance",
    "/steps/assessment/scoring/rules/*/text",
    // Gates.
    "/steps/submission/gates/**",
    "/steps/completeness/gates/**",
    "/steps/decision/gates/**",
    "/steps/implementation/gates/**",
    // Due times.
    "/steps/completeness/due_hours",
    "/steps/completeness/fix_due_hours",
    "/steps/assessment/due_hours",
    "/steps/stakeholder_input/due_hours",
    "/steps/decision/due_hours",
    "/steps/implementation/due_hours",
    "/steps/monitoring/re_review/attestation/due_hours",
    "/steps/monitoring/re_review/assessments/due_hours",
    "/notifications/urgent_hours",
    "/punctuality/warn_hours",
    // Routing: who looks whether it is complete, and who is told what stalls, and when.
    "/escalation/**",
    "/punctuality/escalate_hours",
    "/steps/completeness/role",
];

/// Where `variant` differs from `running` and may not: JSON Pointers into the document, in its order.
pub fn unlike(running: &Document, variant: &Document) -> Vec<String> {
    let (Ok(one), Ok(other)) = (serde_json::to_value(running), serde_json::to_value(variant)) else {
        return vec![String::new()];
    };
    let mut found = Vec::new();
    compare("", (&one, &other), &mut found);
    found.extend(waived_otherwise(running, variant));
    let [ours, theirs] = [running, variant].map(|document| document.steps.stakeholder_input.due_hours);
    // Where an answer may lapse, the time for it is what protects it.
    found.extend((theirs < ours).then(|| "/steps/stakeholder_input/due_hours".to_owned()));
    found
}

fn compare(at: &str, (one, other): (&Value, &Value), found: &mut Vec<String>) {
    if one == other || MAY_DIFFER.iter().any(|pattern| fits(pattern, at)) {
        return;
    }
    match (one, other) {
        (Value::Object(ours), Value::Object(theirs)) => {
            let more = theirs.keys().filter(|name| !ours.contains_key(*name));
            for name in ours.keys().chain(more) {
                let (ours, theirs) = (ours.get(name), theirs.get(name));
                let name = name.replace('~', "~0").replace('/', "~1");
                let both = (ours.unwrap_or(&Value::Null), theirs.unwrap_or(&Value::Null));
                compare(&format!("{at}/{name}"), both, found);
            }
        }
        (Value::Array(ours), Value::Array(theirs)) if ours.len() == theirs.len() => {
            for (place, both) in ours.iter().zip(theirs).enumerate() {
                compare(&format!("{at}/{place}"), both, found);
            }
        }
        (
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_),
            _,
        ) => found.push(at.to_owned()),
    }
}

fn fits(pattern: &str, at: &str) -> bool {
    let (mut wanted, mut steps) = (pattern.split('/'), at.split('/'));
    loop {
        match (wanted.next(), steps.next()) {
            (Some("**"), _) | (None, None) => return true,
            (Some(wanted), Some(step)) if wanted == "*" || wanted == step => {}
            (Some(_), _) | (None, Some(_)) => return false,
        }
    }
}

/// A gate that both have is waived by the same role in both, and one that the published version lacks by nobody: who may
/// let something pass is no wording, and another id makes no other gate.
fn waived_otherwise(running: &Document, variant: &Document) -> Vec<String> {
    let known: Vec<&Gate> = gates(running).map(|(_, _, gate)| gate).collect();
    let by = |id: &str| known.iter().find(|known| known.id == id).and_then(|known| known.waivable_by);
    let otherwise = |gate: &Gate| by(&gate.id) != gate.waivable_by;
    gates(variant)
        .filter(|(_, _, gate)| otherwise(gate))
        .map(|(step, place, _)| format!("/steps/{step}/gates/{place}/waivable_by"))
        .collect()
}

fn gates(document: &Document) -> impl Iterator<Item = (&'static str, usize, &Gate)> {
    let steps = &document.steps;
    let all = [
        ("submission", &steps.submission.gates),
        ("completeness", &steps.completeness.gates),
        ("decision", &steps.decision.gates),
        ("implementation", &steps.implementation.gates),
    ];
    all.into_iter().flat_map(|(step, gates)| gates.iter().enumerate().map(move |(place, gate)| (step, place, gate)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::sop::Sop;

    fn standard() -> Document {
        let all = Sop::builtin().expect("they load");
        all.iter().find(|sop| sop.document().id == "standard").expect("it ships").document().clone()
    }

    #[test]
    fn gates_wording_due_times_and_routing_may_differ() {
        let (running, mut variant) = (standard(), standard());
        variant.version = 2;
        variant.title = "Another".to_owned();
        variant.escalation.reverse();
        variant.escalation.pop();
        variant.steps.submission.gates.pop();
        variant.steps.decision.due_hours += 1;
        variant.steps.decision.gates.push(unwaivable(&running));
        variant.steps.assessment.dimensions[0].criteria[0].guidance = "From 0 to 10.".to_owned();
        assert_eq!(unlike(&running, &variant), [""; 0]);
    }

    fn unwaivable(running: &Document) -> Gate {
        let known = running.steps.submission.gates[0].clone();
        Gate { id: "4.new".to_owned(), waivable_by: None, ..known }
    }

    #[test]
    fn another_id_makes_no_gate_waivable() {
        let (running, mut variant) = (standard(), standard());
        let gate = Gate { waivable_by: Some(crate::words::Role::Governance), ..unwaivable(&running) };
        variant.steps.submission.gates[0] = gate;
        assert_eq!(unlike(&running, &variant), ["/steps/submission/gates/0/waivable_by"]);
    }

    #[test]
    fn a_re_review_asks_for_the_same_in_both() {
        let (running, mut variant) = (standard(), standard());
        let asks = |document: &mut Document| document.steps.monitoring.re_review.take();
        let mut asked = asks(&mut variant).expect("it asks");
        assert_eq!(unlike(&running, &variant), ["/steps/monitoring/re_review"]);
        asked.attestation.as_mut().expect("it asks").due_hours += 1;
        variant.steps.monitoring.re_review = Some(asked.clone());
        assert_eq!(unlike(&running, &variant), [""; 0], "a due time may differ");
        asked.assessments.as_mut().expect("it asks").of.pop();
        variant.steps.monitoring.re_review = Some(asked);
        assert_eq!(unlike(&running, &variant), ["/steps/monitoring/re_review/assessments/of"]);
    }

    #[test]
    fn the_time_for_an_answer_is_counted_alike() {
        let (running, mut variant) = (standard(), standard());
        variant.punctuality.as_mut().expect("it has due times").urgent_tiers.clear();
        let found = unlike(&running, &variant);
        assert!(found.iter().all(|at| at.starts_with("/punctuality/urgent_tiers")) && !found.is_empty(), "{found:?}");
    }

    /// Every value of the shipped document: what differs in one alone is named, unless it is on the list.
    #[test]
    fn whatever_is_not_on_the_list_is_named() {
        let running = standard();
        let whole = serde_json::to_value(&running).expect("data");
        let (mut leaves, mut kept) = (Vec::new(), BTreeSet::new());
        every("", &whole, &mut leaves);
        for at in leaves {
            let mut other = whole.clone();
            let value = other.pointer_mut(&at).expect("it is there");
            *value = match value.clone() {
                Value::Number(number) => (number.as_u64().unwrap_or(0) + 1).into(),
                Value::Bool(flag) => (!flag).into(),
                Value::Null | Value::String(_) | Value::Array(_) | Value::Object(_) => continue,
            };
            let variant: Document = serde_json::from_value(other).expect("a document");
            if unlike(&running, &variant).is_empty() {
                kept.insert(at);
            } else {
                assert_eq!(unlike(&running, &variant), [at]);
            }
        }
        let hours = |at: &String| at.ends_with("_hours") || at == "/version" || at == "/punctuality/hours";
        assert!(kept.iter().all(hours), "{kept:?}");
    }

    fn every(at: &str, value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                fields.iter().for_each(|(name, value)| every(&format!("{at}/{name}"), value, found));
            }
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(place, value)| every(&format!("{at}/{place}"), value, found));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => found.push(at.to_owned()),
        }
    }

    #[test]
    fn who_decides_how_long_and_who_may_waive_are_the_same() {
        let (running, mut variant) = (standard(), standard());
        let tier = variant.tiers.values_mut().next().expect("a tier");
        tier.quorum.min += 1;
        tier.max_days += 1;
        tier.stakeholders.clear();
        variant.limits.returns += 1;
        variant.steps.decision.approval_days += 1;
        let gate = &mut variant.steps.submission.gates[0];
        gate.waivable_by = match gate.waivable_by {
            None => Some(crate::words::Role::Governance),
            Some(_) => None,
        };
        let found = unlike(&running, &variant);
        for at in ["/quorum/min", "/max_days", "/limits/returns", "/decision/approval_days", "/gates/0/waivable_by"] {
            assert!(found.iter().any(|path| path.ends_with(at)), "{at}: {found:?}");
        }
    }
}
