//! Whoever asks: who they are, what they hold, how they came in, and their own password.

use actix_web::{HttpResponse, get, put};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::{
    administer::{
        Outcome, Question, ask, look, waiting,
        words::{NewPassword, TypedPassword},
    },
    delegations::{self, DelegationView},
    people::view::{self as people, PasswordView, PersonView, Sight},
    session::{self, SessionView, address, begin},
    tokens::{self, TokenView},
};
use crate::{
    desk::{Desk, Error},
    domain::{
        person::{By, Door},
        request::Time,
        roster::RosterAction,
    },
    identity::{password::HashError, secret::SessionSecret, sign_in::Typed},
    store::roster::{Secrets, delegations_of, session_by_hash},
    web::{
        browser::mark,
        call::Call,
        hand_over,
        json::Json,
        problem::{Problem, ProblemBody, codes},
    },
    words::PersonId,
};

/// Whoever asks.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    /// The account, with its roles.
    pub person: PersonView,
    /// Delegations from and to it that hold now or will.
    pub delegations: Vec<DelegationView>,
    /// How many usable API tokens it has.
    pub usable_tokens: usize,
    /// The session by which the request came, if it did.
    pub session: Option<SessionView>,
    /// The API token by which the request came, if it did.
    pub token: Option<TokenView>,
}

/// A new password for oneself.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "current": "correct horse battery", "new": "staple of the trade" }))]
pub struct ChangePassword {
    /// The present password.
    current: TypedPassword,
    /// The new one.
    new: NewPassword,
}

/// Who am I
#[utoipa::path(
    tag = "Sessions",
    summary = "Who am I",
    description = "The account of whoever asks: name, address, roles by domain, delegations, and the session or token by which the request came.",
    responses((status = 200, description = "Whoever asks.", body = Me)),
)]
#[get("/v1/me")]
pub async fn get_me(call: Call) -> Result<HttpResponse, Problem> {
    let (by, now) = (call.by.clone(), call.web.desk.clock().now());
    let secret = session::secret(&call.web, &call.request);
    let me = look(&call, move |desk| me(desk, (&by, secret.as_ref()), now)).await?;
    Ok(HttpResponse::Ok().json(me))
}

fn me(desk: &Desk, (by, secret): (&By, Option<&SessionSecret>), now: Time) -> Result<Me, Error> {
    let (id, door) = match by {
        By::Person { id, door } => (*id, *door),
        By::System { .. } => return Err(Error::NotFound("person")),
    };
    let (person, _) = people::one(desk, id, Sight::Everything)?;
    let delegations = desk.store().read(|conn| delegations_of(conn, id))?;
    let standing =
        delegations.into_iter().filter(|(_, record)| record.ended_at.is_none() && now < record.delegation.ends);
    let held = tokens::held(desk, id, now)?;
    let session = match door {
        Door::Session(_) => session_of(desk, secret, (&person, now))?,
        Door::Token(_) | Door::Code(_) => None,
    };
    let delegations = standing.map(|one| delegations::view(one, now)).collect();
    let usable_tokens = held.iter().filter(|token| token.usable).count();
    let token = held.into_iter().find(|token| door == Door::Token(token.id));
    Ok(Me { person, delegations, usable_tokens, session, token })
}

fn session_of(
    desk: &Desk,
    secret: Option<&SessionSecret>,
    (person, now): (&PersonView, Time),
) -> Result<Option<SessionView>, Error> {
    let Some(secret) = secret else { return Ok(None) };
    let found = desk.store().read(|conn| session_by_hash(conn, &secret.hash(), now))?;
    let password = person.details.as_ref().map(|details| details.password);
    Ok(found.filter(|session| session.person == person.id).map(|session| SessionView {
        person: session.person,
        signed_in_at: session.signed_in_at.into(),
        expires_at: session.expires_at.into(),
        form_token: secret.form_token(),
        password_temporary: password == Some(PasswordView::Temporary),
    }))
}

/// Change my password
#[utoipa::path(
    tag = "Sessions",
    summary = "Change my password",
    description = "Every session of the account ends; this one goes on with a new cookie.",
    request_body(content = ChangePassword, description = "The present password and the new one."),
    responses(
        (status = 200, description = "The session that goes on.", body = SessionView, headers(("Set-Cookie" = String, description = "The session's new cookie."))),
        (status = 401, description = "`sign_in_failed`: the present password is wrong.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`too_many_attempts`: too many failures of late.", body = ProblemBody, content_type = "application/problem+json", headers(("Retry-After" = u32, description = "Seconds until the next attempt is heard."))),
    ),
)]
#[put("/v1/me/password")]
pub async fn change_password(call: Call<Json<ChangePassword>>) -> Result<HttpResponse, Problem> {
    let (call, sent) = call.parted();
    changed(call, sent).await
}

/// The session that goes on with the new password, and its cookie.
pub(crate) async fn changed(call: Call, sent: Json<ChangePassword>) -> Result<HttpResponse, Problem> {
    let person = signed_in(&call)?;
    let stored = proven(&call, (person, sent.body)).await?;
    let secrets = Secrets { password: Some(stored.clone()), ..Secrets::default() };
    let question = Question::plain(&call, RosterAction::SetPassword { person }, sent.hash)?.with(secrets);
    if let Outcome::Waits(change) = ask(&call, question).await? {
        return waiting(&call, *change).await;
    }
    let known = call.web.entrance.chosen(person, stored);
    let (cookie, view) = begin(&call.web, &call.request, known).await?;
    Ok(HttpResponse::Ok().cookie(cookie).cookie(mark(&call.web, &call.request)?).json(view))
}

/// Whoever asks, in a session: a token does not change passwords.
fn signed_in(call: &Call) -> Result<PersonId, Problem> {
    match &call.by {
        By::Person { id, door: Door::Session(_) } => Ok(*id),
        By::Person { door: Door::Token(_) | Door::Code(_), .. } | By::System { .. } => {
            Err(Problem::new(codes::NEEDS_PERSON, "a password is changed in its owner's session"))
        }
    }
}

/// The hash of the new password, once the present one was right.
async fn proven(call: &Call, (person, asked): (PersonId, ChangePassword)) -> Result<String, Problem> {
    let ChangePassword { current: TypedPassword(current), new: NewPassword(new) } = asked;
    let (from, now) = (address(&call.web, &call.request), call.web.desk.clock().now());
    let (way, store) = (call.web.entrance.clone(), call.web.desk.store().clone());
    let typed = Typed { email: String::new(), password: current, from };
    hand_over::block(move || {
        way.confirm(&store, person, &typed, now).map_err(|refused| session::at(refused, now))?;
        let told = |error: HashError| session::at(error.into(), now);
        let stored = way.hash(&new).map_err(told)?;
        if way.opens(&typed.password, &stored).map_err(told)? {
            return Err(Problem::field(codes::INVALID_VALUE, "/new", "choose another password than the present one"));
        }
        Ok(stored)
    })
    .await
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn no_password_is_shown() {
        let sent: ChangePassword =
            serde_json::from_value(json!({ "current": "correct horse battery", "new": "staple of the trade" }))
                .expect("a body");
        let shown = format!("{sent:?}");
        assert!(!shown.contains("horse") && !shown.contains("staple"), "{shown}");
    }
}
