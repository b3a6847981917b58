//! How the text of a setting is read.

use std::{fmt::Display, ops::RangeInclusive, path::PathBuf, str::FromStr};

use crate::{
    identity::email::EmailAddress,
    ledger::{KeyError, Keys, SigningKey},
};

/// Reads by `FromStr`; the remedy stands in for whatever the type says.
pub(super) fn or<T: FromStr>(remedy: &'static str) -> impl Fn(&str) -> Result<T, String> {
    move |text| text.parse().map_err(|_| remedy.to_owned())
}

/// A value that may be absent.
pub(super) fn some<T>(read: impl Fn(&str) -> Result<T, String>) -> impl Fn(&str) -> Result<Option<T>, String> {
    move |text| read(text).map(Some)
}

/// A whole number within bounds.
pub(super) fn within<T: FromStr + PartialOrd + Display>(
    range: RangeInclusive<T>,
) -> impl Fn(&str) -> Result<T, String> {
    move |text| {
        text.parse()
            .ok()
            .filter(|number| range.contains(number))
            .ok_or_else(|| format!("write a whole number from {} to {}", range.start(), range.end()))
    }
}

const UNITS: [(&str, u64); 4] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("", 1)];

/// A number of bytes within bounds, as such or in KiB, MiB or GiB.
pub(super) fn bytes(range: RangeInclusive<u64>) -> impl Fn(&str) -> Result<u64, String> {
    move |text| {
        let read = UNITS.iter().find_map(|(unit, factor)| {
            let number: u64 = text.strip_suffix(unit)?.trim_end().parse().ok()?;
            number.checked_mul(*factor)
        });
        read.filter(|bytes| range.contains(bytes)).ok_or_else(|| {
            let (least, most) = (size(*range.start()), size(*range.end()));
            format!("write a size from {least} to {most}, such as 20 MiB or 20971520")
        })
    }
}

/// A number of bytes in the largest unit that divides it.
pub(super) fn size(bytes: u64) -> String {
    UNITS
        .iter()
        .find(|(_, factor)| bytes.is_multiple_of(*factor))
        .map(|(unit, factor)| format!("{} {unit}", bytes / factor).trim_end().to_owned())
        .unwrap_or_default()
}

pub(super) fn path(text: &str) -> Result<PathBuf, String> {
    if text.is_empty() || text.contains('\0') { Err("write the path of a folder".to_owned()) } else { Ok(text.into()) }
}

pub(super) fn address(text: &str) -> Result<String, String> {
    let read: EmailAddress = or("write an e-mail address alone, such as ada@example.org")(text)?;
    Ok(read.as_str().to_owned())
}

/// A line of five fields; what stands in them is read where it is used, and by `config check`.
pub(super) fn cron_line(text: &str) -> Result<String, String> {
    if text.split_whitespace().count() == 5 {
        Ok(text.to_owned())
    } else {
        Err("write a cron line of five fields, such as 17 * * * *".to_owned())
    }
}

pub(super) fn origin(text: &str) -> Result<String, String> {
    let sound = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'+');
    let remedy = "write a name without spaces or plus, such as proviso.example.org/ledger";
    if sound { Ok(text.to_owned()) } else { Err(remedy.to_owned()) }
}

pub(super) fn signing_key(text: &str) -> Result<SigningKey, String> {
    text.parse().map_err(|error: KeyError| error.to_string())
}

pub(super) fn verifier_keys(text: &str) -> Result<Keys, String> {
    text.parse().map_err(|error: KeyError| error.to_string())
}

pub(super) fn slug(text: &str) -> Result<String, String> {
    let is_slug =
        (1..=60).contains(&text.len()) && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'));
    if is_slug {
        Ok(text.to_owned())
    } else {
        Err("write a procedure's name in lower case, such as standard".to_owned())
    }
}
