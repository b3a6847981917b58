//! Proviso under load: approvals and reads over HTTP, beside the database's own figure for the same work,
//! in one run on one machine. Nothing is asserted: it prints a table, and its ratios are what counts.

mod drive;
mod due;
mod http;
mod lists;
mod raw;
mod report;
mod seed;
mod server;

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use clap::Parser;
use proviso::{app::DEMO_PASSWORD, desk::Desk};

use drive::drive;
use http::Client;
use raw::Raw;
use report::Report;
use seed::{Approval, Seeded};
use server::Server;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Approvals and reads over HTTP beside the database's own figures.
#[derive(Debug, Parser)]
struct Plan {
    /// An empty database: `sqlite:FILE` or `postgres://…`; the latter needs pgbench and psql and their PG* variables.
    #[arg(long)]
    database: String,
    /// How long each figure is measured, in seconds.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// How many exceptions there are.
    #[arg(long, default_value_t = 100_000)]
    exceptions: usize,
    /// How many of them wait for two approvals each.
    #[arg(long, default_value_t = 12_000)]
    undecided: usize,
    /// Clients at the same time.
    #[arg(long, value_delimiter = ',', default_value = "1,8,32")]
    clients: Vec<usize>,
    /// Measures how fast what is decided ends, in place of all else.
    #[arg(long)]
    due: bool,
    /// What `cargo bench` adds.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Result<()> {
    let plan = Plan::parse();
    ensure!(plan.undecided <= plan.exceptions, "there cannot be more undecided exceptions than exceptions");
    let folder = tempfile::tempdir()?;
    if plan.due {
        return due::measure(&plan, folder.path());
    }
    let raw = Raw::prepare(&plan.database, folder.path())?;
    let Seeded { app, approvals, reads, story } = seed::seed(&plan, folder.path())?;
    raw.settle()?;
    let mut report = Report::begin(&plan, story);
    let work = Work { approvals: &approvals, next: AtomicUsize::new(0) };
    in_process(&plan, app.desk(), &work, &mut report)?;
    // The service gets the database to itself.
    drop(app);
    let mut server = server::start_often(&plan.database, folder.path(), &mut report)?;
    report.memory("at rest, before any request", &server)?;
    over_http(&plan, (&raw, &work), &server, &mut report)?;
    lists::measure(&plan, (&reads, &server), &mut report)?;
    report.memory("after all of this", &server)?;
    report.end();
    server.stop()
}

/// The approvals that are left to give.
struct Work<'s> {
    approvals: &'s [Approval],
    next: AtomicUsize,
}

impl Work<'_> {
    fn take(&self) -> Option<&Approval> {
        self.approvals.get(self.next.fetch_add(1, Ordering::Relaxed))
    }

    fn left(&self) -> usize {
        self.approvals.len().saturating_sub(self.next.load(Ordering::Relaxed))
    }
}

/// The door alone, by threads that wait for their answers: what HTTP costs is the difference.
fn in_process(plan: &Plan, desk: &Desk, work: &Work<'_>, report: &mut Report) -> Result<()> {
    let most = plan.clients.iter().copied().max().unwrap_or(1);
    let before = report::Writer::of(desk);
    let budget = budget(plan, work, plan.clients.len() + 1);
    let sample = drive(
        most,
        budget,
        || Ok(desk.clone()),
        |desk| match work.take() {
            Some(approval) => approval.give(desk).map(|()| true),
            None => Ok(false),
        },
    )?;
    report.row("approvals, in process", most, &sample, None);
    report.writer(&before, desk, &sample);
    Ok(())
}

/// Approvals by POST, each number of clients right after the raw figure for as many.
fn over_http(plan: &Plan, (raw, work): (&Raw, &Work<'_>), server: &Server, report: &mut Report) -> Result<()> {
    let cookies = ["boris", "carla"].map(|name| sign_in(server, name));
    let [first, second] = cookies;
    let cookies = [first?, second?];
    for (done, clients) in plan.clients.iter().copied().enumerate() {
        let limit = raw.measure(clients, plan.seconds)?;
        report.row(raw.name(), clients, &limit, None);
        let budget = budget(plan, work, plan.clients.len() - done);
        let connect = || Client::connect(server.address());
        let sample = drive(clients, budget, connect, |client| approve(client, work, &cookies))?;
        report.row("approvals over HTTP", clients, &sample, Some(&limit));
    }
    Ok(())
}

fn approve(client: &mut Client, work: &Work<'_>, cookies: &[String; 2]) -> Result<bool> {
    let Some(approval) = work.take() else { return Ok(false) };
    let [first, second] = cookies;
    let cookie = if approval.second { second } else { first };
    let body = format!("{{\"dossier\":\"{}\"}}", approval.dossier);
    client.post(&format!("/v1/exceptions/{}/approve", approval.exception), cookie, &body)?.require(200)?;
    Ok(true)
}

fn sign_in(server: &Server, name: &str) -> Result<String> {
    let body = format!("{{\"email\":\"{name}@example.com\",\"password\":\"{DEMO_PASSWORD}\"}}");
    let reply = Client::connect(server.address())?.post("/v1/session", "", &body)?;
    let reply = reply.require_success()?;
    reply.cookie.with_context(|| format!("{name} signed in and got no cookie"))
}

/// How long a figure may take, and how many approvals: what is left is shared among the figures to come.
fn budget(plan: &Plan, work: &Work<'_>, figures: usize) -> drive::Budget {
    drive::Budget { time: Duration::from_secs(plan.seconds), turns: work.left() / figures.max(1) }
}
