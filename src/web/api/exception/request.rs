//! A request as it stands on the wire: what `POST /v1/exceptions` takes, what an exception shows, and
//! what a merge patch changes. Its bounds stand here; what a procedure asks of it does not.

use std::{borrow::Cow, collections::BTreeMap};

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use crate::{
    web::api::text::{Instant, Label, Line, Name, Own, Slug, Statement, Text, or_absent},
    words::{ControlId, DataClass, DomainPath, ExceptionId, Kind, PersonId},
};

/// What is asked for. A draft may lack anything; the procedure judges what it must say when it is submitted.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[validate(schema(function = one_term), schema(function = end_after_start))]
#[schema(as = Request, example = json!({
    "title": "Summaries of support tickets by a hosted model",
    "kind": "ai_usage",
    "clauses": ["AIP-2.1"],
    "justification": "Agents read 400 tickets a day; summaries halve the time to the first answer.",
    "alternatives": "The approved on-premises model was tried and is too slow for this volume.",
    "scope": {
        "systems": [{ "name": "Example LLM", "vendor": "Example Corp", "version": "4" }],
        "purpose": "Summaries for the agent who answers",
        "data_classes": ["internal", "personal"],
        "groups": ["support-agents"],
        "business_unit": "retail",
        "regions": ["eu"]
    },
    "duration_days": 90,
    "impact_if_denied": "Answers stay slow; customers wait a day longer.",
    "controls": [{ "text": "Names are replaced before a ticket leaves the network", "cadence_days": 30 }],
    "regulations": ["gdpr"],
    "screening": {
        "harmful_manipulation": false,
        "emotion_inference": false,
        "social_scoring": false,
        "biometric_categorisation": false
    }
}))]
pub struct RequestBody {
    /// The procedure it runs through; chosen when drafted, never changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sop: Option<Slug>,
    /// What it is about, in one line.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "or_absent")]
    pub title: Option<Line>,
    /// What sort of deviation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// The policy clauses deviated from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[validate(length(max = 100))]
    #[schema(max_items = 100)]
    pub clauses: Vec<Name>,
    /// Why the business needs it.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "or_absent")]
    pub justification: Option<Text>,
    /// What else was considered.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "or_absent")]
    pub alternatives: Option<Text>,
    /// What it covers.
    #[validate(nested)]
    pub scope: ScopeBody,
    /// When it should begin; absent: as soon as it is approved and its controls stand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<Instant>,
    /// When it should end. At most one of `end`, `duration_days` and `permanent_reason`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<Instant>,
    /// For how many days it should last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(range(min = 1, max = 3650))]
    #[schema(minimum = 1, maximum = 3650)]
    pub duration_days: Option<u32>,
    /// Why it should have no planned end.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "or_absent")]
    pub permanent_reason: Option<Text>,
    /// What happens if it is denied.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "or_absent")]
    pub impact_if_denied: Option<Text>,
    /// The compensating controls proposed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[validate(length(max = 20), nested)]
    #[schema(max_items = 20)]
    pub controls: Vec<ControlBody>,
    /// Who answers for it in the business.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sponsor: Option<PersonId>,
    /// On whose behalf it is filed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beneficiary: Option<PersonId>,
    /// Who watches it while it lives.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub monitoring_owner: Option<PersonId>,
    /// Teams that are affected.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[validate(length(max = 100))]
    #[schema(max_items = 100)]
    pub affected_teams: Vec<Slug>,
    /// Regulations touched.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[validate(length(max = 100))]
    #[schema(max_items = 100)]
    pub regulations: Vec<Slug>,
    /// Answers to the register's screening questions, by code; at submission each of them must be there.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[validate(length(max = 100))]
    #[schema(value_type = BTreeMap<String, bool>)]
    pub screening: BTreeMap<Slug, bool>,
    /// The ticket it came from.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "or_absent")]
    pub source_ticket: Option<Line>,
    /// May only its parties and named readers see it?
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub confidential: bool,
    /// Who may read it although it is confidential.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[validate(length(max = 100))]
    #[schema(max_items = 100)]
    pub readers: Vec<PersonId>,
    /// The exception that it renews.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub renews: Option<ExceptionId>,
    /// The procedure's own fields.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[validate(length(max = 100))]
    #[schema(value_type = BTreeMap<String, Own>)]
    pub extra: BTreeMap<Slug, Own>,
}

/// What an exception covers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[validate(schema(function = places))]
#[schema(as = ExceptionScope)]
pub struct ScopeBody {
    /// AI systems, models and tools.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[validate(length(max = 100))]
    #[schema(max_items = 100)]
    pub systems: Vec<SystemBody>,
    /// What they are used for.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "or_absent")]
    pub purpose: Option<Text>,
    /// Classes of data put in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[validate(length(max = 100))]
    #[schema(max_items = 100)]
    pub data_classes: Vec<DataClass>,
    /// People who may use it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[validate(length(max = 100))]
    #[schema(max_items = 100)]
    pub people: Vec<PersonId>,
    /// Groups that may use it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[validate(length(max = 100))]
    #[schema(max_items = 100)]
    pub groups: Vec<Slug>,
    /// Agents that may use it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[validate(length(max = 100))]
    #[schema(max_items = 100)]
    pub agents: Vec<Slug>,
    /// Actions that are covered.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[validate(length(max = 100))]
    #[schema(max_items = 100)]
    pub actions: Vec<Slug>,
    /// The business unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub business_unit: Option<Slug>,
    /// The regions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[validate(length(max = 100))]
    #[schema(max_items = 100)]
    pub regions: Vec<Slug>,
}

/// One AI system, model or tool.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = System)]
pub struct SystemBody {
    /// Its id in the register (`/v1/systems`), where it stands there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Name>,
    /// Its name.
    pub name: Label,
    /// Who makes it.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "or_absent")]
    pub vendor: Option<Line>,
    /// Which version.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "or_absent")]
    pub version: Option<Line>,
}

/// A compensating control as proposed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ProposedControl)]
pub struct ControlBody {
    /// Its id; leave it out for a new control, repeat it to keep one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<ControlId>,
    /// What is done.
    pub text: Statement,
    /// Who does it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<PersonId>,
    /// By when; absent: before it becomes active.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Instant>,
    /// After how many days it is checked again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(range(min = 1, max = 3650))]
    #[schema(minimum = 1, maximum = 3650)]
    pub cadence_days: Option<u32>,
    /// What will show that it is done.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "or_absent")]
    pub evidence: Option<Text>,
}

/// A mistake that more than one field makes; `pointer` is where to mend it.
fn mistake(code: &'static str, pointer: &str, message: &'static str) -> ValidationError {
    let mut error = ValidationError::new(code).with_message(Cow::Borrowed(message));
    error.params.insert(Cow::Borrowed("pointer"), json!(pointer));
    error
}

fn one_term(request: &RequestBody) -> Result<(), ValidationError> {
    let terms = [
        ("/end", request.end.is_some()),
        ("/duration_days", request.duration_days.is_some()),
        ("/permanent_reason", request.permanent_reason.is_some()),
    ];
    let mut given = terms.into_iter().filter(|(_, given)| *given);
    match (given.next(), given.next()) {
        (Some(_), Some((pointer, _))) => {
            Err(mistake("term_ambiguous", pointer, "give at most one of `end`, `duration_days` and `permanent_reason`"))
        }
        (Some(_) | None, _) => Ok(()),
    }
}

fn end_after_start(request: &RequestBody) -> Result<(), ValidationError> {
    match (request.start, request.end) {
        (Some(start), Some(end)) if end <= start => {
            Err(mistake("end_before_start", "/end", "the end must come after the start"))
        }
        (Some(_) | None, _) => Ok(()),
    }
}

/// Region and unit make a domain path, which is where roles are looked for.
fn places(scope: &ScopeBody) -> Result<(), ValidationError> {
    let Some(unit) = &scope.business_unit else { return Ok(()) };
    let path = |region: &Slug| format!("{}/{}", region.as_str(), unit.as_str()).parse::<DomainPath>();
    match scope.regions.iter().position(|region| path(region).is_err()) {
        Some(at) => Err(mistake(
            "invalid_value",
            &format!("/regions/{at}"),
            "region and business unit have at most 119 characters together",
        )),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::{json::checked, problem::Problem};

    fn read(body: serde_json::Value) -> Result<RequestBody, Problem> {
        checked(body)
    }

    fn pointers(body: serde_json::Value) -> Vec<String> {
        let text = read(body).expect_err("a mistake").body_text();
        let told: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let errors = told["errors"].as_array().cloned().unwrap_or_default();
        errors
            .iter()
            .filter_map(|error| Some(format!("{} {}", error["code"].as_str()?, error["pointer"].as_str()?)))
            .collect()
    }

    #[test]
    fn a_draft_may_be_empty_and_blank_texts_are_absent() {
        assert_eq!(read(json!({})).expect("empty"), RequestBody::default());
        assert_eq!(read(json!({ "title": "  ", "scope": { "purpose": "" } })).expect("blank"), RequestBody::default());
    }

    #[test]
    fn every_mistake_is_told_at_its_field() {
        let year = |year: u32| format!("{year}-01-01T00:00:00Z");
        for (body, told) in [
            (json!({ "duration_days": 0 }), "invalid_value /duration_days"),
            (json!({ "duration_days": 9, "permanent_reason": "x" }), "term_ambiguous /permanent_reason"),
            (json!({ "start": year(2027), "end": year(2026) }), "end_before_start /end"),
            (
                json!({ "controls": [{ "text": "a" }, { "text": "b", "cadence_days": 0 }] }),
                "invalid_value /controls/1/cadence_days",
            ),
            (json!({ "controls": vec![json!({ "text": "a" }); 21] }), "invalid_value /controls"),
            (json!({ "clauses": vec!["AIP-1.1"; 101] }), "invalid_value /clauses"),
            (json!({ "scope": { "regions": ["EU"] } }), "invalid_value /scope/regions/0"),
            (
                json!({ "scope": { "regions": ["a".repeat(60)], "business_unit": "b".repeat(60) } }),
                "invalid_value /scope/regions/0",
            ),
            (json!({ "scope": { "systems": [{ "name": " " }] } }), "invalid_value /scope/systems/0/name"),
            (json!({ "extra": { "x": 0.5 } }), "invalid_value /extra/x"),
            (json!({ "sponsor": "nobody" }), "invalid_value /sponsor"),
        ] {
            assert_eq!(pointers(body.clone()), [told], "{body}");
        }
    }
}
