//! People, requests and a moved time for the tests of the rules: named persons with their grants, a
//! request that the shipped procedures take, and [`Case`], one exception that commands are run on.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{LazyLock, Mutex},
};

use chrono::Duration;
use uuid::Uuid;

use crate::{
    clock::Random,
    domain::{
        command::{Approve, Assess, Command, ProposedCondition},
        dossier::{About, Dossier},
        event::Event,
        exception::{Exception, Proposal},
        facts::Prior,
        lifecycle::{self, Drafting, Ground},
        person::{By, Delegation, Door, Grant, People, Person},
        refusal::Refused,
        request::{Attachment, ProposedControl, Request, Scope, System, Term, Time},
        task::Work,
    },
    register::Register,
    sop::Sop,
    words::{
        ControlId, DataClass, DelegationId, Dimension, ExceptionId, GrantId, Hash, Kind, PersonId, Recommendation,
        Role, RoundKind, Sealed, Sealer, StateName,
    },
};

const fn person(n: u128) -> PersonId {
    PersonId(Uuid::from_u128(n))
}

pub(crate) const REQUESTER: PersonId = person(1);
pub(crate) const BENEFICIARY: PersonId = person(2);
pub(crate) const REVIEWER: PersonId = person(3);
pub(crate) const PRIVACY: PersonId = person(4);
pub(crate) const SECURITY: PersonId = person(5);
pub(crate) const ETHICS: PersonId = person(6);
pub(crate) const REGULATORY: PersonId = person(7);
pub(crate) const ADVISER: PersonId = person(8);
pub(crate) const STAKEHOLDER: PersonId = person(9);
pub(crate) const BUSINESS_OWNER: PersonId = person(10);
pub(crate) const CISO: PersonId = person(11);
pub(crate) const CRO: PersonId = person(12);
pub(crate) const LEGAL: PersonId = person(13);
pub(crate) const GOVERNANCE: PersonId = person(14);
pub(crate) const CONTROL_OWNER: PersonId = person(15);
pub(crate) const MONITORING_OWNER: PersonId = person(16);
/// A pipeline, for which [`RESPONSIBLE`] answers. Somebody granted it an approving role by mistake.
pub(crate) const SERVICE: PersonId = person(17);
/// Answers for [`SERVICE`], and is a business owner.
pub(crate) const RESPONSIBLE: PersonId = person(18);
/// A second account of [`CISO`], merged into the first.
pub(crate) const ALIAS: PersonId = person(19);
/// Acts for [`CRO`] by a delegation, and holds no role.
pub(crate) const DELEGATE: PersonId = person(20);
/// Holds the roles of both the security officer and the risk officer.
pub(crate) const BOTH: PersonId = person(21);

/// Everyone, with the roles held at the root.
const CAST: &[(PersonId, &[Role])] = &[
    (REQUESTER, &[]),
    (BENEFICIARY, &[]),
    (REVIEWER, &[Role::CompletenessReviewer]),
    (PRIVACY, &[Role::PrivacyAssessor]),
    (SECURITY, &[Role::SecurityAssessor]),
    (ETHICS, &[Role::EthicsAssessor]),
    (REGULATORY, &[Role::RegulatoryAssessor]),
    (ADVISER, &[Role::Adviser]),
    (STAKEHOLDER, &[Role::Stakeholder]),
    (BUSINESS_OWNER, &[Role::BusinessOwner]),
    (CISO, &[Role::Ciso]),
    (CRO, &[Role::Cro]),
    (LEGAL, &[Role::Legal]),
    (GOVERNANCE, &[Role::Governance]),
    (CONTROL_OWNER, &[Role::ControlOwner]),
    (MONITORING_OWNER, &[]),
    (SERVICE, &[Role::BusinessOwner, Role::Ciso]),
    (RESPONSIBLE, &[Role::BusinessOwner]),
    (ALIAS, &[Role::Ciso, Role::Legal]),
    (DELEGATE, &[]),
    (BOTH, &[Role::Ciso, Role::Cro]),
];

pub(crate) const CONTROL: ControlId = ControlId(Uuid::from_u128(77));

static SOPS: LazyLock<Vec<Sop>> = LazyLock::new(|| Sop::builtin().expect("the procedures that ship"));
static REGISTER: LazyLock<Register> = LazyLock::new(|| Register::starter().expect("the register that ships"));

pub(crate) fn standard() -> &'static Sop {
    SOPS.iter().find(|sop| sop.document().id == "standard").expect("it ships")
}

pub(crate) fn lightweight() -> &'static Sop {
    SOPS.iter().find(|sop| sop.document().id == "lightweight").expect("it ships")
}

/// A shipped procedure with texts replaced; it lives as long as the test run.
pub(crate) fn altered(sop: &Sop, changes: &[(&str, &str)]) -> &'static Sop {
    let mut text = sop.canonical().expect("canonical");
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    Box::leak(Box::new(Sop::load(&text, &BTreeMap::new()).expect("it still loads")))
}

/// The starter register with one text replaced.
pub(crate) fn altered_register(from: &str, to: &str) -> &'static Register {
    let text = include_str!("../../policies/register/starter.yaml");
    assert!(text.contains(from), "{from}");
    Box::leak(Box::new(Register::load(&text.replacen(from, to, 1)).expect("it still loads")))
}

pub(crate) fn noon() -> Time {
    "2026-03-02T12:00:00Z".parse().expect("a time")
}

pub(crate) fn days(count: i64) -> Duration {
    Duration::days(count)
}

/// A sealed text: the same text always has the same salt.
pub(crate) fn sealed(value: &str) -> Sealed {
    static KNOWN: Mutex<BTreeMap<String, Sealed>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().expect("no test panics while it seals");
    let seal = || {
        let mut stream = Random::seeded(7).stream().expect("seeded");
        Sealer::new(&mut || stream.bytes32()).seal("text", value)
    };
    known.entry(value.to_owned()).or_insert_with(seal).clone()
}

fn long(value: &str) -> Sealed {
    sealed(&value.repeat(100 / value.len() + 1))
}

/// A request that both shipped procedures take without a word: ninety days, internal data, no control.
pub(crate) fn request() -> Request {
    Request {
        title: Some(sealed("Draft answers with the new assistant")),
        kind: Some(Kind::AiUsage),
        clauses: BTreeSet::from(["AIP-1.1".to_owned()]),
        justification: Some(long("Answers take two days. ")),
        alternatives: Some(long("The approved tool cannot. ")),
        scope: Scope {
            systems: vec![System { id: None, name: sealed("Assistant"), vendor: None, version: None }],
            purpose: Some(sealed("Draft answers to customers")),
            data_classes: BTreeSet::from([DataClass::Internal]),
            groups: BTreeSet::from(["support".to_owned()]),
            actions: BTreeSet::from(["draft".to_owned()]),
            business_unit: Some("retail".to_owned()),
            regions: BTreeSet::from(["eu".to_owned()]),
            ..Scope::default()
        },
        term: Some(Term::Days(90)),
        impact_if_denied: Some(sealed("Customers wait")),
        beneficiary: Some(BENEFICIARY),
        monitoring_owner: Some(MONITORING_OWNER),
        screening: REGISTER.all_denied(),
        ..Request::default()
    }
}

/// The same with a compensating control, to be confirmed before the start unless `due` says when.
pub(crate) fn with_control(due: Option<Time>, cadence_days: Option<u32>) -> Request {
    let control =
        ProposedControl { text: sealed("Logs"), owner: Some(CONTROL_OWNER), due, cadence_days, evidence: None };
    Request { controls: BTreeMap::from([(CONTROL, control)]), ..request() }
}

pub(crate) fn permanent() -> Request {
    Request { term: Some(Term::Permanent(long("The vendor has no other version. "))), ..request() }
}

pub(crate) fn attachment(content: &str) -> Attachment {
    Attachment {
        hash: Hash::of(content.as_bytes()),
        bytes: 4,
        media_type: "text/plain".to_owned(),
        name: sealed("evidence.txt"),
    }
}

pub(crate) fn approve(dossier: Hash) -> Approve {
    Approve { dossier, on_behalf_of: None, delegation: None, conditions: Vec::new(), departure: None, reason: None }
}

pub(crate) fn condition(text: &str) -> ProposedCondition {
    ProposedCondition { text: sealed(text), obligation: Some("log_prompts".to_owned()) }
}

/// The people of the cast.
pub(crate) fn cast() -> Vec<Person> {
    let account = |(id, roles): &(PersonId, &[Role])| Person {
        id: *id,
        human: if *id == ALIAS { CISO } else { *id },
        responsible: (*id == SERVICE).then_some(RESPONSIBLE),
        active: true,
        grants: roles.iter().map(|role| grant(*role, "/")).collect(),
    };
    CAST.iter().map(account).collect()
}

pub(crate) fn grant(role: Role, domain: &str) -> Grant {
    let id = GrantId(Uuid::new_v5(&Uuid::nil(), role.as_str().as_bytes()));
    Grant { id, role, domain: domain.parse().expect("a domain"), leaf: 1 }
}

pub(crate) fn delegation(from: PersonId, to: PersonId) -> Delegation {
    let id = DelegationId(Uuid::new_v5(&from.0, to.0.as_bytes()));
    Delegation { id, from, to, starts: noon() - days(1), ends: noon() + days(400) }
}

/// One exception, those around it, and everything that happened to it.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) sop: &'static Sop,
    pub(crate) newest: &'static Sop,
    pub(crate) register: &'static Register,
    pub(crate) people: Vec<Person>,
    pub(crate) delegations: Vec<Delegation>,
    pub(crate) prior: Prior,
    pub(crate) now: Time,
    pub(crate) is: Exception,
    pub(crate) events: Vec<Event>,
}

impl Case {
    /// A draft of `request` by the requester.
    pub(crate) fn draft(sop: &'static Sop, request: Request) -> Self {
        Self::drafted_by(REQUESTER, sop, request)
    }

    pub(crate) fn drafted_by(requester: PersonId, sop: &'static Sop, request: Request) -> Self {
        let people = People::new(cast(), Vec::new());
        let ground = Ground {
            by: &By::Person { id: requester, door: Door::Session(noon()) },
            now: noon(),
            sop,
            newest: sop,
            register: &REGISTER,
            people: &people,
            prior: Prior::default(),
        };
        let event = lifecycle::draft(Drafting { number: "EX-2026-000001".to_owned(), requester, request }, ground);
        let is = Exception::begin(ExceptionId(Uuid::from_u128(42)), &event).expect("it begins");
        Self {
            sop,
            newest: sop,
            register: &REGISTER,
            people: cast(),
            delegations: vec![delegation(CRO, DELEGATE)],
            prior: Prior::default(),
            now: noon(),
            is,
            events: vec![event],
        }
    }

    pub(crate) fn people(&self) -> People {
        People::new(self.people.iter().cloned(), self.delegations.clone())
    }

    /// The account `id`, to be changed.
    pub(crate) fn person(&mut self, id: PersonId) -> &mut Person {
        self.people.iter_mut().find(|person| person.id == id).expect("in the cast")
    }

    /// Somebody in a session that began a minute ago.
    pub(crate) fn session(&self, id: PersonId) -> By {
        By::Person { id, door: Door::Session(self.now - Duration::minutes(1)) }
    }

    /// What `work` makes of the ground as it is now.
    pub(crate) fn on<T>(&self, by: &By, work: impl FnOnce(&Exception, Ground<'_>) -> T) -> T {
        let people = self.people();
        let ground = Ground {
            by,
            now: self.now,
            sop: self.sop,
            newest: self.newest,
            register: self.register,
            people: &people,
            prior: self.prior,
        };
        work(&self.is, ground)
    }

    pub(crate) fn happened(&mut self, events: Vec<Event>) {
        for event in events {
            self.is = self.is.clone().after(&event);
            self.events.push(event);
        }
        let known = [self.newest, self.sop];
        self.sop = known.into_iter().find(|sop| sop.reference() == self.is.sop).expect("the version it runs on");
    }

    /// Asks `command` of it through any door.
    pub(crate) fn ask(&mut self, by: &By, command: Command) -> Result<(), Refused> {
        let events = self.on(by, |is, ground| lifecycle::decide(is, command, ground))?;
        self.happened(events);
        Ok(())
    }

    /// Asks `command` of it in a session.
    pub(crate) fn run(&mut self, by: PersonId, command: Command) -> Result<(), Refused> {
        self.ask(&self.session(by), command)
    }

    /// Runs a command that must succeed.
    #[track_caller]
    pub(crate) fn ok(&mut self, by: PersonId, command: Command) {
        let text = format!("{command:?}");
        if let Err(refused) = self.run(by, command) {
            panic!("{}: {refused} ({}) in {}: {text}", by, refused.refusal.code(), self.state());
        }
    }

    /// Runs a command that must be refused, and says with which code.
    #[track_caller]
    pub(crate) fn refused(&mut self, by: PersonId, command: Command) -> &'static str {
        let before = self.is.clone();
        let refused = self.run(by, command).expect_err("a refusal");
        assert_eq!(self.is, before, "a refusal changes nothing");
        refused.refusal.code()
    }

    pub(crate) fn state(&self) -> StateName {
        self.is.state.name()
    }

    pub(crate) fn dossier(&self) -> Hash {
        self.is.state.round().expect("an open round").dossier
    }

    /// The dossier of the round that a resumption would open.
    pub(crate) fn dossier_if_resumed(&self) -> Hash {
        let (round, kind) = (self.is.rounds + 1, RoundKind::Resume);
        let dossier = Dossier::of(&self.is, About { round, kind, proposal: &Proposal::Reaffirm });
        dossier.expect("it was rated").hash()
    }

    /// The codes of everything that happened, in order.
    pub(crate) fn story(&self) -> Vec<&'static str> {
        self.events.iter().map(|event| event.deed.code()).collect()
    }

    pub(crate) fn last(&self) -> &Event {
        self.events.last().expect("it began")
    }

    pub(crate) fn is_effective(&self) -> bool {
        self.is.is_effective(self.now)
    }
}

/// The way through the procedure.
impl Case {
    pub(crate) fn submitted(mut self) -> Self {
        self.ok(REQUESTER, Command::Submit);
        self
    }

    pub(crate) fn passed(mut self) -> Self {
        self = self.submitted();
        self.ok(REVIEWER, Command::Pass { note: None });
        self
    }

    /// Every dimension scored `points` of 5 on each criterion.
    pub(crate) fn assessed(mut self, points: u32) -> Self {
        self = self.passed();
        while let Some(dimension) = self.open_dimension() {
            let assess = self.assess(dimension, points);
            self.ok(assessor(dimension, self.sop), assess);
        }
        self
    }

    fn open_dimension(&self) -> Option<Dimension> {
        let open = self.is.tasks.iter().find(|task| task.work == Work::Assess)?;
        open.key.strip_prefix("assess:").and_then(|code| code.parse().ok())
    }

    pub(crate) fn assess(&self, dimension: Dimension, points: u32) -> Command {
        let rules = &self.sop.document().steps.assessment.dimensions;
        let criteria = rules.iter().find(|rules| rules.dimension == dimension).map(|rules| &rules.criteria);
        let points = criteria.into_iter().flatten().map(|criterion| (criterion.id.clone(), points.min(criterion.max)));
        Command::Assess(Box::new(Assess {
            dimension,
            points: points.collect(),
            findings: Vec::new(),
            override_tier: None,
        }))
    }

    /// Assessed, and answered by the stakeholders that the tier asks.
    pub(crate) fn in_decision(mut self, points: u32) -> Self {
        self = self.assessed(points);
        for (role, by) in [(Role::Adviser, ADVISER), (Role::Stakeholder, STAKEHOLDER)] {
            if self.state() == StateName::StakeholderInput {
                self.ok(by, Command::Recommend { role, recommendation: Recommendation::Support, text: None });
            }
        }
        assert_eq!(self.state(), StateName::Decision);
        self
    }

    /// Approved by these two, so that it is decided.
    pub(crate) fn approved_by(mut self, approvers: [PersonId; 2]) -> Self {
        for by in approvers {
            self.ok(by, Command::Approve(Box::new(approve(self.dossier()))));
        }
        self
    }

    pub(crate) fn approved_by_one(mut self, by: PersonId) -> Self {
        self.ok(by, Command::Approve(Box::new(approve(self.dossier()))));
        self
    }

    /// In effect at tier low.
    pub(crate) fn active(sop: &'static Sop, request: Request) -> Self {
        let case = Self::draft(sop, request).in_decision(0).approved_by([BUSINESS_OWNER, CISO]);
        assert_eq!(case.state(), StateName::Active);
        case
    }

    /// Itself, later.
    pub(crate) fn after(mut self, by: Duration) -> Self {
        self.later(by);
        self
    }

    /// Later: what is due then is settled, once, as late as that.
    pub(crate) fn later(&mut self, by: Duration) {
        self.now += by;
        let events = self.on(&clock(), lifecycle::due);
        self.happened(events);
    }
}

pub(crate) fn clock() -> By {
    By::System { job: "due".to_owned() }
}

/// Who of the cast assesses this dimension in this procedure.
pub(crate) fn assessor(dimension: Dimension, sop: &Sop) -> PersonId {
    let rules = &sop.document().steps.assessment.dimensions;
    let role = rules.iter().find(|rules| rules.dimension == dimension).map(crate::sop::DimensionRules::assessor);
    let held = |(_, roles): &&(PersonId, &[Role])| role.is_some_and(|role| roles.contains(&role));
    CAST.iter().find(held).map(|(id, _)| *id).expect("an assessor")
}
