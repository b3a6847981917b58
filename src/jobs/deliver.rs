//! The job that empties the outbox: it claims letters, has them written and sent, and marks them. Each
//! letter stands alone: one that fails waits longer each time, and is given up at last.

mod code;
mod digest;
mod letter;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    thread,
};

use chrono::Duration;

use super::{JobError, Jobs, Worked, lease::Lease};
use crate::{
    domain::request::Time,
    notify::SendError,
    store::{
        StoreError,
        automation::{Permit, Right, scopes},
        mailbox::Delivery,
        outbox::{Claim, Claimed, Failure, Fence, Held, Then, Told, has_due},
    },
    words::{Channel, Halt},
};

/// Letters that are claimed together: few, so that one that takes long keeps few others waiting.
const PAGE: i64 = 10;
/// Pages in one turn.
const PAGES: usize = 1_000;
/// How often a letter is tried.
const MOST_ATTEMPTS: u32 = 10;
/// How long the first pause is, in seconds; each one after is twice as long.
const PAUSE_SECONDS: i64 = 30;

/// What became of a letter: who has it in their mailbox now, whose mail waits, and what kept mail from leaving.
#[derive(Debug, Default)]
struct Outcome {
    deliveries: Vec<Delivery>,
    held: Vec<Held>,
    failure: Option<Failure>,
}

impl Outcome {
    /// Nobody has it.
    fn failed(failure: Failure) -> Self {
        Self { failure: Some(failure), ..Self::default() }
    }

    /// Of two failures of one letter, the one that leaves it a chance.
    fn fail(&mut self, failure: Failure) {
        let keeps = self.failure.as_ref().is_some_and(|before| matches!(before.then, Then::Retry(_)));
        if !keeps {
            self.failure = Some(failure);
        }
    }
}

impl Jobs {
    /// Delivers what waits, and counts the letters. Any number of threads and replicas may do so.
    pub(super) fn deliver(&mut self, now: Time) -> Result<Worked, JobError> {
        let mut handled = 0;
        if self.is_stopped() {
            return Ok(Worked::cut_short(0));
        }
        for _ in 0..PAGES {
            if self.is_ending() || !self.desk.store().read(|conn| has_due(conn, now))? {
                break;
            }
            let owner = self.desk.random().uuid_v4()?;
            let claim = Claim { owner, now, lease: Lease::length(), limit: PAGE };
            let lease = Lease::new(owner, now);
            let claimed = self.write(move |tx| {
                let stopped = tx.permit(&Right::unleased("deliver"))? != Permit::Granted || tx.halted(Channel::Mail)?;
                if stopped { Ok(None) } else { tx.claim(&claim).map(Some) }
            })?;
            let Some(claimed) = claimed else { return Ok(Worked::cut_short(handled)) };
            handled += self.handle_all(claimed, &lease);
        }
        Ok(Worked::whole(handled))
    }

    /// Was mail stopped since it was claimed? Where that cannot be read, nothing leaves.
    fn is_stopped(&self) -> bool {
        let stopped = |halt: &Halt| halt.stops_channel(Channel::Mail) || halt.stops_job("deliver");
        self.desk.store().read(scopes).map_or(true, |halts| halts.iter().any(stopped))
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
        let in_hand = |_: &Claimed| !self.is_ending() && lease.holds(self.desk.clock().now()) && !self.is_stopped();
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
        let tried = catch_unwind(AssertUnwindSafe(|| match letter.open()? {
            Told::Letter(waiting) => Ok(self.letter(letter, waiting, now)?),
            Told::Digest { digest } => self.digest(letter, digest, now),
            Told::Code { code } => self.code(letter, code, now),
        }));
        let error = match tried {
            Ok(Ok(outcome)) => return outcome,
            Ok(Err(error)) => JobError::to_string(&error),
            Err(_) => "writing it panicked".to_owned(),
        };
        Outcome::failed(Failure { error, then: after_failure(letter, now) })
    }

    fn mark(&self, letter: Claimed, Outcome { deliveries, held, failure }: Outcome) -> Result<Fence, StoreError> {
        if let Some(Failure { error, then }) = &failure {
            tracing::warn!(letter = %letter.id, attempt = letter.attempt, ?then, %error, "a letter did not leave");
        }
        self.write(move |tx| {
            tx.put_in_mailboxes(&deliveries)?;
            let fence = match &failure {
                None => tx.delivered(&letter)?,
                Some(failure) => tx.failed(&letter, failure)?,
            };
            if fence == Fence::Held {
                held.iter().try_for_each(|held| tx.hold_back(held))?;
            }
            Ok(fence)
        })
    }
}

fn failed(letter: &Claimed, error: &SendError, now: Time) -> Failure {
    let then = match error {
        SendError::Unsendable(_) | SendError::Refused(_) => Then::Dead,
        SendError::Failed(_) => after_failure(letter, now),
    };
    Failure { error: error.to_string(), then }
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
