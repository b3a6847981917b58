//! Counting through the door: figures of what whoever asks may see, as it stands or as it stood.

use chrono::Duration;

use super::{Desk, Error, ground::Caller, read::caller};
use crate::{
    domain::{
        figures::{Figure, Wanted},
        person::{By, Person},
        request::Time,
    },
    store::{
        Conn,
        listing::Filter,
        reports::{Eyes, figures, stood},
    },
};

/// For how long the record is folded as it stood, in seconds; one at a time does it.
const LONGEST_SECONDS: i64 = 60;

/// What is counted.
#[derive(Debug, Clone)]
pub struct Counting {
    /// The questions.
    pub wanted: Vec<Wanted>,
    /// Of which exceptions.
    pub filter: Filter,
    /// As it stood at this instant, and not as it stands.
    pub as_of: Option<Time>,
}

impl Desk {
    /// The answers, all of one moment, each with its question.
    pub fn counted(&self, by: &By, asked: &Counting) -> Result<Vec<(Wanted, Vec<Figure>)>, Error> {
        self.store.read(|conn| {
            let person = caller(conn, by)?;
            self.count(conn, &person, asked)
        })
    }

    /// The same for somebody whose account was read.
    pub(super) fn count(
        &self,
        conn: &mut Conn,
        person: &Person,
        asked: &Counting,
    ) -> Result<Vec<(Wanted, Vec<Figure>)>, Error> {
        let visibility = Caller::of(person, &self.laws.matrix).visibility;
        let now = asked.as_of.unwrap_or_else(|| self.clock.now());
        let filter = asked.filter.clone();
        let mut counted = Vec::with_capacity(asked.wanted.len());
        let Some(at) = asked.as_of else {
            let eyes = Eyes { visibility: Some(visibility), filter, now };
            for wanted in &asked.wanted {
                counted.push((*wanted, figures(conn, &eyes, wanted)?));
            }
            return Ok(counted);
        };
        let _turn = self.pasts.take(1)?;
        let end = self.clock.now() + Duration::seconds(LONGEST_SECONDS);
        let mut then = stood(conn, &visibility, (at, &|| self.clock.now() > end))?;
        let eyes = Eyes { visibility: None, filter, now };
        for wanted in &asked.wanted {
            counted.push((*wanted, figures(&mut then, &eyes, wanted)?));
        }
        Ok(counted)
    }
}
