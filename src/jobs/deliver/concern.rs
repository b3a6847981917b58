//! The letter that asks what the figures of a procedure mean: to everybody who holds the role that is asked. Once
//! somebody answered, nobody else is asked.

use std::collections::BTreeSet;

use super::{
    Outcome,
    house::{House, Manner, Waited},
};
use crate::{
    domain::{letters::LetterKind, request::Time, roster::Concern},
    jobs::{JobError, Jobs},
    notify,
    store::{
        Conn, StoreError,
        concerns::concern,
        outbox::{Claimed, Told},
        roster::holders,
    },
    words::{ConcernId, ConcernState, PersonId},
};

impl Jobs {
    /// Asks those whom a concern asks, while it is open.
    pub(super) fn concern(
        &self,
        letter: &Claimed,
        (id, waited): (ConcernId, Waited),
        now: Time,
    ) -> Result<Outcome, JobError> {
        let Some((concern, meant)) = self.desk.store().read(|conn| find(conn, id))? else {
            return Ok(Outcome::default());
        };
        let url = &self.outward.public_url;
        let house = House {
            kind: LetterKind::ConcernRaised,
            manner: Manner::Asks,
            meant,
            waited,
            told: &|held| Told::Concern { concern: id, held },
            written: &|reader| notify::concern_raised(&concern, url, reader.language),
        };
        self.house(letter, &house, now)
    }
}

fn find(conn: &mut Conn, id: ConcernId) -> Result<Option<(Concern, BTreeSet<PersonId>)>, StoreError> {
    let open = concern(conn, id)?.map(|kept| kept.standing).filter(|standing| standing.state == ConcernState::Open);
    let Some(standing) = open else { return Ok(None) };
    let people = holders(conn, &[standing.concern.asks])?.into_iter().filter(|person| !person.is_service());
    Ok(Some((standing.concern, people.map(|person| person.id).collect())))
}
