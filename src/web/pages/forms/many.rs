//! The limitations list of every exception that a filter finds: what a model risk committee goes through. The reading
//! of each confidential one is noted before it is shown.

use actix_web::HttpResponse;
use askama::Template;

use super::{
    plan::LIMITATIONS,
    value::{Filled, Value},
};
use crate::{
    desk::Desk,
    domain::exception::Exception,
    web::{
        pages::{
            layout::page,
            list::{Listed, filters},
            names::Names,
            record::Telling,
            sheet::{Question, Sheet},
            shell::Shell,
            visit::Visit,
        },
        problem::Problem,
    },
};

/// What stands of each exception beside its number and title, in this order.
const COLUMNS: [(&str, Value); 7] = [
    ("systems", Value::Systems),
    ("purpose", Value::Purpose),
    ("findings", Value::Findings),
    ("deviates", Value::Clauses),
    ("controls", Value::Controls),
    ("tier", Value::Tier),
    ("monitor", Value::Monitor),
];

/// Where it is.
const HERE: &str = "/forms/sr-11-7";

#[derive(Template)]
#[template(path = "form_list.html")]
struct List {
    shell: Shell,
    sheet: Sheet,
    heading: String,
    taken: String,
    filters: Vec<Question>,
    heads: Vec<String>,
    rows: Vec<Row>,
    first: Option<String>,
    next: Option<String>,
}

struct Row {
    number: String,
    title: String,
    href: String,
    state: String,
    until: String,
    /// Each with its heading, for narrow screens.
    cells: Vec<(String, Vec<String>)>,
}

/// Shows a page of it.
pub(in crate::web::pages) async fn show(visit: Visit) -> Result<HttpResponse, Problem> {
    let listed = Listed::read(&visit, Desk::list_opened).await?;
    let confidential = listed.found.what.iter().filter(|(one, _)| one.request.confidential);
    let confidential: Vec<_> = confidential.map(|(one, _)| one.id).collect();
    let people = listed.found.what.iter().flat_map(|(one, _)| super::named(one)).collect();
    let names = visit
        .read(move |desk, by| {
            desk.note_readings(by, &confidential)?;
            Names::read(desk, &people)
        })
        .await?;
    let (now, laws, tongue) = (visit.web.desk.clock().now(), visit.web.desk.laws(), visit.tongue());
    let telling = Telling { tongue, texts: &listed.found.texts, names: &names, now };
    let filled = |found| Filled { telling, found, decided: None, register: &laws.register };
    let shown = List {
        heading: tongue.name("form", LIMITATIONS.name).to_string(),
        taken: tongue.say("form-list-taken").with("at", tongue.moment(&now)).to_string(),
        filters: filters(tongue),
        heads: COLUMNS.iter().map(|(label, _)| tongue.name("form-line", label).to_string()).collect(),
        rows: listed.found.what.iter().map(|(one, _)| row(one, &filled(one))).collect(),
        first: listed.first(HERE),
        next: listed.next(HERE),
        sheet: listed.sheet.clone(),
        shell: visit.shell,
    };
    page(listed.status(), &shown)
}

fn row(found: &Exception, filled: &Filled<'_>) -> Row {
    let t = filled.telling.tongue;
    let missing = || t.say("form-missing").to_string();
    let cell = |(label, value): &(&str, Value)| {
        let said = filled.said(*value);
        let said = if said.is_empty() { vec![missing()] } else { said };
        (t.name("form-line", label).to_string(), said)
    };
    let until = found.effective_until().map(|until| t.moment(&until));
    Row {
        title: filled.telling.title(found),
        href: format!("/exceptions/{}/forms/{}", found.number, LIMITATIONS.name),
        number: found.number.clone(),
        state: t.name("state", found.state.name()).to_string(),
        until: until.unwrap_or_else(missing),
        cells: COLUMNS.iter().map(cell).collect(),
    }
}
