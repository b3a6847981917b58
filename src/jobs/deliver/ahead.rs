//! Looking ahead: while one letter is sent, the next ones are found and written. What may have changed by the time
//! they leave is looked at again then.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::mpsc::{Receiver, sync_channel},
    thread::Scope,
};

use super::letter::Found;
use crate::{
    jobs::Jobs,
    store::outbox::{Claimed, Told},
};

/// How many letters wait, found, to be sent.
const AHEAD: usize = 3;

/// What was found for the letters of a claim, one after the other; nothing for one that has to be found when it is
/// its turn.
#[derive(Debug)]
pub(super) struct Ahead(Receiver<Option<Found>>);

impl Ahead {
    /// What was found for the next letter.
    pub(super) fn next(&self) -> Option<Found> {
        self.0.recv().ok().flatten()
    }
}

impl Jobs {
    /// Finds what these letters are written from, in their order, until what is returned is dropped. Where no mail
    /// leaves there is nothing to wait for meanwhile.
    pub(super) fn look_ahead<'s, 'e>(&'e self, scope: &'s Scope<'s, 'e>, claimed: &'e [Claimed]) -> Ahead {
        let (give, found) = sync_channel(AHEAD);
        if self.outward.mailer.is_some() && claimed.len() > 1 {
            scope.spawn(move || {
                for letter in claimed {
                    // Whoever sends has stopped where nobody takes it.
                    if give.send(self.found_ahead(letter)).is_err() {
                        return;
                    }
                }
            });
        }
        Ahead(found)
    }

    /// Whatever fails here fails again, and is told, when it is the letter's turn.
    fn found_ahead(&self, letter: &Claimed) -> Option<Found> {
        let Ok(Told::Letter(waiting)) = letter.open() else { return None };
        let now = self.desk.clock().now();
        let found = catch_unwind(AssertUnwindSafe(|| {
            let mut found = self.desk.store().read(|conn| self.find(conn, letter.id, waiting, now)).ok()?;
            self.write_ahead(&mut found);
            Some(found)
        }));
        found.ok().flatten()
    }
}
