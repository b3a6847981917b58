//! The letter that says that a batch was stopped: to everybody who holds governance, while it is.

use std::collections::BTreeSet;

use super::{
    Outcome,
    house::{House, Manner, Waited},
};
use crate::{
    domain::{letters::LetterKind, request::Time, roster::Hold},
    jobs::{JobError, Jobs},
    notify,
    store::{
        Conn, StoreError,
        batches::batch,
        outbox::{Claimed, Told},
        roster::holders,
    },
    words::{BatchId, PersonId, Role},
};

impl Jobs {
    /// Tells governance that a batch was stopped, while it is.
    pub(super) fn batch_held(
        &self,
        letter: &Claimed,
        (id, waited): (&BatchId, Waited),
        now: Time,
    ) -> Result<Outcome, JobError> {
        let Some(((left, why), meant)) = self.desk.store().read(|conn| find(conn, id))? else {
            return Ok(Outcome::default());
        };
        let url = &self.outward.public_url;
        let house = House {
            kind: LetterKind::BatchHeld,
            manner: Manner::Asks,
            meant,
            waited,
            told: &|held| Told::Batch { batch: id.clone(), held },
            written: &|reader| notify::batch_held((id, left), &why, url, reader.language),
        };
        self.house(letter, &house, now)
    }
}

/// How much is left of it, why it was stopped, and who is told.
type Stopped = ((u64, Hold), BTreeSet<PersonId>);

fn find(conn: &mut Conn, id: &BatchId) -> Result<Option<Stopped>, StoreError> {
    let found = batch(conn, id)?.and_then(|standing| Some((standing.left(), standing.held?.why)));
    let Some(held) = found else { return Ok(None) };
    let people = holders(conn, &[Role::Governance])?.into_iter().filter(|person| !person.is_service());
    Ok(Some((held, people.map(|person| person.id).collect())))
}
