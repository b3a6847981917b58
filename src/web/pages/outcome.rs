//! What becomes of what a page's button asked: where it leads, or the same page with what was refused. It knows no page.

use std::collections::BTreeSet;

use actix_web::HttpResponse;

use super::{
    layout::see,
    sheet::Sheet,
    visit::{Sent, Visit},
};
use crate::{
    desk::{Desk, Error},
    domain::person::By,
    web::{
        api::administer::{Outcome, allowed},
        problem::{Problem, codes},
    },
    words::AdminVerb,
};

/// What looks after the service is nowhere for whoever may not see it.
pub(super) fn hidden(problem: Problem) -> Problem {
    if problem.code() == codes::FORBIDDEN.code { Problem::not_found("page") } else { problem }
}

/// Which of these whoever asks may do.
pub(super) fn may(desk: &Desk, by: &By, verbs: &[AdminVerb]) -> Result<BTreeSet<AdminVerb>, Error> {
    let asked = verbs.iter().map(|verb| Ok((*verb, allowed(desk.may_administer(by, *verb))?)));
    let asked = asked.collect::<Result<Vec<_>, Error>>()?;
    Ok(asked.into_iter().filter(|(_, may)| *may).map(|(verb, _)| verb).collect())
}

/// Leads on where it was done, or to the change that waits; what was refused is told on the page that `again` shows.
pub(super) async fn led(
    sent: Sent,
    asked: Result<Outcome, Problem>,
    here: &str,
    again: impl AsyncFnOnce(Visit, Sheet) -> Result<HttpResponse, Problem>,
) -> Result<HttpResponse, Problem> {
    match asked {
        Ok(Outcome::Done(_)) => Ok(see(here).finish()),
        Ok(Outcome::Waits(change)) => Ok(see(&format!("/changes/{}", change.id)).finish()),
        Err(problem) => refused(sent, problem, again).await,
    }
}

/// The page that `again` shows with what was refused and what was typed; what failed is told as what it is.
pub(super) async fn refused(
    sent: Sent,
    problem: Problem,
    again: impl AsyncFnOnce(Visit, Sheet) -> Result<HttpResponse, Problem>,
) -> Result<HttpResponse, Problem> {
    if problem.inside().is_some() || problem.code() == codes::NOT_FOUND.code {
        return Err(problem);
    }
    let sheet = sent.sheet()?.refused(&problem, sent.visit.tongue());
    again(sent.visit, sheet).await
}

/// 200, or 422 where something is wrong with the form.
pub(super) fn status(sheet: &Sheet) -> actix_web::HttpResponseBuilder {
    if sheet.is_wrong() { HttpResponse::UnprocessableEntity() } else { HttpResponse::Ok() }
}
