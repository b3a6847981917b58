//! What a document says of itself, and its bounds.

use super::{DAYS, Findings, HOURS};
use crate::sop::document::Document;

pub(super) fn check(document: &Document, findings: &mut Findings) {
    let id_is_plain = document.id.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    if document.id.is_empty() || document.id.len() > 60 || !id_is_plain {
        findings.add("/id", format!("`{}` is no name", document.id), "lower-case letters, digits and `-`, at most 60");
    }
    findings.range("/version", document.version, &(1..=1_000_000));
    for (pointer, text) in [
        ("/title", &document.title),
        ("/purpose", &document.purpose),
        ("/scope", &document.scope),
        ("/audience", &document.audience),
        ("/records", &document.records),
    ] {
        findings.text(pointer, text);
    }
    findings.person("/owner", document.owner);
    findings.range("/review_every_days", document.review_every_days, &DAYS);
    for (at, role) in document.escalation.iter().enumerate() {
        findings.person(&format!("/escalation/{at}"), *role);
    }
    if document.escalation.is_empty() {
        findings.add("/escalation", "nobody is told", "name at least one role");
    }
    for (at, class) in document.permitted_inputs.iter().enumerate() {
        if document.prohibited_data_classes.contains(class) {
            findings.add(
                &format!("/permitted_inputs/{at}"),
                format!("`{class}` is permitted and prohibited"),
                "keep it in one of the two lists",
            );
        }
    }
    bounds(document, findings);
    punctuality(document, findings);
}

fn bounds(document: &Document, findings: &mut Findings) {
    let limits = &document.limits;
    for (pointer, limit) in [
        ("/limits/returns", limits.returns),
        ("/limits/reopenings", limits.reopenings),
        ("/limits/reminders", limits.reminders),
        ("/limits/escalations", limits.escalations),
    ] {
        findings.range(pointer, limit, &(1..=100));
    }
    if let Some(most) = limits.mass_action {
        findings.range("/limits/mass_action", most, &(0..=10_000));
    }
    if let Some(batch) = limits.batch {
        findings.range("/limits/batch/refused_percent", batch.refused_percent, &(0..=100));
        findings.range("/limits/batch/after", batch.after, &(1..=10_000));
    }
    let extensions = &document.extensions;
    findings.range("/extensions/count", extensions.count, &(0..=100));
    if extensions.count > 0 {
        findings.range("/extensions/days_each", extensions.days_each, &DAYS);
        findings.range("/extensions/days_total", extensions.days_total, &DAYS);
        if extensions.days_total < extensions.days_each {
            findings.add(
                "/extensions/days_total",
                "all extensions together are shorter than one",
                format!("at least {}", extensions.days_each),
            );
        }
    }
    ladder("/notifications/before_end_days", &document.notifications.before_end_days, findings);
    ladder("/notifications/before_lapse_days", &document.notifications.before_lapse_days, findings);
    let urgent = document.notifications.urgent_hours;
    findings.range("/notifications/urgent_hours", urgent, &HOURS);
}

/// Days before something, the highest first.
fn ladder(pointer: &str, rungs: &[u32], findings: &mut Findings) {
    for (at, days) in rungs.iter().enumerate() {
        findings.range(&format!("{pointer}/{at}"), *days, &DAYS);
    }
    if !rungs.is_sorted_by(|a, b| a > b) {
        findings.add(pointer, "not in order", "write the highest first, each once, such as [30, 7, 1]");
    }
}

/// How late work is treated.
fn punctuality(document: &Document, findings: &mut Findings) {
    let Some(punctuality) = &document.punctuality else { return };
    findings.range("/punctuality/warn_hours", punctuality.warn_hours, &HOURS);
    findings.range("/punctuality/escalate_hours", punctuality.escalate_hours, &HOURS);
    let names: Vec<(String, &str)> = punctuality
        .urgent_tiers
        .iter()
        .enumerate()
        .map(|(at, tier)| (format!("/punctuality/urgent_tiers/{at}"), tier.as_str()))
        .collect();
    findings.unique(names.into_iter(), "tier");
}
