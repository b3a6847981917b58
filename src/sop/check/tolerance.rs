//! What a document says of budgets and of its own figures.

use std::ops::RangeInclusive;

use super::{DAYS, Findings};
use crate::sop::{document::Document, tolerance::Rise};

/// The most exceptions, or days, that a budget may name.
const MOST: RangeInclusive<u32> = 0..=1_000_000;
/// The longest name of a clause or a unit, in characters.
const NAME: usize = 120;
/// The most budgets of one document.
const BUDGETS: usize = 500;

pub(super) fn check(document: &Document, findings: &mut Findings) {
    budgets(document, findings);
    own_figures(document, findings);
    split_limits(document, findings);
}

fn budgets(document: &Document, findings: &mut Findings) {
    let budgets = &document.budgets;
    if budgets.len() > BUDGETS {
        findings.add("/budgets", format!("{} budgets", budgets.len()), format!("at most {BUDGETS}"));
    }
    for (at, budget) in budgets.iter().enumerate() {
        let of = format!("/budgets/{at}");
        for (name, text) in [("clause", &budget.clause), ("business_unit", &budget.business_unit)] {
            if text.as_ref().is_some_and(|text| text.trim().is_empty() || text.chars().count() > NAME) {
                findings.add(
                    &format!("{of}/{name}"),
                    "this is no name",
                    format!("1 to {NAME} characters, or leave it out"),
                );
            }
        }
        for (name, most) in [("exceptions", budget.exceptions), ("days", budget.days)] {
            if let Some(most) = most {
                findings.range(&format!("{of}/{name}"), most, &MOST);
            }
        }
        if budget.exceptions.is_none() && budget.days.is_none() {
            findings.add(&of, "a budget that bounds nothing", "name `exceptions`, `days`, or both");
        }
    }
    let names: Vec<String> =
        budgets.iter().map(|budget| format!("{:?} in {:?}", budget.clause, budget.business_unit)).collect();
    let keys = names.iter().enumerate().map(|(at, name)| (format!("/budgets/{at}"), name.as_str()));
    findings.unique(keys, "budget of");
}

fn split_limits(document: &Document, findings: &mut Findings) {
    let Some(limits) = document.split_limits else { return };
    findings.range("/split_limits/after", limits.after, &(1..=10_000));
    findings.range("/split_limits/failed_gates", limits.failed_gates, &(0..=100));
    findings.range("/split_limits/escalations", limits.escalations, &(0..=100));
}

fn own_figures(document: &Document, findings: &mut Findings) {
    let Some(own) = &document.own_figures else { return };
    findings.range("/own_figures/days", own.days, &DAYS);
    let rises = [("failed_gates", own.failed_gates), ("returns", own.returns), ("breaches", own.breaches)];
    if rises.iter().all(|(_, rise)| rise.is_none()) {
        findings.add("/own_figures", "it looks at nothing", "name `failed_gates`, `returns` or `breaches`");
    }
    for (name, Rise { more_than, percent }) in rises.iter().filter_map(|(name, rise)| Some((name, (*rise)?))) {
        findings.range(&format!("/own_figures/{name}/more_than"), more_than, &MOST);
        findings.range(&format!("/own_figures/{name}/percent"), percent, &(1..=10_000));
    }
}
