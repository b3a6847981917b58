//! Reading what is sensitive is an event, written before the answer: whoever reads it stands in the record.

use chrono::Duration;

use super::{
    Desk, Error,
    act::{Told, record},
};
use crate::{
    domain::{
        event::{Deed, Event, TaskChanges},
        person::By,
        roster::{RosterDeed, RosterEvent},
    },
    store::{RosterChange, roster::Secrets, timeline::was_read},
    words::ExceptionId,
};

/// Reading the same again within so many minutes is the same reading: a page asks several times.
const MINUTES: i64 = 15;

impl Desk {
    /// Notes that somebody reads a confidential exception, or takes the evidence on any, and waits for the commit.
    pub(super) fn note_reading(&self, by: &By, id: ExceptionId) -> Result<(), Error> {
        let since = self.clock.now() - Duration::minutes(MINUTES);
        if let Some(person) = by.person()
            && self.store.read(|conn| was_read(conn, id, (person, since)))?
        {
            return Ok(());
        }
        let (book, by) = (self.laws.clone(), by.clone());
        let noted = self.queue(move |tx| {
            let found = tx.exception(id)?.ok_or(Error::NotFound("exception"))?;
            let (at, tasks) = (tx.now(), TaskChanges::default());
            let event = Event { deed: Deed::Read, by: by.clone(), at, effective_at: None, citation: None, tasks };
            let laws = book.in_force(tx)?;
            record(tx, &laws, id, Told { before: Some(&found), events: vec![event], openings: &[] })?;
            Ok(Ok(()))
        })?;
        noted.wait()
    }

    /// Notes that somebody with a shell writes the whole record out, and waits for the commit.
    pub fn note_export(&self, opened: bool) -> Result<(), Error> {
        let noted = self.queue(move |tx| {
            let by = By::System { job: "operator".to_owned() };
            let deed = RosterDeed::RecordExported { opened };
            let event = RosterEvent { deed, by, at: tx.now(), alone: false, citation: None };
            tx.record_roster(&RosterChange { events: &[event], openings: &[], secrets: &Secrets::default() })?;
            Ok(Ok(()))
        })?;
        noted.wait()
    }
}
