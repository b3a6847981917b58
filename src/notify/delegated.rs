//! The letter to a delegate: in whose place they may act, from when until when, and in which decisions.

use std::slice;

use super::{
    html,
    letter::{Block, Content, Rendered, text},
    plain,
    wording::{self, Frame},
};
use crate::{
    domain::request::Time,
    words::{DomainPath, Language, Role, Zone},
};

/// What it is written from.
#[derive(Debug, Clone, Copy)]
pub struct Delegated<'a> {
    /// The name of whoever is stood in for; absent where it was erased.
    pub from: Option<&'a str>,
    /// From when, until when.
    pub period: (Time, Time),
    /// The roles by which they have a place in quorums, and where.
    pub reach: &'a [(Role, DomainPath)],
    /// Where people reach the service, without a slash at the end.
    pub public_url: &'a str,
    /// The reader's language.
    pub language: Language,
    /// The reader's clock.
    pub zone: Zone,
}

impl Delegated<'_> {
    /// An instant as its reader says it.
    pub(super) fn when(&self, time: Time) -> String {
        wording::instant(time.with_timezone(&self.zone.tz()), self.language)
    }

    /// Who is stood in for, in one line.
    pub(super) fn name(&self, frame: &Frame) -> String {
        self.from.map_or_else(|| frame.erased.to_owned(), |name| plain::line(name, plain::TITLE))
    }
}

/// The domain, where it is not everywhere.
pub(super) fn below(domain: &DomainPath) -> &[DomainPath] {
    if *domain == DomainPath::root() { &[] } else { slice::from_ref(domain) }
}

/// Writes it.
pub fn delegated(told: &Delegated<'_>) -> Rendered {
    let frame = wording::frame(told.language);
    let Content { about, happened, means, lists, next } = wording::delegated(told);
    let mut blocks = vec![Block::Title(about.clone()), Block::Said(happened), Block::Said(means)];
    let lists = lists.into_iter().filter(|(_, points)| !points.is_empty());
    blocks.extend(lists.map(|(heading, points)| Block::List(heading.to_owned(), points)));
    blocks.push(Block::Said(format!("{}: {next}", frame.to_do)));
    blocks.push(Block::Link(frame.service.to_owned(), told.public_url.to_owned()));
    blocks.push(Block::Said(format!("{} {}", frame.named, frame.automatic)));
    Rendered { text: text(&blocks), html: html::page(&about, told.language, &blocks), calendar: None, subject: about }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delegate_reads_for_whom_from_when_until_when_and_in_what() {
        let reach = [(Role::Ciso, DomainPath::root()), (Role::Cro, "eu/retail".parse().expect("a domain"))];
        let at = |text: &str| text.parse::<Time>().expect("a time");
        let told = Delegated {
            from: Some("Carla\r\nBcc: <all@example.org>"),
            period: (at("2026-03-02T09:30:00Z"), at("2026-04-01T00:00:00Z")),
            reach: &reach,
            public_url: "https://proviso.example.org",
            language: Language::En,
            zone: Zone::UTC,
        };
        let english = delegated(&told);
        assert!(!english.subject.contains("Carla"), "{}", english.subject);
        insta::assert_snapshot!("delegated", format!("Subject: {}\n\n{}", english.subject, english.text));
        assert!(english.html.contains("Carla Bcc: &lt;all@example.org&gt;"), "{}", english.html);
        let zone = "Europe/Berlin".parse().expect("a zone");
        let german = delegated(&Delegated { language: Language::De, zone, ..told }).text;
        assert!(german.contains("vom 2. März 2026 um 10:30 CET bis zum 1. April 2026 um 02:00 CEST"), "{german}");
        assert!(german.contains("- Informationssicherheit (CISO)\n- Risiko (CRO) in eu/retail\n"), "{german}");
    }
}
