//! Passwords: their bounds, their hashes (argon2id, RFC 9106) and how many are worked on at once.
//! Whether a person exists does not show in the time a refusal takes. Nothing here knows whose a password is.

use std::{
    fmt,
    num::NonZeroUsize,
    str::FromStr,
    sync::{Condvar, Mutex, PoisonError},
    time::Duration,
};

use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version, password_hash, password_hash::phc};

use crate::clock::{NoRandomness, Random};

/// The least number of characters (NIST SP 800-63B-4 asks 15, or 8 beside a second factor).
const MIN_CHARS: usize = 12;
/// The largest number of bytes: room for any sentence, not for an attack.
const MAX_BYTES: usize = 1_024;
/// How many callers may wait for each that works.
const WAITING_FOR_EACH: usize = 4;
/// How long one waits at most; a hash takes some 20 ms.
const PATIENCE: Duration = Duration::from_secs(3);

/// A password that may be set; never shown, never stored.
#[derive(Clone)]
pub struct Password(String);

/// Why a password may not be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadPassword {
    /// Too few characters.
    #[error("a password has at least 12 characters; a sentence is easy to remember")]
    Short,
    /// Too many bytes.
    #[error("a password has at most 1,024 bytes")]
    Long,
}

impl FromStr for Password {
    type Err = BadPassword;

    fn from_str(text: &str) -> Result<Self, BadPassword> {
        if text.len() > MAX_BYTES {
            Err(BadPassword::Long)
        } else if text.chars().count() < MIN_CHARS {
            Err(BadPassword::Short)
        } else {
            Ok(Self(text.to_owned()))
        }
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(..)")
    }
}

/// A password's hash as it is stored: a PHC string, `$argon2id$v=19$m=..,t=..,p=..$salt$hash`.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// The PHC string, for the store.
    pub fn as_phc(&self) -> &str {
        &self.0
    }
}

impl FromStr for PasswordHash {
    type Err = HashError;

    fn from_str(phc: &str) -> Result<Self, HashError> {
        phc::PasswordHash::new(phc).map_err(|_| HashError::Stored)?;
        Ok(Self(phc.to_owned()))
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(..)")
    }
}

/// Why a password was neither hashed nor verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// As many as may are at work, and as many as may are waiting.
    #[error("too many people sign in at this moment; try again in a few seconds")]
    Busy,
    /// The stored text is no hash of ours.
    #[error("the stored password hash cannot be read; set a new password")]
    Stored,
    /// The algorithm refused its parameters or found no memory.
    #[error("the password could not be hashed: {0}")]
    Algorithm(#[from] password_hash::Error),
    /// No salt.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
}

/// Hashes and verifies passwords; each takes some 20 ms and 19 MiB, so never in an asynchronous thread.
#[derive(Debug)]
pub struct Hasher {
    argon2: Argon2<'static>,
    random: Random,
    nobody: PasswordHash,
    gate: Gate,
}

impl Hasher {
    /// A hasher in which `concurrency` callers work at once (OWASP's parameters: 19 MiB, 2 passes, 1 lane).
    pub fn new(random: Random, concurrency: NonZeroUsize) -> Result<Self, HashError> {
        let params = Params::new(19 * 1_024, 2, 1, None).map_err(password_hash::Error::from)?;
        let mut hasher = Self {
            argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params),
            random,
            nobody: PasswordHash(String::new()),
            gate: Gate::new(concurrency.get(), concurrency.get() * WAITING_FOR_EACH),
        };
        let unguessable = hex::encode(hasher.random.bytes32()?);
        hasher.nobody = hasher.hash(&Password(unguessable))?;
        Ok(hasher)
    }

    /// The hash of a new password, under a salt of its own.
    pub fn hash(&self, password: &Password) -> Result<PasswordHash, HashError> {
        let salt = self.random.uuid_v4()?;
        let _place = self.gate.enter()?;
        let hash: phc::PasswordHash = self.argon2.hash_password_with_salt(password.0.as_bytes(), salt.as_bytes())?;
        Ok(PasswordHash(hash.to_string()))
    }

    /// Is `typed` the password of which `stored` is the hash? For an unknown person (`None`) the same
    /// work is done and the answer is no. The comparison takes constant time.
    pub fn verify(&self, typed: &str, stored: Option<&PasswordHash>) -> Result<bool, HashError> {
        if typed.len() > MAX_BYTES {
            return Ok(false);
        }
        let hash = &stored.unwrap_or(&self.nobody).0;
        let hash = phc::PasswordHash::new(hash).map_err(|_| HashError::Stored)?;
        let _place = self.gate.enter()?;
        match self.argon2.verify_password(typed.as_bytes(), &hash) {
            Ok(()) => Ok(stored.is_some()),
            Err(password_hash::Error::PasswordInvalid) => Ok(false),
            Err(other) => Err(other.into()),
        }
    }
}

/// Lets so many in and so many more wait.
#[derive(Debug)]
struct Gate {
    places: usize,
    queue: usize,
    crowd: Mutex<Crowd>,
    left: Condvar,
}

#[derive(Debug, Default)]
struct Crowd {
    inside: usize,
    waiting: usize,
}

impl Gate {
    fn new(places: usize, queue: usize) -> Self {
        Self { places, queue, crowd: Mutex::default(), left: Condvar::new() }
    }

    /// A place, at once or after a wait; [`HashError::Busy`] when the queue is full or patience ends.
    fn enter(&self) -> Result<Place<'_>, HashError> {
        let mut crowd = self.crowd.lock().unwrap_or_else(PoisonError::into_inner);
        if crowd.inside >= self.places {
            if crowd.waiting >= self.queue {
                return Err(HashError::Busy);
            }
            crowd.waiting += 1;
            crowd = self
                .left
                .wait_timeout_while(crowd, PATIENCE, |crowd| crowd.inside >= self.places)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
            crowd.waiting -= 1;
            if crowd.inside >= self.places {
                return Err(HashError::Busy);
            }
        }
        crowd.inside += 1;
        Ok(Place(self))
    }
}

/// A place inside, given back when dropped.
struct Place<'g>(&'g Gate);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut crowd = self.0.crowd.lock().unwrap_or_else(PoisonError::into_inner);
        crowd.inside -= 1;
        drop(crowd);
        self.0.left.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SENTENCE: &str = "correct horse battery";

    fn hasher() -> Hasher {
        Hasher::new(Random::seeded(1), NonZeroUsize::MIN).expect("hasher")
    }

    fn password(text: &str) -> Password {
        text.parse().expect(text)
    }

    #[test]
    fn a_password_is_verified_against_its_hash() {
        let hasher = hasher();
        let hash = hasher.hash(&password(SENTENCE)).expect("hash");
        assert!(hash.as_phc().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        let stored: PasswordHash = hash.as_phc().parse().expect("stored");
        assert_eq!(hasher.verify(SENTENCE, Some(&stored)), Ok(true));
        for wrong in ["", "correct horse batterz", "Correct horse battery"] {
            assert_eq!(hasher.verify(wrong, Some(&stored)), Ok(false), "{wrong}");
        }
    }

    #[test]
    fn equal_passwords_have_different_hashes() {
        let hasher = hasher();
        let hash = || hasher.hash(&password(SENTENCE)).expect("hash");
        assert_ne!(hash(), hash());
    }

    #[test]
    fn nobody_has_no_password_and_the_same_work_is_done() {
        let hasher = hasher();
        assert_eq!(hasher.verify(SENTENCE, None), Ok(false));
        let real = hasher.hash(&password(SENTENCE)).expect("hash");
        let cost = |hash: &PasswordHash| {
            let hash = phc::PasswordHash::new(&hash.0).expect("phc");
            (hash.algorithm.to_string(), hash.params.to_string())
        };
        assert_eq!(cost(&hasher.nobody), cost(&real));
    }

    #[test]
    fn bounds_are_said_clearly() {
        assert!(" é".repeat(6).parse::<Password>().is_ok());
        assert_eq!("é".repeat(11).parse::<Password>().err(), Some(BadPassword::Short));
        assert!("x".repeat(1_024).parse::<Password>().is_ok());
        let long = "x".repeat(1_025);
        assert_eq!(long.parse::<Password>().err(), Some(BadPassword::Long));
        assert_eq!(hasher().verify(&long, None), Ok(false));
    }

    #[test]
    fn secrets_are_not_shown() {
        let hasher = hasher();
        assert_eq!(format!("{:?}", password(SENTENCE)), "Password(..)");
        assert!(!format!("{hasher:?}").contains("$argon2id"));
    }

    #[test]
    fn an_edited_hash_is_an_error_not_a_wrong_password() {
        assert_eq!("".parse::<PasswordHash>(), Err(HashError::Stored));
        assert_eq!("plain text".parse::<PasswordHash>(), Err(HashError::Stored));
    }

    #[test]
    fn a_full_queue_is_busy_at_once() {
        let gate = Gate::new(1, 0);
        let place = gate.enter().expect("free");
        assert_eq!(gate.enter().err(), Some(HashError::Busy));
        drop(place);
        assert!(gate.enter().is_ok());
    }

    #[test]
    fn whoever_waits_is_let_in_when_a_place_is_free() {
        let gate = Gate::new(1, 1);
        let place = gate.enter().expect("free");
        std::thread::scope(|scope| {
            let waiter = scope.spawn(|| gate.enter().map(drop));
            while gate.crowd.lock().expect("lock").waiting == 0 {
                std::thread::yield_now();
            }
            assert_eq!(gate.enter().err(), Some(HashError::Busy));
            drop(place);
            assert_eq!(waiter.join().expect("waiter"), Ok(()));
        });
    }
}
