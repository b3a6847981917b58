//! Operations on their way out: one table, told in the headers `Deprecation` (RFC 9745), `Sunset` (RFC 8594)
//! and `Link`, and in the OpenAPI document. It knows addresses and dates, and nothing of what they do.

use actix_web::{
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::header::{self, HeaderName, HeaderValue},
    middleware::Next,
    web::Data,
};
use chrono::{DateTime, Utc};
use utoipa::openapi::{Deprecated as Marked, OpenApi, path::Operation};

const DEPRECATION: HeaderName = HeaderName::from_static("deprecation");
const SUNSET: HeaderName = HeaderName::from_static("sunset");

/// An operation that is deprecated.
#[derive(Debug, Clone, Copy)]
pub struct Deprecated {
    /// Its method.
    pub method: &'static str,
    /// Its path, as in the OpenAPI document.
    pub path: &'static str,
    /// Since when (RFC 3339).
    pub since: &'static str,
    /// From when on it may be gone (RFC 3339).
    pub sunset: Option<&'static str>,
    /// Where to go instead.
    pub successor: &'static str,
}

/// Every deprecated operation.
pub const TABLE: &[Deprecated] = &[];

/// The table that a service answers by.
#[derive(Debug, Clone, Copy)]
pub struct Deprecations(pub &'static [Deprecated]);

/// Tells of a deprecated operation in the headers of its answers.
pub async fn mark<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    let (method, path) = (request.method().to_string(), request.match_pattern());
    let table = request.app_data::<Data<Deprecations>>().map_or(TABLE, |table| table.0);
    let mut response = next.call(request).await?;
    let found = table.iter().find(|old| old.method == method && Some(old.path) == path.as_deref());
    if let Some(old) = found {
        for (name, text) in told(old) {
            if let Ok(value) = HeaderValue::from_str(&text) {
                response.headers_mut().append(name, value);
            }
        }
    }
    Ok(response)
}

fn told(old: &Deprecated) -> Vec<(HeaderName, String)> {
    let time = |text: &str| text.parse::<DateTime<Utc>>().ok();
    let since = time(old.since).map(|since| (DEPRECATION, format!("@{}", since.timestamp())));
    let sunset = old.sunset.and_then(time).map(|end| (SUNSET, end.format("%a, %d %b %Y %H:%M:%S GMT").to_string()));
    let successor = (header::LINK, format!("<{}>; rel=\"successor-version\"", old.successor));
    since.into_iter().chain(sunset).chain([successor]).collect()
}

/// Marks the operations of `table` in the document.
pub fn mark_document(document: &mut OpenApi, table: &[Deprecated]) {
    for old in table {
        let Some(item) = document.paths.paths.get_mut(old.path) else { continue };
        let operation: Option<&mut Operation> = match old.method {
            "GET" => item.get.as_mut(),
            "POST" => item.post.as_mut(),
            "PUT" => item.put.as_mut(),
            "PATCH" => item.patch.as_mut(),
            "DELETE" => item.delete.as_mut(),
            _ => None,
        };
        if let Some(operation) = operation {
            operation.deprecated = Some(Marked::True);
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::{
        App, HttpResponse, get,
        middleware::from_fn,
        test::{TestRequest, call_service, init_service},
    };

    use super::*;
    use crate::web::openapi;

    const OLD: &[Deprecated] = &[Deprecated {
        method: "GET",
        path: "/v1/exceptions/{id}",
        since: "2026-07-01T00:00:00Z",
        sunset: Some("2027-01-01T00:00:00Z"),
        successor: "/v2/exceptions",
    }];

    #[get("/v1/exceptions/{id}")]
    async fn one() -> HttpResponse {
        HttpResponse::Ok().insert_header((header::LINK, "</next>; rel=\"next\"")).finish()
    }

    #[get("/v1/exceptions")]
    async fn all() -> HttpResponse {
        HttpResponse::Ok().finish()
    }

    #[actix_web::test]
    async fn an_old_operation_says_so_and_others_do_not() {
        let app = App::new().app_data(Data::new(Deprecations(OLD))).service(one).service(all).wrap(from_fn(mark));
        let service = init_service(app).await;
        let old = call_service(&service, TestRequest::get().uri("/v1/exceptions/7").to_request()).await;
        let header = |name: &str| old.headers().get(name).expect("a header").to_str().expect("ASCII").to_owned();
        // The first second of July 2026, as RFC 9745 §2.1 writes it.
        assert_eq!(header("deprecation"), "@1782864000");
        assert_eq!(header("sunset"), "Fri, 01 Jan 2027 00:00:00 GMT");
        let links: Vec<&str> = old.headers().get_all("link").map(|link| link.to_str().expect("ASCII")).collect();
        assert_eq!(links, ["</next>; rel=\"next\"", "</v2/exceptions>; rel=\"successor-version\""]);
        let other = call_service(&service, TestRequest::get().uri("/v1/exceptions").to_request()).await;
        assert!(!other.headers().contains_key("deprecation"));
    }

    #[test]
    fn the_document_marks_an_old_operation() {
        let mut document = openapi();
        mark_document(&mut document, OLD);
        let item = &document.paths.paths["/v1/exceptions/{id}"];
        let marked = |operation: &Option<Operation>| operation.as_ref().expect("it is there").deprecated.is_some();
        assert!(marked(&item.get) && !marked(&item.patch));
    }

    #[test]
    fn every_entry_of_the_table_can_be_told() {
        let document = openapi();
        for old in TABLE.iter().chain(OLD) {
            assert_eq!(told(old).len(), 2 + usize::from(old.sunset.is_some()), "{}", old.path);
            assert!(document.paths.paths.contains_key(old.path), "{}", old.path);
        }
    }
}
