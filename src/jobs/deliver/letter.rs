//! What an event tells, to everyone who is meant: in their mailboxes at once, by mail when they want it.

use std::{
    collections::{BTreeMap, BTreeSet},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, PoisonError},
};

use chrono::Duration;
use uuid::Uuid;

use super::{
    MAIL, Outcome, after_failure, failed,
    known::Stood,
    readers::{Meant, Reader, What as About, reader, whom},
};
use crate::{
    desk::checkpoint_header,
    domain::{
        event::Event,
        exception::Exception,
        letters::{LetterKind, named_task},
        preferences::{HeldBy, Leave, Leaving},
        request::Time,
        task::Work,
    },
    jobs::{JobError, Jobs},
    notify::{self, Mail, Matter, Recipient, Rendered, SendError, Thread},
    store::{
        Conn, StoreError,
        contacts::contacts,
        ledger::{Extent, extent},
        mail_links::NewLink,
        mailbox::Delivery,
        outbox::{Alone, Claimed, Failure, Held, Then, Told, Waiting},
        queries,
    },
    words::{Channel, Hash, Language, LinkId, PersonId, Zone},
};

/// For how many milliseconds something that was found beforehand is good, by the clock alone.
const GOOD_MILLISECONDS: i64 = 1_000;

/// Everything that a letter is written from, read at one moment.
#[derive(Debug)]
pub(super) struct Found {
    waiting: Waiting,
    exception: Arc<Exception>,
    event: Arc<Event>,
    texts: BTreeMap<Hash, String>,
    monitor: Option<String>,
    meant: Vec<Meant>,
    checkpoint: String,
    /// How far the record had come, and when that was.
    read: (Extent, Time),
}

impl Found {
    /// Would it be found so now? Whatever decides who is told what is an event of the record.
    fn holds(&self, conn: &mut Conn, now: Time) -> Result<bool, StoreError> {
        let (then, at) = self.read;
        let age = (now - at).num_milliseconds();
        Ok((0..GOOD_MILLISECONDS).contains(&age) && extent(conn)? == then)
    }

    /// Those who are meant, where they are reached and what they were told before, as it is now.
    fn readers(&mut self, conn: &mut Conn, now: Time) -> Result<Vec<Reader>, StoreError> {
        let meant = std::mem::take(&mut self.meant);
        let found = meant.into_iter().map(|meant| reader(conn, meant, &self.waiting, now));
        found.filter_map(Result::transpose).collect()
    }

    /// What one of several readers is still to be told, as a letter of its own.
    fn alone(&self, letter: &Claimed, reader: &Reader) -> Alone {
        let told = Told::Letter(self.waiting.clone());
        Alone { letter: letter.id, told, person: reader.contact.person, attempts: letter.attempt }
    }
}

impl Jobs {
    /// Tells everyone who is meant and was not told before.
    pub(super) fn letter(
        &self,
        letter: &Claimed,
        (waiting, ahead): (Waiting, Option<Found>),
        now: Time,
    ) -> Result<Outcome, StoreError> {
        let (found, readers) = self.desk.store().read(|conn| {
            let mut found = match ahead {
                Some(found) if found.holds(conn, now)? => found,
                Some(_) | None => self.find(conn, letter.id, waiting, now)?,
            };
            let readers = found.readers(conn, now)?;
            Ok::<_, StoreError>((found, readers))
        })?;
        let mut outcome = Outcome::default();
        for (before, reader) in readers.iter().enumerate() {
            // One mail at a time is sent and not yet marked, whenever the process ends.
            self.note_sent(letter, &mut outcome)?;
            let mut own = Outcome::default();
            // Before the first one it was looked at when the letter was taken in hand.
            if before > 0 && self.is_stopped(Channel::Mail, MAIL.job) {
                let error = "mail was stopped before it left; it leaves when that ends".to_owned();
                own.fail(Failure { error, then: Then::Retry(now) });
            } else if catch_unwind(AssertUnwindSafe(|| self.tell(letter, (&found, reader), now, &mut own))).is_err() {
                let error = "writing it panicked".to_owned();
                own.fail(Failure { error, then: after_failure(letter, now) });
            }
            outcome.join(own, (readers.len() > 1).then(|| found.alone(letter, reader)));
        }
        Ok(outcome)
    }

    /// Writes down whose mail has left, before the next one does.
    fn note_sent(&self, letter: &Claimed, outcome: &mut Outcome) -> Result<(), StoreError> {
        if outcome.deliveries.iter().all(|delivery| delivery.mailed_at.is_none()) {
            return Ok(());
        }
        let told = std::mem::take(&mut outcome.deliveries);
        let erasure = letter.erasure;
        self.write_unflushed(move |tx| tx.put_in_mailboxes(&told, erasure))
    }

    /// Finds what a letter is written from.
    pub(super) fn find(&self, conn: &mut Conn, letter: Uuid, waiting: Waiting, now: Time) -> Result<Found, StoreError> {
        let gone = || StoreError::Corrupt(format!("what letter {letter} tells of is not there"));
        let read = extent(conn)?;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.under(read.roster);
        let current = known.newest(conn, waiting.exception)?.ok_or_else(gone)?;
        let Stood { exception, event } = known.stood(conn, &current, waiting.letter.seq)?.ok_or_else(gone)?;
        let opened = queries::opened(conn, &notify::commitments(&exception, &event))?;
        let texts = opened.into_iter().map(|open| (open.commitment, open.value)).collect();
        let told = About { waiting: &waiting, event: &event, then: &exception, current: &current };
        let meant = whom(conn, told, (&self.outward.teams, &mut known), now)?;
        let (monitor, checkpoint) = (monitor(conn, &exception)?, checkpoint(conn)?);
        Ok(Found { waiting, exception, event, texts, monitor, meant, checkpoint, read: (read, now) })
    }

    /// Writes what each reader reads.
    pub(super) fn write_ahead(&self, found: &mut Found) {
        let mut meant = std::mem::take(&mut found.meant);
        for one in &mut meant {
            let (language, zone) = (one.preferences.language, one.preferences.zone);
            one.rendered = Some(self.written(found, (language, zone), None));
        }
        found.meant = meant;
    }

    /// Puts a letter into one mailbox, and mails it unless that waits.
    fn tell(&self, letter: &Claimed, (found, reader): (&Found, &Reader), now: Time, outcome: &mut Outcome) {
        if reader.had.is_some_and(|had| had.mailed) {
            return;
        }
        let wanted = (reader.preferences.language, reader.preferences.zone);
        let rendered = reader.rendered.clone().unwrap_or_else(|| self.written(found, wanted, None));
        let leave = self.leave(found, reader, now);
        let sent = match leave {
            Leave::Later(..) | Leave::Never => Ok(false),
            Leave::Now => self.mail(found, reader, &rendered, now),
        };
        let id = reader.had.map_or(letter.id, |had| had.letter);
        outcome.deliveries.push(Delivery {
            letter: id,
            person: reader.contact.person,
            kind: found.waiting.letter.kind,
            subject: rendered.subject,
            body: rendered.text,
            exception: Some(found.exception.id),
            at: found.event.at,
            seq: found.waiting.letter.seq,
            mailed_at: matches!(sent, Ok(true)).then_some(now),
            read_at: None,
            digest: matches!(leave, Leave::Later(_, HeldBy::Digest)),
        });
        let held_before = reader.had.is_some_and(|had| had.waits);
        if let Leave::Later(until, why) = leave
            && !(held_before && why == HeldBy::Digest)
        {
            let (told, person) = (Told::Letter(found.waiting.clone()), reader.contact.person);
            outcome.held.push(Held { letter: id, told, person, until, why });
        }
        if let Err(error) = sent {
            outcome.fail(failed(letter, &error, now));
        }
    }

    fn written(&self, found: &Found, (language, zone): (Language, Zone), decide: Option<&str>) -> Rendered {
        let matter = Matter {
            exception: &found.exception,
            event: &found.event,
            texts: &found.texts,
            monitor: found.monitor.as_deref(),
            public_url: &self.outward.public_url,
            language,
            zone,
            decide,
        };
        notify::render(&found.waiting.letter, &matter)
    }

    /// When a mail leaves, as its reader wants it.
    fn leave(&self, found: &Found, reader: &Reader, now: Time) -> Leave {
        if self.outward.mailer.is_none() || reader.contact.address.is_none() {
            return Leave::Never;
        }
        let (kind, person) = (found.waiting.letter.kind, reader.contact.person);
        let own = found.exception.requester == person || found.exception.request.beneficiary == Some(person);
        let leaving = Leaving {
            now,
            urgent: self.is_urgent(found, now),
            personal: own || kind.is_personal(),
            today: reader.today,
        };
        reader.preferences.leave(leaving)
    }

    /// What stops something, what is asked for at an urgent tier, and a decision that is due within the procedure's
    /// urgent window, however its approvers are told of it.
    fn is_urgent(&self, found: &Found, now: Time) -> bool {
        let sop = self.desk.laws().sops.exactly(&found.exception.sop);
        let hours = sop.as_ref().map_or(24, |sop| sop.document().notifications.urgent_hours);
        let soon = now + Duration::hours(i64::from(hours));
        let kind = found.waiting.letter.kind;
        let punctuality = sop.as_ref().and_then(|sop| sop.document().punctuality.as_ref());
        let lane = punctuality.is_some_and(|said| said.is_urgent(found.exception.tier())) && kind.asks();
        kind.stops() || lane || decision_due(found).is_some_and(|due| due <= soon)
    }

    /// Sends a letter to one reader by mail, if any leaves; did it?
    fn mail(&self, found: &Found, reader: &Reader, rendered: &Rendered, now: Time) -> Result<bool, SendError> {
        let contact = &reader.contact;
        let (Some(mailer), Some(address)) = (&self.outward.mailer, contact.address.as_deref()) else {
            return Ok(false);
        };
        let (exception, told) = (found.exception.id, &found.waiting.letter);
        // The secret stands in the mail alone: neither the mailbox nor the outbox has it.
        let link = self.link(found, contact.person, now).map_err(|error| SendError::Failed(error.to_string()))?;
        let wanted = (reader.preferences.language, reader.preferences.zone);
        let with_link = link.map(|link| self.written(found, wanted, Some(&link)));
        mailer.send(&Mail {
            id: Mail::id_of(exception, (told.seq, told.kind), contact.person),
            thread: Thread { exception, first: reader.first },
            to: Recipient { person: contact.person, name: contact.name.as_deref(), address },
            at: found.event.at,
            rendered: with_link.as_ref().unwrap_or(rendered),
            checkpoint: Some(&found.checkpoint),
        })?;
        Ok(true)
    }
}

impl Jobs {
    /// A link by which its reader decides, where the letter asks for that and the round is still open.
    fn link(&self, found: &Found, person: PersonId, now: Time) -> Result<Option<String>, JobError> {
        let round = found.exception.state.round().filter(|_| found.waiting.letter.kind == LetterKind::DecisionWanted);
        let Some(round) = round.map(|round| round.number) else { return Ok(None) };
        let (exception, told) = (found.exception.id, &found.waiting.letter);
        let mail = Mail::id_of(exception, (told.seq, told.kind), person);
        let secret = self.outward.links.secret(mail);
        let id = LinkId(self.desk.random().uuid_v7(now)?);
        let new = NewLink { id, hash: secret.hash(), exception, person, mail };
        let issued = self.write(move |tx| tx.issue_link(&new, round))?;
        Ok(issued.then(|| format!("{}/decide/{}", self.outward.public_url, secret.reveal())))
    }
}

/// When the decision is due that a letter asks for, reminds of, calls late or escalates.
fn decision_due(found: &Found) -> Option<Time> {
    let mut decisions = found.exception.tasks.iter().filter(|task| task.work == Work::Decide);
    if found.waiting.letter.kind == LetterKind::DecisionWanted {
        return decisions.map(|task| task.due_at).min();
    }
    let named = named_task(&found.event.deed)?;
    decisions.find(|task| task.id == named).map(|task| task.due_at)
}

/// How far the ledger has come, as mails say it.
pub(super) fn checkpoint(conn: &mut Conn) -> Result<String, StoreError> {
    checkpoint_header(conn)
}

/// The name of whoever watches over an exception, where they can still be reached.
fn monitor(conn: &mut Conn, exception: &Exception) -> Result<Option<String>, StoreError> {
    let named: BTreeSet<PersonId> = exception.request.monitoring_owner.into_iter().collect();
    Ok(contacts(conn, &named)?.pop().and_then(|contact| contact.name))
}
