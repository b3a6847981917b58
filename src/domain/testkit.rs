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
        calendar::Calendars,
        command::{Approve, Assess, Command, ProposedCondition},
        dossier::{About, Dossier},
        event::Event,
        exception::{Exception, Finding, Proposal},
        facts::{Prior, UsedUp},
        import::Provenance,
        lifecycle::{self, Drafting, Ground, Splitting},
        person::{By, Delegation, Door, Grant, People, Person},
        refusal::Refused,
        request::{Attachment, ProposedControl, Request, Scope, System, Term, Time},
        roster::Incident,
        task::Work,
    },
    register::Register,
    sop::Sop,
    words::{
        BatchId, ControlId, DataClass, DelegationId, Dimension, DomainPath, ExceptionId, GrantId, Hash, IncidentEffect,
        IncidentId, Kind, PersonId, Recommendation, Role, RoundKind, Sealed, Sealer, Severity, SplitId, StateName,
    },
};

mod case;

pub(crate) use case::Case;

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
static RESTING: BTreeSet<BatchId> = BTreeSet::new();
static CALENDARS: LazyLock<Calendars> = LazyLock::new(Calendars::default);
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
    Approve {
        dossier,
        on_behalf_of: None,
        delegation: None,
        conditions: Vec::new(),
        acknowledged: BTreeSet::new(),
        departure: None,
        reason: None,
    }
}

pub(crate) fn attest(needed: bool, kept: bool) -> Command {
    Command::Attest { needed, kept, statement: sealed("Ten answers were drawn and read") }
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
        absence: None,
        place: None,
        moved_at: None,
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

/// An incident with a system that the requests name.
pub(crate) fn incident(effect: IncidentEffect) -> Incident {
    Incident {
        id: IncidentId(Uuid::from_u128(7)),
        summary: sealed("Prompts were lost"),
        happened_at: noon(),
        severity: Severity::High,
        effect,
        domain: DomainPath::root(),
        systems: BTreeSet::from(["parlance".to_owned()]),
        clauses: BTreeSet::new(),
    }
}
