//! Letters about no exception, to several people: each has it in their mailbox at once, and its mail when they want
//! it. What it says, and whom it means, is whoever asks' to say.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::{Outcome, failed, letter::checkpoint, readers::mailed_today};
use crate::{
    domain::{
        letters::LetterKind,
        preferences::{Leave, Leaving, Preferences},
        request::Time,
    },
    jobs::{JobError, Jobs},
    notify::{Note, Recipient, Rendered, SendError},
    store::{
        Conn, StoreError,
        contacts::{Contact, contacts},
        mailbox::{Delivery, delivery},
        outbox::{Claimed, Held, Told},
        preferences::preferences,
    },
    words::{Frequency, PersonId},
};

/// Of a letter that waited for one reader, the letter and the reader.
pub(super) type Waited = Option<(Uuid, PersonId)>;

/// How a letter comes to its reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// It asks them for something.
    Asks,
    /// It comes again and again, and is cancelled as a digest is.
    Regular,
}

/// A letter about no exception.
pub(super) struct House<'h> {
    pub(super) kind: LetterKind,
    pub(super) manner: Manner,
    /// Whom it means.
    pub(super) meant: BTreeSet<PersonId>,
    pub(super) waited: Waited,
    /// What waits in its place for one reader.
    pub(super) told: &'h dyn Fn(Waited) -> Told,
    /// What it says to a reader.
    pub(super) written: &'h dyn Fn(&Preferences) -> Rendered,
}

/// Everything else that it takes, read at one moment.
struct Found {
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
    /// Tells everybody whom it means.
    pub(super) fn house(&self, letter: &Claimed, house: &House<'_>, now: Time) -> Result<Outcome, JobError> {
        let found = self.desk.store().read(|conn| find(conn, letter.id, house, now))?;
        let mut outcome = Outcome::default();
        for reader in &found.readers {
            let (rendered, person) = ((house.written)(&reader.preferences), reader.contact.person);
            let sent = match self.leave_of(reader, house.manner, now) {
                Leave::Now => self.mail_house(&found, (reader, house.manner), &rendered, now)?,
                Leave::Never => Ok(false),
                Leave::Later(until, why) => {
                    let told = (house.told)(Some((found.letter, person)));
                    outcome.held.push(Held { letter: found.letter, told, person, until, why });
                    Ok(false)
                }
            };
            let mailed_at = matches!(sent, Ok(true)).then_some(now);
            outcome.deliveries.push(Delivery {
                letter: found.letter,
                person,
                kind: house.kind,
                subject: rendered.subject,
                body: rendered.text,
                exception: None,
                at: letter.due_at,
                seq: 0,
                mailed_at,
                read_at: None,
                digest: false,
            });
            if let Err(error) = sent {
                outcome.fail(failed(letter, &error, now));
            }
        }
        Ok(outcome)
    }

    /// When the mail leaves, as its reader wants it: what it tells of is nobody's night.
    fn leave_of(&self, reader: &Reader, manner: Manner, now: Time) -> Leave {
        let cancelled = manner == Manner::Regular && reader.preferences.frequency == Frequency::Mailbox;
        if cancelled || self.outward.mailer.is_none() || reader.contact.address.is_none() {
            return Leave::Never;
        }
        reader.preferences.leave(Leaving { now, urgent: false, personal: true, today: reader.today })
    }

    /// Did a mail leave?
    fn mail_house(
        &self,
        found: &Found,
        (reader, manner): (&Reader, Manner),
        rendered: &Rendered,
        at: Time,
    ) -> Result<Result<bool, SendError>, JobError> {
        let contact = &reader.contact;
        let (Some(mailer), Some(address)) = (&self.outward.mailer, contact.address.as_deref()) else {
            return Ok(Ok(false));
        };
        let unsubscribe = match manner {
            Manner::Asks => None,
            Manner::Regular => Some(self.unsubscribe(contact.person)?),
        };
        let to = Recipient { person: contact.person, name: contact.name.as_deref(), address };
        let id = Uuid::new_v5(&found.letter, contact.person.0.as_bytes());
        let checkpoint = Some(found.checkpoint.as_str());
        let note = Note { id, to, at, rendered, unsubscribe: unsubscribe.as_deref(), checkpoint };
        Ok(mailer.send_note(&note).map(|()| true))
    }
}

fn find(conn: &mut Conn, letter: Uuid, house: &House<'_>, now: Time) -> Result<Found, StoreError> {
    let only = |person: &PersonId| house.waited.is_none_or(|(_, reader)| reader == *person);
    let meant = house.meant.iter().copied().filter(only).collect();
    let letter = house.waited.map_or(letter, |(letter, _)| letter);
    let mut readers = Vec::new();
    for contact in contacts(conn, &meant)? {
        let had = delivery(conn, contact.person, letter)?.is_some_and(|had| had.mailed_at.is_some());
        if !had {
            let preferences = preferences(conn, contact.person)?;
            let today = mailed_today(conn, contact.person, &preferences, now)?;
            readers.push(Reader { contact, preferences, today });
        }
    }
    Ok(Found { letter, readers, checkpoint: checkpoint(conn)? })
}
