//! The policy register: the clauses an exception deviates from, which of them nobody can waive,
//! and the questions that find out. It reads a file and judges no request.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::yaml::{self, DocumentError, Place};

/// What is wrong with a register, where, and how to mend it.
pub type RegisterError = DocumentError;

const STARTER: &str = include_str!("../policies/register/starter.yaml");

/// The register.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Register {
    /// The policies.
    pub policies: Vec<Policy>,
    /// The regulations that requests may touch.
    #[serde(default)]
    pub regulations: Vec<Regulation>,
}

/// A policy in one version.
#[derive(Debug, Clone, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clause {
    /// Its id: the policy's, a dot, a number, such as `AIP-2.1`.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What it says.
    pub text: String,
    /// The source that forbids any exception, such as `EU AI Act, Article 5(1)(a)`.
    #[serde(default)]
    pub non_waivable: Option<String>,
    /// A question that finds out whether a request touches this clause.
    #[serde(default)]
    pub screening: Option<Screening>,
}

/// A screening question; `yes` means that the clause is touched.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Screening {
    /// Its code, a key of the request's answers.
    pub code: String,
    /// The question.
    pub question: String,
}

/// A law or a standard.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Regulation {
    /// Its id, such as `gdpr`.
    pub id: String,
    /// Its title.
    pub title: String,
}

impl Register {
    /// Reads and checks a register.
    pub fn load(text: &str) -> Result<Self, RegisterError> {
        let register: Self = yaml::read(text)?;
        let places: Place = yaml::read(text)?;
        register.check().map_err(|(pointer, message, hint)| places.error(&pointer, message, hint.to_owned()))?;
        Ok(register)
    }

    /// The register that ships with Proviso.
    pub fn starter() -> Result<Self, RegisterError> {
        Self::load(STARTER)
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

    /// Those of the clauses that nobody can waive, in the order of the register.
    pub fn non_waivable(&self, ids: &[String]) -> Vec<&Clause> {
        self.clauses().filter(|clause| clause.non_waivable.is_some() && ids.contains(&clause.id)).collect()
    }

    /// The clauses that a screening question asks for, each with its question.
    pub fn screening(&self) -> Vec<(&Clause, &Screening)> {
        self.clauses().filter_map(|clause| Some((clause, clause.screening.as_ref()?))).collect()
    }

    fn clauses(&self) -> impl Iterator<Item = &Clause> {
        self.policies.iter().flat_map(|policy| &policy.clauses)
    }

    fn check(&self) -> Result<(), Flaw> {
        if self.policies.is_empty() {
            return Err(flaw("/policies", "no policy", "name at least one"));
        }
        let mut ids = BTreeSet::new();
        let mut codes = BTreeSet::new();
        for (at, policy) in self.policies.iter().enumerate() {
            let at = format!("/policies/{at}");
            named(&at, (&policy.id, &policy.title), &mut ids)?;
            if policy.version == 0 {
                return Err(flaw(format!("{at}/version"), "version 0", "versions begin at 1"));
            }
            if policy.clauses.is_empty() {
                return Err(flaw(format!("{at}/clauses"), "no clause", "name at least one"));
            }
            for (index, clause) in policy.clauses.iter().enumerate() {
                let at = format!("{at}/clauses/{index}");
                named(&at, (&clause.id, &clause.title), &mut ids)?;
                belongs(&at, clause, policy)?;
                screens(&at, clause, &mut codes)?;
            }
        }
        for (at, regulation) in self.regulations.iter().enumerate() {
            let at = format!("/regulations/{at}");
            named(&at, (&regulation.id, &regulation.title), &mut ids)?;
        }
        Ok(())
    }
}

/// Where, what, and how to mend it.
type Flaw = (String, String, &'static str);

fn flaw(at: impl Into<String>, message: impl Into<String>, hint: &'static str) -> Flaw {
    (at.into(), message.into(), hint)
}

fn named<'r>(at: &str, (id, title): (&'r str, &str), ids: &mut BTreeSet<&'r str>) -> Result<(), Flaw> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
    if id.is_empty() || id.len() > 60 || !id.bytes().all(plain) {
        let hint = "letters, digits, `-`, `.` and `_`, at most 60";
        return Err(flaw(format!("{at}/id"), format!("`{id}` is no id"), hint));
    }
    if !ids.insert(id) {
        let message = format!("the id `{id}` stands twice");
        return Err(flaw(format!("{at}/id"), message, "give each its own id"));
    }
    if title.trim().is_empty() {
        return Err(flaw(format!("{at}/title"), "no title", "name it"));
    }
    Ok(())
}

fn belongs(at: &str, clause: &Clause, policy: &Policy) -> Result<(), Flaw> {
    let number = clause.id.strip_prefix(&policy.id).and_then(|rest| rest.strip_prefix('.'));
    if number.is_none_or(str::is_empty) {
        let message = format!("`{}` is no clause of {}", clause.id, policy.id);
        let hint = "the policy's id, a dot, a number, such as AIP-2.1";
        return Err(flaw(format!("{at}/id"), message, hint));
    }
    if clause.text.trim().is_empty() {
        return Err(flaw(format!("{at}/text"), "no text", "say what it demands"));
    }
    if clause.non_waivable.as_ref().is_some_and(|source| source.trim().is_empty()) {
        let hint = "name the source, such as EU AI Act, Article 5(1)(a)";
        return Err(flaw(format!("{at}/non_waivable"), "no source", hint));
    }
    Ok(())
}

fn screens<'r>(at: &str, clause: &'r Clause, codes: &mut BTreeSet<&'r str>) -> Result<(), Flaw> {
    let Some(screening) = &clause.screening else {
        return Ok(());
    };
    let plain = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_');
    let code = screening.code.as_str();
    if code.is_empty() || code.len() > 60 || !code.bytes().all(plain) {
        let hint = "lower-case letters, digits and `_`, at most 60";
        let message = format!("`{code}` is no code");
        return Err(flaw(format!("{at}/screening/code"), message, hint));
    }
    if !codes.insert(code) {
        let message = format!("the code `{code}` stands twice");
        let hint = "give each question its own code";
        return Err(flaw(format!("{at}/screening/code"), message, hint));
    }
    if screening.question.trim().is_empty() {
        let hint = "ask so that yes means the clause is touched";
        return Err(flaw(format!("{at}/screening/question"), "no question", hint));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_starter_loads_and_answers() {
        let register = Register::starter().expect("the starter");
        assert_eq!(register.clauses().count(), 13);
        assert_eq!(
            register.clause("AIP-2.1").map(|clause| clause.title.as_str()),
            Some("Confidential and restricted data")
        );
        assert!(register.clause("AIP-9.9").is_none());
        assert!(register.regulation("gdpr").is_some());
        let asked = ["AIP-2.1".to_owned(), "AIP-4.2".to_owned()];
        let forbidden = register.non_waivable(&asked);
        assert_eq!(
            forbidden.iter().map(|c| c.non_waivable.as_deref()).collect::<Vec<_>>(),
            [Some("EU AI Act, Article 5(1)(f)")]
        );
        let codes: Vec<_> = register.screening().iter().map(|(_, s)| s.code.clone()).collect();
        assert_eq!(codes, ["harmful_manipulation", "emotion_inference"]);
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_its_line() {
        let cases = [
            ("id: AIP-2.1", "id: AIP-1.1", "/policies/1/clauses/0/id"),
            ("id: AIP-2.2", "id: AIP-2.1", "/policies/1/clauses/1/id"),
            ("id: AIP-3.1", "id: AIP-3.", "/policies/2/clauses/0/id"),
            ("version: 1", "version: 0", "/policies/0/version"),
            ("code: emotion_inference", "code: harmful_manipulation", "/policies/3/clauses/1/screening/code"),
            ("code: emotion_inference", "code: Emotion", "/policies/3/clauses/1/screening/code"),
            ("title: Manipulation", "title: ''", "/policies/3/clauses/0/title"),
            ("non_waivable: EU AI Act, Article 5(1)(f)", "non_waivable: ' '", "/policies/3/clauses/1/non_waivable"),
            ("id: nis2", "id: gdpr", "/regulations/3/id"),
            ("title: Manipulation", "titel: Manipulation", ""),
        ];
        for (from, to, pointer) in cases {
            assert!(STARTER.contains(from), "{from}");
            let error = Register::load(&STARTER.replacen(from, to, 1)).expect_err(to);
            assert_eq!(error.pointer, pointer, "{error}");
            assert!(error.line > 1 && !error.hint.is_empty(), "{error}");
        }
        assert!(Register::load("policies: []").is_err());
    }
}
