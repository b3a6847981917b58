//! The exception: what it is now. Each state carries exactly the facts that exist in it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        control::{Condition, Control},
        facts::{Prior, UsedUp},
        import::Imported,
        quorum::Vacancy,
        request::{Attachment, Extra, Request, Time},
        review::Review,
        roster::Lot,
        task::Task,
        upkeep::{Higher, Loop, Warned},
    },
    words::{AttachmentId, Dimension, ExceptionId, Facts, PersonId, Recommendation, Role, Sealed, SopRef, Tier},
};

pub use crate::domain::state::{Approval, Authority, Cause, Proposal, Round, State};

/// An exception, the fold of its events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exception {
    /// Its id.
    pub id: ExceptionId,
    /// Its number for people, such as `EX-2026-000042`.
    pub number: String,
    /// How many events it has.
    pub seq: u64,
    /// How often it changed; notes such as comments do not count. The `ETag`.
    pub version: u64,
    /// Who asked for it.
    pub requester: PersonId,
    /// Was it filed by a service, an agent or a pipeline?
    pub filed_by_agent: bool,
    /// When it was drafted.
    pub drafted_at: Time,
    /// When it last changed.
    pub changed_at: Time,
    /// When it was last submitted.
    pub submitted_at: Option<Time>,
    /// What is asked for.
    pub request: Request,
    /// The clauses of it that a reviewer or an assessor added: no change of the request takes them out.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub added_clauses: BTreeSet<String>,
    /// Those of them that were added since it was decided: nothing is covered by them until people decided on them.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub pending_clauses: BTreeSet<String>,
    /// Everyone who wrote or changed the request.
    pub editors: BTreeSet<PersonId>,
    /// The procedure it runs through.
    pub sop: SopRef,
    /// Where it is.
    pub state: State,
    /// How many rounds of decision were opened.
    pub rounds: u32,
    /// Open work.
    pub tasks: Vec<Task>,
    /// Gates that were waived, by their id.
    pub waived: BTreeMap<String, Waiver>,
    /// Rules that could not be evaluated and wait for governance, by their id.
    pub gaps: BTreeMap<String, Gap>,
    /// Who is missing, where nobody can fill its quorum any more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<Vacancy>,
    /// The assessments of the current content.
    pub assessments: BTreeMap<Dimension, Assessment>,
    /// The tier and how it came about.
    pub rating: Option<Rating>,
    /// What advisers and stakeholders said.
    pub advice: Vec<Advice>,
    /// What it is bound to.
    pub conditions: Vec<Condition>,
    /// Its controls, once there is a decision.
    pub controls: Vec<Control>,
    /// Files that show how the controls stand, attached since the decision.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub evidence: BTreeMap<AttachmentId, Attachment>,
    /// Extensions granted, each by so many days.
    pub extensions: Vec<u32>,
    /// The end that was first approved.
    pub original_end: Option<Time>,
    /// The exception that renews it.
    pub superseded_by: Option<ExceptionId>,
    /// What was asked for before, as it stood at the submission.
    pub prior: Prior,
    /// The budgets that were used up then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub used_up: Vec<UsedUp>,
    /// The split in which it was first submitted, and its side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split: Option<Lot>,
    /// People who follow it.
    pub watchers: BTreeSet<PersonId>,
    /// Other records it points to.
    pub links: Vec<Link>,
    /// How often it went round each loop.
    pub counts: Counts,
    /// The loops that go round no more, since their limit was reached.
    #[serde(default)]
    pub stopped: BTreeSet<Loop>,
    /// Of which end people were last told.
    #[serde(default)]
    pub warned: Option<Warned>,
    /// Those whom it rests on who are known to have left.
    #[serde(default)]
    pub departed: BTreeSet<PersonId>,
    /// The newest version of its procedure of which it is known that it scores it higher, and how high.
    #[serde(default)]
    pub scored_higher: Option<Higher>,
    /// When the round was opened in which a quorum last decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<Time>,
    /// Those whom it rests on who are known to work elsewhere, and since when.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub moved: BTreeMap<PersonId, Time>,
    /// The keys of the open tasks that nobody does who is there.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub uncovered: BTreeSet<String>,
    /// Where it was kept before, if it was not filed here: nobody's approval of there counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imported: Option<Imported>,
}

/// Why something must be mended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The reason code.
    pub code: String,
    /// The gate that failed, if it was one.
    pub gate: Option<String>,
    /// The field, as a JSON Pointer.
    pub pointer: Option<String>,
    /// What is wrong, in the SOP's words.
    pub text: String,
    /// How to mend it, in the SOP's words.
    pub remedy: String,
    /// What the gate looked at.
    #[serde(default, skip_serializing_if = "Facts::is_empty")]
    pub looked_at: Facts,
}

/// What is known of a rule that could not be evaluated.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Gap {
    /// What stood in the way.
    pub why: String,
    /// What the rule looked at.
    pub looked_at: Facts,
}

/// A gate that was waived by the role it names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiver {
    /// Who waived it.
    pub by: PersonId,
    /// Why.
    pub reason: Sealed,
}

/// One dimension's assessment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assessment {
    /// Who assessed.
    pub by: PersonId,
    /// The points per criterion.
    pub points: BTreeMap<String, u32>,
    /// From 0 to 100.
    pub score: u32,
    /// What was found.
    pub findings: Vec<Finding>,
    /// When.
    pub at: Time,
}

/// What an assessor found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// How bad it is.
    pub severity: Tier,
    /// What it is.
    pub text: Sealed,
    /// What is done about it.
    pub mitigation: Option<Sealed>,
}

impl Finding {
    /// Must whoever approves have read it?
    pub const fn is_grave(&self) -> bool {
        matches!(self.severity, Tier::High | Tier::Critical)
    }
}

/// The tier and how it came about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rating {
    /// The tier that counts.
    pub tier: Tier,
    /// What the scoring model gave; absent where it could not be evaluated.
    pub computed: Option<Tier>,
    /// The rule that gave it.
    pub rule: String,
    /// Who put another in its place, and why.
    pub override_by: Option<Waiver>,
}

/// What an adviser or a stakeholder said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Advice {
    /// Who.
    pub by: PersonId,
    /// In which role.
    pub role: Role,
    /// What they recommend.
    pub recommendation: Recommendation,
    /// What they wrote.
    pub text: Option<Sealed>,
    /// When.
    pub at: Time,
}

/// A pointer to another record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// What it is, such as `ticket`; [`Link::BETWEEN`] point to other exceptions.
    pub relation: String,
    /// Where it is.
    pub target: Sealed,
    /// The exception that it points to, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exception: Option<ExceptionId>,
}

impl Link {
    /// The relations between two exceptions.
    pub const BETWEEN: &[&str] = &["relates", "supersedes"];
}

/// How often an exception went round each loop that the SOP bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Returns to the fix queue.
    pub returns: u32,
    /// Re-reviews opened.
    pub reopenings: u32,
    /// Reminders sent.
    pub reminders: u32,
    /// Escalations.
    pub escalations: u32,
}

impl Exception {
    /// The tier that counts, once it is known.
    pub fn tier(&self) -> Option<Tier> {
        self.rating.as_ref().map(|rating| rating.tier)
    }

    /// What an approver must have read: every high and critical finding.
    pub fn grave_findings(&self) -> impl Iterator<Item = &Finding> {
        self.assessments.values().flat_map(|given| &given.findings).filter(|finding| finding.is_grave())
    }

    /// Every file of it: those of the request, and the evidence.
    pub fn files(&self) -> impl Iterator<Item = (&AttachmentId, &Attachment)> {
        self.request.attachments.iter().chain(&self.evidence)
    }

    /// The value of one of the SOP's own fields.
    pub fn extra(&self, field: &str) -> Option<&Extra> {
        self.request.extra.get(field)
    }

    /// Everyone whose role or presence a rule may look at.
    pub fn people(&self) -> BTreeSet<PersonId> {
        let approvers = self
            .state
            .round()
            .into_iter()
            .flat_map(|round| &round.approvals)
            .flat_map(|approval| {
                [Some(approval.by), approval.on_behalf_of, Some(approval.principal), Some(approval.human)]
            })
            .flatten();
        let seated = self
            .state
            .authority()
            .into_iter()
            .flat_map(|authority| authority.two.seats())
            .flat_map(|seat| [seat.human, seat.principal]);
        let mut people = self.request.people();
        let assigned = self.tasks.iter().filter_map(|task| task.assignee);
        let attested = self.review().into_iter().flat_map(Review::attesters);
        people.extend(approvers.chain(seated).chain(assigned).chain(attested).chain(self.excluded()));
        people
    }

    /// The accounts that may not approve: requester, beneficiary, editors, those whose assessment or tier
    /// stands, and whoever asked for what the open round would change.
    pub fn excluded(&self) -> BTreeSet<PersonId> {
        self.parts().into_iter().map(|(_, account)| account).collect()
    }

    /// Those accounts, each with the part in the request for which it may not approve.
    pub fn parts(&self) -> Vec<(&'static str, PersonId)> {
        let round = self.state.round();
        let asked = round.and_then(|round| round.asked_by);
        let benefits = round.and_then(|round| match &round.proposal {
            Proposal::Content(content) => content.beneficiary,
            Proposal::AsRequested | Proposal::End { .. } | Proposal::Reaffirm => None,
        });
        let rated = self.rating.as_ref().and_then(|rating| rating.override_by.as_ref()).map(|waiver| waiver.by);
        let one = [
            ("requester", Some(self.requester)),
            ("beneficiary", self.request.beneficiary),
            ("beneficiary", benefits),
            ("asker", asked),
            ("assessor", rated),
        ];
        let assessors = self.assessments.values().map(|assessment| ("assessor", assessment.by));
        // Whoever confirmed a score answers for it as if it were theirs.
        let looked = self.review().into_iter().flat_map(|review| review.looked.values());
        let assessors = assessors.chain(looked.map(|looked| ("assessor", looked.by)));
        let editors = self.editors.iter().map(|editor| ("editor", *editor));
        let one = one.into_iter().filter_map(|(part, account)| Some((part, account?)));
        one.chain(assessors).chain(editors).collect()
    }
}
