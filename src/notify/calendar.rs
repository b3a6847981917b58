//! The dates of an exception for a calendar (RFC 5545): its next re-review and its end. The same date
//! keeps its id, so that a later letter moves it.

use crate::{
    domain::{
        letters::{Letter, LetterKind},
        request::Time,
    },
    notify::matter::Matter,
};

/// The longest line, in octets (RFC 5545 §3.1).
const MOST_OCTETS: usize = 75;

/// The dates that `letter` tells; none where it tells none.
pub(super) fn dates(letter: &Letter, matter: &Matter<'_>) -> Option<String> {
    let tells = matches!(
        letter.kind,
        LetterKind::Approved | LetterKind::Effective | LetterKind::Extended | LetterKind::Resumed
    );
    let authority = matter.exception.state.authority().filter(|_| tells)?;
    let mut lines: Vec<String> = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Proviso//Proviso//EN", "METHOD:PUBLISH"]
        .map(str::to_owned)
        .into();
    lines.extend(event(matter, ("review", "letter-review"), authority.review_due));
    lines.extend(event(matter, ("end", "letter-ends"), authority.period.end));
    lines.push("END:VCALENDAR".to_owned());
    Some(lines.iter().map(|line| folded(line)).collect())
}

fn event(matter: &Matter<'_>, (what, key): (&str, &str), at: Time) -> Vec<String> {
    let exception = matter.exception;
    let summary = format!("{} {}: {}", exception.number, matter.say(key), matter.title());
    vec![
        "BEGIN:VEVENT".to_owned(),
        format!("UID:{}-{what}@proviso", exception.id),
        format!("SEQUENCE:{}", exception.seq),
        format!("DTSTAMP:{}", utc(matter.event.at)),
        format!("DTSTART:{}", utc(at)),
        format!("SUMMARY:{}", text(&summary)),
        format!("URL:{}", matter.link()),
        "TRANSP:TRANSPARENT".to_owned(),
        "END:VEVENT".to_owned(),
    ]
}

/// Form 2 of §3.3.5.
fn utc(at: Time) -> String {
    at.format("%Y%m%dT%H%M%SZ").to_string()
}

/// §3.3.11.
fn text(plain: &str) -> String {
    plain.replace('\\', "\\\\").replace(';', "\\;").replace(',', "\\,").replace(['\r', '\n'], " ")
}

/// §3.1: no line is longer than 75 octets, and no character is torn apart.
fn folded(line: &str) -> String {
    let (mut out, mut octets) = (String::with_capacity(line.len() + 8), 0);
    for letter in line.chars() {
        if octets + letter.len_utf8() > MOST_OCTETS {
            out.push_str("\r\n ");
            octets = 1;
        }
        out.push(letter);
        octets += letter.len_utf8();
    }
    out + "\r\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_folded_by_octets_and_unfold_to_what_they_were() {
        let line = format!("SUMMARY:{}", "ä€x".repeat(60));
        let written = folded(&line);
        assert!(written.split("\r\n").all(|part| part.len() <= MOST_OCTETS), "{written}");
        assert_eq!(written.replace("\r\n ", "").trim_end(), line);
    }

    #[test]
    fn a_text_makes_no_property() {
        assert_eq!(text("a\r\nEND:VEVENT; b, c\\"), "a  END:VEVENT\\; b\\, c\\\\");
    }
}
