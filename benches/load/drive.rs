//! A number of clients, each of which asks again as soon as it is answered (a closed loop). What they ask
//! is not known here.

use std::{
    sync::{
        Barrier,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Result, anyhow};

/// When a measurement ends, whichever comes first.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Budget {
    /// After this time.
    pub(crate) time: Duration,
    /// After so many turns of all clients together.
    pub(crate) turns: usize,
}

/// What was measured.
#[derive(Debug)]
pub(crate) struct Sample {
    /// Pieces of work done in a second.
    pub(crate) rate: f64,
    /// How many were done.
    pub(crate) done: usize,
    /// How long each answer took, in microseconds, the shortest first.
    micros: Vec<u32>,
}

impl Sample {
    pub(crate) fn new(done: usize, elapsed: Duration, mut micros: Vec<u32>) -> Self {
        micros.sort_unstable();
        let count = f64::from(u32::try_from(done).unwrap_or(u32::MAX));
        Self { rate: count / elapsed.as_secs_f64().max(f64::EPSILON), done, micros }
    }

    /// The time within which so many thousandths of the answers came, in milliseconds.
    pub(crate) fn within(&self, thousandths: usize) -> f64 {
        let last = self.micros.len().saturating_sub(1);
        let at = (self.micros.len() * thousandths / 1000).min(last);
        f64::from(self.micros.get(at).copied().unwrap_or(0)) / 1000.0
    }
}

/// Microseconds since `begun`.
pub(crate) fn micros(begun: Instant) -> u32 {
    u32::try_from(begun.elapsed().as_micros()).unwrap_or(u32::MAX)
}

/// Lets `clients` take turns until the budget is spent or a turn says that there is nothing left.
/// Everybody is connected before the first turn begins.
pub(crate) fn drive<C>(
    clients: usize,
    budget: Budget,
    connect: impl Fn() -> Result<C> + Sync,
    turn: impl Fn(&mut C) -> Result<bool> + Sync,
) -> Result<Sample> {
    let (ready, taken) = (Barrier::new(clients + 1), AtomicUsize::new(0));
    let client = || {
        let connected = connect();
        ready.wait();
        let (mut client, begun, mut times) = (connected?, Instant::now(), Vec::new());
        while begun.elapsed() < budget.time && taken.fetch_add(1, Ordering::Relaxed) < budget.turns {
            let asked = Instant::now();
            if !turn(&mut client)? {
                break;
            }
            times.push(micros(asked));
        }
        Ok::<_, anyhow::Error>(times)
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..clients).map(|_| scope.spawn(client)).collect();
        ready.wait();
        let begun = Instant::now();
        let mut all = Vec::new();
        for thread in threads {
            all.extend(thread.join().map_err(|_| anyhow!("a client panicked"))??);
        }
        Ok(Sample::new(all.len(), begun.elapsed(), all))
    })
}
