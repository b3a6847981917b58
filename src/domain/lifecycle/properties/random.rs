//! Random steps: mostly what somebody sensible would do next, often enough what nobody should.

mod anything;
mod people;

use chrono::Duration;
use uuid::Uuid;

use crate::{
    clock::{Random, Stream},
    domain::{
        command::{Approve, Command},
        control::ControlStatus,
        event::Deed,
        lifecycle::{due, made_stale, struck, supersede, withdrawn},
        person::{By, Door},
        refusal::Refused,
        request::{Request, Term},
        task::{Task, Work},
        testkit::*,
    },
    register::Register,
    sop::{Sop, unlike},
    words::{
        AttachmentId, BatchId, DataClass, EntryKind, EntryRef, ExceptionId, Hash, IncidentEffect, PersonId,
        Recommendation, Reversal, Role, SplitId, StateName, Tier, TokenId,
    },
};

pub(super) struct Dice {
    stream: Stream,
    pool: Vec<u8>,
    /// A later version of the lightweight procedure that asks for more in everything.
    strict: &'static Sop,
    /// A version of it that runs beside the first one.
    variant: &'static Sop,
    /// How many splits there were.
    splits: u128,
    /// A register in which nobody may waive what most ask for.
    register: &'static Register,
}

fn stricter() -> &'static Sop {
    let three = ("\"min\":2", "\"min\":3");
    let (shorter, sooner) =
        (("\"max_days\":365", "\"max_days\":200"), ("\"permanent_days\":365", "\"permanent_days\":150"));
    let changes = [
        ("\"version\":1", "\"version\":3"),
        ("\"control_failure\":\"reopen\"", "\"control_failure\":\"suspend\""),
        ("\"approval_days\":14", "\"approval_days\":7"),
        ("\"max_days\":90", "\"max_days\":60"),
        ("\"max_days\":180", "\"max_days\":100"),
        ("scores.max >= 35", "scores.max >= 20"),
        // Cannot be evaluated where two regions are asked for.
        ("request.justification.chars >= 80", "10 / (2 - size(request.regions)) > 0"),
        // Asks everybody in every re-review.
        (
            "\"attestation\":{\"due_hours\":72,\"of\":[{\"tiers\":[\"high\",\"critical\"]}]}",
            "\"assessments\":{\"due_hours\":96},\"attestation\":{\"due_hours\":72}",
        ),
    ];
    let sop = altered(lightweight(), &[&changes[..], &[three; 4], &[shorter; 2], &[sooner; 2]].concat());
    assert!(sop.document().tiers.values().all(|rules| rules.quorum.min == 3 && rules.max_days <= 200));
    sop
}

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        let register = altered_register(
            "        text: Only AI tools on the approved list are used for company work.\n",
            "        text: Only AI tools on the approved list are used for company work.\n        non_waivable: A law\n",
        );
        let stream = Random::seeded(seed).stream().expect("seeded");
        let changes = [("\"version\":1", "\"version\":2"), ("\"due_hours\":48", "\"due_hours\":30")];
        let variant = altered(lightweight(), &changes);
        assert_eq!(unlike(lightweight().document(), variant.document()), [""; 0]);
        Self { stream, pool: Vec::new(), strict: stricter(), variant, splits: 0, register }
    }

    fn byte(&mut self) -> u32 {
        if self.pool.is_empty() {
            self.pool = self.stream.bytes32().to_vec();
        }
        u32::from(self.pool.pop().unwrap_or(0))
    }

    pub(super) fn below(&mut self, bound: u32) -> u32 {
        let number = (self.byte() << 24) | (self.byte() << 16) | (self.byte() << 8) | self.byte();
        number % bound.max(1)
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.below(u32::try_from(of.len()).expect("few"))).expect("few")]
    }
}

const EVERYONE: &[PersonId] = &[
    REQUESTER,
    BENEFICIARY,
    REVIEWER,
    PRIVACY,
    SECURITY,
    ETHICS,
    ADVISER,
    STAKEHOLDER,
    BUSINESS_OWNER,
    CISO,
    CRO,
    LEGAL,
    GOVERNANCE,
    CONTROL_OWNER,
    SERVICE,
    RESPONSIBLE,
    ALIAS,
    DELEGATE,
    BOTH,
    MONITORING_OWNER,
];
const APPROVERS: &[PersonId] = &[BUSINESS_OWNER, CISO, CRO, LEGAL, RESPONSIBLE, ALIAS, DELEGATE, BOTH];

fn content(dice: &mut Dice) -> Request {
    let due = (dice.below(3) == 0).then(|| noon() + Duration::days(i64::from(dice.below(60))));
    let cadence = (dice.below(2) == 0).then(|| 1 + dice.below(50));
    let mut request = match dice.below(4) {
        0 => permanent(),
        1 | 2 => with_control(due, cadence),
        _ => request(),
    };
    request.beneficiary = dice.one(&[None, Some(BENEFICIARY), Some(LEGAL), Some(SERVICE)]);
    if dice.below(3) == 0 {
        request.start = Some(noon() + Duration::hours(i64::from(dice.below(24 * 60))));
    }
    if dice.below(3) == 0 && !request.is_permanent() {
        let hours = i64::from(dice.below(24 * 200));
        request.term = Some(dice.one(&[Term::Days(1), Term::Days(365), Term::Days(0)].each_ref()).clone());
        if hours > 24 * 20 {
            request.term = Some(Term::Until(noon() + Duration::hours(hours)));
        }
    }
    if dice.below(4) == 0 {
        request.scope.data_classes.insert(dice.one(&[DataClass::Confidential, DataClass::Credentials]));
    }
    if dice.below(6) == 0 {
        request.scope.regions.insert("us".to_owned());
    }
    request
}

pub(super) fn draft(dice: &mut Dice) -> Case {
    let sop = dice.one(&[standard(), lightweight(), lightweight(), dice.strict, dice.strict]);
    let requester = dice.one(&[REQUESTER, REQUESTER, REQUESTER, SERVICE, BUSINESS_OWNER]);
    let request = content(dice);
    let mut case = Case::drafted_by(requester, sop, request);
    if sop.document().id == "lightweight" {
        case.newest = dice.one(&[sop, dice.strict]);
        if case.newest.document().version == 1 {
            dice.splits += 1;
            case.split = Some((SplitId(Uuid::from_u128(dice.splits)), 50, dice.variant));
        }
    }
    case.delegations.extend([delegation(LEGAL, DELEGATE), delegation(REQUESTER, LEGAL), delegation(SERVICE, CISO)]);
    for id in [REQUESTER, SECURITY, GOVERNANCE] {
        case.person(id).grants.extend((dice.below(3) == 0).then(|| grant(Role::Ciso, "/")));
    }
    people::brought(dice, case)
}

/// One step: time passes, somebody's standing changes, or somebody asks for something.
pub(super) fn step(dice: &mut Dice, case: &mut Case) -> Result<(), Refused> {
    match dice.below(20) {
        0 | 1 => pass_time(dice, case),
        2 => change_rules(dice, case),
        3 => people::change(dice, case),
        4 | 5 => {
            let (by, command) = anything::asked(dice, case);
            return case.ask(&by, command);
        }
        _ => {
            let (by, command) = sensible(dice, case);
            return case.ask(&by, command);
        }
    }
    Ok(())
}

fn pass_time(dice: &mut Dice, case: &mut Case) {
    let wake = case.is.wake_after(case.sop.document(), case.now);
    case.now = match (dice.below(6), wake) {
        (0..=2, Some(at)) => at,
        (3, _) => case.now + Duration::days(i64::from(dice.below(400))),
        (4, _) => case.now + Duration::days(i64::from(dice.below(20))),
        _ => case.now + Duration::minutes(i64::from(dice.below(3_000))),
    };
    // A late clock: now and then nobody looks until somebody asks.
    if dice.below(3) > 0 {
        let events = case.on(&clock(), due);
        case.happened(events);
    }
}

/// What it rests on changes: a stricter version of its procedure or of the register, what it names, what renews it.
fn change_rules(dice: &mut Dice, case: &mut Case) {
    match dice.below(10) {
        0..=2 if case.newest.document().id == "lightweight" => (case.newest, case.split) = (dice.strict, None),
        3 if dice.below(2) == 0 => case.register = dice.register,
        4 | 5 => {
            let hash = Hash::of(b"the next version");
            let entry = EntryRef { kind: EntryKind::Policy, id: "AIP-1".to_owned(), version: 2, hash };
            let events = case.on(&clock(), |is, ground| made_stale(is, ("policy_changed", &entry), ground));
            case.happened(events);
        }
        7 => {
            let effect = dice.one(&[IncidentEffect::Reopen, IncidentEffect::Suspend]);
            let events = case.on(&clock(), |is, ground| struck(is, &incident(effect), ground));
            case.happened(events);
        }
        8 if case.state() == StateName::ReReview => {
            let batch: BatchId = dice.one(&["policy:AIP-1:2", "sop:lightweight:2"]).parse().expect("a batch");
            let version = case.is.version - u64::from(dice.below(4) == 0);
            let (events, reversal) = case.on(&clock(), |is, ground| withdrawn(is, (&batch, version), ground));
            let withdrew = events.iter().any(|event| matches!(event.deed, Deed::ReviewWithdrawn { .. }));
            assert_eq!(withdrew, reversal == Reversal::Reverted);
            case.happened(events);
        }
        8 => case.split = None,
        6 => {
            let by = ExceptionId(Uuid::from_u128(43));
            let events = case.on(&clock(), |is, ground| supersede(is, by, ground));
            case.happened(events);
        }
        _ => {}
    }
    let events = case.on(&clock(), due);
    case.happened(events);
}

fn door(dice: &mut Dice, case: &Case, id: PersonId) -> By {
    match dice.below(30) {
        0 => By::Person { id, door: Door::Token(TokenId(Uuid::nil())) },
        1 => By::Person { id, door: Door::Session(case.now - Duration::hours(1)) },
        2 => clock(),
        _ => case.session(id),
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "some are of interest here, and the rest are as they were")]
fn dossier(dice: &mut Dice, case: &Case) -> Hash {
    let current = case.is.state.round().map(|round| round.dossier);
    let old = case.events.iter().find_map(|event| match &event.deed {
        crate::domain::event::Deed::RoundOpened { round } => Some(round.dossier),
        _ => None,
    });
    match (dice.below(12), current, old) {
        (0, _, _) => Hash([0; 32]),
        (1, _, Some(old)) => old,
        (_, Some(current), _) => current,
        (_, None, _) if case.state() == StateName::Suspended => case.dossier_if_resumed(),
        (_, None, _) => Hash([1; 32]),
    }
}

fn approval(dice: &mut Dice, case: &Case) -> Approve {
    let mut given = approve(dossier(dice, case));
    if dice.below(8) == 0 {
        given.on_behalf_of = Some(dice.one(&[CRO, LEGAL, REQUESTER, SERVICE]));
    }
    given.conditions = (dice.below(10) == 0).then(|| condition("Log prompts")).into_iter().collect();
    given.departure = (dice.below(2) == 0).then(|| sealed("All the same"));
    given
}

fn lent(dice: &mut Dice, case: &Case) -> Command {
    let from = Some(dice.one(&[CRO, LEGAL]));
    Command::Approve(Box::new(Approve { on_behalf_of: from, conditions: Vec::new(), ..approval(dice, case) }))
}

fn confirmation() -> Command {
    Command::ConfirmControl { control: CONTROL, evidence: None, expires: None }
}

/// What somebody would do next, by somebody who may.
fn sensible(dice: &mut Dice, case: &Case) -> (By, Command) {
    let tasks: Vec<&Task> = case.is.tasks.iter().collect();
    if case.state() == StateName::Draft {
        return (case.session(case.is.requester), writing(dice, case));
    }
    if tasks.is_empty() || dice.below(10) == 0 {
        return monitoring(dice, case);
    }
    let task = dice.one(&tasks);
    let (by, command) = match task.work {
        Work::Fix if dice.below(2) == 0 => (case.is.requester, Command::Amend { request: Box::new(content(dice)) }),
        Work::Fix => (case.is.requester, Command::Submit),
        Work::Review => (REVIEWER, Command::Pass { note: None }),
        Work::Assess if case.is.review().is_none() || dice.below(3) == 0 => assessed(dice, case, task),
        Work::Assess | Work::Attest => answered(dice, case, task),
        Work::Advise => {
            let role = dice.one(&task.roles);
            let recommendation = dice.one(&[Recommendation::Support, Recommendation::Object]);
            (
                if role == Role::Adviser { ADVISER } else { STAKEHOLDER },
                Command::Recommend { role, recommendation, text: Some(sealed("So")) },
            )
        }
        Work::Decide if case.state() == StateName::Suspended => {
            (dice.one(APPROVERS), Command::Resume(Box::new(approval(dice, case))))
        }
        Work::Decide if dice.below(6) == 0 => (DELEGATE, lent(dice, case)),
        Work::Decide => (dice.one(APPROVERS), Command::Approve(Box::new(approval(dice, case)))),
        Work::AcceptConditions => (case.is.requester, Command::AcceptConditions),
        Work::ConfirmControl => (CONTROL_OWNER, confirmation()),
        Work::FillQuorum | Work::FindCover => (GOVERNANCE, Command::Comment { text: sealed("Whom?"), internal: true }),
        Work::SettleGap => {
            let gate = task.key.trim_start_matches("gap:").to_owned();
            let tier = (dice.below(2) == 0).then_some(Tier::Low);
            (GOVERNANCE, Command::WaiveGate { gate, tier, reason: sealed("So be it") })
        }
    };
    let claim = Command::Assign { task: task.id, to: Some(by) };
    let command = if dice.below(20) == 0 { claim } else { command };
    (door(dice, case, by), command)
}

/// What a re-review asks.
fn answered(dice: &mut Dice, case: &Case, task: &Task) -> (PersonId, Command) {
    if let Some(code) = task.key.strip_prefix("assess:") {
        let dimension = code.parse().expect("a dimension");
        return (assessor(dimension, case.sop), Command::ConfirmAssessment { dimension, note: None });
    }
    let who = dice.one(&[task.assignee.unwrap_or(GOVERNANCE), MONITORING_OWNER, GOVERNANCE]);
    (who, attest(dice.below(4) > 0, dice.below(4) > 0))
}

fn assessed(dice: &mut Dice, case: &Case, task: &Task) -> (PersonId, Command) {
    let dimension = task.key.trim_start_matches("assess:").parse().expect("a dimension");
    (assessor(dimension, case.sop), case.assess(dimension, dice.one(&[0, 0, 1, 3, 5])))
}

/// What is done with a draft: it is submitted, as it is or with other files.
fn writing(dice: &mut Dice, case: &Case) -> Command {
    let attached = case.is.request.attachments.keys().next().copied();
    match (dice.below(8), attached) {
        (0, _) => {
            let id = AttachmentId(Uuid::from_u128(u128::from(dice.below(9))));
            Command::Attach { id, attachment: attachment("log") }
        }
        (1..=3, Some(attachment)) => Command::Detach { attachment },
        _ => Command::Submit,
    }
}

/// What people do to what lives, or is about to.
#[expect(clippy::similar_names, reason = "the case is what it is about, a cause is in it")]
fn monitoring(dice: &mut Dice, case: &Case) -> (By, Command) {
    let cause = || "incident".to_owned();
    let end = case.is.state.authority().map_or(case.now, |authority| authority.period.end);
    let later = end + Duration::days(i64::from(dice.below(200)));
    let confirmed = case.is.controls.iter().any(|one| matches!(one.status, ControlStatus::Confirmed { .. }));
    let (by, command) = match dice.below(12) {
        0 | 1 => (case.is.requester, Command::RequestExtension { end: later, reason: sealed("More") }),
        2 => (GOVERNANCE, Command::Reopen { cause: cause(), note: None }),
        3 => (GOVERNANCE, Command::Suspend { cause: cause(), note: None }),
        4 | 5 => (dice.one(APPROVERS), Command::Resume(Box::new(approval(dice, case)))),
        6 if confirmed => (CONTROL_OWNER, Command::FailControl { control: CONTROL, reason: sealed("Gone") }),
        6 | 7 => {
            let mut content = case.is.request.clone();
            content.scope.data_classes.remove(&DataClass::Confidential);
            (GOVERNANCE, Command::Revert { to_version: 1, content: Box::new(content) })
        }
        8 => (REVIEWER, Command::AddClauses { clauses: ["AIP-3.1".to_owned()].into(), reason: sealed("As well") }),
        9 => {
            let id = AttachmentId(Uuid::from_u128(u128::from(dice.below(9))));
            (CONTROL_OWNER, Command::Attach { id, attachment: attachment("log") })
        }
        10 if case.is.watchers.contains(&STAKEHOLDER) => (STAKEHOLDER, Command::Unwatch { person: STAKEHOLDER }),
        10 => (STAKEHOLDER, Command::Watch { person: STAKEHOLDER }),
        _ => (case.is.requester, Command::Comment { text: sealed("Well?"), internal: false }),
    };
    (door(dice, case, by), command)
}
