//! What is told to a person whose browser asked for a page and got none: what happened, what to do, and the
//! request's id. It reads nothing, so that it can be shown when nothing can be read.

use actix_web::{HttpRequest, HttpResponse, ResponseError, http::header, web::Data};
use askama::Template;

use super::{
    enter::{Local, address},
    layout::{page, see},
    refused,
    shell::Shell,
};
use crate::web::{
    Web,
    problem::{
        Problem,
        codes::{self, Code},
    },
};

#[derive(Template)]
#[template(path = "error.html")]
struct Told {
    shell: Shell,
    heading: String,
    text: String,
    detail: String,
    citation: Option<String>,
    code: &'static str,
}

#[derive(Template)]
#[template(path = "explained.html")]
struct Explained {
    shell: Shell,
    title: String,
    text: String,
    known: Code,
}

/// The page of a problem, where a browser asked; whoever has to sign in first is led there.
pub(in crate::web) fn told(request: &HttpRequest, problem: &Problem) -> Option<HttpResponse> {
    let accepts = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !accepts.contains("text/html") {
        return None;
    }
    if problem.code() == codes::UNAUTHENTICATED.code && request.method().is_safe() {
        return Some(see(&address(&Local::of(request))).finish());
    }
    let web = request.app_data::<Data<Web>>()?;
    let shell = Shell::of_stranger(web, request);
    let mut answer = HttpResponse::build(problem.status_code());
    for (name, value) in problem.headers() {
        answer.insert_header((name.clone(), value.clone()));
    }
    page(answer, &worded(shell, problem)).ok()
}

fn worded(shell: Shell, problem: &Problem) -> Told {
    let code = problem.code();
    let (heading, text) = if code == codes::NOT_FOUND.code {
        (shell.say("error-not-found"), shell.say("error-not-found-text").to_string())
    } else if code == codes::INTERNAL.code {
        (shell.say("error-internal"), shell.say("error-internal-text").to_string())
    } else if code == codes::FORBIDDEN.code {
        (shell.say("error-forbidden"), String::new())
    } else if code == codes::BUSY.code || code == codes::UNAVAILABLE.code {
        (shell.say("error-busy"), String::new())
    } else {
        (shell.say("error-other"), titled(&shell, code, problem.title()))
    };
    let plain = code == codes::NOT_FOUND.code || code == codes::INTERNAL.code;
    let detail = if plain { String::new() } else { refused::told(problem, shell.tongue) };
    let citation = problem.citation().map(|rule| shell.tongue.cite(rule));
    Told { heading: heading.to_string(), text, detail, citation, code, shell }
}

/// What kind of problem it is, in a few words.
fn titled(shell: &Shell, code: &str, kind: &str) -> String {
    shell.name("code", code).known().map_or_else(|| kind.to_owned(), |said| said.to_string())
}

/// The page that explains a code.
pub(in crate::web) fn explained(request: &HttpRequest, known: &Code) -> Result<HttpResponse, Problem> {
    let shell = Shell::of_stranger(Web::of(request)?, request);
    let (title, text) = (titled(&shell, known.code, known.title), shell.name("mend", known.code).to_string());
    page(HttpResponse::Ok(), &Explained { shell, title, text, known: *known })
}
