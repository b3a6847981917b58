//! The people of a demonstration and their year, made through the door like any other: nothing here
//! writes past it. Every account has the same password, so a demonstration listens on this machine only.

mod cases;
mod history;
mod paper;

pub use history::HISTORY;

use std::collections::BTreeSet;

use super::{
    App, StartError, Timing,
    first::{add_person, asked, grant, install},
};
use crate::{
    config::Config,
    desk::{Asked, Desk},
    domain::{
        exception::Exception,
        person::{By, Door},
        roster::RosterAction,
        task::{Task, Work},
    },
    identity::{email::EmailAddress, password::Password, secret::TokenText},
    store::{
        self, DatabaseUrl, Purpose, StoreError,
        roster::{Secrets, person_by_email_key},
    },
    words::{DomainPath, GrantId, Opening, PersonId, Role, Scope, Sealer, TokenId},
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
    /// An API token by which a program may read and file as they, where one was just issued.
    pub token: Option<String>,
}

/// The company: who is who, and where.
const STAFF: &[(&str, &[(Role, &str)])] = &[
    ("Rita Requester", &[]),
    ("Ben Beneficiary", &[]),
    ("Ravi Researcher", &[]),
    ("Uma Underwriter", &[]),
    ("Theo Trader", &[]),
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

/// Who decides beside them where patients and studies are concerned.
const BOARD: (&str, &[(Role, &str)]) = ("Edith Ethicsboard", &[(Role::EthicsBoard, "/")]);
/// The letters of so many last days are in the mailboxes; who got one before has read it and thrown it away.
const LETTERS: chrono::Duration = chrono::Duration::days(5);
/// How many commands of the history share one commit.
const TOGETHER: usize = 1_000;

/// Makes the new SQLite file that `config` names, with people and a year of exceptions; on the disk once it is
/// whole, and not before. The clock ends at the present.
pub fn fill(config: &Config, timing: &Timing) -> Result<Vec<Guest>, StartError> {
    let mut config = config.clone();
    config.writer.batch = TOGETHER;
    let url: DatabaseUrl = config.database.url.reveal().parse()?;
    let app = App::open_to(Purpose::Fill, config, timing.clone())?;
    let guests = seed(&app)?;
    app.desk().store().shutdown();
    drop(app);
    store::flush(&url)?;
    Ok(guests)
}

/// Fills an empty database with people and a year of exceptions. The clock ends at the present.
pub fn seed(app: &App) -> Result<Vec<Guest>, StartError> {
    let everybody: Vec<_> = std::iter::once(BOARD).chain(STAFF.iter().copied()).collect();
    let mut guests = people(app, &everybody)?;
    history::live(&Company { desk: app.desk(), guests: &guests })?;
    deliver(app)?;
    if let Some(rita) = guests.iter_mut().find(|guest| guest.name.starts_with("Rita")) {
        rita.token = Some(token(app.desk(), rita.id)?);
    }
    Ok(guests)
}

/// A token by which a program may read and file as somebody, for thirty days; kept is its hash alone.
fn token(desk: &Desk, person: PersonId) -> Result<String, StartError> {
    let (now, secret) = (desk.clock().now(), TokenText::draw(desk.random())?);
    let mut stream = desk.random().stream()?;
    let mut salts = || stream.bytes32();
    let mut sealer = Sealer::new(&mut salts);
    let action = RosterAction::IssueToken {
        token: TokenId(desk.random().uuid_v7(now)?),
        person,
        name: sealer.seal("token", "The demonstration"),
        scopes: BTreeSet::from([Scope::Read, Scope::File]),
        expires_at: now + chrono::Duration::days(30),
    };
    let by = By::Person { id: person, door: Door::Session(now) };
    let asked = Asked { openings: sealer.into_openings(), ..asked(desk, by, action)? };
    desk.administer(asked, Secrets { token: Some(secret.hash()), ..Secrets::default() })?.wait()?;
    Ok(secret.reveal().clone())
}

/// Puts the last letters of the history into the mailboxes; by mail none leaves.
fn deliver(app: &App) -> Result<(), StartError> {
    let now = app.desk().clock().now();
    let answer = app.desk().store().write(move |tx| tx.delivered_before(now - LETTERS))?;
    answer.blocking_recv().map_err(StoreError::from)??;
    // What reports count from follows the ledger once the service runs.
    app.jobs_with(None)?.without("reports").run_once(now);
    Ok(())
}

/// Those of the demonstration that `app` has already.
pub fn known(app: &App) -> Result<Vec<Guest>, StartError> {
    let mut guests = Vec::new();
    for (name, roles) in std::iter::once(BOARD).chain(STAFF.iter().copied()) {
        let email = address(name)?;
        let found = app.desk().store().read(|conn| person_by_email_key(conn, email.key()))?;
        guests.extend(found.map(|id| Guest {
            id,
            name,
            email: email.as_str().to_owned(),
            roles: roles.to_vec(),
            token: None,
        }));
    }
    Ok(guests)
}

fn address(name: &str) -> Result<EmailAddress, StartError> {
    let local = name.split(' ').next().unwrap_or(name).to_lowercase();
    let address: Result<EmailAddress, _> = format!("{local}@example.com").parse();
    address.map_err(|error| StartError::Setting(error.to_string()))
}

/// Those who work at the company.
pub fn staff(app: &App) -> Result<Vec<Guest>, StartError> {
    people(app, STAFF)
}

/// Everyone of `staff`, the administrators last: from the first one on, nobody is set up by the service.
fn people(app: &App, staff: &[(&'static str, &'static [(Role, &'static str)])]) -> Result<Vec<Guest>, StartError> {
    let desk = app.desk();
    let setting = |error: &dyn std::fmt::Display| StartError::Setting(error.to_string());
    let password: Password = DEMO_PASSWORD.parse().map_err(|error| setting(&error))?;
    let phc = app.hasher().hash(&password)?.as_phc().to_owned();
    let mut guests = Vec::new();
    for (name, roles) in staff {
        let email = address(name)?;
        let id = add_person(desk, name, &email, None)?;
        let secrets = Secrets { password: Some(phc.clone()), ..Secrets::default() };
        install(desk, RosterAction::SetPassword { person: id }, secrets)?;
        guests.push(Guest { id, name, email: email.as_str().to_owned(), roles: roles.to_vec(), token: None });
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

impl Company<'_> {
    fn who(&self, first: &str) -> Result<PersonId, StartError> {
        let found = self.guests.iter().find(|guest| guest.name.starts_with(first));
        found.map(|guest| guest.id).ok_or_else(|| StartError::Setting(format!("nobody called {first}")))
    }

    /// Somebody who may do this task: the one who has it, or one with its role who has no other part in it.
    fn able(&self, task: &Task, of: &Exception) -> Option<PersonId> {
        if task.assignee.is_some() {
            return task.assignee;
        }
        let voted: Vec<PersonId> =
            of.state.round().iter().flat_map(|round| &round.approvals).map(|one| one.by).collect();
        let kept_out = of.excluded();
        let decides = task.work == Work::Decide;
        let free = |id: &PersonId| !decides || !(voted.contains(id) || kept_out.contains(id));
        let holds = |guest: &&Guest| guest.roles.iter().any(|(role, _)| task.roles.contains(role));
        self.guests.iter().filter(holds).map(|guest| guest.id).find(free)
    }

    fn person(&self, first: &str) -> Result<By, StartError> {
        Ok(self.signed_in(self.who(first)?))
    }

    fn signed_in(&self, id: PersonId) -> By {
        By::Person { id, door: Door::Session(self.desk.clock().now()) }
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
