//! Batches: what one cause changes of exceptions by itself, each with what it did, what is left of it and what would
//! become of that; stopped by one person, let go on or taken back by two.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use askama::Template;

use super::{
    layout::page,
    names::Names,
    outcome::{led, may, status},
    sheet::{Question, Sheet},
    shell::Shell,
    text::Tongue,
    visit::{Sent, Visit},
};
use crate::{
    web::{
        api::batches::{BatchView, HeldView, MemberView, PreviewView, asked_of, detail, named, previewed, shown},
        problem::Problem,
    },
    words::{AdminVerb, BatchState},
};

/// Rows of the page; the interface has all of them.
const MOST: i64 = 100;

#[derive(Template)]
#[template(path = "batches.html")]
struct List {
    shell: Shell,
    rows: Vec<Row>,
}

struct Row {
    id: String,
    state: String,
    begun: String,
    touched: u64,
    left: u64,
}

#[derive(Template)]
#[template(path = "batch.html")]
struct One {
    shell: Shell,
    sheet: Sheet,
    row: Row,
    counts: Vec<(String, u64)>,
    held: Option<String>,
    reversal: Vec<(String, u64)>,
    members: Vec<Touched>,
    would: Vec<(String, u64)>,
    stops: bool,
    acts: Acts,
    reason: Question,
}

/// What whoever looks may do about it as it stands.
struct Acts {
    hold: bool,
    release: bool,
    revert: bool,
}

struct Touched {
    number: String,
    before: String,
    state: String,
    outcome: String,
}

/// Shows the newest.
pub(super) async fn show(visit: Visit) -> Result<HttpResponse, Problem> {
    let read = visit.read(|desk, by| {
        let found = desk.batches(by, &None, MOST)?;
        shown(desk, found)
    });
    let rows = read.await?.iter().map(|view| row(visit.tongue(), view)).collect();
    page(HttpResponse::Ok(), &List { rows, shell: visit.shell })
}

fn row(t: Tongue, view: &BatchView) -> Row {
    Row {
        id: view.id.to_string(),
        state: t.name("batch", view.state).to_string(),
        begun: t.moment(&view.begun_at.0),
        touched: view.touched,
        left: view.left,
    }
}

/// Shows one, whole.
pub(super) async fn show_one(visit: Visit) -> Result<HttpResponse, Problem> {
    let sheet = visit.sheet()?;
    whole(visit, sheet).await
}

async fn whole(visit: Visit, sheet: Sheet) -> Result<HttpResponse, Problem> {
    let call = visit.call();
    let id = named(&call)?;
    let read = visit.read(move |desk, by| {
        let found = detail(desk, by, &id)?;
        let held = found.batch.held.as_ref().and_then(|held| held.by);
        let may = may(desk, by, &[AdminVerb::HoldBatch, AdminVerb::ReleaseBatch, AdminVerb::RevertBatch])?;
        Ok((found, Names::read(desk, &held.into_iter().collect())?, may))
    });
    let (found, names, may) = read.await?;
    let names = names.told_in(visit.tongue());
    let left = found.batch.left > 0;
    let preview = if left { Some(previewed(&call).await?) } else { None };
    let (t, batch) = (visit.tongue(), &found.batch);
    let shown = One {
        row: row(t, batch),
        counts: counts(t, batch),
        held: batch.held.as_ref().map(|held| held_in_words(t, held, &names)),
        reversal: reversal(t, batch),
        members: found.exceptions.iter().map(|member| touched(t, member)).collect(),
        would: preview.as_ref().map(|seen| would(t, seen)).unwrap_or_default(),
        stops: preview.is_some_and(|seen| seen.stops),
        acts: Acts {
            hold: may.contains(&AdminVerb::HoldBatch) && batch.state == BatchState::Running,
            release: may.contains(&AdminVerb::ReleaseBatch) && batch.state == BatchState::Held,
            revert: may.contains(&AdminVerb::RevertBatch) && batch.reverted.is_none(),
        },
        reason: Question::long("reason", t.say("ask-reason")),
        sheet,
        shell: visit.shell,
    };
    page(status(&shown.sheet), &shown)
}

fn counts(t: Tongue, batch: &BatchView) -> Vec<(String, u64)> {
    let counts = [
        ("reopened", batch.reopened),
        ("refused", batch.refused),
        ("suspended", batch.suspended),
        ("noted", batch.noted),
        ("untouched", batch.untouched),
    ];
    counts.into_iter().filter(|(_, count)| *count > 0).map(|(code, count)| (outcome(t, code), count)).collect()
}

fn outcome(t: Tongue, code: impl std::fmt::Display) -> String {
    t.name("batch-outcome", code).to_string()
}

fn held_in_words(t: Tongue, held: &HeldView, names: &Names) -> String {
    let at = t.moment(&held.at.0);
    match (&held.refusals, &held.reason) {
        (Some(refusals), _) => {
            let said = t.say("batch-held-by-itself").with("at", at).count("dealt", refusals.dealt);
            let sop = format!("{} v{}", refusals.sop.id, refusals.sop.version);
            said.count("refused", refusals.refused).count("percent", refusals.refused_percent).with("sop", sop)
        }
        (None, reason) => {
            let who = names.maybe(held.by.as_ref()).unwrap_or_default();
            t.say("batch-held-by").with("at", at).with("who", who).with("reason", reason.clone().unwrap_or_default())
        }
    }
    .to_string()
}

fn reversal(t: Tongue, batch: &BatchView) -> Vec<(String, u64)> {
    let Some(reverted) = &batch.reverted else { return Vec::new() };
    let done = [("reverted".to_owned(), reverted.reverted), ("open".to_owned(), reverted.left)];
    let not = reverted.not_reverted.iter().map(|(why, count)| (why.to_string(), *count));
    let all: BTreeMap<String, u64> = done.into_iter().chain(not).filter(|(_, count)| *count > 0).collect();
    all.into_iter().map(|(code, count)| (t.name("batch-reversal", code).to_string(), count)).collect()
}

fn touched(t: Tongue, member: &MemberView) -> Touched {
    let did = member.outcome.map_or_else(|| outcome(t, "open"), |did| outcome(t, did));
    let back = member.reversal.map(|back| t.name("batch-reversal", back).to_string());
    Touched {
        number: member.number.clone(),
        before: t.name("state", member.before).to_string(),
        state: t.name("state", member.state).to_string(),
        outcome: [Some(did), back].into_iter().flatten().collect::<Vec<_>>().join("; "),
    }
}

fn would(t: Tongue, seen: &PreviewView) -> Vec<(String, u64)> {
    seen.would.iter().map(|(code, count)| (outcome(t, code), *count)).collect()
}

/// Stops it, lets it go on or takes it back.
pub(super) async fn submit(sent: Sent) -> Result<HttpResponse, Problem> {
    let call = sent.call();
    let verb = sent.visit.request.match_info().query("verb").to_owned();
    let id = named(&call)?;
    let asked = asked_of(&call, &verb, (sent.fields.object(&["reason"]), sent.fields.hash())).await;
    led(sent, asked, &format!("/batches/{id}"), whole).await
}
