//! Working hours of a week, such as `Mon-Fri 09:00-17:00`: which days, from when to when by a clock on the wall.

use std::{fmt, str::FromStr};

use chrono::Weekday;

use super::Zone;

const DAYS: [(&str, Weekday); 7] = [
    ("Mon", Weekday::Mon),
    ("Tue", Weekday::Tue),
    ("Wed", Weekday::Wed),
    ("Thu", Weekday::Thu),
    ("Fri", Weekday::Fri),
    ("Sat", Weekday::Sat),
    ("Sun", Weekday::Sun),
];
const MINUTES_OF_DAY: u32 = 24 * 60;

/// From one day of the week to another, between two times of day, at least an hour apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkingHours {
    first: usize,
    last: usize,
    opens: u32,
    closes: u32,
}

/// A text that says no working hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write days and times, at least an hour a day, such as Mon-Fri 09:00-17:00")]
pub struct BadHours;

impl WorkingHours {
    /// Is it a day of work, by its place in the week alone?
    pub fn work_on(&self, day: Weekday) -> bool {
        let at = DAYS.iter().position(|(_, known)| *known == day).unwrap_or(0);
        if self.first <= self.last {
            (self.first..=self.last).contains(&at)
        } else {
            at >= self.first || at <= self.last
        }
    }

    /// When a day of work opens, in minutes after midnight.
    pub const fn opens(&self) -> u32 {
        self.opens
    }

    /// When it closes, in minutes after midnight; at most 1440.
    pub const fn closes(&self) -> u32 {
        self.closes
    }
}

impl Default for WorkingHours {
    fn default() -> Self {
        Self { first: 0, last: 4, opens: 9 * 60, closes: 17 * 60 }
    }
}

impl fmt::Display for WorkingHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let day = |at: usize| DAYS.get(at).map_or("", |(name, _)| *name);
        let time = |minutes: u32| format!("{:02}:{:02}", minutes / 60, minutes % 60);
        let (first, last) = (day(self.first), day(self.last));
        write!(f, "{first}-{last} {}-{}", time(self.opens), time(self.closes))
    }
}

impl FromStr for WorkingHours {
    type Err = BadHours;

    fn from_str(text: &str) -> Result<Self, BadHours> {
        let (days, times) = text.trim().split_once(' ').ok_or(BadHours)?;
        let (first, last) = days.split_once('-').unwrap_or((days, days));
        let (opens, closes) = times.trim().split_once('-').ok_or(BadHours)?;
        let day = |name: &str| DAYS.iter().position(|(known, _)| known.eq_ignore_ascii_case(name)).ok_or(BadHours);
        let hours = Self { first: day(first)?, last: day(last)?, opens: minutes(opens)?, closes: minutes(closes)? };
        if hours.opens + 60 <= hours.closes { Ok(hours) } else { Err(BadHours) }
    }
}

/// The minutes after midnight of `HH:MM`.
fn minutes(text: &str) -> Result<u32, BadHours> {
    let (hour, minute) = text.trim().split_once(':').ok_or(BadHours)?;
    let number = |text: &str| match text.len() {
        2 if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse::<u32>().map_err(|_| BadHours),
        _ => Err(BadHours),
    };
    let (hour, minute) = (number(hour)?, number(minute)?);
    let minutes = hour * 60 + minute;
    if minute < 60 && minutes <= MINUTES_OF_DAY { Ok(minutes) } else { Err(BadHours) }
}

/// Time zones by domains, such as `emea=Europe/Berlin, us/east=America/New_York`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Zones(pub Vec<(super::DomainPath, Zone)>);

impl fmt::Display for Zones {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let one = |(domain, zone): &(super::DomainPath, Zone)| format!("{domain}={zone}");
        f.write_str(&self.0.iter().map(one).collect::<Vec<_>>().join(", "))
    }
}

impl FromStr for Zones {
    type Err = BadZones;

    fn from_str(text: &str) -> Result<Self, BadZones> {
        let one = |part: &str| {
            let (domain, zone) = part.split_once('=').ok_or(BadZones)?;
            Ok((domain.trim().parse().map_err(|_| BadZones)?, zone.trim().parse().map_err(|_| BadZones)?))
        };
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        parts.map(one).collect::<Result<_, _>>().map(Self)
    }
}

/// A text that does not give domains their time zones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write domains with their time zones, such as emea=Europe/Berlin, us/east=America/New_York")]
pub struct BadZones;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_read_and_said() {
        for text in ["Mon-Fri 09:00-17:00", "Sun-Thu 08:30-16:30", "Sat-Sat 00:00-24:00"] {
            assert_eq!(text.parse::<WorkingHours>().map(|hours| hours.to_string()), Ok(text.to_owned()));
        }
        assert_eq!("Mon-Fri 09:00-17:00".parse(), Ok(WorkingHours::default()));
        for bad in [
            "",
            "Mon",
            "Mon-Fri",
            "Mon-Fri 17:00-09:00",
            "Mon-Fri 09:00-09:30",
            "Mon-Fri 9-17",
            "M-F 09:00-17:00",
            "Mon-Fri 09:00-24:01",
            "Mon-Fri 09:60-17:00",
        ] {
            assert_eq!(bad.parse::<WorkingHours>(), Err(BadHours), "{bad}");
        }
    }

    #[test]
    fn a_week_may_begin_on_sunday() {
        let hours: WorkingHours = "Sun-Thu 08:00-16:00".parse().expect("hours");
        assert!(hours.work_on(Weekday::Sun) && hours.work_on(Weekday::Wed));
        assert!(!hours.work_on(Weekday::Fri) && !hours.work_on(Weekday::Sat));
    }

    #[test]
    fn domains_have_their_zones() {
        let zones: Zones = "emea=Europe/Berlin, us/east=America/New_York".parse().expect("zones");
        assert_eq!(zones.0.len(), 2);
        assert_eq!(zones.to_string(), "emea=Europe/Berlin, us/east=America/New_York");
        for bad in ["emea", "emea=Mars/Olympus", "EMEA=Europe/Berlin"] {
            assert_eq!(bad.parse::<Zones>(), Err(BadZones), "{bad}");
        }
    }
}
