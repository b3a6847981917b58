//! What a command names. Whether whoever asks may know of it is judged where the command is, which may also have
//! been given before.

use super::{Desk, Error, Find, ground::Caller, read::caller};
use crate::{
    domain::{exception::Exception, person::By, task::Task},
    store::{
        exceptions::{exception, exception_by_number},
        queries,
    },
    words::{ExceptionId, TaskId},
};

/// Whether a request may have been answered before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Novelty {
    /// It has no key, so that it is the first of its kind.
    First,
    /// It has a key, by which it may be answered as it was before.
    PerhapsAgain,
}

impl Desk {
    /// The exception that is named by its id or number.
    ///
    /// # Errors
    /// Nothing has this number.
    pub fn named(&self, find: &Find) -> Result<ExceptionId, Error> {
        match find {
            Find::Id(id) => Ok(*id),
            Find::Number(number) => {
                let found = self.store.read(|conn| exception_by_number(conn, number))?;
                found.ok_or(Error::NotFound("exception"))
            }
        }
    }

    /// The exception that a task belongs to: an open one that whoever asks may see; any, where the request may have
    /// been answered before.
    ///
    /// # Errors
    /// There is no such task for them.
    pub fn exception_of_task(&self, by: &By, task: TaskId, novelty: Novelty) -> Result<ExceptionId, Error> {
        let none = Error::NotFound("open task");
        let found = self.store.read(|conn| queries::exception_of_task(conn, task))?;
        match found {
            Some((id, _)) if novelty == Novelty::PerhapsAgain => Ok(id),
            Some((id, true)) => self.find(by, &Find::Id(id)).map(|_| id).map_err(|_| none),
            Some((_, false)) | None => Err(none),
        }
    }

    /// The open tasks of these that whoever asks may see, each with its exception; the others are left out.
    pub fn open_among(&self, by: &By, tasks: &[TaskId]) -> Result<Vec<(Exception, Task)>, Error> {
        self.store.read(|conn| {
            let person = caller(conn, by)?;
            let looks = Caller::of(&person, &self.laws.matrix);
            let mut found = Vec::new();
            for id in tasks {
                let Some((of, true)) = queries::exception_of_task(conn, *id)? else { continue };
                let Some(of) = exception(conn, of)?.filter(|of| looks.sees(of)) else { continue };
                let task = of.tasks.iter().find(|task| task.id == *id).cloned();
                found.extend(task.map(|task| (of, task)));
            }
            Ok(found)
        })
    }
}
