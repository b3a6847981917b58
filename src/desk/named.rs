//! What a command names. Whether whoever asks may know of it is judged where the command is, which may also have
//! been given before.

use super::{Desk, Error, Find};
use crate::{
    domain::person::By,
    store::{exceptions::exception_by_number, queries},
    words::{ExceptionId, TaskId},
};

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

    /// The exception that a task belongs to: an open one that whoever asks may see, or, for a request that may have
    /// been answered before, any.
    ///
    /// # Errors
    /// There is no such task for them.
    pub fn exception_of_task(&self, by: &By, task: TaskId, again: bool) -> Result<ExceptionId, Error> {
        let none = Error::NotFound("open task");
        let found = self.store.read(|conn| queries::exception_of_task(conn, task))?;
        match found {
            Some((id, _)) if again => Ok(id),
            Some((id, true)) => self.find(by, &Find::Id(id)).map(|_| id).map_err(|_| none),
            Some((_, false)) | None => Err(none),
        }
    }
}
