//! The table, printed as it comes; Markdown, so that a run can be pasted into the README beside it.

use std::{sync::atomic::Ordering, time::Duration};

use anyhow::Result;
use proviso::desk::Desk;

use crate::{Plan, drive::Sample, server::Server};

/// The writer's counters at some moment.
#[derive(Debug)]
pub(crate) struct Writer {
    batches: u64,
    batched: u64,
    commit_micros: u64,
}

impl Writer {
    pub(crate) fn of(desk: &Desk) -> Self {
        let gauges = desk.store().gauges();
        let read = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
        Self {
            batches: read(&gauges.batches),
            batched: read(&gauges.batched),
            commit_micros: read(&gauges.commit_micros),
        }
    }
}

/// What is told at the end, beneath the table.
#[derive(Debug)]
pub(crate) struct Report {
    notes: Vec<String>,
}

impl Report {
    pub(crate) fn begin(plan: &Plan, story: String) -> Self {
        let scheme = plan.database.split(':').next().unwrap_or_default();
        println!("## {scheme}: {} exceptions, {} s a figure\n", plan.exceptions, plan.seconds);
        println!("| what | clients | per second | p50 ms | p99 ms | max ms | max / p50 | of raw |");
        println!("|---|--:|--:|--:|--:|--:|--:|--:|");
        Self { notes: vec![story] }
    }

    #[expect(clippy::unused_self, reason = "rows are printed while a report is open")]
    pub(crate) fn row(&mut self, name: &str, clients: usize, sample: &Sample, limit: Option<&Sample>) {
        let (half, most) = (sample.within(500), sample.within(1000));
        let of_raw = limit.map(|limit| format!("{:.0} %", 100.0 * sample.rate / limit.rate)).unwrap_or_default();
        println!(
            "| {name} | {clients} | {:.0} | {half:.2} | {:.2} | {most:.2} | {:.1} | {of_raw} |",
            sample.rate,
            sample.within(990),
            most / half.max(0.001),
        );
    }

    /// How the writer spent its time meanwhile.
    pub(crate) fn writer(&mut self, before: &Writer, desk: &Desk, sample: &Sample) {
        let now = Writer::of(desk);
        let count = |number: u64| u32::try_from(number).map_or(f64::INFINITY, f64::from);
        let batches = count(now.batches - before.batches).max(1.0);
        let commits = count(now.commit_micros - before.commit_micros) / 1000.0;
        self.notes.push(format!(
            "in process: {} approvals, {:.1} a commit, {:.2} ms for each commit, {:.0} ms of commits in all",
            sample.done,
            count(now.batched - before.batched) / batches,
            commits / batches,
            commits,
        ));
    }

    pub(crate) fn start(&mut self, times: &mut [Duration]) {
        times.sort_unstable();
        let milliseconds = |time: Option<&Duration>| time.map_or(0.0, |time| time.as_secs_f64() * 1000.0);
        let (half, most) = (milliseconds(times.get(times.len() / 2)), milliseconds(times.last()));
        self.notes.push(format!("start until ready: {half:.0} ms (median of {}), at most {most:.0} ms", times.len()));
    }

    pub(crate) fn memory(&mut self, when: &str, server: &Server) -> Result<()> {
        let (all, own) = (server.mebibytes("VmRSS")?, server.mebibytes("RssAnon")?);
        self.notes.push(format!("resident {when}: {all:.1} MiB, of which {own:.1} MiB are not files"));
        Ok(())
    }

    /// Prints the notes.
    pub(crate) fn end(self) {
        println!();
        for note in &self.notes {
            println!("* {note}");
        }
        println!();
    }
}
