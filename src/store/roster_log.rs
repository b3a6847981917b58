//! The roster's events: each its leaf, its rows, and what opens its commitments, in one go.

use std::collections::{BTreeMap, BTreeSet};

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Integer, Text},
};

use super::{
    backend::Conn,
    erasure::Erasing,
    error::StoreError,
    ledger::{About, Posted},
    outbox::Told,
    register,
    roster::{self, Present, Secrets},
    schema::sops,
    shadows,
    tx::Tx,
};
use crate::{
    domain::{
        letters::{self, Notice},
        person::{By, Delegation, Person},
        request::Time,
        roster::{
            AutomationDeed, Change, ErasureDeed, RosterCommand, RosterDeed, RosterEvent, RosterGround, ShadowDeed,
            SplitDeed,
        },
    },
    ledger::{Leaf, Subject},
    words::{ChangeId, Opening, PersonId, Role, SopRef},
};

/// A change of the roster.
#[derive(Debug)]
pub struct RosterChange<'c> {
    /// What happened.
    pub events: &'c [RosterEvent],
    /// What opens the commitments.
    pub openings: &'c [Opening],
    /// What never stands in an event.
    pub secrets: &'c Secrets,
}

impl Tx<'_, '_> {
    /// Writes a change of the roster with its leaves, and tells the number of its last event.
    /// Nothing else changes the roster's rows.
    pub fn record_roster(&mut self, change: &RosterChange<'_>) -> Result<u64, StoreError> {
        self.batch().present = Present::default();
        self.batch().brakes = None;
        let mut seq = 0;
        for event in change.events {
            self.batch().roster += 1;
            seq = self.batch().roster;
            let about = About { kind: event.deed.code(), actor: event.by.person(), at: event.at };
            let place = self.batch().append(&Leaf::new(Subject::Roster, seq, event), &about)?;
            roster::apply(self.conn(), event, place, change.secrets)?;
            self.publish(event, place, change.secrets)?;
            self.post_notice(event)?;
        }
        self.batch().open_with(Subject::Roster, change.openings);
        Ok(seq)
    }

    /// What is told of it, if anything is.
    fn post_notice(&mut self, event: &RosterEvent) -> Result<(), StoreError> {
        let Some(notice) = letters::notice(&event.deed, event.at) else { return Ok(()) };
        let (of, told) = match notice {
            Notice::Delegation(delegation) => (delegation.id.0, Told::Delegated { delegated: delegation.clone() }),
            Notice::Concern(concern) => (concern.0, Told::Concern { concern, held: None }),
            // Each time that a batch is stopped is told of.
            Notice::Batch(batch, at) => {
                let named = format!("{batch} {}", at.timestamp_micros());
                (
                    uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, named.as_bytes()),
                    Told::Batch { batch: batch.clone(), held: None },
                )
            }
        };
        let payload = serde_json::to_string(&told).map_err(|error| StoreError::Corrupt(error.to_string()))?;
        let kind = told.kind();
        let dedupe_key = format!("{kind}/{of}");
        let id = uuid::Uuid::new_v5(&of, dedupe_key.as_bytes()).to_string();
        self.batch().post(&Posted { id, dedupe_key, kind, payload, at: event.at });
        Ok(())
    }

    /// What goes with somebody, or with what is over for long.
    fn erase(&mut self, deed: &ErasureDeed, at: (u64, Time)) -> Result<(), StoreError> {
        match deed {
            ErasureDeed::PersonErased { person, accounts, again, .. } => {
                self.wipe(Erasing { person: *person, accounts, again: again.as_ref(), at })
            }
            ErasureDeed::TextsRetired { exceptions, .. } => self.retire_texts(exceptions, at),
            ErasureDeed::PersonHeld { .. } | ErasureDeed::HoldLifted { .. } => Ok(()),
        }
    }

    /// The rows of what is published or proposed to be, and the word that other laws hold now.
    #[expect(clippy::wildcard_enum_match_arm, reason = "some are of interest here, and the rest are as they were")]
    fn publish(&mut self, event: &RosterEvent, place: u64, secrets: &Secrets) -> Result<(), StoreError> {
        match &event.deed {
            RosterDeed::ChangeProposed { action, .. } => match (action.document(), &secrets.document) {
                (Some(hash), Some(text)) => self.keep_document(hash, text),
                (Some(_), None) => Err(missing_document()),
                (None, _) => Ok(()),
            },
            RosterDeed::SopPublished { sop, .. } => {
                shadows::end(self.conn(), &sop.id)?;
                self.insert_sop(sop, (place, event.at), secrets)
            }
            RosterDeed::Shadow(ShadowDeed::SopShadowed { sop, text_hash }) => {
                let text = secrets.document.as_deref().ok_or_else(missing_document)?;
                self.keep_document(*text_hash, text)?;
                shadows::begin(self.conn(), (sop, *text_hash), (place, event.at))
            }
            RosterDeed::Split(deed) => self.split(deed, place, secrets),
            RosterDeed::Erasure(deed) => self.erase(deed, (place, event.at)),
            RosterDeed::Shadow(ShadowDeed::ShadowEnded { sop }) => shadows::end(self.conn(), &sop.id),
            RosterDeed::SopRetired { sop } => {
                register::retire(self.conn(), sop, (place, event.at))?;
                shadows::end(self.conn(), &sop.id)?;
                self.batch().move_laws(&format!("{sop} retired"));
                Ok(())
            }
            // What rests, whoever decides has to know.
            RosterDeed::Automation(AutomationDeed::Batch(deed)) => {
                self.batch().move_laws(&format!("{} {} {place}", deed.batch(), deed.code()));
                Ok(())
            }
            RosterDeed::EntryPublished { entry, weight, .. } => {
                let text = secrets.document.as_deref().ok_or_else(missing_document)?;
                self.keep_document(entry.hash, text)?;
                register::insert(self.conn(), entry, *weight, (place, event))?;
                self.batch().move_laws(&format!("{entry} {}", entry.hash));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn split(&mut self, deed: &SplitDeed, place: u64, secrets: &Secrets) -> Result<(), StoreError> {
        if let SplitDeed::SplitBegun { begins } = deed {
            let text = secrets.document.as_deref().ok_or_else(missing_document)?;
            self.keep_document(begins.text_hash, text)?;
        }
        self.batch().move_laws(&format!("{} {} at {place}", deed.code(), deed.split()));
        Ok(())
    }

    fn insert_sop(&mut self, sop: &SopRef, (place, at): (u64, Time), secrets: &Secrets) -> Result<(), StoreError> {
        let document = secrets.document.as_deref().ok_or_else(missing_document)?;
        sql_query("INSERT INTO sops (id, version, hash, document, leaf, published_at) VALUES ($1, $2, $3, $4, $5, $6)")
            .bind::<Text, _>(&sop.id)
            .bind::<Integer, _>(i32::try_from(sop.version).unwrap_or(i32::MAX))
            .bind::<Text, _>(sop.hash.to_string())
            .bind::<Text, _>(document)
            .bind::<BigInt, _>(i64::try_from(place).unwrap_or(i64::MAX))
            .bind::<BigInt, _>(at.timestamp_micros())
            .execute(self.conn())?;
        self.batch().move_laws(&format!("{sop} {}", sop.hash));
        Ok(())
    }
}

impl Tx<'_, '_> {
    /// These accounts, and those who answer for them.
    pub fn people(&mut self, ids: &BTreeSet<PersonId>) -> Result<Vec<Person>, StoreError> {
        let (conn, batch) = self.parts();
        batch.present.people(conn, ids)
    }

    /// Everyone with a standing grant of one of these roles, each once.
    pub fn holders(&mut self, roles: &[Role]) -> Result<Vec<Person>, StoreError> {
        let (conn, batch) = self.parts();
        let held: BTreeMap<PersonId, &Person> = batch
            .present
            .holders(conn, &roles.iter().copied().collect())?
            .into_iter()
            .map(|person| (person.id, person))
            .collect();
        Ok(held.into_values().cloned().collect())
    }

    /// The delegations to this account that nobody ended.
    pub fn delegations_to(&mut self, id: PersonId) -> Result<Vec<Delegation>, StoreError> {
        let (conn, batch) = self.parts();
        batch.present.delegations_to(conn, id)
    }

    /// The facts for a command on the roster, of this moment.
    pub fn roster_ground(
        &mut self,
        by: &By,
        command: &RosterCommand,
        email_key: Option<&str>,
    ) -> Result<RosterGround, StoreError> {
        let now = self.now();
        roster::ground(self.conn(), (by, now), command, email_key)
    }

    /// One change.
    pub fn change(&mut self, id: ChangeId) -> Result<Option<Change>, StoreError> {
        roster::change(self.conn(), id)
    }
}

fn missing_document() -> StoreError {
    StoreError::Corrupt("a text was published or proposed without being sent along".to_owned())
}

/// Published procedures: id, version, canonical document, when.
pub fn procedures(conn: &mut Conn) -> Result<Vec<(String, u32, String, Time)>, StoreError> {
    let rows: Vec<(String, i32, String, i64)> = sops::table
        .order((sops::id, sops::version))
        .select((sops::id, sops::version, sops::document, sops::published_at))
        .load(conn)?;
    let at = |micros| chrono::DateTime::from_timestamp_micros(micros).unwrap_or_default();
    Ok(rows
        .into_iter()
        .map(|(id, version, text, micros)| (id, u32::try_from(version).unwrap_or(0), text, at(micros)))
        .collect())
}
