//! A new password in place of one that somebody else set: until it is chosen, a session is good for nothing else.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Form},
};
use askama::Template;
use serde_json::json;

use super::{
    enter::{Local, address},
    form::{Visitor, require_same_origin},
    layout::{page, see},
    sheet::{Fields, Question, Sheet},
    shell::Shell,
};
use crate::{
    web::{
        Web,
        api::me::{ChangePassword, changed},
        call::Call,
        json::{Json, checked},
        problem::Problem,
    },
    words::Hash,
};

#[derive(Template)]
#[template(path = "password.html")]
struct Chosen {
    shell: Shell,
    sheet: Sheet,
    questions: Vec<Question>,
}

/// Whoever has a session, though it may be good for this alone.
async fn anybody(web: &Web, request: &HttpRequest) -> Result<Option<Visitor>, Problem> {
    Visitor::within(web, request, |_| true).await
}

/// Asks for it.
pub(super) async fn show(web: Data<Web>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let Some(visitor) = anybody(&web, &request).await? else {
        return Ok(see(&address(&Local::of(&request))).finish());
    };
    let sheet = Sheet { token: visitor.form_token(), ..Sheet::default() };
    asked(Shell::of_stranger(&web, &request), sheet)
}

fn asked(shell: Shell, sheet: Sheet) -> Result<HttpResponse, Problem> {
    let questions = vec![
        Question::secret("current", shell.say("temporary-current"), "current-password"),
        Question::secret("new", shell.say("temporary-new"), "new-password"),
    ];
    let status = if sheet.is_wrong() { HttpResponse::UnprocessableEntity() } else { HttpResponse::Ok() };
    page(status, &Chosen { shell, sheet, questions })
}

/// Sets it, and goes on with a new session.
pub(super) async fn submit(
    web: Data<Web>,
    request: HttpRequest,
    Form(sent): Form<Vec<(String, String)>>,
) -> Result<HttpResponse, Problem> {
    require_same_origin(&web, &request)?;
    let Some(visitor) = anybody(&web, &request).await? else {
        return Ok(see(&address(&Local::of(&request))).finish());
    };
    let fields = Fields(sent);
    visitor.require_form(&fields.text("form_token"))?;
    let body = checked::<ChangePassword>(json!({ "current": fields.text("current"), "new": fields.text("new") }));
    let call = Call { web: web.clone(), by: visitor.by.clone(), request: request.clone(), body: () };
    let answered = match body {
        Ok(body) => changed(call, Json { body, hash: Hash::of(b"password") }).await,
        Err(problem) => Err(problem),
    };
    match answered {
        Ok(answered) => {
            let mut next = see("/");
            answered.cookies().for_each(|cookie| {
                next.cookie(cookie.into_owned());
            });
            Ok(next.finish())
        }
        Err(problem) if problem.inside().is_none() => {
            let shell = Shell::of_stranger(&web, &request);
            let sheet = Sheet { token: visitor.form_token(), ..Sheet::default() };
            let sheet = sheet.refused(&problem, shell.tongue);
            asked(shell, sheet)
        }
        Err(problem) => Err(problem),
    }
}
