//! The reports: what each asks for, by what it may be told apart, and how the answers become a table.

use std::collections::BTreeMap;

use chrono::{Datelike, Months, NaiveTime, TimeZone, Utc};

use super::{
    approvers,
    columns::{
        ACTIVE, ADHERENCE, APPROVALS, BY_DELEGATES, CYCLE_MEDIAN, CYCLE_NINTH, DECIDED, DONE, ENDED, ENTERED, EXPOSURE,
        FAILED_GATES, FIRST_PASS, GRANT_RATE, GRANTED, IN_QUORUMS, LEFT, ON_TIME, OPEN, OVERDUE, REJECTED,
        RESOLUTION_MEDIAN, REVOKED, STAY_MEDIAN, STAY_NINTH, STILL, SUBMISSIONS, SUBMITTED, TASK_HOURS, TASK_MEDIAN,
        TASK_NINTH, Told, WITHIN_A_MINUTE,
    },
    kpi,
    pool::{Pool, hide},
    table::{Cell, Table, Unit, column},
};
use crate::{
    domain::{
        figures::{By, Figure, Measure, Span, Wanted},
        life::month,
        request::Time,
    },
    words::words,
};

words! {
    /// A report.
    Name, "report" {
        Kpi = "kpi", Trends = "trends", Sla = "sla", Funnel = "funnel", Variants = "variants",
        Workload = "workload", Hotspots = "hotspots", Approvers = "approvers", Expiring = "expiring",
    }
}

/// Months of a trend at most.
const MOST_MONTHS: u32 = 60;

/// By what the exceptions themselves can be told apart.
const OF_EXCEPTIONS: &[By] = &[
    By::Tier,
    By::Kind,
    By::BusinessUnit,
    By::Region,
    By::Policy,
    By::Clause,
    By::Regulation,
    By::Sop,
    By::Outcome,
    By::Nothing,
];
const OF_WORK: &[By] = &[
    By::Step,
    By::Role,
    By::Tier,
    By::Kind,
    By::BusinessUnit,
    By::Region,
    By::Policy,
    By::Clause,
    By::Regulation,
    By::Sop,
];

impl Name {
    /// By what it may be told apart; the first unless asked otherwise.
    pub const fn dimensions(self) -> &'static [By] {
        match self {
            Self::Kpi | Self::Expiring => &[By::Nothing],
            Self::Trends => OF_EXCEPTIONS,
            Self::Sla => OF_WORK,
            Self::Funnel => &[By::State, By::Step],
            Self::Variants => &[By::Sop],
            Self::Workload => &[By::Role, By::Person],
            Self::Hotspots => &[By::Clause, By::Policy, By::Regulation, By::Region, By::BusinessUnit],
            Self::Approvers => &[By::Person, By::Nothing],
        }
    }

    /// Its figures.
    fn figures(self) -> &'static [Told] {
        match self {
            Self::Kpi => kpi::FIGURES,
            Self::Trends => &[
                SUBMITTED,
                FAILED_GATES,
                FIRST_PASS,
                DECIDED,
                GRANTED,
                REJECTED,
                CYCLE_MEDIAN,
                RESOLUTION_MEDIAN,
                ENDED,
                REVOKED,
                ACTIVE,
                ADHERENCE,
            ],
            Self::Sla => &[DONE, ON_TIME, ADHERENCE, TASK_MEDIAN, TASK_NINTH, OPEN, OVERDUE],
            Self::Funnel => &[ENTERED, LEFT, STILL, STAY_MEDIAN, STAY_NINTH],
            Self::Variants => &[
                SUBMITTED,
                SUBMISSIONS,
                FAILED_GATES,
                FIRST_PASS,
                DECIDED,
                GRANT_RATE,
                CYCLE_MEDIAN,
                CYCLE_NINTH,
                DONE,
                ADHERENCE,
                TASK_HOURS,
                TASK_MEDIAN,
            ],
            Self::Workload => &[OPEN, OVERDUE, DONE, ADHERENCE, TASK_HOURS, TASK_MEDIAN],
            Self::Hotspots => &[SUBMITTED, DECIDED, GRANTED, GRANT_RATE, ACTIVE, EXPOSURE, REVOKED],
            Self::Approvers => &[APPROVALS, WITHIN_A_MINUTE, BY_DELEGATES, IN_QUORUMS],
            Self::Expiring => &[],
        }
    }
}

/// A report that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    /// Which.
    pub name: Name,
    /// By what it is told apart.
    pub by: By,
    /// Over which span.
    pub span: Span,
    /// With which it is compared.
    pub before: Option<Span>,
}

/// Why a report cannot be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadReport {
    /// It is not told apart by that.
    #[error("this report is told by one of: {}", .0.iter().map(|by| by.as_str()).collect::<Vec<_>>().join(", "))]
    By(&'static [By]),
    /// The span has no length.
    #[error("`to` must come after `from`")]
    Empty,
    /// The span has too many months.
    #[error("a trend has at most {MOST_MONTHS} months")]
    TooLong,
}

/// The answers to what [`plan`] asks, in its order.
pub type Answer = Vec<(Wanted, Vec<Figure>)>;

/// What has to be counted for a report.
pub fn plan(question: &Question) -> Result<Vec<Wanted>, BadReport> {
    let Question { name, by, span, before } = *question;
    if !name.dimensions().contains(&by) {
        return Err(BadReport::By(name.dimensions()));
    }
    if [Some(span), before].into_iter().flatten().any(|span| span.to <= span.from) {
        return Err(BadReport::Empty);
    }
    let mut measures: Vec<Measure> = name.figures().iter().map(|told| told.of).collect();
    measures.sort_unstable();
    measures.dedup();
    let ask = |span: Span, monthly: bool| move |measure| Wanted { measure, by, monthly, span };
    match name {
        Name::Kpi => Ok(kpi::plan(&measures, span, before)),
        Name::Trends => {
            let months = months(span).ok_or(BadReport::TooLong)?;
            let monthly = measures.into_iter().filter(|measure| *measure != Measure::Effective).map(ask(span, true));
            let ends = months.into_iter().map(|month| ask(month, false)(Measure::Effective));
            Ok(monthly.chain(ends).collect())
        }
        Name::Approvers if by == By::Nothing => Ok(approvers::plan(span)),
        Name::Sla
        | Name::Funnel
        | Name::Variants
        | Name::Workload
        | Name::Hotspots
        | Name::Approvers
        | Name::Expiring => Ok(measures.into_iter().map(ask(span, false)).collect()),
    }
}

/// The months (UTC) that a span touches, each as far as it lies within; `None` if they are too many.
fn months(span: Span) -> Option<Vec<Span>> {
    let first = span.from.date_naive().with_day(1)?;
    let mut months = Vec::new();
    for number in 0..=MOST_MONTHS {
        let begin = |months: u32| {
            let day = first.checked_add_months(Months::new(months))?;
            Some(Utc.from_utc_datetime(&day.and_time(NaiveTime::MIN)))
        };
        let (from, to) = (begin(number)?.max(span.from), begin(number.checked_add(1)?)?.min(span.to));
        if from >= span.to {
            return Some(months);
        }
        months.push(Span { from, to });
    }
    None
}

/// The key of a line: its month and its value.
type Key = (Option<i32>, Option<String>);

/// What was counted for each line, by measure.
pub(super) type Lines = BTreeMap<Key, BTreeMap<Measure, Pool>>;

/// Puts answers together by line; what is too little to be told is hidden, within each month.
pub(super) fn lines(answer: &[(Wanted, Vec<Figure>)], monthly: bool) -> Lines {
    let mut lines = Lines::new();
    for (wanted, figures) in answer {
        for figure in figures {
            let of = figure.month.or_else(|| monthly.then(|| month(wanted.span.from)));
            let line = lines.entry((of.filter(|_| monthly), figure.value.clone())).or_default();
            line.entry(wanted.measure).or_default().add(figure);
        }
    }
    let months: Vec<Option<i32>> = lines.keys().map(|(month, _)| *month).collect();
    for measure in Measure::ALL {
        for month in &months {
            let within = lines.iter_mut().filter(|((of, _), _)| of == month);
            hide(within.filter_map(|(_, pools)| pools.get_mut(measure)));
        }
    }
    lines
}

/// The report as a table.
pub fn assembled(question: &Question, answer: &Answer) -> Table {
    let figures = question.name.figures();
    match question.name {
        Name::Kpi => return kpi::assembled(question, answer),
        Name::Approvers if question.by == By::Nothing => return approvers::assembled(answer),
        Name::Trends
        | Name::Sla
        | Name::Funnel
        | Name::Variants
        | Name::Workload
        | Name::Hotspots
        | Name::Approvers
        | Name::Expiring => {}
    }
    let monthly = question.name == Name::Trends;
    let (none, mut columns) = (Pool::default(), Vec::new());
    columns.extend(monthly.then(|| column("month", Unit::Text)));
    columns.push(column(if question.by == By::Nothing { "all" } else { question.by.as_str() }, Unit::Text));
    columns.extend(figures.iter().map(|told| told.column));
    let row = |((month, value), pools): (Key, BTreeMap<Measure, Pool>)| {
        let mut row: Vec<Cell> = month.map(in_words).into_iter().collect();
        row.push(Cell::maybe(value));
        row.extend(figures.iter().map(|told| pools.get(&told.of).unwrap_or(&none).cell(told.value)));
        row
    };
    Table { columns, rows: lines(answer, monthly).into_iter().map(row).collect() }
}

/// 202603 as `2026-03`.
fn in_words(month: i32) -> Cell {
    Cell::Text(format!("{:04}-{:02}", month.div_euclid(100), month.rem_euclid(100)))
}

/// The span of so many days before an instant.
pub fn days_before(to: Time, days: i64) -> Span {
    Span { from: to - chrono::Duration::days(days), to }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Time {
        text.parse().unwrap()
    }

    fn year() -> Span {
        Span { from: at("2026-01-15T00:00:00Z"), to: at("2026-04-02T00:00:00Z") }
    }

    fn question(name: Name, by: By) -> Question {
        Question { name, by, span: year(), before: None }
    }

    #[test]
    fn every_report_is_told_by_its_own_dimensions_and_no_other() {
        for name in Name::ALL {
            for by in By::ALL {
                let planned = plan(&question(*name, *by));
                assert_eq!(planned.is_ok(), name.dimensions().contains(by), "{name} by {by}");
            }
        }
        let backwards = Span { from: year().to, to: year().from };
        let asked = Question { span: backwards, ..question(Name::Sla, By::Step) };
        assert_eq!(plan(&asked), Err(BadReport::Empty));
        let long = Span { from: at("2010-01-01T00:00:00Z"), to: year().to };
        assert_eq!(plan(&Question { span: long, ..question(Name::Trends, By::Tier) }), Err(BadReport::TooLong));
    }

    #[test]
    fn a_trend_looks_at_the_end_of_each_month_that_it_touches() {
        let ends: Vec<Time> = months(year()).unwrap().into_iter().map(|month| month.to).collect();
        let expected = ["2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z", "2026-04-02T00:00:00Z"];
        assert_eq!(ends, expected.map(at));
    }

    #[test]
    fn a_table_has_a_row_for_each_value_and_hides_what_shows_a_confidential_one() {
        let asked = question(Name::Funnel, By::State);
        let wanted = plan(&asked).unwrap()[0];
        let figure = |value: &str, count, confidential| Figure {
            value: Some(value.to_owned()),
            hours: Some(3),
            count,
            confidential,
            sums: [count, 0, 0, 0],
            ..Figure::default()
        };
        let table = assembled(
            &asked,
            &vec![(wanted, vec![figure("assessment", 2, 1), figure("decision", 50, 9), figure("active", 7, 0)])],
        );
        let told: Vec<Vec<String>> = table.rows.iter().map(|row| row.iter().map(Cell::text).collect()).collect();
        assert_eq!(told[0], ["active", "(hidden)", "(hidden)", "(hidden)", "(hidden)", "(hidden)"]);
        assert_eq!(told[1][1], "(hidden)");
        assert_eq!(told[2], ["decision", "50", "50", "0", "3", "3"]);
    }
}
