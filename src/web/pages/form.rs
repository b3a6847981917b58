//! Who stands before a page, and whether a form comes from one of ours. A form changes something only
//! with its session's token and from this origin (OWASP CSRF cheat sheet).

use actix_web::{
    HttpRequest,
    cookie::{Cookie, SameSite, time::Duration},
};

pub(super) use crate::web::actor::require_same_origin;
use crate::{
    domain::{lifecycle::CODE_MINUTES, person::By},
    identity::{
        secret::SessionSecret,
        sign_in::{Within, by_session},
    },
    store::mail_links::MailLink,
    web::{
        Web, hand_over,
        problem::{Problem, codes},
    },
    words::PersonId,
};

/// Whoever is signed in.
#[derive(Debug, Clone)]
pub(super) struct Visitor {
    /// As the door knows them.
    pub(super) by: By,
    /// Who.
    pub(super) person: PersonId,
    /// What their forms carry.
    secret: SessionSecret,
}

impl Visitor {
    /// Whoever is signed in, if anybody is, and has a password of their own.
    pub(super) async fn of(web: &Web, request: &HttpRequest) -> Result<Option<Self>, Problem> {
        Self::within(web, request, |within| *within == Within::Everything).await
    }

    /// Whoever is signed in, if their session goes as far as asked.
    pub(super) async fn within(
        web: &Web,
        request: &HttpRequest,
        far: impl Fn(&Within) -> bool,
    ) -> Result<Option<Self>, Problem> {
        let cookie = request.cookie(web.settings.cookie_name());
        let secret: Option<SessionSecret> = cookie.and_then(|cookie| cookie.value().parse().ok());
        let Some(secret) = secret else { return Ok(None) };
        let (now, held) = (web.desk.clock().now(), secret.clone());
        let admitted = hand_over::read(&web.desk, move |desk| Ok(by_session(desk.store(), &held, now)?)).await?;
        let admitted = admitted.filter(|admitted| far(&admitted.within));
        Ok(admitted.and_then(|admitted| Some(Self { person: admitted.by.person()?, by: admitted.by, secret })))
    }

    /// The approver of an open link, where its code was typed in this browser.
    pub(super) async fn by_code(web: &Web, request: &HttpRequest, link: &MailLink) -> Result<Option<Self>, Problem> {
        let cookie = request.cookie(pass_cookie(web));
        let secret: Option<SessionSecret> = cookie.and_then(|cookie| cookie.value().parse().ok());
        let Some(secret) = secret else { return Ok(None) };
        let (link, pass) = (link.clone(), secret.hash());
        let person = link.person;
        let by = hand_over::read(&web.desk, move |desk| desk.by_code(&link, &pass)).await?;
        Ok(by.map(|by| Self { by, person, secret }))
    }

    /// Who was known in this browser last: by a session, or by a code that was typed for some link.
    pub(super) async fn before(web: &Web, request: &HttpRequest) -> Result<Option<PersonId>, Problem> {
        if let Some(visitor) = Self::of(web, request).await? {
            return Ok(Some(visitor.person));
        }
        let cookie = request.cookie(pass_cookie(web));
        let secret: Option<SessionSecret> = cookie.and_then(|cookie| cookie.value().parse().ok());
        let Some(pass) = secret.map(|secret| secret.hash()) else { return Ok(None) };
        hand_over::read(&web.desk, move |desk| desk.holder_of(&pass)).await
    }

    /// What their forms carry.
    pub(super) fn form_token(&self) -> String {
        self.secret.form_token()
    }

    /// Refuses a form that is not of this session.
    pub(super) fn require_form(&self, token: &str) -> Result<(), Problem> {
        if self.secret.accepts(token) {
            return Ok(());
        }
        Err(Problem::new(codes::CROSS_ORIGIN, "the form is of another session; open the page again"))
    }
}

/// The cookie of a browser in which a code was typed: bound to the host where TLS is (RFC 6265bis §4.1.3.2).
const fn pass_cookie(web: &Web) -> &'static str {
    if web.settings.https { "__Host-proviso-link" } else { "proviso-link" }
}

/// The same with its value, for as long as a typed code stands.
pub(super) fn pass(web: &Web, secret: &SessionSecret) -> Cookie<'static> {
    Cookie::build(pass_cookie(web), secret.reveal())
        .path("/")
        .http_only(true)
        .secure(web.settings.https)
        .same_site(SameSite::Strict)
        .max_age(Duration::minutes(CODE_MINUTES))
        .finish()
}
