//! What pages say, in the reader's language and by the reader's clock. The words stand in `locales/`, a file
//! for each part of the pages and language, compiled in. It knows no page.

mod catalog;

use std::{borrow::Cow, fmt};

use chrono::{Datelike, Timelike};
use fluent_bundle::{FluentArgs, FluentValue};

use crate::{
    domain::request::Time,
    words::{Language, Zone},
};

/// The reader's language and clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tongue {
    pub(super) language: Language,
    pub(super) zone: Zone,
}

impl Tongue {
    /// What is known of somebody who is not signed in: what their browser says.
    pub(super) fn of_browser(accepts: &str) -> Self {
        Self { language: preferred(accepts), zone: Zone::UTC }
    }

    /// The language as HTML names it.
    pub(super) const fn tag(self) -> &'static str {
        self.language.as_str()
    }

    /// The message of this key.
    pub(super) fn say(self, key: impl AsRef<str>) -> Said {
        Said { language: self.language, key: key.as_ref().to_owned(), arguments: Vec::new() }
    }

    /// The name of one of a closed set's codes: the message `group-code`.
    pub(super) fn name(self, group: impl AsRef<str>, code: impl fmt::Display) -> Said {
        self.say(format!("{}-{code}", group.as_ref()))
    }

    /// A day by the reader's clock, such as `2 March 2026`.
    pub(super) fn day(self, time: &Time) -> String {
        let here = time.with_timezone(&self.zone.tz());
        let month = self.say(format!("month-{}", here.month())).to_string();
        self.say("date-day").with("day", here.day()).with("month", month).with("year", here.year()).to_string()
    }

    /// A moment by the reader's clock, with the zone, such as `2 March 2026, 10:05 CET`.
    pub(super) fn moment(self, time: &Time) -> String {
        let here = time.with_timezone(&self.zone.tz());
        let clock = format!("{:02}:{:02}", here.hour(), here.minute());
        let zone = here.format("%Z").to_string();
        self.say("date-moment").with("day", self.day(time)).with("clock", clock).with("zone", zone).to_string()
    }
}

/// A message on its way to a page.
#[derive(Debug, Clone)]
pub(super) struct Said {
    language: Language,
    key: String,
    arguments: Vec<(String, FluentValue<'static>)>,
}

impl Said {
    /// The same with a text in it.
    #[must_use]
    pub(super) fn with(mut self, name: impl AsRef<str>, value: impl fmt::Display) -> Self {
        self.arguments.push((name.as_ref().to_owned(), FluentValue::String(Cow::Owned(value.to_string()))));
        self
    }

    /// The same with a number in it, by which the message chooses its plural.
    #[must_use]
    pub(super) fn count(mut self, name: impl AsRef<str>, value: impl fmt::Display) -> Self {
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

/// The best of our languages for `Accept-Language` (RFC 9110 §12.5.4); English, where none fits.
fn preferred(accepts: &str) -> Language {
    let weighed = accepts.split(',').filter_map(|one| {
        let mut parts = one.split(';').map(str::trim);
        let tag = parts.next()?.split('-').next()?.to_ascii_lowercase();
        let weight = parts.find_map(|part| part.strip_prefix("q=")?.parse::<f32>().ok()).unwrap_or(1.0);
        Some((tag.parse::<Language>().ok()?, weight)).filter(|(_, weight)| *weight > 0.0)
    });
    // The first of equals stays first.
    weighed.fold((Language::En, 0.0), |best, one| if one.1 > best.1 { one } else { best }).0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tongue(language: Language, zone: &str) -> Tongue {
        Tongue { language, zone: zone.parse().expect("a zone") }
    }

    #[test]
    fn the_best_of_our_languages_is_spoken() {
        for (accepts, language) in [
            ("", Language::En),
            ("de-AT,de;q=0.9,en;q=0.8", Language::De),
            ("fr, de;q=0.3, en;q=0.7", Language::En),
            ("fr", Language::En),
            ("de;q=0, en;q=0.1", Language::En),
            ("*", Language::En),
        ] {
            assert_eq!(preferred(accepts), language, "{accepts}");
        }
    }

    #[test]
    fn times_are_the_readers_and_say_whose() {
        let time: Time = "2026-03-01T23:30:00Z".parse().expect("a time");
        assert_eq!(tongue(Language::En, "UTC").moment(&time), "1 March 2026, 23:30 UTC");
        assert_eq!(tongue(Language::De, "Europe/Berlin").moment(&time), "2. März 2026, 00:30 CET");
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
