//! The parts of an exception as they are shown.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::show::{Opened, Texts};
use crate::{
    domain::{
        control::{Condition, Control, ControlStatus},
        exception::{Advice, Assessment, Exception, Finding, Gap, Link, Rating, Waiver},
        request::{Attachment, Request, Time},
        task::{Task, Work},
    },
    web::api::text::Instant,
    words::{
        AttachmentId, ControlId, DomainPath, ExceptionId, Facts, Hash, PersonId, Recommendation, Role, Sealed, SopRef,
        Step, TaskId, Tier,
    },
};

/// A version of a procedure.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = SopReference)]
pub struct SopView {
    /// Its name.
    #[schema(examples("standard"))]
    pub id: String,
    /// Its version, from 1.
    pub version: u32,
    /// The SHA-256 of its content.
    pub hash: Hash,
}

/// The tier and how it came about.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Rating)]
pub struct RatingView {
    /// The tier that counts.
    pub tier: Tier,
    /// What the scoring model gave; `null` where it could not be evaluated.
    pub computed: Option<Tier>,
    /// The rule that gave it.
    pub rule: String,
    /// Who put another in its place, and why.
    pub overridden: Option<WaiverView>,
}

/// Who waived or overrode something, and why.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Waiver)]
pub struct WaiverView {
    /// Who.
    pub by: PersonId,
    /// Why.
    pub reason: Opened,
}

/// One dimension's assessment.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Assessment)]
pub struct AssessmentView {
    /// Who assessed.
    pub by: PersonId,
    /// The points per criterion.
    pub points: BTreeMap<String, u32>,
    /// From 0 to 100.
    #[schema(minimum = 0, maximum = 100)]
    pub score: u32,
    /// What was found.
    pub findings: Vec<FindingView>,
    /// When.
    pub at: Instant,
}

/// What an assessor found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FindingShown)]
pub struct FindingView {
    /// The commitment of its text, by which an approver acknowledges it.
    pub id: Hash,
    /// How bad it is.
    pub severity: Tier,
    /// What it is.
    pub text: Opened,
    /// What is done about it.
    pub mitigation: Option<Opened>,
}

/// What an adviser or a stakeholder said.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Advice)]
pub struct AdviceView {
    /// Who.
    pub by: PersonId,
    /// In which role.
    pub role: Role,
    /// What they recommend.
    pub recommendation: Recommendation,
    /// What they wrote.
    pub text: Option<Opened>,
    /// When.
    pub at: Instant,
}

/// What an exception is bound to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Condition)]
pub struct ConditionView {
    /// Who proposed it.
    pub by: PersonId,
    /// What it says.
    pub text: Opened,
    /// The code under which the runtime answer names it.
    pub obligation: Option<String>,
}

/// A compensating control.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Control)]
pub struct ControlView {
    /// Its id.
    pub id: ControlId,
    /// What is done.
    pub text: Option<Opened>,
    /// Who does it.
    pub owner: Option<PersonId>,
    /// How it stands: `pending`, `confirmed`, `lapsed` or `failed`.
    #[schema(pattern = "^(pending|confirmed|lapsed|failed)$")]
    pub status: &'static str,
    /// Who confirmed it or reported it as failed.
    pub by: Option<PersonId>,
    /// When they did.
    pub at: Option<Instant>,
    /// What they said: the evidence, or what went wrong.
    pub note: Option<Opened>,
    /// When it is next due; `null`: before the exception becomes active.
    pub due: Option<Instant>,
    /// After how many days it is checked again.
    pub cadence_days: Option<u32>,
    /// Until when its evidence holds, where that says so itself.
    pub evidence_expires: Option<Instant>,
    /// When it lapses unless it is confirmed again.
    pub lapses_at: Option<Instant>,
}

/// Open work.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Task)]
pub struct TaskView {
    /// Its id.
    pub id: TaskId,
    /// What distinguishes it among the tasks of its exception.
    #[schema(examples("assess:privacy"))]
    pub key: String,
    /// The step it belongs to.
    pub step: Step,
    /// What it asks for.
    pub work: Work,
    /// The roles that may do it; empty where a person is named.
    pub roles: Vec<Role>,
    /// The domains in which the role must be held.
    pub domains: Vec<String>,
    /// Who has it.
    pub assignee: Option<PersonId>,
    /// When it was opened.
    pub opened_at: Instant,
    /// By when it should be done.
    pub due_at: Instant,
    /// Is it late?
    pub overdue: bool,
    /// What is known of the rule that could not be evaluated, where the task is to settle it.
    pub gap: Option<GapView>,
}

/// A rule that could not be evaluated.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Gap)]
pub struct GapView {
    /// The rule: what `waive-gate` names to settle it.
    #[schema(examples("1.3"))]
    pub rule: String,
    /// What stood in the way.
    pub why: String,
    /// What the rule looked at, by the path of each fact.
    #[schema(value_type = Object)]
    pub looked_at: Facts,
}

/// A file.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Attachment)]
pub struct AttachmentView {
    /// Its id.
    pub id: AttachmentId,
    /// Its name; erased with its text.
    pub name: Opened,
    /// Its type, judged by its content.
    #[schema(examples("application/pdf"))]
    pub media_type: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// The SHA-256 of its content.
    pub hash: Hash,
}

/// A pointer to another record.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Relation)]
pub struct RelationView {
    /// What it is, such as `ticket`.
    pub relation: String,
    /// Where it is; of another exception, its number.
    pub target: Opened,
    /// The exception that it points to, if it is one.
    pub exception: Option<ExceptionId>,
}

fn paths(domains: &[DomainPath]) -> Vec<String> {
    domains.iter().map(ToString::to_string).collect()
}

impl SopView {
    pub(crate) fn of(sop: &SopRef) -> Self {
        Self { id: sop.id.clone(), version: sop.version, hash: sop.hash }
    }
}

impl RatingView {
    pub(super) fn of(rating: &Rating, texts: Texts<'_>) -> Self {
        let overridden = rating.override_by.as_ref().map(|waiver| WaiverView::of(waiver, texts));
        Self { tier: rating.tier, computed: rating.computed, rule: rating.rule.clone(), overridden }
    }
}

impl WaiverView {
    pub(super) fn of(waiver: &Waiver, texts: Texts<'_>) -> Self {
        Self { by: waiver.by, reason: texts.open(&waiver.reason) }
    }
}

impl AssessmentView {
    pub(super) fn of(given: &Assessment, texts: Texts<'_>) -> Self {
        let finding = |finding: &Finding| FindingView {
            id: finding.text.commitment,
            severity: finding.severity,
            text: texts.open(&finding.text),
            mitigation: finding.mitigation.as_ref().map(|text| texts.open(text)),
        };
        let findings = given.findings.iter().map(finding).collect();
        Self { by: given.by, points: given.points.clone(), score: given.score, findings, at: given.at.into() }
    }
}

impl AdviceView {
    pub(super) fn of(advice: &Advice, texts: Texts<'_>) -> Self {
        let text = advice.text.as_ref().map(|text| texts.open(text));
        Self { by: advice.by, role: advice.role, recommendation: advice.recommendation, text, at: advice.at.into() }
    }
}

impl ConditionView {
    pub(super) fn of(condition: &Condition, texts: Texts<'_>) -> Self {
        Self { by: condition.by, text: texts.open(&condition.text), obligation: condition.obligation.clone() }
    }
}

impl ControlView {
    pub(super) fn of(control: &Control, request: &Request, texts: Texts<'_>) -> Self {
        let open = |text: &Sealed| texts.open(text);
        let (status, by, at, note) = match &control.status {
            ControlStatus::Pending => ("pending", None, None, None),
            ControlStatus::Confirmed { by, at, evidence } => {
                ("confirmed", Some(*by), Some(*at), evidence.as_ref().map(open))
            }
            ControlStatus::Lapsed { at } => ("lapsed", None, Some(*at), None),
            ControlStatus::Failed { by, at, reason } => ("failed", Some(*by), Some(*at), Some(open(reason))),
        };
        Self {
            id: control.id,
            text: request.controls.get(&control.id).map(|proposed| open(&proposed.text)),
            owner: control.owner,
            status,
            by,
            at: at.map(Into::into),
            note,
            due: control.due.map(Into::into),
            cadence_days: control.cadence_days,
            evidence_expires: control.evidence_until.map(Into::into),
            lapses_at: control.lapses_at().map(Into::into),
        }
    }
}

impl TaskView {
    pub(crate) fn of(task: &Task, of: &Exception, now: Time) -> Self {
        let rule = task.key.strip_prefix("gap:");
        Self {
            id: task.id,
            key: task.key.clone(),
            step: task.step,
            work: task.work,
            roles: task.roles.clone(),
            domains: paths(&task.domains),
            assignee: task.assignee,
            opened_at: task.opened_at.into(),
            due_at: task.due_at.into(),
            overdue: task.due_at < now,
            gap: rule.and_then(|rule| Some(GapView::of(rule, of.gaps.get(rule)?))),
        }
    }
}

impl GapView {
    pub(super) fn of(rule: &str, gap: &Gap) -> Self {
        Self { rule: rule.to_owned(), why: gap.why.clone(), looked_at: gap.looked_at.clone() }
    }
}

impl AttachmentView {
    pub(super) fn of(id: AttachmentId, file: &Attachment, texts: Texts<'_>) -> Self {
        Self {
            id,
            name: texts.open(&file.name),
            media_type: file.media_type.clone(),
            bytes: file.bytes,
            hash: file.hash,
        }
    }
}

impl RelationView {
    pub(super) fn of(link: &Link, texts: Texts<'_>) -> Self {
        Self { relation: link.relation.clone(), target: texts.open(&link.target), exception: link.exception }
    }
}
