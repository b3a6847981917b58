//! Letters: how many are written in a second, and how many leave over one and over four connections, beside
//! a bare loop of lettre that sends mails of the same sizes to the same sink. Nothing is asserted.

mod bare;
mod sink;
mod written;

use std::{
    path::Path,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use clap::Parser;
use diesel::connection::SimpleConnection;
use proviso::{
    app::{App, Timing, seed},
    config::Config,
    store::{
        DatabaseUrl,
        backend::{Connector, Purpose},
        outbox::counts,
    },
};

use sink::Sink;
use written::Written;

/// Letters written and delivered, beside lettre alone.
#[derive(Debug, Parser)]
struct Plan {
    /// How many seconds letters are written for.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// How many mails the bare loop sends; of Proviso's there are as many as a year of the demonstration has.
    #[arg(long, default_value_t = 5_000)]
    mails: usize,
    /// What `cargo bench` adds.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Result<()> {
    let plan = Plan::parse();
    let folder = tempfile::tempdir()?;
    let written = year(folder.path())?;
    println!("## letters: a year of the demonstration, {} letters\n", written.letters());
    println!("| what | connections | per second | of lettre |\n|---|--:|--:|--:|");
    let (count, took) = written.again_and_again(Duration::from_secs(plan.seconds));
    println!("| letters written | | {:.0} | |", rate(count, took));
    for connections in [1, 4] {
        let size = (plan.mails, connections);
        let [bare, marked] = [None, Some(folder.path())].map(|marks| {
            let sink = Sink::start()?;
            bare::send(&sink, &written, size, marks)?;
            sink.rate()
        });
        let (bare, marked) = (bare?, marked?);
        println!("| lettre alone | {connections} | {bare:.0} | |");
        println!("| lettre, a commit a mail | {connections} | {marked:.0} | {:.0} % |", 100.0 * marked / bare);
        let (own, note) = deliver(folder.path(), connections)?;
        println!("| letters delivered | {connections} | {own:.0} | {:.0} % |\n{note}", 100.0 * own / bare);
    }
    Ok(())
}

fn rate(count: usize, took: Duration) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from) / took.as_secs_f64().max(f64::EPSILON)
}

/// A service on `database` whose mail goes to the port of a sink, or nowhere.
fn open(folder: &Path, database: &str, (mail, timing): (Option<(u16, usize)>, Timing)) -> Result<App> {
    let set = |key: &str, value: String| (key.to_owned(), value);
    let mut settings = vec![
        set("database.url", format!("sqlite:{}", folder.join(database).display())),
        set("attachments.path", folder.join("attachments").display().to_string()),
        set("mail.transport", if mail.is_some() { "smtp" } else { "none" }.to_owned()),
    ];
    if let Some((port, connections)) = mail {
        settings.extend([
            set("mail.smtp.host", "127.0.0.1".to_owned()),
            set("mail.smtp.port", port.to_string()),
            set("mail.smtp.tls", "none".to_owned()),
            set("mail.smtp.connections", connections.to_string()),
        ]);
    }
    Ok(App::open(Config::load(None, std::iter::empty(), &settings)?, timing)?)
}

/// Lives a year whose letters all wait, and reads what they are written from.
fn year(folder: &Path) -> Result<Written> {
    let app = open(folder, "year.sqlite", (None, Timing::demonstration()?))?;
    seed(&app)?;
    let written = Written::read(app.desk().store());
    app.desk().store().shutdown();
    drop(app);
    wait_again(folder)?;
    written
}

/// The demonstration has put its letters into mailboxes: here they all wait once more, to leave by mail.
fn wait_again(folder: &Path) -> Result<()> {
    let url: DatabaseUrl = format!("sqlite:{}", folder.join("year.sqlite").display()).parse()?;
    let again = "UPDATE outbox SET state = 'waiting', attempts = 0, lease_owner = NULL, lease_until = NULL \
        WHERE lane = 'letters'";
    Connector::new(&url, Purpose::Write).open()?.batch_execute(again)?;
    Ok(())
}

/// Delivers the year once more, on a copy of it: mails in a second, and what the disk took of that time.
fn deliver(folder: &Path, connections: usize) -> Result<(f64, String)> {
    let copy = format!("copy{connections}.sqlite");
    for ending in ["", "-wal"] {
        let from = folder.join(format!("year.sqlite{ending}"));
        if from.exists() {
            std::fs::copy(from, folder.join(format!("{copy}{ending}")))?;
        }
    }
    let sink = Sink::start()?;
    let app = open(folder, &copy, (Some((sink.port(), connections)), Timing::system()?))?;
    let (running, begun) = (app.jobs()?.start()?, Instant::now());
    while app.desk().store().read(counts)?.waiting > 0 {
        anyhow::ensure!(begun.elapsed() < Duration::from_mins(5), "letters still wait");
        thread::sleep(Duration::from_millis(5));
    }
    running.stop();
    let gauges = app.desk().store().gauges();
    let load = |counter: &std::sync::atomic::AtomicU64| counter.load(std::sync::atomic::Ordering::Relaxed);
    let commits = Duration::from_micros(load(&gauges.commit_micros));
    let note =
        format!("<!-- {} mails, {} commits that took {commits:.1?} in all -->", sink.taken(), load(&gauges.batches));
    Ok((sink.rate().context("no mail left")?, note))
}
