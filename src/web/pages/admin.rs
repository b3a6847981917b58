//! Looking after the service: what there is to look after, each with one sentence and what of it needs somebody.
//! Whoever may look at none of it finds nothing here.

pub(super) mod automation;
pub(super) mod connectors;
mod delegations;
mod door;
pub(super) mod health;
pub(super) mod jobs;
pub(super) mod outbox;
mod people;
mod person;
mod roles;
mod schedule;
mod tokens;
pub(super) mod webhooks;

use std::collections::BTreeSet;

use actix_web::{
    HttpResponse,
    web::{self, ServiceConfig},
};
use askama::Template;

pub(super) use self::door::{Link, reads, ways};
use super::{layout::page, shell::Shell, text::Tongue, visit::Visit};
use crate::{
    desk::{Desk, Error},
    domain::{
        person::By,
        roster::{LetterState, WebhookState},
    },
    store::{outbox as letters, webhooks as endpoints},
    web::{
        api::{administer::allowed, automation as automatic, health::readiness, jobs::JobView},
        page::MAX_LIMIT,
        problem::Problem,
    },
    words::ReadVerb,
};

/// Mounts the pages about people, and what they may.
pub(super) fn mount_people(config: &mut ServiceConfig) {
    config
        .route("/admin/people", web::get().to(people::show))
        .route("/admin/people/new", web::get().to(people::ask))
        .route("/admin/people/new", web::post().to(people::add))
        .route("/admin/people/{id}", web::get().to(person::show))
        .route("/admin/people/{id}/do/{verb}", web::get().to(person::ask))
        .route("/admin/people/{id}/do/{verb}", web::post().to(person::submit))
        .route("/admin/people/{id}/erasure", web::get().to(person::erasure::show))
        .route("/admin/people/{id}/erasure/{verb}", web::post().to(person::erasure::submit))
        .route("/admin/roles", web::get().to(roles::show))
        .route("/admin/delegations", web::get().to(delegations::show))
        .route("/admin/delegations/new", web::get().to(delegations::ask))
        .route("/admin/delegations/new", web::post().to(delegations::give))
        .route("/admin/delegations/{id}/end", web::post().to(delegations::end))
        .route("/admin/tokens", web::get().to(tokens::show))
        .route("/admin/tokens/new", web::get().to(tokens::ask))
        .route("/admin/tokens/new", web::post().to(tokens::issue))
        .route("/admin/tokens/{id}/revoke", web::post().to(tokens::revoke));
}

#[derive(Template)]
#[template(path = "admin.html")]
struct Index {
    shell: Shell,
    cards: Vec<Card>,
}

/// Something to look after: its part of the messages' keys is the last part of its address.
struct Card {
    name: &'static str,
    href: String,
    /// What of it needs somebody.
    care: Vec<String>,
}

/// What there is to look after, and who may look at it.
const PLACES: [(&str, ReadVerb); 10] = [
    ("people", ReadVerb::ReadPeople),
    ("roles", ReadVerb::ReadPeople),
    ("delegations", ReadVerb::ReadPeople),
    ("tokens", ReadVerb::ReadPeople),
    ("automation", ReadVerb::ReadAutomation),
    ("jobs", ReadVerb::ReadAutomation),
    ("health", ReadVerb::ReadAutomation),
    ("outbox", ReadVerb::ReadOutbox),
    ("webhooks", ReadVerb::ReadWebhooks),
    ("connectors", ReadVerb::ReadOutbox),
];

/// What the cards tell of, as far as whoever looks may see it.
#[derive(Default)]
struct Seen {
    may: BTreeSet<ReadVerb>,
    halts: usize,
    failed: Vec<JobView>,
    dead: u64,
    endpoints: usize,
}

/// Shows them.
pub(super) async fn show(visit: Visit) -> Result<HttpResponse, Problem> {
    let seen = visit.read(seen).await?;
    let looks_after = [ReadVerb::ReadAutomation, ReadVerb::ReadOutbox, ReadVerb::ReadWebhooks];
    if !looks_after.iter().any(|verb| seen.may.contains(verb)) {
        return Err(Problem::not_found("page"));
    }
    let missing = readiness(&visit.web).await.missing.len();
    let t = visit.tongue();
    let card = |(name, _): &(&'static str, ReadVerb)| Card {
        name,
        href: format!("/admin/{name}"),
        care: care(t, name, &seen, missing),
    };
    let cards = PLACES.iter().filter(|(_, verb)| seen.may.contains(verb)).map(card).collect();
    page(HttpResponse::Ok(), &Index { cards, shell: visit.shell })
}

fn seen(desk: &Desk, by: &By) -> Result<Seen, Error> {
    let mut seen = Seen::default();
    for verb in [ReadVerb::ReadPeople, ReadVerb::ReadAutomation, ReadVerb::ReadOutbox, ReadVerb::ReadWebhooks] {
        if allowed(desk.may_read(by, verb))? {
            seen.may.insert(verb);
        }
    }
    if seen.may.contains(&ReadVerb::ReadAutomation) {
        let found = automatic::read(desk, by)?;
        seen.halts = found.halts.len();
        seen.failed = found.jobs.into_iter().filter(|job| job.last_run_failed).collect();
    }
    if seen.may.contains(&ReadVerb::ReadOutbox) {
        seen.dead = desk.store().read(|conn| Ok::<_, Error>(letters::counts(conn)?.dead))?;
    }
    if seen.may.contains(&ReadVerb::ReadWebhooks) {
        let found = desk.store().read(|conn| Ok::<_, Error>(endpoints::webhooks(conn, None, MAX_LIMIT)?))?;
        let in_trouble = |one: &endpoints::Webhook| one.state == WebhookState::Failed || one.failing_since.is_some();
        seen.endpoints = found.iter().filter(|one| in_trouble(one)).count();
    }
    Ok(seen)
}

fn care(t: Tongue, name: &str, seen: &Seen, missing: usize) -> Vec<String> {
    let counted = |key: &str, count: usize| (count > 0).then(|| t.say(key).count("count", count).to_string());
    let one = match name {
        "automation" => counted("admin-care-halts", seen.halts),
        "jobs" => counted("admin-care-jobs", seen.failed.len()),
        "health" => counted("admin-care-health", missing),
        "outbox" => counted("admin-care-dead", usize::try_from(seen.dead).unwrap_or(usize::MAX)),
        "webhooks" => counted("admin-care-endpoints", seen.endpoints),
        _ => None,
    };
    one.into_iter().collect()
}

/// The tone of a letter's state.
const fn tone(state: LetterState) -> &'static str {
    match state {
        LetterState::Waiting => "info",
        LetterState::Delivered => "ok",
        LetterState::Dead => "bad",
        LetterState::Discarded => "",
    }
}
