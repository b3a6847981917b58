//! People and service accounts: who there is, and what administrators do to accounts. Everybody signed in
//! sees names, since a request names a sponsor; addresses and roles are for those who may read people.

pub mod asked;
pub mod view;

use actix_web::{HttpResponse, get, http::header, patch, post, put};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use self::view::{PersonView, Sight};
use super::{
    administer::{self, Question, done, look, noted, words::Email},
    changes::ChangeView,
    text::{Label, Slug},
};
use crate::{
    desk::{Desk, Error},
    domain::{
        person::By,
        roster::{RosterAction, RosterDeed},
    },
    identity::{password::Password, sign_in::temporary_password},
    store::{
        queries::Cursor,
        roster::{After, Secrets, list_people as list_everybody, list_present, records},
    },
    web::{
        call::Call,
        conditional, hand_over,
        json::{self, Json, MergePatch},
        page::{self, Page, PageQuery},
        problem::{Problem, codes},
        query::Query,
    },
    words::{Hash, PersonId, ReadVerb},
};

/// The order of the list.
const SORT: &str = "id";

/// The account that a path names.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "documents the path; `Call::id` reads it")]
pub struct PersonPath {
    /// The account's id.
    #[param(format = "uuid")]
    id: String,
}

/// An account to be added.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "name": "Ada Lovelace", "email": "ada@example.org" }))]
pub struct AddPerson {
    /// The name.
    name: Label,
    /// The address: one account for each, for ever.
    email: Email,
    /// For a service, an agent or a pipeline.
    #[serde(default)]
    service: Option<ServiceBody>,
}

/// What a service account needs.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Service)]
pub struct ServiceBody {
    /// The human who answers for it.
    responsible: PersonId,
}

/// What changes of an account.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "name": "Ada King" }))]
pub struct UpdatePerson {
    /// The new name.
    #[serde(default)]
    name: Option<Label>,
    /// The new address.
    #[serde(default)]
    email: Option<Email>,
}

/// The account that stays.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "into": "01977d3c-7a10-7000-8000-000000000001" }))]
pub struct MergePerson {
    /// The account whose human stays; the other's human is given up.
    into: PersonId,
}

/// In which business unit and region somebody works, by the codes that requests name.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "unit": "retail", "region": "eu" }))]
pub struct MovePerson {
    /// The business unit.
    unit: Slug,
    /// The region.
    #[serde(default)]
    region: Option<Slug>,
}

/// Nothing but the command itself.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Nothing, example = json!({}))]
pub struct NothingBody {}

/// A password that is shown once.
#[derive(Debug, Serialize, ToSchema)]
pub struct TemporaryPassword {
    /// Whose it is.
    pub person: PersonId,
    /// The password, shown this once, and not when the answer is repeated for the same Idempotency-Key:
    /// its owner chooses another at the next sign-in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
}

/// List people
#[utoipa::path(
    tag = "People",
    summary = "List people",
    description = "Everybody signed in sees the id and name of those who have not left. Who may read people sees everybody, with addresses and roles.",
    params(PageQuery),
    responses((status = 200, description = "A page of accounts, in the order of their ids.", body = Page<PersonView>, headers(("Link" = String, description = "The next page (RFC 8288).")))),
)]
#[get("/v1/people")]
pub async fn list_people(call: Call<Query<PageQuery>>) -> Result<HttpResponse, Problem> {
    let (call, Query(asked)) = call.parted();
    let limit = page::limit(asked.limit)?;
    let last = after(asked.cursor.as_deref())?;
    let by = call.by.clone();
    let page = look(&call, move |desk| list(desk, &by, After { last, limit: limit + 1 })).await?;
    Ok(page::answer(&call.request, &page))
}

fn after(cursor: Option<&str>) -> Result<Option<PersonId>, Problem> {
    let Some(cursor) = cursor else { return Ok(None) };
    let Cursor { id, .. } = page::opened(SORT, cursor)?;
    id.parse()
        .map(Some)
        .map_err(|_| Problem::field(codes::INVALID_CURSOR, "/cursor", "send the `next_cursor` of the page before"))
}

/// One row more than the page has tells whether there is another page.
fn list(desk: &Desk, by: &By, asked: After<PersonId>) -> Result<Page<PersonView>, Error> {
    let full = administer::allowed(desk.may_read(by, ReadVerb::ReadPeople))?;
    let sight = if full { Sight::Everything } else { Sight::Names };
    let find: Find = if full { list_everybody } else { list_present };
    desk.store().read(|conn| {
        let place = |(id, _): &(PersonId, _)| page::sealed(SORT, &Cursor { value: 0, id: id.to_string() });
        let (found, next_cursor) = page::part(find(conn, asked)?, asked.limit - 1, place);
        Ok(Page { items: view::people(conn, &found, sight)?, next_cursor })
    })
}

/// Accounts after one, as far as whoever asks sees them, and where the next part begins.
pub(in crate::web) fn part(
    desk: &Desk,
    by: &By,
    last: Option<PersonId>,
) -> Result<(Vec<PersonView>, Option<PersonId>), Error> {
    let found = list(desk, by, After { last, limit: page::MAX_LIMIT + 1 })?;
    let next = found.items.last().filter(|_| found.next_cursor.is_some()).map(|view| view.id);
    Ok((found.items, next))
}

type Find = fn(
    &mut crate::store::Conn,
    After<PersonId>,
) -> Result<Vec<(PersonId, crate::domain::roster::PersonRecord)>, crate::store::StoreError>;

/// How much of this account the one who asks sees; nothing of those who left, unless by right.
fn sight(desk: &Desk, by: &By, id: PersonId) -> Result<Sight, Error> {
    if administer::allowed(desk.may_read(by, ReadVerb::ReadPeople))? || answers_for(desk, by, id)? {
        return Ok(Sight::Everything);
    }
    let found = desk.store().read(|conn| records(conn, &[id].into()))?;
    found.get(&id).filter(|record| record.active).map(|_| Sight::Names).ok_or(Error::NotFound("person"))
}

/// Is it one's own account, or a service that one answers for?
pub fn answers_for(desk: &Desk, by: &By, id: PersonId) -> Result<bool, Error> {
    if by.person() == Some(id) {
        return Ok(true);
    }
    let found = desk.store().read(|conn| records(conn, &[id].into()))?;
    Ok(by.person().is_some() && found.get(&id).and_then(|record| record.responsible) == by.person())
}

/// Refuses those who may neither read people nor answer for this one.
pub fn require_details(desk: &Desk, by: &By, id: PersonId) -> Result<(), Error> {
    match sight(desk, by, id)? {
        Sight::Everything => Ok(()),
        Sight::Names => Err(Error::Forbidden(format!("your roles do not include `{}`", ReadVerb::ReadPeople))),
    }
}

/// Read a person
#[utoipa::path(
    tag = "People",
    summary = "Read a person",
    description = "One account: its name; to those who may read people and to its owner also its address and roles.",
    params(PersonPath),
    responses(
        (status = 200, description = "The account.", body = PersonView, headers(("ETag" = String, description = "Its version."))),
        (status = 304, description = "The client has this version (`If-None-Match`)."),
    ),
)]
#[get("/v1/people/{id}")]
pub async fn get_person(call: Call) -> Result<HttpResponse, Problem> {
    let (id, by) = (call.id("id", "person")?, call.by.clone());
    let (view, version) = look(&call, move |desk| view::one(desk, id, sight(desk, &by, id)?)).await?;
    Ok(conditional::answer(&call.request, &conditional::etag(version), &view))
}

/// Add a person
#[utoipa::path(
    tag = "People",
    summary = "Add a person",
    description = "Adds a human's account, or a service's with the human who answers for it. It has no password and no role yet.",
    request_body(content = AddPerson, description = "Who."),
    responses((status = 201, description = "The account.", body = PersonView, headers(("Location" = String, description = "Where it is."), ("ETag" = String, description = "Its version.")))),
)]
#[post("/v1/people")]
pub async fn add_person(call: Call<Json<AddPerson>>) -> Result<HttpResponse, Problem> {
    let (call, sent) = call.parted();
    let question = asked::to_add(&call, sent.body, sent.hash).await?;
    done(&call, question, async |events| {
        let id = noted(&events, added)?;
        shown(&call, id, HttpResponse::Created()).await
    })
    .await
}

#[expect(clippy::wildcard_enum_match_arm, reason = "some are of interest here, and the rest are as they were")]
pub(in crate::web) fn added(deed: &RosterDeed) -> Option<PersonId> {
    match deed {
        RosterDeed::PersonAdded { person, .. } => Some(*person),
        _ => None,
    }
}

/// Change a person
#[utoipa::path(
    tag = "People",
    summary = "Change a person",
    description = "Changes a name or an address. The address of somebody with an approving or administering role becomes a change that a second person confirms, since codes and links are sent there.",
    params(PersonPath, ("If-Match" = String, Header, description = "The ETag of the version that was read.", example = "\"1772366400000000\"")),
    request_body(content = UpdatePerson, content_type = "application/merge-patch+json", description = "What changes."),
    responses(
        (status = 200, description = "The account.", body = PersonView, headers(("ETag" = String, description = "Its new version."))),
        (status = 202, description = "The change that a second person has to confirm.", body = ChangeView, headers(("Location" = String, description = "Where the change is."))),
    ),
)]
#[patch("/v1/people/{id}")]
pub async fn update_person(call: Call<MergePatch>) -> Result<HttpResponse, Problem> {
    let (call, MergePatch(patch)) = call.parted();
    let (id, expected) = (call.id("id", "person")?, conditional::required(&call.request)?);
    let hash = Hash::of(patch.to_string().as_bytes());
    let question = asked::to_update(&call, (id, json::checked(patch)?), hash).await?;
    let question = Question { expected: Some(expected), ..question };
    done(&call, question, async |_| shown(&call, id, HttpResponse::Ok()).await).await
}

/// Commands on an account that need nothing but its id, or one more.
macro_rules! commands {
    ($($name:ident $path:literal $body:ident $summary:literal $does:literal |$call:ident, $person:ident, $sent:ident| $action:expr;)+) => {$(
#[utoipa::path(
            tag = "People",
            summary = $summary,
            description = $does,
            params(PersonPath),
            request_body(content = $body, description = "What is asked."),
            responses(
                (status = 200, description = "The account as the command left it.", body = PersonView, headers(("ETag" = String, description = "Its version."))),
                (status = 202, description = "The change that a second person has to confirm.", body = ChangeView, headers(("Location" = String, description = "Where the change is."))),
            ),
        )]
        #[post($path)]
        #[doc = $summary]
        pub async fn $name(call: Call<Json<$body>>) -> Result<HttpResponse, Problem> {
            let ($call, sent) = call.parted();
            let ($person, $sent): (PersonId, $body) = ($call.id("id", "person")?, sent.body);
            let question = Question::plain(&$call, $action, sent.hash)?;
            done(&$call, question, async |_| shown(&$call, $person, HttpResponse::Ok()).await).await
        }
    )+};
}

commands! {
    leave_person "/v1/people/{id}/leave" NothingBody "Let somebody go" "Ends their sessions, tokens and delegations; their roles rest, and approvals they gave that are not in effect yet are voided." |call, person, _sent| RosterAction::Leave { person };
    return_person "/v1/people/{id}/return" NothingBody "Take somebody back" "With the roles they had. Roles that approve or administer need a second person." |call, person, _sent| RosterAction::Return { person };
    merge_person "/v1/people/{id}/merge" MergePerson "Merge two accounts" "Says that two accounts belong to one human, so that they count as one in every quorum. A second person confirms it." |call, person, sent| RosterAction::Merge { person, into: asked::known(&call, (person, sent.into)).await? };
}

/// Say where somebody works
#[utoipa::path(
    tag = "People",
    summary = "Say where somebody works",
    description = "In which business unit and region, from now on. It gives and takes no role. Where it becomes another, what is in effect and rests on this person as its requester, beneficiary, sponsor or monitoring owner is reopened.",
    params(PersonPath),
    request_body(content = MovePerson, description = "Where."),
    responses((status = 200, description = "The account as the command left it.", body = PersonView, headers(("ETag" = String, description = "Its version.")))),
)]
#[put("/v1/people/{id}/unit")]
pub async fn move_person(call: Call<Json<MovePerson>>) -> Result<HttpResponse, Problem> {
    let (call, sent) = call.parted();
    let person: PersonId = call.id("id", "person")?;
    let question = asked::to_move(&call, (person, sent.body), sent.hash)?;
    done(&call, question, async |_| shown(&call, person, HttpResponse::Ok()).await).await
}

/// Set a temporary password
#[utoipa::path(
    tag = "People",
    summary = "Set a temporary password",
    description = "Draws a password for somebody else and shows it once; it is good for choosing another. Of somebody with an approving or administering role it becomes a change, and whoever confirms that is shown the password.",
    params(PersonPath),
    request_body(content = NothingBody, description = "Nothing but the command itself."),
    responses(
        (status = 200, description = "The password.", body = TemporaryPassword),
        (status = 202, description = "The change that a second person has to confirm.", body = ChangeView, headers(("Location" = String, description = "Where the change is."))),
    ),
)]
#[post("/v1/people/{id}/password")]
pub async fn set_password(call: Call<Json<NothingBody>>) -> Result<HttpResponse, Problem> {
    let (call, sent) = call.parted();
    let person: PersonId = call.id("id", "person")?;
    let (password, question) = asked::to_set_password(&call, person, sent.hash).await?;
    done(&call, question, async |_| {
        let password = administer::shown_once(&call, password);
        Ok(HttpResponse::Ok().json(TemporaryPassword { person, password }))
    })
    .await
}

/// A temporary password and its hash.
pub async fn draw_password(call: &Call) -> Result<(String, Secrets), Problem> {
    let text = temporary_password(call.web.desk.random()).map_err(Problem::internal)?;
    let password: Password = text.parse().map_err(Problem::internal)?;
    let (way, now) = (call.web.entrance.clone(), call.web.desk.clock().now());
    let phc =
        hand_over::block(move || way.hash(&password).map_err(|error| super::session::at(error.into(), now))).await?;
    Ok((text, Secrets { password: Some(phc), ..Secrets::default() }))
}

/// The account as the command left it, or the change that waits.
async fn shown(call: &Call, id: PersonId, mut done: actix_web::HttpResponseBuilder) -> Result<HttpResponse, Problem> {
    let by = call.by.clone();
    let (view, version) = look(call, move |desk| view::one(desk, id, sight(desk, &by, id)?)).await?;
    let (etag, location) = (conditional::etag(version), format!("/v1/people/{id}"));
    Ok(done.insert_header((header::ETAG, etag)).insert_header((header::LOCATION, location)).json(view))
}
