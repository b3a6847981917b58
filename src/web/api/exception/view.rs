//! An exception as it is shown: what it is now, with the texts that may be read.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{
    answers::ReviewView,
    budgets::UsedUpView,
    decision::{AuthorityView, RoundView},
    imported::ImportedView,
    parts::{
        AdviceView, AssessmentView, AttachmentView, ConditionView, ControlView, GapView, RatingView, RelationView,
        SopView, TaskView, WaiverView,
    },
    request::RequestBody,
    show::{self, Erased, Opened, Texts},
};
use crate::{
    domain::{
        exception::{Cause, Exception, Reason, State},
        request::Time,
    },
    web::api::text::Instant,
    words::{Arm, Dimension, ExceptionId, Hash, PersonId, SplitId, StateName, Step, Tier},
};

/// An exception.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Exception)]
pub struct ExceptionView {
    /// Its id.
    pub id: ExceptionId,
    /// Its number for people.
    #[schema(examples("EX-2026-000042"))]
    pub number: String,
    /// How often it changed; its `ETag`. Comments do not count.
    pub version: u64,
    /// Where it is.
    pub state: StateName,
    /// The step of the procedure that it is in; `null` once it has ended.
    pub step: Option<Step>,
    /// The tier that counts, once it is known.
    pub tier: Option<Tier>,
    /// How the tier came about.
    pub rating: Option<RatingView>,
    /// Has it effect at this moment?
    pub effective: bool,
    /// Until when it has effect if nothing happens.
    pub effective_until: Option<Instant>,
    /// Who asked for it.
    pub requester: PersonId,
    /// Was it filed by a service, an agent or a pipeline?
    pub filed_by_agent: bool,
    /// When it was drafted.
    pub drafted_at: Instant,
    /// When it was last submitted.
    pub submitted_at: Option<Instant>,
    /// When it last changed.
    pub changed_at: Instant,
    /// The procedure it runs through.
    pub sop: SopView,
    /// What is asked for; a merge patch changes this.
    pub request: RequestBody,
    /// Texts of the request that were erased.
    pub erased: Vec<Erased>,
    /// Its files.
    pub attachments: Vec<AttachmentView>,
    /// Files that show how its controls stand, attached since the decision and no part of it.
    pub evidence: Vec<AttachmentView>,
    /// Who is missing (domain and roles of each slot), where nobody can fill the quorum any more.
    #[schema(value_type = Vec<Object>)]
    pub missing: Value,
    /// The clauses of the request that a reviewer or an assessor added.
    pub added_clauses: Vec<String>,
    /// Those of them that were added since it was decided: it does not cover them until people decide on them.
    pub pending_clauses: Vec<String>,
    /// The assessments of the current content, by dimension.
    #[schema(value_type = BTreeMap<String, AssessmentView>)]
    pub assessments: BTreeMap<Dimension, AssessmentView>,
    /// What advisers and stakeholders said.
    pub advice: Vec<AdviceView>,
    /// The open round of decision.
    pub round: Option<RoundView>,
    /// What is asked before its re-review is confirmed, or before it is resumed.
    pub review: Option<ReviewView>,
    /// The decision by which it has, had or may have effect.
    pub authority: Option<AuthorityView>,
    /// Does the requester have to accept the conditions?
    pub awaiting_acceptance: bool,
    /// What it is bound to.
    pub conditions: Vec<ConditionView>,
    /// Its controls, once it was decided.
    pub controls: Vec<ControlView>,
    /// Open work.
    pub tasks: Vec<TaskView>,
    /// What has to be mended, while it is returned.
    pub returned: Option<ReturnedView>,
    /// Why it was reopened or suspended.
    pub cause: Option<CauseView>,
    /// Until when a re-review must be settled.
    pub settle_by: Option<Instant>,
    /// Gates that were waived, by their id.
    pub waived: BTreeMap<String, WaiverView>,
    /// Rules that could not be evaluated and wait for governance.
    pub gaps: Vec<GapView>,
    /// Extensions granted, each by so many days.
    pub extensions: Vec<u32>,
    /// The end that was first approved.
    pub original_end: Option<Instant>,
    /// The exception that renews it.
    pub superseded_by: Option<ExceptionId>,
    /// People who follow it.
    pub watchers: Vec<PersonId>,
    /// Other records it points to.
    pub relations: Vec<RelationView>,
    /// The budgets of its procedure that were used up when it was last submitted. They never block; see
    /// `…/budgets` for how they are now.
    pub used_up: Vec<UsedUpView>,
    /// The split of its procedure in which it was first submitted, and its side; `null` where there was none.
    pub split: Option<LotView>,
    /// Where it was kept before, and how it stood there; `null` where it was filed here. No approval of there counts.
    pub imported: Option<ImportedView>,
    /// How often it went round each loop.
    pub counts: CountsView,
    /// Where to go from here.
    pub links: LinksView,
}

/// On which side of a split an exception is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Lot)]
pub struct LotView {
    /// The split.
    pub id: SplitId,
    /// The side. It never changes.
    pub arm: Arm,
}

/// What has to be mended.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Returned)]
pub struct ReturnedView {
    /// The reasons.
    pub reasons: Vec<ReasonView>,
    /// What the reviewer or approver wrote.
    pub note: Option<Opened>,
}

/// Why something must be mended.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Reason)]
pub struct ReasonView {
    /// The reason code.
    pub code: String,
    /// The gate that failed, if it was one.
    pub gate: Option<String>,
    /// The field, as a JSON Pointer into `request`.
    pub pointer: Option<String>,
    /// What is wrong.
    pub text: String,
    /// How to mend it.
    pub remedy: String,
    /// What the gate looked at.
    #[schema(value_type = Object)]
    pub looked_at: Value,
}

/// Why an exception was reopened or suspended.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Cause)]
pub struct CauseView {
    /// Its code.
    #[schema(examples("review_overdue"))]
    pub code: String,
    /// What somebody wrote about it.
    pub note: Option<Opened>,
}

/// How often an exception went round each loop that the procedure bounds.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Counts)]
pub struct CountsView {
    /// Returns to the fix queue.
    pub returns: u32,
    /// Re-reviews opened.
    pub reopenings: u32,
    /// Reminders sent.
    pub reminders: u32,
    /// Escalations.
    pub escalations: u32,
    /// Rounds of decision opened.
    pub rounds: u32,
}

/// Where to go from an exception.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Links)]
pub struct LinksView {
    /// The exception.
    #[serde(rename = "self")]
    pub this: String,
    /// What happened to it.
    pub timeline: String,
    /// What is decided on.
    pub dossier: String,
    /// Its versions.
    pub versions: String,
    /// Its open work.
    pub tasks: String,
    /// Its files.
    pub attachments: String,
    /// What was said of it.
    pub comments: String,
    /// Earlier exceptions that resemble it.
    pub prior: String,
    /// Budgets of what it deviates from that are used up.
    pub budgets: String,
}

/// Shows an exception as it is at `now`.
#[expect(clippy::too_many_lines, reason = "a table: one line a member")]
pub fn exception(found: &Exception, texts: &BTreeMap<Hash, String>, now: Time) -> ExceptionView {
    let texts = Texts(texts);
    let (request, erased) = show::request(&found.request, &found.sop, texts);
    let (returned, cause, settle_by, awaiting_acceptance) = stateful(&found.state, texts);
    ExceptionView {
        id: found.id,
        number: found.number.clone(),
        version: found.version,
        state: found.state.name(),
        step: step(found.state.name()),
        tier: found.tier(),
        rating: found.rating.as_ref().map(|rating| RatingView::of(rating, texts)),
        effective: found.is_effective(now),
        effective_until: found.effective_until().map(Into::into),
        requester: found.requester,
        filed_by_agent: found.filed_by_agent,
        drafted_at: found.drafted_at.into(),
        submitted_at: found.submitted_at.map(Into::into),
        changed_at: found.changed_at.into(),
        sop: SopView::of(&found.sop),
        request,
        erased,
        attachments: found.request.attachments.iter().map(|(id, file)| AttachmentView::of(*id, file, texts)).collect(),
        evidence: found.evidence.iter().map(|(id, file)| AttachmentView::of(*id, file, texts)).collect(),
        missing: json!(found.missing),
        added_clauses: found.added_clauses.iter().cloned().collect(),
        pending_clauses: found.pending_clauses.iter().cloned().collect(),
        assessments: found
            .assessments
            .iter()
            .map(|(dimension, given)| (*dimension, AssessmentView::of(given, texts)))
            .collect(),
        advice: found.advice.iter().map(|advice| AdviceView::of(advice, texts)).collect(),
        round: found.state.round().map(|round| RoundView::of(round, found, texts, now)),
        review: found.review().map(|review| ReviewView::of(review, texts)),
        authority: found.state.authority().map(AuthorityView::of),
        awaiting_acceptance,
        conditions: found.conditions.iter().map(|condition| ConditionView::of(condition, texts)).collect(),
        controls: found.controls.iter().map(|control| ControlView::of(control, &found.request, texts)).collect(),
        tasks: found.tasks.iter().map(|task| TaskView::of(task, found, now)).collect(),
        returned,
        cause,
        settle_by,
        waived: found.waived.iter().map(|(gate, waiver)| (gate.clone(), WaiverView::of(waiver, texts))).collect(),
        gaps: found.gaps.iter().map(|(rule, gap)| GapView::of(rule, gap)).collect(),
        extensions: found.extensions.clone(),
        original_end: found.original_end.map(Into::into),
        superseded_by: found.superseded_by,
        watchers: found.watchers.iter().copied().collect(),
        relations: found.links.iter().map(|link| RelationView::of(link, texts)).collect(),
        used_up: found.used_up.iter().map(Into::into).collect(),
        split: found.split.map(|lot| LotView { id: lot.split, arm: lot.arm }),
        imported: found.imported.as_ref().map(|imported| ImportedView::of(imported, texts)),
        counts: counts(found),
        links: links(found.id),
    }
}

type Stateful = (Option<ReturnedView>, Option<CauseView>, Option<Instant>, bool);

/// What only some states have.
fn stateful(state: &State, texts: Texts<'_>) -> Stateful {
    let because =
        |cause: &Cause| CauseView { code: cause.code.clone(), note: cause.note.as_ref().map(|note| texts.open(note)) };
    match state {
        State::Returned { reasons, note } => {
            let note = note.as_ref().map(|note| texts.open(note));
            (Some(ReturnedView { reasons: reasons.iter().map(reason).collect(), note }), None, None, false)
        }
        State::ReReview { cause, settle_by, .. } => (None, Some(because(cause)), Some((*settle_by).into()), false),
        State::Suspended { cause, .. } => (None, Some(because(cause)), None, false),
        State::Decision { awaiting, .. } => (None, None, None, awaiting.is_some()),
        State::Draft
        | State::CompletenessReview
        | State::Assessment
        | State::StakeholderInput
        | State::Implementation { .. }
        | State::Active { .. }
        | State::Rejected
        | State::Withdrawn
        | State::Expired { .. }
        | State::Revoked { .. }
        | State::Closed { .. } => (None, None, None, false),
    }
}

/// Shows a reason.
pub fn reason(reason: &Reason) -> ReasonView {
    let Reason { code, gate, pointer, text, remedy, looked_at } = reason.clone();
    ReasonView { code, gate, pointer, text, remedy, looked_at: json!(looked_at) }
}

fn counts(found: &Exception) -> CountsView {
    let counts = found.counts;
    CountsView {
        returns: counts.returns,
        reopenings: counts.reopenings,
        reminders: counts.reminders,
        escalations: counts.escalations,
        rounds: found.rounds,
    }
}

fn links(id: ExceptionId) -> LinksView {
    let below = |part: &str| format!("/v1/exceptions/{id}/{part}");
    LinksView {
        this: format!("/v1/exceptions/{id}"),
        timeline: below("timeline"),
        dossier: below("dossier"),
        versions: below("versions"),
        tasks: below("tasks"),
        attachments: below("attachments"),
        comments: below("comments"),
        prior: below("prior"),
        budgets: below("budgets"),
    }
}

/// The step that a state belongs to.
pub const fn step(state: StateName) -> Option<Step> {
    match state {
        StateName::Draft => Some(Step::Submission),
        StateName::CompletenessReview | StateName::Returned => Some(Step::Completeness),
        StateName::Assessment => Some(Step::Assessment),
        StateName::StakeholderInput => Some(Step::StakeholderInput),
        StateName::Decision => Some(Step::Decision),
        StateName::Implementation => Some(Step::Implementation),
        StateName::Active | StateName::ReReview | StateName::Suspended => Some(Step::Monitoring),
        StateName::Rejected | StateName::Withdrawn | StateName::Expired | StateName::Revoked | StateName::Closed => {
            None
        }
    }
}
