//! The shipped matrix as a table, role by verb, from the compiled answers: the snapshot is its
//! documentation, and a changed line shows as a changed cell.

use std::fmt::Write;

use super::{Ask, Effect, Matrix, Relation, RoleSet};
use crate::words::{Role, StateName};

/// The states in which a role may ask, on one's own and on others' things.
fn granted(matrix: &Matrix, role: Role, ask: Ask, relation: Relation) -> Vec<Option<StateName>> {
    let states = StateName::ALL.iter().copied().map(Some).chain([None]);
    states.filter(|state| matrix.allows(RoleSet::EMPTY.with(role), ask, *state, relation)).collect()
}

/// `any`, `own` or `other`, with a letter when it holds in some states only; `never` for a denial.
fn cell(matrix: &Matrix, role: Role, ask: Ask, notes: &mut Vec<String>) -> String {
    let own = granted(matrix, role, ask, Relation::Own);
    let other = granted(matrix, role, ask, Relation::Other);
    let denied = |line: &&super::Line| (line.role, line.ask, line.effect) == (role, ask, Effect::Deny);
    let (whose, states) = match (own.is_empty(), other.is_empty()) {
        (true, true) if matrix.lines().iter().any(|line| denied(&line)) => {
            return "never".to_owned();
        }
        (true, true) => return ".".to_owned(),
        (false, true) => ("own", own),
        (true, false) => ("other", other),
        (false, false) => {
            assert_eq!(own, other, "{role} {ask}: the table has no sign for this");
            ("any", own)
        }
    };
    format!("{whose}{}", note(&states, notes))
}

fn note(states: &[Option<StateName>], notes: &mut Vec<String>) -> String {
    if states.len() == StateName::ALL.len() + 1 {
        return String::new();
    }
    let codes: Vec<_> = states.iter().flatten().map(|state| state.as_str()).collect();
    let text = codes.join(", ");
    let place = notes.iter().position(|known| *known == text).unwrap_or_else(|| {
        notes.push(text);
        notes.len() - 1
    });
    format!(" {}", place + 1)
}

fn table(matrix: &Matrix) -> String {
    let (mut text, mut notes) = (String::new(), Vec::new());
    write!(text, "{:18}", "").unwrap();
    for role in Role::ALL {
        write!(text, " {:8.8}", role.as_str()).unwrap();
    }
    for ask in Ask::all() {
        write!(text, "\n{:18}", ask.as_str()).unwrap();
        for role in Role::ALL {
            write!(text, " {:8}", cell(matrix, *role, ask, &mut notes)).unwrap();
        }
    }
    for (number, states) in notes.iter().enumerate() {
        write!(text, "\n{}: in {states}", number + 1).unwrap();
    }
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

#[test]
fn role_by_verb() {
    insta::assert_snapshot!(table(&Matrix::builtin().unwrap()));
}
