//! The letter to who answers for an endpoint that failed for good; to governance, where nobody does any more.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::{Outcome, failed, letter::checkpoint, readers::mailed_today};
use crate::{
    domain::{
        letters::LetterKind,
        preferences::{Leave, Leaving, Preferences},
        request::Time,
        roster::WebhookEnd,
    },
    jobs::{JobError, Jobs},
    notify::{self, Note, Recipient, Rendered, SendError},
    store::{
        Conn, StoreError,
        contacts::{Contact, contacts},
        mailbox::{Delivery, delivery},
        outbox::{Claimed, Held, Told},
        preferences::preferences,
        roster::holders,
        webhooks::{Webhook, webhook},
    },
    words::{PersonId, Role, WebhookId},
};

/// Which endpoint, why, and of a letter that waited for one reader the letter and the reader.
type Ended = (WebhookId, WebhookEnd, Option<(Uuid, PersonId)>);

/// Everything that the letter is written from, read at one moment.
struct Found {
    webhook: Webhook,
    /// The letter, the same on every try and after every wait.
    letter: Uuid,
    /// Who has no mail of it yet.
    readers: Vec<Reader>,
    checkpoint: String,
}

/// Somebody who is meant.
struct Reader {
    contact: Contact,
    preferences: Preferences,
    /// How many mails left for them today.
    today: u32,
}

impl Jobs {
    /// Tells who answers for an endpoint that it gets nothing more.
    pub(super) fn endpoint(&self, letter: &Claimed, ended: Ended, now: Time) -> Result<Outcome, JobError> {
        let (id, why, _) = ended;
        let Some(found) = self.desk.store().read(|conn| find(conn, letter.id, ended, now))? else {
            return Ok(Outcome::default());
        };
        let mut outcome = Outcome::default();
        for reader in &found.readers {
            let rendered = notify::endpoint_failed(&found.webhook.host, why, reader.preferences.language);
            let person = reader.contact.person;
            let sent = match self.leave_of(reader, now) {
                Leave::Now => self.mail_endpoint(&found, reader, &rendered, now),
                Leave::Never => Ok(false),
                Leave::Later(until, held_by) => {
                    let told = Told::Webhook { webhook: id, why, held: Some((found.letter, person)) };
                    outcome.held.push(Held { letter: found.letter, told, person, until, why: held_by });
                    Ok(false)
                }
            };
            outcome.deliveries.push(delivered(
                (&found, person),
                rendered,
                (letter.due_at, now),
                matches!(sent, Ok(true)),
            ));
            if let Err(error) = sent {
                outcome.fail(failed(letter, &error, now));
            }
        }
        Ok(outcome)
    }

    /// When the mail leaves, as its reader wants it: what no longer arrives is nobody's night.
    fn leave_of(&self, reader: &Reader, now: Time) -> Leave {
        if self.outward.mailer.is_none() || reader.contact.address.is_none() {
            return Leave::Never;
        }
        reader.preferences.leave(Leaving { now, urgent: false, personal: true, today: reader.today })
    }

    fn mail_endpoint(&self, found: &Found, reader: &Reader, rendered: &Rendered, at: Time) -> Result<bool, SendError> {
        let contact = &reader.contact;
        let (Some(mailer), Some(address)) = (&self.outward.mailer, contact.address.as_deref()) else {
            return Ok(false);
        };
        let to = Recipient { person: contact.person, name: contact.name.as_deref(), address };
        let id = Uuid::new_v5(&found.letter, contact.person.0.as_bytes());
        let checkpoint = Some(found.checkpoint.as_str());
        mailer.send_note(&Note { id, to, at, rendered, unsubscribe: None, checkpoint })?;
        Ok(true)
    }
}

fn find(conn: &mut Conn, letter: Uuid, (id, why, held): Ended, now: Time) -> Result<Option<Found>, StoreError> {
    let Some(webhook) = webhook(conn, id)? else { return Ok(None) };
    let all: BTreeSet<PersonId> = match why {
        WebhookEnd::OwnerLeft => holders(conn, &[Role::Governance])?.into_iter().map(|person| person.id).collect(),
        WebhookEnd::Asked | WebhookEnd::Gone | WebhookEnd::Exhausted | WebhookEnd::Silent => [webhook.owner].into(),
    };
    let meant = all.into_iter().filter(|person| held.is_none_or(|(_, reader)| reader == *person)).collect();
    let letter = held.map_or(letter, |(letter, _)| letter);
    let mut readers = Vec::new();
    for contact in contacts(conn, &meant)? {
        let had = delivery(conn, contact.person, letter)?.is_some_and(|had| had.mailed_at.is_some());
        if !had {
            let preferences = preferences(conn, contact.person)?;
            let today = mailed_today(conn, contact.person, &preferences, now)?;
            readers.push(Reader { contact, preferences, today });
        }
    }
    let checkpoint = checkpoint(conn)?;
    Ok(Some(Found { webhook, letter, readers, checkpoint }))
}

fn delivered(
    (found, person): (&Found, PersonId),
    rendered: Rendered,
    (at, now): (Time, Time),
    mailed: bool,
) -> Delivery {
    Delivery {
        letter: found.letter,
        person,
        kind: LetterKind::EndpointFailed,
        subject: rendered.subject,
        body: rendered.text,
        exception: None,
        at,
        seq: 0,
        mailed_at: mailed.then_some(now),
        read_at: None,
        digest: false,
    }
}
