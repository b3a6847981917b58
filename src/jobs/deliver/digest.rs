//! One mail of all that its reader wants to be told together.

use std::collections::BTreeSet;

use super::{Outcome, failed, letter::checkpoint};
use crate::{
    domain::request::Time,
    identity::mail_link::LinkSecret,
    jobs::{JobError, Jobs},
    notify::{self, Note, Recipient},
    store::{
        StoreError,
        contacts::contacts,
        mailbox::{Delivery, for_digest},
        outbox::Claimed,
        preferences::preferences,
    },
    words::PersonId,
};

/// What one digest holds at most; the rest is in the next.
const MOST: i64 = 100;

impl Jobs {
    /// Sends what waits for somebody's digest; nothing, where they left or nothing waits.
    pub(super) fn digest(&self, letter: &Claimed, person: PersonId, now: Time) -> Result<Outcome, JobError> {
        let (contact, preferences, waiting, checkpoint) = self.desk.store().read(|conn| {
            let contact = contacts(conn, &BTreeSet::from([person]))?.pop();
            let waiting = for_digest(conn, person, MOST)?;
            Ok::<_, StoreError>((contact, preferences(conn, person)?, waiting, checkpoint(conn)?))
        })?;
        let (Some(contact), Some(mailer)) = (contact, &self.outward.mailer) else { return Ok(Outcome::default()) };
        let Some(address) = contact.address.as_deref().filter(|_| !waiting.is_empty()) else {
            return Ok(Outcome::default());
        };
        let subjects: Vec<&str> = waiting.iter().map(|delivery| delivery.subject.as_str()).collect();
        let rendered = notify::digest(&subjects, preferences.language, &self.outward.public_url);
        let to = Recipient { person, name: contact.name.as_deref(), address };
        let unsubscribe = self.unsubscribe(person)?;
        let (checkpoint, unsubscribe) = (Some(checkpoint.as_str()), Some(unsubscribe.as_str()));
        let note = Note { id: letter.id, to, at: now, rendered: &rendered, checkpoint, unsubscribe };
        match mailer.send_note(&note) {
            Ok(()) => {
                let on_its_way = |delivery| Delivery { mailed_at: Some(now), ..delivery };
                Ok(Outcome { deliveries: waiting.into_iter().map(on_its_way).collect(), ..Outcome::default() })
            }
            Err(error) => Ok(Outcome::failed(failed(letter, &error, now))),
        }
    }

    /// A link by which somebody cancels their digest.
    fn unsubscribe(&self, person: PersonId) -> Result<String, JobError> {
        let secret = LinkSecret::draw(self.desk.random())?;
        let hash = secret.hash();
        self.write(move |tx| tx.issue_unsubscribe(person, &hash))?;
        Ok(format!("{}/unsubscribe/{}", self.outward.public_url, secret.reveal()))
    }
}
