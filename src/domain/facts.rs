//! What the SOP's expressions see of an exception: ids, enums, numbers and lengths, never free text.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    domain::{
        exception::Exception,
        request::{Extra, Request, Term, Time},
    },
    words::{Facts, Sealed},
};

/// Earlier requests that share a clause, counted when it was submitted: its requester's, and those of the
/// same kind from the same business unit, whoever filed them (confidential ones are nobody else's).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Prior {
    /// How many its requester filed.
    pub similar: u32,
    /// How many of those were rejected.
    pub rejected: u32,
    /// How many of those were revoked.
    pub revoked: u32,
    /// How many of those are in effect.
    pub active: u32,
    /// How many the business unit filed.
    pub unit_similar: u32,
    /// How many of those were rejected.
    pub unit_rejected: u32,
    /// How many of those were revoked.
    pub unit_revoked: u32,
    /// How many of those are in effect.
    pub unit_active: u32,
}

/// A budget of exceptions that was used up when something was submitted: one more is beyond what the procedure
/// tolerates. It never blocks. Only what is tolerated stands here, never what others have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsedUp {
    /// The clause.
    pub clause: String,
    /// The business unit, where the request names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub business_unit: Option<String>,
    /// How many exceptions in effect are tolerated, where that is used up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exceptions: Option<u64>,
    /// How many days of them together are tolerated, where that is used up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<u64>,
}

/// The facts of `exception` at `now`.
pub fn facts(exception: &Exception, now: Time) -> Facts {
    let scores: Vec<(String, u32)> =
        exception.assessments.iter().map(|(dimension, given)| (dimension.to_string(), given.score)).collect();
    let count = u32::try_from(scores.len()).unwrap_or(u32::MAX).max(1);
    let mut by_dimension: serde_json::Map<String, Value> =
        scores.iter().map(|(name, score)| (name.clone(), json!(score))).collect();
    by_dimension.insert("max".into(), json!(scores.iter().map(|(_, score)| *score).max().unwrap_or(0)));
    by_dimension.insert("mean".into(), json!(scores.iter().map(|(_, score)| *score).sum::<u32>() / count));
    let about = json!({
        "returns": exception.counts.returns,
        "tier": exception.tier(),
        "round": exception.rounds,
        "renewals": exception.extensions.len(),
    });
    Facts::from([
        ("request".to_owned(), request_facts(&exception.request, exception.filed_by_agent, now)),
        ("scores".to_owned(), Value::Object(by_dimension)),
        ("exception".to_owned(), about),
        ("prior".to_owned(), json!(exception.prior)),
    ])
}

fn request_facts(request: &Request, filed_by_agent: bool, now: Time) -> Value {
    let text = |field: &Option<Sealed>| json!({ "chars": field.as_ref().map_or(0, |sealed| sealed.chars) });
    let mut facts = json!({
        "kind": request.kind,
        "clauses": request.clauses,
        "title": text(&request.title),
        "justification": text(&request.justification),
        "alternatives": text(&request.alternatives),
        "impact_if_denied": text(&request.impact_if_denied),
        "controls": request.controls.len(),
        "controls_without_owner": request.controls.values().filter(|control| control.owner.is_none()).count(),
        "attachments": request.attachments.len(),
        "affected_teams": request.affected_teams,
        "regulations": request.regulations,
        "screening": request.screening,
        "confidential": request.confidential,
        "filed_by_agent": filed_by_agent,
        "has_sponsor": request.sponsor.is_some(),
        "has_beneficiary": request.beneficiary.is_some(),
        "has_monitoring_owner": request.monitoring_owner.is_some(),
        "renews": request.renews.is_some(),
        "extra": extra_facts(request),
    });
    if let Value::Object(map) = &mut facts {
        map.extend(scope_facts(request));
        map.extend(time_facts(request, now));
    }
    facts
}

fn scope_facts(request: &Request) -> serde_json::Map<String, Value> {
    let scope = &request.scope;
    let purpose = scope.purpose.as_ref().map_or(0, |sealed| sealed.chars);
    object(json!({
        "systems": scope.systems.len(),
        "purpose": { "chars": purpose },
        "data_classes": scope.data_classes,
        "people": scope.people.len(),
        "groups": scope.groups.len(),
        "agents": scope.agents.len(),
        "actions": scope.actions,
        "business_unit": scope.business_unit.as_deref().unwrap_or(""),
        "regions": scope.regions,
    }))
}

fn time_facts(request: &Request, now: Time) -> serde_json::Map<String, Value> {
    let reason = match &request.term {
        Some(Term::Permanent(reason)) => reason.chars,
        Some(Term::Until(_) | Term::Days(_)) | None => 0,
    };
    let days = request.period(now, None).map_or(0, |period| (period.end - period.start).num_days());
    object(json!({
        "permanent": request.is_permanent(),
        "permanent_reason": { "chars": reason },
        "duration_days": days,
        "starts_in_days": request.start.map_or(0, |start| (start - now).num_days()),
        "has_start": request.start.is_some(),
        "has_term": request.term.is_some(),
    }))
}

fn extra_facts(request: &Request) -> serde_json::Map<String, Value> {
    request.extra.iter().map(|(name, value)| (name.clone(), extra_fact(value))).collect()
}

fn extra_fact(value: &Extra) -> Value {
    match value {
        Extra::Flag(flag) => json!(flag),
        Extra::Number(number) => json!(number),
        Extra::Code(code) => json!(code),
        Extra::Text(sealed) => json!({ "chars": sealed.chars }),
    }
}

fn object(value: Value) -> serde_json::Map<String, Value> {
    match value {
        Value::Object(map) => map,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => serde_json::Map::new(),
    }
}
