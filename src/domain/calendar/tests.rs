//! Due times in working hours: weekends, holidays, zones, and the two odd days of a year.

use super::*;

const YEAR: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//EN\r\n\
BEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Good Friday\r\nDTSTART;VALUE=DATE:20260403\r\nDTEND;VALUE=DATE:20260404\r\nEND:VEVENT\r\n\
BEGIN:VEVENT\r\nUID:2\r\nSUMMARY:Easter Monday\r\nDTSTART;VALUE=DATE:20260406\r\nEND:VEVENT\r\n\
BEGIN:VEVENT\r\nUID:3\r\nSUMMARY:Labour Day\r\nDTSTART;VALUE=DATE:20200501\r\nRRULE:FREQ=YEARLY\r\nEND:VEVENT\r\n\
BEGIN:VEVENT\r\nUID:4\r\nSUMMARY:Between the years\r\nDTSTART;VALUE=DATE:20261224\r\nDTEND;VALUE=DATE:20270102\r\nEND:VEVENT\r\n\
END:VCALENDAR\r\n";

fn at(text: &str) -> Time {
    text.parse().expect("a time")
}

fn berlin() -> Calendar {
    let holidays = Arc::new(Holidays::read(YEAR).expect("holidays"));
    Calendar::new(WorkingHours::default(), holidays, "Europe/Berlin".parse().expect("a zone"))
}

#[test]
fn hours_pass_while_people_work() {
    let utc = Calendar::default();
    for (from, hours, due) in [
        ("2026-03-02T09:00:00Z", 8, "2026-03-02T17:00:00Z"),
        ("2026-03-02T09:00:00Z", 9, "2026-03-03T10:00:00Z"),
        ("2026-03-02T03:00:00Z", 1, "2026-03-02T10:00:00Z"),
        ("2026-03-02T20:00:00Z", 1, "2026-03-03T10:00:00Z"),
        ("2026-03-06T16:00:00Z", 2, "2026-03-09T10:00:00Z"),
        ("2026-03-07T12:00:00Z", 40, "2026-03-13T17:00:00Z"),
        ("2026-03-02T12:34:56Z", 0, "2026-03-02T12:34:56Z"),
    ] {
        assert_eq!(utc.after(at(from), hours), at(due), "{hours} hours after {from}");
    }
}

#[test]
fn holidays_are_days_off() {
    let berlin = berlin();
    // Thursday before Easter, 16:00 in Berlin: an hour that day, then Tuesday.
    assert_eq!(berlin.after(at("2026-04-02T14:00:00Z"), 2), at("2026-04-07T08:00:00Z"));
    // Labour Day 2026 is a Friday, and comes back every year.
    assert_eq!(berlin.after(at("2026-04-30T15:00:00Z"), 1), at("2026-05-04T08:00:00Z"));
    assert_eq!(berlin.after(at("2026-12-23T16:00:00Z"), 1), at("2027-01-04T09:00:00Z"));
}

#[test]
fn a_day_is_as_long_as_the_clock_on_the_wall_says() {
    let holidays = Arc::default();
    let round = Calendar::new(
        "Sun-Sat 00:00-24:00".parse().expect("hours"),
        holidays,
        "Europe/Berlin".parse().expect("a zone"),
    );
    // On 29 March 2026 Berlin has 23 hours, on 25 October 25: always-open hours are hours of the clock.
    for from in ["2026-03-28T12:00:00Z", "2026-10-24T12:00:00Z"] {
        assert_eq!(round.after(at(from), 48), at(from) + Duration::hours(48));
    }
    let morning = Calendar::new(
        "Sun-Sat 02:30-03:30".parse().expect("hours"),
        Arc::default(),
        "Europe/Berlin".parse().expect("a zone"),
    );
    // 02:30 does not exist there on 29 March: the day opens at 03:30 and has no hour.
    assert_eq!(morning.after(at("2026-03-28T12:00:00Z"), 1), at("2026-03-30T01:30:00Z"));
}

#[test]
fn a_longer_wait_is_never_due_earlier() {
    let berlin = berlin();
    for day in 0..400 {
        let from = at("2026-01-01T05:17:00Z") + Duration::hours(day * 7);
        let due: Vec<Time> = (0..30).map(|hours| berlin.after(from, hours * 3)).collect();
        assert!(due.is_sorted() && due.iter().all(|due| *due >= from), "{from}");
        assert!(due.windows(2).skip(1).all(|pair| pair[1] - pair[0] >= Duration::hours(3)), "{from}");
    }
}

#[test]
fn the_nearest_domain_says_whose_clock() {
    let zones: Zones = "emea=Europe/Berlin,emea/uk=Europe/London".parse().expect("zones");
    let calendars = Calendars::new(Calendar::default(), &zones);
    let due = |domain: &str| calendars.of(&[domain.parse().expect("a domain")]).after(at("2026-06-01T00:00:00Z"), 1);
    assert_eq!(due("emea/sales"), at("2026-06-01T08:00:00Z"));
    assert_eq!(due("emea/uk/sales"), at("2026-06-01T09:00:00Z"));
    assert_eq!(due("us"), at("2026-06-01T10:00:00Z"));
    assert_eq!(calendars.of(&[]), &Calendar::default());
}

#[test]
fn what_is_no_calendar_of_holidays_is_refused() {
    let event = |lines: &str| {
        format!("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Odd\r\n{lines}END:VEVENT\r\nEND:VCALENDAR\r\n")
    };
    assert_eq!(Holidays::read("Good Friday, Easter Monday"), Err(BadHolidays::Syntax));
    assert_eq!(Holidays::read(&event("")), Err(BadHolidays::NoDate("Odd".to_owned())));
    let weekly = event("DTSTART;VALUE=DATE:20260403\r\nRRULE:FREQ=WEEKLY\r\n");
    assert_eq!(Holidays::read(&weekly), Err(BadHolidays::Repeats("Odd".to_owned())));
    let long = event("DTSTART;VALUE=DATE:20260403\r\nDTEND;VALUE=DATE:20290403\r\n");
    assert_eq!(Holidays::read(&long), Err(BadHolidays::Length("Odd".to_owned())));
    assert_eq!(Holidays::read(YEAR).map(|read| read.len()), Ok(1 + 1 + 1 + 9));
}
