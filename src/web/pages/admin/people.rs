//! Who there is: found by a word or by how they stand, page by page; and adding somebody.

use std::collections::BTreeSet;

use actix_web::HttpResponse;
use askama::Template;
use serde::Deserialize;
use serde_json::{Value, json};

use super::door::{self, Form, Link, Listed};
use crate::{
    desk::{Desk, Error},
    domain::{person::By, request::Time},
    store::queries::Cursor,
    web::{
        api::{
            administer::{Outcome, noted},
            people::{AddPerson, added, asked::to_add, part, view::PersonView},
        },
        json::checked,
        page as paging,
        pages::{
            layout::{page, see},
            names::Names,
            sheet::{Choice, Question, Sheet},
            shell::Shell,
            text::Tongue,
            visit::{Sent, Visit},
        },
        problem::Problem,
        query::word,
    },
    words::{AdminVerb, PersonId, Role, words},
};

/// Rows of a page.
const ROWS: usize = 25;
/// What the order is called in its cursors.
const ORDER: &str = "people";
/// The fields of the form that adds somebody.
const FIELDS: [&str; 3] = ["name", "email", "service.responsible"];

words! {
    /// How an account stands.
    Standing, "standing of an account" { Here = "here", Away = "away", Left = "left", Program = "program" }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Asked {
    #[serde(deserialize_with = "word")]
    q: Option<String>,
    #[serde(deserialize_with = "word")]
    state: Option<Standing>,
    #[serde(deserialize_with = "word")]
    cursor: Option<String>,
}

#[derive(Template)]
#[template(path = "people.html")]
struct List {
    shell: Shell,
    sheet: Sheet,
    ways: Vec<Link>,
    filters: Vec<Question>,
    rows: Vec<Row>,
    first: Option<String>,
    next: Option<String>,
    adds: bool,
}

struct Row {
    id: PersonId,
    name: String,
    email: String,
    roles: String,
    place: String,
    state: Standing,
    tone: &'static str,
}

/// Shows a page of them.
pub(super) async fn show(visit: Visit) -> Result<HttpResponse, Problem> {
    door::require_reader(&visit).await?;
    let mut listed = Listed::<Asked>::of(&visit, "/admin/people");
    let binding = paging::binding(ORDER, &(&listed.asked.q, listed.asked.state));
    let cursor = listed.asked.cursor.clone();
    let last = door::place(&binding, cursor.as_deref(), (&mut listed.sheet, &visit));
    let last: Option<PersonId> = last.and_then(|place| place.id.parse().ok());
    let (q, state) = (listed.asked.q.as_deref().map(str::to_lowercase), listed.asked.state);
    let now = visit.web.desk.clock().now();
    let read = visit.read(move |desk, by| {
        let fits = |one: &PersonView| fits(one, (q.as_deref(), state), now);
        Ok((found(desk, by, last, fits)?, door::may(desk, by, &[AdminVerb::AddPerson])?))
    });
    let ((found, next), may) = read.await?;
    let next = next.map(|id| paging::sealed(&binding, &Cursor { value: 0, id: id.to_string() }));
    let tongue = visit.tongue();
    let status = if listed.sheet.is_wrong() { HttpResponse::UnprocessableEntity() } else { HttpResponse::Ok() };
    let shown = List {
        ways: door::ways(true, &visit.roles(), "/admin/people"),
        filters: filters(tongue),
        rows: found.into_iter().map(|one| row(tongue, one, now)).collect(),
        first: last.map(|_| listed.first()),
        next: next.as_deref().map(|cursor| listed.after(cursor)),
        adds: !may.is_empty(),
        sheet: listed.sheet,
        shell: visit.shell,
    };
    page(status, &shown)
}

fn filters(t: Tongue) -> Vec<Question> {
    let states = Standing::ALL.iter().map(|one| Choice::new(one, t.name("person", one))).collect();
    vec![Question::line("q", t.say("people-search")), Question::select("state", t.say("list-state"), states)]
}

/// One page of those who fit, and the last of them if another page follows. Names are sealed texts, so that they are
/// read to be looked through.
fn found(
    desk: &Desk,
    by: &By,
    mut last: Option<PersonId>,
    fits: impl Fn(&PersonView) -> bool,
) -> Result<(Vec<PersonView>, Option<PersonId>), Error> {
    let mut found = Vec::new();
    loop {
        let (some, next) = part(desk, by, last)?;
        found.extend(some.into_iter().filter(|one| fits(one)));
        if found.len() > ROWS {
            found.truncate(ROWS);
            let last = found.last().map(|one| one.id);
            return Ok((found, last));
        }
        if next.is_none() {
            return Ok((found, None));
        }
        last = next;
    }
}

fn standing(one: &PersonView, now: Time) -> Standing {
    let away = one.absence.as_ref().is_some_and(|away| away.starts.0 <= now && now < away.ends.0);
    match (one.active, one.service, away) {
        (false, _, _) => Standing::Left,
        (true, true, _) => Standing::Program,
        (true, false, true) => Standing::Away,
        (true, false, false) => Standing::Here,
    }
}

/// The tone of how an account stands.
pub(super) const fn tone(standing: Standing) -> &'static str {
    match standing {
        Standing::Here => "ok",
        Standing::Away => "amber",
        Standing::Left => "",
        Standing::Program => "info",
    }
}

/// How an account stands, and its tone.
pub(super) fn stands(one: &PersonView, now: Time) -> (Standing, &'static str) {
    let standing = standing(one, now);
    (standing, tone(standing))
}

fn fits(one: &PersonView, (q, state): (Option<&str>, Option<Standing>), now: Time) -> bool {
    let said = |text: Option<&String>, q: &str| text.is_some_and(|text| text.to_lowercase().contains(q));
    let details = one.details.as_ref();
    let texts = [
        one.name.as_ref(),
        details.and_then(|details| details.email.as_ref()),
        details.and_then(|details| details.unit.as_ref()),
    ];
    q.is_none_or(|q| texts.into_iter().any(|text| said(text, q)))
        && state.is_none_or(|state| standing(one, now) == state)
}

fn row(t: Tongue, one: PersonView, now: Time) -> Row {
    let (state, tone) = stands(&one, now);
    let erased = || "[erased]".to_owned();
    let Some(details) = one.details else {
        let (email, roles, place) = (String::new(), String::new(), String::new());
        return Row { id: one.id, name: one.name.unwrap_or_else(erased), email, roles, place, state, tone };
    };
    let roles: BTreeSet<Role> = details.roles.iter().map(|held| held.role).collect();
    Row {
        id: one.id,
        name: one.name.unwrap_or_else(erased),
        email: details.email.unwrap_or_default(),
        roles: roles.iter().map(|role| t.name("role", role).to_string()).collect::<Vec<_>>().join(", "),
        place: [details.unit, details.region].into_iter().flatten().collect::<Vec<_>>().join(", "),
        state,
        tone,
    }
}

/// Asks who is to be added.
pub(super) async fn ask(visit: Visit) -> Result<HttpResponse, Problem> {
    let sheet = visit.sheet()?;
    asked(visit, sheet).await
}

async fn asked(visit: Visit, sheet: Sheet) -> Result<HttpResponse, Problem> {
    door::require(&visit, AdminVerb::AddPerson).await?;
    let everybody = visit.read(|desk, _| Names::everybody(desk)).await?;
    let t = visit.tongue();
    let people = everybody.iter().map(|(id, name)| Choice::new(id, name)).collect();
    let questions = vec![
        Question::line("name", t.say("person-name")),
        Question::email("email", t.say("person-email")).hinted(t.say("person-email-hint")).filled_by("off"),
        Question::select("service.responsible", t.say("person-responsible"), people)
            .hinted(t.say("person-responsible-hint"))
            .optional(),
    ];
    let told = (AdminVerb::AddPerson, t.say("people-title").to_string(), t.say("person-means-add_person").to_string());
    Form::below("/admin/people", told, (questions, sheet), visit).shown()
}

/// Adds somebody, and leads to them.
pub(super) async fn add(sent: Sent) -> Result<HttpResponse, Problem> {
    door::require(&sent.visit, AdminVerb::AddPerson).await?;
    match done(&sent).await {
        Ok(Outcome::Done(events)) => {
            let id = noted(&events, added)?;
            Ok(see(&format!("/admin/people/{id}?done={}", AdminVerb::AddPerson)).finish())
        }
        Ok(Outcome::Waits(change)) => Ok(see(&format!("/changes/{}", change.id)).finish()),
        Err(problem) => {
            let sheet = door::refused(&sent, problem, &FIELDS)?;
            asked(sent.visit, sheet).await
        }
    }
}

async fn done(sent: &Sent) -> Result<Outcome, Problem> {
    let mut body = sent.fields.object(&["name", "email"]);
    if let Some(responsible) = sent.fields.said("service.responsible") {
        body.insert("service".to_owned(), json!({ "responsible": responsible }));
    }
    let body: AddPerson = checked(Value::Object(body))?;
    door::ask(sent, to_add(&sent.visit.call(), body, sent.fields.hash()).await?).await
}
