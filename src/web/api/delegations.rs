//! Delegations: an approver lets another act in their place, for a time.

use actix_web::{HttpResponse, delete, get, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::{
    administer::{self, Question, done, gone, look, noted},
    people::{PersonPath, require_details},
    text::Instant,
};
use crate::{
    desk::Error,
    domain::{
        request::Time,
        roster::{DelegationRecord, RosterAction, RosterDeed},
    },
    store::{queries::Cursor, roster::delegations_of},
    web::{
        call::Call,
        json::Json,
        page::{self, Page, PageQuery},
        problem::{Problem, codes},
        query::Query,
    },
    words::{DelegationId, Hash, PersonId},
};

/// The delegation that a path names.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "documents the path; `Call::id` reads it")]
pub struct DelegationPath {
    /// The account's id.
    #[param(format = "uuid")]
    id: String,
    /// The delegation's id.
    #[param(format = "uuid")]
    delegation: String,
}

/// Who acts in one's place, and how long.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "to": "01977d3c-7a10-7000-8000-000000000001", "ends": "2026-04-01T00:00:00Z" }))]
pub struct Delegate {
    /// Who will act.
    to: PersonId,
    /// From when; from now unless it is given.
    #[serde(default)]
    starts: Option<Instant>,
    /// Until when, at most 90 days later.
    ends: Instant,
}

/// A delegation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Delegation)]
pub struct DelegationView {
    /// Its id.
    pub id: DelegationId,
    /// Whose slot is filled.
    pub from: PersonId,
    /// Who acts.
    pub to: PersonId,
    /// From when.
    pub starts: Instant,
    /// Until when.
    pub ends: Instant,
    /// When it was ended before its time.
    pub ended_at: Option<Instant>,
    /// Does it hold at this moment?
    pub in_force: bool,
    /// The ledger's leaf that made it.
    pub leaf: u64,
}

/// Shows a delegation at `now`.
pub fn view((id, record): (DelegationId, DelegationRecord), now: Time) -> DelegationView {
    let in_force = record.ended_at.is_none() && record.delegation.holds_at(now);
    let DelegationRecord { delegation, leaf, ended_at } = record;
    DelegationView {
        id,
        from: delegation.from,
        to: delegation.to,
        starts: delegation.starts.into(),
        ends: delegation.ends.into(),
        ended_at: ended_at.map(Into::into),
        in_force,
        leaf,
    }
}

/// List a person's delegations
#[utoipa::path(
    tag = "People",
    summary = "List a person's delegations",
    description = "Every delegation from or to an account, in the order of the ledger.",
    params(PersonPath, PageQuery),
    responses((status = 200, description = "A page of the delegations.", body = Page<DelegationView>, headers(("Link" = String, description = "The next page (RFC 8288).")))),
)]
#[get("/v1/people/{id}/delegations")]
pub async fn list_delegations(call: Call<Query<PageQuery>>) -> Result<HttpResponse, Problem> {
    let (call, Query(asked)) = call.parted();
    let (id, by, now) = (call.id("id", "person")?, call.by.clone(), call.web.desk.clock().now());
    let found = look(&call, move |desk| {
        require_details(desk, &by, id)?;
        Ok::<_, Error>(desk.store().read(|conn| delegations_of(conn, id))?)
    });
    let placed = |one: DelegationView| {
        let place = Cursor { value: i64::try_from(one.leaf).unwrap_or(0), id: one.id.to_string() };
        (one, place)
    };
    let rows = found.await?.into_iter().map(|one| placed(view(one, now))).collect();
    let page = page::cut(rows, &page::binding("leaf", &id), (asked.limit, asked.cursor.as_deref()))?;
    Ok(page::answer(&call.request, &page))
}

/// Delegate
#[utoipa::path(
    tag = "People",
    summary = "Delegate",
    description = "An approver lets another human act in their place, for at most 90 days. Only for oneself, and only what was granted to oneself.",
    params(PersonPath),
    request_body(content = Delegate, description = "To whom, and how long."),
    responses((status = 201, description = "The delegation.", body = DelegationView)),
)]
#[post("/v1/people/{id}/delegations")]
#[expect(clippy::wildcard_enum_match_arm, reason = "some are of interest here, and the rest are as they were")]
pub async fn delegate_approval(call: Call<Json<Delegate>>) -> Result<HttpResponse, Problem> {
    let (call, sent) = call.parted();
    let from: PersonId = call.id("id", "person")?;
    if call.by.person() != Some(from) {
        return Err(Problem::new(codes::NOT_YOURS, "only the approver themself delegates"));
    }
    let question = to_delegate(&call, sent.body, sent.hash).await?;
    done(&call, question, async |events| {
        let made = noted(&events, |deed| match deed {
            RosterDeed::Delegated { delegation } => Some(delegation.id),
            _ => None,
        })?;
        let now = call.web.desk.clock().now();
        let found = look(&call, move |desk| Ok(desk.store().read(|conn| delegations_of(conn, from))?)).await?;
        let found = found.into_iter().find(|(id, _)| *id == made);
        let found = found.ok_or_else(|| Problem::internal("a delegation without a row"))?;
        Ok(HttpResponse::Created().json(view(found, now)))
    })
    .await
}

/// To let another act in one's own place, from the body that says whom and how long.
pub(in crate::web) async fn to_delegate(call: &Call, body: Delegate, of: Hash) -> Result<Question, Problem> {
    let Delegate { to, starts, ends } = body;
    administer::require_person(call, to, "/to").await?;
    let delegation = administer::drawn(call, DelegationId)?;
    let action = RosterAction::Delegate { delegation, to, starts: starts.map(|starts| starts.0), ends: ends.0 };
    Question::plain(call, action, of)
}

/// End a delegation
#[utoipa::path(
    tag = "People",
    summary = "End a delegation",
    description = "Before its time: by either side, or an administrator.",
    params(DelegationPath),
    responses((status = 204, description = "It has ended.")),
)]
#[delete("/v1/people/{id}/delegations/{delegation}")]
pub async fn end_delegation(call: Call) -> Result<HttpResponse, Problem> {
    let person: PersonId = call.id("id", "person")?;
    let delegation: DelegationId = call.id("delegation", "delegation")?;
    let found = look(&call, move |desk| Ok(desk.store().read(|conn| delegations_of(conn, person))?)).await?;
    if !found.iter().any(|(id, _)| *id == delegation) {
        return Err(Problem::not_found("delegation"));
    }
    gone(&call, Question::plain(&call, RosterAction::EndDelegation { delegation }, Hash::of(b"{}"))?).await
}

#[cfg(test)]
mod tests {
    use chrono::Duration;
    use uuid::Uuid;

    use super::*;
    use crate::domain::person::Delegation;

    #[test]
    fn a_delegation_holds_in_its_time_unless_it_was_ended() {
        let starts: Time = "2026-03-01T12:00:00Z".parse().expect("a time");
        let person = |n| PersonId(Uuid::from_u128(n));
        let id = DelegationId(Uuid::from_u128(9));
        let delegation = Delegation { id, from: person(1), to: person(2), starts, ends: starts + Duration::days(7) };
        let record = DelegationRecord { delegation, leaf: 4, ended_at: None };
        let holds =
            |record: &DelegationRecord, days| view((id, record.clone()), starts + Duration::days(days)).in_force;
        assert_eq!([-1, 0, 6, 7].map(|days| holds(&record, days)), [false, true, true, false]);
        let ended = DelegationRecord { ended_at: Some(starts + Duration::days(2)), ..record };
        assert!(!holds(&ended, 3));
    }
}
