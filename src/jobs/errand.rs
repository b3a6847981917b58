//! What an event tells another system, read at one moment: the exception as the event left it, and of texts
//! and people those alone that the connector's calls name.

use std::collections::BTreeMap;

use crate::{
    connect::{
        Connector,
        fields::{Matter, Named, Opened},
        send::{Errand, Ticket},
    },
    domain::facts::facts,
    store::{
        Conn, StoreError,
        contacts::contacts,
        exceptions::exception,
        outbox::errands::ticket,
        queries,
        timeline::{self, Span, What},
    },
    words::{ExceptionId, Facts},
};

/// An errand, and the facts by which its condition is judged.
#[derive(Debug)]
pub struct Looked {
    /// What is told.
    pub errand: Errand,
    /// The facts, as the event left them.
    pub facts: Facts,
}

/// Which event, and for which delivery.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// The exception.
    pub exception: ExceptionId,
    /// The event's number within it.
    pub event: u64,
    /// The delivery, the same on every attempt.
    pub delivery: &'a str,
    /// Where people reach the service, without a slash at the end.
    pub public_url: &'a str,
}

/// Looks up what an event tells by this connector.
pub fn look(conn: &mut Conn, connector: &Connector, about: About<'_>) -> Result<Looked, StoreError> {
    let gone = || StoreError::Corrupt(format!("event {} of {} is not there", about.event, about.exception));
    let one = Span { after: about.event.saturating_sub(1), limit: 1, what: What::Everything };
    let event = timeline::events(conn, about.exception, one)?.pop().ok_or_else(gone)?.event;
    let current = exception(conn, about.exception)?.ok_or_else(gone)?;
    let then =
        if current.seq == about.event { Some(current) } else { timeline::folded(conn, about.exception, about.event)? };
    let then = then.ok_or_else(gone)?;
    let matter = Matter { exception: &then, event: &event, seq: about.event, public_url: about.public_url };
    let names = connector.fields();
    let mut texts = BTreeMap::new();
    for open in queries::opened(conn, &matter.commitments(&names))? {
        texts.insert(open.commitment, open.value);
    }
    let people = contacts(conn, &matter.people(&names))?.into_iter();
    let people = people.map(|found| (found.person, Named { name: found.name, email: found.address })).collect();
    let errand = Errand {
        told: matter.told(&names, &Opened { texts, people }, &connector.people),
        code: event.deed.code().to_owned(),
        delivery: about.delivery.to_owned(),
        ticket: known(conn, connector, about.exception)?,
    };
    Ok(Looked { errand, facts: facts(&then, event.at) })
}

/// The ticket that the connector created; or else the one that the exception came from.
fn known(conn: &mut Conn, connector: &Connector, exception: ExceptionId) -> Result<Option<Ticket>, StoreError> {
    let source = connector.source.as_ref().map(|source| format!("intake.{source}"));
    for system in [Some(connector.system()), source].into_iter().flatten() {
        if let Some(found) = ticket(conn, &system, exception)? {
            return Ok(Some(Ticket { id: found.ticket, url: found.url }));
        }
    }
    Ok(None)
}
