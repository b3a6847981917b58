//! Earlier exceptions that resemble one, for those who judge it: only what they may see anyway, and why it
//! resembles.

use std::collections::{BTreeMap, BTreeSet};

use super::{Desk, Error, Find, Record, ground::Caller, read::Commitments};
use crate::{
    domain::{exception::Exception, person::By, request::System},
    store::{
        Conn, StoreError,
        exceptions::exception,
        history::{self, Likeness},
        queries,
    },
    words::Hash,
};

pub use crate::domain::life::Outcome;

/// How many are listed.
const LISTED: usize = 20;
/// How many are read to choose them from.
const READ: usize = 100;

/// An earlier exception and in what it resembles.
#[derive(Debug, Clone)]
pub struct Resembling {
    /// The exception.
    pub exception: Exception,
    /// What became of it.
    pub outcome: Outcome,
    /// In what it resembles; a clause always.
    pub because: BTreeSet<Likeness>,
    /// The clauses that both deviate from.
    pub clauses: BTreeSet<String>,
}

impl Desk {
    /// Up to twenty earlier exceptions that resemble this one, those most alike first, the newer before the older.
    pub fn resembling(&self, by: &By, find: &Find) -> Result<Record<Vec<Resembling>>, Error> {
        self.with_seen(by, find, |conn, found, person| {
            let caller = Caller::of(person, &self.laws.matrix);
            let mut alike = Vec::new();
            for past in history::past(conn, &found)?.into_iter().take(READ) {
                let Some(earlier) = exception(conn, past.id)?.filter(|earlier| caller.sees(earlier)) else { continue };
                alike.push(resembling(&past, earlier));
            }
            same_systems(conn, &found, &mut alike)?;
            alike.sort_by_key(|one| std::cmp::Reverse(one.because.len()));
            alike.truncate(LISTED);
            Ok(alike)
        })
    }
}

fn resembling(past: &history::Past, exception: Exception) -> Resembling {
    let (because, clauses) = (past.alike.clone(), past.clauses.clone());
    Resembling { outcome: Outcome::of(&exception), exception, because, clauses }
}

/// Names of systems stand in the record as commitments, so those that were not erased are opened and compared.
fn same_systems(conn: &mut Conn, found: &Exception, alike: &mut [Resembling]) -> Result<(), StoreError> {
    let sealed = |of: &Exception| -> Vec<Hash> { of.request.scope.systems.iter().map(name).collect() };
    let all: Vec<Hash> = alike.iter().flat_map(|one| sealed(&one.exception)).chain(sealed(found)).collect();
    let opened = queries::opened(conn, &all)?.into_iter();
    let texts: BTreeMap<Hash, String> = opened.map(|opened| (opened.commitment, opened.value.to_lowercase())).collect();
    let systems =
        |of: &Exception| -> BTreeSet<&String> { sealed(of).iter().filter_map(|hash| texts.get(hash)).collect() };
    let registered = |of: &Exception| -> BTreeSet<String> {
        of.request.scope.systems.iter().filter_map(|one| one.id.clone()).collect()
    };
    let (own, ids) = (systems(found), registered(found));
    for one in alike {
        let same = !systems(&one.exception).is_disjoint(&own) || !registered(&one.exception).is_disjoint(&ids);
        if same {
            one.because.insert(Likeness::System);
        }
    }
    Ok(())
}

fn name(system: &System) -> Hash {
    system.name.commitment
}

impl Commitments for Vec<Resembling> {
    fn commitments(&self) -> Vec<Hash> {
        self.iter().filter_map(|one| one.exception.request.title.as_ref()).map(|title| title.commitment).collect()
    }
}
