//! Letters that were given up, tried again together: each by the same command as if it had been named, with its
//! own event in the record, all of them in one transaction. Why they were given up is not asked.

use super::{
    Asked, Desk, Error,
    roster::{Administered, administered, replayed, ruled},
};
use crate::{
    domain::{
        person::By,
        roster::{LetterState, OutwardAction, RosterAction, RosterCommand},
    },
    store::{IdempotencyKey, Tx, outbox::list, roster::Secrets},
    trace,
    words::{AdminVerb, ChangeId, LetterId},
};

/// How many are tried again with one request: every other command waits for its transaction.
const MOST: i64 = 200;

impl Desk {
    /// Makes the letters that were given up due now, the longest due first, at most two hundred; an event for each.
    /// The same key has the same answer. It blocks.
    pub fn retry_dead(&self, by: &By, key: Option<IdempotencyKey>) -> Result<Administered, Error> {
        let verb = AdminVerb::RetryLetter;
        let refused = match by.person().map(|_| self.may_administer(by, verb)).transpose() {
            Ok(_) => None,
            // Whoever asks again hears the same, also where they lost the right since.
            Err(Error::Forbidden(why)) => Some(why),
            Err(other) => return Err(other),
        };
        let (book, by) = (self.laws.clone(), by.clone());
        let change = ChangeId(self.random.uuid_v7(self.clock.now())?);
        let retried = self.queue(move |tx| {
            trace::verb(verb.as_str());
            if let Some(done) = replayed(tx, key.as_ref())? {
                return Ok(Ok(done));
            }
            if let Some(why) = &refused {
                return Err(Error::Forbidden(why.clone()));
            }
            let laws = book.in_force(tx)?;
            let mut events = Vec::new();
            for letter in dead(tx)? {
                let (told, _) = ruled(tx, (&book, &laws), &naming(&by, letter, change), &Secrets::default())??;
                events.extend(told);
            }
            administered(tx, (&book, &laws), (key.as_ref(), &[]), (events, &Secrets::default()))
        })?;
        retried.counted(verb.as_str(), &self.tally).wait()
    }
}

fn dead(tx: &mut Tx<'_, '_>) -> Result<Vec<LetterId>, Error> {
    let found = tx.look(|conn| list(conn, Some(LetterState::Dead), None, MOST))?;
    Ok(found.into_iter().map(|letter| letter.id).collect())
}

/// The command that names one letter.
fn naming(by: &By, letter: LetterId, change: ChangeId) -> Asked<RosterCommand> {
    let action = Box::new(RosterAction::Outward(OutwardAction::RetryLetter { letter }));
    let command = RosterCommand::Act { action, change };
    Asked { by: by.clone(), key: None, expected: None, command, openings: Vec::new() }
}
