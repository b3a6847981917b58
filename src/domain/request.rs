//! What is asked for, in its leaf-safe form: ids, enums, numbers, times and sealed texts.
//! A draft may be incomplete; what a request must say is the SOP's to judge.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use crate::words::{AttachmentId, ControlId, DataClass, DomainPath, ExceptionId, Hash, Kind, PersonId, Sealed};

/// An instant, UTC, in microseconds.
pub type Time = DateTime<Utc>;

/// So many days after `time`, at most the end of representable time.
pub fn days_after(time: Time, days: u32) -> Time {
    time.checked_add_signed(Duration::days(i64::from(days))).unwrap_or(Time::MAX_UTC)
}

/// A request.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Request {
    /// What it is about, in one line.
    pub title: Option<Sealed>,
    /// What sort of deviation.
    pub kind: Option<Kind>,
    /// The policy clauses deviated from.
    pub clauses: BTreeSet<String>,
    /// Why the business needs it.
    pub justification: Option<Sealed>,
    /// What else was considered.
    pub alternatives: Option<Sealed>,
    /// What it covers.
    pub scope: Scope,
    /// When it should begin; absent: as soon as it is approved and its controls stand.
    pub start: Option<Time>,
    /// How long it should last.
    pub term: Option<Term>,
    /// What happens if it is denied.
    pub impact_if_denied: Option<Sealed>,
    /// The compensating controls proposed.
    pub controls: BTreeMap<ControlId, ProposedControl>,
    /// Who answers for it in the business.
    pub sponsor: Option<PersonId>,
    /// On whose behalf it is filed.
    pub beneficiary: Option<PersonId>,
    /// Who watches it while it lives.
    pub monitoring_owner: Option<PersonId>,
    /// Teams that are affected, by code.
    pub affected_teams: BTreeSet<String>,
    /// Regulations touched, by code.
    pub regulations: BTreeSet<String>,
    /// Answers to the screening questions, by code.
    pub screening: BTreeMap<String, bool>,
    /// Files, by their id.
    pub attachments: BTreeMap<AttachmentId, Attachment>,
    /// The ticket it came from.
    pub source_ticket: Option<Sealed>,
    /// May only its parties and named readers see it?
    pub confidential: bool,
    /// Who may read it although it is confidential.
    pub readers: BTreeSet<PersonId>,
    /// The exception that it renews.
    pub renews: Option<ExceptionId>,
    /// The SOP's own fields.
    pub extra: BTreeMap<String, Extra>,
}

/// What an exception covers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Scope {
    /// AI systems, models and tools.
    pub systems: Vec<System>,
    /// What they are used for.
    pub purpose: Option<Sealed>,
    /// Classes of data put in.
    pub data_classes: BTreeSet<DataClass>,
    /// People who may use it.
    pub people: BTreeSet<PersonId>,
    /// Groups that may use it, by code.
    pub groups: BTreeSet<String>,
    /// Agents that may use it, by code.
    pub agents: BTreeSet<String>,
    /// Actions that are covered, by code.
    pub actions: BTreeSet<String>,
    /// The business unit, by code.
    pub business_unit: Option<String>,
    /// The regions, by code.
    pub regions: BTreeSet<String>,
}

/// One AI system, model or tool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct System {
    /// Its id in the register, where it stands there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its name.
    pub name: Sealed,
    /// Who makes it.
    pub vendor: Option<Sealed>,
    /// Which version.
    pub version: Option<Sealed>,
}

/// How long an exception should last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Term {
    /// Until an instant.
    Until(Time),
    /// For so many days from its start.
    Days(u32),
    /// Without a planned end, for a reason; it must be reaffirmed.
    Permanent(Sealed),
}

/// A compensating control as proposed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProposedControl {
    /// What is done.
    pub text: Sealed,
    /// Who does it.
    pub owner: Option<PersonId>,
    /// By when; absent: before it becomes active.
    pub due: Option<Time>,
    /// After how many days it is checked again.
    pub cadence_days: Option<u32>,
    /// What will show that it is done.
    pub evidence: Option<Sealed>,
}

/// A file, by its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// SHA-256 of its bytes, which never change.
    pub hash: Hash,
    /// Its length in bytes.
    pub bytes: u64,
    /// Its type by content.
    pub media_type: String,
    /// Its name.
    pub name: Sealed,
}

/// A value of one of the SOP's own fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Extra {
    /// Yes or no.
    Flag(bool),
    /// A whole number.
    Number(i64),
    /// One of the codes that the SOP's schema enumerates.
    Code(String),
    /// Free text.
    Text(Sealed),
}

/// From when to when an exception may have effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// Not before.
    pub start: Time,
    /// Not at or after.
    pub end: Time,
}

impl Scope {
    fn names_nobody(&self) -> bool {
        self.people.is_empty() && self.groups.is_empty() && self.agents.is_empty()
    }
}

impl Request {
    /// The domains it touches: each region with the business unit. A name that is none makes it the root's,
    /// so that nothing escapes its approvers by being misspelt.
    pub fn domains(&self) -> Vec<DomainPath> {
        let unit = self.scope.business_unit.as_deref();
        let regions = self.scope.regions.iter();
        let paths: Vec<String> = match unit {
            Some(unit) if self.scope.regions.is_empty() => vec![unit.to_owned()],
            Some(unit) => regions.map(|region| format!("{region}/{unit}")).collect(),
            None => regions.cloned().collect(),
        };
        let paths: Option<BTreeSet<DomainPath>> = paths.iter().map(|path| path.parse().ok()).collect();
        paths
            .filter(|paths| !paths.is_empty())
            .map_or_else(|| vec![DomainPath::root()], |paths| paths.into_iter().collect())
    }

    /// Is it meant to last?
    pub fn is_permanent(&self) -> bool {
        matches!(self.term, Some(Term::Permanent(_)))
    }

    /// The period that an approval given at `now` would grant; a permanent one lasts `permanent_days`.
    /// `None` while the term is missing, or where its end is not after its start.
    pub fn period(&self, now: Time, permanent_days: Option<u32>) -> Option<Period> {
        let start = self.start.map_or(now, |start| start.max(now));
        let days = |days: u32| start.checked_add_signed(Duration::days(i64::from(days)));
        let end = match self.term.as_ref()? {
            Term::Until(end) => Some(*end),
            Term::Days(count) => days(*count),
            Term::Permanent(_) => permanent_days.and_then(days),
        }?;
        (end > start).then_some(Period { start, end })
    }

    /// Is everything this request covers covered by `wider` too, under the same terms? A revert may narrow,
    /// never widen; what names nothing covers everything.
    pub fn within(&self, wider: &Self) -> bool {
        let (mine, theirs) = (&self.scope, &wider.scope);
        let systems = !mine.systems.is_empty() && mine.systems.iter().all(|system| theirs.systems.contains(system));
        let who = mine.people.is_subset(&theirs.people)
            && mine.groups.is_subset(&theirs.groups)
            && mine.agents.is_subset(&theirs.agents)
            && mine.names_nobody() == theirs.names_nobody()
            && self.beneficiary == wider.beneficiary
            && self.monitoring_owner == wider.monitoring_owner
            && self.readers.is_subset(&wider.readers)
            && self.confidential >= wider.confidential;
        let what = narrower(&mine.data_classes, &theirs.data_classes)
            && narrower(&mine.actions, &theirs.actions)
            && mine.purpose == theirs.purpose
            && narrower(&self.clauses, &wider.clauses)
            && wider.regulations.is_subset(&self.regulations)
            && (self.kind, &self.screening, &self.extra, self.renews)
                == (wider.kind, &wider.screening, &wider.extra, wider.renews);
        let place = narrower(&mine.regions, &theirs.regions) && mine.business_unit == theirs.business_unit;
        let controls = wider.controls.iter().all(|(id, control)| self.controls.get(id) == Some(control));
        systems && who && what && place && controls && self.term == wider.term && self.start == wider.start
    }

    /// Everyone that the request names.
    pub fn people(&self) -> BTreeSet<PersonId> {
        let named = [self.sponsor, self.beneficiary, self.monitoring_owner].into_iter().flatten();
        let owners = self.controls.values().filter_map(|control| control.owner);
        named.chain(owners).chain(self.scope.people.iter().copied()).chain(self.readers.iter().copied()).collect()
    }
}

fn narrower<T: Ord>(mine: &BTreeSet<T>, theirs: &BTreeSet<T>) -> bool {
    mine.is_subset(theirs) && mine.is_empty() == theirs.is_empty()
}
