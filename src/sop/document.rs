//! The SOP as it is written: one strict YAML document. It says what holds; it evaluates nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::punctuality::Punctuality;
use super::re_review::ReReview;
use super::tolerance::{BatchLimits, Budget, OwnFigures, SplitLimits};
use crate::words::{DataClass, Dimension, Hash, Kind, Role, Tier};

/// A procedure: what it is for, and its seven steps.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Its name, such as `standard`.
    pub id: String,
    /// Its version, from 1; published versions never change.
    pub version: u32,
    /// Its title for people.
    pub title: String,
    /// Why it exists.
    pub purpose: String,
    /// What it covers.
    pub scope: String,
    /// Whom it addresses.
    pub audience: String,
    /// The role that owns it.
    pub owner: Role,
    /// After how many days its owner reviews it.
    pub review_every_days: u32,
    /// Tools that need no exception.
    #[serde(default)]
    pub approved_tools: Vec<String>,
    /// Data classes that may be put in.
    #[serde(default)]
    pub permitted_inputs: Vec<DataClass>,
    /// Data classes that may never be put in.
    #[serde(default)]
    pub prohibited_data_classes: Vec<DataClass>,
    /// Tasks that it never covers.
    #[serde(default)]
    pub excluded_tasks: Vec<String>,
    /// What is recorded, and for how long.
    pub records: String,
    /// Who is told when something stalls, in order.
    pub escalation: Vec<Role>,
    /// Shared steps taken in by name and content hash; empty once they have been joined.
    #[serde(default)]
    pub include: Vec<Include>,
    /// What each tier asks for; a tier that is absent cannot be approved.
    pub tiers: BTreeMap<Tier, TierRules>,
    /// The steps.
    pub steps: Steps,
    /// How far an exception may be extended.
    pub extensions: Extensions,
    /// Bounds on loops.
    pub limits: Limits,
    /// Reminders.
    pub notifications: Notifications,
    /// How late work is treated; absent: all hours count, and lateness is seen in lists alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub punctuality: Option<Punctuality>,
    /// How many exceptions of a clause a business unit may have before governance is asked; absent: any number.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub budgets: Vec<Budget>,
    /// Which of its own figures have its owner review it before its time; absent: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_figures: Option<OwnFigures>,
    /// How far a version that is split off may fall behind before it is held; absent: as it is compiled in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split_limits: Option<SplitLimits>,
}

/// A shared fragment, by name and by the hash of its content, so that an edit is noticed.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Include {
    /// The fragment's name, such as `submission-basics`.
    pub name: String,
    /// The SHA-256 of its text.
    pub hash: Hash,
}

/// What one tier asks for.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TierRules {
    /// Who must approve.
    pub quorum: Quorum,
    /// The longest period of a temporary exception, in days.
    pub max_days: u32,
    /// For how many days an approval of a permanent exception lasts; absent: none may be permanent.
    #[serde(default)]
    pub permanent_days: Option<u32>,
    /// After how many days it is reviewed again.
    pub review_every_days: u32,
    /// Which roles must answer in step 4.
    #[serde(default)]
    pub stakeholders: Vec<Role>,
}

/// Who must approve. Two different people are compiled in: a smaller `min` counts as two.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quorum {
    /// How many different people.
    pub min: u32,
    /// Roles that must each be filled, each by a different person.
    #[serde(default)]
    pub all_of: Vec<Role>,
    /// Roles from which the remaining people may come; empty: the roles of `all_of`.
    #[serde(default)]
    pub any_of: Vec<Role>,
}

/// The seven steps.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Steps {
    /// 1: what a request must say.
    pub submission: Submission,
    /// 2: is it complete?
    pub completeness: Completeness,
    /// 3: what may go wrong, and how badly?
    pub assessment: Assessment,
    /// 4: what do those concerned say?
    pub stakeholder_input: StakeholderInput,
    /// 5: two or more people decide.
    pub decision: Decision,
    /// 6: everyone is told, controls are put in place.
    pub implementation: Implementation,
    /// 7: watched, reviewed, ended.
    pub monitoring: Monitoring,
}

/// A check that must hold to advance.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// Its id within the SOP, such as `1.3`: the step's number, a dot, a number.
    pub id: String,
    /// A CEL expression over the facts; it holds when it yields `true`.
    pub when: String,
    /// The reason code given when it does not hold.
    pub code: String,
    /// What it says, in words.
    pub text: String,
    /// How to mend it.
    pub remedy: String,
    /// The field to mend, as a JSON Pointer (RFC 6901) into the request.
    #[serde(default)]
    pub pointer: Option<String>,
    /// The role that may waive it, if any.
    #[serde(default)]
    pub waivable_by: Option<Role>,
}

/// Step 1.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Submission {
    /// JSON Pointers of the fields that every request must fill.
    #[serde(default)]
    pub required: Vec<String>,
    /// Further fields by kind.
    #[serde(default)]
    pub required_by_kind: BTreeMap<Kind, Vec<String>>,
    /// A JSON Schema for the SOP's own fields (`/extra`).
    #[serde(default)]
    pub extra: Option<serde_json::Value>,
    /// The automatic gates.
    #[serde(default)]
    pub gates: Vec<Gate>,
    /// After how many days an untouched draft lapses.
    pub draft_lapse_days: u32,
}

/// Step 2.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Completeness {
    /// Who reviews.
    pub role: Role,
    /// Due after so many hours.
    pub due_hours: u32,
    /// What must hold for it to pass.
    #[serde(default)]
    pub gates: Vec<Gate>,
    /// The reason codes a reviewer may return with, and what each means.
    #[serde(default)]
    pub reasons: BTreeMap<String, String>,
    /// How long a returned request may wait for its requester, in hours.
    pub fix_due_hours: u32,
    /// After how many days a returned request that nobody touched lapses; absent: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix_lapse_days: Option<u32>,
}

/// Step 3.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assessment {
    /// Due after so many hours.
    pub due_hours: u32,
    /// The dimensions assessed.
    #[serde(default)]
    pub dimensions: Vec<DimensionRules>,
    /// From the scores to a tier.
    pub scoring: Scoring,
}

/// One dimension.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DimensionRules {
    /// Which.
    pub dimension: Dimension,
    /// A CEL expression that says whether it is needed; absent: always.
    #[serde(default)]
    pub when: Option<String>,
    /// The role that assesses; absent: the dimension's own assessor.
    #[serde(default)]
    pub role: Option<Role>,
    /// What is scored.
    pub criteria: Vec<Criterion>,
}

impl DimensionRules {
    /// The role that assesses it.
    pub fn assessor(&self) -> Role {
        self.role.unwrap_or_else(|| self.dimension.assessor())
    }
}

/// One thing that is scored, from 0 to `max`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Criterion {
    /// Its id, unique within the dimension.
    pub id: String,
    /// The question.
    pub text: String,
    /// How to score it.
    pub guidance: String,
    /// The highest score.
    pub max: u32,
    /// Its weight in the dimension's score; 1 when absent.
    #[serde(default = "one")]
    pub weight: u32,
}

fn one() -> u32 {
    1
}

/// From scores to a tier: the first rule that holds wins, from the highest tier down.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scoring {
    /// The rules.
    pub rules: Vec<ScoringRule>,
    /// The tier when none holds.
    pub otherwise: Tier,
    /// May an override lower the computed tier, and not only raise it?
    #[serde(default)]
    pub override_may_lower: bool,
}

/// One rule of the scoring model.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScoringRule {
    /// Its id, such as `3.1`.
    pub id: String,
    /// The tier it gives.
    pub tier: Tier,
    /// A CEL expression over the facts.
    pub when: String,
    /// What it says, in words.
    pub text: String,
}

/// Step 4.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StakeholderInput {
    /// Due after so many hours.
    pub due_hours: u32,
    /// May it pass without an answer once the due time has passed?
    pub may_lapse: bool,
}

/// Step 5.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// Due after so many hours.
    pub due_hours: u32,
    /// For how many days an approval counts while the round is open.
    pub approval_days: u32,
    /// How an approver may decide from a mail: `session`, or `code` at low and moderate tiers.
    pub mail_link: MailLink,
    /// What must hold before an approval is taken.
    #[serde(default)]
    pub gates: Vec<Gate>,
}

/// What deciding from a mail link needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailLink {
    /// A signed-in session of that approver.
    Session,
    /// A code sent in a second mail (low and moderate tiers, one approval of a round).
    Code,
}

/// Step 6.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Implementation {
    /// Due after so many hours.
    pub due_hours: u32,
    /// What must hold before it becomes active.
    #[serde(default)]
    pub gates: Vec<Gate>,
}

/// Step 7.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Monitoring {
    /// How many days before its due date a re-review opens.
    pub open_before_days: u32,
    /// How many days after its due date it is suspended.
    pub grace_days: u32,
    /// How many days a suspension may last before it is revoked.
    pub revoke_after_days: u32,
    /// What a failed or lapsed control does.
    pub control_failure: ControlFailure,
    /// Whom a re-review asks before anybody confirms it; absent: nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub re_review: Option<ReReview>,
}

/// What a failed or lapsed control does to a living exception.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ControlFailure {
    /// It is reopened for a re-review.
    Reopen,
    /// It is suspended at once.
    Suspend,
}

/// Caps on extensions.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extensions {
    /// How many.
    pub count: u32,
    /// The longest single one, in days.
    pub days_each: u32,
    /// All together, in days.
    pub days_total: u32,
}

/// Bounds on loops, per exception.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Returns to the fix queue.
    pub returns: u32,
    /// Re-reviews opened out of turn.
    pub reopenings: u32,
    /// Reminders.
    pub reminders: u32,
    /// Escalations.
    pub escalations: u32,
    /// How many exceptions one person may reopen or suspend at once, by an incident; absent: 25.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mass_action: Option<u32>,
    /// When an automatic change of many exceptions stops by itself; absent: beyond 5 percent of at least 20.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<BatchLimits>,
}

/// Reminders.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notifications {
    /// How many days before the end people are reminded, highest first.
    pub before_end_days: Vec<u32>,
    /// How many days before an untouched draft or returned request lapses its requester is told, highest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub before_lapse_days: Vec<u32>,
    /// Decisions due within so many hours are urgent.
    pub urgent_hours: u32,
}
