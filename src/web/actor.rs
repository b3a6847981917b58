//! Who asks: a session's cookie or an API token becomes a [`By`]. A cookie changes something only from
//! this service's own pages. Whether they may do what they ask is not known here.

use actix_web::{HttpMessage, HttpRequest, http::header};

use super::{
    Web, admission, hand_over,
    problem::{Problem, codes},
};
use crate::{
    domain::person::By,
    identity::{
        secret::{SessionSecret, TokenText},
        sign_in::Admitted,
    },
};

/// What somebody shows to be known by.
#[derive(Debug, Clone)]
pub enum Credential {
    /// A session's cookie.
    Session(SessionSecret),
    /// An API token.
    Token(TokenText),
}

/// Whoever sent the request, or 401.
pub async fn actor(web: &Web, request: &HttpRequest) -> Result<By, Problem> {
    let credential = shown(web, request)?;
    if !request.method().is_safe() && matches!(credential, Credential::Session(_)) {
        require_same_origin(web, request)?;
    }
    let before = request.extensions().get::<Known>().cloned();
    let admitted = match before {
        Some(Known(admitted)) => admitted,
        None => identified(web, credential).await?,
    };
    let admitted = admitted.ok_or_else(|| unauthenticated("the session or token is unknown, ended or expired"))?;
    admission::require(&admitted.within, request)?;
    Ok(admitted.by)
}

/// Whose the credential of a request was found to be; remembered with the request.
#[derive(Debug, Clone)]
pub struct Known(pub Option<Admitted>);

/// Whose credential came with a request; `None` where none did, or it could not be looked up.
pub async fn known(web: &Web, request: &HttpRequest) -> Option<Option<Admitted>> {
    identified(web, shown(web, request).ok()?).await.ok()
}

async fn identified(web: &Web, credential: Credential) -> Result<Option<Admitted>, Problem> {
    let identify = web.identify.clone();
    hand_over::read(&web.desk, move |desk| identify(desk, &credential)).await
}

/// The credential of a request: the token where there is one, else the cookie.
fn shown(web: &Web, request: &HttpRequest) -> Result<Credential, Problem> {
    // Calendars know an address and no header.
    if let Some(secret) = request.path().strip_prefix(admission::CALENDAR) {
        let token = secret.strip_suffix(".ics").and_then(|text| text.parse().ok());
        return token.map(Credential::Token).ok_or_else(|| unauthenticated("not the address of a calendar"));
    }
    if let Some(sent) = request.headers().get(header::AUTHORIZATION) {
        let text = sent.to_str().ok().and_then(|text| text.split_once(' '));
        let token = text.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token.trim());
        let token = token.ok_or_else(|| unauthenticated("send `Authorization: Bearer pv_…`"))?;
        return token.parse().map(Credential::Token).map_err(|_| unauthenticated("not an API token of this service"));
    }
    let cookie = request.cookie(web.settings.cookie_name()).ok_or_else(|| unauthenticated("nobody is signed in"))?;
    let secret = cookie.value().parse().map_err(|_| unauthenticated("not a session; sign in again"))?;
    Ok(Credential::Session(secret))
}

/// A browser says where a request comes from; whoever says nothing is refused (OWASP CSRF cheat sheet). A page
/// without a referrer sends `Origin: null`: then its word on the site counts, which no page can forge.
pub fn require_same_origin(web: &Web, request: &HttpRequest) -> Result<(), Problem> {
    let sent = |name: &str| request.headers().get(name).map(|value| value.to_str().unwrap_or_default());
    let origin = sent("origin").filter(|origin| *origin != "null").map(|origin| origin == web.settings.origin);
    let site = sent("sec-fetch-site").map(|site| site == "same-origin");
    match (origin, site) {
        (Some(true), None | Some(true)) | (None, Some(true)) => Ok(()),
        (Some(false), _) | (_, Some(false)) | (None, None) => {
            Err(Problem::new(codes::CROSS_ORIGIN, "a session changes something only from this service's own pages"))
        }
    }
}

fn unauthenticated(detail: &str) -> Problem {
    Problem::new(codes::UNAUTHENTICATED, detail).with_header(header::WWW_AUTHENTICATE, "Bearer realm=\"proviso\"")
}
