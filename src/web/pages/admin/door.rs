//! What the pages of administration have in common: the ways between them, a form that asks for one command, and that
//! command on its way through the door. It knows no command.

use std::collections::BTreeSet;

use actix_web::HttpResponse;
use askama::Template;

use crate::{
    desk::{Desk, Error},
    domain::person::By,
    store::queries::Cursor,
    web::{
        api::administer::{self, Outcome, allowed},
        page as paging,
        pages::{
            layout::page,
            list::{joined, pairs, together},
            sheet::{Choice, Fields, Question, Sheet},
            shell::Shell,
            visit::{Sent, Visit},
        },
        problem::{Problem, codes},
        query,
    },
    words::{AdminVerb, PersonId, ReadVerb, Role},
};

/// A way to a page of administration.
#[derive(Debug, Clone)]
pub(in crate::web::pages) struct Link {
    pub(in crate::web::pages) href: &'static str,
    pub(in crate::web::pages) key: &'static str,
    pub(in crate::web::pages) current: bool,
}

/// The pages about people that there are for whoever looks, and which of them is looked at.
pub(in crate::web::pages) fn ways(reads: bool, roles: &BTreeSet<Role>, here: &str) -> Vec<Link> {
    let acts = reads || roles.iter().any(|role| role.approves());
    let all = [
        ("/admin/people", "people-title", reads),
        ("/admin/roles", "roles-title", reads),
        ("/admin/delegations", "delegations-title", acts),
        ("/admin/tokens", "tokens-title", true),
    ];
    let shown = all.into_iter().filter(|(_, _, shown)| *shown);
    shown.map(|(href, key, _)| Link { href, key, current: href == here }).collect()
}

/// May they read people?
pub(in crate::web::pages) fn reads(desk: &Desk, by: &By) -> Result<bool, Error> {
    allowed(desk.may_read(by, ReadVerb::ReadPeople))
}

/// A page that there is only for those who may read people.
pub(super) async fn require_reader(visit: &Visit) -> Result<(), Problem> {
    if visit.read(reads).await? { Ok(()) } else { Err(Problem::not_found("page")) }
}

/// The commands of these that whoever asks may ask for, whomever they are about.
pub(super) fn may(desk: &Desk, by: &By, verbs: &[AdminVerb]) -> Result<BTreeSet<AdminVerb>, Error> {
    let mut may = BTreeSet::new();
    for verb in verbs {
        if allowed(desk.may_administer(by, *verb))? {
            may.insert(*verb);
        }
    }
    Ok(may)
}

/// A page that there is only for those who may ask for this command.
pub(super) async fn require(visit: &Visit, verb: AdminVerb) -> Result<(), Problem> {
    let may = visit.read(move |desk, by| may(desk, by, &[verb])).await?;
    if may.is_empty() { Err(Problem::not_found("page")) } else { Ok(()) }
}

/// One command, and what it needs.
#[derive(Template)]
#[template(path = "admin_form.html")]
pub(super) struct Form {
    pub(super) shell: Shell,
    pub(super) sheet: Sheet,
    /// Whom or what it is about.
    pub(super) about: String,
    pub(super) heading: String,
    pub(super) means: String,
    /// Where it is sent to.
    pub(super) to: String,
    /// Where it leads back to.
    pub(super) back: String,
    pub(super) version: Option<u64>,
    pub(super) questions: Vec<Question>,
    pub(super) grave: bool,
}

impl Form {
    /// Something new in an overview: asked for below it, and leading back to it.
    pub(super) fn below(
        overview: &str,
        (verb, about, means): (AdminVerb, String, String),
        (questions, sheet): (Vec<Question>, Sheet),
        visit: Visit,
    ) -> Self {
        Self {
            heading: visit.tongue().name("verb", verb).to_string(),
            to: format!("{overview}/new"),
            back: overview.to_owned(),
            version: None,
            grave: false,
            about,
            means,
            questions,
            sheet,
            shell: visit.shell,
        }
    }

    /// Shows it, as a refusal where something is wrong.
    pub(super) fn shown(mut self) -> Result<HttpResponse, Problem> {
        self.sheet = self.sheet.lacking(&self.questions, self.shell.tongue);
        let status = if self.sheet.is_wrong() { HttpResponse::UnprocessableEntity() } else { HttpResponse::Ok() };
        page(status, &self)
    }
}

/// Something secret, shown this once.
#[derive(Template)]
#[template(path = "admin_secret.html")]
pub(super) struct Once {
    pub(super) shell: Shell,
    pub(super) about: String,
    pub(super) heading: String,
    pub(super) means: String,
    /// Nothing where the form was sent before.
    pub(super) secret: Option<String>,
    pub(super) back: String,
}

/// Asks the door what a form asks for; sent twice, it is one command.
pub(super) async fn ask(sent: &Sent, question: administer::Question) -> Result<Outcome, Problem> {
    let call = sent.visit.call();
    let key = sent.key(&format!("{} {}", question.command.verb(), call.request.path()));
    administer::ask_once(&call, key, question).await
}

/// The form as it was refused: told at its fields, and above them where it has no such field. What is not there, or
/// failed inside, is no refusal.
pub(super) fn refused(sent: &Sent, problem: Problem, fields: &[&str]) -> Result<Sheet, Problem> {
    if problem.inside().is_some() || problem.code() == codes::NOT_FOUND.code {
        return Err(problem);
    }
    let tongue = sent.visit.tongue();
    let sheet = sent.sheet()?.refused(&problem, tongue);
    if sheet.mistakes.iter().all(|mistake| fields.contains(&mistake.field.as_str())) {
        return Ok(sheet);
    }
    Ok(sent.sheet()?.above(&problem, tongue))
}

/// A list that is asked for by a form: what was typed, what is asked for by it, and the address of the list.
pub(super) struct Listed<Q> {
    pub(super) sheet: Sheet,
    pub(super) asked: Q,
    plain: Vec<(String, String)>,
    path: &'static str,
}

impl<Q: Default + serde::de::DeserializeOwned> Listed<Q> {
    /// Reads the query of the list that is there. What is typed wrong is told above the whole list.
    pub(super) fn of(visit: &Visit, path: &'static str) -> Self {
        let typed = actix_web::web::Query::<Vec<(String, String)>>::from_query(visit.request.query_string());
        let typed = Fields(typed.map(actix_web::web::Query::into_inner).unwrap_or_default());
        let plain = pairs(&typed, |name| name != "cursor");
        let asked = query::parse::<Q>(&together(&typed));
        let sheet = Sheet::default().filled(typed);
        let (asked, sheet) = match asked {
            Ok(asked) => (asked, sheet),
            Err(problem) => (Q::default(), sheet.refused(&problem, visit.tongue())),
        };
        Self { sheet, asked, plain, path }
    }
}

impl<Q> Listed<Q> {
    /// The address of the first page.
    pub(super) fn first(&self) -> String {
        self.at(None)
    }

    /// The address of the page after this place.
    pub(super) fn after(&self, cursor: &str) -> String {
        self.at(Some(cursor))
    }

    fn at(&self, cursor: Option<&str>) -> String {
        format!("{}?{}", self.path, joined(&self.plain, cursor))
    }
}

/// The account after which a page begins, or what is said where the place is none.
pub(super) fn place(binding: &str, cursor: Option<&str>, (sheet, visit): (&mut Sheet, &Visit)) -> Option<Cursor> {
    let opened = cursor.map(|cursor| paging::opened(binding, cursor))?;
    if opened.is_err() {
        sheet.said = Some(visit.tongue().say("list-lost").to_string());
    }
    opened.ok()
}

/// Everybody else, to be chosen from.
pub(super) fn others(everybody: &[(PersonId, String)], but: PersonId) -> Vec<Choice> {
    let others = everybody.iter().filter(|(id, _)| *id != but);
    others.map(|(id, name)| Choice::new(id, name)).collect()
}
