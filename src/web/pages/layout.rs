//! A page on its way out: its markup and the headers that protect it. It knows no page's content.

use actix_web::{HttpResponse, HttpResponseBuilder, http::header};
use askama::Template;

use crate::web::problem::Problem;

/// What a page may do: show itself with our stylesheet, and send its forms to us.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// A page.
pub(super) fn page(mut response: HttpResponseBuilder, template: &impl Template) -> Result<HttpResponse, Problem> {
    let markup = template.render().map_err(Problem::internal)?;
    Ok(response
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .body(markup))
}

/// A text as a part of an address (RFC 3986 §2.1); these bytes stay, besides those that always may.
pub(super) fn escaped(text: &str, stay: &[u8]) -> String {
    text.bytes().fold(String::new(), |mut escaped, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || stay.contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
        escaped
    })
}

/// One digit of a byte, of which there are sixteen.
fn digit(half: u8) -> char {
    char::from_digit(u32::from(half), 16).map_or('0', |digit| digit.to_ascii_uppercase())
}

/// Another page to look at next (RFC 9110 §15.4.4): a form that was sent is not sent again.
pub(super) fn see(address: &str) -> HttpResponseBuilder {
    let mut response = HttpResponse::SeeOther();
    response.insert_header((header::LOCATION, address.to_owned()));
    response
}
