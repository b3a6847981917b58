//! Counting: one question is one query over the facts, whatever it counts and by what. The facts that are asked
//! are called `i`; every condition of a list is one of these too.

use std::collections::BTreeMap;

use diesel::{
    prelude::*,
    sql_types::{BigInt, Integer, Nullable, Text},
};

use crate::{
    access::Visibility,
    domain::{
        figures::{By, Figure, Measure, Span, WEIGHTS, Wanted},
        request::Time,
    },
    store::{
        backend::Conn,
        error::StoreError,
        listing::{self, Facet, Filter},
        sql::Sql,
    },
    words::DomainPath,
};

/// Whose figures they are, and of what.
#[derive(Debug, Clone)]
pub struct Eyes {
    /// What whoever asks may see; absent where nothing else was put there.
    pub visibility: Option<Visibility>,
    /// What is counted of it.
    pub filter: Filter,
    /// What counts as now.
    pub now: Time,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Nullable<Integer>)]
    month: Option<i32>,
    #[diesel(sql_type = Nullable<Text>)]
    value: Option<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    hours: Option<i64>,
    #[diesel(sql_type = BigInt)]
    many: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    secret: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    a: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    b: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    c: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    d: Option<i64>,
}

impl From<Row> for Figure {
    fn from(row: Row) -> Self {
        let sums = [row.a, row.b, row.c, row.d].map(Option::unwrap_or_default);
        let confidential = row.secret.unwrap_or(0);
        Self {
            month: row.month,
            value: row.value,
            hours: row.hours,
            count: row.many,
            confidential,
            exceptions: 0,
            sums,
        }
    }
}

/// The answer to a question.
pub fn figures(conn: &mut Conn, eyes: &Eyes, wanted: &Wanted) -> Result<Vec<Figure>, StoreError> {
    let rows: Vec<Row> = counting(eyes, wanted).query().load(conn)?;
    let mut found: Vec<Figure> = rows.into_iter().map(Figure::from).filter(|figure| figure.count > 0).collect();
    found.sort_by(|one, other| (one.month, &one.value, one.hours).cmp(&(other.month, &other.value, other.hours)));
    if found.iter().any(|figure| figure.confidential > 0) {
        // Of what is not confidential nobody asks how many exceptions it is of.
        let rows: Vec<Distinct> = distinct(eyes, wanted).query().load(conn)?;
        let of: BTreeMap<_, i64> = rows.into_iter().map(|row| ((row.month, row.value), row.exceptions)).collect();
        for line in found.chunk_by_mut(|one, other| (one.month, &one.value) == (other.month, &other.value)) {
            let Some(first) = line.first_mut() else { continue };
            first.exceptions = of.get(&(first.month, first.value.clone())).copied().unwrap_or(0);
        }
    }
    Ok(found)
}

#[derive(QueryableByName)]
struct Distinct {
    #[diesel(sql_type = Nullable<Integer>)]
    month: Option<i32>,
    #[diesel(sql_type = Nullable<Text>)]
    value: Option<String>,
    #[diesel(sql_type = BigInt)]
    exceptions: i64,
}

/// Of how many exceptions each line is, since one exception has many tasks, stays and approvals.
fn distinct(eyes: &Eyes, wanted: &Wanted) -> Sql {
    let source = source(wanted.measure);
    let month = if wanted.monthly { source.month } else { NONE };
    let (value, join) = value(wanted, source.table == CASES);
    let mut sql = Sql::new(&format!(
        "SELECT CAST({month} AS INTEGER) AS month, CAST({value} AS TEXT) AS value, \
         CAST(COUNT(DISTINCT i.serial) AS BIGINT) AS exceptions FROM "
    ));
    facts(&mut sql, eyes, wanted);
    sql.push(&join).push(" WHERE ");
    within(&mut sql, eyes, wanted);
    seen(&mut sql, eyes);
    grouped(&mut sql, &[("1", month), ("2", &value)]);
    sql
}

/// What is the same for all rows needs no sorting.
fn grouped(sql: &mut Sql, columns: &[(&str, &str)]) {
    let told: Vec<&str> = columns.iter().filter(|(_, told)| *told != NONE).map(|(place, _)| *place).collect();
    if !told.is_empty() {
        sql.push(" GROUP BY ").push(&told.join(", "));
    }
}

/// What a measure reads, and what it sums.
struct Source {
    /// Its facts, as `i`.
    table: &'static str,
    /// The month that it happened in.
    month: &'static str,
    /// How long it took, in microseconds.
    length: &'static str,
    /// Up to four sums.
    sums: &'static [&'static str],
}

const CASES: &str = "report_cases";

/// Is it confidential, as it was when its facts were written or as it is by now?
const SECRET: &str = "(i.confidential OR i.serial IN (SELECT s.serial FROM exception_facets s \
                      WHERE s.facet = 'confidential' AND s.value = 'true'))";

#[expect(clippy::too_many_lines, reason = "a table of all measures, a block each")]
const fn source(measure: Measure) -> Source {
    match measure {
        Measure::Submitted => Source {
            table: CASES,
            month: "i.submitted_month",
            length: NONE,
            sums: &[
                "i.submissions",
                "i.failed_gates",
                "CASE WHEN i.first_pass THEN 1 ELSE 0 END",
                "CASE WHEN i.first_pass IS NULL THEN 0 ELSE 1 END",
            ],
        },
        Measure::Decided => Source {
            table: CASES,
            month: "i.decided_month",
            length: "i.decided_at - i.submitted_at",
            sums: &["CASE WHEN i.granted THEN 1 ELSE 0 END"],
        },
        Measure::Resolved => {
            Source { table: CASES, month: "i.resolved_month", length: "i.resolved_at - i.submitted_at", sums: &[] }
        }
        Measure::Ended => Source {
            table: CASES,
            month: "i.ended_month",
            length: NONE,
            sums: &["CASE WHEN i.outcome = 'revoked' THEN 1 ELSE 0 END"],
        },
        Measure::OverdueReviews => Source { table: CASES, month: NONE, length: NONE, sums: &[] },
        Measure::Effective | Measure::Exposure => {
            Source { table: "report_stays", month: NONE, length: NONE, sums: &[] }
        }
        Measure::Entered => Source {
            table: "report_stays",
            month: NONE,
            length: "i.left_at - i.entered_at",
            sums: &["CASE WHEN i.left_at IS NULL THEN 0 ELSE 1 END"],
        },
        Measure::Done => Source {
            table: "report_work",
            month: "i.closed_month",
            length: "i.closed_at - i.opened_at",
            sums: &[
                "CASE WHEN i.closed_at <= i.due_at THEN 1 ELSE 0 END",
                // In seconds.
                "(i.closed_at - i.opened_at) / 1000000",
            ],
        },
        Measure::Waiting => Source { table: "report_work", month: NONE, length: NONE, sums: &[] },
        Measure::Votes | Measure::Pairs => Source {
            table: "report_votes",
            month: "i.month",
            length: NONE,
            sums: &[
                "CASE WHEN i.seconds < 60 THEN 1 ELSE 0 END",
                "CASE WHEN i.delegated THEN 1 ELSE 0 END",
                "CASE WHEN i.counted THEN 1 ELSE 0 END",
            ],
        },
    }
}

fn counting(eyes: &Eyes, wanted: &Wanted) -> Sql {
    let source = source(wanted.measure);
    let month = if wanted.monthly { source.month } else { NONE };
    let (value, join) = value(wanted, source.table == CASES);
    let hours = if source.length == NONE { NONE.to_owned() } else { format!("({}) / 3600000000", source.length) };
    let mut sql = Sql::new(&format!(
        "SELECT CAST({month} AS INTEGER) AS month, CAST({value} AS TEXT) AS value, CAST({hours} AS BIGINT) AS hours, \
         CAST(COUNT(*) AS BIGINT) AS many, \
         CAST(SUM(CASE WHEN {SECRET} THEN 1 ELSE 0 END) AS BIGINT) AS secret"
    ));
    for (at, name) in ["a", "b", "c", "d"].into_iter().enumerate() {
        sql.push(", CAST(");
        match (wanted.measure, source.sums.get(at)) {
            (Measure::Exposure, _) if at == 0 => overlap(&mut sql, eyes, wanted.span),
            (Measure::Waiting, _) if at == 0 => {
                let at = micros(wanted.span.to.min(eyes.now));
                sql.push("SUM(CASE WHEN i.due_at < ").bind(at).push(" THEN 1 ELSE 0 END)");
            }
            (_, Some(sum)) => _ = sql.push(&format!("SUM({sum})")),
            (_, None) => _ = sql.push("0"),
        }
        sql.push(&format!(" AS BIGINT) AS {name}"));
    }
    sql.push(" FROM ");
    facts(&mut sql, eyes, wanted);
    sql.push(&join).push(" WHERE ");
    within(&mut sql, eyes, wanted);
    seen(&mut sql, eyes);
    grouped(&mut sql, &[("1", month), ("2", &value), ("3", &hours)]);
    sql
}

/// The facts that a measure reads, as `i`. What waited at an instant that has passed is what nobody has done yet, and
/// what was done since: each a range of its own index, where one condition for both would read all tasks there are.
fn facts(sql: &mut Sql, eyes: &Eyes, wanted: &Wanted) {
    let table = source(wanted.measure).table;
    if wanted.measure != Measure::Waiting || eyes.now <= wanted.span.to {
        sql.push(table).push(" i");
        return;
    }
    let at = micros(wanted.span.to);
    // Whose it was is in no index of what is done, so that it is read only where it is asked for.
    let person = if wanted.by == By::Person { ", w.assignee" } else { "" };
    let columns = format!("w.serial, w.confidential, w.step, w.role, w.due_at{person}");
    sql.push(&format!("(SELECT {columns} FROM {table} w WHERE w.closed_at IS NULL AND w.opened_at < ")).bind(at);
    sql.push(&format!(" UNION ALL SELECT {columns} FROM {table} w WHERE w.closed_at >= ")).bind(at);
    sql.push(" AND w.opened_at < ").bind(at).push(") i");
}

/// There is none.
const NONE: &str = "NULL";

/// What whoever asks sees of what they ask for. Who sees whatever is not confidential needs no look at each row.
fn seen(sql: &mut Sql, eyes: &Eyes) {
    let open = eyes.visibility.as_ref().filter(|visibility| visibility.domains().contains(&DomainPath::root()));
    let Some(entries) = open.and_then(listing::sight) else {
        listing::narrow(sql, eyes.visibility.as_ref(), &eyes.filter);
        return;
    };
    let named: Vec<_> = entries.into_iter().filter(|(facet, _)| *facet != Facet::Open).collect();
    sql.push(&format!(" AND (NOT {SECRET} OR "));
    listing::held(sql, &named, "i.serial");
    sql.push(")");
    listing::narrow(sql, None, &eyes.filter);
}

const fn micros(time: Time) -> i64 {
    time.timestamp_micros()
}

/// By what it is told apart, and what has to be joined for that.
fn value(wanted: &Wanted, of_cases: bool) -> (String, String) {
    let measure = wanted.measure;
    let plain = |column: &str| (column.to_owned(), String::new());
    let facet = |name: &str| {
        ("f.value".to_owned(), format!(" JOIN exception_facets f ON f.serial = i.serial AND f.facet = '{name}'"))
    };
    let case = |column: &str| {
        if of_cases {
            return plain(&format!("i.{column}"));
        }
        (format!("c.{column}"), " JOIN report_cases c ON c.serial = i.serial".to_owned())
    };
    let one_of = |measures: &[Measure], column: &str| plain(if measures.contains(&measure) { column } else { NONE });
    if measure == Measure::Pairs {
        let other = " JOIN report_votes o ON o.serial = i.serial AND o.round = i.round AND o.counted \
                     AND i.counted AND i.human < o.human";
        return ("i.human || ' ' || o.human".to_owned(), other.to_owned());
    }
    match wanted.by {
        By::Nothing => plain(NONE),
        // A stay has the tier that held then.
        By::Tier if matches!(measure, Measure::Effective | Measure::Exposure | Measure::Entered) => plain("i.tier"),
        By::Tier => case("tier"),
        By::Kind => case("kind"),
        By::BusinessUnit => case("business_unit"),
        By::Sop => case("sop"),
        By::Outcome => case("outcome"),
        By::Region => facet("region"),
        By::Policy => facet("policy"),
        By::Clause => facet("clause"),
        By::Regulation => facet("regulation"),
        By::State => one_of(&[Measure::Entered, Measure::Effective], "i.state"),
        By::Step => one_of(&[Measure::Entered, Measure::Done, Measure::Waiting], "i.step"),
        By::Role => one_of(&[Measure::Done, Measure::Waiting], "i.role"),
        By::Person => plain(person(measure)),
    }
}

const fn person(measure: Measure) -> &'static str {
    match measure {
        Measure::Done => "i.closed_by",
        Measure::Waiting => "i.assignee",
        Measure::Votes => "i.human",
        Measure::Submitted
        | Measure::Decided
        | Measure::Resolved
        | Measure::Ended
        | Measure::Effective
        | Measure::Exposure
        | Measure::OverdueReviews
        | Measure::Entered
        | Measure::Pairs => NONE,
    }
}

/// What happened in the span, or was so at its end.
fn within(sql: &mut Sql, eyes: &Eyes, wanted: &Wanted) {
    let Span { from, to } = wanted.span;
    let happened = match wanted.measure {
        Measure::Submitted => "i.submitted_at",
        Measure::Decided => "i.decided_at",
        Measure::Resolved => "i.resolved_at",
        Measure::Ended => "i.ended_at",
        Measure::Entered => "i.entered_at",
        Measure::Done => "i.closed_at",
        Measure::Votes | Measure::Pairs => "i.at",
        Measure::Waiting if eyes.now <= to => {
            sql.push("i.closed_at IS NULL");
            return;
        }
        // The facts are those alone.
        Measure::Waiting => {
            sql.push("1 = 1");
            return;
        }
        Measure::OverdueReviews => {
            sql.push("i.review_due < ").bind(micros(to.min(eyes.now)));
            return;
        }
        Measure::Effective => {
            let at = micros(to.min(eyes.now));
            sql.push("i.effective AND i.entered_at <= ").bind(at).push(" AND i.until_at > ").bind(at);
            return;
        }
        Measure::Exposure => {
            sql.push("i.effective AND i.entered_at < ").bind(micros(to.min(eyes.now)));
            sql.push(" AND i.until_at > ").bind(micros(from));
            return;
        }
    };
    sql.push(happened).push(" >= ").bind(micros(from)).push(&format!(" AND {happened} < ")).bind(micros(to));
}

/// The days of effect within the span, each weighed by its tier, in thousandths.
fn overlap(sql: &mut Sql, eyes: &Eyes, span: Span) {
    // Of a span that has yet to begin nothing has passed.
    let (from, to) = (micros(span.from), micros(span.to.min(eyes.now).max(span.from)));
    sql.push("SUM((CASE WHEN i.until_at < ").bind(to).push(" THEN i.until_at ELSE ").bind(to);
    sql.push(" END - CASE WHEN i.entered_at > ").bind(from).push(" THEN i.entered_at ELSE ").bind(from);
    sql.push(" END) / 86400000 * CASE i.tier");
    for (tier, weight) in WEIGHTS {
        sql.push(&format!(" WHEN '{tier}' THEN {weight}"));
    }
    sql.push(" ELSE 1 END)");
}
