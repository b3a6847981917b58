//! Signing how far the ledger has come: what was derived anew and still leads to what was signed before, and
//! nothing else. Each checkpoint is anchored outside the database once it is kept there.

use std::sync::Arc;

use chrono::Duration;

use super::{Anchor, Desk, Error, Find};
use crate::{
    domain::{person::By, request::Time},
    ledger::{Checkpoint, Keys, Policy, Receipt, SigningKey, Tile, TreeHead, checkpoint, inclusion_proof},
    store::{
        Conn, StoreError,
        automation::Right,
        checkpoints::{self, Signed, alarm},
        ledger,
        witnesses::witnessed,
    },
};

/// For how many seconds a checkpoint stands before the next one, unless somebody asks for one.
const SECONDS: i64 = 10;
/// After how many seconds it is tried again where something did not fit.
const REPEAT_SECONDS: i64 = 60;

/// Who signs, and where checkpoints are anchored outside the database.
#[derive(Debug, Clone, Default)]
pub struct Notary {
    /// The key; without one nothing is signed.
    pub key: Option<SigningKey>,
    /// The keys before it.
    pub earlier: Keys,
    /// A file to which every checkpoint is appended.
    pub anchor: Option<Arc<Anchor>>,
    /// Who witnesses that the ledger only grows.
    pub witnesses: Option<Policy>,
}

impl Notary {
    /// The keys under which this ledger's checkpoints verify.
    pub fn keys(&self) -> Keys {
        checkpoint::keys(self.key.as_ref().map(SigningKey::verifier), &self.earlier)
    }

    /// Why what was signed is not anchored as it should be; `None` while it is.
    pub fn unanchored(&self) -> Option<String> {
        self.anchor.as_ref().and_then(|anchor| anchor.fault())
    }
}

/// How far the ledger has come, and whether something did not fit before; all of one moment.
type Looked = (TreeHead, Option<Signed>, bool);

fn look(conn: &mut Conn) -> Result<Looked, StoreError> {
    let (head, newest) = checkpoints::derived(conn)?;
    Ok((head, newest, alarm(conn)?.is_some()))
}

impl Desk {
    /// The same door with somebody who signs.
    #[must_use]
    pub fn with_notary(self, notary: Notary) -> Self {
        Self { notary: notary.into(), ..self }
    }

    /// Who signs.
    pub fn notary(&self) -> &Notary {
        &self.notary
    }

    /// Has the ledger grown since it was signed, ten seconds ago or more?
    pub fn has_unsigned(&self, now: Time) -> Result<bool, Error> {
        if self.notary.key.is_none() {
            return Ok(false);
        }
        // What did not fit is looked at again, but not every second: each look hashes what was not signed.
        let job = self.automation().knows("checkpoint").filter(|job| job.failed);
        if job.and_then(|job| job.last).is_some_and(|last| now - last < Duration::seconds(REPEAT_SECONDS)) {
            return Ok(false);
        }
        let before = now - Duration::seconds(SECONDS);
        Ok(self
            .store
            .read(|conn| Ok::<_, StoreError>(checkpoints::has_unsigned(conn, before)? || alarm(conn)?.is_some()))?)
    }

    /// Signs how far the ledger has come, unless that is signed already; `None` without a key, or where the job
    /// may not. What does not fit is not signed: an alarm stands in the database until it does.
    pub fn sign_checkpoint(&self, right: Option<Right>) -> Result<Option<Signed>, Error> {
        let looked = self.store.read(look);
        let signed = self.sign_looked(looked, right);
        self.anchor_checkpoints();
        signed
    }

    /// Reads one moment of the record together with a checkpoint of exactly that moment. It takes one reader.
    pub fn at_checkpoint<T>(&self, job: impl FnOnce(&mut Conn, &Signed) -> Result<T, Error>) -> Result<T, Error> {
        let read = self.store.read(|conn| {
            let looked = look(conn);
            let signed = self.sign_looked(looked, None)?;
            job(conn, &signed.ok_or(Error::NotFound("checkpoint: nothing is signed here"))?)
        });
        // Whatever became of the reading, what was signed for it is anchored.
        self.anchor_checkpoints();
        read
    }

    /// Appends to the anchor what it lacks; `/readyz` tells where that fails.
    pub fn anchor_checkpoints(&self) {
        if let Some(anchor) = &self.notary.anchor {
            anchor.catch_up(|append| self.store.read(append));
        }
    }

    /// It asks the writer alone: whoever holds a reader meanwhile waits for no other.
    fn sign_looked(&self, looked: Result<Looked, StoreError>, right: Option<Right>) -> Result<Option<Signed>, Error> {
        let Some(key) = &self.notary.key else { return Ok(None) };
        let (head, newest, alarmed) = looked.inspect_err(|error| self.raise_alarm(error))?;
        if head.size == 0 {
            return Ok(None);
        }
        if let Some(newest) = newest.filter(|newest| newest.head == head) {
            if alarmed {
                self.keep(&newest, right)?;
            }
            return Ok(Some(newest));
        }
        let note = Checkpoint::sign(head, key).ok_or_else(|| StoreError::Corrupt("a key without a name".to_owned()))?;
        let signed = Signed { head, note, at: self.clock.now() };
        // Another replica may have signed this size first: what is kept is what counts.
        let Some(kept) = self.keep(&signed, right)? else { return Ok(None) };
        let (size, root) = (kept.head.size, kept.head.root);
        tracing::info!(target: "proviso::checkpoint", size, %root, checkpoint = %kept.note, "signed");
        Ok(Some(kept))
    }

    /// What is kept of this size then; `None` where the job may not keep anything.
    fn keep(&self, signed: &Signed, right: Option<Right>) -> Result<Option<Signed>, StoreError> {
        let signed = signed.clone();
        let kept = self.store.write(move |tx| tx.keep_checkpoint(&signed, right.as_ref()))?;
        let kept = kept.blocking_recv().map_err(StoreError::from)?;
        kept.inspect_err(|error: &StoreError| self.raise_alarm(error))
    }

    /// What does not fit is told loudly, and `/readyz` tells it until it fits.
    fn raise_alarm(&self, error: &StoreError) {
        let StoreError::Corrupt(why) = error else { return };
        tracing::error!(%why, "the ledger is not signed any more: it does not lead to what was signed of it");
        let why = why.clone();
        let raised = self.store.write(move |tx| tx.raise_alarm(&why)).map(|answer| answer.blocking_recv());
        if !matches!(raised, Ok(Ok(Ok(())))) {
            tracing::error!("the alarm could not be kept in the database");
        }
    }

    /// The newest checkpoint.
    pub fn checkpoint(&self) -> Result<Signed, Error> {
        self.store.read(checkpoints::latest)?.ok_or(Error::NotFound("checkpoint: nothing is signed here"))
    }

    /// The hashes of a tile, if all of it is in the tree that was signed.
    pub fn tile(&self, tile: Tile) -> Result<Vec<u8>, Error> {
        let missing = || Error::NotFound("tile");
        let first = tile.first().ok_or_else(missing)?;
        self.store.read(|conn| {
            let signed = checkpoints::latest(conn)?.ok_or_else(missing)?;
            if !tile.is_within(signed.head.size) {
                return Err(missing());
            }
            let hashes = checkpoints::hashes(conn, first, tile.width())?;
            Ok(hashes.into_iter().flat_map(|hash| hash.0).collect())
        })
    }

    /// The receipt of a leaf in the newest checkpoint that has it, with the leaf's exact bytes.
    pub fn receipt(&self, leaf: u64) -> Result<Receipt, Error> {
        if self.store.read(checkpoints::latest)?.is_none_or(|signed| signed.head.size <= leaf) {
            self.sign_checkpoint(None)?;
        }
        self.store.read(|conn| {
            let signed = checkpoints::latest(conn)?.filter(|signed| leaf < signed.head.size);
            let signed = signed.ok_or(Error::NotFound("checkpoint: nothing is signed here"))?;
            let body = checkpoints::bodies(conn, leaf, 1)?.pop().map(|(_, body)| body);
            let path = checkpoints::with_nodes(conn, |lookup| {
                inclusion_proof(leaf, signed.head.size, &lookup).map_err(|error| StoreError::Corrupt(error.to_string()))
            })?;
            let extra = body.map(String::into_bytes);
            Ok::<_, Error>(Receipt { extra, index: leaf, path, checkpoint: witnessed(conn, &signed)? })
        })
    }

    /// The place in the ledger of an event of an exception that whoever asks may see; its last one, if they name none.
    pub fn place_of(&self, by: &By, find: &Find, event: Option<u64>) -> Result<u64, Error> {
        let found = self.find(by, find)?.what;
        let (after, limit) = (event.unwrap_or(found.seq).saturating_sub(1), 1);
        let told = self.timeline(by, find, after, limit)?.what;
        let named = told.into_iter().find(|entry| event.is_none_or(|event| entry.seq == event));
        named.map(|entry| entry.leaf).ok_or(Error::NotFound("event"))
    }
}

/// The root of everything that was signed, as headers of mails and webhooks tell it.
pub fn header(conn: &mut Conn) -> Result<String, StoreError> {
    if let Some(line) = checkpoints::latest(conn)?.and_then(|signed| Checkpoint::line(&signed.note)) {
        return Ok(line);
    }
    let (size, root) = ledger::head(conn)?;
    Ok(format!("size={size}; root={root}"))
}
