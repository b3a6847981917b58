//! Which browser a request comes from: a random mark that outlives every session, so that one browser that decides
//! for two people is noticed. It names nobody, opens nothing, and is stored by its hash alone.

use actix_web::{
    HttpRequest,
    cookie::{Cookie, SameSite, time::Duration},
};

use super::{Web, problem::Problem};
use crate::{identity::secret::SessionSecret, words::Hash};

/// For how long a browser keeps its mark after the last sign-in.
const AGE: Duration = Duration::days(365);

/// The hash of the mark that a request shows, if it shows one.
pub fn marked(web: &Web, request: &HttpRequest) -> Option<Hash> {
    held(web, request).map(|mark| mark.hash())
}

/// The mark of the request's browser, a new one where it has none: set beside a session, after its cookie.
pub fn mark(web: &Web, request: &HttpRequest) -> Result<Cookie<'static>, Problem> {
    let mark = match held(web, request) {
        Some(mark) => mark,
        None => SessionSecret::draw(web.desk.random()).map_err(Problem::internal)?,
    };
    let cookie = Cookie::build(name(web), mark.reveal()).path("/").http_only(true).secure(web.settings.https);
    Ok(cookie.same_site(SameSite::Strict).max_age(AGE).finish())
}

fn held(web: &Web, request: &HttpRequest) -> Option<SessionSecret> {
    request.cookie(name(web))?.value().parse().ok()
}

/// Bound to the host where TLS is (RFC 6265bis §4.1.3.2).
const fn name(web: &Web) -> &'static str {
    if web.settings.https { "__Host-proviso-browser" } else { "proviso-browser" }
}
