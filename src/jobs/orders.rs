//! The job that keeps lists fast as an installation grows: which values are kept in every order follows how many
//! exceptions have them. What lists are is not known here.

use super::{JobError, Jobs, Worked};
use crate::{
    domain::request::Time,
    store::{automation::Permit, orders::misplaced},
};

/// Transactions in one turn; the next hour finds the rest.
const MOST: usize = 500;

impl Jobs {
    /// Makes the lists that are missing and gives up those that nothing asks for, a few at a time, and counts them.
    pub(super) fn put_in_order(&mut self, _: Time) -> Result<Worked, JobError> {
        let mut made = 0;
        for _ in 0..MOST {
            let some = self.desk.store().read(misplaced)?;
            if some.is_empty() {
                break;
            }
            let Some(right) = self.right("orders") else { return Ok(Worked::cut_short(made)) };
            let done = self.write(move |tx| match tx.permit(&right)? {
                Permit::Granted => tx.put_in_order(&some).map(Some),
                Permit::Halted | Permit::Lost => Ok(None),
            })?;
            let Some(done) = done else { return Ok(Worked::cut_short(made)) };
            made += done;
        }
        Ok(Worked::whole(made))
    }
}
