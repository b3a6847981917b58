//! What each tier asks for: more is at stake, so never less is asked.

use super::{DAYS, Findings};
use crate::{
    sop::document::{Document, Quorum, TierRules},
    words::{Role, Tier},
};

pub(super) fn check(document: &Document, findings: &mut Findings) {
    if document.tiers.is_empty() {
        findings.add("/tiers", "no tier", "say what at least one tier asks for");
    }
    let mut lower: Option<(Tier, &TierRules)> = None;
    for (tier, rules) in &document.tiers {
        let at = format!("/tiers/{tier}");
        quorum(&at, &rules.quorum, findings);
        findings.range(&format!("{at}/max_days"), rules.max_days, &DAYS);
        let review = format!("{at}/review_every_days");
        findings.range(&review, rules.review_every_days, &DAYS);
        permanent(*tier, rules, findings);
        for (index, role) in rules.stakeholders.iter().enumerate() {
            findings.person(&format!("{at}/stakeholders/{index}"), *role);
        }
        if let Some((below, less)) = lower {
            order(*tier, rules, (below, less), findings);
        }
        lower = Some((*tier, rules));
    }
}

fn permanent(tier: Tier, rules: &TierRules, findings: &mut Findings) {
    let Some(days) = rules.permanent_days else {
        return;
    };
    let at = format!("/tiers/{tier}/permanent_days");
    match tier {
        Tier::Critical => findings.add(&at, "a critical exception cannot be permanent", "leave permanent_days out"),
        Tier::High => findings.range(&at, days, &(1..=183)),
        Tier::Low | Tier::Moderate => findings.range(&at, days, &(1..=365)),
    }
}

fn order(tier: Tier, rules: &TierRules, (below, less): (Tier, &TierRules), findings: &mut Findings) {
    let (people, fewer) = (rules.quorum.people(), less.quorum.people());
    if people < fewer {
        findings.add(
            &format!("/tiers/{tier}/quorum/min"),
            format!("{people} approve at {tier}, and {fewer} at {below}"),
            format!("at least {fewer}"),
        );
    }
    if rules.max_days > less.max_days {
        findings.add(
            &format!("/tiers/{tier}/max_days"),
            format!("{} days at {tier}, and {} at {below}", rules.max_days, less.max_days),
            format!("at most {}", less.max_days),
        );
    }
}

fn quorum(at: &str, quorum: &Quorum, findings: &mut Findings) {
    findings.range(&format!("{at}/quorum/min"), quorum.min, &(0..=20));
    if quorum.all_of.is_empty() && quorum.any_of.is_empty() {
        findings.add(
            &format!("{at}/quorum"),
            "nobody may approve",
            format!("name roles in all_of or any_of: {}", approving()),
        );
    }
    for (list, roles) in [("all_of", &quorum.all_of), ("any_of", &quorum.any_of)] {
        for (index, role) in roles.iter().enumerate() {
            let pointer = format!("{at}/quorum/{list}/{index}");
            if !role.approves() {
                let hint = format!("one of: {}", approving());
                findings.add(&pointer, format!("`{role}` does not approve"), hint);
            }
            if roles.iter().take(index).any(|before| before == role) {
                let hint = "name it once; ask for more people with min";
                findings.add(&pointer, format!("`{role}` stands twice"), hint);
            }
        }
    }
}

fn approving() -> String {
    let names: Vec<&str> = Role::APPROVING.iter().map(|role| role.as_str()).collect();
    names.join(", ")
}
