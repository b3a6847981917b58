//! Working time: when work that takes so many working hours is due, by the days, hours, holidays and time
//! zone of those who do it. Holidays are read from an iCalendar text (RFC 5545). It knows no file and no clock.

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use chrono::{Datelike, Days, Duration, NaiveDate, NaiveDateTime, NaiveTime, TimeZone};
use icalendar::{Calendar as Written, Component, DatePerhapsTime, Event};

use crate::{
    domain::request::Time,
    words::{DomainPath, WorkingHours, Zone, Zones},
};

/// How many days ahead a due time is looked for; what would be later is due after that many hours of the clock.
const MOST_DAYS: u64 = 100_000;
/// How many days one holiday may last.
const MOST_HOLIDAYS: u64 = 366;

/// Days on which nobody works, whatever the day of the week.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Holidays {
    days: BTreeSet<NaiveDate>,
    /// Month and day, and from which year on.
    yearly: BTreeMap<(u32, u32), i32>,
}

/// A calendar of holidays that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadHolidays {
    /// It is no iCalendar.
    #[error("it is no calendar in the iCalendar format (RFC 5545)")]
    Syntax,
    /// An event without a day.
    #[error("the event `{0}` has no date; holidays have DTSTART;VALUE=DATE")]
    NoDate(String),
    /// An event that repeats otherwise than every year.
    #[error("the event `{0}` repeats otherwise than every year; write its dates one by one")]
    Repeats(String),
    /// An event of more than a year.
    #[error("the event `{0}` ends before it begins, or lasts for more than a year")]
    Length(String),
}

impl Holidays {
    /// Reads an iCalendar text: every event is a holiday, from its first day to before its last.
    pub fn read(text: &str) -> Result<Self, BadHolidays> {
        let written: Written = text.parse().map_err(|_| BadHolidays::Syntax)?;
        if !text.contains("BEGIN:VCALENDAR") {
            return Err(BadHolidays::Syntax);
        }
        let mut holidays = Self::default();
        written.events().try_for_each(|event| holidays.add(event))?;
        Ok(holidays)
    }

    /// How many are known, a yearly one once.
    pub fn len(&self) -> usize {
        self.days.len() + self.yearly.len()
    }

    /// Is none known?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn add(&mut self, event: &Event) -> Result<(), BadHolidays> {
        let name = || event.get_summary().unwrap_or("without a name").chars().take(80).collect::<String>();
        let first = event.get_start().map(|start| start.date_naive()).ok_or_else(|| BadHolidays::NoDate(name()))?;
        // The end is the day after the last one; an event of hours ends on its day.
        let after = event.get_end().map(|end| match end {
            DatePerhapsTime::Date(end) => end,
            end @ DatePerhapsTime::DateTime(_) => end.date_naive() + Days::new(1),
        });
        let lasts = after.map_or(1, |after| (after - first).num_days().max(0));
        let lasts = u64::try_from(lasts).unwrap_or(0).max(u64::from(after == Some(first)));
        if lasts == 0 || lasts > MOST_HOLIDAYS {
            return Err(BadHolidays::Length(name()));
        }
        let days = first.iter_days().take(usize::try_from(lasts).unwrap_or(1));
        match event.property_value("RRULE") {
            None => self.days.extend(days),
            Some(rule) if is_yearly(rule) => {
                self.yearly.extend(days.map(|day| ((day.month(), day.day()), first.year())));
            }
            Some(_) => return Err(BadHolidays::Repeats(name())),
        }
        Ok(())
    }

    fn contains(&self, day: NaiveDate) -> bool {
        let yearly = self.yearly.get(&(day.month(), day.day()));
        self.days.contains(&day) || yearly.is_some_and(|since| *since <= day.year())
    }
}

/// Every year on the same day, without an end.
fn is_yearly(rule: &str) -> bool {
    let parts: Vec<&str> =
        rule.split(';').filter(|part| !matches!(*part, "INTERVAL=1" | "WKST=MO" | "WKST=SU")).collect();
    parts == ["FREQ=YEARLY"]
}

/// When people work, by the clock of one time zone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Calendar {
    hours: WorkingHours,
    holidays: Arc<Holidays>,
    zone: Zone,
}

impl Calendar {
    /// These hours, but on holidays, by the clock of `zone`.
    pub const fn new(hours: WorkingHours, holidays: Arc<Holidays>, zone: Zone) -> Self {
        Self { hours, holidays, zone }
    }

    /// When `hours` working hours after `from` have passed.
    pub fn after(&self, from: Time, hours: u32) -> Time {
        let mut left = Duration::hours(i64::from(hours));
        let first = from.with_timezone(&self.zone.tz()).date_naive();
        for day in first.iter_days().take(usize::try_from(MOST_DAYS).unwrap_or(usize::MAX)) {
            let Some((opens, closes)) = self.open(day) else { continue };
            let begin = opens.max(from);
            if closes <= begin {
                continue;
            }
            if left <= closes - begin {
                return begin + left;
            }
            left -= closes - begin;
        }
        from.checked_add_signed(left).unwrap_or(Time::MAX_UTC)
    }

    /// From when to when people work on that day; nothing on a day off.
    fn open(&self, day: NaiveDate) -> Option<(Time, Time)> {
        let works = self.hours.work_on(day.weekday()) && !self.holidays.contains(day);
        works.then(|| (self.instant(day, self.hours.opens()), self.instant(day, self.hours.closes())))
    }

    /// The instant at which the zone's clock shows so many minutes after midnight; where it never does, the
    /// next that it shows.
    fn instant(&self, day: NaiveDate, minutes: u32) -> Time {
        let shown: NaiveDateTime = day.and_time(NaiveTime::MIN) + Duration::minutes(i64::from(minutes));
        let later = (0..=24).map(|hour| shown + Duration::hours(hour));
        let mut found = later.filter_map(|shown| self.zone.tz().from_local_datetime(&shown).earliest());
        found.next().map_or_else(|| shown.and_utc(), |found| found.to_utc())
    }
}

/// The calendars of an installation: one, and those of the domains in other time zones.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Calendars {
    everywhere: Calendar,
    domains: Vec<(DomainPath, Calendar)>,
}

impl Calendars {
    /// The same hours and holidays by the clocks of `zones`, and by that of `everywhere` in all other domains.
    pub fn new(everywhere: Calendar, zones: &Zones) -> Self {
        let there =
            |(domain, zone): &(DomainPath, Zone)| (domain.clone(), Calendar { zone: *zone, ..everywhere.clone() });
        Self { domains: zones.0.iter().map(there).collect(), everywhere }
    }

    /// The calendar of those who work in the first of these domains: that of the nearest domain above it.
    pub fn of(&self, domains: &[DomainPath]) -> &Calendar {
        let Some(domain) = domains.first() else { return &self.everywhere };
        let above = self.domains.iter().filter(|(known, _)| known.covers(domain));
        above.max_by_key(|(known, _)| known.as_str().len()).map_or(&self.everywhere, |(_, calendar)| calendar)
    }
}
