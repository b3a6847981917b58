//! What holds: the access matrix, the register and the published procedures. They are held in memory and
//! belong to a mark in the ledger's head, which moves with every publication: whoever decides compares it
//! in the deciding transaction and reads anew what has moved, so no replica decides by yesterday's laws.

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, PoisonError, RwLock},
};

use super::Error;
use crate::{
    access::Matrix,
    domain::{calendar::Calendars, refusal::Refusal, roster::Split},
    register::{Entry, Register},
    sop::Sop,
    store::{Conn, Store, StoreError, Tx, batches, register, splits},
    words::{BatchId, SopRef},
};

/// The laws of one moment.
#[derive(Debug)]
pub struct Laws {
    /// Who may ask for what.
    pub matrix: Arc<Matrix>,
    /// The register.
    pub register: Register,
    /// The published procedures.
    pub sops: Sops,
    /// For how many minutes after signing in a session may give effect at tiers high and critical: a setting.
    pub step_up_minutes: u32,
    /// When people work.
    pub calendars: Arc<Calendars>,
    /// The batches that are stopped or were taken back.
    pub resting: BTreeSet<BatchId>,
    /// The mark of the ledger's head that they belong to.
    mark: String,
}

/// The laws as this process last saw them. Those of the writer are kept apart: they may be ahead by what
/// is not committed yet.
#[derive(Debug)]
pub struct LawBook {
    /// Who may ask for what.
    pub matrix: Arc<Matrix>,
    /// The procedures that the settings name for new requests.
    named: BTreeSet<String>,
    read: RwLock<Arc<Laws>>,
    deciding: RwLock<Arc<Laws>>,
}

impl LawBook {
    /// The laws that were published into this store, and what the settings say beside them: when people work, and
    /// how fresh a session must be to give effect.
    pub fn open(store: &Store, matrix: Matrix, calendars: Calendars, step_up_minutes: u32) -> Result<Self, StoreError> {
        let matrix = Arc::new(matrix);
        let nothing = Laws {
            matrix: Arc::clone(&matrix),
            register: Register::default(),
            sops: Sops::default(),
            step_up_minutes,
            calendars: Arc::new(calendars),
            resting: BTreeSet::new(),
            mark: String::new(),
        };
        let found = Arc::new(store.read(|conn| Laws::load(conn, &nothing))?);
        let named = BTreeSet::new();
        Ok(Self { matrix, named, read: RwLock::new(Arc::clone(&found)), deciding: RwLock::new(found) })
    }

    /// The same, where the settings name these procedures: none of them can be retired.
    #[must_use]
    pub fn naming(self, named: BTreeSet<String>) -> Self {
        Self { named, ..self }
    }

    /// Do the settings name this procedure for new requests?
    pub(super) fn names(&self, id: &str) -> bool {
        self.named.contains(id)
    }

    /// The laws in this transaction.
    pub(super) fn in_force(&self, tx: &mut Tx<'_, '_>) -> Result<Arc<Laws>, StoreError> {
        let mark = tx.laws();
        kept(&self.deciding, &mark, |held| tx.look(|conn| Laws::read(conn, mark.clone(), held)))
    }

    /// The laws as they are committed now.
    pub(super) fn as_published(&self, store: &Store) -> Result<Arc<Laws>, StoreError> {
        store.read(|conn| {
            let mark = register::laws(conn)?;
            kept(&self.read, &mark, |held| Laws::read(conn, mark.clone(), held))
        })
    }

    /// The laws as they were last read, for when the store does not answer.
    pub(super) fn last_read(&self) -> Arc<Laws> {
        Arc::clone(&self.read.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What is held if it has this mark, else what `read` makes of it, to be held from now on.
fn kept(
    held: &RwLock<Arc<Laws>>,
    mark: &str,
    read: impl FnOnce(&Laws) -> Result<Laws, StoreError>,
) -> Result<Arc<Laws>, StoreError> {
    let before = Arc::clone(&held.read().unwrap_or_else(PoisonError::into_inner));
    if before.mark == mark {
        return Ok(before);
    }
    let found = Arc::new(read(&before)?);
    *held.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&found);
    Ok(found)
}

impl Laws {
    fn load(conn: &mut Conn, before: &Self) -> Result<Self, StoreError> {
        let mark = register::laws(conn)?;
        Self::read(conn, mark, before)
    }

    /// Reads what is published; procedures that were held before are not compiled again.
    fn read(conn: &mut Conn, mark: String, before: &Self) -> Result<Self, StoreError> {
        let entries = register::newest_entries(conn, None)?;
        let read = |found: &register::Published| {
            Entry::read(found.entry.kind, &found.text)
                .map_err(|error| StoreError::Corrupt(format!("{}: {error}", found.entry)))
        };
        let entries: Vec<Entry> = entries.iter().map(read).collect::<Result<_, _>>()?;
        let mut sops = Sops::default();
        for (wanted, text) in register::published_sops(conn)? {
            let sop = match before.sops.exactly(&wanted) {
                Some(held) => held,
                None => Arc::new(compiled(&wanted, &text)?),
            };
            sops.published.insert((wanted.id, wanted.version), sop);
        }
        for (wanted, text) in splits::texts(conn)? {
            let sop = match before.sops.exactly(&wanted) {
                Some(held) => held,
                None => Arc::new(compiled(&wanted, &text)?),
            };
            sops.split_off.insert((wanted.id.clone(), wanted.version), (wanted, sop));
        }
        let open = splits::all(conn)?.into_iter().filter(|split| split.ended.is_none());
        sops.splits.extend(open.map(|split| (split.begins.sop.id.clone(), split)));
        sops.retired.extend(register::retired_sops(conn)?);
        let (matrix, calendars) = (Arc::clone(&before.matrix), Arc::clone(&before.calendars));
        let step_up_minutes = before.step_up_minutes;
        let resting = batches::resting(conn)?.into_keys().collect();
        Ok(Self { matrix, register: Register::of(entries), sops, step_up_minutes, calendars, resting, mark })
    }
}

/// The procedure that a text is, which was read and published, or is tried, as this.
pub(super) fn compiled(wanted: &SopRef, text: &str) -> Result<Sop, StoreError> {
    Sop::load(text, &BTreeMap::new()).map_err(|error| StoreError::Corrupt(format!("{wanted}: {error}")))
}

/// The published procedures by name and version; published versions never change.
#[derive(Debug, Default)]
pub struct Sops {
    published: BTreeMap<(String, u32), Arc<Sop>>,
    /// The newest versions of those that were retired.
    retired: BTreeSet<(String, u32)>,
    /// The versions that were ever split off, by name and version, published since or not.
    split_off: BTreeMap<(String, u32), (SopRef, Arc<Sop>)>,
    /// The open splits, by the procedure's name.
    splits: BTreeMap<String, Split>,
}

impl Sops {
    /// One version.
    pub fn version(&self, id: &str, version: u32) -> Option<Arc<Sop>> {
        self.published.get(&(id.to_owned(), version)).cloned()
    }

    /// The version that a record refers to, if its content is that very one.
    pub fn exactly(&self, wanted: &SopRef) -> Option<Arc<Sop>> {
        let published = self.version(&wanted.id, wanted.version);
        let split_off = self.split_off.get(&(wanted.id.clone(), wanted.version)).map(|(_, sop)| Arc::clone(sop));
        [published, split_off].into_iter().flatten().find(|sop| sop.reference().hash == wanted.hash)
    }

    /// A version that was split off, published since or not.
    pub fn split_off(&self, wanted: &SopRef) -> Option<&Sop> {
        let found = self.split_off.get(&(wanted.id.clone(), wanted.version))?;
        Some(&*found.1).filter(|_| found.0 == *wanted)
    }

    /// The versions of a procedure that were ever split off.
    pub fn versions_split_off(&self, id: &str) -> Vec<SopRef> {
        let of_it = self.split_off.values().filter(|(sop, _)| sop.id == id);
        of_it.map(|(sop, _)| sop.clone()).collect()
    }

    /// The open split of a procedure.
    pub fn split(&self, id: &str) -> Option<&Split> {
        self.splits.get(id)
    }

    /// Every open split.
    pub fn splits(&self) -> impl Iterator<Item = &Split> {
        self.splits.values()
    }

    /// One version, published or split off.
    pub fn known(&self, id: &str, version: u32) -> Option<Arc<Sop>> {
        let split_off = || self.split_off.get(&(id.to_owned(), version)).map(|(_, sop)| Arc::clone(sop));
        self.version(id, version).or_else(split_off)
    }

    /// The newest version of a procedure.
    pub fn newest(&self, id: &str) -> Option<Arc<Sop>> {
        let versions = (id.to_owned(), 0)..=(id.to_owned(), u32::MAX);
        self.published.range(versions).next_back().map(|(_, sop)| Arc::clone(sop))
    }

    /// Was it retired, and not taken back into use by a newer version?
    pub fn is_retired(&self, id: &str) -> bool {
        self.newest(id).is_some_and(|newest| self.retired.contains(&(id.to_owned(), newest.document().version)))
    }

    /// The version under which something new begins; a refusal where there is none, or it was retired.
    pub fn for_new(&self, id: &str) -> Result<Arc<Sop>, Error> {
        let newest = self.newest(id).ok_or(Error::NotFound("procedure"))?;
        if self.is_retired(id) {
            let (pointer, code) = ("/sop".to_owned(), "sop_retired");
            let detail = format!("the procedure `{id}` was retired; choose another one of GET /v1/sops");
            return Err(Refusal::Invalid { pointer, code, detail }.into());
        }
        Ok(newest)
    }

    /// The names of all of them.
    pub fn names(&self) -> BTreeSet<String> {
        self.published.keys().map(|(name, _)| name.clone()).collect()
    }

    /// All of them, by name and version.
    pub fn all(&self) -> Vec<Arc<Sop>> {
        self.published.values().cloned().collect()
    }
}
