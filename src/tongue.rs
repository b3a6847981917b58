//! What people read, in their language and by their clock, in pages and in letters. The words stand in
//! `locales/`, a file for each part and language, compiled in. It knows neither a page nor a letter.

mod catalog;
mod cited;
mod pattern;
#[cfg(test)]
pub(crate) mod testkit;

use std::{borrow::Cow, fmt};

use chrono::{DateTime, Datelike, Timelike, Utc};
use fluent_bundle::{FluentArgs, FluentValue};

pub(crate) use cited::sentence;

use crate::words::{Language, Measured, Role, Zone};

/// The reader's language and clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tongue {
    pub(crate) language: Language,
    pub(crate) zone: Zone,
}

impl Tongue {
    /// The language as HTML names it.
    pub(crate) const fn tag(self) -> &'static str {
        self.language.as_str()
    }

    /// The message of this key.
    pub(crate) fn say(self, key: impl AsRef<str>) -> Said {
        say(self.language, key)
    }

    /// The name of one of a closed set's codes: the message `group-code`.
    pub(crate) fn name(self, group: impl AsRef<str>, code: impl fmt::Display) -> Said {
        self.say(format!("{}-{code}", group.as_ref()))
    }

    /// Roles of which any does, such as `CISO or CRO`.
    pub(crate) fn any_of(self, roles: impl IntoIterator<Item = Role>) -> String {
        let roles: Vec<String> = roles.into_iter().map(|role| self.name("role", role).to_string()).collect();
        roles.join(&self.say("or").to_string())
    }

    /// A figure of a concern: how many, up to how many are tolerated, and of a share how many of how many and what
    /// it was before.
    pub(crate) fn measured(self, measure: Measured, (count, limit): (u64, u64), share: Option<[u64; 4]>) -> String {
        let said = self.name("figure", measure).count("count", count).count("limit", limit);
        let Some([of, before, before_of, percent]) = share else { return said.to_string() };
        let said = said.count("of", of).count("before", before).count("before-of", before_of);
        said.count("percent", percent).to_string()
    }

    /// A day by the reader's clock, such as `2 March 2026`.
    pub(crate) fn day(self, time: &DateTime<Utc>) -> String {
        let here = time.with_timezone(&self.zone.tz());
        let month = self.say(format!("month-{}", here.month())).to_string();
        self.say("date-day").with("day", here.day()).with("month", month).with("year", here.year()).to_string()
    }

    /// A moment by the reader's clock, with the zone, such as `2 March 2026, 10:05 CET`.
    pub(crate) fn moment(self, time: &DateTime<Utc>) -> String {
        self.timed("date-moment", time)
    }

    /// The same for the middle of a sentence, such as `2 March 2026 at 10:05 CET`.
    pub(crate) fn instant(self, time: &DateTime<Utc>) -> String {
        self.timed("date-instant", time)
    }

    fn timed(self, key: &str, time: &DateTime<Utc>) -> String {
        let here = time.with_timezone(&self.zone.tz());
        let clock = format!("{:02}:{:02}", here.hour(), here.minute());
        let zone = here.format("%Z").to_string();
        self.say(key).with("day", self.day(time)).with("clock", clock).with("zone", zone).to_string()
    }
}

/// The message of this key in a language, where no time is told.
pub(crate) fn say(language: Language, key: impl AsRef<str>) -> Said {
    Said { language, key: key.as_ref().to_owned(), arguments: Vec::new() }
}

/// A message on its way to its reader.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    language: Language,
    key: String,
    arguments: Vec<(String, FluentValue<'static>)>,
}

impl Said {
    /// The message `key-part` with the same in it.
    pub(crate) fn part(&self, part: &str) -> Self {
        Self { key: format!("{}-{part}", self.key), ..self.clone() }
    }

    /// The same, if there is such a message.
    pub(crate) fn known(self) -> Option<Self> {
        catalog::knows(&self.key).then_some(self)
    }

    /// The same with a text in it.
    #[must_use]
    pub(crate) fn with(mut self, name: impl AsRef<str>, value: impl fmt::Display) -> Self {
        self.arguments.push((name.as_ref().to_owned(), FluentValue::String(Cow::Owned(value.to_string()))));
        self
    }

    /// The same with a number in it, by which the message chooses its plural.
    #[must_use]
    pub(crate) fn count(mut self, name: impl AsRef<str>, value: impl fmt::Display) -> Self {
        self.arguments.push((name.as_ref().to_owned(), FluentValue::try_number(&value.to_string()).into_owned()));
        self
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let arguments: FluentArgs<'_> =
            self.arguments.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        match catalog::message(self.language, &self.key, &arguments) {
            Some(text) => f.write_str(&text),
            None => f.write_str(&self.key),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tongue(language: Language, zone: &str) -> Tongue {
        Tongue { language, zone: zone.parse().expect("a zone") }
    }

    #[test]
    fn times_are_the_readers_and_say_whose() {
        let time: DateTime<Utc> = "2026-03-01T23:30:00Z".parse().expect("a time");
        assert_eq!(tongue(Language::En, "UTC").moment(&time), "1 March 2026, 23:30 UTC");
        assert_eq!(tongue(Language::De, "Europe/Berlin").moment(&time), "2. März 2026, 00:30 CET");
        assert_eq!(tongue(Language::De, "Europe/Berlin").instant(&time), "2. März 2026 um 00:30 CET");
    }

    #[test]
    fn a_text_stays_a_text_and_a_number_has_its_plural() {
        let english = tongue(Language::En, "UTC");
        assert_eq!(english.say("signed-in-as").with("name", "007").to_string(), "007");
        assert_eq!(english.say("due-in-days").count("days", 1).to_string(), "Due in 1 day");
        assert_eq!(english.say("due-in-days").count("days", 4).to_string(), "Due in 4 days");
        assert_eq!(english.say("no-such-key").to_string(), "no-such-key");
    }
}
