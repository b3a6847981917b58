//! The page behind the one-time link of an empty database: a form without a script, that asks for the first
//! administrator. What it takes is what `POST /v1/setup` takes.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header,
    web::{self, Data, Form, Path, ServiceConfig},
};
use serde::Deserialize;
use serde_json::json;

use super::{
    Web,
    actor::require_same_origin,
    api::setup::{SetupBody, done},
    hand_over,
    json::checked,
    problem::{Problem, codes},
};
use crate::{desk::Error, identity::secret::SessionSecret};

const POLICY: &str = "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What the form sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Typed {
    name: String,
    email: String,
    password: String,
}

/// Mounts the page.
pub(super) fn mount(config: &mut ServiceConfig) {
    config.route("/setup/{link}", web::get().to(ask)).route("/setup/{link}", web::post().to(answer));
}

/// Looking changes nothing, as often as somebody looks.
async fn ask(web: Data<Web>, link: Path<String>) -> Result<HttpResponse, Problem> {
    let held = match link.parse::<SessionSecret>() {
        Ok(link) => hand_over::read(&web.desk, move |desk| desk.require_setup_link(&link.hash())).await,
        Err(_) => Err(Error::NotFound("set-up link").into()),
    };
    match held {
        Ok(()) => Ok(page(HttpResponse::Ok(), &form(""))),
        Err(problem) if problem.code() == codes::NOT_FOUND.code => Ok(gone()),
        Err(problem) => Err(problem),
    }
}

async fn answer(
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
        Ok(_) => Ok(page(HttpResponse::Created(), "<h1>Proviso is set up</h1><p>You may now sign in.</p>")),
        Err(problem) if problem.code() == codes::NOT_FOUND.code => Ok(gone()),
        Err(problem) if problem.inside().is_none() => {
            let told = format!("<p role=\"alert\"><strong>{}</strong></p>", escaped(&problem.to_string()));
            Ok(page(HttpResponse::UnprocessableEntity(), &form(&told)))
        }
        Err(problem) => Err(problem),
    }
}

/// The same answer to every link that does not hold, whatever the reason.
fn gone() -> HttpResponse {
    let told = "<h1>This link does not hold</h1>\
        <p>It was used, it has expired, or it never was one. While nobody exists, \
        <code>proviso admin setup-link</code> prints another.</p>";
    page(HttpResponse::NotFound(), told)
}

fn form(told: &str) -> String {
    format!(
        "<h1>Set up Proviso</h1>{told}\
         <p>You become the first administrator, and govern alone until there is a second person who governs.</p>\
         <form method=\"post\">\
         <p><label>Your name<br><input name=\"name\" required maxlength=\"200\" autocomplete=\"name\"></label></p>\
         <p><label>Your e-mail address<br><input name=\"email\" type=\"email\" required autocomplete=\"email\"></label></p>\
         <p><label>A password of at least 12 characters<br>\
         <input name=\"password\" type=\"password\" required minlength=\"12\" autocomplete=\"new-password\"></label></p>\
         <p><button>Create the administrator</button></p></form>"
    )
}

fn page(mut answer: actix_web::HttpResponseBuilder, body: &str) -> HttpResponse {
    answer.insert_header((header::CONTENT_SECURITY_POLICY, POLICY)).content_type("text/html; charset=utf-8").body(
        format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Set up Proviso</title>\
             <meta name=\"viewport\" content=\"width=device-width\"></head><body><main>{body}</main></body></html>"
        ),
    )
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for one in text.chars() {
        match one {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}
