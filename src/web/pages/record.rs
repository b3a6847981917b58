//! The record of one exception: the answer first, then what was asked, what was found, who decided, what it is
//! bound to, and what happened. It judges nothing.

mod answer;
mod deciding;
mod facts;
mod happened;
mod versions;

pub(super) use deciding::File;
pub(super) use facts::Telling;
pub(super) use versions::show as show_versions;

use std::collections::BTreeSet;

use actix_web::HttpResponse;
use askama::Template;

use super::{
    command::{self, Offer},
    dossier::looked_again,
    forms::{Offered, offered},
    layout::page,
    names::Names,
    shell::Shell,
    since::Since,
    visit::Visit,
};
use crate::{
    desk::{Desk, Error, Find, Looked, Record},
    domain::{exception::Exception, person::By, voided::Voided},
    store::timeline::Entry,
    web::{call::named, problem::Problem},
    words::{PersonId, Verb},
};

/// How many events are shown; the interface has all of them.
const MOST_EVENTS: i64 = 500;

/// A label with what is said under it.
#[derive(Debug, Clone)]
pub(super) struct Fact {
    pub(super) label: String,
    pub(super) said: Vec<String>,
}

#[derive(Template)]
#[template(path = "record.html")]
struct Page {
    shell: Shell,
    number: String,
    id: String,
    title: String,
    done: Option<String>,
    answer: answer::Answer,
    since: Option<Since>,
    offers: Vec<Offer>,
    facts: Vec<Fact>,
    people: Vec<Fact>,
    risk: Vec<Fact>,
    advice: Vec<Fact>,
    again: Vec<super::dossier::Fact>,
    deciding: deciding::Deciding,
    controls: Vec<deciding::ControlRow>,
    tasks: Vec<deciding::TaskRow>,
    files: Vec<File>,
    attaches: bool,
    links: Vec<deciding::Linked>,
    comments: Vec<happened::Comment>,
    timeline: Vec<happened::Moment>,
    forms: Vec<Offered>,
}

/// Everything that the page reads.
pub(super) struct Known {
    pub(super) found: Record<Exception>,
    pub(super) events: Vec<Entry>,
    pub(super) names: Names,
    pub(super) offers: Vec<Verb>,
    voided: Vec<Voided>,
}

/// The exception that the path names.
pub(super) fn target(visit: &Visit) -> Result<Find, Problem> {
    named(visit.request.match_info().query("number")).ok_or_else(|| Problem::not_found("exception"))
}

impl Known {
    /// Reads it, as far as whoever asks may see it.
    pub(super) fn read(desk: &Desk, by: &By, find: &Find) -> Result<Self, Error> {
        let mut found = desk.find(by, find)?;
        let told = desk.timeline(by, find, 0, MOST_EVENTS)?;
        found.texts.extend(told.texts);
        let offers = desk.offers(by, &found.what)?;
        let mut people = found.what.people();
        people.extend(found.what.watchers.iter().copied());
        people.extend(found.what.request.people());
        people.extend(told.what.iter().filter_map(|entry| entry.event.by.person()));
        people.extend(decided_by(&found.what));
        let voided = desk.void_approvals(&found.what)?;
        people.extend(voided.iter().filter_map(|one| one.approval.on_behalf_of));
        let names = Names::read(desk, &people)?;
        Ok(Self { found, events: told.what, names, offers, voided })
    }
}

fn decided_by(found: &Exception) -> BTreeSet<PersonId> {
    let approvals = found.state.round().into_iter().flat_map(|round| &round.approvals);
    let approvers = approvals.flat_map(|given| [Some(given.by), given.on_behalf_of]).flatten();
    let seats = found.state.authority().into_iter().flat_map(|given| given.two.seats());
    let assessors = found.assessments.values().map(|given| given.by);
    let advisers = found.advice.iter().map(|given| given.by);
    let review = found.review().into_iter();
    let looked = review.flat_map(|review| review.looked.values().map(|given| given.by).chain(review.attesters()));
    approvers.chain(seats.map(|seat| seat.human)).chain(assessors).chain(advisers).chain(looked).collect()
}

/// Shows it.
pub(super) async fn show(visit: Visit) -> Result<HttpResponse, Problem> {
    let find = target(&visit)?;
    let read = visit.read(move |desk, by| {
        let known = Known::read(desk, by, &find)?;
        // Whoever is writing it knows what they changed.
        let reads = !known.offers.contains(&Verb::Amend);
        let looked = if reads { desk.look(by, &known.found.what)? } else { None };
        Ok((known, looked))
    });
    let (known, looked) = read.await?;
    page(HttpResponse::Ok(), &shown(visit, &known, looked.as_ref()))
}

fn shown(visit: Visit, known: &Known, looked: Option<&Looked>) -> Page {
    let (found, now) = (&known.found.what, visit.web.desk.clock().now());
    let names = known.names.clone().told_in(visit.tongue());
    let telling = Telling { tongue: visit.tongue(), texts: &known.found.texts, names: &names, now };
    let done = visit.parameter("done").and_then(|verb| verb.parse::<Verb>().ok());
    let (facts, people) = telling.request(found);
    let me = visit.me();
    let (controls, tasks) = (telling.controls(found), telling.tasks(found));
    Page {
        number: found.number.clone(),
        id: found.id.to_string(),
        title: telling.title(found),
        done: done.map(|verb| telling.tongue.name("verb", verb).to_string()),
        answer: telling.answer(found, &known.offers),
        since: looked.and_then(|looked| Since::of(looked, found, telling.tongue)),
        offers: command::offers(found, (&known.offers, me), telling.tongue),
        facts,
        people,
        risk: telling.risk(found),
        advice: telling.advice(found),
        again: looked_again(found, (telling.texts, known.names.all()), telling.tongue),
        deciding: telling.deciding(found, &known.voided),
        controls,
        tasks,
        files: telling.files(found),
        attaches: known.offers.contains(&Verb::Attach) && command::makes_sense(Verb::Attach, found, me),
        links: telling.links(found),
        comments: telling.comments(&known.events),
        timeline: telling.timeline(&known.events),
        forms: offered(&found.number, telling.tongue),
        shell: visit.shell,
    }
}
