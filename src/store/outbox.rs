//! Letters on their way: claimed under a lease, marked by whoever still holds it, given up at last.
//! What they say, to whom they go and how they leave is not known here.

mod claim;
mod counted;
pub mod errands;
mod held;
mod look;
mod periodic;

use chrono::Duration;
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Integer, Text},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{error::StoreError, sql::Sql, tx::Tx};
use crate::{
    domain::{
        letters::{Addressee, Letter, LetterKind, Periodic},
        person::Delegation,
        request::Time,
        roster::WebhookEnd,
    },
    words::{BatchId, ConcernId, ExceptionId, LinkId, PersonId, WebhookId},
};

pub use claim::has_due;
pub use counted::{OutboxCounts, counts};
pub use held::{Alone, Held};
pub use look::{Shelved, discard, list, one, retry, state};
pub use periodic::{Issue, readers_of};

/// What a claim asks for.
#[derive(Debug, Clone)]
pub struct Claim {
    /// Who claims: one value for each process that runs.
    pub owner: Uuid,
    /// Letters due by now.
    pub now: Time,
    /// For how long they are nobody else's.
    pub lease: Duration,
    /// At most so many.
    pub limit: i64,
}

/// A letter that is this owner's until its lease ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// Its id, the same on every attempt.
    pub id: Uuid,
    /// Which attempt this is, from 1; with the owner the fence of every mark.
    pub attempt: u32,
    /// When it became due.
    pub due_at: Time,
    /// The newest erasure when it was claimed: it may be written from what goes with a later one.
    pub erasure: i64,
    owner: Uuid,
    payload: String,
}

/// What leaves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Told {
    /// Everything that one reader wants to be told together.
    Digest {
        /// Who.
        digest: PersonId,
    },
    /// A code for a link.
    Code {
        /// Which link.
        code: LinkId,
    },
    /// That one person acts in another's place.
    Delegated {
        /// Who in whose, and for how long.
        delegated: Delegation,
    },
    /// That somebody is asked what the figures of a procedure mean.
    Concern {
        /// Which concern.
        concern: ConcernId,
        /// The letter, and the one reader whose mail of it waited; absent: all of its readers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        held: Option<(Uuid, PersonId)>,
    },
    /// That a batch was stopped.
    Batch {
        /// Which.
        batch: BatchId,
        /// The letter, and the one reader whose mail of it waited; absent: all of its readers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        held: Option<(Uuid, PersonId)>,
    },
    /// What the calendar says that somebody is told.
    Report {
        /// What.
        report: Periodic,
        /// From when on it reports.
        from: Time,
        /// Until before when.
        to: Time,
        /// Whom.
        reader: PersonId,
        /// The letter, where its mail waited.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        held: Option<(Uuid, PersonId)>,
    },
    /// What an event tells another system.
    Errand {
        /// By which connector.
        connector: String,
        /// Of which exception.
        exception: ExceptionId,
        /// Of which event, by its number within the exception.
        event: u64,
    },
    /// That an endpoint gets nothing more, since it failed.
    Webhook {
        /// Which.
        webhook: WebhookId,
        /// Why.
        why: WebhookEnd,
        /// The letter, and the one reader whose mail of it waited; absent: all of its readers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        held: Option<(Uuid, PersonId)>,
    },
    /// What an event tells.
    Letter(Waiting),
}

/// What a letter tells of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// The exception.
    pub exception: ExceptionId,
    /// What is told to whom, and of which event.
    pub letter: Letter,
}

/// Why an attempt failed, and what becomes of the letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What went wrong, for those who look after the service.
    pub error: String,
    /// What becomes of it.
    pub then: Then,
}

/// What becomes of a letter after a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// It is tried again, not before this instant.
    Retry(Time),
    /// It is given up and kept.
    Dead,
}

/// Whether a mark was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fence {
    /// The claim still held, and the mark stands.
    Held,
    /// The lease had ended and somebody else has the letter, or it is done: nothing was written.
    Lost,
}

impl Claimed {
    /// What it tells of; `Corrupt` where that cannot be read.
    pub fn open(&self) -> Result<Told, StoreError> {
        serde_json::from_str(&self.payload).map_err(|error| StoreError::Corrupt(format!("letter {}: {error}", self.id)))
    }
}

impl Told {
    /// Its kind, as the outbox names it.
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::Letter(waiting) => waiting.letter.kind.as_str(),
            Self::Digest { .. } => "digest",
            Self::Code { .. } => "code",
            Self::Delegated { .. } => LetterKind::Delegated.as_str(),
            Self::Errand { .. } => "errand",
            Self::Webhook { .. } => "webhook_failed",
            Self::Concern { .. } => LetterKind::ConcernRaised.as_str(),
            Self::Batch { .. } => LetterKind::BatchHeld.as_str(),
            Self::Report { .. } => LetterKind::ScheduledReport.as_str(),
        }
    }

    /// The same for one reader alone.
    fn only_to(self, person: PersonId) -> Self {
        match self {
            Self::Letter(Waiting { exception, letter }) => {
                Self::Letter(Waiting { exception, letter: Letter { to: Addressee::Person(person), ..letter } })
            }
            Self::Digest { .. }
            | Self::Code { .. }
            | Self::Delegated { .. }
            | Self::Errand { .. }
            | Self::Concern { .. }
            | Self::Batch { .. }
            | Self::Report { .. }
            | Self::Webhook { .. } => self,
        }
    }

    /// The exception, and the event of it that this tells of, by its number; of some of them neither.
    pub const fn event(&self) -> Option<(ExceptionId, u64)> {
        match self {
            Self::Letter(waiting) => Some((waiting.exception, waiting.letter.seq)),
            Self::Errand { exception, event, .. } => Some((*exception, *event)),
            Self::Digest { .. }
            | Self::Code { .. }
            | Self::Delegated { .. }
            | Self::Concern { .. }
            | Self::Batch { .. }
            | Self::Report { .. }
            | Self::Webhook { .. } => None,
        }
    }

    fn seq(&self) -> u64 {
        self.event().map_or(0, |(_, seq)| seq)
    }
}

impl Tx<'_, '_> {
    /// Holds what `owner` has in hand until `until`: the heartbeat of a claim.
    pub fn hold(&mut self, owner: Uuid, until: Time) -> Result<usize, StoreError> {
        let held = sql_query("UPDATE outbox SET lease_until = $1 WHERE lease_owner = $2 AND state = 'waiting'")
            .bind::<BigInt, _>(until.timestamp_micros())
            .bind::<Text, _>(owner.to_string())
            .execute(self.conn())?;
        Ok(held)
    }

    /// Marks a letter as delivered.
    pub fn delivered(&mut self, letter: &Claimed) -> Result<Fence, StoreError> {
        let delivered = "UPDATE outbox SET state = 'delivered', lease_owner = NULL, lease_until = NULL, last_error = NULL \
             WHERE id = $1 AND lease_owner = $2 AND attempts = $3 AND state = 'waiting'";
        let values = [letter.id.to_string().into(), letter.owner.to_string().into(), letter.attempts().into()];
        let marked = Sql::of(delivered, values).kept().execute(self.conn())?;
        Ok(Fence::of(marked))
    }

    /// Marks as delivered what has been due since before `cut`: the letters of a history that is told afterwards,
    /// whose readers have long known. How many they were.
    pub fn delivered_before(&mut self, cut: Time) -> Result<usize, StoreError> {
        let marked = sql_query("UPDATE outbox SET state = 'delivered' WHERE state = 'waiting' AND next_at < $1")
            .bind::<BigInt, _>(cut.timestamp_micros())
            .execute(self.conn())?;
        Ok(marked)
    }

    /// Gives a letter back for another attempt, or gives it up.
    pub fn failed(&mut self, letter: &Claimed, failure: &Failure) -> Result<Fence, StoreError> {
        let (state, next_at) = match failure.then {
            Then::Retry(at) => ("waiting", at),
            Then::Dead => ("dead", letter.due_at),
        };
        let marked = sql_query(
            "UPDATE outbox SET state = $1, next_at = $2, last_error = $3, lease_owner = NULL, lease_until = NULL \
             WHERE id = $4 AND lease_owner = $5 AND attempts = $6 AND state = 'waiting'",
        )
        .bind::<Text, _>(state)
        .bind::<BigInt, _>(next_at.timestamp_micros())
        .bind::<Text, _>(&failure.error)
        .bind::<Text, _>(letter.id.to_string())
        .bind::<Text, _>(letter.owner.to_string())
        .bind::<Integer, _>(letter.attempts())
        .execute(self.conn())?;
        Ok(Fence::of(marked))
    }
}

impl Claimed {
    fn attempts(&self) -> i32 {
        i32::try_from(self.attempt).unwrap_or(i32::MAX)
    }
}

impl Fence {
    pub(super) const fn of(marked: usize) -> Self {
        if marked == 1 { Self::Held } else { Self::Lost }
    }
}

#[cfg(test)]
mod tests;
