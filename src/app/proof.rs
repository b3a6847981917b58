//! What somebody with a shell proves of the record.

use std::io::Write;

use super::{App, StartError};
use crate::{
    desk::{ExportError, Texts},
    store::{
        exceptions::exception_by_number,
        timeline::{self, Span, What},
    },
};

impl From<ExportError> for StartError {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Desk(error) => Self::Desk(error),
            ExportError::File(error) => Self::Io(error),
            ExportError::Unwritten(why) => Self::Setting(why),
        }
    }
}

impl App {
    /// The place in the ledger of an event of an exception; of its last one, where none is named. Whoever looks at
    /// what is confidential stands in the record.
    pub fn place_of(&self, number: &str, event: Option<u64>) -> Result<u64, StartError> {
        let missing = |what: &str| StartError::Setting(format!("there is no {what} {number}"));
        let (id, leaf) = self.desk().store().read(|conn| {
            let id = exception_by_number(conn, number)?.ok_or_else(|| missing("exception"))?;
            let after = event.map_or(0, |event| event.saturating_sub(1));
            let limit = if event.is_some() { 1 } else { i64::MAX };
            let events = timeline::events(conn, id, Span { after, limit, what: What::Everything })?;
            let named = events.last().filter(|last| event.is_none_or(|event| last.seq == event));
            let leaf = named.map(|last| last.leaf).ok_or_else(|| missing("such event of exception"))?;
            Ok::<_, StartError>((id, leaf))
        })?;
        self.desk().note_look(id)?;
        Ok(leaf)
    }
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
        Ok(self.desk().export(out, texts, progress)?)
    }
}
