//! A JSON body: its length, its content type, its text, its type and its bounds are checked before a
//! handler sees it, each mistake told with a pointer to the field. It knows no field's meaning.

pub mod strict;
mod value;

use std::pin::Pin;

use actix_web::{
    FromRequest, HttpMessage, HttpRequest,
    dev::Payload,
    http::header,
    web::{Bytes, BytesMut},
};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;
use serde_json::Value;
use validator::{Validate, ValidationErrors, ValidationErrorsKind};

use super::{
    Web,
    problem::{FieldError, Problem, codes},
};
use crate::words::{Hash, canonical};

/// A checked body and the hash by which a repetition is recognised.
#[derive(Debug)]
pub struct Json<T> {
    /// What was sent.
    pub body: T,
    /// SHA-256 of its canonical JSON (RFC 8785).
    pub hash: Hash,
}

/// A JSON body of at most 256 KiB as it came, whose sender is not known yet: nothing of it is read.
#[derive(Debug)]
pub struct Unread(pub Bytes);

/// The longest body of somebody unknown, in bytes.
const UNREAD: usize = 256 << 10;

impl FromRequest for Unread {
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, actix_web::Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            require_type(&request, &["application/json"])?;
            let limit = Web::of(&request)?.settings.max_body.min(UNREAD);
            Ok(Self(bounded(payload, limit).await?))
        })
    }
}

/// A JSON Merge Patch (RFC 7396) as it came: an object.
#[derive(Debug)]
pub struct MergePatch(pub Value);

impl<T: DeserializeOwned + Validate> FromRequest for Json<T> {
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, actix_web::Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let bytes = received(&request, payload).await?;
            if bytes.is_empty() {
                return Ok(absent()?);
            }
            require_type(&request, &["application/json"])?;
            let value = strict::parse(&bytes)?;
            let hash = hash_of(&value, &bytes);
            Ok(Self { body: checked(value)?, hash })
        })
    }
}

impl FromRequest for MergePatch {
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, actix_web::Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let bytes = received(&request, payload).await?;
            if bytes.is_empty() {
                return Err(missing().into());
            }
            require_type(&request, &["application/merge-patch+json", "application/json"])?;
            let patch = strict::parse(&bytes)?;
            if patch.is_object() {
                return Ok(Self(patch));
            }
            Err(Problem::field(codes::INVALID_TYPE, "", "a merge patch is an object").into())
        })
    }
}

/// The value as a `T` within its bounds.
pub fn checked<T: DeserializeOwned + Validate>(value: Value) -> Result<T, Problem> {
    let body: T = strict::typed(value)?;
    match body.validate() {
        Ok(()) => Ok(body),
        Err(errors) => Err(out_of_bounds(&errors)),
    }
}

/// No body at all: right where nothing is required.
fn absent<T: DeserializeOwned + Validate>() -> Result<Json<T>, Problem> {
    let nothing = Value::Object(serde_json::Map::new());
    let hash = Hash::of(b"{}");
    checked(nothing).map(|body| Json { body, hash }).map_err(|_| missing())
}

fn missing() -> Problem {
    Problem::new(codes::MISSING_BODY, "this request needs a body in JSON")
}

fn hash_of(value: &Value, bytes: &[u8]) -> Hash {
    // Numbers that no double carries have no canonical form; their bytes stand for themselves.
    canonical(value).map_or_else(|_| Hash::of(bytes), |text| Hash::of(text.as_bytes()))
}

/// The body's bytes, refused as soon as they are too many.
async fn received(request: &HttpRequest, payload: Payload) -> Result<Bytes, Problem> {
    bounded(payload, Web::of(request)?.settings.max_body).await
}

/// At most so many bytes of a body.
async fn bounded(mut payload: Payload, limit: usize) -> Result<Bytes, Problem> {
    let mut bytes = BytesMut::new();
    while let Some(part) = payload.next().await {
        let part = part.map_err(|error| Problem::new(codes::BAD_REQUEST, format!("the body broke off: {error}")))?;
        if bytes.len().saturating_add(part.len()) > limit {
            return Err(Problem::new(codes::TOO_LARGE, format!("a body may have at most {limit} bytes")));
        }
        bytes.extend_from_slice(&part);
    }
    Ok(bytes.freeze())
}

fn require_type(request: &HttpRequest, accepted: &[&str]) -> Result<(), Problem> {
    if accepted.iter().any(|known| request.content_type().eq_ignore_ascii_case(known)) {
        return Ok(());
    }
    let wanted = accepted.join(" or ");
    Err(Problem::new(codes::UNSUPPORTED_MEDIA_TYPE, format!("send Content-Type: {wanted}"))
        .with_header(header::ACCEPT, &accepted.join(", ")))
}

fn out_of_bounds(errors: &ValidationErrors) -> Problem {
    let mut fields = Vec::new();
    walk("", errors, &mut fields);
    fields.sort_by(|a, b| a.pointer.cmp(&b.pointer));
    let detail = match fields.as_slice() {
        [one] => format!("{}: {}", one.pointer, one.detail),
        many => format!("{} fields are outside their bounds", many.len()),
    };
    Problem::new(codes::INVALID_VALUE, detail).with_errors(fields)
}

fn walk(at: &str, errors: &ValidationErrors, fields: &mut Vec<FieldError>) {
    for (name, kind) in errors.errors() {
        // `__all__` is the validator's name for the struct itself; its own errors carry their pointer.
        let here = if name == "__all__" { at.to_owned() } else { format!("{at}{}", strict::step(name)) };
        match kind {
            ValidationErrorsKind::Struct(inner) => walk(&here, inner, fields),
            ValidationErrorsKind::List(items) => {
                for (index, inner) in items {
                    walk(&format!("{here}/{index}"), inner, fields);
                }
            }
            ValidationErrorsKind::Field(found) => fields.extend(found.iter().map(|error| told(&here, error))),
        }
    }
}

fn told(at: &str, error: &validator::ValidationError) -> FieldError {
    let named = error.params.get("pointer").and_then(Value::as_str).unwrap_or_default();
    let bound = |name| error.params.get(name).filter(|value| !value.is_null());
    let bounds = match (bound("min"), bound("max")) {
        (Some(min), Some(max)) => format!("between {min} and {max}"),
        (Some(min), None) => format!("at least {min}"),
        (None, Some(max)) => format!("at most {max}"),
        (None, None) => "not within its bounds".to_owned(),
    };
    let ours = codes::find(&error.code).map_or(codes::INVALID_VALUE.code, |known| known.code);
    let what = if error.code == "length" { format!("{bounds} items") } else { bounds };
    FieldError {
        pointer: format!("{at}{named}"),
        code: ours.to_owned(),
        detail: error.message.clone().map_or(what, std::borrow::Cow::into_owned),
    }
}
