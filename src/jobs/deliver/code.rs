//! The second mail of a link: a code, made when it leaves, so that no queue ever holds it, and the same on every
//! try of one process.

use std::collections::BTreeSet;

use super::{Outcome, failed, letter::checkpoint};
use crate::{
    domain::request::Time,
    jobs::{JobError, Jobs},
    notify::{self, Note, Recipient},
    store::{StoreError, contacts::contacts, mail_links::link_by_id, outbox::Claimed, preferences::preferences},
    words::LinkId,
};

impl Jobs {
    /// Mails a code for a link that is open, to its approver.
    pub(super) fn code(&self, letter: &Claimed, link: LinkId, now: Time) -> Result<Outcome, JobError> {
        let Some(link) = self.desk.store().read(|conn| link_by_id(conn, link, now))? else {
            return Ok(Outcome::default());
        };
        let (contact, preferences, checkpoint) = self.desk.store().read(|conn| {
            let contact = contacts(conn, &BTreeSet::from([link.person]))?.pop();
            Ok::<_, StoreError>((contact, preferences(conn, link.person)?, checkpoint(conn)?))
        })?;
        let (Some(contact), Some(mailer)) = (contact, &self.outward.mailer) else { return Ok(Outcome::default()) };
        let Some(address) = contact.address.as_deref() else { return Ok(Outcome::default()) };
        let code = self.outward.links.code(letter.id);
        let (id, hash, mail) = (link.id, code.hash(link.id), letter.id);
        self.write(move |tx| tx.put_code(id, mail, &hash))?;
        let rendered = notify::code(code.reveal(), &link.number, preferences.language);
        let to = Recipient { person: link.person, name: contact.name.as_deref(), address };
        let note =
            Note { id: letter.id, to, at: now, rendered: &rendered, checkpoint: Some(&checkpoint), unsubscribe: None };
        match mailer.send_note(&note) {
            Ok(()) => Ok(Outcome::default()),
            Err(error) => Ok(Outcome::failed(failed(letter, &error, now))),
        }
    }
}
