//! One exception on its way, and the letters that its events become.

use super::*;

/// An exception that goes through its life, and the texts that open what is sealed in it.
pub(super) struct Story {
    pub(super) exception: Option<Exception>,
    pub(super) texts: BTreeMap<Hash, String>,
    pub(super) day: i64,
    pub(super) language: Language,
    pub(super) zone: Zone,
}

impl Story {
    pub(super) fn nothing() -> Self {
        Self { exception: None, texts: BTreeMap::new(), day: 0, language: Language::En, zone: Zone::UTC }
    }

    pub(super) fn begin(title: &str) -> Self {
        Self::begin_in(Language::En, title)
    }

    /// The same, of which its readers are told in this language.
    pub(super) fn begin_in(language: Language, title: &str) -> Self {
        let mut story = Self { language, ..Self::nothing() };
        let control = ProposedControl {
            text: story.seal("Transcripts are deleted after 30 days"),
            owner: Some(person(OLAF)),
            due: None,
            cadence_days: Some(90),
            evidence: None,
        };
        let request = Request {
            title: Some(story.seal(title)),
            controls: [(ControlId(Uuid::from_u128(9)), control)].into(),
            term: Some(Term::Days(90)),
            monitoring_owner: Some(person(OLAF)),
            affected_teams: ["claims".to_owned()].into(),
            clauses: ["GAI-2".to_owned(), "GAI-7".to_owned()].into(),
            ..Request::default()
        };
        story.draft(request);
        story
    }

    pub(super) fn draft(&mut self, request: Request) {
        let deed = Deed::Drafted {
            number: "EX-2026-000042".to_owned(),
            requester: person(RITA),
            filed_by_agent: false,
            request: Box::new(request),
            sop: sop(),
        };
        let event = self.event(deed, Vec::new());
        self.exception = Exception::begin(ExceptionId(Uuid::from_u128(42)), &event);
    }

    pub(super) fn seal(&mut self, text: &str) -> Sealed {
        let commitment = Hash::of(text.as_bytes());
        self.texts.insert(commitment, text.to_owned());
        Sealed { commitment, chars: u32::try_from(text.chars().count()).unwrap() }
    }

    pub(super) fn event(&mut self, deed: Deed, opened: Vec<Task>) -> Event {
        self.day += 1;
        Event {
            citation: Some(Citation::sop(&sop(), "5.2", format!("what {} rests on", deed.code()))),
            by: By::Person { id: person(OLAF), door: Door::Session(day(0)) },
            at: day(self.day),
            effective_at: None,
            tasks: TaskChanges { opened, closed: Vec::new() },
            deed,
        }
    }

    /// What is told of a deed: each letter with its text.
    pub(super) fn tell(&mut self, deed: Deed, opened: Vec<Task>) -> Vec<(Letter, Rendered)> {
        let event = self.event(deed, opened);
        self.happened(event)
    }

    #[expect(clippy::needless_pass_by_value, reason = "a test's arguments are its own")]
    pub(super) fn happened(&mut self, event: Event) -> Vec<(Letter, Rendered)> {
        let before = self.exception.take().unwrap();
        let after = before.clone().after(&event);
        let matter = Matter {
            exception: &after,
            event: &event,
            texts: &self.texts,
            monitor: Some("Mona Monitor"),
            public_url: "https://proviso.example.org",
            language: self.language,
            zone: self.zone,
            decide: None,
        };
        let told = letters(Some(&before), &after, &event);
        for letter in &told {
            let german = render(letter, &Matter { language: Language::De, ..matter }).text;
            assert!(german.contains("\n\nWas zu tun ist: ") && german.len() < 30_000, "{german}");
            assert!(german.ends_with("Sie wurde automatisch versandt; Antworten liest niemand.\n"), "{german}");
        }
        let told = told.into_iter().map(|letter| (letter.clone(), render(&letter, &matter))).collect();
        self.exception = Some(after);
        told
    }
}
