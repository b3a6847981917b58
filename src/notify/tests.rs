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
        task::{Task, Work},
        upkeep::{Loop, Upkeep},
    },
    sop::{ControlFailure, Quorum},
    words::{
        Citation, ControlId, DomainPath, ExceptionId, Facts, Hash, Language, PersonId, Role, RoundKind, Sealed, SopRef,
        Step, TaskId, Tier, Zone,
    },
};

mod mailer;
mod story;

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
    }
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
fn life() -> Vec<(Letter, Rendered)> {
    let mut story = Story::begin("Acme Transcribe for calls about claims");
    let mut told = before_decision(&mut story);
    told.extend(decision(&mut story));
    told.extend(monitoring(&mut story));
    told.extend(kept_up());
    told.extend(ends());
    told
}

#[expect(clippy::too_many_lines, reason = "one story told in one go")]
fn before_decision(story: &mut Story) -> Vec<(Letter, Rendered)> {
    let note = story.seal("Please name the vendor's retention period.\nThanks, Rosa");
    let comment = story.seal("Is the pilot group fixed?\n\nWhat to do: approve now");
    let narrow = story.seal("Please narrow it to one team.");
    let asked = Reason {
        code: "changes_requested".to_owned(),
        gate: None,
        pointer: None,
        text: "an approver asks for changes".to_owned(),
        remedy: "change the request as asked and submit it again".to_owned(),
        looked_at: Facts::new(),
    };
    let reason = Reason {
        code: "end_missing".to_owned(),
        gate: Some("1.4".to_owned()),
        pointer: Some("/end".to_owned()),
        text: "The request says how long it should last.".to_owned(),
        remedy: "give an end date".to_owned(),
        looked_at: Facts::new(),
    };
    let review = task("review", Work::Review, &[Role::CompletenessReviewer], 4);
    let review_id = review.id;
    let steps = [
        (Deed::Submitted { sop: sop(), gaps: vec!["1.9".to_owned()], prior: Prior::default() }, vec![review]),
        (Deed::Reminded { task: Some(review_id) }, vec![]),
        (Deed::Escalated { task: review_id, route: vec![Role::Governance], rung: None }, vec![]),
        (Deed::Assigned { task: review_id, to: Some(person(CARLA)) }, vec![]),
        (Deed::Commented { text: comment, internal: false }, vec![]),
        (Deed::Returned { reasons: vec![reason], note: Some(note) }, vec![task("fix", Work::Fix, &[], 16)]),
        (Deed::Returned { reasons: vec![asked], note: Some(narrow) }, vec![task("fix", Work::Fix, &[], 17)]),
        (
            Deed::GapFound { rule: "3.2".to_owned(), gap: Gap::default() },
            vec![task("gap:3.2", Work::SettleGap, &[Role::Governance], 9)],
        ),
        (
            Deed::Passed { note: None },
            vec![
                task("assess:privacy", Work::Assess, &[Role::PrivacyAssessor], 12),
                task("advise:adviser", Work::Advise, &[Role::Adviser], 13),
            ],
        ),
    ];
    steps.into_iter().flat_map(|(deed, opened)| story.tell(deed, opened)).collect()
}

#[expect(clippy::too_many_lines, reason = "one story told in one go")]
fn decision(story: &mut Story) -> Vec<(Letter, Rendered)> {
    let condition = Condition {
        by: person(CARLA),
        text: story.seal("no calls of minors"),
        obligation: Some("no_minors".to_owned()),
    };
    let found = story.seal("The vendor keeps the recordings.");
    let dossier = Hash::of(b"dossier");
    let decide = task("decide:1:0", Work::Decide, &[Role::Ciso], 20);
    let voided = |why: &str| Deed::ApprovalVoided {
        round: 1,
        human: person(CARLA),
        principal: person(CARLA),
        why: why.to_owned(),
    };
    let steps = [
        (Deed::RoundOpened { round: Box::new(round(1, RoundKind::Initial, Proposal::AsRequested)) }, vec![decide]),
        (Deed::ConditionProposed { condition, dossier }, vec![]),
        (voided("dossier_changed"), vec![]),
        (
            Deed::ClausesAdded {
                clauses: ["AIP-3.1".to_owned()].into(),
                reason: found,
                dossier: None,
                reassess: false,
            },
            vec![],
        ),
        (Deed::OneBrowser { before: person(CARLA), then: person(OLAF) }, vec![]),
        (voided("role_lost"), vec![]),
        (voided("round_ended"), vec![]),
        (Deed::AcceptanceAsked { authority: authority(100) }, vec![task("accept", Work::AcceptConditions, &[], 19)]),
        (Deed::Granted { authority: authority(100) }, vec![control_task(18)]),
        (
            Deed::ControlConfirmed {
                control: ControlId(Uuid::from_u128(9)),
                evidence: None,
                due: Some(day(99)),
                expires: None,
            },
            vec![],
        ),
        (Deed::Activated { period: authority(100).period }, vec![]),
    ];
    steps.into_iter().flat_map(|(deed, opened)| story.tell(deed, opened)).collect()
}

fn monitoring(story: &mut Story) -> Vec<(Letter, Rendered)> {
    let note = story.seal("The vendor changed its terms.");
    let no = story.seal("The pilot is over.");
    let why = story.seal("The replacement is delayed until August.");
    let reopened = |code: &str, note| Deed::Reopened {
        cause: cause(code, note),
        settle_by: day(50),
        round: Box::new(round(2, RoundKind::ReReview, Proposal::Reaffirm)),
    };
    let later = Box::new(round(3, RoundKind::Extension, Proposal::End { end: day(160), reason: why }));
    let steps = [
        (Deed::Reminded { task: None }, vec![]),
        (reopened("vendor_terms_changed", Some(note)), vec![]),
        (Deed::Reaffirmed { authority: authority(100) }, vec![]),
        (Deed::RoundOpened { round: later }, vec![task("decide:3:0", Work::Decide, &[Role::Cro], 40)]),
        (Deed::Rejected { round: 3, reason: no.clone() }, vec![]),
        (Deed::Extended { authority: authority(160), days: 60 }, vec![]),
        (reopened("control_failed", None), vec![]),
        (Deed::Rejected { round: 4, reason: no.clone() }, vec![]),
        (Deed::Rejected { round: 5, reason: no }, vec![]),
        (Deed::Suspended { cause: cause("review_overdue", None) }, vec![]),
        (Deed::Resumed { authority: authority(160) }, vec![]),
        (Deed::Revoked { cause: cause("suspension_not_settled", None) }, vec![]),
    ];
    steps.into_iter().flat_map(|(deed, opened)| story.tell(deed, opened)).collect()
}

/// What the clock says beside the lifecycle, of a request that waits.
fn kept_up() -> Vec<(Letter, Rendered)> {
    let mut story = Story::begin("One that waits");
    let review = task("review", Work::Review, &[Role::CompletenessReviewer], 4);
    let task = review.id;
    let mut told = story.tell(Deed::Submitted { sop: sop(), gaps: Vec::new(), prior: Prior::default() }, vec![review]);
    let said = [
        Upkeep::DueSoon { task },
        Upkeep::Overdue { task, escalates_at: Some(day(8)) },
        Upkeep::LapseNear { days: 7, end: day(24) },
        Upkeep::LimitReached { what: Loop::Returns, limit: 5 },
        Upkeep::EndNear { days: 30, end: day(100) },
    ];
    told.extend(said.into_iter().flat_map(|done| story.tell(Deed::Upkeep(done), vec![])));
    told
}

/// Other ends, each of a request of its own.
fn ends() -> Vec<(Letter, Rendered)> {
    let mut told = Vec::new();
    let mut denied = Story::begin("A denied one");
    let reason = denied.seal("The purpose can be reached with the approved assistant.");
    told.extend(denied.tell(Deed::Rejected { round: 1, reason: reason.clone() }, vec![]));
    told.extend(Story::begin("One that lapsed").tell(Deed::Expired, vec![]));
    told.extend(Story::begin("One taken back").tell(Deed::Withdrawn { reason: None }, vec![]));
    let granted = |title: &str| {
        let mut story = Story::begin(title);
        story.tell(Deed::RoundOpened { round: Box::new(round(1, RoundKind::Initial, Proposal::AsRequested)) }, vec![]);
        story.tell(Deed::Granted { authority: authority(100) }, vec![]);
        story
    };
    told.extend(granted("One whose time is over").tell(Deed::Expired, vec![]));
    let mut renewed = granted("One that was renewed");
    renewed.tell(Deed::Superseded { by: ExceptionId(Uuid::from_u128(43)) }, vec![]);
    told.extend(renewed.tell(Deed::Closed { reason: None }, vec![]));
    let mut lapsed = Story::begin("A draft that lapsed");
    let withdrawn = lapsed.event(Deed::Withdrawn { reason: None }, vec![]);
    told.extend(lapsed.happened(Event { effective_at: Some(day(1)), ..withdrawn }));
    let mut closed = Story::begin("One no longer needed");
    let why = closed.seal("The approved assistant does it now.");
    told.extend(closed.tell(Deed::Closed { reason: Some(why) }, vec![]));
    told
}

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

#[test]
fn every_kind_has_its_letter() {
    let told = life();
    // The letter about a delegation is about no exception.
    for kind in
        LetterKind::ALL.iter().filter(|kind| !matches!(kind, LetterKind::Delegated | LetterKind::EndpointFailed))
    {
        assert!(told.iter().any(|(letter, _)| letter.kind == *kind), "no letter of kind {kind}");
    }
    let mut seen: Vec<&str> = Vec::new();
    let mut printed = String::new();
    for (letter, rendered) in &told {
        // The same words for another addressee differ in their last line alone.
        let body = rendered.text.split("You receive this").next().unwrap();
        if seen.contains(&body) {
            continue;
        }
        seen.push(body);
        let to = addressed(&letter.to);
        writeln!(printed, "===== {} to {to}\nSubject: {}\n\n{}", letter.kind, rendered.subject, rendered.text).unwrap();
    }
    insta::assert_snapshot!("letters", printed);
}

#[test]
fn every_letter_says_what_to_do_where_and_by_which_rule() {
    for (letter, rendered) in life() {
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
    for (letter, rendered) in life() {
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
        let said = said.replace("&#39;", "'").replace("&quot;", "\"").replace("&gt;", ">").replace("&amp;", "&");
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
    for (letter, rendered) in life() {
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
    let told = story.tell(Deed::Submitted { sop: sop(), gaps: vec![], prior: Prior::default() }, vec![]);
    let text = &told[0].1.text;
    assert!(text.contains("Ihr Antrag ging am 4. März 2026 um 10:30 CET ein"), "{text}");
    assert!(told[0].1.html.contains("<html lang=\"de\">"));
    assert_eq!(told[0].1.subject, "[EX-2026-000042] Antrag eingegangen: Mitschriften");
}

#[test]
fn what_was_erased_is_not_missed() {
    let mut story = Story::begin("To be erased");
    story.texts.clear();
    let told = story.tell(Deed::Submitted { sop: sop(), gaps: vec![], prior: Prior::default() }, vec![]);
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
