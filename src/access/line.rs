//! One line of `roles.csv`: read strictly, said in words. Casbin loads a wrong line without a
//! murmur and a mistyped `deny` as an allow, so every column is checked here.
//! It does not know what other lines say.

use std::fmt;

use super::{Ask, Relation};
use crate::words::{Role, StateName, UnknownWord};

/// A policy line: `p, role, verb, states, relation, effect`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its number in the file, from 1.
    pub number: usize,
    /// Whom it speaks of.
    pub role: Role,
    /// What for.
    pub ask: Ask,
    /// While the exception is in which states.
    pub states: States,
    /// On whose things.
    pub whose: Whose,
    /// Whether it allows or denies.
    pub effect: Effect,
}

/// In which states a line holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum States {
    /// In every state, and where there is no exception.
    Any,
    /// In these.
    In(Vec<StateName>),
}

/// On whose things a line holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// On everybody's.
    Any,
    /// On these only.
    Only(Relation),
}

/// What a line does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It lets.
    Allow,
    /// It forbids, whatever other lines allow.
    Deny,
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It has too few or too many columns.
    #[error("has {0} columns; write p, role, verb, states, relation, effect")]
    Columns(usize),
    /// It is no policy line; memberships, for example, stand in the database.
    #[error("begins with `{0}`; every line begins with `p`")]
    NotPolicy(String),
    /// A role or a state that does not exist.
    #[error("`{0}` is {1}")]
    Unknown(String, UnknownWord),
    /// A verb that does not exist.
    #[error("`{0}` is not a command, an administrative command or a reading")]
    Verb(String),
    /// States named for something that is no command on an exception.
    #[error("`{0}` takes no states; write `*`")]
    Stateless(Ask),
    /// A relation that does not exist.
    #[error("`{0}` is not a relation; one of: any, own, other")]
    Relation(String),
    /// An effect that does not exist.
    #[error("`{0}` is not an effect; one of: allow, deny")]
    Effect(String),
    /// A reading denied.
    #[error("`{0}` cannot be denied: what may be read is only ever allowed")]
    DeniedReading(Ask),
    /// A line written before.
    #[error("says the same as line {0}")]
    Repeated(usize),
}

/// A line that is refused, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {number} {fault}")]
pub struct BadLine {
    /// Its number in the file, from 1.
    pub number: usize,
    /// What is wrong.
    pub fault: Fault,
}

impl Line {
    /// Reads line `number`; `None` for an empty line or a comment.
    pub fn read(number: usize, text: &str) -> Option<Result<Self, BadLine>> {
        let text = text.trim();
        if text.is_empty() || text.starts_with('#') {
            return None;
        }
        Some(Self::parse(number, text).map_err(|fault| BadLine { number, fault }))
    }

    fn parse(number: usize, text: &str) -> Result<Self, Fault> {
        let columns: Vec<_> = text.split(',').map(str::trim).collect();
        let &[kind, role, verb, states, relation, effect] = columns.as_slice() else {
            return Err(Fault::Columns(columns.len()));
        };
        if kind != "p" {
            return Err(Fault::NotPolicy(kind.to_owned()));
        }
        let line = Self {
            number,
            role: word(role)?,
            ask: Ask::named(verb).ok_or_else(|| Fault::Verb(verb.to_owned()))?,
            states: States::parse(states)?,
            whose: Whose::parse(relation)?,
            effect: Effect::parse(effect)?,
        };
        match (line.ask, &line.states, line.effect) {
            (Ask::Administer(_) | Ask::Read(_), States::In(_), _) => Err(Fault::Stateless(line.ask)),
            (Ask::Read(_), _, Effect::Deny) => Err(Fault::DeniedReading(line.ask)),
            (Ask::Act(_) | Ask::Administer(_) | Ask::Read(_), ..) => Ok(line),
        }
    }

    /// Does it speak of this state and relation?
    pub fn fits(&self, state: Option<StateName>, relation: Relation) -> bool {
        self.states.include(state) && self.whose.includes(relation)
    }

    /// Does it say the same as another, wherever that stands?
    pub(super) fn repeats(&self, other: &Self) -> bool {
        let said = |line: &Self| (line.role, line.ask, line.whose, line.effect);
        said(self) == said(other) && self.states == other.states
    }
}

/// In words, such as `ciso may approve, but not on one's own (line 88)`.
impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let may = match self.effect {
            Effect::Allow => "may",
            Effect::Deny => "may never",
        };
        write!(f, "{} {may} {}", self.role, self.ask)?;
        if let States::In(states) = &self.states {
            let codes: Vec<_> = states.iter().map(|state| state.as_str()).collect();
            write!(f, " in {}", codes.join(" or "))?;
        }
        f.write_str(match self.whose {
            Whose::Any => "",
            Whose::Only(Relation::Own) => ", on one's own only",
            Whose::Only(Relation::Other) => ", but not on one's own",
        })?;
        write!(f, " (line {})", self.number)
    }
}

impl States {
    fn parse(text: &str) -> Result<Self, Fault> {
        match text {
            "*" => Ok(Self::Any),
            list => list.split('|').map(word).collect::<Result<_, _>>().map(Self::In),
        }
    }

    fn include(&self, state: Option<StateName>) -> bool {
        match self {
            Self::Any => true,
            Self::In(states) => state.is_some_and(|state| states.contains(&state)),
        }
    }
}

impl Whose {
    fn parse(text: &str) -> Result<Self, Fault> {
        match text {
            "any" => Ok(Self::Any),
            "own" => Ok(Self::Only(Relation::Own)),
            "other" => Ok(Self::Only(Relation::Other)),
            unknown => Err(Fault::Relation(unknown.to_owned())),
        }
    }

    fn includes(self, relation: Relation) -> bool {
        match self {
            Self::Any => true,
            Self::Only(only) => only == relation,
        }
    }
}

impl Effect {
    fn parse(text: &str) -> Result<Self, Fault> {
        match text {
            "allow" => Ok(Self::Allow),
            "deny" => Ok(Self::Deny),
            unknown => Err(Fault::Effect(unknown.to_owned())),
        }
    }
}

fn word<W: std::str::FromStr<Err = UnknownWord>>(code: &str) -> Result<W, Fault> {
    code.parse().map_err(|unknown| Fault::Unknown(code.to_owned(), unknown))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        match Line::read(7, text) {
            None => "nothing".to_owned(),
            Some(Ok(line)) => line.to_string(),
            Some(Err(bad)) => bad.to_string(),
        }
    }

    #[test]
    fn good_lines_read_as_sentences() {
        for (text, words) in [
            ("", "nothing"),
            ("  # p, ciso, approve", "nothing"),
            ("p, ciso, approve, *, other, allow", "ciso may approve, but not on one's own (line 7)"),
            (
                "p,requester,amend,draft|returned,own,allow\r",
                "requester may amend in draft or returned, on one's own only (line 7)",
            ),
            ("p, service, resume, *, any, deny", "service may never resume (line 7)"),
        ] {
            assert_eq!(said(text), words);
        }
    }

    const WRONG: &[(&str, &str)] = &[
        ("p, ciso, approve, *, allow", "has 5 columns"),
        ("p, ciso, approve, *, other, allow, x", "has 7 columns"),
        ("g, ada, ciso, *, any, allow", "begins with `g`"),
        ("p, cisso, approve, *, other, allow", "`cisso` is not a role"),
        ("p, ciso, aprove, *, other, allow", "`aprove` is not a command"),
        ("p, ciso, approve, decided, other, allow", "`decided` is not a state"),
        ("p, ciso, approve, decision|, other, allow", "`` is not a state"),
        ("p, ciso, approve, decision|*, other, allow", "`*` is not a state"),
        ("p, ciso, approve, *, others, allow", "`others` is not a relation"),
        ("p, ciso, approve, *, own, deyn", "`deyn` is not an effect"),
        ("p, ciso, approve, *, own, allow # so", "`allow # so` is not an effect"),
        ("p, admin, add_person, draft, any, allow", "`add_person` takes no states"),
        ("p, admin, read_ledger, *, any, deny", "`read_ledger` cannot be denied"),
    ];

    #[test]
    fn wrong_lines_are_refused_with_their_number() {
        for (text, complaint) in WRONG {
            let said = said(text);
            assert!(said.starts_with(&format!("line 7 {complaint}")), "{text}: {said}");
        }
    }
}
