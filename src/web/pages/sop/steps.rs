//! The seven steps of a procedure as people read them: who acts, by when, and each rule in its own words.

use super::{super::text::Tongue, roles};
use crate::{
    sop::{Ask, DimensionRules, Document, Gate, ReReview, Which},
    words::Role,
};

/// A step.
pub(super) struct Shown {
    pub(super) number: usize,
    pub(super) name: String,
    pub(super) who: String,
    /// By when, in hours; nothing where nobody is waited for.
    pub(super) hours: Option<u32>,
    pub(super) rules: Vec<Rule>,
    pub(super) lines: Vec<String>,
}

/// A rule of it.
pub(super) struct Rule {
    pub(super) id: String,
    pub(super) text: String,
    pub(super) when: String,
    pub(super) remedy: Option<String>,
    pub(super) waivable: Option<String>,
}

/// Who acts, within how many hours, by which rules, and what else is said.
type Told = (String, Option<u32>, Vec<Rule>, Vec<String>);

/// All of them, in order.
pub(super) fn steps(tongue: Tongue, document: &Document) -> Vec<Shown> {
    let shown = |(at, (who, hours, rules, lines)): (usize, Told)| {
        let number = at.saturating_add(1);
        Shown { number, name: tongue.name("step", number).to_string(), who, hours, rules, lines }
    };
    let all = preparing(tongue, document).into_iter().chain(deciding(tongue, document));
    all.enumerate().map(shown).collect()
}

/// From what is asked to how badly it may go wrong.
fn preparing(tongue: Tongue, document: &Document) -> [Told; 3] {
    let steps = &document.steps;
    let assessors: Vec<Role> = steps.assessment.dimensions.iter().map(DimensionRules::assessor).collect();
    let score = steps.assessment.scoring.rules.iter().map(|rule| Rule {
        id: rule.id.clone(),
        text: format!("{}: {}", tongue.name("tier", rule.tier), rule.text),
        when: rule.when.clone(),
        remedy: None,
        waivable: None,
    });
    let lapse = days(tongue, "sop-lapse", steps.submission.draft_lapse_days);
    let reasons = steps.completeness.reasons.iter().map(|(code, text)| format!("{code}: {text}"));
    [
        (roles(tongue, &[Role::Requester]), None, gates(tongue, &steps.submission.gates), vec![lapse]),
        (
            roles(tongue, &[steps.completeness.role]),
            Some(steps.completeness.due_hours),
            gates(tongue, &steps.completeness.gates),
            reasons.collect(),
        ),
        (roles(tongue, &assessors), Some(steps.assessment.due_hours), score.collect(), criteria(tongue, document)),
    ]
}

/// From those who are heard to the end.
fn deciding(tongue: Tongue, document: &Document) -> [Told; 4] {
    let steps = &document.steps;
    let mut watched = vec![
        days(tongue, "sop-opens", steps.monitoring.open_before_days),
        days(tongue, "sop-grace", steps.monitoring.grace_days),
        days(tongue, "sop-revoked", steps.monitoring.revoke_after_days),
    ];
    watched.extend(steps.monitoring.re_review.iter().flat_map(|asks| asked_again(tongue, asks)));
    let counts = days(tongue, "sop-approval", steps.decision.approval_days);
    let due = (steps.decision.due_hours, steps.implementation.due_hours);
    let owners = roles(tongue, &[Role::ControlOwner]);
    let said = |key: &str| tongue.say(key).to_string();
    [
        (said("sop-heard"), Some(steps.stakeholder_input.due_hours), Vec::new(), Vec::new()),
        (said("sop-approvers"), Some(due.0), gates(tongue, &steps.decision.gates), vec![counts]),
        (owners, Some(due.1), gates(tongue, &steps.implementation.gates), Vec::new()),
        (said("sop-monitor"), None, Vec::new(), watched),
    ]
}

/// Whom a re-review asks, in which of them and by when.
fn asked_again(tongue: Tongue, asks: &ReReview) -> Vec<String> {
    let name = |group: &str, code: &str| tongue.name(group, code).to_string();
    let which = |one: &Which| {
        let tiers = one.tiers.iter().map(|tier| name("tier", tier.as_str()));
        let kinds = one.kinds.iter().map(|kind| name("kind", kind.as_str()));
        tiers.chain(kinds).chain(one.causes.iter().cloned()).collect::<Vec<_>>().join(", ")
    };
    let told = |(key, ask): (&str, &Ask)| {
        let of: Vec<String> = ask.of.iter().map(which).collect();
        let of = if of.is_empty() {
            String::new()
        } else {
            tongue.say("sop-where").with("which", of.join("; ")).to_string()
        };
        tongue.say(key).with("hours", ask.due_hours).with("where", of).to_string()
    };
    let parts = [("sop-attested", asks.attestation.as_ref()), ("sop-reassessed", asks.assessments.as_ref())];
    parts.into_iter().filter_map(|(key, ask)| Some((key, ask?))).map(told).collect()
}

fn days(tongue: Tongue, key: &str, days: u32) -> String {
    tongue.say(key).count("days", days).to_string()
}

fn gates(tongue: Tongue, of: &[Gate]) -> Vec<Rule> {
    let rule = |gate: &Gate| Rule {
        id: gate.id.clone(),
        text: gate.text.clone(),
        when: gate.when.clone(),
        remedy: Some(gate.remedy.clone()),
        waivable: gate.waivable_by.map(|role| tongue.name("role", role).to_string()),
    };
    of.iter().map(rule).collect()
}

/// What is scored in each dimension.
fn criteria(tongue: Tongue, document: &Document) -> Vec<String> {
    let dimension = |rules: &DimensionRules| {
        let asked: Vec<&str> = rules.criteria.iter().map(|criterion| criterion.text.as_str()).collect();
        format!("{}: {}", tongue.name("dimension", rules.dimension), asked.join(" "))
    };
    document.steps.assessment.dimensions.iter().map(dimension).collect()
}
