//! The letter to a delegate: in whose place they may act, from when until when, and in which decisions.

use std::slice;

use super::{
    letter::{Block, Content, Rendered, heading, noted},
    plain, wording,
};
use crate::{
    domain::request::Time,
    tongue::Tongue,
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
    const fn tongue(&self) -> Tongue {
        Tongue { language: self.language, zone: self.zone }
    }

    /// What it says.
    fn content(&self) -> Content {
        let tongue = self.tongue();
        let erased = || tongue.say("letter-erased").to_string();
        let name = self.from.map_or_else(erased, |name| plain::line(name, plain::TITLE));
        let said = wording::named(self.language, "delegated").with("name", name);
        let said = said.with("from", tongue.instant(&self.period.0)).with("until", tongue.instant(&self.period.1));
        let place = |(role, domain): &(Role, DomainPath)| {
            format!("{}{}", wording::role_words(*role, tongue), wording::places(below(domain), tongue))
        };
        let places = self.reach.iter().map(place).collect();
        wording::in_parts(&said, ["about", "happened-named", "means", "next"], vec![("places", places)])
    }
}

/// The domain, where it is not everywhere.
fn below(domain: &DomainPath) -> &[DomainPath] {
    if *domain == DomainPath::root() { &[] } else { slice::from_ref(domain) }
}

/// Writes it.
pub fn delegated(told: &Delegated<'_>) -> Rendered {
    let tongue = told.tongue();
    let said = |key: &str| tongue.say(key).to_string();
    let Content { about, happened, means, lists, next } = told.content();
    let mut blocks = vec![Block::Title(about.clone()), Block::Said(happened), Block::Said(means)];
    let lists = lists.into_iter().filter(|(_, points)| !points.is_empty());
    blocks.extend(lists.map(|(name, points)| Block::List(heading(name, tongue), points)));
    blocks.push(Block::Said(tongue.say("letter-to-do").with("next", next).to_string()));
    blocks.push(Block::Link(said("letter-service"), told.public_url.to_owned()));
    blocks.push(Block::Said(format!("{} {}", said("letter-because-named"), said("letter-automatic"))));
    noted(about, told.language, &blocks)
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
        assert!(english.html.contains("Carla Bcc: &#60;all@example.org&#62;"), "{}", english.html);
        let zone = "Europe/Berlin".parse().expect("a zone");
        let german = delegated(&Delegated { language: Language::De, zone, ..told }).text;
        assert!(german.contains("vom 2. März 2026 um 10:30 CET bis zum 1. April 2026 um 02:00 CEST"), "{german}");
        assert!(german.contains("- CISO\n- CRO in eu/retail\n"), "{german}");
    }
}
