//! The way in: passwords become sessions, and sessions and tokens the people they belong to. How often
//! somebody may fail is counted first. What a person may then do is not known here.

use std::{collections::BTreeSet, fmt, net::IpAddr, sync::Arc};

use chrono::Duration;

use super::{
    email::EmailAddress,
    password::{HashError, Hasher, Password, PasswordHash},
    secret::{SessionSecret, TokenText},
    throttle::{Limits, Locked, Throttle},
};
use crate::{
    clock::{NoRandomness, Random},
    domain::{
        person::{By, Door},
        request::Time,
        roster::{PasswordStatus, PersonRecord},
    },
    store::{
        Conn, Store, StoreError,
        roster::{
            HeldToken, NewSession, Session, SignIn, begin_session, end_session, records, session_by_hash,
            sign_in_by_email_key, sign_in_of, token_by_hash, touch_token,
        },
    },
    words::{Hash, PersonId, Scope, SessionId},
};

/// After how many seconds it is noted again that a token is in use.
const TOUCH_SECONDS: i64 = 60;

/// Why somebody does not come in.
#[derive(Debug, thiserror::Error)]
pub enum NotIn {
    /// An unknown address or a wrong password; which of the two is not told.
    #[error("the address or the password is wrong")]
    Wrong,
    /// Too many failures of late.
    #[error(transparent)]
    Locked(#[from] Locked),
    /// The password could not be looked at.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No secret can be drawn.
    #[error(transparent)]
    Random(#[from] NoRandomness),
}

/// What somebody typed, and from where.
#[derive(Clone)]
pub struct Typed {
    /// The address.
    pub email: String,
    /// The password.
    pub password: String,
    /// The network address.
    pub from: IpAddr,
}

impl fmt::Debug for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Typed(..)")
    }
}

/// Somebody whose password was right.
#[derive(Clone)]
pub struct Known {
    /// Who.
    pub person: PersonId,
    /// Must the password be replaced?
    pub temporary: bool,
    /// The hash that the password was held against.
    password: Option<String>,
}

impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Known({})", self.person)
    }
}

/// A session to be begun, with the secret that goes to its owner.
#[derive(Debug, Clone)]
pub struct Begun {
    /// The secret.
    pub secret: SessionSecret,
    /// What is stored.
    pub new: NewSession,
    known: Known,
}

/// The way in, shared by all who sign in.
#[derive(Debug)]
pub struct Entrance {
    hasher: Arc<Hasher>,
    throttle: Throttle,
    hours: u32,
    trusted_proxy: Option<IpAddr>,
}

impl Entrance {
    /// An entrance whose sessions hold for `hours`, behind this reverse proxy if there is one.
    pub fn new(hasher: Arc<Hasher>, hours: u32, trusted_proxy: Option<IpAddr>) -> Self {
        Self { hasher, throttle: Throttle::new(Limits::default()), hours, trusted_proxy }
    }

    /// Whose network address counts: the peer's, or what the trusted proxy says of it last.
    pub fn address(&self, peer: IpAddr, forwarded_for: Option<&str>) -> IpAddr {
        let told =
            forwarded_for.filter(|_| Some(peer.to_canonical()) == self.trusted_proxy.map(|proxy| proxy.to_canonical()));
        told.and_then(|list| list.rsplit(',').next()?.trim().parse().ok()).unwrap_or(peer)
    }

    /// Whose address and password these are. It blocks for some 20 ms, whoever it is.
    pub fn sign_in(&self, store: &Store, typed: &Typed, now: Time) -> Result<Known, NotIn> {
        let email = typed.email.trim();
        let key = email.parse::<EmailAddress>().map_or_else(|_| email.to_owned(), |address| address.key().to_owned());
        self.throttle.attempt(&key, typed.from, now)?;
        let found = store.read(|conn| sign_in_by_email_key(conn, &key))?;
        let known = self.verified(found, &typed.password)?;
        self.throttle.succeeded(&key, typed.from);
        Ok(known)
    }

    /// Is this what this person signs in with? It counts and blocks like a sign-in.
    pub fn confirm(&self, store: &Store, person: PersonId, typed: &Typed, now: Time) -> Result<(), NotIn> {
        let key = person.to_string();
        self.throttle.attempt(&key, typed.from, now)?;
        let found = store.read(|conn| sign_in_of(conn, person))?;
        self.verified(found, &typed.password)?;
        self.throttle.succeeded(&key, typed.from);
        Ok(())
    }

    fn verified(&self, found: Option<SignIn>, typed: &str) -> Result<Known, NotIn> {
        let found = found.filter(|found| found.may);
        let stored: Option<PasswordHash> =
            found.as_ref().and_then(|found| found.password.as_deref()).map(str::parse).transpose()?;
        match found {
            Some(SignIn { person, temporary, password, .. }) if self.hasher.verify(typed, stored.as_ref())? => {
                Ok(Known { person, temporary, password })
            }
            Some(_) => Err(NotIn::Wrong),
            None => {
                self.hasher.verify(typed, None)?;
                Err(NotIn::Wrong)
            }
        }
    }

    /// The hash of a new password, as it is stored; it blocks.
    pub fn hash(&self, password: &Password) -> Result<String, HashError> {
        Ok(self.hasher.hash(password)?.as_phc().to_owned())
    }

    /// Is this the password of which `stored` is the hash? It blocks.
    pub fn opens(&self, typed: &str, stored: &str) -> Result<bool, HashError> {
        self.hasher.verify(typed, Some(&stored.parse()?))
    }

    /// Somebody who has just chosen the password of this stored hash.
    pub fn chosen(&self, person: PersonId, stored: String) -> Known {
        Known { person, temporary: false, password: Some(stored) }
    }

    /// A session of somebody known.
    pub fn session(&self, random: &Random, (known, from): (Known, IpAddr), now: Time) -> Result<Begun, NoRandomness> {
        let secret = SessionSecret::draw(random)?;
        let id = SessionId(random.uuid_v7(now)?);
        let expires_at = now + Duration::hours(i64::from(self.hours));
        let session = Session { id, person: known.person, signed_in_at: now, expires_at };
        let new = NewSession { session, hash: secret.hash(), address: Some(from.to_string()) };
        Ok(Begun { secret, new, known })
    }
}

impl Begun {
    /// Stores the session and ends the one it replaces, in the writer's transaction. Whose password was
    /// changed in the meantime stays outside.
    pub fn begin(&self, conn: &mut Conn, replaced: Option<&Hash>, now: Time) -> Result<(), NotIn> {
        let found = sign_in_of(conn, self.known.person)?;
        if !found.is_some_and(|found| found.may && found.password == self.known.password) {
            return Err(NotIn::Wrong);
        }
        if let Some(old) = replaced.map(|hash| session_by_hash(conn, hash, now)).transpose()?.flatten() {
            end_session(conn, old.id, now)?;
        }
        Ok(begin_session(conn, &self.new)?)
    }
}

/// Whoever a session or a token belongs to, and what it is good for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admitted {
    /// Who, and through which door.
    pub by: By,
    /// How far it goes.
    pub within: Within,
}

/// How far a session or a token goes, whatever its person may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Within {
    /// Everything that the person may do.
    Everything,
    /// Only as far as a new password: the present one was set by another.
    NewPassword,
    /// What the token's scopes name.
    Scopes(BTreeSet<Scope>),
}

/// Whose session this is; nobody's once it ended or its person left.
pub fn by_session(store: &Store, secret: &SessionSecret, now: Time) -> Result<Option<Admitted>, StoreError> {
    store.read(|conn| {
        let Some(session) = session_by_hash(conn, &secret.hash(), now)? else { return Ok(None) };
        let Some(person) = present(conn, session.person)? else { return Ok(None) };
        let within = match person.password {
            PasswordStatus::Temporary => Within::NewPassword,
            PasswordStatus::Chosen | PasswordStatus::Unset => Within::Everything,
        };
        let by = By::Person { id: session.person, door: Door::Session(session.signed_in_at) };
        Ok(Some(Admitted { by, within }))
    })
}

/// Whose token this is; nobody's once it expired, was revoked, or whoever answers for it left. That it is
/// in use is noted, at most once a minute.
pub fn by_token(store: &Store, text: &TokenText, now: Time) -> Result<Option<Admitted>, StoreError> {
    let found = store.read(|conn| {
        let Some(token) = token_by_hash(conn, &text.hash())?.filter(|token| token.record.holds_at(now)) else {
            return Ok(None);
        };
        Ok::<_, StoreError>(present(conn, token.record.person)?.map(|_| token))
    })?;
    let Some(HeldToken { id, record, last_used_at }) = found else { return Ok(None) };
    if last_used_at.is_none_or(|at| now - at >= Duration::seconds(TOUCH_SECONDS)) {
        // Nobody waits for a note; where the writer has no room for it, the next use makes it.
        drop(store.write::<_, StoreError>(move |tx| tx.look(|conn| touch_token(conn, id, now))));
    }
    let by = By::Person { id: record.person, door: Door::Token(id) };
    Ok(Some(Admitted { by, within: Within::Scopes(record.scopes) }))
}

/// The account, if neither it nor whoever answers for it left.
fn present(conn: &mut Conn, person: PersonId) -> Result<Option<PersonRecord>, StoreError> {
    let mut one = |id: PersonId| {
        Ok::<_, StoreError>(records(conn, &BTreeSet::from([id]))?.remove(&id).filter(|found| found.active))
    };
    let Some(found) = one(person)? else { return Ok(None) };
    match found.responsible {
        Some(responsible) => Ok(one(responsible)?.map(|_| found)),
        None => Ok(Some(found)),
    }
}

/// A password that one person sets for another: twenty characters that are not taken for each other.
pub fn temporary_password(random: &Random) -> Result<String, NoRandomness> {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let letter = |byte: &u8| LETTERS.get(usize::from(byte % 32)).map_or('a', |letter| char::from(*letter));
    let drawn: Vec<char> = random.bytes32()?.iter().take(20).map(letter).collect();
    Ok(drawn.chunks(5).map(|chunk| chunk.iter().collect::<String>()).collect::<Vec<_>>().join("-"))
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use super::*;

    fn entrance(proxy: Option<&str>) -> Entrance {
        let hasher = Hasher::new(Random::seeded(1), NonZeroUsize::MIN).expect("a hasher");
        Entrance::new(Arc::new(hasher), 12, proxy.map(|text| text.parse().expect("an address")))
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().expect(text)
    }

    #[test]
    fn only_the_trusted_proxy_says_where_somebody_is() {
        let told = Some("203.0.113.9, 198.51.100.7");
        assert_eq!(entrance(None).address(ip("192.0.2.1"), told), ip("192.0.2.1"));
        let behind = entrance(Some("192.0.2.1"));
        assert_eq!(behind.address(ip("192.0.2.1"), told), ip("198.51.100.7"));
        assert_eq!(behind.address(ip("::ffff:192.0.2.1"), told), ip("198.51.100.7"));
        assert_eq!(behind.address(ip("192.0.2.2"), told), ip("192.0.2.2"));
        assert_eq!(behind.address(ip("192.0.2.1"), Some("unknown")), ip("192.0.2.1"));
        assert_eq!(behind.address(ip("192.0.2.1"), None), ip("192.0.2.1"));
    }

    #[test]
    fn a_temporary_password_may_be_set_and_differs_each_time() {
        let random = Random::seeded(7);
        let (one, other) = (temporary_password(&random).expect("one"), temporary_password(&random).expect("other"));
        assert!(one.parse::<Password>().is_ok(), "{one}");
        assert_eq!(one.split('-').map(str::len).collect::<Vec<_>>(), [5, 5, 5, 5]);
        assert_ne!(one, other);
    }

    #[test]
    fn a_session_holds_for_the_configured_hours_and_is_stored_by_hash() {
        let entrance = entrance(None);
        let now: Time = "2026-03-01T12:00:00Z".parse().expect("a time");
        let known = entrance.chosen(PersonId(uuid::Uuid::from_u128(1)), "phc".to_owned());
        let begun = entrance.session(&Random::seeded(3), (known, ip("192.0.2.1")), now).expect("a session");
        assert_eq!(begun.new.session.expires_at - now, Duration::hours(12));
        assert!(begun.secret.is(&begun.new.hash));
    }

    #[test]
    fn debug_shows_no_password() {
        let typed =
            Typed { email: "ada@example.org".to_owned(), password: "hunter2hunter2".to_owned(), from: ip("192.0.2.1") };
        assert_eq!(format!("{typed:?}"), "Typed(..)");
    }
}
