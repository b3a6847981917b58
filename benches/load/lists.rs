//! Reads over HTTP among all the exceptions: one of them, and lists of fifty with a filter, by people who
//! see everything and by one who sees almost nothing.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use anyhow::{Context, Result};
use proviso::words::ExceptionId;

use crate::{
    Plan,
    drive::{Budget, drive},
    http::Client,
    report::Report,
    seed::RARE_UNIT,
    server::Server,
    sign_in,
};

/// A list or a page: what it shows, who asks, and the query or the address.
type List = (&'static str, &'static str, &'static str);

/// The newest fifty of many, and of few.
const LISTS: [List; 4] = [
    ("list: a region (1 in 5)", "gita", "region=eu"),
    ("list: state, unit and kind (1 in 30)", "gita", "state=draft&business_unit=sales&kind=ai_usage"),
    ("list: a unit of few", "gita", ""),
    ("list: by who sees few", "ben", "state=draft"),
];

/// Pages as a browser asks for them: what is shown, who asks, and the address.
const PAGES: [List; 5] = [
    ("page: desk of an approver", "boris", "/desk"),
    ("page: desk of governance, waiting", "gita", "/desk?tab=waiting"),
    ("page: list", "gita", "/exceptions"),
    ("page: list, a region", "gita", "/exceptions?region=eu&sort=-changed_at"),
    ("page: reports", "gita", "/reports"),
];

/// Readers at the same time.
const READERS: [usize; 2] = [1, 8];

pub(crate) fn measure(plan: &Plan, (reads, server): (&[ExceptionId], &Server), report: &mut Report) -> Result<()> {
    let next = AtomicUsize::new(0);
    let gita = sign_in(server, "gita")?;
    let one = || {
        let id = reads.get(next.fetch_add(1, Ordering::Relaxed) % reads.len().max(1));
        id.map(|id| format!("/v1/exceptions/{id}")).context("there is nothing to read")
    };
    row(plan, ("one exception", &gita, &one), server, report)?;
    row(plan, ("page: record", &gita, &|| one().map(|path| path.replacen("/v1", "", 1))), server, report)?;
    for (name, who, path) in PAGES {
        row(plan, (name, &sign_in(server, who)?, &|| Ok(path.to_owned())), server, report)?;
    }
    for (name, who, query) in LISTS {
        let cookie = sign_in(server, who)?;
        let rare = format!("business_unit={RARE_UNIT}");
        let query = if query.is_empty() { rare.as_str() } else { query };
        let path = format!("/v1/exceptions?{query}&limit=50&sort=-changed_at");
        let shown = Client::connect(server.address())?.get(&path, &cookie)?.require(200)?;
        let count = shown.body.matches("\"number\":").count();
        row(plan, (&format!("{name}, {count} shown"), &cookie, &|| Ok(path.clone())), server, report)?;
    }
    Ok(())
}

/// What is read: its name, the reader's cookie, and each path.
type Read<'r> = (&'r str, &'r str, &'r (dyn Fn() -> Result<String> + Sync));

fn row(plan: &Plan, (name, cookie, path): Read<'_>, server: &Server, report: &mut Report) -> Result<()> {
    for readers in READERS {
        let budget = Budget { time: Duration::from_secs(plan.seconds), turns: usize::MAX };
        let sample = drive(
            readers,
            budget,
            || Client::connect(server.address()),
            |client| client.get(&path()?, cookie)?.require(200).map(|_| true),
        )?;
        report.row(name, readers, &sample, None);
    }
    Ok(())
}
