//! One endpoint: how it stands, what was sent to it and what came of that, and everything that can be done about it.

use std::collections::BTreeSet;

use actix_web::HttpResponse;
use askama::Template;
use serde_json::{Map, Value};

use super::{Row, asked_of_both, body, led, number, row};
use crate::{
    domain::roster::{LetterState, OVERLAP_HOURS, WebhookState},
    web::{
        api::webhooks::{
            WebhookView,
            deliveries::{AttemptView, DeliveriesQuery, DeliveryView, listed},
            paged::{asked_of, one},
        },
        page::Page,
        pages::{
            admin::tone,
            layout::page,
            list::{joined, pairs},
            names::Names,
            outcome::{hidden, may, status},
            sheet::{Choice, Fields, Question, Sheet},
            shell::Shell,
            text::Tongue,
            visit::{Sent, Visit},
        },
        problem::Problem,
        query,
    },
    words::AdminVerb,
};

#[derive(Template)]
#[template(path = "webhook.html")]
struct One {
    shell: Shell,
    sheet: Sheet,
    row: Row,
    url: Option<String>,
    facts: Vec<(String, String)>,
    version: u64,
    /// What whoever looks may do about it as it stands, by the last part of the address.
    acts: BTreeSet<&'static str>,
    change: Vec<Question>,
    overlap: Question,
    range: Vec<Question>,
    filters: Vec<Question>,
    deliveries: Vec<Delivered>,
    first: Option<String>,
    next: Option<String>,
}

/// Something that was sent, or is to be.
struct Delivered {
    id: String,
    position: u64,
    event: String,
    state: String,
    tone: &'static str,
    due: String,
    tries: Vec<String>,
}

const VERBS: [AdminVerb; 7] = [
    AdminVerb::UpdateWebhook,
    AdminVerb::RotateWebhook,
    AdminVerb::EnableWebhook,
    AdminVerb::DisableWebhook,
    AdminVerb::TestWebhook,
    AdminVerb::ReplayWebhook,
    AdminVerb::RemoveWebhook,
];

/// Shows it.
pub(in crate::web::pages) async fn show_one(visit: Visit) -> Result<HttpResponse, Problem> {
    let sheet = visit.sheet()?;
    whole(visit, sheet).await
}

async fn whole(visit: Visit, sheet: Sheet) -> Result<HttpResponse, Problem> {
    let call = visit.call();
    let found = one(&call).await.map_err(hidden)?;
    let typed = visit.typed();
    let asked = query::parse::<DeliveriesQuery>(&joined(&pairs(&typed, |_| true), None));
    let sent = match asked {
        Ok(asked) => listed(&call, asked).await,
        Err(problem) => Err(problem),
    };
    let (sent, sheet) = match sent {
        Err(problem) if !problem.errors().is_empty() => {
            (listed(&call, DeliveriesQuery::default()).await?, sheet.refused(&problem, visit.tongue()))
        }
        sent => (sent?, sheet),
    };
    let owner = found.owner;
    let read = visit.read(move |desk, by| {
        let names = Names::read(desk, &BTreeSet::from([owner]))?;
        Ok((names, Names::everybody(desk)?, may(desk, by, &VERBS)?))
    });
    let (names, people, may) = read.await?;
    let questions = asked_of_both(visit.tongue(), &people, "webhook-url-keep");
    let sheet = filled(sheet, &found, &typed);
    let shown = shown(visit, (found, sent), (sheet, typed), (names, questions, may));
    page(status(&shown.sheet), &shown)
}

/// What is known of it already stands in the fields, and the filter as it was chosen, unless something was typed.
fn filled(mut sheet: Sheet, found: &WebhookView, typed: &Fields) -> Sheet {
    let events: Vec<String> = found.events.iter().map(ToString::to_string).collect();
    let fields = Fields::default()
        .set("url", found.url.clone().unwrap_or_default())
        .set("description", found.description.clone().unwrap_or_default())
        .set("events", events.join("\n"))
        .set("owner", found.owner.to_string())
        .set("overlap_hours", OVERLAP_HOURS.to_string())
        .set("state", typed.text("state"));
    let known = std::mem::take(&mut sheet.fields);
    let fields = known.0.into_iter().fold(fields, |fields, (name, value)| fields.set(&name, value));
    sheet.filled(fields)
}

type Sending = (WebhookView, Page<DeliveryView>);
type Known = (Names, Vec<Question>, BTreeSet<AdminVerb>);

fn shown(visit: Visit, (found, sent): Sending, (sheet, typed): (Sheet, Fields), (names, change, may): Known) -> One {
    let t = visit.tongue();
    let plain = pairs(&typed, |name| name == "state");
    let to = |cursor: Option<&str>| format!("/admin/webhooks/{}?{}", found.id, joined(&plain, cursor));
    let states = LetterState::ALL.iter().map(|state| Choice::new(state, t.name("letter-state", state))).collect();
    One {
        row: row(t, &found, &names),
        facts: facts(t, &found),
        version: sheet.version.unwrap_or(found.version),
        acts: acts(&found, &may),
        change,
        overlap: Question::number("overlap_hours", t.say("webhook-overlap")).hinted(t.say("webhook-overlap-hint")),
        range: vec![
            Question::number("after", t.say("webhook-after")).hinted(t.say("webhook-after-hint")).optional(),
            Question::number("until", t.say("webhook-until")).hinted(t.say("webhook-until-hint")),
        ],
        filters: vec![Question::select("state", t.say("list-state"), states)],
        deliveries: sent.items.iter().map(|one| delivered(t, one)).collect(),
        first: typed.said("cursor").map(|_| to(None)),
        next: sent.next_cursor.as_deref().map(|cursor| to(Some(cursor))),
        url: found.url,
        shell: visit.shell,
        sheet,
    }
}

fn acts(found: &WebhookView, may: &BTreeSet<AdminVerb>) -> BTreeSet<&'static str> {
    let (enabled, signed) = (found.state == WebhookState::Enabled, !found.kind.is_chat());
    let all = [
        ("change", AdminVerb::UpdateWebhook, true),
        ("rotate", AdminVerb::RotateWebhook, signed),
        ("enable", AdminVerb::EnableWebhook, !enabled),
        ("disable", AdminVerb::DisableWebhook, enabled),
        ("test", AdminVerb::TestWebhook, enabled),
        ("replay", AdminVerb::ReplayWebhook, true),
        ("remove", AdminVerb::RemoveWebhook, true),
    ];
    all.into_iter().filter(|(_, verb, sensible)| *sensible && may.contains(verb)).map(|(act, ..)| act).collect()
}

fn facts(t: Tongue, found: &WebhookView) -> Vec<(String, String)> {
    let until = found.old_secret_until.as_ref().map(|at| ("webhook-old-secret", t.moment(&at.0)));
    let times = [("webhook-added", t.moment(&found.added_at.0)), ("webhook-changed", t.moment(&found.changed_at.0))];
    times.into_iter().chain(until).map(|(key, said)| (t.say(key).to_string(), said)).collect()
}

fn delivered(t: Tongue, one: &DeliveryView) -> Delivered {
    Delivered {
        id: one.id.to_string(),
        position: one.position,
        event: one.event.clone(),
        state: t.name("letter-state", one.state).to_string(),
        tone: tone(one.state),
        due: t.moment(&one.due_at.0),
        tries: one.attempts.iter().map(|tried| attempt(t, tried)).collect(),
    }
}

fn attempt(t: Tongue, tried: &AttemptView) -> String {
    let status = tried.status.map(|status| format!("HTTP {status}"));
    let came = [status, tried.error.clone()].into_iter().flatten().collect::<Vec<_>>().join(", ");
    let said = t.say("webhook-try").with("number", tried.number).with("at", t.moment(&tried.at.0));
    said.with("ms", tried.milliseconds).with("came", came).to_string()
}

/// Changes it, replaces its secret, enables, disables, tries or removes it, or sends once more.
pub(in crate::web::pages) async fn submit(sent: Sent) -> Result<HttpResponse, Problem> {
    let call = sent.call();
    let path = sent.visit.request.match_info();
    let (id, verb) = (path.query("id").to_owned(), path.query("verb").to_owned());
    let asked = asked_of(&call, (&verb, sent.expected()), (fields(&sent.fields, &verb), sent.fields.hash())).await;
    let here = if verb == "remove" { "/admin/webhooks".to_owned() } else { format!("/admin/webhooks/{id}") };
    led(sent, asked, &here, whole).await
}

/// What the interface takes for this.
fn fields(fields: &Fields, verb: &str) -> Map<String, Value> {
    match verb {
        "change" => body(fields),
        "rotate" | "replay" => {
            let numbers = ["overlap_hours", "after", "until"].into_iter();
            let numbers = numbers.filter_map(|name| Some((name.to_owned(), number(fields, name)?)));
            fields.object(&["delivery"]).into_iter().chain(numbers).collect()
        }
        _ => Map::new(),
    }
}
