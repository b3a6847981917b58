//! Changes that need two people: what waits, in words and as the exact payload, and its confirmation or
//! rejection. Whoever confirms names the hash of what they looked at.

pub mod told;

use std::collections::BTreeMap;

use actix_web::{HttpResponse, get, post};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use self::told::Known;
use super::{
    administer::{self, Question, allowed, ask, look, sealed},
    people::draw_password,
    text::{Instant, Statement},
};
use crate::{
    desk::{Desk, Error},
    domain::{
        person::By,
        request::Time,
        roster::{Change, RosterAction, RosterCommand},
    },
    identity::email::EmailAddress,
    sop::Sop,
    store::{
        StoreError,
        queries::Cursor,
        roster::{After, Secrets, change as find_change, changes as find_changes},
    },
    web::{
        call::Call,
        json::Json,
        page::{self, Page},
        problem::{Problem, codes},
        query::{Query, number, word},
    },
    words::{AdminVerb, ChangeId, ChangeState, Hash, PersonId, ReadVerb, Sealed},
};

/// The order of the list.
const SORT: &str = "-id";

/// The change that a path names.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "documents the path; `Call::id` reads it")]
pub struct ChangePath {
    /// The change's id.
    #[param(format = "uuid")]
    id: String,
}

/// Which changes.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ChangesQuery {
    /// Only those that stand so.
    #[serde(deserialize_with = "word")]
    #[param(value_type = Option<ChangeState>)]
    state: Option<ChangeState>,
    /// Rows of a page.
    #[serde(deserialize_with = "number")]
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// The `next_cursor` of the page before.
    #[serde(deserialize_with = "word")]
    cursor: Option<String>,
}

/// The payload that was looked at.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" }))]
pub struct ConfirmChange {
    /// Its hash.
    pub(in crate::web) hash: Hash,
    /// For a procedure to be published: its canonical text, whose hash the payload names. It may be left
    /// out, since it was kept when it was proposed.
    #[serde(default)]
    pub(in crate::web) document: Option<String>,
}

/// Why a change is turned down.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "reason": "She moves to another team next week" }))]
pub struct RejectChange {
    /// Why.
    reason: Statement,
}

/// A change that needs two people.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Change)]
pub struct ChangeView {
    /// Its id.
    pub id: ChangeId,
    /// Where it stands.
    pub state: ChangeState,
    /// The command that it carries out.
    pub command: AdminVerb,
    /// What it does, in words.
    #[schema(examples("Grant Carla Ciso the role ciso in /"))]
    pub text: String,
    /// Exactly what it does. Texts stand in it as commitments (`c`).
    #[schema(value_type = Object)]
    pub action: Value,
    /// SHA-256 of `action` in canonical JSON (RFC 8785): what a confirmation names.
    pub hash: Hash,
    /// What it publishes, word for word: a procedure, or a version of the register.
    #[schema(value_type = Option<Object>)]
    pub document: Option<Value>,
    /// The texts that open its commitments, unless they were erased.
    pub texts: BTreeMap<String, String>,
    /// Who proposed it; `null` for the service itself, while it is being set up.
    pub proposed_by: Option<PersonId>,
    /// When.
    pub proposed_at: Instant,
    /// When it lapses unless it is decided before.
    pub expires_at: Instant,
    /// Who decided.
    pub decided_by: Option<PersonId>,
    /// When.
    pub decided_at: Option<Instant>,
    /// Did one person propose and confirm it, since there were not yet two who could?
    pub alone: bool,
}

/// A change that was confirmed.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConfirmedChange {
    /// The change.
    pub change: ChangeView,
    /// The temporary password that it set, shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
}

/// Shows changes as they stand now.
pub fn shown(desk: &Desk, changes: Vec<Change>) -> Result<Vec<ChangeView>, Error> {
    let now = desk.clock().now();
    desk.store().read(|conn| {
        let known = Known::of(conn, &changes)?;
        changes.into_iter().map(|change| view(change, &known, now)).collect()
    })
}

#[expect(clippy::needless_pass_by_value, reason = "a test's arguments are its own")]
fn view(change: Change, known: &Known, now: Time) -> Result<ChangeView, Error> {
    let broken = |error: serde_json::Error| StoreError::Corrupt(format!("change {}: {error}", change.id));
    let texts = told::sealed_in(&change.action).into_iter();
    Ok(ChangeView {
        state: change.state_at(now),
        command: change.action.verb(),
        text: told::in_words(&change.action, known),
        action: serde_json::to_value(&change.action).map_err(broken)?,
        document: known.document(&change.action),
        texts: texts.filter_map(|sealed| known.opened(sealed)).collect(),
        id: change.id,
        hash: change.hash,
        proposed_by: change.proposed_by,
        proposed_at: change.proposed_at.into(),
        expires_at: change.expires_at.into(),
        decided_by: change.decided_by,
        decided_at: change.decided_at.map(Into::into),
        alone: change.alone,
    })
}

/// List changes
#[utoipa::path(
    tag = "Changes",
    summary = "List changes",
    description = "What lowers a protection waits here for a second person, for 14 days. The newest first.",
    params(ChangesQuery),
    responses((status = 200, description = "A page of changes.", body = Page<ChangeView>, headers(("Link" = String, description = "The next page (RFC 8288).")))),
)]
#[get("/v1/changes")]
pub async fn list_changes(call: Call<Query<ChangesQuery>>) -> Result<HttpResponse, Problem> {
    let (call, Query(asked)) = call.parted();
    let (limit, by, state) = (page::limit(asked.limit)?, call.by.clone(), asked.state);
    let binding = page::binding(SORT, &state);
    let last = asked.cursor.as_deref().map(|cursor| after(&binding, cursor)).transpose()?;
    let page = look(&call, move |desk| {
        let found = listed(desk, &by, (state, After { last, limit: limit + 1 }))?;
        page_of(desk, found, (limit, &binding))
    });
    Ok(page::answer(&call.request, &page.await?))
}

/// The changes in a state, to those who may read them, the newest first.
pub(in crate::web) fn listed(
    desk: &Desk,
    by: &By,
    (state, asked): (Option<ChangeState>, After<ChangeId>),
) -> Result<Vec<Change>, Error> {
    desk.may_read(by, ReadVerb::ReadChanges)?;
    let now = desk.clock().now();
    Ok(desk.store().read(|conn| find_changes(conn, state, now, asked))?)
}

fn after(binding: &str, cursor: &str) -> Result<ChangeId, Problem> {
    let Cursor { id, .. } = page::opened(binding, cursor)?;
    id.parse().map_err(|_| page::odd_cursor())
}

fn page_of(desk: &Desk, found: Vec<Change>, (limit, binding): (i64, &str)) -> Result<Page<ChangeView>, Error> {
    let place = |change: &Change| page::sealed(binding, &Cursor { value: 0, id: change.id.to_string() });
    let (found, next_cursor) = page::part(found, limit, place);
    Ok(Page { items: shown(desk, found)?, next_cursor })
}

/// Read a change
#[utoipa::path(
    tag = "Changes",
    summary = "Read a change",
    description = "What it does, in words and exactly, with the hash that a confirmation names.",
    params(ChangePath),
    responses((status = 200, description = "The change.", body = ChangeView)),
)]
#[get("/v1/changes/{id}")]
pub async fn get_change(call: Call) -> Result<HttpResponse, Problem> {
    let (_, view) = readable(&call).await?;
    Ok(HttpResponse::Ok().json(view))
}

/// The change of the path, to those who may read changes and to whoever proposed it.
pub(in crate::web) async fn readable(call: &Call) -> Result<(Change, ChangeView), Problem> {
    let (id, by) = (call.id("id", "change")?, call.by.clone());
    look(call, move |desk| find(desk, &by, id)).await
}

fn find(desk: &Desk, by: &By, id: ChangeId) -> Result<(Change, ChangeView), Error> {
    let found = desk.store().read(|conn| find_change(conn, id))?.ok_or(Error::NotFound("change"))?;
    let own = by.person().is_some() && found.proposed_by == by.person();
    if !own && !allowed(desk.may_read(by, ReadVerb::ReadChanges))? {
        return Err(Error::NotFound("change"));
    }
    let view = shown(desk, vec![found.clone()])?.pop().ok_or(Error::NotFound("change"))?;
    Ok((found, view))
}

/// Confirm a change
#[utoipa::path(
    tag = "Changes",
    summary = "Confirm a change",
    description = "By another person than who proposed it, in a session. It names the hash of the payload that was looked at, and is judged anew on the facts of this moment. A password that it sets is drawn now and shown once, to whoever confirms.",
    params(ChangePath),
    request_body(content = ConfirmChange, description = "What was looked at."),
    responses((status = 200, description = "The change, carried out.", body = ConfirmedChange)),
)]
#[post("/v1/changes/{id}/confirm")]
pub async fn confirm_change(call: Call<Json<ConfirmChange>>) -> Result<HttpResponse, Problem> {
    let (call, sent) = call.parted();
    Ok(HttpResponse::Ok().json(confirmed(&call, sent.body, sent.hash).await?))
}

/// Confirms the change of the path.
#[expect(clippy::wildcard_enum_match_arm, reason = "some are of interest here, and the rest are as they were")]
pub(in crate::web) async fn confirmed(call: &Call, body: ConfirmChange, of: Hash) -> Result<ConfirmedChange, Problem> {
    let (found, view) = readable(call).await?;
    let ConfirmChange { hash, document } = body;
    let (password, secrets) = match &found.action {
        RosterAction::SetPassword { .. } => draw_password(call).await.map(|(text, secrets)| (Some(text), secrets))?,
        RosterAction::PublishSop { text_hash, .. } => (None, published(document, text_hash)?),
        RosterAction::UpdatePerson { email: Some(email), .. } => (None, addressed(&view, email)?),
        _ => (None, Secrets::default()),
    };
    let command = RosterCommand::ConfirmChange { change: found.id, hash };
    ask(call, Question { command, openings: Vec::new(), secrets, hash: of, expected: None }).await?;
    let password = password.and_then(|password| administer::shown_once(call, password));
    let (_, change) = readable(call).await?;
    Ok(ConfirmedChange { change, password })
}

/// The text of a procedure that is published, if it is the very one that was proposed.
fn published(document: Option<String>, text_hash: &Hash) -> Result<Secrets, Problem> {
    let Some(text) = document else { return Ok(Secrets::default()) };
    let sound = Hash::of(text.as_bytes()) == *text_hash && Sop::load(&text, &BTreeMap::new()).is_ok();
    if sound {
        return Ok(Secrets { document: Some(text), ..Secrets::default() });
    }
    Err(Problem::field(codes::PAYLOAD_CHANGED, "/document", "this is not the text that was proposed"))
}

/// The key of a new address, from its text.
fn addressed(view: &ChangeView, email: &Sealed) -> Result<Secrets, Problem> {
    let text = view.texts.get(&email.commitment.to_string());
    let address: Option<EmailAddress> = text.and_then(|text| text.parse().ok());
    let address =
        address.ok_or_else(|| Problem::new(codes::PAYLOAD_CHANGED, "the new address was erased; propose it again"))?;
    Ok(Secrets { email_key: Some(address.key().to_owned()), ..Secrets::default() })
}

/// Reject a change
#[utoipa::path(
    tag = "Changes",
    summary = "Reject a change",
    description = "Turns a change down, or takes one's own back.",
    params(ChangePath),
    request_body(content = RejectChange, description = "Why."),
    responses((status = 200, description = "The change.", body = ChangeView)),
)]
#[post("/v1/changes/{id}/reject")]
pub async fn reject_change(call: Call<Json<RejectChange>>) -> Result<HttpResponse, Problem> {
    let (call, sent) = call.parted();
    Ok(HttpResponse::Ok().json(rejected(&call, sent.body, sent.hash).await?))
}

/// Rejects the change of the path.
pub(in crate::web) async fn rejected(call: &Call, body: RejectChange, of: Hash) -> Result<ChangeView, Problem> {
    let (found, _) = readable(call).await?;
    let (reason, openings) = sealed(call, |sealer| sealer.seal("reason", body.reason.as_str()))?;
    let command = RosterCommand::RejectChange { change: found.id, reason };
    ask(call, Question { command, openings, secrets: Secrets::default(), hash: of, expected: None }).await?;
    Ok(readable(call).await?.1)
}
