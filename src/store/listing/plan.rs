//! How a list is read: in its order until the page is full, value by value merged, or gathered and then sorted.
//! The counts of each value decide; they are kept exactly, so neither database's guesses matter.

use diesel::{
    prelude::*,
    sql_types::{BigInt, Nullable, Text},
};

use super::{Arm, Clause, Facet, One, Page, SortBy, Weighed, last_day};
use crate::store::{backend::Conn, error::StoreError, facets::Entry, sql::Sql, terms::after_all};

/// Values that are merged at most; each brings a page of its own.
const MOST_MERGED: usize = 16;
/// Of a prefix, terms that are looked at. With more, it counts as common.
const MOST_TERMS: usize = 200;

/// How a list is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Plan {
    /// In the order of the list, each row held against the conditions, until the page is full.
    Ordered,
    /// Of each value of this condition the first that meet the others, by number; merged.
    Merged(usize),
    /// Everything that meets this condition, then sorted.
    Gathered(usize),
}

#[derive(QueryableByName)]
struct Entries {
    #[diesel(sql_type = BigInt)]
    clause: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    held: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    list: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    facet: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    value: Option<String>,
}

#[derive(QueryableByName)]
struct TermHeld {
    #[diesel(sql_type = Text)]
    term: String,
    #[diesel(sql_type = BigInt)]
    held: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    list: Option<i64>,
}

/// Each condition with how many exceptions meet it at most, and how many there are.
pub(super) fn weigh(conn: &mut Conn, clauses: Vec<Clause>) -> Result<(Vec<Weighed>, i64), StoreError> {
    let held: Vec<Entries> = counting(&clauses).query().load(conn)?;
    let sum = |clause: i64| held.iter().filter(|row| row.clause == clause).filter_map(|row| row.held).sum::<i64>();
    let total = sum(-1).max(1);
    let weigh = |(at, clause): (usize, Clause)| {
        let (held, arms) = match &clause {
            Clause::Facets(_) | Clause::Terms(_) | Clause::Before(..) => (sum(number(at)), arms(number(at), &held)),
            Clause::Word(prefix) => beginning(conn, prefix, total)?,
            Clause::Effect(_) => (total, Vec::new()),
        };
        Ok(Weighed { clause, held: held.clamp(0, total), arms })
    };
    let weighed = clauses.into_iter().enumerate().map(weigh).collect::<Result<_, StoreError>>()?;
    Ok((weighed, total))
}

fn number(at: usize) -> i64 {
    i64::try_from(at).unwrap_or(i64::MAX)
}

/// The values of a condition that anything has, if they are few.
fn arms(clause: i64, held: &[Entries]) -> Vec<Arm> {
    let of = |row: &Entries| {
        let value = row.value.clone()?;
        let one = match &row.facet {
            Some(facet) => One::Facet((facet.parse().ok()?, value)),
            None => One::Term(value),
        };
        Some(Arm { of: one, held: row.held.unwrap_or(0), list: row.list })
    };
    let arms: Vec<Arm> = held.iter().filter(|row| row.clause == clause).filter_map(of).collect();
    Some(arms).filter(|arms| arms.len() <= MOST_MERGED).unwrap_or_default()
}

/// One query for all counts; every exception has exactly one state.
pub(super) fn counting(clauses: &[Clause]) -> Sql {
    let sum = "CAST(SUM(held) AS BIGINT) AS held, CAST(NULL AS BIGINT) AS list, CAST(NULL AS TEXT) AS facet, \
               CAST(NULL AS TEXT) AS value FROM";
    let mut sql = Sql::new(&format!("SELECT CAST(-1 AS BIGINT) AS clause, {sum} facet_counts WHERE facet = 'state'"));
    for (at, clause) in clauses.iter().enumerate() {
        let select = format!(" UNION ALL SELECT CAST({at} AS BIGINT), ");
        match clause {
            Clause::Facets(entries) => {
                for (facet, values) in by_facet(entries) {
                    sql.push(&select).push("held, ordered, facet, value FROM facet_counts WHERE facet = ");
                    sql.bind(facet.as_str()).push(" AND ").one_of("value", &values);
                }
            }
            Clause::Terms(terms) => {
                sql.push(&select).push("held, ordered, CAST(NULL AS TEXT), term FROM term_counts WHERE ");
                sql.one_of("term", terms);
            }
            Clause::Before(_, facet, time) => {
                sql.push(&select).push(sum).push(" facet_counts WHERE facet = ").bind(facet.as_str());
                sql.push(" AND value <= ").bind(last_day(*time));
            }
            Clause::Word(_) | Clause::Effect(_) => {}
        }
    }
    sql
}

/// The values of each facet.
pub(super) fn by_facet(entries: &[Entry]) -> Vec<(Facet, Vec<String>)> {
    let mut found: Vec<(Facet, Vec<String>)> = Vec::new();
    for (facet, value) in entries {
        match found.iter_mut().find(|(known, _)| known == facet) {
            Some((_, values)) => values.push(value.clone()),
            None => found.push((*facet, vec![value.clone()])),
        }
    }
    found
}

/// How many exceptions have a word that begins so, at most, and the words if they are few.
fn beginning(conn: &mut Conn, prefix: &str, total: i64) -> Result<(i64, Vec<Arm>), StoreError> {
    let rows: Vec<TermHeld> = spelling(prefix).query().load(conn)?;
    if rows.len() > MOST_TERMS {
        return Ok((total, Vec::new()));
    }
    let held = rows.iter().map(|row| row.held).sum();
    let few = rows.len() <= MOST_MERGED;
    let arm = |row: TermHeld| Arm { of: One::Term(row.term), held: row.held, list: row.list };
    Ok((held, rows.into_iter().map(arm).filter(|_| few).collect()))
}

pub(super) fn spelling(prefix: &str) -> Sql {
    let mut sql = Sql::new("SELECT term, held, ordered AS list FROM term_counts WHERE ");
    within(&mut sql, ("term", prefix)).push(&format!(" ORDER BY term LIMIT {}", MOST_TERMS + 1));
    sql
}

/// `column` begins with a prefix, as a range that an index serves.
pub(super) fn within<'s>(sql: &'s mut Sql, (column, prefix): (&str, &str)) -> &'s mut Sql {
    sql.push(column).push(" >= ").bind(prefix);
    if let Some(end) = after_all(prefix) {
        sql.push(" AND ").push(column).push(" < ").bind(end);
    }
    sql
}

/// The reading that looks at the fewest rows, if the conditions have nothing to do with each other.
pub(super) fn choose(clauses: &[Weighed], page: &Page, total: i64) -> Plan {
    // How many rows are read until the page is full, if each of the other conditions lets so many through.
    let until_full = |but: Option<usize>| {
        let others = clauses.iter().enumerate().filter(|(at, one)| Some(*at) != but && !follows(&one.clause, page));
        let rows = others.fold(page.limit, |rows, (_, one)| rows.saturating_mul(total) / one.held.max(1));
        rows.min(total)
    };
    let mut best = (until_full(None).saturating_mul(2), Plan::Ordered);
    for (at, one) in clauses.iter().enumerate() {
        let merged = merged(one, until_full(Some(at)), page).map(|rows| (rows, Plan::Merged(at)));
        let gathered = match &one.clause {
            Clause::Facets(_) | Clause::Terms(_) | Clause::Word(_) => Some((one.held * 2, Plan::Gathered(at))),
            Clause::Before(..) => Some((one.held, Plan::Gathered(at))).filter(|_| !follows(&one.clause, page)),
            Clause::Effect(_) => None,
        };
        best = merged.into_iter().chain(gathered).fold(best, |best, other| if other.0 < best.0 { other } else { best });
    }
    best.1
}

/// How many rows are read to merge the values of this condition, each until so many were looked at; `None` where
/// they are not merged. By number each stands in order; in the other sorts those that have a list do, and of the
/// others all is looked at.
fn merged(one: &Weighed, until_full: i64, page: &Page) -> Option<i64> {
    if one.arms.is_empty() {
        return None;
    }
    let of = |arm: &Arm| match (page.sort.by, arm.list) {
        (SortBy::Number, _) | (_, Some(_)) => until_full.min(arm.held),
        (_, None) => arm.held.saturating_mul(2),
    };
    let rows: i64 = one.arms.iter().map(of).sum();
    Some(rows.saturating_add(page.limit))
}

/// Is the condition a range of what the list is sorted by, so that the order itself meets it?
pub(super) fn follows(clause: &Clause, page: &Page) -> bool {
    matches!(clause, Clause::Before(by, _, _) if *by == page.sort.by)
}
