//! Query parameters: each known, each given once, each of its type; a mistake is told with `/name`.

use actix_web::{FromRequest, HttpRequest, dev::Payload, web};
use serde::{Deserialize, Deserializer, de::DeserializeOwned, de::Error as _};
use serde_json::{Map, Value};
use std::{
    fmt::Display,
    future::{Ready, ready},
    num::{IntErrorKind, ParseIntError},
    str::FromStr,
};

use super::{
    api::text::Instant,
    json::strict,
    problem::{Problem, codes},
};
use crate::domain::request::Time;

/// The query as a `T`, whose fields are all texts to be parsed by [`word`], [`number`] and [`words`].
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Query<T> {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, actix_web::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parse(request.query_string()).map(Self).map_err(Into::into))
    }
}

pub(in crate::web) fn parse<T: DeserializeOwned>(query: &str) -> Result<T, Problem> {
    let pairs = web::Query::<Vec<(String, String)>>::from_query(query)
        .map_err(|error| Problem::new(codes::BAD_REQUEST, format!("the query cannot be read: {error}")))?;
    let mut members = Map::new();
    for (name, value) in pairs.into_inner() {
        let pointer = strict::step(&name);
        if members.insert(name, Value::String(value)).is_some() {
            return Err(Problem::field(codes::UNKNOWN_PARAMETER, pointer, "give each parameter once"));
        }
    }
    strict::typed(Value::Object(members)).map_err(as_parameter)
}

fn as_parameter(problem: Problem) -> Problem {
    if problem.code() == codes::UNKNOWN_FIELD.code { problem.into_kind(codes::UNKNOWN_PARAMETER) } else { problem }
}

/// The instant that `as_of` names, which must have passed: nothing stood yet after `now`.
///
/// # Errors
/// Names `/as_of` if it lies ahead.
pub fn passed(as_of: Option<Instant>, now: Time) -> Result<Option<Time>, Problem> {
    match as_of {
        Some(at) if at.0 > now => Err(Problem::field(codes::INVALID_VALUE, "/as_of", "an instant that has passed")),
        at => Ok(at.map(|at| at.0)),
    }
}

/// Reads one value by its `FromStr`; an empty one is absent.
pub fn word<'de, D: Deserializer<'de>, T: FromStr<Err: Display>>(reader: D) -> Result<Option<T>, D::Error> {
    let text = String::deserialize(reader)?;
    if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(D::Error::custom) }
}

/// Reads a whole number; an empty text is none.
pub fn number<'de, D: Deserializer<'de>, T: FromStr<Err = ParseIntError>>(reader: D) -> Result<Option<T>, D::Error> {
    let text = String::deserialize(reader)?;
    let told = |error: ParseIntError| {
        let too_large = matches!(error.kind(), IntErrorKind::PosOverflow | IntErrorKind::NegOverflow);
        D::Error::custom(if too_large { "the number is too large" } else { "write a whole number, such as 50" })
    };
    if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(told) }
}

/// Reads values separated by commas, at most 50.
pub fn words<'de, D: Deserializer<'de>, T: FromStr<Err: Display>>(reader: D) -> Result<Vec<T>, D::Error> {
    let text = String::deserialize(reader)?;
    let parts: Vec<&str> = text.split(',').filter(|part| !part.is_empty()).collect();
    if parts.len() > 50 {
        return Err(D::Error::custom("at most 50 values"));
    }
    parts.into_iter().map(|part| part.parse().map_err(D::Error::custom)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Tier;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Asked {
        #[serde(deserialize_with = "words")]
        tier: Vec<Tier>,
        #[serde(deserialize_with = "number")]
        limit: Option<u8>,
    }

    #[test]
    fn values_are_parsed_and_empty_ones_are_absent() {
        let asked: Asked = parse("tier=low,high&limit=").expect("a query");
        assert_eq!(asked, Asked { tier: vec![Tier::Low, Tier::High], limit: None });
    }

    #[test]
    fn mistakes_name_their_parameter() {
        for (query, told) in [
            ("teir=low", "unknown_parameter: there is no such field; did you mean `tier`?"),
            ("limit=1&limit=2", "unknown_parameter: give each parameter once"),
            ("limit=300", "invalid_value: the number is too large"),
            ("limit=x", "invalid_value: write a whole number, such as 50"),
            ("limit=1.5", "invalid_value: write a whole number, such as 50"),
            ("tier=low,x", "invalid_value: not a tier; one of: low, moderate, high, critical"),
        ] {
            assert_eq!(parse::<Asked>(query).expect_err(query).to_string(), told);
        }
    }
}
