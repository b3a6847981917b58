//! Documents and facts for the tests of this module.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Sop, SopError};
use crate::words::Facts;

pub(super) const STANDARD: &str = include_str!("../../policies/sop/standard.yaml");

/// The standard procedure with one text replaced.
pub(super) fn standard_with(from: &str, to: &str) -> Result<Sop, SopError> {
    assert!(STANDARD.contains(from), "{from}");
    Sop::load(&STANDARD.replacen(from, to, 1), &Sop::builtin_fragments())
}

pub(super) fn standard() -> Sop {
    Sop::load(STANDARD, &Sop::builtin_fragments()).expect("the standard procedure")
}

/// The standard procedure whose gate 1.11 is `when`.
pub(super) fn with_gate(when: &str) -> Result<Sop, SopError> {
    let quoted = serde_json::to_string(when).expect("a text");
    standard_with("when: request.people + request.groups + request.agents > 0", &format!("when: {quoted}"))
}

/// The facts of a request to which no gate of the standard procedure objects.
pub(super) fn facts() -> Facts {
    let Value::Object(fields) = json!({
        "request": {
            "kind": "ai_usage", "clauses": ["AIP-1.1"], "data_classes": ["internal"],
            "regions": ["eu"], "business_unit": "retail", "permanent": false,
            "duration_days": 90, "starts_in_days": 3,
            "title": {"chars": 30}, "justification": {"chars": 200}, "alternatives": {"chars": 60},
            "purpose": {"chars": 50}, "impact_if_denied": {"chars": 40}, "permanent_reason": {"chars": 0},
            "systems": 1, "people": 3, "groups": 0, "agents": 0, "actions": ["summarise"],
            "affected_teams": [], "regulations": [], "controls": 1, "controls_without_owner": 0,
            "attachments": 0, "has_sponsor": false, "has_beneficiary": false,
            "confidential": false, "filed_by_agent": false,
            "screening": {"harmful_manipulation": false}, "extra": {},
        },
        "scores": {"security": 20, "max": 20, "mean": 20},
        "exception": {"returns": 0, "tier": null, "round": 1, "renewals": 0},
        "prior": {
            "similar": 0, "rejected": 0, "revoked": 0, "active": 0,
            "unit_similar": 0, "unit_rejected": 0, "unit_revoked": 0, "unit_active": 0,
        },
    }) else {
        unreachable!("an object")
    };
    fields.into_iter().collect()
}

/// The same facts with one of them set, by its path.
pub(super) fn facts_with(path: &str, value: Value) -> Facts {
    let mut facts = facts();
    let (root, rest) = path.split_once('.').expect("a path");
    let mut place = facts.get_mut(root).expect("a variable");
    for part in rest.split('.') {
        place = place.as_object_mut().expect("an object").entry(part).or_insert(Value::Null);
    }
    *place = value;
    facts
}

pub(super) fn scores(of: &[(&str, u32)]) -> BTreeMap<String, u32> {
    of.iter().map(|(id, score)| ((*id).to_owned(), *score)).collect()
}
