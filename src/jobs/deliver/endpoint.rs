//! The letter to who answers for an endpoint that failed for good; to governance, where nobody does any more.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::{Outcome, failed, letter::checkpoint};
use crate::{
    domain::{letters::LetterKind, preferences::Preferences, request::Time, roster::WebhookEnd},
    jobs::{JobError, Jobs},
    notify::{self, Note, Recipient},
    store::{
        Conn, StoreError,
        contacts::{Contact, contacts},
        mailbox::{Delivery, delivery},
        outbox::Claimed,
        preferences::preferences,
        roster::holders,
        webhooks::{Webhook, webhook},
    },
    words::{PersonId, Role, WebhookId},
};

/// Everything that the letter is written from, read at one moment.
struct Found {
    webhook: Webhook,
    /// Who has no mail of it yet.
    readers: Vec<(Contact, Preferences)>,
    checkpoint: String,
}

impl Jobs {
    /// Tells who answers for an endpoint that it gets nothing more.
    pub(super) fn endpoint(
        &self,
        letter: &Claimed,
        (id, why): (WebhookId, WebhookEnd),
        now: Time,
    ) -> Result<Outcome, JobError> {
        let found = self.desk.store().read(|conn| find(conn, letter.id, (id, why)))?;
        let Some(Found { webhook, readers, checkpoint }) = found else { return Ok(Outcome::default()) };
        let mut outcome = Outcome::default();
        for (contact, preferences) in readers {
            let rendered = notify::endpoint_failed(&webhook.host, why, preferences.language);
            let mut mailed_at = None;
            if let (Some(mailer), Some(address)) = (&self.outward.mailer, contact.address.as_deref()) {
                let to = Recipient { person: contact.person, name: contact.name.as_deref(), address };
                let id = Uuid::new_v5(&letter.id, contact.person.0.as_bytes());
                let checkpoint = Some(checkpoint.as_str());
                match mailer.send_note(&Note { id, to, at: now, rendered: &rendered, unsubscribe: None, checkpoint }) {
                    Ok(()) => mailed_at = Some(now),
                    Err(error) => outcome.fail(failed(letter, &error, now)),
                }
            }
            outcome.deliveries.push(Delivery {
                letter: letter.id,
                person: contact.person,
                kind: LetterKind::EndpointFailed,
                subject: rendered.subject,
                body: rendered.text,
                exception: None,
                at: letter.due_at,
                seq: 0,
                mailed_at,
                read_at: None,
                digest: false,
            });
        }
        Ok(outcome)
    }
}

fn find(conn: &mut Conn, letter: Uuid, (id, why): (WebhookId, WebhookEnd)) -> Result<Option<Found>, StoreError> {
    let Some(webhook) = webhook(conn, id)? else { return Ok(None) };
    let meant: BTreeSet<PersonId> = match why {
        WebhookEnd::OwnerLeft => holders(conn, &[Role::Governance])?.into_iter().map(|person| person.id).collect(),
        WebhookEnd::Asked | WebhookEnd::Gone | WebhookEnd::Exhausted | WebhookEnd::Silent => [webhook.owner].into(),
    };
    let mut readers = Vec::new();
    for contact in contacts(conn, &meant)? {
        let had = delivery(conn, contact.person, letter)?.is_some_and(|had| had.mailed_at.is_some());
        if !had {
            let wants = preferences(conn, contact.person)?;
            readers.push((contact, wants));
        }
    }
    let checkpoint = checkpoint(conn)?;
    Ok(Some(Found { webhook, readers, checkpoint }))
}
