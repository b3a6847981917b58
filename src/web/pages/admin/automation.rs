//! The kill switch: what is stopped, by whom and why; stopped by one person, let go on by two; and what would run
//! if nothing were stopped.

use std::collections::BTreeSet;

use actix_web::HttpResponse;
use askama::Template;
use serde_json::{Map, Value, json};

use super::jobs::{Foreseen, foreseen};
use crate::{
    desk::Preview,
    web::{
        api::automation::{AutomationView, HaltView, SwitchAutomation, read, switched},
        json::checked,
        pages::{
            layout::page,
            names::Names,
            outcome::{hidden, led, may, status},
            sheet::{Choice, Question, Sheet},
            shell::Shell,
            text::Tongue,
            visit::{Sent, Visit},
        },
        problem::Problem,
    },
    words::{AdminVerb, Channel, Halt},
};

/// So many exceptions of each job are shown.
const MOST: i64 = 20;

#[derive(Template)]
#[template(path = "automation.html")]
struct Page {
    shell: Shell,
    sheet: Sheet,
    kept: String,
    halts: Vec<Stopped>,
    release: bool,
    questions: Vec<Question>,
    would: Vec<Would>,
}

/// Something that is stopped.
struct Stopped {
    scope: String,
    name: String,
    stops: String,
    said: String,
}

/// What a job would do.
struct Would {
    name: &'static str,
    about: String,
    state: String,
    tone: &'static str,
    due: u64,
    first: Vec<Foreseen>,
}

/// Shows it.
pub(in crate::web::pages) async fn show(visit: Visit) -> Result<HttpResponse, Problem> {
    let sheet = visit.sheet()?;
    whole(visit, sheet).await
}

async fn whole(visit: Visit, sheet: Sheet) -> Result<HttpResponse, Problem> {
    let read = visit.read(|desk, by| {
        let found = read(desk, by)?;
        let people = found.halts.iter().filter_map(|one| one.halted_by).collect();
        let may = may(desk, by, &[AdminVerb::HaltAutomation, AdminVerb::ReleaseAutomation])?;
        Ok((found, Names::read(desk, &people)?, desk.preview(by, MOST)?, may))
    });
    let (found, names, would, may) = read.await.map_err(hidden)?;
    let t = visit.tongue();
    let kept = found.kept_until.as_ref().map(|at| t.say("automation-kept").with("at", t.moment(&at.0)));
    let shown = Page {
        kept: kept.unwrap_or_else(|| t.say("automation-not-kept")).to_string(),
        halts: found.halts.iter().map(|one| stopped(t, one, &names)).collect(),
        release: may.contains(&AdminVerb::ReleaseAutomation),
        questions: questions(t, &found, &may),
        would: would.iter().map(|one| previewed(t, one)).collect(),
        shell: visit.shell,
        sheet,
    };
    page(status(&shown.sheet), &shown)
}

fn stopped(t: Tongue, one: &HaltView, names: &Names) -> Stopped {
    Stopped {
        scope: one.scope.to_string(),
        name: name(t, &one.scope),
        stops: stops(t, &one.scope),
        said: halted(t, one, names),
    }
}

/// Since when something is stopped, by whom and why.
pub(super) fn halted(t: Tongue, one: &HaltView, names: &Names) -> String {
    let who = names.maybe(one.halted_by.as_ref()).unwrap_or_else(|| t.say("change-by-service").to_string());
    let said = t.say("automation-halted").with("what", name(t, &one.scope)).with("at", t.moment(&one.halted_at.0));
    said.with("who", who).with("reason", &one.reason).to_string()
}

/// What a switch is called.
fn name(t: Tongue, scope: &Halt) -> String {
    match scope {
        Halt::All => t.say("switch-all").to_string(),
        Halt::Job(job) => t.say("switch-job").with("job", job).to_string(),
        Halt::Channel(channel) => t.name("switch", channel).to_string(),
    }
}

/// What it stops, in words.
fn stops(t: Tongue, scope: &Halt) -> String {
    match scope {
        Halt::All => t.say("stops-all").to_string(),
        Halt::Job(job) => t.name("job-about", job).known().map(|said| said.to_string()).unwrap_or_default(),
        Halt::Channel(channel) => t.name("stops", channel).to_string(),
    }
}

/// What can be stopped and is not, for whoever may.
fn questions(t: Tongue, found: &AutomationView, may: &BTreeSet<AdminVerb>) -> Vec<Question> {
    if !may.contains(&AdminVerb::HaltAutomation) {
        return Vec::new();
    }
    let channels = Channel::ALL.iter().map(|channel| Halt::Channel(*channel));
    let jobs = found.jobs.iter().filter_map(|job| job.name.parse().ok()).map(Halt::Job);
    let running = |scope: &Halt| found.halts.iter().all(|one| one.scope != *scope);
    let all = [Halt::All].into_iter().chain(channels).chain(jobs).filter(running);
    let choices: Vec<Choice> = all.map(|scope| Choice::new(&scope, name(t, &scope))).collect();
    vec![
        Question::select("scope", t.say("automation-scope"), choices).hinted(t.say("automation-scope-hint")),
        Question::long("reason", t.say("job-pause-reason")),
    ]
}

fn previewed(t: Tongue, seen: &Preview) -> Would {
    let (state, tone) = if seen.halted { ("halted", "amber") } else { ("sound", "ok") };
    Would {
        name: seen.job,
        about: t.name("job-about", seen.job).to_string(),
        state: t.name("job-state", state).to_string(),
        tone,
        due: seen.due,
        first: seen.first.iter().map(|one| foreseen(t, one)).collect(),
    }
}

/// Stops something, or proposes that it goes on.
pub(in crate::web::pages) async fn submit(sent: Sent) -> Result<HttpResponse, Problem> {
    let (call, hash) = (sent.call(), sent.fields.hash());
    let asked = match body(&sent).and_then(|body| checked::<SwitchAutomation>(Value::Object(body))) {
        Ok(body) => switched(&call, body, hash).await,
        Err(problem) => Err(problem),
    };
    led(sent, asked, "/admin/automation", whole).await
}

fn body(sent: &Sent) -> Result<Map<String, Value>, Problem> {
    let state = match sent.visit.request.match_info().query("verb") {
        "halt" => "halted",
        "release" => "running",
        _ => return Err(Problem::not_found("page")),
    };
    let mut body = sent.fields.object(&["scope", "reason"]);
    body.insert("state".to_owned(), json!(state));
    Ok(body)
}
