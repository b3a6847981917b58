//! That somebody may act in another's place: told to the delegate, with its dates and what it reaches.

use std::collections::BTreeSet;

use super::{Outcome, failed, letter::checkpoint, readers::mailed_today};
use crate::{
    domain::{
        letters::LetterKind,
        person::{Delegation, Person},
        preferences::{Leave, Leaving, Preferences},
        request::Time,
    },
    jobs::{JobError, Jobs},
    notify::{self, Delegated, Note, Recipient, Rendered, SendError},
    store::{
        Conn, StoreError,
        contacts::{Contact, contacts},
        mailbox::{Delivery, delivery},
        outbox::{Claimed, Held, Told},
        preferences::preferences,
        roster::{delegations_to, people},
    },
    words::{DomainPath, Role},
};

/// Everything that the letter is written from, read at one moment.
struct Found {
    delegation: Delegation,
    to: Contact,
    from: Option<String>,
    reach: Vec<(Role, DomainPath)>,
    preferences: Preferences,
    today: u32,
    checkpoint: String,
}

impl Jobs {
    /// Tells a delegate of a delegation; nobody, where one of the two left, it was ended, or they know.
    pub(super) fn delegated(&self, letter: &Claimed, told: Delegation, now: Time) -> Result<Outcome, JobError> {
        let Some(found) = self.desk.store().read(|conn| find(conn, told, now))? else { return Ok(Outcome::default()) };
        let rendered = self.delegation(&found);
        let mut outcome = Outcome::default();
        let leaving = Leaving { now, urgent: false, personal: true, today: found.today };
        let sent = match found.preferences.leave(leaving) {
            Leave::Now => self.mail_delegation(&found, &rendered, now),
            Leave::Never => Ok(false),
            Leave::Later(until, why) => {
                let told = Told::Delegated { delegated: found.delegation.clone() };
                outcome.held.push(Held { letter: found.delegation.id.0, told, person: found.to.person, until, why });
                Ok(false)
            }
        };
        outcome.deliveries.push(delivered(&found, rendered, (now, matches!(sent, Ok(true)))));
        if let Err(error) = sent {
            outcome.fail(failed(letter, &error, now));
        }
        Ok(outcome)
    }

    fn delegation(&self, found: &Found) -> Rendered {
        notify::delegated(&Delegated {
            from: found.from.as_deref(),
            period: (found.delegation.starts, found.delegation.ends),
            reach: &found.reach,
            public_url: &self.outward.public_url,
            language: found.preferences.language,
            zone: found.preferences.zone,
        })
    }

    fn mail_delegation(&self, found: &Found, rendered: &Rendered, at: Time) -> Result<bool, SendError> {
        let (Some(mailer), Some(address)) = (&self.outward.mailer, found.to.address.as_deref()) else {
            return Ok(false);
        };
        let to = Recipient { person: found.to.person, name: found.to.name.as_deref(), address };
        let (id, checkpoint) = (found.delegation.id.0, Some(found.checkpoint.as_str()));
        mailer.send_note(&Note { id, to, at, rendered, checkpoint, unsubscribe: None })?;
        Ok(true)
    }
}

fn find(conn: &mut Conn, delegation: Delegation, now: Time) -> Result<Option<Found>, StoreError> {
    let (from, person) = (BTreeSet::from([delegation.from]), delegation.to);
    let stands = delegations_to(conn, &BTreeSet::from([person]))?.contains(&delegation);
    let told = delivery(conn, person, delegation.id.0)?.is_some_and(|had| had.mailed_at.is_some());
    let to = contacts(conn, &BTreeSet::from([person]))?.pop();
    let Some(to) = to.filter(|_| stands && !told) else { return Ok(None) };
    let reach = people(conn, &from)?.into_iter().find(|person| person.id == delegation.from).map(reach);
    let from = contacts(conn, &from)?.pop().and_then(|contact| contact.name);
    let preferences = preferences(conn, person)?;
    let today = mailed_today(conn, person, &preferences, now)?;
    let (reach, checkpoint) = (reach.unwrap_or_default(), checkpoint(conn)?);
    Ok(Some(Found { delegation, to, from, reach, preferences, today, checkpoint }))
}

/// What somebody may pass on: their places in quorums.
fn reach(person: Person) -> Vec<(Role, DomainPath)> {
    let approving = person.grants.into_iter().filter(|grant| grant.role.approves());
    approving.map(|grant| (grant.role, grant.domain)).collect()
}

fn delivered(found: &Found, rendered: Rendered, (at, mailed): (Time, bool)) -> Delivery {
    Delivery {
        letter: found.delegation.id.0,
        person: found.to.person,
        kind: LetterKind::Delegated,
        subject: rendered.subject,
        body: rendered.text,
        exception: None,
        at,
        seq: 0,
        mailed_at: mailed.then_some(at),
        read_at: None,
        digest: false,
    }
}
