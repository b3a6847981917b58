//! What somebody with a shell proves of the record.

use std::{collections::VecDeque, io::Write};

use super::{App, StartError};
use crate::{
    audit::export::{Digested, Heading, Line, Opened, Row, VERSION},
    domain::request::Time,
    ledger::SigningKey,
    store::{
        Conn, StoreError,
        checkpoints::{self, Signed},
        exceptions::exception_by_number,
        export,
        timeline::{self, Span, What},
    },
};

/// How many leaves are read at once.
const LEAVES: i64 = 1_000;
/// How many checkpoints.
const CHECKPOINTS: i64 = 1_000;

impl App {
    /// The place in the ledger of an event of an exception; of its last one, where none is named.
    pub fn place_of(&self, number: &str, event: Option<u64>) -> Result<u64, StartError> {
        let missing = |what: &str| StartError::Setting(format!("there is no {what} {number}"));
        self.desk().store().read(|conn| {
            let id = exception_by_number(conn, number)?.ok_or_else(|| missing("exception"))?;
            let after = event.map_or(0, |event| event.saturating_sub(1));
            let limit = if event.is_some() { 1 } else { i64::MAX };
            let events = timeline::events(conn, id, Span { after, limit, what: What::Everything })?;
            let named = events.last().filter(|last| event.is_none_or(|event| last.seq == event));
            named.map(|last| last.leaf).ok_or_else(|| missing("such event of exception"))
        })
    }
}

/// Which texts an export opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Texts {
    /// None: commitments alone, without personal data.
    Sealed,
    /// All that were not erased.
    Opened,
}

impl App {
    /// Writes the whole record as of now, with a checkpoint of exactly that moment and a seal; how many leaves.
    /// `progress` is told of the leaves as they are written.
    pub fn export(
        &self,
        out: &mut dyn Write,
        texts: Texts,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<u64, StartError> {
        let key = self.desk().notary().key.clone();
        let key = key.ok_or_else(|| StartError::Setting("nothing can be sealed: ledger.key is not set".to_owned()))?;
        self.desk().note_export(texts == Texts::Opened)?;
        self.desk().at_checkpoint(|conn, signed| {
            let mut export = Export { conn, signed, out, digested: Digested::default() };
            let written = export.write((&key, self.desk().clock().now()), texts, progress);
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
    ) -> Result<(), StartError> {
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
        let seal = self.digested.seal(key).ok_or_else(|| StartError::Setting("the export has no seal".to_owned()))?;
        self.line(&seal)?;
        Ok(self.out.flush()?)
    }

    fn line(&mut self, line: &Line) -> Result<(), StartError> {
        let text = line.written().map_err(|error| StartError::Setting(error.to_string()))?;
        self.digested.take(&text);
        self.out.write_all(text.as_bytes())?;
        Ok(self.out.write_all(b"\n")?)
    }

    /// The leaves, and behind the last leaf of each checkpoint that checkpoint.
    fn leaves(&mut self, progress: &mut dyn FnMut(u64, u64)) -> Result<(), StartError> {
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
                    next.map_or(Ok(()), |next| self.line(&Line::Checkpoint(next.note)))?;
                }
            }
            progress(place, size);
        }
        Ok(())
    }

    fn openings(&mut self) -> Result<(), StartError> {
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

    fn rows(&mut self) -> Result<(), StartError> {
        let Self { conn, out, digested, .. } = self;
        export::rows(conn, &mut |(table, columns)| {
            let line = Line::Row(Row { table: table.to_owned(), columns });
            let text = line.written().map_err(|error| StartError::Setting(error.to_string()))?;
            digested.take(&text);
            Ok(out.write_all(format!("{text}\n").as_bytes())?)
        })
    }
}
