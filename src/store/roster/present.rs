//! The people that commands look at, read once until the roster changes. While a batch holds the ledger's head
//! nobody else changes the roster, the head tells whether anybody did before, and a change here forgets all.

use std::collections::{BTreeMap, BTreeSet};

use super::people::{delegations_to, holders, people};
use crate::{
    domain::person::{Delegation, Person},
    store::{backend::Conn, error::StoreError},
    words::{PersonId, Role},
};

/// Who was looked at in this transaction, and found or not.
#[derive(Debug, Default)]
pub struct Present {
    people: BTreeMap<PersonId, Option<Person>>,
    delegations: BTreeMap<PersonId, Vec<Delegation>>,
    holders: BTreeMap<Role, Vec<Person>>,
}

impl Present {
    /// How many accounts were looked up.
    pub fn size(&self) -> usize {
        self.people.len() + self.delegations.len() + self.holders.values().map(Vec::len).sum::<usize>()
    }

    /// These accounts, with the humans who answer for those of them that are services.
    pub fn people(&mut self, conn: &mut Conn, ids: &BTreeSet<PersonId>) -> Result<Vec<Person>, StoreError> {
        let missing: BTreeSet<PersonId> = ids.iter().filter(|id| !self.people.contains_key(id)).copied().collect();
        let found = people(conn, &missing)?;
        self.people.extend(missing.into_iter().map(|id| (id, None)));
        self.people.extend(found.into_iter().map(|person| (person.id, Some(person))));
        let known = |id: &PersonId| self.people.get(id).and_then(Option::as_ref);
        let answering = ids.iter().filter_map(known).filter_map(|person| person.responsible);
        let all: BTreeSet<PersonId> = ids.iter().copied().chain(answering).collect();
        Ok(all.iter().filter_map(known).cloned().collect())
    }

    /// Everyone with a grant of one of `roles` that stands, each once for each of these roles; also who left.
    pub fn holders(&mut self, conn: &mut Conn, roles: &BTreeSet<Role>) -> Result<Vec<&Person>, StoreError> {
        for role in roles.iter().filter(|role| !self.holders.contains_key(role)).copied().collect::<Vec<_>>() {
            self.holders.insert(role, holders(conn, &[role])?);
        }
        Ok(roles.iter().filter_map(|role| self.holders.get(role)).flatten().collect())
    }

    /// The delegations to this account that nobody ended.
    pub fn delegations_to(&mut self, conn: &mut Conn, id: PersonId) -> Result<Vec<Delegation>, StoreError> {
        if let Some(known) = self.delegations.get(&id) {
            return Ok(known.clone());
        }
        let found = delegations_to(conn, &BTreeSet::from([id]))?;
        self.delegations.insert(id, found.clone());
        Ok(found)
    }
}
