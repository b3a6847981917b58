//! The register: the policies whose clauses an exception deviates from, which of them nobody can waive and
//! the questions that find out, the laws they answer to, and the AI systems in use. It judges no request.

mod check;
mod diff;
mod entry;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use check::Flaw;
pub use diff::{ClauseDiff, Difference, Wording, difference};
pub use entry::{Entry, EntryError};

use crate::{
    words::{EntryKind, SystemKind},
    yaml::{self, DocumentError, Place},
};

/// What is wrong with a register, where, and how to mend it.
pub type RegisterError = DocumentError;

const STARTER: &str = include_str!("../policies/register/starter.yaml");

/// The register as it holds at one moment: of each entry the newest version.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Register {
    /// The policies.
    pub policies: Vec<Policy>,
    /// The regulations that requests may touch.
    #[serde(default)]
    pub regulations: Vec<Regulation>,
    /// AI systems, models and vendors.
    #[serde(default)]
    pub systems: Vec<System>,
}

/// A policy in one version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Its id, such as `AIP-2`.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its version, from 1.
    pub version: u32,
    /// Its clauses.
    pub clauses: Vec<Clause>,
}

/// One clause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clause {
    /// Its id: the policy's, a dot, a number, such as `AIP-2.1`.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What it says.
    pub text: String,
    /// The source that forbids any exception, such as `EU AI Act, Article 5(1)(a)`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub non_waivable: Option<String>,
    /// A question that finds out whether a request touches this clause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub screening: Option<Screening>,
}

/// A screening question; `yes` means that the clause is touched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Screening {
    /// Its code, a key of the request's answers.
    pub code: String,
    /// The question.
    pub question: String,
}

/// A law or a standard, by its name; its text is not kept here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Regulation {
    /// Its id, such as `gdpr`.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its version in the register, from 1.
    pub version: u32,
    /// Where it holds, as a code such as `eu`; absent: anywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jurisdiction: Option<String>,
    /// How it is cited, such as `Regulation (EU) 2016/679`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

/// An AI system, a model or a vendor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct System {
    /// Its id, such as `company-assistant`.
    pub id: String,
    /// What it is.
    pub kind: SystemKind,
    /// Its name.
    pub name: String,
    /// Its version in the register, from 1.
    pub version: u32,
    /// The id of the vendor who makes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor: Option<String>,
    /// Which release of it this version is about, in its maker's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    /// Is it no longer to be used?
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub retired: bool,
}

impl Register {
    /// Reads and checks a register.
    pub fn load(text: &str) -> Result<Self, RegisterError> {
        let register: Self = yaml::read(text)?;
        let places: Place = yaml::read(text)?;
        register.check().map_err(|flaw| places.error(&flaw.pointer, flaw.message, flaw.hint.to_owned()))?;
        Ok(Self::of(register.entries()))
    }

    /// The register that ships with Proviso.
    pub fn starter() -> Result<Self, RegisterError> {
        Self::load(STARTER)
    }

    /// The register of these entries, the newest version of each.
    pub fn of(entries: impl IntoIterator<Item = Entry>) -> Self {
        let mut register = Self::default();
        for entry in entries {
            register.put(entry);
        }
        register
    }

    /// The register with this entry in place of its older version, or what is wrong with it here. Pointers
    /// are into the entry.
    pub fn with(&self, entry: Entry) -> Result<Self, Flaw> {
        self.admit(&entry)?;
        let mut register = self.clone();
        register.put(entry);
        Ok(register)
    }

    fn put(&mut self, entry: Entry) {
        match entry {
            Entry::Policy(policy) => place(&mut self.policies, policy, |one| &one.id),
            Entry::Regulation(regulation) => place(&mut self.regulations, regulation, |one| &one.id),
            Entry::System(system) => place(&mut self.systems, system, |one| &one.id),
        }
    }

    /// Every entry: policies, then regulations, then systems.
    pub fn entries(&self) -> impl Iterator<Item = Entry> {
        let policies = self.policies.iter().cloned().map(Entry::Policy);
        let regulations = self.regulations.iter().cloned().map(Entry::Regulation);
        policies.chain(regulations).chain(self.systems.iter().cloned().map(Entry::System))
    }

    /// The entry with this id.
    pub fn entry(&self, kind: EntryKind, id: &str) -> Option<Entry> {
        match kind {
            EntryKind::Policy => self.policy(id).cloned().map(Entry::Policy),
            EntryKind::Regulation => self.regulation(id).cloned().map(Entry::Regulation),
            EntryKind::System => self.system(id).cloned().map(Entry::System),
        }
    }

    /// The policy with this id.
    pub fn policy(&self, id: &str) -> Option<&Policy> {
        self.policies.iter().find(|policy| policy.id == id)
    }

    /// The clauses that an exception may deviate from, in the order of the register.
    pub fn waivable(&self) -> Vec<&Clause> {
        let clauses = self.policies.iter().flat_map(|policy| &policy.clauses);
        clauses.filter(|clause| clause.non_waivable.is_none()).collect()
    }

    /// The clause with this id.
    pub fn clause(&self, id: &str) -> Option<&Clause> {
        self.clauses().find(|clause| clause.id == id)
    }

    /// The regulation with this id.
    pub fn regulation(&self, id: &str) -> Option<&Regulation> {
        self.regulations.iter().find(|regulation| regulation.id == id)
    }

    /// The system, model or vendor with this id.
    pub fn system(&self, id: &str) -> Option<&System> {
        self.systems.iter().find(|system| system.id == id)
    }

    /// Those of the clauses that nobody can waive, in the order of the register.
    pub fn non_waivable(&self, ids: &[String]) -> Vec<&Clause> {
        self.clauses().filter(|clause| clause.non_waivable.is_some() && ids.contains(&clause.id)).collect()
    }

    /// The clauses that a screening question asks for, each with its question.
    pub fn screening(&self) -> Vec<(&Clause, &Screening)> {
        self.clauses().filter_map(|clause| Some((clause, clause.screening.as_ref()?))).collect()
    }

    /// An answer of no to every screening question.
    pub fn all_denied(&self) -> BTreeMap<String, bool> {
        self.screening().into_iter().map(|(_, asked)| (asked.code.clone(), false)).collect()
    }

    /// The versions of the policies that these clauses stand in.
    pub fn versions(&self, clauses: &[&Clause]) -> BTreeMap<String, u32> {
        let holds = |policy: &&Policy| policy.clauses.iter().any(|clause| clauses.contains(&clause));
        self.policies.iter().filter(holds).map(|policy| (policy.id.clone(), policy.version)).collect()
    }

    fn clauses(&self) -> impl Iterator<Item = &Clause> {
        self.policies.iter().flat_map(|policy| &policy.clauses)
    }
}

/// Puts `new` where its id stands, in the order of ids.
fn place<T>(all: &mut Vec<T>, new: T, id: impl Fn(&T) -> &String) {
    match all.binary_search_by(|one| id(one).cmp(id(&new))) {
        Ok(at) => {
            if let Some(old) = all.get_mut(at) {
                *old = new;
            }
        }
        Err(at) => all.insert(at, new),
    }
}
