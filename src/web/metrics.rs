//! Figures for Prometheus, on a port of their own: commands, the writer, the outbox, the ledger and requests
//! by the pattern of their route. No label ever holds a person, an id or a path.

use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use actix_web::{
    App, HttpResponse,
    body::BoxBody,
    dev::{ServiceFactory, ServiceRequest, ServiceResponse},
    http::Method,
    middleware::from_fn,
    web::{self, Data},
};
use prometheus::{
    Encoder, Gauge, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, Opts, Registry, TextEncoder,
    core::Collector,
};

use super::{
    Web,
    current::{self, Current},
    hand_over,
    problem::Problem,
};
use crate::{
    desk::{Desk, Error},
    store::health::{Health, health},
};

/// What is counted of requests since the process started.
pub struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    seconds: HistogramVec,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

impl Metrics {
    /// Nothing counted yet.
    pub fn new() -> Result<Self, prometheus::Error> {
        let opts = Opts::new("proviso_http_requests_total", "Requests by method, route pattern and status.");
        let requests = IntCounterVec::new(opts, &["method", "route", "status"])?;
        let opts = HistogramOpts::new("proviso_http_seconds", "How long requests took, by route pattern.");
        let seconds = HistogramVec::new(opts, &["route"])?;
        let registry = Registry::new();
        registry.register(Box::new(requests.clone()))?;
        registry.register(Box::new(seconds.clone()))?;
        Ok(Self { registry, requests, seconds })
    }

    /// Counts a request that was answered.
    pub(super) fn saw(&self, (method, route, status): (&Method, &str, u16), taken: Duration) {
        // A method that nobody knows is whatever a stranger types.
        let known = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
        let method = if known.contains(method) { method.as_str() } else { "other" };
        self.requests.with_label_values(&[method, route, &status.to_string()]).inc();
        self.seconds.with_label_values(&[route]).observe(taken.as_secs_f64());
    }

    /// Everything, in the text format of Prometheus.
    fn text(&self, desk: &Desk, found: Option<&Health>) -> Result<String, prometheus::Error> {
        let snapshot = Registry::new();
        commands(&snapshot, desk)?;
        writer(&snapshot, desk)?;
        if let Some(found) = found {
            database(&snapshot, desk, found)?;
        }
        let mut families = snapshot.gather();
        families.extend(self.registry.gather());
        let mut text = Vec::new();
        TextEncoder::new().encode(&families, &mut text)?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }
}

fn show<C: Collector + Clone + 'static>(registry: &Registry, figure: &C) -> Result<(), prometheus::Error> {
    registry.register(Box::new(figure.clone()))
}

fn commands(registry: &Registry, desk: &Desk) -> Result<(), prometheus::Error> {
    let opts = Opts::new("proviso_commands_total", "Commands by outcome: done, a refusal's code, or failed.");
    let commands = IntCounterVec::new(opts, &["command", "outcome"])?;
    for (command, outcome, count) in desk.tally().counts() {
        commands.with_label_values(&[command, outcome]).inc_by(count);
    }
    show(registry, &commands)?;
    let opts = Opts::new("proviso_deliveries_total", "Events sent to endpoints by kind and outcome of the try.");
    let sent = IntCounterVec::new(opts, &["kind", "outcome"])?;
    for (kind, outcome, count) in desk.sent().counts() {
        sent.with_label_values(&[kind, outcome]).inc_by(count);
    }
    show(registry, &sent)
}

fn writer(registry: &Registry, desk: &Desk) -> Result<(), prometheus::Error> {
    let gauges = desk.store().gauges();
    let read = |gauge: &AtomicU64| gauge.load(Ordering::Relaxed);
    let queued = IntGauge::new("proviso_writer_queued", "Commands that wait for the writer now.")?;
    queued.set(i64::try_from(read(&gauges.queued)).unwrap_or(i64::MAX));
    show(registry, &queued)?;
    let totals = [
        ("proviso_writer_batches_total", "Batches that were committed.", &gauges.batches),
        (
            "proviso_writer_batched_total",
            "Commands in committed batches; divided by the batches, the mean batch size.",
            &gauges.batched,
        ),
        ("proviso_writer_answered_total", "Commands that were answered, well or badly.", &gauges.answered),
        ("proviso_writer_failures_total", "Batches that failed as a whole.", &gauges.failures),
        ("proviso_writer_commit_microseconds_total", "Time spent in COMMIT, in microseconds.", &gauges.commit_micros),
    ];
    for (name, about, gauge) in totals {
        let total = IntCounter::new(name, about)?;
        total.inc_by(read(gauge));
        show(registry, &total)?;
    }
    Ok(())
}

fn database(registry: &Registry, desk: &Desk, found: &Health) -> Result<(), prometheus::Error> {
    let overdue = found.due_since.map_or(0, |since| (desk.clock().now() - since).num_milliseconds().max(0));
    let figures = [
        ("proviso_ledger_leaves", "Leaves of the ledger.", found.leaves),
        ("proviso_outbox_waiting", "Letters that wait.", found.letters),
    ];
    for (name, about, figure) in figures {
        let gauge = IntGauge::new(name, about)?;
        gauge.set(i64::try_from(figure).unwrap_or(i64::MAX));
        show(registry, &gauge)?;
    }
    let age = Gauge::new("proviso_outbox_overdue_seconds", "For how long the letter that waits longest has been due.")?;
    age.set(Duration::from_millis(u64::try_from(overdue).unwrap_or(0)).as_secs_f64());
    show(registry, &age)
}

/// The application behind the port of the metrics: one address, and nothing else.
pub fn app(
    current: Current,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<BoxBody>,
        Error = actix_web::Error,
        InitError = (),
    >,
> {
    App::new().app_data(current).route("/metrics", web::get().to(scrape)).wrap(from_fn(current::enter))
}

/// What a database that cannot be read would tell is left out; the rest is told all the same.
async fn scrape(web: Data<Web>) -> Result<HttpResponse, Problem> {
    let now = web.desk.clock().now();
    let read = move |desk: &Desk| Ok::<_, Error>(desk.store().read(|conn| health(conn, now))?);
    let found = hand_over::read(&web.desk, read).await.ok();
    let text = web.metrics.text(&web.desk, found.as_ref()).map_err(Problem::internal)?;
    Ok(HttpResponse::Ok().content_type("text/plain; version=0.0.4").body(text))
}
