//! How often a sign-in may fail: per account and per network address, in a sliding window, in memory.
//! It counts before the password is looked at, so that parallel guesses gain nothing. The time is an argument.

use std::{
    collections::{HashMap, VecDeque},
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};

use crate::words::Hash;

/// How many failures are borne in which time.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Failures for one account.
    pub account: usize,
    /// Failures from one address; more, since an office may share it.
    pub address: usize,
    /// The window in which they count.
    pub window: TimeDelta,
    /// How many accounts, and how many addresses, are remembered.
    pub remembered: usize,
}

impl Default for Limits {
    /// Ten failures for an account and fifty from an address in 15 minutes; 10,000 of each are remembered.
    fn default() -> Self {
        Self { account: 10, address: 50, window: TimeDelta::minutes(15), remembered: 10_000 }
    }
}

/// Too many failures; the text is the same whether or not the account exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many failed sign-ins; try again after {until}")]
pub struct Locked {
    /// When the next attempt is heard.
    pub until: DateTime<Utc>,
}

/// The failures of late.
#[derive(Debug)]
pub struct Throttle {
    limits: Limits,
    tables: Mutex<Tables>,
}

#[derive(Debug, Default)]
struct Tables {
    accounts: Table,
    addresses: Table,
}

impl Throttle {
    /// A throttle that has seen nothing.
    pub fn new(limits: Limits) -> Self {
        Self { limits, tables: Mutex::default() }
    }

    /// Counts an attempt as failed until [`Throttle::succeeded`] takes it back, or refuses to hear it.
    /// `account` is the key of what was typed, known or not.
    pub fn attempt(&self, account: &str, address: IpAddr, now: DateTime<Utc>) -> Result<(), Locked> {
        let (account, address) = (Hash::of(account.as_bytes()), network(address));
        let since = now - self.limits.window;
        let mut tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        let locked = [
            tables.accounts.nth_last(&account, self.limits.account),
            tables.addresses.nth_last(&address, self.limits.address),
        ];
        if let Some(at) = locked.into_iter().flatten().filter(|at| *at > since).max() {
            return Err(Locked { until: at + self.limits.window });
        }
        let limits = self.limits;
        tables.accounts.make_room(&account, since, limits.remembered);
        tables.accounts.count(account, now, limits.account);
        tables.addresses.make_room(&address, since, limits.remembered);
        tables.addresses.count(address, now, limits.address);
        Ok(())
    }

    /// Forgets the failures of `account`, and of `address` the attempt that was no failure: somebody
    /// who knows one password does not clear the way for guessing others.
    pub fn succeeded(&self, account: &str, address: IpAddr) {
        let mut tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        tables.accounts.0.remove(&Hash::of(account.as_bytes()));
        if let Some(times) = tables.addresses.0.get_mut(&network(address)) {
            times.pop_back();
        }
    }
}

/// The last failures under each key, oldest first; hashes, so that an entry has a known size and
/// a password typed into the wrong field is not kept.
#[derive(Debug, Default)]
struct Table(HashMap<Hash, VecDeque<DateTime<Utc>>>);

impl Table {
    /// The time of the `n`th failure from the end.
    fn nth_last(&self, key: &Hash, n: usize) -> Option<DateTime<Utc>> {
        self.0.get(key)?.iter().nth_back(n.checked_sub(1)?).copied()
    }

    fn count(&mut self, key: Hash, now: DateTime<Utc>, limit: usize) {
        let times = self.0.entry(key).or_default();
        times.push_back(now);
        while times.len() > limit {
            times.pop_front();
        }
    }

    /// Drops what no longer counts and, if that is not enough, whoever failed least often of late.
    fn make_room(&mut self, key: &Hash, since: DateTime<Utc>, most: usize) {
        if self.0.len() < most || self.0.contains_key(key) {
            return;
        }
        self.0.retain(|_, times| times.back().is_some_and(|last| *last > since));
        while self.0.len() >= most {
            let least =
                self.0.iter().min_by_key(|(_, times)| (times.len(), times.back().copied())).map(|(key, _)| *key);
            let Some(least) = least else { return };
            self.0.remove(&least);
        }
    }
}

/// What counts as one address: an IPv6 network of 64 bits is one customer's, an IPv4 address is itself.
pub fn network(address: IpAddr) -> Hash {
    match address.to_canonical() {
        IpAddr::V4(v4) => Hash::of(&v4.octets()),
        IpAddr::V6(v6) => Hash::of(&Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64).octets()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFICE: &str = "192.0.2.1";

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minute)
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().expect(text)
    }

    fn fail(throttle: &Throttle, account: &str, address: &str, minute: i64) {
        throttle.attempt(account, ip(address), at(minute)).unwrap_or_else(|e| panic!("{account} {minute}: {e}"));
    }

    #[test]
    fn the_eleventh_failure_waits_for_the_first_to_age() {
        let throttle = Throttle::new(Limits::default());
        for minute in 0..10 {
            fail(&throttle, "ada", OFFICE, minute);
        }
        let locked = throttle.attempt("ada", ip(OFFICE), at(14));
        assert_eq!(locked, Err(Locked { until: at(15) }));
        fail(&throttle, "ada", OFFICE, 15);
        let locked = throttle.attempt("ada", ip(OFFICE), at(15));
        assert_eq!(locked, Err(Locked { until: at(16) }));
    }

    #[test]
    fn another_account_and_another_place_are_not_locked_with_it() {
        let throttle = Throttle::new(Limits::default());
        for _ in 0..10 {
            fail(&throttle, "ada", OFFICE, 0);
        }
        fail(&throttle, "grace", OFFICE, 0);
        let elsewhere = throttle.attempt("ada", ip("198.51.100.7"), at(0));
        assert!(elsewhere.is_err(), "an account is locked everywhere");
    }

    #[test]
    fn one_address_cannot_try_everybody() {
        let throttle = Throttle::new(Limits::default());
        for n in 0..50 {
            fail(&throttle, &format!("person{n}"), "2001:db8::1", 0);
        }
        let neighbour = throttle.attempt("next", ip("2001:db8::2:3"), at(1));
        assert_eq!(neighbour, Err(Locked { until: at(15) }));
        fail(&throttle, "next", "2001:db8:0:1::1", 1);
    }

    #[test]
    fn a_success_forgives_the_account_but_not_the_address() {
        let throttle = Throttle::new(Limits { account: 2, address: 3, ..Limits::default() });
        fail(&throttle, "ada", OFFICE, 0);
        fail(&throttle, "ada", OFFICE, 0);
        throttle.succeeded("ada", ip(OFFICE));
        fail(&throttle, "ada", OFFICE, 0);
        fail(&throttle, "grace", OFFICE, 0);
        assert!(throttle.attempt("joan", ip(OFFICE), at(0)).is_err());
    }

    #[test]
    fn memory_is_bounded_and_the_locked_stay_locked() {
        let throttle = Throttle::new(Limits { remembered: 20, ..Limits::default() });
        for _ in 0..10 {
            fail(&throttle, "ada", OFFICE, 0);
        }
        for n in 0..200 {
            fail(&throttle, &format!("p{n}"), &format!("10.0.0.{n}"), 1);
        }
        assert!(throttle.attempt("ada", ip("10.1.1.1"), at(2)).is_err());
        let tables = throttle.tables.lock().expect("lock");
        assert!(tables.accounts.0.len() <= 20 && tables.addresses.0.len() <= 20);
    }
}
