//! Deciding by a link from a mail: the same command through the same checks, and the link is consumed in
//! the transaction that decides. A refused decision consumes nothing.

use super::{
    Answer, Asked, Desk, Error, Pending,
    act::act_in,
};
use crate::{
    domain::{command::Command, person::By},
    store::mail_links::{MailLink, link_of, open_link},
    words::{Hash, PersonId},
};

impl Desk {
    /// The open link of this hash; nothing, whyever it is not open.
    pub fn open_link(&self, hash: &Hash) -> Result<Option<MailLink>, Error> {
        let now = self.clock.now();
        self.store.read(|conn| Ok(open_link(conn, hash, now)?))
    }

    /// The link of this hash that was issued to `person`, open or not.
    pub fn link_of(&self, hash: &Hash, person: PersonId) -> Result<Option<MailLink>, Error> {
        self.store.read(|conn| Ok(link_of(conn, hash, person)?))
    }

    /// Decides by an open link of whoever asks.
    pub fn decide_by_link(&self, hash: Hash, asked: Asked<Command>) -> Result<Pending<Answer>, Error> {
        let laws = self.laws.clone();
        self.queue(move |tx| {
            let now = tx.now();
            let link = tx.look(|conn| open_link(conn, &hash, now))?.filter(|link| is_theirs(link, &asked.by));
            let link = link.ok_or(Error::NotFound("link"))?;
            let outcome = act_in(tx, &laws, link.exception, &asked)?;
            if outcome.is_ok() {
                tx.use_link(link.id)?;
            }
            Ok(outcome)
        })
    }
}

fn is_theirs(link: &MailLink, by: &By) -> bool {
    by.person() == Some(link.person)
}
