//! What is counted on one side of a split, of the rows that reports keep. What of it is too much is not known here.

use diesel::{
    prelude::*,
    sql_types::{BigInt, Nullable},
};

use crate::{
    domain::{request::Time, roster::Lot},
    store::{backend::Conn, error::StoreError, facets, sql::Sql},
};

/// How the exceptions on one side of a split went.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Went {
    /// How many were submitted.
    pub submitted: u64,
    /// How many of those had a gate that did not hold.
    pub failed_gates: u64,
    /// How many of those were returned.
    pub returns: u64,
    /// How many of those had either.
    pub errors: u64,
    /// How many of those were escalated.
    pub escalations: u64,
    /// How many of their tasks were done by their due times.
    pub in_time: u64,
    /// How many were done later, or are late.
    pub late: u64,
    /// How many whole hours passed from the submission to the decision, and of how many: in order.
    pub hours: Vec<(u64, u64)>,
}

#[derive(QueryableByName)]
struct Cases {
    #[diesel(sql_type = BigInt)]
    many: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    failed: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    returned: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    either: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    escalated: Option<i64>,
}

#[derive(QueryableByName)]
struct Work {
    #[diesel(sql_type = Nullable<BigInt>)]
    in_time: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    late: Option<i64>,
}

#[derive(QueryableByName)]
struct Length {
    #[diesel(sql_type = BigInt)]
    hours: i64,
    #[diesel(sql_type = BigInt)]
    many: i64,
}

fn counted(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

fn sum(condition: &str) -> String {
    format!("CAST(SUM(CASE WHEN {condition} THEN 1 ELSE 0 END) AS BIGINT)")
}

/// The cases of one side that were first submitted since an instant; `more` are further tables, each with its join.
fn of_side(sql: &mut Sql, more: &str, (lot, since): (Lot, Time)) {
    sql.push(" FROM report_cases c JOIN exception_facets f ON f.serial = c.serial").push(more);
    sql.push(" WHERE f.facet = 'arm' AND f.value = ").bind(facets::arm(lot));
    sql.push(" AND c.submitted_at >= ").bind(since.timestamp_micros());
}

/// How those went that were submitted on this side since an instant, as far as it was counted at `now`.
pub fn went(conn: &mut Conn, side: (Lot, Time), now: Time) -> Result<Went, StoreError> {
    let mut sql = Sql::new(&format!(
        "SELECT COUNT(*) AS many, {} AS failed, {} AS returned, {} AS either, {} AS escalated",
        sum("c.failed_gates > 0"),
        sum("c.returns > 0"),
        sum("c.failed_gates > 0 OR c.returns > 0"),
        sum("c.escalations > 0"),
    ));
    of_side(&mut sql, "", side);
    let cases: Cases = sql.query().get_result(conn)?;
    let mut sql = Sql::new(&format!("SELECT {} AS in_time, ", sum("w.closed_at <= w.due_at")));
    sql.push("CAST(SUM(CASE WHEN w.closed_at > w.due_at OR (w.closed_at IS NULL AND w.due_at < ");
    sql.bind(now.timestamp_micros()).push(") THEN 1 ELSE 0 END) AS BIGINT) AS late");
    of_side(&mut sql, " JOIN report_work w ON w.serial = c.serial", side);
    let work: Work = sql.query().get_result(conn)?;
    let mut sql =
        Sql::new("SELECT CAST((c.decided_at - c.submitted_at) / 3600000000 AS BIGINT) AS hours, COUNT(*) AS many");
    of_side(&mut sql, "", side);
    sql.push(" AND c.decided_at IS NOT NULL GROUP BY 1 ORDER BY 1");
    let lengths: Vec<Length> = sql.query().load(conn)?;
    let some = |count: Option<i64>| counted(count.unwrap_or(0));
    Ok(Went {
        submitted: counted(cases.many),
        failed_gates: some(cases.failed),
        returns: some(cases.returned),
        errors: some(cases.either),
        escalations: some(cases.escalated),
        in_time: some(work.in_time),
        late: some(work.late),
        hours: lengths.into_iter().map(|row| (counted(row.hours), counted(row.many))).collect(),
    })
}
