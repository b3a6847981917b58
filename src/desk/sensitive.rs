//! Reading what is sensitive is an event, written before the answer: whoever reads it stands in the record.

use chrono::Duration;

use super::{
    Desk, Error, Pending,
    act::{Told, record},
};
use crate::{
    domain::{
        event::{Deed, Event, TaskChanges},
        person::By,
        roster::{List, RosterDeed, RosterEvent},
    },
    store::{RosterChange, exceptions::exception, roster::Secrets, timeline::was_read},
    words::ExceptionId,
};

/// Reading the same again within so many minutes is the same reading: a page asks several times.
const MINUTES: i64 = 15;

impl Desk {
    /// Notes that somebody reads a confidential exception, and waits for the commit.
    pub(super) fn note_reading(&self, by: &By, id: ExceptionId) -> Result<(), Error> {
        let since = self.clock.now() - Duration::minutes(MINUTES);
        if let Some(person) = by.person()
            && self.store.read(|conn| was_read(conn, id, (person, since)))?
        {
            return Ok(());
        }
        self.note(by, id, Deed::Read)
    }

    /// Notes that somebody takes the evidence on an exception, each time, and waits for the commit.
    pub(super) fn note_taking(&self, by: &By, id: ExceptionId) -> Result<(), Error> {
        self.note(by, id, Deed::EvidenceTaken)
    }

    /// Notes that somebody with a shell looks at an exception, if it is confidential, and waits for the commit.
    pub fn note_look(&self, id: ExceptionId) -> Result<(), Error> {
        let found = self.store.read(|conn| exception(conn, id))?.ok_or(Error::NotFound("exception"))?;
        if found.request.confidential { self.note_reading(&operator(), id) } else { Ok(()) }
    }

    fn note(&self, by: &By, id: ExceptionId, deed: Deed) -> Result<(), Error> {
        let (book, by) = (self.laws.clone(), by.clone());
        let noted = self.queue(move |tx| {
            let found = tx.exception(id)?.ok_or(Error::NotFound("exception"))?;
            let (at, tasks) = (tx.now(), TaskChanges::default());
            let event = Event { deed: deed.clone(), by: by.clone(), at, effective_at: None, citation: None, tasks };
            let laws = book.in_force(tx)?;
            record(tx, &laws, id, Told { before: Some(&found), events: vec![event], openings: &[] })?;
            Ok(Ok(()))
        })?;
        noted.wait()
    }

    /// Notes that somebody with a shell writes the whole record out, and waits for the commit.
    pub fn note_export(&self, opened: bool) -> Result<(), Error> {
        self.exported(operator(), RosterDeed::RecordExported { opened, list: None })?.wait()
    }

    /// Notes that somebody takes a whole list as a file; it is sent once that is committed.
    pub fn note_list(&self, by: &By, list: List) -> Result<Pending<()>, Error> {
        self.exported(by.clone(), RosterDeed::RecordExported { opened: list.is_opened(), list: Some(list) })
    }

    pub(super) fn exported(&self, by: By, deed: RosterDeed) -> Result<Pending<()>, Error> {
        self.queue(move |tx| {
            let (deed, by) = (deed.clone(), by.clone());
            let event = RosterEvent { deed, by, at: tx.now(), alone: false, citation: None };
            tx.record_roster(&RosterChange { events: &[event], openings: &[], secrets: &Secrets::default() })?;
            Ok(Ok(()))
        })
    }
}

/// Somebody with a shell, whom nobody knows by name.
pub(super) fn operator() -> By {
    By::System { job: "operator".to_owned() }
}
