//! The people and exceptions of a demonstration, made through the door like any other: nothing here
//! writes past it. Every account has the same password, so a demonstration listens on this machine only.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    App, StartError,
    first::{add_person, asked, grant, install},
};
use crate::{
    desk::{Answer, Asked, Desk},
    domain::{
        command::{Approve, Assess, Command},
        exception::Finding,
        person::{By, Door},
        request::{ProposedControl, Request, Scope, System, Term},
        roster::RosterAction,
    },
    identity::{email::EmailAddress, password::Password},
    store::roster::Secrets,
    words::{
        ControlId, DataClass, Dimension, DomainPath, ExceptionId, GrantId, Kind, Opening, PersonId, Role, Sealer, Tier,
    },
};

/// The password of every account of a demonstration.
pub const DEMO_PASSWORD: &str = "try proviso today";

/// Somebody who can be signed in as.
#[derive(Debug, Clone)]
pub struct Guest {
    /// Their id.
    pub id: PersonId,
    /// Their name.
    pub name: &'static str,
    /// Their address.
    pub email: String,
    /// What they hold, and where.
    pub roles: Vec<(Role, &'static str)>,
}

/// The company: who is who, and where.
const STAFF: &[(&str, &[(Role, &str)])] = &[
    ("Rita Requester", &[]),
    ("Ben Beneficiary", &[]),
    ("Rosa Reviewer", &[(Role::CompletenessReviewer, "/")]),
    ("Priya Privacy", &[(Role::PrivacyAssessor, "/")]),
    ("Sam Security", &[(Role::SecurityAssessor, "/")]),
    ("Elena Ethics", &[(Role::EthicsAssessor, "/"), (Role::RegulatoryAssessor, "/")]),
    ("Dana Dpo", &[(Role::Adviser, "/"), (Role::Stakeholder, "/")]),
    ("Boris Businessowner", &[(Role::BusinessOwner, "/")]),
    ("Carla Ciso", &[(Role::Ciso, "/")]),
    ("Konrad Cro", &[(Role::Cro, "/")]),
    ("Lena Legal", &[(Role::Legal, "/")]),
    ("Oskar Owner", &[(Role::ControlOwner, "/"), (Role::Auditor, "/")]),
    ("Gita Governance", &[(Role::Governance, "/")]),
    ("Adam Admin", &[(Role::Admin, "/")]),
    ("Gustav Governance", &[(Role::Governance, "/")]),
];

/// Fills an empty database with people, and with exceptions in several states.
pub fn seed(app: &App) -> Result<Vec<Guest>, StartError> {
    let guests = staff(app)?;
    let company = Company { desk: app.desk(), guests: &guests };
    company.exceptions(&app.config().sop.default)?;
    Ok(guests)
}

/// Everyone, with the administrators last: from the first one on, nobody is set up by the service.
pub fn staff(app: &App) -> Result<Vec<Guest>, StartError> {
    let desk = app.desk();
    let setting = |error: &dyn std::fmt::Display| StartError::Setting(error.to_string());
    let password: Password = DEMO_PASSWORD.parse().map_err(|error| setting(&error))?;
    let phc = app.hasher().hash(&password)?.as_phc().to_owned();
    let mut guests = Vec::new();
    for (name, roles) in STAFF {
        let local = name.split(' ').next().unwrap_or(name).to_lowercase();
        let email: EmailAddress = format!("{local}@example.com").parse().map_err(|error| setting(&error))?;
        let id = add_person(desk, name, &email, None)?;
        let secrets = Secrets { password: Some(phc.clone()), ..Secrets::default() };
        install(desk, RosterAction::SetPassword { person: id }, secrets)?;
        guests.push(Guest { id, name, email: email.as_str().to_owned(), roles: roles.to_vec() });
    }
    for guest in &guests {
        for (role, domain) in &guest.roles {
            let domain: DomainPath = domain.parse().map_err(|error| setting(&error))?;
            let admin =
                guests.iter().find(|other| other.name == "Adam Admin").filter(|_| guest.name == "Gustav Governance");
            match admin {
                None => grant(desk, guest.id, *role, domain)?,
                // The second governance person is granted by the admin: from then on nobody acts alone.
                Some(admin) => {
                    let id = GrantId(desk.random().uuid_v7(desk.clock().now())?);
                    let by = By::Person { id: admin.id, door: Door::Session(desk.clock().now()) };
                    let action = RosterAction::GrantRole { grant: id, person: guest.id, role: *role, domain };
                    desk.administer(asked(desk, by, action)?, Secrets::default())?.wait()?;
                }
            }
        }
    }
    Ok(guests)
}

/// The people at work.
struct Company<'a> {
    desk: &'a Desk,
    guests: &'a [Guest],
}

/// How far an exception is taken.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Until {
    Draft,
    Returned,
    Review,
    Assessment,
    Decision,
    Active,
}

impl Company<'_> {
    fn who(&self, first: &str) -> Result<PersonId, StartError> {
        let found = self.guests.iter().find(|guest| guest.name.starts_with(first));
        found.map(|guest| guest.id).ok_or_else(|| StartError::Setting(format!("nobody called {first}")))
    }

    fn exceptions(&self, sop: &str) -> Result<(), StartError> {
        let subjects = [
            ("Use of a translation model for support tickets", Until::Active),
            ("Meeting summaries with an external assistant", Until::Active),
            ("Code review by a hosted model in the payments team", Until::Decision),
            ("Fraud scoring model outside the standard pipeline", Until::Assessment),
            ("Customer letters drafted by a language model", Until::Review),
            ("Image generation for the annual report", Until::Returned),
            ("Chat assistant for the works council", Until::Draft),
        ];
        for (title, until) in subjects {
            self.exception(sop, title, until)?;
        }
        Ok(())
    }

    /// Files one exception and takes it as far as `until`.
    fn exception(&self, sop: &str, title: &str, until: Until) -> Result<(), StartError> {
        let complete = until != Until::Returned;
        let (request, openings) = self.sealed(|sealer| request(sealer, title, complete, self))?;
        let rita = self.person("Rita")?;
        let filed = Asked { by: rita, key: None, expected: None, command: request, openings };
        let id = self.desk.draft(sop, filed)?.wait()?.exception.id;
        if until == Until::Draft {
            return Ok(());
        }
        self.does("Rita", id, Command::Submit)?;
        if until <= Until::Review {
            return Ok(());
        }
        self.does("Rosa", id, Command::Pass { note: None })?;
        if until == Until::Assessment {
            return Ok(());
        }
        self.assess(id)?;
        if until == Until::Active {
            let dossier = |answer: &Answer| answer.exception.state.round().map(|round| round.dossier);
            let found = self.desk.find(&self.person("Gita")?, &crate::desk::Find::Id(id))?.what;
            let answer = Answer { exception: found, first: 0, events: 0, replayed: false };
            for approver in ["Boris", "Carla"] {
                let Some(dossier) = dossier(&answer) else { continue };
                self.does(approver, id, approval(dossier))?;
            }
        }
        Ok(())
    }

    fn assess(&self, id: ExceptionId) -> Result<(), StartError> {
        let found = self.desk.find(&self.person("Gita")?, &crate::desk::Find::Id(id))?.what;
        let open: Vec<Dimension> =
            found.tasks.iter().filter_map(|task| task.key.strip_prefix("assess:")?.parse().ok()).collect();
        let sop = self.desk.laws().sops.exactly(&found.sop);
        for dimension in open {
            let assessor = match dimension {
                Dimension::Privacy => "Priya",
                Dimension::Security => "Sam",
                Dimension::Ethics | Dimension::Regulatory => "Elena",
            };
            let criteria = sop.iter().flat_map(|sop| &sop.document().steps.assessment.dimensions);
            let criteria = criteria.filter(|rules| rules.dimension == dimension).flat_map(|rules| &rules.criteria);
            let points: BTreeMap<String, u32> = criteria.map(|criterion| (criterion.id.clone(), 1)).collect();
            let (finding, openings) =
                self.sealed(|sealer| Ok(sealer.seal("finding", "The vendor keeps prompts for thirty days.")))?;
            let findings = vec![Finding { severity: Tier::Low, text: finding, mitigation: None }];
            let command = Command::Assess(Box::new(Assess { dimension, points, findings, override_tier: None }));
            let by = self.person(assessor)?;
            self.desk.act(id, Asked { by, key: None, expected: None, command, openings })?.wait()?;
        }
        Ok(())
    }

    fn does(&self, first: &str, id: ExceptionId, command: Command) -> Result<Answer, StartError> {
        let asked = Asked { by: self.person(first)?, key: None, expected: None, command, openings: Vec::new() };
        Ok(self.desk.act(id, asked)?.wait()?)
    }

    fn person(&self, first: &str) -> Result<By, StartError> {
        Ok(By::Person { id: self.who(first)?, door: Door::Session(self.desk.clock().now()) })
    }

    fn sealed<T>(
        &self,
        job: impl FnOnce(&mut Sealer<'_>) -> Result<T, StartError>,
    ) -> Result<(T, Vec<Opening>), StartError> {
        let mut stream = self.desk.random().stream()?;
        let mut salts = || stream.bytes32();
        let mut sealer = Sealer::new(&mut salts);
        let value = job(&mut sealer)?;
        Ok((value, sealer.into_openings()))
    }
}

fn approval(dossier: crate::words::Hash) -> Command {
    Command::Approve(Box::new(Approve {
        dossier,
        on_behalf_of: None,
        delegation: None,
        conditions: Vec::new(),
        departure: None,
        reason: None,
    }))
}

/// A request as Rita would file it; an incomplete one says too little of why.
fn request(sealer: &mut Sealer<'_>, title: &str, complete: bool, company: &Company<'_>) -> Result<Request, StartError> {
    let why = if complete {
        "The team answers four hundred letters a week in nine languages; without help customers wait for eleven days, and the approved tools do not know two of the languages."
    } else {
        "It would be nice to have."
    };
    let control = ProposedControl {
        text: sealer.seal("control", "A person reads every text before it leaves the company."),
        owner: Some(company.who("Oskar")?),
        due: Some(company.desk.clock().now() + chrono::Duration::days(30)),
        cadence_days: Some(30),
        evidence: None,
    };
    let control_id = ControlId(company.desk.random().uuid_v7(company.desk.clock().now())?);
    Ok(Request {
        title: Some(sealer.seal("title", title)),
        kind: Some(Kind::AiUsage),
        clauses: BTreeSet::from(["AIP-2.1".to_owned()]),
        justification: Some(sealer.seal("justification", why)),
        alternatives: Some(sealer.seal("alternatives", "The company assistant lacks two languages; an agency would take three weeks a letter and costs ten times as much.")),
        scope: Scope {
            systems: vec![System { id: Some("parlance".to_owned()), name: sealer.seal("system", "Parlance"), vendor: Some(sealer.seal("vendor", "Example Models")), version: None }],
            purpose: Some(sealer.seal("purpose", "Drafts and translations of letters that a person then edits and sends.")),
            data_classes: BTreeSet::from([DataClass::Internal]),
            people: BTreeSet::from([company.who("Rita")?]),
            actions: BTreeSet::from(["translate".to_owned(), "draft".to_owned()]),
            business_unit: Some("service".to_owned()),
            regions: BTreeSet::from(["eu".to_owned()]),
            ..Scope::default()
        },
        term: Some(Term::Days(90)),
        impact_if_denied: Some(sealer.seal("impact_if_denied", "Customers wait longer, and two people stay in manual translation.")),
        controls: BTreeMap::from([(control_id, control)]),
        sponsor: Some(company.who("Boris")?),
        monitoring_owner: Some(company.who("Oskar")?),
        affected_teams: BTreeSet::from(["support".to_owned()]),
        screening: company.desk.laws().register.screening().into_iter().map(|(_, asked)| (asked.code.clone(), false)).collect(),
        ..Request::default()
    })
}
