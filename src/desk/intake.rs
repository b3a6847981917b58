//! What a ticket system, a mail gateway or a chat hands in on somebody's behalf: a draft for a known person,
//! made once for each message. Whether the message is genuine was judged before.

use std::collections::BTreeSet;

use super::{
    Answer, Desk, Error, Pending,
    act::{Told, record, require_draft},
    ground::Procedures,
};
use crate::{
    domain::{
        event::{Deed, Event, TaskChanges},
        exception::{Exception, Link, Reason},
        lifecycle::{self, Drafting, Ground},
        person::{By, People, Person},
        refusal::Refusal,
        request::Request,
    },
    store::{StoreError, Tx, history::earlier, outbox::errands::KeptTicket, roster::person_by_email_key},
    words::{ExceptionId, Hash, Opening, StateName, Verb},
};

/// A message that was found genuine, as it is to become a draft.
#[derive(Debug, Clone)]
pub struct Message {
    /// The source, by its name in the configuration.
    pub source: String,
    /// What makes the message one and the same.
    pub message: Hash,
    /// What makes its delivery one and the same, where the signature says so.
    pub delivery: Option<Hash>,
    /// The key of the sender's mail address; absent: the source knows no such sender.
    pub sender: Option<String>,
    /// Where the message names its sender, as a JSON Pointer.
    pub sender_at: String,
    /// The procedure.
    pub sop: String,
    /// What is asked for.
    pub request: Request,
    /// The ticket it comes from.
    pub ticket: Option<Link>,
    /// The same by its id in the source, where a connector tells the source what becomes of it.
    pub kept: Option<KeptTicket>,
    /// What opens the commitments in it.
    pub openings: Vec<Opening>,
}

/// What came of a message.
#[derive(Debug, Clone)]
pub struct Receipt {
    /// The exception; replayed: the message had been taken before.
    pub answer: Answer,
    /// What it still lacks to be submitted.
    pub lacks: Vec<Reason>,
}

impl Desk {
    /// Makes a draft of a message, on the account of its sender; of the same message the same draft.
    pub fn take_in(&self, message: Message) -> Result<Pending<Receipt>, Error> {
        let id = ExceptionId(self.random.uuid_v7(self.clock.now())?);
        let book = self.laws.clone();
        let taken = self.queue(move |tx| {
            let laws = book.in_force(tx)?;
            if let Some(delivery) = &message.delivery
                && !tx.take_delivery(&message.source, delivery)?
            {
                return Err(Error::Replayed);
            }
            if let Some(known) = tx.drafted_for(&message.source, &message.message)? {
                let found = tx.exception(known)?.ok_or_else(|| gone(known))?;
                return Ok(Ok(Receipt { lacks: lacks(tx, &laws, &found)?, answer: again(found) }));
            }
            let person = sender(tx, &message)?;
            require_draft(&laws, &person)?;
            let told = drafted(tx, &laws, (&message, person))?;
            let answer = record(tx, &laws, id, Told { before: None, events: told, openings: &message.openings })?;
            tx.keep_message(&message.source, &message.message, id)?;
            if let Some(kept) = &message.kept {
                tx.keep_ticket(&format!("intake.{}", message.source), id, kept)?;
            }
            Ok(Ok(Receipt { lacks: lacks(tx, &laws, &answer.exception)?, answer }))
        })?;
        Ok(taken.counted(Verb::Draft.as_str(), &self.tally))
    }
}

fn gone(id: ExceptionId) -> Error {
    StoreError::Corrupt(format!("exception {id}, to which a message led, is gone")).into()
}

fn again(exception: Exception) -> Answer {
    Answer { first: exception.seq + 1, exception, events: 0, replayed: true }
}

/// The active human whose address it is.
fn sender(tx: &mut Tx<'_, '_>, message: &Message) -> Result<Person, Error> {
    let unknown = || Refusal::Invalid {
        pointer: message.sender_at.clone(),
        code: "unknown_sender",
        detail: "the sender is nobody who is known and active here; nothing was filed".to_owned(),
    };
    let id = match &message.sender {
        Some(key) => tx.look(|conn| person_by_email_key(conn, key))?,
        None => None,
    };
    let id = id.ok_or_else(unknown)?;
    let found = tx.people(&BTreeSet::from([id]))?.into_iter().find(|person| person.id == id);
    Ok(found.filter(|person| person.active && !person.is_service()).ok_or_else(unknown)?)
}

/// The draft, and the pointer to where it came from.
fn drafted(
    tx: &mut Tx<'_, '_>,
    laws: &super::Laws,
    (message, person): (&Message, Person),
) -> Result<Vec<Event>, Error> {
    let newest = laws.sops.for_new(&message.sop)?;
    let (now, requester) = (tx.now(), person.id);
    let by = By::System { job: format!("intake.{}", message.source) };
    let number = tx.next_number(chrono::Datelike::year(&now))?;
    // Whoever sent it answers for what was filed in their name.
    let request = Request { beneficiary: Some(requester), ..message.request.clone() };
    let people = People::new([person], Vec::new());
    let procedures = Procedures { running: newest.clone(), newest };
    let ground = procedures.ground(laws, (&by, now), &people);
    let begun = lifecycle::draft(Drafting { number, requester, request }, ground);
    let linked = message.ticket.iter().map(|link| Event {
        deed: Deed::Linked { link: link.clone() },
        by: by.clone(),
        at: now,
        effective_at: None,
        citation: by.freely(),
        tasks: TaskChanges::default(),
    });
    Ok([begun].into_iter().chain(linked).collect())
}

/// What it still lacks, while that is its requester's to mend.
fn lacks(tx: &mut Tx<'_, '_>, laws: &super::Laws, found: &Exception) -> Result<Vec<Reason>, Error> {
    if !matches!(found.state.name(), StateName::Draft | StateName::Returned) {
        return Ok(Vec::new());
    }
    let prior = tx.look(|conn| earlier(conn, found))?;
    let people = People::new(tx.people(&found.people())?, Vec::new());
    let procedures = Procedures::of(laws, &found.sop)?;
    let by = By::System { job: "intake".to_owned() };
    let ground = Ground { prior, ..procedures.ground(laws, (&by, tx.now()), &people) };
    Ok(lifecycle::lacks(found, ground))
}
