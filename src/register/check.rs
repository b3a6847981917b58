//! What a sound register is: every id once, every clause under its policy, every question under a code of
//! its own. It checks form and never whether a policy is wise.

use std::collections::BTreeSet;

use super::{Clause, Entry, Policy, Register, System};

/// What is wrong, where, and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// Where, as a JSON Pointer (RFC 6901).
    pub pointer: String,
    /// A stable code.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    pub hint: &'static str,
}

fn flaw(at: impl Into<String>, (code, message): (&'static str, impl Into<String>), hint: &'static str) -> Flaw {
    Flaw { pointer: at.into(), code, message: message.into(), hint }
}

/// What the entries seen so far have taken.
#[derive(Debug, Default)]
struct Taken {
    ids: BTreeSet<String>,
    codes: BTreeSet<String>,
}

impl Register {
    pub(super) fn check(&self) -> Result<(), Flaw> {
        if self.policies.is_empty() {
            return Err(flaw("/policies", ("invalid_value", "no policy"), "name at least one"));
        }
        let mut taken = Taken::default();
        for (at, policy) in self.policies.iter().enumerate() {
            taken.policy(&format!("/policies/{at}"), policy)?;
        }
        for (at, regulation) in self.regulations.iter().enumerate() {
            let at = format!("/regulations/{at}");
            taken.named(&at, &regulation.id, ("title", &regulation.title))?;
            versioned(&at, regulation.version)?;
        }
        for (at, system) in self.systems.iter().enumerate() {
            taken.system(&format!("/systems/{at}"), system)?;
            self.made_by(&format!("/systems/{at}"), system)?;
        }
        Ok(())
    }

    /// Is the entry sound among all others? Pointers are into the entry.
    pub(super) fn admit(&self, entry: &Entry) -> Result<(), Flaw> {
        let mut taken = Taken::default();
        let others = self.entries().filter(|other| (other.kind(), other.id()) != (entry.kind(), entry.id()));
        others.for_each(|other| taken.take(&other));
        match entry {
            Entry::Policy(policy) => taken.policy("", policy),
            Entry::Regulation(regulation) => {
                taken.named("", &regulation.id, ("title", &regulation.title))?;
                versioned("", regulation.version)
            }
            Entry::System(system) => {
                taken.system("", system)?;
                self.made_by("", system)
            }
        }
    }

    /// The vendor stands in the register too.
    fn made_by(&self, at: &str, system: &System) -> Result<(), Flaw> {
        let known = |id: &String| self.system(id).is_some_and(|maker| maker.kind == crate::words::SystemKind::Vendor);
        match system.vendor.as_ref().filter(|id| !known(id)) {
            None => Ok(()),
            Some(id) => {
                let message = format!("the register has no vendor `{id}`");
                Err(flaw(format!("{at}/vendor"), ("unknown_system", message), "register the vendor first"))
            }
        }
    }
}

impl Taken {
    fn take(&mut self, entry: &Entry) {
        self.ids.insert(entry.id().to_owned());
        for clause in entry.clauses() {
            self.ids.insert(clause.id.clone());
            self.codes.extend(clause.screening.iter().map(|asked| asked.code.clone()));
        }
    }

    fn policy(&mut self, at: &str, policy: &Policy) -> Result<(), Flaw> {
        self.named(at, &policy.id, ("title", &policy.title))?;
        versioned(at, policy.version)?;
        if policy.clauses.is_empty() {
            return Err(flaw(format!("{at}/clauses"), ("invalid_value", "no clause"), "name at least one"));
        }
        for (index, clause) in policy.clauses.iter().enumerate() {
            let at = format!("{at}/clauses/{index}");
            self.named(&at, &clause.id, ("title", &clause.title))?;
            belongs(&at, clause, policy)?;
            self.screens(&at, clause)?;
        }
        Ok(())
    }

    fn system(&mut self, at: &str, system: &System) -> Result<(), Flaw> {
        self.named(at, &system.id, ("name", &system.name))?;
        versioned(at, system.version)
    }

    fn named(&mut self, at: &str, id: &str, (field, title): (&str, &str)) -> Result<(), Flaw> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
        if id.is_empty() || id.len() > 60 || !id.bytes().all(plain) {
            let hint = "letters, digits, `-`, `.` and `_`, at most 60";
            return Err(flaw(format!("{at}/id"), ("invalid_value", format!("`{id}` is no id")), hint));
        }
        if !self.ids.insert(id.to_owned()) {
            let message = format!("the id `{id}` stands twice");
            return Err(flaw(format!("{at}/id"), ("duplicate_id", message), "give each its own id"));
        }
        if title.trim().is_empty() {
            return Err(flaw(format!("{at}/{field}"), ("invalid_value", format!("no {field}")), "name it"));
        }
        Ok(())
    }

    fn screens(&mut self, at: &str, clause: &Clause) -> Result<(), Flaw> {
        let Some(screening) = &clause.screening else {
            return Ok(());
        };
        let plain = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_');
        let code = screening.code.as_str();
        let at_code = format!("{at}/screening/code");
        if code.is_empty() || code.len() > 60 || !code.bytes().all(plain) {
            let hint = "lower-case letters, digits and `_`, at most 60";
            return Err(flaw(at_code, ("invalid_value", format!("`{code}` is no code")), hint));
        }
        if !self.codes.insert(code.to_owned()) {
            let message = format!("the code `{code}` stands twice");
            return Err(flaw(at_code, ("duplicate_id", message), "give each question its own code"));
        }
        if screening.question.trim().is_empty() {
            let hint = "ask so that yes means the clause is touched";
            return Err(flaw(format!("{at}/screening/question"), ("invalid_value", "no question"), hint));
        }
        Ok(())
    }
}

fn versioned(at: &str, version: u32) -> Result<(), Flaw> {
    if version == 0 {
        return Err(flaw(format!("{at}/version"), ("invalid_value", "version 0"), "versions begin at 1"));
    }
    Ok(())
}

fn belongs(at: &str, clause: &Clause, policy: &Policy) -> Result<(), Flaw> {
    let number = clause.id.strip_prefix(&policy.id).and_then(|rest| rest.strip_prefix('.'));
    if number.is_none_or(str::is_empty) {
        let message = format!("`{}` is no clause of {}", clause.id, policy.id);
        let hint = "the policy's id, a dot, a number, such as AIP-2.1";
        return Err(flaw(format!("{at}/id"), ("foreign_clause", message), hint));
    }
    if clause.text.trim().is_empty() {
        return Err(flaw(format!("{at}/text"), ("invalid_value", "no text"), "say what it demands"));
    }
    if clause.non_waivable.as_ref().is_some_and(|source| source.trim().is_empty()) {
        let hint = "name the source, such as EU AI Act, Article 5(1)(a)";
        return Err(flaw(format!("{at}/non_waivable"), ("invalid_value", "no source"), hint));
    }
    Ok(())
}
