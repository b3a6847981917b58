//! The bodies of the commands, each becoming one command of the domain. Only their form is judged here.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::{
    domain::{
        command::{Approve, Assess, Command, ProposedCondition},
        exception::Finding,
    },
    web::{
        api::{
            exception::talk::Audience,
            text::{Name, Slug, Statement, Text, or_absent},
        },
        problem::{Problem, codes},
    },
    words::{Dimension, Hash, PersonId, Recommendation, Role, Sealed, Sealer, Tier},
};

/// What a command is made with.
#[derive(Debug)]
pub struct Asking<'a> {
    /// Seals its texts.
    pub sealer: Sealer<'a>,
    /// The account that asks.
    pub person: PersonId,
}

impl Asking<'_> {
    pub(super) fn seal(&mut self, field: &str, text: &Statement) -> Sealed {
        self.sealer.seal(field, text.as_str())
    }

    pub(super) fn note(&mut self, field: &str, text: Option<&Text>) -> Option<Sealed> {
        text.map(|text| self.sealer.seal(field, text.as_str()))
    }
}

/// A body that becomes a command.
pub trait Asks {
    /// The command.
    fn command(self, asking: &mut Asking<'_>) -> Result<Command, Problem>;
}

/// Declares a body, its example, and the command it becomes.
macro_rules! bodies {
    ($(
        $(#[doc = $doc:literal])* $name:ident, $example:tt
        { $($(#[$meta:meta])* $field:ident: $type:ty,)* }
        |$body:ident, $asking:ident| $command:expr;
    )+) => {$(
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Serialize, Deserialize, Validate, ToSchema)]
        #[serde(deny_unknown_fields)]
        #[schema(example = json!($example))]
        pub struct $name { $($(#[$meta])* pub $field: $type,)* }

        impl Asks for $name {
            fn command(self, $asking: &mut Asking<'_>) -> Result<Command, Problem> {
                let $body = self;
                $command
            }
        }
    )+};
}

pub(super) use bodies;

bodies! {
    /// Why something is taken back or ended.
    Withdraw, { "reason": "The vendor was replaced" } {
        /// Why.
        #[serde(default, deserialize_with = "or_absent")]
        reason: Option<Text>,
    }
    |body, asking| Ok(Command::Withdraw { reason: asking.note("reason", body.reason.as_ref()) });

    /// Why it is no longer needed.
    Close, { "reason": "The pilot is over" } {
        /// Why.
        #[serde(default, deserialize_with = "or_absent")]
        reason: Option<Text>,
    }
    |body, asking| Ok(Command::Close { reason: asking.note("reason", body.reason.as_ref()) });

    /// What the reviewer notes of a complete request.
    Pass, { "note": "Complete" } {
        /// A note.
        #[serde(default, deserialize_with = "or_absent")]
        note: Option<Text>,
    }
    |body, asking| Ok(Command::Pass { note: asking.note("note", body.note.as_ref()) });

    /// What has to be mended.
    Return, { "codes": ["justification_unclear"], "note": "Which team would use it?" } {
        /// The procedure's reason codes.
        #[validate(length(min = 1, max = 20))]
        #[schema(min_items = 1, max_items = 20)]
        codes: Vec<Slug>,
        /// What to mend.
        #[serde(default, deserialize_with = "or_absent")]
        note: Option<Text>,
    }
    |body, asking| Ok(Command::Return {
        codes: body.codes.iter().map(|code| code.as_str().to_owned()).collect(),
        note: asking.note("note", body.note.as_ref()),
    });

    /// Clauses that the request deviates from as well.
    AddClauses, { "clauses": ["AIP-3.1"], "reason": "The prompts are kept by the vendor" } {
        /// The clauses, by their ids in the policy register.
        #[validate(length(min = 1, max = 20))]
        #[schema(min_items = 1, max_items = 20)]
        clauses: Vec<Name>,
        /// Why.
        reason: Statement,
    }
    |body, asking| Ok(Command::AddClauses {
        clauses: body.clauses.iter().map(|clause| clause.as_str().to_owned()).collect(),
        reason: asking.seal("reason", &body.reason),
    });

    /// One dimension's assessment.
    AssessBody, {
        "dimension": "privacy",
        "points": { "data_sensitivity": 3, "safeguards": 2 },
        "findings": [{ "severity": "moderate", "text": "Tickets hold names", "mitigation": "Names are masked" }]
    } {
        /// Which dimension.
        dimension: Dimension,
        /// Points per criterion of the procedure.
        #[validate(length(max = 100))]
        #[schema(value_type = BTreeMap<String, u32>)]
        points: BTreeMap<Slug, u32>,
        /// What was found.
        #[serde(default)]
        #[validate(length(max = 100))]
        #[schema(max_items = 100)]
        findings: Vec<FindingBody>,
        /// A higher tier than the computed one.
        #[serde(default)]
        override_tier: Option<Tier>,
        /// Why the tier is another one; needed with `override_tier`.
        #[serde(default, deserialize_with = "or_absent")]
        override_reason: Option<Text>,
    }
    |body, asking| assess(&body, asking);

    /// Something said of an exception.
    Comment, { "text": "Legal will answer by Friday", "visibility": "internal" } {
        /// What.
        text: Statement,
        /// For whom: `requester`, that is for all who see the exception, or `internal`.
        #[serde(default)]
        visibility: Audience,
    }
    |body, asking| Ok(Command::Comment {
        text: asking.seal("text", &body.text),
        internal: body.visibility == Audience::Internal,
    });

    /// What an adviser or stakeholder says.
    Recommend, { "role": "adviser", "recommendation": "support_with_conditions", "text": "Only for internal tickets" } {
        /// In which role.
        role: Role,
        /// What they recommend.
        recommendation: Recommendation,
        /// Why; needed with an objection.
        #[serde(default, deserialize_with = "or_absent")]
        text: Option<Text>,
    }
    |body, asking| Ok(Command::Recommend {
        role: body.role,
        recommendation: body.recommendation,
        text: asking.note("text", body.text.as_ref()),
    });

    /// The approval of exactly one dossier.
    ApproveBody, {
        "dossier": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "conditions": [{ "text": "No customer names in prompts", "obligation": "mask_names" }]
    } {
        /// The hash of the dossier that was looked at.
        dossier: Hash,
        /// The approver for whom one acts, by their delegation.
        #[serde(default)]
        on_behalf_of: Option<PersonId>,
        /// Conditions: each is proposed, and the new dossier approved.
        #[serde(default)]
        #[validate(length(max = 20))]
        #[schema(max_items = 20)]
        conditions: Vec<ConditionBody>,
        /// The ids of the high and critical findings, each of which one has read.
        #[serde(default)]
        #[validate(length(max = 400))]
        #[schema(max_items = 400)]
        acknowledged: Vec<Hash>,
        /// Why one departs from an adviser's objection.
        #[serde(default, deserialize_with = "or_absent")]
        departure: Option<Text>,
    }
    |body, asking| Ok(Command::Approve(Box::new(Approve {
        dossier: body.dossier,
        on_behalf_of: body.on_behalf_of,
        delegation: None,
        conditions: body.conditions.iter().map(|condition| condition.proposed(asking)).collect(),
        acknowledged: body.acknowledged.iter().copied().collect(),
        departure: asking.note("departure", body.departure.as_ref()),
        reason: None,
    })));

    /// The approval of giving effect back.
    Resume, {
        "dossier": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "reason": "The control was repaired and tested"
    } {
        /// The hash of the dossier that was looked at.
        dossier: Hash,
        /// The approver for whom one acts, by their delegation.
        #[serde(default)]
        on_behalf_of: Option<PersonId>,
        /// The ids of the high and critical findings, each of which one has read.
        #[serde(default)]
        #[validate(length(max = 400))]
        #[schema(max_items = 400)]
        acknowledged: Vec<Hash>,
        /// Why one departs from an adviser's objection.
        #[serde(default, deserialize_with = "or_absent")]
        departure: Option<Text>,
        /// Why it may have effect again.
        reason: Statement,
    }
    |body, asking| Ok(Command::Resume(Box::new(Approve {
        dossier: body.dossier,
        on_behalf_of: body.on_behalf_of,
        delegation: None,
        conditions: Vec::new(),
        acknowledged: body.acknowledged.iter().copied().collect(),
        departure: asking.note("departure", body.departure.as_ref()),
        reason: Some(asking.seal("reason", &body.reason)),
    })));

    /// A denial.
    Reject, {
        "dossier": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "reason": "The approved model is good enough"
    } {
        /// The hash of the dossier that was looked at.
        dossier: Hash,
        /// Why.
        reason: Statement,
    }
    |body, asking| Ok(Command::Reject { dossier: body.dossier, reason: asking.seal("reason", &body.reason) });

    /// What an approver wants changed.
    RequestChanges, {
        "dossier": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "reason": "Narrow it to one region"
    } {
        /// The hash of the dossier that was looked at.
        dossier: Hash,
        /// What to change.
        reason: Statement,
    }
    |body, asking| Ok(Command::RequestChanges { dossier: body.dossier, reason: asking.seal("reason", &body.reason) });

    /// A condition, which makes a new dossier.
    ProposeCondition, {
        "dossier": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "text": "No customer names in prompts",
        "obligation": "mask_names"
    } {
        /// The hash of the dossier that was looked at.
        dossier: Hash,
        /// What it says.
        text: Statement,
        /// Its code in the runtime answer, if it can be checked.
        #[serde(default)]
        obligation: Option<Slug>,
    }
    |body, asking| {
        let condition = ConditionBody { text: body.text, obligation: body.obligation }.proposed(asking);
        Ok(Command::ProposeCondition { dossier: body.dossier, condition })
    };

    /// Why a gate is waived, or how a gap of the procedure is settled.
    WaiveGate, { "gate": "2.1", "reason": "The form was signed on paper" } {
        /// The gate or rule.
        gate: Name,
        /// The tier, where it is the scoring that could not be evaluated.
        #[serde(default)]
        tier: Option<Tier>,
        /// Why.
        reason: Statement,
    }
    |body, asking| Ok(Command::WaiveGate {
        gate: body.gate.as_str().to_owned(),
        tier: body.tier,
        reason: asking.seal("reason", &body.reason),
    });
}

/// Nothing but the command itself: an empty object, or no body at all.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({}))]
pub struct Plain {}

/// To which version the content is set back.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "to_version": 3 }))]
pub struct Revert {
    /// The version; the content is that of the last change at or before it.
    #[validate(range(min = 1))]
    #[schema(minimum = 1)]
    pub to_version: u64,
}

/// What an assessor found.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Finding)]
pub struct FindingBody {
    /// How bad it is.
    pub severity: Tier,
    /// What it is.
    pub text: Statement,
    /// What is done about it.
    #[serde(default, deserialize_with = "or_absent")]
    pub mitigation: Option<Text>,
}

/// A condition as proposed.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ProposedCondition)]
pub struct ConditionBody {
    /// What it says.
    pub text: Statement,
    /// Its code in the runtime answer, if it can be checked.
    #[serde(default)]
    pub obligation: Option<Slug>,
}

impl ConditionBody {
    fn proposed(&self, asking: &mut Asking<'_>) -> ProposedCondition {
        let obligation = self.obligation.as_ref().map(|code| code.as_str().to_owned());
        ProposedCondition { text: asking.seal("condition", &self.text), obligation }
    }
}

fn assess(body: &AssessBody, asking: &mut Asking<'_>) -> Result<Command, Problem> {
    let override_tier = match (body.override_tier, &body.override_reason) {
        (Some(tier), Some(reason)) => Some((tier, asking.sealer.seal("override_reason", reason.as_str()))),
        (None, None) => None,
        (Some(_), None) => {
            return Err(Problem::field(codes::REASON_REQUIRED, "/override_reason", "say why the tier is another one"));
        }
        (None, Some(_)) => {
            return Err(Problem::field(codes::TIER_REQUIRED, "/override_tier", "a reason without the tier it is for"));
        }
    };
    let findings = body.findings.iter().map(|finding| Finding {
        severity: finding.severity,
        text: asking.seal("finding/text", &finding.text),
        mitigation: asking.note("finding/mitigation", finding.mitigation.as_ref()),
    });
    Ok(Command::Assess(Box::new(Assess {
        dimension: body.dimension,
        points: body.points.iter().map(|(criterion, points)| (criterion.as_str().to_owned(), *points)).collect(),
        findings: findings.collect(),
        override_tier,
    })))
}
