//! Procedures before they are published: read, and looked at with what this installation knows.

use std::collections::BTreeSet;

use super::{Desk, Error, laws::compiled};
use crate::{
    domain::{
        exception::Exception,
        person::{By, Person},
        replay::{Difference, replayed},
        request::Time,
    },
    sop::{Lint, Sop, lint},
    store::{
        listing::{Direction, Filter, Page, Place, Sort, SortBy},
        shadows::{Shadow, shadow},
        staffing::staffing,
    },
    words::{AdminVerb, Role, SopRef},
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
        self.tried(by, (other, None))
    }

    /// The version of a procedure that is tried without effect, and what it says of the newest exceptions that were
    /// submitted since that began; none where none is tried.
    ///
    /// # Errors
    /// Whoever asks may not have procedures tried.
    pub fn shadowed(&self, by: &By, id: &str) -> Result<Option<(Shadow, Replay)>, Error> {
        self.may_administer(by, AdminVerb::ShadowSop)?;
        let Some(shadow) = self.store.read(|conn| shadow(conn, id))? else { return Ok(None) };
        let other = compiled(&shadow.sop, &shadow.text)?;
        let replay = self.tried(by, (&other, Some(shadow.begun_at)))?;
        Ok(Some((shadow, replay)))
    }

    /// The version of a procedure that is tried without effect, if one is, to those who may end that.
    ///
    /// # Errors
    /// Whoever asks may not.
    pub fn shadow_of(&self, by: &By, id: &str) -> Result<Option<SopRef>, Error> {
        self.may_administer(by, AdminVerb::EndShadow)?;
        Ok(self.store.read(|conn| shadow(conn, id))?.map(|shadow| shadow.sop))
    }

    /// Tries a version on the newest exceptions of its procedure; of those submitted since an instant, if one is given.
    fn tried(&self, by: &By, (other, since): (&Sop, Option<Time>)) -> Result<Replay, Error> {
        // What was submitted since has changed since.
        let order = if since.is_some() { SortBy::ChangedAt } else { SortBy::Number };
        let (laws, sort) = (self.laws(), Sort { by: order, direction: Direction::Descending });
        let earlier = |place: &Place| since.is_some_and(|since| place.value < since.timestamp_micros());
        let (mut replay, mut read, mut after) = (Replay::default(), 0, None);
        while read < MOST_REPLAYED {
            let page = Page { sort, after, limit: PAGE };
            let rows = self.list_with(by, (&Filter::default(), &page), |_| Vec::new())?.what;
            after = rows.last().map(|(_, place)| *place).filter(|place| !earlier(place));
            read += rows.len();
            for (exception, _) in rows {
                let late = exception.submitted_at.is_some_and(|at| since.is_none_or(|since| at >= since));
                if !late || exception.sop.id != other.document().id {
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
