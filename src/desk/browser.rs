//! One browser that acts for two approvers of the same exception: governance is told, in the transaction in which
//! the second of them decides, or signs in where the first was known. It hinders nobody.

use super::{
    Answer, Asked, Desk, Error, Laws, Outcome, Pending,
    act::{Told, act_in, record},
};
use crate::{
    domain::{
        command::Command,
        event::{Deed, Event, TaskChanges},
        exception::{Exception, Round},
        person::By,
        request::Time,
    },
    store::{
        Tx,
        decision_browsers::{Decided, others},
        mail_codes::holder,
        mail_links::{MailLink, both_asked, was_asked},
        timeline::{self, Span, What},
    },
    words::{Citation, ExceptionId, Hash, PersonId},
};

impl Desk {
    /// Notes that a browser in which `before` was known is now the approver's of this link, where
    /// `before` is an approver of the same exception: governance is told.
    pub fn note_browser(&self, link: &MailLink, before: PersonId) -> Result<Pending<()>, Error> {
        let (book, id, then) = (self.laws.clone(), link.exception, link.person);
        self.queue(move |tx| {
            if before == then || !tx.look(|conn| was_asked(conn, id, before))? {
                return Ok(Ok(()));
            }
            let laws = book.in_force(tx)?;
            one_browser(tx, &laws, id, (before, then))?;
            Ok(Ok(()))
        })
    }

    /// Notes that somebody signed in where somebody else was: governance is told of every exception that the
    /// one was asked to decide and the other still is.
    pub fn note_sign_in(&self, before: PersonId, then: PersonId) -> Result<Pending<()>, Error> {
        let book = self.laws.clone();
        self.queue(move |tx| {
            let laws = book.in_force(tx)?;
            for id in tx.look(|conn| both_asked(conn, before, then))? {
                one_browser(tx, &laws, id, (before, then))?;
            }
            Ok(Ok(()))
        })
    }

    /// Whose code was typed in the browser that shows `pass`, for whichever link.
    pub fn holder_of(&self, pass: &Hash) -> Result<Option<PersonId>, Error> {
        self.store.read(|conn| Ok(holder(conn, pass)?))
    }
}

/// Does what is asked; where that decides in a round, and the browser is known, whoever decided in the same round
/// in the same browser before is told of.
pub(super) fn act_from(
    tx: &mut Tx<'_, '_>,
    laws: &Laws,
    id: ExceptionId,
    (asked, browser): (&Asked<Command>, Option<Hash>),
) -> Outcome<Answer> {
    let browser = browser.filter(|_| asked.command.dossier().is_some());
    let (Some(browser), Some(person)) = (browser, asked.by.person()) else { return act_in(tx, laws, id, asked) };
    let opened = |exception: &Exception| exception.state.round().map(Opened::of);
    let before = tx.exception(id)?.as_ref().and_then(opened);
    let outcome = act_in(tx, laws, id, asked)?;
    if let Ok(answer) = &outcome
        && !answer.replayed
        && let Some(round) = before.or_else(|| opened(&answer.exception))
    {
        let decided = Decided { exception: id, round: round.number, person, browser };
        alert(tx, laws, (&decided, round.at))?;
    }
    Ok(outcome)
}

/// Which round, and since when.
#[derive(Clone, Copy)]
struct Opened {
    number: u32,
    at: Time,
}

impl Opened {
    fn of(round: &Round) -> Self {
        Self { number: round.number, at: round.opened_at }
    }
}

fn alert(tx: &mut Tx<'_, '_>, laws: &Laws, (decided, since): (&Decided, Time)) -> Result<(), Error> {
    tx.note_decision(decided)?;
    for before in tx.look(|conn| others(conn, decided))? {
        if !is_told(tx, decided.exception, ((before, decided.person), since))? {
            one_browser(tx, laws, decided.exception, (before, decided.person))?;
        }
    }
    Ok(())
}

/// Was governance told of these two in this exception since then?
fn is_told(
    tx: &mut Tx<'_, '_>,
    id: ExceptionId,
    ((one, other), since): ((PersonId, PersonId), Time),
) -> Result<bool, Error> {
    let all = Span { after: 0, limit: i64::MAX, what: What::Everything };
    let entries = tx.look(|conn| timeline::events(conn, id, all))?;
    Ok(entries.iter().filter(|entry| entry.event.at >= since).any(|entry| {
        let Deed::OneBrowser { before, then } = &entry.event.deed else { return false };
        [(*before, *then), (*then, *before)].contains(&(one, other))
    }))
}

fn one_browser(
    tx: &mut Tx<'_, '_>,
    laws: &Laws,
    id: ExceptionId,
    (before, then): (PersonId, PersonId),
) -> Result<(), Error> {
    let found = tx.exception(id)?.ok_or(Error::NotFound("exception"))?;
    let by = By::System { job: "alert".to_owned() };
    let deed = Deed::OneBrowser { before, then };
    let (at, tasks) = (tx.now(), TaskChanges::default());
    let citation = Citation::rule(1, "one browser acts for two approvers")
        .with("before", before.to_string())
        .with("then", then.to_string());
    let event = Event { deed, by, at, effective_at: None, citation: Some(citation), tasks };
    record(tx, laws, id, Told { before: Some(&found), events: vec![event], openings: &[] })?;
    Ok(())
}
