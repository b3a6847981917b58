//! Around every request: its id, the headers that protect a browser, one line in the log, and problems
//! in one form. Logged are method, route, status and time; never a path's secrets, bodies or people.

use std::time::Instant;

use actix_web::{
    HttpMessage, HttpRequest, HttpResponse,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method, StatusCode,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
    middleware::Next,
    web::Data,
};

use tracing::Instrument;

use super::{
    Web, idempotency, pages,
    problem::{Problem, codes},
};
use crate::trace;

/// The id of a request, remembered with it.
#[derive(Debug, Clone)]
pub(super) struct RequestId(pub(super) String);

/// The header of the request's id.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// What a browser may do with an answer of the interface: nothing.
const API_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";
/// What the pages of Swagger UI need: their own files, and styles on elements.
const DOCS_POLICY: &str =
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";

/// Lets a request through and looks after its answer.
pub async fn observe(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let began = Instant::now();
    let parent = request.headers().get("traceparent").and_then(|header| header.to_str().ok());
    let span = trace::request(request.method().as_str(), parent);
    let id = request_id(&request);
    let method = request.method().clone();
    if method == Method::HEAD {
        // The same answer as to GET; the codec leaves the body out (RFC 9110 §9.3.2).
        request.head_mut().method = Method::GET;
    }
    request.extensions_mut().insert(RequestId(id.clone()));
    let response = next.call(request).instrument(span.clone()).await?.map_into_boxed_body();
    let mut response = packed(in_one_form(response, &id));
    protect(&mut response, &id);
    let route = response.request().match_pattern().unwrap_or_else(|| "(none)".to_owned());
    let (status, taken) = (response.status().as_u16(), began.elapsed());
    trace::answered(&span, (method.as_str(), &route), status);
    if let Some(web) = response.request().app_data::<Data<Web>>() {
        web.metrics.saw((&method, &route, status), taken);
    }
    let micros = taken.as_micros();
    tracing::info!(request_id = %id, %method, %route, status, micros, "request");
    Ok(response)
}

/// The client's id if it is sane, else a fresh one.
fn request_id(request: &ServiceRequest) -> String {
    let sent = request.headers().get(REQUEST_ID).and_then(|value| value.to_str().ok());
    let sane = |id: &&str| {
        (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
    };
    sent.filter(sane).map_or_else(|| fresh(request), ToOwned::to_owned)
}

fn fresh(request: &ServiceRequest) -> String {
    let web = request.app_data::<Data<Web>>();
    web.and_then(|web| web.desk.random().uuid_v4().ok()).map_or_else(|| "unknown".to_owned(), |id| id.to_string())
}

/// Every refusal becomes a problem with the request's id; what failed inside is logged here, once.
fn in_one_form(response: ServiceResponse<BoxBody>, id: &str) -> ServiceResponse<BoxBody> {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let error = response.response().error();
    let mut answer = match error.and_then(|error| error.as_error::<Problem>()) {
        Some(problem) => told(response.request(), problem, id),
        None if is_told(response.headers()) || is_page(response.headers()) => return response,
        None => told(response.request(), &foreign(status, error), id),
    };
    // What was told around the handler, such as what is left of a budget, stays told.
    let own: Vec<HeaderName> = answer.headers().keys().cloned().chain([header::CONTENT_LENGTH]).collect();
    for (name, value) in response.headers().iter().filter(|(name, _)| !own.contains(name)) {
        answer.headers_mut().append(name.clone(), value.clone());
    }
    response.into_response(answer)
}

fn told(request: &HttpRequest, problem: &Problem, id: &str) -> HttpResponse {
    if let Some(inside) = problem.inside() {
        tracing::error!(request_id = %id, code = problem.code(), "{inside}");
    }
    pages::told(request, problem).unwrap_or_else(|| problem.answer(Some(id)))
}

/// A page goes packed to whoever reads that. What secrets it has are its session's, whose cookie no other site
/// can have sent (SameSite=Strict), so that nobody else can measure them by what they add.
fn packed(response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    if !is_page(response.headers()) || !pages::reads_gzip(response.request()) {
        return response;
    }
    let coding = HeaderValue::from_static("gzip");
    response.map_body(|head, body| match body.try_into_bytes() {
        Ok(plain) => match pages::packed(&plain) {
            Some(packed) => {
                head.headers_mut().insert(header::CONTENT_ENCODING, coding);
                BoxBody::new(packed)
            }
            None => BoxBody::new(plain),
        },
        Err(streamed) => streamed,
    })
}

/// Is it a problem already, an answer of a handler such as what `/readyz` misses, or a page that tells it to a person?
fn is_told(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    [b"application/problem+json".as_slice(), b"application/json", b"text/html"]
        .iter()
        .any(|told| kind.starts_with(told))
}

/// A page for people says by itself what is refused.
fn is_page(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
}

/// A refusal by the framework itself.
fn foreign(status: StatusCode, error: Option<&actix_web::Error>) -> Problem {
    let inside = error.map_or_else(|| status.to_string(), ToString::to_string);
    if status.is_server_error() {
        return Problem::internal(inside);
    }
    let kind = codes::ALL.iter().find(|known| known.status == status.as_u16()).copied().unwrap_or(codes::BAD_REQUEST);
    Problem::new(kind, if kind == codes::BAD_REQUEST { inside } else { kind.text.to_owned() })
}

fn protect(response: &mut ServiceResponse<BoxBody>, id: &str) {
    let replayed = idempotency::is_replayed(response.request());
    let https = response.request().app_data::<Data<Web>>().is_some_and(|web| web.settings.https);
    let docs = response.request().path().starts_with("/docs");
    let headers = response.headers_mut();
    let mut unless_set = |name: HeaderName, value: &'static str| {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    };
    unless_set(header::CONTENT_SECURITY_POLICY, if docs { DOCS_POLICY } else { API_POLICY });
    unless_set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    unless_set(header::REFERRER_POLICY, "no-referrer");
    unless_set(header::CACHE_CONTROL, "no-store");
    if replayed {
        unless_set(idempotency::REPLAYED, "true");
    }
    if https {
        unless_set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    if let Ok(value) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, value);
    }
}
