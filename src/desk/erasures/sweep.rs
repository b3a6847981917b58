//! What an erasure leaves to be done in tables after its transaction: letters, the words of the search, and what others
//! said in passing. Readers look for it; each page is written in a transaction of its own, and begins again after a
//! crash.

use crate::{
    desk::{Desk, Error},
    store::erasure::{self, Erased, Place},
};

impl Desk {
    /// Sees to the tables for an erasure, unless that was done.
    pub fn sweep_tables(&self, erased: &Erased) -> Result<(), Error> {
        let leaf = erased.leaf;
        let Some(called) = self.store.read(|conn| erasure::passing(conn, leaf))? else { return Ok(()) };
        loop {
            let cases = self.store.read(|conn| erasure::unseen_cases(conn, leaf))?;
            if cases.is_empty() {
                break;
            }
            self.queue(move |tx| Ok(Ok(tx.see_to_cases(leaf, &cases)?)))?.wait()?;
        }
        for account in &erased.accounts {
            loop {
                let rows = self.store.read(|conn| erasure::about(conn, *account))?;
                if rows.is_empty() {
                    break;
                }
                self.queue(move |tx| Ok(Ok(tx.forget_about(&rows)?)))?.wait()?;
            }
        }
        for place in Place::all().filter(|_| !called.sought.is_empty()) {
            let mut after = String::new();
            while let Some(named) = self.store.read(|conn| place.page(conn, (&called, &after)))? {
                after.clone_from(&named.last);
                if !named.values.is_empty() {
                    self.queue(move |tx| Ok(Ok(tx.overwrite(place, &named)?)))?.wait()?;
                }
            }
        }
        self.queue(move |tx| Ok(Ok(tx.note_passed(leaf)?)))?.wait()
    }

    /// The same for every erasure that it was not done for.
    pub fn sweep_all_tables(&self) -> Result<(), Error> {
        let all = self.store.read(erasure::erasures)?;
        all.iter().filter(|erased| erased.passing).try_for_each(|erased| self.sweep_tables(erased))
    }
}
