//! The stylesheet under a name that changes with its content, so that browsers keep it for good, and packed
//! once for all of them. It knows no page.

use std::{io::Write, sync::LazyLock};

use actix_web::{HttpRequest, HttpResponse, http::header, web::Bytes};
use flate2::{Compression, write::GzEncoder};

use crate::{web::problem::Problem, words::Hash};

const STYLE: &str = include_str!("assets/pages.css");
/// A year, in the words of RFC 8246.
const FOREVER: &str = "public, max-age=31536000, immutable";

static SHEET: LazyLock<Sheet> = LazyLock::new(|| {
    let name: String = Hash::of(STYLE.as_bytes()).to_string().chars().take(16).collect();
    Sheet { path: format!("/assets/{name}.css"), packed: packed(STYLE.as_bytes()).map(Bytes::from) }
});

struct Sheet {
    path: String,
    packed: Option<Bytes>,
}

/// Where the stylesheet is.
pub(super) fn stylesheet() -> &'static str {
    &SHEET.path
}

/// The bytes as gzip (RFC 1952); nothing where that fails.
pub(in crate::web) fn packed(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    packer.write_all(bytes).ok()?;
    packer.finish().ok()
}

/// Does the client read gzip (RFC 9110 §12.5.3)?
pub(in crate::web) fn reads_gzip(request: &HttpRequest) -> bool {
    let sent = request.headers().get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    sent.split(',').any(|one| {
        let mut parts = one.split(';').map(str::trim);
        parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip")) && parts.next() != Some("q=0")
    })
}

/// The stylesheet: for good under its own name, for an hour under the one without a hash.
pub(super) async fn style(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let kept = match request.path() {
        path if path == SHEET.path => FOREVER,
        "/assets/pages.css" => "public, max-age=3600",
        _ => return Err(Problem::not_found("file")),
    };
    let mut answer = HttpResponse::Ok();
    answer
        .content_type("text/css; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, kept))
        .insert_header((header::VARY, "accept-encoding"));
    match &SHEET.packed {
        Some(packed) if reads_gzip(&request) => {
            Ok(answer.insert_header((header::CONTENT_ENCODING, "gzip")).body(packed.clone()))
        }
        Some(_) | None => Ok(answer.body(STYLE)),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn it_is_small_and_asks_nobody_else() {
        assert!(SHEET.packed.as_ref().is_some_and(|packed| packed.len() < 8 * 1024));
        assert!(!STYLE.contains("url(") && !STYLE.contains("@import") && !STYLE.contains("@font-face"));
    }

    #[test]
    fn gzip_is_for_those_who_read_it() {
        let asks = |sent: &str| {
            reads_gzip(&TestRequest::default().insert_header((header::ACCEPT_ENCODING, sent)).to_http_request())
        };
        assert!(asks("gzip") && asks("br, gzip;q=0.8") && asks("GZIP"));
        assert!(!asks("") && !asks("br") && !asks("gzip;q=0"));
    }
}
