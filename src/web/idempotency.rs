//! `Idempotency-Key`: what makes a repeated POST one and the same. The key is kept by the store in the
//! transaction of its command; here it is only read.

use actix_web::{HttpMessage, HttpRequest, http::header::HeaderName};

use super::problem::{Problem, codes};
use crate::{domain::person::By, store::IdempotencyKey, words::Hash};

/// The request header.
pub const HEADER: HeaderName = HeaderName::from_static("idempotency-key");
/// The response header of an answer that was given before.
pub const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The mark of a request whose answer was given before.
#[derive(Debug, Clone, Copy)]
struct Replayed;

/// Remembers that the answer to this request was given before; it is sent with [`REPLAYED`].
pub fn mark_replayed(request: &HttpRequest) {
    request.extensions_mut().insert(Replayed);
}

/// Was the answer to this request given before?
pub fn is_replayed(request: &HttpRequest) -> bool {
    request.extensions().contains::<Replayed>()
}

/// Gives a request the key of the form that it brought: browsers send no header with forms.
pub fn carry(request: &HttpRequest, key: Hash) {
    request.extensions_mut().insert(Key(key.to_string()));
}

/// A key as it was sent: 1 to 255 visible ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key(String);

impl Key {
    /// The key of a request, if it has one: in its header, or in the form that it brought.
    pub fn of(request: &HttpRequest) -> Result<Option<Self>, Problem> {
        if let Some(carried) = request.extensions().get::<Self>() {
            return Ok(Some(carried.clone()));
        }
        let mut sent = request.headers().get_all(HEADER);
        let Some(first) = sent.next() else { return Ok(None) };
        let text = first.to_str().unwrap_or_default();
        let sound = (1..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if sent.next().is_none() && sound {
            return Ok(Some(Self(text.to_owned())));
        }
        let wanted = "send one Idempotency-Key of 1 to 255 visible ASCII characters";
        Err(Problem::new(codes::INVALID_IDEMPOTENCY_KEY, wanted))
    }

    /// The key for what is asked: `verb` names the command and its target.
    pub fn asking(&self, by: &By, verb: String, body: Hash) -> Option<IdempotencyKey> {
        let principal = by.person()?;
        Some(IdempotencyKey { principal, verb, key: self.0.clone(), body_hash: body.to_string() })
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn key(value: &[u8]) -> Result<Option<Key>, Problem> {
        Key::of(&TestRequest::default().insert_header((HEADER, value)).to_http_request())
    }

    #[test]
    fn a_key_is_visible_ascii_and_not_too_long() {
        assert_eq!(key(b"a-1").expect("a key"), Some(Key("a-1".to_owned())));
        assert!(key(&[b'k'; 255]).is_ok_and(|key| key.is_some()));
        for odd in [&b""[..], b"a b", b"\xc3\xa9", &[b'k'; 256]] {
            assert!(key(odd).is_err(), "{odd:?}");
        }
        assert!(Key::of(&TestRequest::default().to_http_request()).is_ok_and(|key| key.is_none()));
    }

    #[test]
    fn a_form_brings_its_own() {
        let request = TestRequest::default().insert_header((HEADER, "header")).to_http_request();
        carry(&request, Hash([7; 32]));
        assert_eq!(Key::of(&request).expect("a key"), Some(Key("07".repeat(32))));
    }

    #[test]
    fn two_keys_are_none() {
        let twice = TestRequest::default().append_header((HEADER, "a")).append_header((HEADER, "b"));
        assert!(Key::of(&twice.to_http_request()).is_err());
    }
}
