//! One mail of all that its reader wants to be told together.

use std::collections::BTreeSet;

use super::{Outcome, failed, letter::checkpoint, readers::mailed_today};
use crate::{
    domain::{
        preferences::{HeldBy, Leave, Leaving, Preferences},
        request::Time,
    },
    identity::mail_link::LinkSecret,
    jobs::{JobError, Jobs},
    notify::{self, Note, Recipient, SendError},
    store::{
        Conn, StoreError,
        contacts::{Contact, contacts},
        mailbox::{Delivery, for_digest},
        outbox::{Claimed, Held, Told},
        preferences::preferences,
    },
    words::PersonId,
};

/// What one digest holds at most; the rest is in the next morning's.
const MOST: usize = 100;

/// Everything that a digest is written from, read at one moment.
struct Found {
    contact: Option<Contact>,
    preferences: Preferences,
    today: u32,
    /// One more than leaves in it, where there is more.
    waiting: Vec<Delivery>,
    checkpoint: String,
}

impl Jobs {
    /// Sends what waits for somebody's digest; nothing, where they left, want none or nothing waits.
    pub(super) fn digest(&self, letter: &Claimed, person: PersonId, now: Time) -> Result<Outcome, JobError> {
        let found = self.desk.store().read(|conn| find(conn, person, now))?;
        let mut outcome = Outcome::default();
        if found.waiting.is_empty() || found.contact.is_none() {
            return Ok(outcome);
        }
        let told = Told::Digest { digest: person };
        match found.preferences.leave(Leaving { now, urgent: false, personal: true, today: found.today }) {
            Leave::Never => return Ok(outcome),
            Leave::Later(until, why) => {
                outcome.held.push(Held { letter: letter.id, told, person, until, why });
                return Ok(outcome);
            }
            Leave::Now => {}
        }
        let (leaving, rest) = found.waiting.split_at(found.waiting.len().min(MOST));
        match self.send_digest(letter, (&found, leaving), now)? {
            Ok(false) => return Ok(outcome),
            Ok(true) => {}
            Err(error) => return Ok(Outcome::failed(failed(letter, &error, now))),
        }
        let on_its_way = |delivery: &Delivery| Delivery { mailed_at: Some(now), ..delivery.clone() };
        outcome.deliveries = leaving.iter().map(on_its_way).collect();
        if let Some(first) = rest.first() {
            let (until, why) = (found.preferences.next_digest(now), HeldBy::Digest);
            outcome.held.push(Held { letter: first.letter, told, person, until, why });
        }
        Ok(outcome)
    }

    /// Did a mail leave?
    fn send_digest(
        &self,
        letter: &Claimed,
        (found, leaving): (&Found, &[Delivery]),
        now: Time,
    ) -> Result<Result<bool, SendError>, JobError> {
        let (Some(contact), Some(mailer)) = (&found.contact, &self.outward.mailer) else { return Ok(Ok(false)) };
        let Some(address) = contact.address.as_deref() else { return Ok(Ok(false)) };
        let subjects: Vec<&str> = leaving.iter().map(|delivery| delivery.subject.as_str()).collect();
        let rendered = notify::digest(&subjects, found.preferences.language, &self.outward.public_url);
        let to = Recipient { person: contact.person, name: contact.name.as_deref(), address };
        let unsubscribe = self.unsubscribe(contact.person)?;
        let (checkpoint, unsubscribe) = (Some(found.checkpoint.as_str()), Some(unsubscribe.as_str()));
        let note = Note { id: letter.id, to, at: now, rendered: &rendered, checkpoint, unsubscribe };
        Ok(mailer.send_note(&note).map(|()| true))
    }

    /// A link by which somebody cancels their digest.
    pub(super) fn unsubscribe(&self, person: PersonId) -> Result<String, JobError> {
        let secret = LinkSecret::draw(self.desk.random())?;
        let hash = secret.hash();
        self.write(move |tx| tx.issue_unsubscribe(person, &hash))?;
        Ok(format!("{}/unsubscribe/{}", self.outward.public_url, secret.reveal()))
    }
}

fn find(conn: &mut Conn, person: PersonId, now: Time) -> Result<Found, StoreError> {
    let preferences = preferences(conn, person)?;
    Ok(Found {
        contact: contacts(conn, &BTreeSet::from([person]))?.pop(),
        today: mailed_today(conn, person, &preferences, now)?,
        waiting: for_digest(conn, person, i64::try_from(MOST + 1).unwrap_or(i64::MAX))?,
        checkpoint: checkpoint(conn)?,
        preferences,
    })
}
