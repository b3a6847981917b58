//! Incidents: what went wrong with what, and what is to become of the exceptions that rest on it. It takes effect
//! away and never gives any, so one person may report one, up to the number that the procedures allow.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        refusal::Refused,
        request::Time,
        roster::{
            RosterDeed,
            decide::{Case, Ruling, invalid},
        },
    },
    words::{BatchId, Citation, DomainPath, IncidentEffect, IncidentId, IncidentOutcome, Sealed, Severity, StateName},
};

/// An incident as it is reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Incident {
    /// Its id.
    pub id: IncidentId,
    /// What happened.
    pub summary: Sealed,
    /// When.
    pub happened_at: Time,
    /// How bad it is.
    pub severity: Severity,
    /// What is to become of the exceptions in effect that it touches.
    pub effect: IncidentEffect,
    /// It touches exceptions in this domain and below.
    pub domain: DomainPath,
    /// The AI systems, models and vendors that it is about, by their ids in the register.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub systems: BTreeSet<String>,
    /// The policy clauses that it is about.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub clauses: BTreeSet<String>,
}

/// The facts that the report of an incident is judged by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct IncidentFacts {
    /// How many exceptions it touches.
    pub touched: u64,
    /// How many of them one person may touch at once: the least that their procedures say.
    pub limit: Option<u32>,
}

impl IncidentFacts {
    /// Has a second person to confirm it?
    pub fn takes_two(self) -> bool {
        self.limit.is_some_and(|limit| self.touched > u64::from(limit))
    }
}

impl Incident {
    /// The job as which the service carries out what an incident means for an exception.
    pub const JOB: &'static str = "incident";

    /// The batch of all that it means for exceptions.
    pub const fn batch(&self) -> BatchId {
        BatchId::Incident(self.id)
    }

    /// What it is about, in one line.
    pub fn about(&self) -> String {
        self.systems.iter().chain(&self.clauses).map(String::as_str).collect::<Vec<_>>().join(", ")
    }

    /// What it does to an exception in this state, as far as its state says. Beyond the procedure's limit of
    /// re-reviews, reopening is suspending.
    pub const fn does_to(&self, state: StateName) -> IncidentOutcome {
        match (state, self.effect) {
            (StateName::Active, IncidentEffect::Reopen) => IncidentOutcome::Reopened,
            (StateName::Active | StateName::ReReview, IncidentEffect::Suspend) => IncidentOutcome::Suspended,
            (
                StateName::Draft
                | StateName::CompletenessReview
                | StateName::Returned
                | StateName::Assessment
                | StateName::StakeholderInput
                | StateName::Decision
                | StateName::Implementation
                | StateName::ReReview
                | StateName::Suspended,
                _,
            ) => IncidentOutcome::Noted,
            (
                StateName::Rejected
                | StateName::Withdrawn
                | StateName::Expired
                | StateName::Revoked
                | StateName::Closed,
                _,
            ) => IncidentOutcome::Ended,
        }
    }
}

/// Reports one. What it says of exceptions follows of it.
pub(super) fn report(incident: &Incident, case: Case<'_>) -> Result<Ruling, Refused> {
    if incident.happened_at > case.ground.now {
        return Err(invalid("/happened_at", "in_the_future", "an incident is reported once it has happened"));
    }
    let facts = case.ground.incident;
    let mut citation = Citation::rule(6, "one person may take effect away, up to the procedures' number")
        .with("touched", facts.touched);
    if let Some(limit) = facts.limit {
        citation = citation.with("mass_action", limit);
    }
    let deed = RosterDeed::IncidentReported { incident: Box::new(incident.clone()) };
    let why = "it reopens or suspends more exceptions at once than their procedures leave to one person";
    Ok(Ruling::lowering(deed, facts.takes_two().then_some(why)).citing(citation))
}
