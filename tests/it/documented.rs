//! Every problem that the tests are answered with stands in the API's document, under the operation that was asked.

use std::sync::LazyLock;

use serde_json::Value;

use crate::world::Reply;

static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../openapi/openapi.json")).unwrap());

/// Does a path fit one with names in braces?
fn fits(path: &str, known: &str) -> bool {
    let (mut path, mut known) = (path.split('/'), known.split('/'));
    loop {
        match (path.next(), known.next()) {
            (None, None) => return true,
            (Some(here), Some(named)) if fits_part(here, named) => {}
            (Some(_) | None, Some(_)) | (Some(_), None) => return false,
        }
    }
}

fn fits_part(here: &str, named: &str) -> bool {
    match named.split_once('{') {
        None => here == named,
        Some((before, rest)) => {
            let after = rest.split_once('}').map_or("", |(_, after)| after);
            here.len() > before.len() + after.len() && here.starts_with(before) && here.ends_with(after)
        }
    }
}

/// The operation that a request asks, if it is one; of two that fit, the one with fewer names.
fn operation(method: &str, path: &str) -> Option<&'static Value> {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let paths = DOCUMENT["paths"].as_object()?;
    let fitting = paths.iter().filter(|(known, _)| fits(path, known));
    let (_, item) = fitting.min_by_key(|(known, _)| known.matches('{').count())?;
    item.get(method.to_lowercase())
}

/// Fails where an answer is a problem that the operation's documentation does not name.
#[track_caller]
pub fn check((method, path): (&str, &str), reply: &Reply) {
    let told = reply.header("content-type").is_some_and(|kind| kind.starts_with("application/problem+json"));
    let Some(operation) = operation(method, path).filter(|_| told) else { return };
    let response = &operation["responses"][reply.status.to_string()];
    let shared = response["$ref"].as_str().and_then(|at| DOCUMENT.pointer(at.trim_start_matches('#')));
    let named = &shared.unwrap_or(response)["x-problem-codes"];
    let code = &reply.body["code"];
    // What a route itself describes tells its codes in words.
    let own = !response.is_null() && named.is_null();
    let known = own || named.as_array().is_some_and(|named| named.contains(code));
    assert!(known, "{method} {path} answered {} {code}, which its documentation does not name: {named}", reply.status);
}
