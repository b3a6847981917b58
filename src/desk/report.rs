//! Counting through the door: figures of what whoever asks may see, as it stands or as it stood.

use super::{Desk, Error, ground::Caller, read::caller};
use crate::{
    domain::{
        figures::{Figure, Wanted},
        person::By,
        request::Time,
    },
    store::{
        listing::Filter,
        reports::{Eyes, figures, stood},
    },
};

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
            let visibility = Caller::of(&person, &self.laws.matrix).visibility;
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
            let mut then = stood(conn, &visibility, at)?;
            let eyes = Eyes { visibility: None, filter, now };
            for wanted in &asked.wanted {
                counted.push((*wanted, figures(&mut then, &eyes, wanted)?));
            }
            Ok(counted)
        })
    }
}
