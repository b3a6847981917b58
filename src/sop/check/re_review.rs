//! What a document says of its re-reviews: whom they ask, and that there is time for it before they are due.

use super::{Findings, HOURS};
use crate::sop::{
    document::Document,
    re_review::{Ask, Which},
};

const AT: &str = "/steps/monitoring/re_review";
/// The most descriptions of one list.
const MOST: usize = 50;

pub(super) fn check(document: &Document, findings: &mut Findings) {
    let Some(asks) = &document.steps.monitoring.re_review else { return };
    let parts = [("attestation", &asks.attestation), ("assessments", &asks.assessments)];
    let asked: Vec<(&str, &Ask)> = parts.into_iter().filter_map(|(name, ask)| Some((name, ask.as_ref()?))).collect();
    if asked.is_empty() {
        findings.add(AT, "it asks nobody", "name `attestation`, `assessments` or both, or leave it out");
    }
    for (name, ask) in &asked {
        let at = format!("{AT}/{name}");
        findings.range(&format!("{at}/due_hours"), ask.due_hours, &HOURS);
        if ask.of.len() > MOST {
            findings.add(&format!("{at}/of"), format!("{} descriptions", ask.of.len()), format!("at most {MOST}"));
        }
        for (place, which) in ask.of.iter().enumerate() {
            described(&format!("{at}/of/{place}"), which, findings);
        }
    }
    in_time(document, asked.iter().map(|(_, ask)| ask.due_hours).max().unwrap_or(0), findings);
}

fn described(at: &str, which: &Which, findings: &mut Findings) {
    if which.is_empty() {
        findings.add(at, "it describes every re-review", "name tiers, kinds or causes, or leave `of` out");
    }
    for (place, cause) in which.causes.iter().enumerate() {
        findings.code(&format!("{at}/causes/{place}"), cause);
    }
}

/// A planned re-review opens early enough for those who are asked, and then for those who decide.
fn in_time(document: &Document, longest: u32, findings: &mut Findings) {
    let steps = &document.steps;
    let (needs, opens) = (longest.saturating_add(steps.decision.due_hours), steps.monitoring.open_before_days);
    if needs > opens.saturating_mul(24) {
        findings.add(
            "/steps/monitoring/open_before_days",
            format!("a re-review takes {needs} hours and opens {opens} days before it is due"),
            format!("at least {}", needs.div_ceil(24)),
        );
    }
}
