//! Concerns in their table: as they were raised, and how each ended. What is counted for them is beside it
//! ([`counted`]); whether something is a concern is decided elsewhere.

pub mod counted;

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Nullable, Text},
};

use super::{backend::Conn, error::StoreError, roster::After, sql::Sql};
use crate::{
    domain::{
        request::Time,
        roster::{Concern, ConcernDeed, Figure, Response, RosterEvent, Standing, Topic},
    },
    words::{ConcernId, ConcernState, PersonId},
};

/// A concern, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptConcern {
    /// As it stands.
    pub standing: Standing,
    /// When it was raised.
    pub raised_at: Time,
    /// When it ended.
    pub ended_at: Option<Time>,
    /// Who answered it; absent where nobody did.
    pub ended_by: Option<PersonId>,
    /// How it was answered.
    pub response: Option<Response>,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    state: String,
    #[diesel(sql_type = Text)]
    body: String,
    #[diesel(sql_type = Text)]
    figures: String,
    #[diesel(sql_type = BigInt)]
    raised_at: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    ended_at: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    ended_by: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    response: Option<String>,
}

#[derive(QueryableByName)]
struct Latest {
    #[diesel(sql_type = Nullable<BigInt>)]
    at: Option<i64>,
}

fn broken(error: impl std::fmt::Display) -> StoreError {
    StoreError::Corrupt(format!("a concern: {error}"))
}

fn instant(micros: i64) -> Result<Time, StoreError> {
    Time::from_timestamp_micros(micros).ok_or_else(|| broken("its time"))
}

fn written(part: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(part).map_err(broken)
}

impl Row {
    fn kept(self) -> Result<KeptConcern, StoreError> {
        Ok(KeptConcern {
            standing: Standing {
                concern: serde_json::from_str(&self.body).map_err(broken)?,
                state: self.state.parse().map_err(broken)?,
                figures: serde_json::from_str(&self.figures).map_err(broken)?,
            },
            raised_at: instant(self.raised_at)?,
            ended_at: self.ended_at.map(instant).transpose()?,
            ended_by: self.ended_by.as_deref().map(str::parse).transpose().map_err(broken)?,
            response: self.response.as_deref().map(serde_json::from_str).transpose().map_err(broken)?,
        })
    }
}

const KEPT: &str = "SELECT state, body, figures, raised_at, ended_at, ended_by, response FROM concerns";

/// One concern.
pub fn concern(conn: &mut Conn, id: ConcernId) -> Result<Option<KeptConcern>, StoreError> {
    let row: Option<Row> =
        Sql::new(KEPT).push(" WHERE id = ").bind(id.to_string()).query().get_result(conn).optional()?;
    row.map(Row::kept).transpose()
}

/// The last concern about this.
pub fn newest(conn: &mut Conn, topic: &Topic) -> Result<Option<Standing>, StoreError> {
    let mut sql = Sql::new(KEPT);
    sql.push(" WHERE topic = ").bind(written(topic)?).push(" ORDER BY leaf DESC LIMIT 1");
    let row: Option<Row> = sql.query().get_result(conn).optional()?;
    Ok(row.map(Row::kept).transpose()?.map(|kept| kept.standing))
}

/// When somebody last answered a concern about this.
pub fn last_answered(conn: &mut Conn, topic: &Topic) -> Result<Option<Time>, StoreError> {
    let mut sql = Sql::new("SELECT MAX(ended_at) AS at FROM concerns WHERE state = 'answered' AND topic = ");
    let latest: Latest = sql.bind(written(topic)?).query().get_result(conn)?;
    latest.at.map(instant).transpose()
}

/// What every open concern is about.
pub fn open_topics(conn: &mut Conn) -> Result<Vec<Topic>, StoreError> {
    let rows: Vec<Row> = Sql::new(KEPT).push(" WHERE state = 'open' ORDER BY id").query().load(conn)?;
    rows.into_iter().map(|row| Ok(row.kept()?.standing.concern.topic)).collect()
}

/// A page of those in a state, or of all, that are `wanted`, the newest first.
pub fn concerns(
    conn: &mut Conn,
    page: After<ConcernId>,
    (state, wanted): (Option<ConcernState>, impl Fn(&Concern) -> bool),
) -> Result<Vec<KeptConcern>, StoreError> {
    let (limit, mut last) = (usize::try_from(page.limit).unwrap_or(0), page.last);
    let mut found = Vec::new();
    loop {
        let rows = rows(conn, After { last, ..page }, state)?;
        let all = rows.len() < limit;
        for row in rows {
            let kept = row.kept()?;
            last = Some(kept.standing.concern.id);
            if wanted(&kept.standing.concern) && found.len() < limit {
                found.push(kept);
            }
        }
        if all || found.len() >= limit {
            return Ok(found);
        }
    }
}

fn rows(conn: &mut Conn, page: After<ConcernId>, state: Option<ConcernState>) -> Result<Vec<Row>, StoreError> {
    let mut sql = Sql::new(KEPT);
    sql.push(" WHERE 1 = 1");
    if let Some(state) = state {
        sql.push(" AND state = ").bind(state.as_str());
    }
    if let Some(last) = page.last {
        sql.push(" AND id < ").bind(last.to_string());
    }
    Ok(sql.push(" ORDER BY id DESC LIMIT ").bind(page.limit).query().load(conn)?)
}

/// Writes what happened to a concern.
pub(super) fn apply(conn: &mut Conn, deed: &ConcernDeed, (leaf, event): (u64, &RosterEvent)) -> Result<(), StoreError> {
    match deed {
        ConcernDeed::ConcernRaised { concern } => insert(conn, concern, (leaf, event.at)),
        ConcernDeed::ConcernAnswered { concern, response, figures } => {
            end(conn, (*concern, ConcernState::Answered), (figures, Some(response)), event)
        }
        ConcernDeed::ConcernSettled { concern, figures } => {
            end(conn, (*concern, ConcernState::Settled), (figures, None), event)
        }
    }
}

fn insert(conn: &mut Conn, concern: &Concern, (leaf, at): (u64, Time)) -> Result<(), StoreError> {
    sql_query(
        "INSERT INTO concerns (id, topic, state, body, figures, leaf, raised_at) \
         VALUES ($1, $2, 'open', $3, $4, $5, $6)",
    )
    .bind::<Text, _>(concern.id.to_string())
    .bind::<Text, _>(written(&concern.topic)?)
    .bind::<Text, _>(written(concern)?)
    .bind::<Text, _>(written(&concern.figures)?)
    .bind::<BigInt, _>(i64::try_from(leaf).unwrap_or(i64::MAX))
    .bind::<BigInt, _>(at.timestamp_micros())
    .execute(conn)?;
    Ok(())
}

fn end(
    conn: &mut Conn,
    (id, state): (ConcernId, ConcernState),
    (figures, response): (&[Figure], Option<&Response>),
    event: &RosterEvent,
) -> Result<(), StoreError> {
    let ended = sql_query(
        "UPDATE concerns SET state = $1, figures = $2, ended_at = $3, ended_by = $4, response = $5 \
         WHERE id = $6 AND state = 'open'",
    )
    .bind::<Text, _>(state.as_str())
    .bind::<Text, _>(written(&figures)?)
    .bind::<BigInt, _>(event.at.timestamp_micros())
    .bind::<Nullable<Text>, _>(event.by.person().map(|person| person.to_string()))
    .bind::<Nullable<Text>, _>(response.map(written).transpose()?)
    .bind::<Text, _>(id.to_string())
    .execute(conn)?;
    if ended == 1 { Ok(()) } else { Err(broken(format!("{id} is not open"))) }
}
