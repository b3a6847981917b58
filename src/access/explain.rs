//! Why something is allowed or refused: the lines that decide, in words that stand in a refusal
//! and on the page. It decides nothing: [`Matrix::allows`] does, and the two always agree.

use std::fmt;

use super::{Ask, Effect, Line, Matrix, Relation, RoleSet};
use crate::words::{Role, StateName};

/// One question to the matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    /// The roles that ask.
    pub roles: RoleSet,
    /// What for.
    pub ask: Ask,
    /// The exception's state; `None`: there is no exception.
    pub state: Option<StateName>,
    /// Whose thing it is about.
    pub relation: Relation,
}

/// How a question ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// At least one line allows it and none denies it.
    Allowed,
    /// A line denies it.
    Denied,
    /// No line allows it.
    NotGranted,
}

/// The answer to a question, with what decided it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation<'m> {
    /// What was asked.
    pub question: Question,
    /// How it ends.
    pub outcome: Outcome,
    /// The lines that decided. Where none allows it: the lines that would in another state or on
    /// another's thing.
    pub lines: Vec<&'m Line>,
    /// Where no line allows it: the roles that may ask for it here.
    pub instead: RoleSet,
}

impl Matrix {
    /// Why the question ends as it does.
    pub fn explain(&self, question: Question) -> Explanation<'_> {
        let (denying, allowing) = (self.speaking(question, Effect::Deny), self.speaking(question, Effect::Allow));
        let (outcome, lines) = match (denying.is_empty(), allowing.is_empty()) {
            (false, _) => (Outcome::Denied, denying),
            (true, false) => (Outcome::Allowed, allowing),
            (true, true) => (Outcome::NotGranted, self.nearest(question)),
        };
        Explanation { question, outcome, lines, instead: self.able(question) }
    }

    /// The lines of this effect that hold in the question's state and relation.
    fn speaking(&self, question: Question, effect: Effect) -> Vec<&Line> {
        self.about(question, effect).filter(|line| line.fits(question.state, question.relation)).collect()
    }

    /// The lines that allow it to the same roles elsewhere.
    fn nearest(&self, question: Question) -> Vec<&Line> {
        self.about(question, Effect::Allow).collect()
    }

    fn about(&self, question: Question, effect: Effect) -> impl Iterator<Item = &Line> {
        self.lines()
            .iter()
            .filter(move |line| line.ask == question.ask && line.effect == effect && question.roles.contains(line.role))
    }

    /// The roles that may ask for it in the question's state and relation.
    fn able(&self, question: Question) -> RoleSet {
        let Question { ask, state, relation, roles: _ } = question;
        let able = |role: &Role| self.allows(RoleSet::EMPTY.with(*role), ask, state, relation);
        Role::ALL.iter().copied().filter(able).collect()
    }
}

impl fmt::Display for Explanation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ask = self.question.ask;
        match self.outcome {
            Outcome::Allowed => write!(f, "allowed: {}", joined(&self.lines)),
            Outcome::Denied => write!(f, "refused: {}", joined(&self.lines)),
            Outcome::NotGranted if !self.lines.is_empty() => {
                write!(f, "refused: {}; {}", joined(&self.lines), self.situation())
            }
            Outcome::NotGranted if self.instead == RoleSet::EMPTY => {
                write!(f, "refused: no role may {ask} here; {}", self.situation())
            }
            Outcome::NotGranted => {
                write!(f, "refused: {ask} is for {}", joined(self.instead.iter()))
            }
        }
    }
}

impl Explanation<'_> {
    /// What the lines were held against, such as `this is one's own, in draft`.
    fn situation(&self) -> String {
        let whose = match self.question.relation {
            Relation::Own => "this is one's own",
            Relation::Other => "this is not one's own",
        };
        match self.question.state {
            Some(state) => format!("{whose}, in {state}"),
            None => whose.to_owned(),
        }
    }
}

fn joined(words: impl IntoIterator<Item = impl fmt::Display>) -> String {
    let words: Vec<_> = words.into_iter().map(|word| word.to_string()).collect();
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{access::matrix::situations, words::Verb};

    const POLICY: &str = "\
        p, requester, submit, *, own, allow\n\
        p, ciso, approve, *, other, allow\n\
        p, cro, approve, *, other, allow\n\
        p, service, approve, *, any, deny\n\
        p, completeness_reviewer, assign, returned, other, allow\n";

    fn matrix() -> Matrix {
        Matrix::load(include_str!("../../policies/access/model.conf"), POLICY).unwrap()
    }

    fn said(roles: &[Role], verb: Verb, state: StateName, relation: Relation) -> String {
        let question =
            Question { roles: roles.iter().copied().collect(), ask: Ask::Act(verb), state: Some(state), relation };
        matrix().explain(question).to_string()
    }

    #[test]
    fn the_deciding_lines_are_named() {
        use {Relation::*, Role::*, StateName as S};
        let both = [Ciso, Cro];
        assert_eq!(
            said(&both, Verb::Approve, S::Decision, Other),
            "allowed: ciso may approve, but not on one's own (line 2), cro may approve, but not on one's own (line 3)"
        );
        assert_eq!(
            said(&[Ciso], Verb::Approve, S::Decision, Own),
            "refused: ciso may approve, but not on one's own (line 2); this is one's own, in decision"
        );
        assert_eq!(
            said(&[Ciso, Service], Verb::Approve, S::Decision, Other),
            "refused: service may never approve (line 4)"
        );
        assert_eq!(said(&[Requester], Verb::Approve, S::Decision, Other), "refused: approve is for ciso, cro");
        assert_eq!(
            said(&[CompletenessReviewer], Verb::Assign, S::Draft, Other),
            "refused: completeness_reviewer may assign in returned, but not on one's own (line 5); this is not one's own, in draft"
        );
        assert_eq!(
            said(&[Requester], Verb::Revoke, S::Active, Other),
            "refused: no role may revoke here; this is not one's own, in active"
        );
    }

    #[test]
    fn an_explanation_agrees_with_the_answer() {
        let matrix = Matrix::builtin().unwrap();
        for first in Role::ALL {
            for ask in Ask::all() {
                for (state, relation) in situations() {
                    let roles = RoleSet::of_service().with(*first);
                    let question = Question { roles, ask, state, relation };
                    let explained = matrix.explain(question);
                    let allowed = explained.outcome == Outcome::Allowed;
                    assert_eq!(allowed, matrix.allows(roles, ask, state, relation), "{explained}");
                }
            }
        }
    }
}
