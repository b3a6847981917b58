//! The time and the randomness of everything: the only file that reads the system's clock or draws
//! random bytes. Both are handed on as arguments, so that a test moves the one and repeats the other.
//! It knows nothing of what they are used for.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

/// What time it is, in UTC to the microsecond; clones show the same time.
#[derive(Debug, Clone)]
pub struct Clock(Hands);

#[derive(Debug, Clone)]
enum Hands {
    System,
    Shifted(Arc<Mutex<TimeDelta>>),
    Moved(Arc<Mutex<DateTime<Utc>>>),
}

impl Clock {
    /// The system's clock.
    pub const fn system() -> Self {
        Self(Hands::System)
    }

    /// A clock that goes like the system's, so far behind it at first, and can be moved on: for demonstrations.
    pub fn behind(by: Duration) -> Self {
        let by = TimeDelta::from_std(by).unwrap_or_default();
        Self(Hands::Shifted(Arc::new(Mutex::new(-by))))
    }

    /// A clock that stands at `start` until it is moved.
    pub fn moved(start: DateTime<Utc>) -> Self {
        Self(Hands::Moved(Arc::new(Mutex::new(start))))
    }

    /// The time, truncated to microseconds: what the databases and the ledger can hold.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
    pub fn now(&self) -> DateTime<Utc> {
        let now = match &self.0 {
            Hands::System => Utc::now(),
            Hands::Shifted(by) => {
                let by = *by.lock().unwrap_or_else(PoisonError::into_inner);
                Utc::now().checked_add_signed(by).unwrap_or(DateTime::<Utc>::MAX_UTC)
            }
            Hands::Moved(time) => *time.lock().unwrap_or_else(PoisonError::into_inner),
        };
        now.trunc_subsecs(6)
    }

    /// Moves a moved or shifted clock forward, at most to the end of representable time; the system's
    /// clock stays as it is.
    pub fn advance(&self, by: Duration) {
        let by = TimeDelta::from_std(by).unwrap_or(TimeDelta::MAX);
        match &self.0 {
            Hands::System => {}
            Hands::Shifted(shift) => {
                let mut shift = shift.lock().unwrap_or_else(PoisonError::into_inner);
                *shift = shift.checked_add(&by).unwrap_or(*shift);
            }
            Hands::Moved(time) => {
                let mut time = time.lock().unwrap_or_else(PoisonError::into_inner);
                *time = time.checked_add_signed(by).unwrap_or(DateTime::<Utc>::MAX_UTC);
            }
        }
    }

    /// Sets a moved or shifted clock, forward or back; the system's clock stays as it is.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
    pub fn set(&self, to: DateTime<Utc>) {
        match &self.0 {
            Hands::System => {}
            Hands::Shifted(shift) => *shift.lock().unwrap_or_else(PoisonError::into_inner) = to - Utc::now(),
            Hands::Moved(time) => *time.lock().unwrap_or_else(PoisonError::into_inner) = to,
        }
    }
}

/// The system gave no random bytes; nothing weaker is used in their place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system gave no random bytes: {0}")]
pub struct NoRandomness(getrandom::Error);

/// A source of unpredictable bytes; clones draw from the same source.
#[derive(Debug, Clone)]
pub struct Random(Pool);

#[derive(Debug, Clone)]
enum Pool {
    System,
    Seeded(Arc<Mutex<Stream>>),
}

impl Random {
    /// The system's source, tried once: a program that cannot draw must not start.
    pub fn system() -> Result<Self, NoRandomness> {
        let random = Self(Pool::System);
        random.bytes32()?;
        Ok(random)
    }

    /// A source that gives the same bytes for the same `seed`: for tests and for demonstrations only.
    pub fn seeded(seed: u64) -> Self {
        let key = Sha256::digest(seed.to_be_bytes()).into();
        Self(Pool::Seeded(Arc::new(Mutex::new(Stream::new(key)))))
    }

    /// 256 random bits.
    pub fn bytes32(&self) -> Result<[u8; 32], NoRandomness> {
        match &self.0 {
            Pool::System => {
                let mut bytes = [0; 32];
                getrandom::fill(&mut bytes).map_err(NoRandomness)?;
                Ok(bytes)
            }
            Pool::Seeded(stream) => Ok(stream.lock().unwrap_or_else(PoisonError::into_inner).bytes32()),
        }
    }

    /// A stream of its own, drawn once here and then without a way to fail.
    pub fn stream(&self) -> Result<Stream, NoRandomness> {
        self.bytes32().map(Stream::new)
    }

    /// A UUID that sorts by `now`, to the millisecond (RFC 9562 §5.7).
    pub fn uuid_v7(&self, now: DateTime<Utc>) -> Result<Uuid, NoRandomness> {
        let [bytes @ .., _, _, _, _, _, _] = self.bytes16()?;
        let millis = u64::try_from(now.timestamp_millis()).unwrap_or(0);
        Ok(Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid())
    }

    /// A UUID that says nothing (RFC 9562 §5.4).
    pub fn uuid_v4(&self) -> Result<Uuid, NoRandomness> {
        Ok(Builder::from_random_bytes(self.bytes16()?).into_uuid())
    }

    fn bytes16(&self) -> Result<[u8; 16], NoRandomness> {
        let [half @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = self.bytes32()?;
        Ok(half)
    }
}

/// Random bytes expanded from one key: block `n` is `SHA-256(key ‖ n)`, `n` as 64 bits big-endian.
pub struct Stream {
    key: [u8; 32],
    block: u64,
}

impl Stream {
    const fn new(key: [u8; 32]) -> Self {
        Self { key, block: 0 }
    }

    /// The next 256 bits.
    pub fn bytes32(&mut self) -> [u8; 32] {
        let block = self.block;
        self.block = block.wrapping_add(1);
        Sha256::new().chain_update(self.key).chain_update(block.to_be_bytes()).finalize().into()
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stream(..)")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn noon() -> DateTime<Utc> {
        "2026-03-01T12:00:00.123456789Z".parse().expect("a time")
    }

    #[test]
    fn a_moved_clock_stands_still_until_moved_and_clones_follow() {
        let clock = Clock::moved(noon());
        let clone = clock.clone();
        assert_eq!(clone.now(), clone.now());
        clock.advance(Duration::from_secs(90));
        assert_eq!(clone.now().to_rfc3339(), "2026-03-01T12:01:30.123456+00:00");
        clock.set(noon());
        assert_eq!(clone.now().to_rfc3339(), "2026-03-01T12:00:00.123456+00:00");
    }

    #[test]
    fn time_ends_without_a_panic() {
        let clock = Clock::moved(noon());
        clock.advance(Duration::MAX);
        assert!(clock.now() > noon());
    }

    #[test]
    fn the_systems_clock_is_read_to_the_microsecond_and_not_moved() {
        let clock = Clock::system();
        clock.set(noon());
        clock.advance(Duration::from_secs(1_000_000_000));
        let read = clock.now();
        assert_eq!(read.timestamp_subsec_nanos() % 1_000, 0);
        assert!(read != noon() && read <= Clock::system().now());
    }

    #[test]
    fn a_seed_repeats_and_another_does_not() {
        let draw = |seed| {
            let random = Random::seeded(seed);
            [random.bytes32(), random.clone().bytes32()]
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        assert_ne!(draw(1)[0], draw(1)[1]);
    }

    #[test]
    fn streams_differ_from_their_source_and_from_each_other() {
        let random = Random::seeded(7);
        let mut streams = [random.stream().expect("one"), random.stream().expect("two")];
        let mut drawn: HashSet<_> = streams.iter_mut().map(Stream::bytes32).collect();
        drawn.insert(streams[0].bytes32());
        drawn.insert(random.bytes32().expect("bytes"));
        assert_eq!(drawn.len(), 4);
    }

    #[test]
    fn the_system_does_not_repeat() {
        let random = Random::system().expect("this system has randomness");
        assert_ne!(random.bytes32(), random.bytes32());
    }

    #[test]
    fn uuids_carry_their_version_and_their_time() {
        let random = Random::seeded(3);
        let early = random.uuid_v7(noon()).expect("v7");
        let late = random.uuid_v7(noon() + TimeDelta::milliseconds(1)).expect("v7");
        assert_eq!(early.get_version_num(), 7);
        assert!(early < late);
        let (secs, nanos) = early.get_timestamp().expect("a time").to_unix();
        assert_eq!((secs, nanos), (1_772_366_400, 123_000_000));
        let random_id = random.uuid_v4().expect("v4");
        assert_eq!(random_id.get_version_num(), 4);
        assert_ne!(random_id, random.uuid_v4().expect("v4"));
    }
}
