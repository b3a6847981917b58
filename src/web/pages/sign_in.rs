//! Signing in on the page of a link: the same way in as everywhere, and back to the link.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Form},
};
use askama::Template;
use serde::Deserialize;

use super::{
    decide::{Address, nothing, open},
    form::{Visitor, require_same_origin},
    layout::{page, see},
    shell::browser,
    text::Tongue,
};
use crate::{
    identity::sign_in::{NotIn, Typed},
    store::mail_links::MailLink,
    web::{
        Web,
        api::session::{address, at, begin},
        browser::mark,
        hand_over,
        problem::Problem,
    },
};

/// What somebody typed.
#[derive(Deserialize)]
pub(super) struct SignInForm {
    email: String,
    password: String,
}

/// The page that asks who somebody is, as their browser speaks; of the exception it names the number alone.
#[derive(Template)]
#[template(path = "sign_in.html")]
pub(super) struct SignIn {
    /// How their browser speaks.
    pub(super) tongue: Tongue,
    /// The exception's number.
    pub(super) number: String,
    /// The link.
    pub(super) here: String,
    /// Is somebody signed in whom the link was not sent to?
    pub(super) others: bool,
    /// Does a code do?
    pub(super) takes_code: bool,
    /// What went wrong, by the key of its message.
    pub(super) wrong: Option<&'static str>,
}

impl SignIn {
    /// The page of an open link.
    pub(super) async fn of(web: &Web, request: &HttpRequest, link: &MailLink) -> Result<Self, Problem> {
        let asked = link.clone();
        let takes_code = hand_over::read(&web.desk, move |desk| desk.takes_code(&asked)).await?;
        let (tongue, number, here) = (browser(request), link.number.clone(), Address::of(request).path());
        Ok(Self { tongue, number, here, others: false, takes_code, wrong: None })
    }
}

/// Whoever was known in this browser before the approver of the link: governance hears of two approvers.
pub(super) async fn note_browser(web: &Web, request: &HttpRequest, link: &MailLink) -> Result<(), Problem> {
    let Some(before) = Visitor::before(web, request).await? else { return Ok(()) };
    hand_over::write(web.desk.note_browser(link, before)).await
}

/// Signs somebody in and leads back to the link.
pub(super) async fn submit(
    web: Data<Web>,
    request: HttpRequest,
    sent: Form<SignInForm>,
) -> Result<HttpResponse, Problem> {
    require_same_origin(&web, &request)?;
    let here = Address::of(&request);
    let Some(link) = open(&web, &here).await? else { return nothing(&request) };
    let (now, from) = (web.desk.clock().now(), address(&web, &request));
    let SignInForm { email, password } = sent.into_inner();
    let (entrance, store, typed) = (web.entrance.clone(), web.desk.store().clone(), Typed { email, password, from });
    let known = hand_over::block(move || match entrance.sign_in(&store, &typed, now) {
        Ok(known) => Ok(Some(known)),
        Err(NotIn::Wrong) => Ok(None),
        Err(refused) => Err(at(refused, now)),
    });
    let Some(known) = known.await? else {
        let wrong = Some("sign-in-wrong");
        return page(HttpResponse::Unauthorized(), &SignIn { wrong, ..SignIn::of(&web, &request, &link).await? });
    };
    // Who was signed in here is looked at wherever a session begins; who typed a code, here.
    if known.person == link.person && Visitor::of(&web, &request).await?.is_none() {
        note_browser(&web, &request, &link).await?;
    }
    let (cookie, _) = begin(&web, &request, known).await?;
    Ok(see(&here.path()).cookie(cookie).cookie(mark(&web, &request)?).finish())
}
