//! The whole record on its way out, as of one moment: what an auditor verifies without us. It knows the lines of an
//! export and nothing of where they go. Writing it is an event, committed before the first line.

use std::{collections::VecDeque, io::Write};

use super::{Desk, Error, ground::Caller};
use crate::{
    audit::export::{Digested, Heading, Line, Opened, Row, VERSION},
    domain::{person::By, request::Time, roster::RosterDeed},
    ledger::SigningKey,
    store::{
        Conn, StoreError,
        checkpoints::{self, Signed},
        export,
        witnesses::witnessed,
    },
    words::{DomainPath, ReadVerb},
};

/// How many leaves are read at once.
const LEAVES: i64 = 1_000;
/// How many checkpoints.
const CHECKPOINTS: i64 = 1_000;
/// How many exports are written at once for those who ask at the door: each holds a reader meanwhile.
const MOST_EXPORTS: usize = 1;

/// Which texts an export opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Texts {
    /// None: commitments alone, without personal data.
    Sealed,
    /// All that were not erased.
    Opened,
}

/// Why an export was not written to its end.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The door, or the store.
    #[error(transparent)]
    Desk(#[from] Error),
    /// What it is written to.
    #[error(transparent)]
    File(#[from] std::io::Error),
    /// It cannot be sealed, or a line of it cannot be written.
    #[error("{0}")]
    Unwritten(String),
}

impl From<StoreError> for ExportError {
    fn from(error: StoreError) -> Self {
        Self::Desk(error.into())
    }
}

impl Desk {
    /// Writes the whole record as of now, with a checkpoint of exactly that moment and a seal; how many leaves. For
    /// somebody with a shell. `progress` is told of the leaves as they are written.
    pub fn export(
        &self,
        out: &mut dyn Write,
        texts: Texts,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<u64, ExportError> {
        let key = self.sealing_key()?;
        self.note_export(texts == Texts::Opened)?;
        self.write_out(&key, (out, texts), progress)
    }

    /// The same without texts, for somebody who sees every exception and may read the ledger; `Forbidden` for others.
    pub fn export_for(&self, by: &By, out: &mut dyn Write) -> Result<u64, ExportError> {
        if !self.exports(by)? {
            let why = "the whole record is for those who may read the ledger, and see every exception";
            return Err(Error::Forbidden(why.to_owned()).into());
        }
        let key = self.sealing_key()?;
        let _turn = self.exporting.take(MOST_EXPORTS)?;
        self.exported(by.clone(), RosterDeed::RecordExported { opened: false, list: None })?.wait()?;
        self.write_out(&key, (out, Texts::Sealed), &mut |_, _| {})
    }

    /// May whoever asks take the whole record? Those who read the ledger and see every exception, wherever it is.
    pub fn exports(&self, by: &By) -> Result<bool, Error> {
        match self.may_read(by, ReadVerb::ReadLedger) {
            Ok(person) => Ok(Caller::of(&person, &self.laws.matrix).visibility.confidential() == [DomainPath::root()]),
            Err(Error::Forbidden(_)) => Ok(false),
            Err(
                error @ (Error::NotFound(_)
                | Error::Refused(_)
                | Error::KeyReused
                | Error::Replayed
                | Error::Store(_)
                | Error::Random(_)),
            ) => Err(error),
        }
    }

    fn sealing_key(&self) -> Result<SigningKey, Error> {
        self.notary.key.clone().ok_or(Error::NotFound("key: nothing is signed here"))
    }

    fn write_out(
        &self,
        key: &SigningKey,
        (out, texts): (&mut dyn Write, Texts),
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<u64, ExportError> {
        self.at_checkpoint(|conn, signed| {
            let mut export = Export { conn, signed, out, digested: Digested::default() };
            let written = export.write((key, self.clock.now()), texts, progress);
            Ok(written.map(|()| signed.head.size))
        })?
    }
}

/// An export on its way out.
struct Export<'e> {
    conn: &'e mut Conn,
    signed: &'e Signed,
    out: &'e mut dyn Write,
    digested: Digested,
}

impl Export<'_> {
    fn write(
        &mut self,
        (key, now): (&SigningKey, Time),
        texts: Texts,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<(), ExportError> {
        let (origin, leaves) = (key.verifier().name().to_owned(), self.signed.head.size);
        self.line(&Line::Export(Heading { version: VERSION, origin, at: now.to_rfc3339(), leaves }))?;
        for text in export::procedures(self.conn)? {
            self.line(&Line::Procedure(text))?;
        }
        self.leaves(progress)?;
        if texts == Texts::Opened {
            self.openings()?;
        }
        self.rows()?;
        let seal =
            self.digested.seal(key).ok_or_else(|| ExportError::Unwritten("the export has no seal".to_owned()))?;
        self.line(&seal)?;
        Ok(self.out.flush()?)
    }

    fn line(&mut self, line: &Line) -> Result<(), ExportError> {
        let text = line.written().map_err(|error| ExportError::Unwritten(error.to_string()))?;
        self.digested.take(&text);
        self.out.write_all(text.as_bytes())?;
        Ok(self.out.write_all(b"\n")?)
    }

    /// The leaves, and behind the last leaf of each checkpoint that checkpoint.
    fn leaves(&mut self, progress: &mut dyn FnMut(u64, u64)) -> Result<(), ExportError> {
        let (size, mut place) = (self.signed.head.size, 0);
        let mut waiting = VecDeque::new();
        while place < size {
            let page = checkpoints::bodies(self.conn, place, LEAVES)?;
            if page.is_empty() {
                return Err(StoreError::Corrupt(format!("leaf {place} is missing")).into());
            }
            for (_, body) in page {
                self.line(&Line::Leaf(place, body))?;
                place += 1;
                if waiting.is_empty() {
                    waiting.extend(checkpoints::signed_after(self.conn, place - 1, CHECKPOINTS)?);
                    if waiting.is_empty() {
                        waiting.push_back(self.signed.clone());
                    }
                }
                if waiting.front().is_some_and(|next: &Signed| next.head.size == place) {
                    let next = waiting.pop_front();
                    if let Some(next) = next {
                        let note = witnessed(self.conn, &next)?;
                        self.line(&Line::Checkpoint(note))?;
                    }
                }
            }
            progress(place, size);
        }
        Ok(())
    }

    fn openings(&mut self) -> Result<(), ExportError> {
        let mut after = String::new();
        loop {
            let page = export::opened(self.conn, &after)?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.commitment.to_string();
            for opening in &page {
                self.line(&Line::Opening(Opened::of(opening)))?;
            }
        }
    }

    fn rows(&mut self) -> Result<(), ExportError> {
        let Self { conn, out, digested, .. } = self;
        export::rows(conn, &mut |(table, columns)| {
            let line = Line::Row(Row { table: table.to_owned(), columns });
            let text = line.written().map_err(|error| ExportError::Unwritten(error.to_string()))?;
            digested.take(&text);
            Ok(out.write_all(format!("{text}\n").as_bytes())?)
        })
    }
}
