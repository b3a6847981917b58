//! Schedules as five-field Unix cron lines, by the clock of a time zone. What the parser below would read
//! differently is translated or refused, so that a line means here what it means to cron(8). What a zone's
//! clock skips happens at the first minute that there is; what it shows twice happens once. It knows no job.

use std::{collections::BTreeSet, fmt, str::FromStr};

use chrono::{DateTime, Duration, Offset, TimeZone, Utc};

use crate::{
    domain::request::Time,
    words::{LONGEST_SHIFT, Zone},
};

/// The weekdays as both dialects name them, from Sunday: 0 in Unix, 1 to the parser.
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// When something happens, again and again: minute, hour, day of the month, month, day of the week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    line: String,
    cron: cron::Schedule,
    zone: Zone,
}

/// Why a line is no schedule here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadSchedule {
    /// Not five fields; seconds, years and `@daily` are dialects.
    #[error("write five fields: minute, hour, day of the month, month, day of the week, such as `30 6 * * 1-5`")]
    Fields,
    /// A sign of another dialect.
    #[error("`{0}`: only numbers, names and the signs `*`, `,`, `-` and `/` mean the same everywhere")]
    Sign(String),
    /// A step without a range: some count on to the end from there, others do not.
    #[error("`{0}`: a step needs `*` or a range before it, such as `10-59/15`")]
    Step(String),
    /// Unix means one of the two days, the parser both.
    #[error("give either days of the month or days of the week, and `*` for the other")]
    TwoDays,
    /// No weekday, or a range that runs backwards.
    #[error("`{0}`: weekdays are 0 to 7 (0 and 7 are Sunday) or sun to sat, and ranges run forwards")]
    Weekday(String),
    /// The parser refuses it.
    #[error("{0}")]
    Line(String),
    /// A day that no year has.
    #[error("there is no such day in any year")]
    Never,
}

impl Schedule {
    /// The same line by the clock of a zone; it is read in UTC.
    #[must_use]
    pub fn in_zone(self, zone: Zone) -> Self {
        Self { zone, ..self }
    }

    /// The first instant of the schedule after `after`; `None` after the last one, in a far future.
    pub fn next_after(&self, after: Time) -> Option<Time> {
        let shown = self.shown(after);
        self.cron.after(&shown).map(|local| self.zone.instant(local.naive_utc())).find(|instant| *instant > after)
    }

    /// The last instant of the schedule until `until`, itself included; `None` before the first one.
    pub fn last_until(&self, until: Time) -> Option<Time> {
        // Where the clock was set back lately, what it showed last is later than what it shows now.
        let shown = [until, until - LONGEST_SHIFT].map(|then| self.offset(then)).into_iter().max();
        let from = until + shown.unwrap_or_default() + Duration::minutes(1);
        self.cron.after(&from).rev().map(|local| self.zone.instant(local.naive_utc())).find(|instant| *instant <= until)
    }

    /// The zone whose clock it goes by.
    pub const fn zone(&self) -> Zone {
        self.zone
    }

    fn offset(&self, at: Time) -> Duration {
        let offset = self.zone.tz().offset_from_utc_datetime(&at.naive_utc()).fix();
        Duration::seconds(i64::from(offset.local_minus_utc()))
    }

    /// What the zone's clock shows at `at`, as if it were UTC: the parser knows no zone.
    fn shown(&self, at: Time) -> DateTime<Utc> {
        at + self.offset(at)
    }

    /// The line as it was written.
    pub fn as_str(&self) -> &str {
        &self.line
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line)
    }
}

impl FromStr for Schedule {
    type Err = BadSchedule;

    fn from_str(line: &str) -> Result<Self, BadSchedule> {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = fields.as_slice() else { return Err(BadSchedule::Fields) };
        fields.iter().try_for_each(|field| plain(field))?;
        if *day != "*" && *weekday != "*" {
            return Err(BadSchedule::TwoDays);
        }
        let translated = format!("0 {minute} {hour} {day} {month} {}", weekdays(weekday)?);
        let cron: cron::Schedule =
            translated.parse().map_err(|error: cron::error::Error| BadSchedule::Line(error.to_string()))?;
        let schedule = Self { line: fields.join(" "), cron, zone: Zone::UTC };
        if schedule.next_after(Time::UNIX_EPOCH).is_none() {
            return Err(BadSchedule::Never);
        }
        Ok(schedule)
    }
}

/// Refuses what only some dialects know.
fn plain(field: &str) -> Result<(), BadSchedule> {
    let known = |letter: char| letter.is_ascii_alphanumeric() || "*,-/".contains(letter);
    if !field.chars().all(known) {
        return Err(BadSchedule::Sign(field.to_owned()));
    }
    let lone = |item: &&str| item.split_once('/').is_some_and(|(from, _)| from != "*" && !from.contains('-'));
    field.split(',').find(lone).map_or(Ok(()), |item| Err(BadSchedule::Step(item.to_owned())))
}

/// The days of the week by their names.
fn weekdays(field: &str) -> Result<String, BadSchedule> {
    if field == "*" {
        return Ok("*".to_owned());
    }
    let mut days = BTreeSet::new();
    for item in field.split(',') {
        days.extend(range(item).ok_or_else(|| BadSchedule::Weekday(item.to_owned()))?);
    }
    let named: Vec<&str> = days.into_iter().filter_map(|day| WEEKDAYS.get(day % 7).copied()).collect();
    Ok(named.join(","))
}

/// The days, from 0 to 7, of one item of the list.
fn range(item: &str) -> Option<Vec<usize>> {
    let (days, step) = item.split_once('/').unwrap_or((item, "1"));
    let step: usize = step.parse().ok().filter(|step| (1..=7).contains(step))?;
    let (first, last) = match (days, days.split_once('-')) {
        ("*", _) => (0, 6),
        (_, Some((first, last))) => (weekday(first)?, weekday(last)?),
        (one, None) => (weekday(one)?, weekday(one)?),
    };
    (first <= last).then(|| (first..=last).step_by(step).collect())
}

fn weekday(text: &str) -> Option<usize> {
    let by_name = WEEKDAYS.iter().position(|name| name.eq_ignore_ascii_case(text));
    let by_number = || text.parse().ok().filter(|day| *day <= 7 && text.len() == 1);
    by_name.or_else(by_number)
}

#[cfg(test)]
mod tests {
    use chrono::Datelike;

    use super::*;

    fn at(text: &str) -> Time {
        text.parse().unwrap()
    }

    /// The first times of a line after Sunday, 1 March 2026, noon.
    fn next(line: &str, count: usize) -> Vec<String> {
        let schedule: Schedule = line.parse().unwrap_or_else(|error| panic!("{line}: {error}"));
        let times =
            std::iter::successors(schedule.next_after(at("2026-03-01T12:00:00Z")), |last| schedule.next_after(*last));
        times.take(count).map(|time| time.format("%a %d %b %H:%M:%S").to_string()).collect()
    }

    /// The weekdays on which a line fires, in one week from Sunday.
    fn days(field: &str) -> Vec<&'static str> {
        let schedule: Schedule = format!("0 0 * * {field}").parse().unwrap_or_else(|error| panic!("{field}: {error}"));
        let saturday = at("2026-02-28T12:00:00Z");
        let times = std::iter::successors(schedule.next_after(saturday), |last| schedule.next_after(*last));
        let week = times.take_while(|time| *time < at("2026-03-08T00:00:00Z"));
        week.map(|time| WEEKDAYS[usize::try_from(time.weekday().num_days_from_sunday()).unwrap()]).collect()
    }

    #[test]
    fn weekdays_are_those_of_unix() {
        let table: [(&str, &[&str]); 16] = [
            ("0", &["sun"]),
            ("1", &["mon"]),
            ("6", &["sat"]),
            ("7", &["sun"]),
            ("1-5", &["mon", "tue", "wed", "thu", "fri"]),
            ("mon-fri", &["mon", "tue", "wed", "thu", "fri"]),
            ("MON,Wed", &["mon", "wed"]),
            ("5-7", &["sun", "fri", "sat"]),
            ("0-6", &WEEKDAYS),
            ("0-7", &WEEKDAYS),
            ("1-7", &WEEKDAYS),
            ("0,7", &["sun"]),
            ("*/2", &["sun", "tue", "thu", "sat"]),
            ("1-5/2", &["mon", "wed", "fri"]),
            ("6,0", &["sun", "sat"]),
            ("*", &WEEKDAYS),
        ];
        for (field, expected) in table {
            assert_eq!(days(field), expected, "{field}");
        }
    }

    #[test]
    fn the_next_time_is_after_and_on_the_minute() {
        assert_eq!(next("* * * * *", 2), ["Sun 01 Mar 12:01:00", "Sun 01 Mar 12:02:00"]);
        assert_eq!(next("0 * * * *", 2), ["Sun 01 Mar 13:00:00", "Sun 01 Mar 14:00:00"]);
        assert_eq!(next("*/20 6,18 * * *", 3), ["Sun 01 Mar 18:00:00", "Sun 01 Mar 18:20:00", "Sun 01 Mar 18:40:00"]);
        assert_eq!(next("30 6 * * 1", 2), ["Mon 02 Mar 06:30:00", "Mon 09 Mar 06:30:00"]);
        assert_eq!(next("0 0 31 * *", 2), ["Tue 31 Mar 00:00:00", "Sun 31 May 00:00:00"]);
        assert_eq!(next("  15\t4 1  jan-mar/2 * ", 1), ["Fri 01 Jan 04:15:00"]);
        assert_eq!(next("0 0 29 2 *", 1), ["Tue 29 Feb 00:00:00"]);
    }

    #[test]
    fn other_dialects_are_refused() {
        for line in ["", "@daily", "* * * *", "0 * * * * *", "0 0 0 * * * 2026"] {
            assert_eq!(line.parse::<Schedule>(), Err(BadSchedule::Fields), "{line}");
        }
        for line in ["0 0 ? * 1", "0 0 1 * ?", "0 0 L-1 * *,?", "0 0 * * 5#2", "~ * * * *"] {
            assert!(matches!(line.parse::<Schedule>(), Err(BadSchedule::Sign(_))), "{line}");
        }
        for line in ["5/15 * * * *", "0 0 * * 1/2", "0 0,6/2 * * *"] {
            assert!(matches!(line.parse::<Schedule>(), Err(BadSchedule::Step(_))), "{line}");
        }
        for line in ["0 0 1 * 1", "0 0 */2 * 1", "0 0 13 * fri", "0 0 1-7 * */1"] {
            assert_eq!(line.parse::<Schedule>(), Err(BadSchedule::TwoDays), "{line}");
        }
        for field in ["8", "07", "fri-sun", "5-1", "sunday", "1-", "-1", "*/0", "*/8", "1,,2", "5L", "*-5"] {
            assert!(matches!(format!("0 0 * * {field}").parse::<Schedule>(), Err(BadSchedule::Weekday(_))), "{field}");
        }
        for line in [
            "60 * * * *",
            "* 24 * * *",
            "0 0 0 * *",
            "0 0 1 13 *",
            "*/0 * * * *",
            "*/90 * * * *",
            "0 22-2 * * *",
            "mon * * * *",
        ] {
            assert!(matches!(line.parse::<Schedule>(), Err(BadSchedule::Line(_))), "{line}");
        }
        for line in ["0 0 30 2 *", "0 0 31 4,6,9,11 *"] {
            assert_eq!(line.parse::<Schedule>(), Err(BadSchedule::Never), "{line}");
        }
    }
}
