//! What happened, in the ledger's order, to whoever may see it: the same eyes as for a record.

use std::collections::{BTreeMap, btree_map::Entry as Slot};

use super::{Desk, Error, ground::Caller, read::caller};
use crate::{
    domain::person::By,
    store::{
        exceptions::exception,
        feed::{Happened, leaves_after},
    },
    words::{ExceptionId, ReadVerb},
};

/// A part of the feed.
#[derive(Debug, Clone)]
pub struct Feed {
    /// What happened, each with the number of its exception.
    pub items: Vec<(Happened, Option<String>)>,
    /// The last leaf that was looked at: where the next part begins.
    pub next: Option<u64>,
}

impl Desk {
    /// What happened after a leaf, as far as whoever asks may see it. A part may be empty and still lead on.
    pub fn feed(&self, by: &By, after: Option<u64>, limit: i64) -> Result<Feed, Error> {
        let roster = self.may_read(by, ReadVerb::ReadLedger).is_ok();
        self.store.read(|conn| {
            let person = caller(conn, by)?;
            let (eyes, works) = (Caller::of(&person, &self.laws.matrix), !person.grants.is_empty());
            let happened = leaves_after(conn, after, limit)?;
            let next = happened.last().map(|last| last.leaf).or(after);
            let mut numbers: BTreeMap<ExceptionId, Option<String>> = BTreeMap::new();
            let mut items = Vec::with_capacity(happened.len());
            for event in happened.into_iter().filter(|event| works || !event.internal) {
                let Some(id) = event.exception else {
                    items.extend(roster.then_some((event, None)));
                    continue;
                };
                let number = match numbers.entry(id) {
                    Slot::Occupied(known) => known.get().clone(),
                    Slot::Vacant(unknown) => {
                        let seen = exception(conn, id)?.filter(|found| eyes.sees(found));
                        unknown.insert(seen.map(|found| found.number)).clone()
                    }
                };
                items.extend(number.map(|number| (event, Some(number))));
            }
            Ok(Feed { items, next })
        })
    }
}
