//! Every transition of every time zone, 2024 to 2037: no tick of a schedule is missed, none comes twice.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, Duration, NaiveDateTime, Offset, TimeZone, Timelike, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};

use super::{TABLE, Timetable, When, schedule::Schedule};
use crate::domain::request::Time;

fn at(text: &str) -> Time {
    text.parse().unwrap()
}

fn offset(zone: Tz, at: Time) -> i64 {
    i64::from(zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc())
}

/// The instants at which a zone's clock is set, each with what it was and is ahead of UTC, in seconds.
fn transitions(zone: Tz) -> Vec<(Time, i64, i64)> {
    let (mut found, mut from, step) = (Vec::new(), at("2024-01-01T00:00:00Z"), Duration::hours(12));
    while from < at("2038-01-01T00:00:00Z") {
        let (before, after) = (offset(zone, from), offset(zone, from + step));
        if before != after {
            let (mut low, mut high) = (from, from + step);
            while high - low > Duration::seconds(1) {
                let middle = low + (high - low) / 2;
                if offset(zone, middle) == before { low = middle } else { high = middle }
            }
            let instant = DateTime::from_timestamp(high.timestamp(), 0).unwrap();
            found.push((instant, before, after));
        }
        from += step;
    }
    found
}

/// A line with the minutes of the day at which it runs, told without the parser.
type Line = (&'static str, fn(NaiveDateTime) -> bool);

const LINES: [Line; 10] = [
    ("7 * * * *", |at| at.minute() == 7),
    ("47 * * * *", |at| at.minute() == 47),
    ("37 * * * *", |at| at.minute() == 37),
    ("17 * * * *", |at| at.minute() == 17),
    ("0 6 1 * *", |at| (at.day(), at.hour(), at.minute()) == (1, 6, 0)),
    ("0 6 1 1,4,7,10 *", |at| at.month() % 3 == 1 && (at.day(), at.hour(), at.minute()) == (1, 6, 0)),
    ("0 6 * * *", |at| (at.hour(), at.minute()) == (6, 0)),
    ("30 2 * * *", |at| (at.hour(), at.minute()) == (2, 30)),
    ("*/15 * * * *", |at| at.minute() % 15 == 0),
    ("0 0 * * *", |at| (at.hour(), at.minute()) == (0, 0)),
];

/// What a zone's clock shows around a window, each minute with the first instant that shows it.
fn shown(zone: Tz, (from, until): (Time, Time)) -> BTreeMap<NaiveDateTime, Time> {
    let mut shown = BTreeMap::new();
    let mut instant = from - Duration::hours(4);
    while instant < until + Duration::hours(4) {
        shown.entry(instant.with_timezone(&zone).naive_local()).or_insert(instant);
        instant += Duration::minutes(1);
    }
    shown
}

/// The instants of a window at which a line is to run: each minute that a clock could show once, at the first
/// instant that shows it, or at the first that there is after a gap.
fn expected(
    shown: &BTreeMap<NaiveDateTime, Time>,
    runs: fn(NaiveDateTime) -> bool,
    (from, until): (Time, Time),
) -> BTreeSet<Time> {
    let (first, last) = (*shown.keys().next().unwrap(), *shown.keys().next_back().unwrap());
    let minutes = std::iter::successors(Some(first), |minute| Some(*minute + Duration::minutes(1)));
    let wanted = minutes.take_while(|minute| *minute <= last).filter(|minute| runs(*minute));
    let instants = wanted.filter_map(|minute| shown.range(minute..).next()).map(|(_, instant)| *instant);
    instants.filter(|instant| from < *instant && *instant <= until).collect()
}

fn ticks(schedule: &Schedule, (from, until): (Time, Time)) -> Vec<Time> {
    let all = std::iter::successors(schedule.next_after(from), |last| schedule.next_after(*last));
    all.take_while(|tick| *tick <= until).collect()
}

#[test]
fn no_zone_misses_a_tick_or_has_one_twice() {
    let mut seen = BTreeSet::new();
    for zone in TZ_VARIANTS {
        for (instant, before, after) in transitions(zone) {
            if !seen.insert((instant, before, after)) {
                continue;
            }
            let window = (instant - Duration::hours(4), instant + Duration::hours(4));
            let shown = shown(zone, window);
            for (line, runs) in LINES {
                let schedule: Schedule = line.parse().unwrap();
                let schedule = schedule.in_zone(zone.name().parse().unwrap());
                let (found, wanted) = (ticks(&schedule, window), expected(&shown, runs, window));
                let told = format!("{zone} {instant} {before} {after} {line}");
                assert_eq!(found, wanted.into_iter().collect::<Vec<_>>(), "{told}");
                for pair in found.windows(2).filter(|pair| (pair[1] - instant).abs() < Duration::minutes(65)) {
                    assert_eq!(schedule.last_until(pair[1] - Duration::seconds(1)), Some(pair[0]), "{told}");
                    assert_eq!(schedule.last_until(pair[1]), Some(pair[1]), "{told}");
                }
            }
        }
    }
    assert!(seen.len() > 500, "{}", seen.len());
}

#[test]
fn every_line_of_the_table_stands_among_those_that_are_tried() {
    for job in TABLE {
        if let When::Cron(line) = job.when {
            assert!(LINES.iter().any(|(tried, _)| *tried == line), "{line}");
        }
    }
}

#[test]
fn a_gap_runs_at_its_first_minute_and_a_fold_once() {
    let berlin = |line: &str| line.parse::<Schedule>().unwrap().in_zone("Europe/Berlin".parse().unwrap());
    let night = berlin("30 2 * * *");
    let next = |after: &str| night.next_after(at(after)).map(|tick| tick.to_rfc3339());
    assert_eq!(next("2026-03-28T12:00:00Z").as_deref(), Some("2026-03-29T01:00:00+00:00"), "02:30 does not exist");
    assert_eq!(next("2026-10-24T12:00:00Z").as_deref(), Some("2026-10-25T00:30:00+00:00"), "the first of two");
    assert_eq!(next("2026-10-25T00:30:00Z").as_deref(), Some("2026-10-26T01:30:00+00:00"), "and once");
    assert_eq!(night.last_until(at("2026-10-25T01:15:00Z")), Some(at("2026-10-25T00:30:00Z")));
}

#[test]
fn an_installation_chooses_zone_and_line() {
    let forget = TABLE.iter().find(|job| job.name == "forget").unwrap();
    let own = Timetable::in_zone("Asia/Tokyo".parse().unwrap()).with("forget", "0 3 * * *");
    let schedule = own.schedule(forget).unwrap().unwrap();
    let noon: DateTime<Utc> = at("2026-03-02T12:00:00Z");
    assert_eq!(schedule.next_after(noon), Some(at("2026-03-02T18:00:00Z")));
    assert!(Timetable::default().with("forget", "@daily").schedule(forget).is_err());
}
