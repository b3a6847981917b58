//! What only a demonstration has: signing in as anybody, and reading anybody's letters.

use std::collections::BTreeSet;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Form},
};
use askama::Template;

use super::{
    enter::entered, form::require_same_origin, layout::page, names::Names, sheet::Fields, shell::Shell, visit::visit,
};
use crate::{
    desk::Error,
    store::{
        mailbox::{delivery, mailbox},
        roster::{people, sign_in_of},
    },
    web::{Web, hand_over, problem::Problem},
    words::PersonId,
};

/// How many letters are shown.
const MOST: i64 = 100;

/// Somebody whom one can sign in as.
#[derive(Debug, Clone)]
pub(super) struct GuestLine {
    pub(super) id: PersonId,
    pub(super) name: String,
    pub(super) roles: String,
    pub(super) chosen: bool,
}

#[derive(Template)]
#[template(path = "mailbox.html")]
struct Mailbox {
    shell: Shell,
    people: Vec<GuestLine>,
    letters: Vec<LetterLine>,
}

struct LetterLine {
    href: String,
    subject: String,
    at: String,
}

#[derive(Template)]
#[template(path = "letter.html")]
struct Letter {
    shell: Shell,
    person: PersonId,
    name: String,
    subject: String,
    at: String,
    parts: Vec<Part>,
}

/// A part of a letter's text: words, or an address.
#[derive(Debug, PartialEq, Eq)]
struct Part {
    text: String,
    link: bool,
}

/// Everybody of a demonstration; nobody elsewhere.
pub(super) async fn guests(web: &Web, shell: &Shell) -> Result<Vec<GuestLine>, Problem> {
    if !web.settings.demonstration {
        return Ok(Vec::new());
    }
    let tongue = shell.tongue;
    hand_over::read(&web.desk, move |desk| {
        let named = Names::everybody(desk)?;
        let ids: BTreeSet<PersonId> = named.iter().map(|(id, _)| *id).collect();
        let held = desk.store().read(|conn| people(conn, &ids))?;
        let line = |(id, name): (PersonId, String)| {
            let grants = held.iter().find(|person| person.id == id).map(|person| person.grants.as_slice());
            let roles: BTreeSet<_> = grants.unwrap_or_default().iter().map(|grant| grant.role).collect();
            let roles: Vec<String> = roles.iter().map(|role| tongue.name("role", role).to_string()).collect();
            GuestLine { id, name, roles: roles.join(", "), chosen: false }
        };
        Ok::<_, Error>(named.into_iter().map(line).collect())
    })
    .await
}

/// Signs somebody in without a password.
pub(super) async fn sign_in(
    web: Data<Web>,
    request: HttpRequest,
    Form(sent): Form<Vec<(String, String)>>,
) -> Result<HttpResponse, Problem> {
    require_same_origin(&web, &request)?;
    let sent = Fields(sent);
    let person: PersonId = sent.text("person").parse().map_err(|_| Problem::not_found("person"))?;
    let found = hand_over::read(&web.desk, move |desk| Ok(desk.store().read(|conn| sign_in_of(conn, person))?)).await?;
    let stored = found.filter(|found| found.may).and_then(|found| found.password);
    let known = web.entrance.chosen(person, stored.ok_or_else(|| Problem::not_found("person"))?);
    entered(&web, &request, (known, &sent)).await
}

async fn shell(web: &Web, request: &HttpRequest) -> Result<(Shell, Option<PersonId>), Problem> {
    Ok(match visit(request).await? {
        Some(visit) => (visit.shell.clone(), Some(visit.me())),
        None => (Shell::of_stranger(web, request), None),
    })
}

/// The letters of somebody.
pub(super) async fn letters(web: Data<Web>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let (shell, me) = shell(&web, &request).await?;
    let query = actix_web::web::Query::<Vec<(String, String)>>::from_query(request.query_string());
    let query = Fields(query.map(actix_web::web::Query::into_inner).unwrap_or_default());
    let mut people = guests(&web, &shell).await?;
    let whose = query.text("person").parse().ok().or(me).or_else(|| people.first().map(|one| one.id));
    let Some(whose) = whose else { return Err(Problem::not_found("person")) };
    for one in &mut people {
        one.chosen = one.id == whose;
    }
    let found =
        hand_over::read(&web.desk, move |desk| Ok(desk.store().read(|conn| mailbox(conn, whose, None, MOST))?));
    let tongue = shell.tongue;
    let line = |one: crate::store::mailbox::Delivery| LetterLine {
        href: format!("/dev/mailbox/{whose}/{}", one.letter),
        subject: one.subject,
        at: tongue.moment(&one.at),
    };
    let letters = found.await?.into_iter().map(line).collect();
    page(HttpResponse::Ok(), &Mailbox { shell, people, letters })
}

/// One letter.
pub(super) async fn letter(web: Data<Web>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let (shell, _) = shell(&web, &request).await?;
    let none = || Problem::not_found("letter");
    let person: PersonId = request.match_info().query("person").parse().map_err(|_| none())?;
    let id = request.match_info().query("letter").parse().map_err(|_| none())?;
    let found = hand_over::read(&web.desk, move |desk| {
        let letter = desk.store().read(|conn| delivery(conn, person, id))?;
        Ok::<_, Error>((letter, Names::read(desk, &BTreeSet::from([person]))?.of(&person)))
    });
    let (letter, name) = found.await?;
    let letter = letter.ok_or_else(none)?;
    let parts = parts(&letter.body, &web.settings.origin);
    let at = shell.tongue.moment(&letter.at);
    page(HttpResponse::Ok(), &Letter { shell, person, name, subject: letter.subject, at, parts })
}

/// A text in which addresses of this service lead there; any other address stays a text.
fn parts(text: &str, origin: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(&format!("{origin}/")) {
        let (before, from) = rest.split_at(at);
        let end = from.find(|one: char| one.is_whitespace() || "<>\"'".contains(one)).unwrap_or(from.len());
        let (link, after) = from.split_at(end);
        parts.push(Part { text: before.to_owned(), link: false });
        parts.push(Part { text: link.to_owned(), link: true });
        rest = after;
    }
    parts.push(Part { text: rest.to_owned(), link: false });
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_addresses_become_links() {
        let parts = parts("See http://127.0.0.1:1/a?b=1\nor https://evil.example/x", "http://127.0.0.1:1");
        let links: Vec<&str> = parts.iter().filter(|part| part.link).map(|part| part.text.as_str()).collect();
        assert_eq!(links, ["http://127.0.0.1:1/a?b=1"]);
        let whole: String = parts.iter().map(|part| part.text.as_str()).collect();
        assert_eq!(whole, "See http://127.0.0.1:1/a?b=1\nor https://evil.example/x");
    }
}
