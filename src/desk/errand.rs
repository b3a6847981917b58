//! What other systems were told: that it was done, and the ticket that there is now, which becomes a pointer
//! of the record like any other, by the connector.

use super::{
    Desk, Error, Pending,
    act::{Told, record},
};
use crate::{
    domain::{
        event::{Deed, Event, TaskChanges},
        exception::Link,
        person::By,
    },
    store::{
        Tx,
        outbox::{Claimed, Fence, errands::KeptTicket},
    },
    words::{ExceptionId, Opening, Sealer},
};

/// What another system was told.
#[derive(Debug, Clone)]
pub struct Elsewhere {
    /// What waited in the outbox for it.
    pub letter: Claimed,
    /// By which connector.
    pub connector: String,
    /// Of which exception.
    pub exception: ExceptionId,
    /// The ticket that there is now, where there is a new one.
    pub ticket: Option<KeptTicket>,
    /// Was it asked at all, or was there nothing to tell?
    pub asked: bool,
}

impl Desk {
    /// Marks it as told and keeps the ticket, in one transaction; nothing, where somebody else has it by now.
    pub fn told_elsewhere(&self, told: Elsewhere) -> Result<Pending<Fence>, Error> {
        let sealed = self.sealed_link(told.ticket.as_ref())?;
        let book = self.laws.clone();
        self.queue(move |tx| {
            let fence = tx.delivered(&told.letter)?;
            if fence == Fence::Lost {
                return Ok(Ok(fence));
            }
            let system = format!("connector.{}", told.connector);
            if told.asked {
                tx.note_use(&system, None)?;
            }
            if let Some(ticket) = &told.ticket
                && tx.keep_ticket(&system, told.exception, ticket)?
                && let Some((link, openings)) = &sealed
            {
                let laws = book.in_force(tx)?;
                point(tx, &laws, (&system, told.exception), (link, openings))?;
            }
            Ok(Ok(fence))
        })
    }

    fn sealed_link(&self, ticket: Option<&KeptTicket>) -> Result<Option<(Link, Vec<Opening>)>, Error> {
        let Some(url) = ticket.and_then(|ticket| ticket.url.as_ref()) else { return Ok(None) };
        let mut salts = self.random.stream()?;
        let mut draw = || salts.bytes32();
        let mut sealer = Sealer::new(&mut draw);
        let target = sealer.seal("target", url);
        let link = Link { relation: "ticket".to_owned(), target, exception: None };
        Ok(Some((link, sealer.into_openings())))
    }
}

fn point(
    tx: &mut Tx<'_, '_>,
    laws: &super::Laws,
    (job, id): (&str, ExceptionId),
    (link, openings): (&Link, &[Opening]),
) -> Result<(), Error> {
    let found = tx.exception(id)?.ok_or(Error::NotFound("exception"))?;
    let by = By::System { job: job.to_owned() };
    let event = Event {
        deed: Deed::Linked { link: link.clone() },
        at: tx.now(),
        effective_at: None,
        citation: by.freely(),
        by,
        tasks: TaskChanges::default(),
    };
    record(tx, laws, id, Told { before: Some(&found), events: vec![event], openings })?;
    Ok(())
}
