//! Procedures before they are published: read, and looked at with what this installation knows.

use std::collections::BTreeSet;

use super::{Desk, Error};
use crate::{
    domain::{
        exception::Exception,
        person::{By, Person},
        replay::{Difference, replayed},
    },
    sop::{Lint, Sop, lint},
    store::{
        listing::{Direction, Filter, Page, Sort, SortBy},
        staffing::staffing,
    },
    words::{AdminVerb, Role},
};

/// How many exceptions are looked at, the newest first, and how many of those that would differ are named.
const MOST_REPLAYED: usize = 1_000;
const MOST_NAMED: usize = 200;
/// How many are read at once.
const PAGE: i64 = 200;

/// What a version of a procedure would have said of those that went through others.
#[derive(Debug, Default)]
pub struct Replay {
    /// How many exceptions it was tried on.
    pub tried: usize,
    /// How many of them would have gone differently.
    pub different: usize,
    /// The newest of those, each with what would.
    pub cases: Vec<(Exception, Vec<Difference>)>,
}

impl Desk {
    /// All that is to be said of a text before it is published as a procedure, to those who may publish one.
    pub fn lint(&self, by: &By, text: &str) -> Result<Lint, Error> {
        self.may_administer(by, AdminVerb::PublishSop)?;
        let staffing = self.store.read(staffing)?;
        let present = staffing.people.iter().filter(|person| person.active);
        let held: BTreeSet<Role> = present.flat_map(|person: &Person| &person.grants).map(|held| held.role).collect();
        Ok(lint(text, &Sop::builtin_fragments(), Some(&held)))
    }

    /// What `other` would have said of the newest exceptions that went through its procedure, in whichever version,
    /// and that whoever asks may see. Nothing comes of it, but that reading what is confidential is noted.
    ///
    /// # Errors
    /// Whoever asks may not publish procedures.
    pub fn replay(&self, by: &By, other: &Sop) -> Result<Replay, Error> {
        self.may_administer(by, AdminVerb::PublishSop)?;
        let (laws, sort) = (self.laws(), Sort { by: SortBy::Number, direction: Direction::Descending });
        let (mut replay, mut read, mut after) = (Replay::default(), 0, None);
        while read < MOST_REPLAYED {
            let page = Page { sort, after, limit: PAGE };
            let rows = self.list_with(by, (&Filter::default(), &page), |_| Vec::new())?.what;
            after = rows.last().map(|(_, place)| *place);
            read += rows.len();
            for (exception, _) in rows {
                if exception.submitted_at.is_none() || exception.sop.id != other.document().id {
                    continue;
                }
                let Some(ran) = laws.sops.exactly(&exception.sop) else { continue };
                replay.tried += 1;
                let differences = replayed(&exception, (&ran, other));
                replay.add(exception, differences);
            }
            if after.is_none() {
                break;
            }
        }
        for (exception, _) in replay.cases.iter().filter(|(exception, _)| exception.request.confidential) {
            self.note_reading(by, exception.id)?;
        }
        Ok(replay)
    }
}

impl Replay {
    fn add(&mut self, exception: Exception, differences: Vec<Difference>) {
        if differences.is_empty() {
            return;
        }
        self.different += 1;
        if self.cases.len() < MOST_NAMED {
            self.cases.push((exception, differences));
        }
    }
}
