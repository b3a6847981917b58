//! The page behind the one-time link of an empty database: it asks for the first administrator. What it takes is
//! what `POST /v1/setup` takes.

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    web::{Data, Form, Path},
};
use askama::Template;
use serde::Deserialize;
use serde_json::json;

use super::{form::require_same_origin, layout, refused, shell::browser, text::Tongue};
use crate::{
    desk::Error,
    identity::secret::SessionSecret,
    web::{
        Web,
        api::setup::{SetupBody, done},
        hand_over,
        json::checked,
        problem::{Problem, codes},
    },
};

/// What the form sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Typed {
    name: String,
    email: String,
    password: String,
}

/// What the page says.
enum State {
    Asked,
    Done,
    /// The same to every link that does not hold, whatever the reason.
    Gone,
}

#[derive(Template)]
#[template(path = "set_up.html")]
struct SetUp {
    tongue: Tongue,
    state: State,
    told: Option<String>,
}

/// Looking changes nothing, as often as somebody looks.
pub(super) async fn ask(web: Data<Web>, request: HttpRequest, link: Path<String>) -> Result<HttpResponse, Problem> {
    let held = match link.parse::<SessionSecret>() {
        Ok(link) => hand_over::read(&web.desk, move |desk| desk.require_setup_link(&link.hash())).await,
        Err(_) => Err(Error::NotFound("set-up link").into()),
    };
    match held {
        Ok(()) => page(&request, HttpResponse::Ok(), (State::Asked, None)),
        Err(problem) => gone(&request, problem),
    }
}

/// Creates the administrator.
pub(super) async fn answer(
    web: Data<Web>,
    request: HttpRequest,
    link: Path<String>,
    typed: Form<Typed>,
) -> Result<HttpResponse, Problem> {
    require_same_origin(&web, &request)?;
    let Form(Typed { name, email, password }) = typed;
    let sent = json!({ "link": link.into_inner(), "name": name, "email": email, "password": password });
    let made = match checked::<SetupBody>(sent) {
        Ok(body) => done(&web, body).await,
        Err(problem) => Err(problem),
    };
    match made {
        Ok(_) => page(&request, HttpResponse::Created(), (State::Done, None)),
        Err(problem) if problem.code() != codes::NOT_FOUND.code && problem.inside().is_none() => page(
            &request,
            HttpResponse::UnprocessableEntity(),
            (State::Asked, Some(refused::told(&problem, browser(&request)))),
        ),
        Err(problem) => gone(&request, problem),
    }
}

fn gone(request: &HttpRequest, problem: Problem) -> Result<HttpResponse, Problem> {
    if problem.code() == codes::NOT_FOUND.code {
        return page(request, HttpResponse::NotFound(), (State::Gone, None));
    }
    Err(problem)
}

fn page(
    request: &HttpRequest,
    response: HttpResponseBuilder,
    (state, told): (State, Option<String>),
) -> Result<HttpResponse, Problem> {
    layout::page(response, &SetUp { tongue: browser(request), state, told })
}
