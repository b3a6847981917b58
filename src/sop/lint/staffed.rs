//! Roles that a procedure asks for and nobody holds. Whether a quorum can be filled in some domain is for those who
//! know people.

use std::collections::BTreeSet;

use super::{FindingSort, Notes};
use crate::{sop::document::Document, words::Role};

/// Notes each role without which a step stands still, where it is named first.
pub(super) fn look(document: &Document, held: &BTreeSet<Role>, notes: &mut Notes) {
    let mut told = BTreeSet::new();
    for (pointer, role) in named(document) {
        if !held.contains(&role) && told.insert(role) {
            let what = format!("nobody holds the role {role}");
            notes.warn(FindingSort::RoleNotHeld, &pointer, (what, "grant it, or name another role"));
        }
    }
    for (tier, asked) in &document.tiers {
        let rest = &asked.quorum.any_of;
        if !rest.is_empty() && !rest.iter().any(|role| held.contains(role)) {
            let what = format!("nobody holds any of these roles, and {tier} needs one");
            let pointer = format!("/tiers/{tier}/quorum/any_of");
            notes.warn(FindingSort::RoleNotHeld, &pointer, (what, "grant one of them, or name others"));
        }
    }
}

fn named(document: &Document) -> Vec<(String, Role)> {
    let steps = &document.steps;
    let mut named =
        vec![("/owner".to_owned(), document.owner), ("/steps/completeness/role".to_owned(), steps.completeness.role)];
    named.extend(listed("/escalation", &document.escalation));
    for (tier, asked) in &document.tiers {
        named.extend(listed(&format!("/tiers/{tier}/quorum/all_of"), &asked.quorum.all_of));
        named.extend(listed(&format!("/tiers/{tier}/stakeholders"), &asked.stakeholders));
    }
    let dimensions = steps.assessment.dimensions.iter().enumerate();
    named.extend(dimensions.map(|(at, rules)| (format!("/steps/assessment/dimensions/{at}"), rules.assessor())));
    named
}

fn listed<'r>(at: &'r str, roles: &'r [Role]) -> impl Iterator<Item = (String, Role)> + 'r {
    roles.iter().enumerate().map(move |(index, role)| (format!("{at}/{index}"), *role))
}
