//! The list of exceptions as a page: the filters, the order and the paging of `GET /v1/exceptions`, so that the
//! same query leads to the same rows in every form.

use actix_web::{HttpResponse, HttpResponseBuilder};
use askama::Template;

use super::{
    due::{tone, weight},
    layout::{escaped, page},
    sheet::{Choice, Fields, Question, Sheet},
    shell::Shell,
    text::Tongue,
    visit::Visit,
};
use crate::{
    desk::{Desk, Error, Record},
    domain::{exception::Exception, person::By, request::Time},
    store::listing::{self, Filter},
    web::{
        api::exception::{
            filter::ListQuery,
            list::{cursor, place},
        },
        page as paging,
        problem::{Problem, codes},
        query,
    },
    words::{Kind, StateName, Tier},
};

/// Rows of a page.
const ROWS: i64 = 25;

#[derive(Template)]
#[template(path = "list.html")]
struct List {
    shell: Shell,
    sheet: Sheet,
    filters: Vec<Question>,
    rows: Vec<Row>,
    first: Option<String>,
    next: Option<String>,
    csv: String,
    limitations: String,
}

struct Row {
    number: String,
    title: String,
    state: String,
    tone: &'static str,
    tier: String,
    weight: &'static str,
    until: String,
    changed: String,
}

/// Shows a page of it.
pub(super) async fn show(visit: Visit) -> Result<HttpResponse, Problem> {
    let listed = Listed::read(&visit, Desk::list).await?;
    let now = visit.web.desk.clock().now();
    let tongue = visit.tongue();
    let Listed { sheet, found, .. } = &listed;
    let shown = List {
        filters: filters(tongue),
        rows: found.what.iter().map(|(one, _)| row(one, &found.texts, (tongue, now))).collect(),
        first: listed.first("/exceptions"),
        next: listed.next("/exceptions"),
        csv: format!("/v1/exceptions.csv?{}", listed.query()),
        limitations: format!("/forms/sr-11-7?{}", listed.query()),
        sheet: sheet.clone(),
        shell: visit.shell,
    };
    page(listed.status(), &shown)
}

type Found = Record<Vec<(Exception, listing::Place)>>;

/// A page of the list as a query asks for it.
pub(super) struct Listed {
    pub(super) sheet: Sheet,
    pub(super) found: Found,
    plain: Vec<(String, String)>,
    later: bool,
    last: Option<String>,
}

impl Listed {
    /// Reads it by `page_of`. What is typed wrong is told above the whole list, and that a page is lost above the first
    /// one.
    pub(super) async fn read(
        visit: &Visit,
        page_of: fn(&Desk, &By, &Filter, &listing::Page) -> Result<Found, Error>,
    ) -> Result<Self, Problem> {
        let typed = visit.typed();
        let plain = pairs(&typed, |name| name != "cursor");
        let sheet = Sheet::default().filled(typed.clone());
        let (mut asked, mut sheet) = match query::parse::<ListQuery>(&together(&typed)) {
            Ok(asked) => (asked, sheet),
            Err(problem) => (ListQuery::default(), sheet.refused(&problem, visit.tongue())),
        };
        let (found, last) = match read(visit, &asked, page_of).await {
            Err(problem) if problem.code() == codes::INVALID_CURSOR.code => {
                asked.cursor = None;
                sheet.said = Some(visit.tongue().say("list-lost").to_string());
                read(visit, &asked, page_of).await?
            }
            found => found?,
        };
        Ok(Self { sheet, found, plain, later: asked.cursor.is_some(), last })
    }

    /// What the page is answered with.
    pub(super) fn status(&self) -> HttpResponseBuilder {
        if self.sheet.is_wrong() { HttpResponse::UnprocessableEntity() } else { HttpResponse::Ok() }
    }

    /// The filters, without the place in the list.
    pub(super) fn query(&self) -> String {
        joined(&self.plain, None)
    }

    /// Where the first page is, from a later one.
    pub(super) fn first(&self, here: &str) -> Option<String> {
        self.later.then(|| format!("{here}?{}", self.query()))
    }

    /// Where the next page is.
    pub(super) fn next(&self, here: &str) -> Option<String> {
        self.last.as_deref().map(|cursor| format!("{here}?{}", joined(&self.plain, Some(cursor))))
    }
}

async fn read(
    visit: &Visit,
    asked: &ListQuery,
    page_of: fn(&Desk, &By, &Filter, &listing::Page) -> Result<Found, Error>,
) -> Result<(Found, Option<String>), Problem> {
    let (me, now) = (visit.me(), visit.web.desk.clock().now());
    let binding = asked.binding(me);
    let after = asked.cursor.as_deref().map(|text| paging::opened(&binding, text)).transpose()?;
    let after = after.map(|cursor| place(&cursor)).transpose()?;
    let limit = asked.limit.unwrap_or(ROWS).clamp(1, paging::MAX_LIMIT);
    let wanted = listing::Page { sort: asked.sorted().sort, after, limit: limit.saturating_add(1) };
    let filter = asked.filter(me, now);
    let mut found = visit.read(move |desk, by| page_of(desk, by, &filter, &wanted)).await?;
    let (rows, last) = paging::of(std::mem::take(&mut found.what), limit);
    found.what = rows;
    Ok((found, last.map(|place| paging::sealed(&binding, &cursor(place)))))
}

/// Several choices of one filter are one parameter, as the interface has them; empty ones are none.
pub(super) fn together(typed: &Fields) -> String {
    joined(&pairs(typed, |_| true), None)
}

/// Several choices of one filter as one parameter, of those that are kept; empty ones are none.
pub(super) fn pairs(typed: &Fields, kept: impl Fn(&str) -> bool) -> Vec<(String, String)> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for (name, value) in typed.0.iter().filter(|(name, value)| !value.trim().is_empty() && kept(name)) {
        match pairs.iter_mut().find(|(known, _)| known == name) {
            Some((_, held)) => *held = format!("{held},{value}"),
            None => pairs.push((name.clone(), value.clone())),
        }
    }
    pairs
}

/// A query of these parameters.
pub(super) fn joined(pairs: &[(String, String)], cursor: Option<&str>) -> String {
    let own = pairs.iter().map(|(name, value)| format!("{}={}", escaped(name, b""), escaped(value, b",")));
    own.chain(cursor.map(|cursor| format!("cursor={cursor}"))).collect::<Vec<_>>().join("&")
}

fn row(
    one: &Exception,
    texts: &std::collections::BTreeMap<crate::words::Hash, String>,
    (tongue, now): (Tongue, Time),
) -> Row {
    let title = one.request.title.as_ref().and_then(|title| texts.get(&title.commitment));
    let until = one.effective_until().filter(|_| one.is_effective(now));
    Row {
        number: one.number.clone(),
        title: title.cloned().unwrap_or_else(|| tongue.say("untitled").to_string()),
        state: tongue.name("state", one.state.name()).to_string(),
        tone: tone(one.state.name()),
        tier: one.tier().map(|tier| tongue.name("tier", tier).to_string()).unwrap_or_default(),
        weight: one.tier().map(weight).unwrap_or_default(),
        until: until.map(|until| tongue.day(&until)).unwrap_or_default(),
        changed: tongue.day(&one.changed_at),
    }
}

/// The questions that filter the list.
pub(super) fn filters(tongue: Tongue) -> Vec<Question> {
    let choices = |group: &str, codes: &[&str]| -> Vec<Choice> {
        codes.iter().map(|code| Choice::new(code, tongue.name(group, code))).collect()
    };
    let sorts = ["-number", "-changed_at", "due_at", "expires_at", "-tier"];
    let sorts = sorts.map(|sort| Choice::new(sort, tongue.name("sort", sort.trim_start_matches('-')))).into();
    vec![
        Question::line("q", tongue.say("list-search")),
        Question::select("state", tongue.say("list-state"), choices("state", StateName::CODES)),
        Question::select("tier", tongue.say("list-tier"), choices("tier", Tier::CODES)),
        Question::select("kind", tongue.say("list-kind"), choices("kind", Kind::CODES)),
        Question::line("clause", tongue.say("list-clause")),
        Question::line("business_unit", tongue.say("list-unit")),
        Question::line("region", tongue.say("list-region")),
        Question::select("sort", tongue.say("list-sort"), sorts),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_carried_as_the_interface_has_it() {
        let typed = [("state", "active"), ("state", "re_review"), ("q", "a&b c"), ("tier", " "), ("cursor", "x")];
        let typed = Fields(typed.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec());
        let plain = pairs(&typed, |name| name != "cursor");
        assert_eq!(joined(&plain, Some("y")), "state=active,re_review&q=a%26b%20c&cursor=y");
    }
}
