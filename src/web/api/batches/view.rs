//! Batches as the interface shows them: where each stands, what it did, would do, and what taking it back did.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    desk::{BatchPreview, Desk, Error, Would},
    domain::roster::Hold,
    store::batches::{Held, Member, Standing},
    web::api::{
        administer::{or_erased, texts},
        automation::ForeseenView,
        exception::parts::SopView,
        text::Instant,
    },
    words::{BatchId, BatchOutcome, BatchState, ExceptionId, Hash, PersonId, Reversal, StateName},
};

/// A batch.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Batch)]
pub struct BatchView {
    /// Its id, which the events that it causes cite as `batch`.
    #[schema(value_type = String, examples("policy:AIP-1:2"))]
    pub id: BatchId,
    /// What its cause is: an entry of the register (`policy`, `regulation`, `system`), a procedure (`sop`), or an
    /// `incident`.
    #[schema(value_type = String, pattern = "^(policy|regulation|system|sop|incident)$")]
    pub kind: &'static str,
    /// The id of the entry or the incident, or the procedure's name.
    pub cause: String,
    /// The version that is its cause; `null` for an incident.
    pub version: Option<u32>,
    /// Where it stands.
    pub state: BatchState,
    /// When it began.
    pub begun_at: Instant,
    /// Whose act is its cause; `null`: the service's own.
    pub begun_by: Option<PersonId>,
    /// How many exceptions it touches.
    pub touched: u64,
    /// How many of them it has still to come to; what is decided and not in effect yet waits for that.
    pub left: u64,
    /// How many it reopened.
    pub reopened: u64,
    /// How many the rules refused a re-review, so that they were suspended.
    pub refused: u64,
    /// How many it suspended as it was meant to.
    pub suspended: u64,
    /// How many were only told of it: they are being decided on, or looked at again, anyway.
    pub noted: u64,
    /// How many it had nothing to do with after all, or that a later batch took over, or that were taken off it.
    pub untouched: u64,
    /// Why it is stopped; `null` where it is not.
    pub held: Option<HeldView>,
    /// What taking it back did; `null` where nobody did.
    pub reverted: Option<RevertedView>,
}

/// Why a batch is stopped.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BatchHold)]
pub struct HeldView {
    /// Since when.
    pub at: Instant,
    /// By whom; `null`: by itself.
    pub by: Option<PersonId>,
    /// What somebody wrote about it; `null` where it stopped by itself.
    pub reason: Option<String>,
    /// What was counted where it stopped by itself.
    pub refusals: Option<RefusalsView>,
}

/// So many refusals, against what a procedure tolerates.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BatchRefusals)]
pub struct RefusalsView {
    /// To how many exceptions it came since it began or was last let go on.
    pub dealt: u64,
    /// How many of them the rules refused a re-review.
    pub refused: u64,
    /// More than so many percent are too many.
    pub refused_percent: u32,
    /// Once it came to so many.
    pub after: u32,
    /// The procedure that says so (`limits.batch`).
    pub sop: SopView,
}

/// What taking a batch back did.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BatchReversal)]
pub struct RevertedView {
    /// When it was confirmed.
    pub at: Instant,
    /// By whom.
    pub by: Option<PersonId>,
    /// How many of those that it reopened have still to be looked at.
    pub left: u64,
    /// How many are as they were before.
    pub reverted: u64,
    /// How many are not, by why: `moved`, `suspended` (a quorum resumes them), `ended`, `concerned` (by another cause
    /// too), `noted`.
    #[schema(value_type = std::collections::BTreeMap<String, u64>)]
    pub not_reverted: BTreeMap<Reversal, u64>,
}

/// A batch with what it touches.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BatchDetail)]
pub struct DetailView {
    /// The batch.
    pub batch: BatchView,
    /// The first 200 of its exceptions, of those that you may see.
    pub exceptions: Vec<MemberView>,
}

/// An exception that a batch touches.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BatchMember)]
pub struct MemberView {
    /// Its id.
    pub id: ExceptionId,
    /// Its number.
    pub number: String,
    /// Where it was when the batch began.
    pub before: StateName,
    /// Where it is.
    pub state: StateName,
    /// What the batch did to it; `null` while that has still to be done.
    pub outcome: Option<BatchOutcome>,
    /// What taking the batch back did to it.
    pub reversal: Option<Reversal>,
}

/// What a batch would do now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BatchPreview)]
pub struct PreviewView {
    /// Where it stands; `null` where its cause is a change that waits for a second person.
    pub state: Option<BatchState>,
    /// How many exceptions it has still to come to.
    pub touched: u64,
    /// About how many of them the rules were asked.
    pub looked_at: u64,
    /// What it would do to those, counted.
    #[schema(value_type = std::collections::BTreeMap<String, u64>)]
    pub would: BTreeMap<BatchOutcome, u64>,
    /// Would it stop by itself among them?
    pub stops: bool,
    /// The first 200 of them that you may see.
    pub exceptions: Vec<WouldView>,
}

/// What a batch would do to an exception.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BatchForeseen)]
pub struct WouldView {
    /// What it would be.
    pub outcome: BatchOutcome,
    /// What would happen.
    pub foreseen: ForeseenView,
}

impl From<Member> for MemberView {
    fn from(member: Member) -> Self {
        let Member { exception: id, number, before, now: state, outcome, reversal } = member;
        Self { id, number, before, state, outcome, reversal }
    }
}

impl From<BatchPreview> for PreviewView {
    fn from(seen: BatchPreview) -> Self {
        let would = |Would { foreseen, outcome }: Would| WouldView { outcome, foreseen: foreseen.into() };
        let BatchPreview { state, touched, looked_at, would: counts, stops, first } = seen;
        Self { state, touched, looked_at, would: counts, stops, exceptions: first.into_iter().map(would).collect() }
    }
}

/// Batches with their texts.
pub fn shown(desk: &Desk, found: Vec<Standing>) -> Result<Vec<BatchView>, Error> {
    let written = |standing: &Standing| match standing.held.as_ref().map(|held| &held.why) {
        Some(Hold::Written(reason)) => Some(reason.commitment),
        Some(Hold::Refusals(_)) | None => None,
    };
    let reasons: Vec<Hash> = found.iter().filter_map(written).collect();
    let known = desk.store().read(|conn| Ok::<_, Error>(texts(conn, &reasons)?))?;
    Ok(found.into_iter().map(|standing| view(standing, &known)).collect())
}

fn view(standing: Standing, known: &BTreeMap<Hash, String>) -> BatchView {
    let count = |outcome| standing.count(outcome);
    BatchView {
        kind: standing.id.kind(),
        cause: standing.id.name(),
        version: standing.id.version(),
        state: standing.state(),
        begun_at: standing.begun_at.into(),
        begun_by: standing.begun_by,
        touched: standing.touched(),
        left: standing.left(),
        reopened: count(BatchOutcome::Reopened),
        refused: count(BatchOutcome::Refused),
        suspended: count(BatchOutcome::Suspended),
        noted: count(BatchOutcome::Noted),
        untouched: [BatchOutcome::Untouched, BatchOutcome::Superseded, BatchOutcome::Cancelled].map(count).iter().sum(),
        held: standing.held.as_ref().map(|held| held_view(held, known)),
        reverted: reverted(&standing),
        id: standing.id,
    }
}

fn held_view(held: &Held, known: &BTreeMap<Hash, String>) -> HeldView {
    let (reason, refusals) = match &held.why {
        Hold::Written(reason) => (Some(or_erased(known, reason).to_owned()), None),
        Hold::Refusals(refusals) => {
            let (dealt, refused, limits) = (refusals.dealt, refusals.refused, refusals.limits);
            let (refused_percent, after) = (limits.refused_percent, limits.after);
            (None, Some(RefusalsView { dealt, refused, refused_percent, after, sop: SopView::of(&refusals.sop) }))
        }
    };
    HeldView { at: held.at.into(), by: held.by, reason, refusals }
}

fn reverted(standing: &Standing) -> Option<RevertedView> {
    let (at, by) = standing.reverted?;
    let mut not_reverted = standing.reversals.clone();
    let reverted = not_reverted.remove(&Reversal::Reverted).unwrap_or(0);
    Some(RevertedView { at: at.into(), by, left: standing.to_revert, reverted, not_reverted })
}
