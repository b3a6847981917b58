//! The job that empties the outbox: it claims letters, finds who is meant, has them written and sent, and
//! marks them. Each letter stands alone: one that fails waits longer each time, and is given up at last.

use std::{
    collections::{BTreeMap, BTreeSet},
    panic::{AssertUnwindSafe, catch_unwind},
    thread,
};

use chrono::Duration;

use super::{JobError, Jobs, lease::Lease};
use crate::{
    domain::{
        event::Event,
        exception::Exception,
        letters::{Addressee, Letter},
        person::Person,
        request::Time,
    },
    notify::{self, Mail, Matter, Recipient, Rendered, SendError},
    store::{
        Conn, StoreError,
        contacts::{Contact, contacts},
        exceptions::exception,
        mailbox::{Delivery, mailed_to},
        outbox::{Claim, Claimed, Failure, Fence, Then, Waiting, has_due},
        queries,
        roster::{holders, people},
    },
    words::{Hash, PersonId},
};

/// Letters that are claimed together: few, so that one that takes long keeps few others waiting.
const PAGE: i64 = 10;
/// Pages in one turn.
const PAGES: usize = 1_000;
/// How often a letter is tried.
const MOST_ATTEMPTS: u32 = 10;
/// How long the first pause is, in seconds; each one after is twice as long.
const PAUSE_SECONDS: i64 = 30;

/// Everything that a letter is written from, read at one moment.
struct Found {
    waiting: Waiting,
    exception: Exception,
    event: Event,
    texts: BTreeMap<Hash, String>,
    readers: Vec<Contact>,
    mailed: Vec<PersonId>,
}

/// What became of a letter: who has it in their mailbox now, and what kept mail from leaving.
struct Outcome {
    deliveries: Vec<Delivery>,
    failure: Option<Failure>,
}

impl Outcome {
    /// Nobody has it.
    const fn failed(failure: Failure) -> Self {
        Self { deliveries: Vec::new(), failure: Some(failure) }
    }
}

impl Jobs {
    /// Delivers what waits; how many letters were handled. Any number of threads and replicas may do so.
    pub(super) fn deliver(&mut self, now: Time) -> Result<usize, JobError> {
        let mut handled = 0;
        for _ in 0..PAGES {
            if self.is_ending() || !self.desk.store().read(|conn| has_due(conn, now))? {
                break;
            }
            let owner = self.desk.random().uuid_v4()?;
            let claim = Claim { owner, now, lease: Lease::length(), limit: PAGE };
            let lease = Lease::new(owner, now);
            let claimed = self.write(move |tx| tx.claim(&claim))?;
            handled += self.handle_all(claimed, &lease);
        }
        Ok(handled)
    }

    /// Handles claimed letters while the claim holds, and sees that it does; the others are claimed again.
    fn handle_all(&self, claimed: Vec<Claimed>, lease: &Lease) -> usize {
        let handle = |letter: Claimed| {
            let (id, outcome) = (letter.id, self.attempt(&letter, self.desk.clock().now()));
            match self.mark(letter, outcome) {
                Ok(Fence::Held) => return 1,
                Ok(Fence::Lost) => tracing::info!(letter = %id, "another process has the letter by now"),
                Err(error) => tracing::error!(letter = %id, %error, "a letter could not be marked"),
            }
            0
        };
        let in_hand = |_: &Claimed| !self.is_ending() && lease.holds(self.desk.clock().now());
        thread::scope(|scope| {
            let _beating = lease.beat(scope, &self.desk);
            claimed.into_iter().take_while(in_hand).map(handle).sum()
        })
    }

    /// One attempt at one letter. Whatever goes wrong with it, even a panic, stays with it.
    fn attempt(&self, letter: &Claimed, now: Time) -> Outcome {
        if letter.attempt > MOST_ATTEMPTS {
            let error = "given up: no attempt came to its end".to_owned();
            return Outcome::failed(Failure { error, then: Then::Dead });
        }
        let tried = catch_unwind(AssertUnwindSafe(|| self.find(letter).map(|found| self.send(letter, &found, now))));
        let error = match tried {
            Ok(Ok(outcome)) => return outcome,
            Ok(Err(error)) => error.to_string(),
            Err(_) => "writing it panicked".to_owned(),
        };
        Outcome::failed(Failure { error, then: after_failure(letter, now) })
    }

    fn mark(&self, letter: Claimed, Outcome { deliveries, failure }: Outcome) -> Result<Fence, StoreError> {
        if let Some(Failure { error, then }) = &failure {
            tracing::warn!(letter = %letter.id, attempt = letter.attempt, ?then, %error, "a letter did not leave");
        }
        self.write(move |tx| {
            tx.put_in_mailboxes(&deliveries)?;
            match &failure {
                None => tx.delivered(&letter),
                Some(failure) => tx.failed(&letter, failure),
            }
        })
    }

    fn find(&self, letter: &Claimed) -> Result<Found, StoreError> {
        let waiting = letter.open()?;
        self.desk.store().read(|conn| {
            let gone = || StoreError::Corrupt(format!("what letter {} tells of is not there", letter.id));
            let seq = waiting.letter.seq;
            let event = queries::events(conn, waiting.exception, seq.saturating_sub(1), 1)?.pop().ok_or_else(gone)?;
            let now = exception(conn, waiting.exception)?.ok_or_else(gone)?;
            let then = if now.seq == seq { Some(now) } else { queries::folded(conn, waiting.exception, seq)? };
            let exception = then.ok_or_else(gone)?;
            let opened = queries::opened(conn, &notify::commitments(&exception, &event.event))?;
            let readers = readers(conn, &waiting.letter)?;
            let mailed = mailed_to(conn, letter.id)?;
            let texts = opened.into_iter().map(|open| (open.commitment, open.value)).collect();
            Ok(Found { waiting, exception, event: event.event, texts, readers, mailed })
        })
    }

    /// Sends a letter to everyone whom it did not reach before. In their mailboxes they have it at once.
    fn send(&self, letter: &Claimed, found: &Found, now: Time) -> Outcome {
        let matter = Matter {
            exception: &found.exception,
            event: &found.event,
            texts: &found.texts,
            public_url: &self.outward.public_url,
        };
        let rendered = notify::render(&found.waiting.letter, &matter);
        let mut failure = None;
        let deliveries = found.readers.iter().map(|reader| {
            let sent = self.mail(letter, found, (reader, &rendered));
            let mailed_at = matches!(sent, Ok(true)).then_some(now);
            if let Err(error) = sent {
                failure = Some(milder(failure.take(), failed(letter, &error, now)));
            }
            delivery(letter, found, (reader.person, &rendered), mailed_at)
        });
        let deliveries = deliveries.collect();
        Outcome { deliveries, failure }
    }

    /// Sends a letter to one reader by mail, if it is to be and was not yet; was it?
    fn mail(
        &self,
        letter: &Claimed,
        found: &Found,
        (reader, rendered): (&Contact, &Rendered),
    ) -> Result<bool, SendError> {
        let (Some(mailer), Some(address)) = (&self.outward.mailer, reader.address.as_deref()) else { return Ok(false) };
        if found.mailed.contains(&reader.person) {
            return Ok(false);
        }
        let to = Recipient { person: reader.person, name: reader.name.as_deref(), address };
        let exception = found.exception.id;
        mailer.send(&Mail { letter: letter.id, exception, to, at: found.event.at, rendered }).map(|()| true)
    }
}

fn delivery(
    letter: &Claimed,
    found: &Found,
    (person, rendered): (PersonId, &Rendered),
    mailed_at: Option<Time>,
) -> Delivery {
    Delivery {
        letter: letter.id,
        person,
        kind: found.waiting.letter.kind,
        subject: rendered.subject.clone(),
        body: rendered.text.clone(),
        exception: found.exception.id,
        at: found.event.at,
        seq: found.waiting.letter.seq,
        mailed_at,
        read_at: None,
    }
}

/// Everyone who is meant and can be reached: who left, and a team without people, is nobody.
fn readers(conn: &mut Conn, letter: &Letter) -> Result<Vec<Contact>, StoreError> {
    let meant: BTreeSet<PersonId> = match &letter.to {
        Addressee::Person(id) => {
            let found = people(conn, &BTreeSet::from([*id]))?;
            // Nobody reads what a service is sent: it goes to the human who answers for it.
            let named = found.iter().find(|person| person.id == *id);
            named.map(|person| person.responsible.unwrap_or(person.id)).into_iter().collect()
        }
        Addressee::Role(role, domains) => {
            let holds = |person: &Person| !person.is_service() && person.holds(*role, domains);
            holders(conn, &[*role])?.into_iter().filter(holds).map(|person| person.id).collect()
        }
        Addressee::Team(_) => BTreeSet::new(),
    };
    contacts(conn, &meant)
}

fn failed(letter: &Claimed, error: &SendError, now: Time) -> Failure {
    let then = match error {
        SendError::Unsendable(_) | SendError::Refused(_) => Then::Dead,
        SendError::Failed(_) => after_failure(letter, now),
    };
    Failure { error: error.to_string(), then }
}

/// Of two failures of one letter, the one that leaves it a chance.
fn milder(before: Option<Failure>, failure: Failure) -> Failure {
    match before {
        Some(before) if matches!(before.then, Then::Retry(_)) => before,
        Some(_) | None => failure,
    }
}

/// What becomes of a letter after a failure that may pass.
fn after_failure(letter: &Claimed, now: Time) -> Then {
    if letter.attempt >= MOST_ATTEMPTS { Then::Dead } else { Then::Retry(now + pause(letter)) }
}

/// The pause before the next attempt: 30 s, 60 s, 120 s … up to about two hours, each up to a quarter
/// longer or shorter, so that what failed together does not come back together.
fn pause(letter: &Claimed) -> Duration {
    let doublings = letter.attempt.saturating_sub(1).min(8);
    let seconds = PAUSE_SECONDS << doublings;
    // The id is a hash: as good as drawn, and the same on every replica.
    let permille = i64::try_from((letter.id.as_u128() >> (8 * doublings)) % 500).unwrap_or(0) + 750;
    Duration::milliseconds(seconds * permille)
}
