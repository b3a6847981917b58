//! How often each command was asked for, and how it ended: counted where the answer arrives, whichever door
//! it came through. Who asked is not counted.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use super::Error;

/// Counters of one process since it started.
#[derive(Debug, Default)]
pub struct Tally(Mutex<BTreeMap<(&'static str, &'static str), u64>>);

impl Tally {
    pub(super) fn count<T>(&self, command: &'static str, outcome: &Result<T, Error>) {
        let outcome = match outcome {
            Ok(_) => "done",
            Err(Error::Refused(refused)) => refused.refusal.code(),
            Err(Error::Forbidden(_)) => "forbidden",
            Err(Error::NotFound(_)) => "not_found",
            Err(Error::KeyReused) => "idempotency_key_reused",
            Err(Error::Replayed) => "delivery_replayed",
            Err(Error::Store(_) | Error::Random(_)) => "failed",
        };
        self.note(command, outcome);
    }

    /// Counts one more of these.
    pub fn note(&self, what: &'static str, outcome: &'static str) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry((what, outcome)).or_default() += 1;
    }

    /// Each command with each of its outcomes: `done`, a refusal's code, or `failed`.
    pub fn counts(&self) -> Vec<(&'static str, &'static str, u64)> {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.iter().map(|((command, outcome), count)| (*command, *outcome, *count)).collect()
    }
}
