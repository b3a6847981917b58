//! The key figures: one row for each, over a span and over the one that it is compared with.

use super::{
    columns::{
        ACTIVE, ADHERENCE, APPROVALS, BY_DELEGATES, CYCLE_MEDIAN, CYCLE_NINTH, DECIDED, DONE, ENDED, EXPOSURE,
        FAILED_GATES, FIRST_PASS, GRANT_RATE, OPEN, OVERDUE, OVERDUE_REVIEWS, RESOLUTION_MEDIAN, RESOLUTION_NINTH,
        RESOLVED, REVOKED, SUBMISSIONS, SUBMITTED, Told, WITHIN_A_MINUTE,
    },
    pool::Pool,
    report::{Answer, Lines, Question, lines},
    table::{Cell, Table, Unit, column},
};
use crate::domain::figures::{By, Figure, Measure, Span, Wanted};

/// The figures, in this order.
pub(super) const FIGURES: &[Told] = &[
    SUBMITTED,
    SUBMISSIONS,
    FAILED_GATES,
    FIRST_PASS,
    DECIDED,
    GRANT_RATE,
    CYCLE_MEDIAN,
    CYCLE_NINTH,
    RESOLVED,
    RESOLUTION_MEDIAN,
    RESOLUTION_NINTH,
    ENDED,
    REVOKED,
    ACTIVE,
    EXPOSURE,
    OVERDUE_REVIEWS,
    DONE,
    ADHERENCE,
    OPEN,
    OVERDUE,
    APPROVALS,
    WITHIN_A_MINUTE,
    BY_DELEGATES,
];

/// What is counted: every figure, and what is active at each tier, over both spans.
pub(super) fn plan(measures: &[Measure], span: Span, before: Option<Span>) -> Vec<Wanted> {
    let of = |span: Span| {
        let all =
            measures.iter().map(move |measure| Wanted { measure: *measure, by: By::Nothing, monthly: false, span });
        all.chain([Wanted { measure: Measure::Effective, by: By::Tier, monthly: false, span }])
    };
    of(span).chain(before.into_iter().flat_map(of)).collect()
}

/// The table.
pub(super) fn assembled(question: &Question, answer: &Answer) -> Table {
    let now = figures(answer, question.span);
    let before = question.before.map(|span| figures(answer, span)).unwrap_or_default();
    let row = |(at, (name, unit, value)): (usize, (String, Unit, Cell))| {
        let compared = before.get(at).map_or(Cell::Nothing, |(_, _, before)| before.clone());
        let change = change(&value, &compared);
        vec![Cell::Text(name), Cell::Text(unit.to_string()), value, compared, change]
    };
    let names = [
        ("figure", Unit::Text),
        ("unit", Unit::Text),
        ("value", Unit::Count),
        ("before", Unit::Count),
        ("change", Unit::Count),
    ];
    let columns = names.map(|(name, unit)| column(name, unit)).to_vec();
    Table { columns, rows: now.into_iter().enumerate().map(row).collect() }
}

fn figures(answer: &Answer, span: Span) -> Vec<(String, Unit, Cell)> {
    let of = |by: By| -> Vec<(Wanted, Vec<Figure>)> {
        answer.iter().filter(|(wanted, _)| wanted.span == span && wanted.by == by).cloned().collect()
    };
    let (all, none) = (lines(&of(By::Nothing), false), Pool::default());
    let all = all.into_values().next().unwrap_or_default();
    let mut told = Vec::new();
    for figure in FIGURES {
        let pool = all.get(&figure.of).unwrap_or(&none);
        told.push((figure.column.name.to_owned(), figure.column.unit, pool.cell(figure.value)));
        if figure.of == Measure::Effective {
            told.extend(by_tier(&lines(&of(By::Tier), false)));
        }
    }
    told
}

fn by_tier(lines: &Lines) -> Vec<(String, Unit, Cell)> {
    let none = Pool::default();
    let of = |tier: &crate::words::Tier| {
        let line = lines.get(&(None, Some(tier.to_string()))).and_then(|pools| pools.get(&Measure::Effective));
        (format!("active_{tier}"), Unit::Count, line.unwrap_or(&none).cell(|pool| Cell::Count(pool.count)))
    };
    crate::words::Tier::ALL.iter().map(of).collect()
}

fn change(now: &Cell, before: &Cell) -> Cell {
    match (now, before) {
        (Cell::Count(now), Cell::Count(before)) => Cell::Count(now - before),
        (Cell::Number(now), Cell::Number(before)) => Cell::Number(((now - before) * 10.0).round() / 10.0),
        (
            Cell::Text(_)
            | Cell::Count(_)
            | Cell::Number(_)
            | Cell::Instant(_)
            | Cell::Flag(_)
            | Cell::Nothing
            | Cell::Hidden,
            _,
        ) => Cell::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::request::Time,
        reports::{Name, plan},
    };

    fn at(text: &str) -> Time {
        text.parse().unwrap()
    }

    #[test]
    fn two_spans_are_told_side_by_side() {
        let span = Span { from: at("2026-02-01T00:00:00Z"), to: at("2026-03-01T00:00:00Z") };
        let before = Span { from: at("2026-01-01T00:00:00Z"), to: at("2026-02-01T00:00:00Z") };
        let asked = Question { name: Name::Kpi, by: By::Nothing, span, before: Some(before) };
        let told = |wanted: Wanted| {
            let count = if wanted.span == span { 8 } else { 6 };
            let figure = Figure { count, hours: Some(count), sums: [4, 1, 3, 4], ..Figure::default() };
            let tier = Figure { value: Some("high".to_owned()), count: 3, ..Figure::default() };
            (wanted, vec![if wanted.by == By::Tier { tier } else { figure }])
        };
        let table = assembled(&asked, &plan(&asked).unwrap().into_iter().map(told).collect());
        let row = |name: &str| -> Vec<String> {
            let row = table.rows.iter().find(|row| row[0].text() == name).unwrap();
            row.iter().skip(1).map(Cell::text).collect()
        };
        assert_eq!(row("submitted"), ["count", "8", "6", "2"]);
        assert_eq!(row("first_pass_yield"), ["percent", "75", "75", "0"]);
        assert_eq!(row("failed_gates_per_100_submissions"), ["per_100", "25", "25", "0"]);
        assert_eq!(row("sla_adherence"), ["percent", "50", "66.7", "-16.7"]);
        assert_eq!(row("active_high"), ["count", "3", "3", "0"]);
        assert_eq!(row("active_low"), ["count", "0", "0", "0"]);
    }
}
