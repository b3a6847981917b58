//! Every turn that the words of a letter can take: each kind of letter about each scene, fitting or not, and
//! the mails that are about no exception.

use super::*;
use crate::{
    domain::{
        control::{Control, ControlStatus},
        exception::State,
        roster::{Hold, WebhookEnd},
        upkeep::{Late, Part},
    },
    notify::{Delegated, batch_held, code, concern_raised, delegated, digest, endpoint_failed},
    tongue::testkit,
};

/// What happened to an exception that stands as it does.
struct Scene {
    exception: Exception,
    event: Event,
    texts: BTreeMap<Hash, String>,
}

impl Scene {
    /// A deed on the fifth day.
    fn of(deed: Deed) -> Self {
        let mut story = Story::begin("Acme Transcribe");
        story.day = 4;
        let event = story.event(deed, Vec::new());
        let mut exception = story.exception.unwrap();
        exception.tasks = Work::ALL.iter().flat_map(|work| open(*work, 20)).collect();
        let (text, by) = (sealed("Acme Transcribe"), person(CARLA));
        exception.conditions = vec![Condition { by, text, obligation: None }];
        Self { exception, event, texts: story.texts }
    }

    fn shaped(mut self, change: impl FnOnce(&mut Exception)) -> Self {
        change(&mut self.exception);
        self
    }

    fn happened(mut self, change: impl FnOnce(&mut Event)) -> Self {
        change(&mut self.event);
        self
    }

    /// Each kind of letter about it to `to`.
    fn told(&self, language: Language, to: &Addressee) -> Vec<Rendered> {
        let matter = Matter {
            exception: &self.exception,
            event: &self.event,
            texts: &self.texts,
            monitor: Some("Mona Monitor"),
            public_url: "https://proviso.example.org",
            language,
            zone: Zone::UTC,
            decide: Some("https://proviso.example.org/decide/x"),
        };
        let letter = |kind: &LetterKind| Letter { kind: *kind, to: to.clone(), seq: 5 };
        LetterKind::ALL.iter().map(|kind| render(&letter(kind), &matter)).collect()
    }
}

/// Work of this sort, for a role and for Olaf.
fn open(work: Work, due: i64) -> [Task; 2] {
    let key = match work {
        Work::Assess => "assess:privacy".to_owned(),
        Work::Advise => "advise:ethics_board".to_owned(),
        Work::SettleGap => "gap:3.2".to_owned(),
        Work::ConfirmControl => format!("control:{}:0", Uuid::from_u128(9)),
        Work::Attest => "attest:2".to_owned(),
        Work::Fix | Work::Review | Work::Decide | Work::AcceptConditions | Work::FillQuorum | Work::FindCover => {
            work.as_str().to_owned()
        }
    };
    let own = task(&key, work, &[], due);
    let mut shared = task(&key, work, &[Role::Governance, Role::BusinessOwner], due);
    shared.id = TaskId(Uuid::new_v5(&Uuid::nil(), format!("{key} of a role").as_bytes()));
    [own, shared]
}

fn sealed(text: &str) -> Sealed {
    Sealed { commitment: Hash::of(text.as_bytes()), chars: 1 }
}

fn authority_of(end: i64) -> Authority {
    *authority(end)
}

fn in_effect(exception: &mut Exception) {
    let standing = |status: ControlStatus, due: Option<Time>| Control {
        id: ControlId(Uuid::from_u128(9)),
        owner: Some(person(OLAF)),
        cadence_days: None,
        status,
        due,
        evidence_until: None,
    };
    let confirmed = ControlStatus::Confirmed { by: person(CARLA), at: day(1), evidence: None };
    exception.controls = vec![
        standing(ControlStatus::Pending, None),
        standing(ControlStatus::Pending, Some(day(9))),
        standing(confirmed.clone(), None),
        standing(confirmed, Some(day(9))),
        standing(ControlStatus::Lapsed { at: day(1) }, None),
        standing(ControlStatus::Failed { by: person(CARLA), at: day(1), reason: sealed("x") }, None),
    ];
    exception.state = State::Active { authority: authority_of(100), round: None };
}

fn to_come(exception: &mut Exception) {
    let round = round(1, RoundKind::Initial, Proposal::AsRequested);
    exception.state = State::Implementation { authority: authority_of(100), round };
}

fn suspended_since(since: i64) -> impl FnOnce(&mut Exception) {
    move |exception| {
        let cause = cause("review_overdue", None);
        exception.state =
            State::Suspended { authority: authority_of(100), cause, since: day(since), round: None, review: None };
    }
}

/// What is late, asked, or noticed of one task after another.
fn about_work() -> Vec<Scene> {
    let mut scenes = Vec::new();
    for work in Work::ALL {
        let ids = open(*work, 20).map(|task| task.id);
        scenes.push(Scene::of(Deed::Reminded { task: Some(ids[0]) }));
        scenes.push(Scene::of(Deed::Assigned { task: ids[0], to: Some(person(OLAF)) }));
        scenes.push(Scene::of(Deed::Passed { note: None }).happened(|event| {
            event.tasks.opened = open(*work, 20).into();
        }));
    }
    let review = open(Work::Review, 20)[0].id;
    let late = |deed: Deed, next: Option<Time>| {
        Scene::of(deed).shaped(|exception| {
            for task in &mut exception.tasks {
                (task.due_at, task.late) = (day(2), Some(Late { told: 0, next }));
            }
        })
    };
    scenes.push(late(Deed::Reminded { task: Some(review) }, None));
    scenes.push(late(Deed::Escalated { task: review, route: vec![], rung: None }, None));
    scenes.push(Scene::of(Deed::Escalated { task: review, route: vec![], rung: None }));
    scenes.push(late(Deed::Upkeep(Upkeep::Overdue { task: review, escalates_at: None }), None));
    scenes.push(late(Deed::Upkeep(Upkeep::Overdue { task: review, escalates_at: None }), Some(day(9))));
    scenes.push(late(Deed::Passed { note: None }, None));
    scenes.push(Scene::of(Deed::Passed { note: None }).shaped(|exception| exception.tasks.clear()));
    scenes.push(Scene::of(Deed::Upkeep(Upkeep::LapseNear { days: 7, end: day(24) })));
    for what in Loop::ALL {
        scenes.push(Scene::of(Deed::Upkeep(Upkeep::LimitReached { what: *what, limit: 5 })));
        scenes.push(Scene::of(Deed::Upkeep(Upkeep::LimitReached { what: *what, limit: 1 })));
    }
    scenes
}

fn about_the_request() -> Vec<Scene> {
    let reason = |pointer: Option<&str>| Reason {
        code: "end_missing".to_owned(),
        gate: Some("1.4".to_owned()),
        pointer: pointer.map(str::to_owned),
        text: "The request says how long.".to_owned(),
        remedy: "give an end date".to_owned(),
        looked_at: Facts::new(),
    };
    let (note, found) = (sealed("Acme Transcribe"), ["AIP-3.1".to_owned()].into());
    let many = (0..40).map(|number| reason(Some(&format!("/scope/{number}")))).collect();
    vec![
        Scene::of(Deed::Submitted {
            sop: sop(),
            gaps: vec!["1.9".to_owned()],
            prior: Prior::default(),
            used_up: vec![],
            split: None,
        }),
        Scene::of(Deed::Returned { reasons: vec![reason(None), reason(Some("/end"))], note: Some(note.clone()) }),
        Scene::of(Deed::Returned { reasons: many, note: None }),
        Scene::of(Deed::ClausesAdded { clauses: found, reason: note.clone(), dossier: None, reassess: false }),
        Scene::of(Deed::Commented { text: note.clone(), internal: false }),
        Scene::of(Deed::Rejected { round: 1, reason: note.clone() }),
        Scene::of(Deed::Rejected { round: 1, reason: note.clone() }).shaped(in_effect),
        Scene::of(Deed::Rejected { round: 1, reason: note.clone() }).shaped(suspended_since(5)),
        Scene::of(Deed::Rejected { round: 1, reason: note.clone() }).shaped(suspended_since(3)),
        Scene::of(Deed::Withdrawn { reason: None }),
        Scene::of(Deed::Withdrawn { reason: Some(note.clone()) }).happened(|event| event.effective_at = Some(day(4))),
        Scene::of(Deed::Closed { reason: Some(note.clone()) }),
        Scene::of(Deed::Closed { reason: None })
            .shaped(|exception| exception.superseded_by = Some(ExceptionId(Uuid::from_u128(43)))),
        Scene::of(Deed::Expired),
        Scene::of(Deed::Expired).shaped(|exception| exception.original_end = Some(day(5))),
        Scene::of(Deed::Commented { text: note.clone(), internal: false })
            .shaped(|exception| exception.request.confidential = true),
        Scene::of(Deed::Commented { text: sealed("erased"), internal: false })
            .shaped(|exception| exception.request.title = None),
        Scene::of(Deed::Commented { text: note, internal: false })
            .shaped(|exception| exception.request.title = Some(sealed("erased"))),
    ]
}

fn about_rounds() -> Vec<Scene> {
    let reason = sealed("Acme Transcribe");
    let proposals = [
        Proposal::AsRequested,
        Proposal::Reaffirm,
        Proposal::End { end: day(160), reason: reason.clone() },
        Proposal::Content(Box::default()),
    ];
    let decide = |kind: RoundKind, proposal: &Proposal| {
        let round = round(2, kind, proposal.clone());
        Scene::of(Deed::RoundOpened { round: Box::new(round.clone()) })
            .shaped(|exception| exception.state = State::Decision { round, awaiting: None })
    };
    let mut scenes: Vec<Scene> =
        RoundKind::ALL.iter().flat_map(|kind| proposals.iter().map(move |proposal| decide(*kind, proposal))).collect();
    for term in [None, Some(Term::Until(day(50))), Some(Term::Days(1)), Some(Term::Permanent(reason))] {
        scenes.push(decide(RoundKind::Initial, &Proposal::AsRequested).shaped(|exception| {
            exception.request.term = term;
            if let State::Decision { round, .. } = &mut exception.state {
                round.approval_days = 1;
            }
        }));
    }
    scenes.push(decide(RoundKind::Initial, &Proposal::AsRequested).happened(|event| {
        event.tasks.opened = open(Work::Decide, 20).into();
    }));
    for why in WHYS.into_iter().chain(["something_else"]) {
        let (human, principal) = (person(CARLA), person(CARLA));
        scenes.push(Scene::of(Deed::ApprovalVoided { round: 3, human, principal, why: why.to_owned() }));
    }
    scenes
}

/// Why approvals are voided.
pub(super) const WHYS: [&str; 9] = [
    "dossier_changed",
    "approval_lapsed",
    "review_overdue",
    "round_ended",
    "same_person",
    "role_lost",
    "changes_requested",
    "rules_changed",
    Cause::INCIDENT,
];

/// The causes for which an exception is reopened, suspended or revoked, and one of somebody's own.
pub(super) fn causes() -> Vec<&'static str> {
    let mut causes = vec![
        Cause::REVIEW_DUE,
        Cause::INCIDENT,
        "non_waivable",
        "review_overdue",
        "reaffirmation_overdue",
        "policy_changed",
        "regulation_changed",
        "system_changed",
        "system_retired",
        "clause_added",
        "control_lapsed",
        "control_failed",
        "evidence_expired",
        "suspension_not_settled",
        "scored_higher",
        "vendor_terms_changed",
    ];
    causes.extend(Part::ALL.iter().flat_map(|part| [part.cause(), part.moved()]));
    causes
}

fn about_its_life() -> Vec<Scene> {
    let permanent = |exception: &mut Exception| {
        in_effect(exception);
        exception.request.term = Some(Term::Permanent(sealed("x")));
    };
    let content = Box::<Request>::default();
    let mut scenes = vec![
        Scene::of(Deed::AcceptanceAsked { authority: authority(100) }).shaped(in_effect),
        Scene::of(Deed::Granted { authority: authority(100) }).shaped(to_come),
        Scene::of(Deed::Granted { authority: authority(100) }).shaped(|exception| exception.tasks.clear()),
        Scene::of(Deed::Reaffirmed { authority: authority(100) }).shaped(in_effect),
        Scene::of(Deed::ContentReplaced { authority: authority(100), request: content }).shaped(in_effect),
        Scene::of(Deed::Activated { period: authority(100).period }).shaped(permanent),
        Scene::of(Deed::Extended { authority: authority(160), days: 1 }).shaped(in_effect),
        Scene::of(Deed::Extended { authority: authority(160), days: 60 }).shaped(in_effect),
        Scene::of(Deed::Resumed { authority: authority(160) }).shaped(in_effect),
        Scene::of(Deed::OneBrowser { before: person(CARLA), then: person(OLAF) }),
        Scene::of(Deed::GapFound { rule: "3.2".to_owned(), gap: Gap::default() }),
        Scene::of(Deed::Reminded { task: None }).shaped(in_effect),
    ];
    for code in causes() {
        let round = Box::new(round(2, RoundKind::ReReview, Proposal::Reaffirm));
        let (settle_by, reopened) = (day(50), cause(code, Some(sealed("Acme Transcribe"))));
        scenes.push(Scene::of(Deed::Reopened { cause: reopened, settle_by, round }));
        scenes.push(Scene::of(Deed::Suspended { cause: cause(code, None) }));
    }
    scenes.push(Scene::of(Deed::Revoked { cause: cause("something_else", None) }));
    for (needed, kept) in [(false, true), (true, false)] {
        scenes.push(Scene::of(attested(needed, kept, sealed("Nobody used it since May."))));
    }
    scenes.push(Scene::of(Deed::ReviewWithdrawn { batch: "sop:standard:4".parse().unwrap() }));
    scenes
}

/// Every part that a reader can have in it.
fn readers() -> Vec<(Scene, Addressee)> {
    let scene = || {
        let mut scene = Scene::of(Deed::Withdrawn { reason: None });
        scene.exception.tasks.clear();
        scene
    };
    let olaf = || Addressee::Person(person(OLAF));
    let named = |change: fn(&mut Exception)| (scene().shaped(change), Addressee::Person(person(CARLA)));
    let retail: DomainPath = "eu/retail".parse().unwrap();
    let mut readers = vec![
        (scene(), Addressee::Person(person(RITA))),
        (scene().shaped(|exception| exception.filed_by_agent = true), Addressee::Person(person(RITA))),
        named(|exception| exception.request.beneficiary = Some(person(CARLA))),
        named(|exception| exception.request.sponsor = Some(person(CARLA))),
        named(|exception| exception.watchers = [person(CARLA)].into()),
        named(|_| {}),
        (scene(), olaf()),
        (scene().shaped(in_effect).shaped(|exception| exception.request.monitoring_owner = None), olaf()),
        (scene(), Addressee::Team("claims".to_owned())),
        (scene(), Addressee::Role(Role::Cro, vec![retail.clone(), "eu/bank".parse().unwrap()])),
    ];
    readers.extend(Role::ALL.iter().map(|role| (scene(), Addressee::Role(*role, vec![DomainPath::root()]))));
    readers
}

/// The mails about no exception.
fn notes(language: Language) -> Vec<Rendered> {
    let at = |domain: &str| domain.parse::<DomainPath>().unwrap();
    let reach: Vec<(Role, DomainPath)> =
        Role::ALL.iter().flat_map(|role| [(*role, DomainPath::root()), (*role, at("eu/retail"))]).collect();
    let told = Delegated {
        from: Some("Carla"),
        period: (day(1), day(2)),
        reach: &reach,
        public_url: "https://proviso.example.org",
        language,
        zone: Zone::UTC,
    };
    let mut notes = vec![
        delegated(&told),
        delegated(&Delegated { from: None, ..told }),
        digest(&["one"], language, "https://proviso.example.org"),
        digest(&["one", "two"], language, "https://proviso.example.org"),
        code("AB12CD", "EX-2026-000042", language),
    ];
    notes.extend(
        concerns::of_each_kind().iter().map(|one| concern_raised(one, "https://proviso.example.org", language)),
    );
    let batch = "policy:AIP-2:2".parse().unwrap();
    for why in [concerns::refusals(), Hold::Written(sealed("The wrong version"))] {
        notes.push(batch_held((&batch, 7), &why, "https://proviso.example.org", language));
    }
    notes.extend(periodic::of_each_kind(language));
    notes.extend(WebhookEnd::ALL.iter().map(|end| endpoint_failed("hooks.example.org", *end, language)));
    notes
}

/// All that can be written in a language.
fn written(language: Language) -> Vec<Rendered> {
    let olaf = Addressee::Person(person(OLAF));
    let role = Addressee::Role(Role::Governance, vec!["eu".parse().unwrap()]);
    let for_each = about_work().into_iter().chain(about_rounds());
    let mut told: Vec<Rendered> =
        for_each.flat_map(|scene| [&olaf, &role].map(|to| scene.told(language, to))).flatten().collect();
    let for_one = about_the_request().into_iter().chain(about_its_life());
    told.extend(for_one.flat_map(|scene| scene.told(language, &olaf)));
    told.extend(readers().iter().flat_map(|(scene, to)| scene.told(language, to)));
    told.extend(notes(language));
    told
}

#[test]
fn every_message_is_said_whole_in_every_language() {
    for language in Language::ALL {
        let mut told = Vec::new();
        let heard = testkit::heard(|| told = written(*language));
        let broken: Vec<_> = heard.iter().filter(|(_, whole)| !**whole).map(|(key, _)| key).collect();
        assert!(broken.is_empty(), "missing in {language}, or without what stands in them: {broken:?}");
        let unsaid: Vec<_> = testkit::of_letters().into_iter().filter(|key| !heard.contains_key(key)).collect();
        assert!(unsaid.is_empty(), "no letter says {unsaid:?}");
        for one in told {
            let whole = format!("{}\n{}", one.subject, one.text);
            assert!(!whole.contains("letter-") && !whole.contains('{'), "{whole}");
        }
    }
}
