//! Casbin's own `enforce` as the oracle of the compiled table: too slow for every object of a
//! list, and right by definition. It knows nothing of how the table is built.

use std::fmt::Write;

use casbin::CoreApi;
use proptest::{
    collection::{hash_set, vec},
    prelude::*,
    sample::{select, subsequence},
    strategy::ValueTree,
    test_runner::TestRunner,
};

use super::{Ask, Matrix, Question, Relation, RoleSet, matrix::enforcer};
use crate::words::{Role, StateName, Verb};

const MODEL: &str = include_str!("../../policies/access/model.conf");
const POLICY: &str = include_str!("../../policies/access/roles.csv");

/// Casbin's answers: the roles become memberships of made-up subjects.
fn enforced(policy: &str, questions: &[Question]) -> Vec<bool> {
    let mut policy = policy.to_owned();
    for (number, question) in questions.iter().enumerate() {
        for role in question.roles.iter() {
            write!(policy, "\ng, s{number}, {role}").unwrap();
        }
    }
    let enforcer = enforcer(MODEL, &policy).unwrap();
    let answer = |(number, question): (usize, &Question)| {
        let state = question.state.map_or("none", StateName::as_str);
        let (verb, relation) = (question.ask.as_str(), question.relation.as_str());
        enforcer.enforce((format!("s{number}"), verb, state, relation)).unwrap()
    };
    questions.iter().enumerate().map(answer).collect()
}

fn answered(matrix: &Matrix, question: Question) -> bool {
    let Question { roles, ask, state, relation } = question;
    matrix.allows(roles, ask, state, relation)
}

fn question(asks: Vec<Ask>) -> impl Strategy<Value = Question> {
    let roles = subsequence(Role::ALL, 0..4);
    let states: Vec<_> = StateName::ALL.iter().copied().map(Some).chain([None]).collect();
    (roles, select(asks), select(states), select(Relation::ALL.to_vec())).prop_map(|(roles, ask, state, relation)| {
        Question { roles: roles.into_iter().collect::<RoleSet>(), ask, state, relation }
    })
}

/// A few verbs only, so that lines of one policy meet, and deny what others allow.
fn crowded() -> Vec<Ask> {
    [Verb::Draft, Verb::Assign, Verb::Suspend].map(Ask::Act).to_vec()
}

fn line() -> impl Strategy<Value = String> {
    let some = subsequence(StateName::CODES, 1..6).prop_map(|codes| codes.join("|"));
    let states = prop_oneof![Just("*".to_owned()), some];
    let relation = select(&["any", "own", "other"][..]);
    let effect = select(&["allow", "allow", "deny"][..]);
    (select(Role::ALL), select(crowded()), states, relation, effect)
        .prop_map(|(role, ask, states, relation, effect)| format!("p, {role}, {ask}, {states}, {relation}, {effect}"))
}

fn policy() -> impl Strategy<Value = String> {
    hash_set(line(), 1..60).prop_map(|lines| lines.into_iter().collect::<Vec<_>>().join("\n"))
}

fn drawn<T>(runner: &mut TestRunner, strategy: &impl Strategy<Value = T>) -> T {
    strategy.new_tree(runner).unwrap().current()
}

/// Holds the table's answers against Casbin's; how many allow.
fn compared(matrix: &Matrix, policy: &str, questions: &[Question]) -> usize {
    let expected = enforced(policy, questions);
    for (question, expected) in questions.iter().zip(&expected) {
        let said = matrix.explain(*question);
        assert_eq!(answered(matrix, *question), *expected, "{question:?}: {said}\n{policy}");
    }
    expected.into_iter().filter(|allowed| *allowed).count()
}

#[test]
fn the_shipped_matrix_answers_as_casbin_does() {
    let matrix = Matrix::builtin().unwrap();
    let mut runner = TestRunner::deterministic();
    let all = question(Ask::all().collect());
    let questions = drawn(&mut runner, &vec(all, 500));
    let allowed = compared(&matrix, POLICY, &questions);
    assert!((25..475).contains(&allowed), "one-sided: {allowed} allowed");
}

#[test]
fn two_thousand_answers_to_random_policies_are_casbins() {
    let mut runner = TestRunner::deterministic();
    let case = (policy(), vec(question(crowded()), 50));
    let mut allowed = 0;
    for _ in 0..40 {
        let (policy, questions) = drawn(&mut runner, &case);
        let matrix = Matrix::load(MODEL, &policy).unwrap();
        allowed += compared(&matrix, &policy, &questions);
    }
    assert!((200..1_800).contains(&allowed), "one-sided: {allowed} allowed");
}
