//! Conditional requests (RFC 9110 §13): the strong `ETag` of a record is its version. Nobody's change is
//! overwritten unread, and what is unchanged is not sent again.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderName},
};

use super::problem::{Problem, codes};
use crate::words::Hash;

/// The strong `ETag` of a version.
pub fn etag(version: u64) -> String {
    format!("\"{version}\"")
}

/// The strong `ETag` of a version as `body` shows it. What time alone changes, such as whether it has effect, has
/// another tag under the same version.
pub fn tagged(version: u64, body: &impl serde::Serialize) -> Result<String, Problem> {
    let shown = serde_json::to_vec(body).map_err(Problem::internal)?;
    let digest: String = Hash::of(&shown).to_string().chars().take(16).collect();
    Ok(format!("\"{version}.{digest}\""))
}

/// The version of `If-Match`, if one is sent. `*` is none: it would overwrite unread.
pub fn expected(request: &HttpRequest) -> Result<Option<u64>, Problem> {
    let Some(sent) = request.headers().get(header::IF_MATCH) else { return Ok(None) };
    let tag = sent.to_str().ok().and_then(|text| text.trim().strip_prefix('"')?.strip_suffix('"'));
    // A change is refused for what others changed, not for what time did: the version counts.
    let version = tag.map(|tag| tag.split_once('.').map_or(tag, |(version, _)| version));
    let version =
        version.filter(|text| text.bytes().all(|byte| byte.is_ascii_digit())).and_then(|text| text.parse().ok());
    version.map(Some).ok_or_else(|| {
        Problem::new(codes::INVALID_PRECONDITION, "If-Match takes one strong ETag as it was read, such as \"7\"")
    })
}

/// The version of `If-Match`, which must be sent.
pub fn required(request: &HttpRequest) -> Result<u64, Problem> {
    expected(request)?.ok_or_else(|| {
        Problem::new(codes::PRECONDITION_REQUIRED, "send the ETag of the representation that you change as If-Match")
    })
}

/// Does `If-None-Match` already have this version (weak comparison, RFC 9110 §13.1.2)?
pub fn has(request: &HttpRequest, etag: &str) -> bool {
    let sent = request.headers().get_all(header::IF_NONE_MATCH).filter_map(|value| value.to_str().ok());
    sent.flat_map(|value| value.split(',')).map(str::trim).any(|tag| tag == "*" || tag.trim_start_matches("W/") == etag)
}

/// The representation with its `ETag`, or 304 where the client has it.
pub fn answer(request: &HttpRequest, etag: &str, body: &impl serde::Serialize) -> HttpResponse {
    let tag: (HeaderName, &str) = (header::ETAG, etag);
    if has(request, etag) {
        return HttpResponse::NotModified().insert_header(tag).finish();
    }
    HttpResponse::Ok().insert_header(tag).json(body)
}

#[cfg(test)]
mod tests {
    use actix_web::{ResponseError, test::TestRequest};

    use super::*;

    fn with(name: HeaderName, value: &str) -> HttpRequest {
        TestRequest::default().insert_header((name, value)).to_http_request()
    }

    #[test]
    fn one_strong_etag_is_a_version_and_nothing_else_is() {
        for tag in ["\"7\"", &tagged(7, &"shown").expect("a tag")] {
            assert_eq!(expected(&with(header::IF_MATCH, tag)).expect("a version"), Some(7));
        }
        for odd in
            ["7", "*", "W/\"7\"", "\"7\", \"8\"", "\"\"", "\"-1\"", "\"+7\"", "\"x\"", "\"99999999999999999999\""]
        {
            let refused = expected(&with(header::IF_MATCH, odd)).expect_err(odd);
            assert_eq!(refused.status_code(), 400, "{odd}");
        }
        let missing = required(&TestRequest::default().to_http_request()).expect_err("missing");
        assert_eq!(missing.status_code(), 428);
    }

    #[test]
    fn what_the_client_has_is_not_sent_again() {
        for (sent, known) in [("\"7\"", true), ("\"6\", W/\"7\"", true), ("*", true), ("\"77\"", false), ("", false)] {
            assert_eq!(has(&with(header::IF_NONE_MATCH, sent), &etag(7)), known, "{sent}");
        }
    }
}
