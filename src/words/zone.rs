//! A time zone of the IANA database, by its name.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Duration, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A time zone, such as `Europe/Berlin`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Zone(Tz);

/// Longer than any zone's clock was ever set back or forward at once.
pub const LONGEST_SHIFT: Duration = Duration::hours(26);

/// A text that names no time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a time zone is a name of the IANA database, such as Europe/Berlin")]
pub struct BadZone;

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Self = Self(Tz::UTC);

    /// The zone, to reckon with.
    pub const fn tz(self) -> Tz {
        self.0
    }

    /// The instant at which its clock shows this: the first time of two, and in a gap the first minute that it
    /// shows after it. It never falls as `shown` rises.
    pub fn instant(self, shown: NaiveDateTime) -> DateTime<Utc> {
        let mut minutes = (0..=LONGEST_SHIFT.num_minutes()).map(|minutes| shown + Duration::minutes(minutes));
        let found = minutes.find_map(|shown| self.0.from_local_datetime(&shown).earliest());
        found.map_or_else(|| shown.and_utc(), |found| found.to_utc())
    }
}

impl Default for Zone {
    fn default() -> Self {
        Self::UTC
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name())
    }
}

impl FromStr for Zone {
    type Err = BadZone;

    fn from_str(name: &str) -> Result<Self, BadZone> {
        name.parse().map(Self).map_err(|_| BadZone)
    }
}

impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        String::deserialize(reader)?.parse().map_err(de::Error::custom)
    }
}
