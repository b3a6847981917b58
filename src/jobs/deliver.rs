//! The job that empties the outbox: it claims letters, has them written and sent, and marks them. Each
//! letter stands alone: one that fails waits longer each time, and is given up at last.

mod ahead;
mod batch;
mod code;
mod concern;
mod delegated;
mod digest;
mod endpoint;
mod errand;
mod house;
mod known;
mod letter;
mod readers;
mod report;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    thread,
};

use chrono::Duration;
use uuid::Uuid;

pub(super) use self::known::Known;
use self::{errand::Ran, letter::Found, report::Issued};
use super::{
    JobError, Jobs, Worked,
    lease::{Lease, Queue},
};
use crate::{
    domain::request::Time,
    notify::SendError,
    store::{
        StoreError, Tx,
        automation::{Permit, Right},
        mailbox::Delivery,
        outbox::{Alone, Claim, Claimed, Failure, Fence, Held, Then, Told, errands::LETTERS, has_due},
    },
    words::Channel,
};

/// Letters that are claimed together: few, so that one that takes long keeps few others waiting.
const PAGE: i64 = 10;
/// Pages in one turn.
const PAGES: usize = 1_000;
/// How often a letter is tried: over some two days, so that a mail server may be away for one.
const MOST_ATTEMPTS: u32 = 30;
/// How long the first pause is, in seconds; each one after is twice as long.
const PAUSE_SECONDS: i64 = 30;

/// A line of what waits to leave: its lane of the outbox, and what stops it.
#[derive(Debug, Clone, Copy)]
struct Line<'l> {
    lane: &'l str,
    channel: Channel,
    job: &'static str,
}

/// The line of letters.
const MAIL: Line<'static> = Line { lane: LETTERS, channel: Channel::Mail, job: "deliver" };

/// What became of a letter: who has it in their mailbox now, whose mail waits, and what kept mail from leaving.
#[derive(Debug, Clone, Default)]
struct Outcome {
    deliveries: Vec<Delivery>,
    held: Vec<Held>,
    alone: Vec<(Alone, Failure)>,
    failure: Option<Failure>,
    errand: Option<Ran>,
}

impl Outcome {
    /// Nobody has it.
    fn failed(failure: Failure) -> Self {
        Self { failure: Some(failure), ..Self::default() }
    }

    /// Was it told inside the service alone, and is all of it done?
    const fn is_inside(&self) -> bool {
        self.alone.is_empty() && self.failure.is_none() && self.errand.is_none()
    }

    /// Is it noted beside the record alone, so that the note may be lost with the power?
    const fn is_beside(&self) -> bool {
        self.held.is_empty() && self.alone.is_empty()
    }

    /// Adds what became of one reader. Where there are several, a failure is that reader's alone, in a letter of
    /// their own, so that each is tried or given up by what befell it.
    fn join(&mut self, own: Self, alone: Option<Alone>) {
        let Self { deliveries, held, failure, .. } = own;
        self.deliveries.extend(deliveries);
        self.held.extend(held);
        match (failure, alone) {
            (Some(failure), Some(alone)) => self.alone.push((alone, failure)),
            (Some(failure), None) => self.fail(failure),
            (None, _) => {}
        }
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
    /// Delivers the letters that wait, and counts them.
    pub(super) fn deliver(&mut self, _: Time) -> Result<Worked, JobError> {
        self.empty(MAIL)
    }

    /// Delivers what waits in a line, and counts it. Any number of threads and replicas may do so. A turn may
    /// take long, so each page is claimed at its own time.
    fn empty(&self, line: Line<'_>) -> Result<Worked, JobError> {
        let mut handled = 0;
        if self.is_stopped(line.channel, line.job) {
            return Ok(Worked::cut_short(0));
        }
        for _ in 0..PAGES {
            let now = self.desk.clock().now();
            if self.is_ending() || !self.desk.store().read(|conn| has_due(conn, line.lane, now))? {
                break;
            }
            let owner = self.desk.random().uuid_v4()?;
            let claim = Claim { owner, now, lease: Lease::length(), limit: PAGE };
            let lease = Lease::of(Queue::Letters, owner, now);
            let (of, job, channel) = (line.lane.to_owned(), line.job, line.channel);
            let claimed = self.write_unflushed(move |tx| {
                let stopped = tx.permit(&Right::unleased(job))? != Permit::Granted || tx.halted(channel)?;
                if stopped { Ok(None) } else { tx.claim(&of, &claim).map(Some) }
            })?;
            let Some(claimed) = claimed else { return Ok(Worked::cut_short(handled)) };
            // Of a stream the earliest alone is to be had, and that may be in another's hands.
            if claimed.is_empty() {
                break;
            }
            handled += self.handle_all(&claimed, (&lease, line));
        }
        Ok(Worked::whole(handled))
    }

    /// Handles claimed letters while the claim holds, and sees that it does; the others are claimed again. Where
    /// mail leaves, each is marked before the next one leaves, so that whoever is killed repeats one at most; a mark
    /// need not be on the disk for that, and one that a loss of power undoes has its mail repeated, which is what
    /// happens as well to one that was accepted and not marked. Where
    /// letters are read in the mailboxes alone there is nothing to repeat, and those of a page share a commit.
    fn handle_all(&self, claimed: &[Claimed], (lease, line): (&Lease, Line<'_>)) -> usize {
        let in_hand = |_: &&Claimed| {
            !self.is_ending() && lease.holds(self.desk.clock().now()) && !self.is_stopped(line.channel, line.job)
        };
        thread::scope(|scope| {
            let _beating = lease.beat(scope, (&self.desk, self.beat));
            let ahead = self.look_ahead(scope, claimed);
            let (mut marked, mut inside) = (0, Vec::new());
            for letter in claimed.iter().take_while(in_hand) {
                let outcome = self.attempt(letter, ahead.next(), self.desk.clock().now());
                if self.outward.mailer.is_none() && outcome.is_inside() {
                    inside.push((letter.clone(), outcome));
                } else {
                    marked += self.marked(letter.clone(), outcome);
                }
            }
            marked + self.mark_together(inside)
        })
    }

    /// Marks letters of which nothing left by one commit, or each by its own where one of them keeps the others
    /// from it; how many are marked.
    fn mark_together(&self, letters: Vec<(Claimed, Outcome)>) -> usize {
        if letters.is_empty() {
            return 0;
        }
        let (all, beside) = (letters.clone(), letters.iter().all(|(_, outcome)| outcome.is_beside()));
        let job = move |tx: &mut Tx<'_, '_>| {
            let fences = all.iter().map(|(letter, outcome)| note(tx, letter, outcome));
            fences.collect::<Result<Vec<Fence>, StoreError>>()
        };
        let together = if beside { self.write_unflushed(job) } else { self.write(job) };
        match together {
            Ok(fences) => letters.iter().zip(fences).map(|((letter, _), fence)| counted(letter.id, Ok(fence))).sum(),
            Err(_) => letters.into_iter().map(|(letter, outcome)| self.marked(letter, outcome)).sum(),
        }
    }

    /// Marks one letter; is it one that is marked?
    fn marked(&self, letter: Claimed, outcome: Outcome) -> usize {
        counted(letter.id, self.mark(letter, outcome))
    }

    /// One attempt at one letter. Whatever goes wrong with it, even a panic, stays with it.
    fn attempt(&self, letter: &Claimed, ahead: Option<Found>, now: Time) -> Outcome {
        if letter.attempt > MOST_ATTEMPTS {
            let error = "given up: no attempt came to its end".to_owned();
            return Outcome::failed(Failure { error, then: Then::Dead });
        }
        let tried = catch_unwind(AssertUnwindSafe(|| match letter.open()? {
            Told::Letter(waiting) => Ok(self.letter(letter, (waiting, ahead), now)?),
            Told::Digest { digest } => self.digest(letter, digest, now),
            Told::Code { code } => self.code(letter, code, now),
            Told::Delegated { delegated } => self.delegated(letter, delegated, now),
            Told::Concern { concern, held } => self.concern(letter, (concern, held), now),
            Told::Batch { batch, held } => self.batch_held(letter, (&batch, held), now),
            Told::Report { report, from, to, reader, held } => {
                self.report(letter, &Issued { report, span: (from, to), reader, held }, now)
            }
            Told::Errand { connector, exception, event } => self.errand(letter, (&connector, exception, event), now),
            Told::Webhook { webhook, why, held } => self.endpoint(letter, (webhook, why, held), now),
        }));
        let error = match tried {
            Ok(Ok(outcome)) => return outcome,
            Ok(Err(error)) => JobError::to_string(&error),
            Err(_) => "writing it panicked".to_owned(),
        };
        Outcome::failed(Failure { error, then: after_failure(letter, now) })
    }

    fn mark(&self, letter: Claimed, mut outcome: Outcome) -> Result<Fence, JobError> {
        if let Some(Failure { error, then }) = &outcome.failure {
            tracing::warn!(letter = %letter.id, attempt = letter.attempt, ?then, %error, "a letter did not leave");
        }
        for (Alone { person, .. }, Failure { error, then }) in &outcome.alone {
            tracing::warn!(letter = %letter.id, %person, ?then, %error, "a letter did not leave for one of its readers");
        }
        if let Some(ran) = outcome.errand.take() {
            return self.mark_errand(letter, ran, outcome.failure);
        }
        let beside = outcome.is_beside();
        let job = move |tx: &mut Tx<'_, '_>| note(tx, &letter, &outcome);
        Ok(if beside { self.write_unflushed(job) } else { self.write(job) }?)
    }
}

/// Notes what became of a letter, while it is still in this process's hands.
fn note(tx: &mut Tx<'_, '_>, letter: &Claimed, outcome: &Outcome) -> Result<Fence, StoreError> {
    tx.put_in_mailboxes(&outcome.deliveries, letter.erasure)?;
    let fence = match &outcome.failure {
        None => tx.delivered(letter)?,
        Some(failure) => {
            let failure = tx.tellable(letter, failure.clone())?;
            tx.failed(letter, &failure)?
        }
    };
    if fence == Fence::Held {
        outcome.held.iter().try_for_each(|held| tx.hold_back(held))?;
        for (alone, failure) in &outcome.alone {
            let failure = tx.tellable(letter, failure.clone())?;
            tx.set_apart(alone, &failure)?;
        }
    }
    Ok(fence)
}

/// One, where a letter was marked; why it was not is logged.
fn counted(letter: Uuid, marked: Result<Fence, JobError>) -> usize {
    match marked {
        Ok(Fence::Held) => return 1,
        Ok(Fence::Lost) => tracing::info!(%letter, "another process has the letter by now"),
        Err(error) => tracing::error!(%letter, %error, "a letter could not be marked"),
    }
    0
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
/// longer or shorter.
fn pause(letter: &Claimed) -> Duration {
    let doublings = letter.attempt.saturating_sub(1).min(8);
    jittered((letter.id, doublings), PAUSE_SECONDS << doublings)
}

/// So many seconds, up to a quarter longer or shorter, so that what failed together does not come back
/// together. `turn` tells the pauses of one id apart.
pub(super) fn jittered((id, turn): (Uuid, u32), seconds: i64) -> Duration {
    // The id is a hash: as good as drawn, and the same on every replica.
    let permille = i64::try_from((id.as_u128() >> (8 * turn.min(14))) % 500).unwrap_or(0) + 750;
    Duration::milliseconds(seconds * permille)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn what_failed_together_does_not_come_back_together() {
        let pauses = |turn: u32| -> Vec<i64> {
            let ids = (0..1_000_u128).map(|n| Uuid::new_v5(&Uuid::nil(), &n.to_be_bytes()));
            ids.map(|id| jittered((id, turn), 1_000).num_milliseconds()).collect()
        };
        for turn in 0..9 {
            let drawn = pauses(turn);
            assert!(drawn.iter().all(|pause| (750_000..1_250_000).contains(pause)), "a quarter up or down");
            assert!(drawn.iter().collect::<BTreeSet<_>>().len() > 300, "spread over all of it");
            let (early, late) =
                (drawn.iter().filter(|pause| **pause < 850_000), drawn.iter().filter(|pause| **pause > 1_150_000));
            assert!(early.count() > 100 && late.count() > 100);
        }
        assert_ne!(pauses(0), pauses(1), "and each time anew");
    }
}
