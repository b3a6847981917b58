//! Which events an endpoint gets, by their names in the feed without what stands before them.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Which events: one by its whole name, such as `exception.approved`, or all that begin so, such as
/// `exception.*`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventFilter(String);

impl EventFilter {
    /// Is an event of this name meant?
    pub fn takes(&self, name: &str) -> bool {
        self.0.strip_suffix('*').map_or(self.0 == name, |start| name.starts_with(start))
    }

    /// The filter as it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EventFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for EventFilter {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        let named = text.strip_suffix('*').unwrap_or(text);
        let rest = ["exception.", "roster."].iter().find_map(|subject| named.strip_prefix(subject));
        let is_word = |rest: &str| rest.bytes().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'_' | b'.'));
        let is_whole = named.len() < text.len() || rest.is_some_and(|rest| !rest.is_empty());
        if text.len() <= 80 && is_whole && rest.is_some_and(is_word) {
            Ok(Self(text.to_owned()))
        } else {
            Err("write an event such as exception.approved, or the beginning of several such as exception.*")
        }
    }
}

impl Serialize for EventFilter {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for EventFilter {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        String::deserialize(reader)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_takes_one_event_or_all_that_begin_so() {
        let takes = |filter: &str, name: &str| filter.parse::<EventFilter>().expect(filter).takes(name);
        assert!(takes("exception.approved", "exception.approved"));
        assert!(!takes("exception.approved", "exception.approved_twice"));
        assert!(takes("exception.*", "exception.control_confirmed"));
        assert!(takes("exception.control_*", "exception.control_confirmed"));
        assert!(!takes("exception.*", "roster.role_granted"));
        assert!(takes("roster.attempt.refused", "roster.attempt.refused"));
        for odd in ["", "*", "exception", "exception.", "Exception.*", "person.*", "exception.a b", "exception.**"] {
            assert!(odd.parse::<EventFilter>().is_err(), "{odd}");
        }
    }
}
