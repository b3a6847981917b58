//! Texts, codes and instants as they stand on the wire: parsed once into types that cannot hold
//! anything else, each with the schema that says the same. It knows no field's meaning.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Datelike, SecondsFormat, SubsecRound};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_json::Value;
use utoipa::openapi::{
    KnownFormat, ObjectBuilder, OneOfBuilder, RefOr, Schema, SchemaFormat,
    schema::{SchemaType, Type},
};

use super::schema::{schemas, string};
use crate::domain::request::{Period, Time};

/// What stands for a text that was erased where something must stand.
pub const ERASED: &str = "[erased]";
/// A text of one line: no control characters.
const ONE_LINE: &str = "^[^\\u0000-\\u001F\\u007F-\\u009F]*$";
/// A text: no control characters but line ends and tabs.
const PLAIN: &str = "^[^\\u0000-\\u0008\\u000B\\u000C\\u000E-\\u001F\\u007F-\\u009F]*$";
/// The same, and it says something.
const ONE_LINE_SAID: &str =
    "^[^\\u0000-\\u001F\\u007F-\\u009F]*[^\\u0000-\\u0020\\u007F-\\u00A0][^\\u0000-\\u001F\\u007F-\\u009F]*$";
/// The same, and it says something.
const PLAIN_SAID: &str = "\\S";
/// A code of an organisation's own.
const SLUG: &str = "^[a-z0-9][a-z0-9_-]{0,59}$";
/// An id of the register or the procedure, such as `AIP-2.1`.
const NAME: &str = "^[A-Za-z0-9][A-Za-z0-9._:-]{0,79}$";

/// What something is called in another register, such as `GRC/2025-17`.
const REFERENCE: &str = "^[A-Za-z0-9][A-Za-z0-9._:/#-]{0,99}$";

/// How a text is read.
struct Bounds {
    max: usize,
    lines: bool,
    said: bool,
}

/// Trims, and refuses control characters, too many characters, and nothing where something must be said.
fn read(text: &str, bounds: &Bounds) -> Result<String, String> {
    let text = text.replace("\r\n", "\n");
    let text = text.trim();
    let allowed = |c: char| !c.is_control() || (bounds.lines && matches!(c, '\n' | '\t'));
    if text.is_empty() && bounds.said {
        return Err("say something here".to_owned());
    }
    if let Some(odd) = text.chars().find(|c| !allowed(*c)) {
        return Err(format!("the control character U+{:04X} is not allowed", u32::from(odd)));
    }
    let count = text.chars().count();
    if count > bounds.max {
        return Err(format!("at most {} characters, these are {count}", bounds.max));
    }
    Ok(text.to_owned())
}

/// Types over a checked text.
macro_rules! texts {
    ($($(#[$meta:meta])* $name:ident, $read:expr;)+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// A text that was checked when it came in.
            pub(super) fn known(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                $read(text).map(Self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
                String::deserialize(reader)?.parse().map_err(D::Error::custom)
            }
        }
    )+};
}

texts! {
    /// At most 200 characters on one line.
    Line, |text| read(text, &Bounds { max: 200, lines: false, said: false });
    /// 1 to 200 characters on one line.
    Label, |text| read(text, &Bounds { max: 200, lines: false, said: true });
    /// At most 10,000 characters.
    Text, |text| read(text, &Bounds { max: 10_000, lines: true, said: false });
    /// 1 to 10,000 characters.
    Statement, |text| read(text, &Bounds { max: 10_000, lines: true, said: true });
    /// A code of an organisation's own, such as `retail`.
    Slug, |text| code(text, 60, "[a-z0-9][a-z0-9_-]{0,59}", |b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_'));
    /// An id of the register or of a procedure, such as `AIP-2.1`.
    Name, |text| code(text, 80, "[A-Za-z0-9][A-Za-z0-9._:-]{0,79}", |b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':'));
    /// What something is called in another register, such as `GRC/2025-17`.
    Reference, |text| code(text, 100, "[A-Za-z0-9][A-Za-z0-9._:/#-]{0,99}", |b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':' | b'/' | b'#'));
}

fn code(text: &str, max: usize, pattern: &str, allowed: impl Fn(u8) -> bool) -> Result<String, String> {
    let begins = text.bytes().next().is_some_and(|first| first.is_ascii_alphanumeric());
    if begins && text.len() <= max && text.bytes().all(allowed) {
        return Ok(text.to_owned());
    }
    Err(format!("a code is {pattern}"))
}

/// Reads an optional text; a blank one is absent.
pub fn or_absent<'de, D: Deserializer<'de>, T: FromStr<Err = String>>(reader: D) -> Result<Option<T>, D::Error> {
    let text = Option::<String>::deserialize(reader)?.filter(|text| !text.trim().is_empty());
    text.map(|text| text.parse().map_err(D::Error::custom)).transpose()
}

/// An instant (RFC 3339) in UTC, to the microsecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(pub Time);

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

impl FromStr for Instant {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        const WANTED: &str =
            "an instant is written as in RFC 3339, between 1970 and 9999, such as 2026-03-01T12:00:00Z";
        // The parser also takes a blank for the T, and years of five digits.
        let shaped = text.len() <= 40 && matches!(text.as_bytes().get(10), Some(b'T' | b't'));
        let read =
            DateTime::parse_from_rfc3339(text).ok().filter(|_| shaped).map(|time| time.to_utc().trunc_subsecs(6));
        read.filter(|time| (1970..=9999).contains(&time.year())).map(Self).ok_or(WANTED)
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        String::deserialize(reader)?.parse().map_err(D::Error::custom)
    }
}

impl From<Time> for Instant {
    fn from(time: Time) -> Self {
        Self(time)
    }
}

/// From when to when.
#[derive(Debug, Clone, Copy, Serialize, utoipa::ToSchema)]
#[schema(as = Period)]
pub struct PeriodView {
    /// Not before.
    pub start: Instant,
    /// Not at or after.
    pub end: Instant,
}

impl From<Period> for PeriodView {
    fn from(period: Period) -> Self {
        Self { start: period.start.into(), end: period.end.into() }
    }
}

/// A value of one of the procedure's own fields: a truth value, a whole number or a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Own {
    /// Yes or no.
    Flag(bool),
    /// A whole number that a double carries exactly.
    Number(i64),
    /// A text, or a code.
    Text(Text),
}

impl<'de> Deserialize<'de> for Own {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        match Value::deserialize(reader)? {
            Value::Bool(flag) => Ok(Self::Flag(flag)),
            Value::Number(number) => {
                let exact = number.as_i64().filter(|whole| whole.unsigned_abs() < 1 << 53);
                exact.map(Self::Number).ok_or_else(|| D::Error::custom("a whole number of at most 53 bits"))
            }
            Value::String(text) => text.parse().map(Self::Text).map_err(D::Error::custom),
            Value::Null | Value::Array(_) | Value::Object(_) => {
                Err(D::Error::custom("a truth value, a whole number or a text"))
            }
        }
    }
}

fn text(max: usize, min: usize, pattern: &str) -> ObjectBuilder {
    string().max_length(Some(max)).min_length((min > 0).then_some(min)).pattern(Some(pattern))
}

schemas! {
    Line, "Line" => text(200, 0, ONE_LINE).description(Some("A text of one line. It is trimmed; a blank one is absent."));
    Label, "Label" => text(200, 1, ONE_LINE_SAID).description(Some("A text of one line that must say something. It is trimmed."));
    Text, "Text" => text(10_000, 0, PLAIN).description(Some("A text. It is trimmed; a blank one is absent."));
    Statement, "Statement" => text(10_000, 1, PLAIN_SAID).description(Some("A text that must say something, without control characters but line ends and tabs. It is trimmed."));
    Slug, "Slug" => text(60, 1, SLUG).description(Some("A code of your organisation."));
    Name, "Name" => text(80, 1, NAME).description(Some("An id of the policy register or of a procedure."));
    Reference, "Reference" => text(100, 1, REFERENCE).description(Some("What something is called in another register."));
    Instant, "Instant" => string()
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
        .description(Some("An instant (RFC 3339); answers are in UTC with `Z`, to the microsecond."))
        .examples(["2026-03-01T12:00:00Z"]);
}

impl utoipa::PartialSchema for Own {
    fn schema() -> RefOr<Schema> {
        let exact = ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::Integer))
            .minimum(Some(-9_007_199_254_740_991_i64))
            .maximum(Some(9_007_199_254_740_991_i64));
        let one_of = OneOfBuilder::new()
            .item(ObjectBuilder::new().schema_type(SchemaType::new(Type::Boolean)))
            .item(exact)
            .item(text(10_000, 0, PLAIN))
            .description(Some("A value of one of the procedure's own fields."));
        one_of.into()
    }
}

impl utoipa::ToSchema for Own {
    fn name() -> std::borrow::Cow<'static, str> {
        "OwnValue".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_trimmed_and_bounded() {
        assert_eq!(" a \r\n b ".parse::<Text>().expect("a text").as_str(), "a \n b");
        assert!("a\nb".parse::<Line>().is_err());
        assert!("é".repeat(200).parse::<Line>().is_ok());
        assert!("é".repeat(201).parse::<Line>().is_err());
        assert!("x".repeat(10_001).parse::<Statement>().is_err());
        assert!(" \t".parse::<Statement>().is_err());
        assert!("a\u{0}".parse::<Text>().is_err());
        assert!("a\u{9b}".parse::<Text>().is_err());
    }

    #[test]
    fn codes_are_codes() {
        for sound in ["retail", "eu-west_1", "0"] {
            assert!(sound.parse::<Slug>().is_ok(), "{sound}");
        }
        for odd in ["", "-a", "EU", "a/b", "a b", "é", &"a".repeat(61)] {
            assert!(odd.parse::<Slug>().is_err(), "{odd}");
        }
        assert!("AIP-2.1".parse::<Name>().is_ok());
    }

    #[test]
    fn instants_are_rfc_3339_in_utc() {
        let shown = |text: &str| text.parse::<Instant>().map(|instant| instant.to_string());
        assert_eq!(shown("2026-03-01T12:00:00.1234567+01:00").as_deref(), Ok("2026-03-01T11:00:00.123456Z"));
        for odd in [
            "2026-03-01",
            "2026-03-01 12:00:00Z",
            "2026-03-01T12:00:00",
            "1969-12-31T23:59:59Z",
            "2026-02-30T00:00:00Z",
        ] {
            assert!(shown(odd).is_err(), "{odd}");
        }
    }
}
