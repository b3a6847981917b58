//! Incidents in their tables: as they were reported, which exceptions each touched, and what became of those. It
//! finds and keeps; what an incident means for an exception is decided elsewhere.

use std::collections::BTreeMap;

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Integer, Nullable, Text},
};

use super::{backend::Conn, error::StoreError, register::Touched, roster::After, rows::Rows, sql::Sql, tx::Tx};
use crate::{
    domain::{
        request::Time,
        roster::{Incident, RosterEvent},
    },
    words::{DomainPath, ExceptionId, IncidentId, IncidentOutcome, PersonId, StateName},
};

/// What finds the exceptions that an incident touches: any of it, within the domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// In this domain and below.
    pub domain: DomainPath,
    /// By what it was registered as.
    pub facets: Vec<Touched>,
    /// By the name of a system, where a request names it without its id.
    pub names: Vec<String>,
}

/// An exception that is touched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached {
    /// Which.
    pub exception: ExceptionId,
    /// Its place in the order of all.
    pub serial: i64,
    /// Where it is.
    pub state: StateName,
    /// The procedure that it runs by.
    pub sop: String,
    /// In which version.
    pub sop_version: u32,
}

/// An incident as it was reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reported {
    /// What it says.
    pub incident: Incident,
    /// When it was reported.
    pub at: Time,
    /// By whom, or who confirmed it.
    pub by: Option<PersonId>,
    /// How many exceptions it touched.
    pub touched: u64,
    /// With how many of them the clock has still to deal.
    pub open: u64,
}

/// What an incident did to one exception.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touch {
    /// To which.
    pub exception: ExceptionId,
    /// Where it was.
    pub before: StateName,
    /// Where it is.
    pub now: StateName,
    /// What it did; none while that has still to be carried out.
    pub outcome: Option<IncidentOutcome>,
}

/// How many exceptions were in one state and are in another, and what it did to them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Came {
    /// Where they are.
    pub now: StateName,
    /// What it did; none while that has still to be carried out.
    pub outcome: Option<IncidentOutcome>,
    /// How many.
    pub count: u64,
}

#[derive(QueryableByName)]
struct ReachedRow {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = BigInt)]
    serial: i64,
    #[diesel(sql_type = Text)]
    state: String,
    #[diesel(sql_type = Text)]
    sop: String,
    #[diesel(sql_type = Integer)]
    sop_version: i32,
}

#[derive(QueryableByName)]
struct ReportedRow {
    #[diesel(sql_type = Text)]
    body: String,
    #[diesel(sql_type = BigInt)]
    reported_at: i64,
    #[diesel(sql_type = Nullable<Text>)]
    reported_by: Option<String>,
    #[diesel(sql_type = BigInt)]
    touched: i64,
    #[diesel(sql_type = BigInt)]
    settled: i64,
}

#[derive(QueryableByName)]
struct TouchRow {
    #[diesel(sql_type = Text)]
    exception: String,
    #[diesel(sql_type = Text)]
    before: String,
    #[diesel(sql_type = Text)]
    now: String,
    #[diesel(sql_type = Nullable<Text>)]
    outcome: Option<String>,
}

#[derive(QueryableByName)]
struct CameRow {
    #[diesel(sql_type = Text)]
    now: String,
    #[diesel(sql_type = Nullable<Text>)]
    outcome: Option<String>,
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[derive(QueryableByName)]
struct OpenRow {
    #[diesel(sql_type = Text)]
    incident: String,
    #[diesel(sql_type = Text)]
    exception: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

fn broken(what: &str) -> StoreError {
    StoreError::Corrupt(format!("an incident: {what}"))
}

fn parsed<T: std::str::FromStr>(text: &str) -> Result<T, StoreError> {
    text.parse().map_err(|_| broken(text))
}

fn counted(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

/// What is submitted and has not ended, and is reached: in the order of all.
pub fn reached(conn: &mut Conn, reach: &Reach) -> Result<Vec<Reached>, StoreError> {
    let mut sql = Sql::new(
        "SELECT e.id AS id, e.serial AS serial, e.state AS state, e.sop AS sop, e.sop_version AS sop_version \
         FROM exceptions e WHERE e.serial IN (",
    );
    for (at, (source, values)) in sources(reach).into_iter().enumerate() {
        sql.push(if at > 0 { " UNION SELECT serial FROM " } else { "SELECT serial FROM " }).one_of(&source, &values);
    }
    sql.push(") AND ").one_of("e.state", &submitted());
    if reach.domain != DomainPath::root() {
        sql.push(
            " AND e.serial IN (SELECT serial FROM exception_facets WHERE facet IN ('open', 'closed') AND value = ",
        );
        sql.bind(reach.domain.as_str()).push(")");
    }
    let rows: Vec<ReachedRow> = sql.push(" ORDER BY e.serial").query().load(conn)?;
    rows.into_iter().map(ReachedRow::reached).collect()
}

/// Where to look, and for what: once for each facet, since there may be hundreds of values.
fn sources(reach: &Reach) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for Touched { facet, value } in &reach.facets {
        let values = found.entry(format!("exception_facets WHERE facet = '{facet}' AND value")).or_default();
        values.push(value.clone());
    }
    for name in &reach.names {
        found.entry("exception_terms WHERE term".to_owned()).or_default().push(name.clone());
    }
    found
}

fn submitted() -> Vec<String> {
    let touched = StateName::living().into_iter().filter(|state| *state != StateName::Draft);
    touched.map(|state| state.to_string()).collect()
}

impl ReachedRow {
    fn reached(self) -> Result<Reached, StoreError> {
        Ok(Reached {
            exception: parsed(&self.id)?,
            serial: self.serial,
            state: parsed(&self.state)?,
            sop: self.sop,
            sop_version: u32::try_from(self.sop_version).unwrap_or(0),
        })
    }
}

impl ReportedRow {
    fn reported(self) -> Result<Reported, StoreError> {
        Ok(Reported {
            incident: serde_json::from_str(&self.body).map_err(|error| broken(&error.to_string()))?,
            at: Time::from_timestamp_micros(self.reported_at).ok_or_else(|| broken("its time"))?,
            by: self.reported_by.as_deref().map(parsed).transpose()?,
            touched: counted(self.touched),
            open: counted(self.touched - self.settled),
        })
    }
}

const REPORTED: &str = "SELECT i.body AS body, i.reported_at AS reported_at, i.reported_by AS reported_by, \
     (SELECT COUNT(*) FROM incident_touches t WHERE t.incident = i.id) AS touched, \
     (SELECT COUNT(t.outcome) FROM incident_touches t WHERE t.incident = i.id) AS settled FROM incidents i";

/// A page of incidents, the newest first.
pub fn incidents(conn: &mut Conn, page: After<IncidentId>) -> Result<Vec<Reported>, StoreError> {
    let mut sql = Sql::new(REPORTED);
    if let Some(last) = page.last {
        sql.push(" WHERE i.id < ").bind(last.to_string());
    }
    sql.push(" ORDER BY i.id DESC LIMIT ").bind(page.limit);
    let rows: Vec<ReportedRow> = sql.query().load(conn)?;
    rows.into_iter().map(ReportedRow::reported).collect()
}

/// One incident.
pub fn incident(conn: &mut Conn, id: IncidentId) -> Result<Option<Reported>, StoreError> {
    let mut sql = Sql::new(REPORTED);
    let row: Option<ReportedRow> =
        sql.push(" WHERE i.id = ").bind(id.to_string()).query().get_result(conn).optional()?;
    row.map(ReportedRow::reported).transpose()
}

/// What an incident did to each exception, in the order of all.
pub fn touches(conn: &mut Conn, id: IncidentId) -> Result<Vec<Touch>, StoreError> {
    let rows: Vec<TouchRow> = sql_query(
        "SELECT t.exception AS exception, t.state AS before, e.state AS now, t.outcome AS outcome \
         FROM incident_touches t JOIN exceptions e ON e.id = t.exception \
         WHERE t.incident = $1 ORDER BY t.serial",
    )
    .bind::<Text, _>(id.to_string())
    .load(conn)?;
    let read = |row: TouchRow| {
        Ok(Touch {
            exception: parsed(&row.exception)?,
            before: parsed(&row.before)?,
            now: parsed(&row.now)?,
            outcome: row.outcome.as_deref().map(parsed).transpose()?,
        })
    };
    rows.into_iter().map(read).collect()
}

/// What became of the exceptions that an incident touched, counted.
pub fn came_of(conn: &mut Conn, id: IncidentId) -> Result<Vec<Came>, StoreError> {
    let rows: Vec<CameRow> = sql_query(
        "SELECT e.state AS now, t.outcome AS outcome, COUNT(*) AS count \
         FROM incident_touches t JOIN exceptions e ON e.id = t.exception \
         WHERE t.incident = $1 GROUP BY e.state, t.outcome ORDER BY e.state, t.outcome",
    )
    .bind::<Text, _>(id.to_string())
    .load(conn)?;
    let read = |row: CameRow| {
        let outcome = row.outcome.as_deref().map(parsed).transpose()?;
        Ok(Came { now: parsed(&row.now)?, outcome, count: counted(row.count) })
    };
    rows.into_iter().map(read).collect()
}

/// What of incidents has still to be carried out, in the order of exceptions, at most `limit`.
pub fn struck(conn: &mut Conn, limit: i64) -> Result<Vec<(IncidentId, ExceptionId)>, StoreError> {
    let rows: Vec<OpenRow> = sql_query(
        "SELECT incident, exception FROM incident_touches WHERE outcome IS NULL ORDER BY serial, incident LIMIT $1",
    )
    .bind::<BigInt, _>(limit)
    .load(conn)?;
    rows.into_iter().map(|row| Ok((parsed(&row.incident)?, parsed(&row.exception)?))).collect()
}

/// How much of it there is.
pub fn count_struck(conn: &mut Conn) -> Result<u64, StoreError> {
    let found: Count =
        sql_query("SELECT COUNT(*) AS count FROM incident_touches WHERE outcome IS NULL").get_result(conn)?;
    Ok(counted(found.count))
}

/// Writes an incident as it was reported.
pub(super) fn insert(
    conn: &mut Conn,
    incident: &Incident,
    (leaf, event): (u64, &RosterEvent),
) -> Result<(), StoreError> {
    let body = serde_json::to_string(incident).map_err(|error| broken(&error.to_string()))?;
    sql_query("INSERT INTO incidents (id, body, leaf, reported_at, reported_by) VALUES ($1, $2, $3, $4, $5)")
        .bind::<Text, _>(incident.id.to_string())
        .bind::<Text, _>(body)
        .bind::<BigInt, _>(i64::try_from(leaf).unwrap_or(i64::MAX))
        .bind::<BigInt, _>(event.at.timestamp_micros())
        .bind::<Nullable<Text>, _>(event.by.person().map(|person| person.to_string()))
        .execute(conn)?;
    Ok(())
}

impl Tx<'_, '_> {
    /// Keeps which exceptions an incident touches, so that none of them is forgotten.
    pub fn touch(&mut self, incident: IncidentId, reached: &[Reached]) -> Result<(), StoreError> {
        let id = incident.to_string();
        let mut rows = Rows::new("incident_touches", &["incident", "exception", "serial", "state"]);
        for one in reached {
            let exception = one.exception.to_string();
            rows.push([id.as_str().into(), exception.into(), one.serial.into(), one.state.as_str().into()]);
        }
        rows.insert(self.conn())?;
        Ok(())
    }

    /// Keeps what an incident did to an exception.
    pub fn settle_touch(
        &mut self,
        (incident, exception): (IncidentId, ExceptionId),
        outcome: IncidentOutcome,
    ) -> Result<(), StoreError> {
        let now = self.now().timestamp_micros();
        sql_query(
            "UPDATE incident_touches SET outcome = $1, settled_at = $2 \
             WHERE incident = $3 AND exception = $4 AND outcome IS NULL",
        )
        .bind::<Text, _>(outcome.as_str())
        .bind::<BigInt, _>(now)
        .bind::<Text, _>(incident.to_string())
        .bind::<Text, _>(exception.to_string())
        .execute(self.conn())?;
        Ok(())
    }
}
