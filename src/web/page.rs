//! Pages of a list: an opaque cursor, a limit, and the `Link` to the next page (RFC 8288).
//! It knows nothing of what is listed.

use actix_web::{HttpRequest, HttpResponse, http::header};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;
use utoipa::ToSchema;

use super::problem::{Problem, codes};
use crate::store::queries::Cursor;

/// Rows of a page unless asked otherwise.
pub const DEFAULT_LIMIT: i64 = 50;
/// Rows of a page at most.
pub const MAX_LIMIT: i64 = 200;

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T: ToSchema> {
    /// The rows.
    pub items: Vec<T>,
    /// What to send as `cursor` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// The limit that counts.
pub fn limit(asked: Option<i64>) -> Result<i64, Problem> {
    let limit = asked.unwrap_or(DEFAULT_LIMIT);
    if (1..=MAX_LIMIT).contains(&limit) {
        return Ok(limit);
    }
    Err(Problem::field(codes::INVALID_VALUE, "/limit", format!("between 1 and {MAX_LIMIT}")))
}

/// The place after a row of a list sorted by `sort`, as an opaque text.
pub fn sealed(sort: &str, cursor: &Cursor) -> String {
    URL_SAFE_NO_PAD.encode(format!("1 {sort} {} {}", cursor.value, cursor.id))
}

/// The place that a text of [`sealed`] names, if it is one of this sort.
pub fn opened(sort: &str, text: &str) -> Result<Cursor, Problem> {
    let read = || {
        let plain = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let [version, sorted, value, id] = plain.split(' ').collect::<Vec<_>>().try_into().ok()?;
        let id: uuid::Uuid = id.parse().ok()?;
        let value = value.parse().ok()?;
        (version == "1" && sorted == sort).then(|| Cursor { value, id: id.hyphenated().to_string() })
    };
    read().ok_or_else(odd_cursor)
}

fn odd_cursor() -> Problem {
    Problem::field(codes::INVALID_CURSOR, "/cursor", "send the `next_cursor` of the page before, with the same sort")
}

/// The place after a row that a name stands for, as an opaque text.
pub fn sealed_name(sort: &str, name: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("1 {sort} {name}"))
}

/// The name that a text of [`sealed_name`] holds, if it is one of this sort.
pub fn opened_name(sort: &str, text: &str) -> Result<String, Problem> {
    let read = || {
        let plain = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let [version, sorted, name] = plain.split(' ').collect::<Vec<_>>().try_into().ok()?;
        (version == "1" && sorted == sort).then(|| String::from(name))
    };
    read().ok_or_else(odd_cursor)
}

/// Answers a page, with a link to the next one.
pub fn answer<T: Serialize + ToSchema>(request: &HttpRequest, page: &Page<T>) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    if let Some(cursor) = &page.next_cursor {
        let others = request.query_string().split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("cursor="));
        let query = others.map(ToOwned::to_owned).chain([format!("cursor={cursor}")]).collect::<Vec<_>>().join("&");
        response.insert_header((header::LINK, format!("<{}?{query}>; rel=\"next\"", request.path())));
    }
    response.json(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cursor() -> Cursor {
        Cursor { value: -7, id: "01977d3c-7a10-7000-8000-000000000001".to_owned() }
    }

    #[test]
    fn a_cursor_comes_back_and_only_for_its_sort() {
        let text = sealed("-changed_at", &cursor());
        assert_eq!(opened("-changed_at", &text).expect("a cursor"), cursor());
        assert!(opened("due_at", &text).is_err());
    }

    #[test]
    fn a_name_comes_back_and_only_for_its_sort() {
        let text = sealed_name("id", "AIP-2");
        assert_eq!(opened_name("id", &text).expect("a name"), "AIP-2");
        for odd in ["", "x", &text[1..], &sealed("id", &cursor())] {
            assert!(opened_name("id", odd).is_err(), "{odd}");
        }
        assert!(opened_name("title", &text).is_err());
    }

    #[test]
    fn an_altered_cursor_is_refused() {
        let text = sealed("due_at", &cursor());
        for odd in ["", "x", &text[1..], &format!("{text}A"), &URL_SAFE_NO_PAD.encode("1 due_at x y")] {
            assert!(opened("due_at", odd).is_err(), "{odd}");
        }
    }

    #[test]
    fn limits_have_bounds() {
        assert_eq!(limit(None).expect("default"), 50);
        assert_eq!(limit(Some(200)).expect("most"), 200);
        assert!([0, -1, 201].into_iter().all(|odd| limit(Some(odd)).is_err()));
    }
}
