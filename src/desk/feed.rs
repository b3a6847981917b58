//! What happened, in the ledger's order, to whoever may see it: the same eyes as for a record.

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry as Slot};

use chrono::SecondsFormat;
use serde::Serialize;

use super::{Desk, Error, ground::Caller, read::caller};
use crate::{
    domain::person::{By, Door},
    store::{
        exceptions::exception,
        feed::{Happened, leaves_after},
    },
    words::{ExceptionId, PersonId, ReadVerb},
};

/// A part of the feed.
#[derive(Debug, Clone)]
pub struct Feed {
    /// What happened, each with the number of its exception.
    pub items: Vec<(Happened, Option<String>)>,
    /// The last leaf that was looked at: where the next part begins.
    pub next: Option<u64>,
}

/// One event, thin (CloudEvents 1.0, JSON format): whoever wants to know more asks for the exception.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CloudEvent {
    /// The version of the format.
    pub specversion: &'static str,
    /// The leaf's number: the same event has the same id for ever.
    pub id: String,
    /// This service.
    pub source: String,
    /// What happened.
    #[serde(rename = "type")]
    pub kind: String,
    /// The exception's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// When, as RFC 3339 writes it.
    pub time: String,
    /// Where to learn more.
    pub data: EventData,
}

/// Where to learn more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EventData {
    /// The exception.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exception: Option<ExceptionId>,
    /// The event's number within the exception, or among the changes of people and rules.
    pub seq: u64,
    /// Of an erasure: whose, by their opaque id. Whoever keeps anything of theirs is to erase it too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// Of an erasure: all accounts that went, that one among them.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub accounts: BTreeSet<PersonId>,
}

impl CloudEvent {
    /// What happened to the exception of this number, told by the service at `source`.
    pub fn of((happened, number): (Happened, Option<String>), source: &str) -> Self {
        let of = if happened.exception.is_some() { "exception" } else { "roster" };
        Self {
            specversion: "1.0",
            id: happened.leaf.to_string(),
            source: source.to_owned(),
            kind: format!("proviso.{of}.{}", happened.kind),
            subject: number,
            time: happened.at.to_rfc3339_opts(SecondsFormat::AutoSi, true),
            data: EventData {
                exception: happened.exception,
                seq: happened.seq,
                person: happened.erased.as_ref().map(|(person, _)| *person),
                accounts: happened.erased.iter().flat_map(|(_, accounts)| accounts).copied().collect(),
            },
        }
    }

    /// The event's code, without what it happened to.
    pub fn name(&self) -> &str {
        self.kind.splitn(3, '.').last().unwrap_or_default()
    }
}

impl Desk {
    /// One event as somebody may see it now; nothing, where they may not.
    pub fn seen_by(&self, person: PersonId, leaf: u64) -> Result<Option<(Happened, Option<String>)>, Error> {
        let by = By::Person { id: person, door: Door::Session(self.clock.now()) };
        let part = self.feed(&by, leaf.checked_sub(1), 1)?;
        if let Some(seen) = part.items.into_iter().next() {
            return Ok(Some(seen));
        }
        // An erasure is told to every endpoint, whatever its owner may read of people.
        let happened = self.store.read(|conn| leaves_after(conn, leaf.checked_sub(1), 1))?.pop();
        Ok(happened.filter(|happened| happened.kind == Happened::ERASURE).map(|happened| (happened, None)))
    }

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
