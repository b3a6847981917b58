//! Cancelling a digest: one POST to the link in the mail does it, from a mail program or from this page
//! (RFC 8058). Looking changes nothing, and the link does nothing else.

use actix_web::{HttpRequest, HttpResponse, web::Data};
use askama::Template;

use super::{decide::nothing, layout::page, shell::browser, text::Tongue};
use crate::{
    identity::mail_link::LinkSecret,
    web::{Web, hand_over, problem::Problem},
    words::PersonId,
};

#[derive(Template)]
#[template(path = "unsubscribe.html")]
struct Unsubscribe {
    tongue: Tongue,
    here: Option<String>,
}

/// Asks whether the digest is to end.
pub(super) async fn show(web: Data<Web>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    match subscriber(&web, &request).await? {
        Some(_) => {
            let here = Some(request.path().to_owned());
            page(HttpResponse::Ok(), &Unsubscribe { tongue: browser(&request), here })
        }
        None => nothing(&request),
    }
}

/// Ends it.
pub(super) async fn submit(web: Data<Web>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let Some(person) = subscriber(&web, &request).await? else { return nothing(&request) };
    let asked = hand_over::read(&web.desk, move |desk| desk.unsubscribe(person)).await?;
    asked.await?;
    page(HttpResponse::Ok(), &Unsubscribe { tongue: browser(&request), here: None })
}

/// Whose digest the link cancels.
async fn subscriber(web: &Web, request: &HttpRequest) -> Result<Option<PersonId>, Problem> {
    let Ok(secret) = request.match_info().query("token").parse::<LinkSecret>() else { return Ok(None) };
    hand_over::read(&web.desk, move |desk| desk.subscriber(&secret.hash())).await
}
