//! API tokens: one's own, and those of the services that one answers for. A token's text is shown once;
//! what is stored is its hash.

use std::collections::BTreeSet;

use actix_web::{HttpResponse, delete, get, http::header, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::{
    administer::{self, Question, allowed, done, gone, look, noted, sealed},
    people::answers_for,
    text::{Instant, Label},
};
use crate::{
    desk::{Desk, Error},
    domain::{
        person::By,
        request::Time,
        roster::{RosterAction, RosterDeed},
    },
    identity::secret::TokenText,
    store::{
        queries::Cursor,
        roster::{HeldToken, Secrets, tokens_of},
    },
    web::{
        call::Call,
        json::Json,
        page::{self, Page},
        problem::{Problem, ProblemBody},
        query::{Query, number, word},
    },
    words::{AdminVerb, Hash, PersonId, Scope, TokenId},
};

/// The token that a path names.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "documents the path; `Call::id` reads it")]
pub struct TokenPath {
    /// The token's id.
    #[param(format = "uuid")]
    id: String,
}

/// Whose tokens.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TokensQuery {
    /// A service that one answers for; one's own unless it is given.
    #[serde(deserialize_with = "word")]
    #[param(value_type = Option<PersonId>)]
    person: Option<PersonId>,
    /// Rows of a page.
    #[serde(deserialize_with = "number")]
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// The `next_cursor` of the page before, of the same person.
    #[serde(deserialize_with = "word")]
    #[param(value_type = Option<String>)]
    cursor: Option<String>,
}

/// A token to be issued.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "name": "Release pipeline", "scopes": ["read", "file"], "expires_at": "2026-09-01T00:00:00Z" }))]
pub struct IssueToken {
    /// What it is called.
    name: Label,
    /// What it may be used for.
    #[validate(length(min = 1, max = 4))]
    #[schema(min_items = 1, max_items = 4)]
    scopes: Vec<Scope>,
    /// Until when, at most 366 days from now.
    expires_at: Instant,
    /// For a service that one answers for; for oneself unless it is given.
    #[serde(default)]
    person: Option<PersonId>,
}

/// A token, without its text.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Token)]
pub struct TokenView {
    /// Its id.
    pub id: TokenId,
    /// Whose it is.
    pub person: PersonId,
    /// What it is called; `null` once that was erased.
    pub name: Option<String>,
    /// What it may be used for.
    pub scopes: BTreeSet<Scope>,
    /// Can it be used at this moment?
    pub usable: bool,
    /// When it was issued.
    pub issued_at: Instant,
    /// Until when it may be used.
    pub expires_at: Instant,
    /// When it was revoked, if it was.
    pub revoked_at: Option<Instant>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Instant>,
}

/// A token that was just issued.
#[derive(Debug, Serialize, ToSchema)]
pub struct IssuedToken {
    /// What to send as `Authorization: Bearer`; shown this once, so an answer that is repeated for the same
    /// Idempotency-Key is without it: revoke a token whose text was lost, and issue another.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(pattern = "^pv_[A-Za-z0-9_-]{43}$")]
    pub token: Option<String>,
    /// What is kept of it.
    pub issued: TokenView,
}

/// The tokens of an account at `now`, the newest first.
pub fn held(desk: &Desk, person: PersonId, now: Time) -> Result<Vec<TokenView>, Error> {
    desk.store().read(|conn| {
        let found = tokens_of(conn, person)?;
        let commitments: Vec<Hash> = found.iter().map(|held| held.record.name).collect();
        let names = administer::texts(conn, &commitments)?;
        let name = |held: &HeldToken| names.get(&held.record.name).cloned();
        Ok(found.into_iter().map(|held| view(name(&held), held, now)).collect())
    })
}

fn view(name: Option<String>, HeldToken { id, record, last_used_at }: HeldToken, now: Time) -> TokenView {
    TokenView {
        id,
        person: record.person,
        name,
        usable: record.holds_at(now),
        issued_at: record.issued_at.into(),
        expires_at: record.expires_at.into(),
        revoked_at: record.revoked_at.map(Into::into),
        scopes: record.scopes,
        last_used_at: last_used_at.map(Into::into),
    }
}

/// One's own, those of services that one answers for, and to administrators everybody's.
pub(in crate::web) fn require_reach(desk: &Desk, by: &By, person: PersonId) -> Result<(), Error> {
    if answers_for(desk, by, person)? || allowed(desk.may_administer(by, AdminVerb::RevokeToken))? {
        return Ok(());
    }
    Err(Error::NotFound("person"))
}

/// List API tokens
#[utoipa::path(
    tag = "Tokens",
    summary = "List API tokens",
    description = "One's own, or with `person` those of a service that one answers for; also those that expired or were revoked. The newest first.",
    params(TokensQuery),
    responses(
        (status = 200, description = "A page of the tokens.", body = Page<TokenView>, headers(("Link" = String, description = "The next page (RFC 8288)."))),
        (status = 404, description = "There is no such person, or they are not one's to look after.", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[get("/v1/tokens")]
pub async fn list_tokens(call: Call<Query<TokensQuery>>) -> Result<HttpResponse, Problem> {
    let (call, Query(asked)) = call.parted();
    let (by, now) = (call.by.clone(), call.web.desk.clock().now());
    let person = asked.person.map_or_else(|| call.person(), Ok)?;
    let items = look(&call, move |desk| {
        require_reach(desk, &by, person)?;
        held(desk, person, now)
    });
    let placed = |one: TokenView| {
        let place = Cursor { value: one.issued_at.0.timestamp_micros(), id: one.id.to_string() };
        (one, place)
    };
    let rows = items.await?.into_iter().map(placed).collect();
    let page = page::cut(rows, &page::binding("-issued_at", &person), (asked.limit, asked.cursor.as_deref()))?;
    Ok(page::answer(&call.request, &page))
}

/// Issue an API token
#[utoipa::path(
    tag = "Tokens",
    summary = "Issue an API token",
    description = "For oneself or a service that one answers for. It needs a person's session. The token's text is shown this once; whatever it is used for is within its scopes and within what its holder may do, and it never gives effect.",
    request_body(content = IssueToken, description = "What for, and how long."),
    responses((status = 201, description = "The token.", body = IssuedToken, headers(("Location" = String, description = "Where its kind is listed.")))),
)]
#[post("/v1/tokens")]
#[expect(clippy::wildcard_enum_match_arm, reason = "some are of interest here, and the rest are as they were")]
pub async fn issue_token(call: Call<Json<IssueToken>>) -> Result<HttpResponse, Problem> {
    let (call, sent) = call.parted();
    let Issuing { person, secret, question } = to_issue(&call, sent.body, sent.hash).await?;
    done(&call, question, async |events| {
        let issued = noted(&events, |deed| match deed {
            RosterDeed::TokenIssued { token, .. } => Some(*token),
            _ => None,
        })?;
        let text = administer::shown_once(&call, secret.reveal());
        issued_token(&call, (person, issued), text).await
    })
    .await
}

/// A token about to be issued.
#[derive(Debug)]
pub(in crate::web) struct Issuing {
    /// To whom.
    pub(in crate::web) person: PersonId,
    /// Its text, which nothing keeps.
    pub(in crate::web) secret: TokenText,
    /// What asks for it.
    pub(in crate::web) question: Question,
}

/// To issue a token, from the body that says what for and how long.
pub(in crate::web) async fn to_issue(call: &Call, body: IssueToken, of: Hash) -> Result<Issuing, Problem> {
    let IssueToken { name, scopes, expires_at, person } = body;
    let person = match person {
        Some(named) => administer::require_person(call, named, "/person").await.map(|()| named)?,
        None => call.person()?,
    };
    let secret = TokenText::draw(call.web.desk.random()).map_err(Problem::internal)?;
    let token = administer::drawn(call, TokenId)?;
    let (name, openings) = sealed(call, |sealer| sealer.seal("token", name.as_str()))?;
    let action = RosterAction::IssueToken {
        token,
        person,
        name,
        scopes: scopes.into_iter().collect(),
        expires_at: expires_at.0,
    };
    let secrets = Secrets { token: Some(secret.hash()), ..Secrets::default() };
    let question = Question::plain(call, action, of)?.opened_by(openings).with(secrets);
    Ok(Issuing { person, secret, question })
}

async fn issued_token(
    call: &Call,
    (person, issued): (PersonId, TokenId),
    text: Option<String>,
) -> Result<HttpResponse, Problem> {
    let now = call.web.desk.clock().now();
    let found = look(call, move |desk| held(desk, person, now)).await?;
    let token = found.into_iter().find(|token| token.id == issued);
    let token = token.ok_or_else(|| Problem::internal("a token without a row"))?;
    let location = format!("/v1/tokens?person={person}");
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, location))
        .json(IssuedToken { token: text, issued: token }))
}

/// Revoke an API token
#[utoipa::path(
    tag = "Tokens",
    summary = "Revoke an API token",
    description = "By its owner, who answers for its service, or an administrator. It is refused from the next request on.",
    params(TokenPath),
    responses((status = 204, description = "It is revoked.")),
)]
#[delete("/v1/tokens/{id}")]
pub async fn revoke_token(call: Call) -> Result<HttpResponse, Problem> {
    let token: TokenId = call.id("id", "token")?;
    gone(&call, Question::plain(&call, RosterAction::RevokeToken { token }, Hash::of(b"{}"))?).await
}
