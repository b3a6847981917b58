//! What became of the rows of an import, as it is told.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    domain::exception::{Exception, Reason, State},
    web::{
        api::text::Slug,
        problem::{Problem, codes},
    },
    words::{ExceptionId, StateName, words},
};

words! {
    /// What became of a row.
    OutcomeView, "outcome of a row" {
        Decision = "decision", FixQueue = "fix_queue", History = "history", Draft = "draft", Ended = "ended",
        Known = "known", Refused = "refused",
    }
}

/// What became of the rows of an import.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportReport, example = json!({
    "source": "grc-2025",
    "dry_run": false,
    "counts": { "decision": 1, "fix_queue": 1, "history": 0, "draft": 0, "ended": 0, "known": 0, "refused": 0 },
    "rows": [
        {
            "reference": "POL-17", "outcome": "decision", "exception": "01977d3c-7a10-7000-8000-000000000001",
            "number": "EX-2026-000042", "state": "decision", "reasons": [],
        },
        {
            "reference": "POL-18", "outcome": "fix_queue", "exception": "01977d3c-7a10-7000-8000-000000000002",
            "number": "EX-2026-000043", "state": "returned",
            "reasons": [{
                "code": "owner_missing", "pointer": "/request/beneficiary",
                "text": "the register that it comes from names nobody as its owner who is known and active here",
                "remedy": "name the person who owns it as the beneficiary",
            }],
        },
    ],
}))]
pub struct ImportView {
    /// The register that they come from.
    pub source: Slug,
    /// Was nothing written?
    pub dry_run: bool,
    /// How many rows became what.
    pub counts: CountsView,
    /// Each row, in their order.
    pub rows: Vec<RowView>,
}

/// How many rows became what.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = ImportCounts)]
pub struct CountsView {
    /// They wait for their quorum.
    pub decision: u64,
    /// They wait for somebody to say what they lack.
    pub fix_queue: u64,
    /// They had ended before.
    pub history: u64,
    /// They wait as drafts for their files.
    pub draft: u64,
    /// They lived there, and the rules end them here at once.
    pub ended: u64,
    /// They were imported before.
    pub known: u64,
    /// They cannot be imported as they are.
    pub refused: u64,
}

/// What became of a row.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportedRow)]
pub struct RowView {
    /// What it is called in its register; `null` where that could not be read.
    pub reference: Option<String>,
    /// What became of it, or would.
    pub outcome: OutcomeView,
    /// The exception that it is here; `null` where there is none, or none that you may see.
    pub exception: Option<ExceptionId>,
    /// Its number.
    pub number: Option<String>,
    /// Where it is, or would be.
    pub state: Option<StateName>,
    /// What it lacks, or what is wrong with it.
    pub reasons: Vec<ReasonView>,
}

/// Something that a row lacks, or that is wrong with it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportReason)]
pub struct ReasonView {
    /// Its code.
    #[schema(examples("owner_missing"))]
    pub code: String,
    /// Where it stands in the row, as a JSON Pointer.
    #[schema(examples("/request/beneficiary"))]
    pub pointer: Option<String>,
    /// What is wrong.
    pub text: String,
    /// How to mend it.
    pub remedy: String,
}

impl ImportView {
    /// The answer with these rows.
    pub fn of(source: &Slug, dry_run: bool, rows: Vec<RowView>) -> Self {
        let mut counts = CountsView::default();
        for row in &rows {
            let count = match row.outcome {
                OutcomeView::Decision => &mut counts.decision,
                OutcomeView::FixQueue => &mut counts.fix_queue,
                OutcomeView::History => &mut counts.history,
                OutcomeView::Draft => &mut counts.draft,
                OutcomeView::Ended => &mut counts.ended,
                OutcomeView::Known => &mut counts.known,
                OutcomeView::Refused => &mut counts.refused,
            };
            *count += 1;
        }
        Self { source: source.clone(), dry_run, counts, rows }
    }
}

impl RowView {
    /// A row that was taken, was taken before, or would be.
    pub(super) fn taken(reference: Option<String>, (known, dry_run): (bool, bool), found: Option<&Exception>) -> Self {
        let there = found.filter(|_| known || !dry_run);
        Self {
            reference,
            outcome: if known { OutcomeView::Known } else { found.map_or(OutcomeView::Known, outcome) },
            exception: there.map(|found| found.id),
            number: there.map(|found| found.number.clone()),
            state: found.map(|found| found.state.name()),
            reasons: found.map(reasons).unwrap_or_default(),
        }
    }

    /// A row that cannot be imported as it is.
    pub(super) fn refused(reference: Option<String>, problem: &Problem) -> Self {
        let remedy = |code: &str| codes::find(code).map(|known| known.text.to_owned()).unwrap_or_default();
        let told = problem.errors().iter().map(|error| ReasonView {
            code: error.code.clone(),
            pointer: Some(error.pointer.clone()),
            text: error.detail.clone(),
            remedy: remedy(&error.code),
        });
        let mut reasons: Vec<ReasonView> = told.collect();
        if reasons.is_empty() {
            let code = problem.code().to_owned();
            reasons.push(ReasonView { remedy: remedy(&code), code, pointer: None, text: problem.told() });
        }
        Self { reference, outcome: OutcomeView::Refused, exception: None, number: None, state: None, reasons }
    }
}

fn outcome(found: &Exception) -> OutcomeView {
    match found.state.name() {
        _ if found.is_history() && found.state.name().is_final() => OutcomeView::History,
        StateName::Draft => OutcomeView::Draft,
        StateName::Returned => OutcomeView::FixQueue,
        StateName::Decision => OutcomeView::Decision,
        StateName::CompletenessReview
        | StateName::Assessment
        | StateName::StakeholderInput
        | StateName::Implementation
        | StateName::Active
        | StateName::ReReview
        | StateName::Suspended
        | StateName::Rejected
        | StateName::Withdrawn
        | StateName::Expired
        | StateName::Revoked
        | StateName::Closed => OutcomeView::Ended,
    }
}

/// What it lacks, while that is to be mended.
fn reasons(found: &Exception) -> Vec<ReasonView> {
    let State::Returned { reasons, .. } = &found.state else { return Vec::new() };
    reasons.iter().map(reason).collect()
}

fn reason(reason: &Reason) -> ReasonView {
    let pointer = reason.pointer.as_ref().map(|pointer| format!("/request{pointer}"));
    ReasonView { code: reason.code.clone(), pointer, text: reason.text.clone(), remedy: reason.remedy.clone() }
}
