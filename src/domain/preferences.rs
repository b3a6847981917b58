//! How somebody wants to be written to, and when a mail may leave by that. In their mailbox a letter is
//! at once, whatever the hour; only mail waits.

use chrono::{DateTime, Days, Duration, NaiveDateTime, NaiveTime, TimeZone, Timelike};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::{
    domain::request::Time,
    words::{Frequency, Language, Zone, words},
};

/// When a digest leaves, by its reader's clock.
const DIGEST_HOUR: u32 = 8;

words! {
    /// Why a mail waits.
    HeldBy, "reason to wait" { QuietHours = "quiet_hours", DailyCap = "daily_cap", Digest = "digest" }
}

/// How somebody wants to be written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preferences {
    /// In which language.
    pub language: Language,
    /// By which clock.
    pub zone: Zone,
    /// How soon what is not addressed to them personally.
    pub frequency: Frequency,
    /// When not.
    pub quiet: Option<Quiet>,
    /// How many mails on one of their days, at most.
    pub daily_cap: Option<u32>,
    /// Do they want scheduled reports, whatever roles they hold?
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reports: bool,
}

/// Hours without mail, in minutes after midnight; they may go over midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quiet {
    /// From when on.
    pub from: u16,
    /// Until before when.
    pub to: u16,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            language: Language::En,
            zone: Zone::UTC,
            frequency: Frequency::Immediate,
            quiet: None,
            daily_cap: None,
            reports: false,
        }
    }
}

/// When a mail leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leave {
    /// At once.
    Now,
    /// Not before then, and why.
    Later(Time, HeldBy),
    /// Not at all: its reader looks into their mailbox.
    Never,
}

/// A mail about to leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leaving {
    /// When.
    pub now: Time,
    /// Does it pass quiet hours and caps?
    pub urgent: bool,
    /// Is it addressed to its reader personally?
    pub personal: bool,
    /// How many mails left for them today, by their clock.
    pub today: u32,
}

impl Preferences {
    /// When a mail leaves.
    pub fn leave(&self, leaving: Leaving) -> Leave {
        if leaving.urgent {
            return Leave::Now;
        }
        match self.frequency {
            Frequency::Mailbox if !leaving.personal => return Leave::Never,
            Frequency::Digest if !leaving.personal => {
                return Leave::Later(self.next_digest(leaving.now), HeldBy::Digest);
            }
            Frequency::Immediate | Frequency::Digest | Frequency::Mailbox => {}
        }
        let local = leaving.now.with_timezone(&self.zone.tz());
        let minute = local.hour() * 60 + local.minute();
        if let Some(quiet) = self.quiet.filter(|quiet| quiet.covers(minute)) {
            return Leave::Later(self.next(leaving.now, u32::from(quiet.to)), HeldBy::QuietHours);
        }
        let full = self.daily_cap.is_some_and(|cap| leaving.today >= cap);
        if full { Leave::Later(self.next(leaving.now, 0), HeldBy::DailyCap) } else { Leave::Now }
    }

    /// When their next digest leaves, as far as nothing else holds it.
    pub fn next_digest(&self, now: Time) -> Time {
        self.next(now, DIGEST_HOUR * 60)
    }

    /// When their day began.
    pub fn day_began(&self, now: Time) -> Time {
        let local = now.with_timezone(&self.zone.tz());
        instant(self.zone.tz(), local.date_naive().and_time(NaiveTime::MIN))
    }

    /// When their clock next shows this minute of a day, later than now.
    fn next(&self, now: Time, minute: u32) -> Time {
        let zone = self.zone.tz();
        let at = NaiveTime::from_num_seconds_from_midnight_opt(minute * 60, 0).unwrap_or(NaiveTime::MIN);
        let today = now.with_timezone(&zone).date_naive();
        let days = (0..3).filter_map(|ahead| today.checked_add_days(Days::new(ahead)));
        let next = days.map(|day| instant(zone, day.and_time(at))).find(|at| *at > now);
        next.unwrap_or(now + Duration::days(1))
    }
}

impl Quiet {
    /// Is this minute of a day quiet?
    fn covers(self, minute: u32) -> bool {
        let (from, to) = (u32::from(self.from), u32::from(self.to));
        if from <= to { from <= minute && minute < to } else { from <= minute || minute < to }
    }
}

/// The instant of a local time: the first of two, and after a gap the one an hour later.
fn instant(zone: Tz, local: NaiveDateTime) -> Time {
    let later = || zone.from_local_datetime(&(local + Duration::hours(1))).earliest();
    let found: Option<DateTime<Tz>> = zone.from_local_datetime(&local).earliest().or_else(later);
    found.map_or_else(|| local.and_utc(), |found| found.to_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Time {
        text.parse().expect(text)
    }

    fn berlin() -> Preferences {
        let quiet = Some(Quiet { from: 22 * 60, to: 7 * 60 });
        Preferences { zone: "Europe/Berlin".parse().expect("a zone"), quiet, ..Preferences::default() }
    }

    fn leaving(now: &str) -> Leaving {
        Leaving { now: at(now), urgent: false, personal: true, today: 0 }
    }

    #[test]
    fn quiet_hours_hold_by_the_readers_clock_over_midnight() {
        for (now, until) in [
            ("2026-03-02T20:59:00Z", None),
            ("2026-03-02T21:00:00Z", Some("2026-03-03T06:00:00Z")),
            ("2026-03-03T05:59:00Z", Some("2026-03-03T06:00:00Z")),
            ("2026-03-03T06:00:00Z", None),
            // Summer time begins on the 29th at 2:00.
            ("2026-03-28T22:00:00Z", Some("2026-03-29T05:00:00Z")),
        ] {
            let expected = until.map_or(Leave::Now, |until| Leave::Later(at(until), HeldBy::QuietHours));
            assert_eq!(berlin().leave(leaving(now)), expected, "{now}");
        }
    }

    #[test]
    fn what_is_urgent_passes() {
        let reader = Preferences { daily_cap: Some(0), frequency: Frequency::Digest, ..berlin() };
        let urgent = Leaving { urgent: true, personal: false, ..leaving("2026-03-02T23:00:00Z") };
        assert_eq!(reader.leave(urgent), Leave::Now);
        assert_ne!(reader.leave(Leaving { urgent: false, ..urgent }), Leave::Now);
    }

    #[test]
    fn a_full_day_waits_for_the_next() {
        let reader = Preferences { daily_cap: Some(3), ..berlin() };
        let noon = leaving("2026-03-02T12:00:00Z");
        assert_eq!(reader.leave(Leaving { today: 2, ..noon }), Leave::Now);
        let full = reader.leave(Leaving { today: 3, ..noon });
        assert_eq!(full, Leave::Later(at("2026-03-02T23:00:00Z"), HeldBy::DailyCap));
        assert_eq!(reader.day_began(noon.now), at("2026-03-01T23:00:00Z"));
    }

    #[test]
    fn a_digest_takes_what_is_not_personal() {
        let reader = Preferences { frequency: Frequency::Digest, ..berlin() };
        let noon = leaving("2026-03-02T12:00:00Z");
        assert_eq!(reader.leave(noon), Leave::Now);
        let later = reader.leave(Leaving { personal: false, ..noon });
        assert_eq!(later, Leave::Later(at("2026-03-03T07:00:00Z"), HeldBy::Digest));
        let never = Preferences { frequency: Frequency::Mailbox, ..reader };
        assert_eq!(never.leave(Leaving { personal: false, ..noon }), Leave::Never);
        assert_eq!(never.leave(noon), Leave::Now);
    }

    #[test]
    fn an_hour_that_is_skipped_ends_an_hour_later() {
        let quiet = Some(Quiet { from: 60, to: 150 });
        let left = Preferences { quiet, ..berlin() }.leave(leaving("2026-03-29T00:30:00Z"));
        assert_eq!(left, Leave::Later(at("2026-03-29T01:30:00Z"), HeldBy::QuietHours));
    }
}
