//! Letters that were given up, tried again together: each by the same command as if it had been named, with its
//! own event in the record. Why they were given up is not asked.

use super::{Asked, Desk, Error};
use crate::{
    domain::{
        person::By,
        roster::{LetterState, OutwardAction, RosterAction, RosterCommand},
    },
    store::{outbox::list, roster::Secrets},
    words::{AdminVerb, ChangeId},
};

/// How many are tried again with one request.
const MOST: i64 = 1_000;

impl Desk {
    /// Makes the letters that were given up due now, the longest due first, at most a thousand; how many they were.
    pub fn retry_dead(&self, by: &By) -> Result<usize, Error> {
        if by.person().is_some() {
            self.may_administer(by, AdminVerb::RetryLetter)?;
        }
        let dead = self.store.read(|conn| list(conn, Some(LetterState::Dead), None, MOST))?;
        let mut retried = 0;
        for letter in dead {
            let action = Box::new(RosterAction::Outward(OutwardAction::RetryLetter { letter: letter.id }));
            let change = ChangeId(self.random.uuid_v7(self.clock.now())?);
            let command = RosterCommand::Act { action, change };
            let asked = Asked { by: by.clone(), key: None, expected: None, command, openings: Vec::new() };
            match self.administer(asked, Secrets::default())?.wait() {
                Ok(_) => retried += 1,
                // Somebody settled it in the meantime.
                Err(Error::Refused(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(retried)
    }
}
