//! What regulators ask for, filled from the record, to be printed: the headings of each field, and under them what the
//! record has. It judges nothing, and says nothing in the words of a standard.

mod many;
mod plan;
mod value;

pub(super) use many::show as show_many;

use std::collections::BTreeSet;

use actix_web::HttpResponse;
use askama::Template;

use self::{
    plan::{FORMS, Form, Part},
    value::Filled,
};
use super::{
    layout::page,
    names::Names,
    record::{Fact, Telling, target},
    shell::Shell,
    text::Tongue,
    visit::Visit,
};
use crate::{
    desk::{Attested, Desk, Error, Find, Record},
    domain::{control::ControlStatus, exception::Exception, person::By},
    web::problem::Problem,
    words::PersonId,
};

#[derive(Template)]
#[template(path = "form.html")]
struct Page {
    shell: Shell,
    number: String,
    heading: String,
    about: Vec<Fact>,
    sections: Vec<Section>,
}

/// Facts under a heading.
struct Section {
    heading: String,
    facts: Vec<Fact>,
}

/// A form that a record leads to.
pub(super) struct Offered {
    pub(super) href: String,
    pub(super) label: String,
}

/// Every form of a record.
pub(super) fn offered(number: &str, tongue: Tongue) -> Vec<Offered> {
    let offer = |form: &Form| Offered {
        href: format!("/exceptions/{number}/forms/{}", form.name),
        label: tongue.name("form", form.name).to_string(),
    };
    FORMS.iter().map(offer).collect()
}

/// Shows one form of one record.
pub(super) async fn show(visit: Visit) -> Result<HttpResponse, Problem> {
    let wanted = visit.request.match_info().query("form");
    let form = *FORMS.iter().find(|form| form.name == wanted).ok_or_else(|| Problem::not_found("form"))?;
    let find = target(&visit)?;
    let (read, names) = visit.read(move |desk, by| read(desk, by, &find)).await?;
    let (now, laws, tongue) = (visit.web.desk.clock().now(), visit.web.desk.laws(), visit.tongue());
    let found = &read.what.exception;
    let telling = Telling { tongue, texts: &read.texts, names: &names, now };
    let filled = Filled { telling, found, decided: read.what.decided.as_ref(), register: &laws.register };
    let shown = Page {
        number: found.number.clone(),
        heading: tongue.name("form", form.name).to_string(),
        about: about(&filled),
        sections: form.parts.iter().map(|part| section(&filled, part)).collect(),
        shell: visit.shell,
    };
    page(HttpResponse::Ok(), &shown)
}

/// The record, the decision that it rests on, and the names of everybody whom a form names.
fn read(desk: &Desk, by: &By, find: &Find) -> Result<(Record<Attested>, Names), Error> {
    let read = desk.attested(by, find)?;
    let Attested { exception, decided } = &read.what;
    let mut people = named(exception);
    let seats = decided.iter().flat_map(|decided| decided.authority.two.seats());
    people.extend(seats.flat_map(|seat| [seat.human, seat.principal]));
    Ok((read, Names::read(desk, &people)?))
}

/// Everybody whom a form names of an exception, apart from its decision.
fn named(found: &Exception) -> BTreeSet<PersonId> {
    let confirmed = found.controls.iter().filter_map(|control| match &control.status {
        ControlStatus::Confirmed { by, .. } | ControlStatus::Failed { by, .. } => Some(*by),
        ControlStatus::Pending | ControlStatus::Lapsed { .. } => None,
    });
    let owners = found.controls.iter().filter_map(|control| control.owner);
    let advisers = found.advice.iter().map(|given| given.by);
    found.people().into_iter().chain(confirmed).chain(owners).chain(advisers).collect()
}

/// What the form is about, and from when it is.
fn about(filled: &Filled<'_>) -> Vec<Fact> {
    let (t, found) = (filled.telling.tongue, filled.found);
    let fact = |label: &str, said: String| Fact { label: t.say(label).to_string(), said: vec![said] };
    let taken = t.say("form-taken").with("version", found.version).with("at", t.moment(&filled.telling.now));
    vec![
        fact("list-number", found.number.clone()),
        fact("list-title", filled.telling.title(found)),
        fact("list-state", t.name("state", found.state.name()).to_string()),
        fact("form-from", taken.to_string()),
    ]
}

fn section(filled: &Filled<'_>, (heading, lines): &Part) -> Section {
    let t = filled.telling.tongue;
    let missing = || vec![t.say("form-missing").to_string()];
    let line = |(label, value): &(&str, value::Value)| {
        let said = filled.said(*value);
        let said = if said.is_empty() { missing() } else { said };
        Fact { label: t.name("form-line", label).to_string(), said }
    };
    Section { heading: t.name("form-part", heading).to_string(), facts: lines.iter().map(line).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::{Language, Zone};

    #[test]
    fn every_heading_and_label_has_its_words() {
        for language in Language::ALL {
            let tongue = Tongue { language: *language, zone: Zone::UTC };
            let known = |group: &str, code: &str| {
                assert!(tongue.name(group, code).known().is_some(), "{group}-{code}");
            };
            for form in FORMS {
                known("form", form.name);
                for (heading, lines) in form.parts {
                    known("form-part", heading);
                    lines.iter().for_each(|(label, _)| known("form-line", label));
                }
            }
        }
    }
}
