//! What a batch tells the time by. It reads clocks and compares them; what is done at which time it does not know.

use std::time::Instant;

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

use super::ClockTrust;
use crate::{
    clock::Clock,
    store::{backend::Conn, error::StoreError},
};

/// The time of one batch.
#[derive(Debug)]
pub(super) enum Watch {
    /// The program's clock, which somebody moves on purpose.
    Moved(Clock),
    /// The database's clock as the batch began, never too late, and how long ago that was by a clock that does
    /// not jump: whatever happens to the program's clock meanwhile, nothing in the batch is early.
    Set { at: DateTime<Utc>, since: Instant },
}

impl Watch {
    /// Sets a watch by the database's clock.
    ///
    /// # Errors
    /// `StoreError::Broken` where the program's clock is too far from it; what the database fails with.
    pub(super) fn set(conn: &mut Conn, clock: &Clock, trust: ClockTrust) -> Result<Self, StoreError> {
        if trust == ClockTrust::Moved {
            return Ok(Self::Moved(clock.clone()));
        }
        let (since, ours) = (Instant::now(), clock.now());
        let offset = conn.clock_offset(ours.timestamp_micros())?;
        // The way back from the database counts against it.
        let back = TimeDelta::from_std(since.elapsed()).unwrap_or(TimeDelta::MAX);
        let ahead = TimeDelta::microseconds(offset).checked_sub(&back).unwrap_or(TimeDelta::MIN);
        match ours.checked_add_signed(ahead) {
            Some(at) if trust.allows(ahead.num_milliseconds()) => Ok(Self::Set { at, since }),
            _ => Err(StoreError::Broken(format!(
                "this machine's clock is {} ms away from the database's; writing needs them within 2 s",
                ahead.num_milliseconds()
            ))),
        }
    }

    /// The time, in UTC to the microsecond.
    pub(super) fn now(&self) -> DateTime<Utc> {
        match self {
            Self::Moved(clock) => clock.now(),
            Self::Set { at, since } => {
                let gone = TimeDelta::from_std(since.elapsed()).unwrap_or(TimeDelta::MAX);
                at.checked_add_signed(gone).unwrap_or(DateTime::<Utc>::MAX_UTC).trunc_subsecs(6)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::store::{Limits, Opening, Purpose, Store, outbox::errands::Routes, testbed::beds};

    const DAY: TimeDelta = TimeDelta::days(1);

    #[test]
    fn a_clock_that_jumps_while_a_batch_is_written_moves_nothing_in_it() {
        for bed in beds() {
            for jump in [DAY, -DAY] {
                let clock = Clock::behind(Duration::ZERO);
                let (limits, trust, jumping) = (Limits::default(), ClockTrust::Checked, clock.clone());
                let (url, routes, purpose) = (bed.url.clone(), Routes::default(), Purpose::Write);
                let opening = Opening { url, owner: None, readers: 2, limits, clock, trust, routes, purpose };
                let store = Store::open(opening).unwrap();
                let told = store.write(move |tx| {
                    let before = tx.now();
                    jumping.set(before + jump);
                    Ok::<_, StoreError>((before, tx.now()))
                });
                let (before, after): (DateTime<Utc>, _) = told.unwrap().blocking_recv().unwrap().unwrap();
                assert!(before <= after && after - before < DAY / 2, "{before} {after}");
            }
        }
    }
}
