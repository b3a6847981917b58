//! Traces to an OpenTelemetry collector: OTLP 1.x over HTTP in protobuf, in batches, on a thread of the
//! library's. A collector that is away costs the service nothing but the traces.

use std::time::Duration;

use async_trait::async_trait;
use opentelemetry::trace::TracerProvider;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{ExporterBuildError, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::{Resource, trace::SdkTracerProvider};
use tracing::Subscriber;
use tracing_subscriber::{Layer, registry::LookupSpan};
use ureq::Agent;

use crate::config::PublicUrl;

/// How long a collector is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// What was traced and did not leave yet; it leaves when this is dropped.
#[derive(Debug)]
pub(super) struct Traces(SdkTracerProvider);

impl Traces {
    /// To the collector at this address, by the path of the standard (OTLP §"OTLP/HTTP Request").
    pub(super) fn to(collector: &PublicUrl) -> Result<Self, ExporterBuildError> {
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Post(agent()))
            .with_endpoint(format!("{}/v1/traces", collector.as_str()))
            .with_timeout(PATIENCE)
            .build()?;
        let service = Resource::builder().with_service_name("proviso").build();
        Ok(Self(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(service).build()))
    }

    /// What hands spans over.
    pub(super) fn layer<S: Subscriber + for<'span> LookupSpan<'span>>(&self) -> impl Layer<S> + use<S> {
        tracing_opentelemetry::layer().with_location(false).with_threads(false).with_tracer(self.0.tracer("proviso"))
    }
}

impl Drop for Traces {
    fn drop(&mut self) {
        if let Err(error) = self.0.shutdown_with_timeout(PATIENCE) {
            tracing::warn!("the last traces were not sent: {error}");
        }
    }
}

fn agent() -> Agent {
    let config = Agent::config_builder().http_status_as_error(false).max_redirects(0).proxy(None);
    config.timeout_global(Some(PATIENCE)).build().into()
}

/// Asks the collector that the operator named.
#[derive(Debug)]
struct Post(Agent);

#[async_trait]
impl HttpClient for Post {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        // It is awaited on the exporter's own thread, which does nothing else.
        let (head, body) = request.into_parts();
        let mut answer = self.0.run(Request::from_parts(head, body.to_vec()))?;
        let body = answer.body_mut().read_to_vec()?;
        let (head, _) = answer.into_parts();
        Ok(Response::from_parts(head, Bytes::from(body)))
    }
}
