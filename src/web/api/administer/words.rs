//! The words of administration on the wire, each with the schema that says the same: ids, codes, domain
//! paths, addresses and passwords.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, de::Error as _};
use utoipa::openapi::{KnownFormat, SchemaFormat};

use crate::{
    identity::{email::EmailAddress, password::Password},
    web::api::schema::{schemas, string},
    words::{AdminVerb, ChangeId, ChangeState, DomainPath, Scope, SessionId, TokenId},
};

fn read<'de, D: Deserializer<'de>, T: FromStr<Err: fmt::Display>>(reader: D) -> Result<T, D::Error> {
    String::deserialize(reader)?.trim().parse().map_err(D::Error::custom)
}

/// An e-mail address.
#[derive(Debug, Clone)]
pub struct Email(pub EmailAddress);

impl<'de> Deserialize<'de> for Email {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        read(reader).map(Self)
    }
}

/// A password to be set.
#[derive(Debug, Clone)]
pub struct NewPassword(pub Password);

impl<'de> Deserialize<'de> for NewPassword {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        String::deserialize(reader)?.parse().map(Self).map_err(D::Error::custom)
    }
}

/// A password as it was typed, right or wrong; never shown.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct TypedPassword(pub String);

impl fmt::Debug for TypedPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TypedPassword(..)")
    }
}

const EXAMPLE_ID: [&str; 1] = ["01977d3c-7a10-7000-8000-000000000001"];

fn id() -> utoipa::openapi::ObjectBuilder {
    string().format(Some(SchemaFormat::Custom("uuid".to_owned()))).examples(EXAMPLE_ID)
}

schemas! {
    TokenId, "TokenId" => id().description(Some("The id of an API token."));
    ChangeId, "ChangeId" => id().description(Some("The id of a change that needs two people."));
    SessionId, "SessionId" => id().description(Some("A session's id."));
    Scope, "Scope" => string().enum_values(Some(Scope::CODES.iter().copied())).description(Some("What an API token may be used for, within what its holder may do."));
    ChangeState, "ChangeState" => string().enum_values(Some(ChangeState::CODES.iter().copied())).description(Some("Where a change stands."));
    AdminVerb, "AdminVerb" => string().enum_values(Some(AdminVerb::CODES.iter().copied())).description(Some("A command on people, roles, tokens, changes or procedures."));
    DomainPath, "DomainPath" => string()
        .max_length(Some(120))
        .pattern(Some("^(/|[a-z0-9_-]+(/[a-z0-9_-]+)*)$"))
        .description(Some("A path of regions and units, such as `eu/retail`; `/` is everywhere. A role held in a path is held in all below it."))
        .examples(["eu/retail"]);
    Email, "Email" => string()
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Email)))
        .min_length(Some(3))
        .max_length(Some(254))
        .description(Some("An e-mail address, without a display name."))
        .examples(["ada@example.org"]);
    NewPassword, "NewPassword" => string()
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Password)))
        .min_length(Some(12))
        .max_length(Some(1024))
        .description(Some("A password to be set: at least 12 characters, at most 1,024 bytes."))
        .examples(["correct horse battery"]);
    TypedPassword, "TypedPassword" => string()
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Password)))
        .description(Some("A password as it is typed."))
        .examples(["correct horse battery"]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typed_password_is_not_shown() {
        let typed: TypedPassword = serde_json::from_str("\"hunter2hunter2\"").expect("a text");
        assert_eq!(format!("{typed:?}"), "TypedPassword(..)");
    }

    #[test]
    fn what_is_no_address_or_too_short_is_refused_with_what_to_mend() {
        let told = |text: &str| serde_json::from_str::<Email>(text).expect_err(text).to_string();
        assert!(told("\"ada\"").contains("has one `@`"));
        assert!(serde_json::from_str::<Email>("\" ada@example.org \"").is_ok());
        let short = serde_json::from_str::<NewPassword>("\"short\"").expect_err("short").to_string();
        assert!(short.contains("at least 12 characters"), "{short}");
    }
}
