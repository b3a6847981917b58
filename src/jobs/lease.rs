//! A claim's heartbeat: while letters or events are in hand, their lease is renewed, so that a slow server
//! makes nobody else send them too. It knows none of them.

use std::{
    sync::{
        atomic::{AtomicI64, Ordering},
        mpsc::{RecvTimeoutError, Sender, channel},
    },
    thread::Scope,
    time::Duration as Pause,
};

use chrono::Duration;
use uuid::Uuid;

use crate::{desk::Desk, domain::request::Time, store::StoreError};

/// For how many seconds a claim holds.
const SECONDS: i64 = 60;
/// How often it is renewed while letters are in hand.
pub(super) const BEAT: Pause = Pause::from_secs(20);

/// What is claimed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Queue {
    /// Letters.
    Letters,
    /// Events for endpoints.
    Webhooks,
}

/// The lease of one claim.
#[derive(Debug)]
pub(super) struct Lease {
    queue: Queue,
    owner: Uuid,
    until: AtomicI64,
}

impl Lease {
    /// Of what `owner` claims at `now`.
    pub(super) fn of(queue: Queue, owner: Uuid, now: Time) -> Self {
        Self { queue, owner, until: AtomicI64::new((now + Self::length()).timestamp_micros()) }
    }

    /// For how long a claim holds.
    pub(super) const fn length() -> Duration {
        Duration::seconds(SECONDS)
    }

    /// Does it hold at `now`?
    pub(super) fn holds(&self, now: Time) -> bool {
        now.timestamp_micros() < self.until.load(Ordering::Relaxed)
    }

    /// Renews it every so often until what is returned is dropped.
    pub(super) fn beat<'s, 'e>(&'e self, scope: &'s Scope<'s, 'e>, (desk, every): (&'e Desk, Pause)) -> Sender<()> {
        let (going, gone) = channel::<()>();
        scope.spawn(move || {
            while matches!(gone.recv_timeout(every), Err(RecvTimeoutError::Timeout)) {
                if let Err(error) = self.renew(desk) {
                    tracing::warn!(%error, "a claim could not be renewed; another process may take it over");
                }
            }
        });
        going
    }

    fn renew(&self, desk: &Desk) -> Result<(), StoreError> {
        let (queue, owner, until) = (self.queue, self.owner, desk.clock().now() + Self::length());
        let held = desk.store().write(move |tx| match queue {
            Queue::Letters => tx.hold(owner, until),
            Queue::Webhooks => tx.hold_webhooks(owner, until),
        })?;
        held.blocking_recv().map_err(StoreError::from)??;
        self.until.store(until.timestamp_micros(), Ordering::Relaxed);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_holds_for_a_minute() {
        let now: Time = "2026-03-01T12:00:00Z".parse().expect("a time");
        let lease = Lease::of(Queue::Letters, Uuid::nil(), now);
        assert!(lease.holds(now + Duration::seconds(59)));
        assert!(!lease.holds(now + Duration::seconds(60)));
    }
}
