//! One mail of all that its reader wants to be told together.

use std::collections::BTreeSet;

use super::{Outcome, failed};
use crate::{
    domain::request::Time,
    jobs::Jobs,
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
    pub(super) fn digest(&self, letter: &Claimed, person: PersonId, now: Time) -> Result<Outcome, StoreError> {
        let (contact, preferences, waiting) = self.desk.store().read(|conn| {
            let contact = contacts(conn, &BTreeSet::from([person]))?.pop();
            Ok::<_, StoreError>((contact, preferences(conn, person)?, for_digest(conn, person, MOST)?))
        })?;
        let (Some(contact), Some(mailer)) = (contact, &self.outward.mailer) else { return Ok(Outcome::default()) };
        let Some(address) = contact.address.as_deref().filter(|_| !waiting.is_empty()) else {
            return Ok(Outcome::default());
        };
        let subjects: Vec<&str> = waiting.iter().map(|delivery| delivery.subject.as_str()).collect();
        let rendered = notify::digest(&subjects, preferences.language, &self.outward.public_url);
        let to = Recipient { person, name: contact.name.as_deref(), address };
        let sent = mailer.send_note(&Note { id: letter.id, to, at: now, rendered: &rendered });
        match sent {
            Ok(()) => {
                let mailed = |delivery| Delivery { mailed_at: Some(now), ..delivery };
                Ok(Outcome { deliveries: waiting.into_iter().map(mailed).collect(), ..Outcome::default() })
            }
            Err(error) => Ok(Outcome::failed(failed(letter, &error, now))),
        }
    }
}
