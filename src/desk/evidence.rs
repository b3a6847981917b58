//! What is known of one exception, put together for an evidence pack: as far as whoever asks may see it, with
//! its proofs in one checkpoint. Putting it together is an event, written before.

use std::collections::BTreeSet;

use super::{Desk, Error, Find, sensitive::operator};
use crate::{
    audit::pack::{Evidence, Told, commitments},
    domain::{event::Deed, exception::Exception, person::By},
    ledger::{Receipt, Tile, inclusion_proof},
    store::{
        Conn, StoreError,
        checkpoints::{self, Signed},
        exceptions::{exception, exception_by_number},
        export,
        timeline::{self, Entry, Span, What},
    },
    words::{Hash, SopRef},
};

/// How many packs are put together at once: each holds a reader meanwhile.
const MOST_PACKS: usize = 2;

impl Desk {
    /// The evidence on an exception, as far as whoever asks may see it.
    pub fn evidence(&self, by: &By, find: &Find) -> Result<Evidence, Error> {
        let found = self.find(by, find)?.what;
        self.note_taking(by, found.id)?;
        let events = self.timeline(by, find, 0, i64::MAX)?.what;
        self.put_together(&found, &events)
    }

    /// The same with everything in it, for somebody with a shell.
    pub fn whole_evidence(&self, number: &str) -> Result<Evidence, Error> {
        let missing = || Error::NotFound("exception");
        let id = self.store.read(|conn| exception_by_number(conn, number))?.ok_or_else(missing)?;
        self.note_taking(&operator(), id)?;
        let every = Span { after: 0, limit: i64::MAX, what: What::Everything };
        let (found, events) = self.store.read(|conn| {
            let found = exception(conn, id)?.ok_or_else(missing)?;
            Ok::<_, Error>((found, timeline::events(conn, id, every)?))
        })?;
        self.put_together(&found, &events)
    }

    fn put_together(&self, found: &Exception, events: &[Entry]) -> Result<Evidence, Error> {
        let at = self.clock.now().to_rfc3339();
        let _turn = self.packs.take(MOST_PACKS)?;
        self.at_checkpoint(|conn, signed| {
            let told = events.iter().map(|entry| told(conn, signed, entry)).collect::<Result<Vec<_>, _>>()?;
            let named: BTreeSet<Hash> = told.iter().flat_map(|one| commitments(&leaf(&one.receipt))).collect();
            Ok(Evidence {
                exception: found.clone(),
                at,
                checkpoint: signed.note.clone(),
                keys: self.notary.keys(),
                tiles: tiles(conn, signed, &told)?,
                procedures: self.procedures_of(found, &told)?,
                openings: export::openings_of(conn, &named)?,
                events: told,
            })
        })
    }

    /// The procedures that it was drafted, submitted or decided under.
    fn procedures_of(&self, found: &Exception, told: &[Told]) -> Result<Vec<(SopRef, String)>, Error> {
        let laws = self.laws();
        let mut named = vec![found.sop.clone()];
        for one in told {
            if let Deed::Drafted { sop, .. } | Deed::Submitted { sop, .. } = &one.event.deed
                && !named.contains(sop)
            {
                named.push(sop.clone());
            }
        }
        let text = |sop: SopRef| {
            let known = laws.sops.exactly(&sop).map(|one| one.canonical());
            let text = known.transpose().map_err(|error| StoreError::Corrupt(error.to_string()))?;
            Ok::<_, StoreError>(text.map(|text| (sop, text)))
        };
        let texts: Result<Vec<_>, StoreError> = named.into_iter().map(text).collect();
        Ok(texts?.into_iter().flatten().collect())
    }
}

fn leaf(receipt: &Receipt) -> String {
    String::from_utf8_lossy(receipt.extra.as_deref().unwrap_or_default()).into_owned()
}

fn told(conn: &mut Conn, signed: &Signed, entry: &Entry) -> Result<Told, StoreError> {
    let body = checkpoints::bodies(conn, entry.leaf, 1)?.pop().map(|(_, body)| body.into_bytes());
    let path = checkpoints::with_nodes(conn, |lookup| {
        inclusion_proof(entry.leaf, signed.head.size, &lookup).map_err(|error| StoreError::Corrupt(error.to_string()))
    })?;
    let receipt = Receipt { extra: body, index: entry.leaf, path, checkpoint: signed.note.clone() };
    Ok(Told { leaf: entry.leaf, seq: entry.seq, event: entry.event.clone(), receipt })
}

/// The tiles of every level over these leaves.
fn tiles(conn: &mut Conn, signed: &Signed, told: &[Told]) -> Result<Vec<(Tile, Vec<u8>)>, StoreError> {
    let over = Tile::of_tree(signed.head.size).into_iter().filter(|tile| told.iter().any(|one| tile.is_over(one.leaf)));
    let mut tiles = Vec::new();
    for tile in over {
        let Some(first) = tile.first() else { continue };
        let hashes = checkpoints::hashes(conn, first, tile.width())?;
        tiles.push((tile, hashes.into_iter().flat_map(|hash| hash.0).collect()));
    }
    Ok(tiles)
}
