//! Mail that waits, as its reader wants it: a letter of its own, due when it may leave, and a word about
//! it in the record.

use uuid::Uuid;

use super::{Claimed, Failure, Then, Told, errands::LETTERS, state};
use crate::{
    domain::{
        person::By,
        preferences::HeldBy,
        request::Time,
        roster::{OutwardDeed, RosterDeed, RosterEvent},
    },
    store::{
        RosterChange, StoreError, Tx,
        erasure::{ERASED, newest_erasure},
        ledger::Posted,
        roster::Secrets,
        rows::{OnConflict, Rows},
    },
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

/// What one of several readers of a letter is still to be told.
#[derive(Debug, Clone)]
pub struct Alone {
    /// The letter.
    pub letter: Uuid,
    /// What it tells.
    pub told: Told,
    /// Whom.
    pub person: PersonId,
    /// How often it was tried so far.
    pub attempts: u32,
}

impl Tx<'_, '_> {
    /// A failure as it may be kept: where somebody was erased since the letter was claimed, they may stand in its words.
    pub fn tellable(&mut self, letter: &Claimed, failure: Failure) -> Result<Failure, StoreError> {
        let late = newest_erasure(self.conn())? != letter.erasure;
        Ok(if late { Failure { error: ERASED.to_owned(), ..failure } } else { failure })
    }

    /// Makes what one of several readers is still to be told a letter of its own, which waits or is given up by
    /// what befell it. Once for each letter and reader.
    pub fn set_apart(&mut self, alone: &Alone, failure: &Failure) -> Result<(), StoreError> {
        let told = alone.told.clone().only_to(alone.person);
        let payload = serde_json::to_string(&told).map_err(|error| StoreError::Corrupt(error.to_string()))?;
        let dedupe_key = format!("alone/{}/{}", alone.letter, alone.person);
        let id = Uuid::new_v5(&alone.person.0, dedupe_key.as_bytes()).to_string();
        let (state, next_at) = match failure.then {
            Then::Retry(at) => ("waiting", at),
            Then::Dead => ("dead", self.now()),
        };
        let columns = &["id", "dedupe_key", "kind", "payload", "state", "attempts", "next_at", "last_error", "lane"];
        let mut rows = Rows::new("outbox", columns).on_conflict(OnConflict::Skip);
        rows.push([
            id.into(),
            dedupe_key.into(),
            told.kind().into(),
            payload.into(),
            state.into(),
            i64::from(alone.attempts).into(),
            next_at.timestamp_micros().into(),
            failure.error.as_str().into(),
            LETTERS.into(),
        ]);
        rows.insert(self.conn())?;
        Ok(())
    }

    /// Holds a mail back, and says so in the record: of each letter once, however often it is tried.
    pub fn hold_back(&mut self, held: &Held) -> Result<(), StoreError> {
        let posted = held.posted()?;
        let id = LetterId(posted.id.parse().map_err(|_| StoreError::Corrupt("an id that is none".to_owned()))?);
        match (self.look(|conn| state(conn, id))?, held.why) {
            (None, _) => self.batch().post(&posted),
            // Its letters share a digest, and whoever holds one back knows that it is held for the first time.
            (Some(_), HeldBy::Digest) => (),
            (Some(_), HeldBy::QuietHours | HeldBy::DailyCap) => return Ok(()),
        }
        let Held { letter, person, until, why, .. } = held;
        let deed = OutwardDeed::MailHeld { letter: LetterId(*letter), person: *person, until: *until, why: *why };
        let by = By::System { job: "deliver".to_owned() };
        let citation = by.freely();
        let event = RosterEvent { deed: RosterDeed::Outward(deed), by, at: self.now(), alone: false, citation };
        self.record_roster(&RosterChange { events: &[event], openings: &[], secrets: &Secrets::default() }).map(|_| ())
    }
}
