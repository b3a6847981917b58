//! Pages of a list: an opaque cursor, a limit, and the `Link` to the next page (RFC 8288).
//! It knows nothing of what is listed.

use actix_web::{HttpRequest, HttpResponse, http::header};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    problem::{Problem, codes},
    query::{number, word},
};
use crate::{
    store::queries::Cursor,
    words::{BatchId, Hash},
};

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

/// What a cursor belongs to: an order, and what the list was filtered by.
pub fn binding(sort: &str, filter: &impl std::fmt::Debug) -> String {
    let digest: String = Hash::of(format!("{filter:?}").as_bytes()).to_string().chars().take(16).collect();
    format!("{sort}/{digest}")
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
        let value = value.parse().ok()?;
        (version == "1" && sorted == sort && is_id(id)).then(|| Cursor { value, id: id.to_owned() })
    };
    read().ok_or_else(odd_cursor)
}

/// An id, a batch's, a place in an order, or both with a dot between: as [`sealed`] was given it.
fn is_id(text: &str) -> bool {
    let place = |text: &str| text.parse::<i64>().is_ok_and(|place| place.to_string() == text);
    let id = |text: &str| text.parse::<uuid::Uuid>().is_ok_and(|id| id.hyphenated().to_string() == text);
    let both = text.split_once('.').is_some_and(|(first, second)| place(first) && id(second));
    place(text) || id(text) || both || text.parse::<BatchId>().is_ok()
}

/// The cursor is none, or that of another list.
pub fn odd_cursor() -> Problem {
    let remedy = "send the `next_cursor` of the page before, with the same filters and the same sort";
    Problem::field(codes::INVALID_CURSOR, "/cursor", remedy)
}

/// The rows of a page of which one more was read than it has, and the place of the last if another page follows.
pub fn part<T, P>(mut rows: Vec<T>, limit: i64, place: impl Fn(&T) -> P) -> (Vec<T>, Option<P>) {
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > most;
    rows.truncate(most);
    let last = rows.last().filter(|_| more).map(place);
    (rows, last)
}

/// The same of rows that come with their places.
pub fn of<T, P: Clone>(rows: Vec<(T, P)>, limit: i64) -> (Vec<(T, P)>, Option<P>) {
    part(rows, limit, |(_, place)| place.clone())
}

/// Which page of a list that has no filter.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// Rows of a page.
    #[serde(deserialize_with = "number")]
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<i64>,
    /// The `next_cursor` of the page before.
    #[serde(deserialize_with = "word")]
    #[param(value_type = Option<String>)]
    pub cursor: Option<String>,
}

/// A page of a list that is short enough to be read whole: the few things that belong to one person.
pub fn cut<T: ToSchema>(
    rows: Vec<(T, Cursor)>,
    binding: &str,
    (limit, cursor): (Option<i64>, Option<&str>),
) -> Result<Page<T>, Problem> {
    let limit = self::limit(limit)?;
    let after = cursor.map(|text| opened(binding, text)).transpose()?;
    let begun = after.map_or(0, |after| {
        rows.iter().position(|(_, place)| *place == after).map_or(rows.len(), |at| at.saturating_add(1))
    });
    let (rows, last) = of(rows.into_iter().skip(begun).collect(), limit);
    let next_cursor = last.map(|last| sealed(binding, &last));
    Ok(Page { items: rows.into_iter().map(|(row, _)| row).collect(), next_cursor })
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
        let odd_id = URL_SAFE_NO_PAD.encode("1 due_at 7 007");
        for odd in ["", "x", &text[1..], &format!("{text}A"), &URL_SAFE_NO_PAD.encode("1 due_at x y"), &odd_id] {
            assert!(opened("due_at", odd).is_err(), "{odd}");
        }
    }

    #[test]
    fn a_short_list_is_cut_into_pages() {
        let rows = || (0..5).map(|n| (n, Cursor { value: n, id: n.to_string() })).collect::<Vec<(i64, Cursor)>>();
        let first = cut(rows(), "x", (Some(2), None)).expect("a page");
        let second = cut(rows(), "x", (Some(2), first.next_cursor.as_deref())).expect("a page");
        let third = cut(rows(), "x", (Some(2), second.next_cursor.as_deref())).expect("a page");
        assert_eq!((first.items, second.items, third.items), (vec![0, 1], vec![2, 3], vec![4]));
        assert_eq!(third.next_cursor, None);
        assert!(cut(rows(), "y", (None, second.next_cursor.as_deref())).is_err());
    }

    #[test]
    fn limits_have_bounds() {
        assert_eq!(limit(None).expect("default"), 50);
        assert_eq!(limit(Some(200)).expect("most"), 200);
        assert!([0, -1, 201].into_iter().all(|odd| limit(Some(odd)).is_err()));
    }
}
