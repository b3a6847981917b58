//! A procedure tried on what went through it before: case by case, what would have gone differently. It changes
//! nothing.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::{HttpResponse, post};
use serde::Serialize;
use utoipa::ToSchema;

use super::govern::{SopText, looked_at, unsound};
use crate::{
    desk::Replay,
    domain::{
        exception::Exception,
        replay::{Difference, Divergence},
    },
    web::{api::administer::look, call::Call, json::Json, problem::Problem},
    words::{ExceptionId, Facts, SopRef, StateName},
};

/// What a version of a procedure would have said of earlier exceptions.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "standard",
    "version": 2,
    "tried": 118,
    "different": 1,
    "counts": [{ "what": "gate_fails", "count": 1 }],
    "cases": [{
        "id": "01977d3c-7a10-7000-8000-000000000042",
        "number": "EX-2026-000042",
        "state": "active",
        "differences": [{
            "what": "gate_fails",
            "rule": "1.1",
            "was": "holds",
            "would": "fails",
            "text": "The justification says at least 200 characters",
            "looked_at": { "request.justification.chars": 120 }
        }]
    }]
}))]
pub struct SopReplay {
    /// The procedure.
    id: String,
    /// The version that was tried.
    version: u32,
    /// On how many exceptions: the newest that went through the procedure and that you may see, of the last thousand.
    tried: usize,
    /// How many of those would have gone differently.
    different: usize,
    /// How many of the named cases differ in what.
    counts: Vec<DivergenceCount>,
    /// The newest 200 that would have gone differently.
    cases: Vec<ReplayedCase>,
}

/// So many cases.
#[derive(Debug, Serialize, ToSchema)]
pub struct DivergenceCount {
    /// In what they differ.
    #[schema(value_type = String, example = "tier")]
    what: Divergence,
    /// How many.
    count: usize,
}

/// An exception that would have gone differently.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReplayedCase {
    /// Its id.
    id: ExceptionId,
    /// Its number.
    number: String,
    /// Where it is.
    state: StateName,
    /// What would have gone differently.
    differences: Vec<ReplayedDifference>,
}

/// One thing that would have gone differently.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReplayedDifference {
    /// In what: a field or gate of a step, the tier, the quorum, the period.
    #[schema(value_type = String, example = "gate_fails")]
    what: Divergence,
    /// The rule of the version that was tried.
    rule: String,
    /// What the version that it ran by said; `null` where that has no such rule.
    was: Option<String>,
    /// What this one would have said.
    would: String,
    /// The rule in words.
    text: String,
    /// What it looked at.
    #[schema(value_type = Object)]
    looked_at: Facts,
}

impl From<Difference> for ReplayedDifference {
    fn from(Difference { what, was, would, citation }: Difference) -> Self {
        Self { what, rule: citation.rule, was, would, text: citation.text, looked_at: citation.facts }
    }
}

impl From<(Exception, Vec<Difference>)> for ReplayedCase {
    fn from((found, differences): (Exception, Vec<Difference>)) -> Self {
        let state = found.state.name();
        Self {
            id: found.id,
            number: found.number,
            state,
            differences: differences.into_iter().map(Into::into).collect(),
        }
    }
}

impl SopReplay {
    /// What this version would have said.
    pub(super) fn of(sop: &SopRef, Replay { tried, different, cases }: Replay) -> Self {
        let counts = counts(&cases);
        let cases = cases.into_iter().map(Into::into).collect();
        Self { id: sop.id.clone(), version: sop.version, tried, different, counts, cases }
    }
}

fn counts(cases: &[(Exception, Vec<Difference>)]) -> Vec<DivergenceCount> {
    let mut counted: BTreeMap<Divergence, usize> = BTreeMap::new();
    for (_, differences) in cases {
        for what in differences.iter().map(|one| one.what).collect::<BTreeSet<_>>() {
            *counted.entry(what).or_default() += 1;
        }
    }
    counted.into_iter().map(|(what, count)| DivergenceCount { what, count }).collect()
}

/// Replay a procedure
#[utoipa::path(
    tag = "Procedures",
    summary = "Replay a procedure",
    description = "Tries a procedure, before it is published, on what went through it before: which gates, tiers, quorums and periods would have been others, case by case, each with the rule and what it looked at. What people did stays as it was. It changes nothing. What has an error is refused with all of them (`findings`).",
    request_body(content = SopText, description = "The procedure."),
    responses((status = 200, description = "What would have gone differently.", body = SopReplay)),
)]
#[post("/v1/sops/replay")]
pub async fn replay_sop(call: Call<Json<SopText>>) -> Result<HttpResponse, Problem> {
    let (call, sent) = call.parted();
    let lint = looked_at(&call, sent.body.document).await?;
    let reference = lint.publishable().ok_or_else(|| unsound(&lint))?.reference();
    let by = call.by.clone();
    let replayed = look(&call, move |desk| {
        let other = lint.sop.as_ref();
        other.map(|other| desk.replay(&by, other)).transpose()
    });
    Ok(HttpResponse::Ok().json(SopReplay::of(&reference, replayed.await?.unwrap_or_default())))
}
