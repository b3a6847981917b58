//! What people are called. Everybody signed in sees names; a name that was erased is said to be.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    desk::{Desk, Error},
    store::roster::{After, list_present, records},
    tongue::Tongue,
    web::api::{
        people::view::{Sight, people},
        text::ERASED,
    },
    words::PersonId,
};

/// Most people that a choice of one offers.
const MOST: i64 = 500;

/// Names by account.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    known: BTreeMap<PersonId, String>,
    /// What stands for a name that was erased.
    erased: String,
}

impl Names {
    /// Of these accounts.
    pub(super) fn read(desk: &Desk, ids: &BTreeSet<PersonId>) -> Result<Self, Error> {
        desk.store().read(|conn| {
            let found: Vec<_> = records(conn, ids)?.into_iter().collect();
            let shown = people(conn, &found, Sight::Names)?;
            let known = shown.into_iter().filter_map(|one| Some((one.id, one.name?))).collect();
            Ok(Self { known, erased: ERASED.to_owned() })
        })
    }

    /// Of everybody who is there, in the order of their names.
    pub(super) fn everybody(desk: &Desk) -> Result<Vec<(PersonId, String)>, Error> {
        desk.store().read(|conn| {
            let found = list_present(conn, After { last: None, limit: MOST })?;
            let shown = people(conn, &found, Sight::Names)?;
            let mut named: Vec<_> = shown.into_iter().filter_map(|one| Some((one.id, one.name?))).collect();
            named.sort_by(|one, other| one.1.cmp(&other.1));
            Ok(named)
        })
    }

    /// The same for this reader, who is told in their language of whom the name was erased.
    pub(super) fn told_in(self, tongue: Tongue) -> Self {
        Self { erased: tongue.say("erased-person").to_string(), ..self }
    }

    /// All that were read.
    pub(super) const fn all(&self) -> &BTreeMap<PersonId, String> {
        &self.known
    }

    /// What somebody is called.
    pub(super) fn of(&self, id: &PersonId) -> String {
        self.known.get(id).unwrap_or(&self.erased).clone()
    }

    /// The same, where there may be nobody.
    pub(super) fn maybe(&self, id: Option<&PersonId>) -> Option<String> {
        id.map(|id| self.of(id))
    }
}
