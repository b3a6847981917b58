//! Incidents in their tables: as they were reported, which exceptions each touched, and what became of those. It
//! finds and keeps; what an incident means for an exception is decided elsewhere.

mod open;

use std::collections::BTreeMap;

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Integer, Nullable, Text},
};

use super::{
    backend::Conn,
    error::StoreError,
    listing::{self, Filter},
    register::Touched,
    roster::After,
    rows::Rows,
    sql::Sql,
    tx::Tx,
};
use crate::{
    access::Visibility,
    domain::{
        request::Time,
        roster::{Incident, RosterEvent},
    },
    words::{DomainPath, ExceptionId, IncidentId, IncidentOutcome, PersonId, StateName},
};

pub use open::{count_struck, open_on, struck};

/// What finds the exceptions that an incident touches: any of it, within the domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// In this domain and below.
    pub domain: DomainPath,
    /// By what it was registered as.
    pub facets: Vec<Touched>,
    /// By the name of a system, whether or not a request gives an id beside it.
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
}

#[derive(QueryableByName)]
struct TallyRow {
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

fn broken(what: &str) -> StoreError {
    StoreError::Corrupt(format!("an incident: {what}"))
}

fn parsed<T: std::str::FromStr>(text: &str) -> Result<T, StoreError> {
    text.parse().map_err(|_| broken(text))
}

fn counted(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

/// What is submitted and has not ended, and is reached: in the order of all, or of those that are seen.
pub fn reached(conn: &mut Conn, reach: &Reach, eyes: Option<&Visibility>) -> Result<Vec<Reached>, StoreError> {
    let mut sql = Sql::new(
        "SELECT i.id AS id, i.serial AS serial, i.state AS state, i.sop AS sop, i.sop_version AS sop_version \
         FROM exceptions i WHERE i.serial IN (",
    );
    for (at, (source, values)) in sources(reach).into_iter().enumerate() {
        sql.push(if at > 0 { " UNION SELECT serial FROM " } else { "SELECT serial FROM " }).one_of(&source, &values);
    }
    sql.push(") AND ").one_of("i.state", &submitted());
    if reach.domain != DomainPath::root() {
        sql.push(
            " AND i.serial IN (SELECT serial FROM exception_facets WHERE facet IN ('open', 'closed') AND value = ",
        );
        sql.bind(reach.domain.as_str()).push(")");
    }
    listing::narrow(&mut sql, eyes, &Filter::default());
    let rows: Vec<ReachedRow> = sql.push(" ORDER BY i.serial").query().load(conn)?;
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
    fn incident(&self) -> Result<Incident, StoreError> {
        serde_json::from_str(&self.body).map_err(|error| broken(&error.to_string()))
    }

    /// With how many exceptions it touched, of those that are seen.
    fn reported(self, incident: Incident, conn: &mut Conn, eyes: Option<&Visibility>) -> Result<Reported, StoreError> {
        let mut sql = Sql::new(
            "SELECT COUNT(*) AS touched, COUNT(i.outcome) AS settled FROM incident_touches i WHERE i.incident = ",
        );
        sql.bind(incident.id.to_string());
        listing::narrow(&mut sql, eyes, &Filter::default());
        let tally: TallyRow = sql.query().get_result(conn)?;
        Ok(Reported {
            incident,
            at: Time::from_timestamp_micros(self.reported_at).ok_or_else(|| broken("its time"))?,
            by: self.reported_by.as_deref().map(parsed).transpose()?,
            touched: counted(tally.touched),
            open: counted(tally.touched - tally.settled),
        })
    }
}

const REPORTED: &str =
    "SELECT i.body AS body, i.reported_at AS reported_at, i.reported_by AS reported_by FROM incidents i";

/// A page of those incidents that are `wanted`, the newest first, each with how many exceptions it touched that are
/// seen.
pub fn incidents(
    conn: &mut Conn,
    page: After<IncidentId>,
    (eyes, wanted): (Option<&Visibility>, impl Fn(&Incident) -> bool),
) -> Result<Vec<Reported>, StoreError> {
    let (limit, mut last) = (usize::try_from(page.limit).unwrap_or(0), page.last);
    let mut found = Vec::new();
    loop {
        let rows = reports(conn, After { last, ..page })?;
        let all = rows.len() < limit;
        for row in rows {
            let incident = row.incident()?;
            last = Some(incident.id);
            if wanted(&incident) && found.len() < limit {
                found.push(row.reported(incident, conn, eyes)?);
            }
        }
        if all || found.len() >= limit {
            return Ok(found);
        }
    }
}

fn reports(conn: &mut Conn, page: After<IncidentId>) -> Result<Vec<ReportedRow>, StoreError> {
    let mut sql = Sql::new(REPORTED);
    if let Some(last) = page.last {
        sql.push(" WHERE i.id < ").bind(last.to_string());
    }
    Ok(sql.push(" ORDER BY i.id DESC LIMIT ").bind(page.limit).query().load(conn)?)
}

/// One incident, with how many exceptions it touched that are seen.
pub fn incident(conn: &mut Conn, id: IncidentId, eyes: Option<&Visibility>) -> Result<Option<Reported>, StoreError> {
    let mut sql = Sql::new(REPORTED);
    let row: Option<ReportedRow> =
        sql.push(" WHERE i.id = ").bind(id.to_string()).query().get_result(conn).optional()?;
    let Some(row) = row else { return Ok(None) };
    let incident = row.incident()?;
    row.reported(incident, conn, eyes).map(Some)
}

/// What an incident did to the first of those exceptions that are seen, in the order of all.
pub fn touches(
    conn: &mut Conn,
    (id, most): (IncidentId, i64),
    eyes: Option<&Visibility>,
) -> Result<Vec<Touch>, StoreError> {
    let mut sql = Sql::new(
        "SELECT i.exception AS exception, i.state AS before, x.state AS now, i.outcome AS outcome \
         FROM incident_touches i JOIN exceptions x ON x.id = i.exception WHERE i.incident = ",
    );
    sql.bind(id.to_string());
    listing::narrow(&mut sql, eyes, &Filter::default());
    let rows: Vec<TouchRow> = sql.push(" ORDER BY i.serial LIMIT ").bind(most).query().load(conn)?;
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

/// What became of the exceptions that an incident touched, counted: of those that are seen.
pub fn came_of(conn: &mut Conn, id: IncidentId, eyes: Option<&Visibility>) -> Result<Vec<Came>, StoreError> {
    let mut sql = Sql::new(
        "SELECT x.state AS now, i.outcome AS outcome, COUNT(*) AS count \
         FROM incident_touches i JOIN exceptions x ON x.id = i.exception WHERE i.incident = ",
    );
    sql.bind(id.to_string());
    listing::narrow(&mut sql, eyes, &Filter::default());
    let rows: Vec<CameRow> = sql.push(" GROUP BY x.state, i.outcome ORDER BY x.state, i.outcome").query().load(conn)?;
    let read = |row: CameRow| {
        let outcome = row.outcome.as_deref().map(parsed).transpose()?;
        Ok(Came { now: parsed(&row.now)?, outcome, count: counted(row.count) })
    };
    rows.into_iter().map(read).collect()
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
