//! Deciding by a link from a mail: the same command through the same checks, and the link is consumed in
//! the transaction that decides. A refused decision consumes nothing.

use super::{
    Administered, Answer, Asked, Desk, Error, Pending,
    act::{Told, act_in, record},
    ground::Procedures,
};
use crate::{
    domain::{
        command::Command,
        event::{Deed, Event, TaskChanges},
        lifecycle,
        person::{By, Door},
        preferences::Preferences,
        roster::{OutwardAction, RosterAction, RosterCommand},
    },
    store::{
        exceptions::exception,
        mail_codes::{Typed, holder, passed},
        mail_links::{MailLink, link_of, open_link, was_asked},
        preferences::{preferences, subscriber},
        roster::Secrets,
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

    /// Decides by an open link of whoever asks.
    pub fn decide_by_link(&self, hash: Hash, asked: Asked<Command>) -> Result<Pending<Answer>, Error> {
        let (book, verb) = (self.laws.clone(), asked.command.verb());
        let decided = self.queue(move |tx| {
            trace::verb(verb.as_str());
            let (laws, now) = (book.in_force(tx)?, tx.now());
            let link = tx.look(|conn| open_link(conn, &hash, now))?.filter(|link| is_theirs(link, &asked.by));
            let link = link.ok_or(Error::NotFound("link"))?;
            let outcome = act_in(tx, &laws, link.exception, &asked)?;
            if outcome.is_ok() {
                tx.use_link(link.id)?;
            }
            Ok(outcome)
        })?;
        Ok(decided.counted(verb.as_str(), &self.tally))
    }
}

impl Desk {
    /// Notes that a browser in which `before` was known is now the approver's of this link, where
    /// `before` is an approver of the same exception: governance is told.
    pub fn note_browser(&self, link: &MailLink, before: PersonId) -> Result<Pending<()>, Error> {
        let (book, id, then) = (self.laws.clone(), link.exception, link.person);
        self.queue(move |tx| {
            if before == then || !tx.look(|conn| was_asked(conn, id, before))? {
                return Ok(Ok(()));
            }
            let found = tx.exception(id)?.ok_or(Error::NotFound("exception"))?;
            let by = By::System { job: "alert".to_owned() };
            let deed = Deed::OneBrowser { before, then };
            let (at, tasks) = (tx.now(), TaskChanges::default());
            let event = Event { deed, by, at, effective_at: None, citation: None, tasks };
            let laws = book.in_force(tx)?;
            record(tx, &laws, id, Told { before: Some(&found), events: vec![event], openings: &[] })?;
            Ok(Ok(()))
        })
    }

    /// Whose code was typed in the browser that shows `pass`, for whichever link.
    pub fn holder_of(&self, pass: &Hash) -> Result<Option<PersonId>, Error> {
        self.store.read(|conn| Ok(holder(conn, pass)?))
    }

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

fn is_theirs(link: &MailLink, by: &By) -> bool {
    by.person() == Some(link.person)
}
