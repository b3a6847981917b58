//! Two versions of a policy side by side, clause by clause, the wording as a unified diff. It knows no
//! third version and no opinion.

use similar::TextDiff;

use super::{Clause, Policy};

/// What distinguishes two versions of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The title, where it differs: before and after.
    pub title: Option<(String, String)>,
    /// The clauses that differ, in the order of their ids.
    pub clauses: Vec<ClauseDiff>,
}

/// What became of a clause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClauseDiff {
    /// It is new.
    Added(Clause),
    /// It is gone.
    Removed(Clause),
    /// It reads otherwise.
    Changed(Box<Wording>),
}

/// A clause before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wording {
    /// As it was.
    pub before: Clause,
    /// As it is.
    pub after: Clause,
    /// Its text as a unified diff with three lines of context; empty where the text is the same.
    pub text: String,
}

/// What changes from `before` to `after`.
pub fn difference(before: &Policy, after: &Policy) -> Difference {
    let title = (before.title != after.title).then(|| (before.title.clone(), after.title.clone()));
    let mut ids: Vec<&str> = before.clauses.iter().chain(&after.clauses).map(|clause| clause.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    Difference { title, clauses: ids.into_iter().filter_map(|id| became(id, before, after)).collect() }
}

fn became(id: &str, before: &Policy, after: &Policy) -> Option<ClauseDiff> {
    let find = |policy: &Policy| policy.clauses.iter().find(|clause| clause.id == id).cloned();
    match (find(before), find(after)) {
        (Some(old), Some(new)) if old == new => None,
        (Some(old), Some(new)) => Some(ClauseDiff::Changed(Box::new(wording(old, new)))),
        (None, Some(new)) => Some(ClauseDiff::Added(new)),
        (Some(old), None) => Some(ClauseDiff::Removed(old)),
        (None, None) => None,
    }
}

fn wording(before: Clause, after: Clause) -> Wording {
    let lines = |clause: &Clause| format!("{}\n", clause.text.trim_end());
    let (old, new) = (lines(&before), lines(&after));
    let text = TextDiff::from_lines(&old, &new).unified_diff().context_radius(3).to_string();
    Wording { before, after, text }
}
