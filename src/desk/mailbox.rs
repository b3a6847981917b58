//! Somebody's own mailbox: what they were told, whether a mail left or not. Nobody reads another's.

use uuid::Uuid;

use super::{Desk, Error, Pending, read::caller};
use crate::{
    domain::person::By,
    store::{
        mailbox::{Delivery, delivery, mailbox, unread, unread_mailbox},
        queries::Cursor,
    },
};

/// Letters of a mailbox, and how many in all were not read.
#[derive(Debug, Clone)]
pub struct Letters {
    /// The newest first.
    pub letters: Vec<Delivery>,
    /// How many of all of them were not read.
    pub unread: u64,
}

impl Desk {
    /// The letters of whoever asks after `after`, at most `limit`; only those that they have not read, if so asked.
    pub fn mailbox(
        &self,
        by: &By,
        only_unread: bool,
        (after, limit): (Option<&Cursor>, i64),
    ) -> Result<Letters, Error> {
        self.store.read(|conn| {
            let person = caller(conn, by)?.id;
            let page = if only_unread { unread_mailbox } else { mailbox };
            Ok(Letters { letters: page(conn, person, after, limit)?, unread: unread(conn, person)? })
        })
    }

    /// One letter of whoever asks. Looking at it does not mark it.
    pub fn letter_to(&self, by: &By, letter: Uuid) -> Result<Delivery, Error> {
        self.store.read(|conn| {
            let person = caller(conn, by)?.id;
            delivery(conn, person, letter)?.ok_or(Error::NotFound("letter"))
        })
    }

    /// Notes that whoever asks read a letter of theirs; the first time counts. It is their own mark and changes
    /// nothing of the record.
    pub fn mark_read(&self, by: &By, letter: Uuid) -> Result<Pending<()>, Error> {
        let person = self.letter_to(by, letter)?.person;
        self.queue(move |tx| Ok(Ok(tx.mark_read(person, letter)?)))
    }
}
