//! Letters as their readers see them: every kind, what people wrote made harmless, and the mail they become.

use std::{collections::BTreeMap, fmt::Write, fs};

use uuid::Uuid;

use super::{Mail, Mailer, Matter, Recipient, Rendered, SendError, Thread, render};
use crate::{
    domain::{
        control::Condition,
        event::{Deed, Event, TaskChanges},
        exception::{Authority, Cause, Exception, Gap, Proposal, Reason, Round},
        facts::Prior,
        letters::{Addressee, Letter, LetterKind, letters},
        person::{By, Door},
        quorum::{Seat, TwoPeople},
        request::{Period, ProposedControl, Request, Term, Time},
        review::{Attestation, ReviewDeed},
        task::{Task, Work},
        upkeep::{Loop, Upkeep},
    },
    sop::{ControlFailure, Quorum},
    words::{
        Citation, ControlId, DomainPath, ExceptionId, Facts, Hash, Language, PersonId, Role, RoundKind, Sealed, SopRef,
        Step, TaskId, Tier, Zone,
    },
};

mod cited;
mod concerns;
mod life;
mod mailer;
mod named;
mod periodic;
mod story;
mod turns;

use life::life;
use story::Story;

const RITA: u128 = 1;
const CARLA: u128 = 2;
const OLAF: u128 = 3;

fn person(number: u128) -> PersonId {
    PersonId(Uuid::from_u128(number))
}

fn day(day: i64) -> Time {
    "2026-03-02T09:30:00Z".parse::<Time>().unwrap() + chrono::Duration::days(day)
}

fn sop() -> SopRef {
    SopRef { id: "standard".to_owned(), version: 3, hash: Hash::of(b"standard") }
}

fn task(key: &str, work: Work, to: &[Role], due: i64) -> Task {
    Task {
        id: TaskId(Uuid::new_v5(&Uuid::nil(), key.as_bytes())),
        key: key.to_owned(),
        step: Step::Assessment,
        work,
        roles: to.to_vec(),
        domains: vec!["eu/retail".parse().unwrap()],
        assignee: to.is_empty().then(|| person(OLAF)),
        taken_at: None,
        opened_at: day(0),
        due_at: day(due),
        warn_at: None,
        late: None,
    }
}

fn round(number: u32, kind: RoundKind, proposal: Proposal) -> Round {
    Round {
        number,
        kind,
        proposal,
        tier: Tier::High,
        quorums: vec![Quorum { min: 2, all_of: vec![Role::Ciso, Role::Cro], any_of: Vec::new() }],
        dossier: Hash::of(b"dossier"),
        opened_at: day(0),
        asked_by: None,
        approval_days: 14,
        approvals: Vec::new(),
        review: None,
    }
}

fn attested(needed: bool, kept: bool, statement: Sealed) -> Deed {
    let attestation = Attestation { by: person(OLAF), needed, kept, statement, at: day(40) };
    Deed::Review(ReviewDeed::Attested { attestation, dossier: Some(Hash::of(b"dossier")) })
}

fn authority(end: i64) -> Box<Authority> {
    let seat = |role, human| Seat {
        domain: DomainPath::root(),
        role,
        human: person(human),
        principal: person(human),
        grant: 1,
    };
    Box::new(Authority {
        round: 1,
        dossier: Hash::of(b"dossier"),
        sop: sop(),
        two: TwoPeople::of(vec![seat(Role::Ciso, CARLA), seat(Role::Cro, OLAF)]).unwrap(),
        period: Period { start: day(10), end: day(end) },
        review_due: day(60),
        suspend_at: day(74),
        on_lapse: ControlFailure::Reopen,
        tier: Tier::High,
    })
}

fn cause(code: &str, note: Option<Sealed>) -> Cause {
    Cause { code: code.to_owned(), note }
}

fn control_task(due: i64) -> Task {
    task(&format!("control:{}:0", Uuid::from_u128(9)), Work::ConfirmControl, &[], due)
}

/// A life in which every kind of letter is written.
/// To whom it goes, in few words.
fn addressed(to: &Addressee) -> String {
    match to {
        Addressee::Person(id) if *id == person(RITA) => "Rita, who requested it".to_owned(),
        Addressee::Person(id) if *id == person(OLAF) => "Olaf, who owns a control".to_owned(),
        Addressee::Person(_) => "Carla, who approves".to_owned(),
        Addressee::Role(role, _) => format!("everyone who is {role}"),
        Addressee::Team(team) => format!("the team {team}"),
    }
}

/// The letters as they are read, the same words once: for another addressee they differ in their last line alone.
fn printed(told: &[(Letter, Rendered)], last_line: &str) -> String {
    let mut seen: Vec<&str> = Vec::new();
    let mut printed = String::new();
    for (letter, rendered) in told {
        let body = rendered.text.split(last_line).next().unwrap();
        if seen.contains(&body) {
            continue;
        }
        seen.push(body);
        let to = addressed(&letter.to);
        writeln!(printed, "===== {} to {to}\nSubject: {}\n\n{}", letter.kind, rendered.subject, rendered.text).unwrap();
    }
    printed
}

const OF_NO_EXCEPTION: [LetterKind; 5] = [
    LetterKind::Delegated,
    LetterKind::EndpointFailed,
    LetterKind::ConcernRaised,
    LetterKind::BatchHeld,
    LetterKind::ScheduledReport,
];

#[test]
fn every_kind_has_its_letter() {
    let told = life(Language::En);
    for kind in LetterKind::ALL.iter().filter(|kind| !OF_NO_EXCEPTION.contains(kind)) {
        assert!(told.iter().any(|(letter, _)| letter.kind == *kind), "no letter of kind {kind}");
    }
    insta::assert_snapshot!("letters", printed(&told, "You receive this"));
    insta::assert_snapshot!("letters_german", printed(&life(Language::De), "Sie erhalten diese Nachricht"));
}

#[test]
fn every_letter_says_what_to_do_where_and_by_which_rule() {
    for (letter, rendered) in life(Language::En) {
        let whole = format!("{} {letter:?}", rendered.text);
        assert!(rendered.text.contains("\n\nWhat to do: "), "{whole}");
        assert!(rendered.text.contains("https://proviso.example.org/exceptions/EX-2026-000042\n"), "{whole}");
        assert!(rendered.text.contains("The rule behind it: SOP standard v3, step 5.2: what "), "{whole}");
        assert!(rendered.text.len() < 30_000 && rendered.subject.chars().count() <= 160, "{whole}");
        assert!(!rendered.subject.contains(char::is_control), "{whole}");
    }
}

#[test]
fn text_and_html_say_the_same() {
    for (letter, rendered) in life(Language::En) {
        let body = rendered.html.split("<body").nth(1).unwrap().split_once('>').unwrap().1;
        let unmarked = body.replace("</li>", "\n").replace("</p>", "\n").replace("<br>", "\n");
        let mut said = String::new();
        let mut inside = false;
        for character in unmarked.chars() {
            match character {
                '<' => inside = true,
                '>' => inside = false,
                _ if !inside => said.push(character),
                _ => {}
            }
        }
        let said = said.replace("&#39;", "'").replace("&#34;", "\"").replace("&#62;", ">").replace("&#38;", "&");
        let words = |text: &str| -> Vec<String> {
            text.split_whitespace().filter(|word| !["-", ">"].contains(word)).map(str::to_owned).collect()
        };
        let html = words(&said);
        assert_eq!(html, words(&rendered.text), "{letter:?}");
        assert!(rendered.html.len() < 30_000);
    }
}

#[test]
fn dates_come_with_what_gives_them() {
    for (letter, rendered) in life(Language::En) {
        let told = matches!(
            letter.kind,
            LetterKind::Approved | LetterKind::Effective | LetterKind::Extended | LetterKind::Resumed
        );
        assert_eq!(rendered.calendar.is_some(), told, "{letter:?}");
        if let Some(calendar) = rendered.calendar {
            assert_eq!(calendar.matches("BEGIN:VEVENT\r\n").count(), 2);
            assert!(calendar.lines().all(|line| line.len() <= 75) && calendar.ends_with("END:VCALENDAR\r\n"));
        }
    }
}

#[test]
fn a_german_reader_is_written_to_in_german_by_their_clock() {
    let mut story = Story::begin("Mitschriften");
    (story.language, story.zone) = (Language::De, "Europe/Berlin".parse().unwrap());
    let told = story.tell(
        Deed::Submitted { sop: sop(), gaps: vec![], prior: Prior::default(), used_up: vec![], split: None },
        vec![],
    );
    let text = &told[0].1.text;
    assert!(text.contains("Ihr Antrag ging am 4. März 2026 um 10:30 CET ein"), "{text}");
    assert!(told[0].1.html.contains("<html lang=\"de\">"));
    assert_eq!(told[0].1.subject, "[EX-2026-000042] Antrag eingegangen: Mitschriften");
}

#[test]
fn what_was_erased_is_not_missed() {
    let mut story = Story::begin("To be erased");
    story.texts.clear();
    let told = story.tell(
        Deed::Submitted { sop: sop(), gaps: vec![], prior: Prior::default(), used_up: vec![], split: None },
        vec![],
    );
    assert_eq!(told[0].1.subject, "[EX-2026-000042] request received: (erased)");
}

#[test]
fn a_confidential_text_stays_in_the_record() {
    let mut story = Story::nothing();
    let title = story.seal("Takeover of Acme");
    let reason = story.seal("The takeover is off");
    story.draft(Request { title: Some(title), confidential: true, ..Request::default() });
    let told = story.tell(Deed::Rejected { round: 1, reason }, vec![]);
    for (_, rendered) in told {
        assert!(!format!("{} {}", rendered.subject, rendered.text).to_lowercase().contains("takeover"));
    }
}
