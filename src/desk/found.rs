//! The beginning: while nobody exists, the first administrator, by somebody with a shell on the machine or
//! with the link that it printed. All of it happens in one transaction, or none.

use chrono::Duration;

use super::{Desk, Error, Pending, act::Asked, roster::judged};
use crate::{
    domain::{
        person::By,
        request::Time,
        roster::{RosterAction, RosterCommand},
    },
    store::{
        roster::{Secrets, is_empty},
        setup,
    },
    words::{ChangeId, DomainPath, GrantId, Hash, PersonId, Role, Sealer},
};

/// For how many minutes a set-up link holds.
pub const LINK_MINUTES: i64 = 30;

/// What the installation calls itself in the record.
const JOB: &str = "install";

/// What is not there: the link is unknown, used or expired, or somebody exists; which of them is not told.
const LINK: &str = "set-up link";

/// The first administrator to be.
#[derive(Clone)]
pub struct Founder {
    /// Their name.
    pub name: String,
    /// Their mail address as it is shown.
    pub email: String,
    /// The key by which addresses are the same.
    pub email_key: String,
    /// The hash of their password, as it is stored.
    pub password: String,
}

impl std::fmt::Debug for Founder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Founder(..)")
    }
}

type Step = (Asked<RosterCommand>, Secrets);

impl Desk {
    /// Issues a set-up link by its hash, in place of any before, and tells until when it holds;
    /// `NotFound` once somebody exists.
    pub fn issue_setup_link(&self, hash: Hash) -> Result<Pending<Time>, Error> {
        self.queue(move |tx| {
            let now = tx.now();
            let until = now + Duration::minutes(LINK_MINUTES);
            let issued = tx.look(|conn| setup::issue(conn, &hash, (now, until)))?;
            Ok(if issued { Ok(until) } else { Err(Error::NotFound(LINK)) })
        })
    }

    /// Refuses a link that does not hold, whatever the reason, as `NotFound`.
    pub fn require_setup_link(&self, hash: &Hash) -> Result<(), Error> {
        let now = self.clock().now();
        let holds = self.store().read(|conn| setup::holds(conn, hash, now))?;
        if holds { Ok(()) } else { Err(Error::NotFound(LINK)) }
    }

    /// Makes the first administrator, who is governance too until there are others, and uses up `link`;
    /// without a link it is somebody on the machine who asks. `NotFound` where the link does not hold or
    /// somebody exists.
    pub fn found(&self, link: Option<Hash>, founder: &Founder) -> Result<Pending<PersonId>, Error> {
        let (person, steps) = self.steps(founder)?;
        let laws = self.laws.clone();
        self.queue(move |tx| {
            let now = tx.now();
            let holds = match link {
                Some(hash) => tx.look(|conn| setup::take(conn, &hash, now))?,
                None => tx.look(is_empty)?,
            };
            if !holds {
                return Err(Error::NotFound(LINK));
            }
            for (asked, secrets) in &steps {
                judged(tx, &laws, asked, secrets)??;
            }
            Ok(Ok(person))
        })
    }

    fn steps(&self, founder: &Founder) -> Result<(PersonId, [Step; 4]), Error> {
        let id = || self.random().uuid_v7(self.clock().now());
        let person = PersonId(id()?);
        let mut stream = self.random().stream()?;
        let mut salts = || stream.bytes32();
        let mut sealer = Sealer::new(&mut salts);
        let (name, email) = (sealer.seal("name", &founder.name), sealer.seal("email", &founder.email));
        let openings = sealer.into_openings();
        let step = |action: RosterAction, secrets: Secrets| -> Result<Step, Error> {
            let command = RosterCommand::Act { action: Box::new(action), change: ChangeId(id()?) };
            let by = By::System { job: JOB.to_owned() };
            Ok((Asked { by, key: None, expected: None, command, openings: Vec::new() }, secrets))
        };
        let grant = |role| {
            let (grant, domain) = (GrantId(id()?), DomainPath::root());
            step(RosterAction::GrantRole { grant, person, role, domain }, Secrets::default())
        };
        let known = Secrets { email_key: Some(founder.email_key.clone()), ..Secrets::default() };
        let (added, secrets) = step(RosterAction::AddPerson { person, name, email, responsible: None }, known)?;
        let password = Secrets { password: Some(founder.password.clone()), ..Secrets::default() };
        let password = step(RosterAction::SetPassword { person }, password)?;
        // The admin comes last: from then on nothing is set up by the service itself.
        let steps = [(Asked { openings, ..added }, secrets), password, grant(Role::Governance)?, grant(Role::Admin)?];
        Ok((person, steps))
    }
}
