//! Dates for a calendar that looks for them by itself (RFC 5545): by number alone, since whoever has the address
//! of the feed has what stands in it.

use icalendar::{Calendar, Component, Event, EventLike, Property};

use crate::domain::{exception::Exception, request::Time};

/// What is due when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// What it is, always the same for the same date.
    pub uid: String,
    /// How often the exception had changed: a calendar believes the higher number.
    pub sequence: u64,
    /// When the exception last changed.
    pub changed: Time,
    /// When.
    pub at: Time,
    /// In words.
    pub summary: String,
    /// Where to read more.
    pub link: String,
}

/// The dates of an exception: its next re-review, its end, and when its most urgent task is due.
pub fn dates(of: &Exception, origin: &str) -> Vec<Due> {
    let authority = of.state.authority().filter(|_| of.effective_until().is_some());
    let review = authority.map(|authority| ("review", "re-review due", authority.review_due));
    let end = of.effective_until().map(|until| ("end", "loses its effect", until));
    let task = of.tasks.iter().map(|task| task.due_at).min().map(|due| ("task", "work due", due));
    let due = |(what, words, at): (&str, &str, Time)| Due {
        uid: format!("{}-{what}@proviso", of.id),
        sequence: of.seq,
        changed: of.changed_at,
        at,
        summary: format!("{} {words}", of.number),
        link: format!("{origin}/v1/exceptions/{}", of.number),
    };
    [review, end, task].into_iter().flatten().map(due).collect()
}

/// A calendar of these dates.
pub fn calendar(dates: &[Due]) -> String {
    let mut calendar = Calendar::empty();
    calendar.append_property(Property::new("VERSION", "2.0"));
    calendar.append_property(Property::new("PRODID", "-//Proviso//Proviso//EN"));
    calendar.name("Proviso");
    for due in dates {
        let mut event = Event::new();
        event
            .uid(&due.uid)
            .sequence(u32::try_from(due.sequence).unwrap_or(u32::MAX))
            .timestamp(due.changed)
            .starts(due.at)
            .summary(&due.summary)
            .url(&due.link)
            .add_property("TRANSP", "TRANSPARENT");
        calendar.push(event.done());
    }
    calendar.done().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_keeps_its_id_and_lines_are_short() {
        let at = "2026-03-02T09:00:00Z".parse().unwrap();
        let due = Due {
            uid: "1-review@proviso".to_owned(),
            sequence: 7,
            changed: at,
            at,
            summary: format!("EX-2026-000001, {}", "é".repeat(100)),
            link: "https://proviso.example.org/v1/exceptions/EX-2026-000001".to_owned(),
        };
        let text = calendar(&[due]);
        assert!(text.split("\r\n").all(|line| line.len() <= 75), "{text}");
        let unfolded = text.replace("\r\n ", "");
        for line in [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "UID:1-review@proviso",
            "SEQUENCE:7",
            "DTSTAMP:20260302T090000Z",
            "DTSTART:20260302T090000Z",
            "TRANSP:TRANSPARENT",
            "END:VCALENDAR",
        ] {
            assert!(unfolded.lines().any(|one| one == line), "{line} in {unfolded}");
        }
        assert!(unfolded.contains("SUMMARY:EX-2026-000001\\, é"));
    }
}
