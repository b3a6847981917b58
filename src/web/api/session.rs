//! Signing in and out. Wrong passwords and unknown addresses look and time the same, and the cookie's
//! secret is stored by its hash alone.

use actix_web::{
    HttpRequest, HttpResponse,
    cookie::{Cookie, SameSite, time::Duration},
    delete,
    http::header,
    post,
    web::Data,
};
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv4Addr};
use utoipa::ToSchema;
use validator::Validate;

use super::{administer::words::TypedPassword, text::Instant};
use crate::{
    domain::request::Time,
    identity::{
        password::HashError,
        secret::SessionSecret,
        sign_in::{Known, NotIn, Typed},
    },
    store::{
        StoreError,
        roster::{end_session as end, session_by_hash},
    },
    web::{
        Web,
        actor::require_same_origin,
        browser::mark,
        call::Call,
        hand_over,
        json::Json,
        problem::{Problem, ProblemBody, codes},
    },
    words::{Hash, PersonId},
};

/// What somebody signs in with.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SignIn, example = json!({ "email": "ada@example.org", "password": "correct horse battery" }))]
pub struct SignInBody {
    /// The address of the account.
    #[validate(length(max = 320))]
    #[schema(max_length = 320)]
    email: String,
    /// Its password.
    password: TypedPassword,
}

/// A session that was begun.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Session)]
pub struct SessionView {
    /// Who is signed in.
    pub person: PersonId,
    /// When they signed in; decisions at high tiers need this to be recent.
    pub signed_in_at: Instant,
    /// Until when it holds.
    pub expires_at: Instant,
    /// What every form of this session carries.
    pub form_token: String,
    /// Did somebody else set the password? Then the session is good for choosing another, and for nothing else.
    pub password_temporary: bool,
}

/// Sign in
#[utoipa::path(
    tag = "Sessions",
    summary = "Sign in",
    description = "Begins a session and sets its cookie: `__Host-proviso` over TLS, `proviso` on plain loopback. A wrong password and an unknown address are answered alike. While the password is one that somebody else set, the session is good for `PUT /v1/me/password` alone; everything else is refused as `password_temporary`.",
    request_body(content = SignInBody, description = "Address and password."),
    security(()),
    responses(
        (status = 201, description = "The session.", body = SessionView, headers(("Set-Cookie" = String, description = "The session's cookie: HttpOnly, SameSite=Strict."))),
        (status = 401, description = "`sign_in_failed`: the address or the password is wrong.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`too_many_attempts`: too many failures of late, for this account or from this network address.", body = ProblemBody, content_type = "application/problem+json", headers(("Retry-After" = u32, description = "Seconds until the next attempt is heard."))),
    ),
)]
#[post("/v1/session")]
pub async fn create_session(
    web: Data<Web>,
    request: HttpRequest,
    sent: Json<SignInBody>,
) -> Result<HttpResponse, Problem> {
    require_own_page(&web, &request)?;
    let (now, from) = (web.desk.clock().now(), address(&web, &request));
    let typed = Typed { email: sent.body.email, password: sent.body.password.0, from };
    let (entrance, store) = (web.entrance.clone(), web.desk.store().clone());
    let known =
        hand_over::block(move || entrance.sign_in(&store, &typed, now).map_err(|refused| at(refused, now))).await?;
    let (cookie, view) = begin(&web, &request, known).await?;
    Ok(HttpResponse::Created().cookie(cookie).cookie(mark(&web, &request)?).json(view))
}

/// Sign out
#[utoipa::path(
    tag = "Sessions",
    summary = "Sign out",
    description = "Ends the session of the cookie and takes the cookie back.",
    responses((status = 204, description = "The session has ended.")),
)]
#[delete("/v1/session")]
pub async fn end_session(call: Call) -> Result<HttpResponse, Problem> {
    let gone = ended(&call.web, &call.request).await?;
    Ok(HttpResponse::NoContent().cookie(gone).finish())
}

/// Ends the session of the request's cookie; what takes the cookie back.
pub async fn ended(web: &Web, request: &HttpRequest) -> Result<Cookie<'static>, Problem> {
    let hash = secret(web, request).ok_or_else(no_session)?.hash();
    let ended = web.desk.store().write::<_, StoreError>(move |tx| {
        let now = tx.now();
        tx.look(|conn| match session_by_hash(conn, &hash, now)? {
            Some(session) => end(conn, session.id, now),
            None => Ok(false),
        })
    })?;
    ended.await.map_err(StoreError::from)??;
    Ok(cookie(web, String::new(), Duration::ZERO))
}

/// Begins a session of somebody known, in place of the one that the request came with.
pub async fn begin(web: &Web, request: &HttpRequest, known: Known) -> Result<(Cookie<'static>, SessionView), Problem> {
    let now = web.desk.clock().now();
    if let Some(before) = signed_in(web, request, now).await?.filter(|before| *before != known.person) {
        hand_over::write(web.desk.note_sign_in(before, known.person)).await?;
    }
    let password_temporary = known.temporary;
    let begun =
        web.entrance.session(web.desk.random(), (known, address(web, request)), now).map_err(Problem::internal)?;
    let session = begun.new.session;
    let (value, form_token) = (begun.secret.reveal(), begun.secret.form_token());
    let replaced: Option<Hash> = secret(web, request).map(|old| old.hash());
    let stored = web.desk.store().write(move |tx| {
        let now = tx.now();
        tx.look(|conn| Ok(begun.begin(conn, replaced.as_ref(), now)))?
    })?;
    stored.await.map_err(StoreError::from)?.map_err(|refused| at(refused, now))?;
    let age = Duration::seconds((session.expires_at - session.signed_in_at).num_seconds());
    let view = SessionView {
        person: session.person,
        signed_in_at: session.signed_in_at.into(),
        expires_at: session.expires_at.into(),
        form_token,
        password_temporary,
    };
    Ok((cookie(web, value, age), view))
}

/// Who is signed in where the request comes from.
async fn signed_in(web: &Web, request: &HttpRequest, now: Time) -> Result<Option<PersonId>, Problem> {
    let Some(held) = secret(web, request) else { return Ok(None) };
    let found = hand_over::read(&web.desk, move |desk| {
        Ok(desk.store().read(|conn| session_by_hash(conn, &held.hash(), now))?)
    });
    Ok(found.await?.map(|session| session.person))
}

/// The secret of the request's cookie, if it has one.
pub fn secret(web: &Web, request: &HttpRequest) -> Option<SessionSecret> {
    request.cookie(web.settings.cookie_name())?.value().parse().ok()
}

/// The network address that counts.
pub fn address(web: &Web, request: &HttpRequest) -> IpAddr {
    let peer = request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip());
    let forwarded = request.headers().get_all("x-forwarded-for").last();
    web.entrance.address(peer, forwarded.and_then(|value| value.to_str().ok()))
}

/// A page of another origin signs nobody in. Whoever is no browser says nothing of where they are.
pub(super) fn require_own_page(web: &Web, request: &HttpRequest) -> Result<(), Problem> {
    let told = ["origin", "sec-fetch-site"].into_iter().any(|name| request.headers().contains_key(name));
    if told { require_same_origin(web, request) } else { Ok(()) }
}

fn cookie(web: &Web, value: String, age: Duration) -> Cookie<'static> {
    Cookie::build(web.settings.cookie_name(), value)
        .path("/")
        .http_only(true)
        .secure(web.settings.https)
        .same_site(SameSite::Strict)
        .max_age(age)
        .finish()
}

fn no_session() -> Problem {
    Problem::new(codes::NEEDS_PERSON, "this request came with an API token and no session")
}

/// A refusal at the entrance, as it is told at `now`.
pub fn at(refused: NotIn, now: Time) -> Problem {
    match refused {
        NotIn::Wrong => Problem::new(codes::SIGN_IN_FAILED, "the address or the password is wrong"),
        NotIn::Locked(locked) => {
            let seconds = (locked.until - now).num_seconds().max(0) + 1;
            Problem::new(codes::TOO_MANY_ATTEMPTS, format!("try again in {seconds} seconds"))
                .with_header(header::RETRY_AFTER, &seconds.to_string())
        }
        NotIn::Hash(HashError::Busy) => {
            Problem::new(codes::BUSY, HashError::Busy.to_string()).with_header(header::RETRY_AFTER, "3")
        }
        NotIn::Hash(error @ (HashError::Stored | HashError::Algorithm(_) | HashError::NoRandomness(_))) => {
            Problem::internal(error)
        }
        NotIn::Store(error) => error.into(),
        NotIn::Random(error) => Problem::internal(error),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::ResponseError;
    use chrono::TimeDelta;

    use super::*;
    use crate::identity::throttle::Locked;

    #[test]
    fn a_lock_says_when_to_try_again() {
        let now: Time = "2026-03-01T12:00:00Z".parse().expect("a time");
        let refused = at(NotIn::Locked(Locked { until: now + TimeDelta::milliseconds(89_500) }), now);
        assert_eq!(refused.status_code(), 429);
        let answer = refused.answer(None);
        assert_eq!(answer.headers().get("retry-after").and_then(|value| value.to_str().ok()), Some("90"));
    }

    #[test]
    fn a_failed_sign_in_says_nothing_of_the_account() {
        let now: Time = "2026-03-01T12:00:00Z".parse().expect("a time");
        let refused = at(NotIn::Wrong, now);
        assert_eq!((refused.status_code().as_u16(), refused.code()), (401, "sign_in_failed"));
    }
}
