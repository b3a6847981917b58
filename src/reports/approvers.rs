//! Who decides with whom: pairs of approvers, and how much of what each decided they decided together.

use std::collections::BTreeMap;

use super::{
    pool::{Pool, share},
    report::{Answer, Lines, lines},
    table::{Cell, Table, Unit, column},
};
use crate::domain::figures::{By, Measure, Span, Wanted};

/// What is counted.
pub(super) fn plan(span: Span) -> Vec<Wanted> {
    let of = |measure, by| Wanted { measure, by, monthly: false, span };
    vec![of(Measure::Pairs, By::Nothing), of(Measure::Votes, By::Person)]
}

/// The table, those who decide together most often first.
pub(super) fn assembled(answer: &Answer) -> Table {
    let part = |by: By| -> Lines {
        let of: Answer = answer.iter().filter(|(wanted, _)| wanted.by == by).cloned().collect();
        lines(&of, false)
    };
    let votes: BTreeMap<String, i64> = part(By::Person)
        .into_iter()
        .filter_map(|((_, who), pools)| Some((who?, pools.get(&Measure::Votes)?.sum::<2>())))
        .collect();
    let mut pairs: Vec<(String, Pool)> = part(By::Nothing)
        .into_iter()
        .filter_map(|((_, who), mut pools)| Some((who?, pools.remove(&Measure::Pairs)?)))
        .collect();
    pairs.sort_by(|(one, first), (other, second)| second.count.cmp(&first.count).then_with(|| one.cmp(other)));
    let columns = [
        ("first", Unit::Text),
        ("second", Unit::Text),
        ("together", Unit::Count),
        ("of_the_firsts", Unit::Percent),
        ("of_the_seconds", Unit::Percent),
        ("always", Unit::Flag),
    ];
    let columns = columns.map(|(name, unit)| column(name, unit)).to_vec();
    Table { columns, rows: pairs.iter().map(|(who, pool)| row(who, pool, &votes)).collect() }
}

fn row(who: &str, pool: &Pool, votes: &BTreeMap<String, i64>) -> Vec<Cell> {
    let (first, second) = who.split_once(' ').unwrap_or((who, ""));
    let decided = |who: &str| votes.get(who).copied().unwrap_or(0);
    let always = pool.count == decided(first) && pool.count == decided(second);
    vec![
        Cell::Text(first.to_owned()),
        Cell::Text(second.to_owned()),
        pool.cell(|pool| Cell::Count(pool.count)),
        pool.cell(|pool| share(pool.count, decided(first))),
        pool.cell(|pool| share(pool.count, decided(second))),
        pool.cell(|_| Cell::Flag(always)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::figures::Figure;

    #[test]
    fn a_pair_that_always_decides_together_stands_out() {
        let span = Span { from: "2026-01-01T00:00:00Z".parse().unwrap(), to: "2027-01-01T00:00:00Z".parse().unwrap() };
        let asked = plan(span);
        let pair = |value: &str, count| Figure { value: Some(value.to_owned()), count, ..Figure::default() };
        let votes = |value: &str, counted| Figure {
            value: Some(value.to_owned()),
            count: counted,
            sums: [0, 0, counted, 0],
            ..Figure::default()
        };
        let answer = vec![
            (asked[0], vec![pair("ann ben", 2), pair("cem dan", 6)]),
            (asked[1], vec![votes("ann", 8), votes("ben", 2), votes("cem", 6), votes("dan", 6)]),
        ];
        let told: Vec<Vec<String>> =
            assembled(&answer).rows.iter().map(|row| row.iter().map(Cell::text).collect()).collect();
        assert_eq!(told[0], ["cem", "dan", "6", "100", "100", "true"]);
        assert_eq!(told[1], ["ann", "ben", "2", "25", "100", "false"]);
    }
}
