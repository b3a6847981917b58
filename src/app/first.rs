//! Before anybody could sign in: the shipped procedures, and the first administrator. Both go through
//! the door, as the service itself, while it is being set up.

use super::{App, StartError};
use crate::{
    desk::{self, Asked, Desk, Founder},
    domain::{
        person::By,
        request::Time,
        roster::{RosterAction, RosterCommand},
    },
    identity::{email::EmailAddress, password::Password, secret::SessionSecret},
    register::{Entry, Register},
    sop::Sop,
    store::roster::Secrets,
    words::{ChangeId, DomainPath, GrantId, Hash, PersonId, Role, Sealer, SystemKind, Weight},
};

/// Publishes what ships with the program into an empty database.
pub(super) fn publish_procedures(desk: &Desk) -> Result<(), StartError> {
    for sop in Sop::builtin()? {
        let text = sop.canonical()?;
        let action = RosterAction::PublishSop { sop: sop.reference(), text_hash: Hash::of(text.as_bytes()) };
        let secrets = Secrets { document: Some(text), ..Secrets::default() };
        install(desk, action, secrets)?;
    }
    Ok(())
}

/// Puts the shipped register in place, vendors before what they make. What another replica has just put
/// there is there.
pub(super) fn publish_register(desk: &Desk) -> Result<(), StartError> {
    let mut entries: Vec<Entry> = Register::starter()?.entries().collect();
    entries.sort_by_key(|entry| !matches!(entry, Entry::System(system) if system.kind == SystemKind::Vendor));
    let mut pending = Vec::new();
    for entry in entries {
        let text = entry.canonical().map_err(|error| StartError::Setting(error.to_string()))?;
        let action =
            RosterAction::PublishEntry { entry: entry.reference(&text), weight: Weight::Material, retires: false };
        let asked = asked(desk, By::System { job: "install".to_owned() }, action)?;
        pending.push(desk.administer(asked, Secrets { document: Some(text), ..Secrets::default() })?);
    }
    for answer in pending {
        match answer.wait() {
            Err(desk::Error::Refused(refused)) if refused.refusal.code() == "version_not_next" => {}
            done => drop(done?),
        }
    }
    Ok(())
}

/// Does something to the roster as the installation.
pub(super) fn install(desk: &Desk, action: RosterAction, secrets: Secrets) -> Result<(), StartError> {
    let asked = asked(desk, By::System { job: "install".to_owned() }, action)?;
    desk.administer(asked, secrets)?.wait()?;
    Ok(())
}

pub(super) fn asked(desk: &Desk, by: By, action: RosterAction) -> Result<Asked<RosterCommand>, StartError> {
    let change = ChangeId(desk.random().uuid_v7(desk.clock().now())?);
    let command = RosterCommand::Act { action: Box::new(action), change };
    Ok(Asked { by, key: None, expected: None, command, openings: Vec::new() })
}

/// Adds somebody as the installation.
pub(super) fn add_person(
    desk: &Desk,
    name: &str,
    email: &EmailAddress,
    responsible: Option<PersonId>,
) -> Result<PersonId, StartError> {
    let person = PersonId(desk.random().uuid_v7(desk.clock().now())?);
    let mut stream = desk.random().stream()?;
    let mut salts = || stream.bytes32();
    let mut sealer = Sealer::new(&mut salts);
    let (sealed_name, sealed_email) = (sealer.seal("name", name), sealer.seal("email", email.as_str()));
    let openings = sealer.into_openings();
    let action = RosterAction::AddPerson { person, name: sealed_name, email: sealed_email, responsible };
    let asked = asked(desk, By::System { job: "install".to_owned() }, action)?;
    let secrets = Secrets { email_key: Some(email.key().to_owned()), ..Secrets::default() };
    desk.administer(Asked { openings, ..asked }, secrets)?.wait()?;
    Ok(person)
}

/// Grants a role as the installation.
pub(super) fn grant(desk: &Desk, person: PersonId, role: Role, domain: DomainPath) -> Result<(), StartError> {
    let grant = GrantId(desk.random().uuid_v7(desk.clock().now())?);
    install(desk, RosterAction::GrantRole { grant, person, role, domain }, Secrets::default())
}

impl App {
    /// Is there nobody yet?
    pub fn is_empty(&self) -> Result<bool, StartError> {
        Ok(self.desk().store().read(crate::store::roster::is_empty)?)
    }

    /// Creates the first administrator: governance too, until there are others.
    pub fn add_first(&self, name: &str, email: &str, password: &str) -> Result<PersonId, StartError> {
        let setting = |error: &dyn std::fmt::Display| StartError::Setting(error.to_string());
        let address: EmailAddress = email.parse().map_err(|error| setting(&error))?;
        let password: Password = password.parse().map_err(|error| setting(&error))?;
        let password = self.hasher().hash(&password)?.as_phc().to_owned();
        let (email, email_key) = (address.as_str().to_owned(), address.key().to_owned());
        let founder = Founder { name: name.to_owned(), email, email_key, password };
        Ok(self.desk().found(None, &founder)?.wait()?)
    }

    /// A fresh set-up link in place of any before, for an empty database; and until when it holds.
    pub fn setup_link(&self) -> Result<(String, Time), StartError> {
        let secret = SessionSecret::draw(self.desk().random())?;
        let until = self.desk().issue_setup_link(secret.hash())?.wait()?;
        Ok((format!("{}/setup/{}", self.config().public_url(), secret.reveal()), until))
    }
}
