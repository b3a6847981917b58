//! The seven steps, apart from their expressions.

use super::{DAYS, Findings, HOURS};
use crate::sop::{
    document::{Assessment, DimensionRules, Document, Submission},
    extra::Extra,
    vocabulary,
};

/// Checks the steps and compiles the schema of the SOP's own fields.
pub(super) fn check(document: &Document, findings: &mut Findings) -> Extra {
    let steps = &document.steps;
    let extra = submission(&steps.submission, findings);
    times(document, findings);
    findings.person("/steps/completeness/role", steps.completeness.role);
    let reasons = &steps.completeness.reasons;
    if reasons.is_empty() {
        findings.add(
            "/steps/completeness/reasons",
            "a reviewer can give no reason",
            "name at least one, such as `incomplete: The request does not say enough.`",
        );
    }
    for (code, text) in reasons {
        let pointer = format!("/steps/completeness/reasons/{code}");
        findings.code(&pointer, code);
        findings.text(&pointer, text);
    }
    assessment(&steps.assessment, findings);
    extra
}

fn times(document: &Document, findings: &mut Findings) {
    let steps = &document.steps;
    for (step, hours) in [
        ("completeness/due_hours", steps.completeness.due_hours),
        ("completeness/fix_due_hours", steps.completeness.fix_due_hours),
        ("assessment/due_hours", steps.assessment.due_hours),
        ("stakeholder_input/due_hours", steps.stakeholder_input.due_hours),
        ("decision/due_hours", steps.decision.due_hours),
        ("implementation/due_hours", steps.implementation.due_hours),
    ] {
        findings.range(&format!("/steps/{step}"), hours, &HOURS);
    }
    for (step, days) in [
        ("submission/draft_lapse_days", steps.submission.draft_lapse_days),
        ("decision/approval_days", steps.decision.approval_days),
        ("monitoring/open_before_days", steps.monitoring.open_before_days),
        ("monitoring/grace_days", steps.monitoring.grace_days),
        ("monitoring/revoke_after_days", steps.monitoring.revoke_after_days),
    ] {
        findings.range(&format!("/steps/{step}"), days, &DAYS);
    }
    if let Some(days) = steps.completeness.fix_lapse_days {
        findings.range("/steps/completeness/fix_lapse_days", days, &DAYS);
    }
}

fn submission(submission: &Submission, findings: &mut Findings) -> Extra {
    let at = "/steps/submission";
    let compiled = submission.extra.as_ref().map(Extra::compile);
    let extra = match compiled {
        None => Extra::none(),
        Some(Ok(extra)) => extra,
        Some(Err((below, message, hint))) => {
            findings.add(&format!("{at}/extra{below}"), message, hint);
            Extra::none()
        }
    };
    for (index, pointer) in submission.required.iter().enumerate() {
        field(&format!("{at}/required/{index}"), pointer, &extra, findings);
    }
    for (kind, required) in &submission.required_by_kind {
        for (index, pointer) in required.iter().enumerate() {
            let place = format!("{at}/required_by_kind/{kind}/{index}");
            field(&place, pointer, &extra, findings);
        }
    }
    extra
}

/// A pointer to a field that requests have.
pub(super) fn field(place: &str, pointer: &str, extra: &Extra, findings: &mut Findings) {
    let own = vocabulary::extra_name(pointer).is_some_and(|name| extra.has(name));
    if !own && !vocabulary::field_pointers().contains(&pointer) {
        findings.add(
            place,
            format!("a request has no field `{pointer}`"),
            format!("one of: {}, or /extra/<name> of the extra schema", vocabulary::field_pointers().join(", ")),
        );
    }
}

fn assessment(assessment: &Assessment, findings: &mut Findings) {
    let at = "/steps/assessment/dimensions";
    if assessment.dimensions.is_empty() {
        findings.add(at, "nothing is assessed", "name at least one dimension");
    }
    let place = |index: usize| format!("{at}/{index}");
    let dimensions = assessment.dimensions.iter().enumerate();
    findings.unique(
        dimensions.map(|(index, rules)| (format!("{}/dimension", place(index)), rules.dimension.as_str())),
        "dimension",
    );
    for (index, rules) in assessment.dimensions.iter().enumerate() {
        dimension(&place(index), rules, findings);
    }
}

fn dimension(at: &str, rules: &DimensionRules, findings: &mut Findings) {
    if let Some(role) = rules.role {
        findings.person(&format!("{at}/role"), role);
    }
    if rules.criteria.is_empty() {
        findings.add(&format!("{at}/criteria"), "nothing is scored", "name at least one criterion");
    }
    let criteria = rules.criteria.iter().enumerate();
    findings.unique(criteria.map(|(index, c)| (format!("{at}/criteria/{index}/id"), c.id.as_str())), "criterion");
    for (index, criterion) in rules.criteria.iter().enumerate() {
        let at = format!("{at}/criteria/{index}");
        findings.code(&format!("{at}/id"), &criterion.id);
        findings.text(&format!("{at}/text"), &criterion.text);
        findings.text(&format!("{at}/guidance"), &criterion.guidance);
        findings.range(&format!("{at}/max"), criterion.max, &(1..=10));
        findings.range(&format!("{at}/weight"), criterion.weight, &(1..=100));
    }
}
