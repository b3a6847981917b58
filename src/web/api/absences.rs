//! Out of office: who is away, until when, and whom to turn to meanwhile. It forbids whoever is away nothing, and
//! gives nobody a right; who acts in another's place does so by a delegation.

use actix_web::{HttpResponse, delete, put};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::{
    administer::{self, Question, done, gone, look},
    people::PersonPath,
    text::Instant,
};
use crate::{
    desk::Error,
    domain::{
        person::Absence,
        request::Time,
        roster::{AbsenceAction, RosterAction},
    },
    store::roster::records,
    web::{call::Call, json::Json, problem::Problem},
    words::{Hash, PersonId},
};

/// From when until when somebody is away.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "ends": "2026-04-01T06:00:00Z", "stand_in": "01977d3c-7a10-7000-8000-000000000001" }))]
pub struct SetAbsence {
    /// From when; from now unless it is given.
    #[serde(default)]
    pub(crate) starts: Option<Instant>,
    /// Until when, at most 366 days later.
    pub(crate) ends: Instant,
    /// Whom to turn to meanwhile. It gives them no right: an approver delegates.
    #[serde(default)]
    pub(crate) stand_in: Option<PersonId>,
}

/// An absence.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Absence)]
pub struct AbsenceView {
    /// From when.
    pub starts: Instant,
    /// Until when.
    pub ends: Instant,
    /// Whom to turn to meanwhile.
    pub stand_in: Option<PersonId>,
}

impl From<&Absence> for AbsenceView {
    fn from(absence: &Absence) -> Self {
        Self { starts: absence.starts.into(), ends: absence.ends.into(), stand_in: absence.stand_in }
    }
}

/// Say that I am away
#[utoipa::path(
    tag = "People",
    summary = "Say that I am away",
    description = "In place of what was said before. From then on what I have to do goes back to its role, if somebody else of it is there; they, and not I, are told of new work; and of what nobody else may do governance is told. I may still act.",
    request_body(content = SetAbsence, description = "From when until when."),
    responses((status = 200, description = "The absence.", body = AbsenceView)),
)]
#[put("/v1/me/absence")]
pub async fn set_my_absence(call: Call<Json<SetAbsence>>) -> Result<HttpResponse, Problem> {
    let (call, sent) = call.parted();
    let person = call.person()?;
    set(call, person, sent).await
}

/// Say that I am back
#[utoipa::path(
    tag = "People",
    summary = "Say that I am back",
    description = "Before the time, or instead of going at all.",
    responses((status = 204, description = "Nobody waits for my return.")),
)]
#[delete("/v1/me/absence")]
pub async fn end_my_absence(call: Call) -> Result<HttpResponse, Problem> {
    let person = call.person()?;
    end(call, person).await
}

/// Say that somebody is away
#[utoipa::path(
    tag = "People",
    summary = "Say that somebody is away",
    description = "For whoever cannot say so themself: by an administrator.",
    params(PersonPath),
    request_body(content = SetAbsence, description = "From when until when."),
    responses((status = 200, description = "The absence.", body = AbsenceView)),
)]
#[put("/v1/people/{id}/absence")]
pub async fn set_absence(call: Call<Json<SetAbsence>>) -> Result<HttpResponse, Problem> {
    let (call, sent) = call.parted();
    let person = call.id("id", "person")?;
    set(call, person, sent).await
}

/// Say that somebody is back
#[utoipa::path(
    tag = "People",
    summary = "Say that somebody is back",
    description = "By themself, or an administrator.",
    params(PersonPath),
    responses((status = 204, description = "Nobody waits for their return.")),
)]
#[delete("/v1/people/{id}/absence")]
pub async fn end_absence(call: Call) -> Result<HttpResponse, Problem> {
    let person = call.id("id", "person")?;
    end(call, person).await
}

pub(crate) async fn set(call: Call, person: PersonId, sent: Json<SetAbsence>) -> Result<HttpResponse, Problem> {
    let question = to_set(&call, (person, sent.body), sent.hash).await?;
    done(&call, question, async |_| {
        let found = look(&call, move |desk| Ok::<_, Error>(desk.store().read(|conn| records(conn, &[person].into()))?));
        let record = found.await?.remove(&person).ok_or_else(|| Problem::internal("an absence of nobody"))?;
        Ok(HttpResponse::Ok().json(record.absence.as_ref().map(AbsenceView::from)))
    })
    .await
}

/// To say that somebody is away, from the body that says how long.
pub(in crate::web) async fn to_set(
    call: &Call,
    (person, body): (PersonId, SetAbsence),
    of: Hash,
) -> Result<Question, Problem> {
    let SetAbsence { starts, ends, stand_in } = body;
    if let Some(named) = stand_in {
        administer::require_person(call, named, "/stand_in").await?;
    }
    let starts: Option<Time> = starts.map(|starts| starts.0);
    let action = AbsenceAction::SetAbsence { person, starts, ends: ends.0, stand_in };
    Question::plain(call, RosterAction::Absence(action), of)
}

pub(crate) async fn end(call: Call, person: PersonId) -> Result<HttpResponse, Problem> {
    let action = AbsenceAction::EndAbsence { person };
    gone(&call, Question::plain(&call, RosterAction::Absence(action), Hash::of(b"{}"))?).await
}
