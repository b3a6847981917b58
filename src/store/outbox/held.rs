//! Mail that waits, as its reader wants it: a letter of its own, due when it may leave, and a word about
//! it in the record.

use uuid::Uuid;

use super::{Told, state};
use crate::{
    domain::{
        person::By,
        preferences::HeldBy,
        request::Time,
        roster::{OutwardDeed, RosterDeed, RosterEvent},
    },
    store::{RosterChange, StoreError, Tx, ledger::Posted, roster::Secrets},
    words::{LetterId, PersonId},
};

/// A mail that waits.
#[derive(Debug, Clone)]
pub struct Held {
    /// The letter.
    pub letter: Uuid,
    /// What it tells.
    pub told: Told,
    /// Whose mail.
    pub person: PersonId,
    /// Until when.
    pub until: Time,
    /// Why.
    pub why: HeldBy,
}

impl Held {
    /// What leaves in its place: the digest of its reader's morning, or the letter to them alone.
    fn posted(&self) -> Result<Posted, StoreError> {
        let (person, until) = (self.person, self.until.timestamp_micros());
        let (kind, told, dedupe_key) = match self.why {
            HeldBy::Digest => ("digest", Told::Digest { digest: person }, format!("digest/{person}/{until}")),
            HeldBy::QuietHours | HeldBy::DailyCap => {
                let told = self.told.clone().only_to(person);
                (told.kind(), told, format!("held/{}/{person}/{until}", self.letter))
            }
        };
        let payload = serde_json::to_string(&told).map_err(|error| StoreError::Corrupt(error.to_string()))?;
        let id = Uuid::new_v5(&person.0, dedupe_key.as_bytes()).to_string();
        Ok(Posted { id, dedupe_key, kind, payload, at: self.until })
    }
}

impl Tx<'_, '_> {
    /// Holds a mail back, and says so in the record: once, however often it is tried; of a digest once for
    /// all that is in it.
    pub fn hold_back(&mut self, held: &Held) -> Result<(), StoreError> {
        let posted = held.posted()?;
        let id = LetterId(posted.id.parse().map_err(|_| StoreError::Corrupt("an id that is none".to_owned()))?);
        if self.look(|conn| state(conn, id))?.is_some() {
            return Ok(());
        }
        self.batch().post(&posted);
        let Held { letter, person, until, why, .. } = held;
        let deed = OutwardDeed::MailHeld { letter: LetterId(*letter), person: *person, until: *until, why: *why };
        let by = By::System { job: "deliver".to_owned() };
        let event = RosterEvent { deed: RosterDeed::Outward(deed), by, at: self.now(), alone: false, citation: None };
        self.record_roster(&RosterChange { events: &[event], openings: &[], secrets: &Secrets::default() }).map(|_| ())
    }
}
