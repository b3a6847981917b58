//! Where the log goes and, in a build that has them, the traces. It decides nothing of what is said in either.

use std::io::stderr;

use tracing_subscriber::{EnvFilter, Layer, Registry, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use crate::{
    config::{Config, LogFormat},
    trace,
};

/// What has to be done before the process ends: what was traced leaves when this is dropped.
#[derive(Debug)]
#[must_use = "what was traced is sent when this is dropped"]
pub struct Telemetry {
    #[cfg(feature = "otel")]
    _traces: Option<super::otel::Traces>,
}

/// Sends the log to standard error and traces to their collector, as configured.
pub fn start_log(config: &Config) -> Telemetry {
    let filter = EnvFilter::new(format!("{},{}=off", config.log.level, trace::TARGET));
    let lines: Box<dyn Layer<Registry> + Send + Sync> = match config.log.format {
        LogFormat::Text => fmt::layer().with_writer(stderr).with_filter(filter).boxed(),
        LogFormat::Json => fmt::layer().json().with_writer(stderr).with_filter(filter).boxed(),
    };
    traced(lines, config)
}

#[cfg(feature = "otel")]
fn traced(lines: Box<dyn Layer<Registry> + Send + Sync>, config: &Config) -> Telemetry {
    use tracing_subscriber::filter::Targets;

    let traces = config.telemetry.endpoint.as_ref().map(super::otel::Traces::to);
    let (traces, refused) = match traces.transpose() {
        Ok(traces) => (traces, None),
        Err(refused) => (None, Some(refused)),
    };
    let spans = traces.as_ref().map(|traces| {
        let only = Targets::new().with_target(trace::TARGET, tracing::Level::TRACE);
        traces.layer().with_filter(only)
    });
    // A second start in one process keeps the first log.
    let _ = tracing_subscriber::registry().with(lines).with(spans).try_init();
    if let Some(refused) = refused {
        tracing::error!("nothing is traced: {refused}");
    }
    Telemetry { _traces: traces }
}

#[cfg(not(feature = "otel"))]
fn traced(lines: Box<dyn Layer<Registry> + Send + Sync>, _: &Config) -> Telemetry {
    let _ = tracing_subscriber::registry().with(lines).try_init();
    Telemetry {}
}
