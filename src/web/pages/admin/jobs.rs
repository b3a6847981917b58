//! The jobs: what each does and when, its runs, a run beside the schedule, and its own kill switch.

use std::collections::BTreeSet;

use actix_web::HttpResponse;
use askama::Template;

use super::schedule;
use crate::{
    desk::{self, Desk, Error, Preview},
    domain::person::By,
    store::automation::Outcome as Ended,
    web::{
        api::{
            automation::{HaltView, Running, read},
            jobs::{JobRunsView, JobView, RunView, asked_of, detail},
        },
        pages::{
            layout::page,
            names::Names,
            outcome::{hidden, led, may, status},
            sheet::{Question, Sheet},
            shell::Shell,
            text::Tongue,
            visit::{Sent, Visit},
        },
        problem::Problem,
    },
    words::{AdminVerb, Halt},
};

/// So many exceptions are shown of what a job would do.
const MOST: i64 = 20;

#[derive(Template)]
#[template(path = "jobs.html")]
struct List {
    shell: Shell,
    rows: Vec<Row>,
}

#[derive(Template)]
#[template(path = "job.html")]
struct One {
    shell: Shell,
    sheet: Sheet,
    row: Row,
    cron: String,
    halts: Vec<String>,
    due: Option<u64>,
    first: Vec<Foreseen>,
    runs: Vec<Ran>,
    acts: Acts,
    reason: Question,
}

/// A job in a list.
struct Row {
    name: &'static str,
    about: String,
    when: String,
    last: String,
    took: String,
    next: String,
    state: String,
    tone: &'static str,
}

/// What whoever looks may do about it as it stands.
struct Acts {
    run: bool,
    pause: bool,
    resume: bool,
}

/// A run.
struct Ran {
    tick: String,
    cause: String,
    begun: String,
    took: String,
    outcome: String,
    done: u64,
    attempts: u32,
}

/// What would happen to an exception.
pub(super) struct Foreseen {
    pub(super) number: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) why: Vec<String>,
}

/// Shows all of them.
pub(in crate::web::pages) async fn show(visit: Visit) -> Result<HttpResponse, Problem> {
    let found = visit.read(|desk, by| {
        let always = |job: &JobView| desk.automation().knows(job.name).is_some_and(|known| !known.by_hand);
        let jobs = read(desk, by)?.jobs.into_iter();
        Ok(jobs.map(|job| (always(&job), job)).collect::<Vec<_>>())
    });
    let t = visit.tongue();
    let rows = found.await.map_err(hidden)?.into_iter().map(|(always, job)| row(t, &job, always)).collect();
    page(HttpResponse::Ok(), &List { rows, shell: visit.shell })
}

/// Shows one with its runs.
pub(in crate::web::pages) async fn show_one(visit: Visit) -> Result<HttpResponse, Problem> {
    let sheet = visit.sheet()?;
    whole(visit, sheet).await
}

/// What is read of one job.
struct Found {
    view: JobRunsView,
    always: bool,
    halts: Vec<HaltView>,
    names: Names,
    preview: Option<Preview>,
    may: BTreeSet<AdminVerb>,
}

fn found(desk: &Desk, by: &By, name: &str) -> Result<Found, Error> {
    let view = detail(desk, by, name)?;
    let halts: Vec<HaltView> = read(desk, by)?.halts.into_iter().filter(|one| one.scope.stops_job(name)).collect();
    let people = halts.iter().filter_map(|one| one.halted_by).collect();
    let verbs = [AdminVerb::RunJob, AdminVerb::HaltAutomation, AdminVerb::ReleaseAutomation];
    Ok(Found {
        always: desk.automation().knows(name).is_some_and(|known| !known.by_hand),
        names: Names::read(desk, &people)?,
        preview: desk.preview(by, MOST)?.into_iter().find(|seen| seen.job == name),
        may: may(desk, by, &verbs)?,
        view,
        halts,
    })
}

async fn whole(visit: Visit, sheet: Sheet) -> Result<HttpResponse, Problem> {
    let name = visit.request.match_info().query("name").to_owned();
    let seen = visit.read(move |desk, by| found(desk, by, &name)).await.map_err(hidden)?;
    let t = visit.tongue();
    let Found { view: JobRunsView { job, runs }, always, halts, names, preview, may } = seen;
    let paused = halts.iter().any(|one| matches!(one.scope, Halt::Job(_)));
    let shown = One {
        row: row(t, &job, always),
        cron: job.schedule.clone(),
        halts: halts.iter().map(|one| super::automation::halted(t, one, &names)).collect(),
        due: preview.as_ref().map(|seen| seen.due),
        first: preview.iter().flat_map(|seen| &seen.first).map(|one| foreseen(t, one)).collect(),
        runs: runs.iter().map(|one| ran(t, one)).collect(),
        acts: Acts {
            run: !always && may.contains(&AdminVerb::RunJob),
            pause: !paused && may.contains(&AdminVerb::HaltAutomation),
            resume: paused && may.contains(&AdminVerb::ReleaseAutomation),
        },
        reason: Question::long("reason", t.say("job-pause-reason")),
        shell: visit.shell,
        sheet,
    };
    page(status(&shown.sheet), &shown)
}

fn row(t: Tongue, job: &JobView, always: bool) -> Row {
    let (state, tone) = state(t, job, always);
    let never = || t.say("job-never").to_string();
    Row {
        name: job.name,
        about: t.name("job-about", job.name).known().map_or_else(|| job.about.to_owned(), |said| said.to_string()),
        when: if always { t.say("job-always").to_string() } else { schedule::in_words(t, &job.schedule, job.zone) },
        last: job.last_run_at.map_or_else(never, |at| t.moment(&at.0)),
        took: job.last_run_ms.map(|ms| took(t, ms)).unwrap_or_default(),
        next: job.next_run_at.map_or_else(|| t.say("job-when-due").to_string(), |at| t.moment(&at.0)),
        state,
        tone,
    }
}

fn state(t: Tongue, job: &JobView, always: bool) -> (String, &'static str) {
    let (code, tone) = match job.state {
        Running::Halted => ("halted", "amber"),
        Running::Running if job.last_run_failed => ("failed", "bad"),
        Running::Running if always || job.last_run_ms.is_some() => ("sound", "ok"),
        Running::Running if job.last_run_at.is_some() => ("begun", "info"),
        Running::Running => ("new", ""),
    };
    (t.name("job-state", code).to_string(), tone)
}

/// A length of time in milliseconds.
fn took(t: Tongue, ms: u64) -> String {
    if ms < 1_000 {
        return t.say("job-took-ms").with("ms", ms).to_string();
    }
    t.say("job-took").with("seconds", format!("{}.{}", ms / 1_000, ms % 1_000 / 100)).to_string()
}

fn ran(t: Tongue, run: &RunView) -> Ran {
    let outcome = run.outcome.map_or("open", Ended::as_str);
    let length = run.begun_at.zip(run.ended_at).map(|(from, to)| (to.0 - from.0).num_milliseconds());
    Ran {
        tick: t.moment(&run.tick.0),
        cause: t.name("job-cause", run.cause).to_string(),
        begun: run.begun_at.map(|at| t.moment(&at.0)).unwrap_or_default(),
        took: length.and_then(|ms| u64::try_from(ms).ok()).map(|ms| took(t, ms)).unwrap_or_default(),
        outcome: t.name("job-outcome", outcome).to_string(),
        done: run.done,
        attempts: run.attempts,
    }
}

/// What would happen to an exception, with the rules.
pub(super) fn foreseen(t: Tongue, seen: &desk::Foreseen) -> Foreseen {
    Foreseen {
        number: seen.number.clone(),
        from: t.name("state", seen.from).to_string(),
        to: t.name("state", seen.to).to_string(),
        why: seen.events.iter().filter_map(|event| event.citation.as_ref()).map(|rule| t.cite(rule)).collect(),
    }
}

/// Runs it, pauses it, or proposes that it goes on.
pub(in crate::web::pages) async fn submit(sent: Sent) -> Result<HttpResponse, Problem> {
    let call = sent.call();
    let path = sent.visit.request.match_info();
    let (name, verb) = (path.query("name").to_owned(), path.query("verb").to_owned());
    let asked = asked_of(&call, &verb, (sent.fields.object(&["reason"]), sent.fields.hash())).await;
    led(sent, asked, &format!("/admin/jobs/{name}"), whole).await
}
