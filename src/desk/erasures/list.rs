//! The list of erasures outside the database: opaque ids alone, one line of JSON for each. A database that was set
//! back to before one of them erases again whom it lists, before it serves.

use std::{
    collections::BTreeSet,
    fs::{self, OpenOptions},
    io::{self, Write},
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

use serde::{Deserialize, Serialize};

use super::Erased;
use crate::{
    desk::{Asked, Desk, Error},
    domain::{
        person::By,
        request::Time,
        roster::{Agreed, ErasureAction, RESTORE_JOB, RosterAction, RosterCommand},
    },
    store::{
        erasure::listed_after,
        roster::{Secrets, records},
    },
    words::{ChangeId, PersonId},
};

/// A file of erasures.
#[derive(Debug, Default)]
pub struct ErasureList {
    file: PathBuf,
    /// Held while the file is written.
    writing: Mutex<()>,
}

/// One line: an erasure, and the accounts that went with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    erased: BTreeSet<PersonId>,
    leaf: u64,
    at: Time,
}

impl From<&Erased> for Line {
    fn from(erased: &Erased) -> Self {
        Self { erased: erased.accounts.clone(), leaf: erased.leaf, at: erased.at }
    }
}

impl ErasureList {
    /// A list in this file, which is made when there is something to write.
    pub fn at(file: PathBuf) -> Self {
        Self { file, writing: Mutex::default() }
    }

    /// Its lines; one that was cut short by a crash is none.
    fn lines(&self) -> io::Result<Vec<Line>> {
        let text = match fs::read_to_string(&self.file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let whole = text.rfind('\n').map_or("", |end| text.get(..end).unwrap_or_default());
        let read = |line: &str| {
            let broken =
                |error| io::Error::new(io::ErrorKind::InvalidData, format!("{}: {error}", self.file.display()));
            serde_json::from_str(line).map_err(broken)
        };
        whole.lines().filter(|line| !line.is_empty()).map(read).collect()
    }

    /// Appends what of these it lacks.
    fn append(&self, erased: &[Erased]) -> io::Result<()> {
        let _alone = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let known: BTreeSet<PersonId> = self.lines()?.into_iter().flat_map(|line| line.erased).collect();
        let fresh = erased.iter().filter(|one| !one.accounts.is_subset(&known)).map(Line::from);
        let mut text = String::new();
        for line in fresh {
            text.push_str(&serde_json::to_string(&line)?);
            text.push('\n');
        }
        if text.is_empty() {
            return Ok(());
        }
        let ends = fs::read(&self.file).map_or(true, |bytes| bytes.is_empty() || bytes.ends_with(b"\n"));
        let mut file = OpenOptions::new().create(true).append(true).open(&self.file)?;
        file.write_all(if ends { "" } else { "\n" }.as_bytes())?;
        file.write_all(text.as_bytes())?;
        file.sync_data()
    }
}

impl Desk {
    /// The same door with a list of erasures outside the database.
    #[must_use]
    pub fn with_erasures(self, list: Option<ErasureList>) -> Self {
        Self { erasures: std::sync::Arc::new(list), ..self }
    }

    /// Writes every erasure on the list that it lacks; does nothing without a list.
    pub fn list_erasures(&self) -> Result<(), ListError> {
        let Some(list) = self.erasures.as_ref() else { return Ok(()) };
        let erased = self.store.read(|conn| listed_after(conn, None))?;
        Ok(list.append(&erased)?)
    }

    /// Erases again whom the list has and this database, which was set back, still knows; how many accounts.
    pub fn erase_again(&self) -> Result<usize, ListError> {
        let Some(list) = self.erasures.as_ref() else { return Ok(0) };
        let mut again = 0;
        for line in list.lines()? {
            for person in &line.erased {
                let found = self.store.read(|conn| records(conn, &BTreeSet::from([*person])))?.remove(person);
                if found.is_some_and(|record| record.erased_at.is_none()) {
                    self.reapply(*person, &line)?;
                    again += 1;
                }
            }
        }
        self.list_erasures()?;
        Ok(again)
    }

    fn reapply(&self, person: PersonId, line: &Line) -> Result<(), Error> {
        let agreed = Agreed { leaf: line.leaf, at: line.at };
        let action = RosterAction::Erasure(ErasureAction::ReapplyErasure { person, agreed });
        let change = self.random.uuid_v7(self.clock.now()).map(ChangeId)?;
        let command = RosterCommand::Act { action: Box::new(action), change };
        let by = By::System { job: RESTORE_JOB.to_owned() };
        let asked = Asked { by, key: None, expected: None, command, openings: Vec::new() };
        self.administer(asked, Secrets::default())?.wait().map(drop)
    }
}

/// Why the list was not read or written.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// The file.
    #[error("the list of erasures: {0}")]
    File(#[from] io::Error),
    /// The database.
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
    /// The door.
    #[error(transparent)]
    Desk(#[from] Error),
}
