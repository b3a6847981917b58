//! A code in place of a session, where the procedure lets one do: asked for by a press, mailed, typed here.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Form},
};
use serde::Deserialize;

use super::{
    decide::{Address, nothing, open},
    form::{pass, require_same_origin},
    layout::{page, see},
    sign_in::{SignIn, note_browser},
};
use crate::{
    desk::Desk,
    identity::{mail_link::MailCode, secret::SessionSecret},
    store::{mail_codes::Typed, mail_links::MailLink},
    web::{Web, browser::mark, hand_over, problem::Problem},
};

/// What somebody typed.
#[derive(Deserialize)]
pub(super) struct CodeForm {
    code: String,
}

/// Has a code mailed to the approver, whoever presses: at most three for a link.
pub(super) async fn send(web: Data<Web>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    require_same_origin(&web, &request)?;
    let here = Address::of(&request);
    let Some(link) = open(&web, &here).await? else { return nothing(&request) };
    if takes_code(&web, &link).await? {
        hand_over::write(web.desk.ask_for_code(here.hash())).await?;
    }
    Ok(see(&here.path()).finish())
}

/// Takes a typed code. An empty or malformed one counts as no attempt.
pub(super) async fn submit(
    web: Data<Web>,
    request: HttpRequest,
    sent: Form<CodeForm>,
) -> Result<HttpResponse, Problem> {
    require_same_origin(&web, &request)?;
    let here = Address::of(&request);
    let Some(link) = open(&web, &here).await? else { return nothing(&request) };
    let secret = SessionSecret::draw(web.desk.random()).map_err(Problem::internal)?;
    if let Ok(code) = sent.code.parse::<MailCode>()
        && takes_code(&web, &link).await?
    {
        let typed = hand_over::write(web.desk.type_code(link.id, code.hash(link.id), secret.hash())).await?;
        if typed == Typed::Right {
            note_browser(&web, &request, &link).await?;
            return Ok(see(&here.path()).cookie(pass(&web, &secret)).cookie(mark(&web, &request)?).finish());
        }
    }
    let wrong = Some("decide-code-wrong");
    page(HttpResponse::Unauthorized(), &SignIn { wrong, ..SignIn::of(&web, &request, &link).await? })
}

async fn takes_code(web: &Web, link: &MailLink) -> Result<bool, Problem> {
    let link = link.clone();
    hand_over::read(&web.desk, move |desk: &Desk| desk.takes_code(&link)).await
}
