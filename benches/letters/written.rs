//! The letters of a year: what they are written from, read beforehand, and their texts.

use std::{
    collections::BTreeMap,
    hint::black_box,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use proviso::{
    domain::{event::Event, exception::Exception, letters::Letter},
    notify::{Matter, Rendered, commitments, render},
    store::{
        Conn, Store, StoreError,
        outbox::{Told, Waiting, list},
        queries,
        timeline::{self, Span, What},
    },
    words::{Hash, Language, Zone},
};

/// How many letters are read at most.
const MOST: i64 = 2_000;

/// What one letter is written from.
struct Read {
    letter: Letter,
    exception: Exception,
    event: Event,
    texts: BTreeMap<Hash, String>,
}

/// Letters of a year.
pub(crate) struct Written {
    read: Vec<Read>,
    texts: Vec<Rendered>,
}

impl Read {
    fn of(conn: &mut Conn, waiting: Waiting) -> Result<Option<Self>, StoreError> {
        let Waiting { exception: id, letter } = waiting;
        let one = Span { after: letter.seq.saturating_sub(1), limit: 1, what: What::Everything };
        let Some(entry) = timeline::events(conn, id, one)?.pop() else { return Ok(None) };
        let Some(exception) = timeline::folded(conn, id, letter.seq)? else { return Ok(None) };
        let opened = queries::opened(conn, &commitments(&exception, &entry.event))?;
        let texts = opened.into_iter().map(|open| (open.commitment, open.value)).collect();
        Ok(Some(Self { letter, exception, event: entry.event, texts }))
    }

    fn write(&self, language: Language) -> Rendered {
        let matter = Matter {
            exception: &self.exception,
            event: &self.event,
            texts: &self.texts,
            monitor: None,
            public_url: "https://proviso.example.org",
            language,
            zone: Zone::UTC,
            decide: None,
        };
        render(&self.letter, &matter)
    }
}

impl Written {
    pub(crate) fn read(store: &Store) -> Result<Self> {
        let read = store.read(|conn| {
            let told = list(conn, None, None, MOST)?.into_iter().filter_map(|letter| letter.told);
            let waiting = told.filter_map(|told| if let Told::Letter(waiting) = told { Some(waiting) } else { None });
            let read = waiting.map(|waiting| Read::of(conn, waiting));
            read.filter_map(Result::transpose).collect::<Result<Vec<Read>, StoreError>>()
        })?;
        let texts: Vec<Rendered> = read.iter().map(|letter| letter.write(Language::En)).collect();
        Some(Self { read, texts }).filter(|all| !all.texts.is_empty()).context("the year has no letters")
    }

    pub(crate) fn letters(&self) -> usize {
        self.read.len()
    }

    pub(crate) fn letter(&self, number: usize) -> Option<&Rendered> {
        self.texts.get(number % self.texts.len().max(1))
    }

    /// Writes them one after the other, in both languages by turns: how many, in which time.
    pub(crate) fn again_and_again(&self, time: Duration) -> (usize, Duration) {
        let (begun, mut count) = (Instant::now(), 0);
        for letter in self.read.iter().cycle() {
            let language = if count % 2 == 0 { Language::En } else { Language::De };
            black_box(letter.write(language));
            count += 1;
            if begun.elapsed() >= time {
                break;
            }
        }
        (count, begun.elapsed())
    }
}
