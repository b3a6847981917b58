//! The mail to who answers for an endpoint that failed for good.

use std::collections::BTreeSet;

use super::{Outcome, failed, letter::checkpoint};
use crate::{
    domain::{request::Time, roster::WebhookEnd},
    jobs::{JobError, Jobs},
    notify::{self, Note, Recipient},
    store::{StoreError, contacts::contacts, outbox::Claimed, preferences::preferences, webhooks::webhook},
    words::WebhookId,
};

impl Jobs {
    /// Mails who answers for an endpoint that it gets nothing more.
    pub(super) fn endpoint(
        &self,
        letter: &Claimed,
        (id, why): (WebhookId, WebhookEnd),
        now: Time,
    ) -> Result<Outcome, JobError> {
        let Some(found) = self.desk.store().read(|conn| webhook(conn, id))? else { return Ok(Outcome::default()) };
        let (contact, preferences, checkpoint) = self.desk.store().read(|conn| {
            let contact = contacts(conn, &BTreeSet::from([found.owner]))?.pop();
            Ok::<_, StoreError>((contact, preferences(conn, found.owner)?, checkpoint(conn)?))
        })?;
        let (Some(contact), Some(mailer)) = (contact, &self.outward.mailer) else { return Ok(Outcome::default()) };
        let Some(address) = contact.address.as_deref() else { return Ok(Outcome::default()) };
        let rendered = notify::endpoint_failed(&found.host, why, preferences.language);
        let to = Recipient { person: found.owner, name: contact.name.as_deref(), address };
        let note =
            Note { id: letter.id, to, at: now, rendered: &rendered, unsubscribe: None, checkpoint: Some(&checkpoint) };
        match mailer.send_note(&note) {
            Ok(()) => Ok(Outcome::default()),
            Err(error) => Ok(Outcome::failed(failed(letter, &error, now))),
        }
    }
}
