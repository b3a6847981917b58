//! What concerns count: exceptions in effect by clause and business unit, and, of the rows that reports keep, how the
//! requests and the tasks of a procedure went. What of it is too much is not known here.

use diesel::{
    prelude::*,
    sql_types::{BigInt, Nullable, Text},
};

use crate::{
    access::Visibility,
    domain::request::Time,
    store::{
        backend::Conn,
        error::StoreError,
        listing::{self, Filter},
        sql::Sql,
    },
    words::ExceptionId,
};

/// Exceptions in effect of one clause in one business unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InEffect {
    /// The clause.
    pub clause: String,
    /// The business unit, where they name one.
    pub business_unit: Option<String>,
    /// How many.
    pub exceptions: u64,
    /// For how many days from their starts to their ends, together.
    pub days: u64,
}

/// So many of so many.
pub type Part = (u64, u64);

/// How the requests and the tasks of a procedure went in a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Went {
    /// Of the requests submitted in it, those with a gate that did not hold.
    pub failed_gates: Part,
    /// Of the requests submitted in it, those that were returned.
    pub returns: Part,
    /// Of the tasks due in it, those that were late.
    pub breaches: Part,
}

#[derive(QueryableByName)]
struct UseRow {
    #[diesel(sql_type = Text)]
    clause: String,
    #[diesel(sql_type = Nullable<Text>)]
    unit: Option<String>,
    #[diesel(sql_type = BigInt)]
    held: i64,
    #[diesel(sql_type = BigInt)]
    days: i64,
}

#[derive(QueryableByName)]
struct SeenRow {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Text)]
    number: String,
}

#[derive(QueryableByName)]
struct CasesRow {
    #[diesel(sql_type = BigInt)]
    many: i64,
    #[diesel(sql_type = BigInt)]
    failed: i64,
    #[diesel(sql_type = BigInt)]
    returned: i64,
}

#[derive(QueryableByName)]
struct WorkRow {
    #[diesel(sql_type = BigInt)]
    many: i64,
    #[diesel(sql_type = BigInt)]
    late: i64,
}

#[derive(QueryableByName)]
struct PublishedRow {
    #[diesel(sql_type = BigInt)]
    published_at: i64,
}

fn counted(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

/// Days that have begun count whole.
const USE: &str = "SELECT f.value AS clause, i.business_unit AS unit, COUNT(*) AS held, \
    CAST(SUM((COALESCE(i.ends_at, i.effective_until) - i.starts_at + 86399999999) / 86400000000) AS BIGINT) AS days \
    FROM exception_facets f JOIN exceptions i ON i.serial = f.serial WHERE f.facet = 'clause'";

/// What makes an exception one of a procedure that is in effect at `now`.
fn in_effect(sql: &mut Sql, sop: &str, now: Time) {
    let now = now.timestamp_micros();
    sql.push(" AND i.sop = ").bind(sop);
    sql.push(" AND i.state IN ('active', 're_review') AND i.starts_at <= ").bind(now);
    sql.push(" AND i.effective_until > ").bind(now);
}

fn of_one(sql: &mut Sql, (clause, unit): (&str, Option<&str>)) {
    sql.push(" AND f.value = ").bind(clause);
    match unit {
        Some(unit) => sql.push(" AND i.business_unit = ").bind(unit),
        None => sql.push(" AND i.business_unit IS NULL"),
    };
}

fn used(conn: &mut Conn, sql: &mut Sql) -> Result<Vec<InEffect>, StoreError> {
    sql.push(" GROUP BY f.value, i.business_unit ORDER BY f.value, i.business_unit");
    let rows: Vec<UseRow> = sql.query().load(conn)?;
    let read = |row: UseRow| {
        let UseRow { clause, unit: business_unit, held, days } = row;
        InEffect { clause, business_unit, exceptions: counted(held), days: counted(days) }
    };
    Ok(rows.into_iter().map(read).collect())
}

/// What is in effect under a procedure at `now`, by clause and business unit.
pub fn in_use(conn: &mut Conn, sop: &str, now: Time) -> Result<Vec<InEffect>, StoreError> {
    let mut sql = Sql::new(USE);
    in_effect(&mut sql, sop, now);
    used(conn, &mut sql)
}

/// The same of one clause in one business unit, but for these: how many, and for how many days together.
pub fn in_use_of(
    conn: &mut Conn,
    (sop, now): (&str, Time),
    (clause, unit): (&str, Option<&str>),
    but: &[ExceptionId],
) -> Result<Part, StoreError> {
    let mut sql = Sql::new(USE);
    in_effect(&mut sql, sop, now);
    of_one(&mut sql, (clause, unit));
    for one in but {
        sql.push(" AND i.id <> ").bind(one.to_string());
    }
    Ok(used(conn, &mut sql)?.pop().map_or((0, 0), |found| (found.exceptions, found.days)))
}

/// Their ids and numbers, of those that are seen the first `most`.
pub fn seen(
    conn: &mut Conn,
    (sop, now): (&str, Time),
    one: (&str, Option<&str>),
    (eyes, most): (&Visibility, i64),
) -> Result<Vec<(ExceptionId, String)>, StoreError> {
    let mut sql = Sql::new(
        "SELECT i.id AS id, i.number AS number FROM exception_facets f JOIN exceptions i ON i.serial = f.serial \
         WHERE f.facet = 'clause'",
    );
    in_effect(&mut sql, sop, now);
    of_one(&mut sql, one);
    listing::narrow(&mut sql, Some(eyes), &Filter::default());
    let rows: Vec<SeenRow> = sql.push(" ORDER BY i.serial LIMIT ").bind(most).query().load(conn)?;
    let read = |row: SeenRow| {
        let id = row.id.parse().map_err(|_| StoreError::Corrupt(format!("the row of exception {}", row.id)))?;
        Ok((id, row.number))
    };
    rows.into_iter().map(read).collect()
}

/// How the requests and the tasks of a procedure went in a span, its end not included.
pub fn went(conn: &mut Conn, sop: &str, (from, until): (Time, Time)) -> Result<Went, StoreError> {
    let span = |sql: &mut Sql, column: &str| {
        sql.push(&format!(" AND {column} >= ")).bind(from.timestamp_micros());
        sql.push(&format!(" AND {column} < ")).bind(until.timestamp_micros());
    };
    let mut sql = Sql::new(
        "SELECT COUNT(*) AS many, CAST(COALESCE(SUM(CASE WHEN failed_gates > 0 THEN 1 ELSE 0 END), 0) AS BIGINT) AS failed, \
         CAST(COALESCE(SUM(CASE WHEN returns > 0 THEN 1 ELSE 0 END), 0) AS BIGINT) AS returned \
         FROM report_cases c JOIN exceptions e ON e.serial = c.serial WHERE e.sop = ",
    );
    sql.bind(sop);
    span(&mut sql, "c.submitted_at");
    let cases: CasesRow = sql.query().get_result(conn)?;
    let mut sql = Sql::new(
        "SELECT COUNT(*) AS many, \
         CAST(COALESCE(SUM(CASE WHEN w.closed_at IS NULL OR w.closed_at > w.due_at THEN 1 ELSE 0 END), 0) AS BIGINT) AS late \
         FROM report_work w JOIN exceptions e ON e.serial = w.serial WHERE e.sop = ",
    );
    sql.bind(sop);
    span(&mut sql, "w.due_at");
    let work: WorkRow = sql.query().get_result(conn)?;
    Ok(Went {
        failed_gates: (counted(cases.failed), counted(cases.many)),
        returns: (counted(cases.returned), counted(cases.many)),
        breaches: (counted(work.late), counted(work.many)),
    })
}

/// When a version of a procedure was published.
pub fn published_at(conn: &mut Conn, (sop, version): (&str, u32)) -> Result<Option<Time>, StoreError> {
    let mut sql = Sql::new("SELECT published_at FROM sops WHERE id = ");
    sql.bind(sop).push(" AND version = ").bind(i64::from(version));
    let row: Option<PublishedRow> = sql.query().get_result(conn).optional()?;
    Ok(row.and_then(|row| Time::from_timestamp_micros(row.published_at)))
}
