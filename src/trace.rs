//! Spans of what is done for a request, for a collector of OpenTelemetry: the request, what it reads, and the
//! command that it asks of the writer, from the queue until its commit. They hold methods, routes, verbs and
//! status codes, never people or texts. A build without the feature `otel` makes them for nobody.

use tracing::{Span, field::Empty, trace_span};

/// The target of every span: the log leaves it out, and the collector is sent nothing else.
pub const TARGET: &str = "proviso::trace";

/// The span of a request. `traceparent` is the header of that name, by which it continues a trace of its
/// client (W3C Trace Context §3.2); one that is malformed begins a trace of its own.
pub fn request(method: &str, traceparent: Option<&str>) -> Span {
    let span = trace_span!(
        target: TARGET,
        "request",
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = method,
        http.route = Empty,
        http.response.status_code = Empty,
    );
    adopt(&span, traceparent);
    span
}

/// What became of a request (OpenTelemetry semantic conventions for HTTP: a server error is an error).
pub fn answered(span: &Span, (method, route): (&str, &str), status: u16) {
    if span.is_disabled() {
        return;
    }
    name(span, &format!("{method} {route}"));
    span.record("http.route", route);
    span.record("http.response.status_code", status);
    if status >= 500 {
        span.record("otel.status_code", "ERROR");
    }
}

/// The span of work that blocks, such as reading.
pub fn read() -> Span {
    trace_span!(target: TARGET, "read")
}

/// The span of a command, from here until it is dropped with its answer.
pub fn command() -> Span {
    trace_span!(target: TARGET, "command", proviso.verb = Empty)
}

/// Says which verb the command of this moment is.
pub fn verb(verb: &'static str) {
    Span::current().record("proviso.verb", verb);
}

/// Names a span that began already, which no field does any more.
#[cfg(feature = "otel")]
fn name(span: &Span, name: &str) {
    use opentelemetry::trace::TraceContextExt;
    use tracing_opentelemetry::OpenTelemetrySpanExt;

    span.context().span().update_name(name.to_owned());
}

#[cfg(not(feature = "otel"))]
fn name(_: &Span, _: &str) {}

#[cfg(feature = "otel")]
fn adopt(span: &Span, traceparent: Option<&str>) {
    use opentelemetry::propagation::TextMapPropagator;
    use tracing_opentelemetry::OpenTelemetrySpanExt;

    let Some(traceparent) = traceparent.filter(|_| !span.is_disabled()) else { return };
    let carrier = std::collections::HashMap::from([("traceparent".to_owned(), traceparent.to_owned())]);
    let parent = opentelemetry_sdk::propagation::TraceContextPropagator::new().extract(&carrier);
    // A span that nobody records has no parent either.
    let _ = span.set_parent(parent);
}

#[cfg(not(feature = "otel"))]
fn adopt(_: &Span, _: Option<&str>) {}
