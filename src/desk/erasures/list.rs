//! The list of erasures outside the database: one line of JSON for each, with the note that the ledger's key signed of
//! it. A database that was set back to before one of them is not served until whom it lists is erased again; that is
//! asked for, and never done by opening it.

use std::{
    collections::BTreeSet,
    fs::{File, OpenOptions},
    io::{self, Read as _, Write},
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use serde::{Deserialize, Serialize};

use crate::{
    desk::{Asked, Desk, Error, Notary, roster::judged},
    domain::{
        person::By,
        roster::{Agreed, ErasureAction, RESTORE_JOB, RosterAction, RosterCommand},
    },
    ledger::{ErasureNote, root_at},
    store::{
        Conn, StoreError,
        checkpoints::with_nodes,
        erasure::{Brought, Erased, Found, accounts, erasures},
        ledger,
        roster::{Secrets, governance, records},
    },
    words::{ChangeId, Hash, PersonId},
};

/// How many people decide that anybody is erased.
const TWO: usize = 2;

/// A file of erasures.
#[derive(Debug, Default)]
pub struct ErasureList {
    file: PathBuf,
    /// Held while the file is written.
    writing: Mutex<()>,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    erasure: String,
}

/// An erasure on the list: the note, and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    note: String,
    said: ErasureNote,
}

/// The bytes of a list: its whole lines, and where they end.
struct Read {
    lines: Vec<Line>,
    /// How long the part is that can be read.
    whole: usize,
    /// Does that lack the end of its last line?
    unended: bool,
    /// Is there more behind it, which a crash cut short?
    torn: bool,
}

/// Why a list was not read or written, or why it is not what the database says.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// The file.
    #[error("the list of erasures: {0}")]
    File(#[from] io::Error),
    /// A line that is none.
    #[error("line {0} of the list of erasures cannot be read")]
    Line(usize),
    /// A line that no key of this ledger signed.
    #[error("line {0} of the list of erasures is signed by no key of this ledger")]
    Unsigned(usize),
    /// Its last line was cut short: an erasure may be missing.
    #[error("the last line of the list of erasures was cut short: an erasure may be missing on it")]
    Torn,
    /// It was written before, and is not there.
    #[error(
        "the list of erasures that was written is not at {0}: put it back there (all replicas share one), or, where it \
         is lost and the database was not set back, run `proviso backup list-erasures`, which writes it anew"
    )]
    Missing(PathBuf),
    /// Nothing can be signed.
    #[error("a list of erasures needs `ledger.key`, with which its lines are signed")]
    NoKey,
    /// It names people who are here, by an erasure that this ledger has.
    #[error("the list has an erasure at leaf {0}, and this ledger has that leaf and knows those people all the same")]
    Foreign(u64),
    /// The database was set back.
    #[error(
        "the database was set back: it still knows people whom {0} erasures on the list took; run \
         `proviso backup erase-again --erasures FILE` before it is served"
    )]
    SetBack(usize),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The door.
    #[error(transparent)]
    Desk(#[from] Error),
}

fn read(bytes: &[u8]) -> Result<Read, ListError> {
    let mut found = Read { lines: Vec::new(), whole: 0, unended: false, torn: false };
    for (at, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let ended = line.ends_with(b"\n");
        match serde_json::from_slice::<Line>(line) {
            Ok(read) => found.lines.push(read),
            Err(_) if line == b"\n" => {}
            Err(_) if !ended => {
                found.torn = true;
                break;
            }
            Err(_) => return Err(ListError::Line(at + 1)),
        }
        found.whole += line.len();
        found.unended = !ended;
    }
    Ok(found)
}

impl ErasureList {
    /// A list in this file, which is made when there is something to write.
    pub fn at(file: PathBuf) -> Self {
        Self { file, writing: Mutex::default() }
    }

    /// All that is in it, while nobody writes: another process at the same file may.
    fn bytes(&self) -> io::Result<Option<Vec<u8>>> {
        let mut file = match File::open(&self.file) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        file.lock_shared()?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }

    /// All of it, for a database that is put back: it is there, its last line is whole, and every line is signed.
    pub fn whole(&self, notary: &Notary) -> Result<Vec<Listed>, ListError> {
        let bytes = self.bytes()?.ok_or_else(|| ListError::Missing(self.file.clone()))?;
        let read = read(&bytes)?;
        if read.torn { Err(ListError::Torn) } else { opened(read.lines, notary) }
    }

    /// What stands on it; `None` where it is not there.
    fn listed(&self, notary: &Notary) -> Result<Option<Vec<Listed>>, ListError> {
        let Some(bytes) = self.bytes()? else { return Ok(None) };
        opened(read(&bytes)?.lines, notary).map(Some)
    }

    /// Appends what of these notes it lacks. What a crash cut short is cut off first.
    fn append(&self, notes: &[(BTreeSet<PersonId>, String)], notary: &Notary) -> Result<(), ListError> {
        let _alone = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut file = OpenOptions::new().create(true).read(true).append(true).open(&self.file)?;
        // Other processes append to it too.
        file.lock()?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let Read { lines, whole, unended, .. } = read(&bytes)?;
        let known: BTreeSet<PersonId> = opened(lines, notary)?.into_iter().flat_map(|one| one.said.accounts).collect();
        let mut text = if unended { "\n".to_owned() } else { String::new() };
        for (_, note) in notes.iter().filter(|(accounts, _)| !accounts.is_subset(&known)) {
            let line = serde_json::to_string(&Line { erasure: note.clone() }).map_err(io::Error::from)?;
            text.push_str(&line);
            text.push('\n');
        }
        if text.trim().is_empty() {
            return Ok(());
        }
        if whole < bytes.len() {
            file.set_len(u64::try_from(whole).unwrap_or(u64::MAX))?;
        }
        file.write_all(text.as_bytes())?;
        Ok(file.sync_all()?)
    }
}

fn opened(lines: Vec<Line>, notary: &Notary) -> Result<Vec<Listed>, ListError> {
    let keys = notary.keys();
    let open = |(at, line): (usize, Line)| {
        let said = ErasureNote::open(&line.erasure, &keys).ok_or(ListError::Unsigned(at + 1))?;
        Ok(Listed { note: line.erasure, said })
    };
    lines.into_iter().enumerate().map(open).collect()
}

/// Whom of these the database still knows, since it is from before their erasure: it lacks that leaf, or went on without
/// it and has another there. A line whose leaf it has just so, and that names people who are there, contradicts it.
fn pending(conn: &mut Conn, listed: &[Listed]) -> Result<Vec<(Listed, PersonId)>, ListError> {
    let (size, _) = ledger::head(conn)?;
    let (mut pending, mut seen) = (Vec::new(), BTreeSet::new());
    for one in listed {
        let known = records(conn, &one.said.accounts)?;
        let there: Vec<PersonId> =
            known.into_iter().filter(|(_, record)| record.erased_at.is_none()).map(|(person, _)| person).collect();
        if !there.is_empty() && one.said.leaf < size && root_behind(conn, one.said.leaf)? == one.said.root {
            return Err(ListError::Foreign(one.said.leaf));
        }
        pending.extend(there.into_iter().filter(|person| seen.insert(*person)).map(|person| (one.clone(), person)));
    }
    Ok(pending)
}

impl Desk {
    /// The same door with a list of erasures outside the database.
    #[must_use]
    pub fn with_erasures(self, list: Option<ErasureList>) -> Self {
        Self { erasures: Arc::new(list), ..self }
    }

    /// Writes every erasure on the list that it lacks, and notes that they are on it; does nothing without a list.
    pub fn list_erasures(&self) -> Result<(), ListError> {
        let Some(list) = self.erasures.as_ref() else { return Ok(()) };
        let key = self.notary().key.as_ref().ok_or(ListError::NoKey)?;
        let notes = self.store.read(|conn| {
            let all = erasures(conn)?;
            let noted: Result<Vec<_>, ListError> = all
                .into_iter()
                .map(|erased| {
                    let note = match &erased.again {
                        Some(note) => note.clone(),
                        None => said(conn, &erased)?.sign(key).ok_or(ListError::NoKey)?,
                    };
                    Ok((erased.leaf, erased.accounts, note))
                })
                .collect();
            noted
        })?;
        let Some(newest) = notes.iter().map(|(leaf, ..)| *leaf).max() else { return Ok(()) };
        let notes: Vec<(BTreeSet<PersonId>, String)> = notes.into_iter().map(|(_, who, note)| (who, note)).collect();
        list.append(&notes, self.notary())?;
        Ok(self.queue(move |tx| Ok(Ok(tx.note_listed(newest)?)))?.wait()?)
    }

    /// May this database be served? Not while the list has people whom it still knows, since it was set back, and not
    /// where the list is gone that was written.
    pub fn require_erased(&self) -> Result<(), ListError> {
        let Some(list) = self.erasures.as_ref() else { return Ok(()) };
        let Some(listed) = list.listed(self.notary())? else {
            let written = self.store.read(erasures)?.iter().any(|erased| erased.listed_at.is_some());
            return if written { Err(ListError::Missing(list.file.clone())) } else { Ok(()) };
        };
        let pending = self.store.read(|conn| pending(conn, &listed))?;
        let lines: BTreeSet<u64> = pending.iter().map(|(one, _)| one.said.leaf).collect();
        if lines.is_empty() { Ok(()) } else { Err(ListError::SetBack(lines.len())) }
    }

    /// Writes the list anew from this database, where it was lost: whoever asks answers for it that the database was not
    /// set back.
    pub fn list_anew(&self) -> Result<usize, ListError> {
        self.list_erasures()?;
        Ok(self.store.read(erasures)?.len())
    }

    /// Erases again whom the list has and this database, which was set back, still knows; how many lines that were, and
    /// whether two people are left who may decide anything. Each in a transaction of their own, since what was found of
    /// one may change by the erasure of another: where one is refused, the database is served as little as before.
    pub fn erase_again(&self, listed: &[Listed]) -> Result<(usize, bool), ListError> {
        let pending = self.store.read(|conn| pending(conn, listed))?;
        let mut done = BTreeSet::new();
        for (one, person) in pending {
            if self.erase_one_again(&one, person)? {
                done.insert(one.said.leaf);
            }
        }
        self.sweep_all_tables()?;
        let left = self.store.read(governance)?.humans_now();
        Ok((done.len(), left >= TWO))
    }

    /// Erases one of them; false where they went with another account of theirs.
    fn erase_one_again(&self, one: &Listed, person: PersonId) -> Result<bool, ListError> {
        let brought = self.store.read(|conn| {
            if !is_there(conn, person)? {
                return Ok::<_, StoreError>(None);
            }
            looked_for(conn, person).map(Some)
        })?;
        let Some(brought) = brought else { return Ok(false) };
        let (book, random, clock, one) = (self.laws.clone(), self.random.clone(), self.clock.clone(), one.clone());
        let done = self.queue(move |tx| {
            tx.bring(Arc::clone(&brought));
            if !tx.look(|conn| is_there(conn, person))? {
                return Ok(Ok(false));
            }
            let change = random.uuid_v7(clock.now()).map(ChangeId)?;
            let judged = judged(tx, &book, &again(&one, person, change), &Secrets::default())?;
            Ok(judged.map(|_| true))
        })?;
        Ok(done.wait()?)
    }
}

/// Does the database still know them?
fn is_there(conn: &mut Conn, person: PersonId) -> Result<bool, StoreError> {
    let known = records(conn, &BTreeSet::from([person]))?;
    Ok(known.get(&person).is_some_and(|record| record.erased_at.is_none()))
}

/// What is theirs, whatever stands in the way.
fn looked_for(conn: &mut Conn, person: PersonId) -> Result<Arc<Brought>, StoreError> {
    let mut found = Found::of(&accounts(conn, person)?);
    found.go_on(conn)?;
    Ok(Arc::new(Brought { found, cases: Vec::new() }))
}

/// The command that does an erasure again.
fn again(one: &Listed, person: PersonId, change: ChangeId) -> Asked<RosterCommand> {
    let agreed = Agreed { leaf: one.said.leaf, at: one.said.at, note: one.note.clone() };
    let action = RosterAction::Erasure(ErasureAction::ReapplyErasure { person, agreed });
    let command = RosterCommand::Act { action: Box::new(action), change };
    Asked { by: By::System { job: RESTORE_JOB.to_owned() }, key: None, expected: None, command, openings: Vec::new() }
}

/// What is signed of an erasure that was agreed to here.
fn said(conn: &mut Conn, erased: &Erased) -> Result<ErasureNote, StoreError> {
    let root = root_behind(conn, erased.leaf)?;
    Ok(ErasureNote { leaf: erased.leaf, at: erased.at, root, accounts: erased.accounts.clone() })
}

/// The root of the tree that ends with this leaf.
fn root_behind(conn: &mut Conn, leaf: u64) -> Result<Hash, StoreError> {
    let broken = |error: crate::ledger::TreeError| StoreError::Corrupt(error.to_string());
    with_nodes(conn, |lookup| root_at(leaf + 1, &lookup).map_err(broken))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::ledger::SigningKey;

    fn notary(seed: u8) -> Notary {
        Notary { key: Some(SigningKey::make("proviso.example.org/ledger", [seed; 32]).unwrap()), ..Notary::default() }
    }

    fn note(n: u128, notary: &Notary) -> (BTreeSet<PersonId>, String) {
        let accounts: BTreeSet<PersonId> = [PersonId(uuid::Uuid::from_u128(n))].into();
        let at = chrono::DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        let said = ErasureNote { leaf: 7, at, root: crate::words::Hash::of(b""), accounts: accounts.clone() };
        (accounts, said.sign(notary.key.as_ref().unwrap()).unwrap())
    }

    #[test]
    fn a_line_that_was_cut_short_is_cut_off_and_one_that_lacks_its_end_counts() {
        let folder = tempfile::tempdir().unwrap();
        let (file, own) = (folder.path().join("erasures.jsonl"), notary(1));
        let list = ErasureList::at(file.clone());
        assert!(matches!(list.whole(&own), Err(ListError::Missing(_))));
        list.append(&[note(1, &own)], &own).unwrap();
        let text = fs::read_to_string(&file).unwrap();
        fs::write(&file, text.trim_end()).unwrap();
        assert_eq!(list.whole(&own).unwrap().len(), 1, "a last line that can be read counts");
        list.append(&[note(1, &own), note(2, &own)], &own).unwrap();
        assert_eq!(list.whole(&own).unwrap().len(), 2);
        let text = fs::read_to_string(&file).unwrap();
        fs::write(&file, format!("{text}{{\"erasure\":\"prov")).unwrap();
        assert!(matches!(list.whole(&own), Err(ListError::Torn)), "a backup is not put back on it");
        assert_eq!(list.listed(&own).unwrap().unwrap().len(), 2, "and the service goes on");
        list.append(&[note(3, &own)], &own).unwrap();
        assert_eq!(list.whole(&own).unwrap().len(), 3);
    }

    #[test]
    fn a_line_that_this_ledger_did_not_sign_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let list = ErasureList::at(folder.path().join("erasures.jsonl"));
        let (own, other) = (notary(1), notary(2));
        list.append(&[note(1, &other)], &other).unwrap();
        assert!(matches!(list.whole(&own), Err(ListError::Unsigned(1))));
        assert!(matches!(list.listed(&own), Err(ListError::Unsigned(1))));
    }
}
