//! How the service is: each thing that is looked at with what was found and, where it is not as it should be, what to
//! do about it. What the machine itself shows, `proviso doctor` says.

use actix_web::HttpResponse;
use askama::Template;

use crate::{
    desk::{Desk, Error},
    domain::{person::By, request::Time},
    store::{checkpoints::alarm, outbox::counts},
    web::{
        Web,
        api::health::{DatabaseView, ReadyView, readiness},
        pages::{layout::page, outcome::hidden, shell::Shell, text::Tongue, visit::Visit},
        problem::Problem,
    },
    words::ReadVerb,
};

/// For how many seconds a letter may have been due, as `proviso doctor` has it.
const MOST_OVERDUE: u64 = 3_600;

#[derive(Template)]
#[template(path = "health.html")]
struct Page {
    shell: Shell,
    ready: bool,
    findings: Vec<Finding>,
}

/// How something was found.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Ok,
    Note,
    Missing,
}

/// Something that was looked at.
struct Finding {
    check: &'static str,
    state: &'static str,
    tone: &'static str,
    found: String,
    remedy: Option<String>,
}

/// What the readiness does not tell by itself.
struct Beside {
    alarm: Option<(Time, String)>,
    unanchored: Option<String>,
    dead: u64,
}

fn beside(desk: &Desk, by: &By) -> Result<Beside, Error> {
    desk.may_read(by, ReadVerb::ReadAutomation)?;
    let (alarm, dead) = desk.store().read(|conn| Ok::<_, Error>((alarm(conn)?, counts(conn)?.dead)))?;
    Ok(Beside { alarm, unanchored: desk.notary().unanchored(), dead })
}

/// Shows it.
pub(in crate::web::pages) async fn show(visit: Visit) -> Result<HttpResponse, Problem> {
    let beside = visit.read(beside).await.map_err(hidden)?;
    let view = readiness(&visit.web).await;
    let findings = findings(visit.tongue(), &visit.web, &view, &beside);
    page(HttpResponse::Ok(), &Page { ready: view.ready, findings, shell: visit.shell })
}

fn findings(t: Tongue, web: &Web, view: &ReadyView, beside: &Beside) -> Vec<Finding> {
    let Some(database) = &view.database else {
        return vec![finding(t, "database", State::Missing, t.say("health-database-gone").to_string())];
    };
    let writer =
        t.say("health-writer-found").count("queued", view.writer.queued).count("failures", view.writer.failures);
    let state = if view.writer.failures > 0 { State::Note } else { State::Ok };
    vec![
        migrations(t, database),
        durability(t, database),
        clock(t, web, database),
        finding(t, "writer", state, writer.to_string()),
        ledger(t, database),
        checkpoints(t, beside),
        scheduler(t, database),
        outbox(t, database),
        given_up(t, beside),
    ]
}

fn finding(t: Tongue, check: &'static str, state: State, found: String) -> Finding {
    let (code, tone) = match state {
        State::Ok => ("ok", "ok"),
        State::Note => ("note", "amber"),
        State::Missing => ("missing", "bad"),
    };
    let remedy = (state != State::Ok).then(|| t.name("health-remedy", check).to_string());
    Finding { check, state: code, tone, found, remedy }
}

fn judged(well: bool, otherwise: State) -> State {
    if well { State::Ok } else { otherwise }
}

fn migrations(t: Tongue, database: &DatabaseView) -> Finding {
    let pending = &database.pending_migrations;
    let said = if pending.is_empty() {
        t.say("health-migrations-none")
    } else {
        t.say("health-migrations-pending").with("names", pending.join(", "))
    };
    finding(t, "migrations", judged(pending.is_empty(), State::Missing), said.to_string())
}

fn durability(t: Tongue, database: &DatabaseView) -> Finding {
    let said: Vec<String> =
        database.durability.iter().map(|(setting, found)| format!("{setting} = {}", found.value)).collect();
    let safe = database.durability.values().all(|found| found.safe);
    finding(t, "durability", judged(safe, State::Missing), said.join(", "))
}

fn clock(t: Tongue, web: &Web, database: &DatabaseView) -> Finding {
    let away = database.clock_offset_ms;
    let state = judged(web.desk.store().trust().allows(away), State::Missing);
    finding(t, "clock", state, t.say("health-clock-found").with("ms", away).to_string())
}

fn ledger(t: Tongue, database: &DatabaseView) -> Finding {
    let head = &database.ledger;
    let said = t.say("health-ledger-found").count("leaves", head.size).with("root", head.root);
    let state = judged(database.ledger_kept_apart != Some(false), State::Note);
    finding(t, "ledger", state, said.to_string())
}

fn checkpoints(t: Tongue, beside: &Beside) -> Finding {
    let said = match (&beside.alarm, &beside.unanchored) {
        (Some((since, why)), _) => t.say("health-checkpoint-alarm").with("since", t.moment(since)).with("why", why),
        (None, Some(why)) => t.say("health-checkpoint-unanchored").with("why", why),
        (None, None) => t.say("health-checkpoint-sound"),
    };
    let sound = beside.alarm.is_none() && beside.unanchored.is_none();
    finding(t, "checkpoint", judged(sound, State::Missing), said.to_string())
}

fn scheduler(t: Tongue, database: &DatabaseView) -> Finding {
    let held = database.scheduler.held;
    let until = database.scheduler.until.as_ref().filter(|_| held);
    let said = match until {
        Some(until) => t.say("health-scheduler-held").with("until", t.moment(&until.0)),
        None => t.say("health-scheduler-free"),
    };
    finding(t, "scheduler", judged(held, State::Note), said.to_string())
}

fn outbox(t: Tongue, database: &DatabaseView) -> Finding {
    let outbox = &database.outbox;
    let said = t.say("health-outbox-found").count("waiting", outbox.waiting);
    let said = said.count("minutes", outbox.overdue_seconds / 60);
    finding(t, "outbox", judged(outbox.overdue_seconds < MOST_OVERDUE, State::Missing), said.to_string())
}

fn given_up(t: Tongue, beside: &Beside) -> Finding {
    let said = t.say("health-dead-found").count("count", beside.dead).to_string();
    finding(t, "dead", judged(beside.dead == 0, State::Note), said)
}
