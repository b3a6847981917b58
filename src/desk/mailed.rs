//! What scheduled reports tell somebody who did not come to the door: exactly what they would be shown there. Who is
//! no longer there is told nothing.

use std::collections::BTreeSet;

use super::{
    Desk, Error, Record,
    ground::Caller,
    read::{present, titled},
    report::Counting,
};
use crate::{
    domain::{
        exception::Exception,
        figures::{Figure, Wanted},
        person::By,
        roster::{List, RosterDeed},
    },
    store::{
        listing::{Direction, Facet, Filter, Page, Place, Sort, SortBy, list},
        roster::people,
    },
    words::PersonId,
};

impl Desk {
    /// Is this the account of somebody who is with us?
    pub fn is_active(&self, reader: PersonId) -> Result<bool, Error> {
        let found = self.store.read(|conn| people(conn, &BTreeSet::from([reader])))?;
        Ok(found.iter().any(|person| person.id == reader && person.active))
    }

    /// Figures of what somebody may see.
    pub fn counted_for(&self, reader: PersonId, asked: &Counting) -> Result<Vec<(Wanted, Vec<Figure>)>, Error> {
        self.store.read(|conn| {
            let person = present(conn, reader)?;
            self.count(conn, &person, asked)
        })
    }

    /// A page of what somebody may see, with the titles.
    pub fn listed_for(
        &self,
        reader: PersonId,
        filter: &Filter,
        page: &Page,
    ) -> Result<Record<Vec<(Exception, Place)>>, Error> {
        self.store.read(|conn| {
            let person = present(conn, reader)?;
            let rows = list(conn, &Caller::of(&person, &self.laws.matrix).visibility, filter, page)?;
            titled(conn, rows)
        })
    }

    /// Is anything confidential among what somebody may see?
    pub fn sees_confidential(&self, reader: PersonId) -> Result<bool, Error> {
        let filter = Filter { any_of: vec![(Facet::Confidential, vec!["true".to_owned()])], ..Filter::default() };
        let sort = Sort { by: SortBy::Number, direction: Direction::Descending };
        Ok(!self.listed_for(reader, &filter, &Page { sort, after: None, limit: 1 })?.what.is_empty())
    }

    /// Notes that a job mails a list as a file, and waits for the commit.
    pub fn note_mailed(&self, job: &str, list: List) -> Result<(), Error> {
        let by = By::System { job: job.to_owned() };
        self.exported(by, RosterDeed::RecordExported { opened: list.is_opened(), list: Some(list) })?.wait()
    }
}
