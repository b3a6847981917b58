//! Roles by domain: who holds what, and granting and taking away. What lowers a protection waits for a
//! second person.

use actix_web::{HttpResponse, delete, get, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::{
    administer::{self, Question, done, gone, look, noted},
    changes::ChangeView,
    people::{PersonPath, require_details},
    text::Instant,
};
use crate::{
    desk::Error,
    domain::roster::{GrantRecord, RosterAction, RosterDeed},
    store::roster::grants_of,
    web::{call::Call, json::Json, problem::Problem},
    words::{DomainPath, GrantId, Hash, PersonId, Role},
};

/// The grant that a path names.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "documents the path; `Call::id` reads it")]
pub struct GrantPath {
    /// The account's id.
    #[param(format = "uuid")]
    id: String,
    /// The grant's id.
    #[param(format = "uuid")]
    grant: String,
}

/// A role to be granted.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "role": "privacy_assessor", "domain": "eu/retail" }))]
pub struct GrantRole {
    /// Which role.
    role: Role,
    /// Where, and in all below; everywhere unless it is given.
    #[serde(default)]
    domain: DomainPath,
}

/// A role that was granted.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Grant)]
pub struct GrantView {
    /// Its id.
    pub id: GrantId,
    /// To whom.
    pub person: PersonId,
    /// Which role.
    pub role: Role,
    /// Where, and in all below.
    pub domain: DomainPath,
    /// The ledger's leaf that granted it.
    pub leaf: u64,
    /// When.
    pub granted_at: Instant,
    /// When it was taken away, if it was.
    pub removed_at: Option<Instant>,
}

/// The roles of an account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Grants)]
pub struct GrantsView {
    /// Every role ever granted, in the order of the ledger.
    pub items: Vec<GrantView>,
}

fn view((id, grant): (GrantId, GrantRecord)) -> GrantView {
    GrantView {
        id,
        person: grant.person,
        role: grant.role,
        domain: grant.domain,
        leaf: grant.leaf,
        granted_at: grant.granted_at.into(),
        removed_at: grant.removed.map(|removal| removal.at.into()),
    }
}

/// List a person's roles
#[utoipa::path(
    tag = "People",
    summary = "List a person's roles",
    description = "Every role that was ever granted to an account, also those that were taken away.",
    params(PersonPath),
    responses((status = 200, description = "The roles.", body = GrantsView)),
)]
#[get("/v1/people/{id}/roles")]
pub async fn list_roles(call: Call) -> Result<HttpResponse, Problem> {
    let (id, by) = (call.id("id", "person")?, call.by.clone());
    let found = look(&call, move |desk| {
        require_details(desk, &by, id)?;
        Ok::<_, Error>(desk.store().read(|conn| grants_of(conn, id))?)
    });
    Ok(HttpResponse::Ok().json(GrantsView { items: found.await?.into_iter().map(view).collect() }))
}

/// Grant a role
#[utoipa::path(
    tag = "People",
    summary = "Grant a role",
    description = "Grants a role in a domain. A role that approves or administers becomes a change that a second person confirms; nobody grants a role to themself.",
    params(PersonPath),
    request_body(content = GrantRole, description = "Which role, and where."),
    responses(
        (status = 201, description = "The grant.", body = GrantView),
        (status = 202, description = "The change that a second person has to confirm.", body = ChangeView, headers(("Location" = String, description = "Where the change is."))),
    ),
)]
#[post("/v1/people/{id}/roles")]
#[expect(clippy::wildcard_enum_match_arm, reason = "some are of interest here, and the rest are as they were")]
pub async fn grant_role(call: Call<Json<GrantRole>>) -> Result<HttpResponse, Problem> {
    let (call, sent) = call.parted();
    let person = call.id("id", "person")?;
    let question = to_grant(&call, (person, sent.body), sent.hash)?;
    done(&call, question, async |events| {
        let granted = noted(&events, |deed| match deed {
            RosterDeed::RoleGranted { grant, .. } => Some(*grant),
            _ => None,
        })?;
        let found = look(&call, move |desk| Ok(desk.store().read(|conn| grants_of(conn, person))?)).await?;
        let found = found.into_iter().find(|(id, _)| *id == granted);
        found
            .map(|found| HttpResponse::Created().json(view(found)))
            .ok_or_else(|| Problem::internal("a grant without a row"))
    })
    .await
}

/// To grant a role, from the body that says which and where.
pub(in crate::web) fn to_grant(
    call: &Call,
    (person, body): (PersonId, GrantRole),
    of: Hash,
) -> Result<Question, Problem> {
    let grant = administer::drawn(call, GrantId)?;
    let action = RosterAction::GrantRole { grant, person, role: body.role, domain: body.domain };
    Question::plain(call, action, of)
}

/// Take a role away
#[utoipa::path(
    tag = "People",
    summary = "Take a role away",
    description = "Approvals that were given by this role and have no effect yet are voided. Where fewer than two governance people would be left, it becomes a change that a second person confirms.",
    params(GrantPath),
    responses(
        (status = 204, description = "The role is taken away."),
        (status = 202, description = "The change that a second person has to confirm.", body = ChangeView, headers(("Location" = String, description = "Where the change is."))),
    ),
)]
#[delete("/v1/people/{id}/roles/{grant}")]
pub async fn remove_role(call: Call) -> Result<HttpResponse, Problem> {
    let action = RosterAction::RemoveRole { person: call.id("id", "person")?, grant: call.id("grant", "grant")? };
    gone(&call, Question::plain(&call, action, Hash::of(b"{}"))?).await
}
