//! Deciding by a link from a mail: the same command through the same checks, and the link is consumed in
//! the transaction that decides. A refused decision consumes nothing.

use std::collections::BTreeSet;

use super::{Administered, Answer, Asked, Desk, Error, Pending, browser::act_from, ground::Procedures};
use crate::{
    domain::{
        command::Command,
        lifecycle,
        person::{By, Door},
        preferences::Preferences,
        roster::{OutwardAction, RosterAction, RosterCommand},
    },
    store::{
        Tx,
        exceptions::exception,
        mail_codes::{Typed, passed},
        mail_links::{MailLink, link_of, open_link, open_links_of},
        preferences::{preferences, subscriber},
        roster::{Secrets, delegations_from, voters},
    },
    trace,
    words::{ChangeId, Frequency, Hash, LinkId, PersonId},
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

    /// Decides by an open link of whoever asks, in the browser of this hash.
    pub fn decide_by_link(
        &self,
        hash: Hash,
        asked: Asked<Command>,
        browser: Option<Hash>,
    ) -> Result<Pending<Answer>, Error> {
        let (book, verb) = (self.laws.clone(), asked.command.verb());
        let decided = self.queue(move |tx| {
            trace::verb(verb.as_str());
            let (laws, now) = (book.in_force(tx)?, tx.now());
            let link = tx.look(|conn| open_link(conn, &hash, now))?.filter(|link| is_theirs(link, &asked.by));
            let link = link.ok_or(Error::NotFound("link"))?;
            let outcome = act_from(tx, &laws, link.exception, (&asked, browser))?;
            if outcome.is_ok() {
                tx.use_link(link.id)?;
            }
            Ok(outcome)
        })?;
        Ok(decided.counted(verb.as_str(), &self.tally))
    }
}

impl Desk {
    /// Does a code do for this link, in place of a session?
    pub fn takes_code(&self, link: &MailLink) -> Result<bool, Error> {
        let found = self.store.read(|conn| exception(conn, link.exception))?;
        let found = found.ok_or(Error::NotFound("exception"))?;
        let procedures = Procedures::of(&self.laws(), &found.sop)?;
        let round = found.state.round().filter(|round| round.number == link.round);
        Ok(round.is_some_and(|round| lifecycle::takes_code(round, [&procedures.running, &procedures.newest])))
    }

    /// Has a code mailed for an open link, unless it had its three.
    pub fn ask_for_code(&self, hash: Hash) -> Result<Pending<()>, Error> {
        self.queue(move |tx| {
            let now = tx.now();
            if let Some(link) = tx.look(|conn| open_link(conn, &hash, now))? {
                tx.ask_for_code(link.id)?;
            }
            Ok(Ok(()))
        })
    }

    /// Holds a typed code against the one that was mailed for an open link; the right one stands for its
    /// approver in the browser that shows `pass`.
    pub fn type_code(&self, link: LinkId, typed: Hash, pass: Hash) -> Result<Pending<Typed>, Error> {
        self.queue(move |tx| Ok(Ok(tx.type_code(link, &typed, &pass)?)))
    }

    /// The approver of an open link, as the code that was typed in the browser that shows `pass` makes them known.
    pub fn by_code(&self, link: &MailLink, pass: &Hash) -> Result<Option<By>, Error> {
        let now = self.clock.now();
        let typed = self.store.read(|conn| passed(conn, link.id, pass, now))?;
        Ok(typed.map(|typed| By::Person { id: link.person, door: Door::Code(typed) }))
    }
}

impl Desk {
    /// Whose digest a link cancels.
    pub fn subscriber(&self, hash: &Hash) -> Result<Option<PersonId>, Error> {
        self.store.read(|conn| Ok(subscriber(conn, hash)?))
    }

    /// Cancels somebody's digest: what is not addressed to them stays in their mailbox from now on.
    pub fn unsubscribe(&self, person: PersonId) -> Result<Pending<Administered>, Error> {
        let held = self.store.read(|conn| preferences(conn, person))?;
        let preferences = Preferences { frequency: Frequency::Mailbox, ..held };
        let action = RosterAction::Outward(OutwardAction::SetPreferences { person, preferences });
        let change = ChangeId(self.random.uuid_v7(self.clock.now())?);
        let command = RosterCommand::Act { action: Box::new(action), change };
        let by = By::System { job: "unsubscribe".to_owned() };
        self.administer(Asked { by, key: None, expected: None, command, openings: Vec::new() }, Secrets::default())
    }
}

/// Ends the links of somebody, and of those who act in their place, by which nothing can be decided any more.
/// Whoever may still decide keeps theirs.
pub(super) fn end_without_part(tx: &mut Tx<'_, '_>, person: PersonId) -> Result<(), Error> {
    let now = tx.now();
    let mut concerned = BTreeSet::from([person]);
    let given = tx.look(|conn| delegations_from(conn, &concerned))?;
    concerned.extend(given.iter().map(|given| given.to));
    for link in tx.look(|conn| open_links_of(conn, &concerned))? {
        let Some(found) = tx.exception(link.exception)? else { continue };
        let people = tx.look(|conn| voters(conn, &found, &BTreeSet::from([link.person])))?;
        if lifecycle::principals(&found, &people, link.person, now).is_empty() {
            tx.end_link(link.id)?;
        }
    }
    Ok(())
}

fn is_theirs(link: &MailLink, by: &By) -> bool {
    by.person() == Some(link.person)
}
